"""A server on a real socket, a client that sends given bytes, and helpers for documents and handlers."""

from __future__ import annotations

import http.client
import json
import re
import socket
import uuid
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any

import uvicorn

from locum.openapi.compile.parameters import snake_case
from locum.server.application import create
from locum.server.limits import limits_of
from locum.server.uvicorn_server import configuration
from locum.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ERROR", "PREAMBLE", "Reply", "Server", "body", "document", "parameter", "responses", "settings_for"]

PREAMBLE = """
from locum import *

def render_error(error, status, new_id, clock):
    return Response({
        "error": error.code,
        "message": error.message,
        "fields": [f"{found.location}:{found.field}:{found.keyword}" for found in error.violations],
    })

api = Api(render_error=render_error)

def echo(value=None):
    return {"value": value}

def mirror(body=None):
    return {"value": body}

def idle():
    return {"value": None}
"""
"""The start of every module of handlers in these tests."""

ERROR = {
    "type": "object",
    "required": ["error", "message", "fields"],
    "additionalProperties": False,
    "properties": {
        "error": {"type": "string"},
        "message": {"type": "string"},
        "fields": {"type": "array", "items": {"type": "string"}},
    },
}


def parameter(where: str, schema: Any = None, name: str = "value", **members: Any) -> dict[str, Any]:
    """Declare a parameter; the `echo` handler returns the one named `value`."""
    declared = {"name": name, "in": where, "required": where == "path", **members}
    return declared if schema is None else {**declared, "schema": schema}


def body(schema: Any, media_type: str = "application/json", *, required: bool = True, **members: Any) -> dict[str, Any]:
    """Declare a request body of one media type."""
    return {"required": required, "content": {media_type: {"schema": schema, **members}}}


def responses(*errors: int | str, schema: Any = None, status: int | str = 200, **members: Any) -> dict[str, Any]:
    """Declare a JSON success and errors in the format that PREAMBLE renders."""
    error = {"description": "rejected", "content": {"application/json": {"schema": ERROR}}}
    success = {"description": "done", "content": {"application/json": {"schema": schema or {}}}, **members}
    return {str(status): success} | {str(code): error for code in errors}


def document(paths: dict[str, Any], *, openapi: str = "3.0.3", base: str = "", **members: Any) -> dict[str, Any]:
    """Return an OpenAPI document; by default an operation has an echoing handler and declares 400."""
    for path, item in paths.items():
        for method, operation in item.items():
            if not isinstance(operation, dict) or method == "$ref":
                continue
            takes = "mirror" if "requestBody" in operation else "idle"
            if "parameters" in operation or "parameters" in item:
                takes = "echo"
            operation.setdefault("operationId", f"{takes} {method} {path}")
            operation.setdefault("responses", responses(400))
    servers = {"servers": [{"url": base}]} if base else {}
    return {"openapi": openapi, "info": {"title": "Tests", "version": "1"}, **servers, "paths": paths, **members}


@dataclass
class Reply:
    """A response as received."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def value(self) -> Any:
        """The value that an echoing handler received."""
        assert self.status == 200, (self.status, self.body)
        return self.json["value"]


class Server:
    """uvicorn with locum's configuration, in a thread; requests are sent on bare sockets."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.application = create(settings)
        listener = socket.create_server(("127.0.0.1", 0))
        self.address = listener.getsockname()
        self._server = uvicorn.Server(configuration(self.application.app, limits_of(settings)))
        # Connections before the loop runs wait in the listener's queue.
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [listener]})
        self._thread.start()

    def stop(self) -> None:
        """Stop the server and wait until it has ended."""
        self._server.should_exit = True
        self._thread.join()

    @property
    def connections(self) -> set[Any]:
        """The open connections of the server."""
        return self._server.server_state.connections

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=10)

    def __call__(
        self,
        method: str,
        target: str,
        body: bytes | Any = None,
        *,
        chunks: list[bytes] | None = None,
        world: str | None = None,
        **headers: str,
    ) -> Reply:
        """Send a request on a new connection. A body that is not bytes is sent as JSON, `chunks` with chunked encoding."""
        head = {name.replace("_", "-"): value for name, value in headers.items()}
        if world is not None:
            head["X-Locum-World"] = world
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            head.setdefault("Content-Type", "application/json")
        if chunks is not None:
            head["Transfer-Encoding"] = "chunked"
            body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
        elif body is not None:
            head.setdefault("Content-Length", str(len(body)))
        lines = [
            f"{method} {target} HTTP/1.1",
            "Host: localhost",
            *(f"{name}: {value}" for name, value in head.items()),
        ]
        return self.raw("\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + (body or b""), method)

    def raw(self, data: bytes, method: str = "GET") -> Reply:
        """Send these bytes on a new connection."""
        with self.connect() as connection:
            connection.sendall(data)
            return self.reply(connection, method)

    @staticmethod
    def reply(connection: socket.socket, method: str = "GET") -> Reply:
        """Read one response from a connection."""
        with http.client.HTTPResponse(connection, method=method) as response:
            response.begin()
            return Reply(response.status, response.headers, response.read())


def echoing_handlers(document: Any) -> str:
    """Return handlers for the operations whose operationId begins with `echo`, `mirror` or `idle`."""
    text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
    found = re.findall(r'"operationId": "([^"]+)|\boperationId: ([^"\n,}]+)', text)
    names = sorted({snake_case(quoted or plain) for quoted, plain in found})
    kinds = ((name, name.partition("_")[0]) for name in names)
    return "".join(f"{name} = {kind}\n" for name, kind in kinds if kind in {"echo", "mirror", "idle"} and name != kind)


def settings_for(folder: Path, documents: dict[str, Any], handlers: dict[str, str], **settings: Any) -> Settings:
    """Write documents (as JSON, or YAML text) and handler modules into a folder; return the settings that serve them."""
    specs = folder / "specs"
    # The folder is imported as a package of its name, so the name must be unique.
    modules = folder / f"handlers_{uuid.uuid4().hex}"
    specs.mkdir()
    modules.mkdir()
    for name, content in documents.items():
        ending, text = (".yaml", content) if isinstance(content, str) else (".json", json.dumps(content))
        (specs / (name + ending)).write_text(text, encoding="utf-8")
        source = PREAMBLE + echoing_handlers(content) + handlers.get(name, "")
        (modules / (name.replace("-", "_") + ".py")).write_text(source, encoding="utf-8")
    return Settings(specs=(specs,), handlers=modules, **{"cache": False, **settings})
