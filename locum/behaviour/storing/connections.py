"""Connections: records refer to records that exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.behaviour.playing.views import View
from locum.behaviour.reading.relations import relations_of, role_of
from locum.state.chance import chance
from locum.synthesis.makers.agreement import opposite

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from locum.behaviour.reading.relations import Relation
    from locum.behaviour.reading.resources import Resource, Resources
    from locum.behaviour.reading.shapes import Shapes
    from locum.behaviour.storing.keys import Parents
    from locum.behaviour.storing.records import Record
    from locum.behaviour.storing.seeds import Seeds
    from locum.state.worlds import World
    from locum.synthesis.values import Synthesiser

    Find = Callable[[Resource, Parents, str, World], Record | None]

__all__ = ["Connections"]

_TRIES = 20
"""Records that are looked at for one that is not at the other end already."""


class Connections:
    """Gives the records of one contract what they have of others."""

    def __init__(self, name: str, resources: Resources, shapes: Shapes, synthesiser: Synthesiser, seeds: Seeds) -> None:
        self._name = name
        self._resources = resources
        self._shapes = shapes
        self._synthesiser = synthesiser
        self._seeds = seeds
        self._relations: dict[Resource, list[Relation]] = {}

    def of_seed(self, resource: Resource, parents: Parents, members: dict[str, Any], world: World) -> dict[str, Any]:
        """Let a record refer to records that exist."""
        for relation in self._relations_of(resource):
            if relation.member not in members or members[relation.member] is None:
                continue
            value = self._reference(resource, parents, members, relation, world)
            if value is None:
                continue
            other = opposite(relation.member, members)
            for turn in range(1, _TRIES):  # nothing goes from a place to itself
                if other is None or value != members[other]:
                    break
                value = self._reference(resource, parents, members, relation, world, turn)
            changed = {**members, relation.member: value}
            place = resource.shape.properties[relation.member] if resource.shape is not None else None
            if place is not None and place.is_valid(value):
                members = changed
        return members

    def of_record(  # noqa: PLR0913 (the record, and where it is)
        self,
        resource: Resource,
        parents: Parents,
        members: dict[str, Any],
        *,
        sent: Collection[str],
        world: World,
        find: Find,
    ) -> dict[str, Any]:
        """Let what a server adds to a record be of records that exist: `owner` is the one that `ownerId` names.

        What nothing names is left out where it may be, and is some record where it must not.
        """
        for relation in self._relations_of(resource):
            name = relation.member
            if name in sent or name not in members or name in resource.settable or resource.shape is None:
                continue
            named = self._named(relation, members) if relation.holds else None
            other = None if named is None else find(relation.target, parents[: relation.target.depth], named, world)
            if other is not None:
                value = self._held(resource, relation, [dict(other.members)], world)[0]
            elif relation.holds and name not in resource.shape.required:
                members = {other: value for other, value in members.items() if other != name}
                continue
            else:
                value = self._reference(resource, parents, members, relation, world)
            if value is not None and resource.shape.properties[name].is_valid(value):
                members = {**members, name: value}
        return members

    def _relations_of(self, resource: Resource) -> list[Relation]:
        if resource not in self._relations:
            self._relations[resource] = relations_of(resource, self._resources, self._shapes)
        return self._relations[resource]

    @staticmethod
    def _named(relation: Relation, members: Mapping[str, Any]) -> str | None:
        """Return the key that another member of the same role holds."""
        for name, value in members.items():
            if name != relation.member and isinstance(value, str | int) and role_of(name) == relation.role:
                return str(value)
        return None

    def _held(
        self, resource: Resource, relation: Relation, others: Iterable[dict[str, Any]], world: World
    ) -> list[Any]:
        """Show records as a member of another holds them."""
        assert resource.shape is not None  # noqa: S101 (a relation comes from a shape)
        shape = self._shapes.of(resource.shape.properties[relation.member])
        inner = shape.items if relation.many and shape.items is not None else shape.schema
        view = View(inner, self._shapes, self._synthesiser, bare=True)
        return [view.body(members, relation.target, world) for members in others]

    def _reference(  # noqa: PLR0913, PLR0917 (a record, and what it refers to)
        self,
        resource: Resource,
        parents: Parents,
        members: Mapping[str, Any],
        relation: Relation,
        world: World,
        turn: int = 0,
    ) -> Any:
        target = relation.target
        others = self._seeds.all(target, parents[: target.depth], world)
        present = members[relation.member]
        if not others or (not relation.holds and not relation.many and str(present) in others):
            return None
        random = chance(
            world.seed,
            self._name,
            resource.path,
            *parents,
            members.get(str(resource.member)),
            relation.role,
            *([turn] if turn else ()),
        )
        count = min(len(others), len(present) or 1) if isinstance(present, list) else 1
        chosen = random.sample(list(others), count)
        named = self._named(relation, members) if relation.holds and not relation.many else None
        if named in others:
            chosen = [named]
        if relation.holds:
            values = self._held(resource, relation, [others[key] for key in chosen], world)
        else:
            values = [others[key].get(str(target.member)) for key in chosen]
        return values if isinstance(present, list) else values[0]
