"""Items: the parts that one record plays: read, replaced, changed, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from locum.answers import Answer
from locum.behaviour.lists.comparisons import equal
from locum.behaviour.playing.bodies import Sent, first_record
from locum.behaviour.playing.patches import is_json_patch, json_patch, merge_patch
from locum.behaviour.playing.stage import missing, require
from locum.behaviour.storing.keys import ALONE
from locum.behaviour.storing.states import defaults_of
from locum.openapi.compile.parameters import snake_case
from locum.refusals import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.behaviour.asked import Asked
    from locum.behaviour.playing.stage import Stage
    from locum.behaviour.reading.resources import Resource
    from locum.behaviour.storing.keys import Parents
    from locum.behaviour.storing.records import Record
    from locum.openapi.compile.operations import Operation

__all__ = ["Finder", "Item", "Read", "Remove", "Replace", "Update"]


class Finder(NamedTuple):
    """How a request names a record: by the path, unless something else is said here."""

    argument: str | None = None
    """The parameter or the member of the body that holds the identifier."""
    member: str | None = None
    """The member of the record that the last expression of the path is: `tag_name` for `/releases/tags/{tag}`."""
    is_callers: bool = False
    """Whether it is the caller's own record: `/users/me`."""


class Item:
    """A part that one record plays."""

    preferred: tuple[int, ...] = (200,)

    def __init__(self, operation: Operation, resource: Resource, stage: Stage, finder: Finder | None = None) -> None:
        self.operation = operation
        self.resource = resource
        self.stage = stage
        self.responder = stage.responder(operation, *self.preferred, resource=resource)
        self.sent = Sent(operation, stage.shapes, resource)
        self._finder = finder or Finder()
        self._ignored: frozenset[str] = frozenset()
        """Members that are sent and are not those of the record."""

    def show_as(self, kinds: Mapping[str, Any]) -> None:
        """Show the record as something of another kind, which is not that of the record: a deployment as its scale."""
        self._ignored = frozenset(kinds)
        if self.responder.view is not None:
            self.responder.view.kinds = kinds

    def place(self, asked: Asked) -> tuple[Parents, str]:
        """Return where the record is: the values above it, and its key."""
        resource, tables, finder = self.resource, self.stage.tables, self._finder
        parents = self.stage.parents(resource, self.operation, asked)
        if resource.singleton:
            return parents, ALONE
        if finder.member is not None:
            return parents, self._with_member(finder.member, parents, asked)
        if finder.is_callers:
            return parents, self._callers(parents, asked)
        if finder.argument is None and len(asked.path) > resource.depth:
            key = asked.path[resource.depth]
            if tables.find(resource, parents, key, asked.world) is None:
                if key in resource.callers:
                    key = self._callers(parents, asked)
                elif resource.alternates:
                    key = tables.by_alternate(resource, parents, key, asked.world) or key
            return parents, key
        # The path is the collection's: `PUT /pet` names the record in its body.
        body = asked.body if isinstance(asked.body, dict) else {}
        for name in (finder.argument, finder.argument and snake_case(finder.argument)):
            if name is not None and (value := asked.arguments.get(name, body.get(name))) is not None:
                return parents, str(value)
        return parents, str(resource.key_of(self.sent.members(asked)))

    def found(self, asked: Asked) -> tuple[Parents, str, Record]:
        """Return the record that a request is about. Raises NotFound."""
        parents, key = self.place(asked)
        return parents, key, self.stage.record(self.resource, parents, key, self.operation, asked.world)

    def _callers(self, parents: Parents, asked: Asked) -> str:
        """Return the key of the caller's own record, which is the first."""
        key = next(iter(self.stage.tables.all(self.resource, parents, asked.world)), None)
        if key is None:
            raise missing(self.resource, "me")
        return key

    def _with_member(self, member: str, parents: Parents, asked: Asked) -> str:
        """Return the key of the record of which a member is what the path says. Raises NotFound."""
        wanted, resource, world = asked.path[-1], self.resource, asked.world
        table = self.stage.tables.all(resource, parents, world)
        found = next((key for key, record in table.items() if equal(record.members.get(member), wanted)), None)
        if found is not None:
            return found
        if self.operation.declares(404) is not None or self.stage.unknown_is_missing:
            raise missing(resource, wanted)
        made = self.stage.tables.made_with(resource, parents, member, wanted, world)
        key = str(resource.key_of(made.members) or wanted)
        self.stage.tables.put(resource, parents, key, made, world)
        return key


class Read(Item):
    """Shows a record."""

    def __call__(self, asked: Asked) -> Answer:
        """Answer with the record, or with 304 where the caller has it (RFC 9110, section 13.1.2)."""
        _, _, record = self.found(asked)
        known = asked.header("if-none-match")
        if known is not None and self.operation.declares(304) is not None and _names(known, record.tag):
            return Answer(None, {"ETag": record.tag} if "etag" in _headers(self.operation, 304) else {}, 304)
        return self.responder.record(record, self.resource, asked)


class Replace(Item):
    """Puts a record in the place of another, or where none was."""

    preferred: tuple[int, ...] = (200, 204, 202)

    def __init__(
        self, operation: Operation, resource: Resource, stage: Stage, finder: Finder | None = None, *, makes: bool
    ) -> None:
        super().__init__(operation, resource, stage, finder)
        self._makes = makes
        self._created = stage.responder(operation, 201, *self.preferred, resource=resource)

    def __call__(self, asked: Asked) -> Answer:
        """Keep what a server makes, and take the rest from the body."""
        parents, key = self.place(asked)
        tables, resource = self.stage.tables, self.resource
        former = tables.find(resource, parents, key, asked.world)
        sent = self.stage.without_read_only(self.sent.members(asked), former, self.sent.place, asked)
        self.stage.require_references(resource, parents, sent, self.operation, asked.world)
        if former is None:
            if not self._makes and self.operation.declares(404) is not None:
                raise missing(resource, key)
            if asked.header("if-match") is not None and self.operation.declares(412) is not None:
                raise missing(resource, key)
            typed = tables.typed_key(resource, key)
            _, record = self.stage.create(resource, parents, sent, asked, key=typed)
            self.stage.link(resource, parents, key, asked, is_there=True)
            return self._created.record(record, resource, asked, {"Location": asked.url})
        require(former, asked)
        self.stage.require_version(resource, former, sent, self.operation)
        kept = {name: value for name, value in former.members.items() if name not in resource.settable}
        kept |= defaults_of(resource)
        sent = {**kept, **sent}
        identity = resource.key_of(former.members)
        if identity is not None:
            sent = resource.with_key(sent, identity)
        record = self.stage.change(resource, parents, key, sent, asked)
        return self.responder.record(record, resource, asked)


class Update(Item):
    """Changes some members of a record."""

    preferred: tuple[int, ...] = (200, 204, 202)

    def __call__(self, asked: Asked) -> Answer:
        """Apply JSON Patch (RFC 6902) where the body is one, else JSON Merge Patch (RFC 7396).

        Of a list of records the first is merged.
        """
        parents, key, record = self.found(asked)
        require(record, asked)
        body = self.sent.body(asked)
        members: Any = dict(record.members)
        if is_json_patch(body, asked.header("content-type") or ""):
            members = json_patch(members, body)
        elif (first := first_record(body)) is not None:
            sent = self.stage.without_read_only(self.sent.named(first), record, self.sent.place, asked)
            sent = {name: value for name, value in sent.items() if name not in self._ignored}
            self.stage.require_version(self.resource, record, sent, self.operation)
            self.stage.require_references(self.resource, parents, sent, self.operation, asked.world)
            members = {**merge_patch(members, sent), **self._emptied(sent)}
            members = self.stage.tables.referring(self.resource, parents, members, sent, asked.world)
        if self.resource.shape is not None and isinstance(members, dict):
            members = {**members, **self.sent.in_query(asked, self.resource.shape.properties)}
        if not isinstance(members, dict):
            message = "The patch leaves no object behind."
            raise Invalid(message)
        identity = self.resource.key_of(record.members)
        if identity is not None:
            members = self.resource.with_key(members, identity)
        return self.responder.record(
            self.stage.change(self.resource, parents, key, members, asked), self.resource, asked
        )

    def _emptied(self, body: Mapping[str, Any]) -> dict[str, None]:
        """Return the members that become null, and do not go: those for which the record's schema has a null."""
        known = self.resource.shape.properties if self.resource.shape is not None else {}
        return {
            name: None for name, value in body.items() if value is None and name in known and known[name].is_valid(None)
        }


class Remove(Item):
    """Removes a record and all that is below it."""

    preferred: tuple[int, ...] = (204, 200, 202)

    def __call__(self, asked: Asked) -> Answer:
        """Answer with nothing, or with what was removed where the contract wants to see it."""
        parents, key, record = self.found(asked)
        require(record, asked)
        self.stage.tables.remove(self.resource, parents, key, asked.world)
        self.stage.link(self.resource, parents, key, asked, is_there=False)
        return self.responder.removed(record, key, self.resource, asked)


def _names(condition: str, tag: str) -> bool:
    return condition == "*" or tag in {part.strip().removeprefix("W/") for part in condition.split(",")}


def _headers(operation: Operation, status: int) -> Any:
    declared = operation.declares(status)
    return declared.headers if declared is not None else {}
