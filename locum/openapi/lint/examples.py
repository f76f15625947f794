"""Examples that break their own schema, which no validator of documents reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.openapi.compile.bodies import is_written_example
from locum.openapi.compile.dialects import Direction
from locum.openapi.grammar import Node, children
from locum.openapi.lint.diagnostics import Finding, Severity
from locum.openapi.pointers import join, resolve
from locum.openapi.repair.values import shortly

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from locum.openapi.compile.contracts import Contract

__all__ = ["UNFIT_EXAMPLE", "example_findings", "example_places"]

UNFIT_EXAMPLE = "unfit-example"

_SCHEMA_PARTS = ("items", "not", "additionalProperties", "if", "then", "else", "contains", "propertyNames")
_SCHEMA_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SCHEMA_MAPS = ("properties", "patternProperties", "dependentSchemas", "$defs")


def example_findings(contract: Contract) -> Iterator[Finding]:
    """Yield the examples and defaults that break their own schema; they are not used."""
    document = contract.document
    for pointer, schema_pointer, value, direction in example_places(document.content, document.fragments):
        schema = contract.schemas.schema(schema_pointer, direction)
        if not schema.is_valid(value) and not is_written_example(contract.schemas, schema_pointer, schema, value):
            first = next(iter(schema.violations(value, "example")), None)
            where = "" if first is None or not first.path else f" at {first.field}"
            message = f"{shortly(value)} breaks its own schema{where}"
            message += f": {first.message}." if first is not None else "."
            code = "unfit-default" if pointer.endswith("/default") else UNFIT_EXAMPLE
            yield Finding(pointer, code, Severity.WARNING, message, "It is not used.")


def example_places(
    document: dict[str, Any], fragments: Iterable[Node] = ()
) -> Iterator[tuple[str, str, Any, Direction]]:
    """Yield each example's pointer, its schema's pointer, its value and the direction it travels.

    `fragments` are the objects of other files that the document refers to.
    """
    for root in (Node("", "document", document), *fragments):
        yield from _in_object(document, root, Direction.RESPONSE if root.kind == "schema" else Direction.REQUEST)


def _in_object(document: Any, node: Node, direction: Direction) -> Iterator[Any]:
    """Look through an object that is not a schema; what is data or an extension is left out."""
    if node.kind in {"response", "header", "components"}:
        direction = Direction.RESPONSE
    elif node.kind in {"request body", "parameter"}:
        direction = Direction.REQUEST
    if node.kind == "schema":
        yield from _in_schema(node.value, node.pointer, direction)
        return
    if "$ref" in node.value and node.kind != "path item":
        return
    if node.kind in {"media type", "parameter", "header"} and "schema" in node.value:
        yield from _beside_schema(document, node.value, node.pointer, direction)
    for child in children(node):
        yield from _in_object(document, child, direction)


def _beside_schema(document: Any, value: dict[str, Any], pointer: str, direction: Direction) -> Iterator[Any]:
    schema_pointer = join(pointer, "schema")
    if "example" in value:
        yield join(pointer, "example"), schema_pointer, value["example"], direction
    for name in value.get("examples") or {}:
        example, home = resolve(document, join(pointer, "examples", name))
        if isinstance(example, dict) and "value" in example:
            yield join(home, "value"), schema_pointer, example["value"], direction


def _in_schema(schema: Any, pointer: str, direction: Direction) -> Iterator[Any]:
    if not isinstance(schema, dict) or "$ref" in schema:
        return
    for keyword in ("example", "default"):
        if keyword in schema:
            # A property that travels one way only is judged on its own, in the way it travels.
            own = direction
            if schema.get("writeOnly"):
                own = Direction.REQUEST
            elif schema.get("readOnly"):
                own = Direction.RESPONSE
            yield join(pointer, keyword), pointer, schema[keyword], own
    if isinstance(schema.get("examples"), list):
        for index, example in enumerate(schema["examples"]):
            yield join(pointer, "examples", index), pointer, example, direction
    for keyword in _SCHEMA_PARTS:
        if keyword in schema:
            yield from _in_schema(schema[keyword], join(pointer, keyword), direction)
    for keyword in _SCHEMA_LISTS:
        for index, part in enumerate(schema.get(keyword) or ()):
            yield from _in_schema(part, join(pointer, keyword, index), direction)
    for keyword in _SCHEMA_MAPS:
        for name, part in (schema.get(keyword) or {}).items():
            yield from _in_schema(part, join(pointer, keyword, name), direction)
