"""Tables: the records of each resource in a world, seeded at the first access."""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING, Any, cast

from locum.infer.records.identifiers import ALONE, SUFFIX
from locum.infer.records.records import RESPONSES, Record, StoredResponse
from locum.infer.records.seeds import FIRST
from locum.infer.resources.words import words_of
from locum.openapi.wire.json_values import is_json
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterator, Mapping

    from locum.infer.records.connections import Connections
    from locum.infer.records.identifiers import Parents, RecordKeys
    from locum.infer.records.seeds import Seeds
    from locum.infer.resources.paths import Addresses
    from locum.infer.resources.relations import Relation
    from locum.infer.resources.resources import Resource, Resources
    from locum.openapi.schemas.schemas import Schema
    from locum.world.store import Store
    from locum.world.worlds import World

__all__ = ["Tables"]

_MOST_REMEMBERED = 10_000
"""How many removed keys of a collection are remembered; the oldest are dropped first."""

_FIRST = frozenset({"default", "main", "primary", "root"})
"""First words of members that name the first record below: `default_branch`."""

_SHORT = 12
"""The least characters of a shortened digest."""

_REMOVED = "removed "
"""Prefix of the path in the store key of a table of removed keys."""


class Tables:
    """The records of one contract's resources, in any world."""

    def __init__(  # noqa: PLR0913, PLR0917 (its collaborators)
        self,
        name: str,
        resources: Resources,
        keys: RecordKeys,
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
        """Return the records under these parents by key, in creation order. Seeds them at the first access."""
        key = (self._name, resource.path, parents)
        table = world.store.table(key)
        if table is None:
            table = world.store.keep(key, {})
            if resource.given is not None:  # also in a world without generated records
                for name, members in self._seeds.all(resource, parents, world).items():
                    table[name] = Record(self.addresses.moved(members), seeded=True)
            elif self._is_seeded(resource, parents, world):
                table.update(self._seeded(resource, parents, world))
            elif not world.bare:
                table.update(self._named_above(resource, parents, world))
        return table

    def find(self, resource: Resource, parents: Parents, key: str, world: World) -> Record | None:
        """Return one record, if it exists."""
        return self.all(resource, parents, world).get(key)

    def parents_in_use(self, resource: Resource, world: World) -> list[Parents]:
        """Return the parent values under which records of a resource have been requested."""
        tables = (key for key, _ in world.store.tables() if isinstance(key, tuple))
        return sorted(key[2] for key in tables if key[:2] == (self._name, resource.path))

    def put(self, resource: Resource, parents: Parents, key: str, record: Record, world: World) -> None:
        """Store a record, or replace it."""
        self.all(resource, parents, world)[key] = record
        self._buried(resource, parents, world).pop(key, None)

    def remove(self, resource: Resource, parents: Parents, key: str, world: World) -> None:
        """Remove a record and all records below it."""
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
        """Return whether a record existed and was removed."""
        return bool(self._buried(resource, parents, world).get(key))

    def _graves(self, resource: Resource, parents: Parents) -> tuple[Any, ...]:
        return (self._name, _REMOVED + resource.path, parents)

    def _buried(self, resource: Resource, parents: Parents, world: World) -> dict[str, bool]:
        return world.store.table(self._graves(resource, parents)) or {}

    def unfit(self, key: tuple[Any, ...], table: Mapping[Any, Any]) -> tuple[Any, str] | None:
        """Return why a table of a snapshot cannot be restored, as (key of a record, or None for the table, reason)."""
        if len(key) != len(("document", "path", "parents")) or not isinstance(key[1], str):
            return None, "must have a key of document, path and parent values"
        _, path, parents = key
        if path == RESPONSES:
            kept = (
                name for name, one in table.items() if not (isinstance(name, str) and isinstance(one, StoredResponse))
            )
            return next(((name, "must be a response stored under an idempotency key") for name in kept), None)
        resource = self._resources.at(path.removeprefix(_REMOVED))
        if resource is None:
            return None, f"names a path without records: {path[:100]}"
        texts = isinstance(parents, tuple) and all(isinstance(value, str) for value in parents)
        if not texts or len(parents) != resource.depth:
            return None, f"must name the {resource.depth} parent values of the path {resource.path} as strings"
        for name, record in table.items():
            if not isinstance(name, str) or (resource.singleton and name != ALONE):
                return name, "has a key that is not valid for its path"
            if path.startswith(_REMOVED):
                if record is not True:
                    return name, "must be true, which marks a removed record"
            elif not isinstance(record, Record) or not is_json(record.members):
                return name, "must be a record whose members are a JSON object"
        return None

    def level(self, world: World, other: World) -> None:
        """Generate in `world` the records that `other` has generated, so that the two can be compared.

        Records below a record that a client created are skipped: they are not part of a world's initial state.
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
                # Clients cannot list or create these records, so any that was requested existed from the start.
                if name not in present and not self.was_removed(resource, parents, name, world):
                    present[name] = self.made(resource, parents, self.typed_key(resource, name), world)

    def _is_below_seeded(self, resource: Resource, parents: Parents, world: World) -> bool:
        """Return whether each record above exists in a world and is seeded."""
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
        """Copy what clients created, changed and removed, for resources that still exist; return the record count."""
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
        """Return whether a client has created, changed or removed a record of a resource."""
        for key, table in world.store.tables():
            if isinstance(key, tuple) and key[0] == self._name and table:
                # Records that clients created come last.
                if key[1] == resource.path and not all(record.seeded for record in reversed(table.values())):
                    return True
                if key[1] == _REMOVED + resource.path and any(table.values()):
                    return True
        return False

    def new_key(self, resource: Resource, parents: Parents, world: World, members: Mapping[str, Any]) -> Any:
        """Return the identifier of a new record: the one in its members, else one that fits the schema.

        Identifiers of removed records are not reused.
        """
        brought = resource.key_of(members)
        if brought is not None and not isinstance(brought, dict | list) and not self.is_temporary(resource, brought):
            return brought
        holder = members.get(resource.identity[0]) if len(resource.identity) > 1 else None
        prefix = holder.get("generateName") if isinstance(holder, dict) else None
        if isinstance(prefix, str) and prefix:  # Kubernetes
            return world.new_id(prefix, 5, SUFFIX)
        taken: ChainMap[str, Any] = ChainMap(
            cast("dict[str, Any]", self.all(resource, parents, world)), self._buried(resource, parents, world)
        )
        made = self._keys.new(resource, taken, world.new_id.random, world.clock.now)
        return world.new_id.uuid() if made is None else made

    def is_temporary(self, resource: Resource, key: Any) -> bool:
        """Return whether the server replaces a client's identifier: `#tea`, if the description says "temporary"."""
        shape = self._keys.shape(resource) if isinstance(key, str) and key and not key[0].isalnum() else None
        raw = shape.schema.raw if shape is not None and isinstance(shape.schema.raw, dict) else {}
        text = raw.get("description")
        return isinstance(text, str) and "temporary" in text.lower() and f"{key[0]}" in text

    def made(self, resource: Resource, parents: Parents, key: Any, world: World) -> Record:
        """Generate the record of a key. It is the same in every world with the same seed."""
        members = self._seeds.one(resource, parents, key, world, first=False)
        connected = self._connections.of_seed(resource, parents, members, world)
        return Record(self.addresses.located(resource, parents, str(key), connected, {}), seeded=True)

    def by_alternate(self, resource: Resource, parents: Parents, value: str, world: World) -> str | None:
        """Return the key of the record with an alternate identifier: its slug, an external id, one of its tags.

        Docker: a container named `/web` is requested as `web`, an image `sha256:4a7b...` also without its prefix.
        """
        table = self.all(resource, parents, world)
        spelt = {value, f"/{value}", f"{value}:latest"}
        for key, record in table.items():
            for name in resource.alternates:
                known = record.members.get(name)
                if any(
                    isinstance(one, str) and one in spelt for one in (known if isinstance(known, list) else [known])
                ):
                    return key
        return next((key for key in table if len(value) >= _SHORT and key.partition(":")[2].startswith(value)), None)

    def is_shown(self, resource: Resource, key: Any, table: Mapping[str, Record]) -> bool:
        """Return whether a record exists only because the document shows its identifier; clients may create it."""
        return table[str(key)].seeded and str(key) in map(str, self._keys.shown(resource))

    def made_with(self, resource: Resource, parents: Parents, member: str, value: str, world: World) -> Record:
        """Generate the record with a value of a member. It is the same in every world with the same seed."""
        key = self._keys.new(
            resource, self.all(resource, parents, world), chance(world.seed, resource.path, value), world.began
        )
        record = self.made(resource, parents, value if key is None else key, world)
        return Record({**record.members, member: value}, seeded=True)

    def inherited(self, resource: Resource, parents: Parents) -> dict[str, Any]:
        """Return the members that hold the parents' identifiers: `petId` of a toy."""
        return self._keys.inherited(resource, parents)

    def placed(self, resource: Resource, parents: Parents, members: dict[str, Any]) -> dict[str, Any]:
        """Return a record's members with its parents' identifiers in the object that holds its own."""
        return self._keys.placed(resource, parents, members)

    def typed_key(self, resource: Resource, key: str) -> Any:
        """Return a key from a path, converted to the type of the record's identifier."""
        return self._keys.typed(resource, key)

    def connected(  # noqa: PLR0913 (a record and its place)
        self,
        resource: Resource,
        parents: Parents,
        members: dict[str, Any],
        sent: Collection[str],
        world: World,
        *,
        is_change: bool = False,
    ) -> dict[str, Any]:
        """Make the generated members of a record refer to existing records."""
        return self._connections.of_record(
            resource, parents, members, sent=sent, world=world, find=self.find, is_change=is_change
        )

    def referring(
        self, resource: Resource, parents: Parents, members: dict[str, Any], sent: Collection[str], world: World
    ) -> dict[str, Any]:
        """Replace ids that were sent by the records that they name, where the schema has objects."""
        return self._connections.referring(
            resource, parents, members, sent=sent, world=world, find=self.find, by_alternate=self.by_alternate
        )

    def of_kind(self, kind: str, key: str, world: World) -> Record | None:
        """Return a record of a top-level collection by the `type` of its records (JSON:API)."""
        resource = self._connections.relationships.target_of(kind)
        return None if resource is None else self.find(resource, (), key, world)

    def showing(self, schema: Schema) -> list[Resource]:
        """Return the collections whose records a schema describes."""
        return self._resources.showing(schema)

    def below(self, resource: Resource, nouns: Container[str]) -> list[Resource]:
        """Return the collections directly below the records of a resource whose names end with one of the nouns."""
        return self._resources.below(resource, nouns)

    def is_created(self, resource: Resource) -> bool:
        """Return whether clients create the records of a resource."""
        return any(self._resources.operation(resource.path, method) is not None for method in ("post", "put"))

    def relations_of(self, resource: Resource) -> list[Relation]:
        """Return the relations of a resource to others."""
        return self._connections.relations_of(resource)

    def _is_seeded(self, resource: Resource, parents: Parents, world: World) -> bool:
        """Return whether there are seed records here: not below a record that a client created."""
        if world.bare or resource.shape is None:
            return False
        above = resource.parent
        if above is None:
            return True
        key = ALONE if above.singleton else parents[above.depth]
        record = self.find(above, parents[: above.depth], key, world)
        if record is None or record.seeded:
            return True
        return key in self._seeds.keys(above, parents[: above.depth], world)  # changed since

    def _named_above(self, resource: Resource, parents: Parents, world: World) -> Iterator[tuple[str, Record]]:
        """Yield the record that the record above names from the start: the `default_branch` of a repository."""
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
