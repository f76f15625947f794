"""Likeness: the form of values, from descriptions and examples."""

from __future__ import annotations

import re
import string
from functools import cache
from typing import TYPE_CHECKING

from locum.generate.vocabulary import texts
from locum.generate.vocabulary.hints import Hint
from locum.generate.vocabulary.ranges import date, date_time, days_of, is_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from locum.generate.generation import Generation
    from locum.generate.vocabulary.texts import Text

__all__ = [
    "REFINEMENTS",
    "amounts",
    "epoch_scale",
    "examples_in",
    "form_of",
    "like",
    "number_like",
    "text_of_description",
]


def country_code(run: Generation) -> str:
    """Return the two letters of a country (ISO 3166-1)."""
    return run.place.code if run.is_placed else run.words.home.code


REFINEMENTS = {texts.currency_in_lower_case, country_code}
"""Texts by which a description refines the text for a name."""

_FORMS: tuple[tuple[str, Text], ...] = (
    (r"currency code.{0,90}lowercase|lower-?case.{0,30}currency code", texts.currency_in_lower_case),
    (r"ISO.?4217|currency code", texts.currency),
    (r"two-letter country|ISO.?3166|country code", country_code),
    (r"IANA.{0,20}time ?zone|time ?zone (name|identifier)|tz database", lambda run: run.place.zone),
    (r"BCP.?47|IETF language|language tag|locale (code|of)", texts.locale),
    (r"ISO.?639", texts.language),
    (r"\bhex(adecimal)? colou?r|colou?r.{0,20}\bhex", texts.colour_code),
    (r"E\.?164", texts.phone),
    (r"\bUUID\b|\bGUID\b", texts.uuid),
    (r"\bSHA-?256\b", texts.hexadecimal(64)),
    (r"\bSHA-?1\b|git (commit )?sha", texts.hexadecimal(40)),
    (r"\bMD5\b", texts.hexadecimal(32)),
    (r"MIME.?type|media type", lambda run: run.pick(("application/pdf", "image/png", "text/csv"))),
    (r"semantic version|semver", texts.version),
    (r"\be-?mail address", texts.email),
    (r"\bIP(v4)? address", texts.ipv4),
    (r"(phone|telephone) number", texts.phone),
    (r"YYYY-MM-DD\b(?!.{0,3}(T|hh|HH))", date("")),
    (r"ISO.?8601|RFC.?3339|timestamp|date and time", date_time("")),
    (r"^(an? |the )?(\w+ ){0,3}(URL|link)\b", texts.url),
)  # fmt: skip
_EXAMPLES = r"(?:e\.g\.|for example|such as|example:|i\.e\.)[,:]?\s*[`\"'“]([^`\"'”]{1,60})[`\"'”]"
_CENTS = r"\bin cents\b|smallest (currency|common currency) unit|minor (currency )?units?"


_DESCRIBED_EPOCH = r"unix (epoch|time|timestamp)|since (the )?(unix )?epoch|epoch (time|seconds|milliseconds)|UNIX ms"
_MILLISECONDS = r"milli-?seconds|\bin ms\b|UNIX ms"


def epoch_scale(descriptions: Iterable[str]) -> int:
    """Return the units per second of a time since 1970, by its description: 1 or 1000; 0 if it is not a time."""
    for one in descriptions:
        if _compiled(_DESCRIBED_EPOCH).search(one[:600]):
            return 1000 if _compiled(_MILLISECONDS).search(one[:600]) else 1
    return 0


def text_of_description(description: str) -> Text | None:
    """Return the text for the form that a description names, or None."""
    first = description[:400]
    return next((text for pattern, text in _FORMS if _compiled(pattern).search(first)), None)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern at its first use, to save time at the start."""
    return re.compile(pattern, re.IGNORECASE)


def examples_in(description: str) -> list[str]:
    """Return the examples that a description quotes: "for example, `eu-west`"."""
    return _compiled(_EXAMPLES).findall(description[:1_000])


def values_in(description: str) -> list[str]:
    """Return the words that a description quotes: "either 'open' or 'closed'"."""
    return list(dict.fromkeys(_compiled(_QUOTED).findall(description[:1_000])))


def amounts(descriptions: Iterable[str]) -> bool:
    """Return whether descriptions say that a number is an amount in the smallest currency unit."""
    return any(_compiled(_CENTS).search(one[:600]) for one in descriptions)


_QUOTED = r"[`'\"]([a-z][a-z_-]{1,30})[`'\"]"
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_RUN = re.compile(r"[A-Za-z0-9]+")
_CLASSES = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
_RANDOM = 10
"""The minimum length of mixed letters and digits to count as random."""

_COUNTED = 3
"""The minimum of digits to count as a number that varies."""

_EPOCH = range(946_684_800, 2_208_988_800)


def form_of(example: str, name: str) -> Text | None:
    """Return a generator of dates or times in the form of an example; None if it is neither."""
    if _DATE.fullmatch(example):
        return date(name)
    if not _DATE_TIME.fullmatch(example):
        return None
    usual = date_time(name)
    if example.endswith("Z") and "T" in example and "." not in example:
        return usual
    middle, end = example[10], example[19:]
    return lambda run: usual(run)[:10] + middle + usual(run)[11:19] + end


def like(run: Generation, example: str) -> str:
    """Return a text in the form of an example: `cus_NffrFeUfNV2Hib` keeps its prefix, `ORD-1234` its letters."""
    if "://" in example or " " in example:
        return example
    return _RUN.sub(lambda match: _other(run, match[0]), example)


def _other(run: Generation, word: str) -> str:
    digits = sum(letter.isdigit() for letter in word)
    mixed = 0 < digits < len(word) and len(word) >= _RANDOM
    if not mixed and digits < _COUNTED:
        return word
    if not mixed and digits < len(word):
        return "".join(run.pick(string.digits) if letter.isdigit() else letter for letter in word)
    hexadecimal = mixed and set(word.lower()) <= set(string.hexdigits.lower())
    made = []
    for place, letter in enumerate(word):
        if hexadecimal:
            made.append(
                run.pick("0123456789abcdef") if word.islower() or word.isdigit() else run.pick("0123456789ABCDEF")
            )
        elif letter.isdigit() and place == 0:
            made.append(letter if letter == "0" else run.pick("123456789"))
        else:
            made.append(run.pick(next(letters for letters in _CLASSES if letter in letters)))
    return "".join(made)


def number_like(example: float, name: str) -> Callable[[Generation], int | float] | None:
    """Return a generator of numbers near an example and as round; None for 0, booleans and exponents."""
    if isinstance(example, bool) or not example:
        return None
    if isinstance(example, int):
        for scale in (1, 1000) if is_moment(Hint(name)) else ():
            if example // scale in _EPOCH:
                low, high = days_of(name)
                return lambda run: int(run.moment(low, high).timestamp()) * scale
        size = abs(example)
        step = next(one for one in (100_000, 10_000, 1_000, 500, 100, 50, 10, 5, 1) if size % one == 0 and size >= one)
        least, most = max(size // 2 // step, 1), max(size * 3 // 2 // step, size // step + 3)
        sign = -1 if example < 0 else 1
        return lambda run: sign * run.between(least, most) * step
    places = len(repr(example).partition(".")[2]) if "e" not in repr(example) else 0
    if not places:
        return None
    scale = 10 ** min(places, 9)
    ends = sorted((int(example * scale / 2), int(example * scale * 3 / 2)))
    return lambda run: run.between(ends[0], ends[1]) / scale
