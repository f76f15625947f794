"""Memory: what was given up goes back to the operating system, where the C library can be asked for that."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["give_back"]


def give_back() -> None:
    """Return free memory to the system: glibc keeps the gaps that large entries leave between small ones."""
    _trim()(0)


@cache
def _trim() -> Callable[[int], object]:
    try:
        trim: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # another C library, or Windows
        return lambda _: None
    return trim
