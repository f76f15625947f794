"""Sending: pass a request to the served APIs within the server, as if a client had sent it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from locum.openapi.wire.json_values import read_json, write_json
from locum.openapi.wire.media_types import essence_of, is_json
from locum.openapi.wire.styles import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Message

    from locum.control.operations.requests import PreparedRequest

__all__ = ["send_prepared"]

_MOST_BYTES = 1024 * 1024
"""The maximum size of a response body that is shown."""


async def send_prepared(
    application: Callable[..., Any], request: PreparedRequest, host: str, scheme: str
) -> dict[str, Any]:
    """Send a request to an ASGI application; return the response, and the journal entry if the request has one.

    `host` is the Host header of a request without one, `scheme` that of its URL.
    """
    world = request.world
    before = world.journal.last
    response: dict[str, Any] = {"status": 0, "headers": [], "body": b""}

    received = False

    async def receive() -> Message:
        nonlocal received
        if received:
            await asyncio.Event().wait()  # the client never disconnects
        received = True
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: Message) -> None:
        response["status"] = message.get("status", response["status"])
        response["headers"] = message.get("headers", response["headers"])
        if len(response["body"]) <= _MOST_BYTES:
            response["body"] += message.get("body", b"")

    with contextlib.suppress(ConnectionResetError):  # an injected fault
        await application(_scope(request, host, scheme), receive, send)
    entry = world.journal.entry(world.journal.last) if world.journal.last > before else None
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response["headers"]}
    form, body = _shown(response["body"], headers.get("content-type", ""))
    return {
        "status": response["status"],
        "headers": headers,
        "form": form,
        "body": body,
        "size": len(response["body"]),
        "entry": None if entry is None else entry.plain(),
    }


def _scope(request: PreparedRequest, host: str, scheme: str) -> dict[str, Any]:
    headers = {"host": host, **request.headers}
    path, _, query = request.target.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": scheme,
        "path": unquote(path),
        "raw_path": path.encode("latin-1", "replace"),
        "query_string": query.encode("latin-1", "replace"),
        "root_path": "",
        "headers": [
            (name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in headers.items()
        ],
        "client": ("127.0.0.1", 0),
        "state": {},
    }


def _shown(data: bytes, media_type: str) -> tuple[str, Any]:
    """Return how a body is shown, and the body: as a JSON value, as text, or its size only."""
    if not data:
        return "none", None
    if len(data) > _MOST_BYTES:
        return "binary", None
    if is_json(essence_of(media_type)):
        try:
            value = read_json(data)
            write_json(value)
        except (Unreadable, TypeError, ValueError):
            pass
        else:
            return "json", value
    try:
        return "text", data.decode()
    except UnicodeDecodeError:
        return "binary", None
