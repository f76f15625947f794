"""JSON values: read strictly, and no deeper than can be judged and written again."""

from __future__ import annotations

import gc
import json
import math
import re
from typing import Any

import orjson

from locum.openapi.wire.parameters import Unreadable

__all__ = ["is_json", "read_json", "write_json"]

_LARGE = 64 * 1024
_DEEPEST = 200
"""The validator stops at 255 levels, and so does the writer."""
_LONG_NUMBER = re.compile(rb"[0-9]{19}")


def read_json(data: bytes) -> Any:
    """Read a JSON text (RFC 8259). Raises Unreadable."""
    try:
        value = _loads(data)
        if _LONG_NUMBER.search(data):
            # orjson makes floats of integers beyond 64 bits, and a float is no integer.
            value = json.loads(data)
    except orjson.JSONDecodeError as problem:
        # The parser's own words, without the text around the place: it may be a secret.
        # Some is valid and cannot be read: half of a surrogate pair, a number beyond a double.
        message = f"cannot be read as JSON: {problem.msg}: line {problem.lineno}, column {problem.colno}"
        raise Unreadable(message) from None
    except (RecursionError, ValueError):
        message = "holds a number or a nesting that is too long to read"
        raise Unreadable(message) from None
    if data.count(b"[") + data.count(b"{") > _DEEPEST and _is_deep(value):
        message = f"is nested more than {_DEEPEST} levels deep"
        raise Unreadable(message)
    return value


def _loads(data: bytes) -> Any:
    """Parse a JSON text; without the garbage collector, which would visit a million new lists again and again."""
    if len(data) < _LARGE or not gc.isenabled():
        return orjson.loads(data)
    gc.disable()
    try:
        return orjson.loads(data)
    finally:
        gc.enable()


def write_json(value: Any) -> bytes:
    """Write a JSON text. Raises TypeError or ValueError for what is no JSON value."""
    try:
        data = orjson.dumps(value)
        # orjson keeps the whole of its buffer, 4 KiB at least, for as long as its text is kept, as in a journal.
        return data if len(data) > _LARGE else b"%b" % data
    except TypeError:  # an integer beyond 64 bits, which a request may well have brought
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def is_json(value: Any) -> bool:
    """Whether JSON can hold a value, and all in it, no deeper than `read_json` reads it."""
    if _is_deep(value):
        return False
    awaited = [value]
    while awaited:
        found = awaited.pop()
        if type(found) is dict:
            if not all(type(name) is str and _is_text(name) for name in found):
                return False
            awaited += found.values()
        elif type(found) is list:
            awaited += found
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
    """Whether a text can be written in UTF-8: half of a surrogate pair cannot."""
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
