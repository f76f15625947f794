"""Copies of declared values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.openapi.wire.json_values import read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["copier"]


def copier(value: Any) -> Callable[[], Any]:
    """Return a function that gives a value anew each time, so that no value is shared."""
    if not isinstance(value, dict | list):
        return lambda: value
    text = write_json(value)
    return lambda: read_json(text)
