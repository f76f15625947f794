"""Records whose status has its own path, in a namespace that exists by convention."""

from __future__ import annotations

import pytest

from locum.options import UnknownIds
from tests.wire.generated import generated
from tests.wire.serving import parameter, responses

TEXT = {"type": "string"}
META = {"type": "object", "properties": {"name": TEXT, "labels": {"type": "object", "additionalProperties": TEXT}}}
TASK = {
    "type": "object",
    "properties": {
        "metadata": META,
        "spec": {"type": "object", "properties": {"image": TEXT}},
        "notes": {"type": "object", "additionalProperties": TEXT},
        "status": {"type": "object", "properties": {"phase": TEXT, "message": TEXT}},
    },
}
SPACE = {"type": "object", "required": ["name"], "properties": {"name": TEXT}}
PATCHES = {
    media: {"schema": {"description": "Any patch.", "type": "object"}}
    for media in ("application/json-patch+json", "application/merge-patch+json")
}


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def listed(name):
    return {"type": "object", "properties": {"items": {"type": "array", "items": ref(name)}}}


def sends(name):
    return {"content": {"application/json": {"schema": ref(name)}}}


def one(name):
    shown = {"responses": responses(schema=ref(name))}
    return {
        "get": shown,
        "put": {**shown, "requestBody": sends(name)},
        "patch": {**shown, "requestBody": {"content": PATCHES}},
    }


PLACE = [parameter("path", TEXT, "space"), parameter("path", TEXT, "name")]
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Tasks", "version": "1"},
    "paths": {
        "/spaces": {"get": {"responses": responses(schema=listed("Space"))}},
        "/spaces/{space}": {"parameters": PLACE[:1], "get": {"responses": responses(schema=ref("Space"))}},
        "/spaces/{space}/tasks": {
            "parameters": PLACE[:1],
            "get": {"responses": responses(schema=listed("Task"))},
            "post": {"requestBody": sends("Task"), "responses": responses(schema=ref("Task"), status=201)},
        },
        "/spaces/{space}/tasks/{name}": {"parameters": PLACE, **one("Task")},
        "/spaces/{space}/tasks/{name}/status": {"parameters": PLACE, **one("Task")},
    },
    "components": {"schemas": {"Task": TASK, "Space": SPACE}},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("status"), DOCUMENT, unknown_ids=UnknownIds.MISSING) as running:
        yield running


@pytest.fixture
def task(server, world):
    sent = {"metadata": {"name": "sweep"}, "spec": {"image": "broom:1"}}
    reply = server("POST", "/spaces/default/tasks", sent, world=world)
    assert reply.status == 201
    return reply.json


def test_the_space_named_default_exists(server, world, task):
    assert task["metadata"]["name"] == "sweep"
    assert server("GET", "/spaces/default", world=world).json["name"] == "default"
    assert server("GET", "/spaces/other/tasks", world=world).status == 404


def test_an_absent_map_is_empty(task):
    assert task["notes"] == {}


def test_the_status_subresource_is_the_state_of_the_record(server, world, task):
    assert task["spec"] == {"image": "broom:1"}
    patch = {"status": {"phase": "Done"}}
    reply = server(
        "PATCH", "/spaces/default/tasks/sweep/status", patch, world=world, Content_Type="application/merge-patch+json"
    )
    seen = [server("GET", f"/spaces/default/tasks/sweep{end}", world=world).json for end in ("", "/status")]

    assert reply.json["status"]["phase"] == "Done"
    assert seen[0] == seen[1] == reply.json


def test_a_json_patch_is_an_array_where_one_schema_describes_all_patches(server, world, task):
    path, media = "/spaces/default/tasks/sweep", {"Content_Type": "application/json-patch+json"}
    patch = [{"op": "replace", "path": "/spec/image", "value": task["spec"]["image"].replace("1", "2")}]

    assert server("PATCH", path, patch, world=world, **media).json["spec"] == {"image": "broom:2"}
    assert server("PATCH", path, [{"image": "broom:3"}], world=world, **media).status in {400, 422}
