"""Redirects: where a browser may be sent back to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Redirects", "with_parameters"]

_ORIGIN = re.compile(
    r"https?://(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|(?:[a-z0-9-]+\.)+localhost)(?::\d{1,5})?\Z", re.IGNORECASE
)
_URI = re.compile(r"([a-z][a-z0-9+.-]*://[^/?#\\@\s]+)(?:[/?][!-\"$-\[\]-~]*)?\Z", re.IGNORECASE)
"""An absolute URI without user, fragment or backslash, which browsers read as a slash; its origin is a group."""


@dataclass(frozen=True, slots=True)
class Redirects:
    """Which addresses are good: any on loopback, those of origins that are let in, and those that are named."""

    origins: Sequence[str] = ()
    named: Sequence[str] = ()

    def allows(self, uri: str) -> bool:
        """Whether a browser may be sent there."""
        found = _URI.match(uri)
        origin = found[1] if found else ""
        return uri in self.named or _ORIGIN.match(origin) is not None or (bool(origin) and origin in self.origins)


def with_parameters(uri: str, parameters: Mapping[str, str | None]) -> str:
    """Add parameters to the query of a URI; those that are None are left out."""
    query = urlencode({name: value for name, value in parameters.items() if value is not None})
    return f"{uri}{'&' if '?' in uri else '?'}{query}" if query else uri
