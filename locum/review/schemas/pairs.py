"""Pairs: the schemas of two contracts that describe the same value, what differs between them, and how they nest."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from locum.openapi.pointers import join

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum.openapi.schemas.dialects import Direction
    from locum.review.changes import Effect
    from locum.review.schemas.views import Node

__all__ = ["SAME", "Pair", "PairStep", "Route", "SchemaChange", "path_of", "routes_from"]


class PairStep(NamedTuple):
    """A step from a value to a part of it."""

    kind: str
    """`property`, `item`, `prefix`, `additional`, `pattern`, or `same`: an alternative for the value itself."""
    key: str | int = ""

    def text(self, path: str) -> str:
        """Append the step to the path of a value: `/items/*/name`."""
        if self.kind == "same":
            return path
        return join(path, "*" if self.kind in {"item", "additional", "pattern"} else self.key)


SAME = PairStep("same")

Route: TypeAlias = tuple[tuple["Pair", PairStep], ...]
"""The way from an outer pair to an inner one: each pair on it, and the step taken from it."""


@dataclass(slots=True)
class SchemaChange:
    """One difference between the two schemas of a pair."""

    kind: str
    effect: Effect
    sentence: str
    subject: str = ""
    """The name, value or keyword that it is about."""
    base_pointer: str = ""
    head_pointer: str = ""
    base_value: Any = None
    head_value: Any = None


@dataclass(slots=True, eq=False)
class Pair:
    """The schemas that describe the same value in the base and in the head."""

    base: Node
    head: Node
    direction: Direction
    changes: list[SchemaChange] = field(default_factory=list)
    edges: list[tuple[PairStep, Pair]] = field(default_factory=list)
    """The pairs of the parts of the value."""
    is_compared: bool = False


def path_of(route: Route) -> str:
    """Return the path of the value that a route leads to."""
    path = ""
    for _, step in route:
        path = step.text(path)
    return path


def routes_from(root: Pair) -> Iterable[tuple[Pair, Route]]:
    """Yield the pairs that can be reached, each with its shortest route, nearest first."""
    known = {id(root)}
    awaited: deque[tuple[Pair, Route]] = deque([(root, ())])
    while awaited:
        pair, route = awaited.popleft()
        yield pair, route
        for step, inner in pair.edges:
            if id(inner) not in known:
                known.add(id(inner))
                awaited.append((inner, (*route, (pair, step))))
