"""Swagger 2.0: convert a document to OpenAPI 3.0.3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from locum.openapi.grammar import methods_of
from locum.openapi.pointers import BrokenReference, home_of, join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from locum.openapi.grammar import GrammarNode

__all__ = [
    "Converted",
    "Parameters",
    "Placed",
    "convert",
    "converted_reference",
    "converted_schema",
    "list_of",
    "object_of",
    "original_pointer",
    "original_text",
    "parameter_schema",
    "rest_of",
]


_PLACES = {
    "/components/schemas/": "/definitions/",
    "/components/parameters/": "/parameters/",
    "/components/responses/": "/responses/",
    "/components/securitySchemes/": "/securityDefinitions/",
}
_NEW_PLACES = {"#/definitions/": "#/components/schemas/", "#/responses/": "#/components/responses/"}
_NEW_PLACES["#/parameters/"] = "#/components/parameters/"

_SCHEMA_KEYWORDS = frozenset(
    {"type", "format", "items", "default", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"}
    | {"maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "enum", "multipleOf", "x-nullable"}
)
"""The keywords by which a parameter, a header or an item of Swagger 2.0 describes its value, instead of a schema."""


def object_of(value: Any) -> dict[str, Any]:
    """Return a value if it is an object, else an empty one; linting reports the wrong type."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """Return a value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def converted_reference(reference: str) -> str:
    """Convert a reference to OpenAPI 3."""
    for old, new in _NEW_PLACES.items():
        if reference.startswith(old):
            return new + reference.removeprefix(old)
    return reference


def original_pointer(pointer: str, origins: Mapping[str, str]) -> str:
    """Return the pointer in the original document for a pointer in the converted one.

    `origins` has the old pointers of pieces that moved, by their new pointers.
    """
    whole, rest = pointer, ""
    while whole:
        if whole in origins:
            return origins[whole] + rest
        whole, _, step = whole.rpartition("/")
        rest = f"/{step}{rest}"
    for new, old in _PLACES.items():
        if f"{pointer}/".startswith(new):
            return (old + f"{pointer}/".removeprefix(new)).removesuffix("/")
    return pointer


def original_text(text: str) -> str:
    """Replace pointers of the converted document in a text by those of the original."""
    for new, old in _PLACES.items():
        text = text.replace(new.rstrip("/"), old.rstrip("/"))
    return text


def converted_schema(schema: Any) -> Any:
    """Convert a schema to OpenAPI 3.0."""
    if not isinstance(schema, dict):
        return schema
    result: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "$ref" and isinstance(value, str):
            result[keyword] = converted_reference(value)
        elif keyword == "items" and isinstance(value, list):
            result |= _converted_items(value, is_array="type" in schema)
        elif keyword in {"items", "additionalProperties", "not"}:
            result[keyword] = converted_schema(value)
        elif keyword in {"allOf", "anyOf", "oneOf"} and isinstance(value, list):
            result[keyword] = [converted_schema(part) for part in value]
        elif keyword == "properties" and isinstance(value, dict):
            result[keyword] = {name: converted_schema(part) for name, part in value.items()}
        elif keyword == "discriminator" and isinstance(value, str):
            result[keyword] = {"propertyName": value}
        elif keyword == "x-nullable":
            result["nullable"] = value
        else:
            result[keyword] = value
    if result.get("type") == "file":
        result |= {"type": "string", "format": "binary"}
    _admit_null(result)
    return result


def _converted_items(parts: list[Any], *, is_array: bool) -> dict[str, Any]:
    """Convert a list of schemas in place of one.

    Swagger 2.0 has no `anyOf`; documents that were written with it (Slack) have its alternatives as `items` of a
    schema without a type.
    """
    if is_array or len(parts) < 2:  # noqa: PLR2004 (alternatives are two or more)
        return {"items": [converted_schema(part) for part in parts]}
    others = [part for part in parts if object_of(part).get("type") != "null"]
    null = {"nullable": True} if len(others) < len(parts) else {}
    return {"anyOf": [converted_schema(part) for part in others], **null}


def _admit_null(schema: dict[str, Any]) -> None:
    """Convert a list of types with null to `nullable`. Swagger 2.0 has neither, but many documents use such lists."""
    types = schema.get("type")
    if isinstance(types, list) and "null" in types:
        others = [kind for kind in types if kind != "null"]
        schema["nullable"] = True
        del schema["type"]
        if len(others) == 1:
            schema["type"] = others[0]
        elif others:
            schema["anyOf"] = [{"type": kind} for kind in others]


def parameter_schema(parameter: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter, a header or an item from its own keywords."""
    keywords = {keyword: value for keyword, value in parameter.items() if keyword in _SCHEMA_KEYWORDS}
    if isinstance(keywords.get("items"), dict):
        keywords["items"] = parameter_schema(keywords["items"])
    schema: dict[str, Any] = converted_schema(keywords)
    return schema


def rest_of(parameter: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a parameter or header that are not part of its schema."""
    return {name: value for name, value in parameter.items() if name not in {*_SCHEMA_KEYWORDS, "collectionFormat"}}


_STYLES: dict[tuple[str, str], dict[str, Any]] = {
    ("query", "csv"): {"style": "form", "explode": False},
    ("query", "multi"): {"style": "form", "explode": True},
    ("query", "ssv"): {"style": "spaceDelimited", "explode": False},
    ("query", "pipes"): {"style": "pipeDelimited", "explode": False},
    ("path", "csv"): {"style": "simple"},
    ("header", "csv"): {"style": "simple"},
}
_URLENCODED, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


class Placed(NamedTuple):
    """A parameter with its references resolved, and its pointer."""

    value: dict[str, Any]
    pointer: str


class Parameters:
    """Converts the parameters of a document; collects `notes` on what OpenAPI 3 cannot express, and `origins`."""

    def __init__(self, document: dict[str, Any], origins: dict[str, str]) -> None:
        self._document = document
        self._origins = origins
        self.notes: list[str] = []

    def followed(self, parameters: Any, pointer: str) -> list[Placed]:
        """Return the parameters of a list with references resolved; invalid items are skipped."""
        found = (self._followed(parameter, join(pointer, at)) for at, parameter in enumerate(list_of(parameters)))
        return [placed for placed in found if placed is not None]

    def _followed(self, parameter: Any, pointer: str) -> Placed | None:
        try:
            value, home = home_of(self._document, parameter, pointer)
        except BrokenReference:
            return None
        return Placed(value, home) if isinstance(value, dict) else None

    def plain(self, parameters: Any, pointer: str, home: str) -> Any:
        """Convert the path, query and header parameters of a list; references to shared ones are kept.

        `pointer` is the new pointer of the list, `home` the old one. Invalid lists and items are left unchanged.
        """
        if not isinstance(parameters, list):
            return parameters
        result: list[Any] = []
        for index, parameter in enumerate(parameters):
            placed = self._followed(parameter, join(home, index))
            place = join(pointer, len(result))
            reference = object_of(parameter).get("$ref")
            if placed is None:
                self._origins[place] = join(home, index)
                result.append(parameter)
            elif placed.value.get("in") in ("body", "formData"):
                continue
            elif isinstance(reference, str) and reference.startswith("#/parameters/"):
                self._origins[place] = join(home, index)
                result.append({"$ref": "#/components" + reference.removeprefix("#")})
            else:
                result.append(self.parameter(placed.value, place, placed.pointer))
        return result

    def parameter(self, parameter: dict[str, Any], pointer: str, home: str) -> dict[str, Any]:
        """Convert a path, query or header parameter; `pointer` is its new pointer, `home` the old one."""
        self._origins[pointer] = self._origins[join(pointer, "schema")] = home
        schema = parameter_schema(parameter)
        result = {**rest_of(parameter), "schema": schema}
        if schema.get("type") == "array":
            written = str(parameter.get("collectionFormat", "csv"))
            style = _STYLES.get((str(parameter.get("in")), written))
            if style is None or object_of(schema.get("items")).get("type") == "array":
                result["schema"] = self._as_text(parameter, written)
            else:
                result |= style
        return result

    def _as_text(self, parameter: dict[str, Any], written: str) -> dict[str, Any]:
        self.notes.append(
            f"the {parameter.get('in')} parameter {parameter.get('name')!r}: OpenAPI 3 cannot express its "
            f"collectionFormat ({written}); its value is treated as text"
        )
        return {"type": "string"}

    def body(self, parameters: list[Placed], consumes: list[str], pointer: str) -> dict[str, Any] | None:
        """Create the request body at a pointer from parameters `in: body` or `in: formData`; None without any."""
        for placed in parameters:
            if placed.value.get("in") == "body":
                return self._whole_body(placed, consumes, pointer)
        form = [placed for placed in parameters if placed.value.get("in") == "formData"]
        return self._form(form, consumes, pointer) if form else None

    def _whole_body(self, placed: Placed, consumes: list[str], pointer: str) -> dict[str, Any]:
        self._origins[pointer] = placed.pointer
        parameter = placed.value
        media = {"schema": converted_schema(parameter.get("schema", {}))}
        rest = {key: value for key, value in parameter.items() if key not in {"name", "in", "schema"}}
        names = consumes or ["application/json"]
        for name in names:
            self._origins[join(pointer, "content", name, "schema")] = join(placed.pointer, "schema")
        return {**rest, "content": dict.fromkeys(names, media)}

    def _form(self, form: list[Placed], consumes: list[str], pointer: str) -> dict[str, Any]:
        properties, encoding = {}, {}
        names = _form_types([placed.value for placed in form], consumes)
        self._origins[pointer] = form[0].pointer
        for parameter, home in form:
            at_schema = [join(pointer, "content", media, "schema", "properties") for media in names]
            self._origins.update((join(place, str(parameter.get("name"))), home) for place in at_schema)
            name, rest = str(parameter.get("name")), rest_of(parameter)
            others = {
                key: value for key, value in rest.items() if key not in {"name", "in", "required", "allowEmptyValue"}
            }
            properties[name] = {**parameter_schema(parameter), **others}
            style = _STYLES.get(("query", str(parameter.get("collectionFormat", "csv"))))
            if properties[name].get("type") == "array":
                if style is None:
                    properties[name] = {**self._as_text(parameter, "tsv"), **others}
                else:
                    encoding[name] = style
        schema: dict[str, Any] = {"type": "object", "properties": properties}
        required = [str(placed.value.get("name")) for placed in form if placed.value.get("required") is True]
        if required:
            schema["required"] = required
        media = {"schema": schema, **({"encoding": encoding} if encoding else {})}
        return {"required": bool(required), "content": dict.fromkeys(names, media)}


def _form_types(form: list[dict[str, Any]], consumes: list[str]) -> list[str]:
    if any(parameter.get("type") == "file" for parameter in form):
        return [_MULTIPART]
    return [name for name in consumes if name in {_URLENCODED, _MULTIPART}] or [_URLENCODED]


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
    """The old pointers of pieces that moved, by their new pointers."""
    notes: list[str]
    """Notes on what OpenAPI 3 cannot express."""


def convert(document: dict[str, Any], fragments: Iterable[GrammarNode] = ()) -> Converted:
    """Convert a Swagger 2.0 document to OpenAPI 3.0.3.

    The document is not changed. `fragments` are the objects of other files that it refers to: schemas are converted
    in place, other objects are copied to each reference. Extensions are kept. Invalid pieces are left out, or left
    unchanged for their repair.
    """
    return _Conversion(document).run(fragments)


class _Conversion:
    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._origins: dict[str, str] = {}
        self._parameters = Parameters(document, self._origins)
        self._consumes = _texts(document.get("consumes"))
        self._produces = _texts(document.get("produces"))

    def run(self, fragments: Iterable[GrammarNode]) -> Converted:
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
            if fragment.kind == "schema":  # in place: its file was read only for this document
                converted = converted_schema(fragment.value)
                fragment.value.clear()
                fragment.value.update(converted)
        return Converted(result, self._origins, self._parameters.notes)

    def _components(self) -> dict[str, Any]:
        document, convert_parameter = self._document, self._parameters.parameter
        parameters = document.get("parameters")
        if isinstance(parameters, dict):
            # A shared body or form is converted at each reference.
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
        """Convert a response of an operation; a reference to a shared one is kept if it has the same media types."""
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
        """Resolve the references of a value; a broken one is left unchanged."""
        try:
            return home_of(self._document, value, pointer)
        except BrokenReference:
            return value, pointer


def _together(shared: list[Placed], own: list[Placed]) -> list[Placed]:
    """Return the parameters of an operation, with those of its path item that it does not override."""
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
    """Convert the members of an object; any other value is left unchanged."""
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
