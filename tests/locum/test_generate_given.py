"""Generate values around given members: those are kept, missing ones are generated."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from locum.generate.generator import Unsatisfiable
from locum.openapi.schemas.dialects import Direction
from tests.locum.test_generate_values import make, ref

TEXT = {"type": "string"}
ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["id", "customer", "lines"],
    "properties": {
        "id": {"type": "string", "format": "uuid", "readOnly": True},
        "created_at": {"type": "string", "format": "date-time", "readOnly": True},
        "password": {"type": "string", "writeOnly": True},
        "customer": TEXT,
        "currency": {"type": "string", "default": "EUR"},
        "note": TEXT,
        "updated_at": {"type": "string", "format": "date-time"},
        "lines": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "product"],
                "properties": {"id": {"type": "integer", "readOnly": True}, "product": TEXT},
            },
        },
    },
    "example": {"id": "3f0c8d8e-2b1f-4c8e-9d4b-0f6a4b1c2d3e", "customer": "an example", "lines": []},
}


def test_given_members_are_kept_and_the_rest_is_generated():
    made = make(ORDER, given={"customer": "Ada", "lines": []})

    assert made["customer"] == "Ada"
    assert made["lines"] == []
    assert set(made) == {"id", "created_at", "customer", "currency", "lines"}


def test_an_example_of_the_object_does_not_replace_given_members():
    ids = {make(ORDER, seed, given={"customer": "Ada", "lines": []})["id"] for seed in range(5)}

    assert len(ids) == 5


def test_a_default_is_used_unless_another_value_is_given():
    assert make(ORDER, given={"customer": "Ada", "lines": []})["currency"] == "EUR"
    assert make(ORDER, given={"customer": "Ada", "lines": [], "currency": "USD"})["currency"] == "USD"


def test_a_default_that_breaks_its_schema_is_ignored():
    schema = {"type": "object", "properties": {"size": {"type": "integer", "default": "large"}}}

    assert make(schema, given={}) == {}


def test_requested_members_and_a_share_of_optional_ones_are_generated():
    given = {"customer": "Ada", "lines": []}

    assert "updated_at" in make(ORDER, given=given, wanted=["updated_at", "unheard_of"])
    assert {"note", "updated_at"} <= make(ORDER, given=given, optional=1).keys()


def test_members_of_the_other_direction_are_omitted():
    given = {"customer": "Ada", "lines": [], "password": "secret", "id": "3f0c8d8e-2b1f-4c8e-9d4b-0f6a4b1c2d3e"}

    assert "password" not in make(ORDER, given=given)
    assert "id" not in make(ORDER, given=given, direction=Direction.REQUEST)


def test_the_alternative_that_allows_all_given_members_is_preferred():
    hidden, open_ = (
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "writeOnly": only}}}
        for only in (True, False)
    )

    assert all(make({"anyOf": [hidden, open_]}, seed, given={"a": 1}) == {"a": 1} for seed in range(9))


def test_incomplete_given_members_are_completed():
    made = make(ORDER, given={"customer": "Ada", "lines": [{"product": "lamp"}, {"product": "chair", "id": 7}]})

    assert [line["product"] for line in made["lines"]] == ["lamp", "chair"]
    assert isinstance(made["lines"][0]["id"], int)
    assert made["lines"][1]["id"] == 7


def test_a_nested_object_is_completed_too():
    address = {
        "type": "object",
        "required": ["city", "country"],
        "properties": {"city": TEXT, "country": TEXT, "zip": TEXT},
    }
    schema = {"type": "object", "properties": {"home": {"type": ["object", "null"], "allOf": [address]}}}

    home = make(schema, given={"home": {"city": "Rome"}})["home"]

    assert set(home) == {"city", "country"}
    assert home["city"] == "Rome"


def test_an_undeclared_member_is_kept_if_allowed():
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}

    assert make(schema, given={"extra": [1]})["extra"] == [1]
    with pytest.raises(Unsatisfiable):
        make(schema | {"additionalProperties": False}, given={"extra": [1]})


def test_the_branch_that_accepts_the_given_members_is_chosen():
    branches = [
        {"type": "object", "required": ["kind", name], "properties": {"kind": {"const": name}, name: TEXT}}
        for name in ("card", "iban", "cash")
    ]
    for seed in range(9):
        made = make({"oneOf": branches, "type": ["object", "null"]}, seed, given={"kind": "iban"})

        assert set(made) == {"kind", "iban"}


def test_dependencies_of_given_members_are_generated():
    schema = {
        "type": "object",
        "properties": {"card": TEXT, "expiry": TEXT, "note": TEXT},
        "dependentRequired": {"card": ["expiry"]},
        "maxProperties": 2,
    }

    assert set(make(schema, given={"card": "1"})) == {"card", "expiry"}
    with pytest.raises(Unsatisfiable):
        make(schema, given={"card": "1", "note": "2"})


@pytest.mark.parametrize(
    ("schema", "given"),
    [
        (ORDER, {"customer": 5}),
        ({"type": "string"}, {}),
        ({"type": "array", "items": TEXT}, {"a": 1}),
        ({"type": ["string", "array"]}, {"a": 1}),
        ({"enum": [{"a": 1}]}, {"a": 2}),
        ({"type": "object", "properties": {"tags": {"type": "object"}}}, {"tags": [1]}),
        ({"type": "object", "properties": {"tags": {"type": "array", "items": TEXT}}}, {"tags": {"a": 1}}),
        ({"type": "object", "minProperties": 3, "maxProperties": 1}, {"a": 1}),
    ],
)
def test_an_invalid_given_member_is_not_kept(schema, given):
    with pytest.raises(Unsatisfiable):
        make(schema, given=given)


def test_given_members_work_in_the_older_dialect():
    schema = {"nullable": True, "allOf": [ref("Node")]}

    assert all(make(schema, seed, version="3.0.3", given={"name": "x"})["name"] == "x" for seed in range(20))


def test_given_values_are_not_modified():
    given = {"customer": "Ada", "lines": [{"product": "lamp"}]}
    before = copy.deepcopy(given)
    make(ORDER, given=given)["lines"].append({})

    assert given == before
