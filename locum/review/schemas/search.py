"""Search: a value that the schemas of one contract accept and those of the other reject, for a given difference."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.generate.generation import Generation, GenerationOptions
from locum.generate.patterns import match_of
from locum.review.schemas.views import canonical
from locum.world.clock import EPOCH
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from locum.review.schemas.pairs import Pair, PairStep, Route, SchemaChange
    from locum.review.schemas.sides import Side
    from locum.review.schemas.values import Maker
    from locum.review.schemas.views import Node

__all__ = ["Found", "search"]

_MOST_WHOLE = 2
"""The number of whole values that are made around each."""
_MOST_OPTIONS = 4
"""The number of objects or lists around a part that are tried until the contract accepts one."""


class Found(NamedTuple):
    """A whole value that shows a difference, and the part of it that does."""

    whole: Any
    part: Any


def search(  # noqa: PLR0913 (a difference, and both sides)
    change: SchemaChange,
    route: Route,
    pair: Pair,
    makers: tuple[Maker, Maker],
    broken: Callable[[Any], int],
    *,
    from_head: bool,
    most: int = 6,
) -> Found | None:
    """Return a value that one side accepts and the other rejects.

    `makers` are those of the base and of the head; with `from_head` the head accepts and the base rejects. `broken`
    returns how many rules of the other side a whole value breaks, 0 if it does not show the difference. A value that
    breaks only one is preferred: it shows this difference and no other. At most `most` values of the changed schema are
    tried as parts of a whole one.
    """
    accepting, rejecting = (makers[1], makers[0]) if from_head else makers
    node, other = (pair.head, pair.base) if from_head else (pair.base, pair.head)
    local = (
        value
        for value in accepting.candidates(change, node, rejecting, other)
        if accepting.accepts(node, value) and not rejecting.accepts(other, value)
    )
    best: tuple[int, Found] | None = None
    for value in islice(local, most):
        for whole in _around(value, route, pair, makers, from_head=from_head):
            count = broken(whole)
            if count == 1:
                return Found(whole, value)
            if count and (best is None or count < best[0]):
                best = count, Found(whole, value)
    return best[1] if best is not None else None


def _around(value: Any, route: Route, last: Pair, makers: tuple[Maker, Maker], *, from_head: bool) -> Iterator[Any]:
    """Yield whole values with a value at the end of a route, which leads to the pair `last`.

    In a later attempt, members are added with which no other alternative accepts the value.
    """
    maker, other = (makers[1], makers[0]) if from_head else makers
    if not route:
        yield value
        return
    steps = list(route)
    known = set()
    for attempt in range(_MOST_WHOLE):
        whole = value
        for index in range(len(steps) - 1, -1, -1):
            pair, step = steps[index]
            node = pair.head if from_head else pair.base
            if step.kind == "same":
                if attempt:
                    inner = steps[index + 1][0] if index + 1 < len(steps) else last
                    branch = inner.head if from_head else inner.base
                    others = [one for group in maker.side.view(node).alternatives for one in group.nodes]
                    whole = maker.alone(whole, branch, others)
                continue
            nodes = [node]
            outer = index - 1
            while outer >= 0 and steps[outer][1].kind == "same":  # the alternatives that the value is one of
                nodes.append(steps[outer][0].head if from_head else steps[outer][0].base)
                outer -= 1
            wanted = other.side.view(pair.base if from_head else pair.head).required
            found = _chosen(
                islice(_holding(whole, step, nodes, maker, wanted), _MOST_OPTIONS), nodes[-1], maker, attempt
            )
            if found is _NOTHING:
                return
            whole = found
        key = canonical(whole)
        if key not in known:
            known.add(key)
            yield whole


_NOTHING: Any = object()


def _chosen(options: Iterator[Any], node: Node, maker: Maker, attempt: int) -> Any:
    """Return the first option that is valid, in a later attempt the next one; else the last option."""
    last = _NOTHING
    for option in options:
        if maker.accepts(node, option):
            last = option
            if attempt <= 0:
                return option
            attempt -= 1
        elif last is _NOTHING:
            last = option
    return last


def _holding(value: Any, step: PairStep, nodes: list[Node], maker: Maker, wanted: Collection[str]) -> Iterator[Any]:
    """Yield objects or lists with a value at a step; `nodes` are the schemas of the holder, innermost first.

    `wanted` are the properties that the other contract requires.
    """
    if step.kind in {"property", "additional", "pattern"}:
        name = _name_for(step, nodes, maker.side)
        for node in nodes:
            yield from maker.around(node, name, value, wanted)
        return
    view = maker.side.view(nodes[0])
    for node in (*nodes, nodes[-1]):
        lists = [made for made in maker.generated(node) if isinstance(made, list)]
        if step.kind == "prefix":
            position = int(step.key)
            for made in [*lists, []]:
                whole = list(made)
                for index in range(len(whole), position):
                    filler = maker.generated(view.prefix[index] if index < len(view.prefix) else ())
                    whole.append(filler[0] if filler else None)
                yield [*whole[:position], value, *whole[position + 1 :]]
            continue
        size = max(len(view.prefix) + 1, int(view.rules.get("minItems", (1, ""))[0]))
        for made in lists:
            yield [*made[: size - 1], value]
        if not view.prefix:
            yield [value] * size
    yield [value]


def _name_for(step: PairStep, nodes: list[Node], side: Side) -> str:
    """Return a name for a property at a step."""
    if step.kind == "property":
        return str(step.key)
    views = [side.view(node) for node in nodes]
    if step.kind == "pattern":
        return _matching(str(step.key))
    known = {name for view in views for name in view.properties}
    for view in views:
        for pointer in view.parts.get("propertyNames", ()):
            names = side.view((pointer,))
            for choice in names.choices or ():
                if isinstance(choice, str) and choice not in known:
                    return choice
            for pattern in names.patterns:
                return _matching(pattern)
    return next(name for name in ("extra", "other", *(f"extra{number}" for number in range(1000))) if name not in known)


def _matching(pattern: str) -> str:
    match = match_of(pattern)
    if match is None:
        return "extra"
    return match.string(Generation(chance(0, pattern), EPOCH, GenerationOptions()), 1, 30, odd=False)
