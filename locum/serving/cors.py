"""Cross-origin requests (the Fetch standard, CORS protocol)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.middleware.cors import CORSMiddleware

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp

__all__ = ["cross_origin"]

_LOOPBACK = r"https?://(localhost|127\.\d+\.\d+\.\d+|\[::1\]|[a-z0-9.-]+\.localhost)(:\d+)?"
_METHODS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "QUERY")


def cross_origin(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """Return an app that lets browsers on any loopback origin in, and on those that are named.

    A page of the internet cannot read the mock of whoever visits it.
    """
    return CORSMiddleware(
        app,
        allow_origins=list(origins),
        allow_origin_regex=_LOOPBACK,
        allow_methods=_METHODS,
        allow_headers=["*"],
        allow_credentials="*" not in origins,
        expose_headers=["*"] if "*" in origins else ["Location", "ETag", "Link", "X-Request-ID", "Allow"],
        max_age=600,
    )
