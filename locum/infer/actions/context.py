"""Context: what the actions of one contract share (records, generated values, responses)."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from locum.errors import Conflict, Invalid, NotFound, Precondition
from locum.generate.files.making import ORIGIN
from locum.generate.generator import Unsatisfiable
from locum.infer.actions.responses import Expansion, Responder
from locum.infer.records.keys import ALONE
from locum.infer.records.records import Record
from locum.infer.records.states import (
    ABSENT,
    UNKNOWN,
    Stamps,
    agreed,
    initial_value,
    is_state,
    stamp,
    turned,
    unreached,
)
from locum.infer.resources.identities import list_place
from locum.infer.resources.words import same, stem
from locum.world.identifiers import chance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from locum.generate.generator import Generator
    from locum.infer.records.keys import Parents
    from locum.infer.records.tables import Tables
    from locum.infer.request import Request
    from locum.infer.resources.relations import Placement
    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shapes
    from locum.openapi.compile.operations import Operation
    from locum.openapi.schemas.schemas import Schema
    from locum.world.worlds import World

__all__ = ["Context", "missing", "require", "titled", "version_in"]


_OF_SERVERS = frozenset({"uid", "resourceversion", "generation", "etag", "version"})
"""Stems of the members that a server writes beside an identifier."""


class Context:
    """The records of a contract's resources, and what the actions on them share."""

    def __init__(
        self, name: str, shapes: Shapes, generator: Generator, tables: Tables, *, dynamic: bool = False
    ) -> None:
        self.name = name
        self.unknown_is_missing = False
        """Whether an unknown identifier is always 404, even where clients cannot list or create the records."""
        self.shapes = shapes
        self.generator = generator
        self.tables = tables
        self.dynamic = dynamic
        self._stamps: dict[Resource, Stamps] = {}

    def responder(self, operation: Operation, *preferred: int, resource: Resource | None = None) -> Responder:
        """Return the responder of an operation; `preferred` are success statuses, best first."""
        responder = Responder(
            operation, self.shapes, self.generator, *preferred, resource=resource, dynamic=self.dynamic
        )
        if resource is not None:
            responder.expansion = Expansion(operation, resource, self)
        return responder

    def stamps(self, resource: Resource) -> Stamps | None:
        """Return the timestamp members of a resource's records; None if the resource has no schema."""
        if resource.shape is None:
            return None
        if resource not in self._stamps:
            self._stamps[resource] = Stamps(resource.shape, self.shapes)
        return self._stamps[resource]

    def parents(self, resource: Resource, operation: Operation, request: Request) -> Parents:
        """Return the path values above the record's own. Raises NotFound if one names a missing record."""
        parents = self._completed_parents(resource, request.path[: resource.depth], request.world)
        above = resource.parent
        while above is not None:
            key = ALONE if above.singleton else parents[above.depth]
            before = parents[: above.depth]
            if self.tables.find(above, before, key, request.world) is None:
                gone = self.tables.was_removed(above, before, key, request.world)
                is_known = _is_known(above) and operation.declares(404) is not None
                if gone or ((is_known or self.unknown_is_missing) and not _is_always_there(above, key)):
                    raise missing(above, key)
                self.tables.put(
                    above,
                    before,
                    key,
                    self.tables.made(above, before, self.tables.typed_key(above, key), request.world),
                    request.world,
                )
            above = above.parent
        return parents

    def _completed_parents(self, resource: Resource, parents: Parents, world: World) -> Parents:
        """Return the parent values, with the first records for those that the path lacks: `/users.conversations`."""
        if len(parents) == resource.depth:
            return parents
        ancestors = []
        above = resource.parent
        while above is not None:
            ancestors.append(above)
            above = above.parent
        for ancestor in reversed(ancestors):
            if not ancestor.singleton and len(parents) == ancestor.depth:
                parents = (*parents, next(iter(self.tables.all(ancestor, parents, world)), "1"))
        return (*parents, *("1",) * (resource.depth - len(parents)))

    def parents_of(self, placement: Placement, request: Request) -> list[Parents]:
        """Return the parent values of the records that an operation at another path concerns, the caller's first."""
        found: list[Parents] = [()]
        for source in placement.sources:
            if source.at is not None:
                found = [(*parents, request.path[source.at]) for parents in found]
                continue
            assert source.of is not None  # noqa: S101 (it is one or the other)
            most = 1 if source.is_callers else None
            found = [
                (*parents, key)
                for parents in found
                for key in islice(self.tables.all(source.of, parents[: source.of.depth], request.world), most)
            ]
        return found or [("",) * len(placement.sources)]

    def record(self, resource: Resource, parents: Parents, key: str, operation: Operation, world: World) -> Record:
        """Return the record with a key. Raises NotFound if there is none.

        If the operation declares neither 404 nor 410, or clients can neither list nor create the records,
        a record is generated for any key that was not removed.
        """
        record = self.tables.find(resource, parents, key, world)
        if record is None:
            gone = self.tables.was_removed(resource, parents, key, world)
            declared = operation.declares(404) is not None or operation.declares(410) is not None
            is_missing = (_is_known(resource) and declared) or self.unknown_is_missing
            if gone or (is_missing and not _is_always_there(resource, key)):
                raise missing(resource, key)
            record = self.tables.made(resource, parents, self.tables.typed_key(resource, key), world)
            self.tables.put(resource, parents, key, record, world)
        return record

    def link(self, resource: Resource, parents: Parents, key: str, request: Request, *, is_there: bool) -> None:
        """Add or remove a mark's key in the list of the record above: `group_ids` of a customer put into a group."""
        above = resource.parent
        if resource.identity or above is None or above.shape is None or above.singleton:
            return
        member = next((one for one in above.shape.properties if same(one, f"{resource.noun}_ids")), None)
        record = self.tables.find(above, parents[: above.depth], parents[above.depth], request.world)
        if member is None or record is None or not self.shapes.of(above.shape.properties[member]).is_array:
            return
        former = record.members.get(member)
        others = [one for one in former if str(one) != key] if isinstance(former, list) else []
        members = {**record.members, member: [*others, key] if is_there else others}
        if above.shape.properties[member].is_valid(members[member]):
            self.change(above, parents[: above.depth], parents[above.depth], members, request)

    def require_references(
        self, resource: Resource, parents: Parents, sent: Mapping[str, Any], operation: Operation, world: World
    ) -> None:
        """Raise DanglingReference if a member of the body names a record that does not exist.

        This applies only if the operation declares one of its statuses and the member's target is certain.
        """
        if resource.shape is None or not any(operation.declares(status) for status in DanglingReference.statuses):
            return
        for relation in self.tables.relations_of(resource):
            target, value = relation.target, sent.get(relation.member)
            if value is None or isinstance(value, dict | bool) or not (relation.is_certain and _is_known(target)):
                continue
            for key in value if isinstance(value, list) else [value]:
                known = not isinstance(key, str | int) or key in target.callers or not str(key)
                if not known and self.tables.find(target, parents[: target.depth], str(key), world) is None:
                    raise DanglingReference(f"{relation.member}: {target.noun} {key!r} not found.")

    def without_read_only(
        self, sent: dict[str, Any], record: Record | None, place: tuple[str | int, ...], request: Request
    ) -> dict[str, Any]:
        """Return the body without its `readOnly` members. Raises Invalid if one differs from the stored record."""
        changed = []
        for violation in request.read_only:
            path = violation.path[len(place) :]
            known = _at(record.members if record is not None else {}, path)
            if known != _here(_at(request.body, violation.path), request.root):
                changed.append(violation)
            sent = _without(sent, path)
        if changed:
            raise Invalid("The request body changes read-only members.", violations=changed)
        return sent

    def require_version(
        self, resource: Resource, record: Record, sent: Mapping[str, Any], operation: Operation
    ) -> None:
        """Raise Conflict if the body's version differs from the record's: an older `resourceVersion` (Kubernetes)."""
        wanted, present = version_in(resource, sent), version_in(resource, record.members)
        if wanted is None or present is None or wanted[1] == present[1] or not self.has_conflicts(operation):
            return
        message = f"The {resource.noun} has changed: its {present[0]} is {present[1]!r}, not {wanted[1]!r}."
        raise Conflict(message)

    def has_conflicts(self, operation: Operation) -> bool:
        """Return whether conflicts with existing records are errors.

        They are if a status of Conflict is declared, or if `unknown_is_missing` is set, as on a real server.
        """
        return self.unknown_is_missing or any(operation.declares(status) for status in Conflict.statuses)

    def create(
        self, resource: Resource, parents: Parents, sent: Mapping[str, Any], request: Request, key: Any = None
    ) -> tuple[str, Record]:
        """Create a record from the members that were sent, generate the others, and store it.

        Returns the key and the record. `key` is generated or taken from `sent` if it is None.
        """
        world, tables = request.world, self.tables
        given = {**sent, **tables.inherited(resource, parents)}
        if resource.singleton:
            name = ALONE
        else:
            made = tables.new_key(resource, parents, world, given) if key is None else key
            name, brought = str(made), resource.key_of(given)
            if brought != made and tables.is_temporary(resource, brought):
                given = _with_instead(given, brought, made)
            given = tables.placed(resource, parents, resource.with_key(given, made))
        stamps = self.stamps(resource)
        if stamps is not None:
            given |= stamps.at_creation(world.clock.now)
        given = self._with_lists(resource, name, given, sent, request)
        given = tables.referring(resource, parents, given, sent, world)
        completed = tables.connected(resource, parents, self._completed(resource, given, world), sent, world)
        record = Record(tables.addresses.located(resource, parents, name, completed, sent))
        tables.put(resource, parents, name, record, world)
        return name, record

    def _with_lists(
        self, resource: Resource, key: str, members: dict[str, Any], sent: Iterable[str], request: Request
    ) -> dict[str, Any]:
        """Wrap arrays that were sent in the list object of the record's schema: `{"data": [...]}` (Stripe).

        If the elements have a path of their own, they are stored as records that refer to this one.
        """
        properties = resource.shape.properties if resource.shape is not None else {}
        for name in sent:
            value, place = members.get(name), properties.get(name)
            if not isinstance(value, list) or place is None or self.shapes.of(place).is_array:
                continue
            step = list_place(self.shapes, place)
            items = self.shapes.at(self.shapes.of(place), step).items if step else None
            if step is None or len(step) != 1 or items is None:
                continue
            elements = [self._element(resource, key, one, items, request) for one in value if isinstance(one, dict)]
            given = {step[0]: elements, "has_more": False, "hasMore": False}
            given = {one: value for one, value in given.items() if one in self.shapes.of(place).properties}
            random = chance(request.world.seed, resource.path, key, name)
            with suppress(Unsatisfiable):
                made = self.generator.value(place, random, request.world.clock.now, given=given, optional=0.0)
                members = {**members, name: made}
        return members

    def _element(
        self, resource: Resource, key: str, sent: dict[str, Any], schema: Schema, request: Request
    ) -> dict[str, Any]:
        """Store a list element as a record if its schema is that of a top-level collection; return its members."""
        target = next((one for one in self.tables.showing(schema) if not one.depth and one is not resource), None)
        if target is None or target.shape is None:
            return sent
        known = self.tables.find(target, (), str(target.key_of(sent)), request.world)
        if known is not None:
            return dict(self.change(target, (), str(target.key_of(sent)), {**known.members, **sent}, request).members)
        above = next((one for one in target.shape.properties if same(one, resource.noun.replace(" ", "_"))), None)
        given = {above: key, **sent} if above is not None else sent
        return dict(self.create(target, (), given, request)[1].members)

    def _completed(self, resource: Resource, given: dict[str, Any], world: World) -> dict[str, Any]:
        """Return the members of a new record: those given, and generated values for the others in its schema."""
        shape = resource.shape
        if shape is None:
            return given
        properties = shape.properties
        fitting = {name: value for name, value in given.items() if name in properties}
        valid = {name: value for name, value in fitting.items() if properties[name].is_valid(value)}
        # A partly sent object is invalid by itself; the generator completes it.
        partial = {name: value for name, value in fitting.items() if name in valid or isinstance(value, dict)}
        alone = {name: value for name, value in valid.items() if resource.identity and name == resource.identity[0]}
        if len(resource.identity) > 1:
            fitting[resource.identity[0]] = self._described(resource, fitting.get(resource.identity[0]), world)
        first, absent = self._initial(resource, properties.keys() - given.keys())
        for attempt in ({**first, **fitting}, {**first, **partial}, {**first, **valid}, valid, alone):
            try:
                made = self.generator.value(
                    shape.schema,
                    world.new_id.random,
                    world.clock.now,
                    examples=False,
                    optional=1.0,
                    given=attempt,
                    alike=not self.dynamic,
                    fresh=True,
                )
            except Unsatisfiable:
                continue
            made = self._begun(resource, made, given)
            early = {*absent, *unreached(shape, self.shapes, made)} - given.keys() - shape.required
            # Members that the client sent beyond the schema are kept.
            more = {name: value for name, value in given.items() if name not in made and name not in properties}
            nulls = {name for name in early if name in made and properties[name].is_valid(None)}
            return {
                name: None if name in nulls else value
                for name, value in {**made, **more}.items()
                if name not in early or name in nulls
            }
        return given

    def _begun(self, resource: Resource, made: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """Set the initial state in members that are state objects: `state.status` becomes `created`."""
        assert resource.shape is not None  # noqa: S101 (the caller has checked it)
        for name, value in made.items():
            if name in given or not isinstance(value, dict) or not is_state(name):
                continue
            if name not in resource.shape.properties:
                continue
            shape = self.shapes.of(resource.shape.properties[name])
            first: dict[str, Any] = {}
            for one in [one for one in value if is_state(one) and one in shape.properties]:
                schema = shape.properties[one]
                found = initial_value(one, schema, self.shapes.of(schema), settable=False)
                if found is not ABSENT and found is not UNKNOWN:
                    first[one] = deepcopy(found)
            if first:
                made = {**made, name: agreed(shape, {**value, **first})}
        return made

    def _described(self, resource: Resource, sent: Any, world: World) -> Any:
        """Return the object that holds the identifier, with its server-written members: creation time, uid, version.

        In Kubernetes this is `metadata`.
        """
        assert resource.shape is not None  # noqa: S101 (a nested identity implies a shape)
        shape = self.shapes.of(resource.shape.properties[resource.identity[0]])
        own = {name for name in shape.properties if stem(name) in _OF_SERVERS}
        made: dict[str, Any] = {
            name: stamp(inner, world.clock.now) for name, inner in Stamps(shape, self.shapes).created.items()
        }
        with suppress(Unsatisfiable):
            value = self.generator.value(
                shape.schema, world.new_id.random, world.clock.now, examples=False, optional=0.0, given={}, wanted=own
            )
            made |= {name: value[name] for name in own if name in value}
        for name in own:
            if stem(name) == "uid" and shape.properties[name].is_valid(unique := world.new_id.uuid()):
                made[name] = unique
        return {**made, **sent} if isinstance(sent, dict) else made

    def _initial(self, resource: Resource, names: AbstractSet[str]) -> tuple[dict[str, Any], set[str]]:
        """Return the initial values of members that were not sent, and the names of those that are absent at first."""
        assert resource.shape is not None  # noqa: S101 (the caller has checked it)
        first: dict[str, Any] = {}
        absent: set[str] = set()
        for name in resource.shape.properties:
            if name not in names:
                continue
            schema = resource.shape.properties[name]
            settable = name in resource.settable or name in resource.grown
            value = initial_value(name, schema, self.shapes.of(schema), settable=settable)
            if value is ABSENT:
                absent.add(name)
            elif value is not UNKNOWN:
                first[name] = deepcopy(value)
        return first, absent

    def change(
        self, resource: Resource, parents: Parents, key: str, members: Mapping[str, Any], request: Request
    ) -> Record:
        """Replace a record's members and update its timestamp of the last change."""
        stamps = self.stamps(resource)
        later = stamps.at_change(request.world.clock.now) if stamps is not None else {}
        changed = {**members, **later}
        own = self.tables.find(resource, parents, key, request.world)
        sent = [name for name, value in members.items() if own is None or own.members.get(name) is not value]
        if own is not None and resource.shape is not None:
            for name, is_now in turned(resource.shape, self.shapes, own.members, members).items():
                place = self.shapes.of(resource.shape.properties[name])
                changed.pop(name, None)
                if is_now or place.schema.is_valid(None):
                    changed[name] = stamp(place, request.world.clock.now) if is_now else None
        changed = self._with_lists(resource, key, changed, sent, request)
        changed = self.tables.referring(resource, parents, changed, sent, request.world)
        if own is not None:
            changed = _with_server_members(resource, own.members, changed)
        record = Record(self.tables.connected(resource, parents, changed, sent, request.world, is_change=True))
        self.tables.put(resource, parents, key, record, request.world)
        return record


def _with_server_members(resource: Resource, former: Mapping[str, Any], members: dict[str, Any]) -> dict[str, Any]:
    """Keep the server-written members of the object that holds the identifier, and raise its version."""
    holder = resource.identity[0] if len(resource.identity) > 1 else ""
    before, after = former.get(holder), members.get(holder)
    if not isinstance(before, dict) or not isinstance(after, dict):
        return members
    kept = {name: value for name, value in before.items() if stem(name) in _OF_SERVERS or name.startswith("creation")}
    members = {**members, holder: {**after, **kept}}
    version = version_in(resource, former)
    if version is not None and members != former:
        name, value = version
        later = int(value) + 1 if str(value).isdigit() else value
        members[holder][name] = str(later) if isinstance(value, str) else later
    return members


def version_in(resource: Resource, members: Mapping[str, Any]) -> tuple[str, Any] | None:
    """Return the name and value of the version beside a record's identifier: `metadata.resourceVersion`."""
    holder = members.get(resource.identity[0]) if len(resource.identity) > 1 else None
    if not isinstance(holder, dict):
        return None
    return next(((name, value) for name, value in holder.items() if stem(name) == "resourceversion" and value), None)


_NOWHERE: Any = object()


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    """Return the value at a path, or `_NOWHERE`."""
    try:
        for step in path:
            value = value[step]
    except (KeyError, IndexError, TypeError):
        return _NOWHERE
    return value


def _with_instead(value: Any, former: Any, made: Any) -> Any:
    """Replace every occurrence of `former` in a JSON value by `made`."""
    if isinstance(value, dict):
        return {name: _with_instead(inner, former, made) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_instead(inner, former, made) for inner in value]
    return made if value == former else value


def _here(value: Any, root: str) -> Any:
    """Replace this server's address by the placeholder that stored records use."""
    return value.replace(root, ORIGIN, 1) if isinstance(value, str) and value.startswith(root) else value


def _without(value: Any, path: tuple[str | int, ...]) -> Any:
    if not path or not isinstance(value, dict) or path[0] not in value:
        return value
    if len(path) == 1:
        return {name: inner for name, inner in value.items() if name != path[0]}
    return {**value, path[0]: _without(value[path[0]], path[1:])}


class DanglingReference(NotFound):
    """A member of the body names a record that does not exist."""

    statuses: ClassVar[tuple[int, ...]] = (404, 409, 422, 400)
    code = "no_such_reference"


def _is_known(resource: Resource) -> bool:
    """Return whether clients can know which records exist: they list or create them, or the records are marks."""
    return resource.found or resource.shape is None


def _is_always_there(resource: Resource, key: str) -> bool:
    """Return whether a record exists by convention: the namespace, project or queue named `default`."""
    return key == "default" and resource.identity[-1:] in {("name",), ("slug",), ("key",)} and not resource.depth


def titled(resource: Resource) -> str:
    """Return the noun for a record, capitalised to begin a sentence."""
    return resource.noun[:1].upper() + resource.noun[1:]


def missing(resource: Resource, key: str) -> NotFound:
    """Return the error for a record that does not exist."""
    noun = titled(resource)
    # Clients match "not found": PyGithub raises UnknownObjectException only for a 404 with these words.
    return NotFound(f"{noun} not found." if key == ALONE else f"{noun} {key!r} not found.")


def require(record: Record, request: Request) -> None:
    """Raise Precondition if If-Match does not match the record's ETag (RFC 9110, section 13.1.1)."""
    wanted = request.header("if-match")
    if wanted is not None and wanted != "*" and record.tag not in {tag.strip() for tag in wanted.split(",")}:
        message = "The record has changed: If-Match does not match its current ETag."
        raise Precondition(message)
