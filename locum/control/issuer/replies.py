"""Replies: what the issuer answers, before it is bytes on a connection."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

__all__ = ["OAuthError", "Reply", "as_json", "as_page", "redirect"]

_SAFE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, a body, and the headers beside its length."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class OAuthError(Exception):
    """A refusal in the words of RFC 6749, sections 4.1.2.1 and 5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


def as_json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    """Return a JSON reply that nobody keeps."""
    told = {"Content-Type": "application/json", "Cache-Control": "no-store", **(headers or {})}
    return Reply(status, json.dumps(value).encode(), told)


def as_page(html: str, status: int = 200) -> Reply:
    """Return a page that may load nothing and be shown nowhere else."""
    return Reply(status, html.encode(), {"Content-Type": "text/html; charset=utf-8", **_SAFE})


def redirect(uri: str, told: dict[str, str], mode: str = "query", headers: dict[str, str] | None = None) -> Reply:
    """Lead back to a client, with what it is told in the query or the fragment of its URI."""
    pairs = urlencode({name: value for name, value in told.items() if value})
    if mode == "fragment":
        target = f"{uri}#{pairs}"
    else:
        joint = "&" if urlsplit(uri).query else "?"
        target = f"{uri}{joint}{pairs}" if pairs else uri
    return Reply(302, b"", {"Location": target, "Cache-Control": "no-store", **(headers or {})})
