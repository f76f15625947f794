"""Representations: from bytes to a value and back, as a media type says (RFC 9110, section 8)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from locum.openapi.wire.coercion import kinds_of, typed
from locum.openapi.wire.csv import read_csv, write_csv
from locum.openapi.wire.forms import read_multipart, read_urlencoded, shaped
from locum.openapi.wire.json_values import read_json, write_json
from locum.openapi.wire.media_ranges import is_json
from locum.openapi.wire.styles import Unreadable
from locum.openapi.wire.xml import read_xml, write_xml

if TYPE_CHECKING:
    from locum.openapi.compile.schemas import Schema

__all__ = ["essence_of", "is_json", "is_text", "is_xml", "kind_of", "read", "write"]

_CHARSET = re.compile(rb';\s*charset\s*=\s*"?([^";\s]+)', re.IGNORECASE)
_CHARSETS = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1"})
"""The character encodings that the parser of XML reads, too."""
_FORM, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_CSV = "text/csv"


def essence_of(content_type: str) -> str:
    """Return a media type without its parameters, in lower case (RFC 9110, section 8.3.1)."""
    return content_type.partition(";")[0].strip().lower()


def charset_of(content_type: bytes) -> str | None:
    """Return the character encoding that a Content-Type names, if it is one that locum reads.

    It goes before what an XML document says of itself (RFC 7303, section 3).
    """
    found = _CHARSET.search(content_type)
    name = found[1].decode("latin-1").lower() if found is not None else ""
    return name if name in _CHARSETS else None


def is_xml(essence: str) -> bool:
    """Whether a media type is XML (RFC 7303)."""
    return essence in {"application/xml", "text/xml"} or essence.endswith("+xml")


def is_text(essence: str) -> bool:
    """Whether a media type is plain characters; XML is more than that."""
    return essence.startswith("text/") and essence != "text/xml"


def kind_of(essence: str) -> str:
    """Return in one word what a body of a media type must be: json, xml, form, or text."""
    if is_json(essence):
        return "json"
    return "xml" if is_xml(essence) else "form" if essence in {_FORM, _MULTIPART} else "text"


def read(data: bytes, essence: str, content_type: bytes, schema: Schema | None, encoding: dict[str, Any]) -> Any:
    """Read a body that is not empty; what locum cannot read stays bytes. Raises Unreadable."""
    if is_json(essence):
        return read_json(data)
    if essence == _FORM:
        return shaped(read_urlencoded(data), schema, encoding)
    if essence == _MULTIPART:
        return shaped(read_multipart(data, content_type), schema, encoding)
    if is_xml(essence) and schema is not None and not kinds_of(schema, schema.raw) <= {"string", "null"}:
        return read_xml(data, schema, charset_of(content_type))
    return _typed(_text(data, content_type), schema, essence) if is_text(essence) else data


def write(value: Any, essence: str, schema: Schema | None, content_type: bytes = b"") -> bytes:
    """Write a value, text in the encoding of its Content-Type; what a media type has no form for goes as JSON text.

    Raises TypeError or ValueError for what is no JSON value.
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
    if essence == _FORM and isinstance(value, dict):
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
    """Give a text the type that its schema asks for, where it asks for another: what `write` writes is read back."""
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
