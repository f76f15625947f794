"""Verifying: what a run shows while it goes on, and what is told of it at its end."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import click

from locum.cli.coverage import STANDIN, keep, never_seen, suggestions_of, told
from locum.cli.loading import load, stop
from locum.cli.options import DOCUMENTS, options
from locum.cli.verify_options import directions_of, inputs_of, plan_of, report_of, write_report
from locum.openapi.load.documents import BadDocument
from locum.server.handlers import Unfit
from locum.verify.coverage.coverage import KINDS
from locum.verify.exchanges import Complaint, Exchange, Progress, Trouble
from locum.verify.plans import PHASES, Plan
from locum.verify.reports import REPORTS
from locum.verify.reports.report import Proof, Results

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from locum.server.services import Service
    from locum.settings import Settings
    from locum.verify.drift import Compared
    from locum.verify.exchanges import Event, Finding
    from locum.verify.plans import Directions
    from locum.verify.run import Run

__all__ = ["Display", "summary", "tell", "verify"]


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


if TYPE_CHECKING:
    Directing = Callable[..., dict[str, Directions]]


_CLEAN, _FINDINGS, _UNREACHABLE = 0, 1, 3


@click.command()
@options(*DOCUMENTS, "jwt_secret", "signing_key", "real_clock")
@click.option("--url", help="The server. Where it has a path, the operations are there; else below their base path.")
@click.option("--token", envvar="LOCUM_TOKEN", help="A bearer token, or the key that the contract declares.")
@click.option("--token-command", metavar="COMMAND", help="A command that prints the token.")
@click.option("--as", "user", metavar="USER", help="A token of locum's own for one of its people: subject or e-mail.")
@click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A header of every request.")
@click.option("--include-operation", multiple=True, help="Only this operationId; may be repeated, as all of these.")
@click.option("--exclude-operation", multiple=True, help="Not this operationId.")
@click.option("--include-tag", multiple=True, help="Only operations with this tag.")
@click.option("--exclude-tag", multiple=True, help="Not operations with this tag.")
@click.option("--include-path", multiple=True, help="Only this path, as the document has it.")
@click.option("--exclude-path", multiple=True, help="Not this path.")
@click.option("--recipes", multiple=True, type=click.Path(path_type=Path), help="Sequences: Arazzo documents, or HARs.")
@click.option("--input", "inputs", multiple=True, metavar="NAME=VALUE", help="What a recipe is given from outside.")
@click.option("--drift", is_flag=True, help="Ask the recipes of the stand-in, too, and tell where the answers differ.")
@click.option("--phases", help=f"The phases, parted by commas: {', '.join(PHASES)}. Default: all.")
@click.option("--checks", help="Names of Schemathesis' checks, parted by commas. Default: all.")
@click.option("--seed", type=int, help="The same seed, the same requests. Default: another one each time; it is told.")
@click.option("--workers", type=click.IntRange(1, 64), help="How many requests at once.")
@click.option("--max-examples", type=click.IntRange(1), help="Cases per operation when fuzzing, and walks.")
@click.option("--time", "seconds", type=click.IntRange(1), help="Seconds: fuzzing and walks fill them, and then end.")
@click.option("--request-timeout", type=click.FloatRange(0, min_open=True), help="Seconds for one answer. Default: 10.")
@click.option("--coverage", "file", type=click.Path(path_type=Path), help="Write into a file how much was seen.")
@click.option("--report", "reports", multiple=True, metavar="KIND=FILE", help=f"Write a report: {', '.join(REPORTS)}.")
@click.option("--fail-under", type=click.FloatRange(0, 100), help="End with 1 where less is seen, in percent.")
@click.option("--of", "kind", default="all", type=click.Choice(["all", *KINDS]), help="What --fail-under is about.")
@click.option("--missing", is_flag=True, help="List what was never seen.")
@click.option("--quiet", "-q", is_flag=True, help="Tell findings and the summary, and nothing before.")
def verify(  # noqa: PLR0913 (one argument per option)
    settings: Settings,
    *,
    quiet: bool,
    file: Path | None,
    fail_under: float | None,
    kind: str,
    missing: bool,
    drift: bool,
    reports: tuple[str, ...],
    **given: Any,
) -> None:
    """Prove that a server keeps its contracts; without --url, that the stand-in does.

    Schemathesis makes the requests, and honours a schemathesis.toml; the answers are judged by locum.
    Exit code 0: clean. 1: findings. 2: a document or an option is wrong. 3: the server was unreachable.
    """
    from locum.verify.engine.preparation import Missing, tidy  # noqa: PLC0415 (only this command needs it)
    from locum.verify.engine.preparation import Unfit as Unusable  # noqa: PLC0415 (as above)

    tidy()
    plan, wanted = plan_of(settings, given), [report_of(text) for text in reports]
    if drift and not (given["url"] and given["recipes"]):
        raise click.UsageError("--drift compares the stand-in with a server: it wants --url, and --recipes to ask.")
    inputs = inputs_of(given["inputs"])
    directing = partial(directions_of, settings, files=given["recipes"], inputs=inputs)
    try:
        if given["url"]:
            proved = _against_url(settings, plan, given["url"], directing, quiet=quiet)
        else:
            proved = _against_us(settings, plan, directing, quiet=quiet)
    except (Missing, Unusable, BadDocument) as problem:
        stop([str(problem)])
    except Unfit as unfit:
        stop(unfit.sentences)
    # A choice of operations may concern one document of several.
    proved = [proof for proof in proved if proof.run.tried or proof.run.never_tried] or proved
    runs, covered = [proof.run for proof in proved], [proof.coverage for proof in proved]
    for run in runs:
        tell(run)
    summary(runs)
    told(covered)
    compared = _drift(settings, plan, given, inputs) if drift else []
    if missing:
        for proof in proved:
            never_seen(proof.coverage, suggestions_of(proof.contract, proof.run.base_url))
    if file is not None:
        keep(file, covered)
    for kind_of_report, place in wanted:
        write_report(place, REPORTS[kind_of_report](Results(proved, compared)))
    if any(run.unreachable for run in runs):
        sys.exit(_UNREACHABLE)
    enough = fail_under is None or all(coverage.percent(kind) >= fail_under for coverage in covered)
    sys.exit(_CLEAN if enough and Results(proved, compared).clean else _FINDINGS)


def _drift(settings: Settings, plan: Plan, given: dict[str, Any], inputs: dict[str, str]) -> list[Compared]:
    from locum.cli import drifting  # noqa: PLC0415 (only --drift needs it)

    try:
        compared = drifting.comparisons(settings, given["recipes"], given["url"], plan.token, inputs)
    except drifting.Gone as gone:
        click.echo(str(gone), err=True)
        sys.exit(_UNREACHABLE)
    drifting.tell(compared)
    return compared


def _against_url(settings: Settings, plan: Plan, url: str, directing: Directing, *, quiet: bool) -> list[Proof]:
    from locum.verify.reaching import base_of, unreachable  # noqa: PLC0415 (only this command needs it)

    services = load(settings)
    try:
        why = unreachable(url)
    except ValueError as problem:
        stop([str(problem)])
    if why:
        click.echo(why, err=True)
        sys.exit(_UNREACHABLE)
    directions = directing(services, ours=False)
    return [
        _proved(
            service,
            replace(plan, base_url=base_of(url, service.base_path), directions=directions[service.name]),
            quiet=quiet,
        )
        for service in services
    ]


def _against_us(settings: Settings, plan: Plan, directing: Directing, *, quiet: bool) -> list[Proof]:
    from locum.verify.run import Standin  # noqa: PLC0415 (only this command needs it)

    standin = Standin(settings)
    services = standin.application.services
    plan = replace(plan, application=standin.application, world=standin.world)
    directions = directing(services, ours=True)
    return [
        _proved(
            service,
            replace(
                plan,
                base_url=STANDIN + service.base_path,
                directions=directions[service.name],
                any_credential=service.api.accepts is None,
            ),
            quiet=quiet,
        )
        for service in services
    ]


def _proved(service: Service, plan: Plan, *, quiet: bool) -> Proof:
    from locum.verify.run import prove  # noqa: PLC0415 (only this command needs it)

    with Display(service.name, quiet=quiet) as display:
        return Proof(service.contract, prove(service.contract, plan, display.show))
