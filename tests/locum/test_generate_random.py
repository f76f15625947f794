"""Random satisfiable schemas: the generator finds a value for each."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from locum.generate.generator import Generator, Unsatisfiable
from locum.openapi.patterns import matcher
from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import Schemas
from locum.world.clock import EPOCH

QUICK = settings(
    derandomize=True, database=None, deadline=None, max_examples=100, suppress_health_check=list(HealthCheck)
)

NAMES = ["id", "name", "email", "price", "tags", "x-1", "created_at", "a"]
TEXTS = ["", "a", "ab", "abc-123", "ada@example.com", "2026-01-31", "https://example.com/", "Zoë", "x" * 40]
PATTERNS = ["^[a-z]+$", "b", "^[a-z]{3}-\\d+$", "^.*$", "^\\w", "@", "^(a|ab|x+)$", "^[^A-Z]*$", "\\d{2}"]
FORMATS = ["email", "date", "uri", "uuid", "date-time", "hostname", "ipv4"]
OLD = {"allOf", "anyOf", "oneOf", "not", "enum", "required", "minProperties", "maxProperties", "items", "minItems"}
OLD |= {
    "maxItems",
    "uniqueItems",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "multipleOf",
    "type",
}
TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"]

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1000, 1000)
    | st.integers(-10_000, 10_000).map(lambda number: number / 100)
    | st.sampled_from(TEXTS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=8,
)


def sometimes(draw: Any, part: dict[str, Any]) -> dict[str, Any]:
    """Keep each keyword as often as not."""
    return {keyword: value for keyword, value in part.items() if draw(st.booleans())}


@st.composite
def schema_of(draw: Any, value: Any, depth: int = 2) -> dict[str, Any]:
    """Draw a schema that accepts a value."""
    schema = draw(plain_schema_of(value, depth))
    if depth == 0:
        return schema
    way = draw(st.sampled_from(["plain"] * 5 + ["allOf", "anyOf", "oneOf", "not", "if", "enum"]))
    other = draw(values.flatmap(lambda other: schema_of(other, 0)))
    if way == "allOf":
        return {"allOf": [schema, draw(schema_of(value, depth - 1))]}
    if way in {"anyOf", "oneOf"}:
        return {way: draw(st.permutations([schema, other]))}
    if way == "not":
        return {**schema, "not": other}
    if way == "if":
        return {
            **schema,
            "if": other,
            "else": draw(schema_of(value, depth - 1)),
            "then": draw(st.sampled_from([{}, False])),
        }
    if way == "enum":
        return {**schema, "enum": [draw(values), value, draw(values)]}
    return schema


@st.composite
def plain_schema_of(draw: Any, value: Any, depth: int) -> dict[str, Any]:
    if value is None:
        return {"type": draw(st.sampled_from(["null", ["null", "string"]]))}
    if isinstance(value, bool):
        return {"type": "boolean"} | sometimes(draw, {"const": value})
    if isinstance(value, int | float):
        return draw(numeric_schema_of(value))
    if isinstance(value, str):
        return {"type": "string"} | sometimes(
            draw,
            {
                "minLength": draw(st.integers(0, len(value))),
                "maxLength": len(value) + draw(st.integers(0, 5)),
                "pattern": draw(st.sampled_from([pattern for pattern in PATTERNS if matcher(pattern)(value)] or [""])),
                "format": draw(st.sampled_from(FORMATS)),
            },
        )
    if isinstance(value, list):
        return draw(array_schema_of(value, depth))
    return draw(object_schema_of(value, depth))


@st.composite
def numeric_schema_of(draw: Any, value: float) -> dict[str, Any]:
    kinds = ["number", ["number", "string"]] + (["integer"] if isinstance(value, int) else [])
    steps = [0.01] + ([1, 0.5] + [step for step in (2, 3, 7) if value % step == 0] if isinstance(value, int) else [])
    return {"type": draw(st.sampled_from(kinds))} | sometimes(
        draw,
        {
            "minimum": value - draw(st.integers(0, 20)),
            "maximum": value + draw(st.integers(0, 20)),
            "exclusiveMinimum": value - draw(st.integers(1, 20)) / 2,
            "exclusiveMaximum": value + draw(st.integers(1, 20)) / 2,
            "multipleOf": draw(st.sampled_from(steps)),
        },
    )


@st.composite
def array_schema_of(draw: Any, value: list[Any], depth: int) -> dict[str, Any]:
    parts: dict[str, Any] = {"minItems": draw(st.integers(0, len(value))), "maxItems": len(value)}
    inner = [draw(schema_of(item, max(depth - 1, 0))) for item in value]
    if inner:
        way = draw(st.sampled_from(["anyOf", "prefix", "contains", "same"]))
        if way == "anyOf":
            parts["items"] = {"anyOf": inner}
        elif way == "prefix":
            parts |= {"prefixItems": inner, draw(st.sampled_from(["items", "unevaluatedItems"])): False}
        elif way == "contains":
            parts |= {"contains": inner[0], "minContains": 1, "maxContains": len(value)}
        else:
            parts["items"] = inner[0]
    parts["uniqueItems"] = len({json.dumps(item, sort_keys=True) for item in value}) == len(value)
    return {"type": "array"} | sometimes(draw, parts)


@st.composite
def object_schema_of(draw: Any, value: dict[str, Any], depth: int) -> dict[str, Any]:
    inner = {name: draw(schema_of(item, max(depth - 1, 0))) for name, item in value.items()}
    names = list(value)
    parts: dict[str, Any] = {
        "properties": inner,
        "required": draw(st.lists(st.sampled_from(names), unique=True, min_size=1)) if names else ["a"],
        "minProperties": draw(st.integers(0, len(value))),
        "maxProperties": len(value) + draw(st.integers(0, 2)),
        draw(st.sampled_from(["additionalProperties", "unevaluatedProperties"])): draw(
            st.sampled_from([False, True, {"type": "string"}])
        ),
        "patternProperties": {"^x-": draw(st.sampled_from([True, {"type": ["string", "integer"]}]))},
        "propertyNames": draw(st.sampled_from([{"maxLength": 12}, {"pattern": "^[a-z]"}, {"enum": NAMES}])),
    }
    if len(names) > 1:
        parts["dependentRequired"] = {names[0]: [names[1]], "absent": ["missing"]}
        parts["dependentSchemas"] = {names[1]: {"required": [names[0]]}, "absent": False}
    return {"type": "object"} | sometimes(draw, parts)


def generate(schema: Any, seed: int = 0, version: str = "3.1.0") -> tuple[Any, Any]:
    holder = {"type": ["object", "string"], "properties": {"a": {"$ref": "#/components/schemas/Thing"}}}
    schemas = Schemas({"openapi": version, "components": {"schemas": {"Thing": schema, "Holder": holder}}})
    compiled = schemas.schema("/components/schemas/Thing", Direction.RESPONSE)
    return compiled, lambda: Generator(schemas).value(compiled, Random(seed), EPOCH)


def legacy(schema: Any) -> Any:
    """Convert a schema to OpenAPI 3.0 as far as possible."""
    if isinstance(schema, list):
        return [legacy(part) for part in schema]
    if not isinstance(schema, dict):
        return {} if schema is True else {"not": {}} if schema is False else schema
    old = {}
    for keyword, value in schema.items():
        if keyword in {"properties", "patternProperties"}:
            old[keyword] = {name: legacy(part) for name, part in value.items()}
        elif keyword == "type" and isinstance(value, list):
            old |= {"nullable": True, "type": value[1]} if value[0] == "null" else {"type": value[0]}
        elif keyword == "type" and value == "null":
            old |= {"nullable": True, "enum": [None]}
        elif keyword in {"exclusiveMinimum", "exclusiveMaximum"}:
            old |= {keyword: True, keyword.replace("exclusiveM", "m"): value}
        elif keyword == "additionalProperties":
            old[keyword] = legacy(value) if isinstance(value, dict) else value
        elif keyword in OLD:
            old[keyword] = value if keyword in {"enum", "uniqueItems"} else legacy(value)
    return old


@QUICK
@given(st.data())
def test_a_value_is_found_in_the_older_dialect(data):
    witness = data.draw(values)
    compiled, make = generate(legacy(data.draw(schema_of(witness))), data.draw(st.integers(0, 5)), "3.0.3")
    assume(compiled.is_valid(witness))

    assert compiled.is_valid(make())


@QUICK
@given(st.data())
def test_a_value_is_found_for_every_schema_that_has_one(data):
    witness = data.draw(values)
    schema = data.draw(schema_of(witness))
    compiled, make = generate(schema, data.draw(st.integers(0, 5)))
    assume(compiled.is_valid(witness))

    assert compiled.is_valid(make())


names = st.sampled_from(NAMES)
sizes = st.integers(0, 4)
numbers = st.integers(-10, 10) | st.sampled_from([0.5, -2.5, 1e20, 2**60])


def soup(inner: Any) -> Any:
    """Draw any keywords, satisfiable or not."""
    maps = st.dictionaries(names, inner, max_size=3)
    lists = st.lists(inner, min_size=1, max_size=3)
    keywords = {
        "type": st.sampled_from(TYPES) | st.lists(st.sampled_from(TYPES), min_size=1, unique=True),
        "enum": st.lists(values, min_size=1, max_size=3),
        "const": values,
        "pattern": st.sampled_from([*PATTERNS, "^(?=.*\\d)[a-z\\d]{4,}$", "^(.)\\1$", "(?!x)^.{2}$", "\\p{Lu}"]),
        "format": st.sampled_from([*FORMATS, "time", "duration", "ipv6", "json-pointer", "unknown"]),
        "multipleOf": st.sampled_from([1, 3, 0.1, 0.25, 1e-8, 1e10]),
        "uniqueItems": st.booleans(),
        "required": st.lists(names, unique=True, max_size=3),
        "dependentRequired": st.dictionaries(names, st.lists(names, unique=True, max_size=2), max_size=2),
        "$ref": st.just("#/components/schemas/Holder"),
        "x-faker": st.sampled_from(["internet.email", "number.int", "nothing"]),
        "example": values,
        "default": values,
    }
    keywords |= dict.fromkeys(
        ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"], sizes
    )
    keywords |= dict.fromkeys(["minContains", "maxContains"], sizes)
    keywords |= dict.fromkeys(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"], numbers)
    keywords |= dict.fromkeys(["properties", "dependentSchemas"], maps)
    keywords |= {"patternProperties": st.dictionaries(st.sampled_from(PATTERNS), inner, max_size=2)}
    keywords |= dict.fromkeys(["allOf", "anyOf", "oneOf", "prefixItems"], lists)
    single = ["not", "if", "then", "else", "items", "contains", "additionalProperties", "propertyNames"]
    keywords |= dict.fromkeys([*single, "unevaluatedItems", "unevaluatedProperties"], inner)
    chosen = st.lists(st.sampled_from(sorted(keywords)), unique=True, max_size=4)
    return chosen.flatmap(lambda chosen: st.fixed_dictionaries({name: keywords[name] for name in chosen}))


@QUICK
@given(soup(st.booleans() | soup(st.booleans() | soup(st.just(True)))), st.integers(0, 3))
def test_a_generated_value_is_valid_or_generation_fails(schema, seed):
    compiled, make = generate(schema, seed)
    try:
        value = make()
    except Unsatisfiable:
        value = None

    assert value is None or compiled.is_valid(value)


REF = "#/components/schemas/"
KINDS = ["One", "Two", "Three"]


@st.composite
def member(draw: Any, older: bool) -> dict[str, Any]:
    """Draw the schema of a property: plain, or a component in a form that lets recursion end."""
    target = {"$ref": REF + draw(st.sampled_from([*KINDS, "Any"]))}
    null = {"nullable": True} if older else {}
    ways = [
        {"type": draw(st.sampled_from(["string", "integer", "number", "boolean"])), **null},
        {"type": "string", "format": draw(st.sampled_from(FORMATS))},
        {"type": "array", "items": target, "maxItems": draw(st.integers(0, 3))},
        {"type": "object", "additionalProperties": target},
        {"allOf": [target], "nullable": True} if older else {"anyOf": [target, {"type": "null"}]},
    ]
    travels = draw(st.sampled_from([{}, {}, {"readOnly": True}, {"writeOnly": True}]))
    return draw(st.sampled_from(ways)) | travels


@st.composite
def families(draw: Any, older: bool) -> dict[str, Any]:
    """Draw components with circular references and a discriminator."""
    schemas: dict[str, Any] = {}
    for kind in KINDS:
        properties = {name: draw(member(older)) for name in draw(st.lists(names, max_size=4, unique=True))}
        optional = draw(st.lists(names, max_size=2, unique=True))
        schemas[kind] = {
            "type": "object",
            "required": ["kind", *(name for name in properties if name not in optional)],
            "properties": {"kind": {"type": "string", "enum": [kind.lower()]}, **properties},
            **draw(st.sampled_from([{}, {}, {"additionalProperties": False}])),
        }
    mapping = {kind.lower(): REF + kind for kind in KINDS}
    branches = [{"$ref": REF + kind} for kind in KINDS]
    schemas["Any"] = {
        draw(st.sampled_from(["oneOf", "anyOf"])): branches,
        "discriminator": {"propertyName": "kind", "mapping": mapping},
    }
    return schemas


def travelling(schemas: dict[str, Any], value: Any, foreign: str) -> bool:
    """Whether a value has no members of the other direction."""
    if isinstance(value, list):
        return all(travelling(schemas, item, foreign) for item in value)
    if not isinstance(value, dict):
        return True
    properties = schemas.get(str(value.get("kind")).capitalize(), {}).get("properties", {})
    return all(
        properties.get(name, {}).get(foreign) is not True and travelling(schemas, item, foreign)
        for name, item in value.items()
    )


@QUICK
@given(st.data(), st.booleans(), st.sampled_from(Direction), st.integers(0, 3))
def test_cycles_discriminators_and_one_way_properties_are_respected(data, older, direction, seed):
    schemas = data.draw(families(older))
    document = Schemas({"openapi": "3.0.3" if older else "3.1.0", "components": {"schemas": schemas}})
    compiled = document.schema("/components/schemas/" + data.draw(st.sampled_from([*KINDS, "Any"])), direction)
    value = Generator(document).value(compiled, Random(seed), EPOCH)

    assert compiled.is_valid(value)
    assert travelling(schemas, value, direction.foreign)


@QUICK
@given(st.data(), st.booleans(), st.integers(0, 3))
def test_given_parts_of_a_value_are_kept(data, older, seed):
    schemas = data.draw(families(older))
    document = Schemas({"openapi": "3.0.3" if older else "3.1.0", "components": {"schemas": schemas}})
    compiled = document.schema("/components/schemas/" + data.draw(st.sampled_from([*KINDS, "Any"])), Direction.RESPONSE)
    whole = Generator(document).value(compiled, Random(seed), EPOCH)
    part = {name: whole[name] for name in data.draw(st.lists(st.sampled_from(sorted(whole)), unique=True))}
    value = Generator(document).value(compiled, Random(seed + 9), EPOCH, given=part)

    assert compiled.is_valid(value)
    assert {name: value[name] for name in part} == part
