"""Coercion: conversion of texts to other types."""

from __future__ import annotations

import pytest

from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import Schemas
from locum.openapi.wire.styles import kinds_of, property_of, typed

ALL = {"null", "boolean", "integer", "number", "array", "object", "string"}
INTEGER = {"type": "integer"}
TEXT = {"type": "string"}
COMPONENTS = {
    "Integer": INTEGER,
    "Alias": {"$ref": "#/components/schemas/Integer"},
    "Circle": {"anyOf": [{"$ref": "#/components/schemas/Circle"}, TEXT]},
    "Tree": {
        "type": "object",
        "properties": {"n": INTEGER, "of": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}},
    },
}


def schema_of(part, openapi="3.0.3"):
    document = {"openapi": openapi, "components": {"schemas": {**COMPONENTS, "It": part}}}
    return Schemas(document).schema("/components/schemas/It", Direction.REQUEST)


def coerced(part, raw, **more):
    return typed(schema_of(part, **more), part, raw)


@pytest.mark.parametrize(
    ("part", "kinds"),
    [
        (INTEGER, {"integer"}),
        ({"type": "number"}, {"number", "integer"}),
        ({"type": ["integer", "null"]}, {"integer", "null"}),
        ({"type": "string", "nullable": True}, {"string", "null"}),
        ({"$ref": "#/components/schemas/Alias"}, {"integer"}),
        ({"anyOf": [INTEGER, TEXT]}, {"integer", "string"}),
        ({"oneOf": [INTEGER, {"type": "array"}], "nullable": True}, {"integer", "array", "null"}),
        ({"allOf": [{"type": "number"}, INTEGER]}, {"integer"}),
        ({"allOf": [INTEGER, {"minimum": 1}]}, {"integer"}),
        ({"type": "number", "anyOf": [INTEGER, TEXT]}, {"integer"}),
        ({"anyOf": [INTEGER, {}]}, ALL),
        ({"$ref": "#/components/schemas/Circle"}, ALL),
        ({}, ALL),
        ({"enum": ["a", 1, None]}, {"string", "integer", "number", "null"}),
        ({"const": 1.5}, {"number", "integer"}),
        ({"enum": ["a", True], "type": "boolean"}, {"boolean"}),
        ({"anyOf": [{"enum": ["all"]}, {"type": "array"}]}, {"string", "array"}),
        (True, ALL),
    ],
)
def test_the_types_of_a_schema_are_those_that_it_can_accept(part, kinds):
    assert kinds_of(schema_of(part), part) == kinds


@pytest.mark.parametrize(
    ("part", "raw", "value"),
    [
        (INTEGER, "5", 5),
        (INTEGER, "-0", 0),
        (INTEGER, "05", "05"),
        (INTEGER, "+5", "+5"),
        (INTEGER, "5.0", "5.0"),
        (INTEGER, "5\n", "5\n"),
        (INTEGER, "\u0665", "\u0665"),
        (INTEGER, "1_000", "1_000"),
        (INTEGER, "", ""),
        (INTEGER, "9" * 400, int("9" * 400)),
        (INTEGER, "9" * 402, "9" * 402),
        ({"type": "number"}, "1.50", 1.5),
        ({"type": "number"}, "5", 5),
        ({"type": "number"}, "1e-3", 0.001),
        ({"type": "number"}, "1.", "1."),
        ({"type": "number"}, ".5", ".5"),
        ({"type": "number"}, "1e999", "1e999"),
        ({"type": "number"}, "inf", "inf"),
        ({"type": "number"}, "nan", "nan"),
        ({"type": "boolean"}, "true", True),
        ({"type": "boolean"}, "false", False),
        ({"type": "boolean"}, "TRUE", "TRUE"),
        ({"type": "boolean"}, "1", "1"),
        (TEXT, "5", "5"),
        (TEXT, "true", "true"),
        (TEXT, "null", "null"),
        ({"type": "integer", "nullable": True}, "", None),
        ({"type": "integer", "nullable": True}, "null", None),
        ({"type": "string", "nullable": True}, "", ""),
        ({}, "5", 5),
        ({}, "a", "a"),
        ({"anyOf": [{"type": "boolean"}, INTEGER, TEXT]}, "true", True),
    ],
)
def test_text_is_converted_to_the_type_of_the_schema_if_possible(part, raw, value):
    found = coerced(part, raw)

    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("part", "raw", "value"),
    [
        ({"type": "array", "items": INTEGER}, ["1", "x"], [1, "x"]),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Alias"}}, ["1"], [1]),
        ({"type": "array", "prefixItems": [TEXT], "items": INTEGER}, ["1", "2"], ["1", 2]),
        ({"allOf": [{"type": "array"}, {"items": TEXT}]}, ["1"], ["1"]),
        ({"type": "array", "items": INTEGER}, {"1": "2", "0": "1"}, [1, 2]),
        ({"type": "array", "items": INTEGER}, {"": ["1", "2"]}, [1, 2]),
        ({"type": "array", "items": INTEGER}, {"": "1"}, [1]),
        ({"type": "array", "items": INTEGER}, {"x": "1"}, {"x": 1}),
        ({"type": "array", "items": INTEGER}, {"9" * 5000: "1"}, {"9" * 5000: 1}),
        ({"type": "object", "additionalProperties": TEXT}, {"0": "1"}, {"0": "1"}),
        (
            {"type": "object", "properties": {"a": INTEGER, "b": TEXT}},
            {"a": "1", "b": "1", "c": "1"},
            {"a": 1, "b": "1", "c": 1},
        ),
        ({"type": "object", "additionalProperties": TEXT}, {"a": "1"}, {"a": "1"}),
        ({"type": "object", "additionalProperties": False}, {"a": "1"}, {"a": 1}),
        (
            {"allOf": [{"properties": {"a": TEXT}}, {"anyOf": [{"properties": {"b": TEXT}}]}]},
            {"a": "1", "b": "2"},
            {"a": "1", "b": "2"},
        ),
        ({"$ref": "#/components/schemas/Tree"}, {"n": "1", "of": {"0": {"n": "2"}}}, {"n": 1, "of": [{"n": 2}]}),
        ({"type": "array", "items": INTEGER}, [["1"]], [[1]]),
        (INTEGER, 5, 5),
        (INTEGER, None, None),
    ],
)
def test_the_elements_of_lists_and_mappings_are_converted(part, raw, value):
    assert coerced(part, raw) == value


def test_types_beside_a_reference_are_combined_in_3_1():
    part = {"$ref": "#/components/schemas/Integer", "minimum": 3}

    assert coerced(part, "5", openapi="3.1.0") == coerced(part, "5") == 5


def test_a_property_has_the_schema_of_the_first_part_that_declares_it():
    part = {"allOf": [{"properties": {"a": INTEGER}}, {"properties": {"a": TEXT}, "additionalProperties": TEXT}]}

    assert property_of(schema_of(part), part, "a") == INTEGER
    assert property_of(schema_of(part), part, "b") == TEXT
    assert property_of(schema_of({}), {}, "b") == {}
