"""Faulting: what the faults of a world, or of one request, do to it."""

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
from locum.server.preferences import Preferences
from locum.server.responses import problem
from locum.world.faults import Hit, fault_of
from locum.world.identifiers import chance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.types import Receive, Scope, Send

    from locum.callers import Caller
    from locum.openapi.compile.operations import Operation
    from locum.server.responses import Rendered
    from locum.world.worlds import World

__all__ = ["CONNECTION", "HEADER", "InjectedFault", "injected_fault"]

HEADER = b"x-locum-fault"
"""The header with the fault of one request."""

CONNECTION = "locum.connection"
"""Under which name the state of a scope holds the transport, so that it can be closed."""

NO_ANSWER = 0
"""The status in the journal of what got no answer."""

_TURN = 0.1
"""Seconds between two pieces of a slow body."""

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that makes closing a connection a reset."""


class InjectedFault:
    """All that hits one request.

    `status` is what it is answered with instead of being carried out, `reset` whether it gets no
    answer at all; else its answer is spoiled and delivered as `fault` says, which has the outcome.
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
            self._draw(hits[-1], world, "" if caller is None else f"{caller.organization}/{caller.subject}")

    @property
    def answers(self) -> bool:
        """Whether the request is not carried out."""
        return self.reset or self.status is not None

    @property
    def words(self) -> str:
        """What hit, in a few words."""
        return "; ".join(map(str, self.hits))

    def _draw(self, hit: Hit, world: World, caller: str) -> None:
        """Take a request out of the caller's bucket, and say what is left (draft-ietf-httpapi-ratelimit-headers)."""
        limit = hit.fault.limit
        assert limit is not None  # noqa: S101 (asked of limits only)
        allowed, left = world.faults.take(hit.name, limit, caller, world.clock.micros)
        window, wait = ceil(limit.seconds), ceil(left.seconds if left.requests == 0 else left.full)
        said = {
            "RateLimit-Policy": f'"{hit.name}";q={limit.requests};w={window}',
            "RateLimit": f'"{hit.name}";r={left.requests};t={wait}',
            "RateLimit-Limit": str(limit.requests),
            "RateLimit-Remaining": str(left.requests),
            "RateLimit-Reset": str(wait),
        }
        if not allowed:
            self.status = 429
            said["Retry-After"] = str(max(ceil(left.seconds), 1))
        self.headers = [(name.lower().encode(), text.encode()) for name, text in said.items()]

    def answer(
        self, operation: Operation, choose: Callable[[Preferences], Rendered], challenge: Callable[[], dict[str, str]]
    ) -> tuple[Rendered, str]:
        """Return the response to a request that is not carried out, and its verdict in the journal.

        `choose` returns a declared response, `challenge` the WWW-Authenticate header of an undeclared 401. Raises
        a Refusal for an error that the API formats.
        """
        if self.reset:
            return (NO_ANSWER, [], b""), "connection_reset"
        because = f"This answer is a fault that was asked for: {self.words}."
        verdict = "rate_limited" if self.fault.limit is not None else "fault"
        if operation.declares(self.status or 0) is None:
            refusal = preferred(self.status or 0, challenge() if self.status == HTTPStatus.UNAUTHORIZED else {})
            refusal.message, refusal.code = because, "fault_undeclared"
            return problem(refusal), refusal.code
        try:
            status, head, data = choose(Preferences(code=str(self.status)))
        except ApiError as refusal:
            refusal.message, refusal.code = because, verdict
            refusal.headers.pop("Preference-Applied", None)
            raise
        return (status, [pair for pair in head if pair[0] != b"preference-applied"], data), verdict

    def apply(self, answer: Rendered) -> Rendered:
        """Return an answer as it is sent: with what a limit says, and broken as the fault wants it."""
        status, head, data = answer
        said = {name for name, _ in self.headers}
        head = [*(pair for pair in head if pair[0] not in said), *self.headers]
        if self.fault.outcome == "malformed" and data:
            data = data[: len(data) // 2] + b"<"
        elif self.fault.outcome == "empty":
            data = b""
        elif self.fault.content_type:
            head = [pair for pair in head if pair[0] != b"content-type"]
            head.append((b"content-type", self.fault.content_type.encode("latin-1")))
        if len(data) != len(answer[2]):
            head = [pair for pair in head if pair[0] != b"content-length"]
            head.append((b"content-length", b"%d" % len(data)))
        return status, head, data

    async def deliver(self, answer: Rendered, scope: Scope, receive: Receive, send: Send) -> None:
        """Send an answer: slowly, in part, or not at all, as the faults want it."""
        status, head, data = answer
        if self.reset:
            await _hang_up(scope, receive, reset=True)
            return
        await send({"type": "http.response.start", "status": status, "headers": head})
        if self.fault.outcome == "truncated":
            await send({"type": "http.response.body", "body": data[: len(data) // 2], "more_body": True})
            await _hang_up(scope, receive)
            return
        if self._bytes_per_second:
            size = max(int(self._bytes_per_second * _TURN), 1)
            turn = size / self._bytes_per_second
            while len(data) > size:
                await send({"type": "http.response.body", "body": data[:size], "more_body": True})
                data = data[size:]
                if await _is_gone(receive, turn):
                    return
        await send({"type": "http.response.body", "body": data})


def injected_fault(  # noqa: PLR0913, PLR0917 (a request, as its operation knows it)
    operation: str, method: str, api: str, world: World, headers: Mapping[bytes, bytes], caller: Caller | None
) -> InjectedFault | None:
    """Return what hits a request, if anything does. Raises Malformed for a header that says no fault."""
    hits = world.faults.injected(operation, method, api, world.seed)
    if HEADER in headers:
        fault = _said(headers[HEADER].decode("latin-1"))
        random = chance(world.seed, "fault", "header", world.journal.last, operation)
        if fault.concerns(operation, method, api) and random.random() < fault.probability:
            delay = 0.0 if fault.latency is None else fault.latency.draw(random)
            hits = [*(hit for hit in hits if not (hit.fault.answers and fault.answers))]
            hits.append(Hit("X-Locum-Fault", fault, 1, delay))
    return InjectedFault(sorted(hits, key=lambda hit: hit.fault.answers), world, caller) if hits else None


def _said(text: str) -> Any:
    try:
        return fault_of(text)
    except Invalid as refusal:
        raise Malformed(f"The header X-Locum-Fault says no fault. {refusal.message}", code=refusal.code) from None


async def _is_gone(receive: Receive, seconds: float) -> bool:
    """Wait, and say whether the client went away meanwhile."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
            return True
    return False


async def _hang_up(scope: Scope, receive: Receive, *, reset: bool = False) -> None:
    """Close the connection in the middle of an answer. Raises ConnectionResetError where there is none to close."""
    transport = (scope.get("state") or {}).get(CONNECTION)
    if transport is None:
        message = "A fault closes the connection here; in this process there is none."
        raise ConnectionResetError(message)
    if reset:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()
    else:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
