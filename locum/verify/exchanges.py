"""The events of a verification run, and its findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

__all__ = [
    "MOST_BYTES",
    "SECONDS",
    "Ended",
    "EngineError",
    "Event",
    "Exchange",
    "FailedCheck",
    "Finding",
    "Progress",
    "RuleViolation",
    "Shown",
    "Skipped",
    "late",
]


SECONDS = 10.0
"""The default timeout of a whole response. Schemathesis uses the same one for its start."""
MOST_BYTES = 16 * 1024 * 1024


def late(seconds: float) -> str:
    """Return the message for a response that was not complete in time."""
    return f"The response was not complete within {seconds:g} s."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A request and its response, as findings and coverage use them. Secrets are removed before it is shown."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    """Request headers by name in lower case."""
    body: bytes | None = None
    status: int = 0
    """0 if there was no response."""
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: bytes = b""
    cut: bool = False
    """Whether the body of the response is incomplete, so that it cannot be validated."""
    seconds: float = 0.0
    at: float = 0.0
    """When it was sent, in seconds since 1970; 0 if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule that responses of one operation break."""

    code: str
    """A stable code: `L001`. `locum explain L001` explains it."""
    rule: str
    """A short name: `status_undeclared`."""
    api: str
    operation: str
    method: str
    path: str
    message: str
    """What is wrong, in one sentence."""
    contract_pointer: str = ""
    """A JSON Pointer to the broken rule in the document."""
    response_pointer: str = ""
    """A JSON Pointer into the body of the response, or the name of a header."""
    culprit: str = "server"
    """The likely cause: `server` or `contract`."""
    because: str = ""
    """The reason for `culprit`, in one sentence."""
    shown: Shown | None = None
    """The exchange with the smallest request that shows it."""
    steps: tuple[Shown, ...] = ()
    """All exchanges that reproduce it, if it takes more than one request."""
    curl: str = ""
    count: int = 1
    """The number of exchanges that showed it."""
    what: str = ""
    """What a behaviour concerns besides the operation, such as a member."""
    trigger: str = ""
    """The part of the request that was invalid, if it was: `query limit`."""
    by_valid: bool = True
    """Whether a valid request showed it, and not only invalid ones."""
    number: int = field(default=0, compare=False)
    """Its number in the run."""
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request to one operation, and its response."""

    number: int
    """Counted from 1 in each run."""
    path: str
    """The path of the operation, as in the document."""
    method: str
    """The method of the operation, in lower case. A probe may send another one."""
    shown: Shown
    phase: str
    """examples, coverage, fuzzing or stateful."""
    positive: bool | None = None
    """Whether the request is valid; None if unknown."""
    probe: str = ""
    """`method` or `media_type` if it is undeclared on purpose; the response then need not be declared."""
    caller: str = ""
    """`other` for the second user, `none` if credentials were left out on purpose."""
    broken: str = ""
    """The invalid part of the request: path, query, header, cookie or body."""
    broken_by: str = ""
    """How that part is invalid."""
    off: frozenset[str] = frozenset()
    """The checks that are disabled for the operation, or whose failures are in the baseline."""

    @property
    def size(self) -> tuple[int, str]:
        """The sort key of the request: its size, then its URL."""
        shown = self.shown
        return len(shown.url) + len(shown.body or b"") + sum(map(len, shown.headers.values())), shown.url


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedCheck:
    """A Schemathesis check that an exchange failed."""

    check: str
    kind: str
    """The class of the failure: `UseAfterFree`."""
    title: str
    message: str
    blamed: str
    """The operation at fault: `DELETE /things/{id}`. It may differ from that of the exchange."""
    exchange: Exchange
    steps: tuple[Exchange, ...] = ()
    """All exchanges that reproduce it, in order; empty if the last one suffices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleViolation:
    """A behaviour that was expected and did not occur, on two records and in a fresh run."""

    code: str
    path: str
    """The path of the operation at fault, as in the document."""
    method: str
    """The method of that operation, in lower case."""
    message: str
    why: str
    """Why the behaviour is expected, in one sentence."""
    what: str
    """What it concerns besides the operation, such as a member."""
    steps: tuple[Exchange, ...]
    """All exchanges that show it, in order."""
    expectation: Any
    """The `Expectation` that the responses do not meet, by the index of their step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineError:
    """An error of the engine: a crash, no response, or a document that it cannot use."""

    operation: str
    """`GET /things`, or the current step of the engine."""
    message: str
    unreachable: bool = False
    """Whether the server could not be reached."""
    without_response: bool = False
    """Whether one request got no response."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The progress of the run."""

    phase: str
    operation: str = ""
    operations: int = 0
    """The number of operations to try; 0 if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The end of a run: the reason, and the operations to try."""

    reason: str
    """completed, interrupted, failure_limit, max_time or server_unavailable."""
    seconds: float
    seed: int
    operations: tuple[tuple[str, str], ...] = field(default=())
    """Path and method of each, as in the document."""
    headers: dict[str, str] = field(default_factory=dict)
    """The headers of every request, from the configuration file and the plan."""
    hides: bool = False
    """Whether requests contained credentials that only the configuration file knows."""
    tls_verify: bool = True
    """Whether the server's certificate is verified."""
    request_timeout: float = SECONDS
    """The timeout of a response, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A planned step that was not done, and why."""

    what: str
    why: str


Event: TypeAlias = Exchange | FailedCheck | RuleViolation | EngineError | Progress | Skipped | Ended
