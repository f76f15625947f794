"""Near names: suggest existing names for one that does not exist."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["meant", "nearest"]

_MOST = 2000
"""The maximum number of names that are compared; each takes some microseconds."""


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return up to three similar names, the most similar first, ignoring case."""
    by_folded: dict[str, str] = {}
    for other in list(known)[:_MOST]:
        by_folded.setdefault(other.casefold(), other)
    return [by_folded[found] for found in get_close_matches(name.casefold(), by_folded, n=3, cutoff=0.6)]


def meant(name: str, known: Iterable[str]) -> str:
    """Return ` Did you mean ...?`, or ` Known: ...` with up to eight names, or an empty text."""
    names = list(known)
    near = nearest(name, names)
    if near:
        return f" Did you mean {' or '.join(near)}?"
    if 0 < len(names) <= 8:  # noqa: PLR2004 (more than fit a sentence)
        return f" Known: {', '.join(names)}."
    return ""
