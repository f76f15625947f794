"""`locum diff`: compare two versions of a contract, and show what the change breaks."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from locum.cli.accepting import Acceptable, Acceptance, accept_options, date_of_option, today
from locum.cli.help import OptionsByTopic
from locum.cli.loading import stop
from locum.cli.options import options
from locum.openapi.load.documents import BadDocument
from locum.server.handlers import EXIT_FINDINGS

if TYPE_CHECKING:
    from locum.review.changes import Level
    from locum.review.review import Review
    from locum.settings import Settings

__all__ = ["diff"]

_FORMATS = ("text", "json", "markdown", "html", "junit", "sarif", "github")
_LIMITS = ("breaking", "dangerous", "compatible", "never")


@click.command(cls=OptionsByTopic)
@options("overlay", "allow_refs", "cache")
@click.argument("places", nargs=-1, required=True, metavar="BASE HEAD")
@click.option(
    "--since", metavar="REVISION", help="Compare each of the named files with what it was at a revision of git."
)
@click.option(
    "--fail-on",
    type=click.Choice(_LIMITS),
    default="breaking",
    show_default=True,
    help="Exit 1 if there is a change of this level or a higher one that was not accepted.",
)
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True, help="The output format."
)
@click.option("--changelog", "as_changelog", is_flag=True, help="Print a section of a changelog (Keep a Changelog).")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write the report to a file.")
@click.option("--all", "each", is_flag=True, help="List changes of documentation and accepted changes, too (text).")
@click.option("--require-bump", is_flag=True, help="Exit 1 if info.version is lower than the suggested version.")
@accept_options
@click.option(
    "--consumers",
    type=click.Path(path_type=Path),
    help="A folder of recorded traffic, with a file or a subfolder for each consumer: report whom the change meets.",
)
@click.option("--run", "command", help="A command (tests) to run against a mock of BASE (LOCUM_URL), then of HEAD.")
@click.option("--run-junit", type=click.Path(path_type=Path), help="The JUnit file that the command writes.")
@click.option(
    "--run-output",
    type=click.Path(path_type=Path),
    default=Path(".locum-diff"),
    show_default=True,
    help="The folder in which the output of the command is kept: base.log and head.log.",
)
@click.option(
    "--run-timeout",
    type=click.FloatRange(0, min_open=True),
    default=600,
    show_default=True,
    help="Seconds for each run.",
)
@click.option("--today", help="The date with which dates of removal are compared. Default: the date of this machine.")
def diff(  # noqa: PLR0913 (one argument per option)
    settings: Settings,
    *,
    places: tuple[str, ...],
    since: str | None,
    fail_on: str,
    form: str,
    as_changelog: bool,
    output: Path | None,
    each: bool,
    require_bump: bool,
    **given: Any,
) -> None:
    """Compare the documents at BASE with those at HEAD, and show by example what the change breaks.

    BASE and HEAD are files, folders, addresses on this machine, or git:REVISION:PATH, as in
    `locum diff git:origin/main:openapi.yaml openapi.yaml`. Exit code 0: no change reaches the level of --fail-on.
    1: one does, the version is too low, or a test fails only on HEAD. 2: a document cannot be read, or an option is
    wrong.
    """
    from locum.review.changes import Level  # noqa: PLC0415 (only this command needs it)
    from locum.review.review import review, review_since  # noqa: PLC0415 (as above)

    on = date_of_option(given["today"], "--today") or today()
    acceptance = Acceptance("diff", given, on)
    if since is None and len(places) != 2:  # noqa: PLR2004 (the two that are compared)
        raise click.UsageError("Name two places, BASE and HEAD, or files with --since REVISION.")
    if since is not None and given["command"]:
        raise click.UsageError("--run compares two places: name BASE and HEAD instead of --since.")
    limit = Level[fail_on.upper()] if fail_on != "never" else None
    try:
        if since is None:
            found = review(places[0], places[1], _reading(settings), on)
        else:
            found = review_since(since, places, _reading(settings), on)
        _accept(found, limit, acceptance)
        if given["consumers"] is not None:
            _add_consumers(found, given["consumers"])
        if given["command"]:
            found.outcome = _outcome(settings, places[0], places[1], given)
            found.notes += found.outcome.sentences
    except BadDocument as problem:
        stop([str(problem)])
    except OSError as problem:
        stop([f"{given['run_output']}: cannot be written: {problem.strerror}."])
    _write(found, form, output, each=each, as_changelog=as_changelog)
    broken = limit is not None and found.outcome is not None and bool(found.outcome.broken)
    failing = limit is not None and found.at_least(limit)
    short = [one for one in found.documents if require_bump and one.base and one.head and not one.bump.is_enough]
    for one in short:
        click.echo(f"{one.title}: info.version is too low. {one.bump.sentence}", err=True)
    if failing or short or broken:
        sys.exit(EXIT_FINDINGS)


def _add_consumers(found: Review, folder: Path) -> None:
    from locum.review.consumers import read_consumers, with_consumers  # noqa: PLC0415 (only --consumers needs it)

    consumers = read_consumers(folder)
    for one in found.documents:
        found.notes += with_consumers(one, consumers)


def _outcome(settings: Settings, base: str, head: str, given: dict[str, Any]) -> Any:
    from locum.review.runs import RunPlan, run_against_both  # noqa: PLC0415 (only --run needs it)

    options = [f"--overlay={path}" for path in settings.overlay]
    options += ["--allow-refs"] if settings.allow_refs else []
    options += [] if settings.cache else ["--no-cache"]
    plan = RunPlan(given["command"], given["run_junit"], given["run_output"], given["run_timeout"], tuple(options))
    return run_against_both(base, head, plan)


def _reading(settings: Settings) -> Any:
    from locum.files import default_cache  # noqa: PLC0415 (only this command needs it)
    from locum.review.sources import SourceReading  # noqa: PLC0415 (as above)

    return SourceReading(default_cache() if settings.cache else None, settings.overlay, settings.allow_refs)


def _accept(found: Review, limit: Level | None, acceptance: Acceptance) -> None:
    """Add to each change the reason for which it is accepted."""
    from locum.review.reports.text import heading_of  # noqa: PLC0415 (only this command needs it)

    every = [(one, change) for one in found.documents for change in one.changes]
    reasons, notes = acceptance.reasons(
        [
            Acceptable(change.fingerprint, heading_of(change), limit is not None and change.level >= limit)
            for _, change in every
        ]
    )
    for one in found.documents:
        one.changes = []
    for (one, change), reason in zip(every, reasons, strict=True):
        one.changes.append(replace(change, accepted=reason))
    found.notes += notes


def _write(found: Review, form: str, output: Path | None, *, each: bool, as_changelog: bool) -> None:
    from locum.cli.verify_options import write_report  # noqa: PLC0415 (only this command needs it)
    from locum.review.reports import FORMATS, changelog, text  # noqa: PLC0415 (as above)

    if as_changelog:
        report = changelog(found)
    elif form == "text":
        report = text(found, each=each)
    else:
        report = FORMATS[form](found)
    if output is None:
        click.echo(report, nl=False)
        return
    write_report(output, report)
    if not os.environ.get("CI"):
        click.echo(f"{output}: {found.summary}.", err=True)
