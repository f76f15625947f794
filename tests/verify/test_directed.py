"""The directed pass: requests for responses that random requests do not reach."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from locum.cli import main
from locum.verify.coverage.suggestions import CoverageCause, causes_of
from locum.verify.exchanges import Exchange, Shown
from locum.verify.plans import Directions, OperationChoice, Plan
from locum.verify.requests import Requests
from locum.verify.run import verify_contract
from locum.verify.scenarios.arazzo import read_scenarios
from locum.verify.scenarios.replay import recorded
from tests.verify.planted import CONTRACT, TOKEN

SCENARIOS = """
arazzo: 1.0.1
info: {title: T, version: "1"}
sourceDescriptions: [{name: things, url: planted.yaml, type: openapi}]
workflows:
  - workflowId: undone
    inputs: {type: object, properties: {other_token: {type: string}}}
    steps:
      - stepId: make
        operationId: createThing
        requestBody: {payload: {name: Made}}
        outputs: {id: $response.body#/id}
      - stepId: delete
        operationId: deleteThing
        parameters: [{name: id, in: path, value: $steps.make.outputs.id}]
        successCriteria: [{condition: $statusCode == 204}]
      - stepId: miss
        operationId: readThing
        parameters:
          - {name: id, in: path, value: $steps.make.outputs.id}
          - {name: Authorization, in: header, value: "Bearer {$inputs.other_token}"}
        successCriteria: [{condition: $statusCode == 404}]
"""


@pytest.fixture
def scenarios(contract, tmp_path):
    file = tmp_path / "undone.yaml"
    file.write_text(SCENARIOS, encoding="utf-8")
    return tuple(read_scenarios(file, [contract])["planted"])


@pytest.fixture
def passed(verified):
    """Return a function that runs only a directed pass and returns its run and its exchanges."""

    def make(*defects, **planned):
        exchanges = []

        def take(event, kept):
            if isinstance(event, Exchange):
                exchanges.append(event)

        return verified(*defects, on_event=take, phases=("directed",), **planned), exchanges

    return make


def given(scenarios, **inputs):
    return Directions(scenarios=scenarios, inputs=inputs)


def test_a_scenario_is_replayed_and_its_responses_are_checked(passed, scenarios):
    run, exchanges = passed("text price", directions=given(scenarios, other_token=TOKEN))

    assert [(one.method, one.shown.status) for one in exchanges[:3]] == [("post", 201), ("delete", 204), ("get", 404)]
    assert {finding.code for finding in run.findings} == {"L022"}


def test_a_failing_scenario_is_a_finding_with_all_its_requests(passed, scenarios):
    run, _ = passed("undead", directions=given(scenarios, other_token=TOKEN))
    finding = next(one for one in run.findings if one.code == "L072")

    assert finding.operation == "readThing"
    assert finding.message == (
        "Step 'miss' of scenario 'undone' failed. Expected $statusCode == 404, but $statusCode is 200."
    )
    assert [line.partition("http")[0] for line in finding.extra["steps"]] == [
        "curl -i -X POST ",
        "curl -i -X DELETE ",
        "curl -i ",
    ]


def test_a_token_given_as_an_input_is_never_shown(passed, scenarios):
    run, _ = passed("undead", directions=given(scenarios, other_token=TOKEN + "-of-another"))
    output = json.dumps([repr(finding) for finding in run.findings])

    assert "L072" in output  # 401 instead of 404
    assert "of-another" not in output
    assert "$LOCUM_OTHER_TOKEN" in output


def test_a_scenario_without_its_input_or_operations_is_skipped_and_reported(passed, scenarios):
    without, _ = passed(directions=given(scenarios))
    chosen, _ = passed(
        directions=given(scenarios, other_token=TOKEN), choice=OperationChoice(operations=("readThing",))
    )

    assert without.skipped == ("the scenario 'undone': the input 'other_token' is not given",)
    assert chosen.skipped == ("the scenario 'undone': createThing is not selected",)
    assert chosen.tried == ("readThing",)


def test_declared_responses_of_a_correct_server_are_caused_without_scenarios(passed):
    run, exchanges = passed()
    statuses = {name: set(found) for name, found in run.statuses.items()}

    assert run.clean
    assert statuses == {
        "listThings": {200, 400, 401},
        "createThing": {201, 400, 401, 415},
        "readThing": {200, 400, 401, 404},
        "deleteThing": {204, 400, 401, 404},
        "readReport": {200, 400},
        "ping": {202},
    }
    assert len(exchanges) < 60
    refusals = [times for found in run.statuses.values() for status, times in found.items() if status >= 400]
    # Covered responses are not caused again; createThing also gets no body, and one that is cut off.
    assert max(refusals) == 3


def test_a_recorded_sequence_is_replayed_with_the_callers_credentials(contract, passed):
    """Credentials are not recorded; values from responses are replaced by those of the new responses."""
    made = {"id": 40, "name": "Recorded", "code": "T-40"}
    exchanges = [
        ("POST", "/v1/things", b'{"name": "Recorded"}', 201, made),
        ("GET", "/v1/things/40", None, 200, made),
        ("GET", "/v1/nowhere", None, 404, {}),
        ("GET", "/elsewhere/things", None, 404, {}),
        ("DELETE", "/v1/things/40", None, 204, None),
    ]
    scenario = [
        Shown(
            method=method,
            url=url,
            headers={"content-type": "application/json"} if body else {},
            body=body,
            status=status,
            response_body=b"" if response is None else json.dumps(response).encode(),
        )
        for method, url, body, status, response in exchanges
    ]
    scenario = recorded("a.har", scenario, contract, "/v1")
    _, played = passed(directions=Directions(scenarios=(scenario,)))

    assert [(one.method, one.shown.url.rpartition(".test")[2], one.shown.status) for one in played[:3]] == [
        ("post", "/things", 201),
        ("get", "/things/2", 200),
        ("delete", "/things/2", 204),
    ]


def test_every_branch_of_a_request_is_tried(passed):
    run, _ = passed()
    kinds = run.coverage.kinds()

    assert kinds["parameters"] == (8, 8)
    assert kinds["requests"] == (9, 9)


def test_a_directed_pass_sends_only_missing_requests(passed, verified):
    """Boundary requests reach all responses of this server, except that of a second delete."""
    alone = passed()[1]
    after = []

    def take(event, kept):
        if isinstance(event, Exchange) and event.phase == "directed":
            after.append(event)

    verified(on_event=take, phases=("coverage", "directed"))

    assert len(after) < len(alone) / 2


def test_an_undeclared_server_error_is_a_finding(contract):
    async def failing(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    plan = Plan(base_url="http://x.test", application=failing, token=TOKEN, phases=("directed",), seed=1)
    run = verify_contract(contract, plan)

    assert {finding.code for finding in run.findings} == {"L002"}
    assert {finding.operation for finding in run.findings} == {one.operation_id for one in contract.operations.values()}


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        ("401", [({}, "/things/3", None), ({"authorization": "Bearer unknown"}, "/things/3", None)]),
        ("404", [({"authorization": "Bearer t"}, "/things/999999999", None)]),
        ("304", [({"authorization": "Bearer t", "if-none-match": "*"}, "/things/3", None)]),
        ("406", [({"authorization": "Bearer t", "accept": "application/x-locum-unknown"}, "/things/3", None)]),
    ],
)
def test_a_status_is_caused_as_http_defines_it(contract, status, asked):
    operation = contract.operations["/things/{id}", "get"]
    requests = Requests(contract, "", token="t")
    cause = CoverageCause(requests, operation, requests.of(operation, {("path", "id"): 3}))

    found = [(one.headers, one.url, one.body) for one in causes_of(cause, status, "", 10)]

    assert found[: len(asked)] == asked


def test_the_mock_of_a_document_without_handlers_returns_all_its_responses():
    done = CliRunner().invoke(
        main,
        ["verify", str(CONTRACT), "--phases", "directed", "--fail-under", "100", "--of", "statuses", "-q"],
    )

    assert done.exit_code == 0, done.output
    assert "statuses 18/18" in done.output
    assert "skipped: whether credentials are verified: the mock accepts any without handlers" in done.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--input", "x"], "Use NAME=VALUE"),
        (["--input", "x=1"], "Unknown input 'x'"),
        (["--scenarios", "none.yaml"], "none.yaml: cannot be read"),
        (["--scenarios", str(CONTRACT)], "neither an Arazzo document nor an HTTP Archive"),
    ],
)
def test_errors_in_scenarios_are_reported(arguments, message):
    done = CliRunner().invoke(main, ["verify", str(CONTRACT), *arguments])

    assert done.exit_code == 2
    assert message in done.output
