"""Limits: the sizes of requests, and the limits of connections."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from locum.errors import TooLarge
from locum.options import Limits

if TYPE_CHECKING:
    from starlette.types import Scope

    from locum.settings import Settings

__all__ = ["HEAD_BYTES", "allow_descriptors", "body_too_large", "check_body_size", "head_bytes", "limits_of"]


HEAD_BYTES = "locum.head_bytes"
"""The key in a scope of the approximate size of the request's head in bytes; it is seldom too low."""

_BESIDE = 256
"""Descriptors needed besides connections: files, the listener, the event loop."""


def head_bytes(scope: Scope) -> int:
    """Return the size of a request's head in bytes, for requests without a connection (in process)."""
    size = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
    return size + sum(len(name) + len(value) for name, value in scope["headers"])


def check_body_size(size: int, most: int) -> None:
    """Raise TooLarge if a request body has more bytes than the limit."""
    if size > most:
        raise body_too_large(most)


def body_too_large(most: int) -> TooLarge:
    """Return the error for a request body of more bytes than the limit."""
    return TooLarge(f"The request body is larger than {most} bytes, the limit of this server.")


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
