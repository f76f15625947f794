"""What a JSON value is: whether it is a number, and which others equal it."""

from __future__ import annotations

from typing import Any

import orjson

__all__ = ["as_number", "canonical", "hashable", "is_number"]


def hashable(value: Any) -> Any:
    """Return what stands for a value among the keys of a mapping."""
    return value if isinstance(value, str | int | float | bool | None) else canonical(value)


def canonical(value: Any) -> Any:
    """Return a key that equal JSON values share: 1 and 1.0 are equal, 1 and true are not."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer beyond 64 bits
        return repr(value)


def is_number(value: Any) -> bool:
    """Return whether a value is a number: true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_number(value: Any) -> int | float | None:
    """Return the number that a text is; None for what is none."""
    if isinstance(value, float):
        return value
    if not isinstance(value, str):
        return None
    try:
        number = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    return number if is_number(number) else None
