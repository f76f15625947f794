"""Sending: one request to an application in this process, or to a server."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from time import perf_counter, time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import httpx

from locum.proof.limits import MOST_BYTES, late

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from locum.proof.findings import Shown

__all__ = ["asking", "sending"]


def asking(application: Any, headers: Mapping[str, str]) -> Callable[[Shown], Shown]:
    """Return a function that asks an ASGI application with these headers, and gives the exchange with its answer."""

    def send(asked: Shown) -> Shown:
        return asyncio.run(_asked(application, replace(asked, headers={**asked.headers, **headers})))

    return send


def sending(client: httpx.Client, headers: Mapping[str, str], seconds: float) -> Callable[[Shown], Shown]:
    """Return a function that asks a server with these headers, and gives the exchange with its answer.

    An answer that is too large to be judged is cut. The function raises httpx.HTTPError, for an answer that does not
    end within some seconds ReadTimeout.
    """

    def send(asked: Shown) -> Shown:
        told = {name.lower(): value for name, value in {**asked.headers, **headers}.items()}
        began, at, data, cut = perf_counter(), time(), b"", False
        with client.stream(asked.method, asked.url, content=asked.body, headers=told) as answer:
            for chunk in answer.iter_bytes():
                data += chunk
                if perf_counter() - began > seconds:
                    raise httpx.ReadTimeout(late(seconds))
                cut = len(data) > MOST_BYTES
                if cut:
                    break
        return replace(
            asked,
            headers=told,
            status=answer.status_code,
            answer_headers={name.lower(): value for name, value in answer.headers.items()},
            answer=data,
            cut=cut,
            seconds=perf_counter() - began,
            at=at,
        )

    return send


async def _asked(application: Any, asked: Shown) -> Shown:
    url = urlsplit(asked.url)
    path, query, body = url.path, url.query, asked.body or b""
    pairs = {"host": "127.0.0.1", **asked.headers, **({"content-length": str(len(body))} if body else {})}
    scope = {
        "type": "http",
        "method": asked.method,
        "path": unquote(path),
        "raw_path": path.encode("latin-1", "replace"),
        "query_string": query.encode("latin-1", "replace"),
        "root_path": "",
        "scheme": "http",
        "headers": [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in pairs.items()],
    }
    told: dict[str, Any] = {"status": 0, "headers": [], "body": b""}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        told["status"] = message.get("status", told["status"])
        told["headers"] = message.get("headers", told["headers"])
        told["body"] += message.get("body", b"")

    await application(scope, receive, send)
    given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in told["headers"]}
    return replace(asked, status=told["status"], answer_headers=given, answer=told["body"])
