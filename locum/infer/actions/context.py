"""Context: what the actions of one contract share (records, generated values, responses)."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from locum.errors import Conflict, Invalid, NotFound, Precondition
from locum.generate.files.making import ORIGIN
from locum.generate.generator import Unsatisfiable
from locum.infer.actions.responses import RecordExpansion, Responder
from locum.infer.records.completion import is_of_server
from locum.infer.records.identifiers import ALONE
from locum.infer.records.records import Record
from locum.infer.records.states import stamp
from locum.infer.resources.identities import kinds_in, list_place
from locum.infer.resources.resources import expressions_of
from locum.infer.resources.words import same, stem
from locum.openapi.compile.parameters import snake_case
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from locum.generate.generator import Generator
    from locum.infer.records.completion import Completion
    from locum.infer.records.identifiers import Parents
    from locum.infer.records.tables import Tables
    from locum.infer.request import Request
    from locum.infer.resources.relations import Placement, Relation
    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shapes
    from locum.openapi.compile.operations import Operation
    from locum.openapi.schemas.schemas import Schema
    from locum.world.worlds import World

__all__ = ["Context", "argument_of", "missing", "path_value", "require", "titled", "version_in"]


_DELIVERIES = frozenset({"attempt", "attempts", "delivery", "deliveries"})
"""Names of collections to which the service itself adds records."""


class _ListObject(NamedTuple):
    """A member that holds a list in an object."""

    step: str
    """The member of the object that is the list."""
    items: Schema
    schema: Schema


class Context:
    """The records of a contract's resources, and what the actions on them share."""

    def __init__(  # noqa: PLR0913 (its collaborators)
        self,
        name: str,
        shapes: Shapes,
        generator: Generator,
        tables: Tables,
        completion: Completion,
        *,
        dynamic: bool = False,
        unknown_is_missing: bool = False,
    ) -> None:
        self.name = name
        self.unknown_is_missing = unknown_is_missing
        """Whether an unknown identifier is always 404, even where clients cannot list or create the records."""
        self.shapes = shapes
        self.generator = generator
        self.tables = tables
        self.completion = completion
        self.dynamic = dynamic
        self._list_objects: dict[Resource, dict[str, _ListObject]] = {}
        self._deliveries: dict[Resource, list[tuple[Resource, Relation]]] = {}

    def responder(self, operation: Operation, *preferred: int, resource: Resource | None = None) -> Responder:
        """Return the responder of an operation; `preferred` are success statuses, best first."""
        responder = Responder(
            operation, self.shapes, self.generator, *preferred, resource=resource, dynamic=self.dynamic
        )
        if resource is not None and RecordExpansion.is_possible(operation):
            responder.expansion = RecordExpansion(operation, resource, self)
        return responder

    def parents(self, resource: Resource, operation: Operation, request: Request) -> Parents:
        """Return the path values above the record's own. Raises NotFound if one names a missing record."""
        if resource.parent is None and not resource.depth:
            return ()
        parents = self._completed_parents(resource, request)
        above = resource.parent
        while above is not None:
            key = ALONE if above.singleton else parents[above.depth]
            before = parents[: above.depth]
            known = self.tables.find(above, before, key, request.world)
            if known is None and above.alternates and not above.singleton:
                other = self.tables.by_alternate(above, before, key, request.world)
                if other is not None:  # `/images/{name}/history` with a tag
                    parents = (*before, other, *parents[above.depth + 1 :])
                    above = above.parent
                    continue
            if known is None:
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

    def _completed_parents(self, resource: Resource, request: Request) -> Parents:
        """Return the parent values; those that the path lacks are arguments: `/conversations.history?channel=`.

        Without an argument it is the first record: `/users.conversations`.
        """
        parents = request.path[: resource.depth]
        ancestors = []
        above = resource.parent
        while above is not None:
            ancestors.append(above)
            above = above.parent
        ancestors.reverse()
        for one in ancestors:  # `/calendars/primary/events`
            at = one.depth
            if at < len(parents) and parents[at] in one.callers:
                table = self.tables.all(one, parents[:at], request.world)
                own = parents[at] if parents[at] in table else next(iter(table), parents[at])
                parents = (*parents[:at], own, *parents[at + 1 :])
        if len(parents) == resource.depth:
            return parents
        for name in expressions_of(resource.path)[len(parents) :]:
            given = argument_of(request, name)
            if given is None:
                break
            parents = (*parents, str(given))
        for ancestor in ancestors:
            if not ancestor.singleton and len(parents) == ancestor.depth:
                parents = (*parents, next(iter(self.tables.all(ancestor, parents, request.world)), "1"))
        return (*parents, *("1",) * (resource.depth - len(parents)))

    def parents_of(self, placement: Placement, request: Request) -> list[Parents]:
        """Return the parent values of the records that an operation at another path concerns, the caller's first."""
        found: list[Parents] = [()]
        if any(source.is_any for source in placement.sources):
            return self.tables.parents_in_use(placement.resource, request.world) or [
                ("default",) * len(placement.sources)
            ]
        for source in placement.sources:
            if source.at is not None or source.member is not None:
                body = request.body if isinstance(request.body, dict) else {}
                value = str(body.get(source.member, ""))
                if source.at is not None:
                    value = path_value(request, source.at, source.name) or ""
                found = [(*parents, value) for parents in found]
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
        given = {**sent, **tables.inherited(resource, parents)} if parents else dict(sent)
        if resource.singleton:
            name = ALONE
        else:
            made = tables.new_key(resource, parents, world, given) if key is None else key
            name, brought = str(made), resource.key_of(given)
            if brought is not None and brought != made and tables.is_temporary(resource, brought):
                given = _with_instead(given, brought, made)
            given = tables.placed(resource, parents, resource.with_key(given, made))
        lifecycle = self.completion.lifecycle(resource)
        if lifecycle is not None:
            given |= lifecycle.stamps(world.clock.now)
        given = self._with_lists(resource, name, given, sent, request)
        given = tables.referring(resource, parents, given, sent, world)
        completed = self.completion.complete(resource, given, world)
        completed = tables.connected(resource, parents, completed, sent, world)
        if len(resource.identity) > 1:
            completed = self._with_version(resource, parents, completed, world)
        record = Record(tables.addresses.located(resource, parents, name, completed, sent))
        tables.put(resource, parents, name, record, world)
        for child, relation in self._deliveries_of(resource):
            others = tables.all(relation.target, parents[: relation.target.depth], world)
            for other in list(others):
                self.create(child, (*parents, name), {relation.member: other}, request)
        return name, record

    def _with_version(
        self, resource: Resource, parents: Parents, members: dict[str, Any], world: World
    ) -> dict[str, Any]:
        """Return a record's members with a version above those of all others of the collection (Kubernetes)."""
        own = version_in(resource, members)
        if own is None or not str(own[1]).isdigit():
            return members
        others = self.tables.all(resource, parents, world).values()
        found = [version_in(resource, record.members) for record in others]
        latest = max((int(one[1]) for one in found if one is not None and str(one[1]).isdigit()), default=int(own[1]))
        holder, later = resource.identity[0], latest + 1
        version = str(later) if isinstance(own[1], str) else later
        return {**members, holder: {**members[holder], own[0]: version}}

    def _deliveries_of(self, resource: Resource) -> list[tuple[Resource, Relation]]:
        """Return the collections below a record to which the service adds by itself, one record for each receiver.

        A message has an attempt for each endpoint of its application (Svix).
        """
        if resource not in self._deliveries:
            found = []
            for child in self.tables.below(resource, _DELIVERIES) if resource.shape is not None else ():
                if self.tables.is_created(child) or child.shape is None:
                    continue
                relations = [one for one in self.tables.relations_of(child) if one.target is not resource]
                beside = [one for one in relations if one.target.parent is resource.parent and not one.many]
                found += [(child, beside[0])] if len(beside) == 1 else []
            self._deliveries[resource] = found
        return self._deliveries[resource]

    def _lists_in(self, resource: Resource) -> dict[str, _ListObject]:
        """Return the members of a resource's records that are list objects: `{"data": [...]}` (Stripe)."""
        if resource not in self._list_objects:
            found: dict[str, _ListObject] = {}
            for name, place in resource.shape.properties.items() if resource.shape is not None else ():
                shape = self.shapes.of(place)
                step = None if shape.is_array else list_place(self.shapes, place)
                items = self.shapes.at(shape, step).items if step else None
                if step is not None and len(step) == 1 and items is not None:
                    found[name] = _ListObject(step[0], items, place)
            self._list_objects[resource] = found
        return self._list_objects[resource]

    def _with_lists(
        self, resource: Resource, key: str, members: dict[str, Any], sent: Iterable[str], request: Request
    ) -> dict[str, Any]:
        """Wrap arrays that were sent in the list object of the record's schema.

        If the elements have a path of their own, they are stored as records that refer to this one.
        """
        objects = self._lists_in(resource)
        for name in sent if objects else ():
            value, holder = members.get(name), objects.get(name)
            if not isinstance(value, list) or holder is None:
                continue
            inner = self.shapes.of(holder.items)
            value = self.completion.complete_within(resource, name, value, inner, request.world)
            elements = [
                self._element(resource, key, one, holder.items, request) for one in value if isinstance(one, dict)
            ]
            shape = self.shapes.of(holder.schema)
            given = {holder.step: elements, "has_more": False, "hasMore": False}
            given = {one: value for one, value in given.items() if one in shape.properties}
            given |= kinds_in(shape, self.generator)
            random = chance(request.world.seed, resource.path, key, name)
            with suppress(Unsatisfiable):
                made = self.generator.value(holder.schema, random, request.world.clock.now, given=given, optional=0.0)
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

    def _caller_for(self, resource: Resource, name: str, request: Request) -> Any:
        """Return the identifier of the caller's record, the first, for a member that names an author; else None."""
        relation = next((one for one in self.tables.relations_of(resource) if one.member == name), None)
        if relation is None or relation.many or relation.target.depth:
            return None
        first = next(iter(self.tables.all(relation.target, (), request.world).values()), None)
        return None if first is None else relation.target.key_of(first.members)

    def change(
        self, resource: Resource, parents: Parents, key: str, members: Mapping[str, Any], request: Request
    ) -> Record:
        """Replace a record's members and update its timestamp of the last change."""
        lifecycle, now = self.completion.lifecycle(resource), request.world.clock.now
        changed = dict(members)
        if lifecycle is not None:
            changed |= {name: stamp(shape, now) for name, shape in lifecycle.changed.items()}
        own = self.tables.find(resource, parents, key, request.world)
        sent = [name for name, value in members.items() if own is None or own.members.get(name) is not value]
        if own is not None and resource.shape is not None and lifecycle is not None:
            for name, is_now in lifecycle.turned(own.members, members).items():
                place = self.shapes.of(resource.shape.properties[name])
                changed.pop(name, None)
                if is_now or place.schema.is_valid(None):
                    changed[name] = stamp(place, now) if is_now else None
            for name, is_now in lifecycle.authored(own.members, members).items():
                changed.pop(name, None)
                author = self._caller_for(resource, name, request) if is_now else None
                if author is not None or resource.shape.properties[name].is_valid(None):
                    changed[name] = author
                    sent.append(name)
        changed = self._with_lists(resource, key, changed, sent, request)
        changed = self.tables.referring(resource, parents, changed, sent, request.world)
        if own is not None and len(resource.identity) > 1:
            changed = _with_server_members(resource, own.members, changed)
            if changed != own.members:
                changed = self._with_version(resource, parents, changed, request.world)
        record = Record(self.tables.connected(resource, parents, changed, sent, request.world, is_change=True))
        self.tables.put(resource, parents, key, record, request.world)
        return record


def _with_server_members(resource: Resource, former: Mapping[str, Any], members: dict[str, Any]) -> dict[str, Any]:
    """Keep the server-written members of the object that holds the identifier."""
    holder = resource.identity[0] if len(resource.identity) > 1 else ""
    before, after = former.get(holder), members.get(holder)
    if not isinstance(before, dict) or not isinstance(after, dict):
        return members
    kept = {name: value for name, value in before.items() if is_of_server(name) or name.startswith("creation")}
    return {**members, holder: {**after, **kept}}


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


def argument_of(request: Request, name: str | None) -> Any:
    """Return the parameter or body member with a name, or None."""
    body = request.body if isinstance(request.body, dict) else {}
    for one in (name, snake_case(name)) if name is not None else ():
        value = request.arguments.get(one, body.get(one))
        if value is not None:
            return value
    return None


def path_value(request: Request, index: int, name: str) -> str | None:
    """Return a value of the normalised path; what the actual path lacks is an argument: `/users.list?team=`."""
    if index < len(request.path):
        return request.path[index]
    given = argument_of(request, name)
    return None if given is None else str(given)


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
