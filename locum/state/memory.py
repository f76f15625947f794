"""Memory: what was given up goes back to the operating system, where the C library can be asked for that."""

from __future__ import annotations

import asyncio
import ctypes
import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["give_back_regularly"]

_PAUSE = 20.0
"""Seconds between two times; each takes a few milliseconds."""


async def give_back_regularly() -> None:
    """Return free memory to the system, again and again.

    glibc keeps the gaps that large responses and entries leave between small ones.
    """
    try:
        trim: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # another C library, or Windows
        trim = bool  # does nothing
    while True:
        await asyncio.sleep(_PAUSE)
        # Connections that broke off are circles; the collector's own thresholds are far apart (serving/server.py).
        gc.collect(1)
        trim(0)
