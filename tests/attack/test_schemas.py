"""Documents whose schemas multiply: a few lines that apply millions of schemas to one value."""

from __future__ import annotations

import gc
import json

import pytest
from starlette.testclient import TestClient

from locum.generate.planning.nodes import Planner
from locum.openapi.compile.contracts import compile_contract
from locum.openapi.lint.linting import lint
from locum.openapi.load.documents import read
from locum.openapi.repair.expansion import MOST_SCHEMAS, Expansion
from locum.openapi.schemas.dialects import Direction
from locum.server.application import create
from locum.settings import Settings

LENGTH = 60
"""2^60 schemas would take longer than anybody waits."""


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def twice(combine):
    chain = {"S0": {"type": "object", "properties": {"a": {"type": "string"}}}}
    return chain | {f"S{number}": combine(ref(f"S{number - 1}")) for number in range(1, LENGTH + 1)}


CHAINS = {
    "allOf": lambda inner: {"allOf": [inner, inner]},
    "anyOf": lambda inner: {"anyOf": [inner, inner]},
    "oneOf": lambda inner: {"oneOf": [inner, {"allOf": [inner]}]},
    "not": lambda inner: {"allOf": [{"not": inner}, inner]},
    "if": lambda inner: {"if": inner, "then": inner, "else": inner},
    "dependentSchemas": lambda inner: {"dependentSchemas": {"a": inner, "b": inner}},
    "beside a reference": lambda inner: {**inner, "allOf": [inner]},
}
CIRCLES = {
    "one": {"S": {"allOf": [ref("S"), ref("S")]}},
    "two": {"S": {"anyOf": [ref("T"), ref("T")]}, "T": {"allOf": [ref("S"), ref("S")]}},
}


def load(tmp_path, schemas, name, version="3.1.0"):
    content = {"application/json": {"schema": ref(name)}}
    operation = {"requestBody": {"content": content}, "responses": {"200": {"description": "", "content": content}}}
    document = {
        "openapi": version,
        "info": {"title": "Schemas", "version": "1"},
        "paths": {"/values": {"post": operation}},
        "components": {"schemas": schemas},
    }
    (tmp_path / "schemas.json").write_text(json.dumps(document))
    return compile_contract(read(tmp_path / "schemas.json", None))


@pytest.mark.parametrize(
    ("kind", "version"), [*((kind, "3.1.0") for kind in CHAINS), *((kind, "3.0.3") for kind in list(CHAINS)[:4])]
)
def test_a_chain_of_schemas_that_refer_twice_is_cut_and_reported(tmp_path, kind, version):
    contract = load(tmp_path, twice(CHAINS[kind]), f"S{LENGTH}", version)

    assert any(repair.code == "oversized-schema" for repair in contract.repairs)
    assert "oversized-schema" in {diagnostic.code for diagnostic in lint(contract)}
    for direction in Direction:
        schema = contract.schemas.schema(f"/components/schemas/S{LENGTH}", direction)
        assert schema.is_valid({"a": "b"}) in {True, False}


@pytest.mark.parametrize("kind", CIRCLES)
def test_circles_of_schemas_that_refer_twice_end(tmp_path, kind):
    contract = load(tmp_path, CIRCLES[kind], "S")

    assert contract.schemas.schema("/components/schemas/S", Direction.RESPONSE).is_valid({"a": "b"}) in {True, False}


def test_what_is_counted_is_what_applies_to_one_value():
    schemas = {
        "A": {"allOf": [ref("B"), ref("B")], "properties": {"a": ref("A")}},
        "B": {"anyOf": [{"type": "string"}, ref("C")]},
        "C": {"type": "integer"},
    }
    expansion = Expansion({"components": {"schemas": schemas}})

    # A, its two items, and twice: B, its two items, C.
    assert expansion.count("/components/schemas/A") == 1 + 2 + 2 * (1 + 2 + 1)


def test_a_long_chain_of_single_references_is_no_problem():
    schemas = {f"S{number}": {"allOf": [ref(f"S{number - 1}")]} for number in range(1, 400)} | {"S0": {}}
    expansion = Expansion({"components": {"schemas": schemas}})

    assert expansion.count("/components/schemas/S399") < MOST_SCHEMAS
    assert not expansion.exceeds("#/components/schemas/S399")


@pytest.mark.parametrize("kind", [*CHAINS, *CIRCLES, "itself"])
def test_a_request_to_such_an_operation_gets_a_response(tmp_path, kind):
    itself = {"S": {"allOf": [{"properties": {"c": ref("S")}}, {"properties": {"c": ref("S")}}]}}
    schemas = twice(CHAINS[kind]) if kind in CHAINS else CIRCLES.get(kind, itself)
    load(tmp_path, schemas, next(reversed(schemas)) if kind in CHAINS else "S")
    client = TestClient(create(Settings(specs=(tmp_path / "schemas.json",), cache=False)).app, "http://localhost")

    # A value of an unsatisfiable schema is rejected; nothing else is an error of this server.
    assert client.post("/values", json={"c": {"c": {}}}).status_code in {200, 422}


MANY = 2_000


def member(number):
    return {"type": "object", "properties": {f"p{number}": {"type": "string"}}, "required": [f"p{number}"]}


WIDE = {
    **{keyword: {keyword: [member(number) for number in range(MANY)]} for keyword in ("allOf", "anyOf", "oneOf")},
    "dependentSchemas": {"dependentSchemas": {f"p{number}": member(number + 1) for number in range(MANY)}},
    "discriminator": {
        "oneOf": [ref("S")] * 200,
        "discriminator": {"propertyName": "t", "mapping": {str(number): ref("S")["$ref"] for number in range(900)}},
    },
}


@pytest.mark.parametrize("kind", WIDE)
def test_a_keyword_with_thousands_of_schemas_for_one_value_is_ignored_and_reported(tmp_path, kind):
    contract = load(tmp_path, {"S": {"type": "object", "properties": {"a": WIDE[kind]}}}, "S")

    assert [repair.code for repair in contract.repairs] == ["oversized-schema"]
    schema = contract.schemas.schema("/components/schemas/S", Direction.RESPONSE)
    assert kind == "discriminator" or schema.is_valid({"a": {"p0": 1}})


def test_planning_values_of_alternatives_that_depend_on_each_other_ends(tmp_path):
    """900 alternatives of two each: without a limit, 900 plans merge 900 schemas."""
    load(tmp_path, {"S": {"dependentSchemas": {f"p{n}": member(n + 1) for n in range(900)}, "required": ["p0"]}}, "S")
    application = create(Settings(specs=(tmp_path / "schemas.json",), cache=False))
    client = TestClient(application.app, "http://localhost")

    response = client.post("/values", headers={"Prefer": "code=200"})
    assert response.status_code == 200

    [service] = application.services
    planned = [planner for planner in gc.get_objects() if isinstance(planner, Planner)]
    assert any(planner.schemas is service.contract.schemas and planner.is_exhausted for planner in planned)
