"""Details: the broken rules of a refusal, one by one, as the entries of a declared list want them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.infer.errors.meanings import (
    CODES,
    FIELDS,
    LOCATIONS,
    MESSAGES,
    PATHS,
    POINTERS,
    STATUSES,
    TITLES,
    best_of,
    plain,
    spellings,
    synonyms,
)
from locum.openapi.pointers import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.infer.resources.shapes import Shape, Shapes
    from locum.refusals import Refusal, Violation

__all__ = ["entries"]

_KEYWORDS = {
    "required": ("missing field", "missing", "required", "blank"),
    "additionalProperties": ("unknown field", "unexpected", "not allowed", "unknown"),
    "type": ("invalid type", "type", "format"),
    "enum": ("not in list", "invalid choice", "inclusion"),
}
_SEVERITIES = ("severity", "level")


def entries(refusal: Refusal, status: int, shape: Shape, shapes: Shapes) -> Iterator[Any]:
    """Yield an entry for each broken rule: an object by the names of its members, or a sentence."""
    for violation in refusal.violations:
        if "object" not in shape.kinds:
            yield f"{violation.field} {violation.message}"
        elif shape.properties:
            yield _entry(violation, status, shape, shapes)
        else:
            yield {"location": violation.location, "field": violation.field, "message": violation.message}


def _entry(violation: Violation, status: int, shape: Shape, shapes: Shapes) -> dict[str, Any]:
    names = {plain(name) for name in shape.properties}
    told = bool(names & (FIELDS | PATHS | POINTERS))
    given = {}
    for name, schema in shape.properties.items():
        offered = schema.raw.get("enum") if isinstance(schema.raw, dict) else None
        inner = shapes.of(schema)
        if inner.is_object and inner.properties and plain(name) in {"source", "location", "context"}:
            value: Any = _source(violation, inner)
            if value and schema.is_valid(value):
                given[name] = value
            continue
        for value in _values(plain(name), violation, status, names, offered, told=told):
            if schema.is_valid(value):
                given[name] = value
                break
    return given


def _source(violation: Violation, shape: Shape) -> dict[str, Any]:
    """Say where, as JSON:API does: `{"pointer": "/name"}`, `{"parameter": "limit"}`."""
    place = join("", *violation.path)
    known = {
        "pointer": place if violation.location == "body" or "pointer" in shape.required else None,
        "parameter": violation.field if violation.location in {"query", "path", "cookie"} else None,
        "header": violation.field if violation.location == "header" else None,
        "field": violation.field,
        "path": violation.field,
    }
    return {name: known[plain(name)] for name in shape.properties if known.get(plain(name)) is not None}


def _values(  # noqa: PLR0913 (one rule, and what is known of the member)
    name: str, violation: Violation, status: int, names: set[str], offered: list[Any] | None, *, told: bool
) -> Iterator[Any]:
    """Yield what may stand in a member of an entry, the best first."""
    keyword = violation.keyword
    phrases = (*_KEYWORDS.get(keyword, ()), keyword, *synonyms(status))
    steps = [violation.location, *violation.path]
    if name in LOCATIONS | PATHS:
        yield from (steps, list(map(str, steps)), list(map(str, violation.path)))
    if offered:
        wanted = ("error",) if name in _SEVERITIES else (violation.location,) if name in LOCATIONS else phrases
        yield best_of(offered, wanted)
    if name in POINTERS:
        yield join("", *violation.path)
    if name in PATHS and name not in {"loc", "location"}:
        yield violation.field
    if name in LOCATIONS and name != "source":
        yield violation.location
    if name in FIELDS:
        yield violation.field
    if name in _SEVERITIES:
        yield from ("Error", "error", "ERROR")
    if name in TITLES and names & MESSAGES:
        yield " ".join(spellings(phrases[0])[0].split("_")).capitalize()
    if name in MESSAGES - {"reason"} | TITLES or (name == "reason" and not names & (MESSAGES - {"reason"})):
        yield violation.message if told else f"{violation.field} {violation.message}"
        yield [violation.message]
    if name in STATUSES and name not in CODES:
        yield from (status, str(status))
    if name in CODES:
        yield from (keyword, *spellings(keyword), *spellings(synonyms(status)[0]), status, str(status))
