"""Lookups: what the rules of inference find in a contract, and what they return."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from locum.infer.resources.identities import is_remark, list_place, request_place
from locum.infer.resources.relations import placed
from locum.infer.resources.resources import expressions_of
from locum.infer.resources.words import plain_name, same, singular, words_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.infer.actions.context import Context
    from locum.infer.request import Request
    from locum.infer.resources.relations import Placement
    from locum.infer.resources.resources import Resource, Resources
    from locum.infer.resources.shapes import Shape
    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.operations import Operation
    from locum.openapi.schemas.schemas import Schema
    from locum.responses import Response

__all__ = ["MOST_ALIKE", "InferredOperation", "Lookups"]

MOST_ALIKE = 0.7
"""The share of a schema's members that a record has if both are of one kind."""


@dataclass(slots=True)
class InferredOperation:
    """The inferred action of one operation."""

    action: str
    respond: Callable[[Request], Response]
    resource: Resource | None = None
    why: list[str] = field(default_factory=list)


class Lookups:
    """Finds bodies, lists and collections in a contract."""

    def __init__(self, resources: Resources, context: Context) -> None:
        self.resources = resources
        self.context = context

    def path_of(self, operation: Operation) -> str:
        """Return the normalised path of an operation."""
        return self.resources.slot(operation).path

    @staticmethod
    def media_of(operation: Operation | None) -> MediaType | None:
        """Return the first media type of an operation's body, or None."""
        body = operation.body if operation is not None else None
        return next(iter(body.media_types.values()), None) if body is not None else None

    @staticmethod
    def takes_files(operation: Operation) -> bool:
        """Return whether every body of an operation is a file, or a form that holds one."""
        media = list(operation.body.media_types.values()) if operation.body is not None else []
        return bool(media) and all(map(_is_file, media))

    def element(self, success: Schema) -> Shape | None:
        """Return the shape of the elements of the list in a response."""
        shapes = self.context.shapes
        place = list_place(shapes, success)
        if place is None:
            return None
        shape = shapes.of(success)
        for step in place:
            shape = shapes.of(shape.properties[step])
        return shapes.of(shape.items) if shape.items is not None else None

    def elsewhere(self, path: str, schema: Schema, *, must_link: bool) -> Placement | None:
        """Find the collection at another path whose records a schema describes.

        With `must_link`, the path's expressions must select its records. Set it if this path creates records too.
        """
        others = [*self._searched(path, schema), *self.resources.showing(schema)]
        if any(one.is_read and path.startswith(f"{one.item}/") for one in others):
            # Forks below a repository belong to it unless they are found among the repositories.
            others = [one for one in others if one.is_read]
        # Readable records come before ones that are only written, such as the picture of an item.
        for other in sorted(others, key=lambda one: not one.is_read):
            if other.item is None or other.path == path or other.path.startswith(path + "/"):
                continue
            placement = placed(path, other, self.resources, self.context.shapes)
            if placement is not None and (not must_link or placement.is_linked):
                return placement
        return None

    def _searched(self, path: str, schema: Schema) -> list[Resource]:
        """Return the collections that a search covers: `/search/repositories` shows records of `/repos/{owner}`.

        The name of the element's schema begins with the record's noun, and most of its members are the record's.
        """
        if "search" not in path.split("/"):
            return []
        shape = self.context.shapes.of(schema)
        words, last = plain_name(shape, self.context.shapes) or (), path.rpartition("/")[2]
        found = []
        for one in self.resources:
            called = words_of(one.noun)
            if one.is_read and one.shape is not None and (words[: len(called)] == called or same(last, one.name)):
                shown = shape.properties.keys() & one.shape.properties.keys()
                if len(shown) >= MOST_ALIKE * len(shape.properties) and {*one.identity[:1]} <= shown:
                    found.append(one)
        return sorted(found, key=lambda one: one.depth)

    def namesake(self, path: str) -> Placement | None:
        """Find the top-level collection whose records a nested create adds: `/runs/{id}` by `/jobs/{id}/runs`.

        Used where the create responds with the identifier alone.
        """
        last = path.rpartition("/")[2]
        for other in self.resources if expressions_of(path) else ():
            if other.is_read and not other.depth and other.path.rpartition("/")[2] == last:
                placement = placed(path, other, self.resources, self.context.shapes)
                if placement is not None and placement.owners and not self.has(other, "post"):
                    return placement
        return None

    def many(self, operation: Operation, resource: Resource) -> tuple[str, ...] | None:
        """Return where a body holds a list of a resource's records; None if it holds none or a single record."""
        media = self.media_of(operation)
        if media is None or media.schema is None:
            return None
        shapes = self.context.shapes
        shape = shapes.of(media.schema)
        if shape.is_array:
            return ()
        place = list_place(shapes, media.schema)
        if place is None or len([name for name in shape.properties if not is_remark(name)]) > 2:  # noqa: PLR2004 (the list and one other member)
            return None
        for step in place:
            shape = shapes.of(shape.properties[step])
        return place if shape.items is not None and self.is_alike(shapes.of(shape.items), resource) else None

    @staticmethod
    def is_alike(shape: Shape, resource: Resource) -> bool:
        """Return whether a shape has mostly members of a resource's records."""
        names = shape.properties.keys()
        known = set(resource.settable) | (set(resource.shape.properties) if resource.shape is not None else set())
        return bool(names) and len(names & known) >= MOST_ALIKE * len(names)

    def is_partial(self, operation: Operation, resource: Resource) -> bool:
        """Return whether a PUT keeps members that are not sent: its body requires none, and there is no PATCH."""
        media = self.media_of(operation)
        path = self.path_of(operation)
        if media is None or media.schema is None or self.resources.operation(path, "patch") is not None:
            return False
        shapes = self.context.shapes
        shape = shapes.of(media.schema)
        shape = shapes.at(shape, request_place(shapes, shape, resource))
        return shape.is_object and bool(shape.properties) and not shape.required - set(resource.identity[:1])

    def names_record(self, operation: Operation, resource: Resource) -> bool:
        """Return whether a body holds the identifier of its record: `PUT /pet` with an id."""
        media = self.media_of(operation)
        if media is None or media.schema is None or resource.member is None:
            return False
        return resource.member in self.context.shapes.of(media.schema).properties

    def has(self, resource: Resource, method: str) -> bool:
        """Return whether a method is declared at the path of a resource."""
        return self.resources.operation(resource.path, method) is not None

    def sent_to(self, path: str) -> dict[str, Schema]:
        """Return the members of the body of the POST at a path."""
        operation = self.resources.operation(path, "post")
        media = self.media_of(operation)
        return {} if media is None or media.schema is None else self.context.shapes.of(media.schema).properties

    def takes_keys(self, path: str, method: str, member: str) -> bool:
        """Return whether a request body holds values of a member of the record above, not a record of its own."""
        operation = self.resources.operation(path, method)
        media = self.media_of(operation)
        if media is None or media.schema is None:
            return False
        shape = self.context.shapes.of(media.schema)
        if any(same(name, member) for name in shape.properties):
            return True
        return shape.is_array and shape.items is not None and "string" in self.context.shapes.of(shape.items).kinds

    def is_one_of_a_kind(self, path: str) -> bool:
        """Return whether a path names one record of a collection found elsewhere: `/user` beside `/users`."""
        last = path.rpartition("/")[2]
        return singular(last.lower()) == last.lower() and self.resources.operation(path, "post") is None


def _is_file(media: MediaType) -> bool:
    """Return whether a body of a media type is a file, or a form that holds one."""
    if media.essence == "multipart/form-data":
        raw = media.schema.raw if media.schema is not None and isinstance(media.schema.raw, dict) else {}
        actions = (
            (media.schema.resolve(action) for action in (raw.get("properties") or {}).values()) if media.schema else ()
        )
        return any(isinstance(action, dict) and action.get("format") == "binary" for action in actions)
    return not media.json and "xml" not in media.essence and "urlencoded" not in media.essence
