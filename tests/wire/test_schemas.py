"""Schemas are validated in both directions: invalid requests are rejected, invalid responses are never sent."""

from __future__ import annotations

import json

import pytest

from tests.wire.serving import body, document, responses

INTEGER = {"type": "integer"}
TEXT = {"type": "string"}
CAT = {
    "type": "object",
    "required": ["kind", "lives"],
    "properties": {"kind": {"enum": ["cat"]}, "lives": INTEGER},
}
DOG = {"type": "object", "required": ["kind", "bark"], "properties": {"kind": {"enum": ["dog"]}, "bark": TEXT}}
TREE = {"$ref": "#/components/schemas/Tree"}
COMPONENTS = {
    "Tree": {"type": "object", "properties": {"leaf": INTEGER, "children": {"type": "array", "items": TREE}}},
    "Left": {"type": "object", "properties": {"right": {"$ref": "#/components/schemas/Right"}}},
    "Right": {"type": "object", "properties": {"left": {"$ref": "#/components/schemas/Left"}}, "required": ["n"]},
    "Cat": CAT,
    "Dog": DOG,
}

# By name: a schema, valid values, invalid values.
TABLE = {
    "nullable": ({"type": "string", "nullable": True, "maxLength": 2}, ["a", None], [1, "abc"]),
    "not-nullable": (TEXT, ["a"], [None]),
    "nullable-enum": ({"type": "string", "nullable": True, "enum": ["a"]}, ["a", None], ["b"]),
    "nullable-reference": ({"nullable": True, "allOf": [TREE]}, [{}, None], [1, {"leaf": "x"}]),
    "nullable-one-of": ({"nullable": True, "oneOf": [TEXT, INTEGER]}, ["a", 1, None], [True]),
    "reference-siblings": ({**TREE, "nullable": True, "maxProperties": 0}, [{"leaf": 1}], [None]),
    "integer": (INTEGER, [1, -1, 10**30], [1.5, 1.0, "1", True]),
    "number": ({"type": "number"}, [1, 1.5, 10**30], ["1", True]),
    "boolean": ({"type": "boolean"}, [True], [1, "true", None]),
    "exclusive": ({"type": "number", "minimum": 1, "exclusiveMinimum": True}, [1.1], [1]),
    "inclusive": ({"type": "number", "minimum": 1, "exclusiveMinimum": False}, [1], [0.9]),
    "multiple": ({"type": "number", "multipleOf": 0.01}, [0.07, 1], [0.075]),
    "length": ({"type": "string", "minLength": 2, "maxLength": 2}, ["ab", "😀é"], ["a", "abc"]),
    "pattern": ({"type": "string", "pattern": r"^\d+$"}, ["12"], ["12\n", "x", "\u0661"]),
    "pattern-anywhere": ({"type": "string", "pattern": "b+"}, ["abc"], ["ac"]),
    "pattern-of-ecma": ({"type": "string", "pattern": r"^\p{Lu}(?<rest>\/.*)?$"}, ["É/a", "A"], ["a"]),
    "enum": ({"enum": [1, "a", None, [1]]}, [1, "a", None, [1]], ["b", [2]]),
    "items": ({"type": "array", "items": INTEGER, "minItems": 1, "uniqueItems": True}, [[1, 2]], [[], [1, 1], ["a"]]),
    "closed": (
        {"type": "object", "properties": {"a": INTEGER}, "additionalProperties": False},
        [{}, {"a": 1}],
        [{"b": 1}],
    ),
    "mapping": ({"type": "object", "additionalProperties": INTEGER, "maxProperties": 1}, [{"x": 1}], [{"x": "1"}]),
    "not": ({"not": TEXT}, [1], ["a"]),
    "all-of": (
        {"allOf": [{"type": "object", "required": ["a"]}, {"properties": {"a": INTEGER}, "required": ["b"]}]},
        [{"a": 1, "b": 2}],
        [{"a": 1}, {"a": "x", "b": 2}],
    ),
    "any-of": ({"anyOf": [INTEGER, {"type": "string", "maxLength": 1}]}, [1, "a"], ["ab", None]),
    "one-of": ({"oneOf": [{"type": "number"}, {"multipleOf": 2, "type": "integer"}]}, [1, 1.5], [2, "a"]),
    "discriminator": (
        {
            "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
            "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}},
        },
        [{"kind": "cat", "lives": 9}, {"kind": "dog", "bark": "wuff"}],
        [{"kind": "cat", "bark": "wuff"}, {"kind": "cow"}, {}],
    ),
    "recursive": (TREE, [{"children": [{"children": [{"leaf": 1}]}]}], [{"children": [{"children": [{"leaf": "x"}]}]}]),
    "in-circles": (
        {"$ref": "#/components/schemas/Left"},
        [{"right": {"n": 1, "left": {"right": {"n": 2}}}}],
        [{"right": {"n": 1, "left": {"right": {}}}}],
    ),
    "into-a-schema": ({"$ref": "#/components/schemas/Tree/properties/children"}, [[{"leaf": 1}]], [[{"leaf": "x"}]]),
    "property-named-ref": (
        {"type": "object", "properties": {"$ref": INTEGER, "default": INTEGER, "readOnly": INTEGER, "id": INTEGER}},
        [{"$ref": 1, "default": 1, "readOnly": 1, "id": 1}],
        [{"$ref": "x"}, {"default": "x"}, {"readOnly": True}, {"id": "x"}],
    ),
    "uuid": ({"type": "string", "format": "uuid"}, ["123e4567-e89b-12d3-a456-426614174000"], ["1", "123e4567"]),
    "date": ({"type": "string", "format": "date"}, ["2024-02-29"], ["2026-02-29", "2026-1-1", "today"]),
    "date-time": (
        {"type": "string", "format": "date-time"},
        ["2026-01-31T00:00:00Z", "2026-01-31T00:00:00.123+02:00"],
        ["2026-01-31", "2026-01-31T00:00:00", "2026-13-01T00:00:00Z"],
    ),
    "time": ({"type": "string", "format": "time"}, ["12:00:00Z"], ["noon"]),
    "duration": ({"type": "string", "format": "duration"}, ["P1DT2H"], ["1 day"]),
    "uri": ({"type": "string", "format": "uri"}, ["https://a.example/b?c"], ["/b", "a b"]),
    "email": ({"type": "string", "format": "email"}, ["a@b.example"], ["a", "@b"]),
    "ipv4": ({"type": "string", "format": "ipv4"}, ["127.0.0.1"], ["256.0.0.1", "::1"]),
    "ipv6": ({"type": "string", "format": "ipv6"}, ["::1"], ["127.0.0.1"]),
    "hostname": ({"type": "string", "format": "hostname"}, ["a.example"], ["-a", "a b"]),
    "unknown-format": ({"type": "string", "format": "colour"}, ["red"], [1]),
    "format-of-a-number": ({"type": "integer", "format": "int32"}, [1], ["1"]),
}
PATHS = {
    f"/{name}": {
        "post": {"operationId": f"mirror {name}", "requestBody": body(schema), "responses": responses(400)},
        "put": {
            "operationId": f"mirror back {name}",
            "requestBody": body({}),
            "responses": responses(
                400, 500, schema={"type": "object", "required": ["value"], "properties": {"value": schema}}
            ),
        },
    }
    for name, (schema, _, _) in TABLE.items()
}
DOCUMENTS = {"schemas": document(PATHS, components={"schemas": COMPONENTS})}


def rows(which):
    values = [(name, value) for name, row in TABLE.items() for value in row[which]]
    return pytest.mark.parametrize(("name", "value"), values, ids=[f"{name}-{value!a}"[:60] for name, value in values])


def send(server, method, name, value):
    return server(method, f"/{name}", json.dumps(value).encode(), Content_Type="application/json")


@rows(1)
def test_valid_values_are_accepted_in_requests_and_responses(server, name, value):
    assert send(server, "POST", name, value).value == value
    assert send(server, "PUT", name, value).value == value


@rows(2)
def test_invalid_values_are_rejected_in_requests_and_responses(server, name, value):
    rejected, broken = send(server, "POST", name, value), send(server, "PUT", name, value)

    assert (rejected.status, rejected.json["error"]) == (400, "invalid")
    assert rejected.json["fields"]
    assert (broken.status, broken.json["error"]) == (500, "contract_broken")
    assert "/value" in broken.json["message"]
