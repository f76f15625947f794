"""Matching a path to its operations, at a cost that does not grow with their number."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote_to_bytes

__all__ = ["ClaimedTwice", "Match", "Route", "Router"]

Target = TypeVar("Target")
_EXPRESSION = re.compile(r"\{([^{}]*)\}")


class ClaimedTwice(ValueError):  # noqa: N818 (named for what it is, as every refusal is)
    """Two operations have the same method and path."""


@dataclass(slots=True)
class Route(Generic[Target]):
    """All methods of one path."""

    template: str
    targets: dict[str, Target] = field(default_factory=dict)

    @property
    def allow(self) -> str:
        """The value of an Allow header (RFC 9110, section 10.2.1): HEAD comes with GET."""
        methods = set(self.targets) | {"OPTIONS"} | ({"HEAD"} if "GET" in self.targets else set())
        return ", ".join(sorted(methods))


@dataclass(slots=True)
class Match(Generic[Target]):
    """A route, and the raw text of its template expressions from left to right."""

    route: Route[Target]
    values: tuple[str, ...]


@dataclass(slots=True)
class _Node(Generic[Target]):
    """One step of the tree of segments."""

    literals: dict[str, _Node[Target]] = field(default_factory=dict)
    patterns: dict[str, tuple[re.Pattern[str], _Node[Target]]] = field(default_factory=dict)
    anything: _Node[Target] | None = None
    route: Route[Target] | None = None


class Router(Generic[Target]):
    """A tree of path segments in which the concrete comes before the templated.

    `/workflows/vault` beats `/workflows/{workflowId}` in whatever order they are declared
    (OpenAPI 3.0.3, section 4.7.8.2).
    """

    def __init__(self) -> None:
        self._root: _Node[Target] = _Node()
        self._concrete: dict[str, Match[Target]] = {}
        self._by_head: dict[str, Route[Target]] = {}
        """Routes in which only the last segment is templated, by what stands before it."""
        self._patterned: set[str] = set()
        """Where a last segment may also be a pattern (`{id}.json`), which comes first."""

    def add(self, method: str, template: str, target: Target) -> Route[Target]:
        """Register a target under a method and a path template; return the route of the path.

        Raises ClaimedTwice.
        """
        node = self._root
        for segment in template.split("/")[1:]:
            node = self._step(node, segment)
        if node.route is None:
            node.route = Route(template)
            head, _, last = template.rpartition("/")
            if "{" not in template:
                self._concrete[template] = Match(node.route, ())
            elif "{" not in head and _EXPRESSION.fullmatch(last):
                self._by_head[head] = node.route
            elif "{" not in head:
                self._patterned.add(head)
        if method in node.route.targets:
            message = f"{method} {template}"
            raise ClaimedTwice(message)
        node.route.targets[method] = target
        return node.route

    @staticmethod
    def _step(node: _Node[Target], segment: str) -> _Node[Target]:
        if "{" not in segment:
            return node.literals.setdefault(segment, _Node())
        if _EXPRESSION.fullmatch(segment):
            if node.anything is None:
                node.anything = _Node()
            return node.anything
        shape = _EXPRESSION.sub("{}", segment)
        if shape not in node.patterns:
            expression = "(.+?)".join(re.escape(piece) for piece in shape.split("{}"))
            node.patterns[shape] = (re.compile(expression, re.DOTALL), _Node())
        return node.patterns[shape][1]

    def match(self, path: str) -> Match[Target] | None:
        """Find the route of a percent-encoded path, decoded segment by segment."""
        found = self._concrete.get(path)
        if found is not None:
            return found
        if "%" in path or not path.isascii():
            return self._walk(self._root, [_decode(segment) for segment in path.split("/")[1:]], 0, ())
        head, _, last = path.rpartition("/")
        route = self._by_head.get(head)
        if route is not None and last and head not in self._patterned:
            return Match(route, (last,))
        return self._walk(self._root, path.split("/")[1:], 0, ())

    def _walk(
        self, node: _Node[Target], segments: list[str], depth: int, values: tuple[str, ...]
    ) -> Match[Target] | None:
        if depth == len(segments):
            return Match(node.route, values) if node.route is not None else None
        segment = segments[depth]
        literal = node.literals.get(segment)
        if literal is not None:
            found = self._walk(literal, segments, depth + 1, values)
            if found is not None:
                return found
        for expression, inner in node.patterns.values():
            caught = expression.fullmatch(segment)
            if caught:
                found = self._walk(inner, segments, depth + 1, (*values, *caught.groups()))
                if found is not None:
                    return found
        if node.anything is not None and segment:
            return self._walk(node.anything, segments, depth + 1, (*values, segment))
        return None


def _decode(segment: str) -> str:
    """Decode one segment; a slash that came as %2F stays inside it.

    Bytes that are not UTF-8 become lone surrogates, which no text has: whoever reads the value
    can tell.
    """
    return unquote_to_bytes(segment.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")
