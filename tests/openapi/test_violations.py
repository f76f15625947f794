"""Violations: their messages never contain the invalid value."""

from __future__ import annotations

import jsonschema_rs
import pytest

from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import Schemas, describe

# A schema, an invalid value, and the path, keyword and message of the violation.
RULES = [
    ({"type": "integer"}, "s3cret", (), "type", "must be of type integer"),
    ({"type": ["integer", "null"]}, "s3cret", (), "type", "must be of type null, integer"),
    ({"enum": ["a", 1, None, True]}, "s3cret", (), "enum", "must be one of a, 1, null, true"),
    ({"const": False}, "s3cret", (), "const", "must be false"),
    ({"minLength": 9}, "s3cret", (), "minLength", "must have at least 9 characters"),
    ({"maxLength": 2}, "s3cret", (), "maxLength", "must have at most 2 characters"),
    ({"pattern": "^[{]a[}]$"}, "s3cret", (), "pattern", "must match the pattern ^[{]a[}]$"),
    ({"format": "uuid"}, "s3cret", (), "format", "must be a valid uuid"),
    ({"minimum": 3}, 2.71828, (), "minimum", "must be at least 3"),
    ({"maximum": 2}, 2.71828, (), "maximum", "must be at most 2"),
    ({"exclusiveMinimum": 3}, 2.71828, (), "exclusiveMinimum", "must be greater than 3"),
    ({"exclusiveMaximum": 2}, 2.71828, (), "exclusiveMaximum", "must be less than 2"),
    ({"multipleOf": 2}, 2.71828, (), "multipleOf", "must be a multiple of 2"),
    ({"minItems": 2}, ["s3cret"], (), "minItems", "must have at least 2 items"),
    ({"maxItems": 0}, ["s3cret"], (), "maxItems", "must have at most 0 items"),
    ({"uniqueItems": True}, ["s3cret"] * 2, (), "uniqueItems", "must not have equal items"),
    ({"minProperties": 2}, {"a": "s3cret"}, (), "minProperties", "must have at least 2 properties"),
    ({"maxProperties": 0}, {"a": "s3cret"}, (), "maxProperties", "must have at most 0 properties"),
    ({"required": ["b"]}, {"a": "s3cret"}, ("b",), "required", "is required"),
    ({"dependentRequired": {"a": ["b"]}}, {"a": "s3cret"}, ("b",), "required", "is required"),
    (
        {"properties": {}, "additionalProperties": False},
        {"a": "s3cret"},
        ("a",),
        "additionalProperties",
        "is not allowed here",
    ),
    ({"unevaluatedProperties": False}, {"a": "s3cret"}, ("a",), "unevaluatedProperties", "is not allowed here"),
    ({"properties": {"a": False}}, {"a": "s3cret"}, ("a",), "falseSchema", "is not allowed here"),
    ({"unevaluatedItems": False}, ["s3cret"], (), "unevaluatedItems", "must not have items that are not declared"),
    (
        {"anyOf": [{"type": "null"}, False]},
        "s3cret",
        (),
        "anyOf",
        "must match at least one of the declared alternatives",
    ),
    ({"oneOf": [{}, {}]}, "s3cret", (), "oneOf", "must match exactly one of the declared alternatives"),
    ({"not": {"type": "string"}}, "s3cret", (), "not", "must not match the excluded schema"),
    ({"properties": {"a": {"not": {}}}}, {"a": "s3cret"}, ("a",), "not", "must not be sent"),
    ({"items": {"properties": {"a": {"type": "null"}}}}, [{"a": "s3cret"}], (0, "a"), "type", "must be of type null"),
    ({"contains": {"const": 1}}, ["s3cret"], (), "contains", "does not satisfy the keyword contains"),
    ({"prefixItems": [{}], "items": False}, [1, "s3cret"], (1,), "falseSchema", "is not allowed here"),
]


@pytest.mark.parametrize(("schema", "value", "path", "keyword", "words"), RULES, ids=[str(rule[0]) for rule in RULES])
def test_a_violation_has_a_location_and_a_keyword_but_not_the_value(schema, value, path, keyword, words):
    [error] = jsonschema_rs.Draft202012Validator(schema, validate_formats=True).iter_errors(value)
    [found] = describe(error, "body", ("in", 0))

    assert (found.location, found.path) == ("body", ("in", 0, *path))
    assert found.keyword == keyword
    assert words in found.message
    assert "s3cret" not in found.message
    assert "2.71828" not in found.message


def test_the_path_of_a_violation_is_written_with_dots():
    def field(schema, value, prefix):
        [error] = jsonschema_rs.Draft202012Validator(schema).iter_errors(value)
        [found] = describe(error, "query", prefix)
        return found.field

    assert field({"items": {"required": ["a"]}}, [{}], ("ids",)) == "ids.0.a"
    assert field({"type": "null"}, 1, ()) == "query"


@pytest.mark.parametrize("keyword", ["additionalProperties", "unevaluatedProperties"])
def test_each_additional_property_is_a_separate_violation(keyword):
    schema = {"items": {"properties": {"a": {}}, keyword: False}}
    [error] = jsonschema_rs.Draft202012Validator(schema).iter_errors([{"b": "s3cret", "a": 1, "c": 2}])

    assert sorted(found.field for found in describe(error, "body", ())) == ["0.b", "0.c"]


def test_parts_of_a_composition_that_refer_to_one_another_report_a_violation_once():
    base = {"type": "object", "properties": {"name": {"type": "string"}}}
    components = {"Base": base, "Whole": {"allOf": [{"$ref": "#/components/schemas/Base"}, base]}}
    document = {"openapi": "3.1.0", "components": {"schemas": components}}
    schema = Schemas(document).schema("/components/schemas/Whole", Direction.REQUEST)

    assert [one.path for one in schema.violations({"name": 5}, "body")] == [("name",)]
