"""Tally: what all worlds of a server have served since its start, in numbers that no reset touches.

Journals count their entries by the hundred: one at a time would cost each request two microseconds, as what counting
needs has left the processor's caches since the last request.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum.world.journal import JournalRecord

__all__ = ["BOUNDS", "Durations", "Tally"]

BOUNDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The upper bounds of the classes of durations, in seconds; a last class has none."""
_FIRST_ERROR = 400

OperationKey: TypeAlias = "tuple[str, str]"
"""The name of the document and the operationId; both empty for all requests without an operation."""


class Durations:
    """How many requests took how long."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        """By class of `BOUNDS`."""
        self.seconds = 0.0
        """The sum."""


class Tally:
    """The numbers of requests, by operation and what became of them."""

    __slots__ = ("faulted", "rejected", "requests", "sources")

    def __init__(self) -> None:
        self.requests: dict[tuple[OperationKey, int], Durations] = {}
        """By operation and status; the status is 0 without a response."""
        self.rejected: dict[tuple[OperationKey, str], int] = {}
        """By operation and the step that rejected them."""
        self.faulted: dict[OperationKey, int] = {}
        """Requests into which a fault was injected."""
        self.sources: dict[tuple[OperationKey, str], int] = {}
        """Requests of a proxy, by operation and where the response came from."""

    def count(self, records: Iterable[JournalRecord]) -> None:
        """Count requests."""
        requests = self.requests
        for record in records:
            operation, seconds = record.formatter.operation_key, record.seconds
            key = operation, record.status
            durations = requests.get(key)
            if durations is None:
                durations = requests[key] = Durations()
            durations.counts[bisect_left(BOUNDS, seconds)] += 1
            durations.seconds += seconds
            if record.verdict or record.override is not None or record.source is not None:
                self._count_unusual(record, operation)

    def _count_unusual(self, record: JournalRecord, operation: OperationKey) -> None:
        source, verdict = record.source, record.verdict
        is_ours = source is None or source.name != "upstream"
        if is_ours and record.status >= _FIRST_ERROR and (isinstance(verdict, tuple) or not operation[1]):
            key = operation, record.step.value
            self.rejected[key] = self.rejected.get(key, 0) + 1
        if record.override is not None and not isinstance(record.override, str):
            self.faulted[operation] = self.faulted.get(operation, 0) + 1
        if source is not None:
            key = operation, source.name
            self.sources[key] = self.sources.get(key, 0) + 1

    def continues(self, other: Tally) -> None:
        """Take over the numbers of another tally."""
        self.requests, self.rejected, self.faulted, self.sources = (
            other.requests,
            other.rejected,
            other.faulted,
            other.sources,
        )
