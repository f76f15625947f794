"""Schemas: compiled once, at first use, recursive ones included."""

from __future__ import annotations

import jsonschema_rs
import pytest

from locum.openapi.pointers import BrokenReference
from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import Schemas

REQUEST, RESPONSE = Direction


def schemas(components, openapi="3.0.3"):
    return Schemas({"openapi": openapi, "components": {"schemas": components}})


def named(components, name="A", direction=REQUEST, **more):
    return schemas(components, **more).schema(f"/components/schemas/{name}", direction)


@pytest.fixture
def compiled(monkeypatch):
    """Return a list that collects the schemas compiled from now on."""
    made = []

    def noting(*arguments, **more):
        made.append(arguments[0])
        return original(*arguments, **more)

    original = jsonschema_rs.Draft4Validator
    monkeypatch.setattr(jsonschema_rs, "Draft4Validator", noting)
    return made


def test_nothing_is_compiled_before_it_is_used_and_then_once(compiled):
    schema = named({"A": {"type": "integer"}})

    assert compiled == []
    assert [schema.is_valid(value) for value in (1, "a", 2)] == [True, False, True]
    assert schema.violations("a", "body")
    assert len(compiled) == 1


def test_only_referenced_schemas_are_compiled(compiled):
    components = {"A": {"items": {"$ref": "#/components/schemas/B"}}, "B": {}, "C": {"$ref": "#/components/schemas/A"}}
    named(components).is_valid([])

    assert set(compiled[0]["definitions"]) == {"/components/schemas/A", "/components/schemas/B"}


def test_a_scalar_is_validated_without_the_schemas_of_properties_and_items(compiled):
    components = {
        "A": {"anyOf": [{"type": "string", "maxLength": 3}, {"$ref": "#/components/schemas/B"}]},
        "B": {"type": "object", "properties": {"c": {"$ref": "#/components/schemas/C"}}},
        "C": {"type": "object"},
    }
    schema = named(components)

    assert [schema.is_valid(value) for value in ("abc", "abcd", None, 5)] == [True, False, False, False]
    assert all("/components/schemas/C" not in one["definitions"] for one in compiled)
    assert schema.is_valid({"c": {}})
    assert not schema.is_valid({"c": 1})
    assert not schema.is_valid("abcd")


def test_one_location_has_one_schema_for_each_direction():
    home = schemas({"A": {"$ref": "#/components/schemas/B"}, "B": {}})
    first = home.schema("/components/schemas/A", REQUEST)

    assert home.schema("/components/schemas/B", REQUEST) is first
    assert home.schema("/components/schemas/B", RESPONSE) is not first


def test_a_schema_is_validated_in_the_direction_of_its_use():
    components = {
        "A": {"type": "array", "items": {"$ref": "#/components/schemas/B"}},
        "B": {"required": ["id"], "properties": {"id": {"readOnly": True}}},
    }

    assert named(components, direction=REQUEST).is_valid([{}])
    assert not named(components, direction=REQUEST).is_valid([{"id": 1}])
    assert named(components, direction=RESPONSE).is_valid([{"id": 1}])
    assert not named(components, direction=RESPONSE).is_valid([{}])


def test_recursive_schemas_are_validated_to_any_depth():
    schema = named(
        {
            "A": {"type": "object", "properties": {"b": {"$ref": "#/components/schemas/B"}}},
            "B": {"type": "array", "items": {"$ref": "#/components/schemas/A"}},
        }
    )
    deep = wrong = {"b": "x"}
    deep = {}
    for _ in range(60):
        deep, wrong = {"b": [deep]}, {"b": [wrong]}

    assert schema.is_valid(deep)
    assert not schema.is_valid(wrong)


def test_many_paths_through_few_schemas_are_compiled_once():
    # Between separate resources the validator would follow each of the 4 ** 12 paths.
    layers = {
        f"S{depth}": {
            "anyOf": [
                {"$ref": f"#/components/schemas/S{depth + 1}"},
                *({"properties": {str(way): {"$ref": f"#/components/schemas/S{depth + 1}"}}} for way in range(3)),
            ]
        }
        for depth in range(12)
    }
    schema = named({**layers, "S12": {"type": "integer"}}, "S0")

    assert schema.is_valid(1)


def test_names_can_have_special_characters():
    names = ["a b", "{x}", "ä/~%", "..", "#", "$ref"]
    components = {name: {"type": "integer"} for name in names}
    escaped = [name.replace("~", "~0").replace("/", "~1") for name in names]

    for name, step in zip(names, escaped, strict=True):
        components["A"] = {"items": {"$ref": "#/components/schemas/" + step.replace("%", "%25").replace(" ", "%20")}}
        assert named(components).is_valid([1]), name
        assert not named(components).is_valid(["x"]), name


def test_a_reference_can_lead_into_another_schema_or_out_of_the_components():
    document = {
        "openapi": "3.0.3",
        "paths": {"/a/{b}": {"schema": {"type": "integer"}}},
        "components": {
            "schemas": {
                "A": {"properties": {"x": {"$ref": "#/paths/~1a~1%7Bb%7D/schema"}}},
                "B": {"items": {"$ref": "#/components/schemas/A/properties/x"}},
            }
        },
    }
    schema = Schemas(document).schema("/components/schemas/B", REQUEST)

    assert schema.is_valid([1])
    assert not schema.is_valid(["x"])


@pytest.mark.parametrize("reference", ["#/components/schemas/Gone", "#anchor", "other.json"])
def test_a_broken_reference_is_reported_when_it_is_used(reference):
    with pytest.raises(BrokenReference):
        named({"A": {"items": {"$ref": reference}}}).is_valid([1])
    with pytest.raises(BrokenReference):
        named({"A": {"$ref": reference}})


def test_a_reference_to_itself_is_broken():
    with pytest.raises(BrokenReference, match="refers to itself"):
        named({"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}})


def test_keywords_beside_a_reference_are_applied_in_3_1():
    components = {"A": {"$ref": "#/components/schemas/B", "default": 5, "maximum": 9}, "B": {"type": "integer"}}
    old, new = named(components), named(components, openapi="3.1.0")

    assert old.is_valid(10)
    assert not new.is_valid(10)
    assert not new.is_valid("x")
    assert (old.raw.get("default"), new.raw["default"]) == (None, 5)


def test_the_raw_schema_is_the_documents_own():
    components = {"A": {"$ref": "#/components/schemas/B"}, "B": {"type": "integer", "example": 1}}

    assert named(components).raw is components["B"]
    assert named(components).resolve({"$ref": "#/components/schemas/A"}) is components["B"]
    assert named(components).resolve({"type": "string"}) == {"type": "string"}


@pytest.mark.parametrize("openapi", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("date", "2026-01-31", "2026-02-30"),
        ("time", "12:00:00Z", "12"),
        ("duration", "PT1S", "1s"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123"),
        ("date-time", "2026-01-31T00:00:00Z", "2026-01-31"),
        ("uri", "https://a.example", "a"),
        ("uri-reference", "/a", "\\"),
        ("json-pointer", "/a~0", "/a~"),
        ("regex", "^a$", "("),
        ("email", "a@b.example", "a"),
        ("ipv4", "1.2.3.4", "1.2.3"),
        ("ipv6", "::1", "1.2.3.4"),
        ("hostname", "a.example", "-"),
    ],
)
def test_formats_are_asserted_in_3_0_and_in_3_1(openapi, name, right, wrong):
    schema = named({"A": {"type": "string", "format": name}}, openapi=openapi)

    assert schema.is_valid(right)
    assert not schema.is_valid(wrong)


def test_violations_are_placed_below_the_prefix():
    schema = named({"A": {"type": "array", "items": {"type": "integer"}}})

    assert [(found.location, found.path) for found in schema.violations(["a", 1, "b"], "query", ("ids",))] == [
        ("query", ("ids", 0)),
        ("query", ("ids", 2)),
    ]


@pytest.mark.parametrize("vast", [["x"] * 20_000, ["x", 10**30], ["x" * 40_000]])
def test_only_the_first_violation_of_a_vast_value_is_collected(vast):
    schema = named({"A": {"type": "array", "items": {"type": "integer", "maximum": 5}}})

    assert [found.path for found in schema.violations(vast, "body")] == [(0,)]
    assert named({"A": {}}).violations(vast, "body") == []
