"""Fault injection: apply the faults of a world, or of one request, to a request and its response."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from http import HTTPStatus
from math import ceil
from typing import TYPE_CHECKING, Any

from locum.errors import ApiError, Invalid, Malformed
from locum.server.errors import preferred
from locum.server.http import HttpResponse
from locum.server.preferences import Preferences
from locum.server.responses import problem
from locum.world.faults import Hit, fault_of
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.types import Receive, Scope, Send

    from locum.callers import Caller
    from locum.openapi.compile.operations import Operation
    from locum.world.worlds import World

__all__ = ["CONNECTION", "HEADER", "InjectedFault", "close_connection", "injected_fault"]

HEADER = b"x-locum-fault"
"""The request header with a fault for this request only."""

CONNECTION = "locum.connection"
"""The key of the transport in a scope's state, by which a fault can close the connection."""

NO_RESPONSE = 0
"""The status in the journal for a request without a response."""

_PAUSE = 0.1
"""Seconds between two chunks of a slow body."""

_RESET = struct.pack("ii", 1, 0)
"""The SO_LINGER value with which closing a connection sends a reset."""


class InjectedFault:
    """All faults that are injected into one request.

    `status` replaces the response of the operation; with `reset` there is no response at all. Otherwise the response
    is changed and sent according to `fault`, the hit that determines the outcome.
    """

    __slots__ = ("_bytes_per_second", "delay", "fault", "headers", "hits", "reset", "status")

    def __init__(self, hits: Sequence[Hit], world: World, caller: Caller | None) -> None:
        self.hits = hits
        self.delay = sum(hit.delay for hit in hits)
        self.fault = hits[-1].fault
        self.reset = self.fault.outcome == "reset"
        self.status = self.fault.status
        self.headers: list[tuple[bytes, bytes]] = []
        rates = [hit.fault.bytes_per_second for hit in hits if hit.fault.bytes_per_second]
        self._bytes_per_second = min(rates, default=0)
        if self.fault.limit is not None:
            self._apply_limit(hits[-1], world, "" if caller is None else f"{caller.organization}/{caller.subject}")

    @property
    def replaces_response(self) -> bool:
        """Whether the fault replaces the response, so that the operation does not run."""
        return self.reset or self.status is not None

    @property
    def description(self) -> str:
        """The hits as text."""
        return "; ".join(map(str, self.hits))

    def _apply_limit(self, hit: Hit, world: World, caller: str) -> None:
        """Take a request from the caller's bucket, and set the headers (draft-ietf-httpapi-ratelimit-headers)."""
        limit = hit.fault.limit
        assert limit is not None  # noqa: S101 (called for limits only)
        allowed, left = world.faults.take(hit.name, limit, caller, world.clock.micros)
        window, wait = ceil(limit.seconds), ceil(left.seconds if left.requests == 0 else left.full)
        sent = {
            "RateLimit-Policy": f'"{hit.name}";q={limit.requests};w={window}',
            "RateLimit": f'"{hit.name}";r={left.requests};t={wait}',
            "RateLimit-Limit": str(limit.requests),
            "RateLimit-Remaining": str(left.requests),
            "RateLimit-Reset": str(wait),
        }
        if not allowed:
            self.status = 429
            sent["Retry-After"] = str(max(ceil(left.seconds), 1))
        self.headers = [(name.lower().encode(), text.encode()) for name, text in sent.items()]

    def replacement(
        self,
        operation: Operation,
        choose: Callable[[Preferences], HttpResponse],
        challenge: Callable[[], dict[str, str]],
    ) -> tuple[HttpResponse, str]:
        """Return the response that replaces the operation's, and its verdict for the journal.

        `choose` returns a declared response, `challenge` the WWW-Authenticate header of an undeclared 401. Raises
        ApiError for an error that the API formats itself.
        """
        if self.reset:
            return HttpResponse(NO_RESPONSE, [], b""), "connection_reset"
        because = f"This response is an injected fault: {self.description}."
        verdict = "rate_limited" if self.fault.limit is not None else "fault"
        if operation.declares(self.status or 0) is None:
            error = preferred(self.status or 0, challenge() if self.status == HTTPStatus.UNAUTHORIZED else {})
            error.message, error.code = because, "fault_undeclared"
            return problem(error), error.code
        try:
            chosen = choose(Preferences(code=str(self.status)))
        except ApiError as error:
            error.message, error.code = because, verdict
            error.headers.pop("Preference-Applied", None)
            raise
        head = [pair for pair in chosen.headers if pair[0] != b"preference-applied"]
        return chosen._replace(headers=head), verdict

    def apply(self, response: HttpResponse) -> HttpResponse:
        """Return a response with rate limit headers and with the defect of the fault; it is delivered accordingly."""
        status, head, data, _ = response
        sent = {name for name, _ in self.headers}
        head = [*(pair for pair in head if pair[0] not in sent), *self.headers]
        if self.fault.outcome == "malformed" and data:
            data = data[: len(data) // 2] + b"<"
        elif self.fault.outcome == "empty":
            data = b""
        elif self.fault.content_type:
            head = [pair for pair in head if pair[0] != b"content-type"]
            head.append((b"content-type", self.fault.content_type.encode("latin-1")))
        if len(data) != len(response.body):
            head = [pair for pair in head if pair[0] != b"content-length"]
            head.append((b"content-length", b"%d" % len(data)))
        return HttpResponse(status, head, data, self)

    async def deliver(self, response: HttpResponse, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a response as the faults require: late, slowly, truncated, or not at all."""
        if self.delay:
            await asyncio.sleep(self.delay)
        status, head, data, _ = response
        if self.reset:
            await close_connection(scope, receive, reset=True)
            return
        await send({"type": "http.response.start", "status": status, "headers": head})
        if self.fault.outcome == "truncated":
            await send({"type": "http.response.body", "body": data[: len(data) // 2], "more_body": True})
            await close_connection(scope, receive)
            return
        if self._bytes_per_second:
            size = max(int(self._bytes_per_second * _PAUSE), 1)
            pause = size / self._bytes_per_second
            while len(data) > size:
                await send({"type": "http.response.body", "body": data[:size], "more_body": True})
                data = data[size:]
                if await _is_gone(receive, pause):
                    return
        await send({"type": "http.response.body", "body": data})


def injected_fault(  # noqa: PLR0913, PLR0917 (a request, as its operation knows it)
    operation: str, method: str, api: str, world: World, headers: Mapping[bytes, bytes], caller: Caller | None
) -> InjectedFault | None:
    """Return the faults to inject into a request, or None. Raises Malformed for an invalid X-Locum-Fault header."""
    hits = world.faults.injected(operation, method, api, world.seed)
    if HEADER in headers:
        fault = _read_fault(headers[HEADER].decode("latin-1"))
        random = chance(world.seed, "fault", "header", world.journal.last, operation)
        if fault.concerns(operation, method, api) and random.random() < fault.probability:
            delay = 0.0 if fault.latency is None else fault.latency.draw(random)
            hits = [*(hit for hit in hits if not (hit.fault.sets_response and fault.sets_response))]
            hits.append(Hit("X-Locum-Fault", fault, 1, delay))
    return InjectedFault(sorted(hits, key=lambda hit: hit.fault.sets_response), world, caller) if hits else None


def _read_fault(text: str) -> Any:
    try:
        return fault_of(text)
    except Invalid as error:
        raise Malformed(f"The header X-Locum-Fault is invalid. {error.message}", code=error.code) from None


async def _is_gone(receive: Receive, seconds: float) -> bool:
    """Wait; return whether the client disconnected meanwhile."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
            return True
    return False


async def close_connection(scope: Scope, receive: Receive, *, reset: bool = False) -> None:
    """Close the connection during a response. Raises ConnectionResetError if there is no connection (in process)."""
    transport = (scope.get("state") or {}).get(CONNECTION)
    if transport is None:
        message = "An injected fault closes the connection here, but the request came without one (in process)."
        raise ConnectionResetError(message)
    if reset:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()
    else:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
