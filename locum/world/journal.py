"""The journal of a world: its latest requests and responses, as entries without secrets."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias, TypeVar

from locum.errors import Violation
from locum.world.clock import timestamp
from locum.world.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from locum.callers import Caller

__all__ = [
    "MOST_BYTES",
    "MOST_ENTRIES",
    "Cut",
    "Entry",
    "Formatter",
    "Journal",
    "JournalRecord",
    "Message",
    "Override",
    "Row",
    "SentRequest",
    "Source",
    "Step",
    "Verdict",
    "weight",
]


@dataclass(frozen=True, slots=True)
class Message:
    """The headers and body of a request or a response, without secrets."""

    headers: dict[str, str]
    """By name in lower case; several lines of one name are joined to a list (RFC 9110, section 5.3)."""
    body: Any = None
    form: str = "none"
    """How the body is shown: `json` value, fields of a `form`, `text`, `binary` (only its size), `withheld` (it may
    contain secrets that cannot be identified), `unread` or `none`."""
    size: int = 0
    """Bytes of the body as sent."""
    cut: bool = False
    """Whether only the beginning of the body was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request and its response, without secrets, and how the response was decided."""

    number: int
    """Counted from 1 in each world; numbers are not reused."""
    at: float
    """Seconds since 1970 by the world's clock."""
    method: str
    path: str
    """As sent, with its query."""
    template: str = ""
    """The declared path; empty if none matched."""
    operation: str = ""
    """The operationId; empty if no operation matched."""
    api: str = ""
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The parameters of path and query, by location and name; for the query, all values of a name."""
    request: Message
    caller: dict[str, str] | None = None
    scheme: str = ""
    status: int
    response: Message
    verdict: str = ""
    """The code of the error, or of an unusual response; empty for a plain success."""
    violations: tuple[dict[str, Any], ...] = ()
    branch: str = ""
    """What produced the response: `handler`, an action (`create /pets`), `preference`, `fault`, `rejected at ...`,
    `failed in ...`, `unmatched`."""
    handler: str = ""
    fault: str = ""
    """The injected faults, those of the world and of the request: `f1 (status=503, times=2), hit 1`."""
    trace: tuple[str, ...] = ()
    source: str = ""
    """Where the response of a proxy came from: `upstream`, `mock`, `record` or `fault`; `trace` has the reason."""
    traceparent: str = ""
    """The trace that the client names (W3C Trace Context); empty without a valid one."""
    near_misses: tuple[str, ...] = ()
    """Near misses of an unmatched request: sentences about operations that it nearly matched, the nearest first."""
    credentials: tuple[tuple[str, str], ...] = (("header", "authorization"),)
    """Where requests to this operation carry credentials: location and name, headers in lower case."""
    microseconds: int = field(default=0, compare=False)
    """The duration by the machine's clock: the only member that differs from run to run."""

    def plain(self, *, timed: bool = True) -> dict[str, Any]:
        """Return the entry as JSON, without the duration unless `timed`."""
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
            "response": _plain(self.response),
            "verdict": self.verdict,
            "violations": list(self.violations),
            "branch": self.branch,
            "handler": self.handler,
            "fault": self.fault,
            "trace": list(self.trace),
            "near_misses": list(self.near_misses),
        }
        shown |= {name: value for name in ("source", "traceparent") if (value := getattr(self, name))}
        return shown | {"microseconds": self.microseconds} if timed else shown


def _plain(message: Message) -> dict[str, Any]:
    return {
        "headers": message.headers,
        "body": message.body,
        "form": message.form,
        "size": message.size,
        "cut": message.cut,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a list of requests shows of an entry, without secrets; its members are those of `Entry`."""

    number: int
    at: float
    method: str
    path: str
    template: str
    operation: str
    api: str
    status: int
    verdict: str
    reason: str
    """Why the request failed, in one line; empty for a success."""
    fault: str
    source: str = ""
    traceparent: str = ""
    microseconds: int = field(default=0, compare=False)

    def plain(self) -> dict[str, Any]:
        """Return the row as JSON."""
        shown = {name: value for name in ("source", "traceparent") if (value := getattr(self, name))}
        return {
            "number": self.number,
            "at": timestamp(datetime.fromtimestamp(self.at, UTC), "milliseconds"),
            "method": self.method,
            "path": self.path,
            "template": self.template,
            "operation": self.operation,
            "api": self.api,
            "status": self.status,
            "verdict": self.verdict,
            "reason": self.reason,
            "fault": self.fault,
            **shown,
            "microseconds": self.microseconds,
        }


MOST_ENTRIES = 1000
MOST_BYTES = 16 * 1024 * 1024
_OBJECTS, _HEADER = 700, 110
"""Bytes of the objects around the data of an entry, and around each header of its request; measured."""
_COUNTED_AT_ONCE = 256
_MOST_OF_A_BODY = 64 * 1024
_MOST_VIOLATIONS = 50


class Step(Enum):
    """A step of the pipeline: the one that a request reached last, which rejected it or made its response."""

    ROUTING = "routing"
    AUTHENTICATION = "authentication"
    OVERRIDES = "overrides"
    """Reading what is preferred, and drawing faults."""
    PREFERENCE = "preference"
    FAULT = "fault"
    PARAMETERS = "parameters"
    PERMISSION = "permission"
    ACCEPT = "accept"
    BODY = "body"
    CAPACITY = "capacity"
    HANDLER = "handler"
    ACTION = "action"
    UPSTREAM = "upstream"
    """The request was forwarded, or could not be."""
    STORED = "stored"
    """The entry was stored by an earlier process, without secrets."""


Verdict: TypeAlias = str | tuple[str, str, tuple[Violation, ...]]
"""A word, empty for a plain success; for an error its code, message and violations."""


class SentRequest(NamedTuple):
    """A request as it was received, with its secrets. It never leaves the server."""

    method: str
    path: bytes
    query: bytes
    headers: Mapping[bytes, bytes]
    body: bytes | Cut | None
    """None if it was not read."""


class Formatter(Protocol):
    """Makes entries from the records that begin with it, without their secrets."""

    @property
    def operation_key(self) -> tuple[str, str]:
        """The document's name and the operationId; both empty if no operation was found."""
        ...

    def format(self, number: int, record: JournalRecord) -> Entry:
        """Make the entry of a record."""
        ...

    def row(self, number: int, record: JournalRecord) -> Row:
        """Make the row of a record, which is quick for a plain success."""
        ...


class Override(Protocol):
    """Faults that were injected into a request."""

    @property
    def description(self) -> str:
        """The faults as text."""
        ...


@dataclass(frozen=True, slots=True)
class Cut:
    """The beginning of a body that was too long to store."""

    data: bytes
    size: int


class Source(NamedTuple):
    """Where a response of a proxy came from, and why."""

    name: str
    """`upstream`, `mock`, `record` or `fault`."""
    reason: str
    """A sentence."""


class JournalRecord(NamedTuple):
    """A request and its response as the pipeline had them, and the formatter that makes an entry of them."""

    formatter: Formatter
    micros: int
    """The time by the world's clock, in microseconds since 1970."""
    method: str
    path: bytes
    """As sent."""
    query: bytes
    """As sent."""
    request_headers: Mapping[bytes, bytes]
    request_body: bytes | Cut | None
    """As sent; None if it was not read."""
    caller: Caller | None
    step: Step
    verdict: Verdict
    status: int
    """0 for a request that got no response."""
    response_headers: list[tuple[bytes, bytes]]
    response_body: bytes | Cut
    seconds: float
    """The duration by the machine's clock."""
    override: Override | str | None
    """What the world applied to the request: faults, or a preference as text."""
    source: Source | None = None
    """Where the response came from; None if the server is no proxy."""


class Journal:
    """The latest requests and responses of a world, up to a number of entries and bytes; the oldest are removed first.

    The bytes include everything in an entry: URL, headers, bodies, verdict, and the objects around them.
    """

    __slots__ = (
        "__weakref__",
        "_count_at",
        "_counted",
        "_is_full",
        "_ledger",
        "_most_bytes",
        "_records",
        "_sizes",
        "bytes",
        "last",
    )

    def __init__(self, most: int = MOST_ENTRIES, most_bytes: int = MOST_BYTES, ledger: Ledger | None = None) -> None:
        self.last = 0
        """The number of the latest entry, even if it was removed."""
        self.bytes = 0
        """An estimate of the bytes of all entries."""
        self._ledger = ledger or Ledger()
        self._counted = 0
        """The number of the latest entry that the ledger's tally has counted."""
        self._records: deque[JournalRecord] = deque()
        self._sizes: deque[int] = deque()
        """The bytes of each entry."""
        self.bound(most, most_bytes)

    def bound(self, most: int, most_bytes: int) -> None:
        """Set the maximum number of entries and bytes."""
        self.shrink(most_bytes, most)
        self._records, self._sizes = deque(self._records, most), deque(self._sizes, most)
        self._is_full = len(self._records) == most
        """Whether each new entry replaces the oldest one."""
        self._most_bytes = most_bytes
        self._count_at = self._counted + min(most, _COUNTED_AT_ONCE)
        """The number of the entry after which the next ones are counted; it has not been removed by then."""

    def count_in(self, ledger: Ledger) -> None:
        """Account for present and future entries in another ledger."""
        self._ledger = ledger
        self._take(self.bytes)

    def count_new(self) -> None:
        """Count the entries since the last call in the ledger's tally."""
        new = min(self.last - self._counted, len(self._records))
        if new:
            self._ledger.tally.count(islice(reversed(self._records), new))
        self._counted, self._count_at = self.last, self.last + min(self.most, _COUNTED_AT_ONCE)

    def record(self, record: JournalRecord, size: int) -> None:
        """Add a record; `size` is the number of bytes of its request, response and verdict."""
        if self.last >= self._count_at:
            self.count_new()
        self.last += 1
        if size > _MOST_OF_A_BODY:
            record, size = _cut(record, size)
        sizes = self._sizes
        size += _OBJECTS + _HEADER * len(record.request_headers)
        added = size
        if self._is_full:
            if not sizes:  # it keeps no entries
                return
            added -= sizes[0]
        self._records.append(record)
        sizes.append(size)
        self._is_full = len(sizes) == sizes.maxlen
        self.bytes += added
        if self.bytes > self._most_bytes:
            self.shrink(self._most_bytes)
        ledger = self._ledger
        ledger.left -= added
        if ledger.left < 0:
            ledger.settle()
        if ledger.observe is not None:
            ledger.observe(self, record)

    def resume(self, last: int, stored: list[tuple[JournalRecord, int]]) -> None:
        """Continue after entry `last` of an earlier process; `stored` are the latest records with their bytes."""
        self.last = self._counted = last
        self._count_at = last + min(self.most, _COUNTED_AT_ONCE)
        for record, size in stored[-self.most :]:
            self._records.append(record)
            self._sizes.append(size + _OBJECTS)
            self.bytes += size + _OBJECTS
        self._is_full = len(self._sizes) == self._sizes.maxlen
        self.shrink(self._most_bytes)

    def explain_last(self, source: Source, override: Override | None = None) -> None:
        """Add to the latest record where its response came from, and the faults that were applied to it."""
        if self._records:
            latest = self._records[-1]
            self._records[-1] = latest._replace(source=source, override=override or latest.override)

    def shrink(self, most_bytes: int, most: int = MOST_ENTRIES) -> None:
        """Remove the oldest entries until at most `most` entries with `most_bytes` bytes are left."""
        before = self.bytes
        while self._records and (self.bytes > most_bytes or len(self._records) > most):
            if self.last - len(self._records) >= self._counted:
                self.count_new()
            self._records.popleft()
            self.bytes -= self._sizes.popleft()
            self._is_full = False
        self._ledger.left += before - self.bytes

    def _take(self, size: int) -> None:
        ledger = self._ledger
        ledger.left -= size
        if ledger.left < 0:
            ledger.settle()

    def __len__(self) -> int:
        return len(self._records)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries, the oldest first."""
        return tuple(self.after(0))

    def after(self, number: int, most: int | None = None) -> Iterator[Entry]:
        """Yield the entries after a number, the oldest first, at most `most`."""
        return (_entry(one, record) for one, record in self._numbered(number, most))

    def rows(self, number: int, most: int | None = None) -> Iterator[Row]:
        """Yield the rows of the entries after a number, the oldest first, at most `most`."""
        return (record.formatter.row(one, record) for one, record in self._numbered(number, most))

    def _numbered(self, number: int, most: int | None) -> Iterator[tuple[int, JournalRecord]]:
        records = list(self._records)
        start = max(number - (self.last - len(records)), 0)
        first = self.last - len(records) + 1
        for index in range(start, len(records) if most is None else min(start + most, len(records))):
            yield first + index, records[index]

    def entry(self, number: int) -> Entry | None:
        """Return the entry with a number; None if it was removed or does not exist yet."""
        index = number - (self.last - len(self._records)) - 1
        return _entry(number, self._records[index]) if 0 <= index < len(self._records) else None

    def sent(self, number: int) -> SentRequest | None:
        """Return the request of an entry as it was received; None if the entry was removed, stored, or is none yet."""
        index = number - (self.last - len(self._records)) - 1
        if not 0 <= index < len(self._records) or self._records[index].step is Step.STORED:
            return None
        record = self._records[index]
        return SentRequest(record.method, record.path, record.query, record.request_headers, record.request_body)

    @property
    def most(self) -> int:
        """The maximum number of entries."""
        return self._records.maxlen or 0

    def count_responses(self) -> dict[tuple[str, str], dict[str, int]]:
        """Count the responses by operation (the document's name and the operationId) and status."""
        counts: dict[tuple[str, str], dict[str, int]] = {}
        for record in self._records:
            found = counts.setdefault(record.formatter.operation_key, {})
            status = str(record.status)
            found[status] = found.get(status, 0) + 1
        return counts

    def clear(self) -> None:
        """Remove all entries; numbers are not reused."""
        self.shrink(0)


def _entry(number: int, record: JournalRecord) -> Entry:
    return record.formatter.format(number, record)


def _cut(record: JournalRecord, size: int) -> tuple[JournalRecord, int]:
    """Return a record with long bodies and violations cut, and its remaining size."""
    for data in (record.request_body, record.response_body):
        if isinstance(data, bytes):
            size -= max(len(data) - _MOST_OF_A_BODY, 0)
    record = record._replace(request_body=_cut_body(record.request_body), response_body=_cut_body(record.response_body))
    if isinstance(record.verdict, tuple):
        code, message, violations = record.verdict
        shortened = code, message, violations[:_MOST_VIOLATIONS]
        size += weight(shortened) - weight(record.verdict)
        record = record._replace(verdict=shortened)
    return record, size


Body = TypeVar("Body", bytes | Cut, bytes | Cut | None)


def _cut_body(body: Body) -> Body:
    return Cut(body[:_MOST_OF_A_BODY], len(body)) if isinstance(body, bytes) and len(body) > _MOST_OF_A_BODY else body


def weight(verdict: Verdict) -> int:
    """Estimate the bytes of a verdict: the expected values of a violation may be a list of a thousand words."""
    if isinstance(verdict, str):
        return 0
    return sum(300 + 60 * len(one.expected) if isinstance(one.expected, list) else 300 for one in verdict[2])
