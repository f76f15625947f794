"""Responses: validate a body and headers against the declared response, and write them as bytes."""

from __future__ import annotations

import re
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.errors import NotAcceptable
from locum.openapi.compile.headers import OF_CONNECTION, lines_of
from locum.openapi.wire.json_values import write_json
from locum.openapi.wire.media_types import (
    MediaName,
    are_compatible,
    concrete_of,
    essence_of,
    is_json,
    is_xml,
    media_name,
)
from locum.openapi.wire.parameters import Unreadable, property_of
from locum.server.http import HttpResponse
from locum.server.prism import members

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from locum.errors import ApiError
    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.headers import Header, HeaderValue
    from locum.openapi.compile.operations import DeclaredResponse, Operation
    from locum.openapi.schemas.schemas import Schema

__all__ = [
    "Acceptance",
    "BrokenResponse",
    "Offer",
    "best",
    "is_bare",
    "liked",
    "media_type_for",
    "needs_sandbox",
    "only_json",
    "problem",
    "problem_details",
    "ranked",
    "render",
    "sandboxed",
]


_PROTOCOL = frozenset({"accept-encoding", "allow", "www-authenticate", "preference-applied", "deprecation", "sunset"})
"""Headers of HTTP itself, which a contract need not declare."""


_UNSENDABLE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
"""Characters that a header must not contain: control characters, and those beyond one byte (RFC 9110, section 5.5)."""


_NO_HEADERS: dict[str, str] = {}

_WITHOUT_CONTENT = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
"""Statuses whose responses have no content (RFC 9110, sections 15.3.5 and 15.4.5)."""


class BrokenResponse(Exception):
    """A response that breaks its contract; the message names the response, the JSON pointer and the rule."""


def render(  # noqa: PLR0913 (a response, and what is known of it)
    status: int,
    declared: DeclaredResponse,
    body: Any,
    headers: Mapping[str, HeaderValue],
    media: MediaType | None = None,
    *,
    fits: bool = False,
    unchecked: Mapping[str, HeaderValue] = _NO_HEADERS,
) -> HttpResponse:
    """Validate a response against its declaration, and write it.

    `media` is the negotiated media type; the default is the first declared one. With `fits` the body is not validated:
    it was before, or no value fits. `unchecked` are headers for which no value fits. Raises BrokenResponse.
    """
    head: list[tuple[bytes, bytes]] = []
    if headers or declared.headers:
        head = _head(status, declared, {**headers, **unchecked} if unchecked else headers, unchecked)
    if status in _WITHOUT_CONTENT and declared.media_types:
        # HTTP gives these statuses no content, even if a body is declared, as by `default` for every status.
        return HttpResponse(status, head, b"")
    if not declared.media_types:
        if body is not None:
            message = f"response {status} has a body, but declares none"
            raise BrokenResponse(message)
        if status >= HTTPStatus.OK and status not in _WITHOUT_CONTENT:
            head.append((b"content-length", b"0"))
        return HttpResponse(status, head, b"")
    if media is None:
        media = next(iter(declared.media_types.values()))
    if not fits and type(body) is not bytes and not media.fits(body):
        raise BrokenResponse(_sentence(status, "body", media.violations(body)))
    data = write_json(body) if media.json else media.write(body)
    head.append(media.header)
    head.append((b"content-length", b"%d" % len(data)))
    if status == HTTPStatus.PARTIAL_CONTENT and "content-range" in declared.framing and data:
        head.append((b"content-range", b"bytes 0-%d/%d" % (len(data) - 1, len(data))))  # all of it
    return HttpResponse(status, head, data)


def _head(
    status: int, declared: DeclaredResponse, headers: Mapping[str, HeaderValue], unchecked: Mapping[str, HeaderValue]
) -> list[tuple[bytes, bytes]]:
    """Validate the headers of a response, except the `unchecked`; write all that the server does not set itself."""
    sent: dict[str, HeaderValue] = {}
    head = []
    for name, value in headers.items():
        lower = name.lower()
        sent[lower] = value
        for line in lines_of(value):
            if _UNSENDABLE.search(name + line):
                message = f"response {status}: the header {name} contains a character that is not allowed in headers"
                raise BrokenResponse(message)
            if lower not in OF_CONNECTION:
                head.append((lower.encode("latin-1"), line.encode("latin-1")))
    for header in declared.headers.values():
        name = header.name.lower()
        if name not in sent:
            if header.required:
                message = f"response {status} lacks the required header {header.name}"
                raise BrokenResponse(message)
        elif header.schema is not None and header.name not in unchecked:
            _check_header(status, header, header.schema, sent[name])
    undeclared = sent.keys() - declared.known - _PROTOCOL
    if undeclared:
        message = f"response {status} does not declare the header {min(undeclared)}"
        raise BrokenResponse(message)
    return head


def _check_header(status: int, header: Header, schema: Schema, value: HeaderValue) -> None:
    try:
        values = header.values(value)
    except Unreadable as problem:
        message = f"response {status}, {header.name}: {problem}"
        raise BrokenResponse(message) from None
    for found in values:
        if not schema.is_valid(found):
            raise BrokenResponse(_sentence(status, header.name, schema.violations(found, "header")))


def _sentence(status: int, place: str, violations: list[Any]) -> str:
    first = violations[0]
    pointer = "".join(f"/{step}" for step in first.path)
    return f"response {status}, {place} at '{pointer}' ({first.keyword}): {first.message}"


def problem(error: ApiError, status: int | None = None, *, prism: bool = False) -> HttpResponse:
    """Write an error as problem details (RFC 9457), for errors without a declared schema.

    With `prism` they have Prism's `type` and `title`.
    """
    status = status or error.statuses[0]
    data = write_json(problem_details(error, status) | (members(error) if prism else {}))
    head = [
        (name.lower().encode("latin-1"), line.encode("latin-1"))
        for name, value in error.headers.items()
        for line in lines_of(value)
    ]
    head += [(b"content-type", b"application/problem+json"), (b"content-length", b"%d" % len(data))]
    return HttpResponse(status, head, data)


def problem_details(error: ApiError, status: int) -> dict[str, Any]:
    """Return an error as the members of problem details (RFC 9457, section 3)."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _phrase(status),
        "status": status,
        "detail": error.message,
        "code": error.code,
    }
    if error.violations:
        body["validation"] = [
            {
                "location": [violation.location, *map(str, violation.path)],
                "severity": "Error",
                "code": violation.keyword,
                "message": violation.message,
            }
            for violation in error.violations
        ]
    return body


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # a status that is not registered
        return "Refused"


def is_bare(declared: DeclaredResponse) -> bool:
    """Whether a response has neither body nor headers."""
    return not declared.media_types and not declared.headers


def only_json(declared: DeclaredResponse | None) -> tuple[Schema, tuple[bytes, bytes]] | None:
    """Return the schema and Content-Type of a response that is JSON only and declares no headers, or None."""
    if declared is None or declared.headers or len(declared.media_types) != 1 or declared.is_negotiable:
        return None
    media = next(iter(declared.media_types.values()))
    return (media.schema, media.header) if media.json and media.schema is not None else None


_PIECE = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_WEIGHT = re.compile(r";\s*q\s*=\s*([^;]*)", re.IGNORECASE)


_TRIVIAL = frozenset({b"*/*", b"application/json"})
_MOST_REMEMBERED = 100


class Acceptance:
    """Checks `Accept` headers against the media types of an operation's success response."""

    __slots__ = ("_offered", "known", "must_suit")

    def __init__(self, operation: Operation, *, strict: bool) -> None:
        """With `strict`, a header that matches no media type is 406 even if 406 is not declared."""
        success = operation.declares(operation.success)
        self._offered = () if success is None else tuple(success.media_types.values())
        self.must_suit = strict or "406" in operation.responses
        """Whether a header that matches no media type is rejected with 406."""
        offers_json = any(media.name == "application/json" for media in self._offered)
        self.known: set[bytes] = set(_TRIVIAL if offers_json else {b"*/*"}) | operation.accepts
        """Header values that are known to match."""

    def judge(self, accept: bytes) -> str:
        """Return the verdict for the journal, `accept_ignored` or nothing, and remember headers that match.

        A header that matches nothing may be disregarded (RFC 9110, section 12.5.1). Raises NotAcceptable if it must
        match (`must_suit`).
        """
        if self._offered and best(accept, self._offered) is None:
            if not self.must_suit:
                return "accept_ignored"
            names = ", ".join(media.name for media in self._offered)
            message = f"No declared media type matches the Accept header. Declared: {names}."
            raise NotAcceptable(message)
        if len(self.known) < _MOST_REMEMBERED:
            self.known.add(accept)
        return ""


class Offer(NamedTuple):
    """A declared media type, which may be a range; `structured` if its values can be written as JSON or XML only."""

    name: str
    usual: str
    """The media type that is sent if `Accept` leaves the choice open."""
    structured: bool = False


class _Range(NamedTuple):
    name: MediaName
    quality: float


def best(accept: bytes | None, media_types: Iterable[MediaType]) -> MediaType | None:
    """Return the media type that `Accept` prefers, the first of equals; None if it accepts none."""
    return next(liked(accept, media_types), None)


def liked(accept: bytes | None, media_types: Iterable[MediaType]) -> Iterator[MediaType]:
    """Yield the media types that `Accept` accepts, the preferred one first, equals in their declared order.

    A media type that is declared as a range is yielded as one within the range that the header accepts.
    """
    found = list(media_types)
    text = (accept or b"").decode("latin-1")
    for index, name in ranked(text, tuple(Offer(media.declared, media.name, media.structured) for media in found)):
        yield found[index] if not name else found[index].sent_as(name)


@lru_cache(maxsize=1024)
def ranked(accept: str, offers: tuple[Offer, ...]) -> tuple[tuple[int, str], ...]:
    """Return the offers that a header accepts, the preferred one first: each an index and a media type.

    The media type is the one that a declared range is sent as; it is empty for the usual one.
    """
    ranges = [_range(piece) for piece in _PIECE.findall(accept) if piece.strip()]
    if not ranges:
        return tuple((index, "") for index in range(len(offers)))
    names = [media_name(offer.name) for offer in offers]
    weighed = []
    for index, (offer, name) in enumerate(zip(offers, names, strict=True)):
        several = sum(other[:2] == name[:2] for other in names) > 1
        for candidate in _candidates(offer, name, ranges):
            quality, exact = _quality(media_name(candidate) if candidate else name, ranges, several=several)
            if quality > 0:
                has_parameters = any(one.name.parameters for one in ranges)
                weighed.append((-quality, not exact, 0 if has_parameters else len(name.parameters), index, candidate))
    weighed.sort(key=lambda one: one[:4])
    chosen: dict[int, str] = {}
    for *_, index, candidate in weighed:
        chosen.setdefault(index, "" if candidate == offers[index].usual else candidate)
    return tuple(chosen.items())


def _candidates(offer: Offer, name: MediaName, ranges: list[_Range]) -> Iterator[str]:
    """Yield the media types that an offer can be sent as; an empty string stands for an offer that is no range."""
    if not name.is_range:
        yield ""
        return
    for one in sorted(ranges, key=lambda one: -one.quality):
        named = concrete_of(one.name.essence)
        usable = not offer.structured or is_json(named) or is_xml(named)
        if usable and media_name(named).sub and name.admits(named):
            yield named
    yield offer.usual


def _range(piece: str) -> _Range:
    weight = _WEIGHT.search(piece)
    text = piece if weight is None else piece[: weight.start()]  # extensions after the weight are ignored
    try:
        quality = 1.0 if weight is None else float(weight[1])
    except ValueError:
        quality = 0.0
    return _Range(media_name(text.strip()), quality)


def _quality(name: MediaName, ranges: list[_Range], *, several: bool) -> tuple[float, bool]:
    """Return the weight of a media type, from the range that is closest to it, and whether that names it exactly.

    `several` is whether other offers differ from this media type in their parameters only.
    """
    closest, quality, exact = (-1, 0), 0.0, True
    for given, weight in ranges:
        level, as_named = _closeness(name, given, weight, several=several)
        if level > closest:
            closest, quality, exact = level, weight, as_named
    return quality, exact


_NOT_AT_ALL = (-1, 0), True


def _closeness(name: MediaName, given: MediaName, weight: float, *, several: bool) -> tuple[tuple[int, int], bool]:
    if given.main == "*":
        return (0, 0), True
    if given.is_range:
        if not given.admits(name.essence):
            return _NOT_AT_ALL
        return (
            1 if given.sub == "*" else 2,
            0,
        ), True  # `application/*+json` is no range of RFC 9110, but clients send it
    if given[:2] == name[:2]:
        if given.parameters <= name.parameters:
            return (5, len(given.parameters)), True
        if weight > 0 and not (several and name.conflicts(given)):
            return (4, 0), False
        return _NOT_AT_ALL
    if weight > 0 and are_compatible(given.essence, name.essence):
        return (3, 0), False
    return _NOT_AT_ALL


_MEMBER = "stream"
"""The property of the body, or the query parameter, by which clients of many APIs request a stream."""


def media_type_for(
    declared: DeclaredResponse, operation: Operation, arguments: Mapping[str, Any], accept: bytes | None
) -> MediaType:
    """Return the media type that a response is sent as.

    `stream: true` in the request selects the stream whatever `Accept` is: SDKs send `Accept: application/json` with
    it. Otherwise a client that accepts the whole body gets it.
    """
    offered = declared.offered
    streams = [media for media in offered if media.stream is not None]
    whole = [media for media in offered if media.stream is None]
    if streams and whole:
        wanted = _wants_stream(operation, arguments)
        if wanted is not None:
            first = streams if wanted else whole
            return best(accept, first) or (first[0] if wanted else best(accept, streams)) or offered[0]
    return best(accept, offered) or offered[0]


def _wants_stream(operation: Operation, arguments: Mapping[str, Any]) -> bool | None:
    """Return whether a request selects a stream; None if the operation declares no `stream` to select it with."""
    body = arguments.get("body")
    if isinstance(body, dict) and isinstance(body.get(_MEMBER), bool):
        return bool(body[_MEMBER])
    for parameter in operation.by_location["query"]:
        if parameter.name == _MEMBER and isinstance(arguments.get(parameter.argument), bool):
            return bool(arguments[parameter.argument])
    return _default(operation)


def _default(operation: Operation) -> bool | None:
    """Return the default of the declared `stream` property or parameter; None if there is none."""
    for media in operation.body.media_types.values() if operation.body is not None else ():
        if media.schema is not None:
            declared = media.schema.resolve(property_of(media.schema, media.schema.raw, _MEMBER))
            if declared:
                return isinstance(declared, dict) and declared.get("default") is True
    return False if any(parameter.name == _MEMBER for parameter in operation.by_location["query"]) else None


_SANDBOX = (
    b"content-security-policy",
    b"sandbox allow-scripts allow-forms allow-modals allow-popups allow-downloads",
)
_NOSNIFF = (b"x-content-type-options", b"nosniff")
_ACTIVE = frozenset({"text/html", "text/xml", "application/xml", "text/xsl", "multipart/x-mixed-replace"})
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_NO_MORE_HEADERS: tuple[tuple[bytes, bytes], ...] = ()


def needs_sandbox(operation: Operation) -> bool:
    """Return whether an operation declares a response other than JSON. Browsers do not show JSON as a page."""
    return any(
        _headers_for(media.header[1])
        for response in operation.responses.values()
        for media in response.media_types.values()
    )


def sandboxed(head: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers of a response with the sandbox headers that its media type needs.

    A declared Content-Security-Policy is kept: browsers enforce both. A declared X-Content-Type-Options is kept instead
    of ours.
    """
    content_type = next((value for name, value in head if name == b"content-type"), None)
    added = _NO_MORE_HEADERS if content_type is None else _headers_for(content_type)
    if _NOSNIFF in added and any(name == _NOSNIFF[0] for name, _ in head):
        added = tuple(pair for pair in added if pair != _NOSNIFF)
    return [*head, *added]


@lru_cache(maxsize=1000)
def _headers_for(content_type: bytes) -> tuple[tuple[bytes, bytes], ...]:
    essence = essence_of(content_type.decode("latin-1"))
    if b"," in content_type:  # browsers use the last of several media types that they can parse
        return _SANDBOX, _NOSNIFF
    if is_json(essence) and _MEDIA_TYPE.fullmatch(essence):
        return _NO_MORE_HEADERS
    return (_SANDBOX, _NOSNIFF) if essence in _ACTIVE or essence.endswith("+xml") else (_NOSNIFF,)
