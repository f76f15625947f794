"""Requests that are composed, sent, repeated and undone from the control API; forms of types and drafts of records."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from locum.redaction import RecordRedaction
from tests.conftest import ADA, bearer, make_application
from tests.wire.generated import generated
from tests.wire.serving import body, document

PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "string", "readOnly": True},
        "name": {"type": "string", "minLength": 2},
        "owner_id": {"type": "string"},
        "secret": {"type": "string", "format": "password"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}
OWNER = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}


def _answers(schema, status="200"):
    return {
        status: {"description": "ok", "content": {"application/json": {"schema": schema}}},
        "404": {"description": "missing"},
    }


def _resource(name, schema):
    item = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        f"/{name}s": {
            "get": {
                "operationId": f"list_{name}s",
                "parameters": [
                    {"name": "tag", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}
                ],
                "responses": _answers({"type": "array", "items": schema}),
            },
            "post": {
                "operationId": f"create_{name}",
                "requestBody": body(schema),
                "responses": _answers(schema, "201"),
            },
        },
        f"/{name}s/{{id}}": {
            "get": {"operationId": f"get_{name}", "parameters": [item], "responses": _answers(schema)},
            "delete": {
                "operationId": f"delete-{name}",
                "parameters": [item],
                "responses": {"204": {"description": "gone"}},
            },
        },
    }


PETS = document({**_resource("pet", PET), **_resource("owner", OWNER)}, base="/v1")


@pytest.fixture(scope="module")
def pets(tmp_path_factory):

    place = tmp_path_factory.mktemp("pets") / "pets.json"
    place.write_text(json.dumps(PETS))
    return make_application(specs=(place,), max_worlds=10_000)


@pytest.fixture
def ask(pets, world):
    """Call the control API in a world of the test's own; return the JSON of a success, else the response."""
    client = TestClient(pets.app, headers={"X-Locum-World": world})

    def ask(method, path, sent=None, **query):
        response = client.request(method, f"/__locum{path}", json=sent, params=query)
        is_json = response.is_success and response.headers.get("content-type") == "application/json"
        return response.json() if is_json else response

    client.get("/v1/pets")
    return ask


def test_a_described_operation_is_filled_with_a_valid_request(ask):
    created = ask("GET", "/operations/description", operation="create_pet")
    shown = ask("GET", "/operations/description", operation="get_pet")

    assert created["bodies"][0]["schema"]["properties"]["name"] == {"minLength": 2, "types": ["string"]}
    assert created["path"] == "/v1/pets"
    assert (
        ask("POST", "/requests", {"operation": "create_pet", "body": created["bodies"][0]["example"]})["status"] == 201
    )
    (key,) = shown["parameters"]
    sent = ask("POST", "/requests", {"operation": "get_pet", "parameters": {"path": {"id": key["example"]}}})
    assert (sent["status"], sent["body"]["id"]) == (200, key["example"])


def test_every_operation_of_the_bundled_apis_is_filled_so_that_its_contract_takes_it(application, world):
    client = TestClient(application.app, headers={"X-Locum-World": world})
    client.post("/__locum/worlds", json={"name": world})
    refused = {}
    for operation in client.get("/__locum/operations").json():
        described = client.get("/__locum/operations/description", params={"operation": operation["operation"]}).json()
        required = [one for one in described["parameters"] if one["required"]]
        parameters = {}
        for one in required:
            parameters.setdefault(one["in"], {})[one["name"]] = one["example"]
        request = {"operation": operation["operation"], "parameters": parameters, "headers": bearer(ADA)}
        if described["bodies"]:
            request |= {"body": described["bodies"][0].get("example")}
            request["headers"] = {**request["headers"], "Content-Type": described["bodies"][0]["media_type"]}
        entry = client.post("/__locum/requests", json=request).json()["entry"]
        if entry["violations"] or entry["status"] >= 500:
            refused[operation["operation"]] = (entry["status"], entry["violations"])

    assert refused == {}


def test_values_are_serialized_as_declared(ask):
    sent = ask("POST", "/requests", {"operation": "list_pets", "parameters": {"query": {"tag": ["a b", "c"]}}})

    assert sent["entry"]["path"] == "/v1/pets?tag=a%20b&tag=c"


def test_a_plain_request_is_sent_as_written(ask):
    sent = ask("POST", "/requests", {"method": "GET", "path": "/v1/nowhere?x=1"})

    assert (sent["status"], sent["entry"]["path"], sent["entry"]["operation"]) == (404, "/v1/nowhere?x=1", "")


def test_an_entry_is_repeated_with_its_secrets_and_changed(ask, world):
    first = ask("POST", "/requests", {"operation": "create_pet", "body": {"name": "Ida", "secret": "hunter2-secret"}})
    assert first["entry"]["request"]["body"]["secret"] == "[redacted]"
    changed = {"name": "Bo", "secret": first["entry"]["request"]["body"]["secret"]}
    again = ask("POST", "/requests", {"repeats": first["entry"]["number"]})
    edited = ask("POST", "/requests", {"repeats": first["entry"]["number"], "body": changed})
    tables = ask("GET", f"/worlds/{world}/snapshot")["tables"]
    records = [
        entry["record"]["members"] for table in tables for entry in table["records"] if "members" in entry["record"]
    ]
    made = [one for one in records if one.get("secret") == "hunter2-secret"]

    assert (again["status"], edited["status"]) == (201, 201)
    assert sorted(one["name"] for one in made) == ["Bo", "Ida", "Ida"]


def test_what_cannot_be_sent_is_a_conflict_that_says_why(ask):
    for sent, text in [
        ({"repeats": 999}, "No entry of this world has this number."),
        ({"operation": "create_pets"}, "Did you mean create_pet?"),
        ({}, "Give an operation, or a method and a path, or an entry to repeat."),
        ({"method": "GET"}, "Give an operation"),
        ({"method": "GET", "path": "/__locum/journal/stream"}, "This path is locum's own"),
        ({"method": "GET", "path": "/~x/%5F_locum/journal/stream"}, "This path is locum's own"),
    ]:
        response = ask("POST", "/requests", sent)
        assert (response.status_code, text in response.json()["detail"]) == (409, True)
    assert ask("POST", "/requests", {"method": "GET", "path": "//\r\nx"}).status_code >= 400


def test_sent_requests_are_undone_one_by_one_until_the_world_is_reset(ask, world):
    def names():
        return [one["key"] for one in ask("GET", "/records/pets%20%2Fpets")]

    before = names()
    for name in ("Ida", "Bo"):
        ask("POST", "/requests", {"operation": "create_pet", "body": {"name": name}})
    assert len(names()) == len(before) + 2
    assert ask("POST", "/requests/undo") == {"undo": 1}
    assert len(names()) == len(before) + 1
    assert ask("POST", "/requests/undo") == {"undo": 0}
    assert names() == before
    ask("POST", "/requests", {"operation": "create_pet", "body": {"name": "Cy"}})
    ask("POST", f"/worlds/{world}/reset")
    ask("GET", "/records")
    assert ask("POST", "/requests/undo").json()["code"] == "nothing_to_undo"


def test_a_type_is_described_with_its_relations(ask):
    described = ask("GET", f"/types/{quote('pets /pets', safe='')}")

    assert described["identity"] == ["id"]
    assert described["relations"] == [{"member": "owner_id", "type": "pets /owners", "many": False}]
    assert described["schema"]["required"] == ["id", "name"]
    assert ask("GET", "/types/nothing").status_code == 404


def test_a_draft_is_a_valid_new_record_that_is_not_stored(ask):
    path = quote("pets /pets", safe="")
    before = ask("GET", "/records")
    draft = ask("GET", f"/types/{path}/draft")

    assert ask("GET", "/records") == before
    assert draft["key"] not in [one["key"] for one in ask("GET", f"/records/{path}")]
    saved = ask("PUT", f"/records/{path}/{draft['key']}", {"value": draft["value"]})
    assert saved["value"]["id"] == draft["key"]


def test_an_invalid_record_is_rejected_with_its_place(ask):
    path = quote("pets /pets", safe="")
    draft = ask("GET", f"/types/{path}/draft")
    response = ask("PUT", f"/records/{path}/{draft['key']}", {"value": {**draft["value"], "name": "x"}})

    assert response.status_code == 422
    assert response.json()["validation"][0]["location"] == ["body", "value", "name"]


def test_scheduled_events_are_listed_and_not_run(client):
    client.get("/workflows")
    before = client.get("/__locum/records").json()
    events = client.get("/__locum/clock/events", params={"limit": 3}).json()

    assert len(events) == 3
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    assert any(change["type"] == "Run" and change["kind"] == "added" for change in events[0]["changes"])
    assert client.get("/__locum/records").json() == before
    client.put("/__locum/clock", json={"now": events[0]["at"]})
    assert client.get("/__locum/clock/events", params={"limit": 1}).json()[0]["at"] == events[1]["at"]


@pytest.mark.parametrize("form", ["curl", "fetch", "httpx", "har", "arazzo", "pytest", "playwright"])
def test_an_entry_is_exported_in_every_form(ask, form):
    number = ask("POST", "/requests", {"operation": "create_pet", "body": {"name": "x", "secret": "hunter2-secret"}})
    shown = ask("GET", f"/journal/{number['entry']['number']}/export", form=form)
    text = shown.text if hasattr(shown, "text") else str(shown)

    assert "/v1/pets" in text or "create_pet" in text
    assert "hunter2" not in text


def test_a_row_shows_what_its_entry_shows_and_no_secret_of_a_body(ask, pets, world):
    ask("POST", "/requests", {"operation": "create_pet", "body": {"name": "Ida", "secret": "hunter2-secret"}})
    ask("POST", "/requests", {"operation": "list_pets"})
    hidden = {"name": "Bo", "secret": "hunter2-secret"}
    ask("POST", "/requests", {"method": "POST", "path": "/v1/pets?x=hunter2-secret", "body": hidden})
    ask("POST", "/requests", {"operation": "create_pet", "body": {"name": "x"}})
    ask("POST", "/requests", {"method": "GET", "path": "/v1/nowhere?token=hunter2-secret"})
    journal = pets.worlds.named(world).journal
    rows, entries = list(journal.rows(0)), journal.entries

    assert [row.path for row in rows] == [entry.path for entry in entries]
    assert [row.number for row in rows] == [entry.number for entry in entries]
    assert "hunter2" not in str(rows)
    assert rows[-2].reason == "body/name: must have at least 2 characters"
    streamed = ask("GET", "/journal/stream", wait=0, rows="true").text
    assert "hunter2" not in streamed
    assert '"response"' not in streamed


def test_a_fault_names_an_operation_with_a_dash(ask):
    assert ask("POST", "/faults", {"text": "operation=delete-pet, status=503"})["operation"] == "delete-pet"
    assert ask("POST", "/faults", {"operation": "delete-*", "status": 503})["operation"] == "delete-*"


@pytest.mark.parametrize(
    ("fault", "status", "form"),
    [
        ("reset", 0, "none"),
        ("empty", 200, "none"),
        ("truncated", 200, "text"),
        ("malformed", 200, "text"),
        ("slow=5000B/s", 200, "json"),
        ("latency=1ms", 200, "json"),
    ],
)
def test_a_request_that_is_hit_by_a_fault_shows_what_is_left_of_its_response(ask, fault, status, form):
    ask("DELETE", "/faults")  # the name of the world is that of the other cases
    ask("POST", "/faults", {"text": f"operation=list_owners, {fault}"})
    sent = ask("POST", "/requests", {"operation": "list_owners"})

    assert (sent["status"], sent["form"]) == (status, form)
    assert fault in sent["entry"]["fault"]


@pytest.mark.parametrize(
    "media_type", ["application/json", "multipart/form-data", "application/xml", "application/x-www-form-urlencoded"]
)
def test_a_body_is_written_as_its_media_type(tmp_path, media_type):
    schema = {
        "type": "object",
        "required": ["name", "count"],
        "properties": {"name": {"type": "string"}, "count": {"type": "integer"}},
        "xml": {"name": "box"},
    }
    operation = {
        "operationId": "box",
        "requestBody": body(schema, media_type),
        "responses": {"204": {"description": "done"}},
    }
    with generated(tmp_path, document({"/boxes": {"post": operation}})) as server:
        described = server("GET", "/__locum/operations/description?operation=box").json
        request = {
            "operation": "box",
            "body": described["bodies"][0]["example"],
            "headers": {"Content-Type": media_type},
        }
        sent = server("POST", "/__locum/requests", request).json

    assert (sent["status"], sent["entry"]["violations"]) == (204, [])


def test_a_form_is_filled_with_all_members_and_with_keys_that_exist(tmp_path):
    user = {"type": "object", "required": ["login"], "properties": {"login": {"type": "string"}}}
    repo = {
        "type": "object",
        "required": ["name", "owner"],
        "properties": {"name": {"type": "string"}, "owner": {"$ref": "#/components/schemas/User"}},
    }
    task = {"type": "object", "properties": {"data": {"type": "object", "properties": {"title": {"type": "string"}}}}}
    path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in ("username", "owner", "repo")
    ]
    reads = {
        "/users": (_answers({"type": "array", "items": {"$ref": "#/components/schemas/User"}}), []),
        "/users/{username}": (_answers({"$ref": "#/components/schemas/User"}), path[:1]),
        "/users/{username}/repos": (
            _answers({"type": "array", "items": {"$ref": "#/components/schemas/Repo"}}),
            path[:1],
        ),
        "/repos/{owner}/{repo}": (_answers({"$ref": "#/components/schemas/Repo"}), path[1:]),
    }
    paths = {
        name: {"get": {"operationId": name, "responses": found, "parameters": given}}
        for name, (found, given) in reads.items()
    }
    paths["/agents/repos/{owner}/{repo}/tasks"] = {
        "post": {
            "operationId": "task",
            "parameters": path[1:],
            "requestBody": body({"anyOf": [task], **task}) | {"required": False},
            "responses": {"204": {"description": "done"}},
        }
    }
    content = document(paths, components={"schemas": {"User": user, "Repo": repo}})
    with generated(tmp_path, content) as server:
        users = [one["login"] for one in server("GET", "/users").json]
        described = {
            name: server("GET", f"/__locum/operations/description?operation={quote(name, safe='')}").json
            for name in ("/repos/{owner}/{repo}", "task")
        }
        values = {name: [one["example"] for one in found["parameters"]] for name, found in described.items()}
        owner, repo = values["task"]
        status = server("GET", f"/repos/{owner}/{quote(repo)}").status

    assert values["task"] == values["/repos/{owner}/{repo}"]
    assert (owner, status) == (users[0], 200)
    assert described["task"]["bodies"][0]["example"]["data"]["title"]


def test_a_saved_record_and_a_restored_snapshot_keep_the_addresses_and_numbers_of_the_server(tmp_path, monkeypatch):
    shop = {
        "type": "object",
        "required": ["id", "url", "price", "lines"],
        "properties": {
            "id": {"type": "string"},
            "url": {"type": "string", "format": "uri"},
            "price": {"type": "number", "example": 30.0},
            "lines": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
        },
    }
    item = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    paths = {
        "/carts": {"get": {"operationId": "carts", "responses": _answers({"type": "array", "items": shop})}},
        "/carts/{id}": {"get": {"operationId": "cart", "parameters": [item], "responses": _answers(shop)}},
    }
    redacted = []
    alike = RecordRedaction.alike
    monkeypatch.setattr(RecordRedaction, "alike", lambda *given: redacted.append(1) or alike(*given))
    with generated(tmp_path, document(paths)) as server:
        (first, *_) = server("GET", "/carts").json
        server("POST", "/__locum/worlds/default/fork", {"into": "other"})
        snapshot = server("GET", "/__locum/worlds/default/snapshot").json
        whole = json.loads(json.dumps(snapshot).replace("30.0", "30"))
        restored = server("PUT", "/__locum/worlds/other/snapshot", whole).status
        record = f"/__locum/records/{quote('document /carts', safe='')}/{first['id']}"
        server("PUT", record, {"value": {**first, "price": 31, "lines": [{"name": "a"}, {"name": "b"}]}})
        between = server("GET", "/__locum/worlds/other/changes?since=default").json
        redacted.clear()
        changes = server("GET", "/__locum/worlds/default/changes").json

    assert first["url"].startswith("http://localhost/carts/")
    assert restored == 200
    assert {change["pointer"] for change in between} == {change["pointer"] for change in changes}
    assert {change["pointer"] for change in changes} >= {"/price"}
    assert "/url" not in {change["pointer"] for change in changes}
    assert len(redacted) == 1 < len(changes)
