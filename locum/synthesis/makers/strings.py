"""Strings: texts that fit a length, patterns and formats."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import jsonschema_rs

from locum.openapi.patterns import matcher
from locum.synthesis.patterns.matches import match_of
from locum.synthesis.runs import Unsatisfiable
from locum.synthesis.vocabulary import texts
from locum.synthesis.vocabulary.formats import fitting, format_text
from locum.synthesis.vocabulary.names import PROSE, text_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.synthesis.planning.parts import Merged
    from locum.synthesis.runs import Run
    from locum.synthesis.vocabulary.hints import Hint
    from locum.synthesis.vocabulary.texts import Text

__all__ = ["string_maker"]

_LONGEST = 1 << 20
"""Characters; a longer string is not made."""

_ROOM = 12
_TRIES = 40
"""Strings that are tried for a pattern, before none is found."""


@cache
def _has_format(name: str) -> Callable[[Any], bool]:
    judge: Callable[[Any], bool] = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True).is_valid
    return judge


def string_maker(merged: Merged, hint: Hint) -> Text:
    """Return the maker of the strings that a schema admits: by format, then name, then pattern and length."""
    low, high = merged.least.get("minLength", 0), min(merged.most.get("maxLength", _LONGEST), _LONGEST)
    if low > high:
        raise Unsatisfiable
    formats = merged.formats or (["byte"] if merged.encoding == "base64" else [])
    usual = next((text for name in formats if (text := format_text(name, hint))), None)
    named = None if usual else text_for(hint)
    text = usual or named or texts.title
    if not merged.patterns and (low, high) == (0, _LONGEST) and len(formats) <= 1:
        return text
    limits = _Limits(merged.patterns, formats, low, high)
    judges = [matcher(pattern) for pattern in merged.patterns] + [_has_format(name) for name in formats]

    def make(run: Run) -> str:
        for candidate in _candidates(run, text, limits):
            if low <= len(candidate) <= high and all(judge(candidate) for judge in judges):
                return candidate
        raise Unsatisfiable

    return make


class _Limits(NamedTuple):
    """What a string has to fit."""

    patterns: list[str]
    formats: list[str]
    low: int
    high: int


def _candidates(run: Run, text: Text, limits: _Limits) -> Iterator[str]:
    """Yield strings that may fit, the believable ones first."""
    patterns, formats, low, high = limits
    usual = text(run)
    yield usual
    if not patterns and not formats:
        size = min(max(len(usual), low), high)
        yield texts.prose(run, low, high) if text in PROSE or " " in usual else texts.token(run, size)
    for name in formats:
        yield from fitting(name, run, low, high)
    for attempt in range(_TRIES if patterns else 0):
        odd = attempt > 1 and attempt % 2 == 1
        # A pattern that is open at an end leaves room for what a format wants there.
        room = min(high, low + _ROOM * (attempt % 4)) if formats else low
        made = [match.string(run, room, high, odd=odd) for match in map(match_of, patterns) if match is not None]
        yield from made
        if len(made) > 1:  # one may say how it begins, and another how it ends
            yield "".join(made)
            yield "".join(reversed(made))
    if patterns:  # one that is not read, or that looks around
        yield from (texts.token(run, size) for size in (0, low, low + 1, low + 4, low + 12) for _ in range(4))
