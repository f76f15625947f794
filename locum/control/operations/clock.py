"""The operations on the clock of a world."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from locum.errors import Conflict, Invalid
from locum.world.clock import read_duration, timestamp
from locum.world.differences import difference
from locum.world.snapshots import Unwritable, snapshot

if TYPE_CHECKING:
    from locum.world.clock import Clock
    from locum.world.worlds import World, Worlds

__all__ = ["ClockOperations", "described", "snapshot_of"]


_MOST_CHANGES = 20
"""The maximum number of records that are named per event."""


class ClockOperations:
    """Reads, sets, advances, freezes and resumes the clock of a world."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds

    def get_clock(self, world: str) -> dict[str, Any]:
        """Return the time, mode and pace of the clock."""
        return described(self._worlds.existing(world).clock)

    def set_clock(self, world: str, body: dict[str, Any]) -> dict[str, Any]:
        """Set the clock to a time."""
        found = self._worlds.named(world)
        try:
            found.set(datetime.fromisoformat(body["now"]))
        except (Invalid, ValueError) as problem:
            raise _conflict(problem) from None
        return described(found.clock)

    def advance_clock(self, world: str, body: dict[str, Any]) -> dict[str, Any]:
        """Move the clock forward."""
        found = self._worlds.named(world)
        try:
            found.advance(read_duration(body["by"]))
        except Invalid as problem:
            raise _conflict(problem) from None
        return described(found.clock)

    def list_events(self, world: str, limit: int) -> list[dict[str, Any]]:
        """Return the next scheduled events, each with the records that it changes; nothing is run."""
        ahead = self._worlds.existing(world).fork("")
        found: list[dict[str, Any]] = []
        while len(found) < limit and (due := ahead.next_event()) is not None:
            before = snapshot_of(ahead)
            ahead.run_next_event()
            changes = difference(before, snapshot_of(ahead))
            kinds: dict[tuple[str, str, str], None] = {
                (change.kind, change.table, str(change.key)): None for change in changes
            }
            found.append(
                {
                    "at": timestamp(due, "microseconds"),
                    "changes": [
                        {"kind": kind, "type": table.rpartition(".")[2], "key": key}
                        for kind, table, key in list(kinds)[:_MOST_CHANGES]
                    ],
                }
            )
        return found

    def freeze_clock(self, world: str) -> dict[str, Any]:
        """Stop the clock."""
        clock = self._worlds.named(world).clock
        clock.freeze()
        return described(clock)

    def resume_clock(self, world: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Resume the clock, in its former mode or with a new step or rate."""
        clock, options = self._worlds.named(world).clock, body or {}
        try:
            if "step" in options:
                clock.walk(read_duration(options["step"]))
            elif "rate" in options:
                clock.run(options["rate"])
            else:
                clock.resume()
        except Invalid as problem:
            raise _conflict(problem) from None
        return described(clock)


def described(clock: Clock) -> dict[str, Any]:
    """Return the state of a clock as JSON."""
    reading = clock.describe()
    return {
        "now": timestamp(reading.now, "microseconds"),
        "mode": reading.mode,
        "step": reading.step.total_seconds(),
        "rate": reading.rate,
    }


def snapshot_of(world: World) -> dict[str, Any]:
    """Return a snapshot of a world. Raises Conflict for records that a snapshot cannot contain."""
    try:
        return snapshot(world)
    except Unwritable as problem:
        raise Conflict(str(problem), code="snapshot_impossible") from None


def _conflict(problem: Exception) -> Conflict:
    """Return the error for a time or pace that is valid by the contract, but impossible for a clock."""
    if isinstance(problem, Invalid):
        return Conflict(problem.message, code=problem.code)
    return Conflict("This time does not exist, or is out of range.", code="clock_out_of_range")
