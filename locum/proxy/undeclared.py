"""Undeclared: forward a request that no operation matches. It is recorded, but there is nothing to validate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.errors import ApiError, NotFound
from locum.journal.formatter import UnmatchedFormatter
from locum.proxy.headers import wants_websocket
from locum.proxy.journaling import ForwardedOutcome, marked, record
from locum.proxy.passing import SMALL, Passing
from locum.server.asgi import send_response
from locum.server.http import HttpResponse
from locum.server.responses import problem
from locum.world.journal import Cut, Source, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import Receive, Send

    from locum.errors import TooLarge
    from locum.proxy.connection import UpstreamConnection
    from locum.proxy.failures import BadGateway
    from locum.proxy.passing import KeptBody, Received
    from locum.proxy.proxy import Proxy
    from locum.redaction import Redaction
    from locum.server.http import HttpRequest
    from locum.world.world import World

__all__ = ["UndeclaredForwarding"]

_FORWARDED = Source("upstream", "No operation matches; such requests are forwarded (--undeclared forward).")


class UndeclaredForwarding(Passing):
    """Forwards one request that no operation matches."""

    def __init__(  # noqa: PLR0913, PLR0917 (a request, and what its journal entry needs)
        self,
        proxy: Proxy,
        request: HttpRequest,
        world: World,
        receive: Receive,
        send: Send,
        redaction: Redaction,
        near_misses: Callable[[str, str], list[str]],
    ) -> None:
        super().__init__(proxy, request, world, receive, send)
        self._formatter = UnmatchedFormatter(redaction, "", near_misses)

    async def run(self) -> None:
        """Respond to the request, and record it in the journal."""
        try:
            upstream = self.proxy.upstream_of(self.world)
            if self.world.proxying.upstream == "":
                message = "No operation has this path, and this world has no upstream."
                await self._reject(NotFound(message, code="no_such_path"))
            elif wants_websocket(self.request):
                await self.upgrade(upstream)
            else:
                await self.forward(upstream)
        except ApiError as error:
            await self._reject(error)

    async def _reject(self, error: ApiError) -> None:
        response = problem(error)
        if self.request.scope["method"] == "HEAD":
            response = response._replace(body=b"")
        self._record(response, error.code, Source("mock", error.message))
        await send_response(marked(response, "mock"), self.request.scope, self._receive, self._send)

    def take_body(self, body: bytes | None) -> None:
        """Keep nothing: the body is not validated."""

    async def block(self) -> bool:
        """Block nothing."""
        return False

    async def reject(self, error: TooLarge) -> None:
        """Respond to a request that is larger than may be forwarded."""
        await self._reject(error)

    def reads_whole(self, status: int, names: Mapping[bytes, bytes]) -> bool:  # noqa: ARG002 (as for operations)
        """Return whether a response is so small that it is sent in one write."""
        length = names.get(b"content-length")
        return length is not None and int(length) <= SMALL

    async def exchange(self, connection: UpstreamConnection, received: Received, body: bytes) -> HttpResponse:  # noqa: ARG002
        """Record a response."""
        response = HttpResponse(received.status, received.headers, body)
        self._record(response, "no_operation", _FORWARDED)
        return marked(response, "upstream")

    async def mark(self, received: Received) -> HttpResponse:
        """Return the head of a response."""
        return marked(HttpResponse(received.status, received.headers, b""), "upstream")

    def end(self, connection: UpstreamConnection, received: Received, body: KeptBody, error: BadGateway | None) -> None:  # noqa: ARG002
        """Record a streamed response."""
        response = HttpResponse(received.status, received.headers, b"")
        verdict = "no_operation" if error is None else error.code
        self._record(response, verdict, _FORWARDED, Cut(body.data[:SMALL], body.size))

    async def fail(self, error: BadGateway) -> None:
        """Respond with the error."""
        await self._reject(error)

    def _record(self, response: HttpResponse, verdict: str, source: Source, body: Cut | None = None) -> None:
        shown = response.body if body is None else body
        outcome = ForwardedOutcome(Step.ROUTING, verdict, source, response.status, response.headers, shown)
        record(self.world, self._formatter, self.request, outcome, began=self.began)
