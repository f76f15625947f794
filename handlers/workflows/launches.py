"""Starting runs: by hand, by webhook, by schedule, by another workflow; and keeping a bounded number."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from handlers.workflows.courses import status_of
from handlers.workflows.graph import Graph
from handlers.workflows.limits import RUNS_KEPT, START_WEIGHT, WEIGHT_KEPT, deeper_than, weigh
from handlers.workflows.records import LOWER, Authorization, History, Run, Step, VaultItem, Workflow
from handlers.workflows.schedules import Schedule
from handlers.workflows.simulation import simulate
from handlers.workflows.timelines import Circumstances, Timeline
from locum import Conflict, NewId

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from locum import Clock, Store

__all__ = [
    "Start",
    "catch_up",
    "catch_up_all",
    "keep",
    "launch",
    "prepare",
    "refuse_inactive",
    "refuse_large",
    "secret_finder",
    "unusable",
]

_FAMILY = 25
"""Runs that one start may set off in all, called ones included."""

_LATE = 25
"""Scheduled runs that are made up for when the clock leaps over many."""


@dataclass(frozen=True, slots=True)
class Start:
    """How a run begins: by what, with which values, and after which steps of an earlier run."""

    trigger_type: str
    values: dict[str, Any]
    inherited: tuple[Step, ...] = ()


def refuse_inactive(workflow: Workflow) -> None:
    """Refuse to start a workflow that is switched off."""
    if not workflow.is_active:
        raise Conflict("This workflow is inactive and cannot be started.", code="workflow_inactive")


def refuse_large(values: dict[str, Any]) -> None:
    """Refuse start data that could not be kept or shown again."""
    if weigh(values, START_WEIGHT) > START_WEIGHT:
        raise Conflict(f"The start data takes more than {START_WEIGHT:,} bytes.", code="payload_too_large")
    if deeper_than(values):
        raise Conflict("The start data nests too deeply.", code="payload_too_deep")


def secret_finder(store: Store, organization: str) -> Callable[[str], VaultItem | None]:
    """Return a function that finds a vault item of an organization by its name or id."""
    found: dict[str, VaultItem] = {}

    def find(name: str) -> VaultItem | None:
        if not found:
            items = [item for item in store[VaultItem].values() if item.organization == organization]
            found.update({item.id: item for item in items} | {item.name: item for item in items})
        return found.get(name)

    return find


def unusable(store: Store, organization: str, authorization_id: str) -> str | None:
    """Say why workflows cannot act with an authorization; None when they can."""
    authorization = store[Authorization].get(authorization_id)
    if authorization is None or authorization.organization != organization:
        return "The authorization of this workflow does not exist; it was deleted or never given."
    if authorization.status != "active":
        return "The authorization of this workflow is no longer active."
    return None


def prepare(store: Store, workflow: Workflow, start: Start, *, at: datetime, run_id: str) -> tuple[Run, Timeline]:
    """Compute a run without storing it: everything random in it comes from its id."""

    def uncallable(workflow_id: str) -> str | None:
        callee = store[Workflow].get(workflow_id)
        if callee is None or callee.organization != workflow.organization:
            return "The workflow to call does not exist."
        return None if callee.is_active else "The workflow to call is inactive."

    circumstances = Circumstances(
        run_id=run_id,
        trigger_type=start.trigger_type,
        start=start.values,
        started_at=at,
        find_secret=secret_finder(store, workflow.organization),
        refused=unusable(store, workflow.organization, workflow.authorization_id),
        uncallable=uncallable,
    )
    timeline = simulate(Graph(workflow.nodes, workflow.edges), circumstances, NewId(run_id), start.inherited)
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


def launch(store: Store, workflow: Workflow, start: Start, *, at: datetime, run_id: str) -> Run:
    """Start a run, and those that it calls, each at its moment."""
    run, timeline = prepare(store, workflow, start, at=at, run_id=run_id)
    keep(store, run, timeline)
    return run


def keep(store: Store, run: Run, timeline: Timeline) -> None:
    """Store a prepared run and start those that it calls."""
    _store(store, run)
    family = 1
    ahead = deque((call, run.started_at) for call in timeline.calls)
    while ahead and family < _FAMILY:
        call, began = ahead.popleft()
        callee = store[Workflow].get(call.workflow_id)
        if callee is None:
            continue
        family += 1
        at = began + timedelta(milliseconds=call.after)
        child, more = prepare(store, callee, Start("workflow", call.context), at=at, run_id=call.run_id)
        _store(store, child)
        ahead.extend((further, at) for further in more.calls)


def _store(store: Store, run: Run) -> None:
    """Keep a run, and forget the oldest ones of its workflow where it becomes too many."""
    history = store[History].get(run.workflow_id, History())
    run_ids, weight = (*history.run_ids, run.id), history.weight + run.weight
    forgotten, completed = history.forgotten, history.forgotten_completed
    surplus = 0
    while len(run_ids) - surplus > RUNS_KEPT or (weight > WEIGHT_KEPT and len(run_ids) - surplus > 1):
        old = store[Run].pop(run_ids[surplus])
        weight -= old.weight
        forgotten += 1
        completed += status_of(old, run.started_at) == "completed"
        surplus += 1
    store[Run][run.id] = run
    store[History][run.workflow_id] = History(run_ids[surplus:], weight, forgotten, completed)


def catch_up(store: Store, clock: Clock, workflow: Workflow) -> Workflow:
    """Start the scheduled runs that have come due since the last look; return the workflow as it is now.

    Their ids come from the workflow and the moment, so that it does not matter when one looks.
    """
    due = workflow.next_run_at
    if due is None or due > clock.now:
        return workflow
    schedule = Schedule(workflow.schedule_type, workflow.schedule_value, workflow.schedule_anchor)
    workflow = replace(workflow, next_run_at=schedule.next_after(clock.now))
    store[Workflow][workflow.id] = workflow
    # At the very moment there is no other one to look for, which is the usual case and takes longest.
    for moment in [due] if due == clock.now else schedule.between(due, clock.now, _LATE):
        run_id = NewId(f"{workflow.id} {moment.isoformat()}")("fl_run_", 26, LOWER)
        scheduled = Start("scheduled", {"scheduled_for": moment.replace(tzinfo=None).isoformat() + "Z"})
        launch(store, workflow, scheduled, at=moment, run_id=run_id)
    return workflow


def catch_up_all(store: Store, clock: Clock, organization: str) -> list[Workflow]:
    """Catch up with every workflow of an organization; return them in the order of their creation."""
    mine = [workflow for workflow in store[Workflow].values() if workflow.organization == organization]
    return [catch_up(store, clock, workflow) for workflow in mine]
