"""Cross-origin requests (the Fetch standard, CORS protocol)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.middleware.cors import CORSMiddleware

from locum.control.access import LOOPBACK_ORIGIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.datastructures import Headers
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from locum.openapi.compile.operations import Operation

__all__ = ["EXPOSED", "cross_origin", "exposed_by"]

EXPOSED = "locum.exposed"
"""The key of an ASGI scope under which an operation says what it exposes."""

_METHODS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "QUERY")
_ALWAYS = ("Location", "ETag", "Link", "X-Request-ID", "Allow")
_LIMITS = ("Retry-After", "RateLimit", "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
"""What an injected rate limit adds to a response."""
_OF_LOCUM = ("Preference-Applied", "Deprecation", "Sunset", "WWW-Authenticate")


def exposed_by(operation: Operation) -> bytes:
    """Return the response headers that scripts of other origins may read: those that any response declares.

    They are listed by name, for `*` means nothing to requests with credentials.
    """
    declared = [header.name for response in operation.responses.values() for header in response.headers.values()]
    names = {name.lower(): name for name in (*declared, *_ALWAYS, *_LIMITS, *_OF_LOCUM)}
    return ", ".join(names.values()).encode("latin-1")


class _CrossOrigin(CORSMiddleware):
    """Starlette's protocol, in which each operation exposes headers of its own."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=list(origins),
            allow_origin_regex=LOOPBACK_ORIGIN,
            allow_methods=_METHODS,
            allow_headers=["*"],
            allow_credentials="*" not in origins,
            max_age=600,
        )
        self._exposed = b"*" if "*" in origins else ", ".join((*_ALWAYS, *_LIMITS, *_OF_LOCUM)).encode()

    async def simple_response(self, scope: Scope, receive: Receive, send: Send, request_headers: Headers) -> None:
        """Add the headers of the protocol to a response.

        Those that a document declares give way: they would let in pages that this server does not admit.
        """

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                head = [pair for pair in message.get("headers", ()) if not pair[0].startswith(b"access-control-")]
                exposed = self._exposed if self.allow_all_origins else scope.get(EXPOSED, self._exposed)
                message["headers"] = [*head, (b"access-control-expose-headers", exposed)]
            await self.send(message, send, request_headers)

        await self.app(scope, receive, answer)


def cross_origin(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """Return an app that lets browsers on any loopback origin in, and on those that are named.

    A page of the internet cannot read the mock of whoever visits it.
    """
    return _CrossOrigin(app, origins)
