"""`locum verify`: show the progress of a run, then print its findings and a summary."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import click

from locum.cli.accepting import Acceptable, Acceptance, accept_options
from locum.cli.causes import print_causes, print_known
from locum.cli.coverage import MOCK_URL, print_coverage, print_missing, suggestions_of, write_coverage
from locum.cli.help import SETTINGS, OptionsByTopic
from locum.cli.loading import load, stop
from locum.cli.options import DOCUMENTS, options
from locum.cli.verify_options import check_choice, directions_of, inputs_of, plan_of, report_of, write_report
from locum.openapi.load.documents import BadDocument
from locum.server.handlers import StartError
from locum.verify.coverage.coverage import KINDS
from locum.verify.exchanges import EngineError, Exchange, FailedCheck, Progress, RuleViolation
from locum.verify.plans import PHASES, Plan
from locum.verify.reports import REPORTS
from locum.verify.reports.report import Results, VerifiedContract

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from locum.review.accepted import AcceptedEntry
    from locum.server.services import Service
    from locum.settings import Settings
    from locum.verify.causes.causes import Cause
    from locum.verify.drift import Compared
    from locum.verify.exchanges import Event
    from locum.verify.plans import Directions
    from locum.verify.run import VerificationResult

__all__ = ["Display", "summary", "verify"]


_MOST_SLOW = 3


class Display:
    """The progress of a run: one updated line on a terminal, one line per phase elsewhere, nothing if `quiet`."""

    def __init__(self, api: str, *, quiet: bool) -> None:
        self._api = api
        self._live = not quiet and sys.stderr.isatty() and not os.environ.get("CI")
        self._quiet = quiet
        self._phase = ""
        self._sent = self._bad = 0
        self._status: Any = None

    def __enter__(self) -> Self:
        """Start the display."""
        if self._live:
            from rich.console import Console  # noqa: PLC0415 (only a terminal needs it)

            self._status = Console(stderr=True).status(f"{self._api} ...")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the updated line."""
        if self._status is not None:
            self._status.stop()

    def show(self, event: Event, kept: bool) -> None:  # noqa: FBT001 (called by position)
        """Count an event and show the progress."""
        if isinstance(event, Exchange):
            self._sent += 1
            self._bad += not kept and not event.probe
        elif isinstance(event, FailedCheck | EngineError | RuleViolation):
            self._bad += not kept
        elif isinstance(event, Progress):
            self._progress(event)
        if self._status is not None and self._sent % 10 == 0:
            self._status.update(f"{self._api}: {self._phase}, {self._sent} requests, {self._bad} failed checks")

    def _progress(self, event: Progress) -> None:
        if event.operations:
            self._print(f"{self._api}: {event.operations} operations")
        elif event.phase != self._phase:
            self._phase = event.phase
            self._print(f"{self._api}: {event.phase}, after {self._sent} requests")

    def _print(self, line: str) -> None:
        if not self._quiet and not self._live:
            click.echo(line, err=True)


def summary(runs: list[VerificationResult]) -> None:
    """Print the number of requests, operations and findings of each run."""
    for run in runs:
        speed = f", {run.seconds / run.exchanges * 1000:.1f} s per 1,000 requests" if run.exchanges else ""
        operations = len(run.tried) + len(run.never_tried)
        phases = ", ".join(f"{name} {count}" for name, count in run.by_phase.items())
        found = f"{len(run.findings)} finding" + "s" * (len(run.findings) != 1)
        if run.causes:
            found += f" of {len(run.causes)} cause" + "s" * (len(run.causes) != 1)
        click.echo(
            f"{run.api}: {found}. {len(run.tried)} of {operations} operations, {run.exchanges} requests ({phases}) "
            f"in {run.seconds:.1f} s{speed}; seed {run.seed}, {run.reason}."
        )
        slowest = sorted(run.times.items(), key=lambda pair: -pair[1].nearly_all)[:_MOST_SLOW]
        if slowest:
            times_of_slowest = ", ".join(f"{name} {times.nearly_all * 1000:.1f} ms" for name, times in slowest)
            click.echo(f"  slowest (95th percentile): {times_of_slowest}.")
        for left_out in run.skipped:
            click.echo(f"  skipped: {left_out}.")
    codes = sorted({finding.code for run in runs for finding in run.findings})
    if codes:
        click.echo(f"To explain a code: locum explain {codes[0]}")


if TYPE_CHECKING:
    Directing = Callable[..., dict[str, Directions]]


_CLEAN, _FINDINGS, _UNREACHABLE = 0, 1, 3

_TOPICS = {
    "The server and its users": (
        "url", "token", "token_command", "users", "other_token", "other_token_command", "shared", "headers",
    ),
    "What is verified": (
        "include_operation", "exclude_operation", "include_tag", "exclude_tag", "include_path", "exclude_path",
        "allow_writes", "behaviour_off", "scenarios", "inputs", "drift",
    ),
    "How": ("phases", "checks", "seed", "workers", "max_examples", "seconds", "request_timeout"),
    "The result": (
        "quiet", "verbose", "reports", "file", "fail_under", "kind", "missing", "replays",
    ),
    "Known findings": ("accept", "reason", "until", "accept_file", "baseline", "update_baseline"),
    **SETTINGS,
}  # fmt: skip


@click.command(cls=OptionsByTopic, topics=_TOPICS)
@options(*DOCUMENTS, "jwt_secret", "signing_key", "real_clock")
@click.option(
    "--url",
    help="The URL of the server. If it has no path, the base path of each document is added. Default: the mock.",
)
@click.option("--token", envvar="LOCUM_TOKEN", help="A bearer token, or the API key that the contract declares.")
@click.option("--token-command", metavar="COMMAND", help="A command that prints the token.")
@click.option(
    "--as",
    "users",
    multiple=True,
    metavar="USER",
    help="Use a token of the mock for this user: subject or e-mail address. May be given twice: the second user, too.",
)
@click.option("--other-token", envvar="LOCUM_OTHER_TOKEN", help="The credential of a second user.")
@click.option("--other-token-command", metavar="COMMAND", help="A command that prints the credential of a second user.")
@click.option("--shared", is_flag=True, help="Users share their records, so the second one may read and change them.")
@click.option(
    "--allow-writes",
    is_flag=True,
    help="Run the behaviour checks on other machines, too. They create, change and delete records of their own.",
)
@click.option(
    "--without-behaviour",
    "behaviour_off",
    multiple=True,
    metavar="OPERATION:CHECK=REASON",
    help="Turn off a behaviour check for an operationId, or for all with *; may be repeated.",
)
@click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="'NAME: VALUE'",
    help="Add a header to every request; may be repeated.",
)
@click.option("--include-operation", multiple=True, help="Only this operationId; may be repeated.")
@click.option("--exclude-operation", multiple=True, help="Exclude this operationId; may be repeated.")
@click.option("--include-tag", multiple=True, help="Only operations with this tag; may be repeated.")
@click.option("--exclude-tag", multiple=True, help="Exclude operations with this tag; may be repeated.")
@click.option("--include-path", multiple=True, help="Only this path, as in the document; may be repeated.")
@click.option("--exclude-path", multiple=True, help="Exclude this path; may be repeated.")
@click.option(
    "--scenarios",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A file of scenarios: an Arazzo document or HAR; may be repeated.",
)
@click.option("--input", "inputs", multiple=True, metavar="NAME=VALUE", help="An input of a scenario; may be repeated.")
@click.option("--drift", is_flag=True, help="Replay the scenarios against the mock, too, and report differences.")
@click.option("--phases", help=f"The phases to run, separated by commas: {', '.join(PHASES)}. Default: all.")
@click.option("--checks", help="Names of checks of Schemathesis or of behaviour, separated by commas. Default: all.")
@click.option("--seed", type=int, help="The seed of the requests. Default: a random one, which the summary shows.")
@click.option("--workers", type=click.IntRange(1, 64), help="The number of concurrent requests.")
@click.option(
    "--max-examples",
    type=click.IntRange(1),
    help="The number of fuzzing cases per operation, and of stateful sequences.",
)
@click.option(
    "--time",
    "seconds",
    type=click.IntRange(1),
    help="Seconds for the fuzzing and stateful phases, which use all of them; the maximum for the behaviour phase.",
)
@click.option(
    "--request-timeout", type=click.FloatRange(0, min_open=True), help="Seconds to wait for a response. Default: 10."
)
@click.option("--coverage", "file", type=click.Path(path_type=Path), help="Write the coverage to a file.")
@click.option("--report", "reports", multiple=True, metavar="KIND=FILE", help=f"Write a report: {', '.join(REPORTS)}.")
@click.option("--fail-under", type=click.FloatRange(0, 100), help="Exit 1 if coverage is below this percentage.")
@click.option(
    "--of",
    "kind",
    default="all",
    type=click.Choice(["all", *KINDS]),
    help="The kind of coverage that --fail-under checks.",
)
@click.option("--missing", is_flag=True, help="List what was never seen, with a request that would show it.")
@accept_options
@click.option("--quiet", "-q", is_flag=True, help="Print only the causes and the summary.")
@click.option("--verbose", "-v", is_flag=True, help="Print every finding of each cause, too.")
@click.option(
    "--replays",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Write a scenario and a shell script for each cause to this folder.",
)
def verify(  # noqa: PLR0913 (one argument per option)
    settings: Settings,
    *,
    quiet: bool,
    verbose: bool,
    replays: Path | None,
    file: Path | None,
    fail_under: float | None,
    kind: str,
    missing: bool,
    drift: bool,
    reports: tuple[str, ...],
    **given: Any,
) -> None:
    """Send valid and invalid requests to a server, and report every response that breaks its contract.

    Without --url, the mock is verified. Schemathesis generates the requests and reads schemathesis.toml. locum checks
    the responses. Exit code 0: no findings. 1: findings. 2: a document or an option is wrong. 3: the server is
    unreachable.
    """
    from locum.verify.engine.preparation import (  # noqa: PLC0415 (only this command needs it)
        Missing,
        NotTestable,
        tidy,
    )

    tidy()
    acceptance = Acceptance("verify", given)
    plan, wanted = plan_of(settings, given), [report_of(text) for text in reports]
    if drift and not (given["url"] and given["scenarios"]):
        raise click.UsageError("--drift compares a server with the mock: add --url, and --scenarios to replay.")
    inputs = inputs_of(given["inputs"])
    directing = partial(directions_of, settings, files=given["scenarios"], inputs=inputs)
    try:
        if given["url"]:
            results = _against_url(settings, plan, given["url"], directing, quiet=quiet)
        else:
            results = _against_mock(settings, plan, directing, quiet=quiet)
    except (Missing, NotTestable, BadDocument) as problem:
        stop([str(problem)])
    except StartError as unfit:
        stop(unfit.sentences)
    # A selection of operations may leave out whole documents.
    results = [verified for verified in results if verified.run.tried or verified.run.never_tried] or results
    results = _with_known(results, acceptance)
    runs, covered = [one.run for one in results], [one.coverage for one in results]
    for run in runs:
        print_causes(run, verbose=verbose)
    print_known(runs)
    summary(runs)
    if replays is not None:
        _write_replays(replays, runs)
    print_coverage(covered)
    compared = _drift(settings, plan, given, inputs) if drift else []
    if missing:
        for one in results:
            print_missing(one.coverage, suggestions_of(one.contract, one.run.base_url))
    if file is not None:
        write_coverage(file, covered)
    for kind_of_report, place in wanted:
        write_report(place, REPORTS[kind_of_report](Results(results, compared)))
    if any(run.unreachable for run in runs):
        sys.exit(_UNREACHABLE)
    enough = fail_under is None or all(coverage.percent(kind) >= fail_under for coverage in covered)
    sys.exit(_CLEAN if enough and Results(results, compared).clean else _FINDINGS)


def _with_known(results: list[VerifiedContract], acceptance: Acceptance) -> list[VerifiedContract]:
    """Return the results with the reason and the date of each cause that is accepted; those come last."""
    every = [
        Acceptable(cause.fingerprint, cause.summary, fails=True, api=one.run.api)
        for one in results
        for cause in one.run.causes
    ]
    try:
        entries, notes = acceptance.entries(every, {one.run.api for one in results})
    except BadDocument as problem:
        stop([str(problem)])
    for note in notes:
        click.echo(f"note: {note}", err=True)
    known = {
        (finding.api, finding.fingerprint): entry
        for finding, entry in zip(every, entries, strict=True)
        if entry is not None
    }
    return [replace(one, run=replace(one.run, causes=tuple(_marked(one.run, known)))) for one in results]


def _marked(run: VerificationResult, known: Mapping[tuple[str, str], AcceptedEntry]) -> list[Cause]:
    found = []
    for cause in run.causes:
        entry = known.get((run.api, cause.fingerprint))
        found.append(replace(cause, known=entry.reason, since=entry.since) if entry is not None else cause)
    return sorted(found, key=lambda one: bool(one.known))


def _write_replays(folder: Path, runs: list[VerificationResult]) -> None:
    from locum.verify.replays.files import write_replays  # noqa: PLC0415 (only this command needs it)

    files: list[Path] = []
    try:
        for run in runs:
            if run.writing is not None:
                files += write_replays(folder, run.causes, run.writing)
    except OSError as problem:
        stop([f"{folder}: cannot be written: {problem.strerror}."])
    if files:
        click.echo(f"{folder}: {len(files)} replays. To send one again: locum replay {files[0]} --url URL")


def _drift(settings: Settings, plan: Plan, given: dict[str, Any], inputs: dict[str, str]) -> list[Compared]:
    from locum.cli import drifting  # noqa: PLC0415 (only --drift needs it)

    try:
        compared = drifting.comparisons(settings, given["scenarios"], given["url"], plan.token, inputs)
    except drifting.ServerUnreachable as problem:
        click.echo(str(problem), err=True)
        sys.exit(_UNREACHABLE)
    drifting.print_differences(compared)
    return compared


def _against_url(
    settings: Settings, plan: Plan, url: str, directing: Directing, *, quiet: bool
) -> list[VerifiedContract]:
    from locum.verify.reaching import base_of, unreachable  # noqa: PLC0415 (only this command needs it)

    services = load(settings)
    check_choice(plan.choice, services)
    try:
        why = unreachable(url)
    except ValueError as problem:
        stop([str(problem)])
    if why:
        click.echo(why, err=True)
        sys.exit(_UNREACHABLE)
    directions = directing(services, ours=False)
    return [
        _verify_contract(
            service,
            replace(plan, base_url=base_of(url, service.base_path), directions=directions[service.name]),
            quiet=quiet,
        )
        for service in services
    ]


def _against_mock(settings: Settings, plan: Plan, directing: Directing, *, quiet: bool) -> list[VerifiedContract]:
    from locum.verify.run import MockServer  # noqa: PLC0415 (only this command needs it)

    mock = MockServer(settings)
    services = mock.application.services
    check_choice(plan.choice, services)
    plan = replace(plan, application=mock.application, world=mock.world)
    directions = directing(services, ours=True)
    return [
        _verify_contract(
            service,
            replace(
                plan,
                base_url=MOCK_URL + service.base_path,
                directions=directions[service.name],
                any_credential=service.api.accepts is None,
            ),
            quiet=quiet,
        )
        for service in services
    ]


def _verify_contract(service: Service, plan: Plan, *, quiet: bool) -> VerifiedContract:
    from locum.verify.run import verify_contract  # noqa: PLC0415 (only this command needs it)

    with Display(service.name, quiet=quiet) as display:
        return VerifiedContract(service.contract, verify_contract(service.contract, plan, display.show))
