"""Patterns: the regular expressions of ECMA 262 by which values are judged, and what bounds their cost.

jsonschema_rs gives a pattern to the regex crate of Rust, whose time grows only with the length of the
text, nested quantifiers or not. What that cannot do, looking around and referring back, is done by
fancy-regex, which may go back and try again at every place of a text. It gives up after a number of
such steps, and the text then counts as not matching.
"""

from __future__ import annotations

from functools import cache

import jsonschema_rs

__all__ = ["PATTERN_OPTIONS", "is_pattern"]

_MOST_STEPS = 10_000
"""Steps back at one place of a text. `^(?:(?!end).)*$` needs up to three for each character, patterns of passwords ten
in all. A hostile pattern was measured to cost 30 microseconds for each character of a text, so 4 MiB are two minutes;
by default it was half a millisecond, and grew with the text."""

PATTERN_OPTIONS = jsonschema_rs.FancyRegexOptions(backtrack_limit=_MOST_STEPS)


@cache
def is_pattern(text: str) -> bool:
    """Say whether a text is a regular expression of ECMA 262, as far as values can be judged by it.

    One that is too large when compiled, such as `(a{1000}){1000}`, is none either.
    """
    try:
        jsonschema_rs.Draft202012Validator({"pattern": text}, pattern_options=PATTERN_OPTIONS)
    except jsonschema_rs.ValidationError:
        return False
    return True
