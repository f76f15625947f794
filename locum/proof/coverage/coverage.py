"""The coverage of one contract: how often each of its cells was seen."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum.proof.coverage.cells import cells_of
from locum.proof.coverage.counting import filled
from locum.proof.judging.answers import judge_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.proof.findings import Shown

__all__ = ["FORM", "KINDS", "Coverage", "Unmergeable"]

FORM = 1
"""The version of the written form."""


KINDS = ("answers", "parameters", "requests", "responses")


class Unmergeable(Exception):  # noqa: N818 (named for what is so)
    """Two figures are of different contracts, or one is no figure at all."""


@dataclass(slots=True)
class Coverage:
    """The cells of every operation, and how often each was seen.

    Only an exchange counts whose answer keeps the contract; those that do not are counted apart. The order
    in which exchanges are counted, and figures merged, does not matter.
    """

    api: str
    digest: str
    """Of the document: figures of another one are not merged."""
    cells: dict[str, dict[str, int]]
    """By operation (`GET /things`) and name."""
    wrong: int = 0

    @classmethod
    def of(cls, contract: Contract) -> Coverage:
        """Return the coverage of a contract of which nothing was tried yet."""
        cells = {_label(operation): dict.fromkeys(cells_of(operation), 0) for operation in contract.operations.values()}
        return cls(contract.name, contract.document.digest, cells)

    def count(self, operation: Operation, shown: Shown, *, kept: bool | None = None) -> None:
        """Count an exchange; `kept` says whether its answer keeps the contract, where that is known."""
        if kept is None:
            kept = shown.status > 0 and not judge_answer(operation, shown)
        if not kept:
            self.wrong += 1
            return
        cells = self.cells[_label(operation)]
        for cell in filled(operation, shown):
            if cell in cells:
                cells[cell] += 1

    def merge(self, other: Coverage) -> None:
        """Add what another run saw of the same contract. Raises Unmergeable."""
        if (self.api, self.digest) != (other.api, other.digest):
            raise Unmergeable(f"{other.api} is another contract than {self.api}, or another version of it.")
        for label, cells in other.cells.items():
            mine = self.cells.setdefault(label, {})
            for cell, seen in cells.items():
                mine[cell] = mine.get(cell, 0) + seen
        self.wrong += other.wrong

    @property
    def total(self) -> int:
        """How many cells there are."""
        return sum(map(len, self.cells.values()))

    @property
    def seen(self) -> int:
        """How many of them were seen."""
        return sum(1 for cells in self.cells.values() for seen in cells.values() if seen)

    def percent(self, kind: str = "all") -> float:
        """Return how much was seen, of 100: of everything, or of one kind of cells."""
        seen, there = (self.seen, self.total) if kind == "all" else self.kinds().get(kind, (0, 0))
        return 100 * seen / there if there else 100.0

    def missing(self) -> Iterator[tuple[str, str]]:
        """Yield the operation and the name of every cell that was never seen."""
        for label, cells in self.cells.items():
            yield from ((label, cell) for cell, seen in cells.items() if not seen)

    def kinds(self) -> dict[str, tuple[int, int]]:
        """Return how many cells were seen, and how many there are, of each kind: answers, parameters, bodies."""
        seen: Counter[str] = Counter()
        there: Counter[str] = Counter()
        for cells in self.cells.values():
            for cell, count in cells.items():
                kind = _kind(cell)
                there[kind] += 1
                seen[kind] += count > 0
        return {kind: (seen[kind], there[kind]) for kind in KINDS if there[kind]}

    def plain(self) -> dict[str, Any]:
        """Return the figures as JSON, always in the same order."""
        cells = {label: dict(sorted(cells.items())) for label, cells in sorted(self.cells.items())}
        return {"form": FORM, "api": self.api, "digest": self.digest, "wrong": self.wrong, "cells": cells}

    @classmethod
    def from_plain(cls, written: Any) -> Coverage:
        """Return the coverage that was written so. Raises Unmergeable."""
        if not isinstance(written, dict) or written.get("form") != FORM or not isinstance(written.get("cells"), dict):
            raise Unmergeable("This is no coverage of a contract, or of another version of locum.")
        try:
            cells = {
                str(label): {str(cell): int(seen) for cell, seen in cells.items()}
                for label, cells in written["cells"].items()
            }
            return cls(str(written["api"]), str(written["digest"]), cells, int(written["wrong"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Unmergeable("This coverage is damaged.") from None


def _label(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def _kind(cell: str) -> str:
    first = cell.partition(" ")[0].partition(":")[0]
    if first == "answer":
        return "answers"
    if first == "request":
        return "requests"
    return "parameters" if first in {"path", "query", "header", "cookie"} else "responses"
