"""A small API without handlers, as a client uses it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from locum.options import ReadOnly, UnknownIds
from locum.server.application import create
from locum.settings import Settings

DOCUMENT = Path(__file__).with_name("workshop.yaml")
BASE = "http://localhost/v3"


def serve(**settings):
    application = create(Settings(specs=(DOCUMENT,), cache=False, **settings))
    return TestClient(application, base_url="http://localhost", raise_server_exceptions=False)


@pytest.fixture(scope="module")
def server():
    return serve(max_worlds=1000)


@pytest.fixture
def send(server, request):
    """Send requests in a new world."""
    world = re.sub(r"\W+", "-", request.node.name)[:60].strip("-")

    def send_request(method, path, expected=None, **more):
        headers = {"X-Locum-World": world, **more.pop("headers", {})}
        reply = server.request(method, "/v3" + path, headers=headers, **more)
        if expected is not None:
            assert reply.status_code == expected, reply.text
        return reply

    return send_request


def test_a_form_in_another_style_sets_the_members_of_the_record(send):
    made = send("POST", "/tools.json", 201, data={"ShelfMark": "B-12", "Weight": "4"}).json()

    assert (made["shelf_mark"], made["weight"]) == ("B-12", 4)
    assert made.keys() == {"tool_key", "shelf_mark", "weight"}
    assert send("GET", f"/tools/{made['tool_key']}.json", 200).json() == made


def test_a_path_with_a_suffix_lists_created_records(send):
    made = send("POST", "/tools.json", 201, data={"ShelfMark": "B-12"}).json()

    assert made in send("GET", "/tools.json", 200).json()["tools"]


def test_a_delete_returns_the_deleted_records_and_their_number(send):
    gone = send("DELETE", "/tools/3.json", 200).json()

    assert gone == {"acknowledged": True, "removed": 1, "key": 3}
    assert send("GET", "/tools/3.json").status_code == 404


def test_an_identifier_is_never_used_again(send):
    last = send("POST", "/tools.json", 201, data={}).json()["tool_key"]
    send("DELETE", f"/tools/{last}.json", 200)

    assert send("POST", "/tools.json", 201, data={}).json()["tool_key"] > last


def test_a_create_suffix_creates_records_of_the_collection(send):
    made = send("POST", "/benches/create", 201, json={"label": "By the door"}).json()

    assert re.fullmatch(r"bench_\w{14}|bench_\d+", made["id"])
    assert send("GET", f"/benches/{made['id']}/info", 200).json()["label"] == "By the door"
    assert send("GET", "/benches/bench_none/info").status_code == 404


def test_calls_named_with_a_dot_share_their_records(send):
    made = send("POST", "/rooms.create", 200, json={"topic": "Paint"}).json()

    assert (made["ok"], made["room"]["topic"]) == (True, "Paint")
    assert send("GET", "/rooms.info", 200, params={"room": made["room"]["id"]}).json()["room"] == made["room"]
    assert made["room"] in send("GET", "/rooms.list", 200).json()["rooms"]
    assert send("GET", "/rooms.info", params={"room": "none"}).status_code == 404


def test_a_wrapped_request_creates_a_complete_record(send):
    made = send("POST", "/repairs", 201, json={"repair": {"title": "Hinge"}, "request_id": "q1"}).json()["repair"]

    assert (made["title"], made["status"], made["archived"], made["helpers"]) == ("Hinge", "open", False, [])
    assert made["assignee"] is None
    assert made.keys() >= {"id", "url", "page", "helper_count", "cost", "created_at"}
    assert "request_id" not in made


def test_a_partial_object_is_completed(send):
    made = send("POST", "/repairs", 201, json={"repair": {"title": "Hinge", "cost": {"amount": 700}}}).json()["repair"]

    assert made["cost"]["amount"] == 700
    assert made["cost"]["currency"] in {"EUR", "USD"}


def test_ids_are_expanded_to_the_records_that_they_reference(send):
    one, other = (send("POST", "/members", 201, json={"name": name}).json() for name in ("Ada", "Bo"))
    sent = {"title": "Lamp", "assignee": one["id"], "helpers": [other["id"], one["id"]]}
    made = send("POST", "/repairs", 201, json={"repair": sent}).json()["repair"]

    assert (made["assignee"], made["helpers"]) == (one, [other, one])
    assert [found["id"] for found in send("GET", f"/members/{one['id']}/repairs", 200).json()] == [made["id"]]


def test_an_unknown_reference_is_rejected_with_a_declared_status(send):
    assert send("POST", "/repairs", json={"repair": {"title": "Lamp", "assignee": "mem_none"}}).status_code == 404


def test_equal_requests_with_one_idempotency_key_create_one_record(send):
    sent = {"repair": {"title": "Idempotent"}, "idempotency_key": "k"}
    first, second = (send("POST", "/repairs", 201, json=sent).json() for _ in range(2))
    headers = {"Idempotency-Key": "undeclared"}
    third, fourth = (send("POST", "/members", 201, json={"name": "Cy"}, headers=headers).json() for _ in range(2))

    assert (first, third) == (second, fourth)


def test_the_order_of_a_list_follows_its_description(send):
    titles = ["One", "Two", "Three"]
    for title in titles:
        send("POST", "/repairs", 201, json={"repair": {"title": title}})
    page = send("GET", "/repairs?limit=3", 200).json()

    assert [one["title"] for one in page["repairs"]] == titles[::-1]
    assert (page["count"], page["has_more"]) == (13, True)


def test_after_is_the_id_of_a_record_without_a_cursor(send):
    seen, after = [], None
    for _ in range(10):
        page = send("GET", "/repairs", 200, params={"limit": 4, **({"after": after} if after else {})}).json()
        seen += [one["id"] for one in page["repairs"]]
        after = seen[-1]
        if not page["has_more"]:
            break

    assert len(seen) == len(set(seen)) == 10


def test_urls_of_a_record_lead_to_it(send):
    made = send("POST", "/repairs", 201, json={"repair": {"title": "Hinge"}}).json()["repair"]

    assert (made["url"], made["page"]) == (f"{BASE}/repairs/{made['id']}", f"{BASE}/repairs/{made['id']}/page")
    assert "api.workshop.example" not in send("GET", "/repairs", 200).text


def test_a_record_can_be_put_back_unchanged(send):
    body = send("GET", f"/repairs/{send('GET', '/repairs', 200).json()['repairs'][0]['id']}", 200).json()

    assert send("PUT", f"/repairs/{body['repair']['id']}", 200, json=body).json() == body


def test_read_only_members_cannot_be_changed(send):
    body = send("GET", f"/repairs/{send('GET', '/repairs', 200).json()['repairs'][0]['id']}", 200).json()
    changed = {"repair": {**body["repair"], "archived": not body["repair"]["archived"]}}
    reply = send("PUT", f"/repairs/{body['repair']['id']}", json=changed)

    assert reply.status_code in {400, 422}
    assert send("GET", f"/repairs/{body['repair']['id']}", 200).json() == body


def test_fields_selects_members(send):
    key = send("GET", "/repairs", 200).json()["repairs"][0]["id"]
    shown = send("GET", f"/repairs/{key}?fields=title,created_at", 200).json()["repair"]

    assert shown.keys() == {"id", "title", "status", "url", "created_at"}  # what is required stays


def test_the_caller_is_found_by_every_alias(send):
    caller = send("GET", "/members/self", 200).json()

    assert send("GET", "/members/me", 200).json() == send("GET", f"/members/{caller['id']}", 200).json() == caller


def test_the_example_of_a_path_parameter_exists_and_determines_the_id_format(send):
    assert send("GET", "/members/mem_7Qx21LmN00aZ", 200).json()["id"] == "mem_7Qx21LmN00aZ"
    assert re.fullmatch(r"mem_\w{12}", send("POST", "/members", 201, json={"name": "Di"}).json()["id"])


def test_a_taken_name_is_a_conflict_with_a_declared_status(send):
    send("POST", "/labels", 201, json={"name": "fragile", "colour": "red"})

    assert send("POST", "/labels", json={"name": "fragile", "colour": "blue"}).status_code == 422
    assert send("GET", "/labels/fragile", 200).json()["colour"] == "red"


def test_another_path_finds_a_record_by_another_member(send):
    made = {"name": "fragile", "colour": "vermilion"}
    send("POST", "/labels", 201, json=made)

    assert send("GET", "/labels/colours/vermilion", 200).json() == made
    assert send("GET", "/labels/colours/none").status_code == 404


def test_an_upload_is_described_and_can_be_downloaded(send):
    files = {"plan": ("hall.svg", b"<svg/>", "image/svg+xml")}
    made = send("POST", "/plans", 201, files=files, data={"scale": "1:50"}).json()

    assert (made["file_name"], made["size"], made["mime_type"], made["scale"]) == (
        "hall.svg",
        6,
        "image/svg+xml",
        "1:50",
    )
    assert send("GET", f"/plans/{made['id']}/download", 200).content == b"<svg/>"


def test_a_nested_name_identifies_a_record_and_its_url(send):
    hall = send("GET", "/halls", 200).json()[0]["name"]
    made = send("POST", f"/halls/{hall}/doors", 201, json={"metadata": {"name": "north"}, "spec": {"width": 90}}).json()

    assert (made["metadata"]["name"], made["metadata"]["hall"], made["spec"]["width"]) == ("north", hall, 90)
    assert made["metadata"].keys() >= {"uid", "createdAt"}
    assert send("GET", f"/halls/{hall}/doors/north", 200).json() == made
    assert made in send("GET", "/doors", 200).json()


def test_the_setting_unknown_ids_generates_or_rejects(send):
    strict = serve(unknown_ids=UnknownIds.MISSING)

    assert send("GET", "/sightings/4711", 200).json() == {"number": 4711}
    assert strict.get("/v3/sightings/4711").status_code == 404


def test_the_setting_read_only_compares_or_rejects():
    strict = serve(read_only=ReadOnly.REJECT)
    body = strict.get(f"/v3/repairs/{strict.get('/v3/repairs').json()['repairs'][0]['id']}").json()

    assert strict.put(f"/v3/repairs/{body['repair']['id']}", json=body).status_code in {400, 422}
