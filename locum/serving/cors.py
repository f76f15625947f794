"""Cross-origin requests (the Fetch standard, CORS protocol), out of the way of all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.middleware.cors import CORSMiddleware

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Receive, Scope, Send


__all__ = ["CrossOrigin"]

_LOOPBACK = r"https?://(localhost|127\.\d+\.\d+\.\d+|\[::1\]|[a-z0-9.-]+\.localhost)(:\d+)?"
_METHODS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "QUERY")


class CrossOrigin:
    """Lets browsers on any loopback origin in, and on those that are named.

    A page of the internet cannot reach the mock of whoever visits it.
    """

    def __init__(self, app: Any, *, origins: Sequence[str] = ()) -> None:
        self.app = app
        self._cors = CORSMiddleware(
            app,
            allow_origins=list(origins),
            allow_origin_regex=_LOOPBACK,
            allow_methods=_METHODS,
            allow_headers=["*"],
            allow_credentials="*" not in origins,
            expose_headers=["*"] if "*" in origins else ["Location", "ETag", "Link", "X-Request-ID", "Allow"],
            max_age=600,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, and add the headers to any other answer to a browser."""
        if scope["type"] == "http":
            for name, _ in scope["headers"]:
                if name == b"origin":
                    await self._cors(scope, receive, send)
                    return
        await self.app(scope, receive, send)
