"""Limits: how long an answer is waited for, and how much of it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

__all__ = [
    "MOST_BYTES",
    "SECONDS",
    "Complaint",
    "Ended",
    "Event",
    "Exchange",
    "Finding",
    "Progress",
    "Shown",
    "Skipped",
    "Trouble",
    "late",
]


SECONDS = 10.0
"""For one answer, where nothing else is said; Schemathesis waits as long for its beginning."""
MOST_BYTES = 16 * 1024 * 1024


def late(seconds: float) -> str:
    """Say that an answer did not end in time."""
    return f"The answer did not end within {seconds:g} s."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An exchange that shows a finding, or that counts for coverage: without secrets when it is shown."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    """Of the request, by name in lower case."""
    body: bytes | None = None
    status: int = 0
    """0 where there was no answer."""
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b""
    cut: bool = False
    """Whether the answer's body is not all there, so that it cannot be judged."""
    seconds: float = 0.0
    at: float = 0.0
    """When it was sent, in seconds since 1970; 0 where nobody noted it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule that one operation's answers break."""

    code: str
    """Stable: `L001`; `locum explain L001` says what it means."""
    rule: str
    """A short name: `status_undeclared`."""
    api: str
    operation: str
    method: str
    path: str
    message: str
    """One sentence: what is wrong."""
    contract_pointer: str = ""
    """A JSON pointer into the document: the rule that is broken."""
    answer_pointer: str = ""
    """A JSON pointer into the answer's body, or the name of a header."""
    culprit: str = "server"
    """The likelier one: `server` or `contract`."""
    because: str = ""
    """Why that one is likelier, in a sentence."""
    shown: Shown | None = None
    """The smallest request that shows it."""
    steps: tuple[Shown, ...] = ()
    """All that must be sent to show it, where that is more than one request."""
    curl: str = ""
    count: int = 1
    """How often it was seen."""
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request to one operation, and its answer."""

    number: int
    """Counted from 1 in each run."""
    path: str
    """The path of the operation as the document has it."""
    method: str
    """The method of the operation, in lower case; a probe may send another one."""
    shown: Shown
    phase: str
    """examples, coverage, fuzzing or stateful."""
    positive: bool | None = None
    """Whether the request keeps the contract; None where nobody says."""
    probe: str = ""
    """What is out of the contract on purpose: `method` or `media_type`; such an answer need not be declared."""
    broken: str = ""
    """Where a request breaks the contract: path, query, header, cookie or body."""
    broken_by: str = ""
    """How it does."""
    off: frozenset[str] = frozenset()
    """The checks that are turned off for the operation, or whose failures here stand in the baseline."""

    @property
    def size(self) -> tuple[int, str]:
        """How large the request is, so that the smallest one can be shown."""
        shown = self.shown
        return len(shown.url) + len(shown.body or b"") + sum(map(len, shown.headers.values())), shown.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A check of the engine's that an exchange failed."""

    check: str
    kind: str
    """The name of the failure: `UseAfterFree`."""
    title: str
    message: str
    blamed: str
    """The operation that is at fault: `DELETE /things/{id}`; not always the one that the exchange asked."""
    exchange: Exchange
    steps: tuple[Exchange, ...] = ()
    """All that must be sent to show it, the first one first; empty where the exchange shows it alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that kept the engine from proving: a crash, no answer, a document that it cannot use."""

    operation: str
    """`GET /things`, or what the engine was at."""
    message: str
    unreachable: bool = False
    """Whether the server was gone."""
    unanswered: bool = False
    """Whether one request was not answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where the run is."""

    phase: str
    operation: str = ""
    operations: int = 0
    """Those that are to be tried; 0 where that is not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The end of a run: why it ended, and the operations that were to be tried."""

    reason: str
    """completed, interrupted, failure_limit, max_time or server_unavailable."""
    seconds: float
    seed: int
    operations: tuple[tuple[str, str], ...] = field(default=())
    """By path and method, as in the document."""
    headers: dict[str, str] = field(default_factory=dict)
    """The headers of every request, as the configuration file and the plan have them."""
    hides: bool = False
    """Whether there are credentials among what was sent that only the configuration file knows."""
    tls_verify: bool = True
    """Whether the server's certificate is judged."""
    request_timeout: float = SECONDS
    """Seconds for one answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Something that was planned and not done."""

    what: str
    why: str


Event: TypeAlias = Exchange | Complaint | Trouble | Progress | Skipped | Ended
