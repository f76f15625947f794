"""Metaschemas: the JSON Schemas of OpenAPI 2.0 to 3.2, compiled by jsonschema_rs.

They are the files of openapi-spec-validator, which publishes those of the OpenAPI Initiative. Its own
validators take 15 s for a document of 13 MB that is judged here in 0.4 s, and 1.8 s for one of 4 MB (0.1 s).
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

from locum.openapi.patterns import is_pattern

__all__ = ["metaschema", "validator_of"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_OPENAPI_KEYWORDS: dict[str, Any] = {
    "discriminator": {
        "type": "object",
        "required": ["propertyName"],
        "properties": {
            "propertyName": {"type": "string"},
            "mapping": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    },
    "xml": {"type": "object"},
    "externalDocs": {"type": "object", "required": ["url"]},
}
"""The keywords that OpenAPI adds to JSON Schema (its base vocabulary)."""


@cache
def metaschema(version: str) -> dict[str, Any]:
    """Return the JSON Schema of a version, such as `3.1`."""
    spec = find_spec("openapi_spec_validator")  # finds the files; importing the package takes 0.3 s
    assert spec is not None and spec.submodule_search_locations  # noqa: S101, PT018 (it is a dependency)
    place = Path(spec.submodule_search_locations[0]) / "resources" / "schemas" / f"v{version}" / "schema.json"
    schema: dict[str, Any] = orjson.loads(place.read_bytes())
    return schema


@cache
def validator_of(version: str, kind: str = "document") -> Any:
    """Return the validator of documents of a version, or of one kind of object in them (see grammar.py)."""
    schema = metaschema(version)
    # Patterns are judged as serving will, by ECMA 262; other formats are left alone, as they are in the specification.
    options: dict[str, Any] = {"validate_formats": True, "formats": {"regex": is_pattern, **_UNJUDGED}}
    if "definitions" in schema:
        name = kind.title().replace(" ", "")
        root = {"$ref": f"#/definitions/{name}", "definitions": schema["definitions"]}
        return jsonschema_rs.Draft4Validator(schema if kind == "document" else root, **options)
    # From 3.1 on schemas are JSON Schema 2020-12, said by a dynamic anchor that the specification leaves open.
    places = {"document": schema["$id"], "schema": "#/$defs/schema", "callback": f"{schema['$id']}#/$defs/callbacks"}
    root = {
        "$schema": _DIALECT,
        "$id": "urn:locum:document",
        "$ref": places.get(kind, f"{schema['$id']}#/$defs/{kind.replace(' ', '-')}"),
        "$defs": {"schema": {"$dynamicAnchor": "meta", "$ref": _DIALECT, "properties": _OPENAPI_KEYWORDS}},
    }
    registry = jsonschema_rs.Registry([(schema["$id"], schema)])
    return jsonschema_rs.Draft202012Validator(root, registry=registry, **options)


_UNJUDGED = dict.fromkeys(("email", "uri", "uri-reference"), lambda _: True)
