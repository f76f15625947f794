"""What happens by itself: active workflows start at the moments of their schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.workflows.launches import catch_up
from handlers.workflows.records import Workflow
from locum import Events

if TYPE_CHECKING:
    from datetime import datetime

    from locum import Clock, NewId, Store

__all__ = ["SCHEDULES", "due", "run_due"]


def due(store: Store) -> datetime | None:
    """Return the next moment at which a schedule fires."""
    moments = (workflow.next_run_at for workflow in store[Workflow].values())
    return min((moment for moment in moments if moment is not None), default=None)


def run_due(store: Store, clock: Clock, new_id: NewId) -> None:  # noqa: ARG001 (a run's id comes from its moment)
    """Start the runs that are due, the earliest first; of one moment, in the order of the workflows' creation."""
    now = clock.now
    ready = [(workflow.next_run_at, workflow) for workflow in store[Workflow].values() if workflow.next_run_at]
    for _, workflow in sorted((pair for pair in ready if pair[0] <= now), key=lambda pair: pair[0]):
        catch_up(store, clock, workflow)


SCHEDULES = Events(due, run_due)
