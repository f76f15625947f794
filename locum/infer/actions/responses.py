"""Responders: render records as an operation's response, with the expansion and the members that a request selects.

`expand[]=customer` (Stripe), `include=owner`, `opt_fields=name,notes` (Asana), `fields=id,name`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from locum.generate.generator import Unsatisfiable
from locum.infer.actions.generated import GenerateResponse, is_file
from locum.infer.actions.views import RecordView, outcome_of
from locum.infer.records.states import first_states
from locum.infer.resources.words import stem, words_of
from locum.openapi.pointers import pointer_of
from locum.responses import Response
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from locum.generate.generator import Generator
    from locum.infer.actions.context import Context
    from locum.infer.records.identifiers import Parents
    from locum.infer.records.records import Record
    from locum.infer.request import Request
    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shapes
    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.headers import HeaderValue
    from locum.openapi.compile.operations import DeclaredResponse, Operation
    from locum.openapi.schemas.schemas import Schema

__all__ = ["RecordExpansion", "Responder"]


_EXPANDS = frozenset({"expand", "include", "populate", "embed", "expansion"})
_PICKS = frozenset({"field", "optfield", "select", "returnfield", "attribute"})
_DEEPEST = 4
_INCLUDED = "included"
"""The member beside `data` that holds related records."""


class RecordExpansion:
    """Expands references in one operation's records and selects their members, as a request specifies."""

    def __init__(self, operation: Operation, resource: Resource, context: Context) -> None:
        query = operation.by_location["query"]
        self._expands = [one.argument for one in query if stem(one.name) in _EXPANDS]
        self._picks = [one.argument for one in query if stem(one.name) in _PICKS]
        self._in_body = operation.method != "GET"
        self._resource = resource
        self._context = context

    @staticmethod
    def is_possible(operation: Operation) -> bool:
        """Return whether a request to an operation can expand references or select members."""
        return operation.method != "GET" or any(
            stem(one.name) in _EXPANDS | _PICKS for one in operation.by_location["query"]
        )

    @staticmethod
    def selects(operation: Operation, arguments: Mapping[str, Any]) -> bool:
        """Return whether the arguments of a request select members, so that its response lacks others."""
        picks = (one.argument for one in operation.by_location["query"] if stem(one.name) in _PICKS)
        return any(arguments.get(argument) is not None for argument in picks)

    def is_asked(self, request: Request) -> bool:
        """Return whether a request expands references or selects members."""
        if any(request.arguments.get(argument) is not None for argument in (*self._expands, *self._picks)):
            return True
        return self._in_body and isinstance(request.body, dict) and not _EXPANDS.isdisjoint(request.body)

    def shown(self, members: Any, schema: Schema, parents: Parents, request: Request, record: Mapping[str, Any]) -> Any:
        """Return the expanded record with the selected members; unchanged if the result does not fit its schema.

        `members` is the response's view of `record`. A selected member that the response does not declare is added
        if the schema accepts further members, as in a list of compact records.
        """
        if not isinstance(members, dict):
            return members
        shown = members
        paths = [*self._paths(self._expands, request), *self._paths_in_body(request)]
        for path in paths:
            shown = self._expanded(self._resource, shown, path, parents, request, 0)
        picked = {path[0] for path in self._paths(self._picks, request)}
        more = {name: record[name] for name in picked & record.keys() - shown.keys()}
        if more and schema.is_valid({**shown, **more}):
            shown = {**shown, **more}
        if picked and not picked.isdisjoint(shown):
            shape = self._context.shapes.of(schema)
            kept = picked | shape.required | set(self._resource.identity[:1]) | {path[0] for path in paths}
            shown = {name: value for name, value in shown.items() if name in kept}
        return shown if shown is members or schema.is_valid(shown) else members

    def include(self, body: Any, schema: Schema, request: Request) -> Any:
        """Return a body with the related records that a request includes: `include=author` (JSON:API, section 8.3)."""
        place = self._context.shapes.of(schema).properties.get(_INCLUDED)
        paths = self._paths(self._expands, request)
        if place is None or not paths or not isinstance(body, dict):
            return body
        data = body.get("data")
        found: dict[tuple[str, str], Any] = {}
        for path in paths:
            level = data if isinstance(data, list) else [data]
            for step in path:
                related = [one for each in level for one in _related(each, step)]
                records = {
                    one: record.members
                    for one in dict.fromkeys(related)
                    if (record := self._context.tables.of_kind(*one, request.world)) is not None
                }
                found |= records
                level = list(records.values())
        whole = {**body, _INCLUDED: list(found.values())}
        return whole if schema.is_valid(whole) else body

    @staticmethod
    def _paths(arguments: Iterable[str], request: Request) -> list[list[str]]:
        return [path for argument in arguments for path in _split(request.arguments.get(argument))]

    def _paths_in_body(self, request: Request) -> list[list[str]]:
        body = request.body
        if not self._in_body or not isinstance(body, dict):
            return []
        return [path for name in _EXPANDS if name in body for path in _split(body[name])]

    def _expanded(  # noqa: PLR0913, PLR0917 (a record, and how far)
        self,
        resource: Resource,
        members: dict[str, Any],
        path: list[str],
        parents: Parents,
        request: Request,
        depth: int,
    ) -> dict[str, Any]:
        """Replace the identifiers that a path names by their records."""
        name = path[0]
        relations = self._context.tables.relations_of(resource)
        relation = next((one for one in relations if one.member == name), None)
        if relation is None or name not in members or depth > _DEEPEST:
            return members

        def found(value: Any) -> Any:
            target = relation.target
            if isinstance(value, dict):
                inner = value
            else:
                record = self._context.tables.find(target, parents[: target.depth], str(value), request.world)
                if record is None or value is None:
                    return value
                inner = dict(record.members)
            return self._expanded(target, inner, path[1:], parents, request, depth + 1) if path[1:] else inner

        value = members[name]
        return {**members, name: [found(one) for one in value] if isinstance(value, list) else found(value)}


def _related(record: Any, name: str) -> list[tuple[str, str]]:
    """Return the types and identifiers in a relationship of a record."""
    held = record.get("relationships") if isinstance(record, dict) else None
    one = held.get(name) if isinstance(held, dict) else None
    data = one.get("data") if isinstance(one, dict) else None
    linked = [each for each in (data if isinstance(data, list) else [data]) if isinstance(each, dict)]
    return [(str(each.get("type")), str(each.get("id"))) for each in linked]


def _split(value: Any) -> list[list[str]]:
    """Parse `a,b.c`, a list of such, or a list within an object; the prefix `data.` (elements of a list) is dropped."""
    if isinstance(value, dict):
        value = list(value.values())
    parts = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
    texts = [text for one in parts for text in one.split(",")]
    return [
        [step for step in text.strip().removeprefix("data.").replace("[]", "").split(".") if step]
        for text in texts
        if text.strip(" .")
    ]


_STREAMED = frozenset({"stream", "streamed", "streaming", "chunk", "event", "events", "delta"})
"""Words in the names of schemas of stream events."""


class Responder:
    """Renders the success responses of one operation."""

    def __init__(
        self,
        operation: Operation,
        shapes: Shapes,
        generator: Generator,
        *preferred: int,
        resource: Resource | None = None,
        dynamic: bool = False,
    ) -> None:
        """Choose the declared success: the first of the preferred statuses, else the operation's first."""
        declared = {status: operation.declares(status) for status in preferred if str(status) in operation.responses}
        self.operation = operation
        self.status = next(iter(declared), operation.success)
        self.declared: DeclaredResponse | None = operation.declares(self.status)
        self.generator = generator
        self.media = _usual(self.declared)
        headers = self.declared.headers if self.declared is not None else {}
        self.needs_headers = bool(headers)
        """Whether the response declares headers, such as `ETag` and `Location`."""
        self._generate = GenerateResponse(operation, generator, dynamic=dynamic)
        schema = self.media.schema if self.media is not None else None
        schema = _whole(schema, shapes) if schema is not None else None
        self._shapes = shapes
        self._resource = resource
        self.expansion: RecordExpansion | None = None
        """Expands references and selects members; None for an operation without a resource."""
        self.view: RecordView | None = None
        """How a body shows a record; None if the body is not an object."""
        if schema is not None and shapes.of(schema).is_object:
            self.view = RecordView(schema, shapes, generator, resource)

    def shows(self, resource: Resource) -> bool:
        """Return whether the body shows the record itself, not only an outcome such as `{"deleted": true}`."""
        if self.view is None or resource.shape is None:
            return False
        names = self.view.inner.properties.keys()
        return self.view.inner is resource.shape or (
            bool(resource.identity)
            and self._shapes.has(self.view.inner, resource.identity)
            and len(names & resource.shape.properties.keys()) > 1
        )

    def report(self, outcome: str) -> None:
        """Set the members beside the record's that report an outcome: `result: created` (Elasticsearch)."""
        if self.view is not None and self._resource is not None and self._resource.shape is not None:
            known, properties = self._resource.shape.properties, self.view.inner.properties
            enums = {name: one.raw.get("enum") for name, one in properties.items() if isinstance(one.raw, dict)}
            reports = {
                name: outcome for name, values in enums.items() if name not in known and outcome in (values or ())
            }
            self.view.kinds = {**self.view.kinds, **reports}

    def record(
        self, record: Record, resource: Resource, request: Request, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Return a response with one record."""
        if self.media is None:
            return self.respond(None, request, headers)
        if self.view is None:
            shown: Any = dict(record.members)
            if (
                not shown or is_file(self.media) or not self.media.fits(shown)
            ):  # text or a picture: its example, or a generated value
                random = chance(request.world.seed, self.operation.operation_id, request.target)
                shown = self._generate.value(self.media, random, request.world.began)
            return self.respond(shown, request, headers)
        body = record.bodies.get(self.view)
        if body is None:
            body = record.bodies[self.view] = self.view.body(record.members, resource, request.world)
        if self.expansion is not None and self.expansion.is_asked(request):
            body = self._expanded(body, self.expansion, self.view, request, record)
            body = self.expansion.include(body, self.view.schema, request)
        if self.view.place and isinstance(body, dict):
            body = self.view.beside(body, record.members, request.body)
        if not self.needs_headers:
            return Response(body, {}, self.status)
        return self.respond(body, request, {"ETag": record.tag, **(headers or {})})

    def _expanded(
        self, body: Any, expansion: RecordExpansion, view: RecordView, request: Request, record: Record
    ) -> Any:
        """Return a body in which the record is expanded, also inside an envelope of one member."""
        if not view.place:
            return expansion.shown(body, view.schema, request.path, request, record.members)
        if len(view.place) > 1 or not isinstance(body, dict):
            return body
        step = view.place[0]
        inner = (
            expansion.shown(body.get(step), view.inner.schema, request.path, request, record.members)
            if isinstance(step, str)
            else None
        )
        return body if inner is None else {**body, str(step): inner}

    def removed(self, record: Record, key: str, resource: Resource, request: Request) -> Response:
        """Return a response with the removed record, or with the declared outcome of its removal."""
        if self.view is None:
            return self.record(record, resource, request)
        known = resource.key_of(record.members)
        outcome = outcome_of(
            self.view.inner, self._shapes, is_removal=True, key=key if known is None else known, resource=resource
        )
        if self.shows(resource):
            return self.respond(self.view.body({**record.members, **outcome}, resource, request.world), request)
        return self.echo(outcome, request)

    def echo(self, members: Mapping[str, Any], request: Request) -> Response:
        """Return the declared success, generated around the given members where they fit its schema."""
        fitting: dict[str, Any] = {}
        if self.view is not None:
            properties = self.view.inner.properties
            fitting = first_states(self.view.inner, self._shapes) if self.operation.method == "POST" else {}
            fitting |= outcome_of(self.view.inner, self._shapes)
            fitting |= {name: value for name, value in members.items() if name in properties}
        is_chosen = self.media is not None and self.view is not None and self.view.schema is not self.media.schema
        if (fitting or is_chosen) and self.view is not None:
            properties = self.view.inner.properties
            valid = {name: value for name, value in fitting.items() if properties[name].is_valid(value)}
            # A flag of the request may have the name of a list in the response: `logprobs: true`.
            for given in (fitting, valid, {}) if is_chosen else (fitting, valid):
                body = self._echoed(self.view, given, request)
                if body is not None:
                    return self.respond(body, request)
        return self._generate(request)

    def _echoed(self, view: RecordView, given: Mapping[str, Any], request: Request) -> Any:
        """Return a generated body with these members, or None if none fits."""
        random = chance(request.world.seed, self.operation.operation_id, request.target)
        try:
            body: Any = self.generator.value(view.inner.schema, random, request.world.began, given=given, optional=1.0)
        except Unsatisfiable:
            return None
        for step in reversed(view.place):
            body = [body] if isinstance(step, int) else {step: body}
        return body if view.schema.is_valid(body) else None

    def respond(self, body: Any, request: Request, headers: Mapping[str, str] | None = None) -> Response:
        """Return a response with a body and the declared ones of the headers; other declared headers are generated."""
        if self.declared is None or not self.declared.headers:
            return Response(body, {}, self.status)
        random = chance(request.world.seed, self.operation.operation_id, request.target)
        made = self._generate.headers(self.declared, random, request.world.began, request.world.clock.now)
        given = {name.lower(): value for name, value in (headers or {}).items()}
        unknown = {"etag", "location", "link"} - given.keys()
        sent: dict[str, HeaderValue] = {}
        for name, header in self.declared.headers.items():
            fitting = next((text for text in _forms(name, given.get(name)) if header.admits(text)), None)
            if fitting is not None:
                sent[header.name] = fitting
            elif header.name in made and (header.required or name not in unknown):
                sent[header.name] = made[header.name]
        return Response(body, sent, self.status)


def _whole(schema: Schema, shapes: Shapes) -> Schema:
    """Return the one alternative of a response schema that is not a stream event: `Chat`, not `StreamedChat`."""
    raw = schema.resolve(schema.raw)
    parts = [part for keyword in ("oneOf", "anyOf") for part in raw.get(keyword) or ()] if isinstance(raw, dict) else []
    names = [part.get("$ref") for part in parts if isinstance(part, dict)]
    whole = [name for name in names if isinstance(name, str) and _STREAMED.isdisjoint(words_of(name))]
    if len(whole) != 1 or len(names) < 2 or not all(isinstance(name, str) for name in names):  # noqa: PLR2004
        return schema
    return shapes.schemas.schema(pointer_of(whole[0]), schema.direction)


def _forms(name: str, value: str | None) -> list[str]:
    """Return the possible forms of a header: Location is a URI or a relative reference (RFC 9110, section 10.2.2)."""
    if value is None:
        return []
    return [value, urlsplit(value).path] if name == "location" else [value]


def _usual(declared: DeclaredResponse | None) -> MediaType | None:
    if declared is None or not declared.media_types:
        return None
    media = list(declared.media_types.values())
    return next((one for one in media if one.json), media[0])
