"""Durations as people write them: `1d`, `2h 30m`, `250ms`, or seconds as a number."""

from __future__ import annotations

import re
from datetime import timedelta

from locum.refusals import Invalid

__all__ = ["read_duration", "write_duration"]

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
    """Return the duration that is written. Raises Invalid for what is none, and for one of more than 9000 years."""
    try:
        if not isinstance(written, str):
            return timedelta(seconds=written)
        if _WHOLE.match(written.strip()):
            parts = _PART.findall(written)
            return sum((float(number) * _UNITS[unit] for number, unit in parts), timedelta(0))
    except (OverflowError, ValueError):
        pass
    advice = "Write seconds as a number, or parts as 250ms, 90s, 15m, 12h, 1d, 2w."
    raise Invalid(f"{str(written)[:60]!r} is no duration. {advice}", code="duration")


def write_duration(duration: timedelta) -> str:
    """Write a duration in as few parts as it has: `1d 2h`, `250ms`; to the microsecond, as a part of a millisecond."""
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
