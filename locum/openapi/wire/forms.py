"""Forms: read the fields of URL-encoded and multipart bodies, and type them by the schema."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from python_multipart.multipart import MultipartParser, parse_options_header

from locum.openapi.wire.json_values import read_json
from locum.openapi.wire.media_types import is_json, media_name
from locum.openapi.wire.styles import (
    Unreadable,
    from_pairs,
    has_delimiter,
    item_of,
    kinds_of,
    properties_of,
    property_of,
    query_decode,
    settled,
    shapes_of,
    typed,
)

if TYPE_CHECKING:
    from locum.openapi.schemas.schemas import Schema

__all__ = ["FieldText", "read_multipart", "read_urlencoded", "shaped"]


_MOST_FIELDS = 1000


class FieldText(str):
    """The text of a form field. In an urlencoded form, `sent` is the text as sent, still percent-encoded.

    In a multipart form, `essence` is the media type of the part, and `filename` the name of its file; None if it is
    not a file.
    """

    __slots__ = ("data", "essence", "filename", "sent")

    sent: str
    essence: str
    data: bytes
    filename: str | None

    @classmethod
    def of(
        cls, text: str, *, sent: str = "", essence: str = "", data: bytes = b"", filename: str | None = None
    ) -> FieldText:
        """Create a field."""
        field = cls(text)
        field.sent, field.essence, field.data, field.filename = sent, essence, data, filename
        return field


Fields = dict[str, list[str]]


def read_urlencoded(data: bytes) -> Fields:
    """Parse the fields of an urlencoded form (WHATWG URL). Raises Unreadable."""
    try:
        text = data.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        message = "is not a valid form"
        raise Unreadable(message) from None
    fields: Fields = {}
    for (name, value), pair in zip(pairs, filter(None, text.split("&")), strict=True):
        fields.setdefault(name, []).append(FieldText.of(value, sent=pair.partition("=")[2], data=value.encode()))
    return fields


def read_multipart(data: bytes, content_type: bytes) -> Fields:
    """Parse the parts of a multipart form (RFC 7578). Raises Unreadable.

    A file, or a part whose media type is not text, is decoded as Latin-1: one character per byte. Any other part
    is decoded as UTF-8.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        message = "has no boundary in its Content-Type"
        raise Unreadable(message)
    fields: Fields = {}
    headers: dict[str, bytes] = {}
    name, value, part = bytearray(), bytearray(), bytearray()
    ended = []
    count = itertools.count(1)

    def header_end() -> None:
        headers[bytes(name).decode("latin-1").lower()] = bytes(value)
        name.clear()
        value.clear()

    def part_end() -> None:
        if next(count) > _MOST_FIELDS:
            message = f"has more than {_MOST_FIELDS} parts"
            raise Unreadable(message)
        _, disposition = parse_options_header(headers.get("content-disposition", b""))
        field = disposition.get(b"name", b"").decode("utf-8")
        essence = media_name(headers.get("content-type", b"").decode("latin-1"))
        given = essence.essence if essence.sub else ""
        is_text = not given or essence.main == "text" or is_json(given) or "xml" in given
        text = part.decode("utf-8" if is_text and b"filename" not in disposition else "latin-1")
        file = disposition.get(b"filename")
        filename = None if file is None else file.decode("utf-8", "replace")
        fields.setdefault(field, []).append(FieldText.of(text, essence=given, data=bytes(part), filename=filename))
        headers.clear()
        part.clear()

    try:
        parser = MultipartParser(
            boundary,
            {
                "on_header_field": lambda chunk, start, end: name.extend(chunk[start:end]),
                "on_header_value": lambda chunk, start, end: value.extend(chunk[start:end]),
                "on_header_end": header_end,
                "on_part_data": lambda chunk, start, end: part.extend(chunk[start:end]),
                "on_part_end": part_end,
                "on_end": lambda: ended.append(True),
            },
        )
        parser.write(data)
        parser.finalize()
    except Unreadable:
        raise
    except ValueError:
        ended.clear()
    if not ended:
        message = "is not a valid multipart form"
        raise Unreadable(message)
    return fields


def shaped(fields: Fields, schema: Schema | None, encoding: dict[str, Any]) -> Any:
    """Convert the fields of a form to an object, by its schema and its `encoding` (OpenAPI 3.0.3, 4.7.15).

    If a field is ambiguous, its first valid reading is used. Raises Unreadable.
    """
    if schema is None:
        return {name: _one_or_all([_untyped(value) for value in values]) for name, values in fields.items()}
    raw = schema.raw
    found: dict[str, Any] = {}
    alternatives: dict[tuple[str | int, ...], list[Any]] = {}
    for name, values in fields.items():
        base = name.partition("[")[0]
        style = (encoding.get(base) or {}).get("style")
        if style == "deepObject" or (style is None and base != name and _has_parts(schema, base, name)):
            if base not in found:
                deep = from_pairs(fields, base, "deepObject", "object", explode=True)
                found[base] = typed(schema, property_of(schema, raw, base), _plain(deep), alternatives, (base,))
        else:
            field = _Field(name, values, schema, property_of(schema, raw, name), encoding.get(name) or {})
            found[name], *alternatives[name,] = field.readings()
    return settled(schema, found, alternatives)


def _has_parts(schema: Schema, base: str, name: str) -> bool:
    """Return whether `metadata[key]` or `tags[]` is a part of a declared object or list.

    Most servers of forms read brackets so, and few documents declare the style `deepObject` for it.
    """
    known, part = properties_of(schema, schema.raw), property_of(schema, schema.raw, base)
    return name not in known and base in known and bool(kinds_of(schema, part) & {"object", "array"})


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a form with its declaration."""

    name: str
    values: list[str]
    schema: Schema
    part: Any
    encoding: dict[str, Any]

    def readings(self) -> list[Any]:
        """Return the possible values of the field, the most likely first. Raises Unreadable."""
        shapes = shapes_of(kinds_of(self.schema, self.part))
        if shapes == ("array",):
            return self._lists()
        if "array" not in shapes:
            return self._single()
        return [*self._lists(), *self._single()] if self._is_split() else [*self._single(), *self._lists()]

    def _lists(self) -> list[Any]:
        """Parse a list: a part or pair for each item, one text with delimiters, or JSON."""
        values = self.values
        if len(values) == 1 and self._is_json(values[0]):
            try:
                whole = read_json(_data(values[0]))
            except Unreadable:
                pass
            else:
                return [whole, [whole]] if isinstance(whole, list) else [[whole]]
        style, explode = self._style()
        if explode or not all(isinstance(value, FieldText) and value.sent for value in values):
            explode = explode or len(values) > 1  # in a multipart form, each part is an item (RFC 7578, 4.3)
            items = from_pairs({self.name: values}, self.name, style, "array", explode=explode)
        else:
            sent = {self.name: [value.sent for value in values if isinstance(value, FieldText)]}
            items = from_pairs(sent, self.name, style, "array", explode=explode, decode=query_decode)
            whole = from_pairs({self.name: values}, self.name, style, "array", explode=explode)
            if len(items) == 1 < len(whole):  # many clients encode a whole list with its delimiters
                return [self._items(items), self._items(whole)]
        return [self._items(items)]

    def _items(self, items: list[str]) -> list[Any]:
        return [self._value(item, item_of(self.schema, self.part, index)) for index, item in enumerate(items)]

    def _single(self) -> list[Any]:
        values = [self._value(value, self.part) for value in self.values]
        if len(values) > 1:
            return [values]
        text = str(self.values[0])
        return values if values[0] == text else [values[0], text]

    def _style(self) -> tuple[str, bool]:
        style = self.encoding.get("style", "form")
        return style, bool(self.encoding.get("explode", style == "form"))

    def _is_split(self) -> bool:
        style, explode = self._style()
        return len(self.values) > 1 or (not explode and has_delimiter(self.values[0], style, explode=False))

    def _value(self, text: str, part: Any) -> Any:
        """Parse one text: as JSON if it is declared or sent as such, or is an object (4.7.14.4)."""
        narrow = kinds_of(self.schema, part) - {"null"}
        if narrow == {"object"} or self._is_json(text):
            try:
                return read_json(_data(text))
            except Unreadable:
                if narrow == {"object"}:
                    raise
        return typed(self.schema, part, str(text))

    def _is_json(self, text: str) -> bool:
        if isinstance(text, FieldText) and text.essence not in {"", "text/plain", "application/octet-stream"}:
            return is_json(text.essence)
        declared = str(self.encoding.get("contentType", ""))
        return any(is_json(media_name(one).essence) for one in declared.split(","))


def _data(text: str) -> bytes:
    return text.data if isinstance(text, FieldText) else text.encode()


def _untyped(text: str) -> Any:
    """Parse an undeclared field: as JSON if that is the media type of its part."""
    if isinstance(text, FieldText) and is_json(text.essence):
        try:
            return read_json(text.data)
        except Unreadable:
            pass
    return str(text)


def _plain(value: Any) -> Any:
    """Convert all FieldTexts within a value to plain strings."""
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else str(value) if value is not None else None


def _one_or_all(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
