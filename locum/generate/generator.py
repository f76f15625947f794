"""Values made from the schemas of a document, such that they fit."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from locum.generate.generation import Generation, Unsatisfiable, Wishes
from locum.generate.planning.nodes import Planner, RelaxedPlanner
from locum.openapi.patterns import allowance
from locum.openapi.schemas.dialects import Direction
from locum.world.clock import EPOCH
from locum.world.identifiers import chance

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
"""How a value is made that fits: at once, as nearly all are; then with a judge of each uncertain part."""

_ATTEMPTS_AROUND = (
    (False, False, True, False),
    (True, False, True, False),
    (False, False, True, True),
    (True, False, True, True),
    (True, True, False, True),
)
"""How one is made around what is given: if possible by alternatives in which all of that travels this way. Little is
left to chance then, so nothing is tried twice."""

_MOST_ERRORS = 50
"""Errors of a value that are looked at."""

_MOST_OFTEN = 0.9
"""How often a request has a property that it need not have; what a server answers is whole."""


class Generator:
    """Makes values that fit the schemas of one document."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self.locale = "en"
        """Whose words are used: a value of `Locale`; to be set before the first value is generated."""
        self._planners: dict[tuple[Direction, bool], Planner] = {}
        self._roots: dict[tuple[Schema, bool], Node] = {}
        self._hopeless: dict[Schema, bool] = {}

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
        alike: bool = False,
        fresh: bool = False,
        turn: int | None = None,
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
            alike: Whether values have the form of declared examples, where these themselves are not served.
            fresh: Whether it is a record that is made now: what may have happened to it has not.
            turn: Which of a row of values it is; each takes the next words of a list, so that they differ.

        Raises Unsatisfiable where none is found.

        """
        often = (1.0 if schema.direction is Direction.RESPONSE else _MOST_OFTEN) if optional is None else optional
        wishes = Wishes(
            examples,
            often,
            None if given is None else dict(given),
            optional or 0.0,
            frozenset(wanted),
            alike=alike,
            fresh=fresh,
            turn=turn,
            locale=self.locale,
        )
        with allowance():
            return self._value(schema, random, now, wishes, given)

    def _value(
        self, schema: Schema, random: Random, now: datetime, wishes: Wishes, given: Mapping[str, Any] | None
    ) -> Any:
        """Do what `value` says, within an allowance."""
        root = self._root(schema, relaxed=False)
        suspects = None
        for number, attempt in enumerate(_ATTEMPTS if given is None else _ATTEMPTS_AROUND):
            if number == 1 and given is None and self.is_hopeless(schema):
                break
            value = _attempted(root, random, now, wishes, attempt, suspects)
            if value is _NONE:
                continue
            if schema.is_valid(value) and (given is None or isinstance(value, dict)):
                return value
            if number == 0 and given is not None:
                suspects = _suspects(schema, value)
        what = "that keeps what is given and fits" if given is not None else "that fits"
        message = f"No value was found {what} the schema at #{schema.pointer}."
        raise Unsatisfiable(message)

    def is_hopeless(self, schema: Schema) -> bool:
        """Return whether no value is known to fit a schema.

        That depends on the schema alone, neither on the seed nor on what was generated before.
        """
        known = self._hopeless.get(schema)
        if known is None:
            root, random = self._root(schema, relaxed=False), chance(0, schema.pointer)
            values = (_attempted(root, random, EPOCH, Wishes(), attempt) for attempt in _ATTEMPTS)
            known = not any(value is not _NONE and schema.is_valid(value) for value in values)
            self._hopeless[schema] = known
        return known

    def closest(self, schema: Schema, random: Random, now: datetime, *, examples: bool = True) -> Any:
        """Return a value that is close to a schema that is hopeless: see `planning/relaxations.py`."""
        root, wishes = self._root(schema, relaxed=True), Wishes(examples=examples, locale=self.locale)
        for number in range(3):
            source = chance(number, schema.pointer) if number else random
            with allowance():
                value = _attempted(root, source, now, wishes, (True, number > 1, True, True))
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
    """Name the members of an object that break its schema; None where it is the object as a whole that does."""
    found: set[str] = set()
    for error in islice(schema.errors(value), _MOST_ERRORS):
        if not error.instance_path and error.kind.name != "required":
            return None
        found.update(error.instance_path[:1])
    return frozenset(found) if len(found) < _MOST_ERRORS else None


def _attempted(  # noqa: PLR0913, PLR0917 (an attempt, and what it is made of)
    root: Node,
    random: Random,
    now: datetime,
    wishes: Wishes,
    attempt: tuple[bool, bool, bool, bool],
    suspects: frozenset[str] | None = None,
) -> Any:
    """Return a value that is made in one way, whether or not it fits; `_NONE` where there is none."""
    careful, lean, examples, dropping = attempt
    wishes = wishes._replace(examples=wishes.examples and examples, dropping=dropping)
    run = Generation(random, now, wishes, careful=careful, lean=lean)
    run.suspects = suspects
    try:
        return root.make(run, 0)
    except (Unsatisfiable, RecursionError):  # alternatives within alternatives may be nested without end
        return _NONE
