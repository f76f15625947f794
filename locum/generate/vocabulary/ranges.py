"""Ranges: realistic dates, times and numbers for the names of properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.generate.vocabulary.hints import tokens
from locum.generate.vocabulary.lexicon import ANIMALS, listed

if TYPE_CHECKING:
    from locum.generate.generation import Generation
    from locum.generate.vocabulary.hints import Hint
    from locum.generate.vocabulary.texts import Text

__all__ = ["date", "date_time", "days_of", "duration", "is_counted", "is_moment", "time_of_day", "usual_range"]


_DAYS: tuple[tuple[frozenset[str], tuple[int, int]], ...] = (
    (frozenset({"birth", "birthday", "birthdate", "dob", "born"}), (-22_000, -7_000)),
    (frozenset({"end", "ends", "arrival", "arrives", "to", "before", "until"}), (30, 60)),
    (frozenset({"expires", "expire", "expiry", "expiration", "due", "deadline", "scheduled", "renewal"}), (7, 90)),
    (frozenset({"since"}), (-365, -31)),
    (frozenset({"start", "starts", "departure", "departs", "from", "next", "begins"}), (1, 29)),
    (frozenset({"created", "create", "creation", "registered", "joined", "founded", "opened"}), (-365, -31)),
)
_RECENT = (-30, -1)
"""The range in days from now for other names."""


def days_of(name: str) -> tuple[int, int]:
    """Return the range in days from now for a name: `created_at` in the past, `due` in the future."""
    words = set(tokens(name))
    return next((days for names, days in _DAYS if names & words), _RECENT)


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


_USUAL = {
    "age": (18, 80), "year": (2015, 2026), "month": (1, 12), "day": (1, 28), "hour": (0, 23), "minute": (0, 59),
    "page": (1, 5), "limit": (10, 100), "offset": (0, 100), "size": (1, 5_000), "per_page": (10, 100),
    "quantity": (1, 12), "count": (0, 60), "total": (1, 500), "rating": (1, 5), "stars": (1, 5), "score": (1, 100),
    "percent": (0, 100), "percentage": (0, 100), "progress": (0, 100), "ratio": (0, 1), "rate": (0, 1),
    "probability": (0, 1), "confidence": (0, 1), "discount": (0, 50), "tax": (1, 40),
    "latitude": (-60, 70), "lat": (-60, 70), "longitude": (-170, 170), "lng": (-170, 170), "lon": (-170, 170),
    "port": (1024, 65_535), "priority": (1, 5), "position": (1, 20), "order": (1, 20), "index": (0, 20),
    "level": (1, 10), "version": (1, 12), "retries": (0, 5), "replicas": (1, 5), "generation": (1, 12),
    "progress_deadline": (60, 600), "seconds": (5, 900),
    "minutes": (5, 120), "hours": (1, 48), "days": (1, 60), "bytes": (1_000, 5_000_000), "followers": (3, 900),
    "likes": (0, 400), "views": (10, 9_000), "comments": (0, 40), "forks": (0, 80),
    "stargazers_count": (0, 900), "watchers": (0, 90),
    "attempts": (1, 5), "id": (1, 99_999),
    "price": (1, 400), "amount": (1, 4_000), "cost": (1, 400), "balance": (0, 10_000), "salary": (28_000, 120_000),
    "weight": (1, 120), "height": (1, 250), "width": (1, 250), "length": (1, 250), "distance": (1, 900),
    "exp_year": (2027, 2031), "duration": (1, 600), "timeout": (1, 60), "temperature": (-10, 35),
    "status_code": (200, 204), "status": (200, 204), "exit_code": (0, 0),
}  # fmt: skip
"""Realistic ranges, by the name or its end."""

_COUNTED = frozenset(
    listed(
        "age year month day hour minute page limit offset size quantity count stars port position order index level "
        "version retries attempts id"
    )
)
_MOMENTS = frozenset(listed("at on created updated modified expires expiry timestamp date time birthday"))
_UNITS = frozenset(listed("kg g lb lbs cm mm m km miles px s ms sec seconds minutes hours days eur usd gbp"))
_AGE_OF_ANIMALS = (1, 15)


def usual_range(hint: Hint) -> tuple[int, int] | None:
    """Return the realistic range for the name of a number, or None."""
    words = tokens(hint.name)
    if words[-1:] == ["age"] and not ANIMALS.isdisjoint(tokens(hint.holder)):
        return _AGE_OF_ANIMALS
    names = [words, words[:-1]] if words[-1:] and words[-1] in _UNITS else [words]
    found = (_USUAL.get("_".join(name[start:])) for name in names for start in range(len(name)))
    return next((range_ for range_ in found if range_ is not None), None)


def is_counted(hint: Hint) -> bool:
    """Return whether a number is realistic only without a fraction, although its schema allows one."""
    return not _COUNTED.isdisjoint(tokens(hint.name)[-1:])


def is_moment(hint: Hint) -> bool:
    """Return whether a whole number is likely to be a time since 1970."""
    return not _MOMENTS.isdisjoint(tokens(hint.name)[-1:])
