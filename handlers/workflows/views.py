"""The state of a run at a time, from its timeline and the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from handlers.workflows.timelines import PENDING
from locum import timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from handlers.workflows.records import Run, Step

__all__ = ["finished_steps", "get_status", "render_log_entry", "render_run"]

_MILLISECOND = timedelta(milliseconds=1)


def get_status(run: Run, now: datetime) -> str:
    """Return the status of a run."""
    elapsed = (now - run.started_at) // _MILLISECOND
    if run.settled or elapsed >= run.ends:
        return run.outcome
    return "pending" if elapsed < PENDING else "running"


def finished_steps(run: Run, now: datetime) -> Iterator[Step]:
    """Yield the finished steps of a run."""
    elapsed = run.ends if run.settled else (now - run.started_at) // _MILLISECOND
    for step in run.steps:
        if step.ends > elapsed:
            return
        yield step


def render_log_entry(run: Run, step: Step) -> dict[str, Any]:
    """Return a step as a WorkflowLog of the contract."""
    return {
        "id": step.log_id,
        "node_id": step.node_id,
        "component_id": step.component_id,
        "status": step.status,
        "output": step.output,
        "created_at": timestamp(run.started_at + step.ends * _MILLISECOND, "microseconds"),
    }


def render_run(run: Run, now: datetime, *, logs: bool = False) -> dict[str, Any]:
    """Return a run as a WorkflowRun of the contract; with its logs only if a single run is read."""
    status = get_status(run, now)
    is_finished = status in {"completed", "failed"}
    body: dict[str, Any] = {
        "id": run.id,
        "status": status,
        "error_message": run.error_message if status == "failed" else None,
        "started_at": timestamp(run.started_at, "microseconds"),
        "completed_at": timestamp(run.started_at + run.ends * _MILLISECOND, "microseconds") if is_finished else None,
        "duration_in_seconds": run.ends / 1_000 if is_finished else None,
    }
    if logs:
        body["logs"] = [render_log_entry(run, step) for step in finished_steps(run, now)]
    return body
