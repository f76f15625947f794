"""uvicorn's HTTP protocol, with the head and the body of an answer in one write.

uvicorn writes them one after the other. To a small answer the second system call (and the client
that it wakes a second time) costs more than everything that locum does for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from locum.serving.faulting import CONNECTION

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Transport

__all__ = ["OneWriteProtocol"]


class _OneWrite:
    """A transport that holds back a first piece until the next one comes, or the loop's next turn."""

    __slots__ = ("__dict__", "_held", "_loop", "_transport")

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""

    def __getattr__(self, name: str) -> Any:
        """Everything else is the transport's own; remembered, as it is asked for with every request."""
        found = getattr(self._transport, name)
        self.__dict__[name] = found
        return found

    def write(self, data: bytes) -> None:
        """Hold this until the loop's next turn."""
        if not self._held:
            self._held = data
            self._loop.call_soon(self._flush)
        else:
            self._held += data

    def close(self) -> None:
        """Send what was held, then close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held)


class OneWriteProtocol(HttpToolsProtocol):
    """Puts the one-write transport under uvicorn's protocol."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin a connection."""
        one_write = _OneWrite(transport, self.loop)
        # uvicorn gives every request a copy of this: whoever answers it may close the connection.
        self.app_state = {**self.app_state, CONNECTION: one_write}
        super().connection_made(one_write)  # type: ignore[arg-type]  # quacks as one
