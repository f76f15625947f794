r"""Patterns: match values with regular expressions of ECMA 262, at a bounded cost.

Patterns come from documents and clients, texts from clients and servers, so Python's `re`, whose time is not bounded,
matches none of them. jsonschema_rs passes a pattern to Rust's regex crate, which takes time proportional to the
length of the text times the size of the pattern. Patterns with lookaround or backreferences go to fancy-regex,
which backtracks up to a number of steps.

The validator matches patterns that are cheap for every text. Each other match is charged in advance, for the steps
that it may take, against the allowance of its validation. A match that exceeds it is not tried: the text does not
match, and the error gives the reason (TOO_COSTLY).
"""

from __future__ import annotations

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
"""The maximum number of characters; a longer text is not a pattern."""
_MOST_POSITIONS = 20_000
"""The maximum number of positions, such as `[a-z]{1,20000}`; a text with more is not a pattern."""
_FEW_POSITIONS = 12
"""Up to this number of positions, the engine can cache all states: every combination is one, so 4,096."""

_MOST_REMEMBERED = 10_000
"""The number of compiled patterns in the cache; clients may send any number of patterns."""

_ALLOWANCE = 1_000_000_000
"""The steps, of about a nanosecond each, that all matches of one validation may take."""
_LINEAR_STEPS, _POSITION_STEPS = 1000, 10
"""The steps of a linear match for each character, and for each character and position."""
_ATTEMPTS = (300, 10_000, 100_000)
"""The backtracking limits of successive attempts at a match with lookaround. `^(?:(?!end).)*$` backtracks up to three
times for each character, patterns of passwords ten times in all."""
_BACK_STEPS, _SCAN_STEPS = 50, 4
"""The steps of one backtracking, and additionally for each character of the text, which a lookaround may rescan."""

PATTERN_OPTIONS = jsonschema_rs.FancyRegexOptions(backtrack_limit=_ATTEMPTS[0])
"""The options of a validator for the patterns that it matches itself: cheap ones, and `patternProperties`."""

_WRITTEN: dict[str, str] = {}
"""Patterns as in their documents, by the form that the validator gets."""


class _Form(NamedTuple):
    """A pattern in the form that the validator gets."""

    text: str
    tested: str
    """The same; with lookaround, anchored to one start of a match, as the backtracking limit applies to each start."""
    positions: int
    looks: bool
    is_cheap: bool


class _Left(local):
    """The rest of the allowance of the validation that runs in this thread; None if none runs."""

    steps: int | None = None


_left = _Left()


class _Allowance:
    """Shares one allowance among all matches in its context; a nested one uses the outer allowance."""

    __slots__ = ("_is_outer",)

    def __enter__(self) -> None:
        """Begin the allowance, unless there is an outer one."""
        self._is_outer = _left.steps is None
        if self._is_outer:
            _left.steps = _ALLOWANCE

    def __exit__(self, *_: object) -> None:
        """End the allowance that this context began."""
        if self._is_outer:
            _left.steps = None


def allowance() -> _Allowance:
    """Return a context in which all matches share one allowance."""
    return _Allowance()


def is_pattern(text: Any) -> bool:
    """Return whether a text is a usable regular expression of ECMA 262 (Annex B included).

    One that is too large when compiled, such as `(a{1000}){1000}`, is not.
    """
    return isinstance(text, str) and _form(text) is not None


def compiled(text: str) -> str | None:
    """Return a pattern in the form for the validator and the generator; None if it is not a pattern."""
    form = _form(text)
    return None if form is None else _remembered(form.text, text)


def for_names(text: str) -> str | None:
    """Return a pattern in the form for a key of `patternProperties` in the validator; None if it is not a pattern."""
    form = _form(text)
    return None if form is None else _remembered(form.tested, text)


def is_cheap(text: str) -> bool:
    """Return whether a pattern takes so few steps for each character that its matches are not charged."""
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
        tested = rf"^[\s\S]*?(?:{pattern})" if looks and not anchored else pattern
        # Draft 4 asserts that a pattern is valid, later drafts do not: what passes here passes everywhere.
        jsonschema_rs.Draft4Validator({"pattern": tested}, pattern_options=PATTERN_OPTIONS)
    except (NotEcma, jsonschema_rs.ValidationError, ValueError):
        return None
    return _Form(pattern, tested, positions, looks, not looks and (straight or positions <= _FEW_POSITIONS))


@lru_cache(_MOST_REMEMBERED)
def trial(text: str) -> Callable[[str], bool | None]:
    """Return a function that tests whether a text matches a pattern. An invalid pattern matches all.

    It returns None if that takes too many steps.
    """
    form = _form(text)
    if form is None:
        return lambda _: True
    return _looking(form) if form.looks else _linear(form)


def _linear(form: _Form) -> Callable[[str], bool | None]:
    is_match = _engine(form.tested, _ATTEMPTS[0])
    if form.is_cheap:
        return is_match
    each = _LINEAR_STEPS + _POSITION_STEPS * form.positions

    def match(text: str) -> bool | None:
        with allowance():
            return is_match(text) if spend(each * len(text)) else None

    return match


def _looking(form: _Form) -> Callable[[str], bool | None]:
    # With an empty alternative every text matches, unless the engine gives up before it reaches that alternative.
    attempts = [(limit, _engine(form.tested, limit), _engine(f"^(?:{form.tested}|)", limit)) for limit in _ATTEMPTS]

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
    """Take steps from the current allowance; return False if it has fewer."""
    assert _left.steps is not None  # noqa: S101 (within an allowance)
    if steps > _left.steps:
        return False
    _left.steps -= steps
    return True


@lru_cache(_MOST_REMEMBERED)
def matcher(text: str) -> Callable[[str], bool]:
    """Return a function that tests whether a text matches a pattern. An invalid pattern matches all.

    A text that takes too many steps does not match.
    """
    match = trial(text)
    return lambda value: match(value) is True


class BoundedPattern:
    """The keyword `pattern` of a validator, for schemas with patterns that are not cheap."""

    def __init__(self, _schema: Any, pattern: Any, _path: Any) -> None:
        """Compile the keyword's value; jsonschema_rs creates an instance for each occurrence of the keyword."""
        self._match = trial(as_written(pattern))

    def validate(self, value: Any) -> None:
        """Raise ValueError for a text that does not match; its message becomes that of the validator's error."""
        if isinstance(value, str) and not (found := self._match(value)):
            raise ValueError(TOO_COSTLY if found is None else "does not match the pattern")


def names_are_too_costly(value: Any, patterns: Iterable[str]) -> bool:
    """Return whether the names of all members of a value take too many steps to match with `patternProperties`.

    The validator matches them itself, so their steps are charged in advance.
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
    pending = [value]
    while pending:
        found = pending.pop()
        if isinstance(found, dict):
            yield from found
            pending += found.values()
        elif isinstance(found, list):
            pending += found


def as_written(pattern: Any) -> Any:
    """Return a compiled pattern as written in its document."""
    return _WRITTEN.get(pattern, pattern)
