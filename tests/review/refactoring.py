"""Refactorings: edits of a document that change how it is written and not what it means."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from locum.openapi.pointers import at, join

if TYPE_CHECKING:
    from random import Random

SCHEMAS = "#/components/schemas/"
_DATA = frozenset({"example", "examples", "default", "enum", "const"})


def refactored(content: dict[str, Any], random: Random, count: int = 8) -> dict[str, Any]:
    """Return a copy of an OpenAPI 3 document after some random refactorings."""
    edited = copy.deepcopy(content)
    for _ in range(count):
        random.choice((rename_component, inline_reference, reorder_keys, reorder_lists, wrap, split_type))(
            edited, random
        )
    return edited


def rename_component(content: dict[str, Any], random: Random) -> None:
    schemas = content.get("components", {}).get("schemas", {})
    if not schemas:
        return
    old = random.choice(sorted(schemas))
    new = f"{old}Renamed{random.randrange(1000)}"
    if new in schemas or _is_discriminated(content, old):
        return
    items = [(new if name == old else name, schema) for name, schema in schemas.items()]
    schemas.clear()
    schemas.update(items)
    for holder in _references(content):
        if holder["$ref"] == SCHEMAS + old:
            holder["$ref"] = SCHEMAS + new
        elif holder["$ref"].startswith(SCHEMAS + old + "/"):
            holder["$ref"] = SCHEMAS + new + holder["$ref"].removeprefix(SCHEMAS + old)


def inline_reference(content: dict[str, Any], random: Random) -> None:
    """Replace a reference to a schema by a copy of the schema."""
    holders = [
        one
        for one in _references(content)
        if one["$ref"].startswith(SCHEMAS)
        and len(one) == 1
        and not _is_discriminated(content, one["$ref"].rpartition("/")[2])
    ]
    if not holders:
        return
    holder = random.choice(holders)
    try:
        target = copy.deepcopy(at(content, holder["$ref"][1:]))
    except LookupError:
        return
    if isinstance(target, dict) and "discriminator" not in str(target):
        holder.clear()
        holder.update(target)


def reorder_keys(content: dict[str, Any], random: Random) -> None:
    """Shuffle the members of objects whose order means nothing."""
    for schema in _schemas(content):
        if isinstance(schema.get("properties"), dict) and random.random() < 0.3:
            items = list(schema["properties"].items())
            random.shuffle(items)
            schema["properties"] = dict(items)


def reorder_lists(content: dict[str, Any], random: Random) -> None:
    for schema in _schemas(content):
        for keyword in ("required", "enum"):
            if isinstance(schema.get(keyword), list) and random.random() < 0.3:
                random.shuffle(schema[keyword])


def wrap(content: dict[str, Any], random: Random) -> None:
    """Write a property as an `allOf` of one part."""
    holders = [
        schema for schema in _schemas(content) if isinstance(schema.get("properties"), dict) and schema["properties"]
    ]
    if not holders:
        return
    properties = random.choice(holders)["properties"]
    name = random.choice(sorted(properties))
    if (
        isinstance(properties[name], dict)
        and not {"readOnly", "writeOnly", "nullable", "xml"} & properties[name].keys()
    ):
        if "$ref" in properties[name] and _marks_direction(content, properties[name]):
            return
        properties[name] = {"allOf": [properties[name]]}


def split_type(content: dict[str, Any], random: Random) -> None:
    """Write a type as a list with one type, where the version allows it."""
    if not str(content.get("openapi", "")).startswith("3.1"):
        return
    for schema in _schemas(content):
        if isinstance(schema.get("type"), str) and random.random() < 0.2:
            schema["type"] = [schema["type"]]


def _marks_direction(content: dict[str, Any], part: dict[str, Any]) -> bool:
    try:
        target = at(content, part["$ref"][1:])
    except LookupError:
        return True
    return (
        not isinstance(target, dict) or bool({"readOnly", "writeOnly", "nullable"} & target.keys()) or "$ref" in target
    )


def _is_discriminated(content: dict[str, Any], name: str) -> bool:
    """Return whether the name of a component may be a value of a discriminator."""
    return any("discriminator" in schema for schema in _schemas(content))


def _references(value: Any) -> list[dict[str, Any]]:
    return [one for one in _objects(value) if isinstance(one.get("$ref"), str)]


def _schemas(content: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in _objects(content) if "type" in one or "properties" in one or "discriminator" in one]


def _objects(value: Any) -> list[dict[str, Any]]:
    found, pending = [], [value]
    while pending:
        one = pending.pop()
        if isinstance(one, dict):
            found.append(one)
            pending += [
                inner
                for key, inner in one.items()
                if (key not in _DATA or _is_schema_of(one, key))
                and not str(key).startswith("x-")
                and key != "securitySchemes"
            ]
        elif isinstance(one, list):
            pending += one
    return found


def _is_schema_of(holder: dict[str, Any], key: str) -> bool:
    """Return whether a key that is usually data is the name of a property."""
    value = holder[key]
    return isinstance(value, dict) and ("type" in value or "$ref" in value) and "type" not in holder


def pointers(content: dict[str, Any]) -> list[str]:
    """Return the pointers of all component schemas."""
    return [join("/components/schemas", name) for name in content.get("components", {}).get("schemas", {})]
