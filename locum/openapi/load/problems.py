"""Problems: what is wrong with a document and is met only while its files are read."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Problem"]


class Problem(NamedTuple):
    """Something wrong that was met while a document was read, and what was done instead."""

    pointer: str
    code: str
    message: str
    fallback: str
