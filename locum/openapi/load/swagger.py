"""Swagger 2.0 documents as OpenAPI 3.0.3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from locum.openapi.grammar import methods_of
from locum.openapi.load.swagger_parameters import Parameters, Placed
from locum.openapi.load.swagger_schemas import converted_schema, list_of, object_of, parameter_schema, rest_of
from locum.openapi.pointers import BrokenReference, home_of, join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from locum.openapi.grammar import Node

__all__ = ["Converted", "convert"]

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


class Converted(NamedTuple):
    """An OpenAPI 3.0.3 document that was converted from Swagger 2.0."""

    content: dict[str, Any]
    origins: dict[str, str]
    """Where pieces stood before, by their new pointers."""
    notes: list[str]
    """What OpenAPI 3 has no form for."""


def convert(document: dict[str, Any], fragments: Iterable[Node] = ()) -> Converted:
    """Return a Swagger 2.0 document as OpenAPI 3.0.3.

    The document is not changed. `fragments` are the objects of other files that it refers to: their
    schemas stay where they are, and all else is put where it is referred from. Extensions are kept.
    What is not as Swagger 2.0 wants it is left out, or left as it is for its repair.
    """
    return _Conversion(document).run(fragments)


class _Conversion:
    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._origins: dict[str, str] = {}
        self._parameters = Parameters(document, self._origins)
        self._consumes = _texts(document.get("consumes"))
        self._produces = _texts(document.get("produces"))

    def run(self, fragments: Iterable[Node]) -> Converted:
        document = self._document
        result: dict[str, Any] = {"openapi": "3.0.3"}
        result |= {key: value for key, value in document.items() if key not in _MOVED}
        servers = _servers(document, _texts(document.get("schemes")))
        if servers:
            result["servers"] = servers
        if "paths" in document:
            result["paths"] = _map(
                document["paths"],
                lambda path, item: item if path.startswith("x-") else self._path_item(item, join("/paths", path)),
            )
        result["components"] = {name: part for name, part in self._components().items() if part is not None}
        for fragment in fragments:
            if fragment.kind == "schema":  # in place: it is in a file that was read for this document
                converted = converted_schema(fragment.value)
                fragment.value.clear()
                fragment.value.update(converted)
        return Converted(result, self._origins, self._parameters.notes)

    def _components(self) -> dict[str, Any]:
        document, convert_parameter = self._document, self._parameters.parameter
        parameters = document.get("parameters")
        if isinstance(parameters, dict):
            # A shared body or form is converted where it is referred to.
            parameters = {
                name: convert_parameter(value, join("/components/parameters", name), join("/parameters", name))
                if isinstance(value, dict)
                else value
                for name, value in parameters.items()
                if object_of(value).get("in") not in ("body", "formData")
            }
        return {
            "schemas": _map(document.get("definitions"), lambda _, schema: converted_schema(schema)),
            "parameters": parameters,
            "responses": _map(document.get("responses"), self._shared_response),
            "securitySchemes": _map(document.get("securityDefinitions"), lambda _, scheme: _security_scheme(scheme)),
        }

    def _shared_response(self, name: str, response: Any) -> Any:
        place, home = join("/components/responses", name), join("/responses", name)
        return self._response(response, self._produces, place, home)

    def _path_item(self, item: Any, pointer: str) -> Any:
        item, home = self._home_of(item, pointer)
        if not isinstance(item, dict):
            return item
        if home != pointer:
            self._origins[pointer] = home
        shared = self._parameters.followed(item.get("parameters"), join(home, "parameters"))
        result = {key: value for key, value in item.items() if key.startswith("x-") or key == "$ref"}
        plain = self._parameters.plain(item.get("parameters"), join(pointer, "parameters"), join(home, "parameters"))
        if plain:
            result["parameters"] = plain
        for key, *more in methods_of(item).values():
            if not more:  # Swagger has no additionalOperations
                result[key] = self._operation(item[key], shared, join(pointer, key), join(home, key))
        return result

    def _operation(self, operation: Any, shared: list[Placed], pointer: str, home: str) -> Any:
        if not isinstance(operation, dict):
            return operation
        moved = {"consumes", "produces", "parameters", "responses", "schemes"}
        result = {key: value for key, value in operation.items() if key not in moved}
        at_parameters = join(home, "parameters")
        plain = self._parameters.plain(operation.get("parameters"), join(pointer, "parameters"), at_parameters)
        if plain:
            result["parameters"] = plain
        consumes = _texts(operation["consumes"]) if "consumes" in operation else self._consumes
        own = self._parameters.followed(operation.get("parameters"), at_parameters)
        body = self._parameters.body(_together(shared, own), consumes, join(pointer, "requestBody"))
        if body is not None:
            result["requestBody"] = body
        if "responses" in operation:
            produces = _texts(operation["produces"]) if "produces" in operation else self._produces
            responses = operation["responses"]
            result["responses"] = responses
            if isinstance(responses, dict):
                result["responses"] = {
                    status: response
                    if status.startswith("x-")
                    else self._response_of(
                        response, produces, join(pointer, "responses", status), join(home, "responses", status)
                    )
                    for status, response in responses.items()
                }
        if operation.get("schemes"):
            result["servers"] = _servers(self._document, _texts(operation["schemes"]))
        return result

    def _response_of(self, response: Any, produces: list[str], pointer: str, home: str) -> Any:
        """Convert a response of an operation; a shared one is kept as a reference, if it is of the same media types."""
        reference = object_of(response).get("$ref")
        if isinstance(reference, str):
            if reference.startswith("#/responses/") and produces == self._produces:
                return {"$ref": "#/components" + reference.removeprefix("#")}
            response, home = self._home_of(response, home)
            self._origins[pointer] = home
        return self._response(response, produces, pointer, home)

    def _response(self, response: Any, produces: list[str], pointer: str, home: str) -> Any:
        if not isinstance(response, dict):
            return response
        result = {key: value for key, value in response.items() if key not in {"schema", "headers", "examples"}}
        headers = object_of(response.get("headers"))
        if headers:
            result["headers"] = {
                name: {**rest_of(header), "schema": parameter_schema(header)} if isinstance(header, dict) else header
                for name, header in headers.items()
            }
            for name in headers:
                self._origins[join(pointer, "headers", name, "schema")] = join(home, "headers", name)
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
            for name in result["content"]:
                self._origins[join(pointer, "content", name, "schema")] = join(home, "schema")
                self._origins[join(pointer, "content", name, "example")] = join(home, "examples", name)
        return result

    def _home_of(self, value: Any, pointer: str) -> tuple[Any, str]:
        """Follow the references of a value; one that leads nowhere is left as it is."""
        try:
            return home_of(self._document, value, pointer)
        except BrokenReference:
            return value, pointer


def _together(shared: list[Placed], own: list[Placed]) -> list[Placed]:
    """Return the parameters of an operation with those of its path item that it does not override."""
    named = [(placed.value.get("in"), placed.value.get("name")) for placed in own]
    has_body = any(placed.value.get("in") == "body" for placed in own)
    inherited = [
        placed
        for placed in shared
        if (placed.value.get("in"), placed.value.get("name")) not in named
        and not (has_body and placed.value.get("in") in ("body", "formData"))
    ]
    return inherited + own


def _map(value: Any, convert_one: Callable[[str, Any], Any]) -> Any:
    """Convert the members of an object; what is not one is left as it is."""
    return {name: convert_one(name, one) for name, one in value.items()} if isinstance(value, dict) else value


def _texts(value: Any) -> list[str]:
    return [item for item in list_of(value) if isinstance(item, str)]


def _servers(document: dict[str, Any], schemes: list[str]) -> list[dict[str, str]]:
    host, base = document.get("host"), document.get("basePath")
    path = "/" + base.strip("/") if isinstance(base, str) and base.strip("/") else ""
    if not isinstance(host, str) or not host:
        return [{"url": path}] if path else []
    return [{"url": f"{scheme}://{host}{path}"} for scheme in schemes or ["https"]]


def _security_scheme(scheme: Any) -> Any:
    if not isinstance(scheme, dict):
        return scheme
    rest = {key: value for key, value in scheme.items() if key == "description" or key.startswith("x-")}
    if scheme.get("type") == "basic":
        return {"type": "http", "scheme": "basic", **rest}
    if scheme.get("type") != "oauth2":
        return dict(scheme)
    flow: dict[str, Any] = {key: scheme[key] for key in ("authorizationUrl", "tokenUrl") if key in scheme}
    flow["scopes"] = object_of(scheme.get("scopes"))
    return {"type": "oauth2", "flows": {_FLOWS.get(str(scheme.get("flow")), "implicit"): flow}, **rest}
