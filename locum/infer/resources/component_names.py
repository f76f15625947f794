"""Names of components: which of them describe the same kind of record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.infer.resources.words import singular, words_of
from locum.openapi.pointers import pointer_of

if TYPE_CHECKING:
    from locum.infer.resources.shapes import Shape, Shapes

__all__ = ["plain_name"]

_EXTENTS = frozenset({
    "compact", "simple", "minimal", "nullable", "public", "private", "base", "brief", "ref", "reference", "summary",
    "response", "full", "mini", "short", "basic", "detail", "details", "detailed", "request", "dto", "entity", "model",
    "output", "read", "object", "resource", "item", "expanded", "extended", "with", "info", "simplified", "normal",
    "partial", "slim", "lite",
})  # fmt: skip
"""Words in the name of a schema that say how much of a record it shows."""


def plain_name(shape: Shape, shapes: Shapes) -> tuple[str, ...] | None:
    """Return the words of a component's name without those that say how much of a record it shows: `ProjectCompact`."""
    pointer = shapes.identity(shape.schema)
    head, _, name = pointer.rpartition("/")
    if not head.endswith("/schemas"):
        names = {_plain(pointer_of(one)) for one in _alternatives(shape)}
        return names.pop() if len(names) == 1 else None  # a PublicUser or a PrivateUser: a user
    return _plain(name)


def _alternatives(shape: Shape) -> list[str]:
    raw = shape.schema.raw if isinstance(shape.schema.raw, dict) else {}
    parts = [part for keyword in ("anyOf", "oneOf") for part in raw.get(keyword) or () if isinstance(part, dict)]
    return [part["$ref"] for part in parts if isinstance(part.get("$ref"), str)] if "properties" not in raw else []


def _plain(pointer: str) -> tuple[str, ...] | None:
    name = pointer.rpartition("/")[2]
    return tuple(singular(word) for word in words_of(name) if word not in _EXTENTS) or None
