"""Bodies: what differs between the request bodies, and the media types, of one operation in two contracts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from locum.openapi.pointers import at, home_of, join
from locum.openapi.schemas.dialects import Direction
from locum.openapi.wire.media_types import find_media_type, media_name
from locum.review.changes import Change, Level, Witness
from locum.review.checking import Rejection, describe, status_for
from locum.review.parts import BodyPart, ResponsePart
from locum.verify.printing import curl_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from locum.openapi.compile.bodies import MediaType
    from locum.review.operations import Couple

__all__ = ["compare_media_types", "compare_request_body", "related"]

_LABEL = "request body"


def compare_request_body(couple: Couple) -> Iterator[Change]:
    """Yield the changes of the request body of an operation."""
    base, head = couple.base.body, couple.head.body
    raws = couple.raws
    homes = [
        home_of(reviewed.content, raw["requestBody"], join(one.pointer, "requestBody"))
        if "requestBody" in raw
        else ({}, "")
        for reviewed, one, raw in (
            (couple.contracts.base, couple.base, raws[0]),
            (couple.contracts.head, couple.head, raws[1]),
        )
    ]
    pointers = homes[0][1], homes[1][1]
    if base is None and head is None:
        return
    if base is None or head is None:
        yield from _existence(couple, pointers)
        return
    if base.required != head.required:
        at = join(pointers[0], "required"), join(pointers[1], "required")
        if head.required:
            witness = _without_body(couple)
            yield couple.change(
                "request-body-became-required",
                Level.BREAKING if witness else Level.DANGEROUS,
                _LABEL,
                "the request body is required now",
                at=at,
                witness=witness,
            )
        else:
            yield couple.change(
                "request-body-became-optional",
                Level.COMPATIBLE,
                _LABEL,
                "the request body is no longer required",
                at=at,
            )
    if homes[0][0].get("description") != homes[1][0].get("description"):
        at = join(pointers[0], "description"), join(pointers[1], "description")
        yield couple.change("description-changed", Level.DOCS, _LABEL, "description has changed", at=at)
    yield from compare_media_types(
        couple, _LABEL, pointers, (base.media_types, head.media_types), received=couple.is_client_side
    )


def _existence(couple: Couple, pointers: tuple[str, str]) -> Iterator[Change]:
    head = couple.head.body
    if head is None:
        level = Level.DANGEROUS if couple.is_client_side else Level.BREAKING
        gone = Witness("gone", "The request body is gone: no media type is declared for it any more.")
        yield couple.change(
            "request-body-removed", level, _LABEL, "the request body was removed", at=(pointers[0], ""), witness=gone
        )
    elif head.required and not couple.is_client_side:
        witness = _without_body(couple)
        yield couple.change(
            "required-request-body-added",
            Level.BREAKING if witness else Level.DANGEROUS,
            _LABEL,
            "a required request body was added",
            at=("", pointers[1]),
            witness=witness,
        )
    else:
        yield couple.change(
            "request-body-added", Level.COMPATIBLE, _LABEL, "a request body was added", at=("", pointers[1])
        )


def _without_body(couple: Couple) -> Witness | None:
    """Return a request without a body, which the head rejects."""
    contracts = couple.contracts
    shown = contracts.base.documented(couple.base)
    if shown is None or couple.is_client_side:
        return Witness("request", "A request without a body was accepted, and is rejected now.")
    headers = {name: value for name, value in shown.headers.items() if name != "content-type"}
    shown = replace(shown, headers=headers, body=None)
    base_path = contracts.base.contract.document.base_path
    try:
        contracts.base.checker.check(couple.base, shown, base_path)
        contracts.head.checker.check(couple.head, shown, base_path)
    except Rejection as rejection:
        status = status_for(couple.head, rejection.error)
        sentence = f"This request was accepted and is now rejected: {status}, {rejection.error.message}"
        return Witness("request", sentence, curl_of(shown))
    return None


def compare_media_types(
    couple: Couple,
    label: str,
    pointers: tuple[str, str],
    medias: tuple[Mapping[str, MediaType], Mapping[str, MediaType]],
    *,
    received: bool,
) -> Iterator[Change]:
    """Yield the changes of media types; their schemas are added to the parts of the couple."""
    base, head = medias
    known = set[str]()
    for key, mine in base.items():
        theirs = head.get(key)
        name = key
        if theirs is None and not received:
            theirs = find_media_type(head, mine.name, compatible=False)
            name = next((other for other, media in head.items() if media is theirs), key)
        elif theirs is None:
            name, theirs = related(head, mine.declared, known | base.keys())
            if theirs is not None:
                yield _renamed(couple, label, pointers, mine, theirs)
        if theirs is None:
            yield _gone(couple, label, pointers, mine, received=received)
        else:
            known.add(name)
            if name != key and not received:
                places = tuple(
                    join(one, "content", media.declared) for one, media in zip(pointers, (mine, theirs), strict=True)
                )
                yield couple.change(
                    "media-type-widened",
                    Level.COMPATIBLE,
                    f"{label} {mine.declared}",
                    f"{theirs.declared} is accepted in its place",
                    at=(places[0], places[1]),
                )
            yield from _compare_media(couple, f"{label} {mine.declared}", pointers, mine, theirs, received=received)
    for key, theirs in head.items():
        if key not in known and key not in base:
            at = "", join(pointers[1], "content", theirs.declared)
            yield couple.change(
                "media-type-added", Level.COMPATIBLE, f"{label} {theirs.declared}", "the media type was added", at=at
            )


def related(head: Mapping[str, MediaType], declared: str, taken: set[str]) -> tuple[str, MediaType | None]:
    """Return a media type of a response that takes the place of another one: more special, or of other parameters."""
    name = media_name(declared)
    for key, media in head.items():
        other = media_name(media.declared)
        if key in taken:
            continue
        if other.essence == name.essence or (name.is_range and name.admits(other.essence)):
            return key, media
        if other.essence.endswith("+" + name.sub) and other.main == name.main:
            return key, media
    return "", None


def _renamed(couple: Couple, label: str, pointers: tuple[str, str], mine: MediaType, theirs: MediaType) -> Change:
    at = join(pointers[0], "content", mine.declared), join(pointers[1], "content", theirs.declared)
    return couple.change(
        "media-type-changed",
        Level.DANGEROUS,
        f"{label} {mine.declared}",
        f"the media type is {theirs.declared} now",
        at=at,
        witness=Witness("gone", f"{mine.declared} is gone; {theirs.declared} is sent in its place."),
    )


def _gone(couple: Couple, label: str, pointers: tuple[str, str], mine: MediaType, *, received: bool) -> Change:
    at = join(pointers[0], "content", mine.declared), ""
    part = f"{label} {mine.declared}"
    witness = Witness("gone", f"The media type {mine.declared} is gone.")
    if not received and not couple.is_client_side:
        witness = _rejected(couple, mine) or witness
    return couple.change(
        "media-type-removed", Level.BREAKING, part, "the media type was removed", at=at, witness=witness
    )


def _rejected(couple: Couple, mine: MediaType) -> Witness | None:
    """Return a request in a media type that the head does not take."""
    contracts = couple.contracts
    shown = contracts.base.documented(couple.base)
    if shown is None:
        return None
    maker = contracts.base.maker(Direction.REQUEST)
    values: list[Any] = maker.generated(maker.side.node(mine.schema.pointer)) if mine.schema is not None else ["text"]
    base_path = contracts.base.contract.document.base_path
    for value in values:
        try:
            data = mine.write(value)
        except (TypeError, ValueError):
            continue
        request = replace(shown, headers={**shown.headers, "content-type": mine.name}, body=data)
        try:
            contracts.base.checker.check(couple.base, request, base_path)
        except Rejection:
            continue
        try:
            contracts.head.checker.check(couple.head, request, base_path)
        except Rejection as rejection:
            status = status_for(couple.head, rejection.error)
            found = rejection.violations
            reason = describe(found[0]) + "." if found else rejection.error.message
            return Witness(
                "request", f"This request was accepted and is now rejected: {status}, {reason}", curl_of(request)
            )
    return None


def _compare_media(  # noqa: PLR0913 (both sides)
    couple: Couple, part: str, pointers: tuple[str, str], mine: MediaType, theirs: MediaType, *, received: bool
) -> Iterator[Change]:
    contents = couple.contracts.base.content, couple.contracts.head.content
    found = [
        home_of(
            content, at(content, join(pointer, "content", media.declared)), join(pointer, "content", media.declared)
        )
        for content, pointer, media in zip(contents, pointers, (mine, theirs), strict=True)
    ]
    raws, places = [one[0] for one in found], [one[1] for one in found]
    for keyword in ("example", "examples"):
        if raws[0].get(keyword) != raws[1].get(keyword):
            places_of_keyword = join(places[0], keyword), join(places[1], keyword)
            yield couple.change(
                "example-changed", Level.DOCS, part, f"{keyword} has changed", at=places_of_keyword, subject=keyword
            )
    if (raws[0].get("encoding") or {}) != (raws[1].get("encoding") or {}):
        at_encoding = join(places[0], "encoding"), join(places[1], "encoding")
        yield couple.change(
            "encoding-changed",
            Level.DANGEROUS,
            part,
            "the encoding of fields has changed",
            at=at_encoding,
            note="No example was found.",
        )
    direction = Direction.RESPONSE if part[:1].isdigit() or part.startswith("default") else Direction.REQUEST
    comparison = couple.contracts.comparison(direction)
    kind = ResponsePart if direction is Direction.RESPONSE else BodyPart
    for keyword, suffix in (("schema", ""), ("itemSchema", " item")):
        if keyword not in raws[0] and keyword not in raws[1]:
            continue
        nodes = [
            side.node(join(place, keyword)) if keyword in raw else ()
            for side, raw, place in zip((comparison.base, comparison.head), raws, places, strict=True)
        ]
        medias = (mine, theirs) if keyword == "schema" else tuple(_of_items(one) for one in (mine, theirs))
        couple.parts.append(
            kind(
                couple.contracts,
                couple.name,
                part + suffix,
                comparison.pair(*nodes),
                couple.base,
                couple.head,
                received,
                couple.is_client_side,
                *medias,
            )
        )


def _of_items(media: MediaType) -> MediaType:
    """Return a media type of one item of a sequence."""
    return type(media)("application/json", media.item, {})
