"""Envelopes: how a list stands in an answer, and what is said around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from random import Random

    from locum.behaviour.paging import Window
    from locum.behaviour.shapes import Shapes
    from locum.contract.schemas import Schema
    from locum.synthesis.values import Synthesiser

__all__ = ["Envelope", "list_place"]


def list_place(shapes: Shapes, schema: Schema, hint: Callable[[Schema], bool] | None = None) -> tuple[str, ...] | None:
    """Return where the list stands in an answer: `()` for a bare array, `("data",)`; None without a list."""
    del hint
    shape = shapes.of(schema)
    if shape.is_array:
        return ()
    for name, inner in shape.properties.items():
        if shapes.of(inner).is_array:
            return (name,)
    return None


class Envelope:
    """What is around the list of one operation."""

    def __init__(self, shapes: Shapes, synthesiser: Synthesiser, schema: Schema, place: tuple[str, ...]) -> None:
        self._shapes, self._synthesiser, self._schema, self._place = shapes, synthesiser, schema, place

    def fill(self, elements: list[Any], window: Window, links: Mapping[str, str], random: Random, now: datetime) -> Any:
        """Return the answer that holds the elements. Raises Unsatisfiable."""
        del window, links
        if not self._place:
            return elements
        given: Any = elements
        for name in reversed(self._place):
            given = {name: given}
        return self._synthesiser.value(self._schema, random, now, given=given)
