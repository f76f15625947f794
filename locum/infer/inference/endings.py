"""Endings: operations named by a word after a path: `/invoices/{id}/pay`, `/files/{id}/content`, `/pets/search`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from locum.infer.actions.creating import Create, CreateMany
from locum.infer.actions.custom import effect_of
from locum.infer.actions.files import Download, Upload
from locum.infer.actions.generated import GenerateResponse
from locum.infer.inference.lookups import InferredOperation
from locum.infer.resources.relations import Placement, RelationSource
from locum.infer.resources.resources import expressions_of, find_success_schema
from locum.infer.resources.words import same

if TYPE_CHECKING:
    from locum.infer.inference.lists import Lists
    from locum.infer.inference.lookups import Lookups
    from locum.infer.inference.standard import StandardActions
    from locum.infer.inference.verbs import Verbs
    from locum.infer.request import Request
    from locum.infer.resources.resources import Resource
    from locum.openapi.compile.operations import Operation
    from locum.responses import Response

__all__ = ["Endings"]

_SEARCHES = frozenset({"search", "query", "filter", "list", "find"})


class Endings:
    """Infers custom actions, uploads, downloads, searches and bulk creates."""

    def __init__(self, lookups: Lookups, standard: StandardActions, verbs: Verbs, lists: Lists) -> None:
        self._lookups = lookups
        self._resources = lookups.resources
        self._context = lookups.context
        self._standard = standard
        self._verbs = verbs
        self._lists = lists

    def acting(self, operation: Operation) -> InferredOperation | None:
        """Infer a custom action: a word after the path of an item, or after a colon."""
        if operation.method == "GET":
            return None
        head, _, last = self._lookups.path_of(operation).rpartition("/")
        above, colon, verb = last.partition("}:")
        if colon:
            resource = self._resources.item(f"{head}/{above}}}")
            return self._verbs.action(operation, resource, verb) if resource is not None else None
        resource = self._resources.item(head)
        alone = self._resources.at(head) if resource is None else None
        if alone is not None and alone.singleton:
            resource = alone
        if resource is not None and "{" not in last:
            if operation.method != "DELETE" and self._lookups.takes_files(operation):
                why = [f"it uploads the content of a record of {resource.path}"]
                return InferredOperation("custom", Upload(operation, resource, self._context), resource, why)
            return self._verbs.action(operation, resource, last)
        many = self._resources.at(head)
        if many is not None and not many.singleton and operation.method == "POST" and "{" not in last:
            found = self._lists.searching(operation, many) if last.lower() in _SEARCHES else None
            if found is not None:
                return found
            shows = self._context.responder(operation, 201, 200, resource=many).shows(many)
            if shows and self._lookups.takes_files(operation):
                why = [f"it uploads a record of {many.path}"]
                return InferredOperation("create", Create(operation, many, self._context), many, why)
            place = self._lookups.many(operation, many)
            if place is not None:
                return InferredOperation(
                    "create",
                    CreateMany(operation, many, self._context, place),
                    many,
                    [f"its body is a list of {many.path}"],
                )
            if shows and self._requires_key(operation, many):
                return self._verbs.action(operation, many, last)
        return None

    def _requires_key(self, operation: Operation, resource: Resource) -> bool:
        """Whether the body must name a record: `{"id": "7", "status": "pending"}` of `/things/change_status`."""
        media = self._lookups.media_of(operation)
        if media is None or media.schema is None or len(resource.identity) != 1 or resource.depth:
            return False
        return resource.identity[0] in self._context.shapes.of(media.schema).required

    def posting(self, operation: Operation) -> InferredOperation | None:
        """Infer a create of a record in a list whose parents the body names: `chat.postMessage` with a `channel`."""
        shapes, success = self._context.shapes, find_success_schema(operation)
        media = self._lookups.media_of(operation) if operation.method == "POST" else None
        if media is None or media.schema is None or success is None:
            return None
        sent = shapes.of(media.schema).properties
        shown = [success, *(one for one in shapes.of(success).properties.values() if shapes.of(one).is_object)]
        for other in [other for schema in shown for other in self._resources.showing(schema)]:
            names = expressions_of(other.path)
            members = [next((one for one in sent if same(one, name)), None) for name in names]
            if other.item is not None or not names or None in members or self._lookups.has(other, "post"):
                continue
            placement = Placement(other, tuple(RelationSource(member=member) for member in members), ())
            why = [f"it creates a record of {other.path}, where {', '.join(map(str, members))} names the parent"]
            return InferredOperation("create", Create(operation, other, self._context, placement), other, why)
        return None

    def content(self, operation: Operation) -> InferredOperation | None:
        """Infer a download of uploaded bytes: `GET /files/{id}/content`."""
        head = self._lookups.path_of(operation).rpartition("/")[0]
        resource = self._resources.item(head) if operation.method == "GET" else None
        declared = operation.declares(operation.success)
        if resource is None or declared is None or any(media.json for media in declared.media_types.values()):
            return None
        generate = GenerateResponse(operation, self._context.generator, dynamic=self._context.dynamic)
        respond = Download(operation, resource, self._context, generate)
        return InferredOperation(
            "generated", respond, resource, [f"the upload to {resource.path}, else generated from the contract"]
        )

    def marking(self, operation: Operation, mark: Resource) -> InferredOperation | None:
        """Infer a PUT that marks a record and changes it: `PUT /pulls/{number}/merge`, where GET shows the mark."""
        head, _, verb = self._lookups.path_of(operation).rpartition("/")
        resource = self._resources.item(head)
        if resource is None or resource.shape is None or effect_of(verb, resource.shape, self._context.shapes) is None:
            return None
        inferred, marked = (
            self._verbs.action(operation, resource, verb),
            self._standard.infer(operation, "replace", mark),
        )

        def respond(request: Request) -> Response:
            response = inferred.respond(request)
            marked.respond(request)
            return response

        return replace(inferred, respond=respond)
