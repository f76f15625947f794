"""Branches of a schema: which there are, and which of them a value takes."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any

from locum.contract.references import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.contract.dialects import Direction
    from locum.contract.schemas import Schemas

__all__ = ["MOST_BRANCHES", "branches", "taken"]

MOST_BRANCHES = 200
_DEEPEST = 5
_MOST_VALUES = 30
_BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")


def branches(schemas: Schemas, pointer: str, direction: Direction) -> Iterator[str]:
    """Yield the branches of the schema at a pointer, each by a name: `/tags:empty`, `/kind=cat`, `:oneOf/1`.

    There are at most MOST_BRANCHES; of a vast schema those nearest to its root.
    """
    yield from islice(
        dict.fromkeys(islice(_Walk(schemas, direction).declared(pointer), 2 * MOST_BRANCHES)), MOST_BRANCHES
    )


def taken(schemas: Schemas, pointer: str, direction: Direction, value: Any) -> Iterator[str]:
    """Yield the branches that a value takes which fits the schema at a pointer."""
    yield from dict.fromkeys(_Walk(schemas, direction).seen(pointer, "", value, 0))


class _Walk:
    """Walks a schema, alone or beside a value. What is deeper than _DEEPEST, or within itself, has no cells."""

    def __init__(self, schemas: Schemas, direction: Direction) -> None:
        self._schemas = schemas
        self._direction = direction

    def declared(self, root: str) -> Iterator[str]:
        """Yield the branches, those nearest to the root first."""
        awaited = deque([(root, "", frozenset[str]())])
        while awaited:
            pointer, path, above = awaited.popleft()
            home, raw = self._at(pointer)
            if home in above or len(above) > _DEEPEST or not isinstance(raw, dict):
                continue
            above |= {home}
            yield from (f"{path}{mark}" for mark in _marks(raw))
            for keyword in ("oneOf", "anyOf", "allOf"):
                for index, _ in enumerate(_listed(raw, keyword)):
                    if keyword != "allOf":
                        yield f"{path}:{keyword}/{index}"
                    awaited.append((join(home, keyword, index), path, above))
            required = _listed(raw, "required")
            for name in _properties(raw):
                if name not in required:
                    yield from (f"{path}/{name}:present", f"{path}/{name}:absent")
                awaited.append((join(home, "properties", name), f"{path}/{name}", above))
            if isinstance(raw.get("items"), dict):
                if not raw.get("minItems"):
                    yield f"{path}:empty"
                yield f"{path}:filled"
                awaited.append((join(home, "items"), f"{path}/*", above))

    def seen(self, pointer: str, path: str, value: Any, depth: int) -> Iterator[str]:
        home, raw = self._at(pointer)
        if depth > _DEEPEST or not isinstance(raw, dict):
            return
        yield from (f"{path}{mark}" for mark, fits in _marks(raw).items() if fits(value))
        for keyword in ("oneOf", "anyOf"):
            for index, _ in enumerate(_listed(raw, keyword)):
                inner = join(home, keyword, index)
                if self._schemas.schema(inner, self._direction).is_valid(value):
                    yield f"{path}:{keyword}/{index}"
                    yield from self.seen(inner, path, value, depth + 1)
        for index, _ in enumerate(_listed(raw, "allOf")):
            yield from self.seen(join(home, "allOf", index), path, value, depth + 1)
        if isinstance(value, dict):
            for name in _properties(raw):
                yield f"{path}/{name}:{'present' if name in value else 'absent'}"
                if name in value:
                    yield from self.seen(join(home, "properties", name), f"{path}/{name}", value[name], depth + 1)
        if isinstance(value, list) and isinstance(raw.get("items"), dict):
            yield f"{path}:{'filled' if value else 'empty'}"
            for item in value[:_MOST_VALUES]:
                yield from self.seen(join(home, "items"), f"{path}/*", item, depth + 1)

    def _at(self, pointer: str) -> tuple[str, Any]:
        schema = self._schemas.schema(pointer, self._direction)
        return schema.pointer, schema.raw


def _marks(raw: dict[str, Any]) -> dict[str, Any]:
    """Return the marks of a schema itself, and by what a value has each: null, enum values, bounds."""
    marks: dict[str, Any] = {}
    kinds = _listed(raw, "type") or [raw.get("type")]
    if raw.get("nullable") is True or (len(kinds) > 1 and "null" in kinds):
        marks |= {":null": lambda value: value is None, ":value": lambda value: value is not None}
    if "boolean" in kinds:
        marks |= {"=true": lambda value: value is True, "=false": lambda value: value is False}
    if isinstance(raw.get("enum"), list) and len(raw["enum"]) <= _MOST_VALUES:
        marks |= {f"={one}": (lambda value, one=one: type(value) is type(one) and value == one) for one in raw["enum"]}
    for keyword in _BOUNDS:
        bound = raw.get(keyword)
        if isinstance(bound, int | float) and not isinstance(bound, bool):
            marks[f":{keyword}"] = lambda value, bound=bound: _size(value) == bound
    return marks


def _size(value: Any) -> Any:
    return len(value) if isinstance(value, str | list) else None if isinstance(value, bool) else value


def _listed(raw: dict[str, Any], keyword: str) -> list[Any]:
    found = raw.get(keyword)
    return found if isinstance(found, list) else []


def _properties(raw: dict[str, Any]) -> list[str]:
    found = raw.get("properties")
    return list(found) if isinstance(found, dict) else []
