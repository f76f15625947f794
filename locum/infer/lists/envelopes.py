"""Envelopes: what is said around a list, and the answer that holds both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.generate.generator import Unsatisfiable
from locum.infer.lists.envelope_levels import Level
from locum.infer.lists.envelope_members import PageFacts
from locum.infer.resources.kinds import kinds_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from random import Random

    from locum.generate.generator import Generator
    from locum.infer.lists.paging import Window
    from locum.infer.resources.shapes import Shapes
    from locum.openapi.compile.schemas import Schema

__all__ = ["Envelope"]


_BOUNDS = frozenset({"minItems", "maxItems", "uniqueItems", "contains", "allOf", "anyOf", "oneOf"})
"""What a list may say of all its items together; it is asked of all of them."""


class Envelope:
    """What is around the list of one operation's answers, at every level."""

    def __init__(self, shapes: Shapes, generator: Generator, schema: Schema, place: tuple[str, ...]) -> None:
        self._generator = generator
        self._schema = schema
        self._place = place
        self._levels: list[Level] = []
        shape = shapes.of(schema)
        for depth, step in enumerate(place):
            self._levels.append(Level(shapes, shape, place[depth - 1] if depth else "", step))
            shape = shapes.of(shape.properties[step])
        raw = shape.schema.raw if isinstance(shape.schema.raw, dict) else {}
        self._kinds = kinds_in(shapes.of(schema), generator)
        self._bounded = bool(_BOUNDS & raw.keys())

    @property
    def has_cursor(self) -> bool:
        """Whether any level says where the next page begins."""
        return any(level.cursor_kinds for level in self._levels)

    @property
    def counts(self) -> bool:
        """Whether what says where the next page begins is a number."""
        return self.has_cursor and not any("string" in level.cursor_kinds for level in self._levels)

    def fill(  # noqa: PLR0913, PLR0917 (a page, and what is known of it)
        self,
        elements: list[Any],
        window: Window,
        links: Mapping[str, str],
        random: Random,
        now: datetime,
        keys: Sequence[Any] = (),
        version: Callable[[], Any] = lambda: None,
    ) -> Any:
        """Return the answer that holds the elements, which are trusted to be valid and not copied.

        What is known is said truthfully; what is not, and must be there, is generated. Raises Unsatisfiable.
        """
        if not self._place:
            return elements
        first, last = (keys[0], keys[-1]) if keys else (None, None)
        facts = PageFacts(window, links, first, last, version)
        for whole in (True, False):
            try:
                body, holder = self._built(facts, random, now, whole=whole)
            except Unsatisfiable:
                continue
            if self._fits(body, holder, elements):
                return body
        return self._made_up(elements, facts, random, now)

    def _built(
        self, facts: PageFacts, random: Random, now: datetime, *, whole: bool
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the body without its list, and the object in it that the list belongs in."""
        body: dict[str, Any] = dict(self._kinds) if whole else {}
        holder = body
        for depth, level in enumerate(self._levels):
            if depth:
                inner: dict[str, Any] = {}
                holder[self._place[depth - 1]] = inner
                holder = inner
            level.fill(holder, facts, whole=whole)
            for name, schema in level.required:
                if name not in holder:
                    holder[name] = [] if schema.is_valid([]) else self._generator.value(schema, random, now)
        return body, holder

    def _fits(self, body: dict[str, Any], holder: dict[str, Any], elements: list[Any]) -> bool:
        """Put the elements in place, and say whether what is around them is valid."""
        last = self._place[-1]
        if not self._bounded:
            holder[last] = elements[:1]  # one stands for all: what is said around them is in question
            if self._schema.is_valid(body):
                holder[last] = elements
                return True
        holder[last] = elements
        return bool(self._schema.is_valid(body))

    def _made_up(self, elements: list[Any], facts: PageFacts, random: Random, now: datetime) -> Any:
        """Generate the rest, with as much of what is known as fits."""
        for known in (True, False):
            given: Any = elements
            for level, step in zip(reversed(self._levels), reversed(self._place), strict=True):
                said = level.fill({}, facts, whole=False) if known else {}
                given = {**said, step: given}
            try:
                body = self._generator.value(self._schema, random, now, given=given)
            except Unsatisfiable:
                continue
            holder = body
            for step in self._place[:-1]:
                holder = holder.get(step) if isinstance(holder, dict) else None
            if isinstance(holder, dict):
                holder[self._place[-1]] = elements
                if self._schema.is_valid(body):
                    return body
        message = f"The list does not fit the schema at #{self._schema.pointer}, whatever is said around it."
        raise Unsatisfiable(message)
