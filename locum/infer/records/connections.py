"""Connections: make records refer to existing records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from locum.infer.actions.views import RecordView
from locum.infer.records.relationships import MEMBER as RELATIONSHIPS
from locum.infer.records.relationships import Relationships
from locum.infer.resources.identities import identity_of
from locum.infer.resources.relations import references_of, relations_of, role_of
from locum.infer.resources.resources import expressions_of
from locum.infer.resources.words import same, words_of
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from locum.generate.generator import Generator
    from locum.infer.records.identifiers import Parents
    from locum.infer.records.records import Record
    from locum.infer.records.seeds import Seeds
    from locum.infer.resources.relations import Referring, Relation
    from locum.infer.resources.resources import Resource, Resources
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.schemas.schemas import Schema
    from locum.world.worlds import World

    Find = Callable[[Resource, Parents, str, World], Record | None]

__all__ = ["Connections"]


class _Place(NamedTuple):
    """An object in a record whose references are set."""

    resource: Resource
    parents: Parents
    record: Mapping[str, Any]
    referring: Referring
    world: World
    turn: int | None
    """The position of the record among the seed records, or None."""
    chosen: dict[tuple[Resource, str], str]
    """The keys chosen so far, by target and role."""


def _parts(text: str, schema: Schema) -> list[dict[str, Any]]:
    """Return a text as the only element of a list of parts: `[{"type": "text", "text": "Hello"}]`; [] if none fits."""
    whole = {"value": text, "annotations": []}
    ways = ({"type": "text", "text": text}, {"type": "text", "text": whole}, {"text": text})
    return next(([way] for way in ways if schema.is_valid(way)), [])


class Connections:
    """Sets the references between the records of one contract."""

    def __init__(self, name: str, resources: Resources, shapes: Shapes, generator: Generator, seeds: Seeds) -> None:
        self._name = name
        self._resources = resources
        self._shapes = shapes
        self._generator = generator
        self._seeds = seeds
        self._references: dict[Resource, list[Referring]] = {}
        self._by_member: dict[Resource, dict[str, Relation]] = {}
        self._views: dict[Schema, RecordView] = {}
        self.relationships = Relationships(name, resources, shapes, seeds)

    def of_seed(
        self, resource: Resource, parents: Parents, members: dict[str, Any], world: World, index: int | None = None
    ) -> dict[str, Any]:
        """Make a seed record refer to existing records; `index` is its position among the seed records."""
        chosen: dict[tuple[Resource, str], str] = {}
        for referring in self._references_of(resource):
            inner = members if referring.within is None else members.get(referring.within)
            if not isinstance(inner, dict):
                continue
            at = _Place(resource, parents, members, referring, world, index, chosen)
            changed = self._of_seed(at, inner)
            members = changed if referring.within is None else _with_valid(resource, members, referring.within, changed)

        members = self.relationships.linked(resource, members, world, index)

        def find(target: Resource, above: Parents, key: str, world: World) -> dict[str, Any] | None:
            return self._seeds.find(target, above, key, world)

        return self._below(resource, parents, members, world, find)

    def _of_seed(self, at: _Place, members: dict[str, Any]) -> dict[str, Any]:
        """Set the references in one object of a seed record."""
        resource, shape = at.resource, at.referring.shape
        for relation in at.referring.relations:
            name = relation.member
            if members.get(name) is None and (relation.target is resource or not _has_happened(name, members, shape)):
                continue
            place = shape.properties[name]
            if relation.target is resource and at.referring.within is not None:
                value = self._value(relation, at.record)
            elif relation.target is resource and not relation.many:
                value = self._earlier(at, relation)
                if value is None:  # the first record has no parent of its own kind
                    value = None if place.is_valid(None) else _NOT_THERE
            else:
                value = self._reference(at, members, relation)
                if value is None:
                    continue
            if value is _NOT_THERE:
                if name not in shape.required:
                    members = {other: one for other, one in members.items() if other != name}
            elif place.is_valid(value):
                members = {**members, name: value}
        return members

    def _below(
        self,
        resource: Resource,
        parents: Parents,
        members: dict[str, Any],
        world: World,
        find: Callable[[Resource, Parents, str, World], dict[str, Any] | None],
    ) -> dict[str, Any]:
        """Set members to the records that the path names: `owner` of a record at `/repos/{owner}/{repo}`."""
        if not parents or resource.shape is None:
            return members
        above = dict(zip(expressions_of(resource.path), parents, strict=False))
        for relation in self.relations_of(resource):
            name, target = relation.member, relation.target
            key = next((key for expression, key in above.items() if same(expression, name)), None)
            if key is None or not relation.holds or relation.many or target.depth:
                continue
            alike = (one for one in self._resources if one.is_read and one.depth == 0 and one is not target)
            for other in (target, *(one for one in alike if one.identity[-1:] == target.identity[-1:])):
                found = find(other, (), key, world)
                if found is not None:
                    value = self._held(resource.shape, relation, [found], world)[0]
                    break
            else:
                value = members.get(name)
            value = target.with_key(value, key) if isinstance(value, dict) else value
            if resource.shape.properties[name].is_valid(value):
                members = {**members, name: value}
        return members

    def of_record(  # noqa: PLR0913 (a record and its place)
        self,
        resource: Resource,
        parents: Parents,
        members: dict[str, Any],
        *,
        sent: Collection[str],
        world: World,
        find: Find,
        is_change: bool = False,
    ) -> dict[str, Any]:
        """Make the generated members of a record refer to existing records: `owner` is the one that `ownerId` names.

        A required reference that no other member determines is set to any record. A change keeps it as it is.
        """
        chosen: dict[tuple[Resource, str], str] = {}
        for referring in self._references_of(resource):
            inner = members if referring.within is None else members.get(referring.within)
            if isinstance(inner, dict) and referring.within not in sent:
                at = _Place(resource, parents, members, referring, world, None, chosen)
                changed = self._of_record(
                    at, inner, sent if referring.within is None else (), find, is_change=is_change
                )
                members = (
                    changed if referring.within is None else _with_valid(resource, members, referring.within, changed)
                )

        if not is_change and RELATIONSHIPS not in sent:
            members = self.relationships.linked(resource, members, world)

        def known(target: Resource, above: Parents, key: str, world: World) -> dict[str, Any] | None:
            record = find(target, above, key, world)
            return dict(record.members) if record is not None else None

        return members if is_change else self._below(resource, parents, members, world, known)

    def _of_record(
        self, at: _Place, members: dict[str, Any], sent: Collection[str], find: Find, *, is_change: bool
    ) -> dict[str, Any]:
        """Set the references in the generated members of one object of a record."""
        resource, shape = at.resource, at.referring.shape
        for relation in at.referring.relations:
            name = relation.member
            if name in sent or members.get(name) is None:
                continue
            place = shape.properties[name]
            is_named = relation.holds or relation.named_by is not None
            named = _named(at.referring, relation, members) if is_named else None
            other = (
                None if named is None else find(relation.target, at.parents[: relation.target.depth], named, at.world)
            )
            if is_change and other is None:
                continue
            empty: Any = [] if relation.many else None
            settable = name in resource.settable or name in resource.grown
            may_be_empty = relation.holds and settable and name not in shape.required
            if other is not None:
                value = self._shown(at, relation, dict(other.members))
            elif may_be_empty and place.is_valid(empty):
                members = {**members, name: empty}
                continue
            else:
                value = self._reference(at, members, relation)
            if value is not None and place.is_valid(value):
                members = {**members, name: value}
        return members

    def referring(  # noqa: PLR0913 (a record, its place, and the members that were sent)
        self,
        resource: Resource,
        parents: Parents,
        members: dict[str, Any],
        *,
        sent: Collection[str],
        world: World,
        find: Find,
        by_alternate: Callable[[Resource, Parents, str, World], str | None],
    ) -> dict[str, Any]:
        """Replace ids that were sent by the records that they name, where the schema has objects.

        Objects that were sent are replaced by their ids, where the schema has ids.
        """
        if resource.shape is None:
            return members
        changed = dict(members)
        for name in sent:
            place, value = resource.shape.properties.get(name), members.get(name)
            if place is None or name not in members:
                continue
            relation = self._relation_of(resource, name)
            if relation is None and not isinstance(value, dict | list) and self._shapes.of(place).kinds <= _SCALARS:
                continue
            if relation is not None and not relation.holds and isinstance(value, str) and relation.target.alternates:
                above = parents[: relation.target.depth]
                if find(relation.target, above, value, world) is None:  # the name of an image becomes its id
                    changed[name] = by_alternate(relation.target, above, value, world) or value
                continue
            whole = self._completed(resource, relation, value, parents, world, find) if relation is not None else value
            holds = relation is not None and relation.holds  # names in a list may become records
            if whole is not value:
                changed[name] = whole
            elif not place.is_valid(value) or (holds and isinstance(value, list)):
                changed[name] = self._referred_in(name, place, value, relation, parents, world, find)
        return changed

    def _referred_in(  # noqa: PLR0913, PLR0917 (a value and its target)
        self,
        name: str,
        place: Schema,
        value: Any,
        relation: Relation | None,
        parents: Parents,
        world: World,
        find: Find,
    ) -> Any:
        """Return a value, or each item of a list, in the form that the member has: a record, or an id."""
        shape, several = self._shapes.of(place), isinstance(value, list)
        if isinstance(value, str) and shape.is_array and shape.items is not None:
            return _parts(value, shape.items) or value
        if several != shape.is_array:
            return value
        inner = self._shapes.of(shape.items) if several and shape.items is not None else shape
        items = value if several else [value]
        referred = [self._referred(name, inner, item, relation, parents, world, find) for item in items]
        return referred if several else referred[0]

    def _completed(  # noqa: PLR0913, PLR0917 (a value and its target)
        self,
        resource: Resource,
        relation: Relation,
        value: Any,
        parents: Parents,
        world: World,
        find: Find,
    ) -> Any:
        """Complete an object that only names a record, such as `{"id": "7"}`, with the record's members."""
        if not relation.holds or relation.many or not isinstance(value, dict):
            return value
        if resource.shape is None:
            return value
        target, key = relation.target, relation.target.key_of(value)
        if not isinstance(key, str | int) or target.shape is None or not value.keys() < target.shape.properties.keys():
            return value
        record = find(target, parents[: target.depth], str(key), world)
        if record is None:
            return value
        whole = {**self._held(resource.shape, relation, [dict(record.members)], world)[0], **value}
        return whole if resource.shape.properties[relation.member].is_valid(whole) else value

    def _referred(  # noqa: PLR0913, PLR0917 (a value and its target)
        self,
        name: str,
        shape: Shape,
        value: Any,
        relation: Relation | None,
        parents: Parents,
        world: World,
        find: Find,
    ) -> Any:
        if isinstance(value, dict) and not shape.is_object:
            key = next((value[one] for one in ("id", "gid", "uuid", "key", "sid", "name") if one in value), None)
            return key if key is not None and shape.schema.is_valid(key) else value
        if not isinstance(value, str | int) or isinstance(value, bool) or not shape.is_object:
            return value
        target = relation.target if relation is not None else None
        for other in [target] if target is not None else self._alike(shape):
            record = find(other, parents[: other.depth], str(value), world)
            if record is not None:
                view = RecordView(shape.schema, self._shapes, self._generator, bare=True)
                return view.body(record.members, other, world)
        if relation is not None and target is not None and relation.holds and not relation.is_certain:
            made = self._seeds.one(target, parents[: target.depth], value, world, first=False)
            if target.shape is not None and target.key_of(made) != value:  # the name of a label with a numeric id
                known = target.shape.properties
                named = next((one for one in _NAMES if one in known and known[one].is_valid(value)), None)
                made = made if named is None else {**made, named: value}
            return RecordView(shape.schema, self._shapes, self._generator, bare=True).body(made, target, world)
        steps = identity_of(None, name, shape, self._shapes)
        if not steps:  # `head: "topic"` becomes `{"ref": "topic"}`
            steps = tuple(one for one in ("ref", "value", "text") if one in shape.properties)[:1]
        return {steps[0]: value} if len(steps) == 1 else value

    def _alike(self, shape: Shape) -> list[Resource]:
        """Return the top-level resources whose records an object may show."""
        return [
            other
            for other in self._resources
            if other.depth == 0
            and other.shape is not None
            and other.identity
            and other.identity[0] in shape.properties
            and shape.properties.keys() <= other.shape.properties.keys()
        ][:_MOST_ALIKE]

    def relations_of(self, resource: Resource) -> list[Relation]:
        """Return the relations of a resource to others."""
        return relations_of(resource, self._resources, self._shapes)

    def _relation_of(self, resource: Resource, member: str) -> Relation | None:
        """Return the relation that a member is; of several, the last."""
        if resource not in self._by_member:
            self._by_member[resource] = {one.member: one for one in self.relations_of(resource)}
        return self._by_member[resource].get(member)

    def _references_of(self, resource: Resource) -> list[Referring]:
        if resource not in self._references:
            self._references[resource] = references_of(resource, self._resources, self._shapes)
        return self._references[resource]

    def _held(self, shape: Shape, relation: Relation, others: Iterable[dict[str, Any]], world: World) -> list[Any]:
        """Render records in the form in which a member holds them."""
        place = shape.properties[relation.member]
        view = self._views.get(place)
        if view is None:
            inner = self._shapes.of(place)
            schema = inner.items if relation.many and inner.items is not None else inner.schema
            view = self._views[place] = RecordView(schema, self._shapes, self._generator, bare=True)
        return [view.body(members, relation.target, world) for members in others]

    def _shown(self, at: _Place, relation: Relation, members: dict[str, Any]) -> Any:
        """Return the value of a member that refers to a record: the record itself, or its identifier."""
        if relation.holds:
            return self._held(at.referring.shape, relation, [members], at.world)[0]
        return self._value(relation, members)

    @staticmethod
    def _value(relation: Relation, members: Mapping[str, Any]) -> Any:
        """Return the value by which a member refers to a record."""
        return relation.target.key_of(members) if relation.named_by is None else members.get(relation.named_by)

    def _earlier(self, at: _Place, relation: Relation) -> Any:
        """Return a parent of the same resource: an earlier record, so that there are no circles."""
        resource = at.resource
        above = at.parents[: resource.depth]
        keys = list(self._seeds.keys(resource, above, at.world))
        own = str(resource.key_of(at.record))
        index = keys.index(own) if own in keys else (at.turn or 0)
        if index <= 0 or index > len(keys):
            return None
        chosen = self._seeds.find(resource, above, keys[(index - 1) // 2], at.world) or {}
        within = {relation.member for relation in self.relations_of(resource) if relation.target is resource}
        return self._shown(at, relation, {name: value for name, value in chosen.items() if name not in within})

    def _reference(self, at: _Place, members: Mapping[str, Any], relation: Relation) -> Any:
        """Return a member's reference to an existing record; None to keep its value."""
        target, role = relation.target, relation.inferred
        above = at.parents[: target.depth]
        others = self._seeds.keys(target, above, at.world)
        present = members.get(relation.member, [] if relation.many else None)
        is_key = not relation.holds and not relation.many and relation.named_by is None
        if not others or (is_key and str(present) in others):
            if others:
                at.chosen.setdefault((target, role), str(present))
            return None
        random = chance(at.world.seed, self._name, at.resource.path, *at.parents, at.resource.key_of(at.record), role)
        count = min(len(others), len(present) or 1) if isinstance(present, list) else 1
        keys = list(others)
        # In turn, so that every record is referred to; two members of one record refer to different ones.
        start = random.randrange(len(keys)) if at.turn is None else at.turn
        if at.turn is None and role in _AUTHORS:
            start = 0  # the caller is the first
        ordered = [keys[(start + step) % len(keys)] for step in range(len(keys))]
        used = {key for (one, other), key in at.chosen.items() if one is target and other != role}
        free = [key for key in ordered if key not in used] or ordered
        named = _named(at.referring, relation, members) if not relation.many else None
        if named is None and not relation.many:
            named = at.chosen.get((target, role)) or _above(at, relation)
        picked = [named] if named is not None and named in others else free[:count]
        at.chosen.setdefault((target, role), picked[0])
        if relation.holds or relation.named_by is not None:
            values = [self._shown(at, relation, self._seeds.find(target, above, key, at.world) or {}) for key in picked]
        else:
            values = [self._seeds.identifier(target, above, key, at.world) for key in picked]
        return values if isinstance(present, list) else values[0]


def _has_happened(name: str, members: Mapping[str, Any], shape: Shape) -> bool:
    """Whether what a member names the author of has happened: `completed_by` of what is `completed`."""
    *event, last = words_of(name) or [""]
    if last != "by" or not event:
        return True
    for other in shape.properties:
        words, value = [*words_of(other)], members.get(other)
        if (value is False and words[-len(event) :] == event) or (value is None and words == [*event, "at"]):
            return False
    return True


def _with_valid(resource: Resource, members: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    """Return members with a new value, if it is valid."""
    is_valid = resource.shape is not None and resource.shape.properties[name].is_valid(value)
    return {**members, name: value} if is_valid else members


def _named(referring: Referring, relation: Relation, members: Mapping[str, Any]) -> str | None:
    """Return the key in another member with the same role."""
    roles = {one.member: one.inferred for one in referring.relations if one.named_by is None}
    names_none = {one.member for one in referring.relations if one.named_by is not None}
    for name, value in members.items():
        if name == relation.member or name in names_none or not isinstance(value, str | int):
            continue
        if roles.get(name, role_of(name)) == relation.inferred:
            return str(value)
    return None


def _above(at: _Place, relation: Relation) -> str | None:
    """Return the parent's key if a member refers to the parent: `customer_id` of an order below a customer."""
    target, above = relation.target, at.resource.parent
    while above is not None and above is not target:
        above = above.parent
    is_about = above is not None and not target.singleton and same(relation.inferred, target.noun.replace(" ", "_"))
    return at.parents[target.depth] if is_about else None


_NOT_THERE: Any = object()
_AUTHORS = frozenset({"user", "author", "creator", "created_by", "sender", "uploader", "actor", "reporter"})
"""Roles of the caller for records that it creates."""
_SCALARS = frozenset({"string", "integer", "number", "boolean", "null"})
_NAMES = ("name", "login", "title")
"""Members by which clients name a record beside its identifier."""
_MOST_ALIKE = 20
"""Limit of the resources that are searched for the record of an id."""
