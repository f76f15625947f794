"""The journal as server-sent events (HTML Living Standard, section 9.2)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from locum.world.journal import Entry, Journal, Row

__all__ = ["Broadcast", "event"]

_PAUSE = 0.1
"""Seconds between polls. Polling costs less than a notification per request."""
_KEEP_ALIVE = 150
"""Polls without an event after which a comment is sent, so that proxies keep the connection open."""
_AT_ONCE = 100
_MOST_JOURNALS = 16
"""The number of journals whose rendered events are kept, most recently followed first."""
_MOST_BYTES = 256 * 1024
"""The maximum bytes to send at once and to keep for other subscribers. A single entry may be larger."""


def event(entry: Entry | Row) -> bytes:
    """Return an entry, or its row, as an event. The id is its number."""
    return f"id: {entry.number}\nevent: entry\ndata: {json.dumps(entry.plain())}\n\n".encode()


class Broadcast:
    """Streams journals to any number of subscribers. An entry is rendered once for subscribers at the same place.

    Nothing is queued for a subscriber. One that reads slowly goes on with what the journal still has.
    """

    def __init__(self) -> None:
        self._rendered: WeakKeyDictionary[Journal, dict[tuple[int, bool], tuple[int, int, bytes]]] = WeakKeyDictionary()
        """The last chunks of a journal by the preceding number, and whether they are rows: numbers of first and last
        event, and bytes."""

    async def subscribe(
        self,
        journal: Callable[[], Journal | None],
        after: int,
        wait: float | None,
        is_over: Callable[[], bool] = lambda: False,
        *,
        rows: bool = False,
    ) -> AsyncIterator[bytes]:
        """Yield the entries after a number, then new ones, for `wait` seconds or without end.

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
                after, events = self._events(present, after, rows=rows)
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

    def _events(self, journal: Journal, after: int, *, rows: bool) -> tuple[int, bytes]:
        """Return a chunk of the events after a number, and the number of the last of them."""
        pieces = self._rendered[journal] = self._rendered.pop(journal, {})
        while len(self._rendered) > _MOST_JOURNALS:
            del self._rendered[next(iter(self._rendered))]
        first, last, data = pieces.get((after, rows), (0, after, b""))
        if first > journal.last - len(journal):  # no entry of it was dropped since
            return last, data
        events: list[bytes] = []
        for entry in journal.rows(after, _AT_ONCE) if rows else journal.after(after, _AT_ONCE):
            events.append(event(entry))
            last = entry.number
            if sum(map(len, events)) >= _MOST_BYTES:
                break
        if not events:
            return journal.last, b""
        data = b"".join(events)
        pieces[after, rows] = last - len(events) + 1, last, data
        while len(pieces) > 1 and sum(len(one[2]) for one in pieces.values()) > _MOST_BYTES:
            del pieces[next(iter(pieces))]
        return last, data
