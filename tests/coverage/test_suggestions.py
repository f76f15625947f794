"""Suggestions: an uncovered cell has a description and a request that is likely to cover it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import Document, read
from locum.verify.coverage.cells import of_request, sentence_of
from locum.verify.coverage.coverage import Coverage, filled
from locum.verify.coverage.suggestions import Suggestions
from locum.verify.requests import Requests

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("status 404", "No response 404."),
        ("status 200 application/json", "No response 200 (application/json)."),
        ("query limit:absent", "No request without limit in the query."),
        ("query limit:maximum", "No request whose limit in the query is at its maximum."),
        ("query filter/name:present", "No request with /name of filter in the query."),
        ("header x-a=b c", "No request whose x-a in the headers is b c."),
        ("request:absent", "No request without a body."),
        ("request application/json /price:absent", "No request (application/json) without /price."),
        ("request application/json; charset=utf-8 /a:null", "No request (application/json; charset=utf-8) whose /a is null."),
        ("200 application/json /tags:empty", "No response 200 (application/json) whose /tags is an empty list."),
        ("200 application/json :filled", "No response 200 (application/json) that has items."),
        ("4XX application/json /a/*/b=x/y:z", "No response 4XX (application/json) whose /a/*/b is x/y:z."),
        ("200 a/vnd.b+json /c:oneOf/1", "No response 200 (a/vnd.b+json) whose /c is alternative 1 of its oneOf."),
    ],
)  # fmt: skip
def test_a_cell_is_described_in_a_sentence(cell, sentence):
    assert sentence_of(cell) == sentence


@pytest.mark.parametrize("name", ["api-keys", "credentials", "workflows"])
def test_every_cell_has_a_description_and_every_suggested_request_covers_its_cell(name):
    contract = compile_contract(read(ROOT / "specs" / f"{name}.yaml", None))
    suggestions, without = Suggestions(contract, Requests(contract, "http://api.test", token="t")), []
    for operation in contract.operations.values():
        for cell in Coverage.of(contract).cells[f"{operation.method} {operation.path}"]:
            assert not sentence_of(cell).startswith("Never seen"), cell
            if of_request(cell):
                shown = suggestions.shown(operation, cell)
                assert shown is not None, (operation.operation_id, cell)
                assert cell in filled(operation, replace(shown, status=200))
            elif cell.startswith("answer") and suggestions.shown(operation, cell) is None:
                without.append(cell.split()[1])

    assert set(without) <= {"403", "409", "500"}  # a contract does not define how these are caused


BODY = {
    "type": "object",
    "required": ["kind"],
    "properties": {
        "kind": {"enum": ["cat", "dog"]},
        "name": {"type": ["string", "null"], "minLength": 2, "maxLength": 4},
        "tags": {"type": "array", "maxItems": 1, "items": {"type": "object", "properties": {"id": {"type": "integer", "minimum": 5}}}},
        "home": {"oneOf": [{"type": "string"}, {"type": "object", "required": ["street"]}]},
    },
    "allOf": [{"properties": {"age": {"type": "integer", "maximum": 20}}}],
}  # fmt: skip
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "query", "name": "key"}}},
    "paths": {
        "/pets": {
            "post": {
                "operationId": "makePet",
                "security": [{"key": []}],
                "parameters": [{"name": "dry", "in": "query", "schema": {"type": "boolean"}}],
                "requestBody": {"content": {"application/json": {"schema": BODY, "example": {"kind": "cat"}}}},
                "responses": {"201": {"description": "made"}, "401": {"description": "who?"}},
            }
        }
    },
}
CONTRACT = compile_contract(Document("pets", Path("pets.json"), b"", DOCUMENT))
OPERATION = CONTRACT.operations["/pets", "post"]
SUGGESTIONS = Suggestions(CONTRACT, Requests(CONTRACT, "http://api.test", token="t"))
JSON = "request application/json "


@pytest.mark.parametrize(
    ("cell", "url", "body"),
    [
        (JSON + "/kind=dog", "/pets?key=t", {"kind": "dog"}),
        (JSON + "/name:null", "/pets?key=t", {"kind": "cat", "name": None}),
        (JSON + "/tags:empty", "/pets?key=t", {"kind": "cat", "tags": []}),
        (JSON + "/tags/*/id:minimum", "/pets?key=t", {"kind": "cat", "tags": [{"id": 5}]}),
        (JSON + "/age:maximum", "/pets?key=t", {"kind": "cat", "age": 20}),
        ("query dry=true", "/pets?dry=true&key=t", {"kind": "cat"}),
        ("query dry:absent", "/pets?key=t", {"kind": "cat"}),
        ("status 401", "/pets", {"kind": "cat"}),
    ],
)
def test_a_suggested_request_is_the_documented_one_with_one_change(cell, url, body):
    shown = SUGGESTIONS.shown(OPERATION, cell)

    assert (shown.url, json.loads(shown.body)) == ("http://api.test" + url, body)


@pytest.mark.parametrize("bound", [2, 4])
def test_a_suggested_text_has_the_maximum_length(bound):
    cell = JSON + ("/name:minLength" if bound == 2 else "/name:maxLength")

    assert len(json.loads(SUGGESTIONS.shown(OPERATION, cell).body)["name"]) == bound


def test_an_optional_body_is_omitted():
    shown = SUGGESTIONS.shown(OPERATION, "request:absent")

    assert (shown.body, "content-type" in shown.headers) == (None, False)


@pytest.mark.parametrize("cell", ["status 409", JSON + "/unknown:null", JSON + "/kind:null", "201 a/b /c:null"])
def test_there_is_no_suggestion_without_an_example(cell):
    assert SUGGESTIONS.shown(OPERATION, cell) is None


def test_a_request_that_would_not_cover_its_cell_is_not_suggested():
    """A form cannot contain an empty list."""
    tags = {"type": "object", "properties": {"tags": {"type": "array", "items": {"type": "string"}}}}
    content = {"application/x-www-form-urlencoded": {"schema": tags}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Forms", "version": "1"},
        "paths": {"/f": {"post": {"operationId": "f", "requestBody": {"content": content}, "responses": {"204": {"description": "x"}}}}},
    }  # fmt: skip
    contract = compile_contract(Document("forms", Path("forms.json"), b"", document))
    suggestions, operation = Suggestions(contract, Requests(contract, "")), contract.operations["/f", "post"]

    assert suggestions.shown(operation, "request application/x-www-form-urlencoded /tags:empty") is None
    assert suggestions.shown(operation, "request application/x-www-form-urlencoded /tags:filled") is not None


def test_a_suggestion_is_a_curl_line():
    assert SUGGESTIONS.curl(OPERATION, "query dry=true") == (
        "curl -i -X POST 'http://api.test/pets?dry=true&key=t' -H 'content-type: application/json'"
        """ --data-binary '{"kind":"cat"}'"""
    )
