"""Verifying: what a run shows while it goes on, and what is told of it at its end."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Self

import click

from locum.proof.exchanges import Complaint, Exchange, Progress, Trouble

if TYPE_CHECKING:
    from types import TracebackType

    from locum.proof.exchanges import Event
    from locum.proof.findings import Finding
    from locum.proof.run import Run

__all__ = ["Display", "summary", "tell"]


_MOST_SLOW = 3


class Display:
    """Where a run is: one moving line on a terminal, a line for each phase elsewhere, or nothing."""

    def __init__(self, api: str, *, quiet: bool) -> None:
        self._api = api
        self._live = not quiet and sys.stderr.isatty() and not os.environ.get("CI")
        self._quiet = quiet
        self._phase = ""
        self._sent = self._bad = 0
        self._status: Any = None

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._live:
            from rich.console import Console  # noqa: PLC0415 (only a terminal needs it)

            self._status = Console(stderr=True).status(f"{self._api} ...")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the moving line away."""
        if self._status is not None:
            self._status.stop()

    def show(self, event: Event, kept: bool) -> None:  # noqa: FBT001 (called by position)
        """Show an event."""
        if isinstance(event, Exchange):
            self._sent += 1
            self._bad += not kept and not event.probe
        elif isinstance(event, Complaint | Trouble):
            self._bad += not kept
        elif isinstance(event, Progress):
            self._progress(event)
        if self._status is not None and self._sent % 10 == 0:
            self._status.update(f"{self._api}: {self._phase}, {self._sent} requests, {self._bad} not as they should be")

    def _progress(self, event: Progress) -> None:
        if event.operations:
            self._say(f"{self._api}: {event.operations} operations")
        elif event.phase != self._phase:
            self._phase = event.phase
            self._say(f"{self._api}: {event.phase}, after {self._sent} requests")

    def _say(self, line: str) -> None:
        if not self._quiet and not self._live:
            click.echo(line, err=True)


def tell(run: Run) -> None:
    """Print what a run found."""
    for finding in run.findings:
        _finding(finding)


def _finding(finding: Finding) -> None:
    where = f"{finding.method} {finding.path}".strip() or finding.operation or finding.api
    times = f", {finding.count} times" if finding.count > 1 else ""
    click.secho(f"{finding.code} {finding.rule}: {where} ({finding.api}{times})", bold=True)
    click.echo(f"  {finding.message}")
    if finding.contract_pointer:
        click.echo(f"  contract: {finding.contract_pointer}")
    if finding.answer_pointer:
        click.echo(f"  answer:   {finding.answer_pointer}")
    if finding.shown is not None:
        click.echo(f"  likelier: the {finding.culprit}. {finding.because}")
    for line in finding.extra.get("steps") or ([finding.curl] if finding.curl else []):
        click.echo(f"  {line}")
    click.echo()


def summary(runs: list[Run]) -> None:
    """Print how much was tried, a line for each run."""
    for run in runs:
        speed = f", {run.seconds / run.exchanges * 1000:.1f} s per 1,000 requests" if run.exchanges else ""
        operations = len(run.tried) + len(run.never_tried)
        phases = ", ".join(f"{name} {count}" for name, count in run.by_phase.items())
        found = f"{len(run.findings)} finding" + "s" * (len(run.findings) != 1)
        click.echo(
            f"{run.api}: {found}. {len(run.tried)} of {operations} operations, {run.exchanges} requests ({phases}) "
            f"in {run.seconds:.1f} s{speed}; seed {run.seed}, {run.reason}."
        )
        slowest = sorted(run.times.items(), key=lambda pair: -pair[1].nearly_all)[:_MOST_SLOW]
        if slowest:
            told = ", ".join(f"{name} {times.nearly_all * 1000:.1f} ms" for name, times in slowest)
            click.echo(f"  slowest, 95 of 100 answers within: {told}.")
        for left_out in run.skipped:
            click.echo(f"  left out: {left_out}.")
    codes = sorted({finding.code for run in runs for finding in run.findings})
    if codes:
        click.echo(f"What a code means: locum explain {codes[0]}")
