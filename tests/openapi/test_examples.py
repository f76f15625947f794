"""Examples and defaults that break their schema, in every location."""

from __future__ import annotations

from pathlib import Path

import pytest

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.lint.values import example_findings
from locum.openapi.load.documents import Document, read

KEY = {"type": "string", "pattern": "^api_key_[0-9A-Za-z]{27}$"}
INTEGER = {"type": "integer"}
USER = {
    "type": "object",
    "required": ["id", "secret"],
    "properties": {"id": {"type": "string", "readOnly": True}, "secret": {"type": "string", "writeOnly": True}},
}


def broken(paths=None, openapi="3.0.3", **components):
    content = {"openapi": openapi, "info": {}, "paths": paths or {}, "components": components}
    return list(example_findings(compile_contract(Document("a", Path("a.yaml"), b"", content))))


def pointers(*arguments, **more):
    return [found.pointer for found in broken(*arguments, **more)]


def declare_response(media):
    return {"/a": {"get": {"responses": {"200": {"description": "", "content": {"application/json": media}}}}}}


def declare_body(media):
    body = {"content": {"application/json": media}}
    return {"/a": {"post": {"requestBody": body, "responses": {}}}}


AT = "/paths/~1a/get/responses/200/content/application~1json"


def test_an_invalid_example_is_reported_with_its_location_and_reason():
    [found] = broken(schemas={"Key": {**KEY, "example": "api_key_01H8J7Q2K3M4N5P6R7S8T9V0"[:32]}})

    assert found.pointer == "/components/schemas/Key/example"
    assert found.message == (
        "'api_key_01H8J7Q2K3M4N5P6R7S8T9V0' breaks its own schema: must match the pattern ^api_key_[0-9A-Za-z]{27}$."
    )


@pytest.mark.parametrize(
    ("media", "places"),
    [
        ({"schema": INTEGER, "example": "x"}, ["/example"]),
        (
            {"schema": INTEGER, "examples": {"a": {"value": "x"}, "b": {"value": 1}, "c": {"summary": "x"}}},
            ["/examples/a/value"],
        ),
        ({"schema": {**INTEGER, "example": "x"}}, ["/schema/example"]),
        ({"schema": {**INTEGER, "default": "x"}}, ["/schema/default"]),
        ({"schema": {"items": {**INTEGER, "example": "x"}}}, ["/schema/items/example"]),
        ({"schema": {"properties": {"a/b": {**INTEGER, "example": "x"}}}}, ["/schema/properties/a~1b/example"]),
        ({"schema": {"allOf": [{}, {**INTEGER, "default": "x"}]}}, ["/schema/allOf/1/default"]),
        ({"schema": {"additionalProperties": {**INTEGER, "example": "x"}}}, ["/schema/additionalProperties/example"]),
        ({"example": "anything"}, []),
        ({"schema": INTEGER}, []),
    ],
)
def test_examples_are_found_in_every_place_of_a_media_type(media, places):
    assert pointers(declare_response(media)) == [AT + place for place in places]


def test_examples_are_found_in_parameters_headers_and_shared_components():
    parameter = {"name": "a", "in": "query", "schema": INTEGER, "example": "x"}
    paths = {
        "/a": {
            "parameters": [{**parameter, "examples": {"one": {"value": "x"}}}],
            "get": {"responses": {"200": {"description": "", "headers": {"A": {"schema": INTEGER, "example": "x"}}}}},
        }
    }

    assert pointers(paths, parameters={"P": parameter}) == [
        "/paths/~1a/parameters/0/example",
        "/paths/~1a/parameters/0/examples/one/value",
        "/paths/~1a/get/responses/200/headers/A/example",
        "/components/parameters/P/example",
    ]


def test_a_referenced_example_is_reported_at_its_location():
    media = {"schema": INTEGER, "examples": {"a": {"$ref": "#/components/examples/E"}}}

    assert pointers(declare_response(media), examples={"E": {"value": "x"}}) == ["/components/examples/E/value"]


def test_the_examples_of_3_1_are_a_list():
    assert pointers(openapi="3.1.0", schemas={"A": {**INTEGER, "examples": [1, "x"]}}) == [
        "/components/schemas/A/examples/1"
    ]


def test_an_example_is_validated_in_its_direction():
    asked, answered = {"secret": "s"}, {"id": "i"}

    assert pointers(declare_body({"schema": USER, "example": asked})) == []
    assert pointers(declare_response({"schema": USER, "example": answered})) == []
    assert pointers(declare_response({"schema": USER, "example": asked})) == [AT + "/example"]
    assert len(pointers(declare_body({"schema": USER, "example": answered}))) == 1


def test_a_one_way_property_is_validated_in_its_direction():
    inner = {"type": "object", "required": ["secret"], "properties": USER["properties"]}
    user = {
        "properties": {
            "a": {**inner, "writeOnly": True, "example": {"secret": "s"}},
            "b": {**inner, "readOnly": True, "example": {}},
        }
    }

    assert pointers(schemas={"A": user}) == []


def test_data_that_looks_like_a_schema_is_ignored():
    media = {"schema": {}, "example": {"schema": INTEGER, "example": "x"}}
    extension = {"x-thing": {"schema": INTEGER, "example": "x"}}

    assert pointers(declare_response(media)) == []
    assert pointers({"/a": {"get": {"responses": {}, **extension}}}) == []
    assert pointers(schemas={"A": {"enum": [{"type": "integer", "example": "x"}]}}) == []


def test_a_recursive_schema_terminates():
    tree = {"properties": {"of": {"items": {"$ref": "#/components/schemas/T"}}, "n": {**INTEGER, "example": "x"}}}

    assert pointers(schemas={"T": tree}) == ["/components/schemas/T/properties/n/example"]


def test_examples_in_other_files_are_validated(tmp_path):
    (tmp_path / "pet.yaml").write_text("type: object\nproperties: {name: {type: string, example: 5}}\n")
    (tmp_path / "answer.yaml").write_text(
        "description: ok\ncontent: {application/json: {schema: {type: string}, example: 6}}\n"
    )
    (tmp_path / "a.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: A, version: '1'}\ncomponents: {schemas: {Pet: {$ref: pet.yaml}}}\n"
        "paths: {/a: {get: {responses: {200: {$ref: answer.yaml}}}}}\n"
    )
    found = example_findings(compile_contract(read(tmp_path / "a.yaml")))

    assert sorted(broken.pointer for broken in found) == [
        "/x-locum-files/answer.yaml/content/application~1json/example",
        "/x-locum-files/pet.yaml/properties/name/example",
    ]
