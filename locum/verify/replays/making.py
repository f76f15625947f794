"""Make replays of the causes of a run: add what a fresh server lacks, and leave out what is not needed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Any

import httpx

from locum.openapi.load.files import BadDocument
from locum.openapi.paths import expressions_of
from locum.options import WORLD_HEADER
from locum.verify.behaviour.bodies import word
from locum.verify.behaviour.run_records import is_success
from locum.verify.behaviour.subjects import media_of, subjects_of
from locum.verify.directed.directing import opened
from locum.verify.replays.arazzo_file import EXPECT, content_of, expectation_in, scenario_of
from locum.verify.replays.cleaning import clean_up
from locum.verify.replays.replay import Replay, ReplayStep, expectation_for, play
from locum.verify.requests import Requests
from locum.verify.scenarios.replay import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from locum.openapi.compile.contracts import Contract
    from locum.verify.behaviour.expectations import BehaviourExpectation
    from locum.verify.behaviour.subjects import BehaviourSubject
    from locum.verify.causes.causes import Cause
    from locum.verify.directed.directing import Seen
    from locum.verify.exchanges import Ended, Exchange, Finding, Shown
    from locum.verify.plans import Plan

    Send = Callable[[Shown], Shown]

__all__ = ["ReplayResults", "freshened", "with_replays"]

_SECONDS = 30.0
"""The time for all replays of a contract."""
_MOST_ATTEMPTS = 24
"""The limit of attempts to shorten one replay."""
_OF_SEVERAL = frozenset({"L106", "L141", "L151", "L152", "L153"})
"""Codes whose earlier writes are a part of what is wrong, or of the pages that show it."""
_DIFFERENCES = frozenset({"total", "header", "keys", "differs"})
"""The kinds of expectations that something is different after a write."""
_SOURCE = re.compile(r"\$steps\.([A-Za-z0-9_-]+)\.")
_WORD = re.compile(r"\b(?:[bdfgklmnprstvz][aeiou]){4}\b")
"""A word that `bodies.word` makes."""


@dataclass(frozen=True, slots=True)
class ReplayResults:
    """What a run left for replays."""

    ended: Ended
    seen: Seen
    evidence: Callable[[Finding], tuple[tuple[Exchange, ...], BehaviourExpectation | None]]
    """Returns the exchanges that show a finding, and what they should have shown."""


def with_replays(causes: Sequence[Cause], contract: Contract, plan: Plan, results: ReplayResults) -> Iterator[Cause]:
    """Yield causes with their replays, as short as the time allows. Causes without a request have none."""
    evidence = results.evidence
    with opened(plan, results.ended) as send:
        maker = _Maker(contract, plan, results.ended, results.seen, send)
        for cause in causes:
            replay = maker.replay(cause, *evidence(cause.finding)) if cause.finding.shown is not None else None
            yield replace(cause, replay=replay)


class _Maker:
    def __init__(self, contract: Contract, plan: Plan, ended: Ended, seen: Seen, send: Send) -> None:
        self._contract = contract
        self._plan = plan
        self._seen = seen
        self._send = send
        self._given = {**ended.headers, **plan.headers}
        self._requests = Requests(contract, plan.base_url, plan.token, self._given, ended.seed)
        self._subjects = subjects_of(contract, ended.operations)
        self._deadline = monotonic() + _SECONDS
        self._attempts = 0

    def replay(
        self, cause: Cause, exchanges: tuple[Exchange, ...], expectation: BehaviourExpectation | None
    ) -> Replay | None:
        """Return the replay of a cause; None if its requests are unknown."""
        if not exchanges:
            return None
        finding = cause.finding
        if expectation is None:
            path = exchanges[-1].path
            methods = [method.upper() for one, method in self._contract.operations if one == path]
            expectation = expectation_for(finding.code, exchanges, finding.contract_pointer, methods)
        made = Replay(
            code=finding.code,
            rule=finding.rule,
            title=finding.message,
            fingerprint=cause.fingerprint,
            subject=_subject_of(finding),
            steps=self._steps(exchanges),
            expectation=expectation,
        )
        if expectation is None:
            return made
        self._attempts = 0
        for candidate in self._candidates(made, finding):
            if self._shows(candidate):
                return replace(self._shortened(candidate, finding.operation), confirmed=True)
        return made

    def _steps(self, exchanges: Iterable[Exchange]) -> tuple[ReplayStep, ...]:
        operations = self._contract.operations
        return tuple(
            ReplayStep(f"s{number}", operations[one.path, one.method], one.shown, one.caller or self._caller(one))
            for number, one in enumerate(exchanges, 1)
        )

    def _caller(self, exchange: Exchange) -> str:
        """Return `none` if an exchange of the engine was sent without the credential of the run."""
        operation, token = self._contract.operations[exchange.path, exchange.method], self._plan.token
        if not token or not operation.security:
            return ""
        signed = self._requests.of(operation, {})
        expected = {name: value for name, value in signed.headers.items() if name not in self._requests.usual}
        if not expected:
            return ""
        return "" if expected.keys() & exchange.shown.headers.keys() else "none"

    def _candidates(self, made: Replay, finding: Finding) -> Iterator[Replay]:
        """Yield a replay with a record of its own first, if the finding concerns one, then the replay as it is."""
        if len(made.steps) == 1:
            subject = next(
                (one for one in self._subjects if any(made.steps[0].operation is each for each in one.all)), None
            )
            with_record = self._on_own_record(made, subject) if subject is not None else None
            if with_record is not None and self._needs_record(made, finding, subject):
                yield with_record
                yield made
                return
            yield made
            if with_record is not None:
                yield with_record
            return
        yield made

    @staticmethod
    def _needs_record(made: Replay, finding: Finding, subject: BehaviourSubject | None) -> bool:
        step = made.steps[0]
        if subject is None or not is_success(step.shown):
            return False
        of_item = any(step.operation is one for one in subject.of_items)
        in_list = step.operation is subject.list_all and any(
            part.isdigit() for part in finding.response_pointer.split("/")
        )
        return of_item or in_list

    def _on_own_record(self, made: Replay, subject: BehaviourSubject) -> Replay | None:
        """Return a replay that first creates the record that its only request concerns."""
        maker, step = subject.maker, made.steps[0]
        if maker is None or step.operation is maker or subject.resource.depth:
            return None
        created = self._seen.succeeded.get((maker.path, maker.method.lower()))
        if created is None or media_of(maker) is None:
            return None
        key = subject.resource.key_of(_record_in(subject, created.shown))
        if key is None:
            return None
        shown = step.shown
        if any(step.operation is one for one in subject.of_items):
            former = self._key_sent(step)
            if former is None:
                return None
            before, _, after = shown.url.rpartition(f"/{former}")
            shown = replace(shown, url=f"{before}/{key}{after}")
        first = ReplayStep("s1", maker, created.shown)
        expectation = made.expectation.renumbered({0: 1}) if made.expectation is not None else None
        return replace(
            made, steps=(first, ReplayStep("s2", step.operation, shown, step.caller)), expectation=expectation
        )

    @staticmethod
    def _key_sent(step: ReplayStep) -> str | None:
        template, path = step.operation.path.split("/"), step.shown.url.partition("?")[0].split("/")
        path = path[len(path) - len(template) :]
        values = [value for value, one in zip(path, template, strict=False) if one.startswith("{")]
        return values[-1] if values and len(values) == len(expressions_of(step.operation.path)) else None

    def _shortened(self, replay: Replay, operation: str) -> Replay:
        """Return a replay without the steps and the members that are not needed."""
        safe = {number for number, step in enumerate(replay.steps) if step.shown.method in {"GET", "HEAD"}}
        # Reads that only supply a value come from a server with records, which a fresh one may lack.
        checked = {len(replay.steps) - 1, *(replay.expectation.steps if replay.expectation is not None else ())}
        replay = (
            self._without(replay, safe - checked)
            or self._without(replay, safe - self._needed(replay, operation))
            or replay
        )
        number = len(replay.steps) - 1
        while number >= 0 and self._may_try():
            is_write = replay.steps[number].shown.method not in {"GET", "HEAD"}
            if not (is_write and _needs_writes(replay)) and number not in self._needed(replay, operation):
                replay = self._without(replay, {number}) or replay
            number = min(number, len(replay.steps)) - 1
        return replay if _is_of_behaviour(replay) else self._simplified(replay)

    def _needed(self, replay: Replay, operation: str) -> set[int]:
        """Return the steps that must stay: those at fault, those that are checked, and the sources of their values."""
        content = content_of(replay, self._contract, self._plan.base_url, list(self._given))
        workflow = content["workflows"][0]
        names = [step.name for step in replay.steps]
        sources = [
            {names.index(name) for name in _SOURCE.findall(json.dumps(step)) if name in names}
            for step in workflow["steps"]
        ]
        checked = {names.index(name) for name in _SOURCE.findall(json.dumps(workflow.get(EXPECT, {}))) if name in names}
        at_fault = [number for number, step in enumerate(replay.steps) if step.operation.operation_id == operation]
        left = {*checked, *at_fault[-1:], *(replay.expectation.steps if replay.expectation is not None else ())}
        needed: set[int] = set()
        while left:
            number = left.pop()
            needed.add(number)
            left |= sources[number] - needed
        return needed

    def _without(self, replay: Replay, left_out: set[int]) -> Replay | None:
        """Return a replay without some steps if the finding still shows, else None."""
        if not left_out or replay.expectation is None:
            return None
        kept = [number for number in range(len(replay.steps)) if number not in left_out]
        steps = tuple(replace(replay.steps[number], name=f"s{place}") for place, number in enumerate(kept, 1))
        expectation = replay.expectation.renumbered({number: place for place, number in enumerate(kept)})
        candidate = replace(replay, steps=steps, expectation=expectation)
        return candidate if self._shows(candidate) else None

    def _simplified(self, replay: Replay) -> Replay:
        """Return a replay whose creates send only what is required, if the finding still shows."""
        for number, step in enumerate(replay.steps):
            subject = next((one for one in self._subjects if one.maker is step.operation), None)
            schema = subject.sent_schema(step.operation) if subject is not None else None
            body = as_json(step.shown.body or b"")
            if subject is None or schema is None or not isinstance(body, dict) or subject.place_in(step.operation):
                continue
            required = subject.shapes.of(schema).required
            fewer = {name: value for name, value in body.items() if name in required}
            media = media_of(step.operation)
            if media is None or not fewer or fewer.keys() == body.keys() or not self._may_try():
                continue
            shown = replace(step.shown, body=media.write(fewer))
            steps = (*replay.steps[:number], replace(step, shown=shown), *replay.steps[number + 1 :])
            candidate = replace(replay, steps=steps)
            replay = candidate if self._shows(candidate) else replay
        return replay

    def _may_try(self) -> bool:
        return self._attempts < _MOST_ATTEMPTS and monotonic() < self._deadline

    def _shows(self, replay: Replay) -> bool:
        """Send a replay, clean up, and return whether the finding shows."""
        if not self._may_try():
            return False
        self._attempts += 1
        try:
            content = content_of(replay, self._contract, self._plan.base_url, list(self._given))
            content = freshened(content, self._attempts)
            scenario, _ = scenario_of(content, [self._contract])
            send = self._in_a_world()
            inputs = {"otherToken": self._plan.other_token}
            outcome = play(scenario, expectation_in(content, "replay"), self._requests, send, inputs)
            clean_up(self._subjects, zip(scenario.steps, outcome.exchanges, strict=False), self._requests, send)
        except (BadDocument, httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError):
            return False  # it cannot be expressed or sent as a scenario
        return outcome.shows is True

    def _in_a_world(self) -> Send:
        if self._plan.world is None:
            return self._send
        world = {WORLD_HEADER.lower(): self._plan.world()}
        return lambda request: self._send(replace(request, headers={**request.headers, **world}))


def _needs_writes(replay: Replay) -> bool:
    """Return whether a replay expects that earlier writes make a difference.

    Without them a right server would fail in the same way.
    """
    expectation = replay.expectation
    return replay.code in _OF_SEVERAL or (expectation is not None and expectation.kind in _DIFFERENCES)


def _is_of_behaviour(replay: Replay) -> bool:
    return replay.code >= "L100"


def _subject_of(finding: Finding) -> str:
    """Return the member of a component that a finding concerns (`Task-due`), else its operation."""
    found = re.search(r"/(?:components/schemas|definitions)/([^/]+)((?:/properties/[^/]+)*)", finding.contract_pointer)
    if found is None:
        return finding.operation or "run"
    return "-".join([found[1], *found[2].split("/properties/")[1:]])


def freshened(content: dict[str, Any], attempt: int) -> dict[str, Any]:
    """Return the content of a replay with other generated words, which may have to be unique on a server."""
    text = _WORD.sub(lambda found: word("replay", found[0], attempt), json.dumps(content))
    fresh: dict[str, Any] = json.loads(text)
    return fresh


def _record_in(subject: BehaviourSubject, shown: Shown) -> Any:
    body = as_json(shown.response_body)
    for step in subject.resource.envelope:
        body = body.get(step) if isinstance(body, dict) else None
    return body
