"""Faults: which requests one applies to, and its effects, such as latency, a status or a rate limit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from math import exp, log
from typing import TYPE_CHECKING

from locum.errors import Invalid
from locum.world.clock import read_duration, write_duration

if TYPE_CHECKING:
    from random import Random

__all__ = ["LONGEST", "OUTCOMES", "Fault", "Latency", "Limit", "read_latency"]


LONGEST = timedelta(minutes=10)
"""The maximum delay of a response."""

_LOG_NORMAL = re.compile(r"lognormal\(([^,]+),\s*([0-9.]{1,9})\s*\)\Z")
_PERCENTILES = re.compile(r"p([0-9]{1,2}(?:\.[0-9]{1,3})?):(\S+)")
_WIDEST = 5.0


@dataclass(frozen=True, slots=True)
class Latency:
    """The delay of a response, at most LONGEST.

    `points` are pairs of percentile (0 to 100) and delay, sorted. A single point is a fixed latency. Between points
    the delay is interpolated; below the first and above the last it is constant. With `sigma`, it is log-normal, and
    the single point is the median.
    """

    points: tuple[tuple[float, timedelta], ...]
    sigma: float | None = None

    def draw(self, random: Random) -> float:
        """Return the delay of one request in seconds."""
        seconds = [point.total_seconds() for _, point in self.points]
        if self.sigma is not None:
            return min(seconds[0] * exp(random.gauss(0, self.sigma)), LONGEST.total_seconds())
        if len(seconds) == 1:
            return seconds[0]
        at = random.random() * 100
        places = [percentile for percentile, _ in self.points]
        above = next((index for index, place in enumerate(places) if place >= at), len(places) - 1)
        if above == 0 or at > places[-1]:
            return seconds[above]
        share = (at - places[above - 1]) / (places[above] - places[above - 1])
        low, high = seconds[above - 1], seconds[above]
        # Interpolated on a logarithmic scale: halfway between 100 ms and 1 s is 316 ms.
        return exp(log(low) + share * (log(high) - log(low))) if low else share * high

    def __str__(self) -> str:
        if self.sigma is not None:
            return f"lognormal({write_duration(self.points[0][1])}, {self.sigma:g})"
        if len(self.points) == 1:
            return write_duration(self.points[0][1])
        return " ".join(f"p{percentile:g}:{_closely(point)}" for percentile, point in self.points)


def read_latency(text: str) -> Latency:
    """Parse `200ms`, `lognormal(120ms, 0.4)` or `p50:80ms p90:300ms p99:2s`. Raises Invalid."""
    text = text.strip()
    drawn = _LOG_NORMAL.match(text)
    if drawn:
        sigma = _number(drawn[2])
        if not 0 <= sigma <= _WIDEST:
            raise _bad(text, f"the second number of lognormal must be from 0 to {_WIDEST:g}")
        return Latency(((50.0, _delay(drawn[1].strip())),), sigma)
    pieces = text.split()
    if pieces and all(_PERCENTILES.fullmatch(piece) for piece in pieces):
        pairs = [found for piece in pieces if (found := _PERCENTILES.fullmatch(piece))]
        points = tuple((float(pair[1]), _delay(pair[2])) for pair in pairs)
        places, delays = [place for place, _ in points], [point for _, point in points]
        if places != sorted(set(places)) or delays != sorted(delays):
            raise _bad(text, "percentiles and their delays must increase from left to right")
        return Latency(points)
    return Latency(((50.0, _delay(text)),))


def _closely(duration: timedelta) -> str:
    """Format a duration without spaces, which separate percentiles."""
    return write_duration(duration).replace(" ", "")


def _delay(text: str) -> timedelta:
    try:
        duration = read_duration(text)
    except Invalid as error:
        raise Invalid(error.message, code="fault_unfit") from None
    if duration > LONGEST:
        raise _bad(text, f"a response is delayed by at most {write_duration(LONGEST)}")
    return duration


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _bad(text, f"{text[:20]!r} is not a number") from None


def _bad(text: str, reason: str) -> Invalid:
    return Invalid(f"Invalid latency {text[:60]!r}: {reason}.", code="fault_unfit")


OUTCOMES = ("reset", "empty", "truncated", "malformed")
"""The outcomes without a parameter: the connection is reset, the body is empty, the body breaks off, the body is
malformed JSON."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A token bucket for each caller: it holds `requests`, and is full again after `seconds` of the world's clock."""

    requests: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An injected fault: the requests that it applies to, and its effects.

    It matches requests by `operation` (an operationId, in which `*` matches anything), `method` and `api`, each if
    set. The first `skip` matching requests are left alone; then it applies with `probability`, at most `times` times.
    It delays the response (`latency`), slows it down (`bytes_per_second`), and has at most one outcome: one of
    OUTCOMES, a wrong `content_type`, a `status`, or a rate `limit`.
    """

    operation: str = ""
    method: str = ""
    api: str = ""
    probability: float = 1.0
    times: int | None = None
    skip: int = 0
    latency: Latency | None = None
    bytes_per_second: int | None = None
    outcome: str = ""
    content_type: str = ""
    status: int | None = None
    limit: Limit | None = None

    def concerns(self, operation: str, method: str, api: str) -> bool:
        """Whether it matches requests to an operation."""
        return (
            (not self.operation or self.operation == operation or fnmatchcase(operation, self.operation))
            and self.method in {"", method}
            and self.api in {"", api}
        )

    @property
    def sets_response(self) -> bool:
        """Whether it has an outcome, so that no later fault applies."""
        return bool(self.outcome or self.content_type or self.status is not None or self.limit is not None)
