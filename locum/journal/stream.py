"""The journal as server-sent events (HTML Living Standard, section 9.2)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from locum.world.journal import Entry, Journal

__all__ = ["Broadcast", "event"]

_PAUSE = 0.1
"""Seconds between two looks: looking costs less than telling every request whether somebody listens."""
_KEEP_ALIVE = 150
"""Looks without an event after which a comment is sent, so that nobody on the way gives up."""
_AT_ONCE = 100
_MOST_JOURNALS = 16
"""Of so many journals something is kept, those that were followed last."""
_MOST_BYTES = 256 * 1024
"""So many bytes are sent at once, and kept for the subscribers that follow; one entry may have more."""


def event(entry: Entry) -> bytes:
    """Return an entry as an event, whose id is its number."""
    return f"id: {entry.number}\nevent: entry\ndata: {json.dumps(entry.plain())}\n\n".encode()


class Broadcast:
    """Journals for any number of subscribers: an entry is rendered once for all that are at the same place.

    Nothing is queued for a subscriber. One that reads slowly goes on with what the journal still has.
    """

    def __init__(self) -> None:
        self._rendered: WeakKeyDictionary[Journal, dict[int, tuple[int, int, bytes]]] = WeakKeyDictionary()
        """The last pieces of a journal: by the number before, the numbers of the first and the last event, and all."""

    async def subscribe(
        self,
        journal: Callable[[], Journal | None],
        after: int,
        wait: float | None,
        is_over: Callable[[], bool] = lambda: False,
    ) -> AsyncIterator[bytes]:
        """Yield the entries that follow a number, and those that come, for `wait` seconds or for ever.

        Where the world is reset meanwhile, its numbers begin anew: an event `reset` says so. Where it is
        dropped, there is no journal any more, and the stream ends. It ends as well when it `is_over`.
        """
        looks = 0
        present = journal()
        if present is None:
            return
        yield b"retry: 1000\n\n"
        while not is_over():
            now = journal()
            if now is None:
                return
            if now is not present or present.last < after:
                present, after = now, 0
                yield b"event: reset\ndata: {}\n\n"
            if present.last > after:
                after, events = self._events(present, after)
                if events:
                    yield events
                    looks = 0
                    continue
            if wait is not None and wait <= 0:
                return
            looks += 1
            if looks % _KEEP_ALIVE == 0:
                yield b": still here\n\n"
            await asyncio.sleep(_PAUSE if wait is None else min(_PAUSE, wait))
            wait = None if wait is None else wait - _PAUSE

    def _events(self, journal: Journal, after: int) -> tuple[int, bytes]:
        """Return the events that follow a number, not too many at once, and the number of the last of them."""
        pieces = self._rendered[journal] = self._rendered.pop(journal, {})
        while len(self._rendered) > _MOST_JOURNALS:
            del self._rendered[next(iter(self._rendered))]
        first, last, data = pieces.get(after, (0, after, b""))
        if first > journal.last - len(journal):  # none of it was forgotten since
            return last, data
        events: list[bytes] = []
        for entry in journal.after(after, _AT_ONCE):
            events.append(event(entry))
            last = entry.number
            if sum(map(len, events)) >= _MOST_BYTES:
                break
        if not events:
            return journal.last, b""
        data = b"".join(events)
        pieces[after] = last - len(events) + 1, last, data
        while len(pieces) > 1 and sum(len(one[2]) for one in pieces.values()) > _MOST_BYTES:
            del pieces[next(iter(pieces))]
        return last, data
