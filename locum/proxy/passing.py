"""Passing: send a request to an upstream and pass on its response, whole or as a stream.

Bodies up to the validate limit are read whole where something depends on them; everything else is streamed, so that
memory does not grow with the size of a body.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from locum.errors import ApiError, TooLarge
from locum.openapi.wire.media_types import essence_of
from locum.openapi.wire.streams import is_stream
from locum.proxy.failures import BadGateway, Broken
from locum.proxy.headers import forwarded_head, passed_on
from locum.proxy.protocol import TRAILERS, finish, is_gone, send_early, sent_at_once, start, tunnel
from locum.server.asgi import receive_body, send_response
from locum.server.fault_injection import close_connection
from locum.server.routing import join_headers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Send

    from locum.proxy.connection import UpstreamConnection
    from locum.proxy.proxy import Proxy
    from locum.proxy.upstream import Upstream
    from locum.server.http import HttpRequest, HttpResponse
    from locum.world.world import World

__all__ = ["SMALL", "KeptBody", "Passing", "Received"]

SMALL = 64 * 1024
"""Bytes up to which a response is read whole whatever its media type is."""
_SHOWN = 64 * 1024
"""Bytes that are kept of a body that exceeds the limit."""
_SWITCHING = HTTPStatus.SWITCHING_PROTOCOLS.value
_WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class KeptBody:
    """The size of a body, and its bytes: all up to a limit, else the first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._parts: list[bytes] = []
        self.size = 0
        self.is_whole = True

    def add(self, data: bytes) -> None:
        """Add the next part."""
        self.size += len(data)
        if self.is_whole:
            self._parts.append(data)
            if self.size > self._most:
                self._parts = [b"".join(self._parts)[:_SHOWN]]
                self.is_whole = False

    @property
    def data(self) -> bytes:
        """What was kept."""
        return b"".join(self._parts)


class Received(NamedTuple):
    """The head of a response."""

    status: int
    headers: list[tuple[bytes, bytes]]
    """As they are passed on."""
    names: Mapping[bytes, bytes]
    """As they were sent, by name."""


class Passing(ABC):
    """Passes on one request, and the response to it."""

    def __init__(self, proxy: Proxy, request: HttpRequest, world: World, receive: Receive, send: Send) -> None:
        self.proxy = proxy
        self.request = request
        self.world = world
        self.began = perf_counter()
        self._receive = receive
        self._send = send
        self._upload: asyncio.Task[None] | None = None
        self.uploaded = KeptBody(proxy.options.limit)
        """The body of the request, if it was streamed."""
        self._is_body_taken = False
        self.is_abandoned = False
        """Whether the client closed its connection before it had sent the request."""

    # What depends on the operation

    @abstractmethod
    def take_body(self, body: bytes | None) -> None:
        """Take the body of the request as sent; None if it is too large to be read whole."""

    @abstractmethod
    async def block(self) -> bool:
        """Respond instead of forwarding the request, whose body was taken; return whether that was done."""

    @abstractmethod
    def reads_whole(self, status: int, names: Mapping[bytes, bytes]) -> bool:
        """Return whether a response is read whole before it is passed on."""

    @abstractmethod
    async def exchange(self, connection: UpstreamConnection, received: Received, body: bytes) -> HttpResponse | None:
        """Record a response that was read whole, and return what is sent; None if something else was sent."""

    @abstractmethod
    async def mark(self, received: Received) -> HttpResponse | None:
        """Return the head of a streamed response as it is sent; None if something else was sent."""

    @abstractmethod
    def end(self, connection: UpstreamConnection, received: Received, body: KeptBody, error: BadGateway | None) -> None:
        """Record a response that was streamed; with an error, it was cut off."""

    @abstractmethod
    async def fail(self, error: BadGateway) -> None:
        """Respond without a response of the upstream."""

    @abstractmethod
    async def reject(self, error: TooLarge) -> None:
        """Respond to a request whose body is too large to be blocked or passed on."""

    # The request

    async def forward(self, upstream: Upstream) -> None:
        """Forward the request, and pass on the response. Raises ApiError for a request that must not be forwarded."""
        scope, headers, options = self.request.scope, self.request.headers, self.proxy.options
        length, is_chunked = int(headers.get(b"content-length", b"0")), b"transfer-encoding" in headers
        is_streamed = not options.blocks and (is_chunked or length > options.limit)
        body = b""
        if not is_streamed:
            if is_chunked or length:
                try:
                    body = await receive_body(headers, self._receive, options.limit)
                except TooLarge as error:
                    await self.reject(error)
                    return
            self._take(body)
            if await self.block():
                return
            length = len(body)
        head = forwarded_head(scope, headers, upstream.address, length=None if is_streamed and is_chunked else length)
        connection = None
        try:
            if is_streamed:
                connection = await upstream.connect()
                connection.send(scope["method"], head, is_whole=False)
                self._upload = asyncio.create_task(self._send_body(connection, is_chunked=is_chunked))
                await connection.receive_head()
            else:
                connection = await upstream.send(scope["method"], head + body)
            await self.respond(connection)
        except BadGateway as error:
            if is_streamed and self._upload is None:
                await self._receive_unsent()
            self._take_uploaded()
            await self.fail(error)
        finally:
            await self._end_upload()
            if connection is not None:
                upstream.release(connection)

    def _take(self, body: bytes | None) -> None:
        self._is_body_taken = True
        self.take_body(body)

    def _take_uploaded(self) -> None:
        """Take the body of a request that was streamed, unless it was taken before."""
        if not self._is_body_taken:
            is_whole = self._upload is not None and self._upload.done() and self.uploaded.is_whole
            self._take(self.uploaded.data if is_whole else None)

    async def _receive_unsent(self) -> None:
        """Receive a body that was to be streamed to an upstream that cannot be reached: the mock may need it."""
        try:
            self._take(await receive_body(self.request.headers, self._receive, self.proxy.options.limit))
        except ApiError:
            self._take(None)

    async def _send_body(self, connection: UpstreamConnection, *, is_chunked: bool) -> None:
        """Send the body of the request while the response may already arrive. Raises BadGateway."""
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self.is_abandoned = True
                connection.close()
                return
            data, more = message.get("body", b""), message.get("more_body", False)
            self.uploaded.add(data)
            if is_chunked and data:
                data = b"%x\r\n%b\r\n" % (len(data), data)
            if is_chunked and not more:
                trailers = self.request.scope.get(TRAILERS) or ()
                data += b"0\r\n" + b"".join(b"%b: %b\r\n" % pair for pair in trailers) + b"\r\n"
            await connection.write(data)
        connection.is_sent = True

    async def _end_upload(self) -> None:
        """Stop sending the body: the response is complete."""
        if self._upload is not None:
            self._upload.cancel()
            with contextlib.suppress(asyncio.CancelledError, BadGateway):
                await self._upload

    # The response

    async def respond(self, connection: UpstreamConnection) -> None:
        """Pass on the response. Raises BadGateway if it fails before anything was sent."""
        scope, options = self.request.scope, self.proxy.options
        if connection.status == _SWITCHING:
            message = "The upstream switched to another protocol without being asked."
            raise Broken(message)
        if connection.early:
            send_early(scope, connection.early)
        names = join_headers(connection.headers)
        headers = passed_on(
            connection.headers, names, lambda: self.proxy.rewriting(self.world, scope, self.request.headers)
        )
        received = Received(connection.status, headers, names)
        if scope["method"] == "HEAD" or received.status in _WITHOUT_BODY:
            await self._pass_whole(connection, received, b"")
        elif self.reads_whole(received.status, received.names):
            parts, size = [], 0
            while size <= options.limit and (data := await connection.receive()):
                parts.append(data)
                size += len(data)
            body = parts[0] if len(parts) == 1 else b"".join(parts)
            if size <= options.limit:
                await self._pass_whole(connection, received, body)
            else:
                connection.put_back(body)
                await self._stream(connection, received)
        else:
            await self._stream(connection, received)

    async def _pass_whole(self, connection: UpstreamConnection, received: Received, body: bytes) -> None:
        if self._upload is not None and not self._upload.done():
            await asyncio.wait([self._upload], timeout=0)  # it may only have to notice that it is done
        self._take_uploaded()
        response = await self.exchange(connection, received, body)
        if response is None:
            return
        if response.delivery is not None:
            await send_response(response, self.request.scope, self._receive, self._send)
            return
        if self.request.scope.get("http_version") == "1.0" and b"content-length" not in received.names:
            response.headers.append((b"content-length", b"%d" % len(body)))
        if not connection.trailers and sent_at_once(self._send, response):
            return
        await start(self._send, response.status, response.headers)
        if connection.trailers:
            await self._send({"type": "http.response.body", "body": response.body, "more_body": True})
            await finish(self._send, connection.trailers)
        else:
            await self._send({"type": "http.response.body", "body": response.body})

    async def _stream(self, connection: UpstreamConnection, received: Received) -> None:
        response = await self.mark(received)
        if response is None:
            return
        await start(self._send, response.status, response.headers)
        essence = essence_of(received.names.get(b"content-type", b"").decode("latin-1"))
        body, is_patient = KeptBody(self.proxy.options.limit), is_stream(essence)
        watch = None
        if self._upload is None or self._upload.done():
            watch = asyncio.create_task(self._watch(connection))
        failure = None
        try:
            while data := await connection.receive(is_patient=is_patient):
                body.add(data)
                await self._send({"type": "http.response.body", "body": data, "more_body": True})
        except BadGateway as error:
            failure = error
            connection.close()
        finally:
            if watch is not None:
                watch.cancel()
        self._take_uploaded()
        self.end(connection, received, body, failure)
        if failure is None:
            await finish(self._send, connection.trailers)
        elif not is_gone(self.request.scope):
            # The client must notice that the body is not complete (RFC 9112, section 8).
            await close_connection(self.request.scope, self._receive)

    async def _watch(self, connection: UpstreamConnection) -> None:
        """Close the connection to the upstream when the client has gone: a stream may be silent for long."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        connection.close()

    # WebSocket

    async def upgrade(self, upstream: Upstream) -> None:
        """Forward a request for a WebSocket connection, and tunnel it if the upstream agrees. Raises ApiError."""
        scope = self.request.scope
        head = forwarded_head(scope, self.request.headers, upstream.address, length=0, upgrades=True)
        self._take(b"")
        if await self.block():
            return
        connection = None
        try:
            connection = await upstream.send(scope["method"], head)
            if connection.status != _SWITCHING:
                await self.respond(connection)
                return
            names = join_headers(connection.headers)
            of_upgrade = [(name, names[name]) for name in (b"connection", b"upgrade") if name in names]
            received = Received(connection.status, [*passed_on(connection.headers, names), *of_upgrade], names)
            response = await self.exchange(connection, received, b"")
            if response is not None:
                await tunnel(scope, connection, response.headers)
        except BadGateway as error:
            await self.fail(error)
        finally:
            if connection is not None:
                upstream.release(connection)
