"""Admission: which requests are served at all, judged by their Host and by the page that sent them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from starlette.types import Scope

    from locum.serving.cross_site import ForeignPages
    from locum.serving.hosts import Hosts

__all__ = ["Admission"]


class Admission:
    """Admits requests. One whose Host is in `known_hosts`, and that no page sent, need not be asked about."""

    __slots__ = ("_foreign", "_hosts", "_single", "known_hosts")

    def __init__(self, hosts: Hosts, foreign: ForeignPages, world_header: str) -> None:
        self._hosts = hosts
        self._foreign = foreign
        self._single = (b"host", world_header.lower().encode("latin-1"))
        self.known_hosts: AbstractSet[bytes] = hosts.known

    def admit(self, scope: Scope, headers: Mapping[bytes, bytes], *, is_own: bool) -> bool:
        """Return whether a request is one of a foreign page, which reads and leaves no trace.

        `headers` are those of the scope by name, joined where there are several; `is_own` stands for locum's own
        paths. Raises Malformed and Forbidden.
        """
        if len(headers) < len(scope["headers"]):
            for name in self._single:
                if sum(name == other for other, _ in scope["headers"]) > 1:
                    message = f"The header {name.decode('latin-1')} is there more than once. Send it once."
                    raise Malformed(message, code="header_repeated")
        self._hosts.admit(headers.get(b"host"), scope.get("http_version", ""))
        if not self._foreign.sent(headers):
            return False
        if is_own:
            self._foreign.admit_own(scope, headers)
            return False
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            return False  # a preflight, which the CORS protocol answers
        self._foreign.admit_operation(scope, headers)
        return True
