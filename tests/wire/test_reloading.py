"""Changed files are reloaded at once; valid state and connections are kept."""

from __future__ import annotations

import asyncio
import json
import logging
import sys

import pytest

from locum.server.application import create
from locum.server.reloading import Watched
from locum.settings import Settings
from locum.world.faults import fault_of
from tests.corpus.requests import Request
from tests.corpus.walks import send as send_request

PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "integer", "readOnly": True}, "name": {"type": "string"}},
}
RESPONSE = {"description": "ok", "content": {"application/json": {"schema": PET}}}
LIST = {"description": "ok", "content": {"application/json": {"schema": {"type": "array", "items": PET}}}}
ID = {"name": "petId", "in": "path", "required": True, "schema": {"type": "integer"}}


def document(**paths):
    """Return a document of pets, with more paths."""
    gone = {"204": {"description": "gone"}, "404": {"description": "none"}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Pets", "version": "1"},
        "paths": {
            "/pets": {
                "get": {"operationId": "listPets", "responses": {"200": LIST}},
                "post": {
                    "operationId": "addPet",
                    "requestBody": {"content": {"application/json": {"schema": PET}}},
                    "responses": {"201": RESPONSE},
                },
            },
            "/pets/{petId}": {
                "parameters": [ID],
                "get": {"operationId": "getPet", "responses": {"200": RESPONSE, "404": {"description": "none"}}},
                "delete": {"operationId": "deletePet", "responses": gone},
            },
            **paths,
        },
    }


class Site:
    """A folder that is served, and reloaded on demand."""

    def __init__(self, folder):
        self.folder = folder
        self.path = folder / "pets.json"
        self.write(document())
        settings = Settings(specs=(folder,), handlers=folder, cache=False)
        self.watched = Watched(settings, create(settings))

    def write(self, content):
        self.path.write_text(content if isinstance(content, str) else json.dumps(content))

    def change(self, content, name="pets.json"):
        (self.folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
        asyncio.run(self.watched.renew([self.folder / name]))

    def send(self, method, target, body=None):
        headers = {"content-type": "application/json"} if body is not None else {}
        data = json.dumps(body).encode() if body is not None else b""
        return send_request(self.watched.application, Request(method, target, headers, data))


@pytest.fixture
def site(tmp_path):
    """Serve a folder; afterwards restore the modules of the bundled handlers, whose classes other tests use."""
    modules = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "handlers"}
    yield Site(tmp_path)
    sys.modules.update(modules)


def test_created_records_stay_when_the_document_changes(site, caplog):
    made = site.send("POST", "/pets", {"name": "Rex"}).json

    with caplog.at_level(logging.WARNING):
        site.change(document(**{"/toys": {"get": {"operationId": "listToys", "responses": {"200": LIST}}}}))

    assert site.send("GET", f"/pets/{made['id']}").json == made
    assert site.send("GET", "/toys").status == 200
    assert "Reloaded: pets: 1 operation added. 1 changed record is kept." in caplog.text


def test_deleted_records_stay_deleted_when_the_document_changes(site):
    first = site.send("GET", "/pets").json[0]["id"]
    site.send("DELETE", f"/pets/{first}")

    site.change({**document(), "tags": [{"name": "new"}]})

    assert site.send("GET", f"/pets/{first}").status == 404
    assert first not in [pet["id"] for pet in site.send("GET", "/pets").json]


def test_a_broken_document_is_reported_and_the_former_one_is_still_served(site, caplog):
    site.change('{"openapi": "3.0.3", ')

    assert "Reload failed" in caplog.text
    assert "pets.json:1:" in caplog.text
    assert site.send("GET", "/pets").status == 200


def test_a_new_handler_is_used_at_once(site):
    made = site.send("POST", "/pets", {"name": "Rex"}).json

    site.change("def list_pets():\n    return [{'id': 1, 'name': 'by hand'}]\n", "pets.py")

    assert site.send("GET", "/pets").json == [{"id": 1, "name": "by hand"}]
    assert site.send("GET", f"/pets/{made['id']}").json == made


def test_a_changed_handler_is_reloaded(site):
    site.change("def list_pets():\n    return []\n", "pets.py")
    site.change("def list_pets():\n    return [{'id': 7, 'name': 'later'}]\n", "pets.py")

    assert site.send("GET", "/pets").json == [{"id": 7, "name": "later"}]


def test_the_clock_and_seeded_values_continue(site):
    before = site.watched.application.worlds.default.clock.seconds
    site.send("GET", "/pets")

    site.change({**document(), "tags": [{"name": "new"}]})

    assert site.watched.application.worlds.default.clock.seconds == before + 1


def test_fixtures_faults_and_preferences_stay(site):
    former = site.watched.application
    former.fixtures.keep("busy", {"version": 1})
    former.worlds.default.faults.add(fault_of("operation=listPets, status=503"))
    former.worlds.default.preferences["getPet"] = "code=404"
    site.change(document(**{"/more": {"get": {"operationId": "more", "responses": {"200": {"description": "ok"}}}}}))
    now = site.watched.application

    assert now is not former
    assert now.fixtures.names() == ["busy"]
    assert site.send("GET", "/pets").status == 503
    assert site.send("GET", "/pets/1").status == 404
