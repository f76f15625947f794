"""Actions on one record: read, replace, update, delete."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.errors import Invalid
from locum.infer.actions.bodies import SentRecord, first_record
from locum.infer.actions.context import argument_of, missing, require
from locum.infer.actions.patches import is_json_patch, json_patch, merge_patch
from locum.infer.lists.properties import equal
from locum.infer.records.identifiers import ALONE
from locum.infer.records.states import defaults_of
from locum.infer.resources.identities import kinds_in
from locum.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.infer.actions.context import Context
    from locum.infer.records.identifiers import Parents
    from locum.infer.records.records import Record
    from locum.infer.request import Request
    from locum.infer.resources.resources import Resource
    from locum.openapi.compile.operations import Operation

__all__ = ["Copy", "Finder", "Item", "Read", "Remove", "Replace", "Update"]


class Finder(NamedTuple):
    """How a request names a record, if not by the path."""

    argument: str | None = None
    """The parameter or body member that holds the identifier."""
    member: str | None = None
    """The record's member that the last path expression matches: `tag_name` for `/releases/tags/{tag}`."""
    is_callers: bool = False
    """Whether the path names the caller's own record: `/users/me`."""


class Item:
    """An action on one record."""

    preferred: tuple[int, ...] = (200,)

    def __init__(
        self, operation: Operation, resource: Resource, context: Context, finder: Finder | None = None
    ) -> None:
        self.operation = operation
        self.resource = resource
        self.context = context
        self.responder = context.responder(operation, *self.preferred, resource=resource)
        self.sent = SentRecord(operation, context.shapes, resource)
        self._finder = finder or Finder()
        self._is_plain = (
            self._finder == Finder() and resource.parent is None and not resource.depth and not resource.singleton
        )
        """Whether the path names a record of a top-level collection."""
        self._ignored: frozenset[str] = frozenset()
        """Body members that are not members of the record."""

    @property
    def finder(self) -> Finder:
        """How a request names the record, if not by the path."""
        return self._finder

    @property
    def is_plain(self) -> bool:
        """Whether the path names the record by its identifier."""
        return self._finder == Finder()

    def show_as(self, kinds: Mapping[str, Any]) -> None:
        """Show the record with the kind members of another schema: a deployment as its `Scale`."""
        self._ignored = frozenset(kinds)
        if self.responder.view is not None:
            self.responder.view.kinds = kinds

    def place(self, request: Request) -> tuple[Parents, str]:
        """Return the parent values and the key of the record that a request names."""
        resource, tables, finder = self.resource, self.context.tables, self._finder
        parents = self.context.parents(resource, self.operation, request)
        if resource.singleton:
            return parents, ALONE
        if finder.member is not None:
            return parents, self._with_member(finder.member, parents, request)
        if finder.is_callers:
            return parents, self._callers(parents, request)
        if finder.argument is None and len(request.path) > resource.depth:
            key = request.path[resource.depth]
            if tables.find(resource, parents, key, request.world) is None:
                if key in resource.callers:
                    key = self._callers(parents, request)
                elif resource.alternates:
                    key = tables.by_alternate(resource, parents, key, request.world) or key
            return parents, key
        # The path is that of the collection: `PUT /pet` names the record in its body.
        given = argument_of(request, finder.argument)
        if given is not None:
            return parents, str(given)
        return parents, str(resource.key_of(self.sent.members(request)))

    def found(self, request: Request) -> tuple[Parents, str, Record]:
        """Return the parent values, the key and the record that a request names. Raises NotFound."""
        if self._is_plain and request.path:
            record = self.context.tables.find(self.resource, (), request.path[0], request.world)
            if record is not None:
                return (), request.path[0], record
        parents, key = self.place(request)
        return parents, key, self.context.record(self.resource, parents, key, self.operation, request.world)

    def _callers(self, parents: Parents, request: Request) -> str:
        """Return the key of the caller's own record: the first one. Raises NotFound if there is none."""
        key = next(iter(self.context.tables.all(self.resource, parents, request.world)), None)
        if key is None:
            raise missing(self.resource, "me")
        return key

    def _with_member(self, member: str, parents: Parents, request: Request) -> str:
        """Return the key of the record whose `member` has the path's last value.

        Raises NotFound if there is none and 404 is declared or forced; otherwise the record is generated.
        """
        wanted, resource, world = request.path[-1], self.resource, request.world
        table = self.context.tables.all(resource, parents, world)
        found = next((key for key, record in table.items() if equal(record.members.get(member), wanted)), None)
        if found is not None:
            return found
        if self.operation.declares(404) is not None or self.context.unknown_is_missing:
            raise missing(resource, wanted)
        made = self.context.tables.made_with(resource, parents, member, wanted, world)
        key = str(resource.key_of(made.members) or wanted)
        self.context.tables.put(resource, parents, key, made, world)
        return key


class Read(Item):
    """Reads a record."""

    def __init__(
        self, operation: Operation, resource: Resource, context: Context, finder: Finder | None = None
    ) -> None:
        super().__init__(operation, resource, context, finder)
        self._unchanged = operation.declares(304)

    def __call__(self, request: Request) -> Response:
        """Return the record, or 304 if If-None-Match matches its ETag (RFC 9110, section 13.1.2)."""
        _, _, record = self.found(request)
        known = None if self._unchanged is None else request.header("if-none-match")
        if self._unchanged is not None and known is not None and _names(known, record.tag):
            return Response(None, {"ETag": record.tag} if "etag" in self._unchanged.headers else {}, 304)
        return self.responder.record(record, self.resource, request)


class Replace(Item):
    """Replaces a record, or creates it at its path."""

    preferred: tuple[int, ...] = (200, 204, 202)

    def __init__(
        self, operation: Operation, resource: Resource, context: Context, finder: Finder | None = None, *, makes: bool
    ) -> None:
        super().__init__(operation, resource, context, finder)
        self._makes = makes
        self._created = context.responder(operation, 201, *self.preferred, resource=resource)
        self.responder.report("updated")
        self._created.report("created")

    @cached_property
    def _kinds(self) -> dict[str, Any]:
        """The constant members that name the kind of a record; finding them compiles all that it refers to."""
        shape = self.resource.shape
        return kinds_in(shape, self.context.generator) if shape is not None else {}

    @property
    def makes(self) -> bool:
        """Whether a record that does not exist is created."""
        return self._makes

    def __call__(self, request: Request) -> Response:
        """Keep the members that only the server sets, and take the others from the body."""
        parents, key = self.place(request)
        tables, resource = self.context.tables, self.resource
        former = tables.find(resource, parents, key, request.world)
        sent = self.context.without_read_only(self.sent.members(request), former, self.sent.place, request)
        self.context.require_references(resource, parents, sent, self.operation, request.world)
        if former is None:
            if not self._makes and self.operation.declares(404) is not None:
                raise missing(resource, key)
            if request.header("if-match") is not None and self.operation.declares(412) is not None:
                raise missing(resource, key)
            typed = tables.typed_key(resource, key)
            _, record = self.context.create(resource, parents, sent, request, key=typed)
            self.context.link(resource, parents, key, request, is_there=True)
            return self._created.record(record, resource, request, {"Location": request.url})
        require(former, request)
        self.context.require_version(resource, former, sent, self.operation)
        kept = {name: value for name, value in former.members.items() if name not in resource.settable}
        kept |= defaults_of(resource)
        kept |= {name: value for name, value in former.members.items() if name in self._kinds}
        sent = {**kept, **sent}
        identity = resource.key_of(former.members)
        if identity is not None:
            sent = resource.with_key(sent, identity)
        sent = tables.placed(resource, parents, sent)
        record = self.context.change(resource, parents, key, sent, request)
        return self.responder.record(record, resource, request)


class Update(Item):
    """Changes some members of a record."""

    preferred: tuple[int, ...] = (200, 204, 202)

    def __call__(self, request: Request) -> Response:
        """Apply JSON Patch (RFC 6902) if the body is one, else JSON Merge Patch (RFC 7396).

        If the body is a list of records, the first one is merged.
        """
        parents, key, record = self.found(request)
        require(record, request)
        body = self.sent.body(request)
        members: Any = dict(record.members)
        if is_json_patch(body, request.header("content-type") or ""):
            members = json_patch(members, body)
        elif (first := first_record(body)) is not None:
            sent = self.context.without_read_only(self.sent.named(first), record, self.sent.place, request)
            sent = {name: value for name, value in sent.items() if name not in self._ignored}
            self.context.require_version(self.resource, record, sent, self.operation)
            self.context.require_references(self.resource, parents, sent, self.operation, request.world)
            members = {**merge_patch(members, sent), **self._emptied(sent)}
            members = self.context.tables.referring(self.resource, parents, members, sent, request.world)
        if self.resource.shape is not None and isinstance(members, dict):
            members = {**members, **self.sent.in_query(request, self.resource.shape.properties)}
        if not isinstance(members, dict):
            message = "The patched record is not a JSON object."
            raise Invalid(message)
        identity = self.resource.key_of(record.members)
        if identity is not None:
            members = self.resource.with_key(members, identity)
        return self.responder.record(
            self.context.change(self.resource, parents, key, members, request), self.resource, request
        )

    def _emptied(self, body: Mapping[str, Any]) -> dict[str, None]:
        """Return the members that a merge patch sets to null instead of removing: those whose schema accepts null."""
        known = self.resource.shape.properties if self.resource.shape is not None else {}
        return {
            name: None for name, value in body.items() if value is None and name in known and known[name].is_valid(None)
        }


class Copy(Item):
    """Copies a record; members of the request body replace those of the original."""

    preferred: tuple[int, ...] = (201, 200, 202)

    def __call__(self, request: Request) -> Response:
        """Return the new record."""
        parents, _, record = self.found(request)
        resource, lifecycle = self.resource, self.context.completion.lifecycle(self.resource)
        own = {*resource.identity[:1], *resource.alternates}
        own |= {*lifecycle.created, *lifecycle.changed} if lifecycle is not None else set()
        members = {name: value for name, value in record.members.items() if name not in own}
        key, made = self.context.create(resource, parents, {**members, **self.sent.members(request)}, request)
        location = request.url.rpartition("/")[0].rpartition("/")[0] + "/" + key
        return self.responder.record(made, resource, request, {"Location": location})


class Remove(Item):
    """Removes a record and all records below it."""

    preferred: tuple[int, ...] = (204, 200, 202)

    def __call__(self, request: Request) -> Response:
        """Return an empty response, or the removed record if the contract declares a body."""
        parents, key, record = self.found(request)
        require(record, request)
        self.context.tables.remove(self.resource, parents, key, request.world)
        self.context.link(self.resource, parents, key, request, is_there=False)
        return self.responder.removed(record, key, self.resource, request)


def _names(condition: str, tag: str) -> bool:
    return condition == "*" or tag in {part.strip().removeprefix("W/") for part in condition.split(",")}
