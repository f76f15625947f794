"""Numbers: of a range and a step, near what the name of a property suggests."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, gcd, lcm, ulp
from typing import TYPE_CHECKING, Any

from locum.synthesis.runs import Unsatisfiable
from locum.synthesis.vocabulary.ranges import is_counted, is_moment, usual_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.synthesis.planning.parts import Bound, Merged
    from locum.synthesis.runs import Run
    from locum.synthesis.vocabulary.hints import Hint

__all__ = ["number_maker", "whole_numbers"]

_EXACT = 2**53 - 1
"""The largest whole number that every reader of JSON keeps (RFC 8259, section 6)."""

_INT32 = 2**31 - 1


def number_maker(merged: Merged, hint: Hint, *, whole: bool) -> Callable[[Run], int | float]:
    """Return the maker of the numbers that a schema admits. Raises Unsatisfiable."""
    usual = usual_range(hint)
    for step in _steps(merged, hint, whole=whole):
        first, last = _ends(merged, step)
        if "int32" in merged.formats and first is not None:
            last = min(floor(_INT32 / step), _INT32 if last is None else last)
        if first is not None and last is not None and first > last:
            continue
        if usual is None and whole and is_moment(hint) and first is None and last is None:
            return lambda run: int(run.moment(-300, -1).timestamp())
        return _drawn(*_window(first, last, step, usual), step)
    raise Unsatisfiable


def whole_numbers(merged: Merged) -> tuple[int, int] | None:
    """Return the first and the last of the whole numbers that a schema admits, if both are set and no step is."""
    first, last = _ends(merged, Fraction(1))
    return None if first is None or last is None or merged.multiples else (first, last)


def _exact(number: Any) -> Fraction:
    return Fraction(Decimal(str(number)))


def _steps(merged: Merged, hint: Hint, *, whole: bool) -> Iterator[Fraction]:
    """Yield the steps that numbers may go by, the believable one first."""
    step: Fraction | None = None
    for multiple in merged.multiples:
        other = abs(_exact(multiple))
        # The smallest step that is a multiple of both.
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
    """Return a hundredth, or a smaller step where the range is narrow."""
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
    """Return a believable part of the range, counted in steps."""
    low, high = usual or (1, 1_000)
    least, most = ceil(low / step), floor(high / step)
    if least > most:  # the step is wider than what is usual
        least, most = 1, 3
    width = most - least
    within = least if first is None else max(least, first), most if last is None else min(most, last)
    if within[1] - within[0] < width // 10:  # the range is another one than the usual
        within = _beside(first, last, step, width)
    edge = floor(_EXACT / step)
    if within[0] <= edge and within[1] >= -edge:
        within = max(within[0], -edge), min(within[1], edge)
    return within


def _beside(first: int | None, last: int | None, step: Fraction, width: int) -> tuple[int, int]:
    """Return the range, or as wide a part of it as is usual at its only end."""
    if first is not None and last is not None:
        return first, last
    end = first if first is not None else last or 0
    width = max(width, 100, ceil(16 * Fraction(ulp(float(end * step))) / step))  # some floats, at least
    return (end, end + width) if first is not None else (end - width, end)


def _drawn(least: int, most: int, step: Fraction) -> Callable[[Run], int | float]:
    width = most - least + 1
    above, below = step.numerator, step.denominator
    if width > _EXACT:  # more than a random float tells apart
        return lambda run: _times(least + run.random.randrange(width), above, below)
    if step == 1:
        return lambda run: least + int(run.uniform() * width)
    if below == 1:
        return lambda run: (least + int(run.uniform() * width)) * above
    # A quotient of two whole numbers is the float nearest to it, as the digits read back would be.
    return lambda run: (least + int(run.uniform() * width)) * above / below


def _times(count: int, above: int, below: int) -> int | float:
    return count * above / below if below > 1 else count * above
