"""Examples without a schema, or with an empty one, are served and become records."""

from __future__ import annotations

import json

import pytest

from tests.wire.generated import generated
from tests.wire.serving import document

ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
NAME = {**ID, "name": "name"}
NIA, BO = {"id": 1, "name": "Nia"}, {"id": 2, "name": "Bo"}
NOT_FOUND = {"404": {"description": "There is none."}}


def declare_example(media_type="application/json", status="200", **media):
    return {status: {"description": "done", "content": {media_type: media}}}


def item(method="get", **media):
    return {"parameters": [ID], method: {"responses": declare_example(**media)}}


DECLARED = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}, "meaning": {"type": "string", "example": "lead"}},
}
COLLECTION = {
    "get": {"responses": declare_example(example=[NIA, BO])},
    "post": {
        "requestBody": {"content": {"application/json": {"example": {"name": "Cy"}}}},
        "responses": declare_example(status="201", example={"id": 3, "name": "Cy"}),
    },
}
PATHS = {
    "/users": COLLECTION,
    "/users/{id}": {
        "parameters": [ID],
        "get": {"responses": declare_example(example=NIA) | NOT_FOUND},
        "delete": {"responses": {"204": {"description": "gone"}} | NOT_FOUND},
    },
    "/wrapped": {"get": {"responses": declare_example(schema={"type": "object"}, example={"data": [NIA, BO], "total": 2})}},
    "/wrapped/{id}": item(schema={}, example=NIA),
    "/bare/{id}": item(schema={"type": "object"}, example={"meaning": "copper", "weight": 5}),
    "/none/{id}": item(example={"meaning": "copper"}),
    "/empty/{id}": item(schema={}, examples={"a": {"value": {"meaning": "copper"}}, "b": {"value": {"meaning": "tin"}}}),
    "/in-schema/{id}": item(schema={"type": "object", "example": {"meaning": "copper"}}),
    "/declared/{id}": item(
        schema=DECLARED,
        example={"meaning": "copper"},
    ),
    "/person/{id}": item(example={"name": "Nia"}),
    "/person/by-name/{name}": {"parameters": [NAME], "get": {"responses": declare_example(example={"name": "Nia"})}},
    "/words": {"get": {"responses": declare_example(example=["a", "b"])}, "post": {"responses": declare_example(status="201", example="c")}},
    "/nothing": {"get": {"responses": declare_example(example=[])}, "post": {"responses": declare_example(status="201", example={})}},
    "/named/{id}": item(example={"id": 1, "make": "Zephyr"}),
    "/text/{id}": item(media_type="text/plain", example="hello"),
    "/typed-text/{id}": item(media_type="text/plain", schema={"type": "string"}, example="hello"),
    "/xml/{id}": item(media_type="application/xml", example="<a/>"),
    "/word/{id}": item(example="hello"),
    "/json-text/{id}": item(example='{"meaning": "copper"}'),
    "/json-text-of-object/{id}": item(schema=DECLARED, example='{"id": "cu", "meaning": "copper"}'),
    "/exact/{id}": item(example={"most": 2**63 - 1, "least": -(2**63), "more": 2**64 - 1}),
    "/error/{id}": {"parameters": [ID], "get": {"responses": {
        **declare_example(example=NIA), **declare_example(status="404", example={"fault": {"message": "No.", "code": 7}})}}},
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("examples"), document(PATHS)) as server:
        yield server


def test_the_listed_examples_are_the_records_each_at_its_own_path(server):
    assert server("GET", "/users", world="listed").json == [NIA, BO]
    assert server("GET", "/users/2", world="listed").json == BO
    assert server("GET", "/users/9", world="listed").status == 404


def test_a_created_record_is_listed_and_can_have_any_type(server):
    made = server("POST", "/users", {"name": ["Di"], "extra": True}, world="made")

    assert (made.status, made.json) == (201, {"name": ["Di"], "extra": True, "id": 3})
    assert server("GET", "/users", world="made").json == [NIA, BO, made.json]
    assert server("GET", "/users/3", world="made").json == made.json


def test_a_deleted_record_is_not_found(server):
    assert server("DELETE", "/users/1", world="removed").status == 204
    assert server("GET", "/users", world="removed").json == [BO]


def test_an_identifier_has_the_type_that_the_examples_show(server):
    assert server("GET", "/named/5").json["id"] == 5


def test_a_list_in_an_envelope_is_recognized(server):
    assert server("GET", "/wrapped").json == {"data": [NIA, BO], "total": 2}
    assert server("GET", "/wrapped/2").json == BO


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/bare/cu", {"meaning": "copper", "weight": 5}),
        ("/none/cu", {"meaning": "copper"}),
        ("/empty/cu", {"meaning": "copper"}),
        ("/in-schema/cu", {"meaning": "copper"}),
        ("/declared/cu", {"meaning": "copper", "id": "cu"}),
        ("/json-text/cu", {"meaning": "copper"}),
        ("/json-text-of-object/cu", {"id": "cu", "meaning": "copper"}),
        ("/person/7", {"name": "Nia"}),
        ("/person/by-name/Bo", {"name": "Bo"}),
        ("/words", ["a", "b"]),
        ("/nothing", []),
        ("/named/1", {"id": 1, "make": "Zephyr"}),
        ("/word/7", "hello"),
        ("/exact/7", {"most": 2**63 - 1, "least": -(2**63), "more": 2**64 - 1}),
    ],
)
def test_an_example_is_served_for_any_identifier(server, path, sent):
    assert server("GET", path).json == sent


@pytest.mark.parametrize("path", ["/text/7", "/typed-text/7"])
def test_a_text_example_is_served_unchanged(server, path):
    assert server("GET", path).body == b"hello"


def test_an_xml_example_is_served_unchanged(server):
    assert server("GET", "/xml/7").body == b"<a/>"


def test_each_example_is_served_by_its_name(server):
    assert server("GET", "/empty/cu", Prefer="example=b").json == {"meaning": "tin"}
    assert server("GET", "/in-schema/cu", Prefer="example=default").json == {"meaning": "copper"}


def test_values_are_generated_like_the_examples(server):
    made = server("GET", "/named/5", Prefer="dynamic=true").json

    assert made.keys() == {"id", "make"}
    assert isinstance(made["id"], int)


def test_an_error_has_the_members_of_its_example(server):
    reply = server("GET", "/error/5", Prefer="code=404")

    assert reply.json["fault"].keys() == {"message", "code"}


def test_a_number_beyond_64_bits_stays_exact(served):
    operation = {"responses": declare_example(example={"n": 10**30})}
    content = {"openapi": "3.0.3", "info": {"title": "Big", "version": "1"}, "paths": {"/n": {"get": operation}}}
    server = served({"big": json.dumps(content)})  # a text is YAML

    assert server("GET", "/n").json == {"n": 10**30}


def test_a_reference_in_place_of_an_example_is_not_a_record(tmp_path):
    task = {
        "type": "object",
        "required": ["id", "title", "weight"],
        "properties": {
            "id": {"type": "string"},
            "title": {"type": "string", "example": "Paint the fence"},
            "weight": {"type": "number"},
        },
    }
    paths = {
        "/tasks": {"get": {"responses": declare_example(schema={"type": "array", "items": task})}},
        "/tasks/{id}": item(schema=task, example={"$ref": "#/components/examples/task"}),
    }  # fmt: skip
    with generated(tmp_path, document(paths)) as server:
        titles = {one["title"] for one in server("GET", "/tasks").json}

    assert len(titles) > 3
