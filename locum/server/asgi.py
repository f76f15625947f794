"""ASGI: receive the body of a request, and send a response."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.errors import ApiError, Malformed
from locum.server.limits import check_body_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from locum.server.http import HttpResponse

__all__ = ["receive_body", "send_response"]


async def receive_body(headers: Mapping[bytes, bytes], receive: Receive, most_bytes: int) -> bytes:
    """Receive the whole body of a request.

    Raises TooLarge, before anything is read if the Content-Length says so, and Malformed for a body that is cut off.
    """
    length = headers.get(b"content-length")
    if length is not None and length.isdigit():
        check_body_size(int(length), most_bytes)
    message = await receive()
    data: bytes = message.get("body", b"")
    if not message.get("more_body"):
        if message["type"] == "http.disconnect":
            raise _incomplete()
        check_body_size(len(data), most_bytes)
        return data
    chunks, size = [data], len(data)
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _incomplete()
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        check_body_size(size, most_bytes)
    return b"".join(chunks)


def _incomplete() -> ApiError:
    """Return the error for a cut-off body. The client is gone; the error keeps half a body from the handler."""
    return Malformed("The connection was closed before the whole body was received.", code="body_incomplete")


async def send_response(response: HttpResponse, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a response, as its faults require if it has any."""
    if response.delivery is not None:
        await response.delivery.deliver(response, scope, receive, send)
        return
    await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
    await send({"type": "http.response.body", "body": response.body})
