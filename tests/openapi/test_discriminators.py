"""Discriminators: which alternative of a `oneOf` validates a value."""

from __future__ import annotations

import pytest

from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import Schemas

KIND = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}}
NUMBER = KIND | {"properties": {"kind": {"type": "string"}, "n": {"type": "number"}}}
SIZED = KIND | {"properties": {"kind": {"type": "string"}, "n": {"type": "integer"}}}


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def make_validator(direction=Direction.REQUEST, version="3.0.3", **schemas):
    document = {"openapi": version, "components": {"schemas": schemas}}
    return Schemas(document).schema("/components/schemas/It", direction)


def one_of(*names, **discriminator):
    return {"oneOf": list(map(ref, names)), "discriminator": {"propertyName": "kind", **discriminator}}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
@pytest.mark.parametrize("direction", list(Direction))
def test_the_discriminator_selects_among_overlapping_alternatives(direction, version):
    it = one_of("A", "B", mapping={"a": "#/components/schemas/A", "b": "B"})
    schema = make_validator(direction, version, It=it, A=NUMBER, B=SIZED)

    assert all(schema.is_valid({"kind": kind, "n": 1}) for kind in ("a", "b", "A", "B"))
    assert not schema.is_valid({"kind": "c", "n": 1})  # matches both and names none
    assert not schema.is_valid({"kind": "a", "n": "1"})


def test_a_value_that_matches_exactly_one_alternative_is_accepted():
    schema = make_validator(It=one_of("A", "B"), A=NUMBER, B=SIZED)

    assert schema.is_valid({"kind": "B", "n": 1.5})  # matches only A, though it names B
    assert schema.is_valid({"kind": "c", "n": 1.5})


def test_alternatives_distinguished_by_the_property_are_unchanged():
    def kind(name):
        return {"allOf": [{"type": "object", "required": ["kind"], "properties": {"kind": {"enum": [name]}}}]}

    schema = make_validator(It=one_of("A", "B"), A=kind("a"), B=kind("b"))

    assert schema.is_valid({"kind": "a"})
    assert [found.keyword for found in schema.violations({"kind": "c"}, "body")] == ["oneOf"]


def test_a_discriminator_without_alternatives_is_ignored():
    inline = make_validator(It={"oneOf": [NUMBER, SIZED], "discriminator": {"propertyName": "kind"}})
    unnamed = make_validator(It={"oneOf": [ref("A"), ref("B")], "discriminator": {}}, A=NUMBER, B=SIZED)

    assert not inline.is_valid({"kind": "a", "n": 1})
    assert not unnamed.is_valid({"kind": "A", "n": 1})


def test_a_nullable_one_of_with_a_discriminator_accepts_null():
    schema = make_validator(It=one_of("A", "B") | {"nullable": True}, A=NUMBER, B=SIZED)

    assert schema.is_valid(None)
    assert schema.is_valid({"kind": "A", "n": 1})
