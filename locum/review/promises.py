"""Promises: deprecation, dates of removal, and stability levels."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.openapi.pointers import join
from locum.review.changes import Change, Level, Witness

if TYPE_CHECKING:
    from collections.abc import Iterator
    from dataclasses import replace as replaced  # noqa: F401 (documented below)

    from locum.review.operations import Couple

__all__ = ["Removal", "compare_deprecation", "compare_sunset", "is_unstable", "removal_of"]

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_STABILITY = ("draft", "alpha", "beta", "stable")
"""The values of `x-stability-level`, in ascending order."""
_UNSTABLE = frozenset({"draft", "alpha"})


class Removal(NamedTuple):
    """How much the removal of a piece breaks, by how it was announced."""

    level: Level
    note: str
    witness: Witness | None = None


def date_of(value: Any) -> date | None:
    """Return the date of `x-sunset`; None if there is none, or it is not an RFC 3339 date."""
    match = _DATE.match(str(value)) if value is not None else None
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def removal_of(raw: Any, what: str, today: date, usual: Level = Level.BREAKING) -> Removal:
    """Return the level of the removal of a piece; `usual` is that of one that was never announced."""
    raw = raw if isinstance(raw, dict) else {}
    gone = Witness("gone", f"{what} is gone.")
    if raw.get("deprecated") is not True:
        note = "It was not deprecated before." if usual is Level.BREAKING else ""
        return Removal(usual, note, gone)
    if "x-sunset" not in raw:
        return Removal(min(usual, Level.DANGEROUS), "It was deprecated, without a date of removal.", gone)
    sunset = date_of(raw["x-sunset"])
    if sunset is None:
        note = f"It was deprecated, and its x-sunset {raw['x-sunset']!r} is not a date."
        return Removal(Level.BREAKING, note, Witness("promise", f"{what} is gone, and no date was announced for it."))
    if today < sunset:
        promise = Witness("promise", f"{what} was promised until {sunset}, and is gone on {today}.")
        return Removal(Level.BREAKING, f"It is removed before its sunset on {sunset}.", promise)
    return Removal(min(usual, Level.COMPATIBLE), f"Its sunset was on {sunset}.", gone)


class Unstable(NamedTuple):
    """An operation whose contract promises no stability."""

    label: str

    def capped(self, change: Change) -> Change:
        """Return a change at most as dangerous."""
        from dataclasses import replace  # noqa: PLC0415 (its name is common)

        if change.level is not Level.BREAKING:
            return change
        return replace(change, level=Level.DANGEROUS, note=f"The operation is {self.label}. {change.note}".rstrip())


def is_unstable(raw: dict[str, Any]) -> Unstable | None:
    """Return whether an operation is a draft, which promises nothing."""
    level = raw.get("x-stability-level")
    return Unstable(level) if level in _UNSTABLE else None


def compare_deprecation(couple: Couple, base: dict[str, Any], head: dict[str, Any]) -> Iterator[Change]:
    """Yield the changes of `deprecated`, `x-sunset` and `x-stability-level` of an operation."""
    at = join(couple.base.pointer, "deprecated"), join(couple.head.pointer, "deprecated")
    before, after = base.get("deprecated") is True, head.get("deprecated") is True
    if after and not before:
        sunset = date_of(head.get("x-sunset"))
        until = f", until {sunset}" if sunset else ""
        note = "" if sunset else "No date of removal is announced (x-sunset)."
        yield couple.change(
            "deprecated", Level.COMPATIBLE, "", f"the operation is deprecated now{until}", at=at, note=note
        )
    elif before and not after:
        yield couple.change(
            "undeprecated", Level.COMPATIBLE, "", "the operation is no longer deprecated", at=(at[0], "")
        )
    yield from compare_sunset(couple, "", base, head, (couple.base.pointer, couple.head.pointer))
    ranks = [
        _STABILITY.index(one["x-stability-level"]) if one.get("x-stability-level") in _STABILITY else None
        for one in (base, head)
    ]
    if ranks[0] != ranks[1] and ranks[0] is not None:
        at = join(couple.base.pointer, "x-stability-level"), join(couple.head.pointer, "x-stability-level")
        now = head.get("x-stability-level", "not declared")
        sentence = f"the stability level is {now} now (was {base['x-stability-level']})"
        less = ranks[1] is None or ranks[1] < ranks[0]
        promise = Witness("promise", f"The operation was {base['x-stability-level']}, and is {now} now.")
        yield couple.change(
            "stability-level-changed",
            Level.BREAKING if less else Level.COMPATIBLE,
            "",
            sentence,
            at=at,
            witness=promise if less else None,
        )


def compare_sunset(
    couple: Couple, part: str, base: dict[str, Any], head: dict[str, Any], pointers: tuple[str, str]
) -> Iterator[Change]:
    """Yield the change of a date of removal: an earlier one breaks a promise."""
    if base.get("deprecated") is not True or head.get("deprecated") is not True:
        return
    if base.get("x-sunset") == head.get("x-sunset"):
        return
    at = join(pointers[0], "x-sunset"), join(pointers[1], "x-sunset")
    if "x-sunset" not in base:
        sentence = f"the date of removal is {head['x-sunset']} now (was not announced)"
        yield couple.change("sunset-announced", Level.COMPATIBLE, part, sentence, at=("", at[1]))
        return
    before, after = date_of(base["x-sunset"]), date_of(head.get("x-sunset"))
    if "x-sunset" not in head:
        sentence, broken = f"the date of removal {base['x-sunset']} was withdrawn", True
        promise = f"It was promised until {base['x-sunset']}, and may be removed at any time now."
    elif after is None:
        sentence, broken = f"the date of removal is {head['x-sunset']!r} now, which is not a date", True
        promise = f"It was promised until {base['x-sunset']}, and no date is readable now."
    else:
        sentence, broken = f"the date of removal is {after} now (was {base['x-sunset']})", (before or after) > after
        promise = f"It was promised until {base['x-sunset']}, and is promised until {after} now."
    yield couple.change(
        "sunset-changed",
        Level.BREAKING if broken else Level.COMPATIBLE,
        part,
        sentence,
        at=at,
        witness=Witness("promise", promise) if broken else None,
    )
