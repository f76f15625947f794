"""The logs: of one workflow, in numbers, and the latest entry of each."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from handlers.workflows.courses import log_entry, status_of, steps_seen
from handlers.workflows.launches import catch_up, catch_up_all
from handlers.workflows.limits import LOGS_LISTED
from handlers.workflows.records import History, Run, Step
from handlers.workflows.runs import runs_of
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
    """List what the runs of a workflow logged, oldest first; only the latest 1,000 entries."""
    catch_up(store, clock, find_workflow(store, caller, workflow_id))
    entries = _entries(runs_of(store, workflow_id, clock.now), clock.now)
    latest = sorted(entries, key=_moment)[-LOGS_LISTED:]
    return [log_entry(run, step) for run, step in latest]


@requires("workflows:read")
def get_workflow_log_stats(store: Store, caller: Caller, clock: Clock, workflow_id: str) -> dict[str, Any]:
    """Count a workflow's log entries and runs by status."""
    catch_up(store, clock, find_workflow(store, caller, workflow_id))
    now = clock.now
    runs = runs_of(store, workflow_id, now)
    history = store[History].get(workflow_id, History())
    statuses = {"success": 0, "error": 0, "warning": 0}
    statuses |= Counter(step.status for _, step in _entries(runs, now))
    recent = {"completed": 0, "failed": 0}
    recent |= Counter(status_of(run, now) for run in runs if run.started_at > now - _RECENT)
    completed = history.forgotten_completed + sum(status_of(run, now) == "completed" for run in runs)
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
        entries = _entries(runs_of(store, workflow.id, clock.now), clock.now)
        newest = max(entries, key=_moment, default=None)
        if newest is not None:
            latest.append(newest)
    return [log_entry(run, step) for run, step in sorted(latest, key=_moment, reverse=True)]


def _entries(runs: Iterable[Run], now: datetime) -> Iterable[tuple[Run, Step]]:
    """Give every entry whose time has come."""
    return ((run, step) for run in runs for step in steps_seen(run, now))


def _moment(entry: tuple[Run, Step]) -> datetime:
    """Return when an entry was written."""
    run, step = entry
    return run.started_at + timedelta(milliseconds=step.ends)
