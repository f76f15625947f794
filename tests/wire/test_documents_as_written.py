"""Documents are served as they are written: nothing is rendered, expanded or parsed as a date."""

from __future__ import annotations

import pytest

from locum.server.services import StartError
from tests.wire.serving import body, document, responses

WRITTEN = """
openapi: 3.0.3
info: {title: "{{ title }}", version: "1"}
paths:
  /template:
    get:
      operationId: idle template
      description: "{{ n1.run_id }} {% raw %} {# comment #} {% for"
      responses:
        200:
          description: "{{ x }}"
          content:
            application/json:
              schema: {type: object}
              example: {value: "{{ n1.run_id }} {% endif %}"}
  /dates:
    post:
      operationId: mirror
      requestBody: {content: {application/json: {schema: {type: string, enum: [2026-01-31, no, 012, 12:30, ~x]}}}}
      responses: {200: {description: done, content: {application/json: {}}}, 400: {description: refused}}
  /tree:
    get:
      operationId: tree
      responses:
        "200": {description: done, content: {application/json: {schema: {$ref: "#/components/schemas/Tree"}}}}
components:
  schemas:
    Tree:
      type: object
      properties:
        children: &children {type: array, items: {$ref: "#/components/schemas/Tree"}}
        more: *children
      additionalProperties: false
"""
DOCUMENTS = {"written": WRITTEN}
HANDLERS = {"written": 'def tree(): return {"children": [{"more": [{}]}]}'}


def test_braces_in_an_example_survive(server):
    assert server("GET", "/template", Prefer="code=200").json == {"value": "{{ n1.run_id }} {% endif %}"}


def test_the_document_is_served_byte_for_byte(server):
    assert server("GET", "/__locum/docs/written/source.yaml").body == WRITTEN.encode()


def test_a_recursive_document_is_served_as_json_with_its_references(server):
    given = server("GET", "/__locum/docs/written/openapi.json").json

    assert given["components"]["schemas"]["Tree"]["properties"]["more"]["items"] == {
        "$ref": "#/components/schemas/Tree"
    }


@pytest.mark.parametrize("value", ["2026-01-31", "no", "012", "12:30", "~x"])
def test_texts_that_look_like_dates_or_numbers_stay_texts(server, value):
    assert server("POST", "/dates", value).value == value
    assert server("POST", "/dates", value + "0").status == 400


def test_a_recursive_schema_beside_an_anchor_is_served(server):
    assert server("GET", "/tree").json == {"children": [{"more": [{}]}]}


def test_an_operation_id_is_not_required(served):
    nameless = {"openapi": "3.0.3", "info": {"title": "A", "version": "1"}, "paths": {}}
    for path in ("/a", "/b"):
        nameless["paths"][path] = {
            "get": {"responses": responses()},
            "post": {"requestBody": body({}), "responses": responses()},
        }
    functions = [
        f"def {method}_{path}(): return {{'value': '{method} {path}'}}" for method in ("get", "post") for path in "ab"
    ]
    server = served({"nameless": nameless}, {"nameless": "\n".join(functions)})

    assert server("GET", "/a").value == "get a"
    assert server("POST", "/b", {}).value == "post b"


HEAD = {"openapi": "3.0.3", "info": {"title": "A", "version": "1"}}
GONE = {"$ref": "#/components/responses/Gone"}


@pytest.mark.parametrize(
    ("paths", "pointer"),
    [
        ({"/a": {"get": {"responses": {}}}}, "/paths/~1a/get/responses"),
        ({"/a": {"get": {"responses": {"200": GONE}}}}, "/paths/~1a/get/responses/200/$ref"),
        ({"/a": {"get": {"parameters": [{"$ref": "../other.yaml#/A"}], "responses": responses()}}}, "/paths/~1a/get"),
        ({"/a": {"get": {"parameters": [5], "responses": 5}}}, "/paths/~1a/get/responses"),
        ({"/a": {"get": 5}}, "/paths/~1a/get"),
        ({"a": {"get": {"responses": responses()}}}, "/paths/a"),
    ],
    ids=["no responses", "a broken reference", "a reference outside", "wrong types", "no operation", "no slash"],
)
def test_a_document_with_problems_is_served_and_they_are_reported(served, paths, pointer):
    server = served({"broken": HEAD | {"paths": paths}})
    (found,) = server("GET", "/__locum/contracts").json

    assert server("GET", "/a").status in {200, 204}
    assert any(problem["pointer"].startswith(pointer) for problem in found["problems"]), found["problems"]


def test_an_undeclared_path_parameter_is_text(served):
    server = served({"broken": HEAD | {"paths": {"/a/{b}": {"get": {"responses": responses()}}}}})

    assert server("GET", "/a/anything").status == 200


def test_a_document_with_a_path_of_locum_stops_the_start(served):
    with pytest.raises(StartError, match="which is reserved for locum"):
        served({"broken": document({"/__locum/a": {"get": {}}})})


def test_a_document_without_paths_serves_nothing(served):
    server = served({"broken": HEAD})

    assert server("GET", "/a").status == 404


def test_a_schema_that_refers_to_itself_alone_admits_any_value(served):
    circle = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
    parameters = [{"name": "value", "in": "query", "schema": {"anyOf": [{"$ref": "#/components/schemas/A"}]}}]
    paths = {"/a": {"get": {"parameters": parameters, "responses": responses()}}}
    server = served({"circle": document(paths, components={"schemas": circle})})

    assert server("GET", "/a?value=anything").status == 200


def test_an_operation_without_a_handler_is_inferred(served):
    response = {"200": {"description": "done", "content": {"application/json": {"schema": {"enum": ["made up"]}}}}}
    server = served({"missing": document({"/a": {"get": {"operationId": "listThings", "responses": response}}})})

    assert server("GET", "/a").json == "made up"


def test_numbers_of_a_document_stay_exact(served):
    numbers = {"example": [1, 1.5, 1e3, 2**63, -0.0], "schema": {"type": "array"}}
    response = {"200": {"description": "done", "content": {"application/json": numbers}}}
    server = served({"numbers": document({"/a": {"get": {"responses": response}}})})

    assert server("GET", "/a", Prefer="code=200").body == b"[1,1.5,1000.0,9223372036854775808,-0.0]"


def test_a_bound_beyond_64_bits_is_served(served):
    vast = """
openapi: 3.0.3
info: {title: A, version: "1"}
paths:
  /a/{value}:
    get:
      operationId: echo
      parameters: [{name: value, in: path, required: true, schema: {type: integer, maximum: 99999999999999999999}}]
      responses: {200: {description: done, content: {application/json: {}}}, 400: {description: refused}}
"""
    server = served({"vast": vast})

    assert server("GET", "/a/99999999999999999999").value == 99999999999999999999
    assert server("GET", "/a/100000000000000000000").status == 400


def test_an_extension_among_the_responses_is_ignored(served):
    message = {
        "/a": {"get": {"operationId": "a", "responses": {"x-note": 1, "x-list": [], "204": {"description": ""}}}}
    }

    assert served({"extended": document(message)})("GET", "/a").status == 204


@pytest.mark.parametrize("example", [[{"id": 1}], None])
def test_an_example_of_an_open_schema_with_several_types_is_served(served, example):
    content = {"application/json": {"schema": {"type": ["array", "null"]}, "example": example}}
    message = {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "", "content": content}}}}}

    assert served({"open": document(message, openapi="3.1.0")})("GET", "/a").json == example
