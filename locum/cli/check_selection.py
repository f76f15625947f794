"""Which diagnostics `locum check` reports: those of a rule set as well, without those that are ignored or accepted."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from locum.cli.accepting import Acceptable, Acceptance
from locum.cli.loading import stop
from locum.files import replace_file
from locum.openapi.lint.diagnostics import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.lint.diagnostics import Severity

__all__ = ["Selection"]


@dataclass(slots=True)
class Selection:
    """The options that add diagnostics, and leave them out."""

    ruleset: Any
    ignore_file: Path | None
    limit: Severity | None
    generates: bool
    acceptance: Acceptance
    notes: list[str] = field(default_factory=list)
    """Sentences about entries that no diagnostic needs."""

    def select(self, contracts: Sequence[Contract], found: list[list[Diagnostic]]) -> list[list[Diagnostic]]:
        """Return the diagnostics of each contract that are reported. Raises BadDocument for an unreadable file."""
        from locum.review.lint.ignores import FILE, inline_ignores, read_ignores, written_ignores  # noqa: PLC0415

        if self.ruleset is not None:
            from locum.review.lint.linter import lint_with  # noqa: PLC0415 (only --ruleset needs it)

            found = [[*one, *lint_with(self.ruleset, contract)] for one, contract in zip(found, contracts, strict=True)]
        selected = []
        for contract, one in zip(contracts, found, strict=True):
            kept, wrong = inline_ignores(contract.as_read, one)
            places = contract.as_read.places([finding.pointer for finding in wrong])
            kept += [
                Diagnostic(finding.code, finding.severity, *places[finding.pointer], finding.message, finding.fallback)
                for finding in wrong
            ]
            selected.append(kept)
        place = self.ignore_file or FILE
        if self.generates:
            every = [one for kept in selected for one in kept]
            self._write(place, written_ignores(place, every))
            click.echo(f"{place}: {len(every)} diagnostics are left out from now on.", err=True)
        ignores = read_ignores(place, required=self.ignore_file is not None)
        selected = [[one for one in kept if not ignores.covers(one)] for kept in selected]
        self.notes += ignores.unused
        return self._accepted(selected)

    def _accepted(self, selected: list[list[Diagnostic]]) -> list[list[Diagnostic]]:
        """Return the diagnostics that were not accepted."""
        every = [
            Acceptable(
                _fingerprint(one),
                f"{one.code} at #{one.pointer or '/'}",
                self.limit is not None and one.severity <= self.limit,
            )
            for kept in selected
            for one in kept
        ]
        reasons, notes = self.acceptance.reasons(every)
        self.notes += notes
        known = {one.fingerprint for one, reason in zip(every, reasons, strict=True) if reason}
        return [[one for one in kept if _fingerprint(one) not in known] for kept in selected]

    @staticmethod
    def _write(place: Path, text: str) -> None:
        try:
            replace_file(place, text)
        except OSError as problem:
            stop([f"{place}: cannot be written: {problem.strerror}."])


def _fingerprint(one: Diagnostic) -> str:
    from locum.review.changes import fingerprint_of  # noqa: PLC0415 (only accepted diagnostics need it)

    return fingerprint_of("check", Path(one.file).name, one.code, one.pointer)
