"""Relationships: the links between the records of JSON:API documents (`relationships`), and the records `included`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from locum.infer.resources.words import same
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.infer.records.seeds import Seeds
    from locum.infer.resources.resources import Resource, Resources
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.world.worlds import World

__all__ = ["MEMBER", "Relationships"]

MEMBER = "relationships"
"""The member of a record that holds its relationships (JSON:API, section 7.2.4)."""
_MOST = 2
"""How many records a generated relationship to many has."""


class _Relationship(NamedTuple):
    """One relationship: `author` of an article."""

    name: str
    kind: str
    """The `type` of the related records."""
    target: Resource
    many: bool


class Relationships:
    """The relationships between the records of one contract."""

    def __init__(self, name: str, resources: Resources, shapes: Shapes, seeds: Seeds) -> None:
        self._name = name
        self._resources = resources
        self._shapes = shapes
        self._seeds = seeds
        self._found: dict[Resource, list[_Relationship]] = {}
        self._targets: dict[str, Resource | None] = {}

    def linked(
        self, resource: Resource, members: dict[str, Any], world: World, turn: int | None = None
    ) -> dict[str, Any]:
        """Make the relationships in a record's members refer to existing records; `turn` is its position."""
        held = members.get(MEMBER)
        if not isinstance(held, dict) or resource.shape is None:
            return members
        changed = dict(held)
        for one in self._of(resource):
            inner = changed.get(one.name)
            keys = list(self._seeds.keys(one.target, (), world))
            if not isinstance(inner, dict) or inner.get("data") is None or not keys:
                continue
            random = chance(world.seed, self._name, resource.path, resource.key_of(members), one.name)
            start = random.randrange(len(keys)) if turn is None else turn
            picked = [keys[(start + step) % len(keys)] for step in range(min(_MOST if one.many else 1, len(keys)))]
            data = [{"type": one.kind, "id": key} for key in picked]
            changed[one.name] = {**inner, "data": data if one.many else data[0]}
        is_valid = resource.shape.properties[MEMBER].is_valid(changed)
        return {**members, MEMBER: changed} if is_valid else members

    def target_of(self, kind: str) -> Resource | None:
        """Return the top-level collection whose records have a `type`."""
        if kind not in self._targets:
            others = [one for one in self._resources.up_to(0) if one.identity and not one.singleton]
            shaped = (one for one in others if one.shape is not None and kind in self._kinds(one.shape))
            named = (one for one in others if same(one.name, kind))
            self._targets[kind] = next(shaped, None) or next(named, None)
        return self._targets[kind]

    def _of(self, resource: Resource) -> list[_Relationship]:
        if resource not in self._found:
            self._found[resource] = list(self._relationships_in(resource))
        return self._found[resource]

    def _relationships_in(self, resource: Resource) -> Iterator[_Relationship]:
        held = resource.shape.properties.get(MEMBER) if resource.shape is not None else None
        for name, schema in self._shapes.of(held).properties.items() if held is not None else ():
            data = self._shapes.of(schema).properties.get("data")
            if data is None:
                continue
            shape, inner = self._shapes.of(data), self._shapes.inner(data)
            kind = next(iter(self._kinds(inner)), name)
            target = self.target_of(kind)
            if target is not None and {"type", "id"} <= inner.properties.keys():
                yield _Relationship(name, kind, target, shape.is_array)

    @staticmethod
    def _kinds(shape: Shape) -> list[str]:
        """Return the one value of the member `type`; none if it is open."""
        place = shape.properties.get("type")
        raw = place.raw if place is not None and isinstance(place.raw, dict) else {}
        values = [raw["const"]] if "const" in raw else raw.get("enum") or [raw.get("example")]
        return [value for value in values if isinstance(value, str)] if len(values) == 1 else []
