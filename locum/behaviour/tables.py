"""Tables: the records of each resource in a world, seeded when somebody first looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.behaviour.chance import chance
from locum.behaviour.keys import new_key
from locum.behaviour.records import Record
from locum.behaviour.relations import parent_members, relations_of, role_of
from locum.behaviour.resources import expressions_of
from locum.behaviour.states import unreached
from locum.behaviour.views import View
from locum.synthesis.values import Unsatisfiable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from random import Random

    from locum.behaviour.examples import Examples
    from locum.behaviour.relations import Relation
    from locum.behaviour.resources import Resource
    from locum.behaviour.shapes import Shape, Shapes
    from locum.state.store import Store
    from locum.state.worlds import World
    from locum.synthesis.values import Synthesiser

__all__ = ["ALONE", "Parents", "Tables"]

Parents = tuple[str, ...]
"""The values of the template expressions above a record's own."""

ALONE = ""
"""The key of a singleton."""

_REMOVED, _FIRST = "removed ", "first "
"""What stands before a path in the key of a table of keys that are gone, and of seeds that are half made."""

_MANY, _FEW = 10, 3
"""How many records a resource has at first: at the top, and under each of its parents."""


class Tables:
    """The records of one contract's resources, in whatever world."""

    def __init__(
        self,
        name: str,
        resources: Mapping[str, Resource],
        shapes: Shapes,
        synthesiser: Synthesiser,
        examples: Examples | None,
    ) -> None:
        self._name = name
        self._resources = resources
        self._shapes = shapes
        self._synthesiser = synthesiser
        self._relations: dict[Resource, list[Relation]] = {}
        self._inherited: dict[Resource, dict[str, int]] = {}
        self._below: dict[Resource, frozenset[str]] = {}
        self._examples = examples

    def all(self, resource: Resource, parents: Parents, world: World) -> dict[str, Record]:
        """Return the records under these parents, by key, in the order in which they came."""
        key = (self._name, resource.path, parents)
        table = world.store.table(key)
        if table is None:
            table = world.store.keep(key, {})
            if self._is_seeded(resource, parents, world):
                table.update(self._seeds(resource, parents, world))
        return table

    def find(self, resource: Resource, parents: Parents, key: str, world: World) -> Record | None:
        """Return one record, if it exists."""
        return self.all(resource, parents, world).get(key)

    def put(self, resource: Resource, parents: Parents, key: str, record: Record, world: World) -> None:
        """Store a record, or replace it."""
        self.all(resource, parents, world)[key] = record
        self._buried(resource, parents, world).pop(key, None)

    def remove(self, resource: Resource, parents: Parents, key: str, world: World) -> None:
        """Remove a record and all that is below it."""
        del self.all(resource, parents, world)[key]
        graves = self._graves(resource, parents)
        (world.store.table(graves) or world.store.keep(graves, {}))[key] = True
        below = self._paths_below(resource)
        if not below:
            return
        above = parents if resource.singleton else (*parents, key)

        def doomed(name: Any) -> bool:
            return (
                isinstance(name, tuple)
                and name[0] == self._name
                and name[1] in below
                and name[2][: len(above)] == above
            )

        world.store.drop(doomed)

    def _paths_below(self, resource: Resource) -> frozenset[str]:
        if resource not in self._below:
            others = self._resources.values()
            self._below[resource] = frozenset(other.path for other in others if _is_below(other, resource))
        return self._below[resource]

    def was_removed(self, resource: Resource, parents: Parents, key: str, world: World) -> bool:
        """Whether a record was there and is no more."""
        return bool(self._buried(resource, parents, world).get(key))

    def _graves(self, resource: Resource, parents: Parents) -> tuple[Any, ...]:
        return (self._name, _REMOVED + resource.path, parents)

    def _buried(self, resource: Resource, parents: Parents, world: World) -> dict[str, bool]:
        return world.store.table(self._graves(resource, parents)) or {}

    def take_over(self, former: Store, world: World) -> int:
        """Take over what clients have made, changed and removed, of resources that still exist; return how many."""
        count = 0
        for key, table in former.tables():
            if not isinstance(key, tuple) or key[0] != self._name:
                continue
            _, path, parents = key
            resource = self._resources.get(path.removeprefix(_REMOVED))
            if resource is None or path.startswith(_FIRST) or resource.depth != len(parents):
                continue
            present = self.all(resource, parents, world)
            if path.startswith(_REMOVED):
                for gone in [name for name, removed in table.items() if removed and name in present]:
                    self.remove(resource, parents, gone, world)
                continue
            made = {name: record for name, record in table.items() if not record.seeded}
            present |= made
            count += len(made)
        return count

    def new_key(self, resource: Resource, parents: Parents, world: World, members: Mapping[str, Any]) -> Any:
        """Return the identifier of a new record: the one that it brings, or one of the schema's form."""
        table = self.all(resource, parents, world)
        if resource.member is not None and members.get(resource.member) is not None:
            return members[resource.member]
        shape = self._key_shape(resource)
        random = world.new_id.random
        if shape is None:
            return world.new_id.uuid()
        return new_key(shape, resource.key, self._synthesiser, random=random, now=world.clock.now, taken=table)

    def made(self, resource: Resource, parents: Parents, key: Any, world: World) -> Record:
        """Make the record that a key always stands for, in worlds of one seed."""
        members = self._base(resource, parents, key, world, first=False)
        return Record(self._related(resource, parents, members, world), seeded=True)

    def inherited(self, resource: Resource, parents: Parents) -> dict[str, Any]:
        """Return the members that say whose a record is: `petId` of a toy."""
        if resource not in self._inherited:
            self._inherited[resource] = parent_members(resource, expressions_of(resource.path), self._shapes)
        return {
            name: self._typed(resource, name, parents[index])
            for name, index in self._inherited[resource].items()
            if index < len(parents)
        }

    def typed_key(self, resource: Resource, key: str) -> Any:
        """Return a key of a path in the type that the record's member has."""
        return key if resource.member is None else self._typed(resource, resource.member, key)

    def _typed(self, resource: Resource, member: str, text: str) -> Any:
        schema = resource.shape.properties.get(member) if resource.shape is not None else None
        if schema is None or schema.is_valid(text):
            return text
        for kind in (int, float):
            try:
                value = kind(text)
            except ValueError:
                continue
            if schema.is_valid(value):
                return value
        return text

    def connected(
        self, resource: Resource, parents: Parents, members: dict[str, Any], sent: Collection[str], world: World
    ) -> dict[str, Any]:
        """Let what a server adds to a record be of records that exist: `owner` is the one that `ownerId` names.

        What nothing names is left out where it may be, and is some record where it must not.
        """
        for relation in self._relations_of(resource):
            name = relation.member
            if name in sent or name not in members or name in resource.settable or resource.shape is None:
                continue
            named = self._named(relation, members) if relation.holds else None
            other = (
                None if named is None else self.find(relation.target, parents[: relation.target.depth], named, world)
            )
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

    def _is_seeded(self, resource: Resource, parents: Parents, world: World) -> bool:
        """Whether there is anything at first: not below a record that a client has made."""
        if world.bare or resource.shape is None:
            return False
        above = resource.parent
        if above is None:
            return True
        key = ALONE if above.singleton else parents[above.depth]
        record = self.find(above, parents[: above.depth], key, world)
        return record is None or record.seeded

    def _seeds(self, resource: Resource, parents: Parents, world: World) -> Iterator[tuple[str, Record]]:
        for key, members in self._bases(resource, parents, world).items():
            yield key, Record(self._related(resource, parents, members, world), seeded=True)

    def _bases(self, resource: Resource, parents: Parents, world: World) -> dict[str, dict[str, Any]]:
        """Make the records that there are at first, without what they have of others.

        Relations are added to these: so two resources may refer to each other.
        """
        name = (self._name, _FIRST + resource.path, parents)
        known = world.store.table(name)
        if known is not None:
            return known
        made: dict[str, dict[str, Any]] = {}
        random = chance(world.seed, self._name, resource.path, *parents)
        for members in self._shown(resource, random, world):
            shown = str(members.get(resource.member)) if resource.member else str(len(made))
            made.setdefault(ALONE if resource.singleton else shown, {**members, **self.inherited(resource, parents)})
        count = self._count(resource)
        while len(made) < count:
            first = not made and self._examples is not None
            key = None if resource.singleton else self._seed_key(resource, made, random, world)
            name_of_it = ALONE if resource.singleton else str(len(made)) if key is None else str(key)
            made[name_of_it] = self._base(resource, parents, key, world, first=first)
        return world.store.keep(name, made)

    def _count(self, resource: Resource) -> int:
        if resource.singleton:
            return 1
        if isinstance(resource.seed, int):
            return resource.seed
        if isinstance(resource.seed, list):
            return 0
        return _MANY if resource.parent is None else _FEW

    def _shown(self, resource: Resource, random: Random, world: World) -> list[dict[str, Any]]:
        """Return the records that the document names: by `x-locum-seed`, else in its examples."""
        if isinstance(resource.seed, list):
            return [record for record in resource.seed if isinstance(record, dict)]
        return [] if self._examples is None else self._examples.of(resource, random, world.began)

    def _seed_key(self, resource: Resource, made: Mapping[str, Any], random: Random, world: World) -> Any:
        shape = self._key_shape(resource)
        if shape is None:
            return None
        try:
            return new_key(shape, resource.key, self._synthesiser, random=random, now=world.began, taken=made)
        except Unsatisfiable:
            return None

    def _key_shape(self, resource: Resource) -> Shape | None:
        if resource.shape is not None and resource.member in resource.shape.properties:
            return self._shapes.of(resource.shape.properties[resource.member])
        return None if resource.key is None else self._shapes.of(resource.key)

    def _base(self, resource: Resource, parents: Parents, key: Any, world: World, *, first: bool) -> dict[str, Any]:
        """Make the members of a record, whose key decides everything."""
        if resource.shape is None:
            return {}
        random = chance(world.seed, self._name, resource.path, *parents, key)
        schema = resource.shape.schema
        given = self.inherited(resource, parents)
        if resource.member is not None and key is not None:
            given[resource.member] = key
        states = {} if first else {name: random.choice(values) for name, values in self._states(resource).items()}
        for attempt in ({**states, **given}, given, None):
            try:
                value = self._synthesiser.value(
                    schema, random, world.began, examples=first, optional=1.0, given=attempt or None
                )
            except Unsatisfiable:
                continue
            if not isinstance(value, dict):
                return {}
            early = unreached(resource.shape, value)
            return {name: item for name, item in value.items() if name not in early}
        return given

    def _states(self, resource: Resource) -> dict[str, list[Any]]:
        """Return the members that have a few possible values: records differ in them, whatever the default is."""
        properties = resource.shape.properties if resource.shape is not None else {}
        enums = {name: schema.raw.get("enum") for name, schema in properties.items() if isinstance(schema.raw, dict)}
        return {
            name: [value for value in values if value is not None]
            for name, values in enums.items()
            if isinstance(values, list) and len(values) > 1
        }

    def _related(self, resource: Resource, parents: Parents, members: dict[str, Any], world: World) -> dict[str, Any]:
        """Let a record refer to records that exist."""
        for relation in self._relations_of(resource):
            if relation.member not in members or members[relation.member] is None:
                continue
            value = self._reference(resource, parents, members, relation, world)
            if value is None:
                continue
            changed = {**members, relation.member: value}
            place = resource.shape.properties[relation.member] if resource.shape is not None else None
            if place is not None and place.is_valid(value):
                members = changed
        return members

    def _relations_of(self, resource: Resource) -> list[Relation]:
        if resource not in self._relations:
            self._relations[resource] = relations_of(resource, self._resources.values(), self._shapes)
        return self._relations[resource]

    def _reference(
        self, resource: Resource, parents: Parents, members: Mapping[str, Any], relation: Relation, world: World
    ) -> Any:
        target = relation.target
        others = self._bases(target, parents[: target.depth], world)
        present = members[relation.member]
        if not others or (not relation.holds and not relation.many and str(present) in others):
            return None
        random = chance(
            world.seed, self._name, resource.path, *parents, members.get(str(resource.member)), relation.role
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


def _is_below(other: Resource, resource: Resource) -> bool:
    above = other.parent
    while above is not None:
        if above is resource:
            return True
        above = above.parent
    return False
