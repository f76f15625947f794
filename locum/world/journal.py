"""Entries: what a journal tells of one exchange, as plain data without secrets."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from locum.errors import Violation
from locum.world.clock import timestamp
from locum.world.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "MOST_BYTES",
    "MOST_ENTRIES",
    "Cut",
    "Entry",
    "Formatter",
    "Journal",
    "Message",
    "Record",
    "Verdict",
    "weight",
]


@dataclass(frozen=True, slots=True)
class Message:
    """A request's or an answer's headers and body, without secrets."""

    headers: dict[str, str]
    """By name in lower case; lines of one name are one list (RFC 9110, section 5.3)."""
    body: Any = None
    form: str = "none"
    """How the body is shown: as its `json` value, as the fields of a `form`, as `text`, as `binary` (by its
    size alone), `withheld` (it may hold secrets that cannot be told apart), `unread` or `none`."""
    size: int = 0
    """Bytes of the body as it was sent."""
    cut: bool = False
    """Whether only the beginning of the body was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One exchange, without secrets: what was asked, what was answered, and how that was decided."""

    number: int
    """Counted from 1 in each world; numbers are not used again."""
    at: float
    """Seconds since 1970 by the world's clock."""
    method: str
    path: str
    """As asked, with its query."""
    template: str = ""
    """The declared path; empty where none matched."""
    operation: str = ""
    """The operationId; empty where no operation matched."""
    api: str = ""
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the path and the query hold, by location and name; of the query, all values of a name."""
    request: Message
    caller: dict[str, str] | None = None
    scheme: str = ""
    status: int
    answer: Message
    verdict: str = ""
    """The word for what was refused or went wrong, or for an answer out of the ordinary; empty for a success."""
    violations: tuple[dict[str, Any], ...] = ()
    branch: str = ""
    """What made the answer: `handler`, a generated part (`create /pets`), `preferred`, `fault`, `refused at ...`."""
    handler: str = ""
    fault: str = ""
    """What hit it, of the faults of its world and its own: `f1 (status=503, times=2), hit 1`."""
    trace: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    """Sentences about the operations that an unmatched request nearly matched, the nearest first."""
    credentials: tuple[tuple[str, str], ...] = (("header", "authorization"),)
    """Where a request like this carries what its caller is known by: location and name, headers in lower case."""
    microseconds: int = field(default=0, compare=False)
    """How long it took, by the machine's clock: the one thing that differs from run to run."""

    def plain(self, *, timed: bool = True) -> dict[str, Any]:
        """Return the entry as JSON; without the duration where it is not `timed`."""
        shown: dict[str, Any] = {
            "number": self.number,
            "at": timestamp(datetime.fromtimestamp(self.at, UTC), "milliseconds"),
            "method": self.method,
            "path": self.path,
            "template": self.template,
            "operation": self.operation,
            "api": self.api,
            "parameters": self.parameters,
            "request": _plain(self.request),
            "caller": self.caller,
            "scheme": self.scheme,
            "status": self.status,
            "answer": _plain(self.answer),
            "verdict": self.verdict,
            "violations": list(self.violations),
            "branch": self.branch,
            "handler": self.handler,
            "fault": self.fault,
            "trace": list(self.trace),
            "near": list(self.near),
        }
        return shown | {"microseconds": self.microseconds} if timed else shown


def _plain(message: Message) -> dict[str, Any]:
    return {
        "headers": message.headers,
        "body": message.body,
        "form": message.form,
        "size": message.size,
        "cut": message.cut,
    }


MOST_ENTRIES = 1000
MOST_BYTES = 16 * 1024 * 1024
_SMALL = 2048
"""The most bytes of what was sent, in an entry that is not measured."""
_ENTRY = _SMALL + 1024
"""Bytes that a small entry takes, at most: what was sent, and the objects around it."""
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


class Formatter(Protocol):
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
    """The latest exchanges of a world, at most so many entries and bytes; the oldest go first.

    Everything counts that an entry keeps: URL, headers, bodies, verdict. Nearly all entries are small, and
    count alike, so that they need not be measured.
    """

    __slots__ = (
        "__weakref__",
        "_is_full",
        "_large",
        "_large_bytes",
        "_ledger",
        "_most_bytes",
        "_records",
        "last",
    )

    def __init__(self, most: int = MOST_ENTRIES, most_bytes: int = MOST_BYTES, ledger: Ledger | None = None) -> None:
        self.last = 0
        """The number of the latest entry, whether it is still there or not."""
        self._ledger = ledger or Ledger()
        self._records: deque[Record] = deque()
        self._large: deque[tuple[int, int]] = deque()
        """The numbers of large records, and what they take beyond a small one."""
        self._large_bytes = 0
        self.bound(most, most_bytes)

    def bound(self, most: int, most_bytes: int) -> None:
        """Keep at most so many entries and bytes from now on."""
        most = min(most, most_bytes // 2 // _ENTRY)
        self.shrink(most_bytes, most)
        self._records = deque(self._records, most)
        self._is_full = len(self._records) == most
        """Whether an entry goes with each that comes."""
        self._most_bytes = most_bytes

    @property
    def bytes(self) -> int:
        """About how many bytes all entries take."""
        self._forget_large()
        return len(self._records) * _ENTRY + self._large_bytes

    def count_in(self, ledger: Ledger) -> None:
        """Count what is kept, and what comes, in another ledger."""
        self._ledger = ledger
        self._take(self.bytes)

    def record(self, record: Record, size: int) -> None:
        """Keep a record, whose request, response and verdict have so many bytes."""
        self.last += 1
        self._records.append(record)
        if size > _SMALL:
            self._count(record, size)
        if not self._is_full:
            self._is_full = len(self._records) == self._records.maxlen
            self._take(_ENTRY)

    def shrink(self, most_bytes: int, most: int = MOST_ENTRIES) -> None:
        """Forget the oldest entries, until there are at most so many, with so many bytes."""
        before = self.bytes
        while self._records and (self.bytes > most_bytes or len(self._records) > most):
            self._records.popleft()
            self._is_full = False
        self._ledger.left += before - self.bytes

    def _take(self, size: int) -> None:
        ledger = self._ledger
        ledger.left -= size
        if ledger.left < 0:
            ledger.settle()

    def _count(self, record: Record, size: int) -> None:
        """Count a large record, of which only the beginnings of what is long are kept."""
        if not self._records:
            return
        self._records[-1], size = _cut(record, size)
        if size > _SMALL:
            self._large.append((self.last, size - _SMALL))
            self._large_bytes += size - _SMALL
            if self.bytes > self._most_bytes:
                self.shrink(self._most_bytes)
            self._take(size - _SMALL)

    def _forget_large(self) -> None:
        """Count large records no more that are gone."""
        large, gone = self._large, self.last - len(self._records)
        while large and large[0][0] <= gone:
            self._large_bytes -= large.popleft()[1]

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
        self.shrink(0)


def _told(number: int, record: Record) -> Entry:
    teller: Formatter = record[0]
    return teller.tell(number, record)


def _cut(record: Record, size: int) -> tuple[Record, int]:
    """Return a record with the beginnings of what is too long in it, and what is left of its size."""
    values = list(record)
    for place in (_SENT, _ANSWERED):
        data = values[place]
        if isinstance(data, bytes) and len(data) > _MOST_OF_A_BODY:
            values[place] = Cut(data[:_MOST_OF_A_BODY], len(data))
            size -= len(data) - _MOST_OF_A_BODY
    if isinstance(values[_VERDICT], tuple):
        code, message, violations = values[_VERDICT]
        size -= weight(values[_VERDICT])
        values[_VERDICT] = code, message, violations[:_MOST_VIOLATIONS]
        size += weight(values[_VERDICT])
    return tuple(values), size


def weight(verdict: Verdict) -> int:
    """Return about how many bytes a verdict takes: what a rule expects may be a list of a thousand words."""
    if isinstance(verdict, str):
        return 0
    return sum(300 + 60 * len(one.expected) if isinstance(one.expected, list) else 300 for one in verdict[2])
