"""Enumerations: values that are known one by one, and those that are excluded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.generate.generation import SELDOM, Unsatisfiable
from locum.generate.generators.copies import copier
from locum.generate.generators.numbers import whole_numbers
from locum.generate.planning.parts import canonical, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from locum.generate.generation import Generation, Make
    from locum.generate.planning.parts import Merged
    from locum.generate.vocabulary.texts import Text

__all__ = ["counted", "declared", "other_than"]

_FEW = 1_000
"""Whole numbers that are counted through."""

_TRIES = 20
"""Values that are made in search of one that is not excluded."""


def counted(merged: Merged, judge: Callable[[Any], bool]) -> Sequence[Any]:
    """Return all values that schemas admit, where they are few and known."""
    if merged.enum is not None:
        return [
            value
            for value in merged.enum
            if _is_of(value, merged.types)
            and canonical(value) not in merged.excluded
            and (not merged.limited or judge(value))
        ] or (merged.enum if merged.relaxed else [])
    kinds = {"integer" if kind == "number" else kind for kind in merged.types}
    if merged.choices or kinds - {"boolean", "integer", "null"}:
        return ()
    found: list[Any] = [False, True] if "boolean" in kinds else []
    found += [None] if "null" in kinds else []
    if "integer" in kinds:
        span = whole_numbers(merged)
        if span is None or span[1] - span[0] > _FEW:
            return ()
        found += range(span[0], span[1] + 1)
    return [value for value in found if canonical(value) not in merged.excluded]


def _is_of(value: Any, types: Sequence[str]) -> bool:
    kind = kind_of(value)
    if kind == "number" and "number" not in types:
        return "integer" in types and value.is_integer()
    return kind in types or (kind == "integer" and "number" in types)


def declared(values: Sequence[Any], *, seldom_null: bool, text: Text | None = None) -> Make:
    """Return the generator of enumerated values; null is rare, and the value that a name stands for is the first."""
    if not values:
        raise Unsatisfiable
    usual = [value for value in values if value is not None] or [None]
    seldom = SELDOM if len(usual) < len(values) and seldom_null else 0.0
    alone = copier(usual[0]) if len(values) == 1 else None

    def pick(run: Generation, depth: int) -> Any:
        if run.completes(depth):
            raise Unsatisfiable  # it is one of these as it is, or none
        if alone is not None:
            return alone()
        if seldom and run.uniform() < seldom:
            return None
        if text is not None:
            named = text(run)
            for value in (named, named.lower(), named.upper()):
                if value in usual:
                    return value
        value = run.pick(usual)
        return copier(value)() if isinstance(value, dict | list) else value

    return pick


def other_than(excluded: set[Any], make: Make, values: Sequence[Any]) -> Make:
    """Return a generator whose values are none of those excluded."""
    if values:
        return declared(values, seldom_null=True)

    def other(run: Generation, depth: int) -> Any:
        for _ in range(_TRIES):
            value = make(run, depth)
            if canonical(value) not in excluded:
                return value
        raise Unsatisfiable

    return other
