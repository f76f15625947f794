"""Compiled operations of a document."""

from __future__ import annotations

from pathlib import Path

import pytest

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import Document

OK = {"200": {"description": "done"}}


def contract(paths, **members):
    content = {"openapi": "3.1.0", "info": {}, "paths": paths, **members}
    return compile_contract(Document("things", Path("things.yaml"), b"", content))


def operation(declared, **members):
    return contract({"/a": {"get": {"responses": OK, **declared}}}, **members).operations["/a", "get"]


def test_every_method_of_every_path_is_an_operation():
    methods = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
    item = {
        "summary": "a",
        "parameters": [],
        "servers": [],
        "x-y": {},
        **{method: {"responses": OK} for method in methods},
    }
    found = contract({"/a": item, "x-extension": {"get": {}}, "/b": {}})

    assert list(found.operations) == [("/a", method) for method in methods]
    assert found.name == "things"


def test_additional_operations_follow_the_fixed_methods_and_do_not_replace_them():
    additional = {"COPY": {"responses": OK}, "GET": {"responses": OK}, "x-note": {}, "no method": {}}
    found = contract({"/a": {"get": {"responses": OK}, "additionalOperations": additional}}, openapi="3.2.0")

    assert list(found.operations) == [("/a", "get"), ("/a", "copy")]
    assert found.operations["/a", "get"].pointer == "/paths/~1a/get"
    assert found.operations["/a", "copy"].pointer == "/paths/~1a/additionalOperations/COPY"
    assert found.operations["/a", "copy"].method == "COPY"


@pytest.mark.parametrize("key", ["GET", "Get"])
def test_a_method_in_capitals_is_an_operation_unless_it_is_there_in_small_letters(key):
    assert contract({"/a": {key: {"responses": OK}}}).operations["/a", "get"].pointer == f"/paths/~1a/{key}"
    assert contract({"/a": {key: {}, "get": {"responses": OK}}}).operations["/a", "get"].pointer == "/paths/~1a/get"


def test_an_operation_has_its_name_path_and_handler():
    found = operation({"operationId": "deleteApiKey", "summary": "Delete"})

    assert (found.operation_id, found.handler_name, found.method) == ("deleteApiKey", "delete_api_key", "GET")
    assert (found.path, found.pointer, found.summary) == ("/a", "/paths/~1a/get", "Delete")


def test_an_operation_without_an_id_is_named_by_method_and_path():
    assert operation({}).operation_id == "get /a"
    assert operation({"operationId": ""}).handler_name == "get_a"


def test_a_referenced_path_item_has_its_operations_at_the_referencing_path():
    items = {"Shared": {"parameters": [{"name": "p", "in": "query", "schema": {}}], "get": {"responses": OK}}}
    found = contract({"/a": {"$ref": "#/components/pathItems/Shared"}}, components={"pathItems": items})

    assert found.operations["/a", "get"].pointer == "/components/pathItems/Shared/get"
    assert [parameter.name for parameter in found.operations["/a", "get"].parameters] == ["p"]


@pytest.mark.parametrize(
    ("statuses", "success"),
    [
        (["200"], 200),
        (["404", "204", "201"], 201),
        (["302", "404"], 302),
        (["default"], 200),
        (["2XX", "404"], 200),
        (["2XX", "302"], 200),
        (["302", "default"], 302),
        (["3XX"], 302),
        (["500", "404"], 500),
        (["4xx", "5XX"], 400),
        ([], 200),
    ],
)
def test_the_success_is_the_lowest_declared_one_or_else_an_error(statuses, success):
    assert operation({"responses": {status: {"description": ""} for status in statuses}}).success == success


@pytest.mark.parametrize(
    ("status", "found"),
    [(200, "200"), (201, "2XX"), (404, "404"), (418, "4XX"), (500, "default"), (302, "default")],
)
def test_a_status_is_declared_by_itself_its_range_or_the_default(status, found):
    declared = {name: {"description": ""} for name in ("200", "2XX", "404", "4XX", "default")}

    assert operation({"responses": declared}).declares(status).status == found


def test_another_status_is_not_declared():
    assert operation({}).declares(404) is None


@pytest.mark.parametrize(
    ("own", "inherited", "security"),
    [
        ({}, {}, []),
        ({}, {"security": [{"a": []}]}, [{"a": []}]),
        ({"security": []}, {"security": [{"a": []}]}, []),
        ({"security": [{"b": ["x"]}]}, {"security": [{"a": []}]}, [{"b": ["x"]}]),
    ],
)
def test_an_operations_own_security_replaces_the_documents(own, inherited, security):
    assert operation(own, **inherited).security == security


def test_references_are_followed_in_bodies_responses_headers_and_examples():
    components = {
        "requestBodies": {"B": {"required": True, "content": {"text/plain": {"schema": {"type": "string"}}}}},
        "responses": {
            "R": {
                "description": "done",
                "headers": {"X-A": {"$ref": "#/components/headers/H"}, "Content-Type": {"schema": {}}},
                "content": {"application/json": {"examples": {"one": {"$ref": "#/components/examples/E"}}}},
            }
        },
        "headers": {"H": {"required": True, "schema": {"type": "integer"}}},
        "examples": {"E": {"value": {"an": "example"}}},
        "securitySchemes": {"S": {"$ref": "#/components/securitySchemes/T"}, "T": {"type": "http", "scheme": "basic"}},
    }
    responses = {"200": {"$ref": "#/components/responses/R"}}
    declared = {"responses": responses, "requestBody": {"$ref": "#/components/requestBodies/B"}}
    found = operation(declared, components=components)
    response = found.declares(200)

    assert (found.body.required, list(found.body.media_types)) == (True, ["text/plain"])
    assert list(response.headers) == ["x-a"], "Content-Type is declared by the content (OpenAPI 3.0.3, 4.7.17)"
    assert (response.headers["x-a"].name, response.headers["x-a"].required) == ("X-A", True)
    assert response.headers["x-a"].schema.is_valid(5)
    assert response.media_types["application/json"].example == {"an": "example"}
    assert contract({}, components=components).security_schemes["S"] == {"type": "http", "scheme": "basic"}


@pytest.mark.parametrize(
    ("declared", "sent"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("text/*", "text/plain"),
        ("Application/JSON; a=b", "Application/JSON; a=b"),
    ],
)
def test_a_response_has_one_of_the_declared_media_types(declared, sent):
    found = operation({"responses": {"200": {"description": "", "content": {declared: {}}}}})
    [media] = found.declares(200).media_types.values()

    assert media.header == (b"content-type", sent.encode())


def test_a_request_can_have_several_media_types():
    found = operation({"requestBody": {"content": {"*/*": {}, "text/*": {}}}})

    assert list(found.body.media_types) == ["text/*", "*/*"]


def test_parameters_are_found_by_their_location():
    parameters = [{"name": place, "in": place, "schema": {}} for place in ("path", "query", "header", "cookie")]
    found = operation({"parameters": parameters})

    assert {place: [one.name for one in ones] for place, ones in found.by_location.items()} == {
        place: [place] for place in ("path", "query", "header", "cookie")
    }
