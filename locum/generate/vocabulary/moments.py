"""Moments: dates and times that suit the name of what they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.generate.vocabulary.hints import tokens

if TYPE_CHECKING:
    from locum.generate.generation import Generation
    from locum.generate.vocabulary.texts import Text

__all__ = ["date", "date_time", "days_of", "duration", "time_of_day"]

_DAYS: tuple[tuple[frozenset[str], tuple[int, int]], ...] = (
    (frozenset({"birth", "birthday", "birthdate", "dob", "born"}), (-22_000, -7_000)),
    (frozenset({"end", "ends", "arrival", "arrives", "to", "before", "until"}), (30, 60)),
    (frozenset({"expires", "expire", "expiry", "expiration", "due", "deadline", "scheduled", "renewal"}), (7, 90)),
    (frozenset({"since"}), (-365, -31)),
    (frozenset({"start", "starts", "departure", "departs", "from", "next", "begins"}), (1, 29)),
    (frozenset({"created", "create", "creation", "registered", "joined", "founded", "opened"}), (-365, -31)),
)
_RECENT = (-30, -1)
"""Days from now, for a name that says nothing of it."""


def days_of(name: str) -> tuple[int, int]:
    """Say how many days from now a moment of that name lies: `created_at` in the past, `due` to come."""
    said = set(tokens(name))
    return next((days for names, days in _DAYS if names & said), _RECENT)


def date_time(name: str) -> Text:
    """Return a generator of RFC 3339 timestamps in UTC."""
    low, high = days_of(name)
    return lambda run: f"{run.moment(low, high).isoformat()[:19]}Z"


def date(name: str) -> Text:
    """Return a generator of dates: `2026-01-31`."""
    low, high = days_of(name)
    return lambda run: run.moment(low, high).isoformat()[:10]


def time_of_day(run: Generation) -> str:
    """Return a time of day in UTC, to the minute."""
    return f"{run.between(8, 19):02d}:{run.pick(('00', '15', '30', '45'))}:00Z"


def duration(run: Generation) -> str:
    """Return a duration (RFC 3339, appendix A): `PT45M`."""
    return run.pick(("P1D", "P7D", "PT15M", "PT45M", "PT1H", "PT2H30M", "P1M"))
