"""Values that a client sends are stored in the record, whatever the form of the body; lists can be written, too."""

from __future__ import annotations

import pytest

from tests.wire.generated import generated

TEXT, NUMBER = {"type": "string"}, {"type": "number"}
NAMED = {name: {"$ref": f"#/components/schemas/{name}"} for name in ("Order", "Alert", "Track", "Code")}


def declare_responses(schema, status="200"):
    return {status: {"description": "Fine", "content": {"application/json": {"schema": schema}}}}


def declare_body(schema):
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def several(name, schema):
    listed = {"type": "array", "items": schema}
    remarks = {"pagination": {"type": "object"}, "warnings": {"type": "array", "items": {"type": "object"}}}
    return {"type": "object", "required": [name], "properties": {**remarks, name: listed}}


def at(expression, **methods):
    parameter = {"name": expression, "in": "path", "required": True, "schema": TEXT}
    return {"parameters": [parameter], **methods}


ORDERS = several("orders", NAMED["Order"])
ONE_ALERT = {"type": "object", "required": ["alert"], "properties": {"alert": NAMED["Alert"]}}
ALERTS = {
    "type": "object",
    "required": ["alerts"],
    "properties": {"alerts": {"type": "array", "items": NAMED["Alert"]}},
}
PLACE = {"room": TEXT, "floor": {"type": "integer"}}
SENT_ALERT = {
    "type": "object",
    "properties": {"code": TEXT, "limit": NUMBER, "level": TEXT, "place": {"type": "object", "properties": PLACE}},
}
SENT_ALERTS = [
    {"type": "object", "required": ["alert"], "properties": {"alert": SENT_ALERT}},
    {"type": "object", "required": ["alerts"], "properties": {"alerts": {"type": "array", "items": SENT_ALERT}}},
]
PAGE = {
    "type": "object",
    "required": ["entries"],
    "properties": {
        "entries": {"type": "array", "items": NAMED["Code"]},
        "next_marker": {"type": "integer", "nullable": True},
    },
}
TRACKS = {"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": NAMED["Track"]}}}
QUERY = [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in ("limit", "offset")]
MARKER = [
    {"name": "limit", "in": "query", "schema": {"type": "integer"}},
    {"name": "marker", "in": "query", "schema": TEXT},
]
NOTE = {"type": "object", "properties": {"snapshot": TEXT}}

SHOP = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/orders": {"get": {"responses": declare_responses(ORDERS)}, "post": {"requestBody": declare_body(ORDERS), "responses": declare_responses(ORDERS)}},
        "/orders/{id}": at(
            "id",
            get={"responses": declare_responses(ORDERS)},
            post={"requestBody": declare_body(ORDERS), "responses": declare_responses(ORDERS)},
            put={"requestBody": declare_body(NAMED["Order"]), "responses": declare_responses(ORDERS)},
        ),
        "/alerts": {
            "get": {"responses": declare_responses(ALERTS)},
            "post": {"requestBody": declare_body({"oneOf": SENT_ALERTS}), "responses": declare_responses({"oneOf": [ONE_ALERT, ALERTS]})},
        },
        "/alerts/{code}": at("code", get={"responses": declare_responses(ONE_ALERT)}),
        "/tracks": {
            "get": {"parameters": QUERY, "responses": declare_responses(TRACKS)},
            "put": {"requestBody": declare_body(NOTE), "responses": declare_responses(NOTE)},
            "post": {"requestBody": declare_body(NOTE), "responses": declare_responses(NOTE, "201")},
        },
        "/promotion_codes": {"get": {"parameters": MARKER, "responses": declare_responses(PAGE)}},
        "/promotion_codes/{promotion_code}": at("promotion_code", get={"responses": declare_responses(NAMED["Code"])}),
    },
    "components": {
        "schemas": {
            "Order": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": TEXT,
                    "object": {**TEXT, "enum": ["order"]},
                    "status": {**TEXT, "enum": ["open", "done"]},
                    "title": TEXT,
                },
            },
            "Alert": {
                "type": "object",
                "required": ["code"],
                "properties": {
                    "code": TEXT,
                    "limit": TEXT,
                    "level": {**TEXT, "enum": ["low", "high"]},
                    "place": {"type": "object", "required": ["room", "floor"], "properties": PLACE},
                },
            },
            "Track": {"type": "object", "required": ["added"], "properties": {"added": {**TEXT, "format": "date-time"}}},
            "Code": {"type": "object", "required": ["id", "code"], "properties": {"id": TEXT, "code": TEXT}},
        }
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("shop"), SHOP) as server:
        yield server


@pytest.fixture
def send(shop, world):
    return lambda method, path, body=None: shop(method, path, body, world=world)


@pytest.fixture
def order(send):
    """A created order."""
    return send("POST", "/orders", {"pagination": {}, "orders": [{"id": "o1", "title": "Tea"}]}).json["orders"][0]


def test_a_list_of_records_in_a_body_creates_them_whatever_is_beside_it(send, order):
    assert order["title"] == "Tea"
    assert send("GET", "/orders/o1").json["orders"][0]["title"] == "Tea"


def test_an_update_is_read_from_a_list_with_one_record(send, order):
    changed = send("POST", f"/orders/{order['id']}", {"orders": [{"id": "o1", "title": "Milk"}]}).json["orders"]

    assert [one["title"] for one in changed] == ["Milk"]


def test_put_keeps_the_kind_of_a_record(send, order):
    send("PUT", f"/orders/{order['id']}", {"id": "o1", "title": "Milk"})

    assert send("GET", "/orders/o1").json["orders"][0]["object"] == "order"


def test_valid_members_of_an_object_are_kept_beside_invalid_ones(send):
    made = send("POST", "/alerts", {"alert": {"code": "a0", "level": "odd", "place": {"room": "R 4"}}}).json["alert"]

    assert made["level"] in {"low", "high"}
    assert made["place"]["room"] == "R 4"
    assert isinstance(made["place"]["floor"], int)


def test_one_record_is_created_where_one_or_several_can_be_sent(send):
    one = send("POST", "/alerts", {"alert": {"code": "a1", "limit": 99}}).json
    both = send("POST", "/alerts", {"alerts": [{"code": "a2", "limit": 98}, {"code": "a3"}]}).json

    assert one["alert"]["code"] == "a1"
    assert [each["code"] for each in both["alerts"]] == ["a2", "a3"]


def test_a_number_is_a_text_where_the_record_has_a_text(send):
    send("POST", "/alerts", {"alerts": [{"code": "a4", "limit": 97}]})

    assert send("GET", "/alerts/a4").json["alert"]["limit"] == "97"


def test_a_paged_list_is_a_list_even_if_it_can_be_written(send):
    pages = [send("GET", f"/tracks?limit=2&offset={offset}").json["items"] for offset in (0, 2)]

    assert len(pages[0]) == 2
    assert pages[0] != pages[1]
    assert all("added" in one for page in pages for one in page)


def test_a_parameter_named_like_the_resource_is_its_identifier(send):
    code = send("GET", "/promotion_codes").json["entries"][0]

    assert send("GET", f"/promotion_codes/{code['id']}").json == code


def test_a_numeric_marker_leads_to_the_next_page(send):
    first = send("GET", "/promotion_codes?limit=3").json
    second = send("GET", f"/promotion_codes?limit=3&marker={first['next_marker']}").json

    assert first["next_marker"] == 3
    assert not {one["id"] for one in first["entries"]} & {one["id"] for one in second["entries"]}
