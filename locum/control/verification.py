"""Verification: whether a world was asked what is expected, and why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.control.expectations import Expectation
    from locum.state.entries import Entry

__all__ = ["Failure", "Rules", "verify"]

_MOST_NEAREST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What must hold beside the expectations.

    `in_order`: they were met one after the other. `nothing_undeclared`: every request matched an
    operation. `nothing_refused`: none broke the contract or a rule. `nothing_else`: no operation was asked
    but for the expectations.
    """

    in_order: bool = False
    nothing_undeclared: bool = False
    nothing_refused: bool = False
    nothing_else: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """What is not as expected: in a sentence, and which entries come nearest, each with the reasons why not."""

    sentence: str
    nearest: tuple[tuple[int, tuple[str, ...]], ...] = field(default=())

    def plain(self) -> dict[str, Any]:
        """Return it as JSON."""
        nearest = [{"number": number, "reasons": list(reasons)} for number, reasons in self.nearest]
        return {"sentence": self.sentence, "nearest": nearest}


def verify(entries: Sequence[Entry], expected: Sequence[Expectation], rules: Rules) -> list[Failure]:
    """Return what is not as expected; nothing where all is."""
    failures: list[Failure] = []
    met: set[int] = set()
    last = 0
    for expectation in expected:
        found = [entry for entry in entries if not expectation.reasons(entry)]
        met.update(entry.number for entry in found)
        late = [entry for entry in found if entry.number > last] if rules.in_order else found
        if len(found) < expectation.least or (expectation.most is not None and len(found) > expectation.most):
            failures.append(_miscounted(expectation, found, entries))
        elif len(late) < expectation.least:
            first = found[0]
            failures.append(
                Failure(f"{expectation.operation} was asked too early: {_said(first)} came before no. {last}.")
            )
        elif rules.in_order and expectation.least:
            last = late[expectation.least - 1].number
    failures += _against(entries, rules, met)
    return failures


def _against(entries: Sequence[Entry], rules: Rules, met: set[int]) -> list[Failure]:
    failures = []
    for entry in entries:
        if rules.nothing_undeclared and not entry.operation:
            why = f" {entry.near[0]}" if entry.near else ""
            failures.append(Failure(f"{_said(entry)} is no operation.{why}"))
        elif rules.nothing_refused and entry.operation and entry.branch.startswith("refused"):
            rule = next(
                (f": {found['location']}{found['pointer']} {found['message']}" for found in entry.violations), ""
            )
            failures.append(Failure(f"{_said(entry)} was {entry.branch} ({entry.verdict}){rule}."))
        elif rules.nothing_else and entry.operation and entry.number not in met:
            failures.append(Failure(f"{_said(entry)} ({entry.operation}) was not expected."))
    return failures


def _miscounted(expectation: Expectation, found: Sequence[Entry], entries: Sequence[Entry]) -> Failure:
    times = {0: "never asked so", 1: "asked once", 2: "asked twice"}.get(len(found), f"asked {len(found)} times")
    sentence = f"{expectation.operation} was {times}, expected {expectation.count}."
    if len(found) >= expectation.least:
        return Failure(sentence + " It was " + ", ".join(_said(entry) for entry in found[:_MOST_NEAREST]) + ".")
    near = [(entry, expectation.reasons(entry)) for entry in entries if entry.operation == expectation.operation]
    near = sorted(((entry, reasons) for entry, reasons in near if reasons), key=lambda pair: len(pair[1]))
    if near:
        entry, reasons = near[0]
        sentence += f" Nearest: {_said(entry)}: {'; '.join(reasons)}."
    elif not found:
        asked = sorted({entry.operation for entry in entries if entry.operation})
        sentence += f" Asked were: {', '.join(asked)}." if asked else " No operation was asked."
    return Failure(sentence, tuple((entry.number, tuple(reasons)) for entry, reasons in near[:_MOST_NEAREST]))


def _said(entry: Entry) -> str:
    return f"no. {entry.number} {entry.method} {entry.path}"
