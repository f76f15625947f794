"""Records with a state object, with a name beside the id, and with flat requests and nested responses."""

from __future__ import annotations

import pytest

from locum.options import UnknownIds
from tests.wire.generated import generated
from tests.wire.serving import body, parameter, responses

TEXT = {"type": "string"}
SETUP = {
    "type": "object",
    "properties": {
        "image": TEXT,
        "command": {"type": "array", "items": TEXT},
        "user": TEXT,
        "tags": {"type": "object"},
    },
}
MACHINE = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {
        "id": {**TEXT, "pattern": "^[0-9a-f]{32}$"},
        "name": {**TEXT, "example": "/quiet_fox"},
        "image": TEXT,
        "setup": SETUP,
        "state": {
            "type": "object",
            "properties": {
                "status": {**TEXT, "enum": ["running", "created", "paused", "exited"]},
                "running": {"type": "boolean"},
                "paused": {"type": "boolean"},
                "exit_code": {"type": "integer"},
            },
        },
    },
}
LISTED = {
    "type": "object",
    "required": ["id", "names", "state"],
    "properties": {
        "id": TEXT,
        "names": {"type": "array", "items": TEXT},
        "image": TEXT,
        "state": {**TEXT, "enum": ["running", "created", "paused", "exited"]},
    },
}
ID = parameter("path", TEXT, "id", description="ID or name of the machine")
DONE = {"204": {"description": "done"}, "404": responses(404)["404"]}
MADE = {"type": "object", "required": ["id"], "properties": {"id": TEXT}}
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Machines", "version": "1"},
    "paths": {
        "/machines": {
            "get": {"responses": responses(schema={"type": "array", "items": LISTED})},
            "post": {
                "parameters": [parameter("query", TEXT, "name")],
                "requestBody": body(SETUP),
                "responses": responses(400, schema=MADE, status=201),
            },
        },
        "/machines/{id}": {"parameters": [ID], "get": {"responses": responses(404, schema=MACHINE)}},
        "/machines/{id}/rename": {
            "parameters": [ID],
            "post": {"parameters": [parameter("query", TEXT, "name")], "responses": DONE},
        },
        **{
            f"/machines/{{id}}/{verb}": {"parameters": [ID], "post": {"responses": DONE}}
            for verb in ("start", "stop", "pause", "unpause", "kill", "restart")
        },
    },
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("machines"), DOCUMENT, unknown_ids=UnknownIds.MISSING) as server:
        yield server


@pytest.fixture
def send(server, world):
    return lambda method, path, sent=None: server(method, path, sent, world=world)


@pytest.fixture
def web(send):
    """The id of a created machine."""
    sent = {"image": "web:2", "command": ["serve"], "tags": {"team": "shop"}}
    return send("POST", "/machines?name=web", sent).json["id"]


def test_a_record_is_found_by_its_name_with_and_without_the_slash_of_its_form(send, web):
    assert send("GET", "/machines/web").json == send("GET", f"/machines/{web}").json
    assert send("GET", "/machines/web").json["name"] == "/web"
    assert send("GET", "/machines/other").status == 404


def test_flat_members_are_stored_at_their_nested_place(send, web):
    seen = send("GET", f"/machines/{web}").json

    assert seen["setup"]["command"] == ["serve"]
    assert seen["setup"]["tags"] == {"team": "shop"}
    assert (seen["image"], seen["setup"]["image"]) == ("web:2", "web:2")


def test_a_new_record_is_in_the_first_state_and_its_flags_agree(send, web):
    state = send("GET", f"/machines/{web}").json["state"]

    assert (state["status"], state["running"], state["paused"]) == ("created", False, False)


@pytest.mark.parametrize(
    ("verbs", "expected"),
    [
        (["start"], ("running", True, False)),
        (["start", "pause"], ("paused", False, True)),
        (["start", "pause", "unpause"], ("running", True, False)),
        (["start", "stop"], ("exited", False, False)),
        (["start", "kill"], ("exited", False, False)),
        (["start", "stop", "restart"], ("running", True, False)),
    ],
)
def test_an_action_changes_the_state_inside(send, web, verbs, expected):
    for verb in verbs:
        assert send("POST", f"/machines/{web}/{verb}").status == 204
    state = send("GET", f"/machines/{web}").json["state"]

    assert (state["status"], state["running"], state["paused"]) == expected


def test_renaming_uses_the_name_in_the_query(send, web):
    assert send("POST", "/machines/web/rename?name=front").status == 204
    assert send("GET", "/machines/front").json["id"] == web
    assert send("GET", "/machines/web").status == 404


def test_a_list_has_its_own_format_of_names_and_state(send, web):
    send("POST", f"/machines/{web}/start")
    listed = next(one for one in send("GET", "/machines").json if one["id"] == web)

    assert listed == {"id": web, "names": ["/web"], "image": "web:2", "state": "running"}
