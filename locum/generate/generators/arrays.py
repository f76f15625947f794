"""Arrays: a few items, within the limits, and unique where required."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.generate.generation import Unsatisfiable
from locum.generate.planning.keywords import SchemaPart, canonical

if TYPE_CHECKING:
    from locum.generate.generation import Generation
    from locum.generate.planning.keywords import Merged
    from locum.generate.planning.nodes import Node, Planner
    from locum.generate.vocabulary.hints import Hint

__all__ = ["ArrayGenerator"]

_MOST = 10_000
"""Limit of the items in an array."""

_USUAL = 3
"""The usual maximum of items; one less in a nested array."""

_INSIDE = 2

_CHEAP = 16
"""Items that count as one array in the limit of a generation, so that nested long arrays are limited."""

_TRIES = 12
"""Attempts at an item that differs from the others."""


class ArrayGenerator:
    """Generates the arrays that schemas accept."""

    def __init__(self, merged: Merged, planner: Planner, hint: Hint) -> None:
        self._parts = merged.arrays
        self._planner = planner
        self._hint = hint.singular()
        self._unique = merged.unique
        self._repeats = merged.repeats
        self._prefix = max((len(_prefix_of(part)) for part in self._parts), default=0)
        self._wanted = [(part.inner("contains"), int(part.schema.get("minContains", 1))) for part in merged.contains]
        limited = [part.schema["contains"] for part in merged.contains if "maxContains" in part.schema]
        self._avoided = [SchemaPart({"not": schema}) for schema in limited]
        self.least: int = max(merged.least.get("minItems", 0), *(count for _, count in self._wanted), 0)
        self.most: int = merged.most.get("maxItems", _MOST)
        closed = (i for i in range(self._prefix + 1) if any(root.schema is False for root in self._roots(i)))
        if not merged.open:
            self.most = min(self.most, next(closed, self.most))
        if self.least > self.most or self.least > _MOST:
            raise Unsatisfiable
        self._nodes = [planner.node(self._roots(index), self._hint) for index in range(self._prefix + 1)]

    def needs(self) -> list[Node]:
        """Return the nodes of the items in the smallest array."""
        return [self._node(index) for index in range(min(self.least, self._prefix + 1))]

    def make(self, run: Generation, depth: int) -> list[Any]:
        """Return an array; at depth 0 of a generation with given items, one of these."""
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
                continue  # repetitions, as of a single example, are useless
            result.append(item)
        return [*result[:-1], result[0]] if self._repeats and result else result

    def _completed(self, run: Generation, given: Any) -> list[Any]:
        """Return an array of the given items, each completed."""
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

    def _places(self, run: Generation, size: int) -> dict[int, tuple[SchemaPart, ...]]:
        """Return the additional schemas by item index: of `contains`, and those that items must not match.

        The last items are used for `contains`; a careful generation also tries others.
        """
        shift = run.between(0, size) if run.careful else 0
        shared = run.careful and run.uniform() < 0.5  # noqa: PLR2004 (one time in two)
        places: dict[int, list[SchemaPart]] = {}
        end = size
        for part, count in self._wanted:
            if end < count or shared:
                end = size  # one item for several
            for index in range(end - count, end):
                places.setdefault((index + shift) % size, []).append(part)
            end -= count
        for index in range(size) if self._avoided else ():
            places.setdefault(index, self._avoided)
        return {index: tuple(parts) for index, parts in places.items()}

    def _node(self, index: int, more: tuple[SchemaPart, ...] = ()) -> Node:
        index = min(index, self._prefix)
        return self._planner.node((*self._roots(index), *more), self._hint) if more else self._nodes[index]

    def _other(self, node: Node, run: Generation, depth: int, known: set[Any]) -> Any:
        """Return an item that is not among the known ones, and add it to them. Raises Unsatisfiable."""
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

    def _roots(self, index: int) -> tuple[SchemaPart, ...]:
        """Return the schemas that an item must fit."""
        found = []
        evaluated = False
        for part in self._parts:
            own = _item_of(part, index)
            evaluated = evaluated or own is not None
            found += [own] if own is not None else []
        if not evaluated:
            found = [part.inner("unevaluatedItems") for part in self._parts if "unevaluatedItems" in part.schema]
        return tuple(found)


def _prefix_of(part: SchemaPart) -> list[Any]:
    """Return the schemas of the first items (`prefixItems`, or `items` as a list in older dialects)."""
    items = part.schema.get("items")
    prefix = items if isinstance(items, list) else part.schema.get("prefixItems")
    return prefix if isinstance(prefix, list) else []


def _item_of(part: SchemaPart, index: int) -> SchemaPart | None:
    listed = isinstance(part.schema.get("items"), list)
    if index < len(_prefix_of(part)):
        return part.inner("items" if listed else "prefixItems", index)
    rest = "additionalItems" if listed else "items"
    return part.inner(rest) if rest in part.schema else None
