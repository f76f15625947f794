"""The events of this API: active workflows start at the times of their schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.workflows.execution import catch_up
from handlers.workflows.records import Workflow
from locum import Events

if TYPE_CHECKING:
    from datetime import datetime

    from locum import Clock, NewId, Store

__all__ = ["SCHEDULES", "next_due", "run_due"]


def next_due(store: Store) -> datetime | None:
    """Return the time of the next scheduled start, or None."""
    times = (workflow.next_run_at for workflow in store[Workflow].values())
    return min((time for time in times if time is not None), default=None)


def run_due(store: Store, clock: Clock, new_id: NewId) -> None:  # noqa: ARG001 (a run's id comes from its time)
    """Start the runs that are due, the earliest first; at the same time, in the order of the workflows' creation."""
    now = clock.now
    ready = [(workflow.next_run_at, workflow) for workflow in store[Workflow].values() if workflow.next_run_at]
    for _, workflow in sorted((pair for pair in ready if pair[0] <= now), key=lambda pair: pair[0]):
        catch_up(store, clock, workflow)


SCHEDULES = Events(next_due, run_due)
