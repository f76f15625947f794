"""Cross-site requests: what a page that `--cors` does not name can do in the browser of a developer.

Such a page cannot read a response, but an image, a form or a `fetch` without CORS would still have its effect.
"""

from __future__ import annotations

import logging
from enum import Enum
from typing import TYPE_CHECKING

from locum.control.access import Pages, origin_of
from locum.control.issuer.calls import ROOT
from locum.control.layer import PAGES
from locum.refusals import Forbidden

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.types import Scope

__all__ = ["CrossSite", "ForeignPages"]

logger = logging.getLogger("locum")

_LOGIN = (f"{ROOT}/authorize", f"{ROOT}/end_session")
_READING = frozenset({"GET", "HEAD"})
_MOST_WARNED = 100


class CrossSite(Enum):
    """What requests of pages on other sites, which `--cors` does not name, can do.

    `PAGES`: open login, logout and consent pages as a whole window, and read without leaving a trace. `NONE`:
    nothing. `ALL`: everything that an admitted page can.
    """

    PAGES = "pages"
    NONE = "none"
    ALL = "all"


class ForeignPages:
    """Finds the requests of foreign pages, and rejects those that could change something."""

    def __init__(self, origins: Sequence[str], mode: CrossSite) -> None:
        self._pages = Pages(("*",) if mode is CrossSite.ALL else origins, loopback=True)
        self._mode = mode
        self._warned: set[str] = set()

    def sent(self, headers: Mapping[bytes, bytes]) -> bool:
        """Return whether a foreign page sent a request, and log its origin once."""
        if self._pages.admit(headers):
            return False
        origin = origin_of(headers) or "another site, which names no origin"
        if origin not in self._warned and len(self._warned) < _MOST_WARNED:
            self._warned.add(origin)
            logger.warning("Requests of pages on %.100s change nothing: it is not one of --cors.", origin)
        return True

    def admit_own(self, scope: Scope, headers: Mapping[bytes, bytes]) -> None:
        """Raise Forbidden for a request to one of locum's own paths that could change something.

        The control API judges its requests itself, by origins of its own.
        """
        path, method = scope["path"].rstrip("/"), scope["method"]
        if path.startswith(PAGES):
            # The own form of a page: under its policy `no-referrer` a browser without Fetch Metadata, as over plain
            # HTTP in a network, sends `Origin: null` with it.
            is_own_form = headers.get(b"origin") == b"null" and b"sec-fetch-site" not in headers
            admitted = is_own_form or (method in _READING and self._opens(headers))
        elif path in _LOGIN:
            admitted = self._opens(headers)
        else:
            admitted = not path.startswith(ROOT)
        if not admitted:
            raise _rejected(headers)

    def admit_operation(self, scope: Scope, headers: Mapping[bytes, bytes]) -> None:
        """Raise Forbidden for a request to an operation that does more than read."""
        if self._mode is CrossSite.NONE or scope["method"] not in _READING:
            raise _rejected(headers)

    def _opens(self, headers: Mapping[bytes, bytes]) -> bool:
        """Return whether a request opens a page in a window, not in a frame or as an image."""
        mode, target = headers.get(b"sec-fetch-mode", b"navigate"), headers.get(b"sec-fetch-dest", b"document")
        return self._mode is CrossSite.PAGES and mode == b"navigate" and target == b"document"


def _rejected(headers: Mapping[bytes, bytes]) -> Forbidden:
    origin = origin_of(headers)[:100]
    named = (
        f"The page's origin, {origin}, is" if origin else "The page is on another site and names no origin, so it is"
    )
    advice = origin if "://" in origin else "and its origin"
    message = (
        f"{named} not one of --cors. Start locum with --cors {advice} to admit the page, or open this address directly."
    )
    return Forbidden(message, code="cross_site")
