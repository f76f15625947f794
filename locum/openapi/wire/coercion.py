"""Text from a URL, a header or a form turned into the types that a schema asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.schemas import Schema

__all__ = ["item_of", "kinds_of", "property_of", "typed"]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,400})\Z")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?\Z")
_INDEX = re.compile(r"[0-9]{0,9}\Z")
_ALL = frozenset({"null", "boolean", "integer", "number", "array", "object", "string"})
_COMPOSITIONS = ("allOf", "anyOf", "oneOf")
_DEEPEST = 16
"""Enough for any schema that a parameter can have; a circular one ends here."""


def kinds_of(schema: Schema, part: Any, depth: int = 0) -> frozenset[str]:
    """Return the JSON types that a schema may admit, references and compositions followed."""
    part = schema.resolve(part)
    if not isinstance(part, dict) or depth > _DEEPEST:
        return _ALL
    kinds = _ALL
    declared = part.get("type")
    if declared is not None:
        kinds = frozenset([declared] if isinstance(declared, str) else declared)
        if "number" in kinds:
            kinds |= {"integer"}
    for composition in _COMPOSITIONS:
        inner = [kinds_of(schema, branch, depth + 1) for branch in part.get(composition) or ()]
        if inner:
            kinds &= frozenset.intersection(*inner) if composition == "allOf" else frozenset.union(*inner)
    if part.get("nullable") is True:
        kinds |= {"null"}
    return kinds


def shape_of(kinds: frozenset[str]) -> str:
    """Return how a value of these types is written: as an array, an object, or a primitive."""
    narrow = kinds - {"null"}
    return "array" if narrow == {"array"} else "object" if narrow == {"object"} else "primitive"


def typed(schema: Schema, part: Any, raw: Any) -> Any:
    """Give raw text (or lists and mappings of it) the types that the schema asks for.

    What does not read as such a type stays text: the validator then says what is wrong.
    """
    if isinstance(raw, str):
        return _scalar(kinds_of(schema, part), raw)
    if isinstance(raw, dict) and _numbered(raw) and kinds_of(schema, part) & {"array", "object"} == {"array"}:
        raw = _listed(raw)
    if isinstance(raw, list):
        return [typed(schema, item_of(schema, part, index), item) for index, item in enumerate(raw)]
    if isinstance(raw, dict):
        return {name: typed(schema, property_of(schema, part, name), value) for name, value in raw.items()}
    return raw


def _scalar(kinds: frozenset[str], raw: str) -> Any:
    if kinds == {"string"}:
        return raw
    if "boolean" in kinds and raw in {"true", "false"}:
        return raw == "true"
    if "integer" in kinds and _INTEGER.match(raw):
        return int(raw)
    if "number" in kinds and _NUMBER.match(raw):
        number = float(raw)
        return raw if number in {float("inf"), float("-inf")} else number
    if "null" in kinds and (raw == "null" or (raw == "" and "string" not in kinds)):
        return None
    return raw


def _numbered(raw: dict[str, Any]) -> bool:
    return all(_INDEX.match(key) for key in raw)


def _listed(raw: dict[str, Any]) -> list[Any]:
    """Read `{"0": "a", "1": "b"}` or `{"": ["a", "b"]}`: what `ids[0]=a` and `ids[]=a` leave of an array."""
    bare = raw.get("", [])
    numbered = [raw[key] for key in sorted(filter(None, raw), key=int)]
    return numbered + (bare if isinstance(bare, list) else [bare])


def _parts(schema: Schema, part: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield a schema object and the branches of its compositions, references followed."""
    part = schema.resolve(part)
    if not isinstance(part, dict) or depth > _DEEPEST:
        return
    yield part
    for composition in _COMPOSITIONS:
        for branch in part.get(composition) or ():
            yield from _parts(schema, branch, depth + 1)


def item_of(schema: Schema, part: Any, index: int) -> Any:
    """Find the schema object of an item, in the first part that has one."""
    for found in _parts(schema, part):
        first = found.get("prefixItems") or ()
        if index < len(first):
            return first[index]
        if "items" in found:
            return found["items"]
    return {}


def property_of(schema: Schema, part: Any, name: str) -> Any:
    """Find the schema object of a property, in the first part that has one; `{}` where none has."""
    extra: Any = {}
    for found in _parts(schema, part):
        properties = found.get("properties") or {}
        if name in properties:
            return properties[name]
        extra = extra or found.get("additionalProperties") or {}
    return extra if isinstance(extra, dict) else {}
