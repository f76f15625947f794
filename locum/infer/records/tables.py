"""Tables: the records of each resource in a world, seeded at the first access."""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING, Any, cast

from locum.infer.records.kept import ANSWERS, is_kept
from locum.infer.records.keys import ALONE
from locum.infer.records.records import Record
from locum.infer.records.seeds import FIRST
from locum.infer.resources.words import words_of
from locum.openapi.wire.json_values import is_json
from locum.state.chance import chance

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from locum.infer.records.connections import Connections
    from locum.infer.records.keys import Keys, Parents
    from locum.infer.records.seeds import Seeds
    from locum.infer.resources.addresses import Addresses
    from locum.infer.resources.relations import Relation
    from locum.infer.resources.resources import Resource, Resources
    from locum.openapi.compile.schemas import Schema
    from locum.state.store import Store
    from locum.state.worlds import World

__all__ = ["Tables"]

_MOST_REMEMBERED = 10_000
"""How many of the removed keys of a collection are known as such; the oldest are forgotten."""

_FIRST = frozenset({"default", "main", "primary", "root"})
"""What a member is called that names the first of the records below."""

_REMOVED = "removed "
"""What stands before a path in the key of a table of keys that are gone."""


class Tables:
    """The records of one contract's resources, in whatever world."""

    def __init__(  # noqa: PLR0913, PLR0917 (the parts of a store)
        self,
        name: str,
        resources: Resources,
        keys: Keys,
        seeds: Seeds,
        connections: Connections,
        addresses: Addresses,
    ) -> None:
        self.addresses = addresses
        self._name = name
        self._resources = resources
        self._keys = keys
        self._seeds = seeds
        self._connections = connections
        self._below: dict[Resource, frozenset[str]] = {}

    def all(self, resource: Resource, parents: Parents, world: World) -> dict[str, Record]:
        """Return the records under these parents, by key, in the order in which they came."""
        key = (self._name, resource.path, parents)
        table = world.store.table(key)
        if table is None:
            table = world.store.keep(key, {})
            if self._is_seeded(resource, parents, world):
                table.update(self._seeded(resource, parents, world))
            elif not world.bare:
                table.update(self._named_above(resource, parents, world))
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
        removed = world.store.table(graves) or world.store.keep(graves, {})
        if len(removed) >= _MOST_REMEMBERED:
            del removed[next(iter(removed))]
        removed[key] = True
        world.lose()
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
            others = self._resources
            self._below[resource] = frozenset(other.path for other in others if _is_below(other, resource))
        return self._below[resource]

    def was_removed(self, resource: Resource, parents: Parents, key: str, world: World) -> bool:
        """Whether a record was there and is no more."""
        return bool(self._buried(resource, parents, world).get(key))

    def _graves(self, resource: Resource, parents: Parents) -> tuple[Any, ...]:
        return (self._name, _REMOVED + resource.path, parents)

    def _buried(self, resource: Resource, parents: Parents, world: World) -> dict[str, bool]:
        return world.store.table(self._graves(resource, parents)) or {}

    def unfit(self, key: tuple[Any, ...], table: Mapping[Any, Any]) -> tuple[Any, str] | None:
        """Say what of a table of a snapshot cannot be one of these: the key of a record, or None for all, and why."""
        if len(key) != len(("document", "path", "parents")) or not isinstance(key[1], str):
            return None, "should be of a document, a path and the values of its parents"
        _, path, parents = key
        if path == ANSWERS:
            kept = (name for name, pair in table.items() if not (isinstance(name, str) and is_kept(pair)))
            return next(((name, "is no response under an idempotency key") for name in kept), None)
        resource = self._resources.at(path.removeprefix(_REMOVED))
        if resource is None:
            return None, f"is of a path that has no records here: {path[:100]}"
        texts = isinstance(parents, tuple) and all(isinstance(value, str) for value in parents)
        if not texts or len(parents) != resource.depth:
            return None, f"should name the {resource.depth} values of the path {resource.path} as texts"
        for name, record in table.items():
            if not isinstance(name, str) or (resource.singleton and name != ALONE):
                return name, "has a key that no path can hold"
            if path.startswith(_REMOVED):
                if record is not True:
                    return name, "should be true: it says that the record is gone"
            elif not isinstance(record, Record) or not is_json(record.members):
                return name, "is no record: its members should be a JSON object"
        return None

    def level(self, world: World, other: World) -> None:
        """Generate what another world has generated of these resources, so that the two can be compared.

        Only below records that exist at first: what is below a record of a client's is no part of how a world began.
        """
        for key, table in other.store.lasting():
            if not isinstance(key, tuple) or key[0] != self._name:
                continue
            _, path, parents = key
            resource = self._resources.at(path.removeprefix(_REMOVED))
            if (
                resource is None
                or resource.depth != len(parents)
                or not self._is_below_seeded(resource, parents, world)
            ):
                continue
            present = self.all(resource, parents, world)
            if resource.found or not self._is_seeded(resource, parents, world):
                continue
            for name in table:
                # Where no client can know what there is, whatever is asked for was there from the start.
                if name not in present and not self.was_removed(resource, parents, name, world):
                    present[name] = self.made(resource, parents, self.typed_key(resource, name), world)

    def _is_below_seeded(self, resource: Resource, parents: Parents, world: World) -> bool:
        """Whether each record above exists in a world, and was there at first."""
        above = resource.parent
        while above is not None:
            key = ALONE if above.singleton else parents[above.depth]
            record = self.find(above, parents[: above.depth], key, world)
            if record is None:
                return not above.found and not self.was_removed(above, parents[: above.depth], key, world)
            if not record.seeded:
                return False
            above = above.parent
        return True

    def take_over(self, former: Store, world: World) -> int:
        """Take over what clients have made, changed and removed, of resources that still exist; return how many."""
        count = 0
        for key, table in former.tables():
            if not isinstance(key, tuple) or key[0] != self._name:
                continue
            _, path, parents = key
            resource = self._resources.at(path.removeprefix(_REMOVED).removeprefix(FIRST))
            if resource is None or path.startswith(FIRST) or resource.depth != len(parents):
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

    def is_changed(self, resource: Resource, world: World) -> bool:
        """Whether a client has made, changed or removed a record of a resource."""
        for key, table in world.store.tables():
            if isinstance(key, tuple) and key[0] == self._name and table:
                # What clients have made comes last.
                if key[1] == resource.path and not all(record.seeded for record in reversed(table.values())):
                    return True
                if key[1] == _REMOVED + resource.path and any(table.values()):
                    return True
        return False

    def new_key(self, resource: Resource, parents: Parents, world: World, members: Mapping[str, Any]) -> Any:
        """Return the identifier of a new record: the one that it brings, or one of the schema's form.

        An identifier that was in use is not used again.
        """
        brought = resource.key_of(members)
        if brought is not None and not isinstance(brought, dict | list) and not self.is_temporary(resource, brought):
            return brought
        holder = members.get(resource.identity[0]) if len(resource.identity) > 1 else None
        prefix = holder.get("generateName") if isinstance(holder, dict) else None
        if isinstance(prefix, str) and prefix:  # Kubernetes
            return world.new_id(prefix, 5, "bcdfghjklmnpqrstvwxz2456789")
        taken: ChainMap[str, Any] = ChainMap(
            cast("dict[str, Any]", self.all(resource, parents, world)), self._buried(resource, parents, world)
        )
        made = self._keys.new(resource, taken, world.new_id.random, world.clock.now)
        return world.new_id.uuid() if made is None else made

    def is_temporary(self, resource: Resource, key: Any) -> bool:
        """Whether a client's identifier is one until the server has made another: `#tea`, where the schema says so."""
        shape = self._keys.shape(resource) if isinstance(key, str) and key and not key[0].isalnum() else None
        raw = shape.schema.raw if shape is not None and isinstance(shape.schema.raw, dict) else {}
        text = raw.get("description")
        return isinstance(text, str) and "temporary" in text.lower() and f"{key[0]}" in text

    def made(self, resource: Resource, parents: Parents, key: Any, world: World) -> Record:
        """Make the record that a key always stands for, in worlds of one seed."""
        members = self._seeds.one(resource, parents, key, world, first=False)
        connected = self._connections.of_seed(resource, parents, members, world)
        return Record(self.addresses.located(resource, parents, str(key), connected, {}), seeded=True)

    def by_alternate(self, resource: Resource, parents: Parents, value: str, world: World) -> str | None:
        """Return the key of the record that another identifying member names: its slug, the client's own id."""
        for key, record in self.all(resource, parents, world).items():
            # `/web` is asked for as `web`
            known = [record.members.get(name) for name in resource.alternates]
            if any(one == value or (isinstance(one, str) and one == f"/{value}") for one in known):
                return key
        return None

    def is_shown(self, resource: Resource, key: Any, table: Mapping[str, Record]) -> bool:
        """Whether a record is there only because the document shows its identifier: a client may make it anew."""
        return table[str(key)].seeded and str(key) in map(str, self._keys.shown(resource))

    def made_with(self, resource: Resource, parents: Parents, member: str, value: str, world: World) -> Record:
        """Make the record that a value of a member always stands for, in worlds of one seed."""
        key = self._keys.new(
            resource, self.all(resource, parents, world), chance(world.seed, resource.path, value), world.began
        )
        record = self.made(resource, parents, value if key is None else key, world)
        return Record({**record.members, member: value}, seeded=True)

    def inherited(self, resource: Resource, parents: Parents) -> dict[str, Any]:
        """Return the members that say whose a record is: `petId` of a toy."""
        return self._keys.inherited(resource, parents)

    def placed(self, resource: Resource, parents: Parents, members: dict[str, Any]) -> dict[str, Any]:
        """Return the members of a record with those above it in the object that identifies it."""
        return self._keys.placed(resource, parents, members)

    def typed_key(self, resource: Resource, key: str) -> Any:
        """Return a key of a path in the type that the record's member has."""
        return self._keys.typed(resource, key)

    def connected(  # noqa: PLR0913 (a record, and where it is)
        self,
        resource: Resource,
        parents: Parents,
        members: dict[str, Any],
        sent: Collection[str],
        world: World,
        *,
        is_change: bool = False,
    ) -> dict[str, Any]:
        """Let what a server adds to a record be of records that exist."""
        return self._connections.of_record(
            resource, parents, members, sent=sent, world=world, find=self.find, is_change=is_change
        )

    def referring(
        self, resource: Resource, parents: Parents, members: dict[str, Any], sent: Collection[str], world: World
    ) -> dict[str, Any]:
        """Let ids that were sent be the records that they name, where the schema wants objects."""
        return self._connections.referring(resource, parents, members, sent=sent, world=world, find=self.find)

    def showing(self, schema: Schema) -> list[Resource]:
        """Return the collections whose records a schema describes."""
        return self._resources.showing(schema)

    def relations_of(self, resource: Resource) -> list[Relation]:
        """Return the relations of a resource to others."""
        return self._connections.relations_of(resource)

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

    def _named_above(self, resource: Resource, parents: Parents, world: World) -> Iterator[tuple[str, Record]]:
        """Yield the one record that the record above has from the start: the `default_branch` of a repository."""
        above = resource.parent
        if above is None or above.singleton or resource.shape is None or not resource.identity:
            return
        record = self.find(above, parents[: above.depth], parents[above.depth], world)
        noun = words_of(resource.noun)[-1:]
        for name, value in record.members.items() if record is not None else ():
            words = words_of(name)
            if words[1:] == noun and words[0] in _FIRST and isinstance(value, str) and value:
                yield value, self.made(resource, parents, self.typed_key(resource, value), world)

    def _seeded(self, resource: Resource, parents: Parents, world: World) -> Iterator[tuple[str, Record]]:
        for index, (key, members) in enumerate(self._seeds.all(resource, parents, world).items()):
            connected = self._connections.of_seed(resource, parents, members, world, index)
            yield key, Record(self.addresses.located(resource, parents, key, connected, {}), seeded=True)


def _is_below(other: Resource, resource: Resource) -> bool:
    above = other.parent
    while above is not None:
        if above is resource:
            return True
        above = above.parent
    return False
