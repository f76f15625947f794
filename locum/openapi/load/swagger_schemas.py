"""Schemas of Swagger 2.0, and what parameters say instead of one, as schemas of OpenAPI 3.0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
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
"""What a parameter, a header or an item of Swagger 2.0 says of its value, beside which it has no schema."""


def object_of(value: Any) -> dict[str, Any]:
    """Return a value that should be an object, or an empty one: what is wrong with it is told elsewhere."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """Return a value that should be a list, or an empty one."""
    return value if isinstance(value, list) else []


def converted_reference(reference: str) -> str:
    """Return where what a reference leads to stands in OpenAPI 3."""
    for old, new in _NEW_PLACES.items():
        if reference.startswith(old):
            return new + reference.removeprefix(old)
    return reference


def original_pointer(pointer: str, origins: Mapping[str, str]) -> str:
    """Return where what stands at a pointer of the converted document stood before.

    `origins` has the pieces that moved, by their new pointers.
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
    """Return a text that names places of the converted document with those of the original."""
    for new, old in _PLACES.items():
        text = text.replace(new.rstrip("/"), old.rstrip("/"))
    return text


def converted_schema(schema: Any) -> Any:
    """Return the schema of OpenAPI 3.0 that says what one of Swagger 2.0 says."""
    if not isinstance(schema, dict):
        return schema
    result: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "$ref" and isinstance(value, str):
            result[keyword] = converted_reference(value)
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


def _admit_null(schema: dict[str, Any]) -> None:
    """Say a list of types with null by `nullable`: Swagger 2.0 has neither, and many documents the first."""
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
    """Return the schema of a parameter, a header or an item, which says it by keywords of its own."""
    said = {keyword: value for keyword, value in parameter.items() if keyword in _SCHEMA_KEYWORDS}
    if isinstance(said.get("items"), dict):
        said["items"] = parameter_schema(said["items"])
    schema: dict[str, Any] = converted_schema(said)
    return schema


def rest_of(parameter: dict[str, Any]) -> dict[str, Any]:
    """Return what a parameter or header says beside its schema."""
    return {name: value for name, value in parameter.items() if name not in {*_SCHEMA_KEYWORDS, "collectionFormat"}}
