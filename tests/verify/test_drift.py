"""Drift: a scenario is replayed on two servers, and their differences are reported, except generated values."""

from __future__ import annotations

import json

import httpx
import pytest
from click.testing import CliRunner

from locum.cli import main
from locum.client import Connection, World
from locum.server.tokens import Tokens
from locum.settings import Settings
from locum.verify.drift import differences
from locum.verify.exchanges import Shown
from locum.verify.scenarios.replay import is_volatile, kind_of
from locum.world.clock import EPOCH
from locum.world.faults import fault_of
from tests.conftest import ADA, ROOT, bearer, token
from tests.wire.serving import Server


@pytest.fixture
def server():
    server = Server(Settings(cache=False, seed=99))
    yield server
    server.stop()


@pytest.fixture
def scenario(server, tmp_path):
    """The lifecycle of a key, exported from the journal of another server."""
    url = "http://{}:{}".format(*server.address)
    with httpx.Client(base_url=url, headers={**bearer(), "X-Locum-World": "recorded"}) as client:
        made = client.post("/api/keys", json={"name": "Mine", "permissions": ["sites:read"]}).json()["data"]["key"]
        client.get(f"/api/keys/{made['id']}")
        client.post(f"/api/keys/{made['id']}/rotate")
        client.delete(f"/api/keys/{made['id']}")
        client.get(f"/api/keys/{made['id']}")
    connection = Connection(url)
    file = tmp_path / "life.har"
    file.write_text(json.dumps(World(connection, "recorded").journal.export("har")), encoding="utf-8")
    connection.close()
    return file


def drift(server, scenario, *words):
    url = "http://{}:{}".format(*server.address)
    return CliRunner().invoke(main, ["drift", str(scenario), "--url", url, "--token", token(), *words])


def test_two_equal_servers_do_not_differ_despite_different_ids(server, scenario):
    output = drift(server, scenario)

    assert (output.exit_code, output.output) == (0, "life.har: 5 requests.\n")
    statuses = [entry.status for entry in server.application.worlds.default.journal.entries]
    assert statuses == [201, 200, 200, 204, 404]


def test_differences_are_reported_and_exit_with_1(server, scenario):
    server.application.worlds.default.faults.add(fault_of("operation=getApiKey, status=401"))
    output = drift(server, scenario)

    assert output.exit_code == 1
    lines = [line.partition("  ")[2] for line in output.output.splitlines() if "getApiKey" not in line and "  " in line]
    assert lines == [
        "status: the mock responds 200, the server 401",
        "status: the mock responds 404, the server 401",
    ]


def test_an_unreachable_server_and_an_invalid_file_are_reported(scenario, tmp_path):
    gone = CliRunner().invoke(main, ["drift", str(scenario), "--url", "http://127.0.0.1:9"])
    (tmp_path / "none.har").write_text("{}")
    none = CliRunner().invoke(main, ["drift", str(tmp_path / "none.har"), "--url", "http://127.0.0.1:9"])

    assert (gone.exit_code, none.exit_code) == (3, 2)
    assert "none.har: neither an Arazzo document nor an HTTP Archive." in none.output


SCENARIO = """
arazzo: 1.0.1
info: {title: T, version: "1"}
sourceDescriptions: [{name: keys, url: api-keys.yaml, type: openapi}]
workflows:
  - workflowId: life
    inputs: {type: object, properties: {someone: {type: string, x-locum-token: {role: admin}}}}
    steps:
      - stepId: make
        operationId: createApiKey
        requestBody: {payload: {name: Mine, permissions: ["sites:read"]}}
        successCriteria: [{condition: $statusCode == 201}]
        outputs: {id: $response.body#/data/key/id}
      - stepId: read
        operationId: getApiKey
        parameters:
          - {name: id, in: path, value: $steps.make.outputs.id}
          - {name: Authorization, in: header, value: "Bearer {$inputs.someone}"}
        successCriteria: [{condition: $statusCode == 200}]
      - stepId: delete
        operationId: deleteApiKey
        parameters: [{name: id, in: path, value: $steps.make.outputs.id}]
"""


@pytest.fixture
def workflow(tmp_path):
    file = tmp_path / "life.yaml"
    file.write_text(SCENARIO, encoding="utf-8")
    return file


def test_a_scenario_is_replayed_on_both_servers_with_the_users_of_each(server, workflow):
    output = drift(server, workflow, "--input", f"someone={token()}")

    assert (output.exit_code, output.output) == (0, "life: 3 requests.\n")


def test_the_token_of_the_server_is_not_sent_to_the_mock(workflow):
    """The server signs with another secret, so the mock needs its own tokens."""
    tokens = Tokens("another-secret-that-only-this-server-knows")
    other = Server(Settings(cache=False, jwt_secret="another-secret-that-only-this-server-knows"))
    try:
        theirs = tokens.sign(ADA, EPOCH.timestamp())
        words = [str(workflow), "--url", "http://{}:{}".format(*other.address), "--token", theirs]
        output = CliRunner().invoke(main, ["drift", *words, "--input", f"someone={theirs}"])
    finally:
        other.stop()

    assert (output.exit_code, output.output) == (0, "life: 3 requests.\n")


def test_a_scenario_that_fails_on_one_server_is_reported(server, workflow):
    server.application.worlds.default.faults.add(fault_of("operation=getApiKey, status=401"))
    output = drift(server, workflow, "--input", f"someone={token()}")

    assert output.exit_code == 1
    lines = [line.partition("  ")[2] for line in output.output.splitlines() if "  " in line]
    assert lines == ["status: the mock responds 200, the server 401", "step: only the mock reached this step"]


def test_a_scenario_with_a_missing_input_is_skipped_and_reported(server, workflow):
    output = drift(server, workflow)

    assert (output.exit_code, output.output) == (0, "life: skipped, as the input 'someone' is not given.\n")


def test_drift_has_reports(server, scenario, tmp_path):
    server.application.worlds.default.faults.add(fault_of("operation=rotateApiKey, status=500"))
    page, form = tmp_path / "drift.html", tmp_path / "drift.json"
    drift(server, scenario, "--report", f"html={page}", "--report", f"json={form}")
    output = json.loads(form.read_text())

    assert "the mock responds 200, the server 500" in page.read_text()
    assert (output["clean"], output["contracts"]) == (False, [])
    assert [difference["step"] for difference in output["drift"][0]["partings"]] == [3]
    assert drift(server, scenario, "--report", "sarif=x").exit_code == 2


def test_verify_reports_drift_too(server, workflow, tmp_path):
    server.application.worlds.default.faults.add(fault_of("operation=deleteApiKey, status=401"))
    url = "http://{}:{}".format(*server.address)
    page = tmp_path / "verify.html"
    words = [
        "--url",
        url,
        "--token",
        token(),
        "--scenarios",
        workflow,
        "--input",
        f"someone={token()}",
        "--phases",
        "directed",
    ]
    keys = ROOT / "specs" / "api-keys.yaml"
    output = CliRunner().invoke(main, [*map(str, ["verify", keys, *words, "--drift", "--report", f"html={page}"])])
    without = CliRunner().invoke(main, ["verify", str(keys), "--drift"])

    assert "status: the mock responds 204, the server 401" in output.output
    assert "<h2>Drift</h2>" in page.read_text()
    assert (without.exit_code, "--drift compares" in without.output) == (2, True)


def shown(body, status=200, **headers):
    return Shown(
        method="GET",
        url="/x",
        status=status,
        response_headers={"content-type": "application/json", **headers},
        response_body=json.dumps(body).encode(),
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "places"),
    [
        (
            {"id": "key_1a2b3c4d", "at": "2026-01-01T00:00:00Z"},
            {"id": "key_9z8y7x6w", "at": "2026-05-01T10:00:00+02:00"},
            [],
        ),
        ({"a": 1}, {"a": 2}, []),
        ({"a": "text"}, {"a": "other"}, ["/a"]),
        ({"a": True}, {"a": False}, ["/a"]),
        ({"a": 1}, {"a": "1"}, ["/a"]),
        ({"a": 1}, {"b": 1}, ["/a", "/b"]),
        ({"a": None}, {"a": 1}, ["/a"]),
        ([{"x/y": "a"}], [{"x/y": "b"}, {"x/y": "c"}], ["/0/x~1y"]),
        ([], [1], ["/"]),
        ({"at": "2026-01-01T00:00:00Z"}, {"at": "2026-01-01"}, ["/at"]),
    ],
)
def test_bodies_are_compared_by_location_and_volatile_values_by_kind(ours, theirs, places):
    assert [found.place for found in differences(shown(ours), shown(theirs))] == places


def test_missing_headers_and_other_media_types_are_reported():
    theirs = shown({}, **{"retry-after": "5", "date": "x"})
    page = Shown(
        method="GET", url="/x", status=200, response_headers={"content-type": "text/html"}, response_body=b"<p>"
    )

    assert [found.place for found in differences(shown({}), theirs)] == ["retry-after"]
    assert [found.place for found in differences(shown({}), page)] == ["content-type", "/"]


@pytest.mark.parametrize(
    ("value", "kind", "volatile"),
    [
        ("2026-01-01T00:00:00Z", "a moment", True),
        ("a7d1e4a2-6c3f-4a52-9d0e-0d4c1c1d2f3a", "a UUID", True),
        ("https://x.example/a", "a URL", True),
        ("api_key_2xi9mmjI", "an identifier", True),
        ("Nightly import", "a text", False),
        ("active", "a text", False),
        (5, "a number", True),
        (True, "a boolean", False),
        (None, "null", False),
    ],
)
def test_values_have_kinds(value, kind, volatile):
    assert (kind_of(value), is_volatile(value)) == (kind, volatile)
