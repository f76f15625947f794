"""Swagger 2.0 documents as OpenAPI 3.0.3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.openapi.grammar import METHODS
from locum.openapi.load.swagger_parameters import Parameters
from locum.openapi.load.swagger_schemas import converted_schema, list_of, object_of, parameter_schema, rest_of
from locum.openapi.pointers import BrokenReference, follow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum.openapi.grammar import Node

__all__ = ["convert"]

_FLOWS = {
    "implicit": "implicit",
    "password": "password",
    "application": "clientCredentials",
    "accessCode": "authorizationCode",
}
_MOVED = frozenset(
    {"swagger", "host", "basePath", "schemes", "consumes", "produces", "paths", "definitions"}
    | {"parameters", "responses", "securityDefinitions"}
)


def convert(document: dict[str, Any], fragments: Iterable[Node] = ()) -> tuple[dict[str, Any], list[str]]:
    """Return a Swagger 2.0 document as OpenAPI 3.0.3, and notes of what the latter cannot say.

    The document is not changed. `fragments` are the objects of other files that it refers to: their
    schemas stay where they are, and all else is put where it is referred from. Extensions are kept.
    What is not as Swagger 2.0 wants it is left out: its metaschema tells of that.
    """
    return _Conversion(document).run(fragments)


class _Conversion:
    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._parameters = Parameters(document)
        self._consumes = _texts(document.get("consumes"))
        self._produces = _texts(document.get("produces"))

    def run(self, fragments: Iterable[Node]) -> tuple[dict[str, Any], list[str]]:
        document = self._document
        result: dict[str, Any] = {"openapi": "3.0.3"}
        result |= {key: value for key, value in document.items() if key not in _MOVED}
        servers = _servers(document, _texts(document.get("schemes")))
        if servers:
            result["servers"] = servers
        if isinstance(document.get("paths"), dict):
            result["paths"] = {
                path: item if path.startswith("x-") else self._path_item(item)
                for path, item in document["paths"].items()
            }
        result["components"] = {name: part for name, part in self._components().items() if part}
        for fragment in fragments:
            if fragment.kind == "schema":  # in place: it is in a file that was read for this document
                converted = converted_schema(fragment.value)
                fragment.value.clear()
                fragment.value.update(converted)
        return result, self._parameters.notes

    def _components(self) -> dict[str, dict[str, Any]]:
        shared = object_of(self._document.get("parameters"))
        return {
            "schemas": {
                name: converted_schema(schema) for name, schema in object_of(self._document.get("definitions")).items()
            },
            "parameters": {
                name: self._parameters.parameter(parameter)
                for name, parameter in shared.items()
                if object_of(parameter).get("in") not in {None, "body", "formData"}
            },
            "responses": {
                name: self._response(response, self._produces)
                for name, response in object_of(self._document.get("responses")).items()
            },
            "securitySchemes": {
                name: _security_scheme(object_of(scheme))
                for name, scheme in object_of(self._document.get("securityDefinitions")).items()
            },
        }

    def _path_item(self, item: Any) -> dict[str, Any]:
        item = object_of(self._followed(item))
        shared = self._parameters.followed(item.get("parameters"))
        result = {key: value for key, value in item.items() if key.startswith("x-")}
        plain = self._parameters.plain(item.get("parameters"))
        if plain:
            result["parameters"] = plain
        for method in METHODS:
            if method in item:
                result[method] = self._operation(item[method], shared)
        return result

    def _operation(self, operation: Any, shared: list[dict[str, Any]]) -> Any:
        if not isinstance(operation, dict):
            return operation
        moved = {"consumes", "produces", "parameters", "responses", "schemes"}
        result = {key: value for key, value in operation.items() if key not in moved}
        plain = self._parameters.plain(operation.get("parameters"))
        if plain:
            result["parameters"] = plain
        consumes = _texts(operation["consumes"]) if "consumes" in operation else self._consumes
        own = self._parameters.followed(operation.get("parameters"))
        body = self._parameters.body(_together(shared, own), consumes)
        if body is not None:
            result["requestBody"] = body
        if "responses" in operation:
            produces = _texts(operation["produces"]) if "produces" in operation else self._produces
            result["responses"] = {
                status: response if status.startswith("x-") else self._response_of(response, produces)
                for status, response in object_of(operation["responses"]).items()
            }
        if operation.get("schemes"):
            result["servers"] = _servers(self._document, _texts(operation["schemes"]))
        return result

    def _response_of(self, response: Any, produces: list[str]) -> Any:
        """Convert a response of an operation; a shared one is kept as a reference, if it is of the same media types."""
        reference = object_of(response).get("$ref")
        if isinstance(reference, str):
            if reference.startswith("#/responses/") and produces == self._produces:
                return {"$ref": "#/components" + reference.removeprefix("#")}
            response = self._followed(response)
        return self._response(response, produces)

    def _response(self, response: Any, produces: list[str]) -> Any:
        if not isinstance(response, dict):
            return response
        result = {key: value for key, value in response.items() if key not in {"schema", "headers", "examples"}}
        headers = object_of(response.get("headers"))
        if headers:
            result["headers"] = {
                name: {**rest_of(object_of(header)), "schema": parameter_schema(object_of(header))}
                for name, header in headers.items()
            }
        examples = object_of(response.get("examples"))
        if "schema" in response or examples:
            schema = converted_schema(response.get("schema", {}))
            is_file = object_of(response.get("schema")).get("type") == "file"
            names = produces or ["application/octet-stream" if is_file else "application/json"]
            media = {"schema": schema} if "schema" in response else {}
            result["content"] = {
                name: {**media, "example": examples[name]} if name in examples else media
                for name in dict.fromkeys((*names, *(name for name in examples if not name.startswith("x-"))))
            }
        return result

    def _followed(self, value: Any) -> Any:
        try:
            return follow(self._document, value)
        except BrokenReference:
            return value


def _together(shared: list[dict[str, Any]], own: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the parameters of an operation with those of its path item that it does not say anew."""
    said = {(parameter.get("in"), parameter.get("name")) for parameter in own}
    has_body = any(parameter.get("in") == "body" for parameter in own)
    inherited = [
        parameter
        for parameter in shared
        if (parameter.get("in"), parameter.get("name")) not in said
        and not (has_body and parameter.get("in") in {"body", "formData"})
    ]
    return inherited + own


def _texts(value: Any) -> list[str]:
    return [item for item in list_of(value) if isinstance(item, str)]


def _servers(document: dict[str, Any], schemes: list[str]) -> list[dict[str, str]]:
    host, base = document.get("host"), document.get("basePath")
    path = "/" + base.strip("/") if isinstance(base, str) and base.strip("/") else ""
    if not isinstance(host, str) or not host:
        return [{"url": path}] if path else []
    return [{"url": f"{scheme}://{host}{path}"} for scheme in schemes or ["https"]]


def _security_scheme(scheme: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in scheme.items() if key == "description" or key.startswith("x-")}
    if scheme.get("type") == "basic":
        return {"type": "http", "scheme": "basic", **rest}
    if scheme.get("type") != "oauth2":
        return dict(scheme)
    flow: dict[str, Any] = {key: scheme[key] for key in ("authorizationUrl", "tokenUrl") if key in scheme}
    flow["scopes"] = object_of(scheme.get("scopes"))
    return {"type": "oauth2", "flows": {_FLOWS.get(str(scheme.get("flow")), "implicit"): flow}, **rest}
