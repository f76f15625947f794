"""Directing: after chance, the requests that lead to what it did not reach: recipes, and causes of declared answers."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

import httpx

from locum.openapi.wire.media_types import essence_of, find_media_type
from locum.verify.coverage.cells import of_request
from locum.verify.coverage.suggestions import Cause, Suggestions, causes_of
from locum.verify.engine.preparation import WORLD_HEADER, renewed
from locum.verify.exchanges import Complaint, Exchange, Progress, Skipped, Trouble
from locum.verify.plans import DIRECTED
from locum.verify.printing import without_credentials
from locum.verify.requests import Requests, asking, sending
from locum.verify.scenarios.expressions import NoValue
from locum.verify.scenarios.replay import Recorded, played, replayed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.verify.coverage.coverage import Coverage
    from locum.verify.exchanges import Ended, Event, Shown
    from locum.verify.plans import Plan
    from locum.verify.scenarios.arazzo import Recipe

    Send = Callable[[Shown], Shown]

__all__ = ["Seen", "SoFar", "directed"]

_MOST_TRIES = 12
"""Requests that are tried for one declared answer."""
_MOST_SUGGESTIONS = 100
"""Branches of the requests of one operation that are tried."""

_OF_THE_ENGINE = frozenset({"x-schemathesis-testcaseid", WORLD_HEADER.lower(), "content-length", "host", "connection"})

_FAILS = "not_a_server_error"

Key = tuple[str, str]
"""The path and the method of an operation, as in the document."""


@dataclass(slots=True)
class Seen:
    """The declared answers that a run has seen, and for each operation a request that succeeded."""

    answers: set[tuple[Key, str, str]] = field(default_factory=set)
    """By operation, declared status and media type; only answers that keep the contract."""
    succeeded: dict[Key, Exchange] = field(default_factory=dict)

    def take(self, operation: Operation, exchange: Exchange) -> None:
        """Take an exchange whose answer keeps the contract."""
        key, shown = (exchange.path, exchange.method), exchange.shown
        declared = operation.declares(shown.status)
        if declared is not None:
            given = shown.answer_headers.get("content-type", "")
            names = {name: name for name in declared.media_types}
            media = (find_media_type(names, given) or essence_of(given)) if names else ""
            self.answers.add((key, declared.status, media))
        best = self.succeeded.get(key)
        if 200 <= shown.status < 300 and (best is None or exchange.size < best.size):  # noqa: PLR2004 (a success)
            self.succeeded[key] = exchange


@dataclass(frozen=True, slots=True)
class SoFar:
    """How far a run has come. What was seen grows while it goes on."""

    seen: Seen
    coverage: Coverage
    ended: Ended
    """How the run before went."""
    exchanges: int = 0


def directed(contract: Contract, plan: Plan, so_far: SoFar) -> Iterator[Event]:
    """Play the recipes, and try to see what was not: every declared answer, every branch of what is asked."""
    yield Progress(phase=DIRECTED)
    ended = so_far.ended
    there = _Pass(contract, plan, so_far)
    chosen = {contract.operations[key].operation_id for key in ended.operations}
    with _opened(plan, ended) as send:
        for recipe in plan.directions.recipes:
            what = f"the recipe {recipe.name!r}"
            left = [found.operation_id for found in _operations(recipe) if found.operation_id not in chosen]
            if left:
                yield Skipped(what=what, why=f"{left[0]} is not chosen")
            else:
                yield from _guarded(there.recipe(recipe, send), what)
        for key in ended.operations:
            operation = contract.operations[key]
            yield from _guarded(there.operation(operation, key, send), f"{operation.method} {operation.path}")


def _guarded(events: Iterator[Event], what: str) -> Iterator[Event]:
    """Let what is not answered be told, and the pass go on."""
    try:
        yield from events
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        message = f"{type(problem).__name__}: {problem}."
        yield Trouble(
            operation=what, message=message, unreachable=isinstance(problem, httpx.ConnectError), unanswered=True
        )


class _Pass:
    """One directed pass: what is asked, and what was learned of it."""

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

    def recipe(self, recipe: Recipe | Recorded, send: Send) -> Iterator[Event]:
        """Play a recipe in a world of its own, and complain where a step is answered otherwise than it says."""
        if isinstance(recipe, Recorded):
            for operation, shown in replayed(recipe, self._requests, self._in_a_world(send)):
                yield from self._told(self._exchange(operation, shown))
            return
        exchanges: list[Exchange] = []
        try:
            for one in played(recipe, self._plan.directions.inputs, self._requests, self._in_a_world(send)):
                exchange = self._exchange(one.step.operation, one.shown)
                exchanges.append(exchange)
                yield from self._told(exchange)
                if one.problem:
                    yield Complaint(
                        check="recipe",
                        kind="RecipeFailed",
                        title="Recipe failed",
                        message=f"The step {one.step.name!r} of the recipe {recipe.name!r} failed. {one.problem}",
                        blamed="",
                        exchange=exchange,
                        steps=tuple(exchanges),
                    )
        except NoValue as nothing:
            yield Skipped(what=f"the recipe {recipe.name!r}", why=str(nothing))

    def operation(self, operation: Operation, key: Key, send: Send) -> Iterator[Event]:
        """Try to see of an operation every declared answer, and every branch of its requests, that was not seen."""
        yield from self._answers(operation, key, send)
        label = f"{operation.method} {operation.path}"
        missing = [cell for cell, times in self._coverage.cells[label].items() if not times and of_request(cell)]
        for cell in missing[:_MOST_SUGGESTIONS]:
            shown = None if self._coverage.cells[label][cell] else self._suggestions.shown(operation, cell)
            if shown is not None:
                yield from self._told(self._exchange(operation, self._in_a_world(send)(shown)))

    def _answers(self, operation: Operation, key: Key, send: Send) -> Iterator[Event]:
        missing = [answer for answer in _answers(operation) if (key, *answer) not in self._seen.answers]
        base = self._base(operation, key) if missing else None
        if base is None:
            return
        directions = self._plan.directions
        cause = Cause(
            self._requests,
            operation,
            base,
            powerless=directions.powerless,
            prefers=directions.prefers and operation.operation_id not in directions.handled,
            prefers_failures=directions.prefers,
        )
        for status, media_type in missing:
            for shown in causes_of(cause, status, media_type, _MOST_TRIES):
                if (key, status, media_type) in self._seen.answers:
                    break
                yield from self._told(self._exchange(operation, self._in_a_world(send)(shown)))

    def _told(self, exchange: Exchange) -> Iterator[Event]:
        """Tell an exchange, and that the server failed where nobody asked for that."""
        yield exchange
        wanted = not self._plan.checks or _FAILS in self._plan.checks
        if exchange.shown.status >= 500 and "prefer" not in exchange.shown.headers and wanted:  # noqa: PLR2004 (a failure)
            yield Complaint(
                check=_FAILS, kind="ServerError", title="Server error", message="", blamed="", exchange=exchange
            )

    def _base(self, operation: Operation, key: Key) -> Shown | None:
        """Return a right request: one that succeeded in this run, else the one that the contract shows."""
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
        return lambda asked: send(replace(asked, headers={**asked.headers, **world}))

    def _exchange(self, operation: Operation, shown: Shown) -> Exchange:
        told = replace(shown, headers=without_credentials(shown.headers)) if self._hides else shown
        method = operation.method.lower()
        return Exchange(number=next(self._numbers), path=operation.path, method=method, shown=told, phase=DIRECTED)


def _operations(recipe: Recipe | Recorded) -> list[Operation]:
    if isinstance(recipe, Recorded):
        return [operation for operation, _ in recipe.exchanges]
    return [step.operation for step in recipe.steps]


def _answers(operation: Operation) -> list[tuple[str, str]]:
    """Return the declared answers: a status, and a media type or nothing."""
    return [
        (status, media)
        for status, response in operation.responses.items()
        for media in (list(response.media_types) or [""])
    ]


@contextmanager
def _opened(plan: Plan, ended: Ended) -> Iterator[Send]:
    if plan.application is not None:
        yield renewed(asking(plan.application, {}), plan.renewal)
    else:
        with httpx.Client(timeout=ended.request_timeout, verify=ended.tls_verify) as client:
            yield renewed(sending(client, {}, ended.request_timeout), plan.renewal)
