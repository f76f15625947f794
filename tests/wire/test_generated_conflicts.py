"""Taken identifiers: a conflict, an update or an invalid request, as the contract declares."""

from __future__ import annotations

import pytest

from locum.options import UnknownIds
from tests.wire.generated import generated
from tests.wire.serving import body, parameter, responses

TEXT = {"type": "string"}
STATES = {**TEXT, "enum": ["active", "canceled", "incomplete", "unpaid"]}
ERROR_TYPES = {**TEXT, "enum": ["active", "pending", "ended"], "example": "active"}


def record(name, *members, **schemas):
    properties = {**dict.fromkeys(members, TEXT), **schemas}
    return {name: {"type": "object", "required": [members[0]], "properties": properties}}


SCHEMAS = {
    **record("Plan", "id", "name", state=ERROR_TYPES),
    **record("Buyer", "external_id", "name", "city"),
    **record("Feed", "id", "uid", "name"),
    **record("Order", "id", "item", status=STATES),
    **record("Copy", "job_id", "input_list_id", "output_list_id"),
}


def paths(path, expression, name, *, conflict=None, made=None, described="made", **operations):  # noqa: PLR0913
    shown = {
        "description": described,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
    }
    sent = {"type": "object", "properties": dict.fromkeys((*SCHEMAS[name]["properties"], *(made or ())), TEXT)}
    sent["properties"].pop("state", None)
    sent["properties"].pop("status", None)
    return {
        path: {"post": {"requestBody": body(sent), "responses": {"200": shown, **(conflict or {})}}},
        f"{path}/{{{expression}}}": {
            "parameters": [parameter("path", TEXT, expression)],
            "get": {"responses": {"200": shown, "404": {"description": "none"}}},
            **{method: {**message, "responses": {"200": shown}} for method, message in operations.items()},
        },
    }


KINDS = {
    "default": {
        "description": "refused",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "error": {
                            "type": "object",
                            "properties": {
                                "type": {**TEXT, "enum": ["invalid_request_error", "server_error"]},
                                "message": TEXT,
                            },
                        }
                    },
                }
            }
        },
    }
}
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Taken", "version": "1"},
    "paths": {
        **paths("/plans", "plan", "Plan", conflict=KINDS),
        **paths("/buyers", "external_id", "Buyer", described="Buyer created or updated"),
        **paths("/feeds", "feed_id", "Feed", conflict=responses(409)),
        **paths(
            "/orders", "order", "Order", conflict=responses(400, 422),
            delete={"description": "<p>Cancels an order at once. It is kept.</p>"},
        ),
        **paths("/copies", "job_id", "Copy", made=["list_id"]),
    },
    "components": {"schemas": SCHEMAS},
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("taken"), DOCUMENT, unknown_ids=UnknownIds.MISSING) as running:
        yield running


def test_a_conflict_is_an_invalid_request_where_the_error_types_have_no_conflict(server, world):
    made = [server("POST", "/plans", {"id": "SMALL", "name": "Small"}, world=world) for _ in range(2)]

    assert [one.status for one in made] == [200, 400]
    assert made[1].json["error"]["type"] == "invalid_request_error"


def test_a_conflict_is_422_before_400(server, world):
    made = [server("POST", "/orders", {"id": "o-1"}, world=world) for _ in range(2)]

    assert [one.status for one in made] == [200, 422]


def test_an_existing_record_is_updated_by_a_declared_upsert(server, world):
    server("POST", "/buyers", {"external_id": "mia", "name": "Mia", "city": "Riga"}, world=world)
    again = server("POST", "/buyers", {"external_id": "mia", "name": "Mia Ozols"}, world=world)

    assert (again.status, again.json["name"], again.json["city"]) == (200, "Mia Ozols", "Riga")


def test_another_identifier_that_is_taken_is_a_conflict(server, world):
    made = [server("POST", "/feeds", {"uid": "news", "name": name}, world=world) for name in ("One", "Two")]

    assert [one.status for one in made] == [200, 409]


def test_a_delete_that_cancels_by_its_description_leaves_the_record(server, world):
    made = server("POST", "/orders", {"item": "tea"}, world=world).json
    gone = server("DELETE", f"/orders/{made['id']}", world=world)

    assert (made["status"], gone.json["status"]) == ("active", "canceled")
    assert server("GET", f"/orders/{made['id']}", world=world).json["status"] == "canceled"


def test_the_example_of_a_state_selects_the_first_state(server, world):
    assert server("POST", "/plans", {"name": "Small"}, world=world).json["state"] == "active"


def test_a_member_that_the_record_lacks_is_kept_as_input(server, world):
    made = server("POST", "/copies", {"list_id": "l-7"}, world=world).json

    assert made["input_list_id"] == "l-7"
