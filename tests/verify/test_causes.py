"""Causes: findings that one fix removes are one, ordered by harm; a baseline accepts them; replays show them again."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace

import pytest
import yaml
from click.testing import CliRunner

from locum.cli import main
from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import read
from locum.verify.behaviour.phase import behaviours, is_local
from locum.verify.checking.findings import FindingCollector
from locum.verify.coverage.coverage import Coverage
from locum.verify.directed.directing import Seen, SoFar
from locum.verify.exchanges import Ended, Exchange, FailedCheck, Progress, Shown, Skipped
from locum.verify.plans import Plan
from locum.verify.replays.arazzo_file import content_of
from locum.verify.replays.replay import Replay, ReplayStep
from locum.verify.run import verify_contract
from tests.verify.behaving import ADA, BRAM, STYLES, Behaving, document_of

STYLE = STYLES["items"]


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """No schemathesis.toml above, and no tokens in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("LOCUM_TOKEN", "LOCUM_OTHER_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def document(tmp_path):
    file = tmp_path / "books.json"
    file.write_text(json.dumps(document_of(STYLE)))
    return file


@pytest.fixture
def found(document):
    """Return a function that checks the behaviour of a server with some defects."""

    def check(*defects, **planned):
        plan = {"base_url": "http://books.test", "token": ADA, "other_token": BRAM, "seed": 7, **planned}
        server = Behaving(STYLE, frozenset(defects))
        plan = Plan(application=server, phases=("behaviour",), **plan)
        return verify_contract(compile_contract(read(document, None)), plan)

    return check


@pytest.fixture
def verify(document):
    """Return a function that runs the command against a server."""

    def run(url, *arguments):
        fixed = ("--url", url, "--token", ADA, "--other-token", BRAM, "--phases", "behaviour", "--seed", "7", "-q")
        return CliRunner().invoke(main, ["verify", str(document), *fixed, *map(str, arguments)])

    return run


def test_members_that_one_operation_loses_are_one_cause(found):
    run = found("lost update", replays=False)

    assert len(run.findings) > 3
    assert [(cause.code, len(cause.findings)) for cause in run.causes] == [("L120", len(run.findings))]


def test_a_check_that_is_missing_everywhere_is_one_cause_with_its_places(found):
    run = found("side door", replays=False)

    (cause,) = run.causes
    assert cause.code == "L062"
    assert {"GET /books", "GET /books/{id}", "DELETE /books/{id}"} <= set(cause.places)


def test_causes_come_in_the_order_of_their_harm(found):
    run = found("no filter", "lost update", "any remover", replays=False)

    assert [cause.code for cause in run.causes] == ["L162", "L120", "L146"]


def test_a_fingerprint_does_not_depend_on_identifiers_and_seeds(found):
    one, other = (found("lost update", replays=False, seed=seed) for seed in (7, 8))

    assert [cause.fingerprint for cause in one.causes] == [cause.fingerprint for cause in other.causes]


def test_replays_are_short_and_were_seen_again(found):
    causes = found("no filter", "glass list", "half update").causes

    assert len(causes) == 4  # an update is a PATCH or a PUT
    for cause in causes:
        assert cause.replay.confirmed
        assert len(cause.replay.steps) <= 4


def test_a_replay_keeps_the_request_at_fault(found):
    (cause,) = found("lost update").causes

    assert [step.operation.operation_id for step in cause.replay.steps] == ["createRecord", "patchRecord", "readRecord"]


def test_a_replay_shows_on_a_fresh_wrong_server_and_not_on_the_right_one(served, verify, tmp_path):
    verify(served(Behaving(STYLE, frozenset({"sweeping"}))), "--replays", tmp_path / "replays")
    (file,) = (tmp_path / "replays").glob("*.yaml")

    wrong, right = (served(Behaving(STYLE, frozenset(defects))) for defects in ({"sweeping"}, set()))
    ended = [CliRunner().invoke(main, ["replay", str(file), "--url", url, "--token", ADA]) for url in (wrong, right)]

    assert [(one.exit_code, one.output.splitlines()[-1].partition(":")[0]) for one in ended] == [
        (1, "It still shows"),
        (0, "It no longer shows"),
    ]


@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("curl")), reason="the script needs curl and jq")
def test_the_script_of_a_replay_runs(served, verify, tmp_path):
    verify(served(Behaving(STYLE, frozenset({"sweeping"}))), "--replays", tmp_path / "replays")
    (file,) = (tmp_path / "replays").glob("*.sh")

    done = subprocess.run(
        ["sh", str(file), served(Behaving(STYLE, frozenset({"sweeping"})))],
        env={"LOCUM_TOKEN": ADA, "PATH": "/usr/local/bin:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "204 No Content" in done.stdout
    assert done.stdout.rpartition("HTTP/1.1 ")[2].startswith("404")


def test_files_of_replays_have_no_credentials(served, verify, tmp_path):
    verify(served(Behaving(STYLE, frozenset({"glass list"}))), "--replays", tmp_path / "replays")

    texts = "".join(file.read_text() for file in (tmp_path / "replays").iterdir())
    assert ADA not in texts
    assert BRAM not in texts
    assert "$LOCUM_OTHER_TOKEN" in texts


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[", "replay.yaml"),
        ("{}", "this is no replay"),
        ("{arazzo: 1.0.1, workflows: []}", "this is no replay"),
        ("{arazzo: 1.0.1, workflows: [{workflowId: a, steps: []}]}", "it names no contract"),
    ],
)
def test_a_file_that_is_no_replay_is_an_error(served, tmp_path, content, said):
    file = tmp_path / "replay.yaml"
    file.write_text(content)

    done = CliRunner().invoke(main, ["replay", str(file), "--url", served(Behaving(STYLE))])

    assert done.exit_code == 2, done.output
    assert said in done.output


def test_known_causes_do_not_fail_and_are_listed_apart(served, verify, tmp_path):
    file = tmp_path / "known.yaml"
    url = served(Behaving(STYLE, frozenset({"no filter"})))

    first = verify(url, "--baseline", file, "--update-baseline")
    second = verify(url, "--baseline", file)

    assert "1 finding accepted" in first.output
    assert second.exit_code == 0, second.output
    assert "Known (1):" in second.output
    assert "L146 filter_ignored: GET /books, since " in second.output


def test_a_known_cause_keeps_its_reason_and_date(served, verify, tmp_path):
    file = tmp_path / "known.yaml"
    url = served(Behaving(STYLE, frozenset({"no filter"})))
    verify(url, "--baseline", file, "--update-baseline")
    content = yaml.safe_load(file.read_text())
    content["accept"][0] |= {"reason": "It is planned.", "since": "2026-01-02"}
    file.write_text(yaml.safe_dump(content))

    done = verify(url, "--baseline", file, "--update-baseline")

    assert "since 2026-01-02: It is planned." in done.output
    assert yaml.safe_load(file.read_text()) == content


def test_a_known_cause_that_no_longer_shows_is_reported(served, verify, tmp_path):
    file = tmp_path / "known.yaml"
    verify(served(Behaving(STYLE, frozenset({"no filter"}))), "--baseline", file, "--update-baseline")

    done = verify(served(Behaving(STYLE)), "--baseline", file)

    assert done.exit_code == 0, done.output
    assert "L146 filter_ignored: GET /books) is accepted, but was not found. Remove the entry." in done.output


def test_a_new_cause_fails_beside_known_ones(served, verify, tmp_path):
    file = tmp_path / "known.yaml"
    verify(served(Behaving(STYLE, frozenset({"no filter"}))), "--baseline", file, "--update-baseline")

    done = verify(served(Behaving(STYLE, frozenset({"no filter", "deaf"}))), "--baseline", file)

    assert done.exit_code == 1
    assert "L148 search_wrong" in done.output


@pytest.mark.parametrize(
    ("content", "said"), [("[]", "with a list `accept`"), ("{accept: [1]}", "fingerprint"), (None, "cannot be read")]
)
def test_a_file_that_is_no_baseline_is_an_error(served, verify, tmp_path, content, said):
    file = tmp_path / "known.yaml"
    if content is not None:
        file.write_text(content)

    done = verify(served(Behaving(STYLE)), "--baseline", file)

    assert done.exit_code == 2
    assert said in done.output


def test_a_check_that_is_turned_off_finds_nothing(found, document):
    content = json.loads(document.read_text())
    content["paths"]["/books/{id}"]["delete"]["x-locum-behaviour"] = {"delete-is-final": "They stay in the archive."}
    document.write_text(json.dumps(content))

    assert found("undead", replays=False).findings == ()


def test_an_option_turns_a_check_off(served, verify):
    url = served(Behaving(STYLE, frozenset({"deaf"})))

    done = verify(url, "--without-behaviour", "listRecords:search-finds=It is not built yet.")

    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("text", ["search-finds", "a:search-finds=", "a:no-such-check=why"])
def test_a_wrong_switch_is_an_error(served, verify, text):
    done = verify(served(Behaving(STYLE)), "--without-behaviour", text)

    assert done.exit_code == 2
    assert "--without-behaviour" in done.output


def test_a_server_elsewhere_is_checked_only_if_writes_are_allowed(document):
    contract = compile_contract(read(document, None))
    so_far = SoFar(Seen(), Coverage.of(contract), Ended(reason="completed", seconds=0, seed=1))

    events = list(behaviours(contract, Plan(base_url="http://198.51.100.7"), so_far))

    assert [type(event) for event in events] == [Progress, Skipped]
    assert "--allow-writes" in events[1].why


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000/v1", True),
        ("http://localhost", True),
        ("https://staging.example.com", False),
        ("http://10.0.0.7", False),
    ],
)
def test_a_server_is_on_this_machine_by_its_address(url, local):
    assert is_local(url) is local


def test_a_request_that_fails_a_condition_was_neither_accepted_nor_called_malformed(contract):
    collector = FindingCollector(contract, Plan(base_url="http://things.test"))
    shown = Shown(method="POST", url="http://things.test/things", body=b"[]", status=412)
    exchange = Exchange(number=1, path="/things", method="post", shown=shown, phase="coverage", positive=False)

    for kind in ("AcceptedNegativeData", "RejectedPositiveData"):
        one = FailedCheck(check="a", kind=kind, title="", message="", blamed="", exchange=exchange)
        assert not collector.add_failed_check(one)


def test_a_request_that_breaks_its_contract_is_not_called_valid(contract):
    collector = FindingCollector(contract, Plan(base_url="http://things.test"))
    urls = {"http://things.test/things?limit=0.5": False, "http://things.test/things?limit=5": True}

    for number, (url, counts) in enumerate(urls.items(), 1):
        shown = Shown(method="GET", url=url, status=400)
        exchange = Exchange(number=number, path="/things", method="get", shown=shown, phase="coverage", positive=True)
        one = FailedCheck(check="a", kind="RejectedPositiveData", title="", message="", blamed="", exchange=exchange)
        assert collector.add_failed_check(one) is counts


@pytest.mark.parametrize(
    "case",
    [
        ("UnsupportedMethodResponse", "", {}, 404, []),
        ("UnsupportedMethodResponse", "", {}, 400, ["L057"]),
        ("AcceptedNegativeData", "X-Tenant Value not matching", {"x-tenant": ""}, 200, []),
        ("AcceptedNegativeData", "X-Tenant Value not matching", {"x-tenant": "?"}, 200, ["L053"]),
        ("AcceptedNegativeData", "Authorization violates `required` (was Authorization)", {}, 200, ["L060"]),
        ("AcceptedNegativeData", "Authorization Incorrect type", {"authorization": "0"}, 200, ["L061"]),
    ],
)
def test_what_is_rejected_or_not_sent_is_not_called_accepted(contract, case):
    kind, broken_by, sent, status, codes = case
    collector = FindingCollector(contract, Plan(base_url="http://things.test"))
    shown = Shown(method="GET", url="http://things.test/reports", headers=sent, status=status)
    exchange = Exchange(
        number=1, path="/reports", method="get", shown=shown, phase="coverage", broken="header", broken_by=broken_by
    )

    collector.add_failed_check(FailedCheck(check="a", kind=kind, title="", message="", blamed="", exchange=exchange))

    assert [one.code for one in collector.findings()] == codes


def test_a_method_that_another_path_takes_is_not_undeclared(tmp_path):
    done = {"responses": {"200": {"description": "ok"}}}
    name = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    paths = {"/books/count": {"get": done}, "/books/{id}": {"parameters": [name], "put": done}}
    file = tmp_path / "books.json"
    file.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "Books", "version": "1"}, "paths": paths}))
    collector = FindingCollector(compile_contract(read(file, None)), Plan(base_url="http://things.test"))

    for number, method in enumerate(("PUT", "PATCH"), 1):
        shown = Shown(method=method, url="http://things.test/books/count", status=400)
        exchange = Exchange(number=number, path="/books/count", method="get", shown=shown, phase="coverage")
        kind = "UnsupportedMethodResponse"
        collector.add_failed_check(
            FailedCheck(check="a", kind=kind, title="", message="", blamed="", exchange=exchange)
        )

    assert [one.message for one in collector.findings()] == ["Status 400 for PATCH, which is not declared."]


def test_a_query_parameter_that_is_a_json_document_is_replayed_as_it_was_sent(tmp_path):
    media = {"application/json": {"schema": {"type": "object"}}}
    query = {"name": "filter", "in": "query", "content": media}
    file = tmp_path / "books.json"
    file.write_text(
        json.dumps(
            {
                "openapi": "3.1.0",
                "info": {"title": "Books", "version": "1"},
                "paths": {"/books": {"get": {"parameters": [query], "responses": {"200": {"description": "ok"}}}}},
            }
        )
    )
    contract = compile_contract(read(file, None))
    sent = 'http://things.test/books?filter={"limit": 2}'
    step = ReplayStep(
        name="s1", operation=contract.operations["/books", "get"], shown=Shown(method="GET", url=sent, status=200)
    )
    replay = Replay(code="L020", rule="r", title="", fingerprint="f", subject="s", steps=(step,), expectation=None)

    workflow = content_of(replay, contract, "http://things.test")["workflows"][0]

    assert workflow["steps"][0]["parameters"] == [{"name": "filter", "in": "query", "value": {"limit": 2}}]


@pytest.mark.parametrize(("defects", "codes"), [((), []), (("undead",), ["L070"])])
def test_a_create_that_responds_with_its_location_alone_is_enough(tmp_path, defects, codes):
    style = replace(STYLE, is_silent=True)
    file = tmp_path / "silent.json"
    file.write_text(json.dumps(document_of(style)))
    plan = {"base_url": "http://books.test", "token": ADA, "other_token": BRAM, "seed": 7, "phases": ("behaviour",)}
    plan = Plan(application=Behaving(style, frozenset(defects)), **plan)

    run = verify_contract(compile_contract(read(file, None)), plan)

    assert [cause.code for cause in run.causes] == codes
    assert all(cause.replay.confirmed for cause in run.causes)
