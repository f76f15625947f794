"""Comparisons: when a member of a record is what a query asks for, and which of two goes first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

__all__ = ["DAY", "IDENTITIES", "equal", "is_day", "moment", "rank"]

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
    """Whether a member is what is wanted: a value alike, one of an array, an object of that id or name.

    Numbers are compared by value, dates by moment, text as it is written.
    """
    if isinstance(member, list):
        return any(equal(item, wanted, date=date) for item in member)
    if isinstance(member, dict):
        return any(equal(member[name], wanted) for name in IDENTITIES if member.get(name) is not None)
    if isinstance(member, bool) or isinstance(wanted, bool):
        return _truth(member) is not None and _truth(member) == _truth(wanted)
    if member == wanted:
        return True
    if date:
        return _same_moment(member, wanted)
    if isinstance(member, int | float) and isinstance(wanted, str):
        return _number(wanted) == member
    return isinstance(member, str) and isinstance(wanted, int | float) and member == str(wanted)


def _same_moment(member: Any, wanted: Any) -> bool:
    one, other = moment(member), moment(wanted)
    if one is None or other is None:
        return False
    return other <= one < other + DAY if is_day(wanted) else one == other


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
