"""Clocks: the time of a world, and durations such as `1d`, `2h 30m`, `250ms`, or a number of seconds."""

from __future__ import annotations

import re
import time
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from locum.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "END",
    "EPOCH",
    "FROZEN",
    "RUNNING",
    "STEPPING",
    "UNIX",
    "Clock",
    "Reading",
    "RealClock",
    "micros_of",
    "read_duration",
    "timestamp",
    "write_duration",
]


_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h|d|w)")
_WHOLE = re.compile(rf"{_PART.pattern}( ?{_PART.pattern}){{0,5}}\Z")


def read_duration(written: float | str) -> timedelta:
    """Parse a duration. Raises Invalid if it is not one, or out of the range of timedelta."""
    try:
        if not isinstance(written, str):
            return timedelta(seconds=written)
        if _WHOLE.match(written.strip()):
            parts = _PART.findall(written)
            return sum((float(number) * _UNITS[unit] for number, unit in parts), timedelta(0))
    except (OverflowError, ValueError):
        pass
    advice = "Write seconds as a number, or parts as 250ms, 90s, 15m, 12h, 1d, 2w."
    raise Invalid(f"{str(written)[:60]!r} is not a duration. {advice}", code="duration")


def write_duration(duration: timedelta) -> str:
    """Format a duration: `1d 2h`, `250ms`; microseconds are a fraction of a millisecond."""
    parts = []
    for unit, length in reversed(_UNITS.items()):
        count, duration = divmod(duration, length)
        if count:
            parts.append(f"{count}{unit}")
    if duration:
        rest = f"{duration / _UNITS['ms']:.3f}".rstrip("0")
        whole = parts.pop().removesuffix("ms") if parts and parts[-1].endswith("ms") else "0"
        parts.append(f"{whole}{rest.removeprefix('0')}ms")
    return " ".join(parts) or "0s"


EPOCH = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
"""The initial time of a world, by default."""

STEPPING, FROZEN, RUNNING = "stepping", "frozen", "running"
"""The modes of a clock."""

UNIX = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
END = (datetime(9000, 1, 1, tzinfo=UTC) - UNIX) // _MICROSECOND - 1
"""The last time of a clock, in microseconds since 1970. Handlers compute later times, up to the year 9999."""

_FASTEST = 1_000_000
"""The highest rate: a year in half a minute."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The state of a clock: its mode, its time, its step per request, its rate relative to the machine's clock.

    `resumes` is the mode after a frozen clock resumes; for any other clock, its mode.
    """

    mode: str
    now: datetime
    step: timedelta
    rate: float
    resumes: str = STEPPING


class Clock:
    """A clock in one of three modes.

    - stepping: it advances by one step per request, so that two runs of the same requests have the same times.
    - frozen: it only moves when set or advanced.
    - running: it follows the machine's clock at a rate. It is read once per request, so that the time is constant
      within a request.

    A stepping or running clock can be set and advanced, too. `micros` is its time in microseconds since 1970;
    `machine` returns the machine's time in nanoseconds.
    """

    __slots__ = ("_began", "_frozen", "_machine", "_rate", "_runs", "_step", "_stride", "_usual", "micros")

    def __init__(
        self,
        start: datetime = EPOCH,
        step: timedelta = timedelta(seconds=1),
        *,
        machine: Callable[[], int] = time.time_ns,
    ) -> None:
        self.micros = micros_of(start)
        self._machine = machine
        self._step = step // _MICROSECOND
        self._rate = 1.0
        self._began = (0, 0)  # the machine's time (nanoseconds) and this clock's (microseconds) when it began to run
        self._usual = STEPPING
        self.resume()

    @property
    def now(self) -> datetime:
        """The time in UTC, to the microsecond."""
        return UNIX + timedelta(microseconds=self.micros)

    @property
    def seconds(self) -> float:
        """The time in seconds since 1970, as in the `exp` of a token (RFC 7519, 4.1.4)."""
        return self.micros / 1_000_000

    def tick(self) -> None:
        """Advance by one request."""
        if self._runs:
            self.read()
        else:
            self.micros += self._stride

    def read(self) -> None:
        """Update a running clock from the machine's; it never goes back."""
        if self._runs:
            then, began = self._began
            self.micros = min(max(self.micros, began + int((self._machine() - then) * self._rate) // 1000), END)

    def advance(self, by: timedelta) -> None:
        """Move the clock by a duration. Raises Invalid if that is out of range."""
        self.read()
        try:
            self.set(self.now + by)
        except OverflowError:
            raise _out_of_range() from None

    def set(self, moment: datetime) -> None:
        """Set the clock to any time, past ones included; the mode stays. Raises Invalid before 1970 and after 8999."""
        if moment.tzinfo is None:
            message = "The time needs an offset from UTC, as in 2026-01-01T09:00:00Z."
            raise Invalid(message, code="clock_without_offset")
        micros = micros_of(moment)
        if not 0 <= micros <= END:
            raise _out_of_range()
        self.leap(micros)

    def leap(self, micros: int) -> None:
        """Set the clock to a valid time in microseconds since 1970, unchecked."""
        self.micros = micros
        if self._runs:
            self._began = (self._machine(), micros)

    def freeze(self) -> None:
        """Stop the clock; `set` and `advance` still move it."""
        self.read()
        self._frozen, self._runs, self._stride = True, False, 0

    def resume(self) -> None:
        """Return to the mode before the clock was frozen."""
        self._frozen, self._runs = False, self._usual == RUNNING
        self._stride = 0 if self._runs else self._step
        self.leap(self.micros)

    def walk(self, step: timedelta) -> None:
        """Advance by `step` per request from now on. Raises Invalid if it is negative or more than a day."""
        if not timedelta(0) <= step <= timedelta(days=1):
            message = "The step of a clock must be from 0 to one day."
            raise Invalid(message, code="clock_step")
        self._step, self._usual = step // _MICROSECOND, STEPPING
        self.resume()

    def run(self, rate: float = 1.0) -> None:
        """Follow the machine's clock from now on, `rate` times as fast. Raises Invalid if the rate is out of range."""
        if not 0 < rate <= _FASTEST:
            message = f"The rate of a clock must be above 0 and at most {_FASTEST:,}. To stop the clock, freeze it."
            raise Invalid(message, code="clock_rate")
        self._rate, self._usual = float(rate), RUNNING
        self.resume()

    def describe(self) -> Reading:
        """Return the state of the clock."""
        self.read()
        mode = FROZEN if self._frozen else self._usual
        return Reading(mode, self.now, self._step * _MICROSECOND, self._rate, self._usual)

    def stand(self, reading: Reading) -> None:
        """Restore the state of a clock. Raises Invalid if it is not a valid one."""
        usual = reading.resumes
        if usual not in {STEPPING, RUNNING} or reading.mode not in {FROZEN, usual}:
            message = (
                f"The mode of a clock must be {STEPPING}, {FROZEN} or {RUNNING}, and a frozen one must resume as "
                f"{STEPPING} or {RUNNING}."
            )
            raise Invalid(message, code="clock_mode")
        self.run(reading.rate)
        self.walk(reading.step)
        if usual == RUNNING:
            self.run(reading.rate)
        if reading.mode == FROZEN:
            self.freeze()
        self.set(reading.now)

    def fork(self) -> Clock:
        """Return an independent clock with the same state."""
        return copy(self)


class RealClock(Clock):
    """A clock that follows the machine's, for demonstrations: responses then differ from run to run."""

    __slots__ = ()

    def __init__(self, *, machine: Callable[[], int] = time.time_ns) -> None:
        super().__init__(UNIX + timedelta(microseconds=machine() // 1000), machine=machine)
        self.run()


def micros_of(moment: datetime) -> int:
    """Return a time in microseconds since 1970."""
    return (moment - UNIX) // _MICROSECOND


def timestamp(moment: datetime, timespec: str = "seconds") -> str:
    """Format a time as RFC 3339 in UTC with `Z`; `timespec` as in `datetime.isoformat`."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec=timespec).removesuffix("+00:00") + "Z"


def _out_of_range() -> Invalid:
    return Invalid("The time of a clock must be from 1970 to the year 8999.", code="clock_out_of_range")
