"""Patterns: the regular expressions of ECMA 262 by which values are judged, and what bounds their cost.

jsonschema_rs gives a pattern to the regex crate of Rust, whose time grows only with the length of the
text, nested quantifiers or not. What that cannot do, looking around and referring back, is done by
fancy-regex, which may go back and try again at every place of a text. It gives up after a number of
such steps, and the text then counts as not matching.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from locum.openapi.ecma262 import NotEcma, translate

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PATTERN_OPTIONS", "as_written", "compiled", "is_pattern", "matcher"]

_MOST_STEPS = 10_000
"""Steps back at one place of a text. `^(?:(?!end).)*$` needs up to three for each character, patterns of passwords ten
in all. A hostile pattern was measured to cost 30 microseconds for each character of a text, so 4 MiB are two minutes;
by default it was half a millisecond, and grew with the text."""

PATTERN_OPTIONS = jsonschema_rs.FancyRegexOptions(backtrack_limit=_MOST_STEPS)

_WRITTEN: dict[str, str] = {}
"""Patterns as their documents have them, by the form that the validator takes."""


def is_pattern(text: Any) -> bool:
    """Return whether a text is a regular expression of ECMA 262 (Annex B included) that values can be judged by.

    One that is too large when compiled, such as `(a{1000}){1000}`, is none either.
    """
    return isinstance(text, str) and compiled(text) is not None


@cache
def compiled(text: str) -> str | None:
    """Return a pattern in the form that the validator and the generator take; None where it is no pattern."""
    try:
        pattern = translate(text)
        # Draft 4 asserts that a pattern is one, later drafts do not: what passes here passes everywhere.
        jsonschema_rs.Draft4Validator({"pattern": pattern}, pattern_options=PATTERN_OPTIONS)
    except (NotEcma, jsonschema_rs.ValidationError, ValueError):
        return None
    if pattern != text:
        _WRITTEN.setdefault(pattern, text)
    return pattern


@cache
def matcher(text: str) -> Callable[[Any], bool]:
    """Return a function that says whether a text matches a pattern; one that is no pattern admits all.

    It is the validator's own engine, bounded as it is: never `re`, which may run without end.
    """
    pattern = compiled(text)
    rule = {} if pattern is None else {"pattern": pattern}
    judge: Callable[[Any], bool] = jsonschema_rs.Draft202012Validator(rule, pattern_options=PATTERN_OPTIONS).is_valid
    return judge


def as_written(pattern: Any) -> Any:
    """Return a compiled pattern as its document has it."""
    return _WRITTEN.get(pattern, pattern)
