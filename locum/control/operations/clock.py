"""The operations on the clock of a world."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from locum.errors import Conflict, Invalid
from locum.world.clock import read_duration, timestamp

if TYPE_CHECKING:
    from locum.world.clock import Clock
    from locum.world.worlds import Worlds

__all__ = ["ClockOperations", "described"]


class ClockOperations:
    """Reads, sets, advances, freezes and resumes the clock of a world."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds

    def get_clock(self, world: str) -> dict[str, Any]:
        """Say how the clock stands."""
        return described(self._worlds.existing(world).clock)

    def set_clock(self, world: str, body: dict[str, Any]) -> dict[str, Any]:
        """Set the clock to a moment."""
        found = self._worlds.named(world)
        try:
            found.set(datetime.fromisoformat(body["now"]))
        except (Invalid, ValueError) as problem:
            raise _clash(problem) from None
        return described(found.clock)

    def advance_clock(self, world: str, body: dict[str, Any]) -> dict[str, Any]:
        """Move the clock forward."""
        found = self._worlds.named(world)
        try:
            found.advance(read_duration(body["by"]))
        except Invalid as problem:
            raise _clash(problem) from None
        return described(found.clock)

    def freeze_clock(self, world: str) -> dict[str, Any]:
        """Let the clock stand still."""
        clock = self._worlds.named(world).clock
        clock.freeze()
        return described(clock)

    def resume_clock(self, world: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Let the clock go on, as before or in another way."""
        clock, told = self._worlds.named(world).clock, body or {}
        try:
            if "step" in told:
                clock.walk(read_duration(told["step"]))
            elif "rate" in told:
                clock.run(told["rate"])
            else:
                clock.resume()
        except Invalid as problem:
            raise _clash(problem) from None
        return described(clock)


def described(clock: Clock) -> dict[str, Any]:
    """Say how a clock stands."""
    reading = clock.describe()
    return {
        "now": timestamp(reading.now, "microseconds"),
        "mode": reading.mode,
        "step": reading.step.total_seconds(),
        "rate": reading.rate,
    }


def _clash(problem: Exception) -> Conflict:
    """Refuse a moment or a pace that no clock can have: the document says how it is written, a rule what it may be."""
    if isinstance(problem, Invalid):
        return Conflict(problem.message, code=problem.code)
    return Conflict("There is no such moment.", code="clock_out_of_range")
