"""Short words for documents in the styles of well-known APIs, and a client of what is generated for one, in process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from locum.apis import Api
from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import Document
from locum.options import AuthMode
from locum.server.application import Application, Assembly
from locum.server.authentication import Authentication
from locum.server.services import Service
from locum.server.tokens import Tokens
from locum.settings import Settings
from locum.world.worlds import Worlds

__all__ = [
    "FLAG", "LINK", "NUMBER", "TEXT", "TIME", "UUID", "WHOLE", "Client", "choice", "document", "fixed", "like", "many",
    "maybe", "operation", "path", "query", "ref", "thing",
]  # fmt: skip

TEXT, WHOLE, FLAG, NUMBER = ({"type": kind} for kind in ("string", "integer", "boolean", "number"))
TIME, UUID, LINK = ({"type": "string", "format": form} for form in ("date-time", "uuid", "uri"))
_KINDS = {str: "string", int: "integer", bool: "boolean", float: "number"}


def like(value: Any) -> dict[str, Any]:
    """Return a schema with an example."""
    return {"type": _KINDS[type(value)], "example": value}


def choice(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def thing(required: Any = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", **({"required": list(required)} if required else {}), "properties": properties}


def many(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def fixed(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that only the server sets."""
    return {**schema, "readOnly": True}


def maybe(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "nullable": True}


def query(name: str, schema: Any = TEXT, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, **more}


def path(name: str, schema: Any = TEXT, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema, **more}


def operation(  # noqa: PLR0913 (what an operation declares)
    shown: Any = None,
    status: int = 200,
    body: Any = None,
    ct: str = "application/json",
    rct: str = "application/json",
    *,
    params: Any = (),
    errors: Any = (404,),
    id: str | None = None,  # noqa: A002 (the operationId)
    summary: str | None = None,
    desc: str | None = None,
) -> dict[str, Any]:
    """Return an operation; `ct` and `rct` are the media types of its body and of its response."""
    success = {"description": "ok", **({"content": {rct: {"schema": shown}}} if shown is not None else {})}
    found: dict[str, Any] = {"responses": {str(status): success}}
    found["responses"] |= {str(error): {"description": "error"} for error in errors}
    if body is not None:
        found["requestBody"] = {"required": True, "content": {ct: {"schema": body}}}
    named = {"operationId": id, "summary": summary, "description": desc, "parameters": list(params)}
    return found | {name: value for name, value in named.items() if value}


def document(paths: Any, schemas: Any, servers: Any = ()) -> dict[str, Any]:
    return {
        "openapi": "3.0.3",
        "info": {"title": "Style", "version": "1"},
        "servers": [{"url": url} for url in servers],
        "paths": paths,
        "components": {"schemas": schemas},
    }


class Client:
    """A client of one document that nobody wrote handlers for: `client("GET", "/pets", 200)` is the parsed body."""

    def __init__(self, content: dict[str, Any]) -> None:
        service = Service(compile_contract(Document("style", Path("style.json"), b"", content)), Api(), "")
        settings, authentication = Settings(allowed_host=("testserver",)), Authentication(AuthMode.OFF, Tokens(), ())
        assembly = Assembly(settings=settings, services=[service], worlds=Worlds({}), authentication=authentication)
        self._http = TestClient(Application(assembly), raise_server_exceptions=False)

    def __call__(self, method: str, target: str, status: Any, *, text: bool = False, **sent: Any) -> Any:
        """Send a request, check the status, and return the parsed body, else its bytes; with `text`, the text."""
        response = self._http.request(method, target, **sent)
        assert response.status_code in (status if isinstance(status, list) else [status]), response.text
        if text:
            return response.text
        is_json = "json" in response.headers.get("content-type", "")
        return response.json() if is_json and response.content else response.content
