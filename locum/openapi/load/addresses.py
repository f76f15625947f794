"""Addresses: documents that another server on this machine holds."""

from __future__ import annotations

import urllib.request
from typing import Any

__all__ = ["fetched"]

_SECONDS = 10.0


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """An address on this machine must not lead to another one."""

    def redirect_request(self, *_: Any) -> None:
        return None


def fetched(url: str, most: int) -> bytes:
    """Return the first bytes, at most so many, of what is at an address. Raises OSError."""
    # No proxies: they would ask another machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)
    with opener.open(url, timeout=_SECONDS) as answer:
        data: bytes = answer.read(most)
    return data
