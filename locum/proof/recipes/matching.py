"""Matching: the part of a text that a scenario wants (`x-locum-match`), in linear time.

It is RE2 that finds groups, because Python's `re` may run without end and the validator's engine shows no groups.
"""

from __future__ import annotations

from typing import Any

__all__ = ["matched_part", "problem_of"]


def problem_of(pattern: Any) -> str:
    """Return why something is no pattern; nothing where it is one."""
    if not isinstance(pattern, str):
        return "it is no text"
    import re2  # noqa: PLC0415 (of the extra `verify`; few scenarios need it)

    try:
        _compiled(pattern)
    except re2.error as problem:
        return str(problem.args[0] if problem.args else problem)
    return ""


def matched_part(pattern: str, text: str) -> str | None:
    """Return the first group of the first match, or the match where there is no group; None where nothing matches."""
    expression = _compiled(pattern)
    found = expression.search(text)
    return None if found is None else str(found[1 if expression.groups else 0] or "")


def _compiled(pattern: str) -> Any:
    import re2  # noqa: PLC0415 (as above)

    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)
