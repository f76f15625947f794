"""Distinctions: what a value of one schema has that another schema excludes, as far as that is seen at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from locum.generate.planning.parts import canonical

if TYPE_CHECKING:
    from locum.openapi.compile.schemas import Schemas

__all__ = ["Distinctions", "distinctions", "excludes"]

_DEEPEST = 8
"""How far an `allOf` in an `allOf` is looked into; a circular one ends here."""


class Distinctions(NamedTuple):
    """What is seen of a schema: its types (empty where any may be), and which values its properties may have."""

    types: frozenset[str]
    values: dict[str, frozenset[Any]]
    required: frozenset[str]


def excludes(one: Distinctions, other: Distinctions) -> bool:
    """Return whether a value that fits one schema cannot fit the other, as far as is seen."""
    if one.types and other.types and one.types.isdisjoint(other.types):
        return not {"number", "integer"} <= one.types | other.types
    return any(
        name in other.values and values.isdisjoint(other.values[name])
        for name, values in one.values.items()
        if name in one.required and one.types == {"object"}
    )


def distinctions(schema: Any, schemas: Schemas, depth: int = _DEEPEST) -> Distinctions:
    """Return what is seen of a schema, with all parts of its `allOf`."""
    schema = schemas.resolve(schema)
    if not isinstance(schema, dict) or not depth:
        return Distinctions(frozenset(), {}, frozenset())
    kinds = schema.get("type") or ()
    types = frozenset([kinds] if isinstance(kinds, str) else kinds)
    types |= {"null"} if types and schemas.legacy and schema.get("nullable") is True else frozenset()
    values, required = {}, set(schema.get("required") or ())
    for name, part in (schema.get("properties") or {}).items():
        named = schemas.resolve(part)
        if isinstance(named, dict) and ("const" in named or isinstance(named.get("enum"), list)):
            each = [named["const"]] if "const" in named else named["enum"]
            nothing = [None] if schemas.legacy and named.get("nullable") is True else []
            values[name] = frozenset(map(canonical, [*each, *nothing]))
    for part in schema.get("allOf") or ():
        inner = distinctions(part, schemas, depth - 1)
        types = types & inner.types if types and inner.types else types or inner.types
        required |= inner.required
        for name, each in inner.values.items():
            values[name] = values[name] & each if name in values else each
    return Distinctions(types, values, frozenset(required))
