"""Protocol: uvicorn's HTTP protocol with limits, and with the head and body of a response in one write.

uvicorn writes head and body one after the other. For a small response, the second system call, which also wakes the
client a second time, costs more than all of locum's own work.

uvicorn also has no limits on the head of a request, on the time in which a client sends it, and on unread responses.
The limits here cost a few counters per request, and one timer per connection.
"""

from __future__ import annotations

import asyncio
import logging
import math
from typing import TYPE_CHECKING, Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from locum.errors import ApiError
from locum.server.fault_injection import CONNECTION
from locum.server.limits import HEAD_BYTES
from locum.server.responses import problem

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, TimerHandle, Transport

    from locum.options import Limits

__all__ = ["LARGE", "BoundedProtocol", "Bounds", "OneWrite"]

_SMALL = 4096
"""Up to this size in bytes, the head of a request is not measured."""

LARGE = 64 * 1024
"""From this size in bytes on, data is written at once: joining it with other data would copy it."""

_MOST_PIPELINED = 1000


_GRACE = 0.2
"""Seconds for running responses when the server stops."""

_LINGER = 1.0
"""Seconds in which a rejected client can read the response, while what it still sends is discarded."""
_MOST_LINGERING = 1024 * 1024
"""The maximum number of bytes that are discarded."""


class OneWrite:
    """A transport that delays a first write until the next write, or the next iteration of the event loop."""

    __slots__ = ("__dict__", "_held", "_loop", "_transport", "is_stopping")

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""
        self.is_stopping = False
        """Whether the server stops, so that endless responses should end."""

    def __getattr__(self, name: str) -> Any:
        """Delegate to the transport. The attribute is cached, as it is used in every request."""
        found = getattr(self._transport, name)
        self.__dict__[name] = found
        return found

    def write(self, data: bytes) -> None:
        """Delay data until the next iteration of the loop. Large data is not delayed, so that flow control works."""
        if len(data) > LARGE:
            self.flush()
            self._transport.write(data)
        elif not self._held:
            self._held = data
            self._loop.call_soon(self.flush)
        else:
            self._held += data

    def close(self) -> None:
        """Send delayed data, then close."""
        self.flush()
        self._transport.close()

    def finish(self) -> None:
        """Send delayed data, then end the stream."""
        self.flush()
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def flush(self) -> None:
        """Send delayed data."""
        if self._held:
            held, self._held = self._held, b""
            # The client may have disconnected: uvloop raises RuntimeError for a write to a closed transport.
            if not self._transport.is_closing():
                self._transport.write(held)


class Bounds:
    """The limits of a server, and the connections whose clients leave responses unread."""

    __slots__ = ("limits", "slow")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.slow: dict[BoundedProtocol, None] = {}
        """Connections that wait for their client to read, the longest wait first."""

    def reset_slowest(self) -> None:
        """Reset connections, the longest wait first, until the unread bytes fit the limit; never reset the last one."""
        sizes = {connection: connection.transport.get_write_buffer_size() for connection in self.slow}
        unread = sum(sizes.values())
        for connection in list(sizes)[:-1]:
            if unread <= self.limits.unread:
                return
            unread -= sizes[connection]
            del self.slow[connection]
            connection.transport.abort()


class _Rejected(Exception):
    """A request beyond a limit; raised through the parser to stop it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol on the one-write transport, with limits."""

    def __init__(self, *given: Any, bounds: Bounds, **named: Any) -> None:
        super().__init__(*given, **named)
        self.bounds = bounds
        self._limits = limits = bounds.limits
        self._small = min(_SMALL, limits.header, limits.url)
        self._rejection: _Rejected | None = None
        self._timer: TimerHandle | None = None
        self.since = 0.0
        """The start time of the connection, or of the current or last request."""
        self._unread = math.inf
        """The number of unread bytes at the last check."""
        self.is_reading = False
        """Whether a request is partly received."""
        self._is_next_postponed = False
        self._fed = self._before = 0
        """The bytes received since the request began (its head at least), and their number at the last body chunk."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin a connection."""
        self.one_write = OneWrite(transport, self.loop)
        # uvicorn copies this into every request, so that an injected fault can close the connection.
        self.app_state = {**self.app_state, CONNECTION: self.one_write}
        self.since = self.loop.time()
        is_full = len(self.connections) >= self._limits.connections and not self._close_idlest()
        super().connection_made(self.one_write)  # type: ignore[arg-type]  # has the same methods
        self._schedule_check(self._period)
        if is_full:
            most = self._limits.connections
            message = f"The server has reached its limit of {most} connections (max-connections)."
            self._reject(_Rejected(503, "connections_full", message))

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.bounds.slow.pop(self, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse a chunk of a request."""
        if self._rejection is not None:
            self._fed += len(data)
            if self._fed > _MOST_LINGERING:
                self.transport.abort()
            return
        if self.is_reading:
            self._fed += len(data)
        else:
            self.is_reading = True
            self._fed, self._before = len(data), 0
            self.since = self.loop.time()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._unsupported_upgrade_warning()
        except httptools.HttpParserError as error:
            cause = error.__context__
            if not isinstance(cause, _Rejected):
                cause = _Rejected(400, "malformed_request", "This is not an HTTP/1.1 request.")
            self._reject(cause)
            return
        if self.is_reading and self._fed - self._before > self._limits.header:
            self._reject(self._too_large())

    def on_headers_complete(self) -> None:
        """Check the head of a request, and start to serve it."""
        size, limits = self._fed, self._limits
        if size > self._small:
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if size > limits.header or len(self.url) > limits.url:
                raise self._too_large()
        if len(self.headers) > limits.headers:
            message = f"The request has more than {limits.headers} headers, the limit of this server "
            raise _Rejected(431, "too_many_headers", message + "(max-header-count).")
        if len(self.pipeline) > _MOST_PIPELINED:
            message = f"More than {_MOST_PIPELINED:,} requests were pipelined on one connection."
            raise _Rejected(503, "too_many_pipelined", message)
        self.scope[HEAD_BYTES] = size  # type: ignore[literal-required]  # a name of our own
        self.start_request()

    def start_request(self) -> None:
        """Start a task that serves the request whose head was received."""
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Receive a chunk of a body."""
        self._before = self._fed
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Complete a request, as uvicorn does without an upgrade."""
        self.is_reading = False
        cycle = self.cycle
        if not cycle.response_complete:
            cycle.more_body = False
            cycle.message_event.set()

    def on_response_complete(self) -> None:
        """Start the next pipelined request.

        Without one, uvicorn would set a timer for each response. The timer of the connection replaces it.
        """
        if not self.pipeline:
            self.server_state.total_requests += 1
            if not self.flow.write_paused:
                self.flow.resume_reading()
            self.since = self.loop.time()
        else:
            super().on_response_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Start to serve a request, or postpone it if the client has not read the previous responses yet."""
        if self.flow.write_paused:
            self.pipeline.append((cycle, app))
            self._is_next_postponed = True
        else:
            super()._start_asgi_task(cycle, app)

    def pause_writing(self) -> None:
        """Wait for the client to read, and stop reading from it meanwhile."""
        super().pause_writing()
        self.flow.pause_reading()
        self._unread = math.inf
        self.bounds.slow[self] = None
        self.bounds.reset_slowest()

    def resume_writing(self) -> None:
        """Continue after the client has read."""
        self.bounds.slow.pop(self, None)
        super().resume_writing()
        self.flow.resume_reading()
        if self._is_next_postponed:
            self._is_next_postponed = False
            self._start_asgi_task(*self.pipeline.pop())

    def shutdown(self) -> None:
        """End the connection when the server stops; running responses have a moment to finish."""
        self.one_write.is_stopping = True
        super().shutdown()
        self.abandon_soon()

    def abandon_soon(self) -> None:
        """Abort what is still running a moment after the server stops."""
        self.loop.call_later(_GRACE, self._abandon)

    def _abandon(self) -> None:
        """Abort what is still running when the server stops."""
        if self.parser is not None:  # the connection is still open
            self.transport.abort()
        for task in list(self.tasks):
            task.cancel()

    @property
    def _period(self) -> float:
        """Seconds between two timeout checks."""
        return min(self._limits.idle, self._limits.request)

    def _schedule_check(self, seconds: float) -> None:
        self._timer = self.loop.call_later(max(seconds, 0.01), self._check_timeouts)

    def _check_timeouts(self) -> None:
        """End the connection if its client has taken too long; else schedule the next check."""
        limits, passed, wait = self._limits, self.loop.time() - self.since, self._period
        if self.flow.write_paused or self.transport.is_closing():
            unread = self.transport.get_write_buffer_size()
            if unread >= self._unread:
                self.transport.abort()
                return
            self._unread, wait = unread, limits.idle
        elif self.is_reading:
            if not self.flow.read_paused:
                wait = limits.request - passed
                if wait <= 0:
                    self._reject(self._timed_out())
                    return
        elif self.is_waiting:
            wait = limits.idle - passed
            if wait <= 0:
                self.transport.close()
                wait = self._period
        self._schedule_check(wait)

    @property
    def is_waiting(self) -> bool:
        """Whether no request is being served."""
        return self.cycle is None or self.cycle.response_complete

    def _close_idlest(self) -> bool:
        """Close the connection that has waited longest for its client to send; return whether one was closed."""
        waiting = [one for one in self.connections if isinstance(one, BoundedProtocol) and one.is_closable]
        if waiting:
            min(waiting, key=lambda one: one.since).transport.abort()
        return bool(waiting)

    @property
    def is_closable(self) -> bool:
        """Whether the server waits for the client to send, so that the connection can be closed."""
        return (self.is_waiting or self.is_reading) and not self.transport.is_closing()

    def _too_large(self) -> _Rejected:
        limits = self._limits
        if len(self.url) > min(limits.url, limits.header):
            message = f"The URL is longer than {limits.url} bytes, the limit of this server (max-url)."
            return _Rejected(414, "url_too_long", message)
        message = f"The head of the request is larger than {limits.header} bytes, the limit of this server "
        return _Rejected(431, "header_too_large", message + "(max-header).")

    def _timed_out(self) -> _Rejected:
        message = f"The request was incomplete after {self._limits.request:g} seconds (request-timeout)."
        return _Rejected(408, "request_timeout", message)

    def _reject(self, rejection: _Rejected) -> None:
        """Respond to a request that is not read to its end, and close the connection.

        The connection is not closed at once: the client may still send, so it would get a reset and never read the
        response.
        """
        self._rejection = rejection
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if cycle.response_started or cycle.scope is not self.scope:
                self.transport.abort()  # the client would take our response for that of another request
                return
            cycle.disconnected = True
            cycle.message_event.set()
        self.one_write.write(_serialize(rejection))
        self.one_write.finish()
        self.flow.resume_reading()
        self.loop.call_later(_LINGER, self.one_write.close)


def _serialize(rejection: _Rejected) -> bytes:
    """Return the bytes of the response."""
    api_error = ApiError(rejection.message, code=rejection.code)
    status, head, data, _ = problem(api_error, rejection.status)
    lines = [name + b": " + value + b"\r\n" for name, value in [*head, (b"connection", b"close")]]
    return b"".join([STATUS_LINE[status], *lines, b"\r\n", data])


class _StopsQuietly(logging.Filter):
    """Drops log records of requests that were cancelled because the server stops: that is not an error."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is logged."""
        return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


logging.getLogger("uvicorn.error").addFilter(_StopsQuietly())
