"""New identifiers are valid for the record's schema and for its path."""

from __future__ import annotations

import json
import re

import pytest

from locum.infer.resources.identities import record_place
from locum.infer.resources.shapes import Shapes
from locum.openapi.schemas.dialects import Direction
from tests.corpus.walks import start_service

PATTERN = "^[a-z]{3}-[0-9]{4}$"


def served(tmp_path, member, place):
    """Serve items whose identifier has one schema in the record and another in the path."""
    record = {"type": "object", "required": ["name"], "properties": {"name": member, "size": {"type": "integer"}}}
    response = {"200": {"description": "one", "content": {"application/json": {"schema": record}}}}
    listed = {
        "200": {"description": "all", "content": {"application/json": {"schema": {"type": "array", "items": record}}}}
    }
    name = {"name": "name", "in": "path", "required": True, "schema": place}
    paths = {
        "/items": {"get": {"responses": listed}},
        "/items/{name}": {"parameters": [name], "get": {"responses": response}},
    }
    document = {"openapi": "3.1.0", "info": {"title": "Items", "version": "1"}, "paths": paths}
    file = tmp_path / "items.json"
    file.write_text(json.dumps(document))
    application, service = start_service(file)
    return application.worlds.named("default"), service


@pytest.mark.parametrize(
    ("member", "place", "form"),
    [
        ({"type": "string"}, {"type": "string", "pattern": PATTERN}, PATTERN),
        ({"type": "string"}, {"type": "integer", "minimum": 100}, "^[0-9]{3,}$"),
        ({"type": "string", "pattern": PATTERN}, {"type": "string"}, PATTERN),
        ({"type": "integer"}, {"type": "string", "pattern": "^[0-9]+$"}, "^[0-9]+$"),
    ],
    ids=["path-is-narrower", "path-is-a-number", "record-is-narrower", "record-is-a-number"],
)
def test_seeded_records_can_be_addressed_by_their_path(tmp_path, member, place, form):
    world, service = served(tmp_path, member, place)
    operation = service.contract.operations["/items/{name}", "get"]
    (key,) = service.behaviour.path_values(operation, world)

    assert re.search(form, key)


def test_the_schema_of_the_record_takes_precedence_over_that_of_the_path(tmp_path):
    world, service = served(tmp_path, {"type": "string", "pattern": PATTERN}, {"type": "string", "pattern": "^[0-9]+$"})
    (key,) = service.behaviour.path_values(service.contract.operations["/items/{name}", "get"], world)

    assert re.search(PATTERN, key)


def test_a_member_of_another_type_than_the_path_parameter_is_not_the_identifier(tmp_path):
    """`{gpg_key_id}` is an integer: it identifies `id`, not a `key_id` that is text."""
    properties = {"id": {"type": "integer"}, "key_id": {"type": "string", "example": "3262EFF25BA0D270"}}
    response = {
        "200": {
            "description": "one",
            "content": {"application/json": {"schema": {"type": "object", "properties": properties}}},
        }
    }
    name = {"name": "gpg_key_id", "in": "path", "required": True, "schema": {"type": "integer"}}
    paths = {"/gpg_keys/{gpg_key_id}": {"parameters": [name], "get": {"responses": response}}}
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "Keys", "version": "1"}, "paths": paths}))
    _, service = start_service(file)

    assert (
        service.behaviour.inferred(service.contract.operations["/gpg_keys/{gpg_key_id}", "get"]).resource.member == "id"
    )


@pytest.mark.parametrize(
    ("beside", "place"),
    [("message", ("budget",)), ("success", ("budget",)), ("owner", ())],
    ids=str,
)
def test_a_record_can_be_beside_a_message(tmp_path, beside, place):
    budget = {"type": "object", "properties": {"id": {"type": "string"}}}
    schemas = {"Made": {"type": "object", "properties": {beside: {"type": "string"}, "budget": budget}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "B", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    }
    file = tmp_path / "budgets.json"
    file.write_text(json.dumps(document))
    _, service = start_service(file)
    shapes = Shapes(service.contract.schemas)

    assert (
        record_place(
            shapes, shapes.of(service.contract.schemas.schema("/components/schemas/Made", Direction.RESPONSE)), "things"
        )
        == place
    )
