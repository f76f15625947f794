"""The behaviour phase: run every scenario on every subject, and report what fails three times."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from locum.control.access import is_loopback
from locum.generate.generator import Unsatisfiable
from locum.options import WORLD_HEADER
from locum.verify.behaviour.bodies import Bodies
from locum.verify.behaviour.checks import SCENARIOS
from locum.verify.behaviour.run_client import RunClient
from locum.verify.behaviour.run_records import Blocked, OutOfTime
from locum.verify.behaviour.scenario_run import ScenarioRun
from locum.verify.behaviour.subjects import subjects_of
from locum.verify.behaviour.switches import Switches
from locum.verify.codes.codes import behaviour_check_of
from locum.verify.directed.directing import broken_off, opened
from locum.verify.exchanges import EngineError, Exchange, Progress, RuleViolation, Skipped
from locum.verify.plans import BEHAVIOUR
from locum.verify.printing import without_credentials
from locum.verify.requests import Requests
from locum.verify.scenarios.replay import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.openapi.compile.contracts import Contract
    from locum.verify.behaviour.problems import BehaviourScenario, Problem
    from locum.verify.behaviour.run_records import RunStep
    from locum.verify.behaviour.subjects import BehaviourSubject
    from locum.verify.directed.directing import SoFar
    from locum.verify.exchanges import Event, Shown
    from locum.verify.plans import Plan

    Send = Callable[[Shown], Shown]

__all__ = ["behaviours", "is_local"]

SECONDS = 60.0
"""The time for all behaviour checks of a contract, unless `--time` sets another."""
_SOURCES = frozenset({"L100", "L101", "L105"})
"""Codes after which other problems with the same member are consequences."""
_CONSEQUENCES = {
    "L110": {"L113", "L142", "L145", "L147", "L148"},
    "L111": {"L112", "L141"},
    "L123": {"L124"},
    "L140": {"L141", "L142"},
    "L144": {"L141", "L142", "L143", "L145"},
}
"""Codes that follow from another one of the same collection."""


def is_local(url: str) -> bool:
    """Return whether a server is on this machine, by its address."""
    host = urlsplit(url).hostname or ""
    return is_loopback(f"[{host}]" if ":" in host else host)


def behaviours(contract: Contract, plan: Plan, so_far: SoFar) -> Iterator[Event]:
    """Check what the contract implies about behaviour, on records that are created for it.

    A problem is reported if it occurs with two different records and again in a fresh run.
    """
    yield Progress(phase=BEHAVIOUR)
    if plan.application is None and not plan.allow_writes and not is_local(plan.base_url):
        yield Skipped(what="the behaviour checks", why="the server is not on this machine; add --allow-writes")
        return
    with opened(plan, so_far.ended) as send:
        yield from _Phase(contract, plan, so_far, send).events()


class _Phase:
    """Runs the scenarios, and yields their exchanges and violations."""

    def __init__(self, contract: Contract, plan: Plan, so_far: SoFar, send: Send) -> None:
        ended = so_far.ended
        succeeded = so_far.seen.succeeded
        known = {
            key: value
            for key, exchange in succeeded.items()
            if exchange.shown.body and (value := as_json(exchange.shown.body)) is not None
        }
        subjects = subjects_of(contract, ended.operations)
        self._plan = plan
        self._hides = ended.hides
        self._raw_send = send
        self._numbers = count(so_far.exchanges + 1)
        self._runs = count(1)
        self._switches = Switches(contract, plan.behaviour_off)
        self._subjects = subjects
        self._blocked: set[str] = set()
        """Why scenarios could not go on."""
        self._off: dict[str, str] = {}
        """The reasons of checks that were turned off and would have failed."""
        self._reported: dict[tuple[BehaviourSubject, str], set[str]] = {}
        """The codes that were reported, by subject and member."""
        self._client = RunClient(
            contract=contract,
            requests=Requests(contract, plan.base_url, plan.token, {**ended.headers, **plan.headers}, ended.seed),
            bodies=Bodies(contract, ended.seed, known),
            succeeded=succeeded,
            subjects=subjects,
            chosen=[contract.operations[key] for key in ended.operations],
            other_token=plan.other_token,
            shared=plan.shared,
            any_credential=plan.any_credential,
            deadline=monotonic() + (plan.seconds or SECONDS),
        )

    def events(self) -> Iterator[Event]:
        """Run every scenario on every subject that it applies to, until the time is used up."""
        for scenario in SCENARIOS:
            for subject in self._subjects:
                if not self._is_wanted(scenario) or not scenario.applies(subject):
                    continue
                try:
                    yield from self._checked(scenario, subject)
                except OutOfTime:
                    why = f"the time for them is used up at {scenario.name} of {subject.resource.path}"
                    yield Skipped(what="some behaviour checks", why=why)
                    return
                except (httpx.HTTPError, httpx.InvalidURL) as problem:
                    unreachable = isinstance(problem, httpx.ConnectError)
                    yield EngineError(
                        operation=f"{scenario.name} of {subject.resource.path}",
                        message=broken_off(problem),
                        unreachable=unreachable,
                        without_response=True,
                    )
                    if unreachable:
                        return
        for what, why in sorted(self._off.items()):
            yield Skipped(what=what, why=why.rstrip("."))
        for why in sorted(self._blocked):
            yield Skipped(what="some behaviour checks", why=why)

    def _checked(self, scenario: BehaviourScenario, subject: BehaviourSubject) -> Iterator[Event]:
        """Run a scenario, and if it finds something, with other records and in a fresh run."""
        send = self._in_a_world()
        found, exchanges = self._attempt(scenario, subject, send)
        yield from exchanges
        for again in (send, None):
            if not found:
                return
            more, exchanges = self._attempt(scenario, subject, again or self._in_a_world())
            yield from exchanges
            found = {key: more[key] for key in found if key in more}
        for problem, steps in found.values():
            self._reported.setdefault((subject, problem.member), set()).add(problem.code)
            yield self._violation(problem, steps)

    def _attempt(
        self, scenario: BehaviourScenario, subject: BehaviourSubject, send: Send
    ) -> tuple[dict[tuple[str, str, str, str], tuple[Problem, tuple[Exchange, ...]]], list[Exchange]]:
        """Run a scenario once; return the problems that count, with the exchanges that lead to each."""
        run = ScenarioRun(self._client, next(self._runs), send)
        found: list[tuple[Problem, int]] = []
        try:
            found.extend((problem, len(run.steps)) for problem in scenario.run(run, subject))
        except Blocked as why:
            self._blocked.add(str(why))
        except Unsatisfiable:
            self._blocked.add(f"no values for {subject.resource.path} can be generated")
        finally:
            steps = run.steps
            done = run.close()
        exchanges = [self._exchange(step) for step in steps]
        kept: dict[tuple[str, str, str, str], tuple[Problem, tuple[Exchange, ...]]] = {}
        for problem, upto in found:
            if self._counts(problem) and not self._is_consequence(subject, problem):
                kept.setdefault(problem.key, (problem, tuple(exchanges[:upto])))
        return kept, [*exchanges, *map(self._exchange, done)]

    def _is_consequence(self, subject: BehaviourSubject, problem: Problem) -> bool:
        """Return whether a problem follows from one that was reported: its member or its list cannot be relied on."""
        of_member = self._reported.get((subject, problem.member), set()) if problem.member else set()
        if of_member & _SOURCES and problem.code not in of_member:
            return True
        reported = {code for (one, _), codes in self._reported.items() if one is subject for code in codes}
        return any(problem.code in _CONSEQUENCES.get(code, ()) for code in reported)

    def _is_wanted(self, scenario: BehaviourScenario) -> bool:
        checks = self._plan.checks
        return not checks or any(behaviour_check_of(code) in checks for code in scenario.codes)

    def _counts(self, problem: Problem) -> bool:
        check = behaviour_check_of(problem.code)
        if self._plan.checks and check not in self._plan.checks:
            return False
        reason = self._switches.reason_against(problem.operation, check)
        if reason:
            operation = f"{problem.operation.method} {problem.operation.path}"
            self._off[f"{check} of {operation}"] = reason
        return not reason

    def _violation(self, problem: Problem, steps: tuple[Exchange, ...]) -> RuleViolation:
        return RuleViolation(
            code=problem.code,
            path=problem.operation.path,
            method=problem.operation.method.lower(),
            message=problem.message,
            why=problem.why,
            what=problem.what,
            steps=steps,
            expectation=problem.expectation,
        )

    def _in_a_world(self) -> Send:
        """Return the function that sends requests; to the mock in a new world."""
        if self._plan.world is None:
            return self._raw_send
        world = {WORLD_HEADER.lower(): self._plan.world()}
        return lambda request: self._raw_send(replace(request, headers={**request.headers, **world}))

    def _exchange(self, step: RunStep) -> Exchange:
        shown = replace(step.shown, headers=without_credentials(step.shown.headers)) if self._hides else step.shown
        operation = step.operation
        return Exchange(
            number=next(self._numbers),
            path=operation.path,
            method=operation.method.lower(),
            shown=shown,
            phase=BEHAVIOUR,
            caller=step.caller,
            probe="method" if shown.method != operation.method else "",
        )
