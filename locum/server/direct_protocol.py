"""Direct protocol: serve a plain request without a task, as soon as it is complete.

uvicorn creates a task and a few objects for each request, which costs more than all of locum's own work. A plain
request needs none of them: a function that needs no event loop responds to it (`Respond`), and all responses to one
chunk of input are sent in a single write, at the loop's next turn. Every other request is served in uvicorn's way: one
with a large or chunked body, `Expect` or an upgrade, a pipelined one whose predecessor is unfinished, one from a client
that does not read its responses. Both ways send the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from locum.server.protocol import LARGE, BoundedProtocol, Bounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Scope

    from locum.server.http import HttpResponse

__all__ = ["DirectProtocol"]

Respond: TypeAlias = "Callable[[Scope, dict[bytes, bytes], bytes], HttpResponse | None]"
"""Responds to a request that was received completely: its scope, its headers by name, its body.

Returns None, and does nothing, for a request that needs the event loop.
"""

_MOST_IN_A_ROW = 64
"""How many requests of one chunk are served before other connections are served."""
_LONG = len(str(LARGE))
"""A Content-Length with fewer digits is below LARGE, and need not be parsed."""
_NEEDS_TASK = frozenset({b"transfer-encoding", b"expect", b"upgrade"})
"""Request headers that need uvicorn's way."""
_WITHOUT_CONTENT = frozenset({204, 304})
"""Statuses whose responses have no content, and no framing of one (RFC 9110, sections 15.3.5 and 15.4.5)."""
_SENDABLE = bytes({9, 10, 13, *range(32, 127), *range(128, 256)})
"""The bytes that the lines of a head may contain (RFC 9110, section 5.5)."""
_FAILED = (
    STATUS_LINE[500] + b"content-type: text/plain; charset=utf-8\r\ncontent-length: 21\r\nconnection: close\r\n\r\n"
    b"Internal Server Error"
)
"""What uvicorn sends if the application raises an exception."""


@dataclass(slots=True)
class _Held:
    """A request that is held until it is complete."""

    scope: Scope
    headers: dict[bytes, bytes]
    is_kept_alive: bool
    """Whether the connection stays open after the response."""
    body: bytes = b""


class DirectProtocol(BoundedProtocol):
    """uvicorn's protocol with limits, which serves plain requests without a task."""

    def __init__(self, *given: Any, bounds: Bounds, respond: Respond, **named: Any) -> None:
        super().__init__(*given, bounds=bounds, **named)
        self._respond = respond
        self._held: _Held | None = None
        """The request that is being received, if it will be served without a task."""
        self._in_a_row = 0
        """How many requests of the current chunk were served without a task."""

    def data_received(self, data: bytes) -> None:
        """Parse a chunk of input, and serve the requests that it completes."""
        self._in_a_row = 0
        super().data_received(data)

    def start_request(self) -> None:
        """Hold the request whose head was received until it is complete, or start a task that serves it."""
        headers = dict(self.headers)
        if self._can_be_direct(headers):
            self._held = self._hold(headers)
        else:
            super().start_request()

    def _can_be_direct(self, headers: dict[bytes, bytes]) -> bool:
        """Return whether a request can be served without a task."""
        length = headers.get(b"content-length", b"0")
        return (
            self.is_waiting
            and self._in_a_row < _MOST_IN_A_ROW
            and not self.flow.write_paused
            and not self.root_path
            and len(headers) == len(self.headers)  # no header is repeated
            and headers.keys().isdisjoint(_NEEDS_TASK)
            and (len(length) < _LONG or int(length) <= LARGE)
            and self.url.startswith(b"/")
            and b"#" not in self.url
        )

    def _hold(self, headers: dict[bytes, bytes]) -> _Held:
        """Return the held request with its completed scope."""
        scope: Scope = self.scope  # type: ignore[assignment]  # uvicorn's own type of the same dict
        is_kept_alive = self.parser.should_keep_alive()
        if not is_kept_alive or b"connection" in headers:  # otherwise uvicorn's default, HTTP/1.1, is right
            version = scope["http_version"] = self.parser.get_http_version()
            is_kept_alive = is_kept_alive and version != "1.0"
        raw_path, _, query = self.url.partition(b"?")
        path = raw_path.decode("ascii")
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = raw_path
        scope["query_string"] = query
        return _Held(scope, headers, is_kept_alive)

    def on_body(self, body: bytes) -> None:
        """Receive a chunk of a body."""
        if self._held is not None:
            self._held.body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Serve a held request, or complete one that a task serves."""
        if self._held is None:
            super().on_message_complete()
            return
        self.is_reading = False
        held, self._held = self._held, None
        if not self.transport.is_closing():  # a request after one with `Connection: close` is not served
            self._serve(held)

    def _serve(self, held: _Held) -> None:
        """Serve a complete request without a task, or start a task if it needs one."""
        try:
            response = self._respond(held.scope, held.headers, held.body)
            written = None if response is None else self._serialize(response, held)
        except Exception:
            self.logger.exception("Exception in ASGI application\n")
            held.is_kept_alive, written = False, _FAILED
        if written is None:
            self._serve_by_task(held)
            self.cycle.more_body = False
            return
        self._in_a_row += 1
        self.server_state.total_requests += 1
        self.since = self.loop.time()
        self.one_write.write(written)
        if not held.is_kept_alive:
            self.one_write.close()

    def _serve_by_task(self, held: _Held) -> None:
        super().start_request()
        self.cycle.keep_alive = held.is_kept_alive
        self.cycle.body += held.body
        self.cycle.message_event.set()

    def _serialize(self, response: HttpResponse, held: _Held) -> bytes:
        """Return the bytes of a response, exactly as uvicorn's RequestResponseCycle would write them.

        Raises ValueError for an invalid header.
        """
        status, head, data, _ = response
        names = dict(head)
        if self.one_write.is_stopping:
            held.is_kept_alive = False
        if b"close" in map(bytes.strip, names.get(b"connection", b"").lower().split(b",")):
            held.is_kept_alive = False
        elif not held.is_kept_alive:
            head = [*head, (b"connection", b"close")]
        is_bodiless = held.scope["method"] == "HEAD"
        if b"content-length" not in names and not is_bodiless and status not in _WITHOUT_CONTENT:
            head = [*head, (b"transfer-encoding", b"chunked")]
            data = b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data) if data else b"0\r\n\r\n"
        if self.server_state.default_headers:
            head = [*self.server_state.default_headers, *head]
        parts = [STATUS_LINE[status]]
        for name, value in head:
            parts += (name, b": ", value, b"\r\n")
        lines = b"".join(parts)
        if lines.translate(None, _SENDABLE) or not len(head) + 1 == lines.count(b"\n") == lines.count(b"\r"):
            message = "Invalid HTTP header."
            raise ValueError(message)
        return lines + b"\r\n" if is_bodiless else b"%b\r\n%b" % (lines, data)

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection; the journal shows a held request whose body was cut off."""
        if self._held is not None:
            self._serve_by_task(self._held)
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """End the connection when the server stops; a held request has a moment to finish."""
        if self._held is None:
            super().shutdown()
        else:
            self.one_write.is_stopping = True
            self.abandon_soon()
