"""Values made from the schemas of a document, such that they fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.openapi.compile.dialects import Direction
from locum.synthesis.planning.nodes import Node, Planner
from locum.synthesis.runs import Run, Unsatisfiable, Wishes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from random import Random

    from locum.openapi.compile.schemas import Schema, Schemas

__all__ = ["Synthesiser", "Unsatisfiable"]

_ATTEMPTS = (
    # careful, lean, with examples, dropping
    (False, False, True, True),
    (True, False, True, True),
    (True, False, False, True),
    (True, True, False, True),
    (True, False, False, True),
    (True, True, False, True),
)
"""How a value is made that fits: at once, as nearly all are; then with a judge of each uncertain part."""

_ATTEMPTS_AROUND = ((False, False, True, False), (True, False, True, False), *_ATTEMPTS)
"""How one is made around what is given: if possible by alternatives in which all of that travels this way."""

_MOST_OFTEN = 0.9
"""How often a request has a property that it need not have; what a server answers is whole."""


class Synthesiser:
    """Makes values that fit the schemas of one document."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._planners: dict[Direction, Planner] = {}
        self._roots: dict[Schema, Node] = {}

    def value(  # noqa: PLR0913 (each is a wish of its own)
        self,
        schema: Schema,
        random: Random,
        now: datetime,
        *,
        examples: bool = True,
        optional: float | None = None,
        given: Mapping[str, Any] | None = None,
        wanted: Collection[str] = (),
    ) -> Any:
        """Return a value that `schema.is_valid` accepts.

        Args:
            schema: What the value fits, in the direction in which it travels.
            random: Decides what is left open; the same random gives the same value.
            now: The time that dates are near to.
            examples: Whether declared examples are served.
            optional: How often, from 0 to 1, a property is there that need not be; where nothing is said,
                always in a response and mostly in a request. A schema within itself comes to an end all the same.
            given: Members that the value keeps. Those that do not travel this way are left out. Added is what is
                required, what is readOnly, what has a default, and what is `wanted`; other optional properties only
                as `optional` says.
            wanted: Names of further properties that join those given, such as `created_at`.

        Raises Unsatisfiable where none is found.

        """
        root = self._root(schema)
        often = (1.0 if schema.direction is Direction.RESPONSE else _MOST_OFTEN) if optional is None else optional
        wishes = Wishes(examples, often, None if given is None else dict(given), optional or 0.0, frozenset(wanted))
        for careful, lean, with_examples, dropping in _ATTEMPTS if given is None else _ATTEMPTS_AROUND:
            attempt = wishes._replace(examples=examples and with_examples, dropping=dropping)
            try:
                value = root.make(Run(random, now, attempt, careful=careful, lean=lean), 0)
            except (Unsatisfiable, RecursionError):  # alternatives within alternatives may be nested without end
                continue
            if schema.is_valid(value) and (given is None or isinstance(value, dict)):
                return value
        what = "that keeps what is given and fits" if given is not None else "that fits"
        message = f"No value was found {what} the schema at #{schema.pointer}."
        raise Unsatisfiable(message)

    def _root(self, schema: Schema) -> Node:
        root = self._roots.get(schema)
        if root is None:
            planner = self._planners.get(schema.direction)
            if planner is None:
                planner = self._planners[schema.direction] = Planner(self._schemas, schema.direction)
            root = self._roots[schema] = planner.root(schema.pointer)
        return root
