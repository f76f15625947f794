"""Worlds over HTTP: selected by header, cookie, path or token, isolated, limited in number."""

from __future__ import annotations

import base64
import json

import pytest

from tests.wire.serving import body, document

NOTES = {
    "get": {"operationId": "notes"},
    "post": {"operationId": "note", "requestBody": body({"type": "string"})},
}
DOCUMENTS = {"worlds": document({"/notes": NOTES, "/time": {"get": {"operationId": "time"}}})}
HANDLERS = {
    "worlds": """
from dataclasses import dataclass

@dataclass(frozen=True)
class Note:
    text: str

def seed(store, clock, new_id):
    store[Note]["seeded"] = Note("seeded")

api = Api(render_error=render_error, seed=seed)

def notes(store): return {"value": list(store[Note])}

def note(store, new_id, body):
    store[Note][body] = Note(body)
    return {"value": new_id("note_", 8)}

def time(clock): return {"value": timestamp(clock.now)}
"""
}
SETTINGS = {"max_worlds": 1000}


def test_two_worlds_are_isolated(server, world):
    server("POST", "/notes", "mine", world=world)

    assert server("GET", "/notes", world=world).value == ["seeded", "mine"]
    assert server("GET", "/notes", world=world + "-other").value == ["seeded"]
    assert "mine" not in server("GET", "/notes").value


def test_equal_requests_have_equal_responses_in_every_world(server, world):
    def send_requests(name):
        sent = [server("POST", "/notes", "a", world=name), server("GET", "/time", world=name)]
        return [reply.body for reply in sent]

    assert send_requests(world) == send_requests(world + "-other")


def test_the_default_world_has_a_name(served):
    server = served(DOCUMENTS, HANDLERS)
    server("POST", "/notes", "mine")

    assert server("GET", "/notes", world="default").value == ["seeded", "mine"]


@pytest.mark.parametrize("name", ["a", "A.b-c_1", "0", "x" * 64])
def test_a_world_is_created_by_its_first_request(server, name):
    assert server("GET", "/notes", world=name).value == ["seeded"]


@pytest.mark.parametrize("name", ["", "a b", "-a", ".", "a/b", "x" * 65, "é", "a,b", "../a"])
@pytest.mark.parametrize("path", ["/notes", "/nowhere"])
def test_an_invalid_world_name_is_rejected(server, name, path):
    reply = server("GET", path, world=name)

    assert (reply.status, reply.json["code"]) == (400, "world_name")
    assert reply.headers["Content-Type"] == "application/problem+json"


def test_no_world_is_created_beyond_the_limit(served):
    server = served(DOCUMENTS, HANDLERS, max_worlds=2)

    assert server("GET", "/notes", world="one").status == 200
    rejected = server("GET", "/notes", world="two")

    assert (rejected.status, rejected.json["code"]) == (429, "worlds_full")
    assert server("GET", "/notes", world="one").status == server("GET", "/notes").status == 200


def test_a_full_world_accepts_no_records_until_some_are_deleted(served):
    server = served(DOCUMENTS, HANDLERS, max_records=100)
    statuses = [server("POST", "/notes", str(number)).status for number in range(260)]
    rejected = server("POST", "/notes", "one more")
    entry = server.application.worlds.default.journal.entries[-1]

    assert statuses[:255] == [200] * 255
    assert (rejected.status, rejected.json["code"]) == (429, "world_full")
    assert "max-records" in rejected.json["detail"]
    assert entry.branch == "rejected at capacity check"
    assert server("GET", "/notes").status == 200
    server("POST", "/__locum/worlds/default/reset")
    assert server("POST", "/notes", "again").status == 200


def test_the_name_of_the_world_header_is_a_setting(served):
    server = served(DOCUMENTS, HANDLERS, world_header="X-Test-Run")
    server("POST", "/notes", "mine", X_Test_Run="one")

    assert server("GET", "/notes", x_test_run="one").value == ["seeded", "mine"]
    assert server("GET", "/notes", world="one").value == ["seeded"]


def token(world):
    """An unsigned token: only its world claim is read."""
    claims = base64.urlsafe_b64encode(json.dumps({"locum_world": world}).encode()).rstrip(b"=").decode()
    return f"Bearer e30.{claims}.e30"


def test_a_cookie_selects_a_world(server, world):
    server("POST", "/notes", "mine", Cookie=f"a=b; locum_world={world}; c=d")

    assert server("GET", "/notes", world=world).value == ["seeded", "mine"]


def test_a_path_selects_a_world(server, world):
    server("POST", f"/~{world}/notes", "mine")

    assert server("GET", f"/~{world}/notes").value == ["seeded", "mine"]
    assert server("GET", "/notes", world=world).value == ["seeded", "mine"]


def test_a_token_claim_selects_a_world(server, world):
    server("POST", "/notes", "mine", Authorization=token(world))

    assert server("GET", "/notes", world=world).value == ["seeded", "mine"]


@pytest.mark.parametrize("authorization", ["Bearer", "Bearer a.b", "Bearer a.b.c", "Basic YTpi", "Bearer .W10.", "x"])
def test_credentials_without_the_claim_select_no_world(server, authorization):
    assert server("GET", "/notes", Authorization=authorization).value == server("GET", "/notes").value


def test_header_cookie_path_and_token_have_this_precedence(server, world):
    def mine(number, path="", **headers):
        server("POST", f"{path}/notes", "mine", **headers)
        return server("GET", "/notes", world=f"{world}{number}").value == ["seeded", "mine"]

    rest = {"Cookie": f"locum_world={world}2", "Authorization": token(f"{world}4")}
    assert mine(1, path=f"/~{world}3", world=f"{world}1", **rest)
    assert mine(2, path=f"/~{world}3", **rest)
    assert mine(3, path=f"/~{world}3", Authorization=rest["Authorization"])
    assert mine(4, Authorization=rest["Authorization"])


@pytest.mark.parametrize("path", ["/~/notes", "/~a%20b/notes", "/~", "/~-a/notes"])
def test_a_path_with_an_invalid_world_name_is_rejected(server, path):
    reply = server("GET", path)

    assert (reply.status, reply.json["code"]) == (400, "world_name")


def test_links_lead_back_to_the_world_in_the_path(served):
    stars = {"/stars": {
        "get": {"responses": {"200": {"description": "x", "content": {"application/json": {"schema": {
            "type": "array", "items": {"$ref": "#/components/schemas/Star"}}}}}}},
        "post": {
            "requestBody": body({"$ref": "#/components/schemas/Star"}),
            "responses": {"201": {"description": "x", "headers": {"Location": {"schema": {"type": "string"}}}}},
        },
    }, "/stars/{id}": {"get": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "responses": {"200": {"description": "x"}},
    }}}  # fmt: skip
    schemas = {"Star": {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}}
    server = served(
        {"stars": {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": stars,
                   "components": {"schemas": schemas}}}
    )  # fmt: skip

    location = server("POST", "/~sky/stars", {"name": "Vega"}).headers["Location"]

    assert location.startswith("http://localhost/~sky/stars/")
    assert server("GET", location.removeprefix("http://localhost")).status == 200
    assert "Vega" in server("GET", "/~sky/stars").body.decode()
    assert "Vega" not in server("GET", "/stars").body.decode()


@pytest.mark.parametrize("declared", ["/~me/notes", "/%7Eme/notes"])
def test_a_declared_path_with_a_tilde_takes_precedence_over_a_world(served, declared):
    server = served({"worlds": document({declared: {"get": {"operationId": "idle"}}, "/notes": {"get": {}}})}, {})

    assert server("GET", "/~me/notes").status == server("GET", "/%7Eme/notes").status == 200
    assert server("GET", "/~you/notes").status == 200
    assert server("GET", "/~me/other").status == 404


def test_strict_worlds_reject_a_request_without_a_world(served, world):
    server = served(DOCUMENTS, HANDLERS, strict_worlds=True)
    rejected = server("GET", "/notes")

    assert (rejected.status, rejected.json["code"]) == (400, "world_required")
    assert "X-Locum-World" in rejected.json["detail"]
    assert server("GET", "/nowhere").json["code"] == "world_required"
    assert server("GET", "/notes", world="default").status == 200
    assert server("GET", f"/~{world}/notes").status == 200


def test_a_world_without_seeded_records_is_empty(served):
    assert served(DOCUMENTS, HANDLERS, empty=True)("GET", "/notes").value == []


def test_a_rejected_body_changes_nothing(server, world):
    server("POST", "/notes", 5, world=world)

    assert server("GET", "/notes", world=world).value == ["seeded"]


def test_a_request_is_in_the_journal_of_its_world(server, world):
    for method, path, sent in (
        ("POST", "/notes", "mine"),
        ("POST", "/notes", 5),
        ("PUT", "/notes", None),
        ("GET", "/x?y", None),
    ):
        server(method, path, sent, world=world)
    entries = server.application.worlds.named(world).journal.entries

    assert [(entry.method, entry.path, entry.operation, entry.status, entry.verdict) for entry in entries] == [
        ("POST", "/notes", "note", 200, ""),
        ("POST", "/notes", "note", 400, "invalid"),
        ("PUT", "/notes", "", 405, "no_operation"),
        ("GET", "/x?y", "", 404, "no_operation"),
    ]
