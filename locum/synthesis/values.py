"""Values made from the schemas of a document, such that they fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.synthesis.planning.nodes import Node, Planner
from locum.synthesis.runs import Run, Unsatisfiable

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from locum.contract.dialects import Direction
    from locum.contract.schemas import Schema, Schemas

__all__ = ["Synthesiser", "Unsatisfiable"]

_ATTEMPTS = (
    # careful, lean, with examples
    (False, False, True),
    (True, False, True),
    (True, False, False),
    (True, True, False),
    (True, False, False),
    (True, True, False),
)
"""How a value is made that fits: at once, as nearly all are; then with a judge of each uncertain part."""


class Synthesiser:
    """Makes values that fit the schemas of one document."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._planners: dict[Direction, Planner] = {}
        self._roots: dict[Schema, Node] = {}

    def value(self, schema: Schema, random: Random, now: datetime, *, examples: bool = True) -> Any:
        """Return a value that `schema.is_valid` accepts; declared examples are served if `examples` says so.

        Raises Unsatisfiable where none is found.
        """
        root = self._root(schema)
        for careful, lean, with_examples in _ATTEMPTS:
            run = Run(random, now, examples=examples and with_examples, careful=careful, lean=lean)
            try:
                value = root.make(run, 0)
            except Unsatisfiable:
                continue
            if schema.is_valid(value):
                return value
        message = f"No value was found that fits the schema at #{schema.pointer}."
        raise Unsatisfiable(message)

    def _root(self, schema: Schema) -> Node:
        root = self._roots.get(schema)
        if root is None:
            planner = self._planners.get(schema.direction)
            if planner is None:
                planner = self._planners[schema.direction] = Planner(self._schemas, schema.direction)
            root = self._roots[schema] = planner.root(schema.pointer)
        return root
