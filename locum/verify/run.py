"""The stand-in as what is proved: locum's own application, in this process, in worlds that are made for it."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field, replace
from itertools import chain, count
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from locum.openapi.repair.references import affected
from locum.options import CrossSite
from locum.server.application import create
from locum.verify.coverage.coverage import Coverage
from locum.verify.directed.directing import Seen, SoFar, directed
from locum.verify.engine.schemathesis_engine import events_of
from locum.verify.exchanges import Complaint, Ended, Event, Exchange, Skipped, Trouble
from locum.verify.judging.judge import Judge
from locum.verify.plans import DIRECTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.openapi.compile.contracts import Contract
    from locum.server.application import Application
    from locum.settings import Settings
    from locum.verify.exchanges import Finding, Shown
    from locum.verify.plans import Plan

__all__ = ["Run", "Standin", "Times", "prove"]


_KEPT = 64
"""Worlds that may still be asked: more than any number of workers has at once."""


class Standin:
    """An application, and a new world in it whenever one is wanted."""

    def __init__(self, settings: Settings) -> None:
        # No browser reaches it, and requests are generated with any Host and Origin.
        settings = replace(settings, together=True, allowed_host=("*",), cross_site=CrossSite.ALL)
        self.application: Application = create(settings)
        self._numbers = count(1)
        self._open: deque[str] = deque()

    def world(self) -> str:
        """Return the name of a new world; those that were made long before are dropped."""
        name = f"verify-{next(self._numbers)}"
        self._open.append(name)
        if len(self._open) > _KEPT:
            self.application.worlds.drop(self._open.popleft())
        return name


_UNAUTHENTICATED = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long the answers of an operation took, in seconds."""

    count: int
    median: float
    most: float
    """The longest of all."""
    nearly_all: float
    """What 95 of 100 answers keep to."""

    @classmethod
    def of(cls, seconds: list[float]) -> Times:
        """Sum up what was measured; there is at least one answer."""
        ordered = sorted(seconds)
        nearly_all = ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)]
        return cls(count=len(ordered), median=median(ordered), most=ordered[-1], nearly_all=nearly_all)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a run found, and how much it tried."""

    api: str
    base_url: str
    """Where the operations are."""
    inside: bool = False
    """Whether the stand-in was asked, in this process: then nobody is at that address."""
    findings: tuple[Finding, ...]
    exchanges: int
    seconds: float
    seed: int
    reason: str = "completed"
    """Why it ended: completed, interrupted, failure_limit, max_time or server_unavailable."""
    tried: tuple[str, ...] = ()
    """The operationIds of which at least one request was sent."""
    never_tried: tuple[str, ...] = ()
    """Those that were chosen, and of which none was."""
    by_phase: dict[str, int] = field(default_factory=dict)
    """Requests by phase."""
    statuses: dict[str, dict[int, int]] = field(default_factory=dict)
    """Answers by operationId and status, but for probes; 0 where there was none."""
    unreachable: bool = False
    """Whether the server stopped answering."""
    skipped: tuple[str, ...] = ()
    """What was planned and not done, and why."""
    coverage: Coverage
    """How much of the contract was seen."""
    times: dict[str, Times] = field(default_factory=dict)
    """By operationId, of the answers that came."""
    samples: tuple[Shown, ...] = ()
    """The first exchange of each operation and status, without secrets."""

    @property
    def url(self) -> str:
        """Where the operations were asked; empty where the stand-in was."""
        return "" if self.inside else self.base_url

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def prove(contract: Contract, plan: Plan, told: Callable[[Event, bool], None] | None = None) -> Run:
    """Prove a contract as planned. Raises Missing and Unfit.

    `told` is called with every event while it happens; for an exchange with whether its answer was
    validated and keeps the contract, for a complaint with whether it counts for nothing, for anything else with False.
    """
    tally = _Tally(contract, plan)
    for event in chain(events_of(contract, plan), tally.more()):
        kept = tally.take(event)
        if told is not None:
            told(event, kept)
    return tally.run()


class _Tally:
    """Counts what a run does, and has it judged."""

    def __init__(self, contract: Contract, plan: Plan) -> None:
        self._contract = contract
        self._plan = plan
        self._judge = Judge(contract, plan)
        self._phases: Counter[str] = Counter()
        self._statuses: dict[tuple[str, str], Counter[int]] = {}
        self._sent: set[tuple[str, str]] = set()
        self._ended = Ended(reason="interrupted", seconds=0, seed=0)
        self._unreachable = False
        self._seen = Seen()
        self._coverage = Coverage.of(contract)
        self._durations: dict[tuple[str, str], list[float]] = {}
        self._samples: dict[tuple[tuple[str, str], int], Shown] = {}
        self._skipped: list[Skipped] = []
        self._seconds = 0.0

    def more(self) -> Iterator[Event]:
        """Go on where the engine has ended, if that is planned and the server is still there."""
        if (
            (self._plan.phases and DIRECTED not in self._plan.phases)
            or self._gone
            or self._ended.reason == "interrupted"
        ):
            return
        began = perf_counter()
        so_far = SoFar(self._seen, self._coverage, self._ended, self._phases.total())
        yield from directed(self._contract, self._plan, so_far)
        self._seconds = perf_counter() - began

    @property
    def _gone(self) -> bool:
        return self._unreachable or self._ended.reason == "server_unavailable"

    def take(self, event: Event) -> bool:
        """Take an event; say whether an answer keeps the contract, or a complaint counts for nothing."""
        if isinstance(event, Exchange):
            key = (event.path, event.method)
            self._phases[event.phase] += 1
            self._sent.add(key)
            if event.shown.status:
                self._durations.setdefault(key, []).append(event.shown.seconds)
            if (key, event.shown.status) not in self._samples:
                self._samples[key, event.shown.status] = self._judge.without_secrets(event)
            if not event.probe:
                self._statuses.setdefault(key, Counter())[event.shown.status] += 1
            kept = self._judge.exchange(event) and not event.probe and not event.shown.cut and event.shown.status > 0
            operation = self._contract.operations[key]
            if not event.probe:
                self._coverage.count(operation, event.shown, kept=kept)
            if kept:
                self._seen.take(operation, event)
            return kept
        if isinstance(event, Complaint):
            return not self._judge.complaint(event)
        if isinstance(event, Trouble):
            self._unreachable = self._unreachable or event.unreachable
            self._judge.trouble(event)
        elif isinstance(event, Skipped):
            self._skipped.append(event)
        elif isinstance(event, Ended):
            self._ended = event
        return False

    def run(self) -> Run:
        """Return what came of it."""
        operations = self._contract.operations
        ids = {key: operations[key].operation_id for key in (*self._ended.operations, *self._sent)}
        return Run(
            api=self._contract.name,
            base_url=self._plan.base_url,
            inside=self._plan.application is not None,
            findings=(*self._about_all(), *self._not_verified(), *self._judge.findings()),
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
            times={ids[key]: Times.of(found) for key, found in sorted(self._durations.items())},
            samples=tuple(self._samples[key] for key in sorted(self._samples)),
            skipped=tuple(f"{one.what}: {one.why}" for one in (*self._skipped, *self._left_out())),
        )

    def _left_out(self) -> Iterator[Skipped]:
        if self._plan.renewal is not None and self._plan.renewal.problem:
            yield Skipped(what="renewing the token", why=self._plan.renewal.problem)
        if self._plan.any_credential and any(one.security for one in self._contract.operations.values()):
            yield Skipped(what="whether credentials are verified", why="this stand-in takes any")

    def _not_verified(self) -> list[Finding]:
        """Report the operations that were tried, and whose contract was replaced by a fallback in some place."""
        contract = self._contract
        repaired = affected(contract.document.content, contract.operations.pointers, contract.repairs)
        return [
            self._judge.about_run(
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
        """Say why the run is no pass, though no exchange shows it."""
        if not self._sent:
            return [self._judge.about_run("L092", "No request was sent.")]
        secured = {key: found for key, found in self._statuses.items() if self._contract.operations[key].security}
        if self._judge.unanswered:
            return []
        shut = [key for key, found in secured.items() if set(found) == {_UNAUTHENTICATED}]
        if len(shut) == len(secured) > 1:
            count = sum(secured[key].total() for key in shut)
            message = f"Every one of {count} answers of operations with security was 401."
            return [self._judge.about_run("L091", message, count=count)]
        return [
            self._judge.about_run(
                "L091",
                f"Every one of {secured[key].total()} answers was 401.",
                f"{key[1].upper()} {key[0]}",
                secured[key].total(),
            )
            for key in sorted(shut)
        ]
