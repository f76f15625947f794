"""Negations: what a value may be that must not fit a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.generate.planning.parts import REPEATS, TYPES
from locum.openapi.pointers import follow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.openapi.compile.schemas import Schemas

__all__ = ["negations"]

_OTHER = "another"
"""A property that no schema names."""


def negations(schema: Any, schemas: Schemas) -> list[dict[str, Any]]:
    """Return schemas of which a value has to fit one, so as not to fit this one.

    They are hints: whether a value fits is always judged in the end.
    """
    schema = schema if schemas.legacy is False and _has_siblings(schema) else follow(schemas.document, schema)
    if isinstance(schema, bool):
        return [] if schema else [{}]
    return list(_of_keywords(schema))


def _has_siblings(schema: Any) -> bool:
    return isinstance(schema, dict) and "$ref" in schema and len(schema) > 1


def _of_keywords(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for keyword, value in schema.items():
        rule = _RULES.get(keyword)
        if rule is not None:
            yield from rule(value, schema)


def _type(value: Any, _: Any) -> Iterator[dict[str, Any]]:
    types = [value] if isinstance(value, str) else value
    others = [kind for kind in TYPES if kind not in types and not (kind == "integer" and "number" in types)]
    if others:
        yield {"type": others}


def _sized(kind: str, opposite: str, by: int) -> Callable[[Any, Any], Iterator[dict[str, Any]]]:
    def rule(value: Any, _: Any) -> Iterator[dict[str, Any]]:
        if value + by >= 0:
            yield {"type": kind, opposite: int(value) + by}

    return rule


def _bounded(exclusive: str, opposite: str) -> Callable[[Any, Any], Iterator[dict[str, Any]]]:
    beyond = "exclusiveMaximum" if opposite == "maximum" else "exclusiveMinimum"

    def rule(value: Any, schema: Any) -> Iterator[dict[str, Any]]:
        if not isinstance(value, bool):
            yield {"type": "number", (opposite if schema.get(exclusive) is True else beyond): value}

    return rule


def _unbounded(opposite: str) -> Callable[[Any, Any], Iterator[dict[str, Any]]]:
    def rule(value: Any, _: Any) -> Iterator[dict[str, Any]]:
        if not isinstance(value, bool):
            yield {"type": "number", opposite: value}

    return rule


def _only(kind: str) -> Callable[[Any, Any], Iterator[dict[str, Any]]]:
    def rule(_value: Any, _: Any) -> Iterator[dict[str, Any]]:
        yield {"type": kind}

    return rule


def _unique(value: Any, _: Any) -> Iterator[dict[str, Any]]:
    if value is True:
        yield {"type": "array", "minItems": 2, REPEATS: True}


def _required(value: Any, _: Any) -> Iterator[dict[str, Any]]:
    for name in value if isinstance(value, list) else ():
        yield {"type": "object", "properties": {name: False}}


def _properties(value: Any, _: Any) -> Iterator[dict[str, Any]]:
    for name, inner in value.items():
        yield {"type": "object", "required": [name], "properties": {name: {"not": inner}}}


def _additional(value: Any, schema: Any) -> Iterator[dict[str, Any]]:
    declared = schema.get("properties") or {}
    name = _OTHER
    while name in declared:
        name += "_"
    yield {"type": "object", "required": [name], "properties": {name: {"not": value}}}
    # Where no other name may be: each that is there and not declared.
    free: dict[str, Any] = {each: {} for each in declared}
    yield {"type": "object", "minProperties": 1, "properties": free, "additionalProperties": {"not": value}}


def _patterns(value: Any, _: Any) -> Iterator[dict[str, Any]]:
    for pattern, inner in value.items():
        names = {"propertyNames": {"pattern": pattern}}
        yield {"type": "object", "minProperties": 1, **names, "additionalProperties": {"not": inner}}


def _items(value: Any, schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        yield from _prefix(value, schema)
    else:
        before = len(schema.get("prefixItems") or ())
        yield {"type": "array", "minItems": before + 1, "items": {"not": value}}


def _prefix(value: Any, _: Any) -> Iterator[dict[str, Any]]:
    for index, inner in enumerate(value):
        yield {"type": "array", "minItems": index + 1, "prefixItems": [*({} for _ in range(index)), {"not": inner}]}


def _one_of(value: Any, _: Any) -> Iterator[dict[str, Any]]:
    yield {"allOf": [{"not": inner} for inner in value]}
    for index, inner in enumerate(value):
        yield from ({"allOf": [inner, other]} for other in value[:index])


def _conditional(value: Any, schema: Any) -> Iterator[dict[str, Any]]:
    if "then" in schema:
        yield {"allOf": [value, {"not": schema["then"]}]}
    if "else" in schema:
        yield {"allOf": [{"not": value}, {"not": schema["else"]}]}


def _dependent(value: Any, _: Any) -> Iterator[dict[str, Any]]:
    for name, others in value.items():
        yield from (
            {"type": "object", "required": [name], "properties": {other: False}}
            for other in (others if isinstance(others, list) else ())
        )


_RULES: dict[str, Callable[[Any, Any], Iterator[dict[str, Any]]]] = {
    "$ref": lambda value, _: iter(({"not": {"$ref": value}},)),
    "type": _type,
    "enum": lambda value, _: iter(({"not": {"enum": value}},)),
    "const": lambda value, _: iter(({"not": {"const": value}},)),
    "minimum": _bounded("exclusiveMinimum", "maximum"),
    "maximum": _bounded("exclusiveMaximum", "minimum"),
    "exclusiveMinimum": _unbounded("maximum"),
    "exclusiveMaximum": _unbounded("minimum"),
    "multipleOf": _only("number"),
    "minLength": _sized("string", "maxLength", -1),
    "maxLength": _sized("string", "minLength", 1),
    "pattern": _only("string"),
    "format": _only("string"),
    "minItems": _sized("array", "maxItems", -1),
    "maxItems": _sized("array", "minItems", 1),
    "uniqueItems": _unique,
    "items": _items,
    "prefixItems": _prefix,
    "contains": lambda value, _: iter(({"type": "array", "items": {"not": value}},)),
    "minProperties": _sized("object", "maxProperties", -1),
    "maxProperties": _sized("object", "minProperties", 1),
    "required": _required,
    "properties": _properties,
    "patternProperties": _patterns,
    "additionalProperties": _additional,
    "unevaluatedProperties": _additional,
    "dependentRequired": _dependent,
    "dependencies": _dependent,
    "allOf": lambda value, _: iter([{"not": inner} for inner in value]),
    "anyOf": lambda value, _: iter(({"allOf": [{"not": inner} for inner in value]},)),
    "oneOf": _one_of,
    "not": lambda value, _: iter(({"allOf": [value]},)),
    "if": _conditional,
}
