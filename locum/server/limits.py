"""Limits: admit requests by their Host header and the page that sent them, and set limits of connections."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from locum.errors import Malformed
from locum.options import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from starlette.types import Scope

    from locum.server.origins import ForeignPages, Hosts
    from locum.settings import Settings

__all__ = ["HEAD_BYTES", "Admission", "allow_descriptors", "head_bytes", "limits_of"]


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


HEAD_BYTES = "locum.head_bytes"
"""The key in a scope of the approximate size of the request's head in bytes; it is seldom too low."""

_BESIDE = 256
"""Descriptors needed besides connections: files, the listener, the event loop."""


def head_bytes(scope: Scope) -> int:
    """Return the size of a request's head in bytes, for requests without a connection (in process)."""
    size = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
    return size + sum(len(name) + len(value) for name, value in scope["headers"])


def allow_descriptors(connections: int) -> None:
    """Raise the soft limit of open files of this process for that many connections, as far as allowed."""
    try:
        import resource  # noqa: PLC0415 (Windows has neither the module nor the limit)
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _BESIDE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def limits_of(settings: Settings) -> Limits:
    """Return the limits of connections from the settings."""
    return Limits(
        header=settings.max_header,
        headers=settings.max_header_count,
        url=settings.max_url,
        idle=settings.idle_timeout,
        request=settings.request_timeout,
        unread=settings.max_unread,
        connections=settings.max_connections,
    )
