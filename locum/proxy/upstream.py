"""Upstream: a real server, and the connections to it that are kept alive."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from locum.proxy.connection import UpstreamConnection
from locum.proxy.failures import BadGateway, TimedOut, UnreachableUpstream

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from locum.proxy.addresses import Address

__all__ = ["Transport", "Upstream", "Upstreams", "tls_context"]

_IDLE = 4.0
"""Seconds after which an idle connection is not used any more: most servers close it after five."""
_IDLE_UNSAFE = 1.0
"""The same for a request that must not be repeated, if the upstream closes the connection meanwhile."""
_MOST_IDLE = 256
"""The maximum number of idle connections to one upstream."""
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY"})
"""Methods whose requests may be sent again (RFC 9110, section 9.2.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """How upstreams are connected to."""

    timeout: float
    """The longest time in seconds to connect, and in which an upstream may be silent."""
    tls: Callable[[], ssl.SSLContext]
    """Returns the TLS context of https upstreams."""


def tls_context(ca: Path | None, certificate: Path | None, key: Path | None, *, insecure: bool) -> ssl.SSLContext:
    """Return a TLS context.

    `ca` replaces the certificate authorities of the system; `certificate` is that of the client, with `key` if that
    is in a file of its own. With `insecure` the upstream's certificate is not verified. Raises OSError, also for a
    file that is no certificate.
    """
    context = ssl.create_default_context(cafile=ca)
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Upstream:
    """A real server. It is the only one that a request can reach: redirects are not followed."""

    def __init__(self, address: Address, transport: Transport) -> None:
        self.address = address
        self._transport = transport
        self._idle: list[UpstreamConnection] = []
        self._is_swept = False

    async def send(self, method: str, data: bytes) -> UpstreamConnection:
        """Send a whole request, and return the connection once the head of the response has arrived.

        A request that may be repeated is sent again, once, if a connection that was kept alive turns out to be closed.
        Raises BadGateway.
        """
        can_repeat = method in _IDEMPOTENT
        connection = self._take(_IDLE if can_repeat else _IDLE_UNSAFE)
        if connection is not None:
            connection.send(method, data, is_whole=True)
            try:
                await connection.receive_head()
            except TimedOut:
                connection.close()
                raise
            except BadGateway:
                connection.close()
                if not can_repeat or connection.early:
                    raise
            else:
                return connection
        connection = await self.connect()
        connection.send(method, data, is_whole=True)
        try:
            await connection.receive_head()
        except BaseException:
            connection.close()
            raise
        return connection

    async def connect(self) -> UpstreamConnection:
        """Open a new connection. Raises Unreachable and TimedOut."""
        loop, address, seconds = asyncio.get_running_loop(), self.address, self._transport.timeout
        tls = self._transport.tls() if address.scheme == "https" else None
        try:
            async with asyncio.timeout(seconds):
                _, connection = await loop.create_connection(
                    lambda: UpstreamConnection(loop, seconds), address.host, address.port, ssl=tls
                )
        except TimeoutError:
            message = f"No connection to the upstream {address.url} within {seconds:g} seconds."
            raise TimedOut(message) from None
        except ssl.SSLCertVerificationError as problem:
            reason = f"{problem.verify_message}. Name its authority with --upstream-ca"
            raise UnreachableUpstream(
                f"The certificate of the upstream {address.url} is not valid: {reason}."
            ) from None
        except (OSError, UnicodeError) as problem:
            reason = getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
            raise UnreachableUpstream(f"The upstream {address.url} cannot be reached: {reason}.") from None
        return connection

    def release(self, connection: UpstreamConnection) -> None:
        """Keep a connection for the next request, or close it if its exchange is not complete."""
        if not connection.is_reusable:
            connection.close()
            return
        connection.since = monotonic()
        self._idle.append(connection)
        if len(self._idle) > _MOST_IDLE:
            self._idle.pop(0).close()
        if not self._is_swept:
            self._is_swept = True
            loop = asyncio.get_running_loop()
            loop.call_later(_IDLE, self._sweep, loop)

    def _take(self, idle: float) -> UpstreamConnection | None:
        """Return the connection that was idle for the shortest time, if that is short enough."""
        since = monotonic() - idle
        while self._idle:
            connection = self._idle[-1]
            if connection.is_open and connection.since < since:
                return None
            self._idle.pop()
            if connection.is_open:
                return connection
        return None

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close the connections that were idle for too long."""
        since = monotonic() - _IDLE
        kept = [connection for connection in self._idle if connection.is_open and connection.since >= since]
        for connection in self._idle:
            if connection not in kept:
                connection.close()
        self._idle = kept
        self._is_swept = bool(kept)
        if kept:
            loop.call_later(_IDLE, self._sweep, loop)

    def close(self) -> None:
        """Close the idle connections."""
        for connection in self._idle:
            connection.close()
        self._idle.clear()


class Upstreams:
    """The upstreams of a server: that of the server itself, and those of worlds with their own."""

    def __init__(self, transport: Transport, most: int) -> None:
        """`most` is the maximum number of upstreams that are remembered."""
        self._transport = transport
        self._most = most
        self._known: dict[Address, Upstream] = {}

    def at(self, address: Address) -> Upstream:
        """Return the upstream at an address."""
        known = self._known.get(address)
        if known is None:
            if len(self._known) >= self._most:
                self._known.pop(next(iter(self._known))).close()
            known = self._known[address] = Upstream(address, self._transport)
        return known

    def close(self) -> None:
        """Close all idle connections."""
        for upstream in self._known.values():
            upstream.close()
