"""Execute workflows: check the start, compute the run, store it; catch up with schedules."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from handlers.workflows.graph import Graph
from handlers.workflows.limits import RUNS_KEPT, START_WEIGHT, WEIGHT_KEPT, deeper_than, weigh
from handlers.workflows.records import LOWER, Authorization, History, Run, Step, VaultItem, Workflow
from handlers.workflows.schedules import Schedule
from handlers.workflows.simulation import simulate
from handlers.workflows.timelines import RunContext, Timeline
from handlers.workflows.views import get_status
from locum import Conflict, NewId

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from locum import Clock, Store

__all__ = [
    "Start",
    "catch_up",
    "catch_up_all",
    "check_authorization",
    "compute_run",
    "make_secret_finder",
    "reject_inactive",
    "reject_oversized",
    "start_run",
    "store_run",
]

_RUNS_PER_START = 25
"""Maximum number of runs from one start, with those of called workflows."""

_LATE_RUNS = 25
"""Maximum number of missed scheduled runs that are started when the clock jumps ahead."""


@dataclass(frozen=True, slots=True)
class Start:
    """The start of a run: its trigger, its values, and the steps that it inherits from an earlier run."""

    trigger_type: str
    values: dict[str, Any]
    inherited: tuple[Step, ...] = ()


def reject_inactive(workflow: Workflow) -> None:
    """Raise `Conflict` if a workflow is inactive."""
    if not workflow.is_active:
        raise Conflict("This workflow is inactive and cannot be started.", code="workflow_inactive")


def reject_oversized(values: dict[str, Any]) -> None:
    """Raise `Conflict` if start data is too large or nests too deeply."""
    if weigh(values, START_WEIGHT) > START_WEIGHT:
        raise Conflict(f"The start data takes more than {START_WEIGHT:,} bytes.", code="payload_too_large")
    if deeper_than(values):
        raise Conflict("The start data nests too deeply.", code="payload_too_deep")


def make_secret_finder(store: Store, organization: str) -> Callable[[str], VaultItem | None]:
    """Return a function that finds a vault item of an organization by its name or id."""
    found: dict[str, VaultItem] = {}

    def find(name: str) -> VaultItem | None:
        if not found:
            items = [item for item in store[VaultItem].values() if item.organization == organization]
            found.update({item.id: item for item in items} | {item.name: item for item in items})
        return found.get(name)

    return find


def check_authorization(store: Store, organization: str, authorization_id: str) -> str | None:
    """Return the reason why workflows cannot use an authorization, or None."""
    authorization = store[Authorization].get(authorization_id)
    if authorization is None or authorization.organization != organization:
        return "The authorization of this workflow does not exist; it was deleted or never given."
    if authorization.status != "active":
        return "The authorization of this workflow is no longer active."
    return None


def compute_run(store: Store, workflow: Workflow, start: Start, *, at: datetime, run_id: str) -> tuple[Run, Timeline]:
    """Compute a run without storing it. Its random values are seeded with its id."""

    def check_callee(workflow_id: str) -> str | None:
        callee = store[Workflow].get(workflow_id)
        if callee is None or callee.organization != workflow.organization:
            return "The workflow to call does not exist."
        return None if callee.is_active else "The workflow to call is inactive."

    run_context = RunContext(
        run_id=run_id,
        trigger_type=start.trigger_type,
        start=start.values,
        started_at=at,
        find_secret=make_secret_finder(store, workflow.organization),
        authorization_error=check_authorization(store, workflow.organization, workflow.authorization_id),
        check_callee=check_callee,
    )
    timeline = simulate(Graph(workflow.nodes, workflow.edges), run_context, NewId(run_id), start.inherited)
    run = Run(
        id=run_id,
        organization=workflow.organization,
        workflow_id=workflow.id,
        trigger_type=start.trigger_type,
        start=start.values,
        started_at=at,
        steps=tuple(timeline.steps),
        outcome=timeline.outcome,
        ends=timeline.ends,
        error_message=timeline.error_message,
        weight=timeline.weight + weigh(start.values, START_WEIGHT),
    )
    return run, timeline


def start_run(store: Store, workflow: Workflow, start: Start, *, at: datetime, run_id: str) -> Run:
    """Start a run and the runs that it calls, each at its time."""
    run, timeline = compute_run(store, workflow, start, at=at, run_id=run_id)
    store_run(store, run, timeline)
    return run


def store_run(store: Store, run: Run, timeline: Timeline) -> None:
    """Store a computed run, and start the runs that it calls."""
    _add(store, run)
    count = 1
    ahead = deque((call, run.started_at) for call in timeline.calls)
    while ahead and count < _RUNS_PER_START:
        call, began = ahead.popleft()
        callee = store[Workflow].get(call.workflow_id)
        if callee is None:
            continue
        count += 1
        at = began + timedelta(milliseconds=call.after)
        child, more = compute_run(store, callee, Start("workflow", call.context), at=at, run_id=call.run_id)
        _add(store, child)
        ahead.extend((further, at) for further in more.calls)


def _add(store: Store, run: Run) -> None:
    """Add a run to the store; remove the oldest runs of its workflow beyond the limits."""
    history = store[History].get(run.workflow_id, History())
    run_ids, weight = (*history.run_ids, run.id), history.weight + run.weight
    forgotten, completed = history.forgotten, history.forgotten_completed
    surplus = 0
    while len(run_ids) - surplus > RUNS_KEPT or (weight > WEIGHT_KEPT and len(run_ids) - surplus > 1):
        old = store[Run].pop(run_ids[surplus])
        weight -= old.weight
        forgotten += 1
        completed += get_status(old, run.started_at) == "completed"
        surplus += 1
    store[Run][run.id] = run
    store[History][run.workflow_id] = History(run_ids[surplus:], weight, forgotten, completed)


def catch_up(store: Store, clock: Clock, workflow: Workflow) -> Workflow:
    """Start the scheduled runs of a workflow that are due; return the workflow as it is then.

    Their ids come from the workflow and the time, so the result does not depend on when this is called.
    """
    due = workflow.next_run_at
    if due is None or due > clock.now:
        return workflow
    schedule = Schedule(workflow.schedule_type, workflow.schedule_value, workflow.schedule_anchor)
    workflow = replace(workflow, next_run_at=schedule.next_after(clock.now))
    store[Workflow][workflow.id] = workflow
    # Usually the clock is exactly at the due time: skip the search for others, which is slow.
    for moment in [due] if due == clock.now else schedule.between(due, clock.now, _LATE_RUNS):
        run_id = NewId(f"{workflow.id} {moment.isoformat()}")("fl_run_", 26, LOWER)
        scheduled = Start("scheduled", {"scheduled_for": moment.replace(tzinfo=None).isoformat() + "Z"})
        start_run(store, workflow, scheduled, at=moment, run_id=run_id)
    return workflow


def catch_up_all(store: Store, clock: Clock, organization: str) -> list[Workflow]:
    """Catch up with all workflows of an organization; return them in the order of their creation."""
    workflows = [workflow for workflow in store[Workflow].values() if workflow.organization == organization]
    return [catch_up(store, clock, workflow) for workflow in workflows]
