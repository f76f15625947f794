"""Outcomes: what a response says of how a request went, beside or instead of a record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from locum.infer.resources.words import stem, words_of

if TYPE_CHECKING:
    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.compile.schemas import Schema

__all__ = ["outcome_of"]

_WENT_WELL = frozenset({"success", "ok", "succeeded", "successful", "acknowledged", "issuccess", "issuccessful"})
_WENT_WRONG = frozenset({"error", "haserror", "iserror", "failed", "failure"})
_GONE = frozenset({"deleted", "removed", "destroyed", "isdeleted", "isremoved"})
_COUNTS = frozenset({
    "deletedcount", "removedcount", "affected", "affectedrow", "affectedcount", "numdeleted", "numremoved",
    "deletecount", "modifiedcount", "updatedcount", "rowcount", "matchedcount", "totaldeleted", "rowsaffected",
})  # fmt: skip
_GONE_IDS = re.compile(r"\bids? of (?:(?:the|all|a) )*(?:deleted|removed)\b", re.IGNORECASE)
_QUOTED = re.compile(r"[\"'`](\w+)[\"'`]")
_WORDS = ("deleted", "success", "succeeded", "ok", "done", "completed")


def outcome_of(
    shape: Shape, shapes: Shapes, *, is_removal: bool = False, key: Any = None, resource: Any = None
) -> dict[str, Any]:
    """Return the members of a response that say that all went well; of a removal that the record is gone."""
    found: dict[str, Any] = {}
    for name, schema in shape.properties.items():
        inner, word = shapes.of(schema), stem(name)
        value: Any = None
        if "boolean" in inner.kinds:
            if word in _WENT_WELL or (is_removal and word in _GONE):
                value = True
            elif word in _WENT_WRONG:
                value = False
        elif inner.kinds & {"integer", "number"}:
            if word in _COUNTS or (is_removal and word in (_GONE | {"count"})):
                value = 1
        elif is_removal and "string" in inner.kinds and word in {"status", "result", "state"}:
            choices = schema.raw.get("enum") if isinstance(schema.raw, dict) else None
            if not isinstance(choices, list):
                described = schema.raw.get("description") if isinstance(schema.raw, dict) else None
                choices = _QUOTED.findall(described) if isinstance(described, str) else []
            value = next((one for word in _WORDS for one in choices if str(one).lower() == word), None)
        if value is None and key is not None and not inner.is_array and _names(name, resource):
            value = key if schema.is_valid(key) else str(key)
        if value is None and is_removal and key is not None and inner.is_array and _lists_gone(name, schema):
            value = [key] if schema.is_valid([key]) else [str(key)]
        if value is not None and schema.is_valid(value):
            found[name] = value
    return found


def _lists_gone(name: str, schema: Schema) -> bool:
    """Whether an array holds the identifiers of what was removed: `deleted_ids`, or one that is described so."""
    described = schema.raw.get("description") if isinstance(schema.raw, dict) else None
    words = words_of(name)
    named = words[0] in _GONE and words[-1] in {"id", "ids", "key", "keys"}
    return named or bool(_GONE_IDS.search(str(described)))


def _names(name: str, resource: Resource | None) -> bool:
    """Whether a member of a response is the identifier of the record that it is about."""
    if resource is None or not resource.identity:
        return False
    noun, own, key = resource.noun.replace(" ", ""), resource.identity[-1], stem(name)
    key = next((key.removeprefix(gone) for gone in ("deleted", "removed") if key.startswith(gone)), key)
    return key in {stem(own), stem(words_of(own)[-1]), f"{noun}{stem(own)}", f"{noun}id"}
