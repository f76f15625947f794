"""Uniqueness: the members that no two records of a collection share, as far as a contract says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.infer.resources.words import stem
from locum.openapi.pointers import at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.infer.resources.resources import Resource
    from locum.openapi.compile.operations import Operation
    from locum.openapi.schemas.schemas import Schema

__all__ = ["unique_members"]

_BY_NAME = frozenset({"email", "username", "login", "slug", "handle"})
"""Stems of members whose values are unique."""
_CONFLICT = "409"
_NEGATED = ("not unique", "non-unique", "not be unique", "need not", "unique per", "unique within", "uniquely")


def unique_members(operation: Operation, resource: Resource, sent: Mapping[str, Schema]) -> list[str]:
    """Return the members of a create that conflict with another record if they are equal.

    There are none unless the operation declares 409. They have the name of such a member, are further identifiers of
    the record, are said to be unique, or are named where the description of 409 speaks of what exists.
    """
    declared = operation.responses.get(_CONFLICT)
    if declared is None:
        return []
    about = str(at(operation.schemas.document, declared.pointer).get("description", "")).lower().split()
    exists = any(word.startswith(("exist", "duplicate")) for word in about)
    return [
        name
        for name, schema in sent.items()
        if stem(name) in _BY_NAME
        or name in resource.alternates
        or _is_said_unique(schema)
        or (exists and name.lower() in about and not _is_object(schema))
    ]


def _is_object(schema: Schema) -> bool:
    """Return whether a member is an object; a folder that exists in its parent does not make the parent unique."""
    raw: Any = schema.resolve(schema.raw)
    return isinstance(raw, dict) and (raw.get("type") == "object" or "properties" in raw)


def _is_said_unique(schema: Schema) -> bool:
    raw: Any = schema.resolve(schema.raw)
    text = str(raw.get("description", "")).lower() if isinstance(raw, dict) else ""
    return "unique" in text and not any(word in text for word in _NEGATED)
