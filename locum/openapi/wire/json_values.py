"""JSON: parse texts strictly, up to a depth that can be validated and written again, and serialize values."""

from __future__ import annotations

import gc
import json
import math
from typing import Any

import orjson

from locum.openapi.wire.styles import Unreadable

__all__ = ["is_json", "load_json", "read_json", "write_json"]

_LARGE = 64 * 1024
_DEEPEST = 200
"""The maximum depth. The validator and the serializer fail beyond 255 levels."""
_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * 19
"""As long as the shortest integer beyond 64 bits, with its digits as zeros."""


def read_json(data: bytes) -> Any:
    """Parse a JSON text (RFC 8259). Raises Unreadable."""
    try:
        value = _loads(data)
        if _LONG_NUMBER in data.translate(_ZEROS):
            # orjson converts integers beyond 64 bits to floats.
            value = json.loads(data)
    except orjson.JSONDecodeError as problem:
        # The parser's message without the text at that place, which may be a secret.
        # Some valid JSON cannot be read: half of a surrogate pair, a number beyond a double.
        message = f"cannot be read as JSON: {problem.msg}: line {problem.lineno}, column {problem.colno}"
        raise Unreadable(message) from None
    except (RecursionError, ValueError):
        message = "contains a number that is too long, or is nested too deep"
        raise Unreadable(message) from None
    if data.count(b"[") + data.count(b"{") > _DEEPEST and _is_deep(value):
        message = f"is nested more than {_DEEPEST} levels deep"
        raise Unreadable(message)
    return value


def load_json(data: bytes) -> Any:
    """Parse what `write_json` wrote, at any depth. Raises ValueError."""
    try:
        return json.loads(data) if _LONG_NUMBER in data.translate(_ZEROS) else _loads(data)
    except RecursionError:
        message = "nested too deep"
        raise ValueError(message) from None


def _loads(data: bytes) -> Any:
    """Parse a JSON text; if it is large, without the garbage collector, which would repeatedly scan all new objects."""
    if len(data) < _LARGE or not gc.isenabled():
        return orjson.loads(data)
    gc.disable()
    try:
        return orjson.loads(data)
    finally:
        gc.enable()


def write_json(value: Any) -> bytes:
    """Serialize a value as JSON; bytes are serialized already. Raises TypeError or ValueError for another value."""
    try:
        data = orjson.dumps(value)
        # orjson's result keeps its whole buffer alive, at least 4 KiB, which adds up in a journal.
        return data if len(data) > _LARGE else b"%b" % data
    except TypeError:  # an integer beyond 64 bits, which a request may contain
        if isinstance(value, bytes):
            return value
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def is_json(value: Any) -> bool:
    """Whether a value can be written as JSON that `read_json` parses again."""
    if _is_deep(value):
        return False
    pending = [value]
    while pending:
        found = pending.pop()
        if type(found) is dict:
            if not all(type(name) is str and _is_text(name) for name in found):
                return False
            pending += found.values()
        elif type(found) is list:
            pending += found
        elif type(found) is str:
            if not _is_text(found):
                return False
        elif type(found) is float:
            if not math.isfinite(found):
                return False
        elif found is not None and type(found) not in {bool, int}:
            return False
    return True


def _is_text(text: str) -> bool:
    """Whether a text can be encoded as UTF-8: it has no lone surrogate."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        inner: list[Any] = []
        for item in level:
            inner += item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
        level = [item for item in inner if isinstance(item, dict | list)]
        if not level:
            return False
    return True
