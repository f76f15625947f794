"""Overrides of responses on a server that ignores examples by default."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from locum.errors import ApiError, NotAcceptable
from locum.generate.generator import Generator
from locum.infer.actions.generated import GenerateResponse
from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import Document
from locum.server.preferences import PreferenceChoices, Preferences
from locum.world.clock import Clock
from locum.world.seeded import NewId
from locum.world.store import Store
from locum.world.worlds import World

INTEGER = {"type": "integer", "minimum": 100}
EXAMPLE = {"content": {"application/json": {"schema": INTEGER, "example": 5000}}}
HEADERS = {"X-A": {"schema": INTEGER, "example": 300}}
RESPONSES = {
    "200": {"description": "done", "headers": HEADERS, **EXAMPLE},
    "401": {"description": "who?", **EXAMPLE},
    "404": {"description": "gone", **EXAMPLE},
    "409": {"description": "impossible", "content": {"application/json": {"schema": {"not": {}}}}},
}
WORLD = World("test", Store(), Clock(), NewId(0))


def chosen(sent, *, dynamic, rendered=False, accept=None, world=WORLD):
    document = {"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": {"responses": RESPONSES}}}}
    contract = compile_contract(Document("things", Path("things.yaml"), b"", document))
    operation = contract.operations["/a", "get"]
    answering = GenerateResponse(operation, Generator(contract.schemas), dynamic=dynamic)
    response, verdict = PreferenceChoices(operation, answering, worded=rendered).respond(sent, accept, "/a", world)
    return response.status, orjson.loads(response.body), dict(response.headers).get(b"x-a"), verdict


def test_a_request_overrides_the_dynamic_setting():
    shown = (200, 5000, b"300", "preferred")

    assert chosen(Preferences(code="200"), dynamic=False) == shown
    assert chosen(Preferences(code="200", dynamic=False), dynamic=True) == shown
    assert chosen(Preferences(example="default"), dynamic=True)[:2] == shown[:2]
    assert chosen(Preferences(code="200"), dynamic=True)[1] != 5000
    assert chosen(Preferences(code="200"), dynamic=True)[2] != b"300"


def test_errors_are_rendered_unless_an_example_or_a_generated_value_is_preferred():
    assert chosen(Preferences(code="404"), dynamic=False)[:2] == (404, 5000)
    assert chosen(Preferences(code="404", dynamic=True), dynamic=False, rendered=True)[1] >= 100
    with pytest.raises(ApiError) as rejected:
        chosen(Preferences(code="404"), dynamic=False, rendered=True)
    assert rejected.value.statuses == (404,)


def test_a_seed_gives_the_same_values_in_every_world():
    other = World("other", Store(), Clock(), NewId(9), seed=9)
    one, same = (chosen(Preferences(seed="7"), dynamic=False, world=world) for world in (WORLD, other))

    assert one == same
    assert (
        chosen(Preferences(dynamic=True), dynamic=False, world=other)[1]
        != chosen(Preferences(dynamic=True), dynamic=False)[1]
    )


def test_a_401_has_a_www_authenticate_header():
    """RFC 9110, section 15.5.2: a 401 must have the header, whether or not the contract declares it."""
    document = {"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": {"responses": RESPONSES}}}}
    contract = compile_contract(Document("things", Path("things.yaml"), b"", document))
    operation = contract.operations["/a", "get"]
    choices = PreferenceChoices(
        operation, GenerateResponse(operation, Generator(contract.schemas), dynamic=False), worded=False
    )
    response, _ = choices.respond(Preferences(code="401"), None, "/a", WORLD)

    assert (response.status, orjson.loads(response.body)) == (401, 5000)
    assert dict(response.headers)[b"www-authenticate"].startswith(b"Bearer ")


def test_an_unsatisfiable_schema_has_the_closest_value_and_a_note():
    status, _, _, verdict = chosen(Preferences(code="409", dynamic=True), dynamic=False)

    assert (status, verdict) == (409, "contract_unsatisfiable")


def test_invalid_preferences_are_rejected_with_a_message():
    with pytest.raises(NotAcceptable, match=r"Declared: application/json\."):
        chosen(Preferences(code="200"), dynamic=False, accept=b"text/html")
