"""The input of a simulation, and the timeline that it returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from handlers.workflows.records import Step, VaultItem

__all__ = ["PENDING", "Call", "RunContext", "Timeline"]

PENDING = 1_000
"""Milliseconds before the first node begins."""


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a simulation needs besides the graph.

    `start` holds the first values, `find_secret` finds an item of the vault. `authorization_error` is
    the reason why the authorization cannot be used, or None; `check_callee(id)` returns the reason why a
    workflow cannot be called, or None.
    """

    run_id: str
    trigger_type: str
    start: dict[str, Any]
    started_at: datetime
    find_secret: Callable[[str], VaultItem | None]
    authorization_error: str | None = None
    check_callee: Callable[[str], str | None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Call:
    """The start of another workflow, `after` milliseconds."""

    workflow_id: str
    run_id: str
    after: int
    context: dict[str, Any]


@dataclass(slots=True)
class Timeline:
    """A simulated run: its steps, its final status and time, and the runs that it starts."""

    outcome: str = "completed"
    ends: int = PENDING
    error_message: str | None = None
    steps: list[Step] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    weight: int = 0
