"""Nested records: created with their parent, listed below it, moved and copied."""

from __future__ import annotations

import re

import pytest

from locum.options import UnknownIds
from tests.wire.generated import generated
from tests.wire.serving import body, parameter, responses

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}


def thing(**properties):
    return {"type": "object", "required": ["id"], "properties": {"id": TEXT, **properties}}


def thing_with(name):
    return {"type": "object", "required": [name], "properties": {name: TEXT}}


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def page(name):
    members = {"object": {**TEXT, "enum": ["list"]}, "data": {"type": "array", "items": ref(name)}}
    return {
        "type": "object",
        "required": ["data", "has_more", "object"],
        "properties": {**members, "has_more": {"type": "boolean"}},
    }


def shows(schema):
    return {"responses": responses(404, schema=schema)}


def declare_body(schema, **sent):
    return {"requestBody": body({"type": "object", "properties": sent}), **shows(schema)}


RENT = parameter("path", TEXT, "rental")
OWNER = parameter("path", TEXT, "member")
CARD = parameter("path", TEXT, "card")
PLACE = [parameter("path", TEXT, "folder"), parameter("path", TEXT, "path", **{"x-multi-segment": True})]
LINES = {"type": "array", "items": {"type": "object", "properties": {"bike": TEXT, "days": WHOLE}}}
FILE = {
    "type": "object",
    "required": ["kind", "path", "content", "encoding"],
    "properties": {"kind": {**TEXT, "enum": ["file"]}, "path": TEXT, "content": TEXT, "encoding": TEXT},
}
LINK = {
    "type": "object",
    "required": ["kind", "path", "target"],
    "properties": {"kind": {**TEXT, "enum": ["link"]}, "path": TEXT, "target": TEXT},
}
PARTS = {
    "type": "array",
    "minItems": 1,
    "items": {
        "oneOf": [
            {
                "type": "object",
                "required": ["type"],
                "properties": {"type": {**TEXT, "enum": [kind]}, ("text" if kind == "text" else "reason"): TEXT},
            }
            for kind in ("picture", "text")
        ]
    },
}
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Below", "version": "1"},
    "paths": {
        "/members": {"get": shows(page("Member")), "post": declare_body(ref("Member"), name=TEXT)},
        "/members/{member}": {"parameters": [OWNER], "get": shows(ref("Member"))},
        "/members/{member}/cards": {"parameters": [OWNER], "get": shows(page("Card"))},
        "/members/{member}/cards/{card}": {"parameters": [OWNER, CARD], "get": shows(ref("Card"))},
        "/cards": {"get": shows(page("Card")), "post": declare_body(ref("Card"), label=TEXT)},
        "/cards/{card}": {"parameters": [CARD], "get": shows(ref("Card"))},
        "/cards/{card}/attach": {"parameters": [CARD], "post": declare_body(ref("Card"), member=TEXT)},
        "/cards/{card}/detach": {"parameters": [CARD], "post": shows(ref("Card"))},
        "/bikes": {"get": shows(page("Bike")), "post": declare_body(ref("Bike"), name=TEXT)},
        "/bikes/{bike}": {"parameters": [parameter("path", TEXT, "bike")], "get": shows(ref("Bike"))},
        "/bikes/{bike}/copy": {
            "parameters": [parameter("path", TEXT, "bike")],
            "post": declare_body(ref("Bike"), name=TEXT),
        },
        "/rental_lines": {"get": {"parameters": [parameter("query", TEXT, "rental")], **shows(page("Line"))}},
        "/rental_lines/{line}": {"parameters": [parameter("path", TEXT, "line")], "get": shows(ref("Line"))},
        "/rentals": {
            "get": shows(page("Rental")),
            "post": declare_body(ref("Rental"), member=TEXT, lines=LINES, confirm={"type": "boolean"}),
        },
        "/rentals/{rental}": {"parameters": [RENT], "get": shows(ref("Rental"))},
        "/rentals/{rental}/confirm": {"parameters": [RENT], "post": shows(ref("Rental"))},
        "/rentals/{rental}/lines": {"parameters": [RENT], "get": shows(page("Line"))},
        "/boxes": {"get": shows(page("Box")), "post": declare_body(ref("Box"), name=TEXT, parent={"type": "object"})},
        "/boxes/{box}": {"parameters": [parameter("path", TEXT, "box")], "get": shows(ref("Box"))},
        "/boxes/{box}/content": {
            "parameters": [parameter("path", TEXT, "box")],
            "get": shows(
                {
                    "type": "object",
                    "properties": {"data": {"type": "array", "items": {"oneOf": [ref("Box"), ref("Tool")]}}},
                }
            ),
        },
        "/tools": {"get": shows(page("Tool")), "post": declare_body(ref("Tool"), name=TEXT, parent={"type": "object"})},
        "/tools/{tool}": {"parameters": [parameter("path", TEXT, "tool")], "get": shows(ref("Tool"))},
        "/tools/{tool}/repairs": {
            "parameters": [parameter("path", TEXT, "tool")],
            "get": shows(page("Repair")),
            "post": declare_body(ref("Repair"), text=TEXT),
        },
        "/tools/{tool}/repairs/{repair}": {
            "parameters": [parameter("path", TEXT, "tool"), parameter("path", TEXT, "repair")],
            "get": shows(ref("Repair")),
        },
        "/repairs/of-tool/{tool}": {"parameters": [parameter("path", TEXT, "tool")], "get": shows(page("Repair"))},
        "/tools/{tool}/loans": {
            "parameters": [parameter("path", TEXT, "tool")],
            "post": {
                "requestBody": body({"type": "object", "properties": {"days": WHOLE}}),
                "responses": responses(404, schema=thing_with("Id"), status=201),
            },
        },
        "/loans/{id}": {
            "parameters": [parameter("path", TEXT, "id")],
            "get": {
                "responses": responses(
                    404, schema={"type": "object", "properties": {"ID": TEXT, "ToolID": TEXT, "days": WHOLE}}
                )
            },
        },
        "/racks": {"get": shows(page("Rack")), "post": declare_body(ref("Rack"), places=WHOLE)},
        "/racks/{rack}": {"parameters": [parameter("path", TEXT, "rack")], "get": shows(ref("Rack"))},
        "/folders/{folder}/files/{path}": {
            "parameters": PLACE,
            "get": shows({"oneOf": [{"type": "array", "items": LINK}, LINK, FILE]}),
            "put": {"requestBody": body({"type": "object", "properties": {"content": TEXT}}), **shows(FILE)},
        },
    },
    "components": {
        "schemas": {
            "Member": thing(name=TEXT),
            "Card": thing(label=TEXT, member={**TEXT, "nullable": True}),
            "Bike": thing(name=TEXT, colour=TEXT, created={**WHOLE, "format": "unix-time"}),
            "Line": thing(rental=TEXT, bike=ref("Bike"), days=WHOLE),
            "Rental": thing(
                member=TEXT, lines=page("Line"), status={**TEXT, "enum": ["draft", "confirmed", "returned"]}
            ),
            "Box": thing(kind={**TEXT, "enum": ["box"]}, name=TEXT, parent=ref("BoxMini")),
            "BoxMini": thing(name=TEXT),
            "Tool": thing(kind={**TEXT, "enum": ["tool"]}, name=TEXT, parent=ref("BoxMini"), weight=WHOLE),
            "Repair": thing(text=TEXT, parts=PARTS),
            "Rack": thing(places=WHOLE, open_places=WHOLE, taken_places=WHOLE, broken_places=WHOLE),
        }
    },
}


LOAN = DOCUMENT["paths"]["/loans/{id}"]["get"]["responses"]["200"]["content"]["application/json"]
LOAN["example"] = {"ID": "loan_4xK9b2Qz71mT", "ToolID": "t-1", "days": 3}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("below"), DOCUMENT, unknown_ids=UnknownIds.MISSING) as running:
        yield running


@pytest.fixture
def send(server, world):
    def send_request(method, path, sent=None):
        reply = server(method, path, sent, world=world)
        assert reply.status < 300, (method, path, reply.status, reply.body)
        return reply.json

    return send_request


def test_nested_elements_of_a_record_become_records(send):
    bike = send("POST", "/bikes", {"name": "Grey"})
    rental = send("POST", "/rentals", {"lines": [{"bike": bike["id"], "days": 3}, {"bike": bike["id"], "days": 4}]})
    lines = rental["lines"]["data"]

    assert [(one["bike"]["id"], one["days"], one["rental"]) for one in lines] == [
        (bike["id"], 3, rental["id"]),
        (bike["id"], 4, rental["id"]),
    ]
    assert (rental["lines"]["object"], rental["lines"]["has_more"]) == ("list", False)
    assert send("GET", f"/rental_lines/{lines[1]['id']}")["days"] == 4
    assert send("GET", f"/rental_lines?rental={rental['id']}")["data"] == lines
    assert send("GET", f"/rentals/{rental['id']}/lines")["data"] == lines


def test_a_flag_of_a_creation_has_the_effect_of_its_action(send):
    assert send("POST", "/rentals", {"lines": []})["status"] == "draft"
    assert send("POST", "/rentals", {"lines": [], "confirm": True})["status"] == "confirmed"


def test_records_are_listed_below_the_record_that_they_reference(send):
    member, card = send("POST", "/members", {"name": "Mia"}), send("POST", "/cards", {"label": "Blue"})
    path = f"/members/{member['id']}/cards"

    assert send("GET", path)["data"] == []
    assert send("POST", f"/cards/{card['id']}/attach", {"member": member["id"]})["member"] == member["id"]
    assert [one["id"] for one in send("GET", path)["data"]] == [card["id"]]
    assert send("GET", f"{path}/{card['id']}")["label"] == "Blue"
    assert send("POST", f"/cards/{card['id']}/detach")["member"] is None
    assert send("GET", path)["data"] == []


def test_a_copy_is_a_new_record(send):
    bike = send("POST", "/bikes", {"name": "Grey"})
    copy = send("POST", f"/bikes/{bike['id']}/copy", {"name": "Grey again"})

    assert copy["id"] != bike["id"]
    assert (copy["name"], copy["colour"]) == ("Grey again", bike["colour"])
    assert send("GET", f"/bikes/{copy['id']}") == copy
    assert send("GET", f"/bikes/{bike['id']}") == bike


def test_a_new_record_has_empty_usage(send):
    rack = send("POST", "/racks", {"places": 12})
    old = [one for one in send("GET", "/racks")["data"] if one["id"] != rack["id"]]

    assert (rack["open_places"], rack["taken_places"], rack["broken_places"]) == (12, 0, 0)
    assert all(one["open_places"] == max(one["places"] - one["taken_places"] - one["broken_places"], 0) for one in old)


def test_the_alternative_that_was_sent_is_returned(send):
    send("PUT", "/folders/a/files/notes.txt", {"content": "cmVkCg=="})
    seen = send("GET", "/folders/a/files/notes.txt")
    send("PUT", "/folders/a/files/plain.txt", {"content": "red, blue"})

    assert (seen["kind"], seen["path"], seen["content"], seen["encoding"]) == (
        "file", "notes.txt", "cmVkCg==", "base64",
    )  # fmt: skip
    assert send("GET", "/folders/a/files/plain.txt")["encoding"] == "utf-8"


def test_a_list_of_several_kinds_has_the_records_that_reference_their_parent(send):
    box = send("POST", "/boxes", {"name": "Red"})
    inner = send("POST", "/boxes", {"name": "Small", "parent": {"id": box["id"]}})
    tool = send("POST", "/tools", {"name": "Saw", "parent": {"id": box["id"]}})
    send("POST", "/tools", {"name": "Axe", "parent": {"id": inner["id"]}})
    seen = send("GET", f"/boxes/{box['id']}/content")["data"]

    assert {(one["kind"], one["id"], one["name"]) for one in seen} == {
        ("box", inner["id"], "Small"),
        ("tool", tool["id"], "Saw"),
    }


def test_the_last_segment_of_a_path_can_be_the_parent_of_the_listed_records(send):
    tool = send("POST", "/tools", {"name": "Saw"})
    repair = send("POST", f"/tools/{tool['id']}/repairs", {"text": "New blade"})

    assert send("GET", f"/repairs/of-tool/{tool['id']}")["data"] == [repair]


def test_generated_content_parts_are_texts(send):
    tool = send("GET", "/tools")["data"][0]
    repairs = send("GET", f"/tools/{tool['id']}/repairs")["data"]

    assert {part["type"] for repair in repairs for part in repair["parts"]} == {"text"}


def test_an_operation_that_returns_only_an_identifier_creates_a_record_of_that_collection(send):
    tool = send("POST", "/tools", {"name": "Saw"})
    made = send("POST", f"/tools/{tool['id']}/loans", {"days": 5})

    assert re.fullmatch(r"loan_[0-9A-Za-z]{12}", made["Id"])
    assert send("GET", f"/loans/{made['Id']}") == {"ID": made["Id"], "ToolID": tool["id"], "days": 5}
