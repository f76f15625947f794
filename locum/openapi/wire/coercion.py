"""Text from a URL, a header or a form turned into the types that a schema asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.schemas import Schema

__all__ = [
    "boolean_text",
    "fitted",
    "item_of",
    "kinds_of",
    "properties_of",
    "property_of",
    "settled",
    "shape_of",
    "shapes_of",
    "typed",
]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,400})\Z")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?\Z")
_INDEX = re.compile(r"[0-9]{0,9}\Z")
_ALL = frozenset({"null", "boolean", "integer", "number", "array", "object", "string"})
_KINDS: dict[type, frozenset[str]] = {
    type(None): frozenset({"null"}),
    bool: frozenset({"boolean"}),
    int: frozenset({"integer", "number"}),
    float: frozenset({"number", "integer"}),
    str: frozenset({"string"}),
    list: frozenset({"array"}),
    dict: frozenset({"object"}),
}
_COMPOSITIONS = ("allOf", "anyOf", "oneOf")
_DEEPEST = 16
"""Enough for any schema that a parameter can have; a circular one ends here."""
_MOST_ATTEMPTS = 50
"""How often a value is read again where its schema leaves open how a text in it is read."""

_Place = tuple[str | int, ...]


def kinds_of(schema: Schema, part: Any, above: tuple[int, ...] = ()) -> frozenset[str]:
    """Return the JSON types that a schema may admit, references and compositions followed.

    `above` are the identities of the schemas that it is a part of: a circle adds nothing.
    """
    part = schema.resolve(part)
    if not isinstance(part, dict) or id(part) in above or len(above) > _DEEPEST:
        return _ALL
    above = (*above, id(part))
    kinds = _ALL
    declared = part.get("type")
    if declared is not None:
        kinds = frozenset([declared] if isinstance(declared, str) else declared)
        if "number" in kinds:
            kinds |= {"integer"}
    values = [part["const"]] if "const" in part else part.get("enum")
    if values:
        kinds = kinds & frozenset(kind for value in values for kind in _KINDS.get(type(value), _ALL)) or kinds
    for composition in _COMPOSITIONS:
        inner = [kinds_of(schema, branch, above) for branch in part.get(composition) or ()]
        if inner:
            kinds &= frozenset.intersection(*inner) if composition == "allOf" else frozenset.union(*inner)
    if part.get("nullable") is True:
        kinds |= {"null"}
    return kinds


def shape_of(kinds: frozenset[str]) -> str:
    """Return how a value of these types is written: as an array, an object, or a primitive."""
    narrow = kinds - {"null"}
    return "array" if narrow == {"array"} else "object" if narrow == {"object"} else "primitive"


def shapes_of(kinds: frozenset[str]) -> tuple[str, ...]:
    """Return every way in which a value of these types may be written; an open schema takes texts."""
    narrow = kinds - {"null"}
    if narrow >= _ALL - {"null"}:
        return ("primitive",)
    compound = tuple(shape for shape in ("array", "object") if shape in narrow)
    return ("primitive", *compound) if narrow - {"array", "object"} or not compound else compound


def fitted(schema: Schema, readings: list[Any]) -> tuple[Any, bool]:
    """Return the first reading that fits the schema with the types that it asks for, and whether there is one.

    Where none fits it is the first one. A reading is raw text, or lists and mappings of it. Where the schema
    admits several types for a text within it, such as one word or a list of words, each is tried.
    """
    first: list[Any] = []
    for raw in readings:
        value = typed(schema, schema.raw, raw)
        if schema.is_valid(value):
            return value, True
        if value != raw and schema.is_valid(raw):
            return raw, True  # `anyOf: [integer up to 5, string]` takes "7" as text
        first.append(value)
        value = _with_alternatives(schema, raw)
        if value is not None:
            return value, True
    return first[0], False


def _with_alternatives(schema: Schema, raw: Any) -> Any:
    """Return a value that fits, with other types for the texts that break the schema; None where there is none."""
    alternatives: dict[_Place, list[Any]] = {}
    value = settled(schema, typed(schema, schema.raw, raw, alternatives), alternatives)
    return value if schema.is_valid(value) else None


def settled(schema: Schema, value: Any, alternatives: dict[_Place, list[Any]]) -> Any:
    """Return a value that fits, with alternatives in the places that break the schema; the value if there is none."""
    found = value
    for _ in range(_MOST_ATTEMPTS):
        if schema.is_valid(found):
            return found
        broken = [violation.path for violation in schema.violations(found, "")]
        places = [place for place in alternatives if alternatives[place] and any(_meet(place, path) for path in broken)]
        if not places:
            return value
        for place in places:
            found = _replaced(found, place, alternatives[place].pop(0))
    return value


def _meet(place: _Place, path: _Place) -> bool:
    shared = min(len(place), len(path))
    return tuple(map(str, place[:shared])) == tuple(map(str, path[:shared]))


def _replaced(value: Any, place: _Place, by: Any) -> Any:
    """Return a copy of a value with another one in a place."""
    if not place:
        return by
    copy = value.copy()
    copy[place[0]] = _replaced(value[place[0]], place[1:], by)
    return copy


def typed(
    schema: Schema, part: Any, raw: Any, alternatives: dict[_Place, list[Any]] | None = None, place: _Place = ()
) -> Any:
    """Give raw text (or lists and mappings of it) the types that the schema asks for.

    What does not read as such a type stays text: the validator then says what is wrong. `alternatives` takes
    the other values that a text may stand for, by its place within `raw`.
    """
    if isinstance(raw, str):
        return _text(schema, part, raw, alternatives, place)
    if isinstance(raw, dict) and _numbered(raw) and kinds_of(schema, part) & {"array", "object"} == {"array"}:
        raw = _listed(raw)
    if isinstance(raw, list):
        return [
            typed(schema, item_of(schema, part, index), item, alternatives, (*place, index))
            for index, item in enumerate(raw)
        ]
    if isinstance(raw, dict):
        return {
            name: typed(schema, property_of(schema, part, name), value, alternatives, (*place, name))
            for name, value in raw.items()
        }
    return raw


def _text(schema: Schema, part: Any, raw: str, alternatives: dict[_Place, list[Any]] | None, place: _Place) -> Any:
    kinds = kinds_of(schema, part)
    if kinds - {"null"} == {"array"} and not (raw == "" and "null" in kinds):
        # One value of a list, where nothing but the schema says that it is one: `filter[tag]=1`.
        return [typed(schema, item_of(schema, part, 0), raw)]
    value = _scalar(kinds, raw)
    if alternatives is not None and kinds != _ALL:
        others: list[Any] = [raw] if value != raw else []
        if "array" in kinds:
            others.append([typed(schema, item_of(schema, part, 0), raw)])
        alternatives[place] = others
    return value


_BOOLEANS = {"True": "true", "False": "false", "1": "true", "0": "false"}
"""How SDKs write a boolean, and servers take it: `?all=1` (Docker), `?v=False` (requests)."""


def boolean_text(schema: Schema, part: Any, text: str) -> str:
    """Return the text of a query or a form as JSON has it, where it is to be a boolean."""
    return _BOOLEANS[text] if text in _BOOLEANS and kinds_of(schema, part) - {"null"} == {"boolean"} else text


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


def properties_of(schema: Schema, part: Any) -> frozenset[str]:
    """Return the names of all declared properties."""
    return frozenset(name for found in _parts(schema, part) for name in found.get("properties") or {})


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
