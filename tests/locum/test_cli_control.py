"""The commands that control a running server."""

from __future__ import annotations

import json

import httpx
import pytest
from click.testing import CliRunner

from locum.cli import main
from locum.settings import Settings
from tests.conftest import bearer
from tests.wire.serving import Server


@pytest.fixture(scope="module")
def server():
    server = Server(Settings(cache=False))
    yield server
    server.stop()


@pytest.fixture
def name(world):
    return world[:50].strip("-")


@pytest.fixture
def send(server, name):
    url = "http://{}:{}".format(*server.address)
    with httpx.Client(base_url=url, headers={**bearer(), "X-Locum-World": name}) as client:
        client.get("/api/keys")
        yield client


@pytest.fixture
def locum(server, name):
    """Run a command for the world of this test, check its exit code and return its output."""

    def type_(*words, ends=0):
        url = "http://{}:{}".format(*server.address)
        output = CliRunner().invoke(main, [*words, "--url", url, "--world", name], catch_exceptions=False)
        assert output.exit_code == ends, output.output
        return output.output

    return type_


def test_worlds_are_listed_shown_forked_and_dropped(locum, send, name):
    assert name in locum("world", "list")
    assert json.loads(locum("world", "show"))["requests"] == 1
    locum("world", "fork", name + "-2")
    assert name + "-2" in locum("world", "list")
    locum("world", "drop")
    assert "it was not used yet" in locum("world", "show", ends=2)


def test_a_world_is_created_with_a_seed(locum, name):
    assert json.loads(locum("world", "create", "--seed", "7"))["seed"] == 7
    assert "A world of this name already exists" in locum("world", "create", ends=2)


def test_changes_are_listed_and_undone_by_a_reset(locum, send):
    assert locum("world", "changes") == ""
    send.post("/api/keys", json={"name": "Mine", "permissions": ["sites:read"]})
    assert "added    handlers.api_keys.ApiKey api_key_" in locum("world", "changes", ends=1)
    locum("world", "reset")
    assert locum("world", "changes") == ""


def test_a_world_is_exported_and_restored(locum, send, tmp_path):
    file = tmp_path / "before.json"
    locum("world", "snapshot", "--to", str(file))
    send.post("/api/keys", json={"name": "Mine", "permissions": ["sites:read"]})
    locum("world", "restore", str(file))

    assert len(send.get("/api/keys").json()) == 2
    assert json.loads(locum("world", "snapshot"))["tables"] == json.loads(file.read_text())["tables"]
    (tmp_path / "broken.json").write_text("{")
    assert "cannot be read" in locum("world", "restore", str(tmp_path / "broken.json"), ends=2)


def test_a_fixture_is_saved_listed_and_restored(locum, send, name):
    locum("world", "save", name)
    send.post("/api/keys", json={"name": "Mine", "permissions": ["sites:read"]})
    assert name in locum("world", "fixtures")
    locum("world", "restore", name)
    assert len(send.get("/api/keys").json()) == 2
    assert "There is no fixture 'nothing'" in locum("world", "restore", "nothing", ends=2)


def test_records_are_listed_and_shown(locum, send):
    assert "ApiKey" in locum("world", "records")
    key = next(iter(json.loads(locum("world", "records", "ApiKey"))))
    assert json.loads(locum("world", "records", "ApiKey", key))["id"] == key


def test_the_clock_is_frozen_moved_and_resumed(locum, send):
    assert "frozen" in locum("clock", "freeze")
    assert locum("clock", "advance", "1d 2h") == "2026-01-02T11:00:01.000000Z  frozen\n"
    assert "2026-02-01T09:00:00.000000Z" in locum("clock", "set", "2026-02-01T09:00:00Z")
    assert "60 times real time" in locum("clock", "resume", "--rate", "60")
    assert "running" in locum("clock", "show")


def test_faults_are_added_listed_and_removed(locum, send):
    assert locum("fault", "add", "operation=listApiKeys, status=401, times=1") == "f1\n"
    assert send.get("/api/keys").status_code == 401
    assert "f1  1     operation=listApiKeys, times=1, status=401" in locum("fault", "list")
    locum("fault", "remove", "f1")
    assert "f1" not in locum("fault", "list")
    locum("fault", "clear")
    assert "Did you mean listApiKeys?" in locum("fault", "add", "operation=listApiKey, reset", ends=2)


def test_a_preference_is_set_listed_and_ended(locum, send):
    locum("fault", "prefer", "listApiKeys", "code=401")
    assert send.get("/api/keys").status_code == 401
    assert "code=401" in locum("fault", "preferences")
    locum("fault", "prefer", "listApiKeys", "")
    assert send.get("/api/keys").status_code == 200
    assert "Declared: 200, 401" in locum("fault", "prefer", "listApiKeys", "code=418", ends=2)


def test_the_journal_is_listed_shown_exported_and_cleared(locum, send):
    send.put("/api/keys/x")
    assert "    1 200 GET    /api/keys  (listApiKeys)" in locum("journal", "list")
    assert "DELETE and GET are." in locum("journal", "show", "2")
    assert json.loads(locum("journal", "export", "har"))["log"]["version"] == "1.2"
    assert locum("journal", "export", "curl").startswith("curl -i")
    locum("journal", "clear")
    assert locum("journal", "list") == ""


def test_verification_exits_like_a_test(locum, send):
    assert "Expectations met" in locum("journal", "verify", "listApiKeys once status 200", "--nothing-undeclared")
    output = locum("journal", "verify", "listApiKeys never", ends=1)
    assert output == "Expected no calls to listApiKeys; found 1. Found: #1 GET /api/keys.\n"


def test_an_unreachable_server_is_reported():
    output = CliRunner().invoke(main, ["world", "list", "--url", "http://127.0.0.1:9"])

    assert output.exit_code == 2
    assert "No locum responds at http://127.0.0.1:9" in output.output
