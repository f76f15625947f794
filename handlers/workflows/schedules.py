"""When a schedule fires: intervals, cron, and the daily, weekly and monthly kinds."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from croniter import croniter  # type: ignore[import-untyped, unused-ignore]

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Schedule", "duration", "schedule_problem"]

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

# Five fields of plain cron: croniter would also take H and R, which choose moments by chance.
_CRON = re.compile(r"@(hourly|daily|midnight|weekly|monthly|yearly|annually)|[^@\s]+(\s+[^@\s]+){4}", re.ASCII)
_CHANCE = re.compile(r"(^|[\s,])[HR]($|[\s,(/])", re.IGNORECASE)
_CRON_LENGTH = 120


def duration(text: str) -> timedelta | None:
    """Read "5 minutes", "1 hour", "90s"; None for anything else, zero, or more than ten years."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    unit = found[2].lower()
    seconds = _UNITS.get(unit) or _UNITS.get(unit.removesuffix("s"))
    if seconds is None:
        return None
    total = float(found[1]) * seconds
    return timedelta(seconds=total) if 0 < total <= _LONGEST else None


def schedule_problem(kind: str, value: str | None) -> str | None:
    """Say what is wrong with a schedule, or nothing."""
    if kind == "interval":
        if not value:
            return "The schedule type 'interval' needs a 'schedule_value' such as '5 minutes'."
        if (length := duration(value)) is None or length < timedelta(seconds=1):
            return "The 'schedule_value' is not an interval: write a number and a unit, as in '5 minutes' or '1 hour'."
    if kind == "cron":
        if not value:
            return "The schedule type 'cron' needs a 'schedule_value' such as '0 4 * * *'."
        if not _is_cron(value):
            return "The 'schedule_value' is not a cron expression of five fields, as in '0 4 * * *'."
        if _nearest(value, datetime(2026, 1, 1), back=False) is None:  # noqa: DTZ001 (any day serves)
            return "The 'schedule_value' is a cron expression for a day that never comes."
    return None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a workflow starts by itself; an interval counts from the anchor."""

    kind: str
    value: str | None
    anchor: datetime

    def next_after(self, now: datetime) -> datetime | None:
        """Return the first moment after `now` at which this fires; None for manual."""
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
        """Return the moments from `first` to `until` at which this fires: the latest `most`, in order."""
        fires: list[datetime] = []
        if self.kind == "cron":
            moment = _nearest(self.value or "", until.replace(microsecond=0) + timedelta(seconds=1), back=True)
            while moment is not None and moment >= first and len(fires) < most:
                fires.append(moment)
                moment = _nearest(self.value or "", moment, back=True)
            return fires[::-1]
        if self.kind == "monthly":
            return [moment for moment in _months(self.anchor, until) if first <= moment <= until][-most:]
        step = self._step()
        if step is not None:
            times = (until - self.anchor) // step
            while times > 0 and len(fires) < most and self.anchor + times * step >= first:
                fires.append(self.anchor + times * step)
                times -= 1
        return fires[::-1]

    def _step(self) -> timedelta | None:
        """Return the fixed time between two fires, if there is one."""
        return duration(self.value or "") if self.kind == "interval" else _FIXED.get(self.kind)


def _months(anchor: datetime, until: datetime) -> Iterator[datetime]:
    """Give the anchor's day in each month after it, as far as the month after `until`.

    A month that is too short has it on its last day.
    """
    months = (until.year - anchor.year) * 12 + until.month - anchor.month
    for ahead in range(1, max(0, months) + 2):
        year, month = divmod(anchor.year * 12 + anchor.month - 1 + ahead, 12)
        last = calendar.monthrange(year, month + 1)[1]
        yield anchor.replace(year=year, month=month + 1, day=min(anchor.day, last))


def _is_cron(text: str) -> bool:
    """Whether this is a cron expression that names its moments."""
    text = text.strip()
    if len(text) > _CRON_LENGTH or not _CRON.fullmatch(text) or _CHANCE.search(text):
        return False
    try:
        return bool(croniter.is_valid(text))
    except Exception:  # noqa: BLE001 (the library raises more than it says on odd text)
        return False


def _nearest(text: str, moment: datetime, *, back: bool) -> datetime | None:
    """Return the nearest moment of a cron expression after this one, or before it."""
    try:
        fires = croniter(text.strip(), moment)
        found = fires.get_prev(datetime) if back else fires.get_next(datetime)
    except Exception:  # noqa: BLE001 (no such day, or a year that datetime cannot hold)
        return None
    return found.replace(fold=0) if isinstance(found, datetime) else None
