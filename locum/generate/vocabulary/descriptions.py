"""Descriptions: what the prose beside a property says of the form of its values."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from locum.generate.vocabulary import texts
from locum.generate.vocabulary.moments import date, date_time

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum.generate.generation import Generation
    from locum.generate.vocabulary.texts import Text

__all__ = ["REFINEMENTS", "amounts", "epoch_scale", "examples_in", "text_of_description"]


def country_code(run: Generation) -> str:
    """Return the two letters of a country (ISO 3166-1)."""
    return run.place.code if run.is_placed else run.words.home.code


REFINEMENTS = {texts.currency_in_lower_case, country_code}
"""Forms that a description gives to what a name stands for already."""

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


_EPOCH = r"unix (epoch|time|timestamp)|since (the )?(unix )?epoch|epoch (time|seconds|milliseconds)|UNIX ms"
_MILLISECONDS = r"milli-?seconds|\bin ms\b|UNIX ms"


def epoch_scale(descriptions: Iterable[str]) -> int:
    """Return how many units a second has of a number that is a time since 1970: 1 or 1000; 0 where it is none."""
    for one in descriptions:
        if _compiled(_EPOCH).search(one[:600]):
            return 1000 if _compiled(_MILLISECONDS).search(one[:600]) else 1
    return 0


def text_of_description(description: str) -> Text | None:
    """Find the text whose form a description names; None where it names none."""
    first = description[:400]
    return next((text for pattern, text in _FORMS if _compiled(pattern).search(first)), None)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern when it is first looked for: a server that generates nothing needs none."""
    return re.compile(pattern, re.IGNORECASE)


def examples_in(description: str) -> list[str]:
    """Return the values that a description quotes as examples: "for example, `eu-west`"."""
    return _compiled(_EXAMPLES).findall(description[:1_000])


def amounts(descriptions: Iterable[str]) -> bool:
    """Whether descriptions say that a number is an amount of money in its smallest unit."""
    return any(_compiled(_CENTS).search(one[:600]) for one in descriptions)
