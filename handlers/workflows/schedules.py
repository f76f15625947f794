"""Schedules: intervals, cron expressions, and daily, weekly and monthly ones."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from croniter import croniter  # type: ignore[import-untyped, unused-ignore]

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Schedule", "check_schedule", "parse_duration"]

_UNITS = {
    "second": 1,
    "sec": 1,
    "s": 1,
    "minute": 60,
    "min": 60,
    "m": 60,
    "hour": 3_600,
    "hr": 3_600,
    "h": 3_600,
    "day": 86_400,
    "d": 86_400,
    "week": 604_800,
    "w": 604_800,
}
_DURATION = re.compile(r"\s*(\d{1,9}(?:\.\d{1,3})?)\s*([a-z]{1,7})\s*", re.IGNORECASE | re.ASCII)
_LONGEST = 3_660 * 86_400
_FIXED = {"daily": timedelta(days=1), "weekly": timedelta(weeks=1)}

# Five fields of plain cron. croniter also accepts H and R, which choose random times.
_CRON = re.compile(r"@(hourly|daily|midnight|weekly|monthly|yearly|annually)|[^@\s]+(\s+[^@\s]+){4}", re.ASCII)
_RANDOM = re.compile(r"(^|[\s,])[HR]($|[\s,(/])", re.IGNORECASE)
_CRON_LENGTH = 120


def parse_duration(text: str) -> timedelta | None:
    """Parse "5 minutes", "1 hour", "90s"; None for anything else, zero, or more than ten years."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    unit = found[2].lower()
    seconds = _UNITS.get(unit) or _UNITS.get(unit.removesuffix("s"))
    if seconds is None:
        return None
    total = float(found[1]) * seconds
    return timedelta(seconds=total) if 0 < total <= _LONGEST else None


def check_schedule(kind: str, value: str | None) -> str | None:
    """Return what is wrong with a schedule, or None."""
    if kind == "interval":
        if not value:
            return "The schedule type 'interval' needs a 'schedule_value' such as '5 minutes'."
        if (length := parse_duration(value)) is None or length < timedelta(seconds=1):
            return "The 'schedule_value' is not an interval: write a number and a unit, as in '5 minutes' or '1 hour'."
    if kind == "cron":
        if not value:
            return "The schedule type 'cron' needs a 'schedule_value' such as '0 4 * * *'."
        if not _is_cron(value):
            return "The 'schedule_value' is not a cron expression of five fields, as in '0 4 * * *'."
        if _nearest(value, datetime(2026, 1, 1), back=False) is None:  # noqa: DTZ001 (any day will do)
            return "The 'schedule_value' is a cron expression for a day that never comes."
    return None


@dataclass(frozen=True, slots=True)
class Schedule:
    """The times at which a workflow starts; an interval counts from the anchor."""

    kind: str
    value: str | None
    anchor: datetime

    def next_after(self, now: datetime) -> datetime | None:
        """Return the first time after `now`; None for a manual workflow."""
        if self.kind == "cron":
            return _nearest(self.value or "", now, back=False)
        try:
            if self.kind == "monthly":
                return next(moment for moment in _months(self.anchor, now) if moment > now)
            step = self._step()
            return None if step is None else self.anchor + (max(0, (now - self.anchor) // step) + 1) * step
        except (OverflowError, ValueError):
            return None  # past the year 9999

    def between(self, first: datetime, until: datetime, most: int) -> list[datetime]:
        """Return the times from `first` to `until`, in order; at most the latest `most`."""
        times: list[datetime] = []
        if self.kind == "cron":
            moment = _nearest(self.value or "", until.replace(microsecond=0) + timedelta(seconds=1), back=True)
            while moment is not None and moment >= first and len(times) < most:
                times.append(moment)
                moment = _nearest(self.value or "", moment, back=True)
            return times[::-1]
        if self.kind == "monthly":
            return [moment for moment in _months(self.anchor, until) if first <= moment <= until][-most:]
        step = self._step()
        if step is not None:
            count = (until - self.anchor) // step
            while count > 0 and len(times) < most and self.anchor + count * step >= first:
                times.append(self.anchor + count * step)
                count -= 1
        return times[::-1]

    def _step(self) -> timedelta | None:
        """Return the fixed time between two starts, or None."""
        return parse_duration(self.value or "") if self.kind == "interval" else _FIXED.get(self.kind)


def _months(anchor: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the anchor's day in each month after it, up to the month after `until`.

    In a month that is too short it is the last day.
    """
    months = (until.year - anchor.year) * 12 + until.month - anchor.month
    for ahead in range(1, max(0, months) + 2):
        year, month = divmod(anchor.year * 12 + anchor.month - 1 + ahead, 12)
        last = calendar.monthrange(year, month + 1)[1]
        yield anchor.replace(year=year, month=month + 1, day=min(anchor.day, last))


def _is_cron(text: str) -> bool:
    """Whether this is a cron expression without random times."""
    text = text.strip()
    if len(text) > _CRON_LENGTH or not _CRON.fullmatch(text) or _RANDOM.search(text):
        return False
    try:
        return bool(croniter.is_valid(text))
    except Exception:  # noqa: BLE001 (croniter raises undocumented exceptions)
        return False


def _nearest(text: str, moment: datetime, *, back: bool) -> datetime | None:
    """Return the first time of a cron expression after this one, or the last before it."""
    try:
        cron = croniter(text.strip(), moment)
        found = cron.get_prev(datetime) if back else cron.get_next(datetime)
    except Exception:  # noqa: BLE001 (no such day, or a year that datetime cannot hold)
        return None
    return found.replace(fold=0) if isinstance(found, datetime) else None
