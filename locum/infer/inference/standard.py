"""Standard actions: list, create, read, replace, update, delete and clear, once the resource is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from locum.infer.actions.bodies import EchoedMember
from locum.infer.actions.creating import Create, CreateMany
from locum.infer.actions.custom import CustomAction
from locum.infer.actions.files import Download, StoreFile
from locum.infer.actions.generated import GenerateResponse
from locum.infer.actions.items import Finder, Read, Remove, Replace, Update
from locum.infer.actions.listing import Clear
from locum.infer.inference.lookups import InferredOperation
from locum.infer.lists.envelopes import without_next
from locum.infer.lists.paging import paging_parts
from locum.infer.resources.resources import find_success_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from locum.infer.inference.lookups import Lookups
    from locum.infer.inference.verbs import Verbs
    from locum.infer.request import Request
    from locum.infer.resources.resources import Resource
    from locum.openapi.compile.operations import Operation
    from locum.responses import Response

__all__ = ["StandardActions"]


class StandardActions:
    """Makes the inferred operation of an action on a resource."""

    def __init__(self, lookups: Lookups, verbs: Verbs) -> None:
        self._lookups = lookups
        self._resources = lookups.resources
        self._context = lookups.context
        self._verbs = verbs

    def infer(
        self,
        operation: Operation,
        action: str,
        resource: Resource,
        finder: Finder | None = None,
        why: Sequence[str] = (),
    ) -> InferredOperation:
        """Return the inferred operation of an action; `why` are the reasons, by default those of the resource."""
        context = self._context
        why = [*(why or resource.why)]
        finder = finder or Finder(self._resources.slot(operation).key)
        respond: Callable[[Request], Response]
        is_collection = self._lookups.path_of(operation) == resource.path and not resource.singleton
        if action in {"create", "replace", "update"} and is_collection:
            place = self._lookups.many(operation, resource)
            if place is not None:
                why.append("its body is a list of records")
                return InferredOperation(action, CreateMany(operation, resource, context, place), resource, why)
        if action == "create":
            respond = Create(operation, resource, context, flags=self._verbs.flags(operation, resource))
            made = self._resources.record_in(operation, resource) if resource.item is None else None
            path = self._lookups.path_of(operation)
            placement = None if made is None else self._lookups.elsewhere(path, made.schema, must_link=True)
            if placement is None and made is not None and len(made.properties) == 1:
                placement = self._lookups.namesake(path)
            if placement is not None:
                other = placement.resource
                why = [f"it creates a record of {other.path}"]
                return InferredOperation("create", Create(operation, other, context, placement), other, why)
        elif action == "replace":
            makes = not self._lookups.has(resource, "post") or "201" in operation.responses
            if not makes and self._lookups.is_partial(operation, resource):
                why.append("no member is required and there is no PATCH, so members that are not sent are kept")
                return InferredOperation(action, Update(operation, resource, context, finder), resource, why)
            kind = StoreFile if resource.shape is None and self._lookups.takes_files(operation) else Replace
            respond = kind(operation, resource, context, finder, makes=makes)
        elif action == "read" and resource.shape is None and self._is_stored(resource):
            why.append("the file that was stored there")
            respond = Download(operation, resource, context, GenerateResponse(operation, context.generator))
        elif action == "read":
            respond = Read(operation, resource, context, finder)
        elif action == "update":
            respond = Update(operation, resource, context, finder)
        elif action == "delete" and (ending := self._verbs.ending(operation, resource)) is not None:
            why.append(f"the record is kept, and {ending.sentence}")
            respond = CustomAction(operation, resource, context, finder, ending)
        elif action == "delete":
            respond = Remove(operation, resource, context, finder)
        elif action == "clear":
            respond = Clear(operation, resource, context)
        elif action == "custom":
            return self._verbs.action(operation, resource, self._lookups.path_of(operation).rpartition("/")[2])
        else:
            return self.generate(operation)
        return InferredOperation(action, respond, resource, why)

    def _is_stored(self, resource: Resource) -> bool:
        """Return whether a PUT stores a file at the path of a record."""
        put = self._resources.operation(resource.item or resource.path, "put")
        return put is not None and self._lookups.takes_files(put)

    def generate(self, operation: Operation) -> InferredOperation:
        """Respond with what is generated from the contract."""
        if operation.body is not None:
            why = ["generated from the contract, with members of the request body where they fit"]
            return InferredOperation("generated", EchoedMember(operation, self._context), None, why)
        generate = GenerateResponse(operation, self._context.generator, dynamic=self._context.dynamic)
        moved = self._context.tables.addresses.moved
        success = find_success_schema(operation)
        is_paged = any(part.kind.is_position for part in paging_parts(operation.by_location["query"]))

        def respond(request: Request) -> Response:
            response = generate(request)
            body = moved(response.body)
            if is_paged and success is not None:
                ended = without_next(body)
                body = ended if success.is_valid(ended) else body
            return replace(response, body=body)

        return InferredOperation("generated", respond, None, ["generated from the contract"])
