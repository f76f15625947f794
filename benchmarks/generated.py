"""Documents of any number of operations, made for measuring: collections of records, without handlers."""

from __future__ import annotations

from typing import Any

__all__ = ["document"]

_METHODS = 5
"""Operations of one collection: list, create, read, change, remove."""


def document(count: int) -> dict[str, Any]:
    """Make an OpenAPI document of so many operations, a multiple of five; each collection has schemas of its own."""
    collections = [f"things{number}" for number in range(count // _METHODS)]
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for name in collections:
        schemas[name], schemas[f"{name}List"] = _record(), _list(name)
        paths[f"/{name}"] = {
            "get": _operation(f"list_{name}", "200", f"{name}List", _whole("page", 1_000), _whole("limit", 100)),
            "post": {**_operation(f"create_{name}", "201", name), "requestBody": _json(name)},
        }
        paths[f"/{name}/{{id}}"] = {
            "parameters": [_expression()],
            "get": _operation(f"get_{name}", "200", name),
            "patch": {**_operation(f"change_{name}", "200", name), "requestBody": _json(name)},
            "delete": _operation(f"remove_{name}", "204", None),
        }
    return {
        "openapi": "3.0.3",
        "info": {"title": f"{count} operations", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _record() -> dict[str, Any]:
    properties = {
        "id": {"type": "string", "format": "uuid", "readOnly": True},
        "name": {"type": "string", "maxLength": 80},
        "email": {"type": "string", "format": "email"},
        "status": {"type": "string", "enum": ["open", "closed"]},
        "count": {"type": "integer", "minimum": 0},
        "tags": {"type": "array", "items": {"type": "string"}},
        "created_at": {"type": "string", "format": "date-time", "readOnly": True},
    }
    return {"type": "object", "required": ["id", "name"], "properties": properties}


def _list(name: str) -> dict[str, Any]:
    properties = {"data": {"type": "array", "items": _reference(name)}, "total": {"type": "integer"}}
    return {"type": "object", "required": ["data"], "properties": properties}


def _operation(name: str, status: str, schema: str | None, *parameters: dict[str, Any]) -> dict[str, Any]:
    answer = {"description": "Done.", **(_json(schema) if schema else {})}
    missing = {"description": "There is none."}
    return {"operationId": name, "parameters": list(parameters), "responses": {status: answer, "404": missing}}


def _json(schema: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": _reference(schema)}}}


def _reference(schema: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{schema}"}


def _expression() -> dict[str, Any]:
    return {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}


def _whole(name: str, most: int) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": most}}
