"""Matching a path to its operations, at a cost that does not grow with their number."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from locum.openapi.compile.segments import Segment, Sent, is_expression
from locum.openapi.paths import path_of
from locum.openapi.wire.percent import percent_decode, query_decode

__all__ = ["ClaimedTwice", "Match", "Route", "Router"]

Target = TypeVar("Target")
_EXPRESSION = re.compile(r"\{([^{}]*)\}")
_SPANNING = re.compile(r"\{(?:\w*[pP]ath|ref)\}")
"""Expressions whose values have slashes, which clients send as they are."""


class ClaimedTwice(ValueError):  # noqa: N818 (named for what it is, as every refusal is)
    """Two operations have the same method and path."""

    def __init__(self, method: str, template: str, first: str, message: str = "") -> None:
        """`first` is the template under which the other one was registered."""
        super().__init__(message or f"{method} {template}")
        self.first = first


class _Pair(NamedTuple):
    """A pair of the query in a path key: a name, and the value that it must have; None for any."""

    name: str
    value: str | None
    required: bool

    def is_in(self, query: dict[str, list[str]]) -> bool:
        values = query.get(self.name)
        return values is not None and (self.value is None or self.value in values)


class Variant(NamedTuple, Generic[Target]):
    """A method of a path that is for requests with certain pairs in their query: `/images?action=crop`."""

    template: str
    pairs: tuple[_Pair, ...]
    target: Target


@dataclass(slots=True)
class Route(Generic[Target]):
    """All methods of one path."""

    template: str
    targets: dict[str, Target] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    """Under which template each method was registered: `/a/{x}` and `/a/{y}` are one path."""
    variants: dict[str, list[Variant[Target]]] = field(default_factory=dict)
    """Of methods for which the path is in the document with a query too."""

    @property
    def allow(self) -> str:
        """The value of an Allow header (RFC 9110, section 10.2.1): HEAD comes with GET."""
        methods = {*self.targets, *self.variants}
        return ", ".join(sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))

    def target(self, method: str, query: bytes) -> Target | None:
        """Return what answers a method; HEAD is answered as GET is, unless it has a target of its own.

        Of several that are for certain queries the one that agrees with most of this one, the first of equals.
        """
        for known in (method, "GET") if method == "HEAD" else (method,):
            variants = self.variants.get(known)
            found = _best(variants, query, self.targets.get(known)) if variants else self.targets.get(known)
            if found is not None:
                return found
        return None

    def asks_for_more(self, method: str) -> bool:
        """Whether a method is declared for certain queries only."""
        return method not in self.targets and method in self.variants

    def replace(self, former: Target, target: Target) -> None:
        """Let one target take the place of another."""
        self.targets.update({method: target for method, one in self.targets.items() if one is former})
        for method, variants in self.variants.items():
            self.variants[method] = [one._replace(target=target) if one.target is former else one for one in variants]


def _best(variants: list[Variant[Target]], query: bytes, plain: Target | None) -> Target | None:
    sent: dict[str, list[str]] = {}
    for pair in query.decode("latin-1").split("&"):
        name, _, value = pair.partition("=")
        sent.setdefault(query_decode(name), []).append(query_decode(value))
    best, most = plain, 0 if plain is not None else -1
    for variant in variants:
        agreeing = [pair.is_in(sent) for pair in variant.pairs]
        if all(agrees for pair, agrees in zip(variant.pairs, agreeing, strict=True) if pair.required):
            count = sum(agreeing)
            if count > most:
                best, most = variant.target, count
    return best


@dataclass(slots=True)
class Match(Generic[Target]):
    """A route, and the text of its template expressions from left to right, as it was sent."""

    route: Route[Target]
    values: tuple[str, ...]


@dataclass(slots=True)
class _Node(Generic[Target]):
    """One step of the tree of segments."""

    literals: dict[str, _Node[Target]] = field(default_factory=dict)
    patterns: dict[Segment, _Node[Target]] = field(default_factory=dict)
    anything: _Node[Target] | None = None
    route: Route[Target] | None = None
    spanning: Route[Target] | None = None
    """A route that ends here in an expression that may stand for several segments."""


class Router(Generic[Target]):
    """A tree of path segments in which the concrete comes before the templated.

    `/workflows/vault` beats `/workflows/{workflowId}` in whatever order they are declared
    (OpenAPI 3.0.3, section 4.7.8.2). Literals match however they are percent-encoded (RFC 3986, section 6.2.2.2).
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
        path = path_of(template)
        node = above = self._root
        for segment in path.split("/")[1:]:
            above, node = node, self._step(node, segment)
        if node.route is None:
            node.route = Route(path)
            head, _, last = path.rpartition("/")
            if _SPANNING.fullmatch(last):
                above.spanning = node.route
            if "{" not in path:
                self._concrete[path] = Match(node.route, ())
            elif "{" not in head and is_expression(last):
                self._by_head[head] = node.route
            elif "{" not in head:
                self._patterned.add(head)
        self._claim(node.route, method, template, target)
        return node.route

    @staticmethod
    def _claim(route: Route[Target], method: str, template: str, target: Target) -> None:
        pairs = _pairs(template.removeprefix(path_of(template)))
        if pairs:
            variants = route.variants.setdefault(method, [])
            twin = next((one for one in variants if set(one.pairs) == set(pairs)), None)
            if twin is not None:
                raise ClaimedTwice(method, template, twin.template)
            variants.append(Variant(template, pairs, target))
            return
        if method in route.targets:
            raise ClaimedTwice(method, template, route.templates[method])
        route.targets[method] = target
        route.templates[method] = template

    @staticmethod
    def _step(node: _Node[Target], segment: str) -> _Node[Target]:
        if "{" not in segment or not _EXPRESSION.search(segment):
            return node.literals.setdefault(percent_decode(segment), _Node())
        if is_expression(segment):
            if node.anything is None:
                node.anything = _Node()
            return node.anything
        return node.patterns.setdefault(Segment.of(segment), _Node())

    def match(self, path: str) -> Match[Target] | None:
        """Find the route of a percent-encoded path, decoded segment by segment."""
        found = self._concrete.get(path)
        if found is not None:
            return found
        if "%" not in path:
            head, _, last = path.rpartition("/")
            route = self._by_head.get(head)
            if route is not None and last and head not in self._patterned:
                return Match(route, (last,))
        segments = path.split("/")[1:]
        return self._find(segments, [percent_decode(segment) for segment in segments] if "%" in path else segments)

    def _find(self, segments: list[str], texts: list[str]) -> Match[Target] | None:
        """Walk the tree, the concrete first; each of its nodes is come to once at most, and each segment decoded once.

        There is no recursion: a template may have thousands of segments. Where nothing matches, an expression at the
        end that is called a path takes the rest: `/files/{path}`, to which clients send `/files/a/b.txt`.
        """
        rest: Match[Target] | None = None
        least = 0
        sent: dict[int, Sent] = {}
        awaited: list[tuple[Segment | None, _Node[Target], int, tuple[str, ...]]] = [(None, self._root, 0, ())]
        while awaited:
            pattern, node, depth, values = awaited.pop()
            if pattern is not None:
                at = depth - 1
                if at not in sent:
                    sent[at] = Sent.of(segments[at])
                caught = pattern.match_sent(sent[at])
                if caught is None:
                    continue
                values += caught
            if depth == len(segments):
                if node.route is not None:
                    return Match(node.route, values)
                continue
            segment = segments[depth]
            if node.spanning is not None and least < depth < len(segments) - 1 and segment:
                rest, least = Match(node.spanning, (*values, "/".join(segments[depth:]))), depth
            if node.anything is not None and segment:
                awaited.append((None, node.anything, depth + 1, (*values, segment)))
            if node.patterns:
                awaited += [(pattern, inner, depth + 1, values) for pattern, inner in reversed(node.patterns.items())]
            literal = node.literals.get(texts[depth])
            if literal is not None:
                awaited.append((None, literal, depth + 1, values))
        return rest


def _pairs(query: str) -> tuple[_Pair, ...]:
    """Read the query of a path key: `?acl&type={type}` asks for `acl`, and takes a type."""
    found = []
    for pair in filter(None, query.removeprefix("?").split("&")):
        name, equals, value = pair.partition("=")
        free = "{" in value or not equals
        if "{" not in name:
            found.append(_Pair(query_decode(name), None if free else query_decode(value), not equals or not free))
    return tuple(found)
