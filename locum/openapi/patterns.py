r"""Patterns: the regular expressions of ECMA 262 by which values are judged, and what bounds their cost.

Patterns come from documents and clients, texts from clients and servers: none of them is matched by Python's `re`,
which may run without end. jsonschema_rs gives a pattern to the regex crate of Rust, whose time grows with the
length of the text times the size of the pattern. What that cannot do, looking around and referring back, is done by
fancy-regex, which goes back and tries again, up to a number of steps.

A pattern that is cheap for every text is left to the validator. Each other match is charged for the steps that it may
take, in advance, against an allowance of its validation. What exceeds that is not tried: the text counts
as not matching, and the error says why (TOO_COSTLY).
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from threading import local
from typing import TYPE_CHECKING, Any, NamedTuple

import jsonschema_rs

from locum.openapi.ecma262 import NotEcma, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = [
    "PATTERN_OPTIONS",
    "TOO_COSTLY",
    "BoundedPattern",
    "allowance",
    "as_written",
    "compiled",
    "for_names",
    "is_cheap",
    "is_pattern",
    "matcher",
    "names_are_too_costly",
    "spend",
    "trial",
]

TOO_COSTLY = "takes too many steps to match with the pattern"

_LONGEST = 32_768
"""Characters of a pattern; a longer one is none."""
_MOST_POSITIONS = 20_000
"""Positions of a pattern, `[a-z]{1,20000}` at most; a larger one is none."""
_FEW_POSITIONS = 12
"""Positions of which every combination is a state that the engine remembers: 4,096 states."""

_MOST_REMEMBERED = 10_000
"""Patterns that are kept compiled; clients may send others without end."""

_ALLOWANCE = 1_000_000_000
"""Steps of about a nanosecond that the matches of one validation may take together."""
_LINEAR_STEPS, _POSITION_STEPS = 1000, 10
"""Steps that a linear match takes for each character, and for each position besides."""
_ATTEMPTS = (300, 10_000, 100_000)
"""Steps back after which a match that looks around is given up, one attempt after the other. `^(?:(?!end).)*$` takes
up to three for each character, patterns of passwords ten in all."""
_BACK_STEPS, _SCAN_STEPS = 50, 4
"""Steps that a step back takes, and besides for each character of the text, which a look around may scan anew."""

PATTERN_OPTIONS = jsonschema_rs.FancyRegexOptions(backtrack_limit=_ATTEMPTS[0])
"""How a validator matches by itself: patterns that are cheap, and names with `patternProperties`."""

_WRITTEN: dict[str, str] = {}
"""Patterns as their documents have them, by the form that the validator takes."""


class _Form(NamedTuple):
    """A pattern as the validator takes it."""

    text: str
    judged: str
    """The same, with one place at most where a match may begin if it looks around: steps back are counted for each."""
    positions: int
    looks: bool
    is_cheap: bool


class _Left(local):
    """What is left of the allowance of the validation that runs in this thread; None where none does."""

    steps: int | None = None


_left = _Left()


@contextmanager
def allowance() -> Iterator[None]:
    """Let all matches within take the steps of one allowance together; one within another is part of that."""
    if _left.steps is not None:
        yield
        return
    _left.steps = _ALLOWANCE
    try:
        yield
    finally:
        _left.steps = None


def is_pattern(text: Any) -> bool:
    """Return whether a text is a regular expression of ECMA 262 (Annex B included) that values can be judged by.

    One that is too large when compiled, such as `(a{1000}){1000}`, is none either.
    """
    return isinstance(text, str) and _form(text) is not None


def compiled(text: str) -> str | None:
    """Return a pattern in the form that the validator and the generator take; None where it is no pattern."""
    form = _form(text)
    return None if form is None else _remembered(form.text, text)


def for_names(text: str) -> str | None:
    """Return a pattern in the form in which the validator takes it as a key of `patternProperties`."""
    form = _form(text)
    return None if form is None else _remembered(form.judged, text)


def is_cheap(text: str) -> bool:
    """Return whether every match of a pattern takes so few steps for each character that they are not counted."""
    form = _form(text)
    return form is None or form.is_cheap


def _remembered(pattern: str, written: str) -> str:
    if pattern != written:
        _WRITTEN.setdefault(pattern, written)
    return pattern


def _form(text: str) -> _Form | None:
    return _read(text) if len(text) <= _LONGEST else None


@lru_cache(_MOST_REMEMBERED)
def _read(text: str) -> _Form | None:
    try:
        pattern, positions, looks, straight, anchored = translate(text)
        if positions > _MOST_POSITIONS:
            return None
        judged = rf"^[\s\S]*?(?:{pattern})" if looks and not anchored else pattern
        # Draft 4 asserts that a pattern is one, later drafts do not: what passes here passes everywhere.
        jsonschema_rs.Draft4Validator({"pattern": judged}, pattern_options=PATTERN_OPTIONS)
    except (NotEcma, jsonschema_rs.ValidationError, ValueError):
        return None
    return _Form(pattern, judged, positions, looks, not looks and (straight or positions <= _FEW_POSITIONS))


@lru_cache(_MOST_REMEMBERED)
def trial(text: str) -> Callable[[str], bool | None]:
    """Return a function that says whether a text matches a pattern; one that is no pattern admits all.

    It returns None where that takes too many steps.
    """
    form = _form(text)
    if form is None:
        return lambda _: True
    return _looking(form) if form.looks else _linear(form)


def _linear(form: _Form) -> Callable[[str], bool | None]:
    is_match = _engine(form.judged, _ATTEMPTS[0])
    if form.is_cheap:
        return is_match
    each = _LINEAR_STEPS + _POSITION_STEPS * form.positions

    def match(text: str) -> bool | None:
        with allowance():
            return is_match(text) if spend(each * len(text)) else None

    return match


def _looking(form: _Form) -> Callable[[str], bool | None]:
    # With an empty alternative every text matches, unless the engine gives up before it comes to that.
    attempts = [(limit, _engine(form.judged, limit), _engine(f"^(?:{form.judged}|)", limit)) for limit in _ATTEMPTS]

    def match(text: str) -> bool | None:
        with allowance():
            for limit, is_match, is_decided in attempts:
                if not spend(2 * limit * (_BACK_STEPS + _SCAN_STEPS * len(text))):
                    return None
                if is_match(text):
                    return True
                if is_decided(text):
                    return False
        return None

    return match


def _engine(pattern: str, limit: int) -> Callable[[Any], bool]:
    options = jsonschema_rs.FancyRegexOptions(backtrack_limit=limit)
    is_valid: Callable[[Any], bool] = jsonschema_rs.Draft202012Validator(
        {"pattern": pattern}, pattern_options=options
    ).is_valid
    return is_valid


def spend(steps: int) -> bool:
    """Take steps from the allowance that runs; return whether there were as many."""
    assert _left.steps is not None  # noqa: S101 (within an allowance)
    if steps > _left.steps:
        return False
    _left.steps -= steps
    return True


@lru_cache(_MOST_REMEMBERED)
def matcher(text: str) -> Callable[[str], bool]:
    """Return a function that says whether a text matches a pattern; one that is no pattern admits all.

    A text of which that takes too many steps does not match.
    """
    match = trial(text)
    return lambda value: match(value) is True


class BoundedPattern:
    """The keyword `pattern` of a validator, for schemas with patterns that are not cheap."""

    def __init__(self, _schema: Any, pattern: Any, _path: Any) -> None:
        """Take the keyword's value; jsonschema_rs makes one for each place where it stands."""
        self._match = trial(as_written(pattern))

    def validate(self, value: Any) -> None:
        """Raise ValueError, whose text is the message of the validator's error, for a text that does not match."""
        if isinstance(value, str) and not (found := self._match(value)):
            raise ValueError(TOO_COSTLY if found is None else "does not match the pattern")


def names_are_too_costly(value: Any, patterns: Iterable[str]) -> bool:
    """Return whether the names of all members in a value take too many steps to match with `patternProperties`.

    The validator matches them by itself, so that their steps are taken from the allowance before.
    """
    sizes = [len(name) for name in _names(value)]
    for form in filter(None, map(_form, patterns)):
        if form.looks:
            steps = sum(_ATTEMPTS[0] * (_BACK_STEPS + _SCAN_STEPS * size) for size in sizes)
        else:
            steps = (_LINEAR_STEPS + _POSITION_STEPS * form.positions) * sum(sizes)
        if not spend(steps):
            return True
    return False


def _names(value: Any) -> Iterator[str]:
    awaited = [value]
    while awaited:
        found = awaited.pop()
        if isinstance(found, dict):
            yield from found
            awaited += found.values()
        elif isinstance(found, list):
            awaited += found


def as_written(pattern: Any) -> Any:
    """Return a compiled pattern as its document has it."""
    return _WRITTEN.get(pattern, pattern)
