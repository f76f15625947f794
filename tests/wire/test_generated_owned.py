"""Records that are created at one path and stored at another, below their owner."""

from __future__ import annotations

import pytest

from locum.options import UnknownIds
from tests.wire.generated import generated
from tests.wire.serving import body, parameter, responses

TEXT = {"type": "string"}
MAKER = {"type": "object", "required": ["handle", "id"], "properties": {"handle": {**TEXT, "example": "ada"},
         "id": {"type": "integer"}, "bio": TEXT, "city": TEXT}}  # fmt: skip
ALBUM = {
    "type": "object",
    "required": ["id", "name", "full_name", "maker"],
    "properties": {
        "id": {"type": "integer"},
        "name": {**TEXT, "example": "First-Light"},
        "full_name": {**TEXT, "example": "ada/First-Light"},
        "url": {"type": "string", "example": "https://albums.example/albums/ada/First-Light"},
        "maker": {"$ref": "#/components/schemas/simple-maker"},
        "notes": TEXT,
    },
}
FOUND = {**ALBUM, "properties": {**ALBUM["properties"], "score": {"type": "number"}}}
REMARK = {
    "type": "object",
    "required": ["number", "text", "state"],
    "properties": {
        "number": {"type": "integer"},
        "text": TEXT,
        "url": {"type": "string", "example": "https://albums.example/all/42/remarks/7"},
        "state": {"type": "string", "enum": ["open", "closed"]},
        "closed_at": {"type": "string", "format": "date-time", "nullable": True},
        "author": {"$ref": "#/components/schemas/simple-maker"},
        "moods": {
            "type": "array",
            "items": {"oneOf": [TEXT, {"type": "object", "properties": {"name": TEXT, "colour": TEXT}}]},
        },
        "scene": {
            "type": "object",
            "required": ["ref", "take"],
            "properties": {"ref": TEXT, "take": {"type": "integer"}},
        },
    },
}
MOOD = {"type": "object", "required": ["name"], "properties": {"name": TEXT, "colour": TEXT}}


def _ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def _several(name):
    return {"type": "array", "items": _ref(name)}


MAKER_OF, TITLE, NUMBER = (
    parameter("path", TEXT, "maker"),
    parameter("path", TEXT, "album"),
    parameter("path", {"type": "integer"}, "remark_number"),
)
ONE = "/albums/{maker}/{album}"
NEW = {"type": "object", "required": ["name"], "properties": {"name": TEXT, "notes": TEXT}}
MOODS = {"type": "array", "items": TEXT}
REMARKED = {"type": "object", "properties": {"text": TEXT, "state": TEXT, "scene": TEXT, "moods": MOODS}}
SEARCHED = {"type": "object", "required": ["total_count", "items"], "properties": {
    "total_count": {"type": "integer"}, "items": _several("album-search-result")}}  # fmt: skip
MARK = {"204": {"description": "it is"}, "404": responses(404)["404"]}
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Albums", "version": "1"},
    "servers": [{"url": "https://albums.example"}],
    "paths": {
        "/maker": {"get": {"responses": responses(schema={"oneOf": [_ref("private-maker"), _ref("public-maker")]})}},
        "/makers": {"get": {"responses": responses(schema=_several("simple-maker"))}},
        "/makers/{handle}": {
            "parameters": [parameter("path", TEXT, "handle")],
            "get": {"responses": responses(404, schema={"oneOf": [_ref("private-maker"), _ref("public-maker")]})},
        },
        "/maker/albums": {
            "get": {"responses": responses(schema=_several("album"))},
            "post": {"requestBody": body(NEW), "responses": responses(400, schema=_ref("full-album"), status=201)},
        },
        "/studios/{handle}": {
            "parameters": [parameter("path", TEXT, "handle")],
            "get": {"responses": responses(404, schema=_ref("studio"))},
        },
        "/studios/{handle}/albums": {
            "parameters": [parameter("path", TEXT, "handle")],
            "get": {"responses": responses(schema=_several("album"))},
            "post": {"requestBody": body(NEW), "responses": responses(400, schema=_ref("full-album"), status=201)},
        },
        ONE + "/remarks/{remark_number}/close": {
            "parameters": [MAKER_OF, TITLE, NUMBER],
            "get": {"responses": MARK},
            "put": {"responses": MARK},
        },
        "/search/albums": {
            "get": {"parameters": [parameter("query", TEXT, "q")], "responses": responses(schema=SEARCHED)}
        },
        ONE: {
            "parameters": [MAKER_OF, TITLE],
            "get": {"responses": responses(404, schema=_ref("full-album"))},
            "patch": {"requestBody": body(NEW), "responses": responses(404, schema=_ref("full-album"))},
            "delete": {"responses": {"204": {"description": "gone"}, **responses(404)}},
        },
        ONE + "/moods/{name}": {
            "parameters": [MAKER_OF, TITLE, parameter("path", TEXT, "name")],
            "get": {"responses": responses(404, schema=_ref("mood"))},
        },
        ONE + "/moods": {
            "parameters": [MAKER_OF, TITLE],
            "get": {"responses": responses(schema=_several("mood"))},
        },
        ONE + "/remarks": {
            "parameters": [MAKER_OF, TITLE],
            "get": {"responses": responses(schema=_several("remark"))},
            "post": {"requestBody": body(REMARKED), "responses": responses(404, schema=_ref("remark"), status=201)},
        },
        ONE + "/remarks/{remark_number}": {
            "parameters": [MAKER_OF, TITLE, NUMBER],
            "get": {"responses": responses(404, schema=_ref("remark"))},
            "patch": {"requestBody": body(REMARKED), "responses": responses(404, schema=_ref("remark"))},
        },
    },
    "components": {
        "schemas": {
            "simple-maker": {**MAKER, "properties": {k: v for k, v in MAKER["properties"].items() if k != "bio"}},
            "public-maker": MAKER,
            "private-maker": {**MAKER, "properties": {**MAKER["properties"], "email": TEXT}},
            "studio": {**MAKER, "properties": {**MAKER["properties"], "members": {"type": "integer"}}},
            "album": ALBUM,
            "full-album": {**ALBUM, "properties": {**ALBUM["properties"], "tracks": {"type": "integer"}}},
            "album-search-result": FOUND,
            "remark": REMARK,
            "mood": MOOD,
        }
    },
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("albums"), DOCUMENT, unknown_ids=UnknownIds.MISSING) as server:
        yield server


@pytest.fixture
def send(server, world):
    return lambda method, path, sent=None: server(method, path, sent, world=world)


@pytest.fixture
def me(send):
    return send("GET", "/maker").json["handle"]


@pytest.fixture
def dawn(send, me):
    """The path of an album that the caller created."""
    send("POST", "/maker/albums", {"name": "dawn"})
    return f"/albums/{me}/dawn"


def test_the_caller_is_one_of_the_records(send, me):
    assert send("GET", "/makers").json[0]["handle"] == me


def test_a_record_of_the_caller_is_stored_below_the_caller(send, me):
    made = send("POST", "/maker/albums", {"name": "dawn", "notes": "slow"}).json

    assert (made["full_name"], made["maker"]["handle"]) == (f"{me}/dawn", me)
    assert made["url"].endswith(f"/albums/{me}/dawn")
    assert send("GET", f"/albums/{me}/dawn").json == made
    assert {one["maker"]["handle"] for one in send("GET", "/maker/albums").json} == {me}
    assert "dawn" in [one["name"] for one in send("GET", "/maker/albums").json]


def test_a_record_is_updated_and_deleted_below_its_owner(send, me, dawn):
    assert send("PATCH", dawn, {"name": "dawn", "notes": "fast"}).json["notes"] == "fast"
    assert send("DELETE", dawn).status == 204
    assert send("GET", dawn).status == 404
    assert "dawn" not in [one["name"] for one in send("GET", "/maker/albums").json]


def test_a_record_created_below_another_owner_belongs_to_it(send):
    made = send("POST", "/studios/north/albums", {"name": "dusk"}).json

    assert (made["full_name"], made["maker"]["handle"]) == ("north/dusk", "north")
    assert send("GET", "/albums/north/dusk").json == made
    assert "dusk" in [one["name"] for one in send("GET", "/studios/north/albums").json]
    assert "dusk" not in [one["name"] for one in send("GET", "/maker/albums").json]


def test_a_search_finds_created_records(send, dawn):
    found = send("GET", "/search/albums?q=dawn").json

    assert [one["name"] for one in found["items"]] == ["dawn"]
    assert found["total_count"] == 1
    assert send("GET", "/search/albums?q=nothing-at-all").json == {"total_count": 0, "items": []}


def test_the_caller_is_the_author_of_its_records(send, me, dawn):
    assert send("POST", dawn + "/remarks", {"text": "loud"}).json["author"]["handle"] == me


def test_names_that_are_sent_become_records(send, dawn):
    made = send("POST", dawn + "/remarks", {"text": "loud", "moods": ["bright"]})

    assert made.status == 201
    assert [one["name"] for one in made.json["moods"]] == ["bright"]


def test_a_url_in_another_format_belongs_to_the_record(send, dawn):
    made = send("POST", dawn + "/remarks", {"text": "loud"}).json

    assert made["url"].endswith(f"{dawn}/remarks/{made['number']}")


def test_the_time_of_a_state_is_set_and_cleared_with_it(send, dawn):
    made = send("POST", dawn + "/remarks", {"text": "loud"}).json
    path = f"{dawn}/remarks/{made['number']}"

    assert made["state"] == "open"
    assert made.get("closed_at") is None
    assert send("PATCH", path, {"state": "closed"}).json["closed_at"]
    assert send("GET", path).json["closed_at"]
    assert send("PATCH", path, {"state": "open"}).json["closed_at"] is None


def test_a_mark_that_is_the_name_of_an_action_changes_the_record_too(send, dawn):
    made = send("POST", dawn + "/remarks", {"text": "loud"}).json
    path = f"{dawn}/remarks/{made['number']}"

    assert send("GET", path + "/close").status == 404
    assert send("PUT", path + "/close").status == 204
    assert send("GET", path + "/close").status == 204
    assert send("GET", path).json["state"] == "closed"
    assert send("GET", path).json["closed_at"]


def test_a_text_sent_for_an_object_is_its_reference(send, dawn):
    assert send("POST", dawn + "/remarks", {"text": "loud", "scene": "third"}).json["scene"]["ref"] == "third"
