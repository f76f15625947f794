"""Operations on logs: list the log of a workflow, count its entries, list the latest entry of each workflow."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from handlers.workflows.execution import catch_up, catch_up_all
from handlers.workflows.limits import LOGS_LISTED
from handlers.workflows.records import History, Run, Step
from handlers.workflows.runs import find_runs
from handlers.workflows.views import finished_steps, get_status, render_log_entry
from handlers.workflows.workflows import find_workflow
from locum import requires

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from locum import Caller, Clock, Store

__all__ = ["get_workflow_log_stats", "list_recent_workflow_logs", "list_workflow_logs"]

_RECENT = timedelta(days=30)


@requires("workflows:read")
def list_workflow_logs(store: Store, caller: Caller, clock: Clock, workflow_id: str) -> list[dict[str, Any]]:
    """List the latest 1,000 log entries of a workflow, oldest first."""
    catch_up(store, clock, find_workflow(store, caller, workflow_id))
    entries = _entries(find_runs(store, workflow_id, clock.now), clock.now)
    latest = sorted(entries, key=_written_at)[-LOGS_LISTED:]
    return [render_log_entry(run, step) for run, step in latest]


@requires("workflows:read")
def get_workflow_log_stats(store: Store, caller: Caller, clock: Clock, workflow_id: str) -> dict[str, Any]:
    """Return the number of a workflow's log entries and runs by status."""
    catch_up(store, clock, find_workflow(store, caller, workflow_id))
    now = clock.now
    runs = find_runs(store, workflow_id, now)
    history = store[History].get(workflow_id, History())
    statuses = {"success": 0, "error": 0, "warning": 0}
    statuses |= Counter(step.status for _, step in _entries(runs, now))
    recent = {"completed": 0, "failed": 0}
    recent |= Counter(get_status(run, now) for run in runs if run.started_at > now - _RECENT)
    completed = history.forgotten_completed + sum(get_status(run, now) == "completed" for run in runs)
    total = history.forgotten + len(runs)
    return {
        "log_statuses": statuses,
        "recent_runs": recent,
        "total_runs": total,
        "success_rate": round(100 * completed / total, 2) if total else 0,
    }


@requires("workflows:read")
def list_recent_workflow_logs(store: Store, caller: Caller, clock: Clock) -> list[dict[str, Any]]:
    """List the latest entry of each workflow of the organization, newest first."""
    latest = []
    for workflow in catch_up_all(store, clock, caller.organization):
        entries = _entries(find_runs(store, workflow.id, clock.now), clock.now)
        newest = max(entries, key=_written_at, default=None)
        if newest is not None:
            latest.append(newest)
    return [render_log_entry(run, step) for run, step in sorted(latest, key=_written_at, reverse=True)]


def _entries(runs: Iterable[Run], now: datetime) -> Iterable[tuple[Run, Step]]:
    """Return the log entries written so far."""
    return ((run, step) for run in runs for step in finished_steps(run, now))


def _written_at(entry: tuple[Run, Step]) -> datetime:
    """Return the time of a log entry."""
    run, step = entry
    return run.started_at + timedelta(milliseconds=step.ends)
