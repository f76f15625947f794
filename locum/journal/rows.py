"""Rows: what a list of requests shows of each, and why it failed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from locum.redaction.known import SHORT
from locum.world.journal import Cut, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from locum.world.journal import Entry

__all__ = ["occurs", "reason_of", "row_of", "traceparent_of"]

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
        traceparent=entry.traceparent,
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


_TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def traceparent_of(headers: Mapping[bytes, bytes]) -> str:
    """Return the trace that a request belongs to (W3C Trace Context, section 3.2); empty if it is none or invalid."""
    sent = headers.get(b"traceparent")
    return sent.decode("ascii") if sent is not None and _TRACEPARENT.fullmatch(sent) else ""


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
