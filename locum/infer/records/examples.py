"""Examples: the records that a document itself shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.generate.generator import Unsatisfiable
from locum.infer.actions.views import pruned
from locum.infer.resources.identities import response_place
from locum.infer.resources.list_places import list_place
from locum.infer.resources.resources import success_of
from locum.infer.resources.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from random import Random

    from locum.generate.generator import Generator
    from locum.infer.resources.resources import Resource, Resources
    from locum.infer.resources.shapes import Shapes
    from locum.openapi.compile.operations import Operation
    from locum.openapi.compile.schemas import Schema

__all__ = ["Examples"]

_KINDS = (("type",), ("kind",), ("object",))
"""The last words of members that say of which kind a record is."""


class Examples:
    """Finds the records in the examples of the operations that list and show a resource."""

    def __init__(self, resources: Resources, shapes: Shapes, generator: Generator) -> None:
        self._resources = resources
        self._shapes = shapes
        self._generator = generator
        self._nameless: dict[Resource, dict[str, Any] | None] = {}
        self._kinds: dict[Resource, dict[str, list[str]]] = {}

    def of(self, resource: Resource, random: Random, now: datetime) -> list[dict[str, Any]]:
        """Return the records of a resource that examples show, each once, completed to fit its schema."""
        if resource.shape is None:
            return []
        found: dict[str, dict[str, Any]] = {}
        for shown in self._shown(resource):
            fitting = self._fitted(resource, shown, random, now)
            if fitting is not None:
                key = str(resource.key_of(fitting)) if resource.identity else str(len(found))
                found.setdefault(key, fitting)
        return list(found.values())

    def without_identity(self, resource: Resource) -> dict[str, Any] | None:
        """Return the example of one record that does not name it, and so is that of any record; None for none."""
        if resource not in self._nameless:
            self._nameless[resource] = next(
                (one for one in self._of_one(resource) if resource.key_of(one) is None), None
            )
        return self._nameless[resource]

    def kinds(self, resource: Resource) -> dict[str, list[str]]:
        """Return what the records in the examples are of, by the members that say so: `type: PushEvent`."""
        if resource not in self._kinds:
            found: dict[str, dict[str, None]] = {}
            for shown in self._shown(resource):
                for name, value in shown.items():
                    if words_of(name)[-1:] in _KINDS and isinstance(value, str):
                        found.setdefault(name, {})[value] = None
            self._kinds[resource] = {name: list(values) for name, values in found.items()}
        return self._kinds[resource]

    def _shown(self, resource: Resource) -> Iterator[dict[str, Any]]:
        listing = self._resources.operation(resource.path, "get") if not resource.singleton else None
        if listing is not None:
            for schema, value in self._bodies(listing):
                place = list_place(self._shapes, schema)
                for step in place or ():
                    value = value.get(step) if isinstance(value, dict) else None  # noqa: PLW2901 (one step further in)
                if place is not None and isinstance(value, list):
                    yield from (element for element in value if isinstance(element, dict))
        if resource.singleton or resource.item is not None:
            yield from self._of_one(resource)

    def _of_one(self, resource: Resource) -> Iterator[dict[str, Any]]:
        """Yield the examples of the operation that shows one record."""
        operation = self._resources.operation(resource.item or resource.path, "get")
        if operation is None:
            return
        for schema, value in self._bodies(operation):
            for step in response_place(self._shapes, self._shapes.of(schema), resource):
                if isinstance(step, int):
                    value = value[0] if isinstance(value, list) and value else None  # noqa: PLW2901 (one step further in)
                else:
                    value = value.get(step) if isinstance(value, dict) else None  # noqa: PLW2901 (as above)
            if isinstance(value, dict):
                yield value

    def _bodies(self, operation: Operation) -> Iterator[tuple[Schema, Any]]:
        """Yield the examples of an operation's success, each with its schema."""
        declared = success_of(operation)
        for media in declared.media_types.values() if declared is not None else ():
            if media.schema is not None and media.json:
                yield from ((media.schema, example) for example in media.examples.values())

    def _fitted(
        self, resource: Resource, shown: dict[str, Any], random: Random, now: datetime
    ) -> dict[str, Any] | None:
        assert resource.shape is not None  # noqa: S101 (looked at by the caller)
        schema = resource.shape.schema
        if schema.is_valid(shown):
            return dict(shown)
        try:
            made = self._generator.value(schema, random, now, given=pruned(schema, shown), optional=0.0)
        except Unsatisfiable:
            return None
        return made if isinstance(made, dict) else None
