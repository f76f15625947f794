"""Schemas for each keyword with valid and invalid values, for use without the official suite."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["BOTH", "LATER", "OLDER", "Case"]


class Case(NamedTuple):
    """One schema with valid and invalid values."""

    schema: Any
    right: list[Any]
    wrong: list[Any]


TEXT, WHOLE = {"type": "string"}, {"type": "integer"}

BOTH = {
    "type": Case({"type": "object"}, [{}], [[], "a", 1, None, True]),
    "a whole number": Case(WHOLE, [1, -3], [1.5, "1", True]),
    "enum": Case({"enum": ["a", 1, {"b": [2]}]}, ["a", 1, {"b": [2]}], ["b", "1", {"b": [3]}, None]),
    "multipleOf": Case({"type": "number", "multipleOf": 0.01}, [4.02, 0], [0.005]),
    "minimum and maximum": Case({"type": "number", "minimum": 1, "maximum": 3}, [1, 2.5, 3], [0.9, 3.1]),
    "minLength and maxLength": Case({"type": "string", "minLength": 2, "maxLength": 3}, ["ab", "😀😀😀"], ["a", "abcd"]),
    "pattern": Case({"type": "string", "pattern": "^[a-z]+\\d$"}, ["ab1"], ["ab", "1"]),
    "format": Case({"type": "string", "format": "date"}, ["2026-01-31"], ["2026-02-31", "soon"]),
    "items": Case({"type": "array", "items": WHOLE}, [[], [1, 2]], [[1, "2"], {}]),
    "minItems and maxItems": Case({"type": "array", "items": {}, "minItems": 1, "maxItems": 2}, [[1]], [[], [1, 2, 3]]),
    "uniqueItems": Case({"type": "array", "items": {}, "uniqueItems": True}, [[1, True]], [[1, 1.0], [{}, {}]]),
    "properties and required": Case(
        {"type": "object", "required": ["a"], "properties": {"a": WHOLE, "b": TEXT}}, [{"a": 1}], [{"b": "x"}, {"a": "1"}]
    ),
    "additionalProperties": Case(
        {"type": "object", "properties": {"a": {}}, "additionalProperties": WHOLE}, [{"a": "x", "b": 1}], [{"b": "x"}]
    ),
    "minProperties and maxProperties": Case(
        {"type": "object", "minProperties": 1, "maxProperties": 2}, [{"a": 1}], [{}, {"a": 1, "b": 1, "c": 1}]
    ),
    "allOf": Case({"allOf": [{"minimum": 2, "type": "integer"}, {"maximum": 3}]}, [2, 3], [1, 4, "a"]),
    "anyOf": Case({"anyOf": [WHOLE, {"type": "string", "maxLength": 1}]}, [1, "a"], ["ab", 1.5]),
    "oneOf": Case({"type": "integer", "oneOf": [{"multipleOf": 2}, {"multipleOf": 3}]}, [2, 3], [1, 6]),
    "not": Case({"type": "integer", "not": {"minimum": 3}}, [2], [3]),
}  # fmt: skip

OLDER = {
    "nullable": Case({"type": "string", "nullable": True}, [None, "a"], [1]),
    "exclusiveMinimum and exclusiveMaximum": Case(
        {"type": "number", "minimum": 1, "exclusiveMinimum": True, "maximum": 2, "exclusiveMaximum": True},
        [1.5],
        [1, 2],
    ),
    "what is beside a reference": Case({"$ref": "#/components/schemas/Text", "maxLength": 1}, ["long"], [1]),
    "readOnly": Case(
        {
            "type": "object",
            "required": ["id", "name"],
            "properties": {"id": {"type": "integer", "readOnly": True}, "name": TEXT},
        },
        [{"name": "a"}],
        [{"id": 1, "name": "a"}, {}],
    ),
}

LATER = {
    "types": Case({"type": ["string", "null"]}, ["a", None], [1]),
    "const": Case({"const": {"a": [1]}}, [{"a": [1.0]}], [{"a": [2]}, {"a": [True]}, None]),
    "a whole number with a point": Case(WHOLE, [1.0], [1.5]),
    "exclusiveMinimum and exclusiveMaximum": Case(
        {"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 2}, [1.5], [1, 2]
    ),
    "prefixItems": Case({"type": "array", "prefixItems": [WHOLE], "items": TEXT}, [[1, "a"], []], [["a"], [1, 2]]),
    "contains": Case(
        {"type": "array", "contains": WHOLE, "minContains": 2, "maxContains": 3}, [[1, "a", 2]], [[1], [1, 2, 3, 4]]
    ),
    "patternProperties": Case(
        {"type": "object", "patternProperties": {"^x-": WHOLE}, "additionalProperties": False}, [{"x-a": 1}], [{"x-a": "b"}, {"a": 1}]
    ),
    "propertyNames": Case({"type": "object", "propertyNames": {"maxLength": 2}}, [{"ab": 1}, {}], [{"abc": 1}]),
    "dependentRequired": Case({"type": "object", "dependentRequired": {"a": ["b"]}}, [{"b": 1}, {}], [{"a": 1}]),
    "dependentSchemas": Case(
        {"type": "object", "dependentSchemas": {"a": {"properties": {"b": WHOLE}}}},
        [{"b": "x"}, {"a": 1, "b": 1}],
        [{"a": 1, "b": "x"}],
    ),
    "if, then, else": Case(
        {"type": "integer", "if": {"minimum": 10}, "then": {"multipleOf": 10}, "else": {"multipleOf": 3}},
        [20, 9],
        [11, 8],
    ),
    "unevaluatedProperties": Case(
        {"type": "object", "allOf": [{"properties": {"a": WHOLE}}], "unevaluatedProperties": False},
        [{"a": 1}],
        [{"a": 1, "b": 2}],
    ),
    "unevaluatedItems": Case({"type": "array", "prefixItems": [WHOLE], "unevaluatedItems": False}, [[1]], [[1, 2]]),
    "what is beside a reference": Case({"$ref": "#/components/schemas/Text", "maxLength": 1}, ["a"], ["long", 1]),
    "booleans": Case({"type": "object", "properties": {"a": True, "b": False}}, [{"a": 1}], [{"b": 1}]),
    "$id": Case(
        {"$id": "https://a.example/order", "$ref": "#/$defs/whole", "$defs": {"whole": WHOLE}}, [1], ["a"]
    ),
    "$id within": Case(
        {
            "$id": "https://b.example/order",
            "type": "object",
            "properties": {"line": {"$ref": "line"}},
            "$defs": {"line": {"$id": "line", "$ref": "#/$defs/whole", "$defs": {"whole": WHOLE}}},
        },
        [{"line": 1}],
        [{"line": "a"}],
    ),
    "$anchor": Case(
        {"$id": "https://c.example/order", "items": {"$ref": "#whole"}, "type": "array", "$defs": {"w": {"$anchor": "whole", **WHOLE}}},
        [[1]],
        [["a"]],
    ),
    "$dynamicRef": Case(
        {
            "$id": "https://d.example/texts",
            "$ref": "list",
            "$defs": {
                "text": {"$dynamicAnchor": "item", **TEXT},
                "list": {
                    "$id": "list",
                    "type": "array",
                    "items": {"$dynamicRef": "#item"},
                    "$defs": {"any": {"$dynamicAnchor": "item"}},
                },
            },
        },
        [["a"], []],
        [[1]],
    ),
}  # fmt: skip
