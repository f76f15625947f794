"""A replay: requests, what their responses should show, and whether a server still shows the finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum.verify.behaviour.expectations import KINDS, BehaviourExpectation
from locum.verify.checking.responses import check_response
from locum.verify.scenarios.expressions import KnownValues, NoValue, value_of
from locum.verify.scenarios.replay import output_of, played

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from locum.openapi.compile.operations import Operation
    from locum.verify.exchanges import Exchange, Shown
    from locum.verify.requests import Requests
    from locum.verify.scenarios.arazzo import Scenario

__all__ = ["Replay", "ReplayOutcome", "ReplayStep", "expectation_for", "play"]

_REJECTED = ("4XX",)
_STATUSES = {
    "L002": ("1XX", "2XX", "3XX", "4XX"),
    **dict.fromkeys(("L050", "L051", "L052", "L053", "L054", "L056"), _REJECTED),
    "L057": ("404", "405", "501"),
    "L055": ("2XX", "3XX", "401", "403", "404", "405", "409", "410", "412"),
    **dict.fromkeys(("L060", "L061", "L062"), ("401",)),
    "L063": ("401", "403", "404"),
    "L070": ("404", "410"),
    "L071": ("2XX",),
}
"""The statuses that show that a finding is gone, by its code."""
_OF_RESPONSES = frozenset(
    {
        "L001",
        *(f"L{number:03}" for number in range(10, 16)),
        *(f"L{number:03}" for number in range(20, 33)),
        "L040",
        "L041",
    }
)
"""Codes that one response shows by itself."""


@dataclass(frozen=True, slots=True)
class ReplayStep:
    """One request of a replay, as it was sent when the finding was made, with its response."""

    name: str
    operation: Operation
    shown: Shown
    caller: str = ""
    """`other` for the second user, `none` without credentials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The requests that show a finding, and what their responses should show."""

    code: str
    rule: str
    title: str
    """The message of the finding."""
    fingerprint: str
    subject: str
    """What is wrong, for its name: an operationId, or a member of a schema."""
    steps: tuple[ReplayStep, ...]
    expectation: BehaviourExpectation | None
    """By the index of steps; None if only a person can tell."""
    confirmed: bool = False
    """Whether it was sent again and showed the finding."""

    @property
    def name(self) -> str:
        """A name for files: `L120-updateTask`, `L022-Task-due`."""
        return f"{self.code}-{''.join(one if one.isalnum() else '-' for one in self.subject)}".rstrip("-")


@dataclass(frozen=True, slots=True)
class ReplayOutcome:
    """The result of a replay: whether the finding shows, or why that is unclear."""

    shows: bool | None
    reason: str
    exchanges: tuple[Shown, ...] = ()


_HEADERS = {"L042": ("www-authenticate", 401), "L043": ("allow", 405)}
"""The header that a response with a status needs, by code."""


def expectation_for(
    code: str, steps: tuple[Exchange, ...], pointer: str, methods: Sequence[str] = ()
) -> BehaviourExpectation | None:
    """Return what the last of some exchanges should have shown; None if only a person can tell.

    `methods` are those that the path of the last request declares.
    """
    last = len(steps) - 1
    if code in _HEADERS:
        name, status = _HEADERS[code]
        return BehaviourExpectation("has-header", {"step": last, "name": name, "status": status})
    if code == "L044":
        return BehaviourExpectation("allow", {"step": last, "methods": sorted(methods)})
    if code in _STATUSES:
        return BehaviourExpectation("status", {"step": last, "among": list(_STATUSES[code])})
    if code in _OF_RESPONSES:
        return BehaviourExpectation("contract", {"step": last, "code": code, "pointer": pointer})
    return None


def play(
    scenario: Scenario,
    expectation: BehaviourExpectation,
    requests: Requests,
    send: Callable[[Shown], Shown],
    inputs: Mapping[str, str],
) -> ReplayOutcome:
    """Send the steps of a replay, and return whether the finding shows. `expectation` names its steps."""
    outputs: dict[str, dict[str, Any]] = {}
    exchanges: dict[str, Shown] = {}
    try:
        for one in played(scenario, inputs, requests, send):
            exchanges[one.step.name] = one.shown
            is_last = one.step.name == scenario.steps[-1].name
            if one.problem and not is_last:
                return ReplayOutcome(None, f"Step {one.step.name}: {one.problem}", tuple(exchanges.values()))
            known = KnownValues(shown=one.shown, steps=outputs)
            if not one.problem:
                outputs[one.step.name] = {name: output_of(one.step, name, known) for name in one.step.outputs}
        wanted = BehaviourExpectation(expectation.kind, value_of(expectation.arguments, KnownValues(steps=outputs)))
    except NoValue as nothing:
        return ReplayOutcome(None, str(nothing), tuple(exchanges.values()))
    named: list[Any] = list(wanted.steps)  # names instead of numbers, in a document
    if any(step not in exchanges for step in named):
        return ReplayOutcome(None, "not every step was sent", tuple(exchanges.values()))
    met = _is_met(scenario, wanted, exchanges)
    reason = "its responses show something else" if met is None else ""
    return ReplayOutcome(None if met is None else not met, reason, tuple(exchanges.values()))


def _is_met(scenario: Scenario, wanted: BehaviourExpectation, exchanges: Mapping[str, Shown]) -> bool | None:
    if wanted.kind != "contract":
        return wanted.is_met(exchanges) if wanted.kind in KINDS else None
    name = wanted.arguments["step"]
    operation = next(step.operation for step in scenario.steps if step.name == name)
    found = check_response(operation, exchanges[name])
    code, pointer = wanted.arguments["code"], wanted.arguments["pointer"]
    return not any(broken_rule.code == code and broken_rule.contract_pointer == pointer for broken_rule in found)
