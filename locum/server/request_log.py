"""The request log: one line per request as it happens, read from the journals of all worlds.

It polls the journals, so that it costs a request nothing. A thread writes the lines: a pipe that nobody reads, or a
terminal that is paused, never stops the server.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from queue import Full, Queue
from threading import Thread
from typing import TYPE_CHECKING

import click

from locum.world.worlds import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from locum.world.journal import Journal, Row
    from locum.world.worlds import World, Worlds

__all__ = ["LineWriter", "Output", "RequestLog"]

_MOST_AT_ONCE = 20
"""The maximum number of requests per poll that are all printed."""
_MOST_OF_MANY = 2
"""The number of lines if there are more; the rest is counted, because nobody reads 2,000 lines a second."""
_MOST_WAITING = 1000
"""The maximum number of polls whose lines wait to be written; further ones are dropped."""
_FEW_COLUMNS = 36
_ERRORS, _FAILURES = 400, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What `locum serve` prints: nothing but its address if `quiet`, the decisions of each error if `verbose`."""

    quiet: bool = False
    verbose: bool = False
    as_json: bool = False
    colour: bool = False


class LineWriter:
    """Writes lines to standard output in a thread of its own, which starts with the first line."""

    def __init__(self, write: Callable[[str], None] | None = None) -> None:
        self._write = write or _to_stdout
        self._lines: Queue[str | None] = Queue(_MOST_WAITING)
        self._thread: Thread | None = None
        self.dropped = 0
        """How many lines were dropped, because nobody reads them."""

    def __call__(self, lines: Sequence[str]) -> None:
        """Write lines, later. They are one item, because each wakes the thread, which takes time from requests."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="locum-log", daemon=True)
            self._thread.start()
        try:
            self._lines.put_nowait("\n".join(lines))
        except Full:
            self.dropped += len(lines)

    def close(self, seconds: float = 0.3) -> None:
        """Write the lines that wait, for at most this time."""
        if self._thread is not None:
            with suppress(Full):
                self._lines.put_nowait(None)
                self._thread.join(seconds)

    def _run(self) -> None:
        with suppress(OSError, ValueError):  # the reader of the pipe is gone, or the stream is closed
            while (line := self._lines.get()) is not None:
                self._write(line)


class RequestLog:
    """Formats the new entries of all journals at each poll."""

    def __init__(self, worlds: Callable[[], Worlds], write: Callable[[list[str]], object], output: Output) -> None:
        """`worlds` returns the current worlds, which are replaced when documents are reloaded."""
        self._worlds = worlds
        self._write = write
        self._output = output
        self._seen: dict[str, tuple[Journal, int]] = {}
        """By world: its journal, and the number of the last entry that was seen."""

    def poll(self) -> None:
        """Write a line for each entry since the last poll."""
        if self._output.quiet:
            return
        worlds = self._worlds().all()
        changed = [(world, last) for world in worlds if world.journal.last > (last := self._last(world))]
        new = sum(world.journal.last - last for world, last in changed)
        left = _MOST_AT_ONCE if new <= _MOST_AT_ONCE else _MOST_OF_MANY
        lines: list[str] = []
        for world, last in changed:
            lines += [self._line(world, row) for row in world.journal.rows(last, left - len(lines))]
            self._seen[world.name] = world.journal, world.journal.last
        for name in self._seen.keys() - {world.name for world in worlds}:
            del self._seen[name]  # the journal of a dropped world must not be kept
        if new > len(lines):
            lines.append(self._more(new - len(lines)))
        if lines:
            self._write(lines)

    def _last(self, world: World) -> int:
        """Return the number of the last entry of a world that was seen; 0 if its journal began anew."""
        journal, last = self._seen.get(world.name, (world.journal, 0))
        return last if journal is world.journal and last <= world.journal.last else 0

    def _more(self, count: int) -> str:
        if self._output.as_json:
            return json.dumps({"event": "requests", "count": count})
        return f"  ... {count:,} more requests; the inspector shows the latest"

    def _line(self, world: World, row: Row) -> str:
        return _as_json(world, row) if self._output.as_json else "\n".join(self._as_text(world, row))

    def _as_text(self, world: World, row: Row) -> Iterator[str]:
        status = self._styled(str(row.status or "---"), _colour_of(row.status))
        where = "" if world.name == DEFAULT else f" [{world.name}]"
        source = f" <- {row.source}" if row.source else ""
        yield (
            f"{_printable(row.method):<6} {_printable(row.path):<{_FEW_COLUMNS}} {status} "
            f"{row.microseconds / 1000:>7.1f} ms  {_printable(row.operation) or 'no operation'}{source}{where}"
            f"{': ' + _printable(row.reason) if row.reason else ''}"
        )
        entry = world.journal.entry(row.number) if self._output.verbose and row.reason else None
        if entry is not None:
            for sentence in [*entry.trace, *entry.near_misses]:
                yield f"       {_printable(sentence)}"
            for violation in entry.violations:
                yield f"       {violation['location']}{violation['pointer']}: {_printable(violation['message'])}"

    def _styled(self, text: str, colour: str) -> str:
        return click.style(text, fg=colour) if self._output.colour else text


def _as_json(world: World, row: Row) -> str:
    shown = {"event": "request", "request_id": f"{world.name}/{row.number}", "world": world.name, **row.plain()}
    return json.dumps(shown, ensure_ascii=False)


def _colour_of(status: int) -> str:
    return "red" if not status or status >= _FAILURES else "yellow" if status >= _ERRORS else "green"


def _printable(text: str) -> str:
    """Return a text without control characters, which a terminal would obey."""
    return text if text.isprintable() else "".join(one if one.isprintable() else "?" for one in text)


def _to_stdout(line: str) -> None:
    """Write a line past the buffer of Python: a thread that waits in it would abort the interpreter at its exit."""
    data = (line + "\n").encode("utf-8", "replace")
    file = sys.stdout.fileno()
    while data:
        data = data[os.write(file, data) :]
