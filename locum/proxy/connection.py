"""Connection: one HTTP/1.1 connection to an upstream, whose bodies are streamed in both directions.

httptools parses responses. Bodies stay as they were sent: neither content codings nor trailers are touched.
"""

from __future__ import annotations

import asyncio
from collections import deque
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any

import httptools

from locum.proxy.failures import Broken, TimedOut

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future, TimerHandle, Transport

    from locum.proxy.failures import BadGateway

__all__ = ["UpstreamConnection"]

_HIGH = 256 * 1024
"""Bytes of a response that wait to be passed on, above which nothing more is read."""
_MOST_HEAD = 256 * 1024
"""The maximum size of the head and of the trailers of a response, in bytes."""
_TOO_LARGE = f"The head of the upstream's response is larger than {_MOST_HEAD} bytes."
_MOST_EARLY = 16
"""The maximum number of interim responses."""
_SWITCHING, _FINAL, _LAST = 101, 200, 599

Headers = list[tuple[bytes, bytes]]


class UpstreamConnection(asyncio.Protocol):
    """A connection to an upstream; it serves one request at a time."""

    def __init__(self, loop: AbstractEventLoop, timeout: float) -> None:
        """`timeout` is the longest time in seconds that the upstream may be silent."""
        self._loop = loop
        self._timeout = timeout
        self.transport: Transport = None  # type: ignore[assignment]  # set before anything else happens
        self.since = 0.0
        """When it became idle, in seconds of the machine's monotonic clock."""
        self._error: BadGateway | None = None
        self._waiter: Future[None] | None = None
        self._deadline = inf
        """When the upstream has been silent for too long, by the same clock."""
        self._timer: TimerHandle | None = None
        self._drained: Future[None] | None = None
        self._is_write_paused = self._is_read_paused = False
        self.is_sent = True
        """Whether the whole request was sent."""
        self.is_complete = True
        """Whether the whole response was received."""
        self._method = ""
        self._parser = httptools.HttpResponseParser(self)
        self._start("")

    def _start(self, method: str) -> None:
        if self._method == "HEAD":
            # The parser waits for the body that the head described.
            self._parser = httptools.HttpResponseParser(self)
        self._method = method
        self.status = 0
        """The status of the response; 0 before its head was received."""
        self.headers: Headers = []
        """The headers of the response; names in lower case."""
        self.trailers: Headers = []
        self.early: list[tuple[int, Headers]] = []
        """The interim responses (RFC 9110, section 15.2), except 100."""
        self.rest = b""
        """What followed the head of a 101: the first bytes of the other protocol."""
        self._lines: Headers = self.headers
        self._chunks: deque[bytes] = deque()
        self._size = self._unparsed = 0
        self._is_interim = False
        self._is_kept_alive = False
        self._ends_with_connection = False

    # The request

    def send(self, method: str, data: bytes, *, is_whole: bool) -> None:
        """Send the head of a request and the beginning of its body, or all of it."""
        self._start(method)
        self.is_complete = False
        self.is_sent = is_whole
        self.transport.write(data)

    async def write(self, data: bytes) -> None:
        """Send more of the body of a request; wait while the upstream reads slowly. Raises BadGateway."""
        if self._error is not None:
            raise self._error
        self.transport.write(data)
        if self._is_write_paused:
            self._drained = self._loop.create_future()
            await self._drained

    # The response

    async def receive_head(self) -> None:
        """Wait for the head of the response. Raises BadGateway."""
        while not self.status:
            if self._error is not None:
                raise self._error
            await self._wait(self._timeout)

    async def receive(self, *, is_patient: bool = False) -> bytes:
        """Return the next bytes of the body; empty at its end. Raises BadGateway.

        With `is_patient` there is no limit on the silence of the upstream.
        """
        while not self._chunks:
            if self.is_complete:
                return b""
            if self._error is not None:
                raise self._error
            await self._wait(None if is_patient else self._timeout)
        data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._size = 0
        if self._is_read_paused:
            self._is_read_paused = False
            self.transport.resume_reading()
        return data

    def put_back(self, data: bytes) -> None:
        """Put back what was received of a body: it is received again."""
        self._chunks.appendleft(data)
        self._size += len(data)

    async def _wait(self, seconds: float | None) -> None:
        """Wait until something happens. Raises TimedOut."""
        waiter = self._waiter = self._loop.create_future()
        self._deadline = inf if seconds is None else monotonic() + seconds
        if self._timer is None and seconds is not None:
            self._timer = self._loop.call_later(seconds, self._expire)
        try:
            await waiter
        finally:
            self._waiter = None

    def _expire(self) -> None:
        """Fail if the upstream was silent for too long; one timer serves many requests."""
        self._timer = None
        waiter, left = self._waiter, self._deadline - monotonic()
        if waiter is None or waiter.done() or left == inf:
            return
        if left > 0:
            self._timer = self._loop.call_later(left, self._expire)
        else:
            waiter.set_exception(TimedOut(f"The upstream sent nothing for {self._timeout:g} seconds."))

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, message: str) -> None:
        if self._error is None:
            self._error = Broken(message)
        self._wake()
        self._resume_writing()

    @property
    def is_reusable(self) -> bool:
        """Whether the connection can serve another request."""
        return (
            self.is_complete
            and self.is_sent
            and self._is_kept_alive
            and self._error is None
            and not self.transport.is_closing()
        )

    @property
    def is_open(self) -> bool:
        """Whether an idle connection is still open."""
        return self._error is None and not self.transport.is_closing()

    def close(self) -> None:
        """Close the connection; what waits to be sent is discarded."""
        self.transport.abort()

    # What the transport calls

    def connection_made(self, transport: Any) -> None:
        """Begin the connection."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Parse a part of a response."""
        if self.is_complete:
            self._fail("The upstream sent a response to no request.")
            self.transport.abort()
            return
        self._unparsed += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self.rest = data[upgrade.args[0] :]
        except httptools.HttpParserError:
            self._fail("The upstream did not send an HTTP/1.1 response.")
            self.transport.abort()
            return
        if self._unparsed > _MOST_HEAD:
            self._fail(_TOO_LARGE)
            self.transport.abort()
            return
        if self._size > _HIGH and not self._is_read_paused:
            self._is_read_paused = True
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """Close the connection at the end of the upstream's stream."""

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        """End the connection; a body without a length ends with it (RFC 9112, section 6.3)."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.status and not self.is_complete and self._ends_with_connection:
            self.is_complete = True
        self._fail("The upstream closed the connection before its response was complete.")

    def pause_writing(self) -> None:
        """Wait for the upstream to read."""
        self._is_write_paused = True

    def resume_writing(self) -> None:
        """Continue after the upstream has read."""
        self._is_write_paused = False
        self._resume_writing()

    def _resume_writing(self) -> None:
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)

    # What the parser calls

    def on_message_begin(self) -> None:
        """Begin a response; there is one, apart from interim responses."""
        if self.status:
            message = "a second response"
            raise ValueError(message)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or a trailer."""
        self._lines.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Take the head of a response."""
        status = self._parser.get_status_code()
        size, self._unparsed = self._unparsed, 0
        if size > _MOST_HEAD and sum(len(name) + len(value) for name, value in self.headers) > _MOST_HEAD:
            self._fail(_TOO_LARGE)
            raise ValueError(_TOO_LARGE)
        if status > _LAST:
            message = "no status of HTTP"
            raise ValueError(message)
        if status < _FINAL and status != _SWITCHING:
            self._is_interim = True
            if len(self.early) >= _MOST_EARLY:
                message = "too many interim responses"
                raise ValueError(message)
            self.early.append((status, self.headers))
            self.headers = self._lines = []
            return
        self.status = status
        self._lines = self.trailers
        names = {name for name, _ in self.headers}
        self._ends_with_connection = b"content-length" not in names and b"transfer-encoding" not in names
        if self._method == "HEAD":
            self._is_kept_alive = self._parser.should_keep_alive()
            self.is_complete = True

    def on_body(self, data: bytes) -> None:
        """Take a part of the body."""
        self._unparsed = 0
        if self._method == "HEAD":
            self._is_kept_alive = False
            return
        self._chunks.append(data)
        self._size += len(data)

    def on_message_complete(self) -> None:
        """Complete a response."""
        if self._is_interim:
            self._is_interim = False
        elif self._method != "HEAD":
            self._is_kept_alive = self._parser.should_keep_alive() and self.status != _SWITCHING
            self.is_complete = True
