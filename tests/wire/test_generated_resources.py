"""A document without handlers over HTTP: tests/wire/shop.yaml."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from locum.settings import Settings
from tests.wire.serving import Server

SHOP = Path(__file__).parent / "shop.yaml"
ADA = {"name": "Ada", "email": "ada@example.org"}


@pytest.fixture(scope="module")
def server():
    server = Server(Settings(specs=(SHOP,), cache=False))
    yield server
    server.stop()


@pytest.fixture
def send(server, world):
    """Send requests in a new world."""

    def send(method, path, body=None, **headers):
        return server(method, "/shop" + path, body, world=world, **headers)

    return send


@pytest.fixture
def ada(send):
    """A created customer."""
    return send("POST", "/customers", ADA).json


def test_a_record_is_created_read_listed_updated_and_deleted(send):
    made = send("POST", "/customers", {**ADA, "tier": "paid"})
    path = "/customers/" + made.json["id"]

    assert made.status == 201
    assert made.headers["Location"].endswith("/shop" + path)
    assert send("GET", path).json == made.json
    assert made.json["id"] in [one["id"] for one in send("GET", "/customers?per_page=50").json["data"]]
    assert send("PATCH", path, b'{"name":"Ida"}', Content_Type="application/merge-patch+json").json["name"] == "Ida"
    assert send("GET", path).json["name"] == "Ida"
    assert send("DELETE", path).status == 204
    assert send("GET", path).status == 404
    assert send("DELETE", path).status == 404
    assert made.json["id"] not in [one["id"] for one in send("GET", "/customers?per_page=50").json["data"]]


def test_a_create_sets_the_id_the_times_and_the_defaults(send):
    made = send("POST", "/customers", ADA).json

    assert made == {
        **ADA,
        "id": made["id"],
        "tier": "free",
        "nickname": None,
        "createdAt": "2026-01-01T09:00:01Z",
        "updatedAt": "2026-01-01T09:00:01Z",
    }


def test_an_update_sets_its_time_and_keeps_that_of_the_creation(send, ada):
    changed = send("PUT", "/customers/" + ada["id"], ADA).json

    assert changed["createdAt"] == ada["createdAt"]
    assert changed["updatedAt"] > ada["updatedAt"]


def test_put_removes_absent_members(send):
    path = "/customers/" + send("POST", "/customers", {**ADA, "nickname": "Countess"}).json["id"]

    assert "nickname" not in send("PUT", path, ADA).json


def test_write_only_members_are_never_returned(send):
    made = send("POST", "/customers", {**ADA, "password": "s3cret"})

    assert made.status == 201
    assert b"s3cret" not in made.body + send("GET", "/customers/" + made.json["id"]).body


def test_json_patch_changes_members(send, ada):
    patch = [{"op": "replace", "path": "/name", "value": "Ida"}, {"op": "add", "path": "/nickname", "value": "I"}]
    headers = {"Content_Type": "application/json-patch+json"}
    changed = send("PATCH", "/customers/" + ada["id"], json.dumps(patch).encode(), **headers)

    assert (changed.json["name"], changed.json["nickname"]) == ("Ida", "I")


def test_a_json_patch_whose_test_fails_changes_nothing(send, ada):
    patch = [{"op": "replace", "path": "/name", "value": "X"}, {"op": "test", "path": "/name", "value": "nobody"}]
    headers = {"Content_Type": "application/json-patch+json"}

    assert send("PATCH", "/customers/" + ada["id"], json.dumps(patch).encode(), **headers).status in {409, 422}
    assert send("GET", "/customers/" + ada["id"]).json == ada


def test_an_email_is_unique_where_a_conflict_is_declared(send, ada):
    again = send("POST", "/customers", ADA)

    assert again.status == 409
    assert "email" in again.json["message"]


def test_requests_with_the_same_idempotency_key_create_one_customer(send):
    first = send("POST", "/customers", ADA, Idempotency_Key="k1")
    again = send("POST", "/customers", ADA, Idempotency_Key="k1")

    assert (again.status, again.json) == (201, first.json)
    assert send("GET", "/customers?q=ada@example.org").json["meta"]["total"] == 1


def test_an_idempotency_key_of_another_request_is_a_conflict(send):
    send("POST", "/customers", ADA, Idempotency_Key="k1")

    assert send("POST", "/customers", {**ADA, "name": "Bob"}, Idempotency_Key="k1").status in {409, 422}


def test_a_list_has_pages(send):
    first = send("GET", "/customers?per_page=4")
    last = send("GET", "/customers?per_page=4&page=3")

    assert [len(first.json["data"]), len(last.json["data"])] == [4, 2]
    assert first.json["meta"] == {"total": 10, "page": 1, "pages": 3}
    assert first.headers["X-Total-Count"] == "10"
    assert '/shop/customers?per_page=4&page=2>; rel="next"' in first.headers["Link"]
    assert 'rel="next"' not in last.headers["Link"]


def test_a_list_is_filtered_sorted_and_searched(send, ada):
    paid = send("GET", "/customers?tier=paid&per_page=50").json["data"]
    everyone = send("GET", "/customers?tier=all&per_page=50&sort=-name").json["data"]
    names = [one["name"] for one in everyone]

    assert {one["tier"] for one in paid} == {"paid"}
    assert len(everyone) == 11
    assert names == sorted(names, reverse=True)
    assert [one["id"] for one in send("GET", "/customers?q=ada@EXAMPLE").json["data"]] == [ada["id"]]


def test_a_list_elsewhere_shows_the_same_records(send, ada):
    assert ada in send("GET", "/paid").json


def test_orders_are_listed_below_their_customer(send, ada):
    path = f"/customers/{ada['id']}/orders"
    made = send("POST", path, {"total": 12.5}).json

    assert made["number"] == 1
    assert made["customerId"] == ada["id"]
    assert made["status"] == "pending"
    assert send("GET", path).json == [made]
    other = send("POST", "/customers", {**ADA, "email": "b@example.org"}).json
    assert send("GET", f"/customers/{other['id']}/orders").json == []
    assert send("GET", f"/customers/{other['id']}/orders/1").status == 404


def test_orders_of_an_unknown_customer_are_not_found(send, ada):
    path = f"/customers/{ada['id']}/orders"
    send("POST", path, {"total": 1})
    send("DELETE", "/customers/" + ada["id"])

    assert send("GET", path).status == 404
    assert send("GET", path + "/1").status == 404
    assert send("POST", path, {"total": 1}).status == 404


def test_a_collection_is_cleared(send, ada):
    path = f"/customers/{ada['id']}/orders"
    send("POST", path, {"total": 1})

    assert send("DELETE", path).status == 204
    assert send("GET", path).json == []


def test_an_action_changes_the_state_that_its_name_means(send, ada):
    path = f"/customers/{ada['id']}/orders"
    number = send("POST", path, {"total": 1}).json["number"]
    cancelled = send("POST", f"{path}/{number}/cancel").json

    assert cancelled["status"] == "cancelled"
    assert cancelled["cancelledAt"] == "2026-01-01T09:00:03Z"
    assert send("GET", f"{path}/{number}").json == cancelled


def test_several_records_are_created_at_once(send):
    made = send("POST", "/customers/bulk", [ADA, {**ADA, "email": "b@example.org"}])

    assert made.status == 201
    assert [send("GET", "/customers/" + one["id"]).json for one in made.json] == made.json


def test_a_singleton_below_a_record_is_read_and_written(send, ada):
    path = f"/customers/{ada['id']}/settings"

    assert send("PUT", path, {"theme": "light", "volume": 3}).json == {"theme": "light", "volume": 3}
    assert send("GET", path).json == {"theme": "light", "volume": 3}
    assert send("GET", f"/customers/{'0' * 8}-0000-4000-8000-{'0' * 12}/settings").status == 404


def test_put_creates_or_replaces(send):
    made = send("PUT", "/labels/urgent", {"colour": "red"})

    assert (made.status, made.json) == (201, {"slug": "urgent", "colour": "red"})
    assert send("PUT", "/labels/urgent", {"colour": "green"}).status == 200
    assert send("GET", "/labels/urgent").json == {"slug": "urgent", "colour": "green"}


def test_a_record_without_a_body_exists_or_is_404(send, ada):
    path = "/starred/" + ada["id"]

    assert send("GET", path).status == 404
    assert send("PUT", path).status == 204
    assert send("GET", path).status == 204
    assert send("DELETE", path).status == 204
    assert send("GET", path).status == 404


def test_an_etag_supports_conditional_reads_and_updates(send, ada):
    path = "/customers/" + ada["id"]
    tag = send("GET", path).headers["ETag"]

    assert send("GET", path, If_None_Match=tag).status == 304
    assert send("PUT", path, ADA, If_Match='"another"').status == 412
    assert send("PUT", path, {**ADA, "name": "Ida"}, If_Match=tag).status == 200
    assert send("GET", path, If_None_Match=tag).status == 200


def test_references_of_a_record_exist(send):
    customer = send("GET", "/customers").json["data"][0]
    orders = send("GET", f"/customers/{customer['id']}/orders").json

    assert orders
    assert {order["customerId"] for order in orders} == {customer["id"]}
    assert all(order["customer"]["id"] in _all(send) for order in orders)
    assert all(send("GET", "/labels/" + order["labelSlug"]).status == 200 for order in orders if "labelSlug" in order)


def _all(send):
    return [one["id"] for one in send("GET", "/customers?per_page=50").json["data"]]


def test_the_same_request_has_the_same_response_and_another_request_another(send):
    here, there = send("GET", "/weather?city=Here"), send("GET", "/weather?city=There")

    assert send("GET", "/weather?city=Here").body == here.body
    assert here.body != there.body


def test_responses_depend_on_the_seed_alone(server):
    others = [Server(Settings(specs=(SHOP,), cache=False, seed=seed)) for seed in (0, 1)]
    try:
        first, same, other = (one("GET", "/shop/customers", world="w").body for one in (server, *others))
    finally:
        for one in others:
            one.stop()

    assert first == same != other


def test_a_server_without_seeded_records_is_empty(tmp_path):
    server = Server(Settings(specs=(SHOP,), cache=False, empty=True))
    try:
        assert server("GET", "/shop/customers").json == {"data": [], "meta": {"total": 0, "page": 1, "pages": 0}}
    finally:
        server.stop()


def test_a_404_names_the_resource_and_its_id(send):
    missing = send("GET", f"/customers/{'0' * 8}-0000-4000-8000-{'0' * 12}")

    assert missing.status == 404
    assert missing.json["message"].startswith("Customer '")
