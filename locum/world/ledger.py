"""Ledger: how many bytes the worlds of a server may still keep, and what a value takes.

Counting must cost a request next to nothing. So what requests add is estimated from the bytes that were sent,
and the records themselves are measured only when an estimate reaches a bound.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import sys
from enum import Enum
from sys import getsizeof
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Ledger", "estimate", "give_back_regularly", "weigh", "weigh_json"]


_RECORD = 1024
"""Bytes that a record takes beside its values."""

_VALUE = 72
"""Bytes that a list, an object or a short text takes beside its content."""

_LEAVES = frozenset({str, bytes, int, float})
_SINGLE = _LEAVES | {bool, type(None)}
"""Types of values that hold no others; what takes no bytes of its own is no leaf."""


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


def weigh_json(value: Any) -> int:
    """Return about how many bytes a value takes that was read from JSON: nothing in it is there twice."""
    total, level = 0, [value]
    while level:
        total += sum(map(getsizeof, level))
        inner: list[Any] = []
        for one in level:
            if type(one) is dict:
                inner += one
                inner += one.values()
            elif type(one) is list:
                inner += one
        level = inner
    return total


def weigh(value: Any) -> int:
    """Return about how many bytes a value takes, with all that it holds.

    Of an object whose class has a method `kept_bytes` that says it.
    """
    total, level = 0, [value]
    seen: set[int] = set()
    while level:
        total += sum([getsizeof(one) for one in level if type(one) in _LEAVES])
        holders = {id(one): one for one in level if type(one) not in _SINGLE}
        level = []
        for name in holders.keys() - seen:
            one = holders[name]
            kind = type(one)
            if kind is dict:
                total += getsizeof(one)
                level += one
                level += one.values()
            elif kind is list:
                total += getsizeof(one)
                level += one
            elif not isinstance(one, type | Enum):
                total += getsizeof(one, _VALUE)
                if hasattr(kind, "kept_bytes"):
                    total += one.kept_bytes()
                else:
                    level += _held(one)
        seen.update(holders)
    return total


def _held(one: Any) -> Iterable[Any]:
    """Return what an object holds: its items, or its attributes."""
    if isinstance(one, list | tuple | set | frozenset):
        return one
    slots = [getattr(one, name, None) for name in getattr(type(one), "__slots__", ())]
    return [*slots, *getattr(one, "__dict__", {}).values()]


_PAUSE = 20.0
"""Seconds between two times; each takes a few milliseconds."""


async def give_back_regularly() -> None:
    """Return free memory to the system, again and again.

    glibc keeps the gaps that large responses and entries leave between small ones.
    """
    try:
        trim: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # another C library, or Windows
        trim = bool  # does nothing
    while True:
        await asyncio.sleep(_PAUSE)
        # Connections that broke off are circles; the collector's thresholds are far apart.
        gc.collect(1)
        trim(0)
