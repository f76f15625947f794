"""Verify a contract: run a plan, check every event, and collect the result."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field, replace
from itertools import chain, count
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from locum.openapi.repair.references import affected
from locum.options import CrossSite
from locum.server.application import create
from locum.verify.behaviour.phase import behaviours
from locum.verify.causes.causes import causes_of
from locum.verify.checking.findings import FindingCollector
from locum.verify.coverage.coverage import Coverage
from locum.verify.directed.directing import Seen, SoFar, directed
from locum.verify.engine.schemathesis_engine import events_of
from locum.verify.exchanges import Ended, EngineError, Event, Exchange, FailedCheck, RuleViolation, Skipped
from locum.verify.plans import BEHAVIOUR, DIRECTED
from locum.verify.replays.making import ReplayResults, with_replays

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from locum.openapi.compile.contracts import Contract
    from locum.server.application import Application
    from locum.settings import Settings
    from locum.verify.causes.causes import Cause
    from locum.verify.exchanges import Finding, Shown
    from locum.verify.plans import Plan
    from locum.verify.replays.files import Writing

__all__ = ["MockServer", "ResponseTimes", "VerificationResult", "verify_contract"]


_KEPT = 64
"""The number of worlds to keep: more than concurrent workers use."""


class MockServer:
    """The mock in this process, and new worlds in it."""

    def __init__(self, settings: Settings) -> None:
        # Generated requests have arbitrary Host and Origin headers, and no browser can reach the mock.
        settings = replace(settings, together=True, allowed_host=("*",), cross_site=CrossSite.ALL)
        self.application: Application = create(settings)
        self._numbers = count(1)
        self._open: deque[str] = deque()

    def world(self) -> str:
        """Return the name of a new world. The oldest worlds are deleted."""
        name = f"verify-{next(self._numbers)}"
        self._open.append(name)
        if len(self._open) > _KEPT:
            self.application.worlds.drop(self._open.popleft())
        return name


_UNAUTHENTICATED = 401


def _group_of(exchange: Exchange) -> str:
    """Return the group of checks that a request was sent for."""
    if exchange.phase in {BEHAVIOUR, "stateful"}:
        return "behaviour"
    return "requests" if exchange.probe or exchange.positive is False else "responses"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTimes:
    """The response times of an operation, in seconds."""

    count: int
    median: float
    most: float
    """The maximum."""
    nearly_all: float
    """The 95th percentile."""

    @classmethod
    def of(cls, seconds: list[float]) -> ResponseTimes:
        """Summarize response times, of which there is at least one."""
        ordered = sorted(seconds)
        nearly_all = ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)]
        return cls(count=len(ordered), median=median(ordered), most=ordered[-1], nearly_all=nearly_all)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationResult:
    """The result of a run."""

    api: str
    base_url: str
    """The base URL of the operations."""
    inside: bool = False
    """Whether the mock was verified in this process; then nothing listens at `base_url`."""
    findings: tuple[Finding, ...]
    exchanges: int
    seconds: float
    seed: int
    reason: str = "completed"
    """Why it ended: completed, interrupted, failure_limit, max_time or server_unavailable."""
    tried: tuple[str, ...] = ()
    """The operationIds with at least one request."""
    never_tried: tuple[str, ...] = ()
    """The selected operationIds without a request."""
    by_phase: dict[str, int] = field(default_factory=dict)
    """The number of requests by phase."""
    statuses: dict[str, dict[int, int]] = field(default_factory=dict)
    """The number of responses by operationId and status, without probes. Status 0: no response."""
    unreachable: bool = False
    """Whether the server stopped responding."""
    skipped: tuple[str, ...] = ()
    """Planned steps that were not done, and why."""
    coverage: Coverage
    """The coverage of the contract."""
    times: dict[str, ResponseTimes] = field(default_factory=dict)
    """Response times by operationId."""
    causes: tuple[Cause, ...] = ()
    """The causes of the findings, those first that hurt most, with their replays."""
    writing: Writing | None = field(default=None, compare=False)
    """How replays are written, without secrets."""
    seconds_by_group: dict[tuple[str, str], float] = field(default_factory=dict)
    """The time of the requests by operationId and group of checks."""
    samples: tuple[Shown, ...] = ()
    """The first exchange of each operation and status, without secrets."""

    @property
    def url(self) -> str:
        """The base URL of the operations; empty for the mock."""
        return "" if self.inside else self.base_url

    @property
    def clean(self) -> bool:
        """Whether there are no findings whose cause is not known."""
        return all(cause.known for cause in self.causes) if self.causes else not self.findings


def verify_contract(
    contract: Contract, plan: Plan, on_event: Callable[[Event, bool], None] | None = None
) -> VerificationResult:
    """Verify a contract as planned. Raises Missing and NotTestable.

    `on_event` is called with every event as it happens, and a flag: for an exchange whether its response was
    validated and is valid, for a failed_check whether it is ignored, otherwise False.
    """
    tally = _Tally(contract, plan)
    for event in chain(events_of(contract, plan), tally.more()):
        kept = tally.take(event)
        if on_event is not None:
            on_event(event, kept)
    return tally.run()


class _Tally:
    """Counts and checks the events of a run."""

    def __init__(self, contract: Contract, plan: Plan) -> None:
        self._contract = contract
        self._plan = plan
        self._collector = FindingCollector(contract, plan)
        self._phases: Counter[str] = Counter()
        self._statuses: dict[tuple[str, str], Counter[int]] = {}
        self._sent: set[tuple[str, str]] = set()
        self._ended = Ended(reason="interrupted", seconds=0, seed=0)
        self._unreachable = False
        self._seen = Seen()
        self._coverage = Coverage.of(contract)
        self._durations: dict[tuple[str, str], list[float]] = {}
        self._groups: defaultdict[tuple[tuple[str, str], str], float] = defaultdict(float)
        self._samples: dict[tuple[tuple[str, str], int], Shown] = {}
        self._skipped: list[Skipped] = []
        self._seconds = 0.0

    def more(self) -> Iterator[Event]:
        """Yield the events of locum's own phases that are planned, as long as the server responds."""
        began = perf_counter()
        for phase, events in ((DIRECTED, directed), (BEHAVIOUR, behaviours)):
            if (self._plan.phases and phase not in self._plan.phases) or self._gone:
                continue
            if self._ended.reason == "interrupted":
                return
            so_far = SoFar(self._seen, self._coverage, self._ended, self._phases.total())
            yield from events(self._contract, self._plan, so_far)
        self._seconds = perf_counter() - began

    @property
    def _gone(self) -> bool:
        return self._unreachable or self._ended.reason == "server_unavailable"

    def take(self, event: Event) -> bool:
        """Record an event; return whether a response is valid, or a failed_check is ignored."""
        if isinstance(event, Exchange):
            key = (event.path, event.method)
            self._phases[event.phase] += 1
            self._sent.add(key)
            self._groups[key, _group_of(event)] += event.shown.seconds
            if event.shown.status:
                self._durations.setdefault(key, []).append(event.shown.seconds)
            if (key, event.shown.status) not in self._samples:
                self._samples[key, event.shown.status] = self._collector.without_secrets(event.shown)
            if not event.probe and event.caller != "none":
                self._statuses.setdefault(key, Counter())[event.shown.status] += 1
            kept = (
                self._collector.check_exchange(event)
                and not event.probe
                and not event.shown.cut
                and event.shown.status > 0
            )
            operation = self._contract.operations[key]
            if not event.probe:
                self._coverage.count(operation, event.shown, kept=kept)
            if kept:
                self._seen.take(operation, event)
            return kept
        if isinstance(event, FailedCheck):
            return not self._collector.add_failed_check(event)
        if isinstance(event, RuleViolation):
            self._collector.add_violation(event)
        elif isinstance(event, EngineError):
            self._unreachable = self._unreachable or event.unreachable
            self._collector.add_engine_error(event)
        elif isinstance(event, Skipped):
            self._skipped.append(event)
        elif isinstance(event, Ended):
            self._ended = event
        return False

    def run(self) -> VerificationResult:
        """Return the result of the run."""
        operations = self._contract.operations
        ids = {key: operations[key].operation_id for key in (*self._ended.operations, *self._sent)}
        findings = (*self._about_all(), *self._not_verified(), *self._collector.findings())
        return VerificationResult(
            api=self._contract.name,
            base_url=self._plan.base_url,
            inside=self._plan.application is not None,
            findings=findings,
            causes=tuple(self._causes(findings)),
            writing=self._collector.writing(),
            exchanges=sum(self._phases.values()),
            seconds=self._ended.seconds + self._seconds,
            seed=self._ended.seed,
            reason=self._ended.reason,
            tried=tuple(ids[key] for key in sorted(self._sent)),
            never_tried=tuple(ids[key] for key in self._ended.operations if key not in self._sent),
            by_phase=dict(self._phases),
            statuses={ids[key]: dict(sorted(found.items())) for key, found in sorted(self._statuses.items())},
            unreachable=self._gone,
            coverage=self._coverage,
            times={ids[key]: ResponseTimes.of(found) for key, found in sorted(self._durations.items())},
            seconds_by_group={(ids[key], group): found for (key, group), found in sorted(self._groups.items())},
            samples=tuple(self._samples[key] for key in sorted(self._samples)),
            skipped=tuple(f"{one.what}: {one.why}" for one in (*self._skipped, *self._left_out())),
        )

    def _causes(self, findings: Sequence[Finding]) -> list[Cause]:
        """Return the causes of findings, with replays if the server still responds."""
        causes = causes_of(findings)
        if self._gone or not causes or not self._plan.replays:
            return causes
        results = ReplayResults(self._ended, self._seen, self._collector.evidence)
        return list(with_replays(causes, self._contract, self._plan, results))

    def _left_out(self) -> Iterator[Skipped]:
        if self._plan.renewal is not None and self._plan.renewal.problem:
            yield Skipped(what="renewing the token", why=self._plan.renewal.problem)
        if self._plan.any_credential and any(one.security for one in self._contract.operations.values()):
            yield Skipped(what="whether credentials are verified", why="the mock accepts any without handlers")

    def _not_verified(self) -> list[Finding]:
        """Report the tried operations of whose contract some part was replaced by a fallback."""
        contract = self._contract
        repaired = affected(contract.document.content, contract.operations.pointers, contract.repairs)
        return [
            self._collector.about_run(
                "L094",
                f"Verified only in part: {repairs[0].reason} {repairs[0].fallback}"
                + (f" (and {len(repairs) - 1} more)" if len(repairs) > 1 else ""),
                f"{key[1].upper()} {key[0]}",
                contract_pointer=repairs[0].place,
            )
            for key, repairs in sorted(repaired.items())
            if key in self._sent
        ]

    def _about_all(self) -> list[Finding]:
        """Return the reasons why the run does not pass that no single exchange shows."""
        if not self._sent:
            return [self._collector.about_run("L092", "No request was sent.")]
        secured = {key: found for key, found in self._statuses.items() if self._contract.operations[key].security}
        if self._collector.without_response:
            return []
        locked = [key for key, found in secured.items() if set(found) == {_UNAUTHENTICATED}]
        if len(locked) == len(secured) > 1:
            count = sum(secured[key].total() for key in locked)
            message = f"All {count} responses of secured operations were 401."
            return [self._collector.about_run("L091", message, count=count)]
        return [
            self._collector.about_run(
                "L091",
                f"All {secured[key].total()} responses were 401.",
                f"{key[1].upper()} {key[0]}",
                secured[key].total(),
            )
            for key in sorted(locked)
        ]
