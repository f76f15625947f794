"""Write a replay as an Arazzo document, and read it again."""

from __future__ import annotations

import base64
import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from locum.openapi.compile.router import Segment
from locum.openapi.load.files import BadDocument
from locum.openapi.load.writing import as_yaml
from locum.openapi.paths import expressions_of
from locum.openapi.pointers import join
from locum.verify.behaviour.expectations import KINDS, BehaviourExpectation
from locum.verify.printing import is_credential
from locum.verify.replays.bindings import Bindings
from locum.verify.scenarios.arazzo import parse_scenarios
from locum.verify.scenarios.replay import as_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.verify.exchanges import Shown
    from locum.verify.replays.replay import Replay, ReplayStep
    from locum.verify.scenarios.arazzo import Scenario

__all__ = ["EXPECT", "content_of", "expectation_in", "scenario_of", "written"]

EXPECT = "x-locum-expect"
_FINDING = "x-locum-finding"
_OF_THE_CLIENT = frozenset(
    {"host", "user-agent", "accept-encoding", "connection", "content-length", "content-type", "x-locum-world"}
    | {"x-schemathesis-testcaseid"}
)
_KEYS = ("key", "keys", "value")


def content_of(replay: Replay, contract: Contract, base_url: str, given: Sequence[str] = ()) -> dict[str, Any]:
    """Return a replay as the content of an Arazzo document.

    Values that responses issued become runtime expressions. `given` has the names of headers that every request has.
    """
    bindings = Bindings()
    names = [step.name for step in replay.steps]
    steps = []
    for step in replay.steps:
        steps.append(_step(step, bindings, base_url, given, contract))
        bindings.learn(step.name, step.shown)
    expect: dict[str, Any] = {}
    if replay.expectation is not None:
        wanted = replay.expectation.renumbered(dict(enumerate(names)))
        arguments = dict(wanted.arguments)
        for name in _KEYS:
            if name in arguments:
                arguments[name] = _bound(arguments[name], bindings, is_key=name != "value")
        expect = {"kind": wanted.kind, **arguments}
    for described, step in zip(steps, replay.steps, strict=True):
        outputs = bindings.outputs.get(step.name)
        if outputs:
            described["outputs"] = dict(outputs)
        if step.name in bindings.matches:
            described["x-locum-match"] = dict(bindings.matches[step.name])
        if step is not replay.steps[-1] and step.shown.status < HTTPStatus.BAD_REQUEST:
            described["successCriteria"] = [{"condition": f"$statusCode == {step.shown.status}"}]
    if any(step.caller == "other" for step in replay.steps):
        inputs: dict[str, Any] = {"inputs": {"type": "object", "properties": {"otherToken": {"type": "string"}}}}
    else:
        inputs = {}
    workflow: dict[str, Any] = {
        "workflowId": re.sub(r"[^A-Za-z0-9_-]", "-", replay.name),
        "summary": f"{replay.code} {replay.rule}: {replay.title}",
        **inputs,
        "steps": steps,
    }
    if expect:
        workflow[EXPECT] = expect
    workflow[_FINDING] = {"code": replay.code, "fingerprint": replay.fingerprint}
    return {
        "arazzo": "1.0.1",
        "info": {"title": f"{replay.code} {replay.rule}", "version": "1"},
        "sourceDescriptions": [{"name": "contract", "url": str(contract.document.place), "type": "openapi"}],
        "workflows": [workflow],
    }


def written(content: dict[str, Any]) -> str:
    """Return an Arazzo document as YAML."""
    return as_yaml(content)


def _bound(value: Any, bindings: Bindings, *, is_key: bool) -> Any:
    if isinstance(value, list):
        return [_bound(item, bindings, is_key=is_key) for item in value]
    if is_key:
        return bindings.expression(value) or value
    return bindings.in_value(value)


def _step(
    step: ReplayStep, bindings: Bindings, base_url: str, given: Sequence[str], contract: Contract
) -> dict[str, Any]:
    operation, shown = step.operation, step.shown
    described: dict[str, Any] = {"stepId": step.name, **_target(operation, contract)}
    parameters = [*_path_parameters(operation, shown, bindings, base_url)]
    secret = _credential_names(operation, contract)
    as_documents = {one.name for one in operation.by_location["query"] if one.json}
    for name, value in parse_qsl(urlsplit(shown.url).query, keep_blank_values=True):
        document = as_json(value.encode()) if name in as_documents else None
        if ("query", name) not in secret:
            bound = bindings.in_text(value, name) if document is None else bindings.in_value(document)
            _add(parameters, {"name": name, "in": "query", "value": bound})
    skipped = _OF_THE_CLIENT | {one.lower() for one in given}
    for name, value in shown.headers.items():
        if name in skipped or is_credential(name) or ("header", name) in secret or (name, value) == ("accept", "*/*"):
            continue
        parameters.append({"name": name, "in": "header", "value": bindings.in_text(value, name)})
    if step.caller == "other":
        parameters.append({"name": "authorization", "in": "header", "value": "Bearer {$inputs.otherToken}"})
    elif step.caller == "none":
        parameters.append({"name": "authorization", "in": "header", "value": ""})
    if parameters:
        described["parameters"] = parameters
    if shown.body:
        described |= _body(shown, bindings)
    if not _fits_path(operation, shown, base_url):
        found = bindings.location(shown.url)
        described.setdefault("x-locum-request", {})["url"] = found or urlsplit(shown.url).path
    if shown.method.upper() != operation.method.upper():
        described.setdefault("x-locum-request", {})["method"] = shown.method
    return described


def _add(parameters: list[dict[str, Any]], parameter: dict[str, Any]) -> None:
    """Add a query parameter; equal names become a list."""
    same = next((one for one in parameters if one["in"] == "query" and one["name"] == parameter["name"]), None)
    if same is None:
        parameters.append(parameter)
    else:
        former = same["value"] if isinstance(same["value"], list) else [same["value"]]
        same["value"] = [*former, parameter["value"]]


def _target(operation: Operation, contract: Contract) -> dict[str, str]:
    """Name an operation by its operationId if the document has it, else by its place."""
    same = [one for one in contract.operations.values() if one.operation_id == operation.operation_id]
    if len(same) == 1:
        return {"operationId": operation.operation_id}
    pointer = join("/paths", operation.path, operation.method.lower())
    return {"operationPath": f"{{$sourceDescriptions.contract.url}}#{pointer}"}


def _path_parameters(operation: Operation, shown: Shown, bindings: Bindings, base_url: str) -> list[dict[str, Any]]:
    """Return the values of the expressions in a path, by the segments of the URL that was sent."""
    names = expressions_of(operation.path)
    if not names:
        return []
    path = urlsplit(shown.url).path.removeprefix(urlsplit(base_url).path.rstrip("/"))
    values: list[str] = []
    for declared, sent in zip(operation.path.partition("?")[0].split("/"), path.split("/"), strict=False):
        if "{" in declared:
            values += map(unquote, Segment.of(declared).match(sent) or ())
    values = values if len(values) == len(names) else [""] * len(names)
    return [
        {"name": name, "in": "path", "value": bindings.expression(value) or value}
        for name, value in zip(names, values, strict=True)
    ]


def _fits_path(operation: Operation, shown: Shown, base_url: str) -> bool:
    """Return whether a URL is that of an operation, and not a link of the server that leads elsewhere."""
    path = urlsplit(shown.url).path.removeprefix(urlsplit(base_url).path.rstrip("/"))
    return len(path.split("/")) == len(operation.path.partition("?")[0].split("/"))


def _credential_names(operation: Operation, contract: Contract) -> set[tuple[str, str]]:
    found = set()
    for requirement in operation.security:
        for name in requirement:
            scheme = contract.security_schemes.get(name) or {}
            if scheme.get("type") == "apiKey":
                place, key = str(scheme.get("in")), str(scheme.get("name"))
                found.add((place, key.lower() if place == "header" else key))
    return found


def _body(shown: Shown, bindings: Bindings) -> dict[str, Any]:
    media = shown.headers.get("content-type", "application/json")
    value = as_json(shown.body or b"") if "json" in media else None
    if value is not None:
        return {"requestBody": {"contentType": media, "payload": bindings.in_value(value)}}
    try:
        text = (shown.body or b"").decode("utf-8")
    except UnicodeDecodeError:
        encoded = base64.b64encode(shown.body or b"").decode()
        return {"x-locum-request": {"contentType": media, "base64": encoded}}
    return {"x-locum-request": {"contentType": media, "body": text}}


def scenario_of(content: dict[str, Any], contracts: Sequence[Contract]) -> tuple[Scenario, Contract]:
    """Return the scenario of a replay and its contract. Raises BadDocument."""
    source = json.dumps(content).encode()
    found = parse_scenarios(content, "replay", source, contracts)
    for contract in contracts:
        for scenario in found.get(contract.name, ()):
            return scenario, contract
    raise BadDocument("the replay has no workflow.")


def expectation_in(content: dict[str, Any], place: str) -> BehaviourExpectation:
    """Return what the responses of a replay should show, by the names of steps. Raises BadDocument."""
    workflow = content["workflows"][0]
    declared = workflow.get(EXPECT)
    if not isinstance(declared, dict) or declared.get("kind") not in {*KINDS, "contract"}:
        raise BadDocument(
            f"{place}: the workflow has no {EXPECT}, so that only a person can tell whether its responses are right."
        )
    names = {step.get("stepId") for step in workflow["steps"]}
    wanted = BehaviourExpectation(declared["kind"], {name: value for name, value in declared.items() if name != "kind"})
    if any(step not in names for step in wanted.steps):
        raise BadDocument(f"{place}: {EXPECT} names a step that does not exist.")
    return wanted
