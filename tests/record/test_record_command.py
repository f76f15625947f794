"""`locum record`: from HTTP Archives and journals to a fixture, and what it prints."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from locum.cli import main
from locum.openapi.paths import expressions_of
from locum.server.application import create
from tests.conftest import ROOT
from tests.record.session import LIBRARY, Session, files, served, settings
from tests.wire.serving import Server

BOOK = {"id": 1, "title": "Book 1", "self": "https://api.library.example/v1/books/1"}


def entry(method, url, status, body=None, sent=None):
    text = "" if body is None else json.dumps(body)
    request = {"method": method, "url": url, "headers": [{"name": "Content-Type", "value": "application/json"}]}
    if sent is not None:
        request["postData"] = {"mimeType": "application/json", "text": json.dumps(sent)}
    return {
        "request": request,
        "response": {
            "status": status,
            "headers": [{"name": "Content-Type", "value": "application/json"}],
            "content": {"size": len(text), "text": text},
        },
    }


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run_it(*arguments):
        return CliRunner().invoke(main, ["record", str(LIBRARY), *map(str, arguments)])

    return run_it


def test_an_archive_becomes_a_fixture(run, tmp_path):
    root = "https://api.library.example/v1"
    entries = [
        entry("GET", f"{root}/books/1", 200, BOOK),
        entry("GET", f"{root}/books/2", 500),
        entry("GET", "https://other.example/x.js", 200),
    ]
    (tmp_path / "session.har").write_text(json.dumps({"log": {"entries": entries}}))
    result = run("--from-har", "session.har")

    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "/books: 1 new",
        "Wrote fixtures/library. Serve it with: locum serve ... --fixture fixtures/library",
    ]
    assert result.stderr.splitlines() == [
        "note: 1 exchange not recorded: status 500.",
        "note: 1 exchange not recorded: no operation is declared for it.",
    ]
    assert served(tmp_path / "fixtures/library")("GET", "/books/1", 200)["self"] == "http://testserver/books/1"
    again = run("--from-har", "session.har", "--to", "fixtures/library")
    assert again.stdout.splitlines()[0] == "/books: 1 unchanged"


def test_the_journal_of_a_mock_becomes_a_fixture(run, tmp_path):
    http = TestClient(create(settings(state=tmp_path / "state")))
    made = http.post("/books", json={"title": "Made", "genre": "novel"}).json()
    http.post("/quotes", json={"pages": 1})
    (tmp_path / "journal.har").write_text(http.get("/__locum/journal/har").text)
    result = run("--base-path", "", "--from-journal", "journal.har", "--state", "state", "--to", "made")

    assert result.exit_code == 0, result.output
    assert files(tmp_path / "state" / "made")["books.json"]["/books"][0]["id"] == made["id"]
    again = TestClient(create(settings(state=tmp_path / "state", fixture="made")))
    assert again.get(f"/books/{made['id']}").json()["title"] == "Made"


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        (None, [], "Missing traffic. Give --upstream URL, --from-har FILE or --from-journal FILE."),
        (None, ["--from-har", "none.har"], "none.har: cannot be read: No such file or directory."),
        ("{", ["--from-har", "a.har"], "a.har: not valid JSON"),
        ("[]", ["--from-har", "a.har"], "Not an HTTP Archive."),
        (
            {"log": {"entries": []}},
            ["--from-har", "a.har"],
            "No request is for an operation of the documents below /v1.",
        ),
        ({"log": {"entries": []}}, ["--from-har", "a.har", "--to", "a.har"], "a.har: is not a folder."),
        (None, ["--from-journal", "http://127.0.0.1:9"], "127.0.0.1:9"),
    ],
)
def test_bad_input_ends_with_a_message(run, tmp_path, content, arguments, message):
    if content is not None:
        (tmp_path / "a.har").write_text(content if isinstance(content, str) else json.dumps(content))
    result = run(*arguments)

    assert result.exit_code == 2
    assert message in result.output


def test_drift_since_a_recording(tmp_path, monkeypatch):
    book = {"id": 1, "title": "Book 1", "authorId": "a1", "genre": "novel"}
    folder = tmp_path / "shop"
    before = Session(folder, redact=("by",))
    before("GET", "/books", 200, {"items": [book, {**book, "id": 2}, {**book, "id": 3}], "total": 3})
    before("GET", "/books/1/reviews", 200, [{"id": 1, "text": "Good", "by": "Ann Other"}])
    before(
        "GET", "/authors/a1", 200, {"id": "a1", "name": "Ann", "email": "ann@example.org", "apiToken": "old-old-old"}
    )
    before.save()
    today = Session(tmp_path / "today")
    today("GET", "/books", 200, {"items": [{**book, "title": "New"}, {**book, "id": 2}, {**book, "id": 4}], "total": 3})
    today("GET", "/books/1/reviews", 200, [{"id": 1, "text": "Good", "by": "Ann Other"}])
    today("GET", "/authors/a1", 200, {"id": "a1", "name": "Ann", "email": "ann@example.org", "apiToken": "new-new-new"})
    today.save()
    server = Server(settings(fixture=str(tmp_path / "today"), allowed_host=()))
    url = f"http://127.0.0.1:{server.address[1]}"
    try:
        run = CliRunner().invoke(
            main,
            ["drift", "--fixture", str(folder), "--spec", str(LIBRARY), "--base-path", "", "--url", url],
        )
    finally:
        server.stop()

    assert run.stdout.splitlines() == [
        '/books 1. GET /books  1/title: was "Book 1", is "New" now',
        "/books 2. GET /books/3  3/: it is gone",
        "/books 2. GET /books/3  4/: it is new",
    ]
    assert run.exit_code == 1


def test_a_mock_and_its_recording_respond_alike(tmp_path):
    team = ROOT / "docs" / "examples" / "team.yaml"
    application = create(settings(specs=(team,)))
    (service,) = application.services
    http, world, targets = TestClient(application), application.worlds.default, []
    for (path, method), operation in service.contract.operations.items():
        if method == "get" and not any(one.required and one.location == "query" for one in operation.parameters):
            values = dict(zip(expressions_of(path), service.behaviour.path_values(operation, world), strict=True))
            targets.append(path.format(**values))
    before = [http.get(target) for target in targets]
    (tmp_path / "journal.har").write_text(http.get("/__locum/journal/har").text)
    to = ["--base-path", "", "--from-journal", str(tmp_path / "journal.har"), "--to", str(tmp_path / "team")]
    result = CliRunner().invoke(main, ["record", str(team), *to])
    assert result.exit_code == 0, result.output
    again = TestClient(create(settings(specs=(team,), fixture=str(tmp_path / "team"), empty=True)))
    after = [again.get(target) for target in targets]

    assert [(one.url.path, one.status_code, one.content) for one in after] == [
        (one.url.path, one.status_code, one.content) for one in before
    ]
    assert len(targets) > 10
