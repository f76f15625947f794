"""Read scenarios from an Arazzo document: one per workflow, with its operations resolved."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote, urlsplit

from locum.openapi.load.files import BadDocument, place_of, read_bytes
from locum.openapi.load.parsing import parse
from locum.openapi.load.places import places_of
from locum.openapi.near_names import meant
from locum.openapi.pointers import join, split
from locum.verify.scenarios.expressions import (
    TYPES,
    Criterion,
    MalformedExpression,
    expressions_in,
    expressions_of,
    form_of,
    problem_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation

__all__ = ["Input", "Scenario", "ScenarioStep", "is_arazzo", "parse_scenarios", "read_scenarios"]


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a scenario."""

    name: str
    default: Any = None
    """The default value, or None."""
    token: dict[str, Any] | None = None
    """The claims of a token (`x-locum-token`) that the mock issues for this input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioStep:
    """One request of a scenario. Its values may contain runtime expressions."""

    name: str
    operation: Operation
    parameters: dict[tuple[str, str], Any] = field(default_factory=dict)
    """Values by location and name."""
    payload: Any = None
    has_body: bool = False
    content_type: str = ""
    criteria: tuple[Criterion, ...] = ()
    """The criteria of the response; empty: any response."""
    outputs: dict[str, str] = field(default_factory=dict)
    """Runtime expressions by output name."""
    method: str = ""
    """The method to send instead of that of the operation (`x-locum-request`)."""
    url: str = ""
    """The URL or path to request instead of that of the operation, such as the Location of an earlier response."""
    raw: bytes | None = None
    """The body to send as it is, whatever its media type (`x-locum-request`)."""
    matches: dict[str, str] = field(default_factory=dict)
    """Regular expressions by output name (`x-locum-match`), which select a part of its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A sequence of steps. It ends at the first step whose criteria fail."""

    name: str
    summary: str = ""
    inputs: dict[str, Input] = field(default_factory=dict)
    steps: tuple[ScenarioStep, ...] = ()


_VERSIONS = ("1.0", "1.1")
_LOCATIONS = ("path", "query", "header", "cookie")
_WORKFLOW = ("workflowId", "summary", "description", "inputs", "steps", "outputs", "parameters")
_STEP = (
    "stepId",
    "description",
    "operationId",
    "operationPath",
    "parameters",
    "requestBody",
    "successCriteria",
    "outputs",
)
_SENT = ("method", "url", "contentType", "body", "base64")
"""What `x-locum-request` may set: the parts of a request that is invalid on purpose."""
_CLAIMS = ("user", "organization", "role", "permissions", "kind", "scope")
"""The claims that `x-locum-token` may set."""


def is_arazzo(content: Any) -> bool:
    """Whether the value of a file is an Arazzo document."""
    return isinstance(content, dict) and "arazzo" in content


def read_scenarios(path: Path | str, contracts: Sequence[Contract]) -> dict[str, list[Scenario]]:
    """Return the scenarios of a file by the name of their contract.

    Raises BadDocument with the line if the file is not an Arazzo document or uses unsupported features.
    """
    place = place_of(path)
    source = read_bytes(place)
    content = parse(place, source)
    return parse_scenarios(content, place, source, contracts)


def parse_scenarios(
    content: Any, place: str, source: bytes, contracts: Sequence[Contract]
) -> dict[str, list[Scenario]]:
    """Return the scenarios in the content of a file by the name of their contract; see `read_scenarios`."""
    reader = _Reader(place, source, contracts)
    if not is_arazzo(content):
        reader.fail("", "this is no Arazzo document, which is an object with the key `arazzo`.")
    return reader.scenarios(content)


class _Reader:
    """Reads one file, and reports errors with line and column."""

    def __init__(self, place: str, source: bytes, contracts: Sequence[Contract]) -> None:
        self._place = place
        self._source = source
        self._contracts = contracts
        self._by_source: dict[str, Contract] = {}

    def fail(self, pointer: str, reason: str) -> NoReturn:
        line, column = places_of(self._place, self._source, [pointer])[pointer]
        raise BadDocument(f"{self._place}:{line}:{column}: #{pointer}: {reason}")

    def scenarios(self, content: dict[str, Any]) -> dict[str, list[Scenario]]:
        version = content["arazzo"]
        if not isinstance(version, str) or not version.startswith(_VERSIONS):
            self.fail("/arazzo", f"must be 1.0.1 or 1.1.0, in quotes; it is {version!r}.")
        files = {contract.document.path.name: contract for contract in self._contracts}
        for index, described in enumerate(self._list(content, "sourceDescriptions", "")):
            pointer = join("/sourceDescriptions", index)
            self._object(described, pointer)
            file = unquote(urlsplit(str(described.get("url", ""))).path).rpartition("/")[2]
            if file in files:
                self._by_source[str(described.get("name", ""))] = files[file]
        found: dict[str, list[Scenario]] = {}
        for index, workflow in enumerate(self._list(content, "workflows", "")):
            pointer = join("/workflows", index)
            scenario, contract = self._workflow(self._object(workflow, pointer), pointer)
            if any(scenario.name == other.name for others in found.values() for other in others):
                self.fail(join(pointer, "workflowId"), f"{scenario.name!r} is already used.")
            found.setdefault(contract.name, []).append(scenario)
        return found

    def _workflow(self, workflow: dict[str, Any], pointer: str) -> tuple[Scenario, Contract]:
        name = self._text(workflow, "workflowId", pointer)
        self._known(workflow, _WORKFLOW, pointer, "a workflow")
        inputs = self._inputs(
            self._object(workflow.get("inputs", {}), join(pointer, "inputs")), join(pointer, "inputs")
        )
        steps: list[ScenarioStep] = []
        contract: Contract | None = None
        for index, described in enumerate(self._list(workflow, "steps", pointer)):
            place = join(pointer, "steps", index)
            self._object(described, place)
            operation, owner, key = self._operation(described, place)
            if contract is not None and contract is not owner:
                self.fail(join(place, key), "all steps of a workflow must use operations of the same document.")
            contract = owner
            everywhere = self._parameters(workflow, operation, pointer)
            step = self._step(described, operation, everywhere, place)
            self._lead(described, place, inputs, steps)
            if any(step.name == other.name for other in steps):
                self.fail(join(place, "stepId"), f"{step.name!r} is already used.")
            steps.append(step)
        if contract is None:
            self.fail(join(pointer, "steps"), "there are no steps.")
        return Scenario(
            name=name, summary=str(workflow.get("summary", "")), inputs=inputs, steps=tuple(steps)
        ), contract

    def _inputs(self, schema: dict[str, Any], pointer: str) -> dict[str, Input]:
        found = {}
        for name, schema_of_input in self._object(schema.get("properties", {}), join(pointer, "properties")).items():
            place = join(pointer, "properties", name)
            token = self._object(schema_of_input, place).get("x-locum-token")
            if token is not None:
                for claim in self._object(token, join(place, "x-locum-token")):
                    if claim not in _CLAIMS:
                        self.fail(
                            join(place, "x-locum-token", claim), f"unknown claim {claim!r}.{meant(claim, _CLAIMS)}"
                        )
            found[name] = Input(name, schema_of_input.get("default"), token)
        return found

    def _operation(self, step: dict[str, Any], pointer: str) -> tuple[Operation, Contract, str]:
        """Return the operation of a step, its contract, and the key that names it."""
        if isinstance(step.get("operationPath"), str):
            place = join(pointer, "operationPath")
            before, _, fragment = step["operationPath"].partition("#")
            steps = split(unquote(fragment))
            contracts = self._named(before.strip("{}"), place) if before else self._contracts
            for contract in contracts:
                if len(steps) == 3 and (steps[1], steps[2]) in contract.operations:  # noqa: PLR2004 (paths, path, method)
                    return contract.operations[steps[1], steps[2]], contract, "operationPath"
            self.fail(place, f"no operation at #{fragment}. Use a pointer such as #/paths/~1pets/get.")
        wanted = self._text(step, "operationId", pointer)
        place = join(pointer, "operationId")
        source, dot, name = wanted.rpartition(".")
        contracts = self._named(source, place) if dot and source.startswith("$") else self._contracts
        name = name if dot and source.startswith("$") else wanted
        found = [
            (operation, contract)
            for contract in contracts
            for operation in contract.operations.values()
            if operation.operation_id == name
        ]
        if len(found) > 1:
            self.fail(place, f"{name!r} is in several documents. Use $sourceDescriptions.NAME.{name}.")
        if not found:
            known = [one.operation_id for contract in contracts for one in contract.operations.values()]
            self.fail(place, f"unknown operation {name!r}.{meant(name, known)}")
        return *found[0], "operationId"

    def _named(self, source: str, pointer: str) -> list[Contract]:
        """Return the contract that a source description names: `$sourceDescriptions.pets` or `... .url`."""
        name = source.removeprefix("$sourceDescriptions.").removesuffix(".url")
        if name not in self._by_source:
            self.fail(pointer, f"{source} does not refer to a document of this run.")
        return [self._by_source[name]]

    def _step(
        self, step: dict[str, Any], operation: Operation, everywhere: dict[tuple[str, str], Any], pointer: str
    ) -> ScenarioStep:
        self._known(step, _STEP, pointer, "a step")
        body = self._object(step.get("requestBody", {}), join(pointer, "requestBody"))
        self._known(body, ("contentType", "payload"), join(pointer, "requestBody"), "a request body")
        sent = self._object(step.get("x-locum-request", {}), join(pointer, "x-locum-request"))
        self._known(sent, _SENT, join(pointer, "x-locum-request"), "a request")
        outputs = self._object(step.get("outputs", {}), join(pointer, "outputs"))
        medias = operation.body.media_types if operation.body is not None else {}
        usual = next(iter(medias.values())).name if medias else "application/json"
        return ScenarioStep(
            name=self._text(step, "stepId", pointer),
            operation=operation,
            parameters={**everywhere, **self._parameters(step, operation, pointer)},
            payload=body.get("payload"),
            has_body="payload" in body,
            method=str(sent.get("method", "")),
            url=str(sent.get("url", "")),
            raw=self._raw(sent, join(pointer, "x-locum-request")),
            content_type=str(sent.get("contentType", body.get("contentType", usual))),
            criteria=tuple(self._criteria(step, pointer)),
            outputs={name: str(expression) for name, expression in outputs.items()},
            matches=self._matches(step, outputs, join(pointer, "x-locum-match")),
        )

    def _raw(self, sent: dict[str, Any], pointer: str) -> bytes | None:
        if "base64" in sent:
            try:
                return base64.b64decode(str(sent["base64"]), validate=True)
            except ValueError:
                self.fail(join(pointer, "base64"), "this is no Base64.")
        return str(sent["body"]).encode() if "body" in sent else None

    def _matches(self, step: dict[str, Any], outputs: dict[str, Any], pointer: str) -> dict[str, str]:
        matches = self._object(step.get("x-locum-match", {}), pointer)
        for name, pattern in matches.items():
            if name not in outputs:
                self.fail(join(pointer, name), f"the step has no such output.{meant(name, outputs)}")
            problem = problem_of(pattern)
            if problem:
                self.fail(join(pointer, name), f"invalid regular expression {pattern!r}: {problem}.")
        return matches

    def _parameters(self, owner: dict[str, Any], operation: Operation, pointer: str) -> dict[tuple[str, str], Any]:
        found = {}
        for index, parameter in enumerate(self._list(owner, "parameters", pointer, needed=False)):
            place = join(pointer, "parameters", index)
            name = self._text(self._object(parameter, place), "name", place)
            location = parameter.get("in")
            if location not in _LOCATIONS:
                self.fail(place, f"'in' is missing or invalid. Use one of: {', '.join(_LOCATIONS)}.")
            if "value" not in parameter:
                self.fail(place, "a parameter needs a `value`.")
            if location == "path" and "{" + name + "}" not in operation.path:
                self.fail(join(place, "name"), f"{operation.path} has no parameter {name!r}.")
            found[location, name] = parameter["value"]
        return found

    def _criteria(self, step: dict[str, Any], pointer: str) -> Iterable[Criterion]:
        for index, criterion in enumerate(self._list(step, "successCriteria", pointer, needed=False)):
            place = join(pointer, "successCriteria", index)
            condition = self._text(self._object(criterion, place), "condition", place)
            kind = criterion.get("type", "simple")
            kind = kind.get("type") if isinstance(kind, dict) else kind
            if kind not in TYPES:
                self.fail(join(place, "type"), f"unknown type {kind!r}. Use one of: {', '.join(TYPES)}.")
            if kind != "simple" and "context" not in criterion:
                self.fail(place, f"a {kind} needs a `context`, such as $response.body.")
            try:
                yield Criterion(condition, kind, str(criterion.get("context", "")))
            except MalformedExpression as problem:
                self.fail(join(place, "condition"), f"{problem}.")

    def _lead(self, step: dict[str, Any], pointer: str, inputs: dict[str, Input], before: list[ScenarioStep]) -> None:
        """Reject unresolvable expressions before any request is sent."""
        outputs = {earlier.name: earlier.outputs for earlier in before}
        places = {key: step.get(key) for key in ("parameters", "requestBody", "outputs", "x-locum-request")}
        for key, value in places.items():
            for expression in expressions_in(value):
                self._leads(expression, join(pointer, key), inputs, outputs)
        for index, criterion in enumerate(self._criteria(step, pointer)):
            for expression in expressions_of(criterion):
                self._leads(expression, join(pointer, "successCriteria", index), inputs, outputs)

    def _leads(
        self, expression: str, pointer: str, inputs: dict[str, Input], outputs: dict[str, dict[str, str]]
    ) -> None:
        parts = form_of(expression)
        if parts is None:
            self.fail(pointer, f"{expression} is not a supported runtime expression. An example: $response.body#/id.")
        if "input" in parts and parts["input"] not in inputs:
            self.fail(pointer, f"{expression}: unknown input.{meant(parts['input'], inputs)}")
        if "step" in parts:
            if parts["step"] not in outputs:
                self.fail(pointer, f"{expression}: no earlier step has this name.{meant(parts['step'], outputs)}")
            if parts["output"] not in outputs[parts["step"]]:
                known = outputs[parts["step"]]
                self.fail(pointer, f"{expression}: the step has no such output.{meant(parts['output'], known)}")

    def _known(self, value: dict[str, Any], keys: Sequence[str], pointer: str, what: str) -> None:
        for key in value:
            if key not in keys and not key.startswith("x-"):
                self.fail(join(pointer, key), f"{key!r} of {what} is not supported.{meant(key, keys)}")

    def _object(self, value: Any, pointer: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.fail(pointer, "must be an object.")
        return value

    def _list(self, owner: dict[str, Any], key: str, pointer: str, *, needed: bool = True) -> list[Any]:
        value = owner.get(key, None if needed else [])
        if not isinstance(value, list) or (needed and not value):
            self.fail(join(pointer, key) if key in owner else pointer, f"'{key}' must be a list.")
        return value

    def _text(self, owner: dict[str, Any], key: str, pointer: str) -> str:
        value = owner.get(key)
        if not isinstance(value, str) or not value:
            self.fail(join(pointer, key) if key in owner else pointer, f"'{key}' must be a string.")
        return value
