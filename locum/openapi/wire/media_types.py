"""Media types: match them with declared ones, and read and write bodies, forms included."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl, urlencode

from python_multipart.multipart import MultipartParser, parse_options_header

from locum.memo import memoized
from locum.openapi.wire.csv import read_csv, write_csv
from locum.openapi.wire.json_values import read_json, write_json
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
from locum.openapi.wire.xml import read_xml, write_xml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.openapi.schemas.schemas import Schema

__all__ = [
    "FieldText",
    "MediaName",
    "are_compatible",
    "concrete_of",
    "essence_of",
    "find_media_type",
    "is_json",
    "is_text",
    "is_xml",
    "key_of",
    "kind_of",
    "media_name",
    "read",
    "read_multipart",
    "read_urlencoded",
    "shaped",
    "write",
]


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


Found = TypeVar("Found")

_PARAMETER = re.compile(r';\s*([^\s;="]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
_IGNORED_PARAMETERS = frozenset({"charset", "boundary"})
"""Parameters that concern the encoding of the bytes; they do not distinguish media types."""
_STRUCTURES = {
    "application/json": "json",
    "text/json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/yaml": "yaml",
    "application/x-yaml": "yaml",
    "text/yaml": "yaml",
    "application/cbor": "cbor",
}
_CONCRETE = {
    "*": "application/json",
    "application": "application/json",
    "text": "text/plain",
    "image": "image/png",
    "audio": "audio/mpeg",
    "video": "video/mp4",
    "font": "font/woff2",
    "multipart": "multipart/mixed",
    "message": "message/rfc822",
    "model": "model/stl",
}


class MediaName(NamedTuple):
    """A media type or range, in lower case; `parameters` are those that distinguish it."""

    main: str
    sub: str
    parameters: frozenset[tuple[str, str]] = frozenset()

    @property
    def essence(self) -> str:
        """The media type without its parameters."""
        return f"{self.main}/{self.sub}"

    @property
    def is_range(self) -> bool:
        """Whether it matches several media types: `*/*`, `image/*`, `application/*+json`."""
        return "*" in self.sub or self.main == "*"

    def admits(self, essence: str) -> bool:
        """Whether this range or media type matches a media type."""
        if self.main == "*":
            return True
        main, _, sub = essence.partition("/")
        if main != self.main:
            return False
        head, star, tail = self.sub.partition("*")
        return sub == self.sub if not star else sub.startswith(head) and sub.endswith(tail)

    def conflicts(self, other: MediaName) -> bool:
        """Whether a parameter that both have differs."""
        values = dict(self.parameters)
        return any(values.get(name, value) != value for name, value in other.parameters)


@memoized(1024)
def media_name(text: str) -> MediaName:
    """Parse a media type from a document or a header; an invalid one has an empty subtype."""
    essence, _, _ = text.partition(";")
    main, _, sub = essence.strip().lower().partition("/")
    found = {name.lower(): _unquoted(value.strip()) for name, value in _PARAMETER.findall(text[len(essence) :])}
    return MediaName(
        main, sub, frozenset((name, value) for name, value in found.items() if name not in _IGNORED_PARAMETERS)
    )


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value[:1] == value[-1:] == '"' and len(value) > 1 else value


def key_of(text: str) -> str:
    """Return the key of a declared media type: its essence and the parameters that distinguish it, sorted."""
    name = media_name(text)
    essence = text.partition(";")[0].strip().lower()
    return essence + "".join(f"; {parameter}={value}" for parameter, value in sorted(name.parameters))


def is_json(essence: str) -> bool:
    """Whether a media type is JSON (RFC 6838, section 4.2.8 for the suffix)."""
    return essence in {"application/json", "text/json"} or essence.endswith("+json")


def are_compatible(one: str, other: str) -> bool:
    """Whether one of two media types is a general format and the other is based on it.

    `application/json` and `application/vnd.shop.v2+json` are compatible; two that share only a suffix are not.
    """
    first, second = _structure(one), _structure(other)
    return bool(first) and first == second and (one in _STRUCTURES or other in _STRUCTURES)


def _structure(essence: str) -> str:
    main, _, suffix = essence.rpartition("+")
    if main.startswith(("application/", "text/")):
        return suffix
    return _STRUCTURES.get(essence, "")


def concrete_of(text: str, *, binary: bool = False) -> str:
    """Return the media type to send for a declared range, since a Content-Type must not be a range.

    `binary` is whether the value is bytes.
    """
    name = media_name(text)
    if not name.is_range:
        return text
    _, plus, suffix = name.sub.rpartition("+")
    if plus:
        return next(
            (one for one, structure in _STRUCTURES.items() if structure == suffix), name.essence.replace("*", "x")
        )
    if binary and name.main in {"*", "application"}:
        return "application/octet-stream"
    return _CONCRETE.get(name.main, name.essence.replace("*", "x"))


def find_media_type(declared: Mapping[str, Found], content_type: str, *, compatible: bool = True) -> Found | None:
    """Find the declared media type for a Content-Type: the most specific match, then the one that shares parameters.

    Parameters must match only if several declared media types differ by nothing else. `compatible` allows a vendor's
    JSON (`+json`) for JSON, and the reverse.
    """
    sent = media_name(content_type)
    if not sent.sub:
        return None
    best: tuple[Any, ...] | None = None
    found = None
    for key, media in declared.items():
        name = media_name(key)
        level = _nearness(name, sent.essence)
        if not level or (level == _COMPATIBLE and not compatible):
            continue
        if name.conflicts(sent):
            if sum(media_name(other)[:2] == name[:2] for other in declared) > 1:
                continue
            rank = (level, False, 0)
        else:
            rank = (level, name.parameters <= sent.parameters, len(name.parameters & sent.parameters))
        if best is None or rank > best:
            best, found = rank, media
    return found


_SAME, _COMPATIBLE = 5, 4


def _nearness(declared: MediaName, essence: str) -> int:
    if not declared.is_range:
        return _SAME if declared.essence == essence else _COMPATIBLE if are_compatible(declared.essence, essence) else 0
    return 0 if not declared.admits(essence) else 1 if declared.main == "*" else 2 if declared.sub == "*" else 3


_CHARSET = re.compile(rb';\s*charset\s*=\s*"?([^";\s]+)', re.IGNORECASE)
_CHARSETS = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1"})
"""The supported character encodings; the XML parser supports the same."""
_FORM, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_CSV = "text/csv"


def essence_of(content_type: str) -> str:
    """Return a media type without its parameters, in lower case (RFC 9110, section 8.3.1)."""
    return content_type.partition(";")[0].strip().lower()


def charset_of(content_type: bytes) -> str | None:
    """Return the charset of a Content-Type, if it is supported.

    It overrides the declaration of an XML document (RFC 7303, section 3).
    """
    found = _CHARSET.search(content_type)
    name = found[1].decode("latin-1").lower() if found is not None else ""
    return name if name in _CHARSETS else None


def is_xml(essence: str) -> bool:
    """Whether a media type is XML (RFC 7303)."""
    return essence in {"application/xml", "text/xml"} or essence.endswith("+xml")


def is_text(essence: str) -> bool:
    """Whether a media type is plain text; XML is not."""
    return essence.startswith("text/") and essence != "text/xml"


def kind_of(essence: str) -> str:
    """Return the kind of a media type: json, xml, form, or text."""
    if is_json(essence):
        return "json"
    return "xml" if is_xml(essence) else "form" if essence in {_FORM, _MULTIPART} else "text"


def read(data: bytes, essence: str, content_type: bytes, schema: Schema | None, encoding: dict[str, Any]) -> Any:
    """Parse a body that is not empty; bytes of an unknown media type are returned as they are. Raises Unreadable."""
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
