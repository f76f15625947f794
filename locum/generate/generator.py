"""Generator: the entry point; generates values that fit the schemas of a document."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from locum.generate.generation import Generation, GenerationOptions, Unsatisfiable
from locum.generate.planning.nodes import Planner, RelaxedPlanner
from locum.openapi.patterns import allowance
from locum.openapi.schemas.dialects import Direction
from locum.world.clock import EPOCH
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from random import Random

    from locum.generate.planning.nodes import Node
    from locum.openapi.schemas.schemas import Schema, Schemas

__all__ = ["Generator", "Unsatisfiable"]

_ATTEMPTS = (
    # careful, lean, with examples, dropping
    (False, False, True, True),
    (True, False, True, True),
    (True, False, False, True),
    (True, True, False, True),
    (True, False, False, True),
    (True, True, False, True),
)
"""The attempts at a value: first without checks, which nearly always fits, then with a check of each uncertain part."""

_ATTEMPTS_AROUND = (
    (False, False, True, False),
    (True, False, True, False),
    (False, False, True, True),
    (True, False, True, True),
    (True, True, False, True),
)
"""The attempts at a value around given members, first with alternatives that keep all of them in this direction.
Little is random then, so no attempt is repeated."""

_MOST_ERRORS = 50
"""Limit of the errors of a value that are examined."""

_MOST_OFTEN = 0.9
"""The probability of an optional property in a request; responses have all of them."""


class Generator:
    """Generates values that fit the schemas of one document."""

    def __init__(self, schemas: Schemas, locale: str = "en") -> None:
        """Prepare; `locale` is the language of the words: a value of `Locale`."""
        self._schemas = schemas
        self._locale = locale
        self._planners: dict[tuple[Direction, bool], Planner] = {}
        self._roots: dict[tuple[Schema, bool], Node] = {}
        self._hopeless: dict[Schema, bool] = {}

    def value(  # noqa: PLR0913 (independent options)
        self,
        schema: Schema,
        random: Random,
        now: datetime,
        *,
        examples: bool = True,
        optional: float | None = None,
        given: Mapping[str, Any] | None = None,
        wanted: Collection[str] = (),
        alike: bool = False,
        fresh: bool = False,
        turn: int | None = None,
    ) -> Any:
        """Return a value that `schema.is_valid` accepts.

        Args:
            schema: The schema that the value fits, in its direction (request or response).
            random: The source of randomness; the same state gives the same value.
            now: The time that generated dates are near.
            examples: Whether declared examples are used.
            optional: The probability (0 to 1) of an optional property; by default 1 in a response and 0.9 in a
                request. Recursive schemas end in any case.
            given: Members that the value keeps, except those that are `readOnly` or `writeOnly` against the
                direction. Added are properties that are required, `readOnly`, with a default, or `wanted`, and other
                optional ones with the probability `optional`.
            wanted: Names of further properties to add to `given`, such as `created_at`.
            alike: Whether values have the form of declared examples if these are not used themselves.
            fresh: Whether the value is a record created now, to which nothing has happened yet.
            turn: The position in a series of values; each takes the next words of a list, so that they differ.

        Raises Unsatisfiable if no value is found.

        """
        often = (1.0 if schema.direction is Direction.RESPONSE else _MOST_OFTEN) if optional is None else optional
        options = GenerationOptions(
            examples,
            often,
            None if given is None else dict(given),
            optional or 0.0,
            frozenset(wanted),
            dropping=given is None,
            alike=alike,
            fresh=fresh,
            turn=turn,
            locale=self._locale,
        )
        with allowance():
            return self._value(schema, random, now, options, given)

    def _value(
        self, schema: Schema, random: Random, now: datetime, options: GenerationOptions, given: Mapping[str, Any] | None
    ) -> Any:
        """Generate a value; the caller limits the time for patterns (`allowance`)."""
        root = self._root(schema, relaxed=False)
        suspects = None
        for number, attempt in enumerate(_ATTEMPTS if given is None else _ATTEMPTS_AROUND):
            if number == 1 and given is None and self.is_hopeless(schema):
                break
            value = _attempted(root, random, now, options, attempt, suspects)
            if value is _NONE:
                continue
            if schema.is_valid(value) and (given is None or isinstance(value, dict)):
                return value
            if number == 0 and given is not None:
                suspects = _suspects(schema, value)
        what = "that keeps the given members and fits" if given is not None else "that fits"
        message = f"No value was found {what} the schema at #{schema.pointer}."
        raise Unsatisfiable(message)

    def is_hopeless(self, schema: Schema) -> bool:
        """Return whether no value is known to fit a schema.

        This depends only on the schema, not on the seed or earlier values.
        """
        known = self._hopeless.get(schema)
        if known is None:
            root, random = self._root(schema, relaxed=False), chance(0, schema.pointer)
            values = (_attempted(root, random, EPOCH, GenerationOptions(), attempt) for attempt in _ATTEMPTS)
            known = not any(value is not _NONE and schema.is_valid(value) for value in values)
            self._hopeless[schema] = known
        return known

    def closest(self, schema: Schema, random: Random, now: datetime, *, examples: bool = True) -> Any:
        """Return a value close to a schema that nothing fits; see `RelaxedPlanner` in `planning/nodes.py`."""
        root, options = self._root(schema, relaxed=True), GenerationOptions(examples=examples, locale=self._locale)
        for number in range(3):
            source = chance(number, schema.pointer) if number else random
            with allowance():
                value = _attempted(root, source, now, options, (True, number > 1, True, True))
            if value is not _NONE:
                return value
        return None

    def _root(self, schema: Schema, *, relaxed: bool) -> Node:
        root = self._roots.get((schema, relaxed))
        if root is None:
            root = self._roots[schema, relaxed] = self._planner(schema.direction, relaxed=relaxed).root(schema.pointer)
        return root

    def _planner(self, direction: Direction, *, relaxed: bool) -> Planner:
        planner = self._planners.get((direction, relaxed))
        if planner is None:
            strict = self._planner(direction, relaxed=False) if relaxed else None
            planner = Planner(self._schemas, direction) if strict is None else RelaxedPlanner(strict)
            self._planners[direction, relaxed] = planner
        return planner


_NONE: Any = object()


def _suspects(schema: Schema, value: Any) -> frozenset[str] | None:
    """Return the members of an object that violate its schema; None if the object as a whole does."""
    found: set[str] = set()
    for error in islice(schema.errors(value), _MOST_ERRORS):
        if not error.instance_path and error.kind.name != "required":
            return None
        found.update(error.instance_path[:1])
    return frozenset(found) if len(found) < _MOST_ERRORS else None


def _attempted(  # noqa: PLR0913, PLR0917 (an attempt and its options)
    root: Node,
    random: Random,
    now: datetime,
    options: GenerationOptions,
    attempt: tuple[bool, bool, bool, bool],
    suspects: frozenset[str] | None = None,
) -> Any:
    """Return the value of one attempt, which may not fit; `_NONE` if there is none."""
    careful, lean, examples, dropping = attempt
    examples = options.examples and examples
    if examples is not options.examples or dropping is not options.dropping:
        options = options._replace(examples=examples, dropping=dropping)
    run = Generation(random, now, options, careful=careful, lean=lean)
    run.suspects = suspects
    try:
        return root.make(run, 0)
    except (Unsatisfiable, RecursionError):  # nested alternatives may be infinite
        return _NONE
