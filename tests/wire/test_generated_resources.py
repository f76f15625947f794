"""What a document without handlers does, over the wire: tests/wire/shop.yaml says what is meant."""

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
def ask(server, world):
    """Ask in a world of the test's own."""

    def ask(method, path, body=None, **headers):
        return server(method, "/shop" + path, body, world=world, **headers)

    return ask


@pytest.fixture
def ada(ask):
    """A customer that the client has made."""
    return ask("POST", "/customers", ADA).json


def test_what_is_made_is_read_listed_changed_and_gone(ask):
    made = ask("POST", "/customers", {**ADA, "tier": "paid"})
    path = "/customers/" + made.json["id"]

    assert made.status == 201
    assert made.headers["Location"].endswith("/shop" + path)
    assert ask("GET", path).json == made.json
    assert made.json["id"] in [one["id"] for one in ask("GET", "/customers?per_page=50").json["data"]]
    assert ask("PATCH", path, b'{"name":"Ida"}', Content_Type="application/merge-patch+json").json["name"] == "Ida"
    assert ask("GET", path).json["name"] == "Ida"
    assert ask("DELETE", path).status == 204
    assert ask("GET", path).status == 404
    assert ask("DELETE", path).status == 404
    assert made.json["id"] not in [one["id"] for one in ask("GET", "/customers?per_page=50").json["data"]]


def test_a_server_makes_the_id_the_times_and_the_defaults(ask):
    made = ask("POST", "/customers", ADA).json

    assert made == {
        **ADA,
        "id": made["id"],
        "tier": "free",
        "nickname": None,
        "createdAt": "2026-01-01T09:00:01Z",
        "updatedAt": "2026-01-01T09:00:01Z",
    }


def test_a_change_tells_its_time_and_leaves_that_of_the_making(ask, ada):
    changed = ask("PUT", "/customers/" + ada["id"], ADA).json

    assert changed["createdAt"] == ada["createdAt"]
    assert changed["updatedAt"] > ada["updatedAt"]


def test_put_takes_away_what_it_does_not_say(ask):
    path = "/customers/" + ask("POST", "/customers", {**ADA, "nickname": "Countess"}).json["id"]

    assert "nickname" not in ask("PUT", path, ADA).json


def test_what_may_only_be_written_is_never_shown(ask):
    made = ask("POST", "/customers", {**ADA, "password": "s3cret"})

    assert made.status == 201
    assert b"s3cret" not in made.body + ask("GET", "/customers/" + made.json["id"]).body


def test_json_patch_changes_members(ask, ada):
    patch = [{"op": "replace", "path": "/name", "value": "Ida"}, {"op": "add", "path": "/nickname", "value": "I"}]
    headers = {"Content_Type": "application/json-patch+json"}
    changed = ask("PATCH", "/customers/" + ada["id"], json.dumps(patch).encode(), **headers)

    assert (changed.json["name"], changed.json["nickname"]) == ("Ida", "I")


def test_a_json_patch_whose_test_fails_changes_nothing(ask, ada):
    patch = [{"op": "replace", "path": "/name", "value": "X"}, {"op": "test", "path": "/name", "value": "nobody"}]
    headers = {"Content_Type": "application/json-patch+json"}

    assert ask("PATCH", "/customers/" + ada["id"], json.dumps(patch).encode(), **headers).status in {409, 422}
    assert ask("GET", "/customers/" + ada["id"]).json == ada


def test_no_two_customers_have_one_email_where_the_contract_speaks_of_conflicts(ask, ada):
    again = ask("POST", "/customers", ADA)

    assert again.status == 409
    assert "email" in again.json["message"]


def test_the_same_idempotency_key_makes_one_customer(ask):
    first = ask("POST", "/customers", ADA, Idempotency_Key="k1")
    again = ask("POST", "/customers", ADA, Idempotency_Key="k1")

    assert (again.status, again.json) == (201, first.json)
    assert ask("GET", "/customers?q=ada@example.org").json["meta"]["total"] == 1


def test_an_idempotency_key_of_another_request_is_a_conflict(ask):
    ask("POST", "/customers", ADA, Idempotency_Key="k1")

    assert ask("POST", "/customers", {**ADA, "name": "Bob"}, Idempotency_Key="k1").status in {409, 422}


def test_a_list_tells_its_pages(ask):
    first = ask("GET", "/customers?per_page=4")
    last = ask("GET", "/customers?per_page=4&page=3")

    assert [len(first.json["data"]), len(last.json["data"])] == [4, 2]
    assert first.json["meta"] == {"total": 10, "page": 1, "pages": 3}
    assert first.headers["X-Total-Count"] == "10"
    assert '/shop/customers?per_page=4&page=2>; rel="next"' in first.headers["Link"]
    assert 'rel="next"' not in last.headers["Link"]


def test_a_list_is_filtered_sorted_and_searched(ask, ada):
    paid = ask("GET", "/customers?tier=paid&per_page=50").json["data"]
    everyone = ask("GET", "/customers?tier=all&per_page=50&sort=-name").json["data"]
    names = [one["name"] for one in everyone]

    assert {one["tier"] for one in paid} == {"paid"}
    assert len(everyone) == 11
    assert names == sorted(names, reverse=True)
    assert [one["id"] for one in ask("GET", "/customers?q=ada@EXAMPLE").json["data"]] == [ada["id"]]


def test_a_list_elsewhere_shows_the_same_records(ask, ada):
    assert ada in ask("GET", "/paid").json


def test_orders_belong_to_their_customer(ask, ada):
    path = f"/customers/{ada['id']}/orders"
    made = ask("POST", path, {"total": 12.5}).json

    assert made["number"] == 1
    assert made["customerId"] == ada["id"]
    assert made["status"] == "pending"
    assert ask("GET", path).json == [made]
    other = ask("POST", "/customers", {**ADA, "email": "b@example.org"}).json
    assert ask("GET", f"/customers/{other['id']}/orders").json == []
    assert ask("GET", f"/customers/{other['id']}/orders/1").status == 404


def test_nothing_is_below_a_customer_that_is_not_there(ask, ada):
    path = f"/customers/{ada['id']}/orders"
    ask("POST", path, {"total": 1})
    ask("DELETE", "/customers/" + ada["id"])

    assert ask("GET", path).status == 404
    assert ask("GET", path + "/1").status == 404
    assert ask("POST", path, {"total": 1}).status == 404


def test_a_collection_is_emptied(ask, ada):
    path = f"/customers/{ada['id']}/orders"
    ask("POST", path, {"total": 1})

    assert ask("DELETE", path).status == 204
    assert ask("GET", path).json == []


def test_an_action_changes_what_it_plainly_means(ask, ada):
    path = f"/customers/{ada['id']}/orders"
    number = ask("POST", path, {"total": 1}).json["number"]
    cancelled = ask("POST", f"{path}/{number}/cancel").json

    assert cancelled["status"] == "cancelled"
    assert cancelled["cancelledAt"] == "2026-01-01T09:00:03Z"
    assert ask("GET", f"{path}/{number}").json == cancelled


def test_several_are_made_at_once(ask):
    made = ask("POST", "/customers/bulk", [ADA, {**ADA, "email": "b@example.org"}])

    assert made.status == 201
    assert [ask("GET", "/customers/" + one["id"]).json for one in made.json] == made.json


def test_a_singleton_below_a_record_is_read_and_written(ask, ada):
    path = f"/customers/{ada['id']}/settings"

    assert ask("PUT", path, {"theme": "light", "volume": 3}).json == {"theme": "light", "volume": 3}
    assert ask("GET", path).json == {"theme": "light", "volume": 3}
    assert ask("GET", f"/customers/{'0' * 8}-0000-4000-8000-{'0' * 12}/settings").status == 404


def test_put_makes_what_is_not_there_and_changes_what_is(ask):
    made = ask("PUT", "/labels/urgent", {"colour": "red"})

    assert (made.status, made.json) == (201, {"slug": "urgent", "colour": "red"})
    assert ask("PUT", "/labels/urgent", {"colour": "green"}).status == 200
    assert ask("GET", "/labels/urgent").json == {"slug": "urgent", "colour": "green"}


def test_what_has_no_body_is_there_or_is_not(ask, ada):
    path = "/starred/" + ada["id"]

    assert ask("GET", path).status == 404
    assert ask("PUT", path).status == 204
    assert ask("GET", path).status == 204
    assert ask("DELETE", path).status == 204
    assert ask("GET", path).status == 404


def test_an_entity_tag_spares_the_body_and_guards_a_change(ask, ada):
    path = "/customers/" + ada["id"]
    tag = ask("GET", path).headers["ETag"]

    assert ask("GET", path, If_None_Match=tag).status == 304
    assert ask("PUT", path, ADA, If_Match='"another"').status == 412
    assert ask("PUT", path, {**ADA, "name": "Ida"}, If_Match=tag).status == 200
    assert ask("GET", path, If_None_Match=tag).status == 200


def test_what_a_record_refers_to_exists(ask):
    customer = ask("GET", "/customers").json["data"][0]
    orders = ask("GET", f"/customers/{customer['id']}/orders").json

    assert orders
    assert {order["customerId"] for order in orders} == {customer["id"]}
    assert all(order["customer"]["id"] in _all(ask) for order in orders)
    assert all(ask("GET", "/labels/" + order["labelSlug"]).status == 200 for order in orders if "labelSlug" in order)


def _all(ask):
    return [one["id"] for one in ask("GET", "/customers?per_page=50").json["data"]]


def test_the_same_request_has_the_same_answer_and_another_another(ask):
    here, there = ask("GET", "/weather?city=Here"), ask("GET", "/weather?city=There")

    assert ask("GET", "/weather?city=Here").body == here.body
    assert here.body != there.body


def test_two_servers_of_one_seed_are_alike_and_of_another_are_not(server):
    others = [Server(Settings(specs=(SHOP,), cache=False, seed=seed)) for seed in (0, 1)]
    try:
        first, same, other = (one("GET", "/shop/customers", world="w").body for one in (server, *others))
    finally:
        for one in others:
            one.stop()

    assert first == same != other


def test_a_server_without_seed_data_is_empty(tmp_path):
    server = Server(Settings(specs=(SHOP,), cache=False, empty=True))
    try:
        assert server("GET", "/shop/customers").json == {"data": [], "meta": {"total": 0, "page": 1, "pages": 0}}
    finally:
        server.stop()


def test_what_is_not_there_is_told_by_name(ask):
    missing = ask("GET", f"/customers/{'0' * 8}-0000-4000-8000-{'0' * 12}")

    assert missing.status == 404
    assert missing.json["message"].startswith("Customer '")
