"""Dialects: conversion of OpenAPI schema objects to JSON Schema."""

from __future__ import annotations

from copy import deepcopy

import pytest

from locum.openapi.schemas.dialects import Direction, rewrite

REQUEST, RESPONSE = Direction
NEVER = {"not": {}}
COMPONENTS = {
    "Id": {"type": "string", "readOnly": True},
    "Base": {"properties": {"id": {"type": "string", "readOnly": True}, "name": {}}},
    "Circle": {"allOf": [{"$ref": "Circle"}, {"properties": {"id": {"readOnly": True}}}]},
}


def resolve(part):
    return COMPONENTS[part["$ref"]] if isinstance(part, dict) and "$ref" in part else part


def rewritten(schema, direction=REQUEST, *, legacy=True):
    refer = lambda reference, _: "to " + reference  # noqa: E731
    return rewrite(schema, direction, legacy=legacy, refer=refer, resolve=resolve, weigh=lambda *_: None)


def test_the_schema_object_itself_is_not_changed():
    schema = {"type": "object", "nullable": True, "required": ["a"], "properties": {"a": {"readOnly": True}}}
    before = deepcopy(schema)
    rewritten(schema)

    assert schema == before


@pytest.mark.parametrize("schema", [True, False, {}, {"type": "string", "maxLength": 5}, {"enum": [1], "minItems": 1}])
def test_plain_json_schema_is_not_changed(schema):
    assert rewritten(schema) == schema


def test_annotations_and_extensions_are_dropped():
    schema = {"type": "string", "description": "a", "example": "b", "default": "c", "x-y": 1, "xml": {}, "title": "d"}

    assert rewritten(schema) == {"type": "string"}


def test_properties_can_have_the_names_of_keywords():
    properties = {
        name: {"type": "string"} for name in ("example", "readOnly", "$ref", "nullable", "id", "x-y", "items")
    }

    assert rewritten({"properties": properties}) == {"properties": properties}


def test_an_id_of_draft_4_is_removed_because_it_would_change_references():
    assert rewritten({"id": "https://a.example", "type": "string"}) == {"type": "string"}
    assert rewritten({"$id": "https://a.example", "type": "string"}, legacy=False) == {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        ({"nullable": True}, {}),
        ({"type": "string", "nullable": True, "enum": ["a"]}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"nullable": True, "enum": ["a", None]}, {"enum": ["a", None]}),
        (
            {"nullable": True, "allOf": [{"$ref": "Id"}], "maxLength": 3},
            {"anyOf": [{"allOf": [{"$ref": "to Id"}], "maxLength": 3}, {"type": "null"}]},
        ),
        ({"nullable": True, "anyOf": [{}]}, {"anyOf": [{"anyOf": [{}]}, {"type": "null"}]}),
    ],
)
def test_nullable_accepts_null_in_3_0(schema, expected):
    assert rewritten(schema) == expected


def test_nullable_is_honoured_in_3_1():
    assert rewritten({"type": "string", "nullable": True}, legacy=False) == {"type": ["string", "null"]}


def test_keywords_beside_a_reference_are_ignored_in_3_0():
    assert rewritten({"$ref": "Id", "maxLength": 3}) == {"$ref": "to Id"}


def test_keywords_beside_a_reference_apply_in_3_1():
    assert rewritten({"$ref": "Id", "maxLength": 3}, legacy=False) == {"$ref": "to Id", "maxLength": 3}
    assert rewritten({"$ref": "Id", "description": "a"}, legacy=False) == {"$ref": "to Id"}


def test_nullable_beside_a_reference_accepts_null_in_3_1():
    admitting = rewritten({"$ref": "Id", "nullable": True}, RESPONSE, legacy=False)

    assert admitting == {"anyOf": [{"$ref": "to Id"}, {"type": "null"}]}


def test_nested_schemas_are_rewritten_everywhere():
    null, expected = {"type": "string", "nullable": True}, {"type": ["string", "null"]}
    one = ("items", "not", "additionalProperties", "if", "then", "else", "contains", "propertyNames")
    schema = {
        **dict.fromkeys(one, null),
        **{keyword: [null, null] for keyword in ("allOf", "anyOf", "oneOf", "prefixItems")},
        **{keyword: {"a": null} for keyword in ("properties", "patternProperties", "dependentSchemas")},
    }

    assert rewritten(schema) == {
        **dict.fromkeys(one, expected),
        **{keyword: [expected, expected] for keyword in ("allOf", "anyOf", "oneOf", "prefixItems")},
        **{keyword: {"a": expected} for keyword in ("properties", "patternProperties", "dependentSchemas")},
    }


def test_prefix_items_and_dependencies_are_rewritten_for_older_drafts():
    null, expected = {"type": "string", "nullable": True}, {"type": ["string", "null"]}
    schema = {"items": [null], "additionalItems": null, "dependencies": {"a": null, "b": ["c"]}}

    assert rewritten(schema) == {
        "items": [expected],
        "additionalItems": expected,
        "dependencies": {"a": expected, "b": ["c"]},
    }


def test_definitions_are_not_copied():
    assert rewritten({"type": "string", "$defs": {"a": {}}, "definitions": {"b": {}}}) == {"type": "string"}


@pytest.mark.parametrize(
    ("direction", "word", "other"), [(REQUEST, "readOnly", "writeOnly"), (RESPONSE, "writeOnly", "readOnly")]
)
def test_a_property_of_the_other_direction_is_forbidden_and_not_required(direction, word, other):
    schema = {
        "required": ["a", "b", "c"],
        "properties": {"a": {"type": "string", word: True}, "b": {"type": "string", other: True}, "c": {word: False}},
    }

    assert rewritten(schema, direction) == {
        "required": ["b", "c"],
        "properties": {"a": NEVER, "b": {"type": "string"}, "c": {}},
    }


def test_an_empty_required_is_removed_because_draft_4_forbids_it():
    assert rewritten({"required": ["a"], "properties": {"a": {"readOnly": True}}}) == {"properties": {"a": NEVER}}


def test_a_property_is_read_only_by_its_referenced_schema():
    assert rewritten({"properties": {"a": {"$ref": "Id"}}}) == {"properties": {"a": NEVER}}
    assert rewritten({"properties": {"a": {"$ref": "Id"}}}, RESPONSE) == {"properties": {"a": {"$ref": "to Id"}}}


def test_schemas_of_an_all_of_allow_each_others_properties():
    schema = {"required": ["id"], "allOf": [{"$ref": "Base"}, {"required": ["id", "name"]}]}

    assert rewritten(schema) == {"allOf": [{"$ref": "to Base"}, {"required": ["name"]}]}
    assert rewritten(schema, RESPONSE) == {
        "required": ["id"],
        "allOf": [{"$ref": "to Base"}, {"required": ["id", "name"]}],
    }


def test_alternatives_do_not_allow_each_others_properties():
    schema = {"oneOf": [{"properties": {"a": {"readOnly": True}}}, {"required": ["a"]}]}

    assert rewritten(schema) == {"oneOf": [{"properties": {"a": NEVER}}, {"required": ["a"]}]}


def test_a_recursive_all_of_terminates():
    assert rewritten({"allOf": [{"$ref": "Circle"}, {"required": ["id", "a"]}]}) == {
        "allOf": [{"$ref": "to Circle"}, {"required": ["a"]}]
    }
