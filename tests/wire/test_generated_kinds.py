"""Patterns of many vendors' SDKs: members that are lists, records that are found by other members."""

from __future__ import annotations

import pytest

from locum.options import UnknownIds
from tests.wire.generated import generated
from tests.wire.serving import body, parameter, responses

TEXT = {"type": "string"}
MOMENT = {"type": "string", "format": "date-time"}
PERSON = {"type": "object", "properties": {"id": TEXT, "email": TEXT, "name": TEXT}}
PART = {"type": "object", "properties": {"id": TEXT, "name": TEXT}}
TAG = {"type": "object", "required": ["id", "name"], "properties": {"id": TEXT, "name": TEXT}}
CARD = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": TEXT,
        "title": TEXT,
        "done": {"type": "boolean"},
        "done_at": {**MOMENT, "nullable": True, "readOnly": True},
        "done_by": {"allOf": [{"$ref": "#/components/schemas/PersonCompact"}, {"readOnly": True, "nullable": True}]},
        "tags": {"type": "array", "items": {"$ref": "#/components/schemas/Tag"}},
        "watchers": {"type": "array", "items": {"$ref": "#/components/schemas/PersonCompact"}},
        "keeper": {"allOf": [{"$ref": "#/components/schemas/PersonCompact"}, {"nullable": True}]},
        "parent": {
            "allOf": [
                {"$ref": "#/components/schemas/CardCompact"},
                {"type": "object", "readOnly": True, "nullable": True},
            ]
        },
        "column": {"allOf": [{"$ref": "#/components/schemas/ColumnCompact"}, {"nullable": True}]},
    },
}
SENT = {
    "type": "object",
    "required": ["title"],
    "properties": {"title": TEXT, "keeper": TEXT, "tags": {"type": "array", "items": TEXT}},
}
ONE = parameter("path", TEXT, "card_id")
GONE = responses(404)


def declare_response(name, *, many=False):
    schema = {"$ref": f"#/components/schemas/{name}"}
    return responses(schema={"type": "array", "items": schema} if many else schema)


def sends(**members):
    return body({"type": "object", "properties": members})


DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Cards", "version": "1"},
    "paths": {
        "/people": {
            "get": {"responses": declare_response("Person", many=True)},
            "post": {"requestBody": sends(email=TEXT, name=TEXT), "responses": declare_response("Person")},
        },
        "/people/{person_id}": {
            "get": {
                "parameters": [parameter("path", TEXT, "person_id", description="The ID of the person or its email.")],
                "responses": {**declare_response("Person"), **GONE},
            }
        },
        "/bots": {"get": {"responses": declare_response("Bot", many=True)}},
        "/bots/{bot_id}": {
            "parameters": [parameter("path", TEXT, "bot_id")],
            "get": {"responses": declare_response("Bot")},
        },
        "/tags": {
            "get": {"responses": declare_response("Tag", many=True)},
            "post": {"requestBody": sends(name=TEXT), "responses": declare_response("Tag")},
        },
        "/tags/{tag_id}": {
            "parameters": [parameter("path", TEXT, "tag_id")],
            "get": {"responses": declare_response("Tag")},
        },
        "/columns": {
            "get": {"responses": declare_response("Column", many=True)},
            "post": {"requestBody": sends(name=TEXT), "responses": declare_response("Column")},
        },
        "/columns/{column_id}": {
            "parameters": [parameter("path", TEXT, "column_id")],
            "get": {"responses": declare_response("Column")},
        },
        "/columns/{column_id}/cards": {
            "parameters": [parameter("path", TEXT, "column_id")],
            "get": {"responses": declare_response("CardCompact", many=True)},
        },
        "/columns/{column_id}/addCard": {
            "parameters": [parameter("path", TEXT, "column_id")],
            "post": {"requestBody": sends(card=TEXT), "responses": responses(schema={"type": "object"})},
        },
        "/cards": {
            "get": {"responses": declare_response("CardCompact", many=True)},
            "post": {"requestBody": body(SENT), "responses": declare_response("Card")},
        },
        "/cards/change_state": {
            "post": {
                "requestBody": body({"type": "object", "required": ["id"], "properties": {"id": TEXT, "title": TEXT}}),
                "responses": declare_response("Card"),
            }
        },
        "/cards/{card_id}": {
            "parameters": [ONE],
            "get": {"responses": {**declare_response("Card"), **GONE}},
            "patch": {
                "requestBody": sends(title=TEXT, done={"type": "boolean"}),
                "responses": declare_response("Card"),
            },
        },
        "/cards/{card_id}/subcards": {
            "parameters": [ONE],
            "get": {"responses": declare_response("CardCompact", many=True)},
            "post": {"requestBody": body(SENT), "responses": declare_response("Card")},
        },
        "/cards/{card_id}/addTag": {
            "parameters": [ONE],
            "post": {"requestBody": sends(tag=TEXT), "responses": responses(schema={"type": "object"})},
        },
        "/cards/{card_id}/removeTag": {
            "parameters": [ONE],
            "post": {"requestBody": sends(tag=TEXT), "responses": responses(schema={"type": "object"})},
        },
        "/cards/{card_id}/setParent": {
            "parameters": [ONE],
            "post": {"requestBody": sends(parent={**TEXT, "nullable": True}), "responses": declare_response("Card")},
        },
        "/cards/{card_id}/watchers": {
            "parameters": [ONE],
            "get": {"responses": declare_response("PersonCompact", many=True)},
            "post": {
                "requestBody": sends(watchers={"type": "array", "items": TEXT}),
                "responses": declare_response("PersonCompact", many=True),
            },
            "put": {
                "requestBody": sends(watchers={"type": "array", "items": TEXT}),
                "responses": declare_response("PersonCompact", many=True),
            },
            "delete": {"responses": {"204": {"description": "done"}}},
        },
        "/cards/{card_id}/watchers/{watcher_id}": {
            "parameters": [ONE, parameter("path", TEXT, "watcher_id")],
            "delete": {"responses": {"204": {"description": "done"}}},
        },
    },
    "components": {
        "schemas": {
            "Bot": {**PART, "required": ["id"]},
            "Person": {**PERSON, "required": ["id", "email"]},
            "PersonCompact": {**PART, "required": ["id"]},
            "Tag": TAG,
            "Column": {**PART, "required": ["id"]},
            "ColumnCompact": {**PART, "required": ["id"]},
            "Card": CARD,
            "CardCompact": {"type": "object", "required": ["id"], "properties": {"id": TEXT, "title": TEXT}},
        }
    },
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("kinds"), DOCUMENT, unknown_ids=UnknownIds.MISSING) as running:
        yield running


@pytest.fixture
def send(server, world):
    def send_request(method, path, sent=None):
        reply = server(method, path, sent, world=world)
        assert reply.status < 300, (method, path, reply.status, reply.body)
        return reply.json if reply.body else None

    return send_request


def test_a_path_parameter_is_looked_up_by_the_member_in_its_description(send):
    made = send("POST", "/people", {"email": "mia@shop.example", "name": "Mia"})

    assert send("GET", "/people/mia%40shop.example")["id"] == made["id"]


def test_a_schema_that_annotates_another_describes_its_record(send):
    person = send("POST", "/people", {"email": "ole@shop.example", "name": "Ole"})
    card = send("POST", "/cards", {"title": "Sweep", "keeper": person["id"]})

    assert card["keeper"] == {"id": person["id"], "name": "Ole"}


def test_the_time_and_the_author_of_a_flag_are_there_when_it_is_true(send):
    first, *_ = send("GET", "/people")
    card = send("POST", "/cards", {"title": "Sweep"})
    after = send("PATCH", f"/cards/{card['id']}", {"done": True})
    again = send("PATCH", f"/cards/{card['id']}", {"done": False})

    assert (card["done"], card["done_at"], card.get("done_by")) == (False, None, None)
    assert after["done_at"].startswith("2026-")
    assert after["done_by"]["id"] == first["id"]  # the caller
    assert (again["done_at"], again.get("done_by")) == (None, None)
    seeded = [send("GET", f"/cards/{one['id']}") for one in send("GET", "/cards")]
    assert {bool(one.get("done_by")) == one["done"] for one in seeded} == {True}
    assert {one["done"] for one in seeded} == {True, False}


def test_a_verb_after_a_collection_changes_the_record_that_the_body_names(send):
    card, other = (send("POST", "/cards", {"title": title}) for title in ("Sweep", "Dust"))
    changed = send("POST", "/cards/change_state", {"id": card["id"], "title": "Swept"})

    assert changed["id"] == card["id"]
    assert [send("GET", f"/cards/{one['id']}")["title"] for one in (card, other)] == ["Swept", "Dust"]


def test_a_record_created_below_another_of_its_kind_has_it_as_parent(send):
    card = send("POST", "/cards", {"title": "Sweep"})
    below = send("POST", f"/cards/{card['id']}/subcards", {"title": "Find the broom"})

    assert below["parent"]["id"] == card["id"]
    assert [one["id"] for one in send("GET", f"/cards/{card['id']}/subcards")] == [below["id"]]


def test_a_verb_with_a_member_adds_removes_or_sets_it(send):
    card, other, tag = (
        send("POST", path, sent)
        for path, sent in (("/cards", {"title": "A"}), ("/cards", {"title": "B"}), ("/tags", {"name": "soon"}))
    )
    send("POST", f"/cards/{card['id']}/addTag", {"tag": tag["id"]})
    send("POST", f"/cards/{card['id']}/addTag", {"tag": tag["id"]})

    assert send("GET", f"/cards/{card['id']}")["tags"] == [tag]

    send("POST", f"/cards/{card['id']}/removeTag", {"tag": tag["id"]})
    assert send("GET", f"/cards/{card['id']}")["tags"] == []

    assert send("POST", f"/cards/{card['id']}/setParent", {"parent": other["id"]})["parent"]["id"] == other["id"]
    assert "parent" not in send("POST", f"/cards/{card['id']}/setParent", {"parent": None})


def test_a_verb_can_change_the_record_listed_below(send):
    column, card = send("POST", "/columns", {"name": "Doing"}), send("POST", "/cards", {"title": "Sweep"})

    assert send("GET", f"/columns/{column['id']}/cards") == []
    send("POST", f"/columns/{column['id']}/addCard", {"card": card["id"]})
    assert [one["id"] for one in send("GET", f"/columns/{column['id']}/cards")] == [card["id"]]


def test_a_list_below_a_record_is_a_member_of_it(send):
    card = send("POST", "/cards", {"title": "Sweep"})
    one, two = (send("POST", "/people", {"email": f"{name}@shop.example", "name": name}) for name in ("Ann", "Ben"))
    path = f"/cards/{card['id']}/watchers"

    def names():
        listed = [person["name"] for person in send("GET", path)]
        assert [person["name"] for person in send("GET", f"/cards/{card['id']}")["watchers"]] == listed
        return listed

    added = send("POST", path, {"watchers": [one["id"], two["id"]]})
    assert [person["name"] for person in added] == names() == ["Ann", "Ben"]
    send("DELETE", f"{path}/{one['id']}")
    assert names() == ["Ben"]
    send("PUT", path, {"watchers": [one["id"]]})
    assert names() == ["Ann"]
    send("DELETE", path)
    assert names() == []
