"""The grammar of OpenAPI: the kinds of objects in a document, their fields, and where a `$ref` is a reference.

A `$ref` is a reference only where the specification allows a reference to an object. In an extension, an example,
a default, an enum or a const it is data (OpenAPI 3.1.1, sections 4.8.23 and 4.9).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.openapi.pointers import join, split

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["METHODS", "GrammarNode", "children", "kind_of", "methods_of", "nodes", "references_of", "version_of"]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
"""The fixed methods of a path item, as keys of a document; `query` was added in 3.2."""

_SPELLINGS = {key: method for method in METHODS for key in (method, method.upper(), method.title())}
"""The accepted spellings of the fixed methods; `GET` is a common mistake."""
_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A method is a token (RFC 9110, section 9.1)."""

_ONE, _LIST, _NAMED, _PATTERNED = range(4)
"""The shape of a field: one object, a list, a map with any names, or a map in which `x-` marks an extension."""

_Fields = dict[str, tuple[int, str]]

_SCHEMA: _Fields = {
    **dict.fromkeys(
        (
            *("items", "additionalProperties", "additionalItems", "not", "if", "then", "else", "contains"),
            *("propertyNames", "unevaluatedItems", "unevaluatedProperties", "contentSchema"),
        ),
        (_ONE, "schema"),
    ),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), (_LIST, "schema")),
    **dict.fromkeys(
        ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions"), (_NAMED, "schema")
    ),
}
_CONTENT: _Fields = {"content": (_NAMED, "media type"), "examples": (_NAMED, "example")}

_GRAMMAR: dict[str, _Fields] = {
    "document": {
        "paths": (_PATTERNED, "path item"),
        "webhooks": (_NAMED, "path item"),
        "components": (_ONE, "components"),
    },
    "components": {
        "schemas": (_NAMED, "schema"),
        "responses": (_NAMED, "response"),
        "parameters": (_NAMED, "parameter"),
        "examples": (_NAMED, "example"),
        "requestBodies": (_NAMED, "request body"),
        "headers": (_NAMED, "header"),
        "securitySchemes": (_NAMED, "security scheme"),
        "links": (_NAMED, "link"),
        "callbacks": (_NAMED, "callback"),
        "pathItems": (_NAMED, "path item"),
        "mediaTypes": (_NAMED, "media type"),
    },
    "path item": {
        **dict.fromkeys(_SPELLINGS, (_ONE, "operation")),
        "additionalOperations": (_NAMED, "operation"),
        "parameters": (_LIST, "parameter"),
    },
    "operation": {
        "parameters": (_LIST, "parameter"),
        "requestBody": (_ONE, "request body"),
        "responses": (_PATTERNED, "response"),
        "callbacks": (_NAMED, "callback"),
    },
    "parameter": {"schema": (_ONE, "schema"), **_CONTENT},
    "header": {"schema": (_ONE, "schema"), **_CONTENT},
    "request body": {"content": (_NAMED, "media type")},
    "response": {"headers": (_NAMED, "header"), "content": (_NAMED, "media type"), "links": (_NAMED, "link")},
    "media type": {
        "schema": (_ONE, "schema"),
        "itemSchema": (_ONE, "schema"),
        "examples": (_NAMED, "example"),
        "encoding": (_NAMED, "encoding"),
        "itemEncoding": (_ONE, "encoding"),
        "prefixEncoding": (_LIST, "encoding"),
    },
    "encoding": {
        "headers": (_NAMED, "header"),
        "encoding": (_NAMED, "encoding"),
        "itemEncoding": (_ONE, "encoding"),
        "prefixEncoding": (_LIST, "encoding"),
    },
    "schema": _SCHEMA,
    "example": {},
    "link": {},
    "security scheme": {},
    # Swagger 2.0 (its schemas have the same fields as those of 3.0).
    "swagger": {
        "paths": (_PATTERNED, "swagger path item"),
        "definitions": (_NAMED, "schema"),
        "parameters": (_NAMED, "swagger parameter"),
        "responses": (_NAMED, "swagger response"),
    },
    "swagger path item": {
        **dict.fromkeys(_SPELLINGS, (_ONE, "swagger operation")),
        "parameters": (_LIST, "swagger parameter"),
    },
    "swagger operation": {
        "parameters": (_LIST, "swagger parameter"),
        "responses": (_PATTERNED, "swagger response"),
    },
    "swagger parameter": {"schema": (_ONE, "schema")},
    "swagger response": {"schema": (_ONE, "schema")},
}
_NOT_REFERRED_TO = frozenset({"document", "components", "encoding", "swagger", "swagger operation"})
"""Kinds that must not be a reference. The same holds for operations, but many tools follow one, and so does locum."""
_NO_OBJECTS = frozenset({"info", "servers", "tags", "externalDocs", "security"})
"""Members of a document that contain no target of a reference."""
_VERSIONS = ("3.0", "3.1", "3.2")


class GrammarNode(NamedTuple):
    """An object of a document: its pointer, its kind, and the object itself."""

    pointer: str
    kind: str
    value: dict[str, Any]


class Reference(NamedTuple):
    """A reference: the object and key that contain it, its text, and the kind of its target."""

    holder: dict[str, Any]
    key: str
    text: str
    kind: str
    steps: tuple[str, ...]
    """The steps from the node's object to the reference."""


def children(node: GrammarNode) -> Iterator[GrammarNode]:
    """Yield the objects directly within an object."""
    pointer, kind, value = node
    if kind == "callback":
        yield from _among(_PATTERNED, "path item", value, pointer)
        return
    fields = _GRAMMAR[kind]
    for key in value:
        field = fields.get(key)
        if field is not None:
            yield from _among(*field, value[key], join(pointer, key))


def _among(shape: int, kind: str, value: Any, pointer: str) -> Iterator[GrammarNode]:
    if shape == _ONE:
        if isinstance(value, dict):
            yield GrammarNode(pointer, kind, value)
    elif shape == _LIST:
        if isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    yield GrammarNode(join(pointer, index), kind, item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, dict) and not (shape == _PATTERNED and name.startswith("x-")):
                yield GrammarNode(join(pointer, name), kind, item)


def nodes(root: GrammarNode) -> Iterator[GrammarNode]:
    """Yield an object and all objects within it, in the order of the document; references are not followed."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending += reversed(list(children(node)))


def references_of(node: GrammarNode) -> Iterator[Reference]:
    """Yield the references of an object, without those of the objects within it.

    They are its `$ref`, the `operationRef` of a link, and the URIs in the `mapping` of a discriminator, without bare
    names.
    """
    kind, value = node.kind, node.value
    text = value.get("$ref")
    if isinstance(text, str) and kind not in _NOT_REFERRED_TO:
        yield Reference(value, "$ref", text, kind, ("$ref",))
    if kind == "link" and isinstance(value.get("operationRef"), str):
        yield Reference(value, "operationRef", value["operationRef"], "operation", ("operationRef",))
    discriminator = value.get("discriminator") if kind == "schema" else None
    mapping = discriminator.get("mapping") if isinstance(discriminator, dict) else None
    if isinstance(mapping, dict):
        for name, target in mapping.items():
            if isinstance(target, str) and ("#" in target or target.endswith((".yaml", ".yml", ".json"))):
                yield Reference(mapping, name, target, "schema", ("discriminator", "mapping", name))


def methods_of(item: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the methods of a path item, each with the steps to its operation.

    Those of `additionalOperations` (OpenAPI 3.2.0, section 4.8) follow the fixed ones, and do not replace them.
    """
    found: dict[str, tuple[str, ...]] = {}
    for key, method in _SPELLINGS.items():
        if key in item:
            found.setdefault(method, (key,))
    additional = item.get("additionalOperations")
    for name in additional if isinstance(additional, dict) else ():
        if _METHOD.fullmatch(name) and not name.startswith("x-"):
            found.setdefault(name.lower(), ("additionalOperations", name))
    return found


def version_of(content: dict[str, Any]) -> str:
    """Return the version as which an OpenAPI 3 document is read: 3.0, 3.1 or 3.2.

    An unknown version is read as the nearest: 3.3 as 3.2, a text without a number as 3.1.
    """
    text = str(content.get("openapi"))
    if text[:3] in _VERSIONS:
        return text[:3]
    return "3.0" if text == "3" else "3.2" if text[:2] == "3." else "3.1"


def kind_of(content: dict[str, Any], pointer: str) -> str | None:
    """Return the kind of the object that belongs at a pointer, `map` for a map of objects by name.

    None if the grammar does not define it: in an extension, in data, or at an unknown pointer.
    """
    kind = "swagger" if "swagger" in content else "document"
    steps = iter(split(pointer))
    if (first := pointer[1:].partition("/")[0]) in _NO_OBJECTS:
        return f"part of {first}"
    for step in steps:
        if kind == "callback":
            kind = "path item"
            continue
        field = _GRAMMAR[kind].get(step)
        if field is None:
            return None
        shape, kind = field
        if shape != _ONE and next(steps, None) is None:
            return "map"
    return kind
