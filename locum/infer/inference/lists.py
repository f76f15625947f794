"""Lists: operations that list records, also of a collection at another path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.infer.actions.items import Finder
from locum.infer.actions.listing import ListAll, Search
from locum.infer.actions.members import ListMember
from locum.infer.inference.lookups import InferredOperation
from locum.infer.resources.identities import list_place
from locum.infer.resources.relations import placed
from locum.infer.resources.resources import alternatives_of, expressions_of, find_success_schema, item_expression
from locum.infer.resources.words import same, stem

if TYPE_CHECKING:
    from locum.infer.inference.lookups import Lookups
    from locum.infer.inference.standard import StandardActions
    from locum.infer.resources.relations import Placement
    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shape
    from locum.openapi.compile.operations import Operation

__all__ = ["Lists"]


class Lists:
    """Infers lists and searches."""

    def __init__(self, lookups: Lookups, standard: StandardActions) -> None:
        self._lookups = lookups
        self._resources = lookups.resources
        self._context = lookups.context
        self._standard = standard

    def listing(self, operation: Operation, resource: Resource | None) -> InferredOperation | None:
        """Infer a list of the resource at the path, or of another resource whose records it shows."""
        success = find_success_schema(operation)
        if success is None:
            return None
        element = self._lookups.element(success)
        path = self._lookups.path_of(operation)
        found = self._gathered(operation, element) if element is not None else None
        if found is not None:
            return found
        if element is not None and (resource is None or resource.item is None):
            placement = self._lookups.elsewhere(
                path, element.schema, must_link=resource is not None and self._lookups.has(resource, "post")
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
        path, shapes = self._lookups.path_of(operation), self._context.shapes
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

    def nested(self, operation: Operation) -> InferredOperation | None:
        """Infer a read below another record where create is elsewhere: `/customers/{id}/cards`, beside `/cards`."""
        path, method, _ = self._resources.slot(operation)
        resource = self._resources.item(path)
        own = resource if resource is not None else self._resources.at(path)
        if method != "get" or own is None or own.singleton or own.shape is None or not own.depth or own.item is None:
            return None
        changes = [(place, other) for place in (own.path, own.item) for other in ("post", "put", "patch", "delete")]
        if any(self._resources.operation(place, other) is not None for place, other in changes):
            return None
        placement = self._lookups.elsewhere(own.path, own.shape.schema, must_link=True)
        if placement is None or placement.resource.depth or not self._lookups.has(placement.resource, "post"):
            return None
        if not same(own.name, placement.resource.name):
            return None
        why = [f"it shows records of {placement.resource.path}"]
        if resource is not None:
            finder = Finder(item_expression(operation.path))
            return self._standard.infer(operation, "read", placement.resource, finder, why)
        respond = ListAll(operation, placement.resource, self._context, placement)
        why += respond.explain
        return InferredOperation("list", respond, placement.resource, why) if respond.fits else None

    def listed_by(self, operation: Operation) -> InferredOperation | None:
        """Infer a list selected by the last expression of the path: `/attempts/by-message/{message_id}`."""
        path, method, _ = self._resources.slot(operation)
        index = len(expressions_of(path)) - 1
        if method != "get" or item_expression(path) is None:
            return None
        if any(self._resources.operation(path, other) is not None for other in ("post", "put", "patch", "delete")):
            return None
        success = find_success_schema(operation)
        element = self._lookups.element(success) if success is not None else None
        placement = self._lookups.elsewhere(path, element.schema, must_link=True) if element is not None else None
        if placement is None or placement.resource.path == path.rpartition("/")[0]:
            return None
        if index not in {source.at for source in placement.sources} | {owner.at for owner in placement.owners}:
            return None
        respond = ListAll(operation, placement.resource, self._context, placement)
        why = [f"its elements are those of {placement.resource.path}", *respond.explain]
        return InferredOperation("list", respond, placement.resource, why) if respond.fits else None

    def held(self, operation: Operation, above: Resource, listed: Resource | None) -> InferredOperation | None:
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

    def searching(self, operation: Operation, many: Resource) -> InferredOperation | None:
        """Infer a search whose conditions are in the body: `POST /customers/search`."""
        success = find_success_schema(operation)
        element = self._lookups.element(success) if success is not None else None
        if element is None or many.shape is None or operation.body is None:
            return None
        if many not in self._resources.showing(element.schema) and not self._lookups.is_alike(element, many):
            return None
        respond = Search(operation, many, self._context)
        others = {stem(one.name) for one in self._resources if not one.singleton and one.name != many.name}
        respond.others = frozenset(others - {"filter", "query"})
        return InferredOperation("list", respond, many, [f"it searches {many.path}", *respond.explain])
