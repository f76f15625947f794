"""Kept: responses that are given again under the same idempotency key."""

from __future__ import annotations

from typing import Any

from locum.answers import Answer

__all__ = ["ANSWERS", "is_kept"]

ANSWERS = "answers of"
"""What stands in the place of a path in the key of a table of responses."""


def is_kept(pair: Any) -> bool:
    """Whether something is what is kept under a key: the digest of the request, and its response."""
    return isinstance(pair, tuple) and len(pair) == len(("digest", "answer")) and isinstance(pair[1], Answer)
