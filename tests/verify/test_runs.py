"""Runs: their findings, determinism, and when they do not pass."""

from __future__ import annotations

import json

import pytest
import schemathesis

from locum.openapi.pointers import at
from locum.settings import Settings
from locum.verify.checking.failed_checks import broken_rule_of
from locum.verify.codes.codes import CODES, code_of
from locum.verify.engine.preparation import NotTestable
from locum.verify.exchanges import Exchange, FailedCheck, Shown
from locum.verify.plans import OperationChoice, Plan
from locum.verify.run import MockServer, verify_contract
from tests.conftest import ROOT, token
from tests.verify.planted import TOKEN, Planted

LIST = OperationChoice(operations=("listThings",))


def test_the_same_seed_gives_the_same_requests_and_findings(verified):
    def once():
        sent = []
        run = verified(
            "text price", "any body", on_event=lambda event, _: sent.append(event), phases=("coverage", "fuzzing")
        )
        return [(e.shown.method, e.shown.url, e.shown.body) for e in sent if isinstance(e, Exchange)], run

    (first, run), (second, again) = once(), once()

    assert first == second
    assert [(f.code, f.curl, f.count) for f in run.findings] == [(f.code, f.curl, f.count) for f in again.findings]


def test_a_finding_has_pointers_into_the_contract_and_the_response(verified, contract):
    (finding,) = verified("text price", choice=LIST, phases=("coverage",)).findings

    assert finding.contract_pointer == "/components/schemas/Thing/properties/price/type"
    assert at(contract.document.content, finding.contract_pointer) == "number"
    assert finding.response_pointer == "/0/price"
    assert finding.message == '/0/price must be of type number; it is "12.50".'
    assert finding.count > 1


def test_a_finding_is_shown_by_its_smallest_request_without_the_token(verified):
    (finding,) = verified("text price", choice=LIST, phases=("coverage",)).findings

    assert finding.curl == """curl -i 'http://things.test/things?limit=1' -H 'authorization: Bearer '"$LOCUM_TOKEN\""""
    assert TOKEN not in repr(finding)


def test_a_failure_found_by_schemathesis_and_locum_is_counted_once(verified):
    wrong = []
    run = verified(
        "partial", choice=LIST, phases=("coverage",), on_event=lambda event, kept: wrong.append((event, kept))
    )

    (finding,) = run.findings
    partial = [
        kept for event, kept in wrong if isinstance(event, Exchange) and event.shown.status == 206 and not event.probe
    ]
    assert finding.count == len(partial) > 1
    assert not any(partial)


def verify_mock(on_event=None, **planned):
    """Verify the mock of the API keys in process."""
    mock = MockServer(Settings(specs=(ROOT / "specs" / "api-keys.yaml",), cache=False))
    (service,) = mock.application.services
    plan = Plan(
        base_url="http://127.0.0.1:4010" + service.base_path,
        application=mock.application,
        world=mock.world,
        token=token(),
        seed=1,
        **planned,
    )
    return verify_contract(service.contract, plan, on_event)


def test_every_case_and_every_scenario_starts_in_a_new_world():
    seen = []

    verify_mock(lambda event, _: seen.append(event), max_examples=5, phases=("examples", "stateful"))

    worlds = {"examples": [], "stateful": []}
    for event in seen:
        if isinstance(event, Exchange):
            worlds[event.phase].append(event.shown.headers["x-locum-world"])
    assert len(set(worlds["examples"])) > 1  # a request repeated without credentials is sent in the same world
    assert 1 < len(set(worlds["stateful"])) < len(worlds["stateful"])


def test_a_token_leaked_by_the_server_is_not_shown(verified):
    seen = [f for f in verified("any token", choice=LIST, phases=("coverage",)).findings if f.code == "L061"]

    assert "SCHEMATHESIS" in seen[0].curl
    assert TOKEN not in repr(seen)


def test_a_sequence_is_printed_step_by_step(walk):
    (finding,) = walk("undead").findings

    *before, last = finding.extra["steps"]
    assert all(step.startswith("curl -i ") for step in before)
    assert any(step.startswith("curl -i -X DELETE http://things.test/things/") for step in before)
    assert last == finding.curl


def test_a_run_in_which_all_responses_are_401_does_not_pass(verified):
    run = verified(token="", phases=("coverage",))

    assert not run.clean
    assert "L091" in {finding.code for finding in run.findings}


def test_a_run_without_requests_does_not_pass(verified):
    run = verified(choice=OperationChoice(tags=("nowhere",)), phases=("coverage",))

    assert [finding.code for finding in run.findings] == ["L092"]


def test_operations_are_chosen_by_id_and_path(verified):
    run = verified(
        choice=OperationChoice(paths=("/things",), without_operations=("createThing",)), phases=("coverage",)
    )

    assert run.tried == ("listThings",)


def test_an_operation_filter_without_a_match_is_not_an_error(verified):
    run = verified(choice=LIST)

    assert run.findings == ()
    assert "stateful" not in run.by_phase


def test_an_excluded_check_finds_nothing(verified):
    run = verified("text price", choice=LIST, phases=("coverage",), checks=("not_a_server_error",))

    assert run.findings == ()


def test_a_configuration_file_is_used(verified, tmp_path):
    file = tmp_path / "schemathesis.toml"
    file.write_text(
        '[[operations]]\ninclude-operation-id = "listThings"\n'
        "[operations.checks.response_schema_conformance]\nenabled = false\n"
    )

    output = verified("text price", phases=("coverage",), configuration=file)

    assert {(finding.code, finding.operation) for finding in output.findings} == {("L022", "readThing")}


def test_a_baseline_is_applied(verified, tmp_path):
    known = {"operation": "GET /things", "check": "status_code_conformance", "failure": "UndefinedStatusCode"}
    entries = [{**known, "signature": "206"}]
    (tmp_path / "known.json").write_text(json.dumps({"format_version": 1, "entries": entries}))
    file = tmp_path / "schemathesis.toml"
    file.write_text(f'baseline = "{tmp_path / "known.json"}"\n')

    run = verified("partial", choice=LIST, phases=("coverage",), configuration=file)

    assert run.findings == ()


def test_a_time_limit_that_the_file_sets_is_a_finding(verified, tmp_path):
    file = tmp_path / "schemathesis.toml"
    file.write_text("[checks]\nmax_response_time = 0.0000001\n")

    run = verified(choice=LIST, phases=("coverage",), configuration=file)

    assert {finding.code for finding in run.findings} == {"L080"}


def test_an_invalid_configuration_is_reported(verified, tmp_path):
    file = tmp_path / "schemathesis.toml"
    file.write_text("phasez = 1\n")

    with pytest.raises(NotTestable, match="phasez"):
        verified(configuration=file)


def test_a_run_with_an_unusable_operation_does_not_pass(tmp_path):
    from locum.openapi.compile.contracts import compile_contract
    from locum.openapi.load.documents import read

    document = tmp_path / "odd.yaml"
    document.write_text(
        "openapi: 3.0.3\ninfo: {title: Odd, version: '1'}\npaths:\n  /pings:\n    post:\n      parameters:\n"
        "        - {name: n, in: query, required: true, schema: {type: integer, minimum: 5, maximum: 1}}\n"
        "      responses: {'202': {description: Heard.}}\n"
    )
    plan = Plan(base_url="http://things.test", application=Planted(), seed=1, max_examples=5)

    run = verify_contract(compile_contract(read(document, None)), plan)

    assert "L090" in {finding.code for finding in run.findings}


def test_every_code_is_found_by_its_name_and_by_its_rule():
    for name, code in CODES.items():
        assert code_of(name.lower()) is code_of(code.rule) is code
        assert all((code.title, code.meaning, code.source, code.remedy, code.example))


def test_several_workers_find_the_same_as_one(verified, contract):
    """With requests in another order, and nothing counted twice."""
    defects = ("text price", "crash", "page", "comma", "any limit")
    found = {}
    for workers in (1, 4):
        numbers = []

        def take(event, kept, numbers=numbers):
            if isinstance(event, Exchange):
                numbers.append(event.number)

        run = verified(*defects, on_event=take, workers=workers, phases=("examples", "coverage"))
        found[workers] = {(finding.code, finding.operation) for finding in run.findings}
        assert sorted(numbers) == list(range(1, run.exchanges + 1))
        assert sum(times.count for times in run.times.values()) == run.exchanges
        assert set(run.tried) == {operation.operation_id for operation in contract.operations.values()}

    assert found[1] == found[4]


def test_the_mock_is_verified_by_several_workers():
    assert verify_mock(max_examples=10, workers=4).findings == ()


def test_a_custom_check_has_a_code(verified, tmp_path, monkeypatch):
    """From the hooks in a configuration file of Schemathesis."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_checks.py").write_text(
        "import schemathesis\n\n\n@schemathesis.check\ndef no_secrets(ctx, response, case):\n"
        "    assert b's3cret' not in response.content, 'a secret is told'\n"
    )
    file = tmp_path / "schemathesis.toml"
    file.write_text('hooks = "own_checks"\n')
    try:
        run = verified("leak", phases=("coverage",), configuration=file)
    finally:
        schemathesis.checks.CHECKS.unregister("no_secrets")

    output = {finding.code: finding.message for finding in run.findings}
    assert output["L081"] == "no_secrets: a secret is told"


def test_a_body_failure_found_only_by_schemathesis_has_a_code(contract):
    operation = contract.operations["/things", "get"]
    shown = Shown(method="GET", url="http://things.test/things", status=200)
    exchange = Exchange(number=1, path="/things", method="get", shown=shown, phase="coverage")
    failed_check = FailedCheck(
        check="response_schema_conformance",
        kind="JsonSchemaError",
        title="",
        message="it is odd",
        blamed="",
        exchange=exchange,
    )

    assert (broken_rule_of(operation, failed_check).code, broken_rule_of(operation, failed_check).message) == (
        "L032",
        "it is odd",
    )


def test_a_violation_in_every_item_of_a_list_is_one_finding(verified):
    run = verified("text price", phases=("coverage",))
    (finding,) = [one for one in run.findings if one.operation == "listThings"]

    assert finding.count == run.statuses["listThings"][200]
    assert len(json.loads(finding.shown.response_body)) > 0
    assert run.statuses["createThing"][201] > 1


def test_the_first_exchange_of_each_response_is_kept(verified):
    firsts = {}

    def take(event, kept):
        if isinstance(event, Exchange):
            firsts.setdefault((event.path, event.method, event.shown.status), event.shown.url)

    run = verified(on_event=take, phases=("coverage",))

    assert sorted(shown.url for shown in run.samples) == sorted(firsts.values())


def test_suppressed_failures_are_marked(verified):
    """So the progress output shows no more failures than the final findings."""
    found = {}
    for takes_any in (True, False):
        failed_checks = []

        def take(event, kept, failed_checks=failed_checks):
            if isinstance(event, FailedCheck):
                failed_checks.append(kept)

        run = verified("any token", on_event=take, choice=LIST, phases=("coverage",), any_credential=takes_any)
        found[takes_any] = set(failed_checks), len(run.findings)

    assert found == {True: ({True}, 0), False: ({False}, 1)}


def test_crash_files_are_written_on_request_and_removed_when_fixed(verified, tmp_path):
    file = tmp_path / "schemathesis.toml"
    file.write_text(f'[cache]\nenabled = true\ndirectory = "{tmp_path}/kept"\n')
    wanted = {"choice": LIST, "phases": ("coverage",), "configuration": file}

    def crashes():
        return [one.read_text() for one in (tmp_path / "kept" / "crashes").glob("*.json") if "manifest" not in one.name]

    assert {finding.code for finding in verified("crash", **wanted).findings} == {"L002"}
    assert crashes()
    assert all("limit=50" in text and TOKEN not in text for text in crashes())

    assert verified(**wanted).clean
    assert crashes() == []
