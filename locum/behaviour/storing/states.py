"""States: which members say how far a record has come, and where a new one begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.behaviour.reading.words import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.behaviour.reading.resources import Resource
    from locum.behaviour.reading.shapes import Shape
    from locum.openapi.compile.schemas import Schema

__all__ = ["defaults_of", "first_value", "is_state", "unreached"]

_STATES = frozenset({"status", "state", "phase", "stage", "condition", "lifecycle"})

_HAPPENED = frozenset({"at", "on", "date", "time", "timestamp"})


def is_state(name: str) -> bool:
    """Whether a member has the name of a state: `status`, `orderState`."""
    words = words_of(name)
    return bool(words) and words[-1] in _STATES


def first_value(name: str, schema: Schema) -> Any:
    """Return what a member of a new record plainly is: its default, the first of its values, a state's example.

    None where nothing says so.
    """
    raw = schema.raw if isinstance(schema.raw, dict) else {}
    if "default" in raw and schema.is_valid(raw["default"]):
        return raw["default"]
    values = raw.get("enum")
    if isinstance(values, list) and values:
        return values[0] if isinstance(values[0], str) else None
    return raw.get("example") if is_state(name) else None


def defaults_of(resource: Resource) -> dict[str, Any]:
    """Return the defaults of the members that a client may send, for when it does not."""
    properties = resource.shape.properties if resource.shape is not None else {}
    return {
        name: schema.raw["default"]
        for name, schema in properties.items()
        if name in resource.settable
        and isinstance(schema.raw, dict)
        and "default" in schema.raw
        and schema.is_valid(schema.raw["default"])
    }


def unreached(shape: Shape, members: Mapping[str, Any]) -> list[str]:
    """Name the optional members that tell when a record came into a state in which it is not.

    `completedAt` of an order that is `pending`, where `completed` is one of its states.
    """
    states: set[str] = set()
    present: set[str] = set()
    for name, schema in shape.properties.items():
        values = schema.raw.get("enum") if isinstance(schema.raw, dict) else None
        if is_state(name) and isinstance(values, list) and name in members:
            states.update("_".join(words_of(value)) for value in values if isinstance(value, str))
            present.add("_".join(words_of(str(members[name]))))
    if not states:
        return []
    return [
        name
        for name in members
        if name not in shape.required
        and (words := words_of(name))[-1:]
        and words[-1] in _HAPPENED
        and "_".join(words[:-1]) in states - present
    ]
