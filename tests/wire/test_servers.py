"""`servers` of a document, a path item and an operation; paths with queries; equal paths."""

from __future__ import annotations

import pytest

from locum.server.services import StartError
from tests.wire.generated import generated
from tests.wire.serving import document

DONE = {"responses": {"204": {"description": "done"}}}
SERVED = {"url": "https://{region}.files.example/{stage}/", "variables": {"stage": {"default": "beta"}}}
ID = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "password"}}]


def operation(name, **members):
    return {"operationId": name, **DONE, **members}


PATHS = {
    "/notes": {"get": operation("listNotes")},
    "/files": {
        "servers": [SERVED, {"url": "/never"}],
        "post": operation("upload"),
        "get": operation("download", servers=[{"url": "/"}]),
    },
    "/login/{id}": {"get": operation("login", parameters=ID, servers=[{"url": "https://login.example/../a/./b/.."}])},
    "relative": {"get": operation("relative", servers=[{"url": "v7"}])},
    "/things/{a}": {"get": operation("readThing", parameters=[{**ID[0], "name": "a"}])},
    "/things/{b}": {
        "get": operation("neverRead", parameters=[{**ID[0], "name": "b"}]),
        "put": operation("writeThing", parameters=[{**ID[0], "name": "b"}]),
    },
    "/images?action=crop": {"post": operation("crop")},
    "/images?action=turn&by={by}": {
        "post": operation(
            "turn", parameters=[{"name": "by", "in": "path", "required": True, "schema": {"type": "integer"}}]
        )
    },
    "/images#add": {"post": operation("addImage")},
}
DOCUMENT = document(PATHS, base="https://api.example.com/v1")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("places"), DOCUMENT) as server:
        yield server


FULL_PATHS = {
    "GET /v1/notes": "listNotes",
    "POST /beta/files": "upload",
    "GET /files": "download",
    "GET /a/login/x": "login",
    "GET /v7/relative": "relative",
    "GET /v1/things/1": "readThing",
    "PUT /v1/things/1": "writeThing",
    "POST /v1/images?action=crop": "crop",
    "POST /v1/images?by=90&action=turn": "turn",
    "POST /v1/images%23add": "addImage",
}


@pytest.mark.parametrize(("request_line", "name"), FULL_PATHS.items())
def test_an_operation_is_below_its_nearest_servers(server, request_line, name):
    reply = server(*request_line.split(), world="places")
    entry = server.application.worlds.named("places").journal.entries[-1]

    assert (reply.status, entry.operation) == (204, name)


@pytest.mark.parametrize(
    ("request_line", "status", "hint"),
    [
        ("POST /v1/files", 404, "POST /beta/files"),
        ("GET /v1/login/x", 404, "/a/login/x"),
        ("DELETE /files", 405, ""),
        ("POST /v1/images?action=flip", 404, "/v1/images?action=crop or /v1/images?action=turn&by={by}"),
        ("GET /v1/images", 405, ""),
        ("POST /v1/images?action=turn&by=x", 422, ""),
    ],
)
def test_an_operation_below_another_server_is_a_near_miss(server, request_line, status, hint):
    reply = server(*request_line.split())

    assert reply.status == status
    assert hint.removeprefix("POST ") in reply.json["detail"]


def test_the_control_api_lists_each_operation_with_its_full_path(server):
    listed = {entry["operation"]: entry["path"] for entry in server("GET", "/__locum/operations").json}

    assert listed["upload"] == "/beta/files"
    assert listed["download"] == "/files"
    assert listed["login"] == "/a/login/{id}"
    assert listed["listNotes"] == "/v1/notes"


def test_the_journal_has_the_full_template_and_hides_secrets_in_the_path(server):
    server("GET", "/a/login/secret-word", world="hidden")
    entry = server.application.worlds.named("hidden").journal.entries[-1]

    assert entry.template == "/a/login/{id}"
    assert "secret-word" not in entry.path


def test_swagger_ui_sends_its_requests_to_each_server(server):
    [name] = [entry["name"] for entry in server("GET", "/__locum/contracts").json]
    given = server("GET", f"/__locum/docs/{name}/openapi.json").json

    assert given["servers"][0]["url"] == "/v1"
    assert "servers" not in given["paths"]["/files"]
    assert given["paths"]["/files"]["post"]["servers"][0]["url"] == "/beta"
    assert given["paths"]["/files"]["get"]["servers"][0]["url"] == "/"


def test_the_base_path_setting_overrides_all_servers(tmp_path):
    with generated(tmp_path, DOCUMENT, base_path="/here") as server:
        assert server("POST", "/here/files").status == 204
        assert server("GET", "/here/relative").status == 204
        assert server("POST", "/beta/files").status == 404


def test_operations_are_also_served_at_the_root_as_in_prism(tmp_path):
    with generated(tmp_path, DOCUMENT, like_prism=True) as server:
        for request_line, name in {
            **FULL_PATHS,
            "GET /notes": "listNotes",
            "POST /files": "upload",
            "GET /files": "download",
            "GET /login/secret-word": "login",
            "HEAD /things/1": "readThing",
            "POST /images?action=crop": "crop",
        }.items():
            assert server(*request_line.split(), world="root").status == 204
            assert server.application.worlds.named("root").journal.entries[-1].operation == name
        assert server("GET", "/v2/notes").status == 404
        entry = next(
            entry
            for entry in server.application.worlds.named("root").journal.entries
            if entry.template == "/login/{id}"
        )
        assert "secret-word" not in entry.path


def test_two_documents_that_claim_one_operation_stop_the_start(served):
    one, other = (document({f"/a/{{{name}}}": {"get": operation("get")}}) for name in "xy")

    with pytest.raises(StartError, match=r"GET /a/\{x\} is claimed twice, by other:get and by one:get"):
        served({"one": one, "other": other})


def test_an_operation_beside_a_path_item_reference_takes_precedence(tmp_path):
    shared = {
        "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
        "get": operation("getShared"),
        "put": operation("putShared"),
    }
    own = {
        "$ref": "#/components/pathItems/Shared",
        "parameters": [{"name": "offset", "in": "query", "schema": {"type": "integer"}}],
        "put": operation("putOwn"),
        "post": operation("postOwn"),
    }
    joined = document({"/things": own}, openapi="3.1.0", components={"pathItems": {"Shared": shared}})
    with generated(tmp_path, joined) as server:
        for method, name in {"GET": "getShared", "PUT": "putOwn", "POST": "postOwn"}.items():
            assert server(method, "/things?limit=1&offset=2", world="joined").status == 204
            assert server.application.worlds.named("joined").journal.entries[-1].operation == name
            assert server(method, "/things?limit=x").status == server(method, "/things?offset=x").status == 422
