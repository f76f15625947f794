"""Request bodies: from bytes to the value that a schema judges, by media type."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson
from python_multipart.multipart import MultipartParser, parse_options_header

from locum.contract.coercion import typed
from locum.contract.styles import DEFAULT_STYLES, from_pairs
from locum.refusals import Malformed, UnsupportedMediaType, Violation

if TYPE_CHECKING:
    from locum.contract.schemas import Schema

__all__ = ["Body", "MediaType", "essence_of", "is_json", "is_text"]

_MOST_FIELDS = 1000
_LONG_NUMBER = re.compile(rb"[0-9]{19}")


@dataclass(slots=True)
class MediaType:
    """One media type that a body or an answer may have. `schema` is None where none is declared."""

    name: str
    schema: Schema | None
    encoding: dict[str, Any]
    example: Any = None
    json: bool = field(init=False)
    header: tuple[bytes, bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.json = is_json(essence_of(self.name))
        self.header = (b"content-type", self.name.encode("latin-1"))


def essence_of(content_type: str) -> str:
    """Return a media type without its parameters, in lower case (RFC 9110, section 8.3.1)."""
    return content_type.partition(";")[0].strip().lower()


def is_json(essence: str) -> bool:
    """Whether a media type is JSON (RFC 6838, section 4.2.8 for the suffix)."""
    return essence in {"application/json", "text/json"} or essence.endswith("+json")


def is_text(essence: str) -> bool:
    """Whether a media type is plain characters."""
    return essence.startswith("text/") or essence.endswith(("/xml", "+xml"))


@dataclass(slots=True)
class Body:
    """The request body of an operation, compiled."""

    required: bool
    media_types: dict[str, MediaType]

    def select(self, content_type: bytes | None) -> tuple[MediaType, str]:
        """Find the declared media type of a body and its essence.

        Raises UnsupportedMediaType.
        """
        header = (content_type or b"").decode("latin-1")
        essence = essence_of(header)
        media = self.media_types.get(essence)
        if media is None and "/" in essence:
            main = essence.partition("/")[0]
            media = self.media_types.get(main + "/*") or self.media_types.get("*/*")
        if media is None:
            taken = " or ".join(self.media_types)
            said = f"not {essence}" if essence else "and the Content-Type header does not say what this is"
            message = f"This operation takes {taken}, {said}."
            raise UnsupportedMediaType(message)
        return media, essence

    def parse(self, media: MediaType, essence: str, content_type: bytes, data: bytes) -> Any:
        """Parse a body that is not empty. Raises Malformed."""
        if is_json(essence):
            return _json(data)
        if essence == "application/x-www-form-urlencoded":
            return _fields(media, _urlencoded(data))
        if essence == "multipart/form-data":
            return _fields(media, _multipart(data, content_type))
        if is_text(essence):
            return _decode(data, "utf-8")
        return data

    def judge(self, media: MediaType, value: Any) -> list[Violation]:
        """Say every rule that a parsed body breaks; bytes are judged by their media type alone."""
        schema = media.schema
        if schema is None or isinstance(value, bytes) or schema.is_valid(value):
            return []
        return schema.violations(value, "body")


def _malformed(message: str, keyword: str) -> Malformed:
    return Malformed(
        f"The request body {message}.",
        code="malformed_body",
        violations=[Violation("body", (), keyword, None, message)],
    )


def _json(data: bytes) -> Any:
    try:
        value = orjson.loads(data)
        # orjson makes floats of integers beyond 64 bits, and a float is no integer.
        return json.loads(data) if _LONG_NUMBER.search(data) else value
    except (RecursionError, ValueError) as problem:
        if not isinstance(problem, orjson.JSONDecodeError):
            message = "holds a number or a nesting that is too long to read"
            raise _malformed(message, "json") from None
        # The parser's own words, without the text around the place: it may be a secret.
        message = f"is not valid JSON: line {problem.lineno}, column {problem.colno}"
        raise _malformed(message, "json") from None


def _decode(data: bytes, charset: str) -> str:
    try:
        return data.decode(charset)
    except UnicodeDecodeError:
        message = f"is not valid {charset}"
        raise _malformed(message, "encoding") from None


def _urlencoded(data: bytes) -> dict[str, list[str]]:
    try:
        pairs = parse_qsl(data.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        message = "is not a valid form"
        raise _malformed(message, "form") from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def _multipart(data: bytes, content_type: bytes) -> dict[str, list[str]]:
    """Collect the parts of a multipart form as text (RFC 7578); a file counts by its content."""
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        message = "has no boundary in its Content-Type"
        raise _malformed(message, "form")
    fields: dict[str, list[str]] = {}
    headers: dict[str, bytes] = {}
    name, value, part = bytearray(), bytearray(), bytearray()
    ended = []

    def header_end() -> None:
        headers[bytes(name).decode("latin-1").lower()] = bytes(value)
        name.clear()
        value.clear()

    def part_end() -> None:
        _, disposition = parse_options_header(headers.get("content-disposition", b""))
        field = disposition.get(b"name", b"").decode("utf-8", "replace")
        fields.setdefault(field, []).append(bytes(part).decode("utf-8", "surrogateescape"))
        headers.clear()
        part.clear()

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
    try:
        parser.write(data)
        parser.finalize()
    except ValueError:
        ended.clear()
    if not ended:
        message = "is not a valid multipart form"
        raise _malformed(message, "form")
    return fields


def _fields(media: MediaType, fields: dict[str, list[str]]) -> Any:
    """Shape the fields of a form as its schema and its `encoding` say (OpenAPI 3.0.3, 4.7.15)."""
    if media.schema is None:
        return {name: values if len(values) > 1 else values[0] for name, values in fields.items()}
    schema, raw = media.schema, media.schema.raw
    properties = raw.get("properties") if isinstance(raw, dict) else None
    shaped: dict[str, Any] = {}
    for name, values in fields.items():
        part = schema.resolve((properties or {}).get(name, {}))
        kind = part.get("type") if isinstance(part, dict) else None
        encoding = media.encoding.get(name) or {}
        if kind == "array":
            style = encoding.get("style", DEFAULT_STYLES["query"])
            shaped[name] = from_pairs(
                {name: values}, name, style, "array", explode=encoding.get("explode", style == "form")
            )
        elif kind == "object" and len(values) == 1:
            try:
                shaped[name] = orjson.loads(values[0])
            except orjson.JSONDecodeError:
                shaped[name] = values[0]
        else:
            shaped[name] = values[0] if len(values) == 1 else values
    return typed(schema, raw, shaped)
