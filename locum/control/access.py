"""Access: which web pages may send requests, and which clients may use the control API."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING

from locum.errors import Forbidden, Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["LOOPBACK_ORIGIN", "Access", "Pages", "is_loopback", "origin_of"]

_LOOPBACK = r"(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|(?:[a-z0-9_-]+\.)+localhost)"
_LOOPBACK_HOST = re.compile(rf"{_LOOPBACK}\.?", re.IGNORECASE)
LOOPBACK_ORIGIN = rf"https?://{_LOOPBACK}(?::\d+)?"
"""A regular expression for the origins of pages that this machine serves."""

_ORIGIN = re.compile(LOOPBACK_ORIGIN, re.IGNORECASE)
_REFERER = re.compile(rb"[a-z][a-z0-9+.-]*://[^/?#\s]+", re.IGNORECASE)
_OWN = (b"same-origin", b"none")
"""Values of Sec-Fetch-Site for a page of this server, and for the user (a typed URL, a bookmark)."""


def is_loopback(host: str) -> bool:
    """Whether a host name without a port always means this machine: `localhost`, names below it, 127.0.0.0/8, `[::1]`.

    A name without a dot does not: a network may resolve it to any machine.
    """
    return _LOOPBACK_HOST.fullmatch(host) is not None


def origin_of(headers: Mapping[bytes, bytes]) -> str:
    """Return the origin of the page that sent a request, or an empty string if it is unknown.

    For images, links and the like browsers send no Origin, but along with Fetch Metadata they send a Referer.
    """
    origin = headers.get(b"origin")
    if origin is None and b"sec-fetch-site" in headers:
        found = _REFERER.match(headers.get(b"referer", b""))
        origin = found[0] if found else None
    return "" if origin is None else origin.decode("latin-1")


class Pages:
    """Decides which pages may send requests, by Fetch Metadata (Sec-Fetch-Site), Origin and Referer.

    Admitted are pages of the server itself, of `origins` (`*` for all), and with `loopback` of this machine. Clients
    other than browsers send none of these headers, and are admitted.
    """

    __slots__ = ("_every", "_loopback", "_origins")

    def __init__(self, origins: Sequence[str], *, loopback: bool) -> None:
        self._origins = frozenset(origins)
        self._every = "*" in self._origins
        self._loopback = loopback

    def admit(self, headers: Mapping[bytes, bytes]) -> bool:
        """Return whether a request comes from an admitted page, or from no page."""
        site = headers.get(b"sec-fetch-site")
        if self._every or site in _OWN:
            return True
        origin = origin_of(headers)
        host = headers.get(b"host", b"").decode("latin-1")
        if not origin:
            # A page on the same site as a loopback name is of this machine; only its port differs.
            own = site == b"same-site" and self._loopback and is_loopback(re.sub(r":\d*\Z", "", host))
            return site is None or own
        if origin in self._origins or (self._loopback and _ORIGIN.fullmatch(origin)):
            return True
        return site is None and origin.partition("://")[2].lower() == host.lower()


class Access:
    """Decides which requests may use the control API: those of admitted pages, and of clients that are not pages.

    With a `token`, requests must also contain it.
    """

    def __init__(self, token: str = "", origins: Sequence[str] = ()) -> None:
        self._token = token
        self._pages = Pages(origins, loopback=False)

    def admit(self, method: str, headers: Mapping[bytes, bytes], *, needs_token: bool = True) -> None:
        """Raise Forbidden for a foreign page, Unauthenticated without the token. A CORS preflight needs no token."""
        if not self._pages.admit(headers):
            origin = origin_of(headers)[:100] or "another site"
            advice = f"--control-cors {origin}" if "://" in origin else "--control-cors and the page's origin"
            message = f"Pages of {origin} may not use the control API. Start locum with {advice} to admit them."
            raise Forbidden(message, code="foreign_origin")
        if self._token and needs_token and method != "OPTIONS":
            scheme, _, shown = headers.get(b"authorization", b"").partition(b" ")
            if scheme.lower() != b"bearer" or not hmac.compare_digest(shown.strip(), self._token.encode()):
                message = "The control token is required as a bearer token. It was printed when locum started."
                challenge = {"WWW-Authenticate": 'Bearer realm="locum control"'}
                raise Unauthenticated(message, code="control_token", headers=challenge)
