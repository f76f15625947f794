"""The journal as server-sent events (HTML Living Standard, section 9.2)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from locum.state.entries import Entry
    from locum.state.journal import Journal

__all__ = ["event", "stream"]

_PAUSE = 0.1
"""Seconds between two looks: looking costs less than telling every request whether somebody listens."""
_KEEP_ALIVE = 150
"""Looks without an event after which a comment is sent, so that nobody on the way gives up."""
_AT_ONCE = 100


def event(entry: Entry) -> bytes:
    """Return an entry as an event, whose id is its number."""
    return f"id: {entry.number}\nevent: entry\ndata: {json.dumps(entry.plain())}\n\n".encode()


async def stream(journal: Callable[[], Journal | None], after: int, wait: float | None) -> AsyncIterator[bytes]:
    """Yield the entries that follow a number, and those that come, for `wait` seconds or for ever.

    Where the world is reset meanwhile, its numbers begin anew: an event `reset` says so. Where it is
    dropped, there is no journal any more, and the stream ends.
    """
    looks = 0
    present = journal()
    if present is None:
        return
    yield b"retry: 1000\n\n"
    while True:
        now = journal()
        if now is None:
            return
        if now is not present or present.last < after:
            present, after = now, 0
            yield b"event: reset\ndata: {}\n\n"
        entries = list(present.after(after, _AT_ONCE)) if present.last > after else []
        for entry in entries:
            yield event(entry)
        after = entries[-1].number if entries else max(after, present.last)
        if entries:
            looks = 0
            continue
        if wait is not None and wait <= 0:
            return
        looks += 1
        if looks % _KEEP_ALIVE == 0:
            yield b": still here\n\n"
        await asyncio.sleep(_PAUSE if wait is None else min(_PAUSE, wait))
        wait = None if wait is None else wait - _PAUSE
