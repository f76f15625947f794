"""A run's circumstances before it begins, and its whole course once it is computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from handlers.workflows.records import Step, VaultItem

__all__ = ["PENDING", "Call", "Circumstances", "Timeline"]

PENDING = 1_000
"""Milliseconds before the first node begins."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a run finds outside of its graph.

    `start` are its first values, `find_secret` looks into the vault, `refused` says why its
    authorization cannot be used, `uncallable` the same of a workflow that the run wants to call.
    """

    run_id: str
    trigger_type: str
    start: dict[str, Any]
    started_at: datetime
    find_secret: Callable[[str], VaultItem | None]
    refused: str | None = None
    uncallable: Callable[[str], str | None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Call:
    """Another workflow, started by a run after so many milliseconds."""

    workflow_id: str
    run_id: str
    after: int
    context: dict[str, Any]


@dataclass(slots=True)
class Timeline:
    """How a run goes: its steps, the status and moment of its end, and the runs that it starts."""

    outcome: str = "completed"
    ends: int = PENDING
    error_message: str | None = None
    steps: list[Step] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    weight: int = 0
