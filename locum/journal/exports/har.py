"""Export entries as an HTTP Archive (HAR 1.2), which browsers and proxies can open."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from locum.openapi.compile.parameters import cookies_of
from locum.world.clock import timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum.world.journal import Entry, Message

__all__ = ["har"]


_NOT_SHOWN = frozenset({"binary", "withheld", "unread"})


def har(entries: Iterable[Entry], root: str, version: str) -> dict[str, Any]:
    """Return the archive. `root` is the URL of the server, `version` that of locum."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "locum", "version": version},
            "pages": [],
            "entries": [_entry(entry, root) for entry in entries],
        }
    }


def _entry(entry: Entry, root: str) -> dict[str, Any]:
    milliseconds = entry.microseconds / 1000
    return {
        "startedDateTime": timestamp(datetime.fromtimestamp(entry.at, UTC), "milliseconds"),
        "time": milliseconds,
        "request": _request(entry, root),
        "response": _response(entry),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "comment": " ".join(entry.trace),
        "_locum": {
            "number": entry.number,
            "operation": entry.operation,
            "api": entry.api,
            "verdict": entry.verdict,
            "whole": not entry.response.cut and entry.response.form not in _NOT_SHOWN,
        },
    }


def _request(entry: Entry, root: str) -> dict[str, Any]:
    message = entry.request
    query = parse_qsl(entry.path.partition("?")[2], keep_blank_values=True)
    cookies = cookies_of(message.headers.get("cookie", ""))
    shown = {
        "method": entry.method,
        "url": root + entry.path,
        "httpVersion": "HTTP/1.1",
        "cookies": [{"name": name, "value": value} for name, value in cookies.items()],
        "headers": _headers(message),
        "queryString": [{"name": name, "value": value} for name, value in query],
        "headersSize": -1,
        "bodySize": message.size,
    }
    if message.size:
        media_type = message.headers.get("content-type", "application/octet-stream")
        shown["postData"] = {"mimeType": media_type, "text": _text(message), "params": []}
    return shown


def _response(entry: Entry) -> dict[str, Any]:
    message = entry.response
    return {
        "status": entry.status,
        "statusText": _phrase(entry.status),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(message),
        "content": {
            "size": message.size,
            "mimeType": message.headers.get("content-type", "x-unknown"),
            "text": _text(message),
        },
        "redirectURL": message.headers.get("location", ""),
        "headersSize": -1,
        "bodySize": message.size,
    }


def _headers(message: Message) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in message.headers.items()]


def _text(message: Message) -> str:
    """Return a body as text; empty for a binary or withheld one."""
    if message.body is None or message.form in {*_NOT_SHOWN, "none"}:
        return ""
    return message.body if isinstance(message.body, str) else json.dumps(message.body, ensure_ascii=False)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
