"""Journaling: mark a response with its source, and record it."""

from __future__ import annotations

from itertools import chain
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from locum.server.http import HttpResponse
from locum.server.limits import HEAD_BYTES, head_bytes
from locum.world.journal import Cut, JournalRecord, weight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.callers import Caller
    from locum.server.fault_injection import InjectedFault
    from locum.server.http import Head, HttpRequest
    from locum.world.journal import Formatter, Source, Step, Verdict
    from locum.world.world import World

__all__ = ["ForwardedOutcome", "entry_link", "marked", "record"]

_MARKS = frozenset({b"x-locum-source", b"x-locum-violations", b"x-locum-unvalidated"})


def marked(
    response: HttpResponse, source: str, violations: bytes | None = None, unvalidated: Sequence[str] = ()
) -> HttpResponse:
    """Return a response with the headers that say where it came from, and what is wrong with it."""
    dropped = _MARKS if violations is not None or source != "mock" else _MARKS - {b"x-locum-violations"}
    head = [pair for pair in response.headers if pair[0] not in dropped]
    head.append((b"x-locum-source", source.encode("ascii")))
    if violations is not None:
        head.append((b"x-locum-violations", violations))
    if unvalidated:
        head.append((b"x-locum-unvalidated", ", ".join(unvalidated).encode("ascii")))
    return HttpResponse(response.status, head, response.body, response.delivery)


def entry_link(world: World, count: int, *, later: bool = False) -> bytes:
    """Return the value of X-Locum-Violations: a count, and where the journal has the violations.

    That is the latest entry, or the whole journal for an entry that is recorded `later`.
    """
    where = "/__locum/journal" if later else f"/__locum/journal/{world.journal.last}"
    return f'{count};entry="{where}?world={world.name}"'.encode("ascii")


class ForwardedOutcome(NamedTuple):
    """What became of a request."""

    step: Step
    verdict: Verdict
    source: Source
    status: int
    headers: Head
    body: bytes | Cut
    """Without its content codings, as far as they are known."""


def record(  # noqa: PLR0913 (a request, and what became of it)
    world: World,
    formatter: Formatter,
    request: HttpRequest,
    outcome: ForwardedOutcome,
    *,
    began: float,
    sent: bytes | Cut | None = None,
    caller: Caller | None = None,
    fault: InjectedFault | None = None,
) -> None:
    """Record a request in the journal of its world; `sent` is its decoded body."""
    world.tick()
    scope, (step, verdict, source, status, head, body) = request.scope, outcome
    size = (scope.get(HEAD_BYTES) or head_bytes(scope)) + (weight(verdict) if verdict else 0)
    size += sum(map(len, chain.from_iterable(head)))
    for data in (sent, body):
        if data is not None:
            size += len(data.data) if isinstance(data, Cut) else len(data)
    world.journal.record(
        JournalRecord(
            formatter,
            world.clock.micros,
            scope["method"],
            scope.get("raw_path") or scope["path"].encode("utf-8", "replace"),
            scope["query_string"],
            request.headers,
            sent,
            caller,
            step,
            verdict,
            status,
            head,
            body,
            perf_counter() - began + (0.0 if fault is None else fault.delay),
            fault,
            source,
        ),
        size,
    )
