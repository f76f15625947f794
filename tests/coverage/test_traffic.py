"""Coverage of traffic: archives and the journal of a running locum are validated and counted."""

from __future__ import annotations

import base64
import json

import httpx
import pytest
from click.testing import CliRunner

from locum.cli import main
from locum.settings import Settings
from locum.verify.observed.har_files import NoArchive, archived
from tests.conftest import bearer
from tests.wire.serving import Server

PET = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string", "minLength": 3}, "token": {"type": "string", "pattern": "^t-[0-9]{4}$"}},
}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "servers": [{"url": "/v1"}],
    "paths": {
        "/pets/{id}": {
            "get": {
                "operationId": "getPet",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "responses": {
                    "200": {"description": "x", "content": {"application/json": {"schema": PET}}},
                    "404": {"description": "none"},
                },
            }
        }
    },
}


def entry(body, *, path="/v1/pets/1", status=200, **more):
    content = {"mimeType": "application/json", **({"text": json.dumps(body)} if body is not None else {})}
    return {
        "time": 12.5,
        "request": {"method": "GET", "url": "https://pets.test" + path, "headers": [{"name": ":path", "value": "x"}]},
        "response": {
            "status": status,
            "headers": [{"name": "Content-Type", "value": "application/json"}] if body is not None else [],
            "content": content,
        },
        **more,
    }


@pytest.fixture
def covered(tmp_path):
    """Return a function that prints the coverage of an archive with some entries."""
    document = tmp_path / "pets.json"
    document.write_text(json.dumps(DOCUMENT))

    def run(*entries, arguments=()):
        file = tmp_path / "traffic.har"
        file.write_text(json.dumps({"log": {"version": "1.2", "entries": list(entries)}}))
        return CliRunner().invoke(main, ["coverage", str(file), "--spec", str(document), *arguments])

    return run


def test_an_archive_is_validated_and_counted(covered):
    output = covered(entry({"name": "Rex"}), entry(None, path="/v1/pets/2", status=404))

    assert output.exit_code == 0, output.output
    assert output.output == "pets: 80.0 % of the contract was seen (statuses 2/2, responses 2/3).\n"


def test_responses_that_break_the_contract_are_reported_and_not_counted(covered):
    output = covered(entry({}), entry({}), entry({"name": "Rex"}, status=500))

    assert output.output.splitlines()[:3] == [
        "Responses that break their contract:",
        "  GET /v1/pets/1 (getPet), L020: /name is required. (2 times)",
        "  GET /v1/pets/1 (getPet), L001: Status 500 is not declared. Declared: 200, 404.",
    ]
    assert "statuses 0/2, responses 0/3; 3 invalid responses not counted" in output.output


def test_requests_to_undeclared_operations_are_reported(covered):
    output = covered(entry(None, path="/other"), entry(None, path="/v1/pets"))

    assert output.output.startswith(
        "Requests that match no operation:\n  GET /other\n  GET /v1/pets\n",
    )  # fmt: skip


def test_redacted_values_of_a_journal_are_not_violations(covered):
    output = covered(entry({"name": "Rex", "token": "[redacted]"}), entry({"name": "Rex", "token": "t-12"}))

    assert output.output.count("L025") == 1
    assert "statuses 1/2" in output.output


def test_an_incomplete_body_is_not_validated(covered):
    cut = entry({"na": 1}, _locum={"whole": False})
    short = entry({"na": 1})
    short["response"]["content"]["size"] = 10_000

    assert "statuses 1/2, responses 0/3)" in covered(cut, short).output


def test_an_uncovered_cell_has_a_suggested_request(covered):
    output = covered(entry({"name": "Rex"}), arguments=["--missing", "--url", "http://127.0.0.1:9"])
    assert output.exit_code == 2  # no server

    output = covered(entry({"name": "Rex"}), arguments=["--missing"])
    assert "  No response 404.  [status 404]\n    curl -i http://127.0.0.1:4010/v1/pets/" in output.output


def test_the_journal_of_a_running_locum_counts_by_world(tmp_path):
    server = Server(Settings(cache=False))
    url = "http://{}:{}".format(*server.address)
    try:
        with httpx.Client(base_url=url, headers=bearer()) as client:
            for world in ("one", "two"):
                client.get("/api/keys", headers={"X-Locum-World": world})
            made = {"name": "Mine", "permissions": ["sites:read"]}
            client.post("/api/keys", json=made, headers={"X-Locum-World": "two"})
            client.get("/nowhere", headers={"X-Locum-World": "two"})
        one = CliRunner().invoke(main, ["coverage", "--url", url, "--world", "one"])
        both = CliRunner().invoke(main, ["coverage", "--url", url, "--to", str(tmp_path / "all.json")])
        again = CliRunner().invoke(main, ["coverage", str(tmp_path / "all.json")])
        unknown = CliRunner().invoke(main, ["coverage", "--url", url, "--world", "none"])
    finally:
        server.stop()

    assert one.output.startswith("api-keys: 6.2 % of the contract was seen (statuses 1/15, ")
    assert both.output.startswith("Requests that match no operation:\n  GET /nowhere\napi-keys: ")
    assert "statuses 2/15" in both.output
    assert "credentials: 0.0 %" in both.output
    assert again.output == "".join(both.output.splitlines(keepends=True)[2:])
    assert unknown.exit_code == 2


@pytest.mark.parametrize("arguments", [[], ["--spec", "x.yaml"]])
def test_a_source_is_required(arguments):
    output = CliRunner().invoke(main, ["coverage", *arguments])

    assert output.exit_code == 2
    assert "Missing FILES or --url." in output.output


def test_archives_of_browsers_are_read():
    browser = entry({"name": "Rex"})
    browser["response"]["content"] |= {"encoding": "base64", "text": base64.b64encode(b'{"a":1}').decode(), "size": 7}
    browser["response"]["headers"] += [{"name": "Vary", "value": "a"}, {"name": "vary", "value": "b"}]
    one = archived({"log": {"entries": [browser]}})[0]

    assert (one.response_body, one.cut, one.headers) == (b'{"a":1}', False, {})
    assert one.response_headers["vary"] == "a, b"
    assert one.seconds == pytest.approx(0.0125)


@pytest.mark.parametrize(
    "content", [None, {}, {"log": []}, {"log": {"entries": [{}]}}, {"log": {"entries": [entry(None) | {"time": "x"}]}}]
)
def test_a_file_that_is_not_an_archive_is_rejected(content):
    with pytest.raises(NoArchive):
        archived(content)
