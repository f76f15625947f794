"""Numbers: within a range and step, in a realistic range for the property's name."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, gcd, lcm, ulp
from sys import float_info
from typing import TYPE_CHECKING, Any

from locum.generate.generation import Unsatisfiable
from locum.generate.vocabulary.hints import tokens
from locum.generate.vocabulary.likeness import amounts, epoch_scale, number_like
from locum.generate.vocabulary.names import PLACED
from locum.generate.vocabulary.ranges import days_of, is_counted, is_moment, usual_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.generate.generation import Generation
    from locum.generate.planning.keywords import Bound, Merged
    from locum.generate.vocabulary.hints import Hint

__all__ = ["number_generator", "whole_numbers"]

_EXACT = 2**53 - 1
"""The largest whole number that all JSON parsers keep exactly (RFC 8259, section 6)."""

_WIDTHS = {"int8": 8, "int16": 16, "int32": 32, "int64": 64, "uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64}
"""Bits of whole numbers, by their format (OpenAPI Format Registry)."""

_MAX_FLOAT = int(float_info.max)
_MAX_WORD = 2**64 - 1
"""The largest whole number that is preferably generated as an integer."""


def number_generator(merged: Merged, hint: Hint, *, whole: bool) -> Callable[[Generation], int | float]:
    """Return the generator of a schema's numbers, near its examples if the generation is `alike`.

    Raises Unsatisfiable.
    """
    make = _number_generator(merged, hint, whole=whole)
    schemas = [*merged.described, *merged.fragments]
    example = next((schema["example"] for schema in schemas if isinstance(schema.get("example"), int | float)), None)
    near = None if example is None or hint.identifies or merged.multiples else number_like(example, hint.name)
    if near is None or (whole and not isinstance(example, int)):
        return make
    alike, low, high = near, merged.low, merged.high

    def made(run: Generation) -> int | float:
        if not run.alike or run.examples:
            return make(run)
        value = alike(run)
        if low is not None and (value < low.value or (low.exclusive and value == low.value)):
            return make(run)
        if high is not None and (value > high.value or (high.exclusive and value == high.value)):
            return make(run)
        return value

    return made


def _number_generator(merged: Merged, hint: Hint, *, whole: bool) -> Callable[[Generation], int | float]:
    placed = PLACED.get("_".join(tokens(hint.name)))
    if placed in {"latitude", "longitude"} and not whole and merged.low is None and merged.high is None:
        return lambda run: float(getattr(run.place, placed))
    usual = usual_range(hint)
    descriptions = [
        one["description"] for one in (*merged.described, *merged.fragments) if isinstance(one.get("description"), str)
    ]
    cents = whole and (amounts(descriptions) or ("amount" in tokens(hint.name) and merged.types == ("integer",)))
    if cents:
        usual = (500, 50_000)
    scale = epoch_scale(descriptions) if whole else 0
    for step in _steps(merged, hint, whole=whole):
        first, last = _ends(merged, step)
        if first is not None and last is not None and first > last:
            continue
        if whole and last is None and (first is None or first <= 1) and (scale or (usual is None and is_moment(hint))):
            ahead, until = days_of(hint.name)
            each = scale or 1
            return lambda run: int(run.moment(ahead, until).timestamp()) * each
        window = _window(first, last, step, usual)
        for low, high in _limits(merged, whole=whole):
            window = _within(window, first, last, (ceil(low / step), floor(high / step)))
        if cents and step == 1 and window[1] - window[0] > 1_000:  # noqa: PLR2004 (room for whole fifties)
            return _drawn(-(-window[0] // 50), window[1] // 50, Fraction(50))
        return _drawn(*window, step) if whole else _drawn_float(*window, step)
    raise Unsatisfiable


def whole_numbers(merged: Merged) -> tuple[int, int] | None:
    """Return the first and last whole number that a schema accepts; None if a bound is missing or it has a step."""
    first, last = _ends(merged, Fraction(1))
    return None if first is None or last is None or merged.multiples else (first, last)


def _limits(merged: Merged, *, whole: bool) -> Iterator[tuple[int, int]]:
    """Yield preferred ranges, applied as far as the bounds allow: of formats, and of exact numbers in JSON."""
    for name in merged.formats:
        bits = _WIDTHS.get(name)
        if bits is not None:
            yield (0, 2**bits - 1) if name.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    yield -_EXACT, _EXACT
    if whole:
        yield -(2**63), 2**63 - 1
        yield -(2**63), _MAX_WORD
    else:
        yield -_MAX_FLOAT, _MAX_FLOAT


def _within(window: tuple[int, int], first: int | None, last: int | None, limits: tuple[int, int]) -> tuple[int, int]:
    """Return the part of the window, else of the whole range, that is within the limits; else the window."""
    for low, high in (window, (first, last)):
        least = limits[0] if low is None else max(low, limits[0])
        most = limits[1] if high is None else min(high, limits[1])
        if least <= most:
            return least, most
    return window


def _exact(number: Any) -> Fraction:
    return Fraction(Decimal(str(number)))


def _steps(merged: Merged, hint: Hint, *, whole: bool) -> Iterator[Fraction]:
    """Yield possible steps, the realistic one first."""
    step: Fraction | None = None
    for multiple in merged.multiples:
        other = abs(_exact(multiple))
        # The least common multiple of both.
        step = (
            Fraction(lcm(step.numerator, other.numerator), gcd(step.denominator, other.denominator)) if step else other
        )
    if whole:
        yield Fraction(step.numerator) if step else Fraction(1)
    elif step:
        yield step
    else:
        if is_counted(hint):
            yield Fraction(1)
        yield _fine(merged.low, merged.high)


def _fine(low: Bound | None, high: Bound | None) -> Fraction:
    """Return a step of 0.01, or a smaller one for a narrow range."""
    step = Fraction(1, 100)
    if low is None or high is None:
        return step
    width = _exact(high.value) - _exact(low.value)
    if not width:
        return abs(_exact(low.value)) or step
    while 0 < width < 4 * step:
        step /= 10
    return step


def _ends(merged: Merged, step: Fraction) -> tuple[int | None, int | None]:
    """Return the first and the last multiple of the step within the range."""
    first = last = None
    if merged.low is not None:
        edge = _exact(merged.low.value) / step
        first = floor(edge) + 1 if merged.low.exclusive else ceil(edge)
    if merged.high is not None:
        edge = _exact(merged.high.value) / step
        last = ceil(edge) - 1 if merged.high.exclusive else floor(edge)
    return first, last


def _window(first: int | None, last: int | None, step: Fraction, usual: tuple[int, int] | None) -> tuple[int, int]:
    """Return a realistic part of the range, counted in steps."""
    low, high = usual or (1, 1_000)
    least, most = ceil(low / step), floor(high / step)
    if least > most:  # the step is larger than the usual range
        least, most = 1, 3
    width = most - least
    within = least if first is None else max(least, first), most if last is None else min(most, last)
    if within[1] - within[0] < width // 10:  # the range hardly overlaps the usual one
        return _beside(first, last, step, width)
    return within


def _beside(first: int | None, last: int | None, step: Fraction, width: int) -> tuple[int, int]:
    """Return the range, or a part of the usual width at its only bound."""
    if first is not None and last is not None:
        return first, last
    end = first if first is not None else last or 0
    width = max(width, 100, ceil(16 * Fraction(_spacing(end * step)) / step))  # at least some distinct floats
    return (end, end + width) if first is not None else (end - width, end)


def _spacing(number: Fraction) -> float:
    """Return the distance between a number and the next float."""
    return ulp(float(number)) if abs(number) <= _MAX_FLOAT else 0.0


def _drawn(least: int, most: int, step: Fraction) -> Callable[[Generation], int]:
    """Return the generator of whole numbers, `least` to `most` steps."""
    width, above = most - least + 1, step.numerator
    if width > _EXACT:  # too many values for one random float
        return lambda run: (least + run.random.randrange(width)) * above
    return lambda run: (least + int(run.uniform() * width)) * above


def _drawn_float(least: int, most: int, step: Fraction) -> Callable[[Generation], int | float]:
    """Return the generator of numbers, `least` to `most` steps."""
    above, below = step.numerator, step.denominator
    nearest = 0 if least <= 0 <= most else min(abs(least), abs(most))
    if (
        below > 1 and nearest * above > _EXACT * below
    ):  # floats of this size are whole numbers, farther apart than the step
        first, last = -(-least // below), most // below
        if first <= last:
            least, most, below = first, last, 1
    if below == 1 and nearest * above <= _MAX_WORD:
        return _drawn(least, most, Fraction(above))
    width = most - least + 1
    # The quotient of two integers is the nearest float, the same that parsing its digits gives.
    if width > _EXACT:
        return lambda run: (least + run.random.randrange(width)) * above / below
    return lambda run: (least + int(run.uniform() * width)) * above / below
