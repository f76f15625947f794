"""Details of generated responses that were wrong once."""

from __future__ import annotations

import json

import pytest

from locum.settings import Settings
from tests.wire.generated import generated
from tests.wire.serving import Server

TREE = {"$ref": "#/components/schemas/Tree"}
TASK = {"$ref": "#/components/schemas/Task"}
PERSON = {"$ref": "#/components/schemas/Person"}
TASK_PATH = {"required": True, "schema": {"type": "string", "pattern": "^/tasks/[0-9]+$"}}
FORM = "application/x-www-form-urlencoded"


def declare_responses(schema, status="200"):
    return {"responses": {status: {"description": "ok", "content": {"application/json": {"schema": schema}}}}}


def query(name, schema, **more):
    return {"name": name, "in": "query", "schema": schema, **more}


def one(name):
    return {"name": name, "in": "path", "required": True, "schema": {"type": "integer"}}


DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Details", "version": "1"},
    "paths": {
        "/words": {"get": {"parameters": [query("word", {"type": "string"})], **declare_responses({"type": "string"})}},
        "/tree": {"get": declare_responses(TREE)},
        "/wide": {
            "get": {
                "parameters": [
                    query("small", {"type": "integer", "format": "int32"}),
                    query("pretty", {"type": "boolean"}, allowEmptyValue=True),
                ],
                **declare_responses({"type": "string"}),
            }
        },
        "/forms": {
            "post": {
                "requestBody": {
                    "content": {
                        FORM: {
                            "encoding": {"tags": {"style": "deepObject", "explode": True}},
                            "schema": {
                                "type": "object",
                                "properties": {
                                    "tags": {
                                        "anyOf": [
                                            {"type": "array", "items": {"type": "string"}},
                                            {"type": "string", "enum": [""]},
                                        ]
                                    }
                                },
                            },
                        }
                    }
                },
                **declare_responses(
                    {"type": "object", "properties": {"tags": {"type": "array", "items": {"type": "string"}}}}
                ),
            }
        },
        "/people": {"get": declare_responses({"type": "array", "items": PERSON})},
        "/people/{id}": {"get": {"parameters": [one("id")], **declare_responses(PERSON)}},
        "/tasks": {
            "get": declare_responses({"type": "array", "items": TASK}),
            "post": {
                "requestBody": {"content": {"application/json": {"schema": TASK}}},
                "responses": {
                    "201": {**declare_responses(TASK, "201")["responses"]["201"], "headers": {"Location": TASK_PATH}}
                },
            },
        },
        "/tasks/{id}": {
            "parameters": [one("id")],
            "get": declare_responses(TASK),
            "put": {"requestBody": {"content": {"application/json": {"schema": TASK}}}, **declare_responses(TASK)},
        },
    },
    "components": {
        "schemas": {
            "Tree": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": TREE}},
            },
            "Person": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}},
            "Task": {
                "type": "object",
                "required": ["title"],
                "properties": {
                    "id": {"type": "integer", "readOnly": True},
                    "title": {"type": "string"},
                    "colour": {"type": "string", "default": "grey"},
                    "ownerId": {"type": "integer"},
                    "owner": {"allOf": [PERSON], "readOnly": True},
                    "status": {"type": "string", "enum": ["open", "completed"], "readOnly": True},
                    "completedAt": {"type": "string", "format": "date-time", "readOnly": True},
                },
            },
        }
    },
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    path = tmp_path_factory.mktemp("details") / "details.json"
    path.write_text(json.dumps(DOCUMENT))
    server = Server(Settings(specs=(path,), cache=False))
    yield server
    server.stop()


def test_generated_values_do_not_depend_on_the_host_name(server):
    here = server.raw(b"GET /words?word=a HTTP/1.1\r\nHost: here.localhost:1\r\n\r\n")
    there = server.raw(b"GET /words?word=a HTTP/1.1\r\nHost: there.localhost:2\r\n\r\n")

    assert here.body == there.body


def test_a_tree_is_one_record_and_not_a_list(server):
    assert isinstance(server("GET", "/tree").json["name"], str)


def test_a_whole_number_has_the_width_of_its_format(server):
    assert server("GET", f"/wide?small={2**31 - 1}").status == 200
    assert server("GET", f"/wide?small={2**31}").status == 422


def test_a_parameter_that_may_be_empty_is_absent_when_it_is(server):
    assert server("GET", "/wide?pretty=").status == 200
    assert server("GET", "/wide?small=").status == 422


def test_a_form_prefers_a_list_to_a_text(server):
    reply = server("POST", "/forms", b"tags[0]=a&tags[1]=b", Content_Type=FORM)

    assert (reply.status, reply.json) == (200, {"tags": ["a", "b"]})


def test_an_id_references_the_record_embedded_beside_it(server, world):
    tasks = server("GET", "/tasks", world=world).json
    people = [person["id"] for person in server("GET", "/people", world=world).json]

    assert all(task["ownerId"] == task["owner"]["id"] and task["ownerId"] in people for task in tasks)


def test_a_location_is_a_path_where_its_schema_excludes_a_host(server, world):
    made = server("POST", "/tasks", {"title": "New"}, world=world)

    assert (made.status, made.headers["Location"]) == (201, f"/tasks/{made.json['id']}")


def test_an_event_that_has_not_happened_has_no_time(server, world):
    made = server("POST", "/tasks", {"title": "New"}, world=world).json

    assert made["status"] == "open"
    assert "completedAt" not in made
    for task in server("GET", "/tasks", world=world).json:
        assert task.get("status") == "completed" or "completedAt" not in task


def test_put_sets_defaults_of_absent_members(server, world):
    made = server("POST", "/tasks", {"title": "New", "colour": "red"}, world=world).json

    assert server("PUT", f"/tasks/{made['id']}", {"title": "Old"}, world=world).json["colour"] == "grey"


def test_a_304_has_no_content_even_if_default_declares_some(tmp_path):
    """RFC 9110, section 15.4.5: a 304 has no content."""
    thing = {"type": "object", "properties": {"id": {"type": "string"}}}
    responses = {
        **declare_responses(thing)["responses"],
        "default": declare_responses({"type": "object"})["responses"]["200"],
    }
    identifier = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Things", "version": "1"},
        "paths": {"/things/{id}": {"get": {"parameters": [identifier], "responses": responses}}},
    }
    with generated(tmp_path, document) as server:
        for headers in ({"If-None-Match": "*"}, {"Prefer": "code=304"}):
            reply = server("GET", "/things/1", **{name.replace("-", "_"): value for name, value in headers.items()})
            assert (reply.status, reply.body, "Content-Type" in reply.headers) == (304, b"", False)


@pytest.mark.parametrize("method", ["put", "patch", "post"])
def test_a_list_with_one_record_is_not_a_json_patch(tmp_path, method):
    person = {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
    identifier = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    sent = {"content": {"application/json": {"schema": {"type": "array", "items": person}}}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "People", "version": "1"},
        "paths": {
            "/people": {"get": declare_responses({"type": "array", "items": person})},
            "/people/{id}": {
                "parameters": [identifier],
                "get": declare_responses(person),
                method: {"requestBody": sent, **declare_responses(person)},
            },
        },
    }
    with generated(tmp_path, document) as server:
        found = server("GET", "/people").json[0]
        changed = server(method.upper(), f"/people/{found['id']}", [{"name": "Ida"}])

        assert (changed.status, changed.json) == (200, {**found, "name": "Ida"})
