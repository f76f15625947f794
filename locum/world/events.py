"""Events: run the scheduled events of a world, each at its time, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from locum.world.clock import micros_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from locum.world.clock import Clock
    from locum.world.seeded import NewId
    from locum.world.store import Store

__all__ = ["Events", "find_next_event", "pass_time"]


@dataclass(frozen=True, slots=True)
class Events:
    """The scheduled events of an API.

    `next_due(store)` returns the time of the next event, or None. `run_due(store, clock, new_id)` runs the events that
    are due at the clock's time; afterwards the next event is later.
    """

    next_due: Callable[[Store], datetime | None]
    run_due: Callable[[Store, Clock, NewId], None]


def find_next_event(events: Iterable[Events], store: Store) -> tuple[int, Events] | None:
    """Return the time of the next event, in microseconds since 1970, and the events of its API.

    Of events at the same time, that of the API that is served first comes first.
    """
    first: tuple[int, Events] | None = None
    for event in events:
        moment = event.next_due(store)
        if moment is not None and (first is None or micros_of(moment) < first[0]):
            first = micros_of(moment), event
    return first


def pass_time(  # noqa: PLR0913, PLR0917 (the state of a world, and how far to go)
    events: Iterable[Events], store: Store, clock: Clock, new_id: NewId, until: int, most: int
) -> tuple[int, Events] | None:
    """Run at most `most` events that are due until a time; return the next one.

    The clock has the time of each event while it runs, even a past time, and stays at the last one. So the result
    does not depend on when the events are run.
    """
    due = find_next_event(events, store)
    while due is not None and due[0] <= until and most > 0:
        moment, event = due
        clock.micros = moment
        event.run_due(store, clock, new_id)
        most -= 1
        due = find_next_event(events, store)
    return due
