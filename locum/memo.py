"""Memo: keep the results of functions of a text, of short texts only.

Clients choose member names, media types and header values, so a memo that kept any text would let them fill the memory:
10,000 names of a megabyte each.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

__all__ = ["LONGEST", "memoized"]

LONGEST = 256
"""The characters or bytes of the longest text for which a result is kept."""

F = TypeVar("F", bound=Callable[..., Any])


def memoized(most: int) -> Callable[[F], F]:
    """Keep the latest `most` results of a function by its arguments, if the first one is a short text."""

    def decorate(function: F) -> F:
        kept = lru_cache(maxsize=most)(function)

        @wraps(function)
        def call(text: str | bytes, *others: Any) -> Any:
            return (kept if len(text) <= LONGEST else function)(text, *others)

        return cast("F", call)

    return decorate
