"""Protocol: what a proxy needs of its clients' connections beyond ASGI: trailers, interim responses, tunnels."""

from __future__ import annotations

import asyncio
from http.client import NO_CONTENT, NOT_MODIFIED, SWITCHING_PROTOCOLS
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from locum.server.fault_injection import CONNECTION
from locum.server.protocol import BoundedProtocol

if TYPE_CHECKING:
    from starlette.types import Scope, Send

    from locum.proxy.connection import UpstreamConnection
    from locum.server.http import HttpResponse

__all__ = ["TRAILERS", "ProxyProtocol", "finish", "is_gone", "send_early", "sent_at_once", "start", "tunnel"]

TRAILERS = "locum.trailers"
"""The key in a scope of the list of the request's trailers; it is complete once the body is."""

_WITHOUT_BODY = (NO_CONTENT, NOT_MODIFIED)

Headers = list[tuple[bytes, bytes]]


class ProxyProtocol(BoundedProtocol):
    """uvicorn's protocol with limits, which keeps trailers apart from headers and allows to take over connections."""

    def start_request(self) -> None:
        """Start a task that serves the request. What follows the headers (RFC 9110, section 6.5) are trailers."""
        scope: Any = self.scope
        self.headers = scope[TRAILERS] = []
        super().start_request()

    def _unsupported_upgrade_warning(self) -> None:
        """Log nothing: the upstream decides about the upgrade."""


def is_gone(scope: Scope) -> bool:
    """Whether the client has closed its connection."""
    client = _client(scope)
    return client is not None and client.is_closing()


def _client(scope: Scope) -> Any:
    """Return the transport of the client; None for a request without a connection (in process)."""
    return (scope.get("state") or {}).get(CONNECTION)


def send_early(scope: Scope, responses: list[tuple[int, Headers]]) -> None:
    """Pass on interim responses, such as 103; clients of HTTP/1.0 know none (RFC 9110, section 15.2)."""
    client = _client(scope)
    if client is None or scope["http_version"] == "1.0":
        return
    for status, headers in responses:
        if status != 100:  # noqa: PLR2004 (uvicorn sends 100 itself when the body is read)
            client.write(_head(status, headers))


def _head(status: int, headers: Headers) -> bytes:
    line = STATUS_LINE.get(status) or b"HTTP/1.1 %d \r\n" % status
    return line + b"".join([b"%b: %b\r\n" % pair for pair in headers]) + b"\r\n"


async def start(send: Send, status: int, headers: Headers) -> None:
    """Begin a response. One without a body may name a length all the same (304: RFC 9110, section 8.6)."""
    cycle = getattr(send, "__self__", None)
    if status in _WITHOUT_BODY and not isinstance(cycle, RequestResponseCycle):
        headers = [pair for pair in headers if pair[0] != b"content-length"]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if status in _WITHOUT_BODY and isinstance(cycle, RequestResponseCycle):
        cycle.expected_content_length = 0


def sent_at_once(send: Send, response: HttpResponse) -> bool:
    """Send a plain response in one write, as uvicorn would in two; return False, and send nothing, for another one.

    uvicorn checks each header again, which takes as long as forwarding the request.
    """
    cycle = getattr(send, "__self__", None)
    if (
        not isinstance(cycle, RequestResponseCycle)
        or not cycle.keep_alive
        or cycle.disconnected
        or cycle.flow.write_paused
        or cycle.scope["method"] == "HEAD"
        or response.status in _WITHOUT_BODY
        or (b"content-length", b"%d" % len(response.body)) not in response.headers
    ):
        return False
    head = _head(response.status, [*cycle.default_headers, *response.headers])
    cycle.transport.write(head + response.body)
    cycle.waiting_for_100_continue = False
    cycle.response_started = cycle.response_complete = True
    cycle.message_event.set()
    cycle.on_response()
    return True


async def finish(send: Send, trailers: Headers) -> None:
    """End a streamed response, with trailers if the client's connection allows them.

    uvicorn has no trailers; they are put into the last chunk that it writes (RFC 9112, section 7.1.2).
    """
    cycle = getattr(send, "__self__", None)
    if not trailers or not isinstance(cycle, RequestResponseCycle) or not cycle.chunked_encoding:
        await send({"type": "http.response.body", "body": b""})
        return
    transport: Any = cycle.transport
    cycle.transport = _LastChunk(transport, trailers)  # type: ignore[assignment]  # has the same methods
    try:
        await send({"type": "http.response.body", "body": b""})
    finally:
        cycle.transport = transport


class _LastChunk:
    """A transport that adds trailers to the last chunk."""

    def __init__(self, transport: Any, trailers: Headers) -> None:
        self._transport = transport
        self._lines = b"".join(b"%b: %b\r\n" % pair for pair in trailers)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write the last chunk."""
        self._transport.write(data.removesuffix(b"\r\n") + self._lines + b"\r\n")


class _Pipe(asyncio.Protocol):
    """One end of a tunnel: what it receives is sent at the other end."""

    def __init__(self, transport: Any, before: Any, ended: asyncio.Future[None]) -> None:
        self.transport = transport
        self.other: _Pipe
        self._before = before
        self._ended = ended

    def data_received(self, data: bytes) -> None:
        """Pass data on."""
        self.other.transport.write(data)

    def eof_received(self) -> None:
        """Close both ends: no protocol that is tunnelled keeps one half open (RFC 6455, section 7.1.1)."""

    def pause_writing(self) -> None:
        """Wait until this end has read."""
        if not self.other.transport.is_closing():
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """Continue after this end has read."""
        if not self.other.transport.is_closing():
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Close the other end after what it still has to send, and let the first protocol of this one end."""
        self._before.connection_lost(exc)
        self.other.transport.close()
        if not self._ended.done():
            self._ended.set_result(None)


async def tunnel(scope: Scope, upstream: UpstreamConnection, headers: Headers) -> None:
    """Pass on the 101 of an upstream, and then everything in both directions until one side ends."""
    client, ended = _client(scope), asyncio.get_running_loop().create_future()
    ends = _Pipe(client, client.get_protocol(), ended), _Pipe(upstream.transport, upstream, ended)
    ends[0].other, ends[1].other = ends[1], ends[0]
    for end in ends:
        end.transport.set_protocol(end)
    client.write(_head(SWITCHING_PROTOCOLS, headers) + upstream.rest)
    client.flush()
    client.resume_reading()
    try:
        await ended
    finally:
        client.close()
        upstream.transport.close()
