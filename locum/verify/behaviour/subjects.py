"""Subjects: the collections of a contract whose behaviour can be checked, and the operations on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from locum.infer.actions.bodies import SentRecord
from locum.infer.actions.creating import Create
from locum.infer.actions.idempotency import Idempotent
from locum.infer.actions.items import Item, Read, Remove, Replace, Update
from locum.infer.actions.listing import ListAll, Search
from locum.infer.behaviour import Behaviour
from locum.infer.resources.identities import list_place, response_place
from locum.infer.resources.relations import relations_of
from locum.infer.resources.resources import find_success_schema
from locum.openapi.paths import expressions_of
from locum.verify.behaviour.expectations import elements_of
from locum.verify.scenarios.replay import as_json

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from locum.infer.resources.relations import Relation
    from locum.infer.resources.resources import Resource, Resources
    from locum.infer.resources.shapes import Shapes
    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.openapi.schemas.schemas import Schema
    from locum.verify.exchanges import Shown

__all__ = ["BehaviourSubject", "elements_in", "media_of", "subjects_of"]


_CLOSING = ("additionalProperties", "unevaluatedProperties")


@dataclass(eq=False, kw_only=True)
class BehaviourSubject:
    """A collection, and the selected operations on it that follow the usual meaning of their methods."""

    resource: Resource
    resources: Resources
    """All resources of the contract."""
    shapes: Shapes
    create: Operation | None = None
    list_all: Operation | None = None
    read: Operation | None = None
    replace: Operation | None = None
    update: Operation | None = None
    delete: Operation | None = None
    listing: ListAll | None = None
    """The inferred list action, which knows what the parameters of `list_all` mean."""
    puts: bool = False
    """Whether records are created by a PUT at an identifier that the client chooses."""
    key_argument: str | None = None
    """The argument of the declared idempotency key of `create`."""
    assumes_identity: bool = False
    """Whether the identifier is not declared; a response that lacks it ends the assumption."""
    parent: BehaviourSubject | None = None
    """The subject that contains these records, if there is one."""
    children: list[BehaviourSubject] = field(default_factory=list)

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        """The members that refer to records of other resources. Finding them takes its time in a large contract."""
        return tuple(relations_of(self.resource, self.resources, self.shapes))

    @property
    def maker(self) -> Operation | None:
        """The operation that creates records: POST on the collection, else PUT at an identifier of the client."""
        return self.replace if self.puts else self.create

    @property
    def is_creatable(self) -> bool:
        """Whether records can be created."""
        return self.maker is not None

    @property
    def changes(self) -> tuple[Operation, ...]:
        """The operations that change one record, the update first."""
        return tuple(one for one in (self.update, self.replace) if one is not None)

    @property
    def of_items(self) -> tuple[Operation, ...]:
        """The operations on one record."""
        return tuple(one for one in (self.read, self.replace, self.update, self.delete) if one is not None)

    @property
    def all(self) -> tuple[Operation, ...]:
        """All operations."""
        return tuple(one for one in (self.create, self.list_all, *self.of_items) if one is not None)

    def sent_schema(self, operation: Operation) -> Schema | None:
        """Return the schema of the record in a request body; None if the body is not an object in JSON or a form."""
        media = media_of(operation)
        if media is None or media.schema is None:
            return None
        shape = self.shapes.of(media.schema)
        shape = self.shapes.at(shape, self.place_in(operation))
        return shape.schema if shape.is_object else None

    def place_in(self, operation: Operation) -> tuple[str | int, ...]:
        """Return the path to the record in a request body."""
        return SentRecord(operation, self.shapes, self.resource).place

    def sends(self, operation: Operation) -> Mapping[str, Schema]:
        """Return the members that a request of an operation may send, by name."""
        schema = self.sent_schema(operation)
        return self.shapes.of(schema).properties if schema is not None else {}

    def shown_as(self, operation: Operation, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Return members of a request under their names in the record."""
        return SentRecord(operation, self.shapes, self.resource).named(sent)

    def record_place(self, operation: Operation) -> tuple[str | int, ...]:
        """Return the declared path to the record in the response of an operation."""
        schema = find_success_schema(operation)
        return response_place(self.shapes, self.shapes.of(schema), self.resource) if schema is not None else ()

    def shows(self, operation: Operation) -> Mapping[str, Schema]:
        """Return the members of the record in the response of an operation, by name."""
        schema = find_success_schema(operation)
        if schema is None:
            return {}
        return self.shapes.at(self.shapes.of(schema), self.record_place(operation)).properties

    def keeps(self, operation: Operation) -> Mapping[str, Schema]:
        """Return the members that the response of an operation shows and that are in use: deprecated ones are not."""
        return {name: one for name, one in self.shows(operation).items() if not _is_deprecated(one)}

    @property
    def list_place(self) -> tuple[str, ...] | None:
        """The declared path to the records in the response of the list."""
        schema = find_success_schema(self.list_all) if self.list_all is not None else None
        shape = self.resource.shape
        if schema is None:
            return None
        hint = None if shape is None else lambda one: one.pointer == shape.schema.pointer
        return list_place(self.shapes, schema, hint)


def _is_deprecated(schema: Schema) -> bool:
    """Return whether a member is deprecated: servers accept and show it, and often do nothing with it."""
    raw = schema.resolve(schema.raw)
    return isinstance(raw, dict) and raw.get("deprecated") is True


def elements_in(shown: Shown, subject: BehaviourSubject) -> list[Any] | None:
    """Return the elements of a page of a subject's list; None if the response has no list."""
    is_page = HTTPStatus.OK <= shown.status < HTTPStatus.MULTIPLE_CHOICES
    return elements_of(as_json(shown.response_body), subject.list_place) if is_page else None


def media_of(operation: Operation) -> MediaType | None:
    """Return the media type that requests of an operation use: JSON if possible, else a form; None for a file."""
    medias = list(operation.body.media_types.values()) if operation.body is not None else []
    # A JSON Patch has no members of the record.
    chosen = [one for one in medias if one.json and "json-patch" not in one.essence] or [
        one for one in medias if "urlencoded" in one.essence
    ]
    return chosen[0] if chosen else None


def subjects_of(contract: Contract, chosen: Collection[tuple[str, str]]) -> list[BehaviourSubject]:
    """Return the subjects of a contract, parents first. Only the chosen operations, by path and method, are used."""
    behaviour = Behaviour(contract)
    found: dict[Resource, BehaviourSubject] = {}
    for key in chosen:
        operation = contract.operations[key]
        inferred = behaviour.inferred(operation)
        if inferred.resource is None or inferred.resource.singleton:
            continue
        subject = found.setdefault(
            inferred.resource,
            BehaviourSubject(resource=inferred.resource, resources=behaviour.resources, shapes=behaviour.shapes),
        )
        _assign(subject, operation, inferred.respond, behaviour.resources.slot(operation).path)
    for resource, subject in found.items():
        _assume_identity(subject)
        above = resource.parent
        while above is not None and above not in found:
            above = above.parent
        subject.parent = found[above] if above is not None else None
        if subject.parent is not None and resource.depth == subject.parent.resource.depth + 1:
            subject.parent.children.append(subject)
    return sorted(found.values(), key=lambda one: one.resource.depth)


def _assume_identity(subject: BehaviourSubject) -> None:
    """Assume that an undeclared member of an open record has the name of the path's last expression."""
    resource = subject.resource
    raw = resource.shape.schema.raw if resource.shape is not None else {}
    is_closed = isinstance(raw, dict) and any(raw.get(name) is False for name in _CLOSING)
    names = [expressions_of(operation.path)[-1] for operation in subject.of_items]
    if not resource.identity and names and not is_closed:
        resource.identity, subject.assumes_identity = (names[0],), True


def _assign(subject: BehaviourSubject, operation: Operation, respond: Any, path: str) -> None:
    """Enter an operation under its meaning if its path, in usual form, is that of the collection or of one record."""
    if path not in {subject.resource.path, subject.resource.item}:
        return
    once = respond if isinstance(respond, Idempotent) else None
    action = once.action if once is not None else respond
    values = len(expressions_of(operation.path)) - subject.resource.depth
    if isinstance(action, Create) and action.is_own and not values and subject.create is None:
        subject.create = operation
        subject.key_argument = once.argument if once is not None else None
    elif isinstance(action, ListAll) and not isinstance(action, Search) and action.is_own and not values:
        if subject.list_all is None and action.fits:
            subject.list_all, subject.listing = operation, action
    elif isinstance(action, Item) and action.is_plain and values == 1:
        _assign_item(subject, operation, action)


def _assign_item(subject: BehaviourSubject, operation: Operation, action: Item) -> None:
    if isinstance(action, Read) and subject.read is None and operation.method == "GET":
        subject.read = operation
    elif isinstance(action, Replace) and subject.replace is None:
        subject.replace, subject.puts = operation, action.makes and subject.create is None
    elif isinstance(action, Update) and subject.update is None:
        subject.update = operation
    elif isinstance(action, Remove) and subject.delete is None:
        subject.delete = operation
