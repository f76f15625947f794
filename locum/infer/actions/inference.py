"""Inference: choose the action of each operation of a contract, with the reasons."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from locum.infer.actions.bodies import Echo
from locum.infer.actions.custom import CustomAction, Effect, effect_of
from locum.infer.actions.files import Download, Upload
from locum.infer.actions.generated import GenerateResponse
from locum.infer.actions.items import Copy, Finder, Item, Read, Remove, Replace, Update
from locum.infer.actions.listing import Clear, Create, CreateMany, ListAll, Search
from locum.infer.actions.members import Change, ChangeMember, ListMember, Place, verb_of
from locum.infer.resources.identities import is_remark, kinds_in, list_place, request_place
from locum.infer.resources.relations import placed, same_member
from locum.infer.resources.resources import (
    Resource,
    Resources,
    alternatives_of,
    expressions_of,
    find_success_schema,
    item_expression,
)
from locum.infer.resources.words import plain_name, plural, same, singular, stem, words_of
from locum.openapi.pointers import at
from locum.world.identifiers import chance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from locum.infer.actions.context import Context
    from locum.infer.request import Request
    from locum.infer.resources.relations import Placement
    from locum.infer.resources.shapes import Shape
    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.openapi.schemas.schemas import Schema
    from locum.responses import Response
    from locum.world.worlds import World

__all__ = ["ACTIONS", "Inference", "InferredOperation"]

ACTIONS = ("list", "create", "read", "replace", "update", "delete", "clear", "custom", "generated")
"""The values of `x-locum-action`."""

_FORMER = {"action": "custom", "answer": "generated"}
"""Values that `x-locum-part` had, the name of `x-locum-action` in version 0.1."""

_ON_ITEMS = {"get": "read", "put": "replace", "patch": "update", "post": "update", "delete": "delete"}
_CALLERS = frozenset({"me", "self", "current", "authenticated", "whoami", "@me", "~", "myself", "viewer"})
"""Last steps of paths that name the caller's own record."""
_ENDINGS = frozenset({"cancel", "terminate", "close", "deactivate", "disable", "archive", "revoke", "void"})
"""Verbs for which a DELETE may change the record's state instead of removing it."""
_REVERSIBLE = frozenset({"disable", "deactivate"})
"""Those for which it always does, whatever the response shows."""
_TAGS = re.compile(r"<[^<>]*>")
_SEARCHES = frozenset({"search", "query", "filter", "list", "find"})
_COPIES = frozenset({"copy", "clone", "duplicate"})
_OPPOSITES = {"detach": "attach", "unassign": "assign", "unlink": "link", "disconnect": "connect"}
_ADDS = (("create",), ("add",))
"""First words of the operationId of a PUT that adds to a list instead of replacing it."""
_OVERLAP = 0.7


@dataclass(slots=True)
class InferredOperation:
    """The inferred action of one operation."""

    action: str
    respond: Callable[[Request], Response]
    resource: Resource | None = None
    why: list[str] = field(default_factory=list)


def _named_action(declared: Mapping[str, object]) -> str | None:
    """Return the action that an operation's `x-locum-action` names; None if it is absent or unknown."""
    value = declared.get("x-locum-action", declared.get("x-locum-part"))
    name = _FORMER.get(value, value) if isinstance(value, str) else None
    return name if name in ACTIONS else None


def _is_file(media: MediaType) -> bool:
    """Return whether a body of a media type is a file, or a form that holds one."""
    if media.essence == "multipart/form-data":
        raw = media.schema.raw if media.schema is not None and isinstance(media.schema.raw, dict) else {}
        actions = (
            (media.schema.resolve(action) for action in (raw.get("properties") or {}).values()) if media.schema else ()
        )
        return any(isinstance(action, dict) and action.get("format") == "binary" for action in actions)
    return not media.json and "xml" not in media.essence and "urlencoded" not in media.essence


class Inference:
    """Infers the actions of a contract's operations."""

    def __init__(self, contract: Contract, resources: Resources, context: Context) -> None:
        self._contract = contract
        self._resources = resources
        self._context = context

    def infer(self, operation: Operation) -> InferredOperation:
        """Infer the action of an operation: the declared `x-locum-action`, else what its path and method imply."""
        declared = at(self._contract.document.content, operation.pointer)
        named = declared.get("x-locum-resource")
        wanted = _named_action(declared)
        if not isinstance(named, str) and wanted is None:
            found = self._aliased(operation)
            if found is not None:
                return found
            found = self._facet(operation) or self._copy(operation)
            found = found or self._member(operation) or self._nested(operation) or self._listed_by(operation)
            if found is not None:
                return found
        resource, action = self._place(operation)
        if isinstance(named, str):
            resource = self._resources.at(named) or resource
        if wanted is not None:
            action = wanted
        if action == "list" or (action == "generated" and operation.method == "GET"):
            found = self._listing(operation, resource)
            if found is not None:
                return found
        if action == "replace" and resource is not None and resource.shape is None and resource.singleton:
            found = self._marking(operation, resource)
            if found is not None:
                return found
        if resource is None or action == "generated":
            return self._acting(operation, declared) or self._content(operation) or self._generate(operation)
        return self._inferred_of(operation, action, resource)

    def path_values(self, operation: Operation, world: World) -> tuple[str, ...]:
        """Return values for the template expressions of a path, taken from existing records where it names records."""
        values: tuple[str, ...] = ()
        steps = self._resources.slot(operation).path.split("/")
        by_name = {parameter.name: parameter for parameter in operation.by_location["path"]}
        names = iter(expressions_of(operation.path))
        for end, step in enumerate(steps, 1):
            for _ in expressions_of(step):
                expression = next(names, None)
                if expression is None:
                    return values
                resource = self._resources.item("/".join(steps[:end]))
                known = self._context.tables.all(resource, values, world) if resource is not None else {}
                parameter = by_name.get(expression)
                key = next(iter(known), None)
                if key is None and parameter is not None:
                    random = chance(world.seed, operation.path, expression)
                    key = str(self._context.generator.value(parameter.schema, random, world.began))
                values = (*values, key or "1")
        return values

    def _place(self, operation: Operation) -> tuple[Resource | None, str]:
        """Return the resource at an operation's path, and the action that the method has there."""
        path, method, _ = self._resources.slot(operation)
        resource = self._resources.item(path)
        if resource is not None:
            return resource, _ON_ITEMS.get(method, "generated")
        resource = self._resources.at(path)
        if resource is None:
            return None, "generated"
        if resource.singleton:
            return resource, _ON_ITEMS.get(method, "generated")
        actions = {"get": "list", "post": "create", "put": "replace", "patch": "update", "delete": "clear"}
        action = actions.get(method, "generated")
        if action in {"replace", "update"} and not self._names_record(operation, resource):
            action = "generated"
        return resource, action

    def _aliased(self, operation: Operation) -> InferredOperation | None:
        """Infer an operation on a collection's record at another path: `/users/me`, `/releases/tags/{tag}`."""
        path, method, _ = self._resources.slot(operation)
        head, _, last = path.rpartition("/")
        action = _ON_ITEMS.get(method)
        get = self._resources.operation(path, "get")
        schema = find_success_schema(get) if get is not None else None
        if action is None or schema is None:
            return None
        shown = self._context.shapes.of(schema)
        if "{" not in last:
            if last.lower() not in _CALLERS and not self._is_one_of_a_kind(path):
                return None
            for other in self._resources.showing(schema):
                own = last.lower() in _CALLERS and head in {"", other.path}
                if other.depth == 0 and other.item is not None and (own or same(last, other.noun)):
                    why = [f"{path} is the caller's record of {other.path}, which is the first"]
                    return self._inferred_of(operation, action, other, Finder(is_callers=True), why)
            return None
        if action != "read" or item_expression(path) is None or self._resources.operation(head, "get") is not None:
            return None
        others = [one for one in self._resources.showing(schema) if head.startswith(one.path + "/")]
        for other in others:
            index = len(expressions_of(path)) - 1
            member = same_member(last[1:-1], path, index, other)
            if member is not None and other.depth == index and shown.is_object:
                why = [f"{{{last[1:-1]}}} finds a record of {other.path} by its member {member}"]
                return self._inferred_of(operation, action, other, Finder(member=member), why)
        return None

    def _facet(self, operation: Operation) -> InferredOperation | None:
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
        if not shapes.has(shape, above.identity) or len(names & above.shape.properties.keys()) < _OVERLAP * len(names):
            return None
        action = "read" if method == "get" else "update"
        inferred = self._inferred_of(
            operation, action, above, why=[f"its body has members of the record of {above.path}"]
        )
        if isinstance(inferred.respond, Item) and shape is alone.shape:
            inferred.respond.show_as(kinds_in(shape, self._context.generator))
        return inferred

    def _copy(self, operation: Operation) -> InferredOperation | None:
        """Infer an operation that copies a record: `POST /files/{id}/copy`."""
        path, method, _ = self._resources.slot(operation)
        head, _, last = path.rpartition("/")
        above = self._resources.item(head) if method == "post" and last.lower() in _COPIES else None
        if above is None or not self._context.responder(operation, 201, 200, resource=above).shows(above):
            return None
        why = [f"{last} copies a record of {above.path}"]
        return InferredOperation("custom", Copy(operation, above, self._context), above, why)

    def _member(self, operation: Operation) -> InferredOperation | None:
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
        if method == "get" and not key and (found := self._held(operation, above, listed)) is not None:
            return found
        shapes = self._context.shapes
        member = next((one for one in properties if same(one, last) and shapes.of(properties[one]).is_array), None)
        if member is None:
            return None
        if listed is not None and (listed.is_read or listed.singleton):
            return None
        if not any(self._takes_keys(f"{head}/{last}", other, member) for other in ("post", "put")):
            return None
        if method == "get":
            if key or listed is None:
                return None
            respond = ListMember(operation, above, self._context, (member,), listed)
            why = [f"it lists the {member} of a record of {above.path}"]
            return InferredOperation("list", respond, above, why) if respond.fits else None
        adds = key or words_of(operation.operation_id)[:1] in _ADDS
        changes = {"post": Change.ADD, "put": Change.ADD if adds else Change.SET, "delete": Change.REMOVE}
        change = changes.get(method)
        if change is Change.REMOVE and not key and operation.body is None:
            change = Change.SET
        return None if change is None else self._changing(operation, above, Place(member), change, listed)

    def _held(self, operation: Operation, above: Resource, listed: Resource | None) -> InferredOperation | None:
        """Infer a read-only list of what a member of the record above holds: `/sessions/{id}/line_items`."""
        if listed is None or listed.item is not None or listed.singleton or above.shape is None or listed.shape is None:
            return None
        if any(self._resources.operation(listed.path, method) is not None for method in ("post", "put", "delete")):
            return None
        shapes = self._context.shapes
        for name, schema in above.shape.properties.items():
            place = list_place(shapes, schema) if same(name, listed.name) else None
            items = shapes.at(shapes.of(schema), place).items if place is not None else None
            if items is None or place is None or shapes.identity(items) != shapes.identity(listed.shape.schema):
                continue
            otherwise = ListAll(operation, listed, self._context)
            respond = ListMember(operation, above, self._context, (name, *place), listed, otherwise)
            why = [f"it lists the {name} of a record of {above.path}"]
            return InferredOperation("list", respond, above, why) if respond.fits else None
        return None

    def _nested(self, operation: Operation) -> InferredOperation | None:
        """Infer a read below another record where create is elsewhere: `/customers/{id}/cards`, beside `/cards`."""
        path, method, _ = self._resources.slot(operation)
        resource = self._resources.item(path)
        own = resource if resource is not None else self._resources.at(path)
        if method != "get" or own is None or own.singleton or own.shape is None or not own.depth or own.item is None:
            return None
        changes = [(place, other) for place in (own.path, own.item) for other in ("post", "put", "patch", "delete")]
        if any(self._resources.operation(place, other) is not None for place, other in changes):
            return None
        placement = self._elsewhere(own.path, own.shape.schema, must_link=True)
        if placement is None or placement.resource.depth or not self._has(placement.resource, "post"):
            return None
        if not same(own.name, placement.resource.name):
            return None
        why = [f"it shows records of {placement.resource.path}"]
        if resource is not None:
            finder = Finder(item_expression(operation.path))
            return self._inferred_of(operation, "read", placement.resource, finder, why)
        respond = ListAll(operation, placement.resource, self._context, placement)
        why += respond.explain
        return InferredOperation("list", respond, placement.resource, why) if respond.fits else None

    def _listed_by(self, operation: Operation) -> InferredOperation | None:
        """Infer a list selected by the last expression of the path: `/attempts/by-message/{message_id}`."""
        path, method, _ = self._resources.slot(operation)
        index = len(expressions_of(path)) - 1
        if method != "get" or item_expression(path) is None:
            return None
        if any(self._resources.operation(path, other) is not None for other in ("post", "put", "patch", "delete")):
            return None
        success = find_success_schema(operation)
        element = self._element(success) if success is not None else None
        placement = self._elsewhere(path, element.schema, must_link=True) if element is not None else None
        if placement is None or placement.resource.path == path.rpartition("/")[0]:
            return None
        if index not in {source.at for source in placement.sources} | {owner.at for owner in placement.owners}:
            return None
        respond = ListAll(operation, placement.resource, self._context, placement)
        why = [f"its elements are those of {placement.resource.path}", *respond.explain]
        return InferredOperation("list", respond, placement.resource, why) if respond.fits else None

    def _changing(
        self, operation: Operation, above: Resource, place: Place, change: Change, listed: Resource | None = None
    ) -> InferredOperation:
        respond = ChangeMember(operation, above, self._context, place, change, listed)
        where = above.path if place.other is None else place.other.path
        return InferredOperation("custom", respond, above, [f"it {change.value} {place.member} of a record of {where}"])

    def _place_of(self, name: str, head: str, above: Resource) -> Place | None:
        """Find the member that a verb concerns, in the record itself or in the records listed below it."""
        properties = above.shape.properties if above.shape is not None else {}
        member = next((one for one in properties if same(one, name)), None)
        if member is not None:
            return Place(member)
        words = name.split("_")
        path = "/".join((head, "_".join((*words[:-1], plural(words[-1])))))
        success = find_success_schema(self._resources.operation(path, "get"))
        element = self._element(success) if success is not None else None
        placement = self._elsewhere(path, element.schema, must_link=True) if element is not None else None
        owners = placement.owners if placement is not None else ()
        owner = next((one for one in owners if one.at == above.depth), None)
        if placement is None or owner is None:
            return None
        return Place(owner.member, placement.resource, owner)

    def _takes_keys(self, path: str, method: str, member: str) -> bool:
        """Return whether a request body holds values of a member of the record above, not a record of its own."""
        operation = self._resources.operation(path, method)
        media = next(iter(operation.body.media_types.values()), None) if operation and operation.body else None
        if media is None or media.schema is None:
            return False
        shape = self._context.shapes.of(media.schema)
        if any(same(name, member) for name in shape.properties):
            return True
        return shape.is_array and shape.items is not None and "string" in self._context.shapes.of(shape.items).kinds

    def _is_one_of_a_kind(self, path: str) -> bool:
        """Return whether a path names one record of a collection found elsewhere: `/user` beside `/users`."""
        last = path.rpartition("/")[2]
        return singular(last.lower()) == last.lower() and self._resources.operation(path, "post") is None

    def _content(self, operation: Operation) -> InferredOperation | None:
        """Infer a download of uploaded bytes: `GET /files/{id}/content`."""
        head = self._resources.slot(operation).path.rpartition("/")[0]
        resource = self._resources.item(head) if operation.method == "GET" else None
        declared = operation.declares(operation.success)
        if resource is None or declared is None or any(media.json for media in declared.media_types.values()):
            return None
        generate = GenerateResponse(operation, self._context.generator, dynamic=self._context.dynamic)
        respond = Download(operation, resource, self._context, generate)
        return InferredOperation(
            "generated", respond, resource, [f"the upload to {resource.path}, else generated from the contract"]
        )

    def _inferred_of(
        self,
        operation: Operation,
        action: str,
        resource: Resource,
        finder: Finder | None = None,
        why: Sequence[str] = (),
    ) -> InferredOperation:
        context = self._context
        why = [*(why or resource.why)]
        finder = finder or Finder(self._resources.slot(operation).key)
        respond: Callable[[Request], Response]
        if action == "create":
            place = self._many(operation, resource)
            if place is not None:
                why.append("its body is a list of records")
                return InferredOperation("create", CreateMany(operation, resource, context, place), resource, why)
            respond = Create(operation, resource, context, flags=self._flags(operation, resource))
            made = self._resources.record_in(operation, resource) if resource.item is None else None
            path = self._resources.slot(operation).path
            placement = None if made is None else self._elsewhere(path, made.schema, must_link=True)
            if placement is None and made is not None and len(made.properties) == 1:
                placement = self._namesake(path)
            if placement is not None:
                other = placement.resource
                why = [f"it creates a record of {other.path}"]
                return InferredOperation("create", Create(operation, other, context, placement), other, why)
        elif action == "replace":
            makes = not self._has(resource, "post") or "201" in operation.responses
            if not makes and self._is_partial(operation, resource):
                why.append("no member is required and there is no PATCH, so members that are not sent are kept")
                return InferredOperation(action, Update(operation, resource, context, finder), resource, why)
            respond = Replace(operation, resource, context, finder, makes=makes)
        elif action == "read":
            respond = Read(operation, resource, context, finder)
        elif action == "update":
            respond = Update(operation, resource, context, finder)
        elif action == "delete" and (ending := self._ending(operation, resource)) is not None:
            why.append(f"the record is kept, and {ending.sentence}")
            respond = CustomAction(operation, resource, context, finder, ending)
        elif action == "delete":
            respond = Remove(operation, resource, context, finder)
        elif action == "clear":
            respond = Clear(operation, resource, context)
        elif action == "custom":
            return self._action(operation, resource, self._resources.slot(operation).path.rpartition("/")[2])
        else:
            return self._generate(operation)
        return InferredOperation(action, respond, resource, why)

    def _namesake(self, path: str) -> Placement | None:
        """Find the top-level collection whose records a nested create adds: `/runs/{id}` by `/jobs/{id}/runs`.

        Used where the create responds with the identifier alone.
        """
        last = path.rpartition("/")[2]
        for other in self._resources if expressions_of(path) else ():
            if other.is_read and not other.depth and other.path.rpartition("/")[2] == last:
                placement = placed(path, other, self._resources, self._context.shapes)
                if placement is not None and placement.owners and not self._has(other, "post"):
                    return placement
        return None

    def _ending(self, operation: Operation, resource: Resource) -> Effect | None:
        """Return the effect of a DELETE that changes a record's state: a subscription is cancelled, not removed."""
        if resource.shape is None:
            return None
        first = [text.split(maxsplit=1)[:1] for text in (operation.summary, _TAGS.sub(" ", operation.description))]
        names = [*words_of(operation.operation_id), *(singular(word[0].lower()) for word in first if word)]
        verb = next((word for word in names if word in _ENDINGS), None)
        shows = self._context.responder(operation, 200, resource=resource).shows(resource)
        if not shows and verb not in _REVERSIBLE:
            return None
        return None if verb is None else effect_of(verb, resource.shape, self._context.shapes)

    def _listing(self, operation: Operation, resource: Resource | None) -> InferredOperation | None:
        """Infer a list of the resource at the path, or of another resource whose records it shows."""
        success = find_success_schema(operation)
        if success is None:
            return None
        element = self._element(success)
        path = self._resources.slot(operation).path
        found = self._gathered(operation, element) if element is not None else None
        if found is not None:
            return found
        if element is not None and (resource is None or resource.item is None):
            placement = self._elsewhere(
                path, element.schema, must_link=resource is not None and self._has(resource, "post")
            )
            if placement is not None:
                other = placement.resource
                respond = ListAll(operation, other, self._context, placement)
                if respond.fits:
                    return InferredOperation(
                        "list", respond, other, [f"its elements are those of {other.path}", *respond.explain]
                    )
        if resource is None or element is None or item_expression(path) is not None:
            return None
        respond = ListAll(operation, resource, self._context)
        return InferredOperation("list", respond, resource, [*resource.why, *respond.explain]) if respond.fits else None

    def _gathered(self, operation: Operation, element: Shape) -> InferredOperation | None:
        """Infer a list over several collections that refer to the record above: the files and folders in a folder."""
        path, shapes = self._resources.slot(operation).path, self._context.shapes
        found: dict[str, Placement] = {}
        for pointer in sorted(alternatives_of(element)):
            schema = shapes.schemas.schema(pointer, element.schema.direction)
            for other in self._resources.showing(schema):
                if other.is_read and not other.depth:
                    placement = placed(path, other, self._resources, shapes)
                    if placement is not None and placement.owners:
                        found.setdefault(other.path, placement)
                    break
        if len(found) < 2:  # noqa: PLR2004 (one collection is a plain list)
            return None
        first, *more = found.values()
        respond = ListAll(operation, first.resource, self._context, first)
        respond.more = more
        why = [f"its elements are those of {' and '.join(found)}", *respond.explain]
        return InferredOperation("list", respond, first.resource, why) if respond.fits else None

    def _elsewhere(self, path: str, schema: Schema, *, must_link: bool) -> Placement | None:
        """Find the collection at another path whose records a schema describes.

        With `must_link`, the path's expressions must select its records. Set it if this path creates records too.
        """
        others = [*self._searched(path, schema), *self._resources.showing(schema)]
        if any(one.is_read and path.startswith(f"{one.item}/") for one in others):
            # Forks below a repository belong to it unless they are found among the repositories.
            others = [one for one in others if one.is_read]
        # Readable records come before ones that are only written, such as the picture of an item.
        for other in sorted(others, key=lambda one: not one.is_read):
            if other.item is None or other.path == path or other.path.startswith(path + "/"):
                continue
            placement = placed(path, other, self._resources, self._context.shapes)
            if placement is not None and (not must_link or placement.is_linked):
                return placement
        return None

    def _searched(self, path: str, schema: Schema) -> list[Resource]:
        """Return the collections that a search covers: `/search/repositories` shows records of `/repos/{owner}`.

        The name of the element's schema begins with the record's noun, and most of its members are the record's.
        """
        if "search" not in path.split("/"):
            return []
        shape = self._context.shapes.of(schema)
        words, last = plain_name(shape, self._context.shapes) or (), path.rpartition("/")[2]
        found = []
        for one in self._resources:
            called = words_of(one.noun)
            if one.is_read and one.shape is not None and (words[: len(called)] == called or same(last, one.name)):
                shown = shape.properties.keys() & one.shape.properties.keys()
                if len(shown) >= _OVERLAP * len(shape.properties) and {*one.identity[:1]} <= shown:
                    found.append(one)
        return sorted(found, key=lambda one: one.depth)

    def _element(self, success: Schema) -> Shape | None:
        shapes = self._context.shapes
        place = list_place(shapes, success)
        if place is None:
            return None
        shape = shapes.of(success)
        for step in place:
            shape = shapes.of(shape.properties[step])
        return shapes.of(shape.items) if shape.items is not None else None

    def _acting(self, operation: Operation, declared: Mapping[str, object]) -> InferredOperation | None:
        """Infer a custom action: a word after the path of an item, or after a colon."""
        if operation.method == "GET" or _named_action(declared) == "generated":
            return None
        head, _, last = self._resources.slot(operation).path.rpartition("/")
        above, colon, verb = last.partition("}:")
        if colon:
            resource = self._resources.item(f"{head}/{above}}}")
            return self._action(operation, resource, verb) if resource is not None else None
        resource = self._resources.item(head)
        alone = self._resources.at(head) if resource is None else None
        if alone is not None and alone.singleton:
            resource = alone
        if resource is not None and "{" not in last:
            media = list(operation.body.media_types.values()) if operation.body is not None else []
            if operation.method != "DELETE" and media and all(_is_file(one) for one in media):
                why = [f"it uploads the content of a record of {resource.path}"]
                return InferredOperation("custom", Upload(operation, resource, self._context), resource, why)
            return self._action(operation, resource, last)
        many = self._resources.at(head)
        if many is not None and not many.singleton and operation.method == "POST" and "{" not in last:
            found = self._searching(operation, many) if last.lower() in _SEARCHES else None
            if found is not None:
                return found
            media = list(operation.body.media_types.values()) if operation.body is not None else []
            shows = self._context.responder(operation, 201, 200, resource=many).shows(many)
            if shows and media and all(_is_file(one) for one in media):
                why = [f"it uploads a record of {many.path}"]
                return InferredOperation("create", Create(operation, many, self._context), many, why)
            place = self._many(operation, many)
            if place is not None:
                return InferredOperation(
                    "create",
                    CreateMany(operation, many, self._context, place),
                    many,
                    [f"its body is a list of {many.path}"],
                )
        return None

    def _searching(self, operation: Operation, many: Resource) -> InferredOperation | None:
        """Infer a search whose conditions are in the body: `POST /customers/search`."""
        success = find_success_schema(operation)
        element = self._element(success) if success is not None else None
        if element is None or many.shape is None or operation.body is None:
            return None
        if many not in self._resources.showing(element.schema) and not self._alike(element, many):
            return None
        respond = Search(operation, many, self._context)
        others = {stem(one.name) for one in self._resources if not one.singleton and one.name != many.name}
        respond.others = frozenset(others - {"filter", "query"})
        return InferredOperation("list", respond, many, [f"it searches {many.path}", *respond.explain])

    def _marking(self, operation: Operation, mark: Resource) -> InferredOperation | None:
        """Infer a PUT that marks a record and changes it: `PUT /pulls/{number}/merge`, where GET shows the mark."""
        head, _, verb = self._resources.slot(operation).path.rpartition("/")
        resource = self._resources.item(head)
        if resource is None or resource.shape is None or effect_of(verb, resource.shape, self._context.shapes) is None:
            return None
        inferred, marked = self._action(operation, resource, verb), self._inferred_of(operation, "replace", mark)

        def respond(request: Request) -> Response:
            response = inferred.respond(request)
            marked.respond(request)
            return response

        return replace(inferred, respond=respond)

    def _action(self, operation: Operation, resource: Resource, verb: str) -> InferredOperation:
        effect = self._effect(verb, resource) if resource.shape is not None else None
        undo = operation.method == "DELETE"
        why = [f"{verb} is an action on a record of {resource.path}"]
        why.append(effect.sentence if effect is not None else "no member of the record matches the verb")
        return InferredOperation(
            "custom",
            CustomAction(
                operation, resource, self._context, Finder(self._resources.slot(operation).key), effect, undo=undo
            ),
            resource,
            why,
        )

    def _effect(self, verb: str, resource: Resource) -> Effect | None:
        """Return the effect of a verb on a record; `detach` clears the members that the body of `attach` sets."""
        if resource.shape is None:
            return None
        effect = effect_of(verb, resource.shape, self._context.shapes)
        opposite = _OPPOSITES.get(verb.lower())
        if effect is not None or opposite is None:
            return effect
        sent = self._sent_to(f"{resource.item}/{opposite}")
        properties = resource.shape.properties
        values = {name: None for name in sent if name in properties and properties[name].is_valid(None)}
        return Effect(values, {}) if values else None

    def _flags(self, operation: Operation, resource: Resource) -> dict[str, Effect]:
        """Return the effects of flags in a create: `confirm: true`, if `POST /payments/{id}/confirm` exists."""
        path, shapes = self._resources.slot(operation).path, self._context.shapes
        found = {}
        for name, schema in self._sent_to(path).items():
            acts = self._resources.operation(f"{resource.item}/{name}", "post") is not None
            if acts and "boolean" in shapes.of(schema).kinds and (effect := self._effect(name, resource)) is not None:
                found[name] = effect
        return found

    def _sent_to(self, path: str) -> dict[str, Schema]:
        """Return the members of the body of the POST at a path."""
        operation = self._resources.operation(path, "post")
        media = next(iter(operation.body.media_types.values()), None) if operation and operation.body else None
        return {} if media is None or media.schema is None else self._context.shapes.of(media.schema).properties

    def _generate(self, operation: Operation) -> InferredOperation:
        if operation.body is not None:
            why = ["generated from the contract, with members of the request body where they fit"]
            return InferredOperation("generated", Echo(operation, self._context), None, why)
        generate = GenerateResponse(operation, self._context.generator, dynamic=self._context.dynamic)
        moved = self._context.tables.addresses.moved

        def respond(request: Request) -> Response:
            response = generate(request)
            return replace(response, body=moved(response.body))

        return InferredOperation("generated", respond, None, ["generated from the contract"])

    def _many(self, operation: Operation, resource: Resource) -> tuple[str, ...] | None:
        """Return where a body holds a list of a resource's records; None if it holds none or a single record."""
        media = next(iter(operation.body.media_types.values()), None) if operation.body is not None else None
        if media is None or media.schema is None:
            return None
        shapes = self._context.shapes
        shape = shapes.of(media.schema)
        if shape.is_array:
            return ()
        place = list_place(shapes, media.schema)
        if place is None or len([name for name in shape.properties if not is_remark(name)]) > 2:  # noqa: PLR2004 (the list and one other member)
            return None
        for step in place:
            shape = shapes.of(shape.properties[step])
        return place if shape.items is not None and self._alike(shapes.of(shape.items), resource) else None

    @staticmethod
    def _alike(shape: Shape, resource: Resource) -> bool:
        names = shape.properties.keys()
        known = set(resource.settable) | (set(resource.shape.properties) if resource.shape is not None else set())
        return bool(names) and len(names & known) >= _OVERLAP * len(names)

    def _is_partial(self, operation: Operation, resource: Resource) -> bool:
        """Return whether a PUT keeps members that are not sent: its body requires none, and there is no PATCH."""
        media = next(iter(operation.body.media_types.values()), None) if operation.body is not None else None
        path = self._resources.slot(operation).path
        if media is None or media.schema is None or self._resources.operation(path, "patch") is not None:
            return False
        shapes = self._context.shapes
        shape = shapes.of(media.schema)
        shape = shapes.at(shape, request_place(shapes, shape, resource))
        return shape.is_object and bool(shape.properties) and not shape.required - set(resource.identity[:1])

    def _names_record(self, operation: Operation, resource: Resource) -> bool:
        """Return whether a body holds the identifier of its record: `PUT /pet` with an id."""
        media = next(iter(operation.body.media_types.values()), None) if operation.body is not None else None
        if media is None or media.schema is None or resource.member is None:
            return False
        return resource.member in self._context.shapes.of(media.schema).properties

    def _has(self, resource: Resource, method: str) -> bool:
        return self._resources.operation(resource.path, method) is not None
