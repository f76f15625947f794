"""A restored world returns the same bytes, with the bundled APIs and with documents without handlers."""

from __future__ import annotations

import json

import pytest
from starlette.testclient import TestClient

from locum.world.differences import ADDED, CHANGED, REMOVED, difference
from locum.world.snapshots import snapshot
from tests.conftest import bearer, make_application
from tests.handlers.test_workflows_world import ACTING, definition, node

PETS = {
    "openapi": "3.0.3",
    "info": {"title": "Pets", "version": "1"},
    "paths": {
        "/pets": {
            "get": {"responses": {"200": {"$ref": "#/components/responses/Pets"}}},
            "post": {
                "parameters": [{"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}},
                "responses": {"201": {"$ref": "#/components/responses/Pet"}},
            },
        },
        "/pets/{petId}": {
            "parameters": [{"name": "petId", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {
                "responses": {"200": {"$ref": "#/components/responses/Pet"}, "404": {"description": "No such pet."}}
            },
            "patch": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}},
                "responses": {"200": {"$ref": "#/components/responses/Pet"}},
            },
            "delete": {"responses": {"204": {"description": "Gone."}}},
        },
        "/pets/{petId}/toys": {
            "parameters": [{"name": "petId", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {"responses": {"200": {"$ref": "#/components/responses/Pets"}}},
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}},
                "responses": {"201": {"$ref": "#/components/responses/Pet"}},
            },
        },
    },
    "components": {
        "schemas": {
            "Pet": {
                "type": "object",
                "properties": {
                    "id": {"type": "integer", "readOnly": True},
                    "name": {"type": "string", "minLength": 1},
                    "createdAt": {"type": "string", "format": "date-time", "readOnly": True},
                },
            }
        },
        "responses": {
            "Pet": {
                "description": "A pet.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
            },
            "Pets": {
                "description": "Pets.",
                "content": {
                    "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}}
                },
            },
        },
    },
}


@pytest.fixture(scope="module")
def pets(tmp_path_factory):
    """Two servers for the pets document, without handlers."""
    folder = tmp_path_factory.mktemp("pets")
    (folder / "pets.json").write_text(json.dumps(PETS), encoding="utf-8")
    return [make_application(specs=(folder,)) for _ in range(2)]


@pytest.fixture(scope="module")
def bundled():
    return [make_application() for _ in range(2)]


def client(application, world):
    return TestClient(application, headers={**bearer(), "X-Locum-World": world}, raise_server_exceptions=False)


def use_bundled(send):
    """Create records of every kind, change and delete some, and read everything."""
    key = json.loads(send("POST", "/api/keys", {"name": "Reports", "permissions": ["workflows:read"]}))["data"]["key"]
    send("POST", f"/api/keys/{key['id']}/rotate")
    listed = json.loads(send("GET", "/api/keys"))
    send("DELETE", f"/api/keys/{(listed['data'] if isinstance(listed, dict) else listed)[-1]['id']}")
    send("GET", "/api/keys")
    credential = {
        "credential_type": "user",
        "provider": "sftp",
        "name": "Files",
        "credentials": {"host": "files.example", "port": 22, "username": "ada", "password": "x", "remote_path": "/"},
    }
    send("POST", "/api/integrations/credentials", credential)
    send("GET", "/api/integrations/credentials")
    send("POST", "/workflows/vault", {"name": "TOKEN", "secret": "s3cret"})
    scheduled = definition(
        node("n1", "scheduled_trigger"),
        node("n2", "webhook", url="https://example.com", body="{{ vault.TOKEN }}"),
        schedule_type="interval",
        schedule_value="2 seconds",
        authorization_id=ACTING,
    )
    made = json.loads(send("POST", "/workflows", scheduled))
    for workflow in json.loads(send("GET", "/workflows")):
        send("POST", f"/workflows/{workflow['id']}/execute", {"context": {"a": 1}})
        for path in ("", "/executions", "/logs", "/logs/stats"):
            send("GET", f"/workflows/{workflow['id']}{path}")
    send("PUT", f"/workflows/{made['id']}", {"name": "Other"})
    send("GET", "/workflows/logs/recent")
    send("GET", "/workflows/vault")
    send("GET", "/workflows/authorization")


def use_pets(send):
    for _ in range(2):
        send("POST", "/pets", {"name": "Rex"}, {"Idempotency-Key": "one"})
    pets = json.loads(send("GET", "/pets"))
    first, second, last = pets[0]["id"], pets[1]["id"], pets[-1]["id"]
    send("PATCH", f"/pets/{second}", {"name": "Tom"})
    send("POST", f"/pets/{second}/toys", {"name": "Ball"})
    send("GET", f"/pets/{last}/toys")
    send("DELETE", f"/pets/{first}")
    send("GET", f"/pets/{first}")
    send("GET", f"/pets/{second}/toys")
    send("GET", "/pets")


class Recorder:
    """Send requests and record the responses."""

    def __init__(self, application, world) -> None:
        self._client = client(application, world)
        self.answers: list[tuple[int, list[tuple[str, str]], bytes]] = []

    def __call__(self, method, path, body=None, headers=None):
        response = self._client.request(method, path, json=body, headers=headers)
        self.answers.append((response.status_code, response.headers.multi_items(), response.content))
        return response.content


def use(application, world, how):
    """Return the recorded responses of some requests, most of them successes."""
    play = Recorder(application, world)
    how(play)
    statuses = [status for status, _, _ in play.answers]

    assert sum(status < 300 for status in statuses) >= len(statuses) * 0.8, statuses
    return play.answers


@pytest.mark.parametrize(("served", "how"), [("bundled", use_bundled), ("pets", use_pets)])
def test_a_restored_world_gives_the_same_bytes_on_another_server(served, how, request, world):
    here, there = request.getfixturevalue(served)
    use(here, world, how)
    data = json.dumps(snapshot(here.worlds.named(world)))
    there.worlds.restore(world, json.loads(data))

    assert json.dumps(snapshot(there.worlds.named(world))) == data
    assert use(there, world, how) == use(here, world, how)
    assert snapshot(there.worlds.named(world)) == snapshot(here.worlds.named(world))


@pytest.mark.parametrize(("served", "how"), [("bundled", use_bundled), ("pets", use_pets)])
def test_a_world_of_another_server_is_restored_in_the_middle(served, how, request, world):
    here, there = request.getfixturevalue(served)
    first = use(here, world + "-1", how)
    there.worlds.restore(world + "-1", snapshot(here.worlds.make(world + "-2")))

    assert use(there, world + "-1", how) == first


def test_reading_records_is_not_a_difference(pets, world):
    application = pets[0]
    before = snapshot(application.worlds.named(world))
    send = client(application, world)
    send.get("/pets")
    send.get(f"/pets/{send.get('/pets').json()[0]['id']}/toys")

    assert difference(before, snapshot(application.worlds.named(world))) == []


def test_changes_of_generated_records_are_listed(pets, world):
    application = pets[0]
    send = client(application, world)
    seen = send.get("/pets").json()
    before = snapshot(application.worlds.named(world))
    made = send.post("/pets", json={"name": "Rex"}).json()
    send.patch(f"/pets/{seen[1]['id']}", json={"name": "Tom"})
    toy = send.post(f"/pets/{seen[1]['id']}/toys", json={"name": "Ball"}).json()
    send.delete(f"/pets/{seen[0]['id']}")
    changes = difference(before, snapshot(application.worlds.named(world)))

    assert [(change.kind, change.table, change.key, change.path) for change in changes] == [
        (REMOVED, "pets /pets", str(seen[0]["id"]), ""),
        (CHANGED, "pets /pets", str(seen[1]["id"]), "/name"),
        (ADDED, "pets /pets", str(made["id"]), ""),
        (ADDED, f"pets /pets/{seen[1]['id']}/toys", str(toy["id"]), ""),
    ]
    assert (changes[0].before["name"], changes[0].after) == (seen[0]["name"], None)
    assert (changes[1].before, changes[1].after) == (seen[1]["name"], "Tom")
    assert (changes[2].before, changes[2].after["name"]) == (None, "Rex")


def test_deleting_a_record_that_was_never_read_is_listed(pets, world):
    application = pets[0]
    first = client(application, world + "-other").get("/pets").json()[0]
    client(application, world).delete(f"/pets/{first['id']}")
    (change,) = client(application, world).get(f"/__locum/worlds/{world}/changes").json()

    assert (change["kind"], change["key"], change["pointer"]) == (REMOVED, str(first["id"]), "")
    assert change["before"]["name"] == first["name"]


def test_changes_of_records_of_handlers_are_listed(bundled, world):
    application = bundled[0]
    send = client(application, world)
    key = send.post("/api/keys", json={"name": "Reports", "permissions": ["workflows:read"]}).json()["data"]["key"]
    before = snapshot(application.worlds.named(world))
    send.post(f"/api/keys/{key['id']}/rotate")
    changes = difference(before, snapshot(application.worlds.named(world)))

    assert [(change.kind, change.table, change.path) for change in changes] == [
        (CHANGED, "handlers.api_keys.ApiKey", "/secret"),
        (REMOVED, "handlers.api_keys.KeySecret", ""),
        (ADDED, "handlers.api_keys.KeySecret", ""),
    ]
