"""Admission: accept or reject requests by their Host header and by the page that sent them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.errors import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from starlette.types import Scope

    from locum.server.origins import ForeignPages, Hosts

__all__ = ["Admission"]


class Admission:
    """Admits or rejects requests. A request with a Host in `known_hosts` that no page sent needs no check."""

    __slots__ = ("_foreign", "_hosts", "_single", "known_hosts")

    def __init__(self, hosts: Hosts, foreign: ForeignPages, world_header: str) -> None:
        self._hosts = hosts
        self._foreign = foreign
        self._single = (b"host", world_header.lower().encode("latin-1"))
        self.known_hosts: AbstractSet[bytes] = hosts.known

    def admit(self, scope: Scope, headers: Mapping[bytes, bytes], *, is_own: bool) -> bool:
        """Return whether a request is from a foreign page, so that it may only read and must not change anything.

        `headers` are the scope's headers by name, repeated ones joined; `is_own` is whether the path is one of locum's
        own. Raises Malformed and Forbidden.
        """
        if len(headers) < len(scope["headers"]):
            for name in self._single:
                if sum(name == other for other, _ in scope["headers"]) > 1:
                    message = f"The header {name.decode('latin-1')} is repeated. Send it once."
                    raise Malformed(message, code="header_repeated")
        self._hosts.admit(headers.get(b"host"), scope.get("http_version", ""))
        if not self._foreign.sent(headers):
            return False
        if is_own:
            self._foreign.admit_own(scope, headers)
            return False
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            return False  # a preflight request, which the CORS middleware handles
        self._foreign.admit_operation(scope, headers)
        return True
