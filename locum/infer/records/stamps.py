"""Stamps: the members of a record in which a server writes when something happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.infer.resources.words import words_of
from locum.state.clock import timestamp

if TYPE_CHECKING:
    from datetime import datetime

    from locum.infer.resources.shapes import Shape, Shapes

__all__ = ["Stamps", "stamp"]

_CREATED = frozenset({"created", "creation", "inserted", "registered", "added"})
_CHANGED = frozenset({"updated", "modified", "changed", "edited"})
_TIMES = frozenset({"at", "on", "date", "time", "timestamp", "datetime", "last", "ts"})


class Stamps:
    """Which members of a record say when it was made and when it was changed."""

    def __init__(self, shape: Shape, shapes: Shapes) -> None:
        self.created = _named(shape, shapes, _CREATED)
        self.changed = _named(shape, shapes, _CHANGED)

    def at_creation(self, now: datetime) -> dict[str, Any]:
        """Return both, of a record that is made now."""
        return {name: stamp(shape, now) for name, shape in [*self.created.items(), *self.changed.items()]}

    def at_change(self, now: datetime) -> dict[str, Any]:
        """Return the second, of a record that is changed now."""
        return {name: stamp(shape, now) for name, shape in self.changed.items()}


def _named(shape: Shape, shapes: Shapes, wanted: frozenset[str]) -> dict[str, Shape]:
    found = {}
    for name, schema in shape.properties.items():
        words = frozenset(words_of(name))
        inner = shapes.of(schema)
        if words & wanted and words <= wanted | _TIMES and _is_moment(inner):
            found[name] = inner
    return found


def _is_moment(shape: Shape) -> bool:
    raw = shape.schema.raw
    declared = raw.get("format") if isinstance(raw, dict) else None
    return bool(shape.kinds & {"integer", "number"}) or declared in {"date-time", "date"} or _alone(shape)


def _alone(shape: Shape) -> bool:
    return shape.kinds <= {"string", "null"}


def stamp(shape: Shape, now: datetime) -> Any:
    """Write a moment as a schema wants it: RFC 3339, a date, or seconds since 1970."""
    if "string" not in shape.kinds:
        return int(now.timestamp())
    raw = shape.schema.raw
    text = timestamp(now)
    return text[:10] if isinstance(raw, dict) and raw.get("format") == "date" else text
