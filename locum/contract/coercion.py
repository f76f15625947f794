"""Text from a URL, a header or a form turned into the types that a schema asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from locum.contract.schemas import Schema

__all__ = ["kinds_of", "typed"]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,400})\Z")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?\Z")
_ALL = frozenset({"null", "boolean", "integer", "number", "array", "object", "string"})
_COMPOSITIONS = ("allOf", "anyOf", "oneOf")
_DEEPEST = 32
"""Enough for any schema that a parameter can have; a circular one ends here."""


def kinds_of(schema: Schema, part: Any, depth: int = 0) -> frozenset[str]:
    """Return the JSON types that a schema may admit, references and compositions followed."""
    part = schema.resolve(part)
    if not isinstance(part, dict) or depth > _DEEPEST:
        return _ALL
    kinds = _ALL
    declared = part.get("type")
    if isinstance(declared, str):
        kinds = frozenset({declared})
    elif isinstance(declared, list):
        kinds = frozenset(declared)
    for composition in _COMPOSITIONS:
        inner = [kinds_of(schema, branch, depth + 1) for branch in part.get(composition) or ()]
        if inner:
            joined = frozenset.intersection(*inner) if composition == "allOf" else frozenset.union(*inner)
            kinds &= joined | ({"integer"} if "number" in joined else frozenset())
    if part.get("nullable") is True:
        kinds |= {"null"}
    return kinds


def typed(schema: Schema, part: Any, raw: Any) -> Any:
    """Give raw text (or lists and mappings of it) the types that the schema asks for.

    What does not read as such a type stays text: the validator then says what is wrong.
    """
    part = schema.resolve(part)
    if isinstance(raw, list):
        items = _branch(schema, part, "items")
        return [typed(schema, items, item) for item in raw]
    if isinstance(raw, dict):
        return {name: typed(schema, _property(schema, part, name), value) for name, value in raw.items()}
    return _scalar(kinds_of(schema, part), raw) if isinstance(raw, str) else raw


def _scalar(kinds: frozenset[str], raw: str) -> Any:
    if kinds == {"string"}:
        return raw
    if "boolean" in kinds and raw in {"true", "false"}:
        return raw == "true"
    if ("integer" in kinds or "number" in kinds) and _INTEGER.match(raw):
        return int(raw)
    if "number" in kinds and _NUMBER.match(raw):
        number = float(raw)
        return raw if number in {float("inf"), float("-inf")} else number
    if "null" in kinds and (raw == "null" or (raw == "" and "string" not in kinds)):
        return None
    return raw


def _branch(schema: Schema, part: Any, keyword: str) -> Any:
    """Find a keyword in a schema object or in the first branch of its compositions that has it."""
    if not isinstance(part, dict):
        return {}
    if keyword in part:
        return part[keyword]
    for composition in _COMPOSITIONS:
        for branch in part.get(composition) or ():
            target = schema.resolve(branch)
            if isinstance(target, dict) and keyword in target:
                return target[keyword]
    return {}


def _property(schema: Schema, part: Any, name: str) -> Any:
    properties = _branch(schema, part, "properties")
    if isinstance(properties, dict) and name in properties:
        return properties[name]
    extra = _branch(schema, part, "additionalProperties")
    return extra if isinstance(extra, dict) else {}
