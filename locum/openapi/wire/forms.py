"""Forms: the fields of an urlencoded or a multipart body, shaped as their schema says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from python_multipart.multipart import MultipartParser, parse_options_header

from locum.openapi.wire.coercion import item_of, kinds_of, property_of, typed
from locum.openapi.wire.json_values import read_json
from locum.openapi.wire.styles import Unreadable, from_pairs

if TYPE_CHECKING:
    from locum.openapi.compile.schemas import Schema

__all__ = ["read_multipart", "read_urlencoded", "shaped"]

_MOST_FIELDS = 1000

Fields = dict[str, list[str]]


def read_urlencoded(data: bytes) -> Fields:
    """Read the fields of an urlencoded form (WHATWG URL). Raises Unreadable."""
    try:
        pairs = parse_qsl(data.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        message = "is not a valid form"
        raise Unreadable(message) from None
    fields: Fields = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def read_multipart(data: bytes, content_type: bytes) -> Fields:
    """Read the parts of a multipart form (RFC 7578). Raises Unreadable.

    A file is text of one character for each of its bytes; every other part is UTF-8.
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

    def header_end() -> None:
        headers[bytes(name).decode("latin-1").lower()] = bytes(value)
        name.clear()
        value.clear()

    def part_end() -> None:
        _, disposition = parse_options_header(headers.get("content-disposition", b""))
        field = disposition.get(b"name", b"").decode("utf-8")
        fields.setdefault(field, []).append(part.decode("latin-1" if b"filename" in disposition else "utf-8"))
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
    except ValueError:
        ended.clear()
    if not ended:
        message = "is not a valid multipart form"
        raise Unreadable(message)
    return fields


def shaped(fields: Fields, schema: Schema | None, encoding: dict[str, Any]) -> Any:
    """Shape the fields of a form as its schema and its `encoding` say (OpenAPI 3.0.3, 4.7.15).

    Raises Unreadable.
    """
    if schema is None:
        return {name: _one_or_all(values) for name, values in fields.items()}
    raw = schema.raw
    found: dict[str, Any] = {}
    for name, values in fields.items():
        base = name.partition("[")[0]
        if (encoding.get(base) or {}).get("style") == "deepObject":
            if base not in found:
                found[base] = from_pairs(fields, base, "deepObject", "object", explode=True)
        else:
            found[name] = _field(name, values, schema, property_of(schema, raw, name), encoding.get(name) or {})
    return typed(schema, raw, found)


def _field(name: str, values: list[str], schema: Schema, part: Any, encoding: dict[str, Any]) -> Any:
    kinds = kinds_of(schema, part) - {"null"}
    if kinds == {"array"}:
        style = encoding.get("style", "form")
        items = from_pairs({name: values}, name, style, "array", explode=encoding.get("explode", style == "form"))
        return [_value(item, schema, item_of(schema, part, index)) for index, item in enumerate(items)]
    return _value(values[0], schema, part) if len(values) == 1 else values


def _value(text: str, schema: Schema, part: Any) -> Any:
    """Read an object, which is written as JSON (OpenAPI 3.0.3, 4.7.14.4); leave anything else."""
    return read_json(text.encode()) if kinds_of(schema, part) - {"null"} == {"object"} else text


def _one_or_all(values: list[str]) -> Any:
    return values[0] if len(values) == 1 else values
