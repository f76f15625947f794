"""Ledger: the memory budget of all worlds of a server, and estimates of the size of values.

Accounting must cost a request almost nothing. So the bytes that a request adds are estimated from the bytes that were
sent, and records are measured only when an estimate reaches a limit.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import mmap
import sys
from enum import Enum
from sys import getsizeof
from typing import TYPE_CHECKING, Any

from locum.files import read_text
from locum.world.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from locum.world.journal import Journal, JournalRecord

__all__ = ["Ledger", "estimate", "give_back_regularly", "weigh", "weigh_json"]


_RECORD = 1024
"""Bytes of a record without its values."""

_VALUE = 72
"""Bytes of a list, an object or a short text without its content."""

_LEAVES = frozenset({str, bytes, int, float})
_SINGLE = _LEAVES | {bool, type(None)}
"""Types of values that contain no others. Booleans and None take no bytes of their own, so they are no leaves."""


class Ledger:
    """The bytes that all worlds together may still take, and the tally of what they served.

    Code that stores something subtracts its bytes from `left`, and calls `settle` if that falls below zero.
    """

    __slots__ = ("is_full", "left", "observe", "settle", "tally")

    def __init__(self) -> None:
        self.left = sys.maxsize
        self.is_full = False
        """Whether the records alone exceed the limit, so that no more can be added."""
        self.settle: Callable[[], None] = lambda: None
        self.tally = Tally()
        self.observe: Callable[[Journal, JournalRecord], None] | None = None
        """Called with each new record of a journal."""

    def reopen(self) -> None:
        """Settle again at the next addition, since something was freed."""
        self.is_full, self.left = False, min(self.left, 0)


def estimate(data: bytes) -> int:
    """Estimate the bytes of a record from its JSON; the estimate is seldom too low."""
    return _RECORD + 2 * len(data) + _VALUE * (data.count(b",") + data.count(b"[") + data.count(b"{"))


def weigh_json(value: Any) -> int:
    """Estimate the bytes of a value that was parsed from JSON, which has no shared objects."""
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
    """Estimate the bytes of a value with all that it contains.

    A class may have a method `kept_bytes` that returns the bytes of its contents.
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
    """Return the contents of an object: its items, or its attributes."""
    if isinstance(one, list | tuple | set | frozenset):
        return one
    slots = [getattr(one, name, None) for name in getattr(type(one), "__slots__", ())]
    return [*slots, *getattr(one, "__dict__", {}).values()]


_PAUSE = 20.0
"""Seconds between two runs; each takes a few milliseconds."""


async def give_back_regularly(account: Callable[[int], None]) -> None:
    """Return free memory to the system at regular intervals, and report what is still taken.

    glibc does not return the gaps that large responses and entries leave between small ones. `account` is called with
    the bytes of resident memory beyond those at the start.
    """
    start = _resident()
    try:
        trim: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # another C library, or Windows
        trim = bool  # does nothing
    while True:
        await asyncio.sleep(_PAUSE)
        # Aborted connections leave reference cycles, which the collector's thresholds rarely trigger for.
        gc.collect(1)
        trim(0)
        account(_resident() - start)


def _resident() -> int:
    """Return the bytes of resident memory of this process; 0 where that is unknown."""
    try:
        return int(read_text("/proc/self/statm").split()[1]) * mmap.PAGESIZE
    except (OSError, ValueError, IndexError):
        return 0
