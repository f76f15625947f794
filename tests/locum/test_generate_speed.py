"""The work for one value is limited: nested alternatives must not multiply."""

from __future__ import annotations

from random import Random
from time import process_time

import pytest

from locum.generate.generator import Generator
from locum.generate.planning.choices import distinctions, excludes
from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import Schemas
from locum.world.clock import EPOCH

TEXT = {"type": "string"}
MANY = 25


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def of(required=(), **properties):
    return {"type": "object", "required": list(required), "properties": properties}


def unions(*, named):
    """Return schemas of items that contain each other and texts; `named` ones have a discriminating type."""
    schemas = {
        f"Item{n}": of(
            ["type", "id", "parts"] if named else ["id", "parts"],
            type=TEXT | {"enum": [f"item_{n}"]} if named else TEXT,
            id=TEXT,
            parts={"type": "array", "items": ref("Part")},
            nested={"anyOf": [ref("Item"), {"type": "null"}]},
            parent={"oneOf": [ref(f"Item{(n + 1) % MANY}"), ref(f"Item{(n + 2) % MANY}")]},
        )
        for n in range(MANY)
    }
    schemas |= {f"Part{n}": of(["type"], type=TEXT | {"enum": [f"part_{n}"]}, notes={"type": "array", "items": ref("Item")}) for n in range(9)}  # fmt: skip
    easy = of(["role", "content"], role=TEXT, content={"oneOf": [TEXT, {"type": "array", "items": ref("Part")}]})
    full = of(["role", "content"], role=TEXT, content={"type": "array", "items": ref("Part")})
    return schemas | {
        "Part": {"oneOf": [ref(f"Part{n}") for n in range(9)]},
        "Item": {"oneOf": [ref(f"Item{n}") for n in range(MANY)]},
        "Easy": easy,
        "Full": full,
        "Input": {"oneOf": [ref("Easy"), {"oneOf": [ref("Full"), ref("Item")]}, of(["id"], id=TEXT)]},
        "It": of(["input", "output"], input={"oneOf": [TEXT, {"type": "array", "minItems": 1, "items": ref("Input")}]}, output={"type": "array", "items": ref("Item")}),
    }  # fmt: skip


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_value_of_unions_within_unions_takes_less_than_a_second(version, named):
    schemas = Schemas({"openapi": version, "components": {"schemas": unions(named=named)}})
    compiled = schemas.schema("/components/schemas/It", Direction.RESPONSE)
    generator = Generator(schemas)
    began = process_time()
    if not generator.is_hopeless(compiled):
        assert compiled.is_valid(generator.value(compiled, Random(0), EPOCH))

    assert process_time() - began < 5  # it took minutes; the limit leaves room for a busy machine


@pytest.mark.parametrize(
    ("one", "other", "excluded"),
    [
        (TEXT, {"type": "integer"}, True), ({"type": "integer"}, {"type": "number"}, False), (TEXT, {}, False), (TEXT | {"nullable": True}, {"type": "null"}, False),
        (of(["a"], a={"enum": [1]}), of(a={"enum": [2]}), True), (of(["a"], a={"const": 1}), of(a={"const": 1}), False), (of([], a={"enum": [1]}), of(a={"enum": [2]}), False),
        (of(["a"], a={"enum": [1], "nullable": True}), of(a={"enum": [None]}), False), ({"required": ["a"], "properties": {"a": {"enum": [1]}}}, of(a={"enum": [2]}), False),
        ({"allOf": [of(["a"]), of(a={"enum": [1]})]}, {"allOf": [of(a={"enum": [2]})]}, True), (ref("It"), of(a={"enum": [2]}), True),
    ],
)  # fmt: skip
def test_alternatives_are_compared_shallowly(one, other, excluded):
    schemas = Schemas({"openapi": "3.0.3", "components": {"schemas": {"It": of(["a"], a={"enum": [1]})}}})

    assert excludes(distinctions(one, schemas), distinctions(other, schemas)) is excluded


def nested(times, wrap):
    schema = TEXT
    for _ in range(times):
        schema = wrap(schema)
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "minItems": 10**5, "items": TEXT},
        nested(3, lambda inner: {"type": "array", "minItems": 100, "items": inner}),
        nested(60, lambda inner: of(["a"], a=inner)),
        nested(100, lambda inner: {"oneOf": [inner, {"type": "integer"}]}),
        nested(100, lambda inner: {"not": inner}),
        {"type": "array", "minItems": 1, "items": ref("It")},
        of(["a", "b"], a=ref("It"), b=ref("It")),
        {"type": "object", "minProperties": 3, "additionalProperties": ref("It")},
        of([], **{f"p{n}": {"type": "array", "items": {"oneOf": [ref("It"), TEXT]}} for n in range(30)}),
        {"anyOf": [ref("It"), TEXT]},
        {"not": ref("It")},
        TEXT | {"enum": [f"value {n}" for n in range(50_000)]},
        TEXT | {"maxLength": 10**9},
        {"type": "array", "maxItems": 1e9, "items": TEXT},
        TEXT | {"pattern": "|".join(f"x{n}" for n in range(3_000))},
        {"type": "integer", "minimum": 10**400},
    ],
)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_hostile_schema_has_a_value_in_limited_time(schema, version):
    schemas = Schemas({"openapi": version, "components": {"schemas": {"It": schema}}})
    compiled = schemas.schema("/components/schemas/It", Direction.RESPONSE)
    generator = Generator(schemas)
    began = process_time()
    if generator.is_hopeless(compiled):
        assert generator.closest(compiled, Random(0), EPOCH) is not None
    else:
        assert compiled.is_valid(generator.value(compiled, Random(0), EPOCH))

    assert process_time() - began < 5
