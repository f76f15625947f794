"""Worlds over the wire: named by a header, never meeting, bounded in number."""

from __future__ import annotations

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

api = Api(word=word, seed=seed)

def notes(store): return {"value": list(store[Note])}

def note(store, new_id, body):
    store[Note][body] = Note(body)
    return {"value": new_id("note_", 8)}

def time(clock): return {"value": timestamp(clock.now)}
"""
}
SETTINGS = {"max_worlds": 1000}


def test_two_worlds_never_meet(server, world):
    server("POST", "/notes", "mine", world=world)

    assert server("GET", "/notes", world=world).value == ["seeded", "mine"]
    assert server("GET", "/notes", world=world + "-other").value == ["seeded"]
    assert "mine" not in server("GET", "/notes").value


def test_the_same_requests_get_the_same_answers_in_every_world(server, world):
    def play(name):
        asked = [server("POST", "/notes", "a", world=name), server("GET", "/time", world=name)]
        return [reply.body for reply in asked]

    assert play(world) == play(world + "-other")


def test_the_default_world_has_a_name(served):
    server = served(DOCUMENTS, HANDLERS)
    server("POST", "/notes", "mine")

    assert server("GET", "/notes", world="default").value == ["seeded", "mine"]


@pytest.mark.parametrize("name", ["a", "A.b-c_1", "0", "x" * 64])
def test_a_world_is_made_when_it_is_first_named(server, name):
    assert server("GET", "/notes", world=name).value == ["seeded"]


@pytest.mark.parametrize("name", ["", "a b", "-a", ".", "a/b", "x" * 65, "é", "a,b", "../a"])
@pytest.mark.parametrize("path", ["/notes", "/nowhere"])
def test_an_impossible_name_is_refused_clearly(server, name, path):
    reply = server("GET", path, world=name)

    assert (reply.status, reply.json["code"]) == (400, "world_name")
    assert reply.headers["Content-Type"] == "application/problem+json"


def test_a_full_house_lets_nobody_else_in(served):
    server = served(DOCUMENTS, HANDLERS, max_worlds=2)

    assert server("GET", "/notes", world="one").status == 200
    refused = server("GET", "/notes", world="two")

    assert (refused.status, refused.json["code"]) == (429, "worlds_full")
    assert server("GET", "/notes", world="one").status == server("GET", "/notes").status == 200


def test_the_header_may_have_another_name(served):
    server = served(DOCUMENTS, HANDLERS, world_header="X-Test-Run")
    server("POST", "/notes", "mine", X_Test_Run="one")

    assert server("GET", "/notes", x_test_run="one").value == ["seeded", "mine"]
    assert server("GET", "/notes", world="one").value == ["seeded"]


def test_a_world_without_seed_data_is_empty(served):
    assert served(DOCUMENTS, HANDLERS, empty=True)("GET", "/notes").value == []


def test_a_refused_body_changes_nothing(server, world):
    server("POST", "/notes", 5, world=world)

    assert server("GET", "/notes", world=world).value == ["seeded"]


def test_what_was_asked_is_in_the_journal_of_its_world(server, world):
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
