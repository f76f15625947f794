"""Scenarios: sequences of requests with the answers that were recorded, read from HTTP Archives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from locum.proof.findings import Shown

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Unreadable", "read_scenario"]

_OF_THE_CONNECTION = frozenset({"host", "content-length", "connection", "accept-encoding", "user-agent"})
_CREDENTIALS = frozenset({"authorization", "cookie", "x-api-key", "x-locum-world"})


class Unreadable(Exception):  # noqa: N818 (named for what it is)
    """A file holds no scenario."""


def read_scenario(file: Path) -> list[Shown]:
    """Return the exchanges of an HTTP Archive (HAR 1.2), without credentials. Raises Unreadable."""
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))["log"]["entries"]
        return [_exchange(entry) for entry in entries]
    except OSError as problem:
        raise Unreadable(f"{file}: cannot be read: {problem.strerror}.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unreadable(f"{file}: is no HTTP Archive. `locum journal export har` writes one.") from None


def _exchange(entry: dict[str, Any]) -> Shown:
    request, answer = entry["request"], entry["response"]
    url = urlsplit(request["url"])
    headers = {header["name"].lower(): header["value"] for header in request["headers"]}
    text = request.get("postData", {}).get("text", "")
    return Shown(
        method=request["method"],
        url=url.path + (f"?{url.query}" if url.query else ""),
        headers={name: value for name, value in headers.items() if name not in _OF_THE_CONNECTION | _CREDENTIALS},
        body=text.encode() if text else None,
        status=answer["status"],
        answer_headers={header["name"].lower(): header["value"] for header in answer["headers"]},
        answer=(answer["content"].get("text") or "").encode(),
    )
