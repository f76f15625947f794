"""Colours: whether a stream should have them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["wants_colour"]


def wants_colour(stream: TextIO) -> bool:
    """Whether to colour what is written to a stream: a terminal, unless NO_COLOR is set (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
