"""Router: match the path of a request with path templates, segment by segment."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar
from urllib.parse import unquote_to_bytes

from locum.openapi.paths import path_of
from locum.openapi.wire.styles import percent_decode, query_decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["ClaimedTwice", "Route", "RouteMatch", "Router", "Segment", "SentValues", "is_expression"]


_EXPRESSION_IN_SEGMENT = re.compile(r"\{[^{}]*\}")
_ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_RESERVED = frozenset(":/?#[]@!$&'()*+,;=")
_OPAQUE = "\ud800"
"""Replaces a reserved character that was sent percent-encoded. No template contains a lone surrogate."""


def is_expression(segment: str) -> bool:
    """Whether a segment is exactly one template expression."""
    return _EXPRESSION_IN_SEGMENT.fullmatch(segment) is not None


class SentValues(NamedTuple):
    """A segment of a request."""

    raw: str
    text: str
    hidden: str
    """The text without the reserved characters that were sent percent-encoded."""
    places: range | list[int]
    """The index in `raw` at which each character of `text` begins."""

    @classmethod
    def of(cls, raw: str) -> SentValues:
        """Decode a segment."""
        return cls(raw, *_decode(raw)) if "%" in raw else cls(raw, raw, raw, range(len(raw) + 1))


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment with text beside its template expressions: `{id}.json`, `{base}...{head}`.

    Each expression takes at least one character, and as few as possible. The literals are found from left to
    right, each once, so that a match takes linear time. A regular expression would backtrack.
    """

    literals: tuple[str, ...]
    """The texts around the expressions, percent-decoded: one more than the number of expressions."""

    @classmethod
    def of(cls, template: str) -> Segment:
        """Compile a segment of a path template."""
        return cls(tuple(map(percent_decode, _EXPRESSION_IN_SEGMENT.split(template))))

    def match(self, sent: str) -> tuple[str, ...] | None:
        """Return the values of the expressions as sent; None if the segment does not match.

        A reserved character that was sent percent-encoded is data (RFC 3986, section 2.2). It matches a literal
        only if the text does not match otherwise.
        """
        return self.match_sent(SentValues.of(sent))

    def match_sent(self, sent: SentValues) -> tuple[str, ...] | None:
        """Match a segment that is already decoded."""
        found = self._divide(sent.hidden, sent) if sent.hidden != sent.text else None
        return self._divide(sent.text, sent) if found is None else found

    def _divide(self, text: str, sent: SentValues) -> tuple[str, ...] | None:
        """Split a text at the literals."""
        raw, places = sent.raw, sent.places
        first, last = self.literals[0], self.literals[-1]
        begin, end = len(first), len(text) - len(last)
        if not text.startswith(first) or not text.endswith(last):
            return None
        values = []
        for literal in self.literals[1:-1]:
            found = text.find(literal, begin + 1, end)
            if found < 0:
                return None
            values.append(raw[places[begin] : places[found]])
            begin = found + len(literal)
        if begin >= end:
            return None
        return (*values, raw[places[begin] : places[end]])


def _decode(sent: str) -> tuple[str, str, list[int]]:
    """Decode a segment; return its text, the text with encoded reserved characters hidden, and the index of each."""
    texts, hidden, places, at = list[str](), list[str](), list[int](), 0
    for encoded in _ENCODED.finditer(sent):
        plain = sent[at : encoded.start()]
        places += range(at, encoded.start())
        text = unquote_to_bytes(encoded[0]).decode("utf-8", "surrogateescape")
        at = encoded.start()
        for letter in text:
            places.append(at)
            at += 3 * len(letter.encode("utf-8", "surrogateescape"))
        texts += [plain, text]
        hidden += [plain, "".join(_OPAQUE if letter in _RESERVED else letter for letter in text)]
    texts.append(sent[at:])
    hidden.append(sent[at:])
    places += range(at, len(sent) + 1)
    return "".join(texts), "".join(hidden), places


Target = TypeVar("Target")
_EXPRESSION = re.compile(r"\{([^{}]*)\}")


class ClaimedTwice(ValueError):
    """Two operations have the same method and path."""

    def __init__(self, method: str, template: str, first: str, message: str = "") -> None:
        """`first` is the template of the operation that was registered first."""
        super().__init__(message or f"{method} {template}")
        self.first = first


class _Pair(NamedTuple):
    """A pair of the query in a path key: a name and its required value; None for any value."""

    name: str
    value: str | None
    required: bool

    def is_in(self, query: dict[str, list[str]]) -> bool:
        values = query.get(self.name)
        return values is not None and (self.value is None or self.value in values)


class Variant(NamedTuple, Generic[Target]):
    """A method of a path for requests with certain pairs in their query: `/images?action=crop`."""

    template: str
    pairs: tuple[_Pair, ...]
    target: Target


@dataclass(slots=True)
class Route(Generic[Target]):
    """All methods of one path."""

    template: str
    targets: dict[str, Target] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    """The template of each method: `/a/{x}` and `/a/{y}` are one path."""
    variants: dict[str, list[Variant[Target]]] = field(default_factory=dict)
    """The variants of each method whose path key has a query."""

    @property
    def allow(self) -> str:
        """The value of an Allow header (RFC 9110, section 10.2.1). GET implies HEAD."""
        methods = {*self.targets, *self.variants}
        return ", ".join(sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))

    def target(self, method: str, query: bytes) -> Target | None:
        """Return the target of a method; HEAD falls back to GET.

        Of several variants, the one with the most matching query pairs, then the first.
        """
        for known in (method, "GET") if method == "HEAD" else (method,):
            variants = self.variants.get(known)
            found = _best(variants, query, self.targets.get(known)) if variants else self.targets.get(known)
            if found is not None:
                return found
        return None

    def asks_for_more(self, method: str) -> bool:
        """Whether a method is only declared for certain queries."""
        return method not in self.targets and method in self.variants

    def replace(self, former: Target, target: Target) -> None:
        """Replace a target by another."""
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
        matches = [pair.is_in(sent) for pair in variant.pairs]
        if all(is_match for pair, is_match in zip(variant.pairs, matches, strict=True) if pair.required):
            count = sum(matches)
            if count > most:
                best, most = variant.target, count
    return best


@dataclass(slots=True)
class RouteMatch(Generic[Target]):
    """A route, and the values of its template expressions from left to right, as sent."""

    route: Route[Target]
    values: tuple[str, ...]


@dataclass(slots=True)
class _Node(Generic[Target]):
    """One step of the tree of segments."""

    literals: dict[str, _Node[Target]] = field(default_factory=dict)
    patterns: dict[Segment, _Node[Target]] = field(default_factory=dict)
    anything: _Node[Target] | None = None
    route: Route[Target] | None = None
    spanning: dict[tuple[str, ...], Route[Target]] = field(default_factory=dict)
    """Routes whose last expression, here, may match several segments, by the literals after it."""


class Router(Generic[Target]):
    """A tree of path segments that prefers concrete segments to templated ones.

    `/workflows/vault` beats `/workflows/{workflowId}` in any order of declaration (OpenAPI 3.0.3, section 4.7.8.2).
    Literals match in any percent-encoding (RFC 3986, section 6.2.2.2).
    """

    def __init__(self) -> None:
        self._root: _Node[Target] = _Node()
        self._concrete: dict[str, RouteMatch[Target]] = {}
        self._by_head: dict[str, Route[Target]] = {}
        """Routes in which only the last segment is templated, by the path before it."""
        self._patterned: set[str] = set()
        """The paths before a last segment that may also be a pattern (`{id}.json`), which is tried first."""

    def add(self, method: str, template: str, target: Target, *, tail: tuple[str, ...] | None = None) -> Route[Target]:
        """Register a target under a method and a path template; return the route of the path.

        If nothing else matches, the last expression of a path with a `tail`, the literals after it, matches several
        segments. Raises ClaimedTwice.
        """
        path = path_of(template)
        nodes = [self._root]
        for segment in path.split("/")[1:]:
            nodes.append(self._step(nodes[-1], segment))
        node = nodes[-1]
        if node.route is None:
            node.route = Route(path)
            head, _, last = path.rpartition("/")
            if tail is not None:
                nodes[-2 - len(tail)].spanning[tuple(map(percent_decode, tail))] = node.route
            if "{" not in path:
                self._concrete[path] = RouteMatch(node.route, ())
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

    def match(self, path: str) -> RouteMatch[Target] | None:
        """Find the route of a percent-encoded path; each segment is decoded separately."""
        found = self._concrete.get(path)
        if found is not None:
            return found
        if "%" not in path:
            head, _, last = path.rpartition("/")
            route = self._by_head.get(head)
            if route is not None and last and head not in self._patterned:
                return RouteMatch(route, (last,))
        segments = path.split("/")[1:]
        return self._find(segments, [percent_decode(segment) for segment in segments] if "%" in path else segments)

    def _find(self, segments: list[str], texts: list[str]) -> RouteMatch[Target] | None:
        """Walk the tree, concrete segments first; visit each node and decode each segment at most once.

        Not recursive: a template may have thousands of segments. If nothing matches, the last expression of a path
        with a tail takes several segments: `/files/{path}` matches `/files/a/b.txt`.
        """
        rest: RouteMatch[Target] | None = None
        least = 0
        sent: dict[int, SentValues] = {}
        pending: list[tuple[Segment | None, _Node[Target], int, tuple[str, ...]]] = [(None, self._root, 0, ())]
        while pending:
            pattern, node, depth, values = pending.pop()
            if pattern is not None:
                at = depth - 1
                if at not in sent:
                    sent[at] = SentValues.of(segments[at])
                matched = pattern.match_sent(sent[at])
                if matched is None:
                    continue
                values += matched
            if depth == len(segments):
                if node.route is not None:
                    return RouteMatch(node.route, values)
                continue
            segment = segments[depth]
            if node.spanning and least < depth < len(segments) - 1 and segment:
                tail = _longest_tail(node.spanning, texts[depth + 2 :])
                if tail is not None:
                    end = len(segments) - len(tail)
                    rest, least = RouteMatch(node.spanning[tail], (*values, "/".join(segments[depth:end]))), depth
            if node.anything is not None and segment:
                pending.append((None, node.anything, depth + 1, (*values, segment)))
            if node.patterns:
                pending += [(pattern, inner, depth + 1, values) for pattern, inner in reversed(node.patterns.items())]
            literal = node.literals.get(texts[depth])
            if literal is not None:
                pending.append((None, literal, depth + 1, values))
        return rest


def _longest_tail(tails: Iterable[tuple[str, ...]], texts: Sequence[str]) -> tuple[str, ...] | None:
    """Return the longest tail with which these segments end, the first two of the expression left out."""
    fitting = [tail for tail in tails if len(tail) <= len(texts) and (*texts[len(texts) - len(tail) :],) == tail]
    return max(fitting, key=len, default=None)


def _pairs(query: str) -> tuple[_Pair, ...]:
    """Read the query of a path key: `?acl&type={type}` requires `acl` and allows `type`."""
    found = []
    for pair in filter(None, query.removeprefix("?").split("&")):
        name, equals, value = pair.partition("=")
        free = "{" in value or not equals
        if "{" not in name:
            found.append(_Pair(query_decode(name), None if free else query_decode(value), not equals or not free))
    return tuple(found)
