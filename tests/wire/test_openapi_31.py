"""OpenAPI 3.1 uses JSON Schema 2020-12: every keyword is validated in requests and responses."""

from __future__ import annotations

import json

import pytest

from tests.wire.serving import body, document, parameter, responses

INTEGER = {"type": "integer"}
TEXT = {"type": "string"}

# By name: a schema, valid values, invalid values.
TABLE = {
    "types": ({"type": ["string", "null"], "maxLength": 2}, ["a", None], [1, "abc"]),
    "const": ({"const": {"a": 1}}, [{"a": 1}], [{"a": 2}]),
    "exclusive": ({"type": "number", "exclusiveMinimum": 5}, [5.1, 6], [5]),
    "whole-number": (INTEGER, [1, 1.0, 10**30], [1.5, "1"]),
    "if-then": (
        {
            "if": {"properties": {"kind": {"const": "card"}}, "required": ["kind"]},
            "then": {"required": ["number"]},
            "else": {"required": ["iban"]},
        },
        [{"kind": "card", "number": 1}, {"iban": 1}],
        [{"kind": "card"}, {"kind": "cash", "number": 1}],
    ),
    "prefix-items": (
        {"type": "array", "prefixItems": [INTEGER, TEXT], "items": False},
        [[1, "a"]],
        [["a"], [1, "a", 2]],
    ),
    "contains": ({"type": "array", "contains": {"const": 1}, "maxContains": 1}, [[1, 2]], [[2], [1, 1]]),
    "dependent": ({"dependentRequired": {"a": ["b"]}}, [{}, {"a": 1, "b": 1}], [{"a": 1}]),
    "pattern-properties": ({"patternProperties": {"^n": INTEGER}}, [{"n1": 1, "x": "y"}], [{"n1": "x"}]),
    "property-names": ({"propertyNames": {"maxLength": 1}}, [{"a": 1}], [{"ab": 1}]),
    "unevaluated": (
        {"allOf": [{"properties": {"a": INTEGER}}], "unevaluatedProperties": False},
        [{"a": 1}],
        [{"a": 1, "b": 1}],
    ),
    "reference-siblings": ({"$ref": "#/components/schemas/Name", "maxLength": 3}, ["ab"], ["abcd", "a", 1]),
    "reference-to-definitions": ({"$ref": "#/components/schemas/Holder"}, [{"held": 1}], [{"held": "x"}]),
    "closed-boolean": ({"type": "object", "properties": {"gone": False, "any": True}}, [{"any": 1}], [{"gone": 1}]),
    "with-an-id": ({"$id": "https://a.example/b", "$ref": "#/components/schemas/Name"}, ["ab"], [1]),
    "with-a-dialect": ({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "integer"}, [1], ["a"]),
    "format": ({"type": "string", "format": "date"}, ["2026-01-31"], ["soon"]),
    "content": ({"type": "string", "contentMediaType": "application/json"}, ["{}"], [1]),
    "nullable-is-no-keyword": ({"type": "string", "nullable": True}, ["a"], [1]),
}
COMPONENTS = {
    "Name": {"type": "string", "minLength": 2},
    "Holder": {
        "type": "object",
        "properties": {"held": {"$ref": "#/components/schemas/Holder/$defs/Held"}},
        "$defs": {"Held": INTEGER},
    },
}
NUMBERS = {"type": ["array", "null"], "prefixItems": [INTEGER], "items": {"type": "boolean"}}
PATHS = {
    f"/{name}": {
        "post": {"operationId": f"mirror {name}", "requestBody": body(schema), "responses": responses(400)},
        "put": {
            "operationId": f"mirror back {name}",
            "requestBody": body({}),
            "responses": responses(500, schema={"type": "object", "properties": {"value": schema}}),
        },
    }
    for name, (schema, _, _) in TABLE.items()
} | {
    "/integer/{value}": {"get": {"parameters": [parameter("path", {"type": ["integer"]})]}},
    "/listed": {"get": {"parameters": [parameter("query", NUMBERS, explode=False)]}},
    "/nullable": {"get": {"parameters": [parameter("query", {"type": ["integer", "null"], "const": 5})]}},
    "/silent": {"get": {"operationId": "silent", "responses": {"204": {"description": "nothing"}}}},
}
WHOLE = {"get": {"operationId": "idle whole", "responses": responses(400)}}
HOOK = {"post": {"operationId": "hooked", "requestBody": body(INTEGER), "responses": responses()}}
DOCUMENTS = {
    "new": document(
        PATHS,
        openapi="3.1.1",
        components={"schemas": COMPONENTS},
        webhooks={"called": HOOK},
        jsonSchemaDialect="https://json-schema.org/draft/2020-12/schema",
    )
}
HANDLERS = {"new": "def silent(): pass"}


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
    assert (broken.status, broken.json["error"]) == (500, "contract_broken")


def test_parameters_support_type_lists_and_prefix_items(server):
    assert server("GET", "/integer/5").value == 5
    assert server("GET", "/integer/x").json["fields"] == ["path:value:type"]
    assert server("GET", "/listed?value=1,true,false").value == [1, True, False]
    assert server("GET", "/listed?value=1,2").json["fields"] == ["query:value.1:type"]
    assert server("GET", "/nullable?value=5").value == 5
    assert server("GET", "/nullable?value=6").json["fields"] == ["query:value:const"]


def test_a_path_item_can_be_a_reference(served):
    items = {"Whole": WHOLE}
    whole = document(
        {"/whole": {"$ref": "#/components/pathItems/Whole"}}, openapi="3.1.0", components={"pathItems": items}
    )
    server = served({"whole": whole})

    assert server("GET", "/whole").status == 200
    assert server("POST", "/whole").headers["Allow"] == "GET, HEAD, OPTIONS"


def test_a_webhook_is_not_served(server):
    assert server("POST", "/called", 5).status == 404


def test_a_document_can_have_only_webhooks(served):
    hooks = {"openapi": "3.1.0", "info": {"title": "Hooks", "version": "1"}, "webhooks": {"called": HOOK}}

    assert served({"hooks": hooks})("POST", "/called", 5).status == 404


def test_an_operation_can_declare_no_response(served):
    silent = {
        "openapi": "3.1.0",
        "info": {"title": "A", "version": "1"},
        "paths": {"/a": {"get": {"operationId": "a"}}},
    }
    reply = served({"silent": silent}, {"silent": "def a(): return 5"})("GET", "/a")

    assert (reply.status, reply.json["code"]) == (500, "contract_broken")
    assert "response 200 is not declared" in reply.json["detail"]


def test_the_query_method_of_3_2_is_served(served):
    sent = {"/things": {"query": {"requestBody": body({"type": "object"})}, "get": {}}}
    server = served({"newest": document(sent, openapi="3.2.0")})

    assert server("QUERY", "/things", {"a": 1}).value == {"a": 1}
    assert server("OPTIONS", "/things").headers["Allow"] == "GET, HEAD, OPTIONS, QUERY"
