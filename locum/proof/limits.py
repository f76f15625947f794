"""Limits: how long an answer is waited for, and how much of it is read."""

from __future__ import annotations

__all__ = ["MOST_BYTES", "SECONDS", "late"]

SECONDS = 10.0
"""For one answer, where nothing else is said; Schemathesis waits as long for its beginning."""
MOST_BYTES = 16 * 1024 * 1024


def late(seconds: float) -> str:
    """Say that an answer did not end in time."""
    return f"The answer did not end within {seconds:g} s."
