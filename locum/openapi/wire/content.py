"""Content: read and write the value of a body in its media type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from locum.openapi.wire.csv import read_csv, write_csv
from locum.openapi.wire.forms import read_multipart, read_urlencoded, shaped
from locum.openapi.wire.json_values import read_json, write_json
from locum.openapi.wire.media_types import FORM, MULTIPART, charset_of, is_json, is_text, is_xml
from locum.openapi.wire.styles import Unreadable, kinds_of, typed
from locum.openapi.wire.xml import read_xml, write_xml

if TYPE_CHECKING:
    from locum.openapi.schemas.schemas import Schema

__all__ = ["read", "write"]

_CSV = "text/csv"


def read(data: bytes, essence: str, content_type: bytes, schema: Schema | None, encoding: dict[str, Any]) -> Any:
    """Parse a body that is not empty; bytes of an unknown media type are returned as they are. Raises Unreadable."""
    if is_json(essence):
        return read_json(data)
    if essence == FORM:
        return shaped(read_urlencoded(data), schema, encoding)
    if essence == MULTIPART:
        return shaped(read_multipart(data, content_type), schema, encoding)
    if is_xml(essence) and schema is not None and not kinds_of(schema, schema.raw) <= {"string", "null"}:
        return read_xml(data, schema, charset_of(content_type))
    return _typed(_text(data, content_type), schema, essence) if is_text(essence) else data


def write(value: Any, essence: str, schema: Schema | None, content_type: bytes = b"") -> bytes:
    """Serialize a value, text in the charset of its Content-Type; JSON if the media type has no format for the value.

    Raises TypeError or ValueError if it is not a JSON value.
    """
    if isinstance(value, bytes):
        return value
    if is_json(essence):
        return write_json(value)
    if isinstance(value, str):
        return value.encode(charset_of(content_type) or "utf-8", "xmlcharrefreplace" if is_xml(essence) else "replace")
    if is_xml(essence):
        return write_xml(value, schema, charset_of(content_type) or "utf-8")
    if essence == _CSV and isinstance(value, list):
        return write_csv(value).encode()
    if essence == FORM and isinstance(value, dict):
        fields = [(name, item) for name, member in value.items() for item in _items(member) if item is not None]
        return urlencode([(name, _field(item)) for name, item in fields]).encode()
    return b"" if value is None else write_json(value)


def _items(member: Any) -> list[Any]:
    return member if isinstance(member, list) else [member]


def _field(value: Any) -> str:
    return value if isinstance(value, str) else write_json(value).decode()


def _text(data: bytes, content_type: bytes) -> str:
    charset = charset_of(content_type) or "utf-8"
    try:
        return data.decode(charset)
    except UnicodeDecodeError:
        message = f"is not valid {charset.upper()}"
        raise Unreadable(message) from None


def _typed(text: str, schema: Schema | None, essence: str) -> Any:
    """Convert a text to the type of its schema, if that is not a string: the inverse of `write`."""
    if schema is None or schema.is_valid(text):
        return text
    kinds = kinds_of(schema, schema.raw)
    if kinds & {"array", "object"}:
        try:
            return read_json(text.encode())
        except Unreadable:
            pass
    if essence == _CSV and "array" in kinds and schema.is_valid(rows := read_csv(text, schema)):
        return rows
    return text if kinds - {"null"} == {"array"} else typed(schema, schema.raw, text.strip())
