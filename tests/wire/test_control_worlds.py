"""The control API over HTTP: worlds, fixtures, records and clock."""

from __future__ import annotations

import json

import pytest
from starlette.testclient import TestClient

from locum.client import Connection, Rejected, Unreachable, World
from locum.openapi.lint.linting import lint
from locum.server.application import create
from locum.server.binding import disagreements_of
from locum.server.fault_injection import CONNECTION
from locum.server.protocol import OneWrite
from locum.server.services import StartError
from tests.conftest import bearer, make_application
from tests.wire.serving import Server, body, document, settings_for

NOTES = {
    "get": {"operationId": "notes"},
    "post": {"operationId": "note", "requestBody": body({"type": "string"})},
}
STAR = {"type": "object", "required": ["name"], "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
ONE = {"200": {"description": "x", "content": {"application/json": {"schema": STAR}}}, "404": {"description": "none"}}
ALL = {
    "200": {"description": "x", "content": {"application/json": {"schema": {"type": "array", "items": STAR}}}},
}
SKY = {
    "openapi": "3.1.0",
    "info": {"title": "Sky", "version": "2"},
    "paths": {
        "/stars": {
            "get": {"operationId": "listStars", "responses": ALL},
            "post": {"operationId": "addStar", "requestBody": body(STAR), "responses": {"201": ONE["200"]}},
        },
        "/stars/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {"operationId": "getStar", "responses": ONE},
            "delete": {"operationId": "deleteStar", "responses": {"204": {"description": "x"}, **ONE}},
        },
    },
}
DOCUMENTS = {"worlds": document({"/notes": NOTES, "/time": {"get": {"operationId": "time"}}}), "sky": SKY}
HANDLERS = {
    "worlds": """
from dataclasses import dataclass
from datetime import datetime
@dataclass(frozen=True)
class Note:
    text: str
    at: datetime | None = None
def seed(store, clock, new_id):
    store[Note]["seeded"] = Note("seeded")
api = Api(render_error=render_error, seed=seed)
def notes(store): return {"value": list(store[Note])}
def note(store, new_id, clock, body):
    store[Note][body] = Note(body, clock.now)
    return {"value": new_id("note_", 8)}
def time(clock): return {"value": timestamp(clock.now)}
""",
    "sky": "api = Api(accepts=None)",
}


@pytest.fixture
def here(server, world):
    """The world of this test, as a client of the control API."""
    host, port = server.address
    connection = Connection(f"http://{host}:{port}")
    yield World(connection, world[:50].strip("-"))
    connection.close()


def test_every_operation_of_the_control_document_is_implemented(application):
    service = application.control.service

    assert lint(service.contract) == []
    assert disagreements_of([service]) == []
    assert {operation.operation_id for operation in service.contract.operations.values()} == set(service.handlers)


def test_health_and_readiness_are_reported(server):
    assert server("GET", "/__locum/health").json["status"] == "alive"
    assert server("GET", "/__locum/ready").json == {"status": "ready", "apis": ["sky", "worlds"]}


def test_a_stopping_server_is_alive_but_not_ready():
    stopping = TestClient(make_application())
    stopping.app_state[CONNECTION] = OneWrite(None, None)
    assert stopping.get("/__locum/ready").status_code == 200
    stopping.app_state[CONNECTION].is_stopping = True

    assert stopping.get("/__locum/ready").json()["code"] == "stopping"
    assert stopping.get("/__locum/ready").status_code == 503
    assert stopping.get("/__locum/health").status_code == 200


def test_settings_are_shown_without_secrets(served):
    server = served(DOCUMENTS, HANDLERS, jwt_secret="s3cret-of-the-tokens", control_token="t0ken-of-control")
    shown = server("GET", "/__locum/settings", Authorization="Bearer t0ken-of-control")

    assert shown.json["max-worlds"] == 1000
    assert shown.json["auth"] == "strict"
    assert b"s3cret" not in shown.body
    assert b"t0ken" not in shown.body


def test_contracts_and_operations_are_listed_with_their_responses(server, here):
    server("GET", "/notes", world=here.name)
    server("POST", "/notes", 5, world=here.name)

    contracts = server("GET", "/__locum/contracts").json
    operations = here.ask("GET", "/operations", api="worlds")

    assert [(found["name"], found["title"], found["operations"]) for found in contracts] == [
        ("sky", "Sky", 4),
        ("worlds", "Tests", 3),
    ]
    assert {found["operation"]: found["responses"] for found in operations} == {
        "notes": {"200": 1},
        "note": {"400": 1},
        "time": {},
    }
    assert {found["implemented_by"] for found in here.ask("GET", "/operations", api="sky")} == {"locum"}
    with pytest.raises(Rejected, match="Valid names: sky, worlds"):
        here.ask("GET", "/operations", api="worlds ")


def test_reading_an_unused_world_is_404_and_creates_none(server, here):
    with pytest.raises(Rejected, match="it was not used yet"):
        here.describe()
    with pytest.raises(Rejected, match="it was not used yet"):
        here.clock.describe()

    assert here.name not in [found["name"] for found in here.connection.ask("GET", "/worlds")]


def test_a_world_is_created_with_its_own_seed(server, here):
    made = here.connection.ask("POST", "/worlds", {"name": here.name, "seed": 7})
    here.connection.ask("POST", "/worlds", {"name": here.name + "-2", "seed": 8})

    assert (made["seed"], made["records"]) == (7, here.describe()["records"])
    assert (
        server("POST", "/notes", "a", world=here.name).value
        != server("POST", "/notes", "a", world=here.name + "-2").value
    )
    with pytest.raises(Rejected) as rejected:
        here.connection.ask("POST", "/worlds", {"name": here.name})
    assert (rejected.value.status, rejected.value.code) == (409, "world_exists")


def test_a_fork_is_independent(server, here):
    server("POST", "/notes", "a", world=here.name)
    twin = here.fork(here.name + "-twin")
    server("POST", "/notes", "b", world=twin.name)

    assert server("GET", "/notes", world=here.name).value == ["seeded", "a"]
    assert server("GET", "/notes", world=twin.name).value == ["seeded", "a", "b"]


def test_a_reset_restores_records_clock_and_journal(server, here):
    server("POST", "/notes", "a", world=here.name)
    here.clock.advance("1d")
    here.reset()

    assert here.describe()["requests"] == 0
    assert here.describe()["clock"]["now"] == "2026-01-01T09:00:00.000000Z"
    assert server("GET", "/notes", world=here.name).value == ["seeded"]


def test_a_snapshot_is_restored_in_another_world_and_a_reset_returns_to_it(server, here):
    server("POST", "/notes", "a", world=here.name)
    saved = here.snapshot()
    other = World(here.connection, here.name + "-other")
    other.restore(saved)
    server("POST", "/notes", "b", world=other.name)
    other.reset()

    assert other.snapshot() == saved
    assert server("GET", "/notes", world=other.name).value == ["seeded", "a"]


def test_a_damaged_snapshot_is_rejected_and_changes_nothing(server, here):
    server("POST", "/notes", "a", world=here.name)
    saved = here.snapshot()
    with pytest.raises(Rejected) as rejected:
        here.restore({**saved, "version": 99})

    assert (rejected.value.status, rejected.value.code) == (422, "snapshot_damaged")
    assert here.snapshot() == saved


def test_changes_of_a_world_are_listed(server, here):
    server("GET", "/notes", world=here.name)
    assert here.changes() == []

    server("POST", "/notes", "a", world=here.name)
    (change,) = here.changes()

    assert (change["kind"], change["key"], change["pointer"]) == ("added", "a", "")
    assert change["after"]["text"] == "a"
    assert "before" not in change
    assert here.changes(since="default") == [change]


def test_a_dropped_world_is_recreated(server, here):
    server("POST", "/notes", "a", world=here.name)
    here.drop()

    with pytest.raises(Rejected):
        here.drop()
    assert server("GET", "/notes", world=here.name).value == ["seeded"]


def test_a_fixture_is_saved_restored_and_deleted(server, here):
    server("POST", "/notes", "a", world=here.name)
    here.save(here.name)
    here.reset()
    here.restore(here.name)

    assert server("GET", "/notes", world=here.name).value == ["seeded", "a"]
    assert here.name in [found["name"] for found in here.connection.ask("GET", "/fixtures")]
    here.connection.ask("DELETE", f"/fixtures/{here.name}")
    with pytest.raises(Rejected, match="There is no fixture "):
        here.restore(here.name)


@pytest.mark.parametrize("place", ["fixtures", "fixtures.json"])
def test_fixtures_outlive_the_server_and_new_worlds_start_from_them(tmp_path, place):
    settings = settings_for(tmp_path, DOCUMENTS, HANDLERS, state=tmp_path / place)

    def serving(**changes):
        return Server(type(settings)(**{**vars_of(settings), **changes}))

    server = serving()
    server("POST", "/notes", "a", world="one")
    saved = server("PUT", "/__locum/fixtures/busy-tenant?world=one")
    server.stop()
    again = serving(fixture="busy-tenant")
    shown = [again("GET", "/notes", world=name).value for name in ("default", "two")]
    again.stop()

    assert saved.status == 200
    assert shown == [["seeded", "a"], ["seeded", "a"]]


def vars_of(settings):
    return {name: getattr(settings, name) for name in settings.__dataclass_fields__}


def test_an_unknown_fixture_stops_the_start(tmp_path):
    with pytest.raises(StartError, match=r"--fixture nothing: There is no fixture 'nothing'\. Fixtures: none\."):
        create(settings_for(tmp_path, DOCUMENTS, HANDLERS, fixture="nothing"))


def test_a_fixture_file_that_is_not_json_is_reported_and_ignored(served, tmp_path):
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "broken.json").write_text("{")
    server = served(DOCUMENTS, HANDLERS, state=folder)
    rejected = server("POST", "/__locum/worlds/default/restore", {"fixture": "broken"})

    assert (rejected.status, rejected.json["code"]) == (409, "fixture_unreadable")
    assert "broken.json" in rejected.json["detail"]
    assert (folder / "broken.json").read_text() == "{"


def test_records_of_handlers_are_listed_changed_and_removed(server, here):
    server("POST", "/notes", "a", world=here.name)
    assert here.state.types()["Note"] == 2
    assert here.state.get("Note", "seeded") == {"text": "seeded", "at": None}

    here.state.put("Note", "b", {"text": "b", "at": "2026-02-01T00:00:00Z"})
    here.state.delete("Note", "a")

    assert server("GET", "/notes", world=here.name).value == ["seeded", "b"]
    assert here.state.all("Note")["b"]["at"] == "2026-02-01T00:00:00Z"


def test_records_without_handlers_are_listed_changed_and_removed(server, here):
    server("GET", "/stars", world=here.name)
    first = next(iter(here.state.all("sky /stars")))
    here.state.put("sky /stars", first, {"id": int(first), "name": "Vega"})
    assert server("GET", f"/stars/{first}", world=here.name).json["name"] == "Vega"

    here.state.delete("sky /stars", first)
    assert server("GET", f"/stars/{first}", world=here.name).status == 404

    here.state.put("sky /stars", "4242", {"id": 4242, "name": "Deneb"})
    assert server("GET", "/stars/4242", world=here.name).json["name"] == "Deneb"


@pytest.mark.parametrize(
    ("kind", "key", "value", "code"),
    [
        ("Note", "a", {"texts": "a"}, "record_unfit"),
        ("Note", "a", {"text": "a", "at": "yesterday"}, "record_unfit"),
        ("Note", "a", 5, "record_unfit"),
        ("sky /stars", "1", 5, "record_unfit"),
        ("Notes", "a", {}, "no_such_type"),
    ],
)
def test_an_invalid_record_is_rejected_and_changes_nothing(  # noqa: PLR0913, PLR0917 (one row of the table)
    server, here, kind, key, value, code
):
    server("GET", "/notes", world=here.name)
    with pytest.raises(Rejected) as rejected:
        here.state.put(kind, key, value)

    assert rejected.value.code == code
    assert here.changes() == []


def test_a_similar_type_is_suggested_for_an_unknown_one(server, here):
    server("GET", "/notes", world=here.name)
    with pytest.raises(Rejected, match=r"Did you mean Note\?"):
        here.state.all("Notes")


def test_records_are_listed_page_by_page(server, here):
    for text in "abc":
        server("POST", "/notes", text, world=here.name)
    first = here.ask("GET", "/records/Note", limit=2)
    rest = here.ask("GET", "/records/Note", after=first[-1]["key"])

    assert [record["key"] for record in first + rest] == ["seeded", "a", "b", "c"]


def test_the_clock_is_frozen_moved_and_resumed(server, here):
    here.clock.freeze()
    frozen = [server("GET", "/time", world=here.name).value for _ in range(2)]
    here.clock.advance("3w")
    later = server("GET", "/time", world=here.name).value
    here.clock.set("2027-06-01T12:00:00+02:00")
    set_to = server("GET", "/time", world=here.name).value
    here.clock.resume(step="1h")
    stepping = [server("GET", "/time", world=here.name).value for _ in range(2)]

    assert frozen == ["2026-01-01T09:00:00Z"] * 2
    assert (later, set_to) == ("2026-01-22T09:00:00Z", "2027-06-01T10:00:00Z")
    assert stepping == ["2027-06-01T11:00:00Z", "2027-06-01T12:00:00Z"]


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        ("/clock/advance", {"by": "yesterday"}, 422),
        ("/clock/advance", {"by": -1}, 422),
        ("/clock/advance", {"by": "9999999w"}, 409),
        ("/clock/resume", {"rate": 0}, 422),
        ("/clock/resume", {"step": "2d"}, 409),
        ("/clock/resume", {"step": 1, "rate": 1}, 422),
    ],
)
def test_an_invalid_pace_is_rejected(server, here, path, sent, status):
    with pytest.raises(Rejected) as rejected:
        here.ask("POST", path, sent)

    assert rejected.value.status == status


def test_control_requests_change_neither_the_clock_nor_the_journal(server, here):
    server("GET", "/time", world=here.name)
    before = here.snapshot()
    here.describe()
    here.clock.describe()
    here.changes()

    assert here.snapshot() == before
    assert here.describe()["requests"] == 1


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/__locum/clock?world={}", {}),
        ("/__locum/clock", {"X-Locum-World": "{}"}),
        ("/__locum/clock", {"Cookie": "locum_world={}"}),
        ("/~{}/__locum/clock", {}),
    ],
)
def test_a_control_request_selects_its_world_like_any_other(server, here, path, headers):
    here.clock.set("2031-01-01T00:00:00Z")
    output = server("GET", path.format(here.name), **{name: value.format(here.name) for name, value in headers.items()})

    assert output.status == 200, output.body
    assert output.json["now"] == "2031-01-01T00:00:00.000000Z"


def test_advancing_the_clock_runs_due_events(client, world, application):
    before = len(client.get("/workflows").json())
    scheduled = next(
        found
        for found in (client.get(f"/workflows/{one['id']}").json() for one in client.get("/workflows").json())
        if found["schedule_type"] not in {"manual", None} and found["is_active"]
    )

    def runs():
        return client.get(f"/workflows/{scheduled['id']}/executions").json()["meta"]["total"]

    first = runs()
    client.post("/__locum/clock/advance", json={"by": "2d"})

    assert runs() > first
    assert before


@pytest.fixture(scope="module")
def guarded():
    """A client of a server that requires a control token."""
    return TestClient(make_application(control_token="t0ken", control_cors=("https://app.example",)))


class TestControlAccess:
    @pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "Basic t0ken", bearer()["Authorization"]])
    def test_requests_without_the_control_token_are_rejected(self, guarded, authorization):
        rejected = guarded.get("/__locum/worlds", headers={"Authorization": authorization})

        assert (rejected.status_code, rejected.json()["code"]) == (401, "control_token")
        assert rejected.headers["WWW-Authenticate"] == 'Bearer realm="locum control"'
        assert "t0ken" not in rejected.text

    @pytest.mark.parametrize("path", ["/__locum/health", "/__locum/ready"])
    def test_health_and_readiness_need_neither_the_token_nor_a_world(self, guarded, path):
        known = guarded.get("/__locum/worlds", headers={"Authorization": "Bearer t0ken"}).json()
        response = guarded.get(path, headers={"X-Locum-World": "not a name!"})

        assert response.status_code == 200
        assert guarded.get(path, headers={"Origin": "https://evil.example"}).status_code == 403
        assert guarded.get("/__locum/worlds", headers={"Authorization": "Bearer t0ken"}).json() == known

    def test_requests_with_the_control_token_are_accepted(self, guarded):
        assert guarded.get("/__locum/worlds", headers={"Authorization": "Bearer t0ken"}).status_code == 200

    def test_pages_of_other_origins_are_rejected(self, client):
        rejected = client.post("/__locum/worlds/default/reset", headers={"Origin": "http://localhost:3000"})

        assert (rejected.status_code, rejected.json()["code"]) == (403, "foreign_origin")
        assert "--control-cors http://localhost:3000" in rejected.json()["detail"]
        assert "access-control-allow-origin" not in rejected.headers
        preflight = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST"}
        assert client.options("/__locum/worlds/default/reset", headers=preflight).status_code == 403

    def test_pages_of_an_allowed_origin_are_accepted(self, guarded):
        sent = {"Origin": "https://app.example", "Authorization": "Bearer t0ken"}
        response = guarded.get("/__locum/worlds", headers=sent)

        assert response.status_code == 200
        assert response.headers["access-control-allow-origin"] == "https://app.example"

    def test_the_pages_of_the_server_itself_are_accepted(self, client):
        assert client.get("/__locum/worlds", headers={"Origin": "http://testserver"}).status_code == 200

    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:4010", "locum"])
    def test_a_public_host_name_is_rejected(self, client, host):
        rejected = client.get("/__locum/worlds", headers={"Host": host})

        assert (rejected.status_code, rejected.json()["code"]) == (403, "foreign_host")

    @pytest.mark.parametrize("host", ["localhost:4010", "127.0.0.1", "[::1]:4010", "a.localhost"])
    def test_local_host_names_are_accepted(self, client, host):
        assert client.get("/__locum/worlds", headers={"Host": host}).status_code == 200


def test_the_client_reports_an_unreachable_server(tmp_path):
    with pytest.raises(Unreachable, match=r"No locum responds at http://127\.0\.0\.1:9"):
        Connection("127.0.0.1:9").ask("GET", "/health")
    with pytest.raises(Unreachable, match="Invalid server URL"):
        Connection("http://")


def test_a_snapshot_is_serialized_deterministically(server, here):
    server("POST", "/notes", "a", world=here.name)

    assert json.dumps(here.snapshot()) == json.dumps(here.snapshot())


class TestTokens:
    def test_a_token_of_the_default_user_is_accepted(self, client):
        made = client.post("/__locum/tokens", json={}).json()
        response = client.get("/api/keys", headers={"Authorization": f"Bearer {made['access_token']}"})

        assert response.status_code == 200
        assert made["expires_at"] == "2026-01-01T10:00:00Z"

    def test_a_token_has_the_requested_role_permissions_and_lifetime(self, client):
        request_body = {"user": "x", "role": "guest", "permissions": ["workflows:read"], "lifetime": "15m"}
        token = client.post("/__locum/tokens", json=request_body).json()["access_token"]
        sent = {"Authorization": f"Bearer {token}"}

        assert client.get("/workflows", headers=sent).status_code == 200
        client.post("/__locum/clock/advance", json={"by": "16m"})
        assert client.get("/workflows", headers=sent).status_code == 401

    def test_a_token_selects_its_world(self, application, world):
        anywhere = TestClient(application)
        token = anywhere.post(f"/__locum/tokens?world={world}", json={}).json()["access_token"]
        anywhere.get("/api/keys", headers={"Authorization": f"Bearer {token}"})

        assert [entry.operation for entry in application.worlds.named(world).journal.entries] == ["listApiKeys"]

    def test_an_unknown_user_is_rejected_with_the_known_ones(self, client):
        rejected = client.post("/__locum/tokens", json={"user": "nobody@northwind.example"})

        assert rejected.status_code == 409
        assert "ada@northwind.example" in rejected.json()["detail"]

    def test_users_are_listed(self, client):
        assert next(person["name"] for person in client.get("/__locum/people").json()) == "Ada Okafor"


def test_changing_a_schedule_as_a_record_reschedules_its_events(client):
    client.get("/workflows")
    found = client.get("/__locum/records/Workflow").json()
    record = next(one for one in found if one["value"]["next_run_at"])
    runs = f"/workflows/{record['key']}/executions"
    before = client.get(runs).json()["meta"]["total"]
    soon = {**record["value"], "next_run_at": "2026-01-01T09:00:05Z"}
    assert client.put(f"/__locum/records/Workflow/{record['key']}", json={"value": soon}).status_code == 200
    client.post("/__locum/clock/advance", json={"by": "5s"})

    assert client.get(runs).json()["meta"]["total"] == before + 1


def test_a_snapshot_contains_faults_and_preferences_only_if_there_are_any(server, here):
    server("GET", "/notes", world=here.name)
    assert not {"faults", "preferences"} & here.snapshot().keys()
    here.faults.add("operation=notes, status=400, times=3, skip=1")
    here.preferences.set("time", "code=400")
    server("GET", "/notes", world=here.name)
    other = World(here.connection, here.name + "-2")
    other.restore(here.snapshot())

    assert other.faults.all() == here.faults.all()
    assert other.preferences.all() == {"time": "code=400"}
    assert [server("GET", "/notes", world=other.name).status for _ in range(2)] == [400, 400]
    with pytest.raises(Rejected, match="/faults cannot be read"):
        other.restore({**here.snapshot(), "faults": [{"id": "f1"}]})


def runs_of(application, world):
    """Count the runs in a world. A request to the API would start those that are due."""
    (runs,) = [
        len(t) for key, t in application.worlds.named(world).store.tables() if getattr(key, "__name__", "") == "Run"
    ]
    return runs


def test_due_events_run_when_the_clock_is_moved_not_when_records_are_read(client, application, world):
    client.get("/api/keys")
    before = runs_of(application, world)
    client.post("/__locum/clock/advance", json={"by": "2d"})

    assert runs_of(application, world) > before


def test_due_events_run_with_the_next_request_to_any_api(client, application, world):
    client.get("/api/keys")
    before = runs_of(application, world)
    application.worlds.named(world).clock.micros += 2 * 86_400_000_000
    client.get("/api/keys")

    assert runs_of(application, world) > before


def test_a_world_has_a_validation_mode_that_snapshots_contain(server, here):
    here.validation.set("report")
    taken = here.snapshot()
    assert taken["validation"] == here.validation.mode == "report"

    here.validation.clear()
    assert here.validation.mode == "enforce"
    assert "validation" not in here.snapshot()

    here.restore(taken)
    assert here.validation.mode == "report"


def test_a_snapshot_with_an_unknown_validation_mode_is_rejected(server, here):
    here.validation.set("off")

    with pytest.raises(Rejected, match="validation"):
        here.restore({**here.snapshot(), "validation": "lax"})
    assert here.validation.mode == "off"
