"""uvicorn's HTTP protocol, with bounds, and with the head and the body of an answer in one write.

uvicorn writes them one after the other. To a small answer the second system call (and the client
that it wakes a second time) costs more than everything that locum does for it.

It also has no bounds: not on the head of a request, not on the time that a client takes to send one, and not
on what a client leaves unread. The ones here cost a request a few counters; time is looked at by one timer
of each connection.
"""

from __future__ import annotations

import asyncio
import logging
import math
from typing import TYPE_CHECKING, Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from locum.errors import ApiError
from locum.server.fault_injection import CONNECTION
from locum.server.limits import HEAD_BYTES
from locum.server.responses import problem

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, TimerHandle, Transport

    from locum.options import Limits

__all__ = ["BoundedProtocol", "Bounds"]

_SMALL = 4096
"""A head that came in so few bytes is not measured."""

_LARGE = 64 * 1024
"""So many bytes are written at once: joining them to others would copy them."""

_MOST_PIPELINED = 1000

_GRACE = 0.2
"""Seconds that responses have when the server stops."""

_LINGER = 1.0
"""Seconds in which a rejected client may read why, while what it still sends is thrown away."""
_MOST_LINGERING = 1024 * 1024
"""So many bytes are thrown away."""


class _OneWrite:
    """A transport that holds back a first piece until the next one comes, or the loop's next turn."""

    __slots__ = ("__dict__", "_held", "_loop", "_transport", "is_stopping")

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""
        self.is_stopping = False
        """Whether the server stops, so that a response without an end should end."""

    def __getattr__(self, name: str) -> Any:
        """Everything else is the transport's own; remembered, as it is asked for with every request."""
        found = getattr(self._transport, name)
        self.__dict__[name] = found
        return found

    def write(self, data: bytes) -> None:
        """Hold this until the loop's next turn; a large piece is not held, so that the transport can say "enough"."""
        if len(data) > _LARGE:
            self._flush()
            self._transport.write(data)
        elif not self._held:
            self._held = data
            self._loop.call_soon(self._flush)
        else:
            self._held += data

    def close(self) -> None:
        """Send what was held, then close."""
        self._flush()
        self._transport.close()

    def finish(self) -> None:
        """Send what was held, and nothing after it."""
        self._flush()
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def _flush(self) -> None:
        if self._held:
            held, self._held = self._held, b""
            # The client may have gone since: uvloop raises RuntimeError for a write to a closed transport.
            if not self._transport.is_closing():
                self._transport.write(held)


class Bounds:
    """The limits of a server, and the connections whose clients leave responses unread."""

    __slots__ = ("limits", "slow")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.slow: dict[BoundedProtocol, None] = {}
        """Those that wait for their client, the one that has waited longest first."""

    def reset_slowest(self) -> None:
        """Reset connections until what is unread fits, those that have waited longest first, but never the last."""
        sizes = {connection: connection.transport.get_write_buffer_size() for connection in self.slow}
        unread = sum(sizes.values())
        for connection in list(sizes)[:-1]:
            if unread <= self.limits.unread:
                return
            unread -= sizes[connection]
            del self.slow[connection]
            connection.transport.abort()


class _Rejected(Exception):
    """A request that goes beyond a limit; raised through the parser, to stop it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class BoundedProtocol(HttpToolsProtocol):
    """Puts the one-write transport under uvicorn's protocol, and keeps to the limits."""

    def __init__(self, *given: Any, bounds: Bounds, **named: Any) -> None:
        super().__init__(*given, **named)
        self.bounds = bounds
        self._limits = limits = bounds.limits
        self._small = min(_SMALL, limits.header, limits.url)
        self._rejection: _Rejected | None = None
        self._watch: TimerHandle | None = None
        self.since = 0.0
        """When the connection, or the request that is read or was read last, began."""
        self._left = math.inf
        """How much was unread when that was looked at last."""
        self._is_reading = False
        """Whether a request has begun and is not whole."""
        self._is_postponed = False
        self._fed = self._before = 0
        """The bytes since a request began, at least those of its head, and how many of them its body had come with."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin a connection."""
        self._wire = _OneWrite(transport, self.loop)
        # uvicorn gives every request a copy of this: whoever answers it may close the connection.
        self.app_state = {**self.app_state, CONNECTION: self._wire}
        self.since = self.loop.time()
        is_full = len(self.connections) >= self._limits.connections and not self._close_idlest()
        super().connection_made(self._wire)  # type: ignore[arg-type]  # quacks as one
        self._watch_for(self._period)
        if is_full:
            most = self._limits.connections
            message = f"There are {most} connections, which is the most this server keeps (max-connections)."
            self._reject(_Rejected(503, "connections_full", message))

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        self.bounds.slow.pop(self, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse a piece of a request."""
        if self._rejection is not None:
            self._fed += len(data)
            if self._fed > _MOST_LINGERING:
                self.transport.abort()
            return
        if self._is_reading:
            self._fed += len(data)
        else:
            self._is_reading = True
            self._fed, self._before = len(data), 0
            self.since = self.loop.time()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._unsupported_upgrade_warning()
        except httptools.HttpParserError as problem_found:
            cause = problem_found.__context__
            if not isinstance(cause, _Rejected):
                cause = _Rejected(400, "malformed_request", "This is no HTTP/1.1 request.")
            self._reject(cause)
            return
        if self._is_reading and self._fed - self._before > self._limits.header:
            self._reject(self._too_large())

    def on_headers_complete(self) -> None:
        """Check the head of a request, and begin to answer it."""
        size, limits = self._fed, self._limits
        if size > self._small:
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if size > limits.header or len(self.url) > limits.url:
                raise self._too_large()
        if len(self.headers) > limits.headers:
            message = f"The request has more than {limits.headers} headers, which is the most this server reads "
            raise _Rejected(431, "too_many_headers", message + "(max-header-count).")
        if len(self.pipeline) > _MOST_PIPELINED:
            message = f"More than {_MOST_PIPELINED:,} requests were sent ahead on one connection."
            raise _Rejected(503, "too_many_pipelined", message)
        self.scope[HEAD_BYTES] = size  # type: ignore[literal-required]  # a name of our own
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        self._before = self._fed
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the reading of a request, as uvicorn does where nothing is upgraded."""
        self._is_reading = False
        cycle = self.cycle
        if not cycle.response_complete:
            cycle.more_body = False
            cycle.message_event.set()

    def on_response_complete(self) -> None:
        """Begin to answer the request that was sent ahead, unless the client has not read the response before.

        Where there is none, uvicorn would set a timer for each response; the one of the connection does as well.
        """
        if not self.pipeline:
            self.server_state.total_requests += 1
            if not self.flow.write_paused:
                self.flow.resume_reading()
            self.since = self.loop.time()
        elif self.flow.write_paused:
            self._is_postponed = True
        else:
            super().on_response_complete()

    def pause_writing(self) -> None:
        """Wait for the client to read; it has nothing to say meanwhile."""
        super().pause_writing()
        self.flow.pause_reading()
        self._left = math.inf
        self.bounds.slow[self] = None
        self.bounds.reset_slowest()

    def resume_writing(self) -> None:
        """Go on, as the client has read."""
        self.bounds.slow.pop(self, None)
        super().resume_writing()
        self.flow.resume_reading()
        if self._is_postponed:
            self._is_postponed = False
            super().on_response_complete()

    def shutdown(self) -> None:
        """End the connection, as the server stops: what is answered has a moment left for that."""
        self._wire.is_stopping = True
        super().shutdown()
        self.loop.call_later(_GRACE, self._abandon)

    def _abandon(self) -> None:
        """Break off what is not over when the server stops."""
        if self.parser is not None:  # the connection is not lost
            self.transport.abort()
        for task in list(self.tasks):
            task.cancel()

    @property
    def _period(self) -> float:
        """Seconds between two looks at the time."""
        return min(self._limits.idle, self._limits.request)

    def _watch_for(self, seconds: float) -> None:
        self._watch = self.loop.call_later(max(seconds, 0.01), self._look)

    def _look(self) -> None:
        """End the connection where its client has taken too long; else look again later."""
        limits, passed, wait = self._limits, self.loop.time() - self.since, self._period
        if self.flow.write_paused or self.transport.is_closing():
            left = self.transport.get_write_buffer_size()
            if left >= self._left:
                self.transport.abort()
                return
            self._left, wait = left, limits.idle
        elif self._is_reading:
            if not self.flow.read_paused:
                wait = limits.request - passed
                if wait <= 0:
                    self._reject(self._too_late())
                    return
        elif self._is_waiting:
            wait = limits.idle - passed
            if wait <= 0:
                self.transport.close()
                wait = self._period
        self._watch_for(wait)

    @property
    def _is_waiting(self) -> bool:
        """Whether nothing is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _close_idlest(self) -> bool:
        """Close the connection that has waited longest for its client to send; return whether there is one."""
        waiting = [one for one in self.connections if isinstance(one, BoundedProtocol) and one.may_go]
        if waiting:
            min(waiting, key=lambda one: one.since).transport.abort()
        return bool(waiting)

    @property
    def may_go(self) -> bool:
        """Whether the server waits for the client to send."""
        return (self._is_waiting or self._is_reading) and not self.transport.is_closing()

    def _too_large(self) -> _Rejected:
        limits = self._limits
        if len(self.url) > min(limits.url, limits.header):
            message = f"The URL is longer than {limits.url} bytes, the most this server reads (max-url)."
            return _Rejected(414, "url_too_long", message)
        message = f"The head of the request is larger than {limits.header} bytes, the most this server reads "
        return _Rejected(431, "header_too_large", message + "(max-header).")

    def _too_late(self) -> _Rejected:
        message = f"The request was not whole after {self._limits.request:g} seconds (request-timeout)."
        return _Rejected(408, "request_timeout", message)

    def _reject(self, rejection: _Rejected) -> None:
        """Answer a request that is not read to its end, and close the connection.

        Closing at once would be a reset, as the client may still send, and it would never read the response.
        """
        self._rejection = rejection
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if cycle.response_started or cycle.scope is not self.scope:
                self.transport.abort()  # a response would be taken for that to another request
                return
            cycle.disconnected = True
            cycle.message_event.set()
        self._wire.write(_written(rejection))
        self._wire.finish()
        self.flow.resume_reading()
        self.loop.call_later(_LINGER, self._wire.close)


def _written(rejection: _Rejected) -> bytes:
    """Return a response as it is sent."""
    refusal = ApiError(rejection.message, code=rejection.code)
    status, head, data = problem(refusal, rejection.status)
    lines = [name + b": " + value + b"\r\n" for name, value in [*head, (b"connection", b"close")]]
    return b"".join([STATUS_LINE[status], *lines, b"\r\n", data])


class _StopsQuietly(logging.Filter):
    """Passes over requests that the stop of the server cancelled: that is no error."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is logged."""
        return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


logging.getLogger("uvicorn.error").addFilter(_StopsQuietly())
