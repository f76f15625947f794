"""Exchange: a request that an upstream answered, as an observer of the proxy receives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.openapi.compile.operations import Operation

__all__ = ["ForwardedExchange", "Observer"]


class ForwardedExchange(NamedTuple):
    """A completed request for a declared operation, and the response of the upstream.

    It has secrets: credentials in headers, and whatever the bodies contain.
    """

    operation: Operation
    path_values: tuple[str, ...]
    """The values of the path template's expressions from left to right, still percent-encoded."""
    query_string: bytes
    """As sent, still percent-encoded."""
    request_headers: list[tuple[bytes, bytes]]
    """As the client sent them; names in lower case."""
    request_body: bytes | None
    """Without its content codings; None if it is larger than the validate limit."""
    status: int
    response_headers: list[tuple[bytes, bytes]]
    """As the upstream sent them; names in lower case."""
    response_body: bytes | None
    """Without its content codings; None if it is larger than the validate limit."""


Observer: TypeAlias = "Callable[[ForwardedExchange], None]"
"""Receives the exchanges of a proxy, one after the other, in the order of their completion."""
