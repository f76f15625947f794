"""Listing: the parts that a collection plays: listed, added to, emptied."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from locum.behaviour.lists.envelopes import Envelope
from locum.behaviour.lists.orders import says_newest_first
from locum.behaviour.lists.paging import Paging
from locum.behaviour.lists.selection import Selection
from locum.behaviour.playing.bodies import Sent
from locum.behaviour.playing.files import described, keep, uploaded_in
from locum.behaviour.playing.stage import version_in
from locum.behaviour.playing.views import View
from locum.behaviour.reading.list_places import list_place
from locum.behaviour.reading.resources import expressions_of
from locum.refusals import Conflict
from locum.state.chance import chance
from locum.synthesis.files.addresses import ORIGIN
from locum.synthesis.values import Unsatisfiable

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from locum.answers import Answer
    from locum.behaviour.asked import Asked
    from locum.behaviour.playing.responses import Responder
    from locum.behaviour.playing.stage import Stage
    from locum.behaviour.reading.placement import Placement
    from locum.behaviour.reading.resources import Resource
    from locum.behaviour.storing.keys import Parents
    from locum.behaviour.storing.records import Record
    from locum.openapi.compile.operations import Operation
    from locum.state.worlds import World

__all__ = ["Clear", "Create", "CreateMany", "ListAll"]

_MOST_GATHERED = 100
"""Elements of a page that gathers records from below several others, where no size is asked for or declared."""
_UNIQUE = frozenset({"email", "username", "login", "slug", "handle"})
"""What no two records have alike, where the contract speaks of conflicts."""


def keys_of(records: list[Record], resource: Resource) -> list[str | int]:
    """Return the identifiers of records, in their order."""
    keys = (resource.key_of(record.members) for record in records)
    return [index if key is None else key for index, key in enumerate(keys)]


def _latest_version(records: list[Record], resource: Resource) -> str | None:
    """Return the highest version of some records, which is that of a list of them; None where they have none."""
    found = [version_in(resource, record.members) for record in records]
    return max((str(one[1]) for one in found if one is not None), key=lambda text: (len(text), text), default=None)


class Elements:
    """Writes lists of records into the answers of one operation."""

    def __init__(self, responder: Responder, resource: Resource, stage: Stage) -> None:
        self._responder = responder
        self._resource = resource
        self._envelope: Envelope | None = None
        self._view: View | None = None
        self._most: int | None = None
        schema = responder.media.schema if responder.media is not None else None
        place = list_place(stage.shapes, schema, self._accepts) if schema is not None else None
        if schema is not None and place is not None:
            shape = stage.shapes.of(schema)
            for step in place:
                shape = stage.shapes.of(shape.properties[step])
            self._envelope = Envelope(stage.shapes, stage.synthesiser, schema, place)
            raw = shape.schema.raw
            self._most = raw.get("maxItems") if isinstance(raw, dict) else None
            if shape.items is not None:
                self._view = View(shape.items, stage.shapes, stage.synthesiser, resource, bare=True)

    @property
    def has_cursor(self) -> bool:
        """Whether the response says where the next page begins: in a member, or in the header Link."""
        declared = self._responder.declared
        linked = declared is not None and "link" in declared.headers
        return linked or (self._envelope is not None and self._envelope.has_cursor)

    @property
    def fits(self) -> bool:
        """Whether there is a list in the answer."""
        return self._envelope is not None

    def _accepts(self, schema: Any) -> bool:
        shape = self._resource.shape
        return shape is not None and schema.pointer == shape.schema.pointer

    def answer(self, records: list[Record], window: Any, links: Mapping[str, str], asked: Asked) -> Answer:
        """Show records as a list, with what its envelope says of the whole."""
        if self._envelope is None:  # another media type than the usual one describes the list
            return self._responder.echo({}, asked)
        random = chance(asked.world.seed, self._responder.operation.operation_id, asked.target)
        now = asked.world.began
        bodies = [self._shown(record, asked.world) for record in records[: self._most]]
        expansion = self._responder.expansion
        if expansion is not None and self._view is not None and expansion.is_asked(asked):
            schema = self._view.schema
            bodies = [expansion.shown(body, schema, asked.path, asked) for body in bodies]
        try:
            ends = keys_of([records[0], records[-1]], self._resource) if records else ()
            versions = partial(_latest_version, records, self._resource)
            body = self._envelope.fill(bodies, window, links, random, now, ends, versions)
        except Unsatisfiable:  # such as nothing, where the contract wants one at least
            return self._responder.echo({}, asked)
        headers = {"X-Total-Count": str(window.total), "Total-Count": str(window.total), "X-Total": str(window.total)}
        if window.turns:
            turns = [f'<{url}>; rel="{relation}"' for relation, url in links.items() if relation != "self"]
            headers["Link"] = ", ".join(turns)
        return self._responder.say(body, asked, headers)

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
        self, operation: Operation, resource: Resource, stage: Stage, placement: Placement | None = None
    ) -> None:
        self.operation = operation
        self.resource = resource
        self._stage = stage
        self._placement = placement
        self._elements = Elements(stage.responder(operation, 200, resource=resource), resource, stage)
        query = [*operation.by_location["query"], *operation.by_location["header"]]
        gathers = placement is not None and any(source.of is not None for source in placement.sources)
        self._paging = Paging(
            query,
            _MOST_GATHERED if gathers else None,
            by_records=bool(resource.identity) and not self._elements.has_cursor,
        )
        self._selection = (
            None
            if resource.shape is None
            else Selection(query, resource.shape, stage.shapes, newest=says_newest_first(operation))
        )
        self.explain = [*self._paging.explain, *(self._selection.explain if self._selection is not None else ())]
        for owner in placement.owners if placement is not None else ():
            name = expressions_of(operation.path)[owner.at]
            self.explain.append(f"{{{name}}} selects by {owner.member}")

    @property
    def fits(self) -> bool:
        """Whether the media type that is usually sent holds a list; another one of the response may hold one alone."""
        return self._elements.fits

    def __call__(self, asked: Asked) -> Answer:
        """Answer with one page."""
        resource = self.resource
        records = self._records(asked)
        if self._selection is not None:
            every = [record.members for record in records]
            chosen = self._selection.apply(every, asked.arguments)  # type: ignore[arg-type]
            if chosen is not every:
                by_members = {id(record.members): record for record in records}
                records = [by_members[id(members)] for members in chosen]
        keys = keys_of(records, resource) if self._paging.names_records else len(records)
        window = self._paging.window(keys, asked.arguments)
        links = self._paging.links(window, asked.url, asked.scope.get("query_string", b""))
        return self._elements.answer(records[window.start : window.stop], window, links, asked)

    def _records(self, asked: Asked) -> list[Record]:
        """Return the records that the path is about."""
        stage, resource, placement = self._stage, self.resource, self._placement
        if placement is None:
            parents = stage.parents(resource, self.operation, asked)
            return list(stage.tables.all(resource, parents, asked.world).values())
        records = [
            record
            for parents in stage.parents_of(placement, asked)
            for record in stage.tables.all(resource, parents, asked.world).values()
        ]
        for owner in placement.owners:
            records = [one for one in records if owner.has(one.members, asked.path[owner.at])]
        return records


class Create:
    """Adds a record; `placement` says where, if not in the collection at its path."""

    def __init__(
        self, operation: Operation, resource: Resource, stage: Stage, placement: Placement | None = None
    ) -> None:
        self.operation = operation
        self.resource = resource
        self._stage = stage
        self._placement = placement
        self._responder = stage.responder(operation, 201, 200, 202, 204, resource=resource)
        self._sent = Sent(operation, stage.shapes, resource)

    def __call__(self, asked: Asked) -> Answer:
        """Answer with the new record, and where it is."""
        stage, resource = self._stage, self.resource
        properties = resource.shape.properties if resource.shape is not None else ()
        sent = {**self._sent.in_query(asked, properties), **self._sent.members(asked)}
        placement = self._placement
        if placement is None:
            parents = stage.parents(resource, self.operation, asked)
        else:
            parents = stage.parents_of(placement, asked)[0]
            for owner in placement.owners:
                value = asked.path[owner.at]
                sent.setdefault(owner.member, [value] if owner.many else value)
        file = uploaded_in(asked)
        if file is not None:
            sent = {**described(file, resource, stage.shapes), **_unpacked(sent, properties)}
            if file.member not in properties:
                sent.pop(file.member, None)
        self._check(sent, parents, asked)
        stage.require_references(resource, parents, sent, self.operation, asked.world)
        key, record = stage.create(resource, parents, sent, asked)
        if file is not None:
            keep(file, resource, parents, key, stage.name, asked.world)
        own = stage.tables.addresses.of(resource, parents, key)
        location = asked.url.rstrip("/") + ("" if resource.singleton else "/" + key)
        if own is not None:
            location = asked.root + own.removeprefix(ORIGIN)
        return self._responder.record(record, resource, asked, {"Location": location})

    def _check(self, sent: Mapping[str, Any], parents: Parents, asked: Asked) -> None:
        """Raise Conflict for an identifier or a name that is taken, where the contract has a status for that."""
        if not self._stage.has_conflicts(self.operation):
            return
        resource = self.resource
        table = self._stage.tables.all(resource, parents, asked.world)
        key = resource.key_of(sent)
        if isinstance(key, str | int) and str(key) in table and not self._stage.tables.is_shown(resource, key, table):
            raise Conflict(f"There is a {resource.noun} {key!r} already.", code="already_exists")
        if "409" not in self.operation.responses:
            return
        for name in [name for name in sent if name.lower() in _UNIQUE]:
            if any(record.members.get(name) == sent[name] for record in table.values()):
                raise Conflict(f"There is a {resource.noun} with this {name} already.", code="already_exists")


def _unpacked(sent: dict[str, Any], properties: Container[str]) -> dict[str, Any]:
    """Return the parts of a form in which an object of the record's members stands for these: `attributes`."""
    found: dict[str, Any] = {}
    for name, value in sent.items():
        known = name in properties or not isinstance(value, dict) or not value
        found |= {name: value} if known or not all(inner in properties for inner in value) else value
    return found


class CreateMany:
    """Adds several records at once."""

    def __init__(self, operation: Operation, resource: Resource, stage: Stage, place: tuple[str, ...]) -> None:
        self.operation = operation
        self.resource = resource
        self._stage = stage
        self._place = place
        self._responder = stage.responder(operation, 201, 200, 202, 204, resource=resource)
        self._elements = Elements(self._responder, resource, stage)
        self._paging = Paging(())

    def __call__(self, asked: Asked) -> Answer:
        """Answer with the new records where the contract has a list for them."""
        stage, resource = self._stage, self.resource
        parents = asked.path[: resource.depth]
        body = asked.body
        for step in self._place:
            body = body.get(step) if isinstance(body, dict) else None
        made = [
            stage.create(resource, parents, item, asked)[1]
            for item in (body if isinstance(body, list) else [])
            if isinstance(item, dict)
        ]
        if not self._elements.fits:
            return self._responder.echo({}, asked)
        window = self._paging.window(keys_of(made, resource), {})
        return self._elements.answer(made, window, {}, asked)


class Clear:
    """Removes all records of a collection, or those that the parameters select."""

    def __init__(self, operation: Operation, resource: Resource, stage: Stage) -> None:
        self.operation = operation
        self.resource = resource
        self._stage = stage
        self._responder = stage.responder(operation, 204, 200, 202, resource=resource)
        query = operation.by_location["query"]
        self._selection = None if resource.shape is None else Selection(query, resource.shape, stage.shapes)

    def __call__(self, asked: Asked) -> Answer:
        """Answer as the contract says."""
        stage, resource = self._stage, self.resource
        parents = stage.parents(resource, self.operation, asked)
        table = dict(stage.tables.all(resource, parents, asked.world))
        members = [record.members for record in table.values()]
        chosen = members if self._selection is None else self._selection.apply(members, asked.arguments)  # type: ignore[arg-type]
        doomed = {id(one) for one in chosen}
        for key, record in table.items():
            if id(record.members) in doomed:
                stage.tables.remove(resource, parents, key, asked.world)
        return self._responder.echo({}, asked)
