"""What the actions of one contract share: records, values, responses."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from locum.generate.files.addresses import ORIGIN
from locum.generate.generator import Unsatisfiable
from locum.infer.actions.expansion import Expansion
from locum.infer.actions.responses import Responder
from locum.infer.records.keys import ALONE
from locum.infer.records.records import Record
from locum.infer.records.stamps import Stamps, stamp
from locum.infer.records.states import ABSENT, UNKNOWN, agreed, initial_value, is_state, turned, unreached
from locum.infer.resources.list_places import list_place
from locum.infer.resources.words import same, stem
from locum.refusals import Conflict, Invalid, NotFound, Precondition
from locum.state.chance import chance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from locum.generate.generator import Generator
    from locum.infer.records.keys import Parents
    from locum.infer.records.tables import Tables
    from locum.infer.request import Request
    from locum.infer.resources.placement import Placement
    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shapes
    from locum.openapi.compile.operations import Operation
    from locum.openapi.compile.schemas import Schema
    from locum.state.worlds import World

__all__ = ["Context", "missing", "require", "titled", "version_in"]


_OF_SERVERS = frozenset({"uid", "resourceversion", "generation", "etag", "version"})
"""Members that a server writes beside an identifier; as stems."""


class Context:
    """The records of a contract's resources, and what the actions on them share."""

    def __init__(
        self, name: str, shapes: Shapes, generator: Generator, tables: Tables, *, dynamic: bool = False
    ) -> None:
        self.name = name
        self.unknown_is_missing = False
        """Whether an identifier that nothing has is 404, also where no client can know which there are."""
        self.shapes = shapes
        self.generator = generator
        self.tables = tables
        self.dynamic = dynamic
        self._stamps: dict[Resource, Stamps] = {}

    def responder(self, operation: Operation, *preferred: int, resource: Resource | None = None) -> Responder:
        """Return what gives the answers of an operation."""
        responder = Responder(
            operation, self.shapes, self.generator, *preferred, resource=resource, dynamic=self.dynamic
        )
        if resource is not None:
            responder.expansion = Expansion(operation, resource, self)
        return responder

    def stamps(self, resource: Resource) -> Stamps | None:
        """Return which members of a resource's records hold a time."""
        if resource.shape is None:
            return None
        if resource not in self._stamps:
            self._stamps[resource] = Stamps(resource.shape, self.shapes)
        return self._stamps[resource]

    def parents(self, resource: Resource, operation: Operation, request: Request) -> Parents:
        """Return the values above a record's own; NotFound where what they name does not exist."""
        parents = request.path[: resource.depth]
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

    def parents_of(self, placement: Placement, request: Request) -> list[Parents]:
        """Return the values above the records that an operation at another path is about; those of the caller first."""
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
        """Return the record of a key.

        Raises NotFound where there is none. Where the operation declares no answer for that, or where
        no client can know what there is, whatever is asked for exists, until it is removed.
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
        """Let the record above a mark have or lose its identifier: `group_ids` of a customer put into a group."""
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
        """Raise Dangling where a member that was sent names a record that does not exist.

        Only where the operation declares a status for that, and where it is certain what the member names.
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
                    raise DanglingReference(f"{relation.member}: there is no {target.noun} {key!r}.")

    def without_read_only(
        self, sent: dict[str, Any], record: Record | None, place: tuple[str | int, ...], request: Request
    ) -> dict[str, Any]:
        """Return what was sent without the members that are read only, which are as they were.

        Raises Invalid where one of them is another value than the record has.
        """
        changed = []
        for violation in request.read_only:
            path = violation.path[len(place) :]
            known = _at(record.members if record is not None else {}, path)
            if known != _here(_at(request.body, violation.path), request.root):
                changed.append(violation)
            sent = _without(sent, path)
        if changed:
            raise Invalid("The request body changes what is read only.", violations=changed)
        return sent

    def require_version(
        self, resource: Resource, record: Record, sent: Mapping[str, Any], operation: Operation
    ) -> None:
        """Raise Conflict where a change is of another state than the record has: its `resourceVersion` is older."""
        wanted, present = version_in(resource, sent), version_in(resource, record.members)
        if wanted is None or present is None or wanted[1] == present[1] or not self.has_conflicts(operation):
            return
        message = f"The {resource.noun} has changed: its {present[0]} is {present[1]!r}, and not {wanted[1]!r}."
        raise Conflict(message)

    def has_conflicts(self, operation: Operation) -> bool:
        """Whether a clash with what there is is an error: where a status for that is declared.

        And where unknown identifiers are errors, declared or not, as they are of a real server.
        """
        return self.unknown_is_missing or any(operation.declares(status) for status in Conflict.statuses)

    def create(
        self, resource: Resource, parents: Parents, sent: Mapping[str, Any], request: Request, key: Any = None
    ) -> tuple[str, Record]:
        """Make a record of what a client has sent, fill in what a server makes, and store it."""
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
        """Return members in which an array that was sent is the list that the schema wants: `{"data": [...]}` (Stripe).

        Its elements are records where these have a path of their own, and name the record that they were sent with.
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
        """Make or change the record that an element of a list is, if it has a path of its own."""
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
        """Return a new record with all the members that its schema describes, around those that are known."""
        shape = resource.shape
        if shape is None:
            return given
        properties = shape.properties
        fitting = {name: value for name, value in given.items() if name in properties}
        valid = {name: value for name, value in fitting.items() if properties[name].is_valid(value)}
        # An object of which only a part was sent is not valid, and is completed.
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
            # What the client sent beyond the schema stays; the rest is as the schema wants it.
            more = {name: value for name, value in given.items() if name not in made and name not in properties}
            nulls = {name for name in early if name in made and properties[name].is_valid(None)}
            return {
                name: None if name in nulls else value
                for name, value in {**made, **more}.items()
                if name not in early or name in nulls
            }
        return given

    def _begun(self, resource: Resource, made: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """Return a new record whose states that are objects are the first ones: `state.status` is `created`."""
        assert resource.shape is not None  # noqa: S101 (looked at by the caller)
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
        """Return the object that identifies a record with what a server writes into it: when it was made, its version.

        Kubernetes has that in `metadata`.
        """
        assert resource.shape is not None  # noqa: S101 (its identity stands in it)
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
        """Return what members of a new record are that were not sent, and which of them are not there."""
        assert resource.shape is not None  # noqa: S101 (looked at by the caller)
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
        """Replace a record's members; a member for the time of the last change is updated."""
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
            changed = _as_servers_keep_it(resource, own.members, changed)
        record = Record(self.tables.connected(resource, parents, changed, sent, request.world, is_change=True))
        self.tables.put(resource, parents, key, record, request.world)
        return record


def _as_servers_keep_it(resource: Resource, former: Mapping[str, Any], members: dict[str, Any]) -> dict[str, Any]:
    """Return members in which the object that identifies a record says what a server writes: its uid, a new version."""
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
    """Return the name and the value of the version beside a record's identifier: `metadata.resourceVersion`."""
    holder = members.get(resource.identity[0]) if len(resource.identity) > 1 else None
    if not isinstance(holder, dict):
        return None
    return next(((name, value) for name, value in holder.items() if stem(name) == "resourceversion" and value), None)


_NOWHERE: Any = object()


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    """Return what stands at a path; `_NOWHERE` where nothing does."""
    try:
        for step in path:
            value = value[step]
    except (KeyError, IndexError, TypeError):
        return _NOWHERE
    return value


def _with_instead(value: Any, former: Any, made: Any) -> Any:
    """Return a value in which one text is another wherever it stands."""
    if isinstance(value, dict):
        return {name: _with_instead(inner, former, made) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_instead(inner, former, made) for inner in value]
    return made if value == former else value


def _here(value: Any, root: str) -> Any:
    """Return a value as the store has it, in which this server has no address."""
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
    """Whether clients can know which records there are: by a list, by making them, or as they are mere marks."""
    return resource.found or resource.shape is None


def _is_always_there(resource: Resource, key: str) -> bool:
    """Whether a record exists by convention: the namespace, the project or the queue that is named `default`."""
    return key == "default" and resource.identity[-1:] in {("name",), ("slug",), ("key",)} and not resource.depth


def titled(resource: Resource) -> str:
    """Return what a record is called at the beginning of a sentence."""
    return resource.noun[:1].upper() + resource.noun[1:]


def missing(resource: Resource, key: str) -> NotFound:
    """Return the refusal that says that a record does not exist."""
    noun = titled(resource)
    # Clients look for these two words: PyGithub, for one, takes no other 404 for an unknown object.
    return NotFound(f"{noun} not found." if key == ALONE else f"{noun} {key!r} not found.")


def require(record: Record, request: Request) -> None:
    """Raise Precondition where If-Match names another state of the record (RFC 9110, section 13.1.1)."""
    wanted = request.header("if-match")
    if wanted is not None and wanted != "*" and record.tag not in {tag.strip() for tag in wanted.split(",")}:
        message = "The record has changed: If-Match does not name its present state."
        raise Precondition(message)
