"""Examples: the records that a document itself shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.behaviour.lists.envelopes import list_place
from locum.behaviour.playing.views import pruned
from locum.behaviour.reading.identities import record_place
from locum.behaviour.reading.resources import success_of
from locum.openapi.pointers import at, follow, join
from locum.synthesis.values import Unsatisfiable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from random import Random

    from locum.behaviour.reading.resources import Resource
    from locum.behaviour.reading.shapes import Shapes
    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.synthesis.values import Synthesiser

__all__ = ["Examples"]


class Examples:
    """Finds the records in the examples of the operations that list and show a resource."""

    def __init__(self, contract: Contract, shapes: Shapes, synthesiser: Synthesiser) -> None:
        self._contract = contract
        self._shapes = shapes
        self._synthesiser = synthesiser

    def of(self, resource: Resource, random: Random, now: datetime) -> list[dict[str, Any]]:
        """Return the records of a resource that examples show, each once, completed to fit its schema."""
        if resource.shape is None:
            return []
        found: dict[str, dict[str, Any]] = {}
        for shown in self._shown(resource):
            fitting = self._fitted(resource, shown, random, now)
            if fitting is not None:
                key = str(fitting.get(resource.member)) if resource.member else str(len(found))
                found.setdefault(key, fitting)
        return list(found.values())

    def _shown(self, resource: Resource) -> Iterator[dict[str, Any]]:
        operations = self._contract.operations
        listing = operations.get((resource.path, "get")) if not resource.singleton else None
        if listing is not None:
            for schema, value in self._bodies(listing):
                place = list_place(self._shapes, schema)
                for step in place or ():
                    value = value.get(step) if isinstance(value, dict) else None  # noqa: PLW2901 (one step further in)
                if place is not None and isinstance(value, list):
                    yield from (element for element in value if isinstance(element, dict))
        one = operations.get((resource.item or resource.path, "get"))
        if one is not None and one is not listing:
            for schema, value in self._bodies(one):
                for step in record_place(self._shapes, self._shapes.of(schema)) or ():
                    value = value.get(step) if isinstance(value, dict) else None  # noqa: PLW2901 (as above)
                if isinstance(value, dict):
                    yield value

    def _bodies(self, operation: Operation) -> Iterator[tuple[Any, Any]]:
        """Yield the examples of an operation's success, each with its schema."""
        declared = success_of(operation)
        if declared is None:
            return
        document = self._contract.document.content
        for name, media in (at(document, declared.pointer).get("content") or {}).items():
            compiled = next((one for one in declared.media_types.values() if one.declared == name), None)
            if compiled is None or compiled.schema is None or not compiled.json:
                continue
            if "example" in media:
                yield compiled.schema, media["example"]
            for title in media.get("examples") or {}:
                example = follow(document, at(document, join(declared.pointer, "content", name, "examples", title)))
                if isinstance(example, dict) and "value" in example:
                    yield compiled.schema, example["value"]

    def _fitted(
        self, resource: Resource, shown: dict[str, Any], random: Random, now: datetime
    ) -> dict[str, Any] | None:
        assert resource.shape is not None  # noqa: S101 (looked at by the caller)
        schema = resource.shape.schema
        if schema.is_valid(shown):
            return dict(shown)
        try:
            made = self._synthesiser.value(schema, random, now, given=pruned(schema, shown), optional=0.0)
        except Unsatisfiable:
            return None
        return made if isinstance(made, dict) else None
