"""Requests as they can be sent again: what was redacted is asked of the environment."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from locum.control.redaction import REDACTED

if TYPE_CHECKING:
    from locum.state.entries import Entry

__all__ = ["TOKEN", "Again", "again"]

TOKEN = "LOCUM_TOKEN"  # noqa: S105 (the name of a variable)
"""The environment variable for what was redacted."""

_OF_THE_CONNECTION = frozenset(
    {
        "host",
        "connection",
        "content-length",
        "accept-encoding",
        "content-encoding",
        "transfer-encoding",
        "user-agent",
        "keep-alive",
    }
)


@dataclass(frozen=True, slots=True)
class Again:
    """A request that can be sent again. In its texts REDACTED stands where a secret was."""

    method: str
    path: str
    headers: dict[str, str]
    body: str | None
    whole: bool
    """Whether the body is all there; else it was cut, or is of a form that cannot be shown."""


def again(entry: Entry) -> Again:
    """Return the request of an entry, without what belongs to the connection."""
    request = entry.request
    headers = {name: value for name, value in request.headers.items() if name not in _OF_THE_CONNECTION}
    body = None
    if request.form == "json":
        body = json.dumps(request.body, ensure_ascii=False)
    elif request.form == "form" and isinstance(request.body, dict):
        body = urlencode(request.body, doseq=True, safe="[]")
    elif request.form == "text":
        body = str(request.body)
    whole = not request.cut and request.form in {"json", "form", "text", "none"}
    return Again(entry.method, entry.path, headers, body, whole)


def parted(text: str) -> list[str]:
    """Part a text where secrets were."""
    return text.split(REDACTED)
