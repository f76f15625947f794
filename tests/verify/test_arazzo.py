"""Scenarios: supported Arazzo documents, their replay, and errors."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from locum.openapi.load.documents import BadDocument
from locum.verify.exchanges import Shown
from locum.verify.requests import Requests
from locum.verify.scenarios.arazzo import read_scenarios
from locum.verify.scenarios.expressions import Criterion, KnownValues, MalformedExpression, NoValue, value_of
from locum.verify.scenarios.replay import played
from tests.conftest import ROOT

KNOWN = KnownValues(
    inputs={"page": 3, "name": "Ada"},
    steps={"make": {"id": 7, "thing": {"tags": ["a", "b"]}}},
    path={"id": "7"},
    shown=Shown(
        method="POST",
        url="http://things.test/things/7?limit=5&q=a%20b",
        headers={"x-tenant": "acme"},
        body=b'{"name": "n"}',
        status=201,
        response_headers={"location": "/things/7"},
        response_body=b'{"id": 7, "a/b": {"c": [1, 2]}, "name": "Thing"}',
    ),
)


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("$url", "http://things.test/things/7?limit=5&q=a%20b"),
        ("$method", "POST"),
        ("$statusCode", 201),
        ("$request.header.X-Tenant", "acme"),
        ("$request.query.q", "a b"),
        ("$request.path.id", "7"),
        ("$request.body#/name", "n"),
        ("$response.header.Location", "/things/7"),
        ("$response.body", {"id": 7, "a/b": {"c": [1, 2]}, "name": "Thing"}),
        ("$response.body#/a~1b/c/1", 2),
        ("$inputs.page", 3),
        ("$steps.make.outputs.id", 7),
        ("$steps.make.outputs.thing#/tags/1", "b"),
        ("Bearer {$inputs.name} {$steps.make.outputs.id}", "Bearer Ada 7"),
        ("$5", "$5"),
        ("plain, and {no} expression", "plain, and {no} expression"),
        ({"a": ["$inputs.page", {"b": "x{$inputs.page}"}], "c": None}, {"a": [3, {"b": "x3"}], "c": None}),
    ],
)
def test_expressions_are_evaluated(template, value):
    assert value_of(template, KNOWN) == value


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("$response.body#/missing", "there is no 'missing'"),
        ("$response.header.ETag", "'etag' is missing"),
        ("$inputs.other", "'other' is missing"),
        ("$steps.make.outputs.other", "'other' is missing"),
        ("$nonsense", "is not a runtime expression"),
    ],
)
def test_an_unresolvable_expression_is_an_error(template, message):
    with pytest.raises(NoValue, match=message):
        value_of(template, KNOWN)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("$statusCode == 201", True),
        ("$statusCode == 200", False),
        ("$statusCode != 200", True),
        ("$statusCode >= 200 && $statusCode < 300", True),
        ("$statusCode == 200 || $statusCode == 201", True),
        ("!($statusCode == 201)", False),
        ("$response.body#/name == 'thing'", True),  # texts are compared without regard to case
        ("$response.body#/name == 'It''s'", False),
        ("$response.body#/id > 6.5", True),
        ("$inputs.name", True),
        ("true && !false", True),
        ("$response.body#/id == null", False),
    ],
)
def test_simple_conditions_are_evaluated(condition, holds):
    assert Criterion(condition).holds(KNOWN) is holds


def test_regular_expressions_and_json_paths_are_conditions_too():
    assert Criterion("^Th", "regex", "$response.body#/name").holds(KNOWN)
    assert not Criterion("^th", "regex", "$response.body#/name").holds(KNOWN)
    assert Criterion("$[?@ == 'b']", "jsonpath", "$steps.make.outputs.thing#/tags").holds(KNOWN)
    assert not Criterion("$[?@ == 'c']", "jsonpath", "$steps.make.outputs.thing#/tags").holds(KNOWN)


@pytest.mark.parametrize(
    ("condition", "kind", "message"),
    [
        ("$statusCode == ", "simple", "a value is missing at the end"),
        ("$statusCode == 1 2", "simple", "unexpected '2' after the end"),
        ("($statusCode == 1", "simple", "closing parenthesis is missing"),
        ("$statusCode == open", "simple", "strings need single quotes"),
        ("== 1", "simple", "is not a value"),
        ("$statusCode = 1", "simple", "unexpected '= 1'"),
        ("[", "regex", "not a regular expression"),
        ("$[", "jsonpath", "not a JSONPath"),
    ],
)
def test_an_invalid_condition_is_reported_before_a_request_is_sent(condition, kind, message):
    with pytest.raises(MalformedExpression, match=message):
        Criterion(condition, kind, "$response.body")


def test_texts_and_numbers_are_not_ordered():
    with pytest.raises(NoValue, match="cannot be compared"):
        Criterion("$inputs.name > 3").holds(KNOWN)


WALK = """
arazzo: 1.0.1
info: {title: T, version: "1"}
sourceDescriptions: [{name: things, url: planted.yaml, type: openapi}]
workflows:
  - workflowId: walk
    summary: A thing is made and read.
    inputs: {type: object, properties: {name: {type: string, default: Walked}}}
    parameters: [{name: X-Everywhere, in: header, value: always}]
    steps:
      - stepId: make
        operationId: $sourceDescriptions.things.createThing
        requestBody: {payload: {name: $inputs.name, price: 1.5}}
        successCriteria: [{condition: $statusCode == 201}]
        outputs: {id: $response.body#/id, number: $response.header.Location}
        x-locum-match: {number: "([0-9]+)$"}
      - stepId: read
        operationPath: "{$sourceDescriptions.things.url}#/paths/~1things~1{id}/get"
        parameters: [{name: id, in: path, value: $steps.make.outputs.number}]
        successCriteria:
          - {condition: $statusCode == 200}
          - {context: $response.body#/name, condition: "^Walk", type: regex}
"""


@pytest.fixture
def walk(contract, tmp_path):
    """Return a function that reads scenarios from a text."""

    def read(text):
        file = tmp_path / "walk.yaml"
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        return read_scenarios(file, [contract])["planted"]

    return read


@pytest.fixture
def requests(contract):
    return Requests(contract, "http://things.test", token="t")


class PreparedServer:
    """A server with prepared responses that records its requests."""

    def __init__(self, *responses):
        self.responses = list(responses)
        self.asked = []

    def __call__(self, shown):
        self.asked.append(shown)
        status, headers, body = self.responses.pop(0)
        return Shown(
            method=shown.method,
            url=shown.url,
            headers=shown.headers,
            body=shown.body,
            status=status,
            response_headers=headers,
            response_body=json.dumps(body).encode(),
        )


CREATED = (201, {"location": "/things/42"}, {"id": 42, "name": "Walked"})


def test_a_scenario_is_replayed_with_the_outputs_of_its_steps(walk, requests):
    server = PreparedServer(CREATED, (200, {}, {"id": 42, "name": "Walked"}))

    steps = list(played(walk(WALK)[0], {}, requests, server))

    assert [(one.step.name, one.problem) for one in steps] == [("make", ""), ("read", "")]
    assert json.loads(server.asked[0].body) == {"name": "Walked", "price": 1.5}
    assert server.asked[1].url == "http://things.test/things/42"
    assert {asked.headers["authorization"] for asked in server.asked} == {"Bearer t"}
    assert {asked.headers["x-everywhere"] for asked in server.asked} == {"always"}


def test_a_failing_step_ends_the_scenario_and_shows_the_response(walk, requests):
    failing = list(played(walk(WALK)[0], {}, requests, PreparedServer((409, {}, {}))))
    other = list(played(walk(WALK)[0], {}, requests, PreparedServer(CREATED, (200, {}, {"name": "Changed"}))))

    assert [one.problem for one in failing] == ["Expected $statusCode == 201, but $statusCode is 409."]
    assert other[1].problem == (
        "Expected $response.body#/name ^Walk, but $response.body#/name is 'Changed'."
    )  # fmt: skip


def test_a_missing_output_fails_its_step(walk, requests):
    steps = list(played(walk(WALK)[0], {}, requests, PreparedServer((201, {"location": "/things/x"}, {"id": 1}))))

    assert [one.problem for one in steps] == ["the output 'number' does not match ([0-9]+)$."]


def test_a_given_input_overrides_its_default_and_a_missing_one_is_an_error(walk, requests):
    scenario = walk(WALK.replace(", default: Walked", ""))[0]
    server = PreparedServer(CREATED, (200, {}, {"name": "Walker"}))

    assert len(list(played(scenario, {"name": "Walker"}, requests, server))) == 2
    assert json.loads(server.asked[0].body)["name"] == "Walker"
    with pytest.raises(NoValue, match="the input 'name' is not given"):
        list(played(scenario, {}, requests, PreparedServer()))


def test_an_authorization_header_of_a_scenario_is_used(walk, requests):
    nobody = WALK.replace(
        "name: X-Everywhere, in: header, value: always", 'name: Authorization, in: header, value: "x"'
    )
    server = PreparedServer((401, {}, {}))

    list(played(walk(nobody)[0], {}, requests, server))

    assert server.asked[0].headers["authorization"] == "x"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("arazzo: 1.0.1", "arazzo: 3.0.0", "must be 1.0.1"),
        ("arazzo: 1.0.1", "openapi: 1.0.1", "no Arazzo document"),
        ("createThing", "createThingy", "unknown operation 'createThingy'. Did you mean createThing"),
        ("planted.yaml", "other.yaml", "does not refer to a document"),
        ("~1things~1{id}/get", "~1things~1{id}/put", "no operation at #"),
        (
            "$steps.make.outputs.number",
            "$steps.made.outputs.number",
            "no earlier step has this name. Did you mean make",
        ),
        ("$steps.make.outputs.number", "$steps.make.outputs.numbre", "no such output. Did you mean number"),
        ("$inputs.name", "$inputs.nam", "unknown input. Did you mean name"),
        ("$inputs.name", "$input.name", "is not a supported runtime expression"),
        ("name: id, in: path", "name: ident, in: path", "has no parameter 'ident'"),
        ("name: id, in: path", "name: id, in: body", "Use one of: path, query, header, cookie"),
        ("condition: $statusCode == 201", "condition: $statusCode = 201", "unexpected"),
        ("condition: $statusCode == 201", "condition: $response.bdy == 201", "is not a supported runtime expression"),
        ("type: regex", "type: xpath", "Use one of: simple, regex, jsonpath"),
        ("stepId: read", "stepId: make", "'make' is already used"),
        ("stepId: read", "stepId: read\n        onFailure: []", "'onFailure' of a step is not supported"),
        ("stepId: read", "stepID: read", "'stepID' of a step is not supported. Did you mean stepId"),
        ('{number: "([0-9]+)$"}', '{number: "(["}', "invalid regular expression"),
        ('{number: "([0-9]+)$"}', '{numbr: "x"}', "no such output. Did you mean number"),
        ("steps:", "step:", "'step' of a workflow is not supported. Did you mean steps"),
        (
            "{type: string, default: Walked}",
            "{x-locum-token: {roles: admin}}",
            "unknown claim 'roles'. Did you mean role",
        ),
    ],
)
def test_unsupported_features_are_rejected_with_their_location(walk, old, new, message):
    assert old in WALK
    with pytest.raises(BadDocument) as rejected:
        walk(WALK.replace(old, new))

    assert message in str(rejected.value)
    assert "walk.yaml:" in str(rejected.value)


BUNDLED = sorted((ROOT / "handlers" / "scenarios").glob("*.yaml"))
SHOWN = re.findall(r"```yaml\n(arazzo:.*?)```", (ROOT / "docs" / "scenarios.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("text", [*(file.read_text() for file in BUNDLED), *SHOWN, WALK])
def test_our_scenarios_are_valid_arazzo_documents(text):
    schema = json.loads((Path(__file__).parent / "schemas" / "arazzo-1.0.json").read_text(encoding="utf-8"))

    Draft202012Validator(schema).validate(yaml.safe_load(text))


def test_there_are_scenarios_for_each_bundled_contract_and_in_the_guide():
    assert [file.stem for file in BUNDLED] == ["api-keys", "credentials", "workflows"]
    assert len(SHOWN) == 1
