"""Documents are served as they are written: nothing in them is rendered, expanded or taken for a date."""

from __future__ import annotations

import pytest

from locum.openapi.load.documents import BadDocument
from locum.serving.services import Unfit
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


def test_the_document_is_given_out_byte_for_byte(server):
    assert server("GET", "/__locum/docs/written/source.yaml").body == WRITTEN.encode()


def test_a_recursive_document_is_given_out_as_json_with_its_references(server):
    given = server("GET", "/__locum/docs/written/openapi.json").json

    assert given["components"]["schemas"]["Tree"]["properties"]["more"]["items"] == {
        "$ref": "#/components/schemas/Tree"
    }


@pytest.mark.parametrize("value", ["2026-01-31", "no", "012", "12:30", "~x"])
def test_what_looks_like_a_date_or_a_number_to_yaml_stays_text(server, value):
    assert server("POST", "/dates", value).value == value
    assert server("POST", "/dates", value + "0").status == 400


def test_a_recursive_schema_beside_an_anchor_is_served(server):
    assert server("GET", "/tree").json == {"children": [{"more": [{}]}]}


def test_operations_need_no_operation_id(served):
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


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (document({"/a": {"get": {"responses": {}}}}), "/paths/~1a/get/responses"),
        (document({"/a": {"get": {"responses": {"200": {"$ref": "#/components/responses/Gone"}}}}}), "leads nowhere"),
        (document({"/a": {"get": {"parameters": [{"$ref": "../other.yaml#/A"}]}}}), "outside the document"),
        (document({"/a/{b}": {"get": {}}}), "b"),
        (document({"/__locum/a": {"get": {}}}), "which is locum's own"),
        ({"openapi": "3.0.3", "info": {"title": "A", "version": "1"}}, "paths"),
    ],
    ids=["no responses", "a broken reference", "a reference outside", "no path parameter", "locum's own", "no paths"],
)
def test_a_document_that_cannot_be_kept_stops_the_start_with_a_sentence(served, broken, sentence):
    with pytest.raises((Unfit, BadDocument)) as stopped:
        served({"broken": broken})

    lines = str(stopped.value).splitlines()
    assert any("broken.json" in line and sentence in line for line in lines), lines


def test_a_schema_that_refers_to_itself_alone_stops_the_start(served):
    circle = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
    parameters = [{"name": "value", "in": "query", "schema": {"anyOf": [{"$ref": "#/components/schemas/A"}]}}]

    with pytest.raises(Unfit, match="refers to itself"):
        served({"circle": document({"/a": {"get": {"parameters": parameters}}}, components={"schemas": circle})})


def test_an_operation_without_a_handler_is_played_by_the_engine(served):
    answer = {"200": {"description": "done", "content": {"application/json": {"schema": {"enum": ["made up"]}}}}}
    server = served({"missing": document({"/a": {"get": {"operationId": "listThings", "responses": answer}}})})

    assert server("GET", "/a").json == "made up"


def test_numbers_of_a_document_stay_what_they_are(served):
    numbers = {"example": [1, 1.5, 1e3, 2**63, -0.0], "schema": {"type": "array"}}
    answer = {"200": {"description": "done", "content": {"application/json": numbers}}}
    server = served({"numbers": document({"/a": {"get": {"responses": answer}}})})

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
