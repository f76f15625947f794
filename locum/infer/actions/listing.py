"""Actions on a collection: list, search, clear."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from locum.generate.files.making import ORIGIN
from locum.generate.generator import Unsatisfiable
from locum.infer.actions.context import path_value, version_in
from locum.infer.actions.views import RecordView
from locum.infer.lists.conditions import conditions_in
from locum.infer.lists.envelopes import Envelope, PageFacts
from locum.infer.lists.orders import says_newest_first
from locum.infer.lists.paging import Paging
from locum.infer.lists.selection import ListSelection
from locum.infer.resources.identities import list_place
from locum.infer.resources.words import stem
from locum.openapi.compile.parameters import Parameter
from locum.openapi.wire.json_values import write_json
from locum.responses import Response
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from locum.infer.actions.context import Context
    from locum.infer.actions.responses import Responder
    from locum.infer.lists.paging import Window
    from locum.infer.records.records import Record
    from locum.infer.request import Request
    from locum.infer.resources.relations import Placement
    from locum.infer.resources.resources import Resource
    from locum.openapi.compile.operations import Operation
    from locum.world.worlds import World

__all__ = ["Clear", "Elements", "ListAll", "Search", "keys_of"]

_MOST_GATHERED = 100
"""Default page size of a list that combines the records below several parents."""


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
        self._view: RecordView | None = None
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
                self._view = RecordView(shape.items, context.shapes, context.generator, resource, bare=True)

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

    def events(self, records: list[Record], request: Request) -> Response:
        """Return an event for each record, one on a line, as a watch of Kubernetes begins; then the stream ends."""
        shown = [{"type": "ADDED", "object": self._shown(record, request.world)} for record in records]
        # The server replaces the placeholder of its address in bodies of one JSON text only.
        lines = (write_json(one).replace(ORIGIN.encode(), request.root.encode()) for one in shown)
        return Response(b"".join(line + b"\n" for line in lines), {}, self._responder.status)

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
        self._watch = next((one.argument for one in query if stem(one.name) == "watch"), None)
        self._since = next((one.argument for one in query if stem(one.name) == "resourceversion"), None)
        self._selection = (
            None
            if resource.shape is None
            else ListSelection(query, resource.shape, context.shapes, newest=says_newest_first(operation))
        )
        self.explain = [*self._paging.explain, *(self._selection.explain if self._selection is not None else ())]
        for owner in placement.owners if placement is not None else ():
            self.explain.append(f"{{{owner.name}}} selects by {owner.member}")

    def _parameters(self) -> list[Parameter]:
        """Return the parameters that may page, order or filter the list."""
        return [*self.operation.by_location["query"], *self.operation.by_location["header"]]

    def _arguments(self, request: Request) -> Mapping[str, Any]:
        """Return the values of these parameters."""
        return request.arguments

    @property
    def paging(self) -> Paging:
        """The meaning of the parameters that select a page."""
        return self._paging

    @property
    def selection(self) -> ListSelection | None:
        """The meaning of the parameters that select and order records; None if the records have no schema."""
        return self._selection

    @property
    def is_own(self) -> bool:
        """Whether it lists the collection at its own path."""
        return self._placement is None

    @property
    def placements(self) -> list[Placement]:
        """The collections at other paths whose records it lists; none if it lists that at its own path."""
        return [] if self._placement is None else [self._placement, *self.more]

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
        if self._watch is not None and arguments.get(self._watch) is True:
            return self._elements.events(self._newer(records, arguments), request)
        keys = keys_of(records, resource) if self._paging.names_records else len(records)
        window = self._paging.window(keys, arguments)
        url, query = request.url, request.scope.get("query_string", b"")
        links_of = partial(self._paging.links, window, url, query)
        return self._elements.respond(records[window.start : window.stop], window, links_of, request)

    def _newer(self, records: list[Record], arguments: Mapping[str, Any]) -> list[Record]:
        """Return the records with a later version than the one that a watch continues from."""
        since = arguments.get(self._since) if self._since is not None else None
        if since is None or not str(since).isdigit():
            return records
        versions = [version_in(self.resource, record.members) for record in records]
        return [
            record
            for record, version in zip(records, versions, strict=True)
            if version is None or not str(version[1]).isdigit() or int(version[1]) > int(since)
        ]

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
            wanted = path_value(request, owner.at, owner.name)
            records = [one for one in records if wanted is None or owner.has(one.members, wanted)]
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


class Clear:
    """Removes the records of a collection that the parameters select, by default all."""

    def __init__(self, operation: Operation, resource: Resource, context: Context) -> None:
        self.operation = operation
        self.resource = resource
        self._context = context
        self._responder = context.responder(operation, 204, 200, 202, resource=resource)
        query = operation.by_location["query"]
        self._selection = None if resource.shape is None else ListSelection(query, resource.shape, context.shapes)

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
