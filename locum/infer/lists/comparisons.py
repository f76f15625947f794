"""Comparisons: when a member of a record is what a query asks for, and which of two goes first."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DAY", "IDENTITIES", "Wanted", "equal", "is_day", "moment", "rank"]

DAY = 86_400
"""Seconds."""

IDENTITIES = ("id", "gid", "uuid", "guid", "key", "slug", "code", "number", "login", "username", "email", "name")
"""The members by which an object is named, where a query has room for one word."""

_MILLISECONDS = 100_000_000_000
"""A number of the UNIX epoch that is larger counts milliseconds: in seconds it is the year 5138."""

_DAY = len("2026-01-31")
_TRUE = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


def moment(value: Any) -> float | None:
    """Return a time as seconds of the UNIX epoch: from RFC 3339 text, a date, or a number; None for what is no time.

    Without an offset it is UTC.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value / 1000 if abs(value) > _MILLISECONDS else float(value)
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip().replace(" ", "+") if "T" in value else value.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        pass
    try:
        return moment(float(value))
    except ValueError:
        return None


def is_day(value: Any) -> bool:
    """Whether a value is a whole day, which a time on that day matches."""
    return isinstance(value, str) and len(value) == _DAY and moment(value) is not None


def equal(member: Any, wanted: Any, *, date: bool = False) -> bool:
    """Whether a member is what is wanted: see `Wanted`."""
    return Wanted((wanted,), date=date).has(member)


class Wanted:
    """Values of which one is wanted, looked up at once: both a query and a record may list very many.

    Numbers are compared by value, dates by moment, text as it is written.
    """

    def __init__(self, values: Iterable[Any], *, date: bool = False) -> None:
        scalars = [value for value in values if not isinstance(value, dict | list)]
        plain = [value for value in scalars if not isinstance(value, bool)]
        self._date = date
        self._truths = {truth for value in scalars if (truth := _truth(value)) is not None}
        self._booleans = {value for value in scalars if isinstance(value, bool)}
        self._plain = set(plain)
        self._numbers = {_number(value) for value in plain if isinstance(value, str)} - {None}
        self._texts = {str(value) for value in plain if isinstance(value, int | float)}
        self._moments = {moment(value) for value in plain if not is_day(value)} - {None} if date else set()
        self._days = sorted(moment(value) or 0.0 for value in plain if is_day(value)) if date else []

    def has(self, member: Any) -> bool:
        """Whether a member is wanted: a value alike, one of an array, an object of that id or name."""
        return self._is(member, date=self._date)

    def _is(self, member: Any, *, date: bool) -> bool:
        if isinstance(member, list):
            return any(self._is(item, date=date) for item in member)
        if isinstance(member, dict):
            return any(self._is(member[name], date=False) for name in IDENTITIES if member.get(name) is not None)
        if isinstance(member, bool):
            return member in self._truths
        if member in self._plain or (self._booleans and _truth(member) in self._booleans):
            return True
        if date:
            return self._is_of_time(moment(member))
        return member in (self._numbers if isinstance(member, int | float) else self._texts)

    def _is_of_time(self, time: float | None) -> bool:
        """Whether a time is wanted: itself, or the day that it is on."""
        if time is None:
            return False
        last = bisect_right(self._days, time) - 1
        return time in self._moments or (last >= 0 and time < self._days[last] + DAY)


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else _TRUE.get(str(value).lower())


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def rank(value: Any, *, date: bool = False) -> tuple[Any, ...] | None:
    """Return what orders values of any type; None for one that has no place in an order."""
    if isinstance(value, bool):
        return 0, value
    if date:
        time = moment(value)
        if time is not None:
            return 1, time
    if isinstance(value, int | float):
        return 1, value
    if isinstance(value, str):
        return 2, value.casefold(), value
    if isinstance(value, list):
        return 3, len(value)
    if isinstance(value, dict):
        return next((rank(value[name]) for name in ("name", "title", *IDENTITIES) if value.get(name) is not None), None)
    return None
