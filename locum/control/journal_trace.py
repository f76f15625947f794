"""The decision trace: in which steps an answer came about, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from locum.openapi.pointers import join
from locum.state.record_types import full_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from locum.callers import Caller
    from locum.openapi.compile.operations import Operation
    from locum.refusals import Violation

__all__ = ["Stage", "branch_of", "caller_said", "name_of", "outcome", "schemes_of", "told", "violation_said"]

Stage = Literal[
    "credentials",
    "parameters",
    "permission",
    "accept",
    "body",
    "room",
    "preferred",
    "fault",
    "handler",
    "part",
    "nowhere",
]
"""How far a request came: what judged it last, or what made its answer."""

_PLACES = {
    "credentials": "credentials",
    "permission": "permission",
    "accept": "acceptable media type",
    "preferred": "preference",
    "room": "room for records",
    "handler": "rule",
    "part": "rule",
}
_OUT_OF_CONTRACT = frozenset({"contract_broken", "handler_failed", "generation_failed", "server_failed"})
_NOTES = {
    "broken_example": "A declared example breaks its own schema, so a value was made.",
    "accept_ignored": "No declared media type suits the Accept header, so that was ignored.",
    "contract_unsatisfiable": "Nothing fits the declared schema, so the closest value was sent.",
}
"""What is said of an answer that was given all the same."""
_NOTED = frozenset({*_NOTES, "request_violations"})
"""Verdicts on requests that were served."""


def name_of(function: Callable[..., Any]) -> str:
    """Return the name by which a handler is found: `handlers.api_keys.delete_api_key`."""
    return full_name(function)


def branch_of(stage: str, verdict: str, violations: Sequence[Violation], part: str) -> str:
    """Say in a word or two what made an answer."""
    if stage == "fault":
        return stage
    if verdict in _OUT_OF_CONTRACT:
        return f"failed at {part or 'handler'}"
    if not verdict or stage == "preferred" or (verdict in _NOTED and stage in {"part", "handler"}):
        return part if stage == "part" else stage
    if stage == "parameters":
        places = ", ".join(dict.fromkeys(violation.location for violation in violations))
        return f"refused at {places or stage}"
    if stage == "body":
        return "refused at " + ("media type" if verdict == "unsupported_media_type" else "body")
    return f"refused at {_PLACES.get(stage, stage)}"


def schemes_of(operation: Operation, sent: Callable[[str], bool]) -> str:
    """Name the security schemes by which a caller may have been admitted, by whether their credentials were sent.

    Where those of several alternatives were, the first that is good counted.
    """
    found = [" and ".join(requirement) for requirement in operation.security if all(map(sent, requirement))]
    return " or ".join(dict.fromkeys(filter(None, found)))


def caller_said(caller: Caller) -> dict[str, str]:
    """Return who asked, as plain data."""
    shown = {
        "subject": caller.subject,
        "name": caller.name,
        "kind": caller.kind,
        "role": caller.role,
        "organization": caller.organization,
    }
    return {name: text for name, text in shown.items() if text}


def violation_said(violation: Violation) -> dict[str, Any]:
    """Return a broken rule as plain data: where, by a pointer (RFC 6901), and which."""
    return {
        "location": violation.location,
        "pointer": join("", *violation.path),
        "keyword": violation.keyword,
        "message": violation.message,
    }


def told(said: Any) -> list[str]:
    """Say what the world was told to do with a request: a preference, or what hit it."""
    if said is None:
        return []
    return [f"The world prefers {said}." if isinstance(said, str) else f"It was hit by {said.words}."]


def outcome(branch: str, stage: str, handler: str, verdict: str, message: str) -> list[str]:
    """Say how a request ended."""
    if branch.startswith("refused"):
        by = f" by {handler}" if stage == "handler" else ""
        return [f"It was {branch}{by} ({verdict}): {message}"]
    if branch.startswith("failed"):
        return [f"It {branch} ({verdict}): {message}" if message else f"It {branch} ({verdict})."]
    said = {
        "handler": f"The handler {handler} answered.",
        "preferred": f"The answer was chosen by what is preferred ({verdict}); nothing was done.",
        "fault": f"The fault answered ({verdict}); nothing was done.",
    }.get(branch, f"No handler plays it: the part `{branch}` answered.")
    return [said, *filter(None, [_NOTES.get(verdict), message if verdict == "request_violations" else None])]
