"""Scalars: compare JSON values, and recognize numbers."""

from __future__ import annotations

from typing import Any

import orjson

__all__ = ["as_number", "canonical", "hashable", "is_number"]


def hashable(value: Any) -> Any:
    """Return a hashable key for a value."""
    return value if isinstance(value, str | int | float | bool | None) else canonical(value)


def canonical(value: Any) -> Any:
    """Return a key that is the same for equal JSON values: 1 and 1.0 are equal, 1 and true are not."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer beyond 64 bits
        return repr(value)


def is_number(value: Any) -> bool:
    """Return whether a value is a number, which true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_number(value: Any) -> int | float | None:
    """Parse a text as a number; None if it is not one."""
    if isinstance(value, float):
        return value
    if not isinstance(value, str):
        return None
    try:
        number = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    return number if is_number(number) else None
