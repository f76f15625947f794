"""Addresses: the URL of an upstream, and how it is shown."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from urllib.parse import SplitResult

__all__ = ["Address", "parse_address"]

_PORTS = {"http": 80, "https": 443}
_PLAIN = re.compile(r"[!-~]+")
_ADVICE = "Write it as http://127.0.0.1:8000 or https://api.example.test/v1."


@dataclass(frozen=True, slots=True)
class Address:
    """The address of an upstream, without the credentials that its URL may contain."""

    url: str
    """As it is shown: without credentials, and without a slash at the end."""
    scheme: str
    host: str
    port: int
    authority: bytes
    """The Host header (RFC 9110, section 7.2)."""
    prefix: bytes
    """The path before that of each request; empty for the root."""
    authorization: bytes | None = None
    """The Authorization header of requests that have none; it is never shown."""

    def __repr__(self) -> str:
        """Return the address without credentials."""
        return f"Address({self.url})"


@lru_cache(maxsize=256)
def parse_address(text: str) -> Address:
    """Return the address that a URL names. Raises ValueError with a sentence that contains no credentials."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        message = f"The URL of the upstream is invalid. {_ADVICE}"
        raise ValueError(message) from None
    reason = _problem(text, parts, host)
    if reason:
        message = f"The URL of the upstream {reason}. {_ADVICE}"
        raise ValueError(message)
    port, prefix = port or _PORTS[parts.scheme], parts.path.rstrip("/")
    named = f"[{host}]" if ":" in host else host
    authority = named if port == _PORTS[parts.scheme] else f"{named}:{port}"
    authorization = None
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = b"Basic " + b64encode(pair.encode())
    url = f"{parts.scheme}://{authority}{prefix}"
    return Address(url, parts.scheme, host, port, authority.encode("ascii"), prefix.encode("ascii"), authorization)


def _problem(text: str, parts: SplitResult, host: str) -> str:
    """Return what is wrong with a URL; empty for a valid one."""
    if _PLAIN.fullmatch(text) is None:
        return "contains characters that must be percent-encoded"
    if parts.scheme not in _PORTS:
        return "does not begin with http:// or https://"
    if not host:
        return "has no host"
    if parts.query or parts.fragment or text.endswith(("?", "#")):
        return "has a query or a fragment, which requests of clients would lose"
    if any(unquote(step) in {".", ".."} for step in parts.path.split("/")):
        return "has a path with dot segments"
    return ""
