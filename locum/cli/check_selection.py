"""Which diagnostics `locum check` reports: those of a rule set as well, without those that are ignored or accepted."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

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
    accept: bool
    reason: str | None
    until: str | None
    accept_file: Path | None
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
        """Return the diagnostics that were not accepted; with `accept`, those of the limit are now."""
        from locum.cli.diff import date_of_option, today  # noqa: PLC0415 (shared with that command)
        from locum.review.accepted import FILE, read_accepted  # noqa: PLC0415 (as above)

        date_of_option(self.until, "--until")
        if self.accept and not (self.reason or "").strip():
            raise click.UsageError("--accept needs a reason: --reason 'the vendor will not change it'.")
        place = self.accept_file or FILE
        accepted = read_accepted(place, today(), required=self.accept_file is not None and not self.accept)
        if self.accept and self.limit is not None:
            listed = [
                (_fingerprint(one), f"{one.code} at #{one.pointer or '/'}")
                for kept in selected
                for one in kept
                if one.severity <= self.limit
            ]
            try:
                new = accepted.add("check", listed, (self.reason or "").strip(), self.until or "")
            except OSError as problem:
                stop([f"{place}: cannot be written: {problem.strerror}."])
            click.echo(f"{place}: {new} diagnostic{'s' * (new != 1)} accepted.", err=True)
        kept = [[one for one in group if not accepted.reason_for("check", _fingerprint(one))] for group in selected]
        self.notes += accepted.notes("check")
        return kept

    @staticmethod
    def _write(place: Path, text: str) -> None:
        try:
            replace_file(place, text)
        except OSError as problem:
            stop([f"{place}: cannot be written: {problem.strerror}."])


def _fingerprint(one: Diagnostic) -> str:
    from locum.review.changes import fingerprint_of  # noqa: PLC0415 (only accepted diagnostics need it)

    return fingerprint_of("check", Path(one.file).name, one.code, one.pointer)
