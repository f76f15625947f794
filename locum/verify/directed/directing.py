"""The directed phase: replay scenarios, then send requests for the declared responses that were not seen."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

import httpx

from locum.openapi.wire.media_types import essence_of, find_media_type
from locum.options import WORLD_HEADER
from locum.verify.coverage.cells import of_request
from locum.verify.coverage.suggestions import CoverageCause, Suggestions, causes_of
from locum.verify.engine.preparation import renewed
from locum.verify.exchanges import EngineError, Exchange, FailedCheck, Progress, Skipped
from locum.verify.plans import DIRECTED
from locum.verify.printing import without_credentials
from locum.verify.requests import Requests, asgi_sender, http_sender
from locum.verify.scenarios.expressions import NoValue
from locum.verify.scenarios.replay import Recorded, played, replayed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.verify.coverage.coverage import Coverage
    from locum.verify.exchanges import Ended, Event, Shown
    from locum.verify.plans import Plan
    from locum.verify.scenarios.arazzo import Scenario

    Send = Callable[[Shown], Shown]

__all__ = ["Seen", "SoFar", "broken_off", "directed", "guarded", "opened"]

_MOST_TRIES = 12
"""The maximum number of requests for one declared response."""
_MOST_SUGGESTIONS = 100
"""The maximum number of request branches to try per operation."""

_OF_THE_ENGINE = frozenset({"x-schemathesis-testcaseid", WORLD_HEADER.lower(), "content-length", "host", "connection"})

_FAILS, _REJECTS = "not_a_server_error", "negative_data_rejection"

Key = tuple[str, str]
"""The path and the method of an operation, as in the document."""


@dataclass(slots=True)
class Seen:
    """The declared responses that a run has seen, and a successful request of each operation."""

    responses: set[tuple[Key, str, str]] = field(default_factory=set)
    """Operation, declared status and media type of each valid response."""
    succeeded: dict[Key, Exchange] = field(default_factory=dict)

    def take(self, operation: Operation, exchange: Exchange) -> None:
        """Record an exchange with a valid response."""
        key, shown = (exchange.path, exchange.method), exchange.shown
        declared = operation.declares(shown.status)
        if declared is not None:
            given = shown.response_headers.get("content-type", "")
            names = {name: name for name in declared.media_types}
            media = (find_media_type(names, given) or essence_of(given)) if names else ""
            self.responses.add((key, declared.status, media))
        best = self.succeeded.get(key)
        if 200 <= shown.status < 300 and (best is None or exchange.size < best.size):  # noqa: PLR2004 (a success)
            self.succeeded[key] = exchange


@dataclass(frozen=True, slots=True)
class SoFar:
    """The state of a run before the directed phase. `seen` is updated during the phase."""

    seen: Seen
    coverage: Coverage
    ended: Ended
    """The end of the Schemathesis run."""
    exchanges: int = 0


def directed(contract: Contract, plan: Plan, so_far: SoFar) -> Iterator[Event]:
    """Replay the scenarios, then try every declared response and every branch of a request that was not seen."""
    yield Progress(phase=DIRECTED)
    ended = so_far.ended
    directed_pass = _Pass(contract, plan, so_far)
    chosen = {contract.operations[key].operation_id for key in ended.operations}
    with opened(plan, ended) as send:
        for scenario in plan.directions.scenarios:
            what = f"the scenario {scenario.name!r}"
            left = [found.operation_id for found in _operations(scenario) if found.operation_id not in chosen]
            if left:
                yield Skipped(what=what, why=f"{left[0]} is not selected")
            else:
                yield from guarded(directed_pass.scenario(scenario, send), what)
        for key in ended.operations:
            operation = contract.operations[key]
            yield from guarded(directed_pass.operation(operation, key, send), f"{operation.method} {operation.path}")


def guarded(events: Iterator[Event], what: str) -> Iterator[Event]:
    """Yield events. If a request gets no response, yield a EngineError instead of ending the phase."""
    try:
        yield from events
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        message = broken_off(problem)
        yield EngineError(
            operation=what, message=message, unreachable=isinstance(problem, httpx.ConnectError), without_response=True
        )


def broken_off(problem: httpx.HTTPError | httpx.InvalidURL) -> str:
    """Return which request got no response, and why."""
    try:
        request = f"{problem.request.method} {problem.request.url}: " if isinstance(problem, httpx.HTTPError) else ""
    except RuntimeError:
        request = ""  # httpx knows none
    return f"{request}{type(problem).__name__}: {problem}."


class _Pass:
    """Sends the requests of the directed phase and yields their events."""

    def __init__(self, contract: Contract, plan: Plan, so_far: SoFar) -> None:
        ended = so_far.ended
        self._contract = contract
        self._plan = plan
        self._seen = so_far.seen
        self._coverage = so_far.coverage
        self._hides = ended.hides
        self._requests = Requests(contract, plan.base_url, plan.token, {**ended.headers, **plan.headers}, ended.seed)
        self._numbers = count(so_far.exchanges + 1)
        self._suggestions = Suggestions(contract, self._requests)

    def scenario(self, scenario: Scenario | Recorded, send: Send) -> Iterator[Event]:
        """Replay a scenario in a new world. Yield a FailedCheck for a step whose criteria fail."""
        if isinstance(scenario, Recorded):
            for operation, shown in replayed(scenario, self._requests, self._in_a_world(send)):
                yield from self._events(self._exchange(operation, shown))
            return
        exchanges: list[Exchange] = []
        try:
            for one in played(scenario, self._plan.directions.inputs, self._requests, self._in_a_world(send)):
                exchange = self._exchange(one.step.operation, one.shown)
                exchanges.append(exchange)
                yield from self._events(exchange)
                if one.problem:
                    yield FailedCheck(
                        check="scenario",
                        kind="ScenarioFailed",
                        title="Scenario failed",
                        message=f"Step {one.step.name!r} of scenario {scenario.name!r} failed. {one.problem}",
                        blamed="",
                        exchange=exchange,
                        steps=tuple(exchanges),
                    )
        except NoValue as nothing:
            yield Skipped(what=f"the scenario {scenario.name!r}", why=str(nothing))

    def operation(self, operation: Operation, key: Key, send: Send) -> Iterator[Event]:
        """Try every declared response of an operation and every branch of its requests that was not seen."""
        yield from self._declared_responses(operation, key, send)
        label = f"{operation.method} {operation.path}"
        missing = [cell for cell, times in self._coverage.cells[label].items() if not times and of_request(cell)]
        for cell in missing[:_MOST_SUGGESTIONS]:
            shown = None if self._coverage.cells[label][cell] else self._suggestions.shown(operation, cell)
            if shown is not None:
                yield from self._events(self._exchange(operation, self._in_a_world(send)(shown)))
        yield from self._broken_bodies(operation, key, send)

    def _broken_bodies(self, operation: Operation, key: Key, send: Send) -> Iterator[Event]:
        """Send a request without its required body, and one that is cut off: all generated bodies can be parsed."""
        base = self._base(operation, key) if operation.body is not None and operation.body.required else None
        whole = base.body if base is not None else None
        if base is None or not whole:
            return
        # With the key of an earlier request a server would respond as it did to that one.
        base = replace(base, headers={name: one for name, one in base.headers.items() if "idempoten" not in name})
        bodies: list[tuple[bytes | None, str]] = [(None, "there is none")]
        if "json" in base.headers.get("content-type", "") and whole[:1] in b"{[":
            bodies.append((whole[:1], "it is no JSON"))
        for body, how in bodies:
            exchange = self._exchange(operation, self._in_a_world(send)(replace(base, body=body)))
            exchange = replace(exchange, positive=False, broken="body", broken_by=how)
            yield from self._events(exchange)
            if 200 <= exchange.shown.status < 300 and (not self._plan.checks or _REJECTS in self._plan.checks):  # noqa: PLR2004 (a success)
                yield FailedCheck(
                    check=_REJECTS, kind="AcceptedNegativeData", title="", message="", blamed="", exchange=exchange
                )

    def _declared_responses(self, operation: Operation, key: Key, send: Send) -> Iterator[Event]:
        missing = [
            declared for declared in _declared_responses(operation) if (key, *declared) not in self._seen.responses
        ]
        base = self._base(operation, key) if missing else None
        if base is None:
            return
        directions = self._plan.directions
        cause = CoverageCause(
            self._requests,
            operation,
            base,
            powerless=directions.powerless,
            prefers=directions.prefers and operation.operation_id not in directions.handled,
            prefers_failures=directions.prefers,
        )
        for status, media_type in missing:
            for shown in causes_of(cause, status, media_type, _MOST_TRIES):
                if (key, status, media_type) in self._seen.responses:
                    break
                yield from self._events(self._exchange(operation, self._in_a_world(send)(shown)))

    def _events(self, exchange: Exchange) -> Iterator[Event]:
        """Yield an exchange, and a FailedCheck if it is a server error that was not requested with Prefer."""
        yield exchange
        wanted = not self._plan.checks or _FAILS in self._plan.checks
        if exchange.shown.status >= 500 and "prefer" not in exchange.shown.headers and wanted:  # noqa: PLR2004 (a server error)
            yield FailedCheck(
                check=_FAILS, kind="ServerError", title="Server error", message="", blamed="", exchange=exchange
            )

    def _base(self, operation: Operation, key: Key) -> Shown | None:
        """Return a valid request: one that succeeded in this run, else one from the examples of the contract."""
        succeeded = self._seen.succeeded.get(key)
        if succeeded is None:
            return self._requests.documented(operation)
        bare = self._requests.without_credentials(operation, succeeded.shown)
        headers = {name: value for name, value in bare.headers.items() if name not in _OF_THE_ENGINE}
        return self._requests.with_credentials(operation, replace(bare, headers=headers))

    def _in_a_world(self, send: Send) -> Send:
        if self._plan.world is None:
            return send
        world = {WORLD_HEADER.lower(): self._plan.world()}
        return lambda request: send(replace(request, headers={**request.headers, **world}))

    def _exchange(self, operation: Operation, shown: Shown) -> Exchange:
        redacted = replace(shown, headers=without_credentials(shown.headers)) if self._hides else shown
        method = operation.method.lower()
        return Exchange(number=next(self._numbers), path=operation.path, method=method, shown=redacted, phase=DIRECTED)


def _operations(scenario: Scenario | Recorded) -> list[Operation]:
    if isinstance(scenario, Recorded):
        return [operation for operation, _ in scenario.exchanges]
    return [step.operation for step in scenario.steps]


def _declared_responses(operation: Operation) -> list[tuple[str, str]]:
    """Return the declared responses as pairs of status and media type, which is empty without a body."""
    return [
        (status, media)
        for status, response in operation.responses.items()
        for media in (list(response.media_types) or [""])
    ]


@contextmanager
def opened(plan: Plan, ended: Ended) -> Iterator[Send]:
    """Provide the function that sends requests to the server of a plan, with its current token."""
    if plan.application is not None:
        yield renewed(asgi_sender(plan.application, {}), plan.renewal)
    else:
        with httpx.Client(timeout=ended.request_timeout, verify=ended.tls_verify) as client:
            yield renewed(http_sender(client, {}, ended.request_timeout), plan.renewal)
