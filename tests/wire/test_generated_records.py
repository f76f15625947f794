"""Stored and returned records where schemas disagree or are incomplete."""

from __future__ import annotations

import json

import pytest

from tests.corpus.requests import Request
from tests.corpus.walks import send as send_request
from tests.corpus.walks import start_service

TEXT = {"type": "string"}
CARD = {
    "type": "object",
    "required": ["id", "kind", "last4"],
    "properties": {"id": TEXT, "kind": {"const": "card"}, "last4": {"type": "string", "pattern": "^[0-9]{4}$"}},
}
BANK = {
    "type": "object",
    "required": ["id", "kind", "iban"],
    "properties": {"id": TEXT, "kind": {"const": "bank"}, "iban": TEXT},
}
ISSUE = {
    "type": "object",
    "required": ["number", "state", "title", "teams", "author"],
    "properties": {
        "number": {"type": "integer"},
        "state": {"type": "string", "example": "open"},
        "title": TEXT,
        "teams": {"type": ["array", "null"], "items": TEXT},
        "note": TEXT,
        "author": {"type": "object", "required": ["login"], "properties": {"login": TEXT}},
    },
}
NEW_ISSUE = {
    "type": "object",
    "properties": {
        "title": {"type": ["string", "integer"]},
        "state": TEXT,
        "teams": ISSUE["properties"]["teams"],
        "note": {"type": ["string", "null"]},
    },
}
SOURCE = {"anyOf": [CARD, BANK]}


def content(schema):
    return {"content": {"application/json": {"schema": schema}}}


def collection(path, expression, record, new, **item):
    responses = {"200": {"description": "one", **content(record)}}
    body = {"required": True, **content(new)}
    listed = {"200": {"description": "all", **content({"type": "array", "items": record})}}
    name = {"name": expression, "in": "path", "required": True, "schema": TEXT}
    return {
        path: {"get": {"responses": listed}, "post": {"requestBody": body, "responses": {"201": responses["200"]}}},
        f"{path}/{{{expression}}}": {
            "parameters": [name],
            "get": {"responses": {**responses, "404": {"description": "none"}}},
            "patch": {"requestBody": body, "responses": {**responses, "404": {"description": "none"}}},
        },
    }


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    paths = {
        **collection("/issues", "issue_number", ISSUE, NEW_ISSUE),
        **collection("/sources", "id", SOURCE, {"type": "object", "properties": {"token": TEXT, "kind": TEXT}}),
    }
    file = tmp_path_factory.mktemp("specs") / "api.json"
    file.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "API", "version": "1"}, "paths": paths}))
    return start_service(file)[0]


@pytest.fixture
def send(application, world):
    def send_in_world(method, target, body=None):
        headers = {"content-type": "application/json"} if body is not None else {}
        data = json.dumps(body).encode() if body is not None else b""
        return send_request(application, Request(method, target, headers, data), world).json

    return send_in_world


def test_a_new_record_begins_in_the_state_of_the_example(send):
    assert send("POST", "/issues", {"title": "A"})["state"] == "open"


def test_a_member_of_another_type_does_not_affect_the_others(send):
    """The title can be sent as a number and is returned as a text: the state is still the first one."""
    assert send("POST", "/issues", {"title": 694})["state"] == "open"


def test_null_is_stored_where_the_member_is_nullable(send):
    number = send("POST", "/issues", {"title": "A", "teams": ["red"]})["number"]

    assert send("PATCH", f"/issues/{number}", {"teams": None})["teams"] is None
    assert send("GET", f"/issues/{number}")["teams"] is None


def test_null_removes_a_member_that_is_not_nullable(send):
    number = send("POST", "/issues", {"title": "A", "note": "b"})["number"]

    assert "note" not in send("PATCH", f"/issues/{number}", {"note": None})


def test_every_view_shows_the_same_generated_values(send):
    made = send("POST", "/issues", {"title": "A", "teams": []})
    listed = next(one for one in send("GET", "/issues") if one["number"] == made["number"])

    assert made == listed == send("GET", f"/issues/{made['number']}")


def test_a_record_that_fits_no_alternative_keeps_its_name(send):
    made = send("POST", "/sources", {"token": "tok", "kind": "voucher"})

    assert made["id"] in {one["id"] for one in send("GET", "/sources")}
    assert send("GET", f"/sources/{made['id']}")["id"] == made["id"]
