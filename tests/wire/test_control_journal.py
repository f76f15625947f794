"""The journal over HTTP: read, exported, streamed, verified; secrets are redacted."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from threading import Event, Thread

import pytest
import yaml
from click.testing import CliRunner

from locum.cli import main
from locum.client import Connection, Rejected, World
from locum.server.tokens import Tokens
from locum.settings import Settings
from locum.world.clock import EPOCH
from tests.conftest import ADA
from tests.wire.serving import Server

TOKEN = Tokens().sign(ADA, EPOCH.timestamp())
SECRETS = ["hunter2-the-password", TOKEN, "alto_sk_"]


@pytest.fixture(scope="module")
def bundled():
    server = Server(Settings(cache=False))
    yield server
    server.stop()


@pytest.fixture
def here(bundled, world):
    connection = Connection("http://{}:{}".format(*bundled.address))
    yield World(connection, world[:50].strip("-"))
    connection.close()


@pytest.fixture
def life(bundled, here):
    """Send requests that create, return and reject secrets; return the secret of the created key."""

    def send(method, path, sent=None, **headers):
        return bundled(method, path, sent, world=here.name, Authorization=f"Bearer {TOKEN}", **headers)

    made = send("POST", "/api/keys", {"name": "Reports é 'quoted'", "permissions": ["workflows:read"]}).json["data"]
    send("GET", "/api/keys", X_API_Key=made["secret"])
    credential = {"host": "h.example", "port": 22, "username": "ada", "password": SECRETS[0], "remote_path": "/"}
    files = {"credential_type": "user", "provider": "sftp", "name": "Files", "credentials": credential}
    send("POST", "/api/integrations/credentials", files)
    send("DELETE", "/api/keys/nothing", Cookie=f"session={made['secret']}")
    send("PUT", f"/api/keys/{made['key']['id']}")
    send("DELETE", f"/api/keys/{made['key']['id']}")
    return made["secret"]


def test_no_export_of_the_journal_contains_a_secret(here, life):
    output = [
        json.dumps(here.journal.entries()),
        json.dumps(here.journal.export("har")),
        here.journal.export("curl"),
        here.journal.export("pytest"),
        here.journal.export("arazzo"),
        here.ask("GET", "/journal/stream", wait=0),
    ]

    for text in output:
        assert "createApiKey" in text or "/api/keys" in text
        assert life not in text
        assert TOKEN not in text
        assert SECRETS[0] not in text


def test_entries_are_read_filtered_and_cleared(here, life):
    assert [entry["operation"] for entry in here.journal.entries(status="4XX")][-2:] == ["deleteApiKey", ""]
    assert {entry["status"] // 100 for entry in here.journal.entries(status="4XX")} == {4}
    assert [entry["number"] for entry in here.journal.entries(after=1, limit=2)] == [2, 3]
    assert here.ask("GET", "/journal/1")["operation"] == "createApiKey"
    here.journal.clear()
    assert here.journal.entries() == []
    with pytest.raises(Rejected, match=r"No entry has this number\. Existing entries: none\."):
        here.ask("GET", "/journal/1")


def test_an_unmatched_request_has_near_misses(here, life):
    (entry,) = here.journal.entries(undeclared=True)

    assert entry["near_misses"][0] == "PUT /api/keys/{id} is not declared; DELETE and GET are."


def test_verification_reports_what_differs_from_the_expectation(here, life):
    key = here.journal.entries(operation="deleteApiKey", status="204")[0]["parameters"]["path"]["id"]
    here.journal.verify(f"deleteApiKey once with id={key}", {"operation": "createApiKey", "times": 1}, in_order=False)
    with pytest.raises(AssertionError, match="Expected no calls to listApiKeys; found 1"):
        here.journal.verify("listApiKeys never")
    with pytest.raises(
        AssertionError, match=r"PUT /api/keys/\S+ matches no operation\. PUT /api/keys/{id} is not declared"
    ):
        here.journal.verify(nothing_undeclared=True)
    with pytest.raises(Rejected, match=r"Did you mean deleteApiKey\?"):
        here.journal.verify("deleteApiKeys once")


def test_the_exported_curl_line_sends_the_same_request(bundled, here, life):
    bundled(
        "POST",
        "/api/keys",
        {"name": "It's $HOME `x`", "permissions": ["workflows:read"]},
        world=here.name,
        Authorization=f"Bearer {TOKEN}",
    )
    command = here.ask("GET", f"/journal/{here.journal.entries(limit=1)[0]['number']}/curl")
    command = command.replace("http://127.0.0.1", "http://127.0.0.1", 1)
    shown = subprocess.run(
        ["sh", "-c", command.rstrip("\n") + " -s"],
        env={**os.environ, "LOCUM_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    words = shlex.split(command)

    assert words[:2] == ["curl", "-i"]
    assert shown.startswith("HTTP/1.1 201")
    assert here.journal.entries(limit=1)[0]["request"]["body"]["name"] == "It's $HOME `x`"


def test_the_exported_module_passes_in_a_fresh_world_and_fails_when_the_server_changes(here, life, tmp_path):
    (tmp_path / "test_again.py").write_text(here.journal.export("pytest"), encoding="utf-8")

    def run(world, token):
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "test_again.py"],
            cwd=tmp_path,
            env={**os.environ, "LOCUM_URL": here.connection.url, "LOCUM_TOKEN": token, "LOCUM_WORLD": world},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    again = run(here.name + "-again", TOKEN)
    assert "1 passed" in again.stdout, again.stdout + again.stderr
    assert "1 failed" in run(here.name + "-again", "wrong").stdout


def test_exported_scenarios_are_replayed_on_a_server_with_other_identifiers(here, life, tmp_path):
    file = tmp_path / "recorded.yaml"
    file.write_text(here.journal.export("arazzo"), encoding="utf-8")
    keys, credentials = yaml.safe_load(file.read_text())["workflows"]
    made, *_, deleted = keys["steps"]
    other = Server(Settings(cache=False, seed=99))
    try:
        words = ["--url", "http://{}:{}".format(*other.address), "--token", TOKEN, "--phases", "directed", "-q"]
        output = CliRunner().invoke(main, ["verify", *words, "--scenarios", str(file)])
        send_request = other.application.worlds.default.journal.entries
    finally:
        other.stop()

    assert made["outputs"] == {"id": "$response.body#/data/key/id"}
    assert deleted["parameters"] == [
        {"name": "id", "in": "path", "value": f"$steps.{made['stepId']}.outputs.id"}
    ]  # fmt: skip
    assert [step["operationId"] for step in credentials["steps"]] == ["createCredential"]
    assert "L072" not in output.output, output.output
    assert "left out" not in output.output
    assert [entry.status for entry in send_request if entry.operation == "deleteApiKey"][:2] == [404, 204]


def test_a_request_of_an_anonymous_caller_is_recorded(bundled, here):
    bundled("GET", "/api/keys?limit=5", world=here.name)
    bundled("GET", "/api/keys?limit=5&tag=a&tag=b", world=here.name, Authorization=f"Bearer {TOKEN}")
    (workflow,) = yaml.safe_load(here.journal.export("arazzo"))["workflows"]

    assert workflow["steps"][0]["parameters"][-1] == {"name": "Authorization", "in": "header", "value": ""}
    assert workflow["steps"][0]["successCriteria"] == [{"condition": "$statusCode == 401"}]
    assert [one["value"] for one in workflow["steps"][1]["parameters"]] == ["5", ["a", "b"]]


def test_the_har_archive_is_valid(here, life):
    log = here.journal.export("har")["log"]

    assert (log["version"], log["creator"]["name"]) == ("1.2", "locum")
    for entry in log["entries"]:
        assert entry.keys() >= {"startedDateTime", "time", "request", "response", "cache", "timings"}
        assert entry["request"].keys() >= {
            "method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"
        }  # fmt: skip
        assert entry["response"].keys() >= {
            "status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize", "bodySize"
        }  # fmt: skip
        assert entry["request"]["url"].startswith(here.connection.url)
    assert json.loads(log["entries"][0]["request"]["postData"]["text"])["name"].startswith("Reports")


def test_the_stream_sends_existing_entries_and_those_that_were_missed(here, life):
    everything = here.ask("GET", "/journal/stream", wait=0)
    rest = here.ask("GET", "/journal/stream", wait=0, after=4)

    assert [line for line in everything.splitlines() if line.startswith("id: ")] == [f"id: {n}" for n in range(1, 7)]
    assert [line for line in rest.splitlines() if line.startswith("id: ")] == ["id: 5", "id: 6"]


def test_the_stream_continues_after_a_reset_and_reports_it(bundled, here, life):
    lines, came = [], Event()

    def follow():
        connection = Connection(here.connection.url)
        for line in connection.lines("/journal/stream", world=here.name, after=6):
            lines.append(line)
            if line.startswith(("retry", "id")):
                came.set()
            if lines.count("event: entry") == 2:
                return

    thread = Thread(target=follow)
    thread.start()
    assert came.wait(10)
    came.clear()
    bundled("GET", "/nowhere", world=here.name)
    assert came.wait(10)
    here.reset()
    bundled("GET", "/nowhere", world=here.name)
    thread.join(10)

    assert not thread.is_alive()
    events = [line.partition(": ")[2] for line in lines if line.startswith(("id", "event"))]
    assert events == ["7", "entry", "reset", "1", "entry"]


def test_a_stream_of_an_unused_world_is_rejected(here):
    with pytest.raises(Rejected, match="it was not used yet"):
        here.ask("GET", "/journal/stream", wait=0)


def test_the_stream_of_a_dropped_world_ends_and_does_not_recreate_it(bundled, here, life):
    began, lines = Event(), []

    def follow():
        connection = Connection(here.connection.url)
        for line in connection.lines("/journal/stream", world=here.name):
            lines.append(line)
            began.set()

    thread = Thread(target=follow)
    thread.start()
    assert began.wait(10)
    here.drop()
    thread.join(10)

    assert not thread.is_alive()
    assert here.name not in [world.name for world in bundled.application.worlds.all()]
