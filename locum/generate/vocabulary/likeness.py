"""Likeness: values in the form of an example that is not to be served itself."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

from locum.generate.vocabulary.hints import Hint
from locum.generate.vocabulary.moments import date, date_time, days_of
from locum.generate.vocabulary.ranges import is_moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.generate.generation import Generation
    from locum.generate.vocabulary.texts import Text

__all__ = ["form_of", "like", "number_like"]

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_RUN = re.compile(r"[A-Za-z0-9]+")
_CLASSES = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
_RANDOM = 10
"""The fewest characters of letters and digits together that are taken for random ones."""

_COUNTED = 3
"""The fewest digits that are taken for a number of which there are others."""

_EPOCH = range(946_684_800, 2_208_988_800)


def form_of(example: str, name: str) -> Text | None:
    """Return the generator of dates and times in the form of an example; None where it is neither."""
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
    """Return the generator of numbers near an example, and as round as it is; None where it shows nothing."""
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
