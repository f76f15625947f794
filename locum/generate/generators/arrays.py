"""Arrays: a few items, as many as the limits ask, different where they must be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.generate.generation import Unsatisfiable
from locum.generate.planning.keywords import Part, canonical

if TYPE_CHECKING:
    from locum.generate.generation import Generation
    from locum.generate.planning.keywords import Merged
    from locum.generate.planning.nodes import Node, Planner
    from locum.generate.vocabulary.hints import Hint

__all__ = ["ArrayGenerator"]

_MOST = 10_000
"""Items that are made at most."""

_USUAL = 3
"""Items where nothing is said of their number; of an array well inside others, one less."""

_INSIDE = 2

_CHEAP = 16
"""Items that are made in the time of an array: thousands in each of thousands have no end."""

_TRIES = 12
"""Items that are made in search of a different one."""


class ArrayGenerator:
    """Makes the arrays that schemas admit."""

    def __init__(self, merged: Merged, planner: Planner, hint: Hint) -> None:
        self._parts = merged.arrays
        self._planner = planner
        self._hint = hint.singular()
        self._unique = merged.unique
        self._repeats = merged.repeats
        self._prefix = max((len(_prefix_of(part)) for part in self._parts), default=0)
        self._wanted = [(part.inner("contains"), int(part.schema.get("minContains", 1))) for part in merged.contains]
        limited = [part.schema["contains"] for part in merged.contains if "maxContains" in part.schema]
        self._avoided = [Part({"not": schema}) for schema in limited]
        self.least: int = max(merged.least.get("minItems", 0), *(count for _, count in self._wanted), 0)
        self.most: int = merged.most.get("maxItems", _MOST)
        closed = (i for i in range(self._prefix + 1) if any(root.schema is False for root in self._roots(i)))
        if not merged.open:
            self.most = min(self.most, next(closed, self.most))
        if self.least > self.most or self.least > _MOST:
            raise Unsatisfiable
        self._nodes = [planner.node(self._roots(index), self._hint) for index in range(self._prefix + 1)]

    def needs(self) -> list[Node]:
        """Return what the smallest of these arrays holds."""
        return [self._node(index) for index in range(min(self.least, self._prefix + 1))]

    def make(self, run: Generation, depth: int) -> list[Any]:
        """Make one array; at the outset of a run that is given items, of these."""
        bare = run.enter(depth)
        if run.completes(depth):
            return self._completed(run, run.given)
        size = self._size(run, depth, bare=bare)
        run.spent[0] += size // _CHEAP
        contained = self._places(run, size) if self._wanted else {}
        result: list[Any] = []
        known: set[Any] = set()
        for index in range(size):
            node = self._node(index, contained.get(index, ()))
            try:
                item = self._other(node, run, depth + 1, known) if self._unique else node.make(run, depth + 1)
            except Unsatisfiable:
                if index < self.least or contained:
                    raise
                break
            if index >= self.least and item in result and not contained and not self._repeats:
                continue  # the same again, as a single example gives, says nothing
            result.append(item)
        return [*result[:-1], result[0]] if self._repeats and result else result

    def _completed(self, run: Generation, given: Any) -> list[Any]:
        """Make an array of the items that are given, each with what it lacks."""
        if not isinstance(given, list):
            raise Unsatisfiable
        return [self._node(index).kept(run, item) for index, item in enumerate(given)]

    def _size(self, run: Generation, depth: int, *, bare: bool) -> int:
        if bare:
            return self.least
        wanted = max(self._prefix, sum(count for _, count in self._wanted))
        least = max(self.least, min(wanted or 1, self.most))
        usual = _USUAL if depth < _INSIDE else _USUAL - 1
        return run.between(least, max(least, min(usual, self.most)))

    def _places(self, run: Generation, size: int) -> dict[int, tuple[Part, ...]]:
        """Say which items are there for a `contains`, and which must not look like one.

        They are the last ones, unless these turned out to have to be something else.
        """
        shift = run.between(0, size) if run.careful else 0
        shared = run.careful and run.uniform() < 0.5  # noqa: PLR2004 (as often as not)
        places: dict[int, list[Part]] = {}
        end = size
        for part, count in self._wanted:
            if end < count or shared:
                end = size  # an item does for two
            for index in range(end - count, end):
                places.setdefault((index + shift) % size, []).append(part)
            end -= count
        for index in range(size) if self._avoided else ():
            places.setdefault(index, self._avoided)
        return {index: tuple(parts) for index, parts in places.items()}

    def _node(self, index: int, more: tuple[Part, ...] = ()) -> Node:
        index = min(index, self._prefix)
        return self._planner.node((*self._roots(index), *more), self._hint) if more else self._nodes[index]

    def _other(self, node: Node, run: Generation, depth: int, known: set[Any]) -> Any:
        """Make an item that is not among those known, and add it to them."""
        item: Any = None
        for _ in range(_TRIES):
            item = node.make(run, depth)
            key = canonical(item)
            if key not in known:
                known.add(key)
                return item
        for number in range(2, _TRIES + 2) if isinstance(item, str) else ():
            other = f"{item}-{number}"
            if other not in known and node.fits(other):
                known.add(other)
                return other
        for item in node.values():
            if canonical(item) not in known:
                known.add(canonical(item))
                return item
        raise Unsatisfiable

    def _roots(self, index: int) -> tuple[Part, ...]:
        """Return the schemas that an item has to fit."""
        found = []
        evaluated = False
        for part in self._parts:
            own = _item_of(part, index)
            evaluated = evaluated or own is not None
            found += [own] if own is not None else []
        if not evaluated:
            found = [part.inner("unevaluatedItems") for part in self._parts if "unevaluatedItems" in part.schema]
        return tuple(found)


def _prefix_of(part: Part) -> list[Any]:
    """Return the schemas of the first items, under the name of either dialect."""
    items = part.schema.get("items")
    prefix = items if isinstance(items, list) else part.schema.get("prefixItems")
    return prefix if isinstance(prefix, list) else []


def _item_of(part: Part, index: int) -> Part | None:
    listed = isinstance(part.schema.get("items"), list)
    if index < len(_prefix_of(part)):
        return part.inner("items" if listed else "prefixItems", index)
    rest = "additionalItems" if listed else "items"
    return part.inner(rest) if rest in part.schema else None
