"""Shapes: the properties and items of schemas, with references and compositions resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.openapi.pointers import at, join, pointer_of
from locum.openapi.wire.styles import kinds_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from locum.openapi.schemas.dialects import Direction
    from locum.openapi.schemas.schemas import Schema, Schemas

__all__ = ["Shape", "Shapes"]

_DEEPEST = 16
"""How deep compositions are followed, which also ends circular ones."""

_ANNOTATIONS = frozenset(
    {"type", "nullable", "description", "title", "readOnly", "writeOnly", "deprecated", "example", "default"}
)
"""Keywords that do not describe members; an `allOf` branch with only these is an annotation."""


class Shape:
    """The form of a schema's values: kinds, properties, items. Its parts are resolved at the first use."""

    __slots__ = ("_shapes", "items", "kinds", "properties", "required", "schema")

    properties: dict[str, Schema]
    """The schemas of the properties, by name."""
    required: frozenset[str]
    """The names of the required properties."""
    items: Schema | None
    """The schema of array elements, or None."""

    def __init__(self, schema: Schema, shapes: Shapes) -> None:
        self.schema = schema
        self.kinds = kinds_of(schema, schema.raw)
        self._shapes = shapes

    def __getattr__(self, name: str) -> Any:
        """Resolve the parts at the first use of one; later uses find the attribute itself."""
        if name not in {"properties", "required", "items"}:
            raise AttributeError(name)
        # Set first, because circular references come back to this shape.
        self.properties, self.required, self.items = {}, frozenset(), None
        self._shapes.fill(self)
        return getattr(self, name)

    @property
    def is_object(self) -> bool:
        """Whether its values are objects; a schema with other types needs properties for this."""
        return "object" in self.kinds and (self.kinds <= {"object", "null"} or bool(self.properties))

    @property
    def is_array(self) -> bool:
        """Whether its values are arrays; a schema with other types needs `items` for this."""
        return "array" in self.kinds and (self.kinds <= {"array", "null"} or self.items is not None)


class Shapes:
    """The shapes of a document's schemas, cached."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self._shapes: dict[Schema, Shape] = {}
        self._identities: dict[Schema, str] = {}

    def of(self, schema: Schema) -> Shape:
        """Return the shape of a schema."""
        shape = self._shapes.get(schema)
        if shape is None:
            shape = self._shapes[schema] = Shape(schema, self)
        return shape

    def at(self, shape: Shape, place: Iterable[str | int]) -> Shape:
        """Return the shape at a path below a shape; a number is an index of a list."""
        for step in place:
            inner = shape.items if isinstance(step, int) else shape.properties.get(step)
            assert inner is not None  # noqa: S101 (places are found in shapes)
            shape = self.of(inner)
        return shape

    def inner(self, schema: Schema) -> Shape:
        """Return the shape of a schema, or of its elements if it is an array."""
        shape = self.of(schema)
        return self.of(shape.items) if shape.is_array and shape.items is not None else shape

    def has(self, shape: Shape, place: Iterable[str]) -> bool:
        """Return whether a path of members exists below a shape."""
        for step in place:
            if step not in shape.properties:
                return False
            shape = self.of(shape.properties[step])
        return True

    def fill(self, shape: Shape) -> None:
        """Set the properties, the required ones and the items of a shape from all parts of its schema."""
        schema, required = shape.schema, set[str]()
        for part, pointer, certain in self._parts(schema.pointer, schema.direction, 0, certain=True):
            for name, value in (part.get("properties") or {}).items():
                place = self.schemas.schema(join(pointer, "properties", name), schema.direction, value)
                known = shape.properties.setdefault(name, place)
                if known is not place and certain and self._detail(place) > self._detail(known):
                    shape.properties[name] = place
            if certain:
                required.update(part.get("required") or ())
            if shape.items is None and isinstance(part.get("items"), dict):
                shape.items = self.schemas.schema(join(pointer, "items"), schema.direction, part["items"])
        shape.required = frozenset(required)

    def _detail(self, schema: Schema) -> tuple[int, bool]:
        """Return a measure of a schema's detail: branches of `allOf` may declare one property differently."""
        shape = self.of(schema)
        inner = self.of(shape.items) if shape.items is not None else shape
        raw = schema.raw if isinstance(schema.raw, dict) else {}
        return len(inner.properties), "enum" in raw or "const" in raw

    def identity(self, schema: Schema) -> str:
        """Return the canonical pointer of a schema, looking through an `allOf` that only annotates it."""
        found = self._identities.get(schema)
        if found is None:
            found = self._identities[schema] = self._identity(schema)
        return found

    def _identity(self, schema: Schema) -> str:
        pointer = schema.pointer
        for _ in range(_DEEPEST):
            part = at(self.schemas.document, pointer)
            branches = part.get("allOf") if isinstance(part, dict) else None
            if not isinstance(branches, list) or "properties" in part:
                break
            telling = [
                index for index, one in enumerate(branches) if not isinstance(one, dict) or one.keys() - _ANNOTATIONS
            ]
            if len(telling) != 1:
                break
            pointer = self.schemas.schema(join(pointer, "allOf", telling[0]), schema.direction).pointer
        return pointer

    def _parts(
        self, pointer: str, direction: Direction, depth: int, *, certain: bool
    ) -> Iterator[tuple[dict[str, Any], str, bool]]:
        """Yield (schema object, pointer, whether it always applies) for the parts of a schema."""
        part = at(self.schemas.document, pointer)
        if not isinstance(part, dict) or depth > _DEEPEST:
            return
        reference = part.get("$ref")
        if isinstance(reference, str):
            home = self.schemas.schema(pointer_of(reference), direction).pointer
            yield from self._parts(home, direction, depth + 1, certain=certain)
            if self.schemas.legacy:
                return
        yield part, pointer, certain
        for composition in ("allOf", "oneOf", "anyOf"):
            for index in range(len(part.get(composition) or ())):
                inner = join(pointer, composition, index)
                yield from self._parts(inner, direction, depth + 1, certain=certain and composition == "allOf")
