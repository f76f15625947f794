"""The journal of a world: the bounded record of what it was asked and what it answered.

While a request is answered, its journal only keeps references to what is there anyway: a record.
Entries are made of records when somebody reads them, by the teller that each record begins with;
there is no other way to a record, so what a teller hides stays hidden.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from locum.refusals import Violation
from locum.state.entries import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MOST_BYTES", "MOST_ENTRIES", "Cut", "Entry", "Journal", "Record", "Teller", "Verdict", "weight"]

MOST_ENTRIES = 1000
MOST_BYTES = 16 * 1024 * 1024
_MOST_OF_A_BODY = 64 * 1024
_MOST_VIOLATIONS = 50

Record: TypeAlias = tuple[Any, ...]
"""A teller, and what it makes an entry of.

The rest of it: the moment in microseconds since 1970, method, path as sent, query as sent, headers by
name, body as sent (None where it was not read), caller, stage, verdict (a word, or code, message
and violations of a refusal), status, headers and body of the answer, seconds of the machine, and what
the world was told to do with it (a preference as a text, or what hit it, which has `words`).
"""
_SENT, _VERDICT, _STATUS, _ANSWERED = 6, 9, 10, 12

Verdict: TypeAlias = str | tuple[str, str, tuple[Violation, ...]]
"""A word, empty for a plain success; of a refusal its code, message and violations."""


class Teller(Protocol):
    """Makes entries of the records that begin with it, without the secrets in them."""

    @property
    def asked(self) -> tuple[str, str]:
        """The document's name and the operationId; both empty where nothing was found."""
        ...

    def tell(self, number: int, record: Record) -> Entry:
        """Return the entry that a record stands for."""
        ...


@dataclass(frozen=True, slots=True)
class Cut:
    """The beginning of a body that was too long to keep."""

    data: bytes
    size: int


class Journal:
    """The latest exchanges of a world, at most so many entries and bytes of bodies.

    Half of the bytes are for bodies that are small enough for all entries to have such ones, which need
    no counting; the other half is for the larger ones. Headers count for nothing.
    """

    __slots__ = ("_half", "_large", "_large_bytes", "_plenty", "_records", "_share", "last")

    def __init__(self, most: int = MOST_ENTRIES, most_bytes: int = MOST_BYTES) -> None:
        self.last = 0
        """The number of the latest entry, whether it is still there or not."""
        self._records: deque[Record] = deque()
        self.bound(most, most_bytes)

    def bound(self, most: int, most_bytes: int) -> None:
        """Keep at most so many entries and bytes from now on."""
        self._half = most_bytes // 2
        self._share = self._half // max(most, 1)
        self._plenty = min(self._share, _MOST_OF_A_BODY)
        first = max(self.last - min(len(self._records), most) + 1, 1)
        self._records = deque(self._records, most)
        self._large: deque[tuple[int, int]] = deque()
        self._large_bytes = 0
        for number, record in enumerate(list(self._records), first):
            size = _size_of(record)
            if size > self._share:
                self._count(number, size)

    def record(self, record: Record, size: int) -> None:
        """Keep a record, whose bodies have so many bytes; the oldest go first."""
        self.last += 1
        self._records.append(record)
        if size > self._plenty:
            self._make_room(record)

    def _make_room(self, record: Record) -> None:
        if self._records:
            self._records[-1] = record = _cut(record)
            size = _size_of(record)
            if size > self._share:
                self._count(self.last, size)

    def _count(self, number: int, size: int) -> None:
        """Count a large record, and let go of the oldest ones until it fits."""
        large, records = self._large, self._records
        large.append((number, size))
        self._large_bytes += size
        while large and (large[0][0] <= self.last - len(records) or self._large_bytes > self._half):
            oldest, gone = large.popleft()
            self._large_bytes -= gone
            while self.last - len(records) < oldest:
                records.popleft()

    def __len__(self) -> int:
        return len(self._records)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that is remembered, the oldest first."""
        return tuple(self.after(0))

    def after(self, number: int, most: int | None = None) -> Iterator[Entry]:
        """Yield the entries that follow a number, the oldest first, at most so many."""
        records = list(self._records)
        start = max(number - (self.last - len(records)), 0)
        first = self.last - len(records) + 1
        for index in range(start, len(records) if most is None else min(start + most, len(records))):
            yield _told(first + index, records[index])

    def entry(self, number: int) -> Entry | None:
        """Return the entry of a number; None where it is gone, or not yet there."""
        index = number - (self.last - len(self._records)) - 1
        return _told(number, self._records[index]) if 0 <= index < len(self._records) else None

    def answered(self) -> dict[tuple[str, str], dict[str, int]]:
        """Count the answers by what was asked (the document's name and the operationId) and their status."""
        counts: dict[tuple[str, str], dict[str, int]] = {}
        for record in self._records:
            found = counts.setdefault(record[0].asked, {})
            status = str(record[_STATUS])
            found[status] = found.get(status, 0) + 1
        return counts

    def clear(self) -> None:
        """Forget everything; the numbers go on."""
        self._records.clear()
        self._large.clear()
        self._large_bytes = 0


def _told(number: int, record: Record) -> Entry:
    teller: Teller = record[0]
    return teller.tell(number, record)


def _cut(record: Record) -> Record:
    """Return a record with the beginnings of what is too long in it."""
    values = list(record)
    for place in (_SENT, _ANSWERED):
        data = values[place]
        if isinstance(data, bytes) and len(data) > _MOST_OF_A_BODY:
            values[place] = Cut(data[:_MOST_OF_A_BODY], len(data))
    if isinstance(values[_VERDICT], tuple):
        code, message, violations = values[_VERDICT]
        values[_VERDICT] = code, message, violations[:_MOST_VIOLATIONS]
    return tuple(values)


def _size_of(record: Record) -> int:
    """Return the bytes that a record counts for."""
    bodies = [body.data if isinstance(body, Cut) else body or b"" for body in (record[_SENT], record[_ANSWERED])]
    return sum(map(len, bodies)) + weight(record[_VERDICT])


def weight(verdict: Verdict) -> int:
    """Return about how many bytes a verdict takes: what a rule expects may be a list of a thousand words."""
    if isinstance(verdict, str):
        return 0
    return sum(300 + 60 * len(one.expected) if isinstance(one.expected, list) else 300 for one in verdict[2])
