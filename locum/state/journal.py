"""The journal of a world: the bounded record of what it was asked and what it answered."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

__all__ = ["Entry", "Journal"]

_MOST_ENTRIES = 1000

Record = tuple[float, str, str, str, int, str]
"""An entry's fields in their order."""


class Entry(NamedTuple):
    """One exchange. It holds the path's template and no values: those may be secrets.

    `at` is in seconds since 1970 by the world's clock; `operation` is empty where no operation
    matched; `verdict` names what was refused or went wrong, and is empty for a success.
    """

    at: float
    method: str
    path: str
    operation: str
    status: int
    verdict: str


class Journal:
    """The latest exchanges of a world, oldest first.

    `record` takes the fields of an entry as a plain tuple: it is called for every request, the
    entries are read seldom.
    """

    __slots__ = ("_records", "record")

    def __init__(self) -> None:
        self._records: deque[Record] = deque(maxlen=_MOST_ENTRIES)
        self.record = self._records.append

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is remembered."""
        return tuple(map(Entry._make, self._records))
