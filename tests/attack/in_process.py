"""Send requests to a mock in process, and measure the processor time of each."""

from __future__ import annotations

import asyncio
import json
from time import thread_time
from typing import Any, NamedTuple
from urllib.parse import unquote

from locum.server.application import create
from locum.settings import Settings

__all__ = ["Reply", "send_all", "serve_paths"]


class Reply(NamedTuple):
    status: int
    body: bytes
    seconds: float
    """Processor time."""


def serve_paths(folder, paths, *, openapi="3.1.0") -> Any:
    """Return an application that serves these paths."""
    document = folder / "api.json"
    document.write_text(json.dumps({"openapi": openapi, "info": {"title": "A", "version": "1"}, "paths": paths}))
    return create(Settings(specs=(document,), cache=False)).app


def send_all(app, requests) -> list[Reply]:
    """Send requests (method, target, body, headers) in order and return the responses."""

    async def all_replies() -> list[Reply]:
        return [await _reply(app, *request) for request in requests]

    return asyncio.run(all_replies())


async def _reply(app: Any, method: str, target: str, body: bytes, headers: dict[str, str]) -> Reply:
    path, _, query = target.partition("?")
    pairs = [(b"host", b"localhost"), *((name.encode(), value.encode()) for name, value in headers.items())]
    if body:
        pairs.append((b"content-length", b"%d" % len(body)))
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http"}
    scope |= {"path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "root_path": ""}
    scope |= {"headers": pairs, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80)}
    awaited, sent = [{"type": "http.request", "body": body, "more_body": False}], []

    async def receive() -> Any:
        return awaited.pop() if awaited else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    began = thread_time()
    await app(scope, receive, send)
    took = thread_time() - began
    return Reply(sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]), took)
