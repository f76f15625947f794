"""Access: who may control a server."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING

from locum.refusals import Forbidden, Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Access"]

_LOOPBACK = re.compile(r"(localhost|127(\.\d+){3}|\[::1\]|([a-z0-9-]+\.)+localhost|[a-z0-9_-]+)(:\d+)?", re.IGNORECASE)
"""Names by which a server on loopback is asked for: those of this machine, and those without a dot, which nobody
on the internet can own."""


class Access:
    """Lets in who may control the server.

    With a `token`, whoever shows it. Without one, as on loopback, whoever asks for a name of this machine:
    a page of the internet that was made to lead here does not. Pages of other origins are let in where
    their origin is allowed.
    """

    def __init__(self, token: str = "", origins: Sequence[str] = ()) -> None:
        self._token = token
        self._origins = frozenset(origins)

    def admit(self, method: str, headers: Mapping[bytes, bytes]) -> None:
        """Raise Forbidden or Unauthenticated for whoever is not let in; a browser's preflight shows no token."""
        host, origin = headers.get(b"host", b"").decode("latin-1"), headers.get(b"origin", b"").decode("latin-1")
        if not self._token and host and not _LOOPBACK.fullmatch(host):
            message = f"locum is not controlled by the name {host[:100]}. Ask for it as 127.0.0.1 or localhost."
            raise Forbidden(message, code="foreign_host")
        allowed = not self._origins.isdisjoint({origin, "*"})
        if origin and not allowed and origin.partition("://")[2].lower() != host.lower():
            message = f"Pages of {origin[:100]} may not control locum. Start it with --cors {origin[:100]} to let them."
            raise Forbidden(message, code="foreign_origin")
        if self._token and method != "OPTIONS":
            scheme, _, shown = headers.get(b"authorization", b"").partition(b" ")
            if scheme.lower() != b"bearer" or not hmac.compare_digest(shown.strip(), self._token.encode()):
                message = "This needs the control token, which was printed at the start, as a bearer token."
                challenge = {"WWW-Authenticate": 'Bearer realm="locum control"'}
                raise Unauthenticated(message, code="control_token", headers=challenge)
