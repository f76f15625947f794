"""Content negotiation: which declared media type suits an Accept header (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from locum.openapi.wire.media_ranges import MediaName, are_compatible, concrete_of, media_name
from locum.openapi.wire.media_types import is_json, is_xml
from locum.refusals import NotAcceptable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.operations import Operation

__all__ = ["Acceptance", "Offer", "best", "liked", "ranked"]

_PIECE = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_WEIGHT = re.compile(r";\s*q\s*=\s*([^;]*)", re.IGNORECASE)


_TRIVIAL = frozenset({b"*/*", b"application/json"})
_MOST_REMEMBERED = 100


class Acceptance:
    """Judges the Accept headers of one operation by the media types of its success."""

    __slots__ = ("_offered", "known", "must_suit")

    def __init__(self, operation: Operation, *, strict: bool) -> None:
        """`strict` is whether a header that nothing suits is answered with 406 even where that is not declared."""
        success = operation.declares(operation.success)
        self._offered = () if success is None else tuple(success.media_types.values())
        self.must_suit = strict or "406" in operation.responses
        """Whether a header that nothing suits is answered with 406."""
        offers_json = any(media.name == "application/json" for media in self._offered)
        self.known: set[bytes] = set(_TRIVIAL if offers_json else {b"*/*"}) | operation.accepts
        """Headers that are known to be satisfied."""

    def judge(self, accept: bytes) -> str:
        """Return what the journal notes of a header, and remember those that are satisfied.

        One that nothing suits may be disregarded (RFC 9110, section 12.5.1). Raises NotAcceptable where it must suit.
        """
        if self._offered and best(accept, self._offered) is None:
            if not self.must_suit:
                return "accept_ignored"
            names = " or ".join(media.name for media in self._offered)
            message = f"This operation answers with {names} only."
            raise NotAcceptable(message)
        if len(self.known) < _MOST_REMEMBERED:
            self.known.add(accept)
        return ""


class Offer(NamedTuple):
    """A media type as it is declared, which may be a range, and whether it is for values that only JSON or XML has."""

    name: str
    usual: str
    """What it is sent as where the header leaves it open."""
    structured: bool = False


class _Range(NamedTuple):
    name: MediaName
    quality: float


def best(accept: bytes | None, media_types: Iterable[MediaType]) -> MediaType | None:
    """Return the media type that the header likes best, the earlier one of equals; None for none."""
    return next(liked(accept, media_types), None)


def liked(accept: bytes | None, media_types: Iterable[MediaType]) -> Iterator[MediaType]:
    """Yield the media types that the header admits, the best liked first, the earlier one of equals.

    One that is declared as a range comes as a media type within it that the header admits.
    """
    found = list(media_types)
    text = (accept or b"").decode("latin-1")
    for index, name in ranked(text, tuple(Offer(media.declared, media.name, media.structured) for media in found)):
        yield found[index] if not name else found[index].sent_as(name)


@lru_cache(maxsize=1024)
def ranked(accept: str, offers: tuple[Offer, ...]) -> tuple[tuple[int, str], ...]:
    """Return the offers that a header admits by their index, the best liked first.

    The text beside the index is the media type that a range is sent as; it is empty for the usual one.
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
                asked = any(one.name.parameters for one in ranges)
                weighed.append((-quality, not exact, 0 if asked else len(name.parameters), index, candidate))
    weighed.sort(key=lambda one: one[:4])
    chosen: dict[int, str] = {}
    for *_, index, candidate in weighed:
        chosen.setdefault(index, "" if candidate == offers[index].usual else candidate)
    return tuple(chosen.items())


def _candidates(offer: Offer, name: MediaName, ranges: list[_Range]) -> Iterator[str]:
    """Yield the media types that an offer can be sent as; of one that is no range it is itself, an empty text."""
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
    text = piece if weight is None else piece[: weight.start()]  # what follows a weight extends nothing that is known
    try:
        quality = 1.0 if weight is None else float(weight[1])
    except ValueError:
        quality = 0.0
    return _Range(media_name(text.strip()), quality)


def _quality(name: MediaName, ranges: list[_Range], *, several: bool) -> tuple[float, bool]:
    """Return the weight of a media type, which its closest range gives, and whether that names it exactly.

    `several` is whether media types are offered that differ from this one in their parameters only.
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
        return (1 if given.sub == "*" else 2, 0), True  # `application/*+json` is no range of RFC 9110, and is sent
    if given[:2] == name[:2]:
        if given.parameters <= name.parameters:
            return (5, len(given.parameters)), True
        if weight > 0 and not (several and name.conflicts(given)):
            return (4, 0), False
        return _NOT_AT_ALL
    if weight > 0 and are_compatible(given.essence, name.essence):
        return (3, 0), False
    return _NOT_AT_ALL
