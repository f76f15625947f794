"""Content negotiation: the media type of a response, by `Accept` (RFC 9110, section 12.5.1) and by `stream`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.errors import NotAcceptable
from locum.memo import LONGEST, memoized
from locum.openapi.wire.media_types import MediaName, are_compatible, concrete_of, is_json, is_xml, media_name
from locum.openapi.wire.styles import property_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.operations import DeclaredResponse, Operation

__all__ = ["AcceptCheck", "Offer", "best", "liked", "media_type_for", "ranked"]

_PIECE = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_WEIGHT = re.compile(r";\s*q\s*=\s*([^;]*)", re.IGNORECASE)


_TRIVIAL = frozenset({b"*/*", b"application/json"})
_MOST_REMEMBERED = 20


class AcceptCheck:
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

    def check(self, accept: bytes) -> str:
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
        if len(self.known) < _MOST_REMEMBERED and len(accept) <= LONGEST:
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


@memoized(1024)
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
