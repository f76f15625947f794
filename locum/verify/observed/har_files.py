"""Read HTTP Archives (HAR 1.2) of the journal, a browser or a proxy."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from locum.verify.exchanges import Shown

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["NoArchive", "archived", "is_archive"]


class NoArchive(ValueError):
    """A value is not an HTTP Archive."""


def is_archive(content: Any) -> bool:
    """Whether a value looks like an HTTP Archive."""
    return isinstance(content, dict) and isinstance(content.get("log"), dict) and "entries" in content["log"]


def archived(content: Any) -> list[Shown]:
    """Return the exchanges of an archive, in order. Raises NoArchive."""
    if not is_archive(content):
        raise NoArchive
    try:
        return [_archived(entry) for entry in content["log"]["entries"]]
    except (KeyError, TypeError, AttributeError, ValueError, binascii.Error):
        raise NoArchive from None


def _archived(entry: dict[str, Any]) -> Shown:
    request, response = entry["request"], entry["response"]
    content = response.get("content") or {}
    text = request.get("postData", {}).get("text", "")
    body = _bytes(content)
    # Browsers record the size of the body. The journal re-serializes JSON, so it records whether the body is complete.
    size = content.get("size", -1)
    whole = entry["_locum"]["whole"] if "_locum" in entry else size <= 0 or len(body) >= size
    return Shown(
        method=request["method"],
        url=request["url"],
        headers=_headers(request["headers"]),
        body=text.encode() if text else None,
        status=response["status"],
        response_headers=_headers(response["headers"]),
        response_body=body,
        cut=not whole,
        seconds=max(float(entry.get("time", 0)), 0) / 1000,
    )


def _bytes(content: dict[str, Any]) -> bytes:
    text = content.get("text") or ""
    return base64.b64decode(text) if content.get("encoding") == "base64" else text.encode("utf-8", "replace")


def _headers(pairs: Iterable[dict[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        name = pair["name"].lower()
        if not name.startswith(":"):  # pseudo-headers of HTTP/2
            found[name] = f"{found[name]}, {pair['value']}" if name in found else pair["value"]
    return found
