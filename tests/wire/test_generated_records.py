"""What a generated API keeps and shows of a record, where schemas disagree or leave something open."""

from __future__ import annotations

import json

import pytest

from tests.corpus.requests import Request
from tests.corpus.walks import send, started

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
    answers = {"200": {"description": "one", **content(record)}}
    body = {"required": True, **content(new)}
    listed = {"200": {"description": "all", **content({"type": "array", "items": record})}}
    name = {"name": expression, "in": "path", "required": True, "schema": TEXT}
    return {
        path: {"get": {"responses": listed}, "post": {"requestBody": body, "responses": {"201": answers["200"]}}},
        f"{path}/{{{expression}}}": {
            "parameters": [name],
            "get": {"responses": {**answers, "404": {"description": "none"}}},
            "patch": {"requestBody": body, "responses": {**answers, "404": {"description": "none"}}},
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
    return started(file)[0]


@pytest.fixture
def ask(application, world):
    def asked(method, target, body=None):
        headers = {"content-type": "application/json"} if body is not None else {}
        data = json.dumps(body).encode() if body is not None else b""
        return send(application, Request(method, target, headers, data), world).json

    return asked


def test_a_new_record_begins_in_the_state_of_the_example(ask):
    assert ask("POST", "/issues", {"title": "A"})["state"] == "open"


def test_a_member_of_another_type_does_not_affect_the_others(ask):
    """The title may be sent as a number, and is shown as text: the state is still the first one."""
    assert ask("POST", "/issues", {"title": 694})["state"] == "open"


def test_null_is_stored_where_the_member_is_nullable(ask):
    number = ask("POST", "/issues", {"title": "A", "teams": ["red"]})["number"]

    assert ask("PATCH", f"/issues/{number}", {"teams": None})["teams"] is None
    assert ask("GET", f"/issues/{number}")["teams"] is None


def test_null_removes_a_member_that_is_not_nullable(ask):
    number = ask("POST", "/issues", {"title": "A", "note": "b"})["number"]

    assert "note" not in ask("PATCH", f"/issues/{number}", {"note": None})


def test_every_view_shows_the_same_generated_values(ask):
    made = ask("POST", "/issues", {"title": "A", "teams": []})
    listed = next(one for one in ask("GET", "/issues") if one["number"] == made["number"])

    assert made == listed == ask("GET", f"/issues/{made['number']}")


def test_a_record_that_fits_no_alternative_keeps_its_name(ask):
    made = ask("POST", "/sources", {"token": "tok", "kind": "voucher"})

    assert made["id"] in {one["id"] for one in ask("GET", "/sources")}
    assert ask("GET", f"/sources/{made['id']}")["id"] == made["id"]
