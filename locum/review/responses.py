"""Responses: what differs between those of one operation in two contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.openapi.pointers import at, home_of, join
from locum.openapi.schemas.dialects import Direction
from locum.review.bodies import compare_media_types
from locum.review.changes import Change, Level, Witness
from locum.review.parts import HeaderPart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.headers import Header
    from locum.openapi.compile.operations import DeclaredResponse, Operation
    from locum.review.operations import Couple

__all__ = ["compare_responses"]


def _is_success(status: str) -> bool:
    return status[0] in "23"


def _covering(operation: Operation, status: str) -> DeclaredResponse | None:
    """Return the response that applies to a status: itself, its range, or `default`."""
    responses = operation.responses
    return responses.get(status) or responses.get(status[0] + "XX") or responses.get("default")


def compare_responses(couple: Couple) -> Iterator[Change]:
    """Yield the changes of the responses of an operation."""
    base, head = couple.base.responses, couple.head.responses
    for status, mine in base.items():
        theirs = head.get(status)
        if theirs is None:
            theirs = _covering(couple.head, status) if status != "default" else None
            yield _removed(couple, status, mine, theirs)
        if theirs is not None:
            yield from _compared(couple, status, mine, theirs)
    for status, theirs in head.items():
        if status not in base:
            yield _added(couple, status, theirs)


def _removed(couple: Couple, status: str, mine: DeclaredResponse, cover: DeclaredResponse | None) -> Change:
    if cover is not None and not (_is_success(status) and cover.status == "default"):
        return couple.change(
            "status-removed",
            Level.COMPATIBLE,
            status,
            f"the status is no longer declared by itself; {cover.status} applies",
            at=(mine.pointer, cover.pointer),
        )
    witness = Witness("gone", f"The status {status} is gone.")
    within = status.endswith("XX") and any(other[0] == status[0] for other in couple.head.responses)
    level = Level.BREAKING if _is_success(status) and not within else Level.COMPATIBLE
    return couple.change(
        "status-removed",
        level,
        status,
        "the status was removed",
        at=(mine.pointer, ""),
        witness=witness if level is Level.BREAKING else None,
    )


def _added(couple: Couple, status: str, theirs: DeclaredResponse) -> Change:
    covered = _covering(couple.base, status) if status != "default" else None
    new_success = _is_success(status) and covered is None and not couple.is_client_side
    witness = Witness("response", f"The status {status} is possible now; the old contract did not declare it.")
    return couple.change(
        "status-added",
        Level.DANGEROUS if new_success else Level.COMPATIBLE,
        status,
        "the status was added",
        at=("", theirs.pointer),
        witness=witness if new_success else None,
        note="Clients that handle only the declared statuses do not know it." if new_success else "",
    )


def _compared(couple: Couple, status: str, mine: DeclaredResponse, theirs: DeclaredResponse) -> Iterator[Change]:
    pointers = mine.pointer, theirs.pointer
    raws = at(couple.contracts.base.content, mine.pointer), at(couple.contracts.head.content, theirs.pointer)
    for keyword in ("description", "summary"):
        if raws[0].get(keyword) != raws[1].get(keyword) and mine.status == theirs.status:
            places = join(pointers[0], keyword), join(pointers[1], keyword)
            yield couple.change(
                "description-changed", Level.DOCS, status, f"{keyword} has changed", at=places, subject=keyword
            )
    received = not couple.is_client_side
    yield from compare_media_types(couple, status, pointers, (mine.media_types, theirs.media_types), received=received)
    yield from _compare_headers(couple, status, mine, theirs)
    yield from _compare_links(couple, status, pointers, raws)


def _compare_headers(couple: Couple, status: str, mine: DeclaredResponse, theirs: DeclaredResponse) -> Iterator[Change]:
    contents = couple.contracts.base.content, couple.contracts.head.content
    for key, before in mine.headers.items():
        after = theirs.headers.get(key)
        part = f"{status} header {before.name}"
        place = _header_at(contents[0], mine.pointer, before.name)
        if after is None:
            required = before.required
            sentence = f"the {'required ' * required}header was removed"
            yield couple.change(
                "header-removed",
                Level.BREAKING if required and not couple.is_client_side else Level.DANGEROUS,
                part,
                sentence,
                at=(place, ""),
                witness=Witness("gone", f"The header {before.name} is gone."),
            )
            continue
        there = _header_at(contents[1], theirs.pointer, after.name)
        yield from _compare_header(couple, part, before, after, (place, there))
    for key, after in theirs.headers.items():
        if key not in mine.headers:
            yield couple.change(
                "header-added",
                Level.COMPATIBLE,
                f"{status} header {after.name}",
                "the header was added",
                at=("", _header_at(contents[1], theirs.pointer, after.name)),
            )


def _header_at(content: dict[str, Any], response: str, name: str) -> str:
    declared = at(content, response).get("headers") or {}
    key = next((key for key in declared if key.strip("\0").lower() == name.lower()), name)
    pointer = join(response, "headers", key)
    return home_of(content, declared[key], pointer)[1] if key in declared else pointer


def _compare_header(
    couple: Couple, part: str, before: Header, after: Header, pointers: tuple[str, str]
) -> Iterator[Change]:
    if before.required != after.required:
        places = join(pointers[0], "required"), join(pointers[1], "required")
        if after.required:
            yield couple.change(
                "header-became-required", Level.COMPATIBLE, part, "the header is always sent now", at=places
            )
        else:
            witness = Witness("response", f"A response without the header {before.name} is possible now.")
            yield couple.change(
                "header-became-optional",
                Level.BREAKING,
                part,
                "the header is no longer always sent",
                at=places,
                witness=witness,
            )
    comparison = couple.contracts.comparison(Direction.RESPONSE)
    nodes = [
        side.node(header.schema.pointer) if header.schema is not None else ()
        for side, header in ((comparison.base, before), (comparison.head, after))
    ]
    if nodes[0] or nodes[1]:
        couple.parts.append(
            HeaderPart(
                couple.contracts,
                couple.name,
                part,
                comparison.pair(*nodes),
                couple.base,
                couple.head,
                not couple.is_client_side,
                couple.is_client_side,
                before,
                after,
            )
        )


def _compare_links(couple: Couple, status: str, pointers: tuple[str, str], raws: tuple[Any, Any]) -> Iterator[Change]:
    before, after = (raw.get("links") or {} for raw in raws)
    for name in dict.fromkeys((*before, *after)):
        places = (
            join(pointers[0], "links", name) if name in before else "",
            join(pointers[1], "links", name) if name in after else "",
        )
        part = f"{status} link {name}"
        if name not in after:
            yield couple.change(
                "link-removed",
                Level.DANGEROUS,
                part,
                "the link was removed",
                at=places,
                witness=Witness("gone", f"The link {name} is gone."),
            )
        elif name not in before:
            yield couple.change("link-added", Level.COMPATIBLE, part, "the link was added", at=places)
        else:
            resolved = [
                home_of(reviewed.content, one[name], "")[0]
                for reviewed, one in ((couple.contracts.base, before), (couple.contracts.head, after))
            ]
            plain = [{k: v for k, v in one.items() if k != "description"} for one in resolved]
            if plain[0] != plain[1]:
                yield couple.change(
                    "link-changed",
                    Level.DANGEROUS,
                    part,
                    "the link has changed",
                    at=places,
                    note="Clients that follow it call another operation, or with other values.",
                )
