"""Actions on a collection: list, search, create, bulk create, clear."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from locum.errors import Conflict
from locum.generate.files.making import ORIGIN
from locum.generate.generator import Unsatisfiable
from locum.infer.actions.bodies import Sent, merge_patch
from locum.infer.actions.context import titled, version_in
from locum.infer.actions.files import described, keep, uploaded_in
from locum.infer.actions.views import View
from locum.infer.lists.conditions import conditions_in
from locum.infer.lists.envelopes import Envelope, PageFacts
from locum.infer.lists.orders import says_newest_first
from locum.infer.lists.paging import Paging
from locum.infer.lists.selection import Selection
from locum.infer.resources.identities import list_place
from locum.infer.resources.resources import expressions_of
from locum.infer.resources.words import stem, words_of
from locum.openapi.compile.parameters import Parameter
from locum.openapi.pointers import at
from locum.world.identifiers import chance

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    from locum.infer.actions.context import Context
    from locum.infer.actions.custom import Effect
    from locum.infer.actions.responses import Responder
    from locum.infer.lists.paging import Window
    from locum.infer.records.keys import Parents
    from locum.infer.records.records import Record
    from locum.infer.request import Request
    from locum.infer.resources.relations import Placement
    from locum.infer.resources.resources import Resource
    from locum.openapi.compile.operations import Operation
    from locum.responses import Response
    from locum.world.worlds import World

__all__ = ["Clear", "Create", "CreateMany", "ListAll", "Search"]

_MOST_GATHERED = 100
"""Default page size of a list that combines the records below several parents."""
_UNIQUE = frozenset({"email", "username", "login", "slug", "handle"})
"""Members whose values are unique in a collection, if the operation declares 409."""


_UPSERTS = re.compile(
    r"\b(?:upsert\w*|creat(?:e|es|ed) (?:or|and/or) (?:update|updates|updated|replace|replaces|modify|modifies)\b)",
    re.IGNORECASE,
)
"""Phrases for a create that changes an existing record."""


def keys_of(records: list[Record], resource: Resource) -> list[str | int]:
    """Return the identifiers of records, in order; the index where a record has none."""
    keys = (resource.key_of(record.members) for record in records)
    return [index if key is None else key for index, key in enumerate(keys)]


def _latest_version(records: list[Record], resource: Resource) -> str | None:
    """Return the version of a list, which is the highest of its records; None if they have none."""
    found = [version_in(resource, record.members) for record in records]
    return max((str(one[1]) for one in found if one is not None), key=lambda text: (len(text), text), default=None)


class Elements:
    """Renders lists of records for the responses of one operation."""

    def __init__(self, responder: Responder, resource: Resource, context: Context) -> None:
        self._responder = responder
        self._resource = resource
        self._envelope: Envelope | None = None
        self._view: View | None = None
        self._most: int | None = None
        schema = responder.media.schema if responder.media is not None else None
        place = list_place(context.shapes, schema, self._accepts) if schema is not None else None
        if schema is not None and place is not None:
            shape = context.shapes.of(schema)
            for step in place:
                shape = context.shapes.of(shape.properties[step])
            self._envelope = Envelope(context.shapes, context.generator, schema, place)
            raw = shape.schema.raw
            self._most = raw.get("maxItems") if isinstance(raw, dict) else None
            if shape.items is not None:
                self._view = View(shape.items, context.shapes, context.generator, resource, bare=True)

    @property
    def has_cursor(self) -> bool:
        """Whether the response locates the next page, by a member or the Link header."""
        declared = self._responder.declared
        linked = declared is not None and "link" in declared.headers
        return linked or (self._envelope is not None and self._envelope.has_cursor)

    @property
    def counts(self) -> bool:
        """Whether the response locates the next page by a number."""
        return self._envelope is not None and self._envelope.counts

    @property
    def fits(self) -> bool:
        """Whether the response holds a list."""
        return self._envelope is not None

    def _accepts(self, schema: Any) -> bool:
        shape = self._resource.shape
        return shape is not None and schema.pointer == shape.schema.pointer

    def respond(
        self, records: list[Record], window: Window, links_of: Callable[[], Mapping[str, str]], request: Request
    ) -> Response:
        """Return a response with a list of records in its envelope: totals, cursors, links."""
        if self._envelope is None:  # only another media type of the response has a list
            return self._responder.echo({}, request)
        bodies = [self._shown(record, request.world) for record in records[: self._most]]
        expansion = self._responder.expansion
        if expansion is not None and self._view is not None and expansion.is_asked(request):
            schema = self._view.schema
            bodies = [
                expansion.shown(body, schema, request.path, request, record.members)
                for body, record in zip(bodies, records, strict=False)
            ]
        try:
            first, last = keys_of([records[0], records[-1]], self._resource) if records else (None, None)
            facts = PageFacts(window, links_of, first, last, partial(_latest_version, records, self._resource))
            source = partial(chance, request.world.seed, self._responder.operation.operation_id, request.target)
            body = self._envelope.fill(bodies, facts, source, request.world.began)
            if expansion is not None and expansion.is_asked(request):
                body = expansion.include(body, self._envelope.schema, request)
        except Unsatisfiable:  # for example an empty list under `minItems: 1`
            return self._responder.echo({}, request)
        if not self._responder.needs_headers:
            return self._responder.respond(body, request)
        headers = {"X-Total-Count": str(window.total), "Total-Count": str(window.total), "X-Total": str(window.total)}
        if window.turns:
            turns = [f'<{url}>; rel="{relation}"' for relation, url in facts.links.items() if relation != "self"]
            headers["Link"] = ", ".join(turns)
        return self._responder.respond(body, request, headers)

    def _shown(self, record: Record, world: World) -> Any:
        view = self._view
        if view is None:
            return dict(record.members)
        body = record.bodies.get(view)
        if body is None:
            body = record.bodies[view] = view.body(record.members, self._resource, world)
        return body


class ListAll:
    """Lists the records of a collection: those that the parameters select, page by page."""

    def __init__(
        self, operation: Operation, resource: Resource, context: Context, placement: Placement | None = None
    ) -> None:
        self.operation = operation
        self.resource = resource
        self._context = context
        self._placement = placement
        self.more: Sequence[Placement] = ()
        """The placements of further collections in the same list."""
        self._elements = Elements(context.responder(operation, 200, resource=resource), resource, context)
        query = self._parameters()
        gathers = placement is not None and any(source.of is not None for source in placement.sources)
        self._paging = Paging(
            query,
            _MOST_GATHERED if gathers else None,
            by_records=bool(resource.identity) and not self._elements.has_cursor,
            counts=self._elements.counts,
        )
        self._selection = (
            None
            if resource.shape is None
            else Selection(query, resource.shape, context.shapes, newest=says_newest_first(operation))
        )
        self.explain = [*self._paging.explain, *(self._selection.explain if self._selection is not None else ())]
        for owner in placement.owners if placement is not None else ():
            name = expressions_of(operation.path)[owner.at]
            self.explain.append(f"{{{name}}} selects by {owner.member}")

    def _parameters(self) -> list[Parameter]:
        """Return the parameters that may page, order or filter the list."""
        return [*self.operation.by_location["query"], *self.operation.by_location["header"]]

    def _arguments(self, request: Request) -> Mapping[str, Any]:
        """Return the values of these parameters."""
        return request.arguments

    @property
    def fits(self) -> bool:
        """Whether the response's usual media type holds a list; possibly only another media type does."""
        return self._elements.fits

    def __call__(self, request: Request) -> Response:
        """Return one page."""
        resource, arguments = self.resource, self._arguments(request)
        records = self._records(request)
        if self._selection is not None and self._selection.is_asked(arguments):
            every = [record.members for record in records]
            chosen = self._selection.apply(every, arguments)  # type: ignore[arg-type]
            if chosen is not every:
                by_members = {id(record.members): record for record in records}
                records = [by_members[id(members)] for members in chosen]
        keys = keys_of(records, resource) if self._paging.names_records else len(records)
        window = self._paging.window(keys, arguments)
        url, query = request.url, request.scope.get("query_string", b"")
        links_of = partial(self._paging.links, window, url, query)
        return self._elements.respond(records[window.start : window.stop], window, links_of, request)

    def _records(self, request: Request) -> list[Record]:
        """Return the records that the path selects."""
        context, resource, placement = self._context, self.resource, self._placement
        if placement is None:
            parents = context.parents(resource, self.operation, request)
            return list(context.tables.all(resource, parents, request.world).values())
        return [record for one in (placement, *self.more) for record in self._placed(one, request)]

    def _placed(self, placement: Placement, request: Request) -> list[Record]:
        """Return the records of one collection that the path selects."""
        context = self._context
        records = [
            record
            for parents in context.parents_of(placement, request)
            for record in context.tables.all(placement.resource, parents, request.world).values()
        ]
        for owner in placement.owners:
            records = [one for one in records if owner.has(one.members, request.path[owner.at])]
        return records


class Search(ListAll):
    """Lists the records that match the conditions in the body, page by page: `POST /customers/search`."""

    others: frozenset[str] = frozenset()
    """Stems of body members that concern records of other collections."""

    def _parameters(self) -> list[Parameter]:
        """Return the parameters, and the members of the body as parameters: `limit`, `cursor`, `email`."""
        found = super()._parameters()
        for media in self.operation.body.media_types.values() if self.operation.body is not None else ():
            members = self._context.shapes.of(media.schema).properties if media.schema is not None else {}
            found += [
                Parameter(
                    name=name,
                    location="query",
                    argument=name,
                    required=False,
                    style="form",
                    explode=True,
                    shape="primitive",
                    shapes=("primitive",),
                    plain=True,
                    default=None,
                    schema=schema,
                    json=False,
                )
                for name, schema in members.items()
            ]
        return found

    def _arguments(self, request: Request) -> Mapping[str, Any]:
        """Return the values of parameters and body members."""
        return {**request.arguments, **(request.body if isinstance(request.body, dict) else {})}

    def _records(self, request: Request) -> list[Record]:
        """Return the records that match the nested conditions of the body."""
        records, shape = super()._records(request), self.resource.shape
        conditions = conditions_in(request.body, shape.properties if shape is not None else {}, self.others)
        return [one for one in records if all(condition.holds(one.members) for condition in conditions)]


class Create:
    """Creates a record, in the collection at the path or in that of `placement`."""

    def __init__(
        self,
        operation: Operation,
        resource: Resource,
        context: Context,
        placement: Placement | None = None,
        *,
        flags: Mapping[str, Effect] | None = None,
    ) -> None:
        """Set up the action; `flags` maps body members to effects that are applied to the new record if true."""
        self.operation = operation
        self.resource = resource
        self._context = context
        self._placement = placement
        self._flags = flags or {}
        self._responder = context.responder(operation, 201, 200, 202, 204, resource=resource)
        self._responder.report("created")
        self._sent = Sent(operation, context.shapes, resource)
        self._upserts = _says_upsert(operation, context)
        self._query = operation.by_location["query"]
        self._has_conflicts = context.has_conflicts(operation)
        self._takes_files = operation.body is not None and any(
            media.essence.startswith("multipart/") or "*" in media.declared
            for media in operation.body.media_types.values()
        )

    def __call__(self, request: Request) -> Response:
        """Return the new record with its Location.

        If the contract describes an upsert, a record with the identifier in the body is changed instead.
        """
        context, resource = self._context, self.resource
        properties = resource.shape.properties if resource.shape is not None else ()
        sent = {**self._sent.in_query(request, properties), **self._sent.members(request)}
        placement = self._placement
        if placement is None:
            parents = context.parents(resource, self.operation, request)
        else:
            parents = context.parents_of(placement, request)[0]
            for owner in placement.owners:
                value = request.path[owner.at]
                sent.setdefault(owner.member, [value] if owner.many else value)
        file = uploaded_in(request) if self._takes_files else None
        if file is not None:
            sent = {**described(file, resource, context.shapes), **_unpacked(sent, properties)}
            if file.member not in properties:
                sent.pop(file.member, None)
        known = self._known(sent, parents, request) if self._upserts else None
        if known is None and self._has_conflicts:
            self._check(sent, parents, request)
        context.require_references(resource, parents, sent, self.operation, request.world)
        if known is not None:
            key, former = known
            members = merge_patch(dict(former.members), sent)
            record = context.change(resource, parents, key, members, request)
        else:
            key, record = context.create(resource, parents, sent, request, key=self._chosen_key(request))
        for effect in [effect for flag, effect in self._flags.items() if sent.get(flag) is True]:
            assert resource.shape is not None  # noqa: S101 (an effect is on its members)
            done = effect.on(record.members, resource.shape, context.shapes, request.world.clock.now)
            record = context.change(resource, parents, key, {**record.members, **done}, request)
        if file is not None:
            keep(file, resource, parents, key, context.name, request.world)
        if not self._responder.needs_headers:
            return self._responder.record(record, resource, request)
        own = context.tables.addresses.of(resource, parents, key)
        location = request.url.rstrip("/") + ("" if resource.singleton else "/" + key)
        if own is not None:
            location = request.root + own.removeprefix(ORIGIN)
        return self._responder.record(record, resource, request, {"Location": location})

    def _chosen_key(self, request: Request) -> str | None:
        """Return the key in the query, if records are named by their paths: `?bookId=dune` (Google's AIP-133)."""
        if not self.resource.name_form:
            return None
        wanted = stem(f"{self.resource.noun}_id")
        given = (request.arguments.get(one.argument) for one in self._query if stem(one.name) == wanted)
        return next((str(value) for value in given if value is not None), None)

    def _known(self, sent: Mapping[str, Any], parents: Parents, request: Request) -> tuple[str, Record] | None:
        """Return the existing record with the identifier, or an alternate identifier, in the body."""
        tables, resource = self._context.tables, self.resource
        for value in (resource.key_of(sent), *(sent.get(name) for name in resource.alternates)):
            if isinstance(value, str | int):
                key = tables.by_alternate(resource, parents, str(value), request.world) or str(value)
                record = tables.find(resource, parents, key, request.world)
                if record is not None:
                    return key, record
        return None

    def _check(self, sent: Mapping[str, Any], parents: Parents, request: Request) -> None:
        """Raise Conflict if the identifier is taken, and with a declared 409 also if a unique member is."""
        resource = self.resource
        table = self._context.tables.all(resource, parents, request.world)
        key = resource.key_of(sent)
        if isinstance(key, str | int) and str(key) in table and not self._context.tables.is_shown(resource, key, table):
            raise Conflict(f"{titled(resource)} {key!r} already exists.", code="already_exists")
        if "409" not in self.operation.responses:
            return
        for name in [name for name in sent if name.lower() in _UNIQUE or name in resource.alternates]:
            if any(record.members.get(name) == sent[name] for record in table.values()):
                raise Conflict(f"A {resource.noun} with this {name} already exists.", code="already_exists")


def _says_upsert(operation: Operation, context: Context) -> bool:
    """Return whether an operation's name or descriptions mean that it creates or updates (an upsert)."""
    document = context.shapes.schemas.document
    outcomes = [at(document, one.pointer).get("description") for one in operation.responses.values()]
    texts = [" ".join(words_of(operation.operation_id)), operation.summary, operation.description, *outcomes]
    return any(_UPSERTS.search(text) for text in texts if isinstance(text, str))


def _unpacked(sent: dict[str, Any], properties: Container[str]) -> dict[str, Any]:
    """Unpack an object in a form whose members are all members of the record: `attributes`."""
    found: dict[str, Any] = {}
    for name, value in sent.items():
        known = name in properties or not isinstance(value, dict) or not value
        found |= {name: value} if known or not all(inner in properties for inner in value) else value
    return found


class CreateMany:
    """Creates several records from a list in the body."""

    def __init__(self, operation: Operation, resource: Resource, context: Context, place: tuple[str, ...]) -> None:
        self.operation = operation
        self.resource = resource
        self._context = context
        self._place = place
        self._responder = context.responder(operation, 201, 200, 202, 204, resource=resource)
        self._elements = Elements(self._responder, resource, context)
        self._paging = Paging(())
        self._one = Create(operation, resource, context)
        self._sent = Sent(operation, context.shapes, resource)

    def __call__(self, request: Request) -> Response:
        """Return the new records if the response declares a list.

        A body without the list is one record: some schemas accept both.
        """
        context, resource = self._context, self.resource
        parents = request.path[: resource.depth]
        body = request.body
        if self._place and isinstance(body, dict) and body and self._place[0] not in body:
            return self._one(request)
        for step in self._place:
            body = body.get(step) if isinstance(body, dict) else None
        made = [
            context.create(resource, parents, self._sent.named(item), request)[1]
            for item in (body if isinstance(body, list) else [])
            if isinstance(item, dict)
        ]
        if not self._elements.fits:
            return self._responder.echo({}, request)
        window = self._paging.window(keys_of(made, resource), {})
        return self._elements.respond(made, window, dict, request)


class Clear:
    """Removes the records of a collection that the parameters select, by default all."""

    def __init__(self, operation: Operation, resource: Resource, context: Context) -> None:
        self.operation = operation
        self.resource = resource
        self._context = context
        self._responder = context.responder(operation, 204, 200, 202, resource=resource)
        query = operation.by_location["query"]
        self._selection = None if resource.shape is None else Selection(query, resource.shape, context.shapes)

    def __call__(self, request: Request) -> Response:
        """Return the declared success."""
        context, resource = self._context, self.resource
        parents = context.parents(resource, self.operation, request)
        table = dict(context.tables.all(resource, parents, request.world))
        members = [record.members for record in table.values()]
        chosen = members if self._selection is None else self._selection.apply(members, request.arguments)  # type: ignore[arg-type]
        doomed = {id(one) for one in chosen}
        for key, record in table.items():
            if id(record.members) in doomed:
                context.tables.remove(resource, parents, key, request.world)
        return self._responder.echo({}, request)
