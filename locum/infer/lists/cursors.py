"""Cursors: opaque text that says where a page begins."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from typing import Any

__all__ = ["cursor_at", "offset_of", "whole_number"]

_PREFIX = "offset:"
"""What a cursor says when it is decoded, before the offset."""

_LONGEST = 18
"""Digits of a number that is read; none that counts records has more."""


def cursor_at(offset: int) -> str:
    """Return the cursor of an offset: opaque text, the same for the same offset."""
    return urlsafe_b64encode(f"{_PREFIX}{offset}".encode()).decode().rstrip("=")


def offset_of(cursor: Any) -> int | None:
    """Return what a cursor holds; None where this is none of ours."""
    if isinstance(cursor, int):
        return cursor
    try:
        text = urlsafe_b64decode(str(cursor).encode("ascii") + b"==").decode("ascii")
    except (NotBase64, ValueError):
        return None
    offset = whole_number(text.removeprefix(_PREFIX)) if text.startswith(_PREFIX) else None
    return offset if offset is not None and cursor_at(offset) == cursor else None


def whole_number(value: Any) -> int | None:
    """Return a whole number, also one that is written as text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return (
        int(value)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST
        else None
    )
