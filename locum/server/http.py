"""The HTTP messages that the pipeline of an operation works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from locum.errors import ApiError

__all__ = ["Delivery", "Head", "HttpRequest", "HttpResponse"]

Head = list[tuple[bytes, bytes]]
"""The headers of a response, in the order in which they are sent."""


@dataclass(slots=True)
class HttpRequest:
    """A request that was received completely, and matched with an operation."""

    scope: Scope
    """The ASGI connection scope: method, path, query, scheme."""
    headers: Mapping[bytes, bytes]
    """By name; several lines of one name are joined (RFC 9110, section 5.3)."""
    path_values: tuple[str, ...] = ()
    """The values of the path template's expressions from left to right, still percent-encoded."""
    body: bytes = b""
    """As sent, before its content codings are undone."""
    body_error: ApiError | None = None
    """Why the body was not received: it is too large, or the connection was closed."""


class Delivery(Protocol):
    """How a response is sent if not at once and whole: late, slowly, truncated, or not at all."""

    async def deliver(self, response: HttpResponse, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a response."""
        ...


class HttpResponse(NamedTuple):
    """A response that is ready to send."""

    status: int
    headers: Head
    body: bytes
    delivery: Delivery | None = None
