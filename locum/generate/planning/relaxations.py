"""Relaxations: the closest value where none fits, and what gives way for it, in a fixed order.

A place is relaxed only if no value was found for it, and no further than need be: what is around it and
beside it stays as the schemas want it. Types, properties, enumerations and examples stay longest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.generate.generation import Generation, Unsatisfiable, Wishes
from locum.generate.generators.numbers import whole_numbers
from locum.generate.planning.merging import merge
from locum.generate.planning.nodes import Node, Planner, impossible
from locum.generate.planning.parts import TYPES
from locum.state.chance import chance
from locum.state.clock import EPOCH

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.generate.generation import Make
    from locum.generate.planning.parts import Merged

__all__ = ["RelaxedPlanner"]

_PAIRS = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties"))


def _cross(merged: Merged) -> None:
    """Let an upper bound give way that is below the lower one, and an enumeration that is empty."""
    span = whole_numbers(merged) if merged.low and merged.high and "number" not in merged.types else None
    if merged.low and merged.high and (merged.high.value < merged.low.value or (span and span[1] < span[0])):
        merged.high = None
    for low, high in _PAIRS:
        if merged.most.get(high, merged.least.get(low, 0)) < merged.least.get(low, 0):
            del merged.most[high]
    merged.enum = merged.enum or None


def _loosen(merged: Merged) -> None:
    """Let the rules for single texts, numbers, items and names give way."""
    merged.patterns, merged.formats, merged.multiples = [], [], []
    merged.excluded, merged.contains, merged.names = set(), [], []
    merged.dependents, merged.unique, merged.repeats = {}, False, False


def _unbound(merged: Merged) -> None:
    """Let every bound give way."""
    merged.low = merged.high = None
    merged.least, merged.most = {}, {}


def _open(merged: Merged) -> None:
    """Let what is forbidden be there where it is required."""
    merged.open, merged.never = True, False
    merged.types = merged.types or TYPES


def _undemanding(merged: Merged) -> None:
    """Let alternatives give way, and what must be there."""
    merged.choices, merged.required = [], {}


_RELAXATIONS = (_cross, _loosen, _unbound, _open, _undemanding)


class RelaxedPlanner(Planner):
    """Plans the closest values: as `strict` does where it can."""

    def __init__(self, strict: Planner) -> None:
        super().__init__(strict.schemas, strict.direction)
        self.strict = strict


class _RelaxedNode(Node):
    """One place, of which a value is made in any case."""

    __slots__ = ()

    def _plan(self) -> Make:
        planner = self._planner
        assert isinstance(planner, RelaxedPlanner)  # noqa: S101 (it alone makes such nodes)
        self.make = impossible  # within itself, until it is planned
        strict = planner.strict.node(self._roots, self._hint, self._decided)
        if _works(strict.make):
            self._generator, self._values = strict._generator, strict._values  # noqa: SLF001 (one of its own kind)
            return strict.make
        for count in range(len(_RELAXATIONS) + 1):
            merged = merge(self._roots, dict(self._decided), planner.choices, relaxed=count > 0)
            merged.uncertain = False
            for relax in _RELAXATIONS[:count]:
                relax(merged)
            try:
                make = self._make_of(merged, _anything)
            except Unsatisfiable:
                continue
            if _works(make):
                return make
        raise Unsatisfiable


RelaxedPlanner.node_type = _RelaxedNode


def _anything(_value: Any) -> bool:
    return True


def _works(make: Callable[[Generation, int], Any]) -> bool:
    """Whether a value comes of it. That depends on the schemas alone, whatever is asked for first."""
    for lean in (False, True):
        try:
            make(Generation(chance(0), EPOCH, Wishes(), careful=True, lean=lean), 0)
        except (Unsatisfiable, RecursionError):
            continue
        return True
    return False
