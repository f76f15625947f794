"""Which member of a record a path parameter identifies."""

from __future__ import annotations

import pytest

from locum.infer.resources.identities import identity_of
from locum.infer.resources.shapes import Shapes
from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import Schemas

NUMBER, TEXT = {"type": "integer"}, {"type": "string"}


def named(expression, collection, key=TEXT, **properties):
    document = {
        "openapi": "3.0.3",
        "components": {"schemas": {"Key": key, "Record": {"type": "object", "properties": properties}}},
    }
    schemas = Schemas(document)
    shapes = Shapes(schemas)
    record = shapes.of(schemas.schema("/components/schemas/Record", Direction.RESPONSE))
    found = identity_of(
        expression, collection, record, shapes, schemas.schema("/components/schemas/Key", Direction.REQUEST)
    )
    return found[0] if found else None


@pytest.mark.parametrize(
    ("expression", "collection", "properties", "member"),
    [
        ("petId", "pets", {"petId": TEXT, "id": TEXT}, "petId"),
        ("petId", "pets", {"id": TEXT, "name": TEXT}, "id"),
        ("filter_id", "filters", {"own_id": TEXT, "charge": TEXT}, "own_id"),
        ("filter_id", "filters", {"own_id": TEXT, "charge_id": TEXT}, None),
        ("promotion_code", "promotion_codes", {"id": TEXT, "code": TEXT}, "id"),
        ("pet_id", "pets", {"petId": TEXT}, "petId"),
        ("task_gid", "tasks", {"gid": TEXT, "name": TEXT}, "gid"),
        ("username", "users", {"id": NUMBER, "username": TEXT}, "username"),
        ("repo", "repos", {"id": NUMBER, "name": TEXT, "full_name": TEXT}, "name"),
        ("customer", "customers", {"id": TEXT, "name": TEXT}, "id"),
        ("customer", "customers", {"id": NUMBER}, "id"),
        ("orderId", "orders", {"total": NUMBER}, None),
    ],
)
def test_a_path_parameter_identifies_its_member(expression, collection, properties, member):
    assert named(expression, collection, **properties) == member


def test_a_number_is_not_a_text_of_the_same_name():
    assert named("gpg_key_id", "keys", NUMBER, key_id=TEXT, id=NUMBER) == "id"
