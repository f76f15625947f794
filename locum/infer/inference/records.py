"""Records: operations on one record at a path that is not its own: `/users/me`, `/tasks/{id}/addTag`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.infer.actions.items import Copy, Finder, Item
from locum.infer.actions.members import ChangeMember, ListMember, MemberChange, MemberPlace, verb_of
from locum.infer.inference.lookups import MOST_ALIKE, InferredOperation
from locum.infer.resources.identities import kinds_in
from locum.infer.resources.relations import same_member
from locum.infer.resources.resources import expressions_of, find_success_schema, item_expression
from locum.infer.resources.words import plural, same, words_of

if TYPE_CHECKING:
    from locum.infer.inference.lists import Lists
    from locum.infer.inference.lookups import Lookups
    from locum.infer.inference.standard import StandardActions
    from locum.infer.resources.resources import Resource
    from locum.openapi.compile.operations import Operation

__all__ = ["ITEM_ACTIONS", "Records"]


ITEM_ACTIONS = {"get": "read", "put": "replace", "patch": "update", "post": "update", "delete": "delete"}
"""The actions of the methods at the path of a record."""
_CALLERS = frozenset({"me", "self", "current", "authenticated", "whoami", "@me", "~", "myself", "viewer"})
"""Last steps of paths that name the caller's own record."""
_COPIES = frozenset({"copy", "clone", "duplicate"})
_ADDS = (("create",), ("add",))
"""First words of the operationId of a PUT that adds to a list instead of replacing it."""


class Records:
    """Infers operations that read, copy or change one record."""

    def __init__(self, lookups: Lookups, standard: StandardActions, lists: Lists) -> None:
        self._lookups = lookups
        self._resources = lookups.resources
        self._context = lookups.context
        self._standard = standard
        self._lists = lists

    def aliased(self, operation: Operation) -> InferredOperation | None:
        """Infer an operation on a collection's record at another path: `/users/me`, `/releases/tags/{tag}`."""
        path, method, _ = self._resources.slot(operation)
        head, _, last = path.rpartition("/")
        action = ITEM_ACTIONS.get(method)
        get = self._resources.operation(path, "get")
        schema = find_success_schema(get) if get is not None else None
        if action is None or schema is None:
            return None
        shown = self._context.shapes.of(schema)
        if "{" not in last:
            if last.lower() not in _CALLERS and not self._lookups.is_one_of_a_kind(path):
                return None
            for other in self._resources.showing(schema):
                own = last.lower() in _CALLERS and head in {"", other.path}
                if other.depth == 0 and other.item is not None and (own or same(last, other.noun)):
                    why = [f"{path} is the caller's record of {other.path}, which is the first"]
                    return self._standard.infer(operation, action, other, Finder(is_callers=True), why)
            return None
        if action != "read" or item_expression(path) is None or self._resources.operation(head, "get") is not None:
            return None
        others = [one for one in self._resources.showing(schema) if head.startswith(one.path + "/")]
        for other in others:
            index = len(expressions_of(path)) - 1
            member = same_member(last[1:-1], path, index, other)
            if member is not None and other.depth == index and shown.is_object:
                why = [f"{{{last[1:-1]}}} finds a record of {other.path} by its member {member}"]
                return self._standard.infer(operation, action, other, Finder(member=member), why)
        return None

    def facet(self, operation: Operation) -> InferredOperation | None:
        """Infer an operation that reads or changes members of the record above: `/deployments/{name}/scale`.

        Such a path has no POST or DELETE, and its body has the record's identifier and almost only members of it.
        """
        path, method, _ = self._resources.slot(operation)
        above, alone = self._resources.item(path.rpartition("/")[0]), None
        if above is not None and above.identity and method in {"get", "put", "patch"}:
            alone = self._resources.at(path)
        if above is None or above.shape is None or alone is None or not alone.singleton or alone.shape is None:
            return None
        if any(self._resources.operation(path, other) is not None for other in ("post", "delete")):
            return None
        shapes, success = self._context.shapes, find_success_schema(self._resources.operation(path, "get"))
        shape = alone.shape
        if success is not None and shapes.identity(success) == shapes.identity(above.shape.schema):
            shape = above.shape  # `/pods/{name}/status` responds with the whole pod
        names = shape.properties.keys()
        if not shapes.has(shape, above.identity) or len(names & above.shape.properties.keys()) < MOST_ALIKE * len(
            names
        ):
            return None
        action = "read" if method == "get" else "update"
        inferred = self._standard.infer(
            operation, action, above, why=[f"its body has members of the record of {above.path}"]
        )
        if isinstance(inferred.respond, Item) and shape is alone.shape:
            inferred.respond.show_as(kinds_in(shape, self._context.generator))
        return inferred

    def copy(self, operation: Operation) -> InferredOperation | None:
        """Infer an operation that copies a record: `POST /files/{id}/copy`."""
        path, method, _ = self._resources.slot(operation)
        head, _, last = path.rpartition("/")
        above = self._resources.item(head) if method == "post" and last.lower() in _COPIES else None
        if above is None or not self._context.responder(operation, 201, 200, resource=above).shows(above):
            return None
        why = [f"{last} copies a record of {above.path}"]
        return InferredOperation("custom", Copy(operation, above, self._context), above, why)

    def member(self, operation: Operation) -> InferredOperation | None:
        """Infer a change or a list of one member of the record above: `/tasks/{id}/addTag`, `/issues/{n}/labels`."""
        path, method, _ = self._resources.slot(operation)
        head, _, last = path.rpartition("/")
        key = item_expression(path) is not None
        if key:
            head, _, last = head.rpartition("/")
        above = self._resources.item(head)
        if above is None or above.shape is None or "{" in last:
            return None
        verb = None if key or method == "get" else verb_of(last)
        if verb is not None:
            place = self._place_of(verb[1], head, above)
            return None if place is None else self._changing(operation, above, place, verb[0])
        listed, properties = self._resources.at(f"{head}/{last}"), above.shape.properties
        if method == "get" and not key and (found := self._lists.held(operation, above, listed)) is not None:
            return found
        shapes = self._context.shapes
        member = next((one for one in properties if same(one, last) and shapes.of(properties[one]).is_array), None)
        if member is None:
            return None
        if listed is not None and (listed.is_read or listed.singleton):
            return None
        if not any(self._lookups.takes_keys(f"{head}/{last}", other, member) for other in ("post", "put")):
            return None
        if method == "get":
            if key or listed is None:
                return None
            respond = ListMember(operation, above, self._context, (member,), listed)
            why = [f"it lists the {member} of a record of {above.path}"]
            return InferredOperation("list", respond, above, why) if respond.fits else None
        adds = key or words_of(operation.operation_id)[:1] in _ADDS
        changes = {
            "post": MemberChange.ADD,
            "put": MemberChange.ADD if adds else MemberChange.SET,
            "delete": MemberChange.REMOVE,
        }
        change = changes.get(method)
        if change is MemberChange.REMOVE and not key and operation.body is None:
            change = MemberChange.SET
        return None if change is None else self._changing(operation, above, MemberPlace(member), change, listed)

    def _changing(
        self,
        operation: Operation,
        above: Resource,
        place: MemberPlace,
        change: MemberChange,
        listed: Resource | None = None,
    ) -> InferredOperation:
        finder = Finder(self._resources.slot(operation).key)
        respond = ChangeMember(operation, above, self._context, place, change, finder, listed)
        where = above.path if place.other is None else place.other.path
        return InferredOperation("custom", respond, above, [f"it {change.value} {place.member} of a record of {where}"])

    def _place_of(self, name: str, head: str, above: Resource) -> MemberPlace | None:
        """Find the member that a verb concerns, in the record itself or in the records listed below it."""
        properties = above.shape.properties if above.shape is not None else {}
        member = next((one for one in properties if same(one, name)), None)
        if member is not None:
            return MemberPlace(member)
        words = name.split("_")
        path = "/".join((head, "_".join((*words[:-1], plural(words[-1])))))
        success = find_success_schema(self._resources.operation(path, "get"))
        element = self._lookups.element(success) if success is not None else None
        placement = self._lookups.elsewhere(path, element.schema, must_link=True) if element is not None else None
        owners = placement.owners if placement is not None else ()
        owner = next((one for one in owners if one.at == above.depth), None)
        if placement is None or owner is None:
            return None
        return MemberPlace(owner.member, placement.resource, owner)
