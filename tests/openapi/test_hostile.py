"""Hostile documents: each is served, or rejected with a message, in seconds and without a traceback."""

from __future__ import annotations

import json
import time

import pytest

from locum.openapi.lint.linting import lint
from locum.server.application import create
from locum.settings import Settings
from tests.corpus.requests import Request
from tests.corpus.walks import send

SECONDS = 20.0
"""Maximum processor time. Each case takes one or two; without limits it took minutes or raised."""


def refer(name):
    return {"$ref": f"#/components/schemas/{name}"}


def declare_response(schema):
    return {"responses": {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}}


def named(number):
    return {"type": "object", "properties": {f"p{number}": {"type": "string"}}, "required": [f"p{number}"]}


CHAIN = {f"S{number}": refer(f"S{number + 1}") for number in range(5_000)}

SCHEMAS = {
    "a list of types": ({"type": ["object", ["array"], None]}, {}),
    "a oneOf of itself, twice": (refer("A"), {"A": {"oneOf": [refer("A"), refer("A")]}}),
    "a thousand alternatives of one choice": ({"oneOf": [named(number) for number in range(1_000)]}, {}),
    "a thousand parts": ({"allOf": [named(number) for number in range(1_000)]}, {}),
    "a long chain of references": (refer("S0"), {**CHAIN, "S5000": {"type": "string"}}),
}


def served(tmp_path, paths, schemas=None):
    path = tmp_path / "hostile.json"
    content = {"openapi": "3.0.3", "info": {"title": "H", "version": "1"}, "paths": paths}
    path.write_text(json.dumps({**content, "components": {"schemas": schemas or {}}}))
    application = create(Settings(specs=(path,), cache=False))
    return application, application.services[0]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_hostile_schema_is_served_in_seconds(tmp_path, name):
    schema, schemas = SCHEMAS[name]
    began = time.process_time()
    application, service = served(tmp_path, {"/a": {"get": declare_response(schema)}}, schemas)
    lint(service.contract)

    assert send(application, Request("GET", "/a")).status == 200
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize(
    "paths",
    [
        {"/b": {"$ref": "#/paths/~1b"}},
        {"/c": {"$ref": "#/paths/~1d"}, "/d": {"$ref": "#/paths/~1c"}},
        {"/b": {"$ref": "#/paths/~1b", "get": declare_response({})}},
    ],
)
def test_a_self_referencing_path_item_has_the_operations_beside_the_reference(tmp_path, paths):
    application, service = served(tmp_path, {"/a": {"get": declare_response({})}, **paths})

    assert send(application, Request("GET", "/a")).status == 200
    for path, item in paths.items():
        assert ((path, "get") in service.contract.operations) is ("get" in item)
