"""Form schemas: what a form needs to know of a schema, with references and compositions resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from locum.infer.resources.shapes import Shapes
    from locum.openapi.schemas.schemas import Schema

__all__ = ["form_schema"]

_DEEPEST = 5
_MOST_FIELDS = 1500
"""Limits of a form: deeper and further parts are edited as JSON."""
_LONGEST = 400
"""The maximum length of a description."""
_KEPT = (
    "title",
    "enum",
    "const",
    "format",
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "default",
    "readOnly",
    "writeOnly",
    "deprecated",
)
"""The keywords that a form shows or enforces as they are."""


def form_schema(schema: Schema, shapes: Shapes) -> dict[str, Any]:
    """Return a schema for a form: `types`, the plain keywords, `properties`, `required` and `items`.

    A part without `types` is edited as JSON: alternatives, free objects, and what is beyond the limits.
    """
    return _part(schema, shapes, _DEEPEST, [_MOST_FIELDS])


def _part(schema: Schema, shapes: Shapes, depth: int, left: list[int]) -> dict[str, Any]:
    raw = schema.raw if isinstance(schema.raw, dict) else {}
    shape = shapes.of(schema)
    found: dict[str, Any] = {name: raw[name] for name in _KEPT if name in raw}
    if isinstance(raw.get("description"), str):
        found["description"] = raw["description"][:_LONGEST]
    left[0] -= 1
    kinds = sorted(shape.kinds)
    if "oneOf" in raw or "anyOf" in raw or depth <= 0 or left[0] <= 0:
        return found
    if shape.is_object and shape.properties:
        properties = {name: _part(inner, shapes, depth - 1, left) for name, inner in shape.properties.items()}
        return {**found, "types": kinds, "properties": properties, "required": sorted(shape.required)}
    if shape.is_array and shape.items is not None:
        return {**found, "types": kinds, "items": _part(shape.items, shapes, depth - 1, left)}
    scalar = not {"object", "array"} & shape.kinds
    return {**found, "types": kinds} if scalar else found
