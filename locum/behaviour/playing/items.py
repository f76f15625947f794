"""Items: the parts that one record plays: read, replaced, changed, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.answers import Answer
from locum.behaviour.playing.bodies import Sent, first_record
from locum.behaviour.playing.patches import is_json_patch, json_patch, merge_patch
from locum.behaviour.playing.stage import missing, require
from locum.behaviour.storing.keys import ALONE
from locum.behaviour.storing.states import defaults_of
from locum.refusals import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.behaviour.asked import Asked
    from locum.behaviour.playing.stage import Stage
    from locum.behaviour.reading.resources import Resource
    from locum.behaviour.storing.keys import Parents
    from locum.behaviour.storing.records import Record
    from locum.openapi.compile.operations import Operation

__all__ = ["Read", "Remove", "Replace", "Update"]


class _Item:
    """A part that one record plays."""

    preferred: tuple[int, ...] = (200,)

    def __init__(self, operation: Operation, resource: Resource, stage: Stage) -> None:
        self.operation = operation
        self.resource = resource
        self.stage = stage
        self.responder = stage.responder(operation, *self.preferred)
        self.sent = Sent(operation, stage.shapes)

    def place(self, asked: Asked) -> tuple[Parents, str]:
        """Return where the record is: the values above it, and its key."""
        parents = self.stage.parents(self.resource, self.operation, asked)
        if self.resource.singleton:
            return parents, ALONE
        if len(asked.path) > self.resource.depth:
            return parents, asked.path[self.resource.depth]
        # The path is the collection's: `PUT /pet` names the record in its body.
        return parents, str(self.sent.members(asked).get(str(self.resource.member)))

    def found(self, asked: Asked) -> tuple[Parents, str, Record]:
        """Return the record that a request is about. Raises NotFound."""
        parents, key = self.place(asked)
        return parents, key, self.stage.record(self.resource, parents, key, self.operation, asked.world)


class Read(_Item):
    """Shows a record."""

    def __call__(self, asked: Asked) -> Answer:
        """Answer with the record, or with 304 where the caller has it (RFC 9110, section 13.1.2)."""
        _, _, record = self.found(asked)
        known = asked.header("if-none-match")
        if known is not None and self.operation.declares(304) is not None and _names(known, record.tag):
            return Answer(None, {"ETag": record.tag} if "etag" in _headers(self.operation, 304) else {}, 304)
        return self.responder.record(record, self.resource, asked)


class Replace(_Item):
    """Puts a record in the place of another, or where none was."""

    preferred: tuple[int, ...] = (200, 204, 202)

    def __init__(self, operation: Operation, resource: Resource, stage: Stage, *, makes: bool) -> None:
        super().__init__(operation, resource, stage)
        self._makes = makes
        self._created = stage.responder(operation, 201, *self.preferred)

    def __call__(self, asked: Asked) -> Answer:
        """Keep what a server makes, and take the rest from the body."""
        parents, key = self.place(asked)
        tables, resource = self.stage.tables, self.resource
        former = tables.find(resource, parents, key, asked.world)
        sent = self.sent.members(asked)
        if former is None:
            if not self._makes and self.operation.declares(404) is not None:
                raise missing(resource, key)
            if asked.header("if-match") is not None and self.operation.declares(412) is not None:
                raise missing(resource, key)
            typed = tables.typed_key(resource, key)
            _, record = self.stage.create(resource, parents, sent, asked, key=typed)
            return self._created.record(record, resource, asked, {"Location": asked.url})
        require(former, asked)
        kept = {name: value for name, value in former.members.items() if name not in resource.settable}
        kept |= defaults_of(resource)
        if resource.member is not None and resource.member in former.members:
            sent[resource.member] = former.members[resource.member]
        record = self.stage.change(resource, parents, key, {**kept, **sent}, asked)
        return self.responder.record(record, resource, asked)


class Update(_Item):
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
        elif (sent := first_record(body)) is not None:
            members = {**merge_patch(members, sent), **self._emptied(sent)}
        if self.resource.shape is not None:
            members = {**members, **self.sent.named(asked, self.resource.shape.properties)}
        if not isinstance(members, dict):
            message = "The patch leaves no object behind."
            raise Invalid(message)
        identity = self.resource.member
        if identity is not None and identity in record.members:
            members[identity] = record.members[identity]
        return self.responder.record(
            self.stage.change(self.resource, parents, key, members, asked), self.resource, asked
        )

    def _emptied(self, body: Mapping[str, Any]) -> dict[str, None]:
        """Return the members that become null, and do not go: those for which the record's schema has a null."""
        known = self.resource.shape.properties if self.resource.shape is not None else {}
        return {
            name: None for name, value in body.items() if value is None and name in known and known[name].is_valid(None)
        }


class Remove(_Item):
    """Removes a record and all that is below it."""

    preferred: tuple[int, ...] = (204, 200, 202)

    def __call__(self, asked: Asked) -> Answer:
        """Answer with nothing, or with what was removed where the contract wants to see it."""
        parents, key, record = self.found(asked)
        require(record, asked)
        self.stage.tables.remove(self.resource, parents, key, asked.world)
        return self.responder.record(record, self.resource, asked)


def _names(condition: str, tag: str) -> bool:
    return condition == "*" or tag in {part.strip().removeprefix("W/") for part in condition.split(",")}


def _headers(operation: Operation, status: int) -> Any:
    declared = operation.declares(status)
    return declared.headers if declared is not None else {}
