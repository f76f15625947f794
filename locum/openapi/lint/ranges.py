"""Ranges: which numbers and counts some schemas leave together."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["NUMERIC", "Range", "counts_of", "gap_in", "range_of"]

NUMERIC = frozenset({"integer", "number"})

_End = tuple[Fraction, bool, str, Any]
"""One end: the bound (negated for an upper one), whether it is left out, its keyword, and as it is written."""


class Range(NamedTuple):
    """What numbers a group of schemas leaves: the ends, whether each is left out, and the keywords they are from."""

    low: Fraction | None
    high: Fraction | None
    is_open: tuple[bool, bool]
    steps: tuple[Fraction, ...]
    keywords: tuple[str, ...]
    texts: tuple[str, ...]


def range_of(schemas: Iterable[dict[str, Any]]) -> Range:
    """Return the range that all of some schemas leave."""
    lows: list[_End] = []
    highs: list[_End] = []
    steps: list[Fraction] = []
    for schema in schemas:
        for plain, exclusive, ends, sign in (
            ("minimum", "exclusiveMinimum", lows, 1),
            ("maximum", "exclusiveMaximum", highs, -1),
        ):
            is_open = schema.get(exclusive)
            if plain in schema:
                ends.append((sign * _exact(schema[plain]), is_open is True, plain, schema[plain]))
            if is_open is not None and not isinstance(is_open, bool):
                ends.append((sign * _exact(is_open), True, exclusive, is_open))
        if "multipleOf" in schema:
            steps.append(_exact(schema["multipleOf"]))
    low, high = max(lows, default=None), max(highs, default=None)
    ends = [end for end in (low, high) if end is not None]
    return Range(
        None if low is None else low[0],
        None if high is None else -high[0],
        (low is not None and low[1], high is not None and high[1]),
        tuple(steps),
        tuple(end[2] for end in ends),
        tuple(f"{end[2]} {end[3]}" for end in ends),
    )


def _exact(number: float) -> Fraction:
    return Fraction(str(number))


def gap_in(found: Range, kinds: frozenset[str]) -> str:
    """Return why a range leaves no number, empty where it leaves one."""
    low, high = found.low, found.high
    if low is None or high is None:
        return ""
    ends = " and ".join(found.texts)
    if low > high or (low == high and any(found.is_open)):
        return f"{ends} leave no number."
    steps = [*((Fraction(1),) if kinds & NUMERIC == {"integer"} else ()), *found.steps]
    for step in steps:
        first = math.ceil(low / step) * step
        if found.is_open[0] and first == low:
            first += step
        if first > high or (found.is_open[1] and first == high):
            what = "whole number" if step == 1 else f"multiple of {float(step):g}"
            return f"{ends} leave no {what}."
    return ""


def counts_of(schemas: Iterable[dict[str, Any]], least: str, most: str) -> tuple[int, float]:
    """Return the largest lower and the smallest upper limit of a count."""
    schemas = list(schemas)
    low = max((schema[least] for schema in schemas if least in schema), default=0)
    return low, min((schema[most] for schema in schemas if most in schema), default=math.inf)
