"""Values: candidates that one schema may accept and the other may reject."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from locum.generate.generation import Generation, GenerationOptions
from locum.generate.generator import Generator, Unsatisfiable
from locum.generate.patterns import match_of
from locum.openapi.patterns import allowance
from locum.review.schemas.views import canonical
from locum.world.clock import EPOCH
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from locum.openapi.schemas.schemas import Schema
    from locum.review.schemas.pairs import SchemaChange
    from locum.review.schemas.sides import Side
    from locum.review.schemas.views import Node, View

__all__ = ["Maker"]

_SAMPLES: tuple[Any, ...] = (
    "text", 1, True, None, 1.5, [], {}, "", 0, -1, "7", "2026-01-31", ["a"], [1], {"a": 1}, "other text", 10**12,
)  # fmt: skip
"""A few values of every type."""

_NOTHING: Any = object()
_LONGEST = 5000
"""Strings, lists and objects beyond this length are not made as examples."""
_MANY = 64
_ROUNDS = ((True, None), (True, 1.0), (True, 0.0), (False, 1.0), (False, 0.5), (False, 0.0))
"""Attempts at a generated value: whether with examples, and the probability of optional properties."""


class Maker:
    """Makes values for the schemas of one contract in one direction."""

    def __init__(self, side: Side, generator: Generator) -> None:
        self.side = side
        self._generator = generator
        self._made: dict[Node, list[Any]] = {}

    def schema(self, pointer: str) -> Schema:
        """Return the compiled schema at a pointer."""
        return self.side.schemas.schema(pointer, self.side.direction)

    def accepts(self, node: Node, value: Any) -> bool:
        """Return whether all schemas of a node accept a value."""
        return all(not pointer.endswith("!") and self.schema(pointer).is_valid(value) for pointer in node)

    def generated(self, node: Node) -> list[Any]:
        """Return a few distinct valid values of a node."""
        if node not in self._made:
            self._made[node] = list(islice(self._distinct(self._generate(node)), len(_ROUNDS)))
        return self._made[node]

    def around(self, node: Node, name: str, value: Any, wanted: Collection[str] = ()) -> Iterator[dict[str, Any]]:
        """Yield objects with a member, and with those that are wanted; valid ones first."""
        others: list[dict[str, Any]] = []
        for pointer in node:
            if pointer.endswith("!"):
                continue
            schema = self.schema(pointer)
            for optional in (0.0, 1.0):
                try:
                    found = self._generator.value(
                        schema, chance(0, pointer, name), EPOCH, given={name: value}, optional=optional, wanted=wanted
                    )
                except (Unsatisfiable, ValueError, RecursionError):  # such as a value that nests too deep
                    continue
                if isinstance(found, dict):
                    others.append({**found, name: value})
                    if name in found and canonical(found[name]) == canonical(value):
                        yield found
        plain = [found for found in self.generated(node) if isinstance(found, dict)] or [{}]
        yield from others
        yield from ({**found, name: value} for found in plain)

    def alone(self, value: Any, branch: Node, others: Iterable[Node]) -> Any:
        """Return an object that fits one alternative, with members that make it fit none of the others, if possible."""
        if not isinstance(value, dict):
            return value
        own = self.side.view(branch)
        found = dict(value)
        for other in others:
            if other == branch or not self.accepts(other, found):
                continue
            for name, node in self.side.view(other).properties.items():
                if name in own.properties or name in found:
                    continue
                wrong = next((sample for sample in _SAMPLES if not self.accepts(node, sample)), _NOTHING)
                if wrong is not _NOTHING:
                    found[name] = wrong
                    break
        return found

    def candidates(self, change: SchemaChange, node: Node, rejecting: Maker, other: Node) -> Iterator[Any]:
        """Yield values that this side may accept and the other may reject, the likeliest first."""
        views = self.side.view(node), rejecting.side.view(other)
        with allowance():
            yield from self._distinct(self._targeted(change, node, *views), _MANY)
            if change.kind.startswith(("rule-", "alternative")):
                yield from self._distinct(self._conditional(views, rejecting), _MANY)

    def _conditional(self, views: tuple[View, View], rejecting: Maker) -> Iterator[Any]:
        """Yield values that exclusions, conditions and the like tell apart."""
        for maker, view in ((self, views[0]), (rejecting, views[1])):
            nodes = [*view.exclusions, *(part for condition in view.conditions for part in condition)]
            nodes += [*view.dependents.values(), *(node for group in view.alternatives for node in group.nodes)]
            for node in nodes:
                inner = maker.side.view(node)
                yield from maker.generated(node)
                yield from inner.choices or ()
                yield from _numbers(inner, views[0])
                yield from ("x" * size for size in _edges(inner, views[0], "minLength", "maxLength"))
                for whole in [made for made in self.generated(()) if isinstance(made, dict)][:1]:
                    yield {**whole, **dict.fromkeys(inner.required, "text")}

    def _targeted(self, change: SchemaChange, node: Node, view: View, other: View) -> Iterator[Any]:
        for value in (change.base_value, change.head_value):
            if change.kind.startswith("enum-value"):
                yield value
        if view.choices is not None:
            yield from view.choices
        branch = change.base_value if change.kind == "alternative-removed" else change.head_value
        if change.kind.startswith("alternative-") and isinstance(branch, tuple):
            for nodes in (group.nodes for group in view.alternatives if branch in group.nodes):
                yield from self.generated(branch)
                yield from (self.alone(value, branch, nodes) for value in self.generated(branch))
        yield from self._texts(change)
        yield from _beyond(change)
        yield from _numbers(view, other)
        yield from self._lengths(node, view, other)
        yield from self._lists(node, view, other)
        yield from self._objects(change, node, view, other)
        yield from self.generated(node)
        for group in view.alternatives:
            for inner in group.nodes:
                yield from self.generated(inner)
        yield from _SAMPLES

    def _generate(self, node: Node) -> Iterator[Any]:
        if not node:
            yield from _SAMPLES[:7]
        for pointer in node:
            if pointer.endswith("!"):
                return
            for number, (examples, optional) in enumerate(_ROUNDS):
                try:
                    value = self._generator.value(
                        self.schema(pointer), chance(number, pointer), EPOCH, examples=examples, optional=optional
                    )
                except (Unsatisfiable, ValueError, RecursionError):
                    break
                if len(node) == 1 or self.accepts(node, value):
                    yield value

    @staticmethod
    def _distinct(values: Iterator[Any], most: int = _MANY) -> Iterator[Any]:
        known = set[bytes]()
        for value in islice(values, 4 * most):
            key = canonical(value)
            if key not in known and len(known) < most:
                known.add(key)
                yield value

    def _texts(self, change: SchemaChange) -> Iterator[Any]:
        """Yield strings of a pattern that was changed or removed."""
        if not change.kind.startswith("pattern"):
            return
        for number, pattern in enumerate((change.base_value, change.head_value)):
            match = match_of(pattern) if isinstance(pattern, str) else None
            if match is None:
                continue
            for attempt in range(12):
                run = Generation(chance(attempt, pattern), EPOCH, GenerationOptions())
                try:
                    yield match.string(run, attempt % 4 * 3, 30, odd=attempt % 2 == 1)
                except (Unsatisfiable, ValueError):
                    break
            yield from ("", "a", "A", "1", "-", " ", "a b", "ü", "z" * 40) if number == 0 else ()

    def _lengths(self, node: Node, view: View, other: View) -> Iterator[Any]:
        """Yield strings at and beyond the limits."""
        if not view.allows("string"):
            return
        texts = [text for text in self.generated(node) if isinstance(text, str)] or ["text"]
        for size in _edges(view, other, "minLength", "maxLength"):
            for text in texts[:2]:
                yield (text * (size // max(len(text), 1) + 1))[:size] if text else "x" * size
            yield "x" * size
            yield "1" * size

    def _lists(self, node: Node, view: View, other: View) -> Iterator[Any]:
        """Yield lists at and beyond the limits, and with equal items."""
        if not view.allows("array"):
            return
        lists = [value for value in self.generated(node) if isinstance(value, list)]
        items = [item for value in lists for item in value] or self.generated(view.parts.get("items", ()))
        if not items:
            items = ["a", 1]
        sizes = list(_edges(view, other, "minItems", "maxItems"))
        for size in [*sizes, *_edges(view, other, "minContains", "maxContains"), 2]:
            if size <= _LONGEST:
                yield [items[index % len(items)] for index in range(size)]
                yield [items[0]] * size
        if "contains" in view.parts or "contains" in other.parts:
            some = self.generated(view.parts.get("contains", ()))[:1]
            yield from ([item] * count for item in some for count in (1, 2, 3, 4))
        yield from ([item] for item in items[:6])
        yield []
        if view.prefix or other.prefix:
            yield from ([sample] for sample in _SAMPLES[:6])
            for value in lists[:2]:
                yield from ([*value, sample] for sample in _SAMPLES[:4])

    def _objects(self, change: SchemaChange, node: Node, view: View, other: View) -> Iterator[Any]:
        """Yield objects with and without the properties that differ, and at the limits."""
        if not view.allows("object"):
            return
        objects = [value for value in self.generated(node) if isinstance(value, dict)] or [{}]
        objects.sort(key=len)
        name = change.subject
        if change.subject.startswith("dependentRequired "):
            _, name, needed = change.subject.split(" ", 2)
            for value in objects[:3]:
                whole = {**value, name: value.get(name, self._member(view, name))}
                whole.pop(needed, None)
                yield whole
        for value in objects:
            yield {key: member for key, member in value.items() if key != name}
        if name and (name in view.properties or "propert" in change.kind):
            for value in objects[:2]:
                yield {**value, name: value.get(name, self._member(view, name))}
        for gone in sorted(other.required.keys() - view.required.keys()):
            yield from ({key: member for key, member in value.items() if key != gone} for value in objects[:2])
        for value in objects[:2]:
            for sample in ("text", 1, {"a": 1}, True):
                yield {**value, "extra": sample}
            for size in _edges(view, other, "minProperties", "maxProperties"):
                more = {f"extra{number}": "text" for number in range(max(size - len(value), 0))}
                yield dict(islice({**value, **more}.items(), size))
            yield from ({**value, odd: "text"} for odd in ("Extra-1", "x_1", "1", "é"))
        yield {}

    def _member(self, view: View, name: str) -> Any:
        made = self.generated(view.properties[name]) if name in view.properties else []
        return made[0] if made else "text"


def _beyond(change: SchemaChange) -> Iterator[Any]:
    """Yield strings beyond the length that a change sets, so that an example shows this change and no other."""
    if change.kind.startswith("limit-") and change.subject in {"minLength", "maxLength"}:
        for limit in (change.base_value, change.head_value):
            size = limit + (1 if change.subject == "maxLength" else -1) if isinstance(limit, int) else -1
            if 0 <= size <= _LONGEST:
                yield "x" * size


def _numbers(view: View, other: View) -> Iterator[Any]:
    """Yield numbers at and beyond the limits of both sides."""
    if not (view.allows("integer") or view.allows("number")):
        return
    bounds = [
        one.rules[keyword][0]
        for one in (view, other)
        for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
        if keyword in one.rules
    ]
    steps = [step for one in (view, other) for step in one.multiples]
    for bound in bounds:
        yield from (bound, bound + 1, bound - 1, bound + 0.5, bound - 0.5)
        for step in steps:
            nearest = int(bound / step) * step
            yield from (nearest, nearest + step, nearest - step)
    for step in steps:
        yield from (step, 2 * step, 3 * step, 5 * step, 7 * step, -step)
    yield from (1, 0.5, 0, -1, 3, 2**31, -(2**31) - 1, 2**53)


def _edges(view: View, other: View, lower: str, upper: str) -> Iterator[int]:
    """Yield the counts at and just beyond the limits of both sides."""
    found: list[Any] = []
    for one in (other, view):
        for keyword, beyond in ((lower, -1), (upper, 1)):
            if keyword in one.rules:
                bound = one.rules[keyword][0]
                found += [bound + beyond, bound]
    yield from dict.fromkeys(int(size) for size in found if 0 <= size <= _LONGEST)
