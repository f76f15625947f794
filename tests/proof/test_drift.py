"""Drift: a scenario is replayed on two servers, and told is where they part - not what each makes anew."""

from __future__ import annotations

import json

import httpx
import pytest
from click.testing import CliRunner

from locum.cli import main
from locum.client import Connection, World
from locum.proof.drift.differing import differences
from locum.proof.drift.kinds import is_volatile, kind_of
from locum.proof.findings import Shown
from locum.settings import Settings
from locum.state.faults import fault_of
from tests.conftest import bearer, token
from tests.wire.serving import Server


@pytest.fixture
def server():
    server = Server(Settings(cache=False, seed=99))
    yield server
    server.stop()


@pytest.fixture
def scenario(server, tmp_path):
    """A life of a key, as the journal of another server tells it."""
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


def test_two_servers_that_behave_alike_do_not_differ_though_their_ids_do(server, scenario):
    told = drift(server, scenario)

    assert (told.exit_code, told.output) == (0, "life.har: 5 requests.\n")
    statuses = [entry.status for entry in server.application.worlds.default.journal.entries]
    assert statuses == [201, 200, 200, 204, 404]


def test_where_they_part_is_told_and_ends_with_1(server, scenario):
    server.application.worlds.default.faults.add(fault_of("operation=getApiKey, status=401"))
    told = drift(server, scenario)

    assert told.exit_code == 1
    lines = [line.partition("  ")[2] for line in told.output.splitlines() if "getApiKey" not in line and "  " in line]
    assert lines == [
        "status: the stand-in answers 200, the server 401",
        "status: the stand-in answers 404, the server 401",
    ]


def test_a_server_that_is_not_there_and_a_file_that_is_none_are_told(scenario, tmp_path):
    gone = CliRunner().invoke(main, ["drift", str(scenario), "--url", "http://127.0.0.1:9"])
    (tmp_path / "none.har").write_text("{}")
    none = CliRunner().invoke(main, ["drift", str(tmp_path / "none.har"), "--url", "http://127.0.0.1:9"])

    assert (gone.exit_code, none.exit_code) == (3, 2)
    assert "none.har: is no HTTP Archive" in none.output


def shown(body, status=200, **headers):
    return Shown(
        method="GET",
        url="/x",
        status=status,
        answer_headers={"content-type": "application/json", **headers},
        answer=json.dumps(body).encode(),
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
def test_bodies_are_compared_by_place_and_volatile_values_by_kind(ours, theirs, places):
    assert [found.place for found in differences(shown(ours), shown(theirs))] == places


def test_headers_that_only_one_sends_and_other_media_types_are_told():
    theirs = shown({}, **{"retry-after": "5", "date": "x"})
    page = Shown(method="GET", url="/x", status=200, answer_headers={"content-type": "text/html"}, answer=b"<p>")

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
def test_a_value_is_of_a_kind(value, kind, volatile):
    assert (kind_of(value), is_volatile(value)) == (kind, volatile)
