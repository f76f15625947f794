"""Swagger 2.0: conversion to OpenAPI 3, and diagnostics."""

from __future__ import annotations

import copy

import openapi_spec_validator
import orjson
import pytest

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.lint.linting import lint
from locum.openapi.load.documents import BadDocument, read
from locum.openapi.load.swagger import convert

PETS = {
    "swagger": "2.0",
    "info": {"title": "Pets", "version": "1", "x-hint": 1},
    "host": "pets.example:8443",
    "basePath": "/v1/",
    "schemes": ["https", "http"],
    "consumes": ["application/json"],
    "produces": ["application/json", "application/xml"],
    "tags": [{"name": "pets"}],
    "security": [{"key": []}],
    "x-top": {"kept": True},
    "securityDefinitions": {
        "key": {"type": "apiKey", "name": "X-Key", "in": "header"},
        "people": {"type": "basic", "description": "People", "x-a": 1},
        "code": {
            "type": "oauth2",
            "flow": "accessCode",
            "authorizationUrl": "https://a.example/authorize",
            "tokenUrl": "https://a.example/token",
            "scopes": {"read": "Read"},
        },
        "machine": {"type": "oauth2", "flow": "application", "tokenUrl": "https://a.example/token", "scopes": {}},
    },
    "parameters": {
        "limit": {"name": "limit", "in": "query", "type": "integer", "maximum": 100, "default": 10},
        "pet": {"name": "pet", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Pet"}},
    },
    "responses": {"missing": {"description": "Missing", "schema": {"$ref": "#/definitions/Problem"}}},
    "definitions": {
        "Pet": {
            "type": "object",
            "required": ["name", "kind"],
            "discriminator": "kind",
            "properties": {
                "name": {"type": "string", "x-nullable": True},
                "kind": {"type": "string"},
                "tags": {"type": "array", "items": {"$ref": "#/definitions/Tag"}},
                "id": {"type": "integer", "format": "int64", "readOnly": True},
            },
            "example": {"name": "Rex", "kind": "Dog", "x": {"$ref": "#/definitions/Gone"}},
        },
        "Cat": {"allOf": [{"$ref": "#/definitions/Pet"}, {"properties": {"lives": {"type": "integer"}}}]},
        "Tag": {"type": ["string", "null"]},
        "Problem": {"additionalProperties": {"$ref": "#/definitions/Tag"}},
    },
    "paths": {
        "x-paths": {"a": 1},
        "/pets": {
            "parameters": [{"$ref": "#/parameters/limit"}],
            "get": {
                "operationId": "listPets",
                "deprecated": True,
                "x-op": 1,
                "parameters": [
                    {
                        "name": "sort",
                        "in": "query",
                        "type": "array",
                        "items": {"type": "string", "enum": ["a", "b"]},
                        "collectionFormat": "pipes",
                        "allowEmptyValue": True,
                        "x-p": 1,
                    },
                    {"name": "X-Rate", "in": "header", "type": "number", "x-nullable": False},
                ],
                "responses": {
                    "200": {
                        "description": "Pets",
                        "headers": {"X-Next": {"type": "string", "format": "uri", "description": "Next"}},
                        "schema": {"type": "array", "items": {"$ref": "#/definitions/Pet"}},
                        "examples": {"application/json": [{"name": "Rex", "kind": "Dog"}], "text/csv": "Rex"},
                    },
                    "404": {"$ref": "#/responses/missing"},
                    "default": {"description": "Else"},
                },
            },
            "post": {
                "consumes": ["application/json", "application/xml"],
                "produces": ["text/plain"],
                "schemes": ["https"],
                "parameters": [{"$ref": "#/parameters/pet"}],
                "responses": {"201": {"description": "GeneratedAnswer"}, "404": {"$ref": "#/responses/missing"}},
            },
        },
        "/pets/{id}/photo": {
            "parameters": [{"name": "id", "in": "path", "required": True, "type": "string", "pattern": "^[a-z]+$"}],
            "post": {
                "consumes": ["multipart/form-data"],
                "parameters": [
                    {"name": "file", "in": "formData", "type": "file", "required": True, "description": "It"},
                    {"name": "note", "in": "formData", "type": "string", "maxLength": 5},
                ],
                "responses": {"204": {"description": "Done"}},
            },
            "get": {"produces": [], "responses": {"200": {"description": "It", "schema": {"type": "file"}}}},
            "put": {
                "parameters": [
                    {"name": "tags", "in": "formData", "type": "array", "items": {"type": "string"}},
                    {
                        "name": "more",
                        "in": "formData",
                        "type": "array",
                        "items": {"type": "integer"},
                        "collectionFormat": "multi",
                    },
                ],
                "responses": {"204": {"description": "Done"}},
            },
        },
    },
}


BODY = {"name": "body", "in": "body", "schema": {"type": "object"}}


@pytest.fixture
def converted():
    return convert(copy.deepcopy(PETS)).content


@pytest.fixture
def document(tmp_path):
    """Return a function that reads a Swagger document with some changes."""

    def written(**changes):
        path = tmp_path / "pets.json"
        path.write_bytes(orjson.dumps(PETS | changes, option=orjson.OPT_INDENT_2))
        return read(path)

    return written


def diagnostics(document):
    return lint(compile_contract(document))


def test_the_result_is_valid_openapi_3(converted, document):
    assert converted["openapi"] == "3.0.3"
    assert not list(openapi_spec_validator.OpenAPIV30SpecValidator(converted).iter_errors())
    assert diagnostics(document()) == []


def test_the_swagger_document_itself_is_not_changed():
    before = copy.deepcopy(PETS)
    convert(before)

    assert before == PETS


@pytest.mark.parametrize(
    ("changes", "urls", "base_path"),
    [
        ({}, ["https://pets.example:8443/v1", "http://pets.example:8443/v1"], "/v1"),
        ({"schemes": []}, ["https://pets.example:8443/v1"], "/v1"),
        ({"host": ""}, ["/v1"], "/v1"),
        ({"host": "", "basePath": "/"}, None, ""),
        ({"basePath": ""}, ["https://pets.example:8443", "http://pets.example:8443"], ""),
    ],
)
def test_host_base_path_and_schemes_are_servers(document, changes, urls, base_path):
    found = document(**changes)

    assert [server["url"] for server in found.content.get("servers", [])] == (urls or [])
    assert found.base_path == base_path


def test_common_members_and_extensions_are_kept(converted):
    assert converted["info"] == PETS["info"]
    assert (converted["x-top"], converted["paths"]["x-paths"]) == ({"kept": True}, {"a": 1})
    assert converted["paths"]["/pets"]["get"]["x-op"] == 1
    assert converted["paths"]["/pets"]["get"]["deprecated"] is True
    assert not converted.keys() & {"swagger", "host", "basePath", "schemes", "consumes", "produces", "definitions"}


def test_security_definitions_are_security_schemes(converted):
    scopes = {"read": "Read"}
    code = {"authorizationUrl": "https://a.example/authorize", "tokenUrl": "https://a.example/token", "scopes": scopes}

    assert converted["components"]["securitySchemes"] == {
        "key": {"type": "apiKey", "name": "X-Key", "in": "header"},
        "people": {"type": "http", "scheme": "basic", "description": "People", "x-a": 1},
        "code": {"type": "oauth2", "flows": {"authorizationCode": code}},
        "machine": {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": "https://a.example/token", "scopes": {}}},
        },
    }


def test_definitions_are_schemas(converted):
    schemas = converted["components"]["schemas"]

    assert schemas["Pet"]["discriminator"] == {"propertyName": "kind"}
    assert schemas["Pet"]["properties"]["name"] == {"type": "string", "nullable": True}
    assert schemas["Pet"]["properties"]["tags"]["items"] == {"$ref": "#/components/schemas/Tag"}
    assert schemas["Pet"]["example"]["x"] == {"$ref": "#/definitions/Gone"}  # data
    assert schemas["Cat"]["allOf"][0] == {"$ref": "#/components/schemas/Pet"}
    assert schemas["Tag"] == {"nullable": True, "type": "string"}
    assert schemas["Problem"]["additionalProperties"] == {"$ref": "#/components/schemas/Tag"}


def test_parameters_have_schemas_and_styles(converted):
    assert converted["paths"]["/pets"]["parameters"] == [{"$ref": "#/components/parameters/limit"}]
    assert converted["components"]["parameters"] == {
        "limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100, "default": 10}}
    }
    assert converted["paths"]["/pets"]["get"]["parameters"] == [
        {
            "name": "sort",
            "in": "query",
            "allowEmptyValue": True,
            "x-p": 1,
            "schema": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
            "style": "pipeDelimited",
            "explode": False,
        },
        {"name": "X-Rate", "in": "header", "schema": {"type": "number", "nullable": False}},
    ]


@pytest.mark.parametrize(
    ("location", "written", "style"),
    [
        ("query", None, {"style": "form", "explode": False}),
        ("query", "csv", {"style": "form", "explode": False}),
        ("query", "multi", {"style": "form", "explode": True}),
        ("query", "ssv", {"style": "spaceDelimited", "explode": False}),
        ("query", "pipes", {"style": "pipeDelimited", "explode": False}),
        ("path", "csv", {"style": "simple"}),
        ("header", None, {"style": "simple"}),
    ],
)
def test_a_list_has_the_style_of_its_collection_format(document, location, written, style):
    parameter = {"name": "a", "in": location, "type": "array", "items": {"type": "string"}, "required": True}
    if written:
        parameter["collectionFormat"] = written
    found = document(paths={"/a/{a}": {"get": {"parameters": [parameter], "responses": {}}}})
    (made,) = found.content["paths"]["/a/{a}"]["get"]["parameters"]

    assert {key: made[key] for key in made.keys() & {"style", "explode"}} == style
    assert made["schema"]["type"] == "array"


@pytest.mark.parametrize(("location", "written"), [("query", "tsv"), ("path", "pipes"), ("header", "ssv")])
def test_a_list_without_an_openapi_3_style_is_text_and_reported(document, location, written):
    parameter = {"name": "a", "in": location, "type": "array", "items": {"type": "string"}, "required": True}
    found = document(paths={"/a/{a}": {"get": {"parameters": [{**parameter, "collectionFormat": written}]}}})

    assert found.content["paths"]["/a/{a}"]["get"]["parameters"][0]["schema"] == {"type": "string"}
    assert found.notes[0].endswith(
        f"pets.json: the {location} parameter 'a': OpenAPI 3 cannot express its collectionFormat ({written}); "
        "its value is treated as text."
    )


def test_a_body_has_the_consumed_media_types(converted):
    assert converted["paths"]["/pets"]["post"]["requestBody"] == {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Pet"}},
            "application/xml": {"schema": {"$ref": "#/components/schemas/Pet"}},
        },
    }
    assert "parameters" not in converted["paths"]["/pets"]["post"]
    assert converted["paths"]["/pets"]["post"]["servers"] == [{"url": "https://pets.example:8443/v1"}]


def test_a_form_with_a_file_is_multipart(converted):
    assert converted["paths"]["/pets/{id}/photo"]["post"]["requestBody"] == {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "It"},
                        "note": {"type": "string", "maxLength": 5},
                    },
                    "required": ["file"],
                }
            }
        },
    }


def test_a_form_without_a_file_is_urlencoded_with_the_style_of_lists(converted):
    body = converted["paths"]["/pets/{id}/photo"]["put"]["requestBody"]
    media = body["content"]["application/x-www-form-urlencoded"]

    assert (list(body["content"]), body["required"]) == (["application/x-www-form-urlencoded"], False)
    assert media["encoding"] == {
        "tags": {"style": "form", "explode": False},
        "more": {"style": "form", "explode": True},
    }


def test_a_response_has_the_produced_media_types(converted):
    responses = converted["paths"]["/pets"]["get"]["responses"]
    schema = {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}

    assert responses["200"]["content"] == {
        "application/json": {"schema": schema, "example": [{"name": "Rex", "kind": "Dog"}]},
        "application/xml": {"schema": schema},
        "text/csv": {"schema": schema, "example": "Rex"},
    }
    assert responses["200"]["headers"] == {
        "X-Next": {"description": "Next", "schema": {"type": "string", "format": "uri"}}
    }
    assert responses["default"] == {"description": "Else"}


def test_a_shared_response_is_kept_where_its_media_types_are_those_of_the_document(converted):
    shared = converted["components"]["responses"]["missing"]
    own = converted["paths"]["/pets"]["post"]["responses"]["404"]

    assert converted["paths"]["/pets"]["get"]["responses"]["404"] == {"$ref": "#/components/responses/missing"}
    assert list(shared["content"]) == ["application/json", "application/xml"]
    assert list(own["content"]) == ["text/plain"]


def test_a_file_response_is_bytes(converted):
    assert converted["paths"]["/pets/{id}/photo"]["get"]["responses"]["200"]["content"] == {
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
    }


def test_a_body_of_a_path_item_is_inherited_by_its_operations(document):
    shared = {"name": "a", "in": "body", "schema": {"type": "string"}}
    own = {"name": "b", "in": "body", "schema": {"type": "integer"}}
    paths = {"/a": {"parameters": [shared], "put": {}, "post": {"parameters": [own]}}}
    item = document(paths=paths).content["paths"]["/a"]

    assert "parameters" not in item
    assert item["put"]["requestBody"]["content"]["application/json"]["schema"] == {"type": "string"}
    assert item["post"]["requestBody"]["content"]["application/json"]["schema"] == {"type": "integer"}


def test_a_converted_document_is_compiled(document):
    contract = compile_contract(document())
    body = contract.operations["/pets", "post"].body.media_types["application/json"].schema

    assert len(contract.operations) == 5
    assert body.is_valid({"name": None, "kind": "Cat", "tags": [None]})
    assert not body.is_valid({"name": "x"})


MISTAKES = [
    # Members of the document, and the pointer and code of the diagnostic.
    ({"definitions": {"Pet": {"type": "objekt"}}}, "/definitions/Pet/type", "unknown-type"),
    ({"definitions": {"Pet": {"type": "string", "default": 5}}}, "/definitions/Pet/default", "unfit-default"),
    ({"definitions": []}, "/definitions", "wrong-type"),
    ({"definitions": {"A": 5}}, "/definitions/A", "wrong-type"),
    ({"parameters": {"A": 5}}, "/parameters/A", "wrong-type"),
    ({"parameters": {"A": {"name": "a", "in": "query", "type": "strin"}}}, "/parameters/A/type", "unknown-type"),
    ({"responses": {"A": 5}}, "/responses/A", "wrong-type"),
    (
        {"responses": {"A": {"description": "", "schema": {"type": "strin"}}}},
        "/responses/A/schema/type",
        "unknown-type",
    ),
    ({"securityDefinitions": {"A": 5}}, "/securityDefinitions/A", "wrong-type"),
    ({"securityDefinitions": {"A": {"type": "apikey"}}}, "/securityDefinitions/A/type", "unusable-security-scheme"),
    ({"paths": []}, "/paths", "wrong-type"),
    ({"paths": {"/a": 5}}, "/paths/~1a", "wrong-type"),
    ({"paths": {"/a": {"get": 5}}}, "/paths/~1a/get", "wrong-type"),
    ({"paths": {"/a": {"$ref": "#/gone"}}}, "/paths/~1a/$ref", "unresolved-reference"),
]
OPERATIONS = [
    # Members of an operation, and the same.
    ({"parameters": 5}, "/parameters", "wrong-type"),
    ({"parameters": [5]}, "/parameters/0", "wrong-type"),
    ({"parameters": [{"$ref": "#/gone"}]}, "/parameters/0/$ref", "unresolved-reference"),
    ({"parameters": [{"in": "query", "type": "string"}]}, "/parameters/0", "unusable-parameter"),
    ({"parameters": [{"name": "a", "in": {}, "type": "string"}]}, "/parameters/0/in", "unusable-parameter"),
    (
        {"parameters": [BODY, {"name": "a", "in": "query", "type": "integr"}]},
        "/parameters/1/type",
        "unknown-type",
    ),
    ({"parameters": [BODY | {"schema": {"type": "objekt"}}]}, "/parameters/0/schema/type", "unknown-type"),
    ({"parameters": [BODY | {"schema": 5}]}, "/parameters/0/schema", "wrong-type"),
    (
        {"parameters": [{"name": "a", "in": "formData", "type": "integer", "minimum": 5, "maximum": 3}]},
        "/parameters/0/minimum",
        "contradictory-bounds",
    ),
    ({"responses": 5}, "/responses", "wrong-type"),
    ({"responses": {"200": 5}}, "/responses/200", "wrong-type"),
    ({"responses": {"twenty": {"description": ""}}}, "/responses/twenty", "unknown-status"),
    ({"responses": {"200": {"$ref": "#/gone"}}}, "/responses/200/$ref", "unresolved-reference"),
    (
        {"responses": {"200": {"description": "", "schema": {"$ref": "#/definitions/Gone"}}}},
        "/responses/200/schema/$ref",
        "unresolved-reference",
    ),
    (
        {"responses": {"200": {"description": "", "headers": {"A": {"type": "strin"}}}}},
        "/responses/200/headers/A/type",
        "unknown-type",
    ),
    ({"responses": {"200": {"description": "", "headers": {"A": 5}}}}, "/responses/200/headers/A", "wrong-type"),
    (
        {
            "responses": {
                "200": {
                    "description": "",
                    "schema": {"type": "integer"},
                    "examples": {"application/json": "x"},
                }
            }
        },
        "/responses/200/examples/application~1json",
        "unfit-example",
    ),
]
EMPTY = {key: {} for key in ("definitions", "parameters", "responses", "securityDefinitions", "paths")}


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    MISTAKES
    + [
        (
            {"paths": {"/a": {"get": {"responses": {"200": {"description": ""}}} | members}}},
            "/paths/~1a/get" + pointer,
            code,
        )
        for members, pointer, code in OPERATIONS
    ],
)
def test_a_mistake_is_reported_once_at_its_location_in_the_document(document, changes, pointer, code):
    (found,) = diagnostics(document(**{**EMPTY, "security": [], **changes}))

    assert (found.pointer, found.code) == (pointer, code)
    assert found.line > 1


def test_a_misspelt_reference_has_a_suggestion(document):
    operation = {"responses": {"200": {"description": "a", "schema": {"$ref": "#/definitions/Pett"}}}}
    (found,) = diagnostics(document(paths={"/a": {"get": operation}}))

    assert found.message == (
        "#/definitions/Pett leads nowhere: there is no 'Pett' at #/definitions. Did you mean #/definitions/Pet?"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"paths": {"/a": {"get": {"parameters": [{"in": "body"}], "responses": {"200": {"headers": {"a": 5}}}}}}},
        {"parameters": [], "responses": 5, "securityDefinitions": {"a": 5}, "host": 5, "schemes": "a", "produces": 5},
    ],
)
def test_invalid_members_are_reported_and_break_nothing(document, changes):
    assert diagnostics(document(**changes))


def test_another_swagger_version_is_rejected(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("info: {}\nswagger: '1.2'\n")

    with pytest.raises(BadDocument, match=r"a.yaml:2:1: #/swagger: must be '2.0' in quotes, not '1.2'."):
        read(path)


def test_a_document_of_several_files_is_converted_completely(tmp_path):
    (tmp_path / "shared.yaml").write_text(
        "limit: {name: limit, in: query, type: integer}\n"
        "Pet: {discriminator: kind, properties: {kind: {type: string, x-nullable: true}, of: {$ref: '#/Pet'}}}\n"
        "answer: {description: A pet, schema: {$ref: '#/Pet'}}\n"
        "path:\n  get:\n    parameters: [{$ref: '#/limit'}]\n    responses: {200: {$ref: '#/answer'}}\n"
    )
    path = tmp_path / "a.yaml"
    path.write_text(
        "swagger: '2.0'\ninfo: {title: A, version: '1'}\npaths: {/a: {$ref: 'shared.yaml#/path'}}\n"
        "definitions: {Pet: {$ref: 'shared.yaml#/Pet'}}\n"
    )
    found = read(path)
    operation = compile_contract(found).operations["/a", "get"]

    assert diagnostics(found) == []
    assert [parameter.name for parameter in operation.parameters] == ["limit"]
    assert operation.responses["200"].media_types["application/json"].schema.is_valid({"kind": None, "of": {}})
    assert found.content["components"]["schemas"]["Pet"] == {"$ref": "#/x-locum-files/shared.yaml/Pet"}
