"""Content codings: decompress a request body (RFC 9110, section 8.4.1)."""

from __future__ import annotations

import zlib
from datetime import UTC
from email.utils import format_datetime
from typing import TYPE_CHECKING

from locum.openapi.wire.styles import Unreadable

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["ACCEPTED", "Bomb", "UnknownCoding", "decode", "http_date", "unknown_coding"]


ACCEPTED = ("gzip", "deflate")
"""The supported codings; `identity` is not a coding."""
_ALIASES = {"x-gzip": "gzip"}
_GZIP, _ZLIB, _RAW = 31, 15, -15
"""zlib's `wbits` for its three container formats."""
_MOST_CODINGS = 4
_MOST_MEMBERS = 100
"""Members of gzip data (RFC 1952, section 2.2). Limited since the rest is copied for each, and members may be empty."""


class UnknownCoding(ValueError):
    """A coding that is not supported."""


class Bomb(ValueError):
    """Data that exceeds the limit when it is decoded."""


def unknown_coding(content_encoding: str) -> str | None:
    """Return the first unsupported coding of a Content-Encoding header; None if all are supported."""
    return next((coding for coding in _codings(content_encoding) if coding not in ACCEPTED), None)


def decode(data: bytes, content_encoding: str, most: int) -> bytes:
    """Decode the codings of a Content-Encoding header, the last one first.

    Never decodes more than `most` bytes. Raises UnknownCoding, Bomb and Unreadable.
    """
    codings = _codings(content_encoding)
    unknown = unknown_coding(content_encoding)
    if unknown is not None or len(codings) > _MOST_CODINGS:
        raise UnknownCoding(unknown or content_encoding)
    for coding in reversed(codings):
        data = _inflate(data, _wrapping(data) if coding == "deflate" else _GZIP, most)
    return data


def _codings(content_encoding: str) -> list[str]:
    names = (name.strip().lower() for name in content_encoding.split(","))
    return [_ALIASES.get(name, name) for name in names if name not in {"", "identity"}]


def _wrapping(data: bytes) -> int:
    """Return the `wbits` of `deflate` data: zlib's format (RFC 9110, section 8.4.1.2), or raw, as some clients send."""
    wrapped = len(data) > 1 and data[0] & 0x0F == 8 and int.from_bytes(data[:2]) % 31 == 0  # noqa: PLR2004 (RFC 1950)
    return _ZLIB if wrapped else _RAW


def _inflate(data: bytes, wrapping: int, most: int) -> bytes:
    found = bytearray()
    try:
        for _ in range(_MOST_MEMBERS):
            machine = zlib.decompressobj(wrapping)
            found += machine.decompress(data, most + 1 - len(found))
            if len(found) > most:
                raise Bomb
            if not machine.eof:
                message = "ends in the middle of its compressed data"
                raise Unreadable(message)
            data = machine.unused_data
            if not data or wrapping != _GZIP:
                return bytes(found)
        message = f"is compressed in more than {_MOST_MEMBERS} members"
        raise Unreadable(message)
    except zlib.error:
        message = "is not compressed with its Content-Encoding"
        raise Unreadable(message) from None


def http_date(moment: datetime) -> str:
    """Format a time as `Sun, 06 Nov 1994 08:49:37 GMT`; one without a time zone is taken as UTC."""
    return format_datetime(moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC), usegmt=True)
