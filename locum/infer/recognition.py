"""Recognition: which records a real server's response shows, and what a request changes if no response shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from locum.errors import ApiError
from locum.infer.actions.bodies import SentRecord, first_record
from locum.infer.actions.context import argument_of, path_value
from locum.infer.actions.creating import Create, CreateMany
from locum.infer.actions.idempotency import Idempotent
from locum.infer.actions.items import Item, Remove
from locum.infer.actions.listing import ListAll
from locum.infer.actions.members import ListMember
from locum.infer.actions.patches import is_json_patch, json_patch, merge_patch
from locum.infer.actions.responses import RecordExpansion
from locum.infer.records.identifiers import ALONE
from locum.infer.resources.identities import list_place, response_place
from locum.infer.resources.relations import parent_members
from locum.infer.resources.resources import expressions_of
from locum.openapi.wire.styles import typed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from locum.infer.actions.context import Context
    from locum.infer.inference.lookups import InferredOperation
    from locum.infer.records.identifiers import Parents
    from locum.infer.request import Request
    from locum.infer.resources.relations import Owner, Placement
    from locum.infer.resources.resources import Resource, Resources
    from locum.infer.resources.shapes import Shape
    from locum.openapi.compile.operations import Operation
    from locum.openapi.schemas.schemas import Schema

__all__ = ["Recognised", "Recognition", "RecordPlace"]


class RecordPlace(NamedTuple):
    """The place of a record: its resource, the path values above it, and its key."""

    resource: Resource
    parents: Parents
    key: str
    is_callers: bool = False
    """Whether the path names it as the caller's own: `/users/me`."""


class Recognised(NamedTuple):
    """A record that a response shows."""

    place: RecordPlace
    members: dict[str, Any]
    is_whole: bool
    """Whether the response shows all of it, so that a member that is absent is not there."""
    is_held: bool = False
    """Whether another record holds it. It may be a copy of an earlier time then: the customer as of an invoice."""
    owners: tuple[tuple[Owner, Any], ...] = ()
    """The members that name what the request's path names, each with its value or item: the `projects` of a task."""


class Recognition:
    """Finds the records in the requests and responses of one contract."""

    def __init__(self, resources: Resources, context: Context) -> None:
        self._resources = resources
        self._context = context
        self._shapes = context.shapes
        self._sent: dict[tuple[str, str], SentRecord] = {}

    def shown(
        self, operation: Operation, inferred: InferredOperation, request: Request, schema: Schema | None, body: Any
    ) -> list[Recognised] | None:
        """Return the records that a successful response shows, in their order; None if it shows none by its schema.

        `schema` is that of the response, `body` its parsed body. Records in members of records are included.
        """
        resource, respond = inferred.resource, _action_of(inferred)
        if resource is None or isinstance(respond, ListMember):
            return None
        if resource.shape is None or schema is None:
            return None
        is_whole = not RecordExpansion.selects(operation, request.arguments)
        if isinstance(respond, ListAll | CreateMany):
            return self._listed(respond, resource, request, schema, body, is_whole=is_whole)
        shape = self._shapes.of(schema)
        steps = response_place(self._shapes, shape, resource)
        inner = self._shapes.at(shape, steps)
        if not self._shows(inner, resource):
            return None
        members = _at(body, steps)
        if not isinstance(members, dict):
            return []
        own = self._members(members, inner, resource)
        place = self.place(operation, inferred, request, own)
        if place is None:
            return []
        placements = respond.placements if isinstance(respond, Create) else []
        owners = self._owners(placements[0], request) if placements else ()
        is_all = is_whole and self._is_complete(inner, resource, own)
        return list(self._with_held(Recognised(place, own, is_all, owners=owners)))

    def place(
        self,
        operation: Operation,
        inferred: InferredOperation,
        request: Request,
        members: Mapping[str, Any],
        location: str | None = None,
    ) -> RecordPlace | None:
        """Return the place of the record that a request is about; None if nothing says where it is.

        `members` are those that are known of the record, `location` is the header of a response that creates it.
        """
        resource, respond = inferred.resource, _action_of(inferred)
        assert resource is not None  # noqa: S101 (the caller has checked it)
        placements = respond.placements if isinstance(respond, Create) else []
        if placements:
            return self._placed(placements[0], request, members, location)
        parents = self.parents(resource, request)
        if parents is None:
            return None
        return self._at_key(resource, parents, self._key(operation, inferred, request, members, location), respond)

    def _at_key(
        self, resource: Resource, parents: Parents, key: str | None, respond: Callable[[Request], Any]
    ) -> RecordPlace | None:
        is_callers = isinstance(respond, Item) and respond.finder.is_callers
        return None if key is None else RecordPlace(resource, parents, key, is_callers)

    @staticmethod
    def action_of(inferred: InferredOperation) -> Callable[[Request], Any]:
        """Return the action of an operation, without what makes it idempotent."""
        return _action_of(inferred)

    @staticmethod
    def removes(inferred: InferredOperation) -> bool:
        """Return whether an operation removes records, not only marks them as removed."""
        return isinstance(_action_of(inferred), Remove)

    def changed(
        self, operation: Operation, inferred: InferredOperation, request: Request, former: Mapping[str, Any] | None
    ) -> dict[str, Any] | None:
        """Return the members that a record has after a write whose response does not show it; None if unknown."""
        resource = inferred.resource
        if resource is None:
            return None
        sent = self._sent.setdefault(
            (operation.path, operation.method), SentRecord(operation, self._context.shapes, resource)
        )
        body = sent.body(request)
        if inferred.action == "update":
            if former is None:
                return None
            if is_json_patch(body, request.header("content-type") or ""):
                try:
                    patched = json_patch(dict(former), body)
                except ApiError:
                    return None
                return patched if isinstance(patched, dict) else None
            first = first_record(body)
            return None if first is None else merge_patch(dict(former), self._declared(sent.named(first), resource))
        given = self._declared(sent.members(request), resource)
        if inferred.action == "replace":
            kept = {name: value for name, value in (former or {}).items() if name not in resource.settable}
            return {**kept, **given}
        return given if inferred.action == "create" else None

    @staticmethod
    def _declared(members: dict[str, Any], resource: Resource) -> dict[str, Any]:
        known = resource.shape.properties if resource.shape is not None else {}
        return {name: value for name, value in members.items() if name in known}

    def _listed(  # noqa: PLR0913 (a response and its operation)
        self,
        respond: ListAll | CreateMany,
        resource: Resource,
        request: Request,
        schema: Schema,
        body: Any,
        *,
        is_whole: bool,
    ) -> list[Recognised] | None:
        """Return the records of a list; None if it is none, or if an element is no record or has no known place."""
        steps = list_place(self._shapes, schema, _accepts(resource))
        elements = _at(body, steps or ())
        shape = self._shapes.at(self._shapes.of(schema), steps or ())
        if steps is None or not isinstance(elements, list) or shape.items is None:
            return None
        found: list[Recognised] = []
        inner = self._shapes.of(shape.items)
        placements = respond.placements if isinstance(respond, ListAll) else []
        owners: tuple[tuple[Owner, Any], ...] = ()
        for index, element in enumerate(elements):
            if not isinstance(element, dict):
                return None
            placement = _fitting(placements, element)
            own = placement.resource if placement is not None else resource
            members = self._members(element, inner, own)
            if placement is not None:
                place = self._placed(placement, request, members, None)
                owners = self._owners(placement, request)
            else:
                parents, key = self.parents(own, request), _key_in(own, members)
                key = str(index) if key is None and not own.identity else key
                place = None if parents is None or key is None else RecordPlace(own, parents, key)
            if place is None:
                return None
            is_all = is_whole and self._is_complete(inner, own, members)
            found += self._with_held(Recognised(place, members, is_all, owners=owners))
        return found

    def _placed(
        self,
        placement: Placement,
        request: Request,
        members: Mapping[str, Any],
        location: str | None,
    ) -> RecordPlace | None:
        """Return the place of a record of a collection at another path."""
        resource = placement.resource
        above = parent_members(resource, expressions_of(resource.path), self._shapes)
        by_index = {index: members.get(name) for name, index in above.items()}
        values = []
        for index, source in enumerate(placement.sources):
            value = None
            if source.at is not None:
                value = path_value(request, source.at, source.name)
            elif source.member is not None:
                value = argument_of(request, source.member)
            value = by_index.get(index) if value is None else value
            if not isinstance(value, str | int):
                return None
            values.append(str(value))
        key = _key_in(resource, members) or _last_of(location)
        return None if key is None else RecordPlace(resource, tuple(values), key)

    def _owners(self, placement: Placement, request: Request) -> tuple[tuple[Owner, Any], ...]:
        """Return the members of a record that name the request's path, each with what it holds then."""
        found: list[tuple[Owner, Any]] = []
        shape = placement.resource.shape
        for owner in placement.owners if shape is not None else ():
            assert shape is not None  # noqa: S101 (as above)
            schema: Schema | None = shape.properties[owner.member]
            if owner.many and schema is not None:
                schema = self._shapes.of(schema).items
            value = None if schema is None else _standing_for(path_value(request, owner.at, owner.name), schema, owner)
            found += [] if value is None else [(owner, value)]
        return tuple(found)

    def parents(self, resource: Resource, request: Request) -> Parents | None:
        """Return the path values above a record of the resource at the request's own path."""
        parents = request.path[: resource.depth]
        for name in expressions_of(resource.path)[len(parents) :]:
            given = argument_of(request, name)
            if given is None:
                return None
            parents = (*parents, str(given))
        return parents

    def _key(
        self,
        operation: Operation,
        inferred: InferredOperation,
        request: Request,
        members: Mapping[str, Any],
        location: str | None,
    ) -> str | None:
        """Return the key of the record that a request is about: its identifier, else the one that the path names."""
        resource, respond = inferred.resource, _action_of(inferred)
        assert resource is not None  # noqa: S101 (the caller has checked it)
        if resource.singleton:
            return ALONE
        known = _key_in(resource, members)
        if known is not None:
            return known
        finder = respond.finder if isinstance(respond, Item) else None
        if finder is not None and finder.argument is not None:
            given = argument_of(request, finder.argument)
            return None if given is None else str(given)
        path = self._resources.slot(operation).path
        is_item = resource.item is not None and (path == resource.item or path.startswith(resource.item + "/"))
        if is_item and (finder is None or finder.member is None) and len(request.path) > resource.depth:
            key = request.path[resource.depth]
            return None if key in resource.callers else key
        return _last_of(location)

    def _with_held(self, found: Recognised) -> Iterator[Recognised]:
        """Yield the records that a record holds in its members, then itself, with identifiers where it expands them."""
        resource, members = found.place.resource, dict(found.members)
        for relation in self._context.tables.relations_of(resource):
            value = members.get(relation.member)
            if not (relation.expands or (relation.holds and relation.is_certain)) or not isinstance(value, dict | list):
                continue
            keys: list[Any] = []
            for one in value if isinstance(value, list) else [value]:
                key = _key_in(relation.target, one) if isinstance(one, dict) else None
                keys.append(relation.target.key_of(one) if key is not None else one)
                if key is not None:
                    inner = self._declared(one, relation.target)
                    parents = found.place.parents[: relation.target.depth]
                    yield Recognised(RecordPlace(relation.target, parents, key), inner, is_whole=False, is_held=True)
            if relation.expands:
                members[relation.member] = keys if isinstance(value, list) else keys[0]
        yield found._replace(members=members)

    def _members(self, shown: dict[str, Any], inner: Shape, resource: Resource) -> dict[str, Any]:
        """Return the members of a record in a response: those of its schema, and those that no schema declares."""
        known = resource.shape.properties if resource.shape is not None else {}
        return {name: value for name, value in shown.items() if name in known or name not in inner.properties}

    def _is_own(self, inner: Shape, resource: Resource) -> bool:
        """Return whether a response shows records by their own schema."""
        shape = resource.shape
        if shape is None:
            return False
        return inner is shape or bool(self._shapes.identity(inner.schema) == self._shapes.identity(shape.schema))

    def _is_complete(self, inner: Shape, resource: Resource, members: dict[str, Any]) -> bool:
        """Return whether a response shows all of a record: by its own schema, with the required members."""
        return self._is_own(inner, resource) and inner.required <= members.keys()

    def _shows(self, inner: Shape, resource: Resource) -> bool:
        """Return whether an object of a response is the record, not only an outcome such as `{"deleted": true}`."""
        assert resource.shape is not None  # noqa: S101 (the caller has checked it)
        if self._is_own(inner, resource):
            return True
        names = inner.properties.keys() & resource.shape.properties.keys()
        return bool(resource.identity) and self._shapes.has(inner, resource.identity) and len(names) > 1


def _action_of(inferred: InferredOperation) -> Callable[[Request], Any]:
    respond = inferred.respond
    return respond.action if isinstance(respond, Idempotent) else respond


def _accepts(resource: Resource) -> Callable[[Schema], bool]:
    shape = resource.shape
    return lambda schema: shape is not None and schema.pointer == shape.schema.pointer


def _key_in(resource: Resource, members: Any) -> str | None:
    """Return the key in the members of a record."""
    if resource.singleton:
        return ALONE
    if resource.name_form:
        name = members.get("name") if isinstance(members, dict) else None
        return name.rpartition("/")[2] or None if isinstance(name, str) else None
    key = resource.key_of(members)
    return str(key) if isinstance(key, str | int) and not isinstance(key, bool) and key != "" else None


def _standing_for(value: str | None, schema: Schema, owner: Owner) -> Any:
    """Return what stands in a member for the record that a path names: its key, or an object with it; or None."""
    if value is None:
        return None
    nested: Any = value
    for step in reversed(owner.identity):
        nested = {step: nested}
    forms = (value, typed(schema, schema.raw, value), *([nested] if owner.identity else []))
    return next((form for form in forms if schema.is_valid(form)), None)


def _last_of(location: str | None) -> str | None:
    """Return the last segment of the path in a Location header, which is the key of a new record."""
    path = urlsplit(location).path.rstrip("/") if location else ""
    return unquote(path.rpartition("/")[2]) or None


def _fitting(placements: list[Placement], element: dict[str, Any]) -> Placement | None:
    """Return the collection to which an element of a list belongs: the first whose schema it fits."""
    for placement in placements if len(placements) > 1 else ():
        shape = placement.resource.shape
        if shape is not None and shape.schema.is_valid(element):
            return placement
    return placements[0] if placements else None


def _at(value: Any, steps: tuple[str | int, ...]) -> Any:
    for step in steps:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and len(value) > step else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value
