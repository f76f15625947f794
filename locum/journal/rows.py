"""Rows: what a list of requests shows of each, and why it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.redaction.known import SHORT
from locum.world.journal import Cut, Row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum.world.journal import Entry

__all__ = ["occurs", "reason_of", "row_of"]

_ERRORS = 400
_LONG = 40
"""A longer text in a path may be a secret in an encoding."""


def row_of(entry: Entry) -> Row:
    """Return the row of an entry."""
    return Row(
        number=entry.number,
        at=entry.at,
        method=entry.method,
        path=entry.path,
        template=entry.template,
        operation=entry.operation,
        api=entry.api,
        status=entry.status,
        verdict=entry.verdict,
        reason=reason_of(entry),
        fault=entry.fault,
        source=entry.source,
        microseconds=entry.microseconds,
    )


def reason_of(entry: Entry) -> str:
    """Return why a request failed, or what was injected: `body/name: must have at least 3 characters`; else empty."""
    if entry.fault:
        return f"fault {entry.fault}"
    if 0 < entry.status < _ERRORS and not entry.violations:
        return ""
    if entry.violations:
        first = entry.violations[0]
        others = len(entry.violations) - 1
        return f"{first['location']}{first['pointer']}: {first['message']}" + (
            f" (and {others} more)" if others else ""
        )
    if not entry.operation and entry.near_misses:
        return entry.near_misses[0]
    marked = f"({entry.verdict}): "
    for sentence in entry.trace:
        if entry.verdict and marked in sentence:
            return sentence.partition(marked)[2]
    if not entry.operation and entry.trace:
        return entry.trace[0]
    return "no response" if not entry.status else entry.verdict


def occurs(texts: Iterable[str], messages: Iterable[bytes | Cut | None]) -> bool:
    """Whether a text of a URL occurs in a header or body, so that it may be a secret which is only named there."""
    wanted = [text for text in texts if len(text) >= SHORT]
    if not wanted:
        return False
    if any(len(text) > _LONG for text in wanted):
        return True
    found = [text.encode("utf-8", "surrogatepass") for text in wanted]
    data = [message.data if isinstance(message, Cut) else message for message in messages]
    return any(text in one for one in data if one for text in found)
