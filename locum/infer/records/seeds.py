"""Seeds: the records that exist at first, from the document's examples or generated."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.generate.generator import Unsatisfiable
from locum.generate.generators.constants import is_unspecified
from locum.generate.vocabulary.hints import Hint
from locum.generate.vocabulary.names import enumerated_text
from locum.infer.actions.views import pruned
from locum.infer.records.identifiers import ALONE
from locum.infer.resources.identities import list_place, response_place
from locum.infer.resources.resources import success_of
from locum.infer.resources.words import words_of
from locum.openapi.compile.examples import is_inferred
from locum.openapi.wire.styles import typed
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime
    from random import Random

    from locum.generate.generator import Generator
    from locum.infer.records.completion import Completion
    from locum.infer.records.identifiers import Parents, RecordKeys
    from locum.infer.resources.resources import Resource, Resources
    from locum.infer.resources.shapes import Shapes
    from locum.openapi.compile.operations import Operation
    from locum.openapi.schemas.schemas import Schema
    from locum.world.worlds import World

__all__ = ["FIRST", "Examples", "Seeds", "usual_count"]


_KINDS = (("type",), ("kind",), ("object",))
"""The last words of members that name a record's kind."""


class Examples:
    """Finds the records in the examples of the operations that list and show a resource."""

    def __init__(self, resources: Resources, shapes: Shapes, generator: Generator) -> None:
        self._resources = resources
        self._shapes = shapes
        self._generator = generator
        self._nameless: dict[Resource, dict[str, Any] | None] = {}
        self._kinds: dict[Resource, dict[str, list[str]]] = {}

    def of(self, resource: Resource, random: Random, now: datetime) -> list[dict[str, Any]]:
        """Return the records in a resource's examples, each once, completed to fit its schema."""
        if resource.shape is None:
            return []
        found: dict[str, dict[str, Any]] = {}
        for shown in self._shown(resource):
            fitting = self._fitted(resource, shown, random, now)
            if fitting is not None:
                key = str(resource.key_of(fitting)) if resource.identity else str(len(found))
                found.setdefault(key, fitting)
        return list(found.values())

    def without_identity(self, resource: Resource) -> dict[str, Any] | None:
        """Return an example of one record without an identifier, which then stands for any record; None if absent.

        Examples that share no member with the schema are skipped, such as `{"$ref": ...}` in place of a value.
        """
        if resource not in self._nameless:
            known = resource.shape.properties if resource.shape is not None else {}
            self._nameless[resource] = next(
                (one for one in self._of_one(resource) if resource.key_of(one) is None and one.keys() & known.keys()),
                None,
            )
        return self._nameless[resource]

    def kinds(self, resource: Resource) -> dict[str, list[str]]:
        """Return the kinds of the records in the examples, by the member that names them: `type: PushEvent`."""
        if resource not in self._kinds:
            found: dict[str, dict[str, None]] = {}
            for shown in self._shown(resource):
                for name, value in shown.items():
                    if words_of(name)[-1:] in _KINDS and isinstance(value, str):
                        found.setdefault(name, {})[value] = None
            self._kinds[resource] = {name: list(values) for name, values in found.items()}
        return self._kinds[resource]

    def _shown(self, resource: Resource) -> Iterator[dict[str, Any]]:
        listing = self._resources.operation(resource.path, "get") if not resource.singleton else None
        if listing is not None:
            for schema, value in self._bodies(listing):
                place = list_place(self._shapes, schema)
                for step in place or ():
                    value = value.get(step) if isinstance(value, dict) else None  # noqa: PLW2901 (one step further in)
                if place is not None and isinstance(value, list):
                    yield from (element for element in value if isinstance(element, dict))
        if resource.singleton or resource.item is not None:
            yield from self._of_one(resource)

    def _of_one(self, resource: Resource) -> Iterator[dict[str, Any]]:
        """Yield the examples in the operation that reads one record."""
        operation = self._resources.operation(resource.item or resource.path, "get")
        if operation is None:
            return
        for schema, value in self._bodies(operation):
            for step in response_place(self._shapes, self._shapes.of(schema), resource):
                if isinstance(step, int):
                    value = value[0] if isinstance(value, list) and value else None  # noqa: PLW2901 (one step further in)
                else:
                    value = value.get(step) if isinstance(value, dict) else None  # noqa: PLW2901 (as above)
            if isinstance(value, dict):
                yield value

    def _bodies(self, operation: Operation) -> Iterator[tuple[Schema, Any]]:
        """Yield the JSON examples of an operation's success response, each with its schema."""
        declared = success_of(operation)
        for media in declared.media_types.values() if declared is not None else ():
            if media.schema is not None and media.json:
                yield from ((media.schema, example) for example in media.examples.values())

    def _fitted(
        self, resource: Resource, shown: dict[str, Any], random: Random, now: datetime
    ) -> dict[str, Any] | None:
        assert resource.shape is not None  # noqa: S101 (the caller has checked it)
        schema = resource.shape.schema
        if schema.is_valid(shown):
            return dict(shown)
        try:
            made = self._generator.value(schema, random, now, given=pruned(schema, shown), optional=0.0)
        except Unsatisfiable:
            return None
        return made if isinstance(made, dict) else None


FIRST = "first "
"""Prefix of the path in the store key of a table of seeds without relations."""

_TRIES = 20
"""How many further records are tried if generated ones equal existing ones."""

_GONE = (None, "deleted", "DELETED", "removed", "trashed")
"""Values of a state that seed records never have."""

_MANY, _FEW = 10, 3
"""How many seed records a resource has: at the top level, and below each parent."""


def usual_count(resource: Resource) -> int:
    """Return how many seed records a resource has if nothing says otherwise."""
    return _MANY if resource.parent is None else _FEW


class _Seed(NamedTuple):
    """The input for one seed record: its members if known, else its key and its position among the others."""

    members: dict[str, Any] | None
    key: Any = None
    first: bool = False
    turn: int = 0


class Seeds:
    """Generates the seed records of one contract, without their relations.

    connections.py adds the relations afterwards, so that two resources may refer to each other.
    """

    def __init__(  # noqa: PLR0913, PLR0917 (its collaborators)
        self,
        name: str,
        keys: RecordKeys,
        shapes: Shapes,
        generator: Generator,
        completion: Completion,
        examples: Examples | None,
    ) -> None:
        self._name = name
        self._shapes = shapes
        self._keys = keys
        self._generator = generator
        self._completion = completion
        self._examples = examples

    def all(self, resource: Resource, parents: Parents, world: World) -> dict[str, dict[str, Any]]:
        """Return the seed records by key."""
        return {
            key: self._made(seed, key, resource, parents, world)
            for key, seed in self._plan(resource, parents, world).items()
        }

    def keys(self, resource: Resource, parents: Parents, world: World) -> Collection[str]:
        """Return the keys of the seed records, in order, without generating the records."""
        return self._plan(resource, parents, world).keys()

    def find(self, resource: Resource, parents: Parents, key: str, world: World) -> dict[str, Any] | None:
        """Return one seed record, if it exists."""
        seed = self._plan(resource, parents, world).get(key)
        return None if seed is None else self._made(seed, key, resource, parents, world)

    def identifier(self, resource: Resource, parents: Parents, key: str, world: World) -> Any:
        """Return the identifier of one seed record, in its own type."""
        seed = self._plan(resource, parents, world)[key]
        return seed.key if seed.members is None else resource.key_of(seed.members)

    def _made(self, seed: _Seed, name: str, resource: Resource, parents: Parents, world: World) -> dict[str, Any]:
        if seed.members is not None:
            return seed.members
        place = (self._name, FIRST + resource.path, parents)
        table = world.store.table(place)
        if table is None:
            table = world.store.keep(place, {}, lasting=False)
        found: dict[str, Any] | None = table.get(name)
        if found is None:
            found = table[name] = self.one(resource, parents, seed.key, world, first=seed.first, turn=seed.turn)
        return found

    def _plan(self, resource: Resource, parents: Parents, world: World) -> dict[str, _Seed]:
        """Return the inputs for the seed records, by key."""
        name = (self._name, FIRST + FIRST + resource.path, parents)
        known = world.store.table(name)
        if known is not None:
            return known
        made: dict[str, _Seed] = {}
        random = chance(world.seed, self._name, resource.path, *parents)
        if resource.given is not None:
            given = resource.given.get(parents, {})
            taken = dict(given)
            for name_of_it, members in given.items():
                whole = self._whole(resource, members, taken, random, world)
                own = None if resource.singleton else resource.key_of(whole)
                made[name_of_it if own is None else str(own)] = _Seed(whole)
            return world.store.keep(name, made, lasting=False)
        for members in self._shown(resource, parents, random, world):
            shown = str(resource.key_of(members)) if resource.identity else str(len(made))
            seed = _Seed({**members, **self._keys.inherited(resource, parents)})
            made.setdefault(ALONE if resource.singleton else shown, seed)
        count = self._count(resource, len(made))
        start = chance(world.seed, "turn", self._name, resource.path, *parents).randrange(1_000)
        for key in self._keys.shown(resource) if not isinstance(resource.seed, list) else ():
            if len(made) < count and str(key) not in made and not resource.singleton:
                made[str(key)] = _Seed(None, key, first=not made, turn=start + len(made))
        for attempt in range(count + _TRIES):
            if len(made) >= count:
                break
            first = not made and self._examples is not None
            key = None if resource.singleton else self._seed_key(resource, made, random, world)
            name_of_it = ALONE if resource.singleton else str(len(made)) if key is None else str(key)
            seed = _Seed(None, key, first=first, turn=start + attempt)
            if not resource.identity:  # generated now, to skip records that equal others
                seed = _Seed(self.one(resource, parents, key, world, first=first, turn=seed.turn))
            if resource.identity or seed not in made.values():
                made[name_of_it] = seed
        return world.store.keep(name, made, lasting=False)

    def _count(self, resource: Resource, shown: int) -> int:
        if resource.singleton:
            return 1
        if isinstance(resource.seed, int):
            return resource.seed
        if isinstance(resource.seed, list):
            return 0
        if shown and resource.shape is not None and is_inferred(resource.shape.schema):
            return shown  # the schema is inferred from these examples
        return usual_count(resource)

    def _shown(self, resource: Resource, parents: Parents, random: Random, world: World) -> list[dict[str, Any]]:
        """Return the records of seed data or `x-locum-seed`, else those in the examples."""
        if isinstance(resource.seed, list):
            above = self._keys.inherited(resource, parents)
            own = [
                self._unfolded(resource, record)
                for record in resource.seed
                if isinstance(record, dict)
                and all(str(record.get(name, key)) == str(key) for name, key in above.items())
            ]
            taken: dict[str, Any] = {str(key): record for record in own if (key := resource.key_of(record)) is not None}
            return [self._whole(resource, {**record, **above}, taken, random, world) for record in own]
        return [] if self._examples is None else self._examples.of(resource, random, world.began)

    def _unfolded(self, resource: Resource, record: dict[str, Any]) -> dict[str, Any]:
        """Return a record whose dotted names are members of objects: a table has a column `address.city`."""
        properties = resource.shape.properties if resource.shape is not None else {}
        found = dict(record)
        for name, value in record.items():
            holder, _, member = name.partition(".")
            inner = self._shapes.of(properties[holder]) if member and holder in properties else None
            if inner is None or name in properties or member not in inner.properties:
                continue
            schema = inner.properties[member]
            del found[name]
            found[holder] = {**(found.get(holder) or {}), member: typed(schema, schema.raw, value)}
        return found

    def _seed_key(self, resource: Resource, made: Mapping[str, Any], random: Random, world: World) -> Any:
        try:
            return self._keys.new(resource, made, random, world.began)
        except Unsatisfiable:
            return None

    def one(  # noqa: PLR0913 (a record and its place)
        self,
        resource: Resource,
        parents: Parents,
        key: Any,
        world: World,
        *,
        first: bool,
        turn: int | None = None,
    ) -> dict[str, Any]:
        """Generate the members of a record from its key; `turn` is its position among the seed records."""
        if resource.shape is None:
            return {}
        random = chance(world.seed, self._name, resource.path, *parents, (turn or 0) if key is None else key)
        schema = resource.shape.schema
        given = self._keys.inherited(resource, parents)
        if resource.member is not None and key is not None:
            given[resource.member] = key
        example = None if self._examples is None else self._examples.without_identity(resource)
        if example is not None and not first and (resource.identity or resource.singleton or turn is None):
            # Only the members of the example and the required ones; other optional ones would be invented.
            with suppress(Unsatisfiable):
                return self._named(resource, parents, self._around(schema, {**example, **given}, random, world), key)
        states = {} if first else {name: random.choice(values) for name, values in self._states(resource).items()}
        for attempt in ({**states, **given}, given, None):
            try:
                value = self._generator.value(
                    schema,
                    random,
                    world.began,
                    examples=first,
                    optional=1.0,
                    given=attempt or None,
                    alike=self._examples is not None,
                    turn=turn,
                )
            except Unsatisfiable:
                continue
            if not isinstance(value, dict):
                return {}
            lifecycle = self._completion.lifecycle(resource)
            early = () if lifecycle is None else lifecycle.unreached(value)
            properties = resource.shape.properties
            kept = {
                name: None if name in early else item
                for name, item in value.items()
                if name not in early or properties[name].is_valid(None)
            }
            return self._named(resource, parents, kept, key)
        return given

    def _named(self, resource: Resource, parents: Parents, members: dict[str, Any], key: Any) -> dict[str, Any]:
        """Return members with the key set where the identifier is nested: `metadata.name`."""
        if key is None or len(resource.identity) < 2:  # noqa: PLR2004 (a top-level identifier was given)
            return members
        return self._keys.placed(resource, parents, resource.with_key(members, key))

    def _whole(
        self, resource: Resource, given: dict[str, Any], taken: dict[str, Any], random: Random, world: World
    ) -> dict[str, Any]:
        """Complete a given record: add its identifier and the members that the schema requires."""
        if resource.identity and resource.key_of(given) is None and not resource.singleton:
            key = self._seed_key(resource, taken, random, world)
            given = resource.with_key(given, key) if key is not None else given
            taken[str(key)] = given
        with suppress(Unsatisfiable):
            return given if resource.shape is None else self._around(resource.shape.schema, given, random, world)
        return given

    def _around(self, schema: Schema, given: dict[str, Any], random: Random, world: World) -> dict[str, Any]:
        """Return the given members and those that the schema requires. Raises Unsatisfiable."""
        if schema.is_valid(given):
            return given
        made = self._generator.value(schema, random, world.began, optional=0.0, given=pruned(schema, given))
        assert isinstance(made, dict)  # noqa: S101 (`given` is one)
        return made

    def _states(self, resource: Resource) -> dict[str, list[Any]]:
        """Return the members with a few possible values, in which records differ whatever the default is.

        The values are those of the schema's enum, or the kinds of the records in the examples.
        """
        properties = resource.shape.properties if resource.shape is not None else {}
        kinds = self._examples.kinds(resource) if self._examples is not None else {}
        enums = {name: schema.raw.get("enum") for name, schema in properties.items() if isinstance(schema.raw, dict)}
        return {name: values for name, values in kinds.items() if name in properties and enums.get(name) is None} | {
            name: [value for value in values if value not in _GONE and not is_unspecified(value)]
            or [value for value in values if value is not None]
            for name, values in enums.items()
            if isinstance(values, list) and len(values) > 1 and enumerated_text(Hint(name)) is None
        }
