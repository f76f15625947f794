"""Print the causes of a run: what is wrong, where it shows, whose fault it is, and how to see it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from locum.verify.causes.harm import HARMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from locum.verify.causes.causes import Cause
    from locum.verify.exchanges import Finding
    from locum.verify.run import VerificationResult

__all__ = ["attribution", "print_causes", "print_known"]

_MOST_PLACES = 4
_MOST_COMMANDS = 8


def print_causes(run: VerificationResult, *, verbose: bool) -> None:
    """Print the causes of a run that are not known, and with `verbose` each finding of them."""
    for cause in run.causes:
        if not cause.known:
            _print_cause(cause, run)
            for finding in cause.findings if verbose else ():
                _print_finding(finding)


def _print_cause(cause: Cause, run: VerificationResult) -> None:
    finding = cause.finding
    where = f"{finding.method} {finding.path}".strip() or finding.operation or finding.api
    facts = [finding.api, HARMS[cause.harm]]
    facts += [f"{len(cause.findings)} findings"] if len(cause.findings) > 1 else []
    facts += [f"{cause.count} times"] if cause.count > 1 else []
    click.secho(f"{finding.code} {finding.rule}: {where} ({', '.join(facts)})", bold=True)
    click.echo(f"  {finding.message}")
    if finding.contract_pointer:
        click.echo(f"  contract: {finding.contract_pointer}")
    if finding.response_pointer:
        click.echo(f"  response: {finding.response_pointer}")
    others = [place for place in cause.places if place != where]
    if others:
        more = f" and {len(others) - _MOST_PLACES} more" if len(others) > _MOST_PLACES else ""
        click.echo(f"  also: {', '.join(others[:_MOST_PLACES])}{more}")
    if finding.shown is not None:
        click.echo(f"  {attribution(finding)}")
    for line in _commands(cause, run):
        click.echo(f"  {line}")
    click.echo()


def attribution(finding: Finding) -> str:
    """Return whose fault a finding is, with the reason."""
    if finding.culprit == "unclear":
        return f"likely cause: cannot tell. {finding.because}"
    return f"likely cause: the {finding.culprit}. {finding.because}"


def _commands(cause: Cause, run: VerificationResult) -> Sequence[str]:
    """Return the commands that show a cause: those of its replay, else those of its exchanges."""
    if cause.replay is not None and run.writing is not None:
        lines = [line.replace('"$URL"', run.base_url) for line in run.writing.commands(cause.replay)]
        if len(lines) > _MOST_COMMANDS:
            return [*lines[:_MOST_COMMANDS], f"({len(lines) - _MOST_COMMANDS} more lines; --replays FOLDER writes all)"]
        return lines
    return cause.finding.extra.get("steps") or ([cause.finding.curl] if cause.finding.curl else [])


def _print_finding(finding: Finding) -> None:
    where = f"{finding.method} {finding.path}".strip() or finding.operation or finding.api
    times = f", {finding.count} times" if finding.count > 1 else ""
    click.echo(f"  - {where}{times}: {finding.message}")
    for line in finding.extra.get("steps") or ([finding.curl] if finding.curl else []):
        click.echo(f"      {line}")


def print_known(runs: Iterable[VerificationResult]) -> None:
    """Print the causes that are accepted."""
    known = [cause for run in runs for cause in run.causes if cause.known]
    if known:
        click.echo(f"Known ({len(known)}):")
    for cause in known:
        since = f", since {cause.since}" if cause.since else ""
        click.echo(f"  {cause.summary}{since}: {cause.known}")
