"""`x-locum-action`: a document names the action of an operation."""

from __future__ import annotations

import json

import pytest

from tests.corpus.requests import Request
from tests.corpus.walks import send, start_service

PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "string"}, "name": {"type": "string"}},
}


def declare_response(status, schema):
    return {status: {"description": "fine", "content": {"application/json": {"schema": schema}}}}


def served(folder, **extensions):
    """Serve pets, and `POST /pets/find`, whose operation has extensions."""
    paths = {
        "/pets": {"get": {"responses": declare_response("200", {"type": "array", "items": PET})}},
        "/pets/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"responses": declare_response("200", PET)},
        },
        "/pets/find": {"post": {"responses": declare_response("200", {"type": "array", "items": PET}), **extensions}},
    }
    path = folder / "pets.json"
    path.write_text(json.dumps({"openapi": "3.0.3", "info": {"title": "Pets", "version": "1"}, "paths": paths}))
    application, _ = start_service(path)
    return application


def ids(application, method, path):
    return [pet["id"] for pet in json.loads(send(application, Request(method, path, {}, b"")).body)]


@pytest.mark.parametrize("name", ["x-locum-action", "x-locum-part"])
def test_a_list_at_another_path_shows_the_records(tmp_path, name):
    application = served(tmp_path, **{name: "list", "x-locum-resource": "/pets"})

    assert ids(application, "POST", "/pets/find") == ids(application, "GET", "/pets")


@pytest.mark.parametrize(
    "extension", [{"x-locum-action": "generated"}, {"x-locum-part": "answer"}, {"x-locum-action": "no such"}]
)
def test_a_generated_response_shows_no_records(tmp_path, extension):
    application = served(tmp_path, **extension)

    assert set(ids(application, "POST", "/pets/find")).isdisjoint(ids(application, "GET", "/pets"))


def test_a_list_without_a_parent_id_belongs_to_the_first_parent(tmp_path):
    """RPC names such as `/users.conversations` lead to records below a user that the path does not name."""
    note = {
        "type": "object",
        "required": ["id", "text"],
        "properties": {"id": {"type": "string"}, "text": {"type": "string"}},
    }
    key = {"name": "user", "in": "path", "required": True, "schema": {"type": "string"}}
    listed = declare_response("200", {"type": "array", "items": note})
    paths = {
        "/users": {"get": {"responses": declare_response("200", {"type": "array", "items": PET})}},
        "/users/{user}": {"parameters": [key], "get": {"responses": declare_response("200", PET)}},
        "/users/{user}/notes": {"parameters": [key], "get": {"responses": listed}},
        "/notes.mine": {
            "get": {"responses": listed, "x-locum-action": "list", "x-locum-resource": "/users/{user}/notes"}
        },
    }
    path = tmp_path / "notes.json"
    path.write_text(json.dumps({"openapi": "3.0.3", "info": {"title": "Notes", "version": "1"}, "paths": paths}))
    application, _ = start_service(path)
    (first, *_) = ids(application, "GET", "/users")

    assert ids(application, "GET", "/notes.mine") == ids(application, "GET", f"/users/{first}/notes")
