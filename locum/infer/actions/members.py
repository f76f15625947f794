"""Actions on one member of a record: `POST /tasks/{id}/addTag`, `POST /issues/{number}/labels`."""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.infer.actions.items import Finder, Item
from locum.infer.actions.listing import Elements
from locum.infer.lists.paging import Paging
from locum.infer.records.records import Record
from locum.infer.resources.resources import item_expression
from locum.infer.resources.words import same, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from locum.infer.actions.context import Context
    from locum.infer.request import Request
    from locum.infer.resources.relations import Owner
    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.compile.operations import Operation
    from locum.responses import Response

__all__ = ["ChangeMember", "ListMember", "MemberChange", "MemberPlace", "verb_of"]


class MemberChange(Enum):
    """How an action changes the values of a member. The values complete "it ... `tags` of a record"."""

    ADD = "adds to"
    REMOVE = "removes from"
    SET = "sets"


class MemberPlace(NamedTuple):
    """The member that is changed: of the record itself, or of other records that refer to it."""

    member: str
    other: Resource | None = None
    owner: Owner | None = None


_VERBS = {
    "add": MemberChange.ADD, "attach": MemberChange.ADD, "assign": MemberChange.ADD, "append": MemberChange.ADD,
    "remove": MemberChange.REMOVE, "detach": MemberChange.REMOVE, "unassign": MemberChange.REMOVE,
    "set": MemberChange.SET,
}  # fmt: skip
_KEYS = ("id", "gid", "uuid", "sid", "key", "name", "login", "username", "email")
"""Members that name an element of a list."""


def verb_of(step: str) -> tuple[MemberChange, str] | None:
    """Return the change and the member in the last step of a path: `addTag` adds to `tag`."""
    words = words_of(step)
    change = _VERBS.get(words[0]) if len(words) > 1 else None
    return None if change is None else (change, "_".join(words[1:]))


def argument_in(shape: Shape, member: str, shapes: Shapes) -> str | None:
    """Return the body member that holds the values for a member of the record."""
    words = words_of(member)
    named = [name for name in shape.properties if same(name, member) or same(name, words[-1])]
    lists = [name for name in shape.properties if shapes.of(shape.properties[name]).is_array]
    return next(iter(named), None) or (lists[0] if len(lists) == 1 else None)


class ChangeMember(Item):
    """Adds values to a member of a record, removes them from it, or replaces them."""

    preferred: tuple[int, ...] = (200, 201, 204, 202)

    def __init__(  # noqa: PLR0913, PLR0917 (an action and its change)
        self,
        operation: Operation,
        resource: Resource,
        context: Context,
        place: MemberPlace,
        change: MemberChange,
        finder: Finder,
        listed: Resource | None = None,
    ) -> None:
        """Set up the action; `listed` is the collection whose elements the response lists, if it is a list."""
        super().__init__(operation, resource, context, finder)
        self._place, self._change = place, change
        self._lists = Elements(self.responder, listed, context) if listed is not None else None
        media = next(iter(operation.body.media_types.values()), None) if operation.body is not None else None
        schema = media.schema if media is not None else None
        shape = context.shapes.at(context.shapes.of(schema), self.sent.place) if schema is not None else None
        self._argument = None if shape is None else argument_in(shape, place.member, context.shapes)

    def __call__(self, request: Request) -> Response:
        """Change the record, or those that refer to it; return the record, the list, or the declared success."""
        parents, key, record = self.found(request)
        values, member = self._values(request), self._place.member
        if self._place.other is not None:
            self._change_others(key, values, request)
        elif self.resource.shape is not None:
            former = record.members.get(member)
            if self.context.shapes.of(self.resource.shape.properties[member]).is_array:
                now: Any = self._changed(former if isinstance(former, list) else [], values)
            else:
                now = _within(former, next(iter(values), None))
            record = self.context.change(self.resource, parents, key, {**record.members, member: now}, request)
        if self.responder.shows(self.resource):
            return self.responder.record(record, self.resource, request)
        if self._lists is not None and self._lists.fits:
            return listed(record.members.get(member), self._lists, Paging(()), request)
        body = self.sent.body(request)
        return self.responder.echo(body if isinstance(body, dict) else {}, request)

    def _values(self, request: Request) -> list[Any]:
        """Return the values to add or remove, from the path or else the body."""
        if len(request.path) > self.resource.depth + 1 and item_expression(self.operation.path) is not None:
            return [request.path[-1]]
        body = self.sent.body(request)
        if isinstance(body, dict):
            name = self._argument if self._argument is not None else next(iter(body), "")
            body = body.get(name, [])
        return body if isinstance(body, list) else [] if body is None else [body]

    def _changed(self, former: list[Any], values: list[Any]) -> list[Any]:
        if self._change is MemberChange.SET:
            return values
        if self._change is MemberChange.REMOVE:
            return [one for one in former if not any(is_alike(one, other) for other in values)]
        return [*former, *(one for one in values if not any(is_alike(one, other) for other in former))]

    def _change_others(self, key: str, values: Iterable[Any], request: Request) -> None:
        """Add or remove the reference to this record in other records."""
        other, owner = self._place.other, self._place.owner
        if other is None or owner is None or other.depth:
            return
        for value in values:
            name = next(iter(names_of(value)), "")
            record = self.context.tables.find(other, (), name, request.world)
            if record is None:
                continue
            now: Any = None if self._change is MemberChange.REMOVE else key
            if owner.many:
                former = record.members.get(owner.member)
                now = self._changed(former if isinstance(former, list) else [], [key])
            self.context.change(other, (), name, {**record.members, owner.member: now}, request)


def _within(former: Any, value: Any) -> Any:
    """Return an object with a text as its `value`, if the member holds such an object: the topic of a channel."""
    if not isinstance(former, dict) or not isinstance(value, str):
        return value
    name = next((one for one in ("value", "text", "name") if isinstance(former.get(one), str)), None)
    return value if name is None else {**former, name: value}


class ListMember(Item):
    """Lists the elements in a member of a record."""

    def __init__(  # noqa: PLR0913, PLR0917 (a member and its list)
        self,
        operation: Operation,
        resource: Resource,
        context: Context,
        place: tuple[str, ...],
        listed: Resource,
        otherwise: Callable[[Request], Response] | None = None,
    ) -> None:
        """List the elements at `place` in a record; `otherwise` handles records without a value there."""
        super().__init__(operation, resource, context, Finder())
        self._place, self._otherwise = place, otherwise
        self._elements = Elements(context.responder(operation, 200, resource=listed), listed, context)
        self._paging = Paging([*operation.by_location["query"], *operation.by_location["header"]])

    @property
    def fits(self) -> bool:
        """Whether the response is a list."""
        return self._elements.fits

    def __call__(self, request: Request) -> Response:
        """Return one page."""
        _, _, record = self.found(request)
        held: Any = record.members
        for step in self._place:
            held = held.get(step) if isinstance(held, dict) else None
        if held is None and self._otherwise is not None:
            return self._otherwise(request)
        return listed(held, self._elements, self._paging, request)


def listed(values: Any, elements: Elements, paging: Paging, request: Request) -> Response:
    """Return a response that lists the values of a member."""
    records = [Record(one if isinstance(one, dict) else {"name": one}) for one in values or ()]
    window = paging.window(len(records), request.arguments)
    links_of = partial(paging.links, window, request.url, request.scope.get("query_string", b""))
    return elements.respond(records[window.start : window.stop], window, links_of, request)


def names_of(value: Any) -> list[str]:
    """Return the names of an element of a list, as strings."""
    if not isinstance(value, dict):
        return [str(value)]
    return [str(value[name]) for name in _KEYS if isinstance(value.get(name), str | int)]


def is_alike(one: Any, other: Any) -> bool:
    """Return whether two elements name the same thing."""
    return one == other or not set(names_of(one)).isdisjoint(names_of(other))
