"""Find the operations that a request nearly matched, and the differences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from locum.openapi.compile.router import Segment
from locum.openapi.paths import path_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["NearMiss", "Offered", "near_misses"]

_EXPRESSION = re.compile(r"\{[^{}]*\}")
_MOST = 3
_TOO_FAR = 3.0
_METHOD, _BASE, _SLASH, _CASE, _STEP = 1.0, 0.5, 0.2, 0.3, 1.5
"""The cost of each difference. A misspelled segment costs between 0.5 and 1.5."""
_TEMPLATED = 0.2
"""The cost of a templated segment: any text matches it, so a match is weak evidence."""
_LONGEST = 100


class Offered(NamedTuple):
    """A served operation: its method, its path including the base path, its name, and its base path."""

    method: str
    template: str
    name: str
    base: str = ""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An operation that a request nearly matched."""

    method: str
    template: str
    name: str
    path: str
    """The path that would have matched."""
    sentence: str
    cost: float


@dataclass(frozen=True, slots=True)
class _Fit:
    """How a path differs from a template: the cost, the matching path, and the differences in words."""

    cost: float
    path: str
    reasons: tuple[str, ...] = ()


def near_misses(method: str, path: str, operations: Iterable[Offered]) -> list[NearMiss]:
    """Return the operations that a request nearly matched, closest first, at most three."""
    by_template: dict[str, list[Offered]] = {}
    for operation in operations:
        by_template.setdefault(operation.template, []).append(operation)
    found = []
    for template, offered in by_template.items():
        fit = _nearest(path, path_of(template), {operation.base for operation in offered})
        if fit is not None:
            miss = _miss(method, fit, offered)
            if miss.cost <= _TOO_FAR:
                found.append(miss)
    return sorted(found, key=lambda miss: (round(miss.cost, 6), miss.template, miss.method))[:_MOST]


def _miss(method: str, fit: _Fit, offered: list[Offered]) -> NearMiss:
    same = [operation for operation in offered if operation.method == method]
    chosen = same[0] if same else min(offered, key=lambda operation: operation.method)
    template, reasons = chosen.template, list(fit.reasons)
    query = template.removeprefix(path_of(template))
    if query:
        reasons.append(f"it is for requests with the query {query.removeprefix('?')}")
    if not same:
        methods = sorted(operation.method for operation in offered)
        verb = "is" if len(methods) == 1 else "are"
        reasons.append(f"{method} {template} is not declared; {' and '.join(methods)} {verb}")
    sentence = "; ".join(reasons) if reasons else f"{method} {template} has this very path"
    head = f"{chosen.method} {template}" if same else template
    return NearMiss(
        chosen.method,
        template,
        chosen.name,
        fit.path + query,
        f"{sentence}." if not same else f"{head} ({chosen.name}): {sentence}.",
        fit.cost + (0 if same else _METHOD),
    )


def _nearest(path: str, template: str, bases: set[str]) -> _Fit | None:
    """Hold a path, with and without a base path, against a template."""
    fits: list[_Fit | None] = []
    for base in sorted(bases):
        fits.append(_fit(path, template, base.count("/")))
        if base and not path.startswith(base + "/"):
            fit = _fit(base + path, template, exactly=True)
            fits.append(fit and _with(fit, _BASE, f"it is served below {base}"))
        own = template.removeprefix(base)
        for end in [place for place, letter in enumerate(path) if letter == "/" and place][:3]:
            fit = _fit(path[end:], own, exactly=True) if "{" not in own.split("/")[1] else None
            if fit is not None and not fit.reasons:
                where = f"below {base}" if base else "at the root"
                fits.append(
                    _Fit(_BASE + 0.5 + fit.cost, base + fit.path, (f"it is served {where}, not below {path[:end]}",))
                )
    return min(filter(None, fits), key=lambda fit: fit.cost, default=None)


def _with(fit: _Fit, cost: float, *reasons: str) -> _Fit:
    return _Fit(fit.cost + cost, fit.path, (*reasons, *fit.reasons))


def _fit(path: str, template: str, within: int = 0, *, exactly: bool = False) -> _Fit | None:
    """Hold a path against a template; None where they have little in common.

    `within` is how many of the template's segments are its base path, which many others have too; the
    number of segments must agree `exactly`, or but for one.
    """
    slashed, reasons, cost = template.endswith("/"), [], 0.0
    if path.endswith("/") != slashed and path != "/" and template != "/":
        reasons.append("it has a slash at its end" if slashed else "it has no slash at its end")
        cost += _SLASH
    steps = path.strip("/").split("/")
    expected = template.strip("/").split("/")
    tail = "/" if slashed and template != "/" else ""
    if len(steps) == len(expected):
        fit = _aligned(steps, expected)
        return fit and _Fit(cost + fit.cost, f"/{fit.path}{tail}", (*reasons, *fit.reasons))
    if exactly or abs(len(steps) - len(expected)) != 1:
        return None
    fits = [_with(fit, cost, *reasons) for fit in _one_off(steps, expected, within) if not fit.reasons[1:]]
    best = min(fits, key=lambda fit: fit.cost, default=None)
    return best and _Fit(best.cost, f"/{best.path}{tail}", best.reasons)


def _one_off(steps: list[str], expected: list[str], within: int) -> Iterator[_Fit]:
    """Compare segments with a template that has one segment more or less."""
    for place in range(max(len(steps), len(expected))):
        without = steps[:place] + steps[place + 1 :], expected[:place] + expected[place + 1 :]
        if len(steps) > len(expected):
            fit = _aligned(without[0], expected)
            if fit is not None:
                yield _with(fit, _STEP + _TEMPLATED, f"it has no segment {steps[place]!r}")
            continue
        telling = any("{" not in step for step in without[1][within:])
        fit = _aligned(steps, without[1]) if telling else None
        if fit is not None:
            asked = fit.path.split("/")
            path = "/".join([*asked[:place], expected[place], *asked[place:]])
            yield _with(_Fit(fit.cost, path, fit.reasons), _STEP, f"it has one segment more, {expected[place]}")


def _aligned(steps: list[str], expected: list[str]) -> _Fit | None:
    """Compare segments with those of a template one by one. One may be misspelled."""
    cost, concrete = 0.0, 0
    reasons: list[str] = []
    shown: list[str] = []
    for step, wanted in zip(steps, expected, strict=True):
        if _EXPRESSION.fullmatch(wanted):
            if not step:
                return None
            cost, shown = cost + _TEMPLATED, [*shown, step]
            continue
        concrete += 1
        text = unquote(step)
        shown.append(step if "{" in wanted else wanted)
        if text == wanted or ("{" in wanted and Segment.of(wanted).match(step) is not None):
            continue
        if text.casefold() == wanted.casefold():
            cost += _CASE
            reasons.append(f"it is written {wanted!r}, not {text!r}")
            continue
        most = max(1, (len(wanted) + 1) // 3)
        if reasons or abs(len(text) - len(wanted)) > most:
            return None
        distance = _distance(text.casefold(), wanted.casefold())
        if distance > most:
            return None
        cost += 0.5 + distance / max(len(wanted), 1)
        reasons.append(f"the segment is {wanted!r}, not {text!r}")
    # A match of templated segments alone is no evidence.
    return _Fit(cost, "/".join(shown), tuple(reasons)) if concrete else None


def _distance(one: str, other: str) -> int:
    """Return the number of letters to change, add, remove or swap with the next one (Damerau, 1964)."""
    one, other = one[:_LONGEST], other[:_LONGEST]
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, against in enumerate(other, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                least = min(least, last[j - 2] + 1)
            row.append(least)
    return row[-1]
