"""Parameters: percent-decode, split and convert the texts of a URL, header, cookie or form, by style and schema."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from locum.openapi.schemas.schemas import Schema

__all__ = [
    "DEFAULT_STYLES",
    "Unreadable",
    "boolean_text",
    "fitted",
    "from_pairs",
    "from_text",
    "has_delimiter",
    "item_of",
    "kinds_of",
    "percent_decode",
    "properties_of",
    "property_of",
    "query_decode",
    "settled",
    "shape_of",
    "shapes_of",
    "to_pairs",
    "to_text",
    "typed",
]


def percent_decode(text: str) -> str:
    """Percent-decode a part of a path (RFC 3986, section 2).

    Bytes that are not UTF-8 become lone surrogates, so that the caller can reject them.
    """
    if "%" not in text:
        return text
    return unquote_to_bytes(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def query_decode(text: str) -> str:
    """Decode a part of a query or of an urlencoded form (WHATWG URL) that was validated before."""
    return unquote(text.replace("+", " "), errors="replace") if "%" in text or "+" in text else text


DEFAULT_STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form", "querystring": "form"}
_DELIMITERS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
_ENCODED = {"spaceDelimited": re.compile(r"%20|\+"), "pipeDelimited": re.compile("%7C", re.IGNORECASE)}
"""Delimiters that must be percent-encoded in a URL."""
_DEEPEST_NAME = 64
"""The maximum number of levels of an object in a query."""
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")


class Unreadable(ValueError):
    """A text that cannot be parsed; the message says why, and follows the name of the parameter or body."""


def _unchanged(text: str) -> str:
    return text


def from_text(  # noqa: PLR0913 (the declaration of a parameter)
    text: str, name: str, style: str, shape: str, *, explode: bool, decode: Callable[[str], str] = _unchanged
) -> Any:
    """Parse a value in a path segment, a header or a cookie.

    `shape` is primitive, array or object; `decode` decodes one part of the text. Raises Unreadable.
    """
    if style == "matrix":
        return _matrix(text, name, shape, explode=explode, decode=decode)
    separator = ","
    if style == "label":
        text, separator = _without(text, "."), "." if explode else ","
    if shape == "primitive":
        return decode(text)
    parts = [part.strip() if style == "simple" else part for part in text.split(separator)] if text else []
    return [decode(part) for part in parts] if shape == "array" else _object(parts, explode=explode, decode=decode)


def from_pairs(  # noqa: PLR0913 (the declaration of a parameter)
    pairs: Mapping[str, list[str]],
    name: str,
    style: str,
    shape: str,
    *,
    explode: bool,
    decode: Callable[[str], str] = _unchanged,
) -> Any:
    """Parse a value in the pairs of a query or a form; None if it is absent.

    `decode` decodes one part of a value; names are already decoded. Raises Unreadable.
    """
    if style == "deepObject":
        found = _deep(pairs, name, decode)
        if found is not None:
            return found
    if style == "form" and explode and shape == "object":
        # Each property is sent as a separate pair.
        return {key: _one_or_all([decode(value) for value in values]) for key, values in pairs.items()} or None
    values = pairs.get(name)
    if values is None:
        return None
    if shape == "primitive" or style == "deepObject":
        return _one_or_all([decode(value) for value in values])
    if explode and shape == "array":
        return [decode(value) for value in values]
    if len(values) > 1:
        message = "must be sent only once, with items separated by " + repr(_DELIMITERS.get(style, ","))
        raise Unreadable(message)
    parts = _split(values[0], style, decode) if values[0] else []
    return [decode(part) for part in parts] if shape == "array" else _object(parts, explode=False, decode=decode)


def has_delimiter(text: str, style: str, *, explode: bool) -> bool:
    """Whether a text, as sent, contains a delimiter of its style, and so several values."""
    if style == "label":
        return ("." if explode else ",") in text[1:]
    if style == "matrix":
        return (";" if explode else ",") in text[1:]
    encoded = _ENCODED.get(style)
    return _DELIMITERS.get(style, ",") in text or (encoded is not None and encoded.search(text) is not None)


def _split(text: str, style: str, decode: Callable[[str], str]) -> list[str]:
    delimiter = _DELIMITERS.get(style, ",")
    if delimiter not in text and decode is not _unchanged and style in _ENCODED:
        return _ENCODED[style].split(text)
    return text.split(delimiter)


def to_text(value: Any, name: str, style: str, *, explode: bool) -> str:
    """Format a value for a path segment, a header or a cookie, without percent-encoding: the inverse of `from_text`."""
    separator = "," if not explode or style in {"simple", "form"} else "." if style == "label" else ";"
    named = style == "matrix" and not (explode and isinstance(value, dict))
    if isinstance(value, list):
        items = [f"{name}={_styled_scalar(item)}" if named and explode else _styled_scalar(item) for item in value]
    elif isinstance(value, dict):
        items = [
            f"{key}={_styled_scalar(item)}" if explode else f"{key},{_styled_scalar(item)}"
            for key, item in value.items()
        ]
    else:
        items = [_styled_scalar(value)]
    text = separator.join(items)
    if named and not (explode and isinstance(value, list)):
        text = f"{name}={text}" if text else name
    return {"label": ".", "matrix": ";"}.get(style, "") + text


def to_pairs(value: Any, name: str, style: str, *, explode: bool) -> list[tuple[str, str]]:
    """Format a value as the pairs of a query, without percent-encoding: the inverse of `from_pairs`."""
    if style == "deepObject" and isinstance(value, dict):
        return [pair for key, item in value.items() for pair in to_pairs(item, f"{name}[{key}]", style, explode=True)]
    if isinstance(value, dict) and explode and style == "form":
        return [pair for key, item in value.items() for pair in to_pairs(item, key, style, explode=True)]
    if isinstance(value, list) and (explode or style == "deepObject"):
        return [(name, _styled_scalar(item)) for item in value]
    if isinstance(value, list | dict):
        flat = value if isinstance(value, list) else [part for pair in value.items() for part in pair]
        return [(name, _DELIMITERS.get(style, ",").join(map(_styled_scalar, flat)))]
    return [(name, _styled_scalar(value))]


def _styled_scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _one_or_all(values: list[str]) -> Any:
    return values[0] if len(values) == 1 else values


def _without(text: str, prefix: str) -> str:
    if not text.startswith(prefix):
        message = f"must begin with {prefix!r}"
        raise Unreadable(message)
    return text[len(prefix) :]


def _object(parts: list[str], *, explode: bool, decode: Callable[[str], str]) -> dict[str, str]:
    """Parse `R=100,G=200` (exploded) or `R,100,G,200`."""
    if explode:
        pairs = [part.partition("=") for part in parts]
        if any(not equals for _, equals, _ in pairs):
            message = "must be written as name=value pairs"
            raise Unreadable(message)
        return {decode(key): decode(value) for key, _, value in pairs}
    if len(parts) % 2:
        message = "must be written as alternating names and values"
        raise Unreadable(message)
    return dict(zip(map(decode, parts[::2]), map(decode, parts[1::2]), strict=True))


def _matrix(text: str, name: str, shape: str, *, explode: bool, decode: Callable[[str], str]) -> Any:
    """Parse `;color=blue`, `;color=blue,black`, `;color=blue;color=black` or `;R=100;G=200`."""
    parts = _without(text, ";").split(";")
    if explode and shape == "object":
        return _object(parts, explode=True, decode=decode)
    values = []
    for part in parts:
        key, equals, value = part.partition("=")
        if decode(key) != name:
            message = f"must begin with {name + '='!r}"
            raise Unreadable(message)
        values.append(value if equals else "")
    if shape == "primitive":
        return _one_or_all([decode(value) for value in values])
    items = values if explode else values[0].split(",") if values[0] else []
    return [decode(item) for item in items] if shape == "array" else _object(items, explode=False, decode=decode)


def _deep(pairs: Mapping[str, list[str]], name: str, decode: Callable[[str], str]) -> dict[str, Any] | None:
    """Parse `color[R]=100&color[G]=200`, and the nested form that most servers accept."""
    found: dict[str, Any] = {}
    for key, values in pairs.items():
        if not key.startswith(name + "["):
            continue
        steps = _BRACKETS.findall(key[len(name) :])
        if "".join(f"[{step}]" for step in steps) != key[len(name) :]:
            message = "has unbalanced brackets"
            raise Unreadable(message)
        if len(steps) > _DEEPEST_NAME:
            message = f"is nested more than {_DEEPEST_NAME} levels deep"
            raise Unreadable(message)
        inner: Any = found
        for step in steps[:-1]:
            inner = inner.setdefault(step, {})
            if not isinstance(inner, dict):
                message = "is both a value and an object"
                raise Unreadable(message)
        if isinstance(inner.get(steps[-1]), dict):
            message = "is both a value and an object"
            raise Unreadable(message)
        inner[steps[-1]] = _one_or_all([decode(value) for value in values])
    return found or None


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
"""The maximum depth of nested compositions; it ends circular ones."""
_MOST_ATTEMPTS = 50
"""The maximum number of combinations that are tried for a value whose texts have several readings."""

_Place = tuple[str | int, ...]


def kinds_of(schema: Schema, part: Any, above: tuple[int, ...] = ()) -> frozenset[str]:
    """Return the JSON types that a schema may allow; references and compositions are resolved.

    `above` has the ids of the enclosing schemas: a circle allows all types.
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
    """Return the shape of a value of these types: array, object, or primitive."""
    narrow = kinds - {"null"}
    return "array" if narrow == {"array"} else "object" if narrow == {"object"} else "primitive"


def shapes_of(kinds: frozenset[str]) -> tuple[str, ...]:
    """Return all shapes that a value of these types may have; only primitive if all types are allowed."""
    narrow = kinds - {"null"}
    if narrow >= _ALL - {"null"}:
        return ("primitive",)
    compound = tuple(shape for shape in ("array", "object") if shape in narrow)
    return ("primitive", *compound) if narrow - {"array", "object"} or not compound else compound


def fitted(schema: Schema, readings: list[Any]) -> tuple[Any, bool]:
    """Return the first reading that is valid, converted to the types of the schema, and whether there is one.

    If none is valid, the first reading is returned. A reading is raw text, or lists and mappings of it. If the schema
    allows several types for a text within it, such as a word or a list of words, each is tried.
    """
    first: list[Any] = []
    for raw in readings:
        value = typed(schema, schema.raw, raw)
        if schema.is_valid(value):
            return value, True
        if value != raw and schema.is_valid(raw):
            return raw, True  # `anyOf: [integer up to 5, string]` allows "7" as text
        first.append(value)
        value = _with_alternatives(schema, raw)
        if value is not None:
            return value, True
    return first[0], False


def _with_alternatives(schema: Schema, raw: Any) -> Any:
    """Return a valid value, with other types for the texts that are not valid; None if there is none."""
    alternatives: dict[_Place, list[Any]] = {}
    value = settled(schema, typed(schema, schema.raw, raw, alternatives), alternatives)
    return value if schema.is_valid(value) else None


def settled(schema: Schema, value: Any, alternatives: dict[_Place, list[Any]]) -> Any:
    """Return a valid value, with alternatives in the places that are not valid; if there is none, `value`."""
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
    """Return a copy of a value with `by` at a place."""
    if not place:
        return by
    copy = value.copy()
    copy[place[0]] = _replaced(value[place[0]], place[1:], by)
    return copy


def typed(
    schema: Schema, part: Any, raw: Any, alternatives: dict[_Place, list[Any]] | None = None, place: _Place = ()
) -> Any:
    """Convert raw text (or lists and mappings of it) to the types of the schema.

    A text that cannot be converted stays text, and the validator reports it. The other possible values of each text
    are added to `alternatives`, by its place within `raw`.
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
        # A list with one value, which only the schema reveals: `filter[tag]=1`.
        return [typed(schema, item_of(schema, part, 0), raw)]
    value = _scalar(kinds, raw)
    if alternatives is not None and kinds != _ALL:
        others: list[Any] = [raw] if value != raw else []
        if "array" in kinds:
            others.append([typed(schema, item_of(schema, part, 0), raw)])
        alternatives[place] = others
    return value


_BOOLEANS = {"True": "true", "False": "false", "1": "true", "0": "false"}
"""Other spellings of booleans that SDKs send and servers accept: `?all=1` (Docker), `?v=False` (requests)."""


def boolean_text(schema: Schema, part: Any, text: str) -> str:
    """Return the text of a boolean in a query or a form as JSON writes it; any other text unchanged."""
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
    """Convert `{"0": "a", "1": "b"}` or `{"": ["a", "b"]}`, the parsed form of `ids[0]=a` or `ids[]=a`, to a list."""
    bare = raw.get("", [])
    numbered = [raw[key] for key in sorted(filter(None, raw), key=int)]
    return numbered + (bare if isinstance(bare, list) else [bare])


def _parts(schema: Schema, part: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield a schema object and the branches of its compositions, with references resolved."""
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
    """Find the schema object of an item in the first part that declares one; `{}` if none does."""
    for found in _parts(schema, part):
        first = found.get("prefixItems") or ()
        if index < len(first):
            return first[index]
        if "items" in found:
            return found["items"]
    return {}


def property_of(schema: Schema, part: Any, name: str) -> Any:
    """Find the schema object of a property in the first part that declares one; `{}` if none does."""
    extra: Any = {}
    for found in _parts(schema, part):
        properties = found.get("properties") or {}
        if name in properties:
            return properties[name]
        extra = extra or found.get("additionalProperties") or {}
    return extra if isinstance(extra, dict) else {}
