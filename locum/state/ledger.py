"""Ledger: how many bytes the worlds of a server may still keep, and what a value takes.

Counting must cost a request next to nothing. So what requests add is estimated from the bytes that were sent,
and the records themselves are measured only when an estimate reaches a bound.
"""

from __future__ import annotations

import sys
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Ledger", "estimate", "weigh"]

_RECORD = 1024
"""Bytes that a record takes beside its values."""

_VALUE = 72
"""Bytes that a list, an object or a short text takes beside its content."""

_LEAVES = (str, bytes, int, float)


class Ledger:
    """The bytes that may still be kept, of all worlds together.

    Whatever keeps something takes its bytes from `left`, and calls `settle` where that falls below zero.
    """

    __slots__ = ("is_full", "left", "settle")

    def __init__(self) -> None:
        self.left = sys.maxsize
        self.is_full = False
        """Whether records fill it, so that there is no room for more."""
        self.settle: Callable[[], None] = lambda: None

    def reopen(self) -> None:
        """Add up again what is kept as soon as more is: something was given up."""
        self.is_full, self.left = False, min(self.left, 0)


def estimate(data: bytes) -> int:
    """Return about how many bytes a record takes that was sent, or is shown, as this JSON; seldom too few."""
    return _RECORD + 2 * len(data) + _VALUE * (data.count(b",") + data.count(b"[") + data.count(b"{"))


def weigh(value: Any) -> int:
    """Return about how many bytes a value takes, with all that it holds.

    Of an object whose class has a method `kept_bytes` that says it.
    """
    total, rest = 0, [value]
    seen: set[int] = set()
    while rest:
        one = rest.pop()
        kind = type(one)
        if one is None or kind is bool or isinstance(one, type | Enum):
            continue
        total += sys.getsizeof(one, _VALUE)
        if kind in _LEAVES or id(one) in seen:
            continue
        seen.add(id(one))
        if kind is dict:
            rest.extend(one)
            rest.extend(one.values())
        elif isinstance(one, list | tuple | set | frozenset):
            rest.extend(one)
        elif hasattr(kind, "kept_bytes"):
            total += one.kept_bytes()
        else:
            rest.extend(getattr(one, name, None) for name in getattr(kind, "__slots__", ()))
            rest.extend(getattr(one, "__dict__", {}).values())
    return total
