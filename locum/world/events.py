"""Events: what happens in a world by itself, each at its moment, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from locum.world.clock import micros_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from locum.world.clock import Clock
    from locum.world.identifiers import NewId
    from locum.world.store import Store

__all__ = ["Events", "next_due", "pass_time"]


@dataclass(frozen=True, slots=True)
class Events:
    """What happens in an API by itself, when its moment has come.

    `due(store)` returns the next moment at which something happens, None where nothing will;
    `wake(store, clock, new_id)` does what is due at the clock's present, so that the next moment is
    a later one.
    """

    due: Callable[[Store], datetime | None]
    wake: Callable[[Store, Clock, NewId], None]


def next_due(events: Iterable[Events], store: Store) -> tuple[int, Events] | None:
    """Return the next moment at which something happens, in microseconds since 1970, and whose it is.

    Of the same moment, the event of the API that is served first comes first.
    """
    first: tuple[int, Events] | None = None
    for event in events:
        moment = event.due(store)
        if moment is not None and (first is None or micros_of(moment) < first[0]):
            first = micros_of(moment), event
    return first


def pass_time(  # noqa: PLR0913, PLR0917 (a world's parts, and how far to go)
    events: Iterable[Events], store: Store, clock: Clock, new_id: NewId, until: int, most: int
) -> tuple[int, Events] | None:
    """Let everything happen that is due until a moment, at most `most` times; return what is due next.

    The clock shows the moment of each event while it happens, be it past, and stays at the last one:
    so that it does not matter when one looks.
    """
    due = next_due(events, store)
    while due is not None and due[0] <= until and most > 0:
        moment, event = due
        clock.micros = moment
        event.wake(store, clock, new_id)
        most -= 1
        due = next_due(events, store)
    return due
