"""Values generated from schemas: every keyword, every source, deterministic by seed."""

from __future__ import annotations

import copy
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from locum.generate.generator import Generator, Unsatisfiable
from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import Schemas
from locum.world.clock import EPOCH

NODE = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
CAT = {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"lives": {"type": "integer"}}}]}
COMPONENTS = {
    "Node": NODE | {"properties": NODE["properties"] | {"next": {"$ref": "#/components/schemas/Node"}}},
    "Tree": {
        "type": "object",
        "required": ["children"],
        "properties": {"children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}},
    },
    "Endless": {
        "type": "object",
        "required": ["self"],
        "properties": {"self": {"$ref": "#/components/schemas/Endless"}},
    },
    "Pet": {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}},
        "discriminator": {"propertyName": "kind", "mapping": {"feline": "#/components/schemas/Cat"}},
    },
    "Cat": CAT,
    "Dog": {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}, "barks": {"type": "boolean"}},
    },
    "Maybe": {
        "type": ["object", "null"],
        "properties": {"a": {"$ref": "#/components/schemas/Maybe"}},
        "required": ["a"],
    },
    "Nest": {
        "anyOf": [
            {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Nest"}},
            {"type": "object", "required": ["n"], "properties": {"n": {"$ref": "#/components/schemas/Nest"}}},
            {"type": "string"},
        ]
    },
    "Text": {"type": "string", "maxLength": 20},
}


def make(
    schema: Any,
    seed: int = 0,
    direction: Direction = Direction.RESPONSE,
    version: str = "3.1.0",
    **hints: Any,
) -> Any:
    """Generate a value and validate it."""
    schemas = Schemas({"openapi": version, "components": {"schemas": COMPONENTS | {"It": schema}}})
    compiled = schemas.schema("/components/schemas/It", direction)
    value = Generator(schemas).value(compiled, Random(seed), EPOCH, **hints)
    assert compiled.is_valid(value)
    return value


def named(name: str, schema: Any, seed: int = 0) -> Any:
    """Generate the value of a property with this name."""
    return make({"type": "object", "required": [name], "properties": {name: schema}}, seed)[name]


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


KEYWORDS = {
    "null": {"type": "null"},
    "boolean": {"type": "boolean"},
    "types": {"type": ["integer", "string", "null"]},
    "true": True,
    "empty": {},
    "const": {"const": {"a": [1, None]}},
    "enum": {"enum": ["a", 1, None, {"b": 2}]},
    "enum within type": {"type": "integer", "enum": ["a", 1.0, 2.5]},
    "minLength": {"type": "string", "minLength": 200},
    "maxLength": {"type": "string", "maxLength": 2},
    "no room": {"type": "string", "maxLength": 0},
    "length without a type": {"minLength": 3, "maxLength": 3},
    "pattern": {"type": "string", "pattern": "^[A-Z]{2}-\\d{3,5}$"},
    "pattern and length": {"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$", "minLength": 30, "maxLength": 32},
    "two patterns": {"allOf": [{"pattern": "^a"}, {"pattern": "z$"}, {"type": "string"}]},
    "two patterns from the end": {"allOf": [{"pattern": "z$"}, {"pattern": "^a"}, {"type": "string"}]},
    "look-around": {"type": "string", "pattern": "^(?=.*[A-Z])(?=.*\\d)[A-Za-z\\d]{8,}$"},
    "minimum": {"type": "integer", "minimum": 5_000},
    "maximum": {"type": "number", "maximum": -3.5},
    "exclusive": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001},
    "multipleOf": {"type": "integer", "multipleOf": 7, "minimum": 100, "maximum": 110},
    "multipleOf with a fraction": {"type": "number", "multipleOf": 0.01},
    "two multiples": {"allOf": [{"multipleOf": 6}, {"multipleOf": 4}, {"type": "integer", "minimum": 1}]},
    "whole number of half steps": {"type": "integer", "multipleOf": 2.5, "minimum": 1},
    "beyond 53 bits": {"type": "integer", "minimum": 2**60},
    "beyond all floats": {"type": "integer", "minimum": 2**60, "maximum": 2**62},
    "large float": {"type": "number", "exclusiveMinimum": 1e20},
    "minItems": {"type": "array", "minItems": 9, "items": {"type": "integer"}},
    "maxItems": {"type": "array", "maxItems": 0},
    "uniqueItems": {"type": "array", "uniqueItems": True, "minItems": 3, "maxItems": 3, "items": {"enum": [1, 2, 3]}},
    "unique booleans": {"type": "array", "uniqueItems": True, "minItems": 2, "items": {"type": "boolean"}},
    "unique numbers": {
        "type": "array",
        "uniqueItems": True,
        "minItems": 20,
        "items": {"minimum": 1, "maximum": 20, "type": "integer"},
    },
    "prefixItems": {"type": "array", "prefixItems": [{"const": 1}, {"type": "string"}], "items": False, "minItems": 2},
    "items after a prefix": {"type": "array", "prefixItems": [{"const": 1}], "items": {"const": 2}, "minItems": 3},
    "contains": {"type": "array", "contains": {"const": 5}, "items": {"type": "integer"}},
    "minContains": {"type": "array", "contains": {"const": 5}, "minContains": 2.0, "maxContains": 2, "minItems": 4},
    "two contains": {
        "allOf": [{"contains": {"const": 1}}, {"contains": {"const": "a"}}],
        "type": "array",
        "maxItems": 2,
    },
    "one item for two": {
        "allOf": [{"contains": {"minimum": 1}}, {"contains": {"maximum": 9}}],
        "type": "array",
        "items": {"type": "integer"},
        "maxItems": 1,
    },
    "contains before a prefix": {
        "type": "array",
        "prefixItems": [{"type": "integer"}, {"const": "b"}],
        "items": False,
        "contains": {"const": 7},
    },
    "unevaluatedItems": {"type": "array", "prefixItems": [{"const": 1}], "unevaluatedItems": False},
    "required": {"type": "object", "required": ["a", "b"], "properties": {"a": {"const": 1}}},
    "additionalProperties": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 2},
    "patternProperties": {
        "type": "object",
        "patternProperties": {"^x-[a-z]{3}$": {"type": "integer"}},
        "additionalProperties": False,
        "minProperties": 2,
    },
    "both kinds of properties": {
        "properties": {"x-a": {"minimum": 5}},
        "patternProperties": {"^x-": {"type": "integer"}},
        "required": ["x-a"],
    },
    "propertyNames": {"type": "object", "propertyNames": {"pattern": "^[a-z]{4}$"}, "minProperties": 3},
    "propertyNames of an enum": {"type": "object", "propertyNames": {"enum": ["red", "blue"]}, "minProperties": 2},
    "minProperties": {"type": "object", "properties": {"a": {"type": "integer"}}, "minProperties": 4},
    "maxProperties": {
        "type": "object",
        "properties": {n: {"type": "integer"} for n in "abcdef"},
        "maxProperties": 2,
        "required": ["f"],
    },
    "dependentRequired": {
        "type": "object",
        "properties": {"a": True, "b": True},
        "dependentRequired": {"a": ["c"], "c": ["d"]},
        "required": ["a"],
    },
    "dependencies that have no room": {
        "type": "object",
        "properties": {"a": True, "b": True},
        "dependentRequired": {"a": ["c"]},
        "maxProperties": 1,
    },
    "dependentSchemas": {
        "type": "object",
        "properties": {"a": {"const": 1}},
        "required": ["a"],
        "dependentSchemas": {"a": {"required": ["z"]}},
    },
    "a dependent that cannot be": {"type": "object", "properties": {"a": True}, "dependentSchemas": {"a": False}},
    "dependencies of an older draft": {"type": "object", "required": ["a"], "dependencies": {"a": ["b"]}},
    "unevaluatedProperties": {
        "type": "object",
        "allOf": [{"properties": {"a": {"const": 1}}}],
        "unevaluatedProperties": False,
    },
    "forbidden property": {"type": "object", "properties": {"a": False, "b": {"const": 1}}},
    "allOf": {"allOf": [{"type": ["string", "number"]}, {"type": "integer", "minimum": 3}, {"maximum": 3}]},
    "allOf of objects": {
        "allOf": [{"properties": {"a": {"type": "number"}}}, {"properties": {"a": {"minimum": 9}}, "required": ["a"]}]
    },
    "anyOf": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "integer"}]},
    "anyOf with a dead branch": {"anyOf": [False, {"const": 3}]},
    "oneOf": {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 5}]},
    "oneOf that overlaps": {"oneOf": [{"multipleOf": 2}, {"multipleOf": 3}], "type": "integer", "minimum": 1},
    "oneOf by presence": {
        "type": "object",
        "properties": {"a": {}, "b": {}},
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
    "oneOf all or none": {"type": "integer", "oneOf": [False, {"minimum": 0}]},
    "oneOf none": {
        "type": "object",
        "properties": {"a": {}},
        "oneOf": [{"required": ["a"]}, {"not": {"required": ["a"]}}],
    },
    "oneOf of objects that overlap": {
        "oneOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": {"type": "integer"}}}],
        "type": "object",
    },
    "not a type": {"not": {"type": ["string", "object", "array", "null"]}},
    "not a value": {"enum": [1, 2], "not": {"const": 1}},
    "not one of some": {"type": "boolean", "not": {"enum": [True]}},
    "not a number": {"type": "integer", "minimum": 1, "maximum": 300, "not": {"enum": [7]}},
    "not a range": {"type": "integer", "not": {"minimum": 0, "maximum": 10_000}},
    "not an exclusive range": {"type": "number", "not": {"exclusiveMinimum": 0}},
    "not a multiple": {"type": "integer", "not": {"multipleOf": 2}},
    "not a pattern": {"type": "string", "not": {"pattern": "^S"}},
    "not a length": {"type": "string", "not": {"maxLength": 30}},
    "not few items": {"type": "array", "not": {"maxItems": 4}},
    "not unique": {"type": "array", "items": {"type": "integer"}, "not": {"uniqueItems": True}},
    "not all integers": {"type": "array", "not": {"items": {"type": "integer"}}},
    "not such a prefix": {"type": "array", "not": {"prefixItems": [{}, {"type": "string"}]}},
    "not containing": {"type": "array", "minItems": 1, "not": {"contains": {"type": "string"}}},
    "not required": {"type": "object", "properties": {"a": {}}, "not": {"required": ["a"]}},
    "not such a property": {
        "type": "object",
        "properties": {"a": {"type": "integer"}},
        "not": {"properties": {"a": {"minimum": 0}}},
    },
    "not only these": {"type": "object", "not": {"properties": {"another": {}}, "additionalProperties": False}},
    "not such others": {
        "type": "object",
        "required": ["a"],
        "propertyNames": {"enum": ["a", "b"]},
        "not": {"additionalProperties": {"type": "string"}},
    },
    "an example of a name that is none": {
        "type": "object",
        "minProperties": 2,
        "propertyNames": {"maxLength": 9, "example": [1]},
    },
    "not such names": {"type": "object", "not": {"patternProperties": {"^a": {"type": "string"}}}},
    "not many": {"type": "object", "not": {"minProperties": 1}},
    "not dependent": {"type": "object", "not": {"dependentRequired": {"a": ["b"]}}},
    "not any": {"not": {"anyOf": [{"type": "string"}, {"type": "object"}]}},
    "not all": {"type": "integer", "not": {"allOf": [{"minimum": 5}, {"maximum": 900}]}},
    "not exactly one": {"type": "integer", "not": {"oneOf": [{"minimum": 5}, {"maximum": 900}]}},
    "not not": {"not": {"not": {"const": 5}}},
    "not a reference": {"type": "string", "not": {"$ref": "#/components/schemas/Text"}},
    "not a reference and more": {"type": "string", "not": {"$ref": "#/components/schemas/Text", "minLength": 3}},
    "not a condition": {
        "type": "integer",
        "not": {"if": {"minimum": 5}, "then": {"minimum": 9}, "else": {"maximum": 3}},
    },
    "if then": {
        "type": "object",
        "properties": {"a": {"const": 1}},
        "required": ["a"],
        "if": {"properties": {"a": {"const": 1}}},
        "then": {"required": ["b"]},
    },
    "if else": {
        "type": "integer",
        "if": {"minimum": 10},
        "then": {"multipleOf": 10},
        "else": {"multipleOf": 7},
        "minimum": 1,
    },
    "if that never holds": {"type": "integer", "if": {"minimum": 10}, "then": False},
    "a reference and more": {"$ref": "#/components/schemas/Text", "minLength": 18},
    "recursion": ref("Node"),
    "recursion in an array": ref("Tree"),
    "recursion with a way out": {"type": "array", "minItems": 3, "items": ref("Nest")},
    "recursion ends": {"anyOf": [ref("Endless"), {"type": "null"}]},
    "recursion left away, counted": {
        "type": "object",
        "properties": {"a": ref("Endless"), "b": {"const": 1}, "c": {"const": 2}},
        "minProperties": 1,
    },
    "step wider than usual": {"type": "integer", "multipleOf": 5_000},
    "one number": {"type": "number", "minimum": 1.234, "maximum": 1.234},
    "one value of many": {"type": "array", "contains": ref("Node"), "minItems": 3},
    "null or null": {"anyOf": [{"type": "null"}, {"enum": [None]}]},
    "oneOf by presence of neither or both": {
        "type": "object",
        "properties": {"a": {}, "b": {}},
        "oneOf": [{"required": ["a", "b"]}, {"not": {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}}],
    },
    "not a list of an older draft": {"type": "array", "not": {"items": {"type": "integer"}}},
    "recursion left away": {"type": "object", "properties": {"a": ref("Endless"), "b": {"const": 1}}},
    "recursion of a nullable": ref("Maybe"),
    "contentEncoding": {"type": "string", "contentEncoding": "base64"},
}


@pytest.mark.parametrize("schema", KEYWORDS.values(), ids=KEYWORDS.keys())
def test_a_value_is_valid(schema):
    for seed in range(6):
        make(schema, seed)


OLDER = {
    "nullable": {"type": "string", "nullable": True},
    "nullable enum": {"type": "string", "nullable": True, "enum": ["a"]},
    "nullable composition": {"nullable": True, "allOf": [ref("Node")]},
    "exclusive": {"type": "number", "minimum": 1, "exclusiveMinimum": True, "maximum": 1.5, "exclusiveMaximum": True},
    "not exclusive": {"type": "integer", "not": {"minimum": 1, "exclusiveMinimum": True}},
    "siblings of a reference": {"$ref": "#/components/schemas/Text", "minLength": 100},
    "items one by one": {"type": "array", "items": [{"enum": [1]}, {"type": "string"}], "additionalItems": False},
    "not such items one by one": {"type": "array", "not": {"items": [{"type": "string"}]}},
}


@pytest.mark.parametrize("schema", OLDER.values(), ids=OLDER.keys())
def test_a_value_is_valid_in_the_older_dialect(schema):
    for seed in range(6):
        make(schema, seed, version="3.0.3")


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"not": {}},
        {"not": True},
        {"enum": []},
        {"type": "string", "minLength": 3, "maxLength": 2},
        {"type": "string", "const": 1},
        {"type": "integer", "minimum": 2, "maximum": 1},
        {"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2},
        {"type": "array", "minItems": 3, "uniqueItems": True, "items": {"type": "boolean"}},
        {"type": "array", "minItems": 1_000_000_000},
        {"type": "array", "minItems": 1, "items": False},
        {"type": "string", "minLength": 1_000_000_000},
        {"type": "object", "required": ["a"], "properties": {"a": False}},
        {"type": "object", "required": ["a", "b"], "maxProperties": 1},
        {"type": "object", "required": ["a"], "dependentRequired": {"a": ["b"]}, "properties": {"b": False}},
        {"type": "object", "minProperties": 2, "propertyNames": {"const": "a"}},
        {"type": "object", "minProperties": 1, "additionalProperties": False},
        {"allOf": [{"type": "string"}, {"type": "integer"}]},
        {"type": "string", "pattern": "^a$", "not": {"const": "a"}},
        {"type": "object", "minProperties": 1, "propertyNames": False},
        {"type": "object", "minProperties": 1, "properties": {"a": ref("Endless")}, "additionalProperties": False},
        {"type": "object", "required": ["a"], "dependentRequired": {"a": ["b"]}, "properties": {"b": ref("Endless")}},
        {"type": ["string", "integer"], "minLength": 2, "maxLength": 1, "minimum": 2, "maximum": 1},
        {"type": ["array", "string"], "pattern": "^a(?=b)c$", "minItems": 1, "items": ref("Endless")},
        {"anyOf": [False, {"type": "integer", "minimum": 2, "maximum": 1}]},
        {"type": "string", "pattern": "^a$", "minLength": 2},
        {"type": "integer", "not": {"type": "number"}},
        {"type": "integer", "minimum": 1, "maximum": 300, "not": {"type": "integer"}},
        ref("Endless"),
        {"type": "array", "minItems": 1, "items": ref("Endless")},
    ],
)
def test_an_unsatisfiable_schema_has_no_value(schema):
    with pytest.raises(Unsatisfiable, match="No value was found that fits the schema at #/components/schemas/"):
        make(schema)


def test_the_same_seed_gives_the_same_value_regardless_of_history():
    schemas = Schemas({"openapi": "3.1.0", "components": {"schemas": COMPONENTS | KEYWORDS}})
    places = [schemas.schema(f"/components/schemas/{name}", Direction.RESPONSE) for name in KEYWORDS]
    warm = Generator(schemas)
    for place in reversed(places):
        warm.value(place, Random(99), EPOCH)

    for place in places:
        assert warm.value(place, Random(3), EPOCH) == Generator(schemas).value(place, Random(3), EPOCH)


def test_another_seed_gives_another_value():
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}

    assert make(schema, 1) != make(schema, 2)


def test_times_are_those_of_the_given_clock():
    schemas = Schemas(
        {"openapi": "3.1.0", "components": {"schemas": {"It": {"type": "string", "format": "date-time"}}}}
    )
    generator, schema = Generator(schemas), schemas.schema("/components/schemas/It", Direction.RESPONSE)
    early, late = (generator.value(schema, Random(1), EPOCH + timedelta(days=days)) for days in (0, 1))

    assert early < late
    assert early[10:] == late[10:]


def test_a_property_of_the_other_direction_is_omitted():
    schema = {
        "type": "object",
        "required": ["id", "secret", "name"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "secret": {"type": "string", "writeOnly": True},
            "name": {"type": "string"},
        },
    }

    assert set(make(schema, direction=Direction.REQUEST)) == {"secret", "name"}
    assert set(make(schema, direction=Direction.RESPONSE)) == {"id", "name"}


def test_a_property_of_the_other_direction_is_omitted_even_if_required():
    schema = {
        "allOf": [{"required": ["id"]}, {"properties": {"id": {"type": "integer", "readOnly": True}}}],
        "type": "object",
    }

    assert make(schema, direction=Direction.REQUEST) == {}


WIDE = {"type": "object", "properties": {f"p{n}": {"type": "integer"} for n in range(100)}}


def test_a_response_is_complete_and_a_request_nearly():
    assert len(make(WIDE)) == 100
    assert 75 < len(make(WIDE, direction=Direction.REQUEST)) < 100


def test_the_share_of_optional_properties_can_be_set():
    assert len(make(WIDE, optional=0)) == 0
    assert 20 < len(make(WIDE, optional=0.5)) < 80
    assert len(make(WIDE, direction=Direction.REQUEST, optional=1)) == 100


def test_null_is_rare():
    for schema in (
        {"type": ["string", "null"]},
        {"anyOf": [{"type": "null"}, {"type": "string"}]},
        {"enum": [1, None]},
    ):
        made = [make(schema, seed) for seed in range(100)]

        assert 0 < made.count(None) < 30


def test_an_identifier_is_never_null():
    for schema in (
        {"type": ["string", "null"]},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        {"enum": ["a", None]},
    ):
        assert all(named("parent_id", schema, seed) is not None for seed in range(60))


def test_an_integer_is_within_the_safe_range():
    assert all(
        abs(make({"type": "integer", "format": "int64", "maximum": 2**63 - 1}, seed)) < 2**53 for seed in range(50)
    )
    assert make({"type": "integer", "format": "int32", "minimum": 2**31 - 5}) < 2**31


def test_a_recursive_schema_terminates():
    def depth(node: Any) -> int:
        return 1 + depth(node["next"]) if "next" in node else 1

    assert max(depth(make(ref("Node"), seed)) for seed in range(20)) < 6


def test_a_cycle_of_nullable_alternatives_terminates():
    def maybe(name: str) -> dict[str, Any]:
        return {"allOf": [{"$ref": f"#/components/schemas/{name}"}], "nullable": True}

    def kind(name: str, **properties: Any) -> dict[str, Any]:
        own = {"kind": {"type": "string", "enum": [name]}, **properties}
        return {"type": "object", "required": list(own), "properties": own}

    branches = {"One": kind("One", a=maybe("It"), b=maybe("One")), "Two": kind("Two", a=maybe("It"), b=maybe("It"))}
    it = {
        "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in branches],
        "discriminator": {"propertyName": "kind"},
    }
    schemas = Schemas({"openapi": "3.0.3", "components": {"schemas": branches | {"It": it}}})
    compiled = schemas.schema("/components/schemas/It", Direction.RESPONSE)
    for seed in range(9):
        assert len(str(Generator(schemas).value(compiled, Random(seed), EPOCH))) < 20_000


def test_the_size_of_a_value_is_limited():
    wide = {f"p{n}": ref("It") for n in range(12)}
    schema = {"type": "object", "properties": wide | {"name": {"type": "string"}}}

    assert len(str(make(schema))) < 100_000


def test_a_discriminator_names_the_branch():
    branches = [ref("Cat"), ref("Dog")]
    schema = {
        "anyOf": branches,
        "discriminator": {"propertyName": "kind", "mapping": {"feline": "#/components/schemas/Cat"}},
    }
    made = [make(schema, seed) for seed in range(12)]

    assert {"feline", "Dog"} == {value["kind"] for value in made}
    assert all("barks" not in value for value in made if value["kind"] == "feline")


def test_a_subtype_has_the_name_of_its_bases_discriminator():
    assert make(ref("Cat"))["kind"] == "feline"


def test_a_subtype_without_a_mapping_has_its_schema_name():
    kind = {"type": "object", "properties": {"kind": {"type": "string"}}, "discriminator": {"propertyName": "kind"}}
    schemas = Schemas({"openapi": "3.1.0", "components": {"schemas": {"Base": kind, "Heir": {"allOf": [ref("Base")]}}}})
    kinds = [
        Generator(schemas).value(schemas.schema(f"/components/schemas/{name}", Direction.RESPONSE), Random(0), EPOCH)[
            "kind"
        ]
        for name in ("Heir", "Base")
    ]

    assert kinds == ["Heir", "Heir"]


def test_a_base_is_generated_as_one_of_its_subtypes():
    made = make(ref("Pet"), 1)

    assert made["kind"] == "feline"


def test_a_discriminator_that_contradicts_its_branch_is_ignored():
    red = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "red"}}}
    schemas = {"It": {"oneOf": [ref("Red")], "discriminator": {"propertyName": "kind"}}, "Red": red}
    document = Schemas({"openapi": "3.1.0", "components": {"schemas": schemas}})
    made = Generator(document).value(document.schema("/components/schemas/It", Direction.RESPONSE), Random(0), EPOCH)

    assert made == {"kind": "red"}


def test_a_value_is_not_shared():
    schema = {"type": "object", "example": {"a": [1]}}
    schemas = Schemas({"openapi": "3.1.0", "components": {"schemas": {"It": schema}}})
    generator, compiled = Generator(schemas), schemas.schema("/components/schemas/It", Direction.RESPONSE)
    before = copy.deepcopy(schema)
    generator.value(compiled, Random(0), EPOCH)["a"].append(2)

    assert generator.value(compiled, Random(0), EPOCH) == {"a": [1]}
    assert schema == before


INT64 = {"type": "integer", "format": "int64"}
MOST, LEAST = 2**63 - 1, -(2**63)


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("schema", "low", "high"),
    [
        (INT64 | {"minimum": MOST}, MOST, MOST), (INT64 | {"minimum": MOST - 10}, MOST - 10, MOST), (INT64 | {"maximum": LEAST}, LEAST, LEAST),
        (INT64 | {"maximum": LEAST + 3}, LEAST, LEAST + 3), (INT64 | {"minimum": MOST - 6, "multipleOf": 7}, MOST, MOST), ({"type": "integer", "minimum": MOST}, MOST, MOST),
        ({"type": "integer", "format": "int32", "minimum": 2**31 - 1}, 2**31 - 1, 2**31 - 1), ({"type": "integer", "format": "int32", "maximum": -(2**31)}, -(2**31), -(2**31)),
        ({"type": "integer", "format": "uint64", "minimum": 2**64 - 1}, 2**64 - 1, 2**64 - 1), ({"type": "integer", "minimum": 2**64 - 5, "maximum": 2**64 - 1}, 2**64 - 5, 2**64 - 1),
        ({"type": "integer", "minimum": 2.0**63}, 2**63, 2**64 - 1), ({"type": "integer", "minimum": 1e20, "maximum": 1e20}, 10**20, 10**20), ({"type": "integer", "minimum": 1.5, "maximum": 2.5}, 2, 2),
        ({"type": "integer", "format": "int32", "multipleOf": 1e10}, 0, 0), ({"type": "integer", "format": "int8"}, -128, 127), ({"type": "integer", "format": "uint8", "minimum": 250}, 250, 255),
        ({"type": "number", "minimum": 1.7976931348623157e308}, 1.7976931348623157e308, 1.7976931348623157e308), ({"type": "number", "minimum": 5e-324, "maximum": 5e-324}, 5e-324, 5e-324),
        ({"type": "number", "minimum": MOST, "maximum": MOST + 10, "multipleOf": 3}, MOST, MOST + 10),
    ],
)  # fmt: skip
def test_numbers_cover_their_whole_range(schema, low, high, version):
    for seed in range(5):
        assert low <= make(schema, seed, version=version) <= high


@pytest.mark.parametrize("step", [0.01, 0.1, 1e-7, 0.05, 0.3, 2.5, 1e10, 1e300])
@pytest.mark.parametrize("bounds", [{}, {"minimum": 1e10}, {"maximum": -1e8}, {"minimum": 0.0000001, "maximum": 1e308}])
def test_a_multiple_is_exact_in_decimals(step, bounds):
    for seed in range(5):
        number = make({"type": "number", "multipleOf": step, **bounds}, seed)
        assert Fraction(Decimal(str(number))) % Fraction(Decimal(str(step))) == 0


def component(name: str, schemas: dict[str, Any], seed: int = 0, version: str = "3.0.3") -> Any:
    """Generate a value of one of several schemas and validate it."""
    document = Schemas({"openapi": version, "components": {"schemas": schemas}})
    compiled = document.schema(f"/components/schemas/{name}", Direction.RESPONSE)
    value = Generator(document).value(compiled, Random(seed), EPOCH)
    assert compiled.is_valid(value)
    return value


KIND = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}}
BASE = KIND | {"discriminator": {"propertyName": "kind"}}
HEIRS = {
    "Dog": {
        "allOf": [ref("Base"), {"type": "object", "required": ["breed"], "properties": {"breed": {"type": "string"}}}]
    },
    "Cat": {
        "allOf": [ref("Base"), {"type": "object", "required": ["hunts"], "properties": {"hunts": {"type": "boolean"}}}]
    },
    "Puppy": {
        "allOf": [ref("Dog"), {"type": "object", "required": ["weeks"], "properties": {"weeks": {"type": "integer"}}}]
    },
}
OWN = {"Dog": {"breed"}, "Cat": {"hunts"}, "Puppy": {"breed", "weeks"}}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_value_of_a_base_is_a_named_subtype(version):
    made = [component("Base", {"Base": BASE} | HEIRS, seed, version) for seed in range(20)]

    assert {value["kind"] for value in made} == set(HEIRS)
    assert all(value.keys() == {"kind"} | OWN[value["kind"]] for value in made)


def test_a_base_without_subtypes_has_its_schema_name():
    assert component("Base", {"Base": BASE}) == {"kind": "Base"}


def test_a_subtype_has_its_name_in_the_mapping_even_if_mapped_by_schema_name():
    base = KIND | {
        "discriminator": {"propertyName": "kind", "mapping": {"canine": "Dog", "feline": "#/components/schemas/Cat"}}
    }

    assert {component("Base", {"Base": base} | HEIRS, seed)["kind"] for seed in range(20)} == {
        "canine",
        "feline",
        "Puppy",
    }


def test_a_subtype_has_the_spelling_of_the_enumeration():
    base = BASE | {"properties": {"kind": {"type": "string", "enum": ["dog", "cat"]}}}
    made = [component("Base", {"Base": base} | HEIRS, seed) for seed in range(20)]

    assert all(("breed" in value) is (value["kind"] == "dog") for value in made)


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
def test_the_discriminator_names_the_generated_alternative(keyword):
    alike = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}, "note": {"type": "string"}},
    }
    mapping = {"l": "#/components/schemas/Letter", "b": "#/components/schemas/Bill"}
    paper = {keyword: [ref("Letter"), ref("Bill")], "discriminator": {"propertyName": "kind", "mapping": mapping}}
    schemas = {"Paper": paper, "Letter": alike, "Bill": copy.deepcopy(alike)}

    assert {component("Paper", schemas, seed)["kind"] for seed in range(20)} == {"l", "b"}
