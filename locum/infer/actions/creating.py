"""Actions that create records: one, or several from a list in the body."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from locum.errors import Conflict
from locum.generate.files.making import ORIGIN
from locum.infer.actions.bodies import SentRecord, tag_in
from locum.infer.actions.context import path_value, titled
from locum.infer.actions.files import described, keep, uploaded_in
from locum.infer.actions.listing import Elements, keys_of
from locum.infer.actions.patches import merge_patch
from locum.infer.lists.paging import Paging
from locum.infer.resources.uniqueness import unique_members
from locum.infer.resources.words import stem, words_of
from locum.openapi.pointers import at

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from locum.infer.actions.context import Context
    from locum.infer.actions.custom import ActionEffect
    from locum.infer.records.identifiers import Parents
    from locum.infer.records.records import Record
    from locum.infer.request import Request
    from locum.infer.resources.relations import Placement
    from locum.infer.resources.resources import Resource
    from locum.openapi.compile.operations import Operation
    from locum.responses import Response

__all__ = ["Create", "CreateMany"]

_UPSERTS = re.compile(
    r"\b(?:upsert\w*|creat(?:e|es|ed) (?:or|and/or) (?:update|updates|updated|replace|replaces|modify|modifies)\b)",
    re.IGNORECASE,
)
"""Phrases for a create that changes an existing record."""


class Create:
    """Creates a record, in the collection at the path or in that of `placement`."""

    def __init__(
        self,
        operation: Operation,
        resource: Resource,
        context: Context,
        placement: Placement | None = None,
        *,
        flags: Mapping[str, ActionEffect] | None = None,
    ) -> None:
        """Set up the action; `flags` maps body members to effects that are applied to the new record if true."""
        self.operation = operation
        self.resource = resource
        self._context = context
        self._placement = placement
        self._flags = flags or {}
        self._responder = context.responder(operation, 201, 200, 202, 204, resource=resource)
        self._responder.report("created")
        self._sent = SentRecord(operation, context.shapes, resource)
        self._upserts = _says_upsert(operation, context)
        unique = unique_members(operation, resource, self._sent.properties)
        self._unique = list(self._sent.named(dict.fromkeys(unique)))
        self._query = operation.by_location["query"]
        self._has_conflicts = context.has_conflicts(operation)
        self._takes_files = operation.body is not None and any(
            media.essence.startswith("multipart/") or "*" in media.declared
            for media in operation.body.media_types.values()
        )

    @property
    def is_own(self) -> bool:
        """Whether it creates records in the collection at its own path."""
        return self._placement is None

    @property
    def placements(self) -> list[Placement]:
        """The collection at another path to which it adds, if there is one."""
        return [] if self._placement is None else [self._placement]

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
                value = path_value(request, owner.at, owner.name)
                if value is not None:
                    sent.setdefault(owner.member, [value] if owner.many else value)
        file = uploaded_in(request) if self._takes_files else None
        if file is not None:
            sent = {**described(file, resource, context.shapes), **_unpacked(sent, properties)}
            if file.member not in properties:
                sent.pop(file.member, None)
        tag = tag_in(request, resource)
        if tag is not None:
            sent.setdefault(tag.member, [tag.text])
            existing = context.tables.by_alternate(resource, parents, tag.text, request.world)
            if existing is not None:  # an image that is pulled again
                record = context.record(resource, parents, existing, self.operation, request.world)
                return self._responder.record(record, resource, request)
        known = self._known(sent, parents, request) if self._upserts else None
        if known is None and self._has_conflicts:
            self._check(sent, parents, request)
        context.require_references(resource, parents, sent, self.operation, request.world)
        if known is not None:
            key, former = known
            members = merge_patch(dict(former.members), sent)
            record = context.change(resource, parents, key, members, request)
        else:
            given = {**self._sent.defaults, **sent}
            key, record = context.create(resource, parents, given, request, key=self._chosen_key(request))
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
        for name in self._unique:
            value = sent.get(name)
            if value not in (None, "") and any(record.members.get(name) == value for record in table.values()):
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
    """Creates several records from a list in the body, or changes those that exist."""

    def __init__(self, operation: Operation, resource: Resource, context: Context, place: tuple[str, ...]) -> None:
        self.operation = operation
        self.resource = resource
        self._context = context
        self._place = place
        self._responder = context.responder(operation, 201, 200, 202, 204, resource=resource)
        self._elements = Elements(self._responder, resource, context)
        self._paging = Paging(())
        self._one = Create(operation, resource, context)
        self._sent = SentRecord(operation, context.shapes, resource)

    def __call__(self, request: Request) -> Response:
        """Return the new records if the response declares a list.

        A body without the list is one record: some schemas accept both.
        """
        resource = self.resource
        parents = request.path[: resource.depth]
        body = request.body
        if self._place and isinstance(body, dict) and body and self._place[0] not in body:
            return self._one(request)
        for step in self._place:
            body = body.get(step) if isinstance(body, dict) else None
        made = [
            self._made(self._sent.named(item), parents, request)
            for item in (body if isinstance(body, list) else [])
            if isinstance(item, dict)
        ]
        if not self._elements.fits:
            return self._responder.echo({}, request)
        window = self._paging.window(keys_of(made, resource), {})
        return self._elements.respond(made, window, dict, request)

    def _made(self, sent: dict[str, Any], parents: Parents, request: Request) -> Record:
        """Return a new record, or the record with the identifier that was sent, changed."""
        context, resource = self._context, self.resource
        key = resource.key_of(sent)
        known = None
        if isinstance(key, str | int):
            known = context.tables.find(resource, parents, str(key), request.world)
        if known is None:
            return context.create(resource, parents, sent, request)[1]
        return context.change(resource, parents, str(key), merge_patch(dict(known.members), sent), request)
