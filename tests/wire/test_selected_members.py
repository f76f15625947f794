"""Members of records that a request selects: `fields`, `opt_fields`."""

from __future__ import annotations

import json

import pytest

from tests.corpus.requests import Request
from tests.corpus.walks import send as send_request
from tests.corpus.walks import start_service

TEXT = {"type": "string"}
COMPACT = {"type": "object", "required": ["id"], "properties": {"id": TEXT, "name": TEXT}}
FULL = {
    "type": "object",
    "required": ["id", "name", "colour"],
    "properties": {"id": TEXT, "name": TEXT, "colour": {"type": "string", "enum": ["red", "blue"]}, "note": TEXT},
}


def served(folder, element):
    """Serve projects, whose list has elements of a separate schema."""

    def declare_response(schema):
        return {"200": {"description": "fine", "content": {"application/json": {"schema": schema}}}}

    picks = {"name": "opt_fields", "in": "query", "schema": {"type": "array", "items": TEXT}, "explode": False}
    key = {"name": "id", "in": "path", "required": True, "schema": TEXT}
    paths = {
        "/projects": {
            "get": {"parameters": [picks], "responses": declare_response({"type": "array", "items": element})}
        },
        "/projects/{id}": {"get": {"parameters": [key, picks], "responses": declare_response(FULL)}},
    }
    path = folder / "projects.json"
    path.write_text(json.dumps({"openapi": "3.0.3", "info": {"title": "Projects", "version": "1"}, "paths": paths}))
    application, _ = start_service(path)
    return lambda target: json.loads(send_request(application, Request("GET", target, {}, b"")).body)


def test_a_list_of_compact_records_has_the_selected_members(tmp_path):
    send = served(tmp_path, COMPACT)
    whole = {one["id"]: send(f"/projects/{one['id']}") for one in send("/projects")}

    assert all("colour" not in one for one in send("/projects"))
    for one in send("/projects?opt_fields=colour"):
        assert one == {name: whole[one["id"]][name] for name in ("id", "colour")}


@pytest.mark.parametrize("names", ["colour", "colour,nothing"])
def test_a_closed_schema_has_no_further_selected_members(tmp_path, names):
    send = served(tmp_path, COMPACT | {"additionalProperties": False})

    assert send(f"/projects?opt_fields={names}") == send("/projects")


def test_an_item_has_the_selected_and_the_required_members(tmp_path):
    send = served(tmp_path, COMPACT)
    (first, *_) = send("/projects")

    assert send(f"/projects/{first['id']}?opt_fields=note").keys() == {"id", "name", "colour", "note"}
