"""Admission: which requests are served at all, judged by their Host and by the page that sent them."""

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


HEAD_BYTES = "locum.head_bytes"
"""Under which name a scope holds about how many bytes the head of its request has, and seldom fewer."""

_BESIDE = 256
"""Descriptors for what is no connection: files, the listener, the event loop."""


def head_bytes(scope: Scope) -> int:
    """Return how many bytes the head of a request has that came through no socket of ours."""
    size = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
    return size + sum(len(name) + len(value) for name, value in scope["headers"])


def allow_descriptors(connections: int) -> None:
    """Raise this process's soft limit of open files, as far as it may, so that so many connections fit."""
    try:
        import resource  # noqa: PLC0415 (there is none on Windows, nor such a limit)
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _BESIDE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def limits_of(settings: Settings) -> Limits:
    """Return the limits of connections that the settings give."""
    return Limits(
        header=settings.max_header,
        headers=settings.max_header_count,
        url=settings.max_url,
        idle=settings.idle_timeout,
        request=settings.request_timeout,
        unread=settings.max_unread,
        connections=settings.max_connections,
    )
