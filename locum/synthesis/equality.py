"""Equality of JSON values, in which 1 is 1.0, and is not true."""

from __future__ import annotations

from typing import Any

__all__ = ["canonical"]


def canonical(value: Any) -> Any:
    """Return what can be hashed, and is equal for equal JSON values only."""
    if isinstance(value, bool):
        return (value,)
    if isinstance(value, list):
        return ("array", *map(canonical, value))
    if isinstance(value, dict):
        return ("object", frozenset((name, canonical(item)) for name, item in value.items()))
    return value  # text, null, or a number: Python's 1 is 1.0
