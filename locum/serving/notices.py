"""Notices: headers that say that an operation is going out of use."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from locum.openapi.wire.http_dates import http_date

if TYPE_CHECKING:
    from locum.openapi.compile.operations import Operation

__all__ = ["notices"]

Headers = list[tuple[bytes, bytes]]


def notices(operation: Operation) -> Headers:
    """Return `Deprecation: true` for a deprecated operation, and when it ends (`x-sunset`; RFC 8594)."""
    found = [(b"deprecation", b"true")] if operation.deprecated else []
    if operation.sunset is not None:
        found.append((b"sunset", _http_date(operation.sunset).encode("latin-1", "replace")))
    return found


def _http_date(text: str) -> str:
    """Write a date or a time of RFC 3339 as HTTP does; anything else stays, on one line."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return " ".join(text.split())
    return http_date(moment)
