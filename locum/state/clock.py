"""The clock of a world: the only source of time."""

from __future__ import annotations

import time
from copy import copy
from datetime import UTC, datetime, timedelta

__all__ = ["EPOCH", "Clock", "RealClock", "timestamp"]

EPOCH = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
"""When a world begins, unless it is told otherwise."""

_UNIX = datetime(1970, 1, 1, tzinfo=UTC)


class Clock:
    """A clock that moves only when told: by one step for every request, or by `advance`.

    Two runs of the same requests therefore read the same times.
    """

    __slots__ = ("_micros", "_step")

    def __init__(self, start: datetime = EPOCH, step: timedelta = timedelta(seconds=1)) -> None:
        self._micros = (start - _UNIX) // timedelta(microseconds=1)
        self._step = step // timedelta(microseconds=1)

    @property
    def now(self) -> datetime:
        """The present, in UTC, to the microsecond."""
        return _UNIX + timedelta(microseconds=self._micros)

    @property
    def seconds(self) -> float:
        """The present in seconds since 1970, as in the `exp` of a token (RFC 7519, 4.1.4)."""
        return self._micros / 1_000_000

    def tick(self) -> None:
        """Let the time of one request pass."""
        self._micros += self._step

    def advance(self, by: timedelta) -> None:
        """Move the present forward."""
        self._micros += by // timedelta(microseconds=1)

    def fork(self) -> Clock:
        """Return a clock that shows the same time and goes its own way from here."""
        return copy(self)


class RealClock(Clock):
    """A clock that follows the machine's, for demonstrations: its answers differ from run to run."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__()
        self.tick()

    def tick(self) -> None:
        """Read the machine's clock; never go back."""
        self._micros = max(self._micros, time.time_ns() // 1000)


def timestamp(moment: datetime, timespec: str = "seconds") -> str:
    """Write a moment as RFC 3339 in UTC with `Z`; `timespec` as in `datetime.isoformat`."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec=timespec).removesuffix("+00:00") + "Z"
