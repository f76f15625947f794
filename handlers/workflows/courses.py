"""How a run looks at a moment: its computed course against the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from handlers.workflows.timelines import PENDING
from locum import timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from handlers.workflows.records import Run, Step

__all__ = ["log_entry", "run_body", "status_of", "steps_seen"]

_MILLISECOND = timedelta(milliseconds=1)


def status_of(run: Run, now: datetime) -> str:
    """Return how far a run is."""
    elapsed = (now - run.started_at) // _MILLISECOND
    if run.settled or elapsed >= run.ends:
        return run.outcome
    return "pending" if elapsed < PENDING else "running"


def steps_seen(run: Run, now: datetime) -> Iterator[Step]:
    """Give the steps of a run that are over."""
    elapsed = run.ends if run.settled else (now - run.started_at) // _MILLISECOND
    for step in run.steps:
        if step.ends > elapsed:
            return
        yield step


def log_entry(run: Run, step: Step) -> dict[str, Any]:
    """Return a step as a WorkflowLog."""
    return {
        "id": step.log_id,
        "node_id": step.node_id,
        "component_id": step.component_id,
        "status": step.status,
        "output": step.output,
        "created_at": timestamp(run.started_at + step.ends * _MILLISECOND, "microseconds"),
    }


def run_body(run: Run, now: datetime, *, logs: bool = False) -> dict[str, Any]:
    """Return a run as a WorkflowRun; its logs only where one run is fetched."""
    status = status_of(run, now)
    over = status in {"completed", "failed"}
    body: dict[str, Any] = {
        "id": run.id,
        "status": status,
        "error_message": run.error_message if status == "failed" else None,
        "started_at": timestamp(run.started_at, "microseconds"),
        "completed_at": timestamp(run.started_at + run.ends * _MILLISECOND, "microseconds") if over else None,
        "duration_in_seconds": run.ends / 1_000 if over else None,
    }
    if logs:
        body["logs"] = [log_entry(run, step) for step in steps_seen(run, now)]
    return body
