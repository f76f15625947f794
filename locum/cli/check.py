"""`locum check`: report problems of documents and their handlers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from locum.cli.accepting import Acceptance, accept_options
from locum.cli.check_selection import Selection
from locum.cli.help import OptionsByTopic
from locum.cli.loading import load, stop
from locum.cli.options import DOCUMENTS, options
from locum.generate.feasibility import rule_findings, unsatisfiable_findings
from locum.openapi.lint.diagnostics import Severity, grouped
from locum.openapi.lint.formats import as_github, as_json, as_sarif
from locum.openapi.lint.linting import LARGE
from locum.openapi.load.documents import BadDocument
from locum.server.binding import disagreements_of
from locum.server.handlers import EXIT_FINDINGS
from locum.server.services import sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.lint.diagnostics import Diagnostic, LintFinding
    from locum.openapi.lint.linting import More
    from locum.server.services import Service
    from locum.settings import Settings

__all__ = ["check"]

_FORMATS = {"json": as_json, "sarif": as_sarif, "github": as_github}
_LIMITS = {"error": Severity.ERROR, "warning": Severity.WARNING, "never": None}


@click.command(cls=OptionsByTopic)
@options(*(name for name in DOCUMENTS if name != "strict"))
@click.option(
    "--fail-on",
    type=click.Choice(list(_LIMITS)),
    default="error",
    show_default=True,
    help="Exit 1 if there is a diagnostic of this severity or a higher one.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", *_FORMATS]),
    default="text",
    show_default=True,
    help="The output format. Text groups repeated diagnostics unless --all is given; the others list each one.",
)
@click.option("--all", "each", is_flag=True, help="List every diagnostic instead of grouping repeated ones.")
@click.option("--ruleset", type=click.Path(path_type=Path), help="Check the rules of a file in Spectral's format, too.")
@click.option("--skip-unsupported", is_flag=True, help="Run a rule set without the rules that need JavaScript.")
@click.option(
    "--ignore-file",
    type=click.Path(path_type=Path),
    help="A file of diagnostics to leave out. Default: .locum.lint-ignore.yaml, if there is one.",
)
@click.option("--generate-ignore-file", is_flag=True, help="Write a file that leaves out all diagnostics.")
@accept_options
def check(  # noqa: PLR0913 (one argument per option)
    settings: Settings,
    *,
    fail_on: str,
    form: str,
    each: bool,
    ruleset: Path | None,
    skip_unsupported: bool,
    ignore_file: Path | None,
    generate_ignore_file: bool,
    **given: Any,
) -> None:
    """Check documents and handlers, and print their problems.

    Exit code 0: no diagnostic reaches the severity of --fail-on. 1: one does, or a handler does not fit its
    document. 2: a document cannot be read.
    """
    from locum.openapi.lint.linting import lint  # noqa: PLC0415 (only this command needs all of it)

    rules = _ruleset(ruleset, skip=skip_unsupported)
    services = load(settings, imports=False)
    diagnostics = [lint(service.contract, sources_of(settings).cache, _further(service)) for service in services]
    limit = _LIMITS[fail_on]
    selection = Selection(rules, ignore_file, limit, generate_ignore_file, Acceptance("check", given))
    try:
        diagnostics = selection.select([service.contract for service in services], diagnostics)
    except BadDocument as problem:
        stop([str(problem)])
    disagreements = disagreements_of(services)
    if form == "text":
        for service, found in zip(services, diagnostics, strict=True):
            _print(service, found, each=each)
        for sentence in disagreements:
            click.echo(sentence)
    else:
        click.echo(_FORMATS[form]([diagnostic for found in diagnostics for diagnostic in found]), nl=False)
        for sentence in disagreements:
            click.echo(sentence, err=True)
    for note in selection.notes:
        click.echo(f"note: {note}", err=True)
    found_any = limit is not None and any(one.severity <= limit for found in diagnostics for one in found)
    if found_any or disagreements:
        sys.exit(EXIT_FINDINGS)


def _ruleset(place: Path | None, *, skip: bool) -> Any:
    """Read a rule set; on an unsupported rule, print it and exit, unless it is to be skipped."""
    if place is None:
        return None
    from locum.review.lint.rulesets import read_ruleset  # noqa: PLC0415 (only --ruleset needs it)

    try:
        found = read_ruleset(place)
    except BadDocument as problem:
        stop([str(problem)])
    if found.unsupported and not skip:
        stop([*found.unsupported, "Use --skip-unsupported to run the other rules."])
    for sentence in found.unsupported:
        click.echo(f"note: skipped: {sentence}", err=True)
    return found


def _further(service: Service) -> More:
    """Return the checks that need the generator: rules, and schemas that no value satisfies."""

    def find(proven: set[str]) -> Iterator[LintFinding]:
        yield from rule_findings(service.contract)
        if len(service.contract.as_read.source) <= LARGE:
            yield from unsatisfiable_findings(service.contract, service.behaviour.generator, proven)

    return find


def _print(service: Service, found: list[Diagnostic], *, each: bool) -> None:
    lines = [one.sentence for one in found] if each else [group.sentence for group in grouped(found)]
    for line in lines:
        click.echo(line)
    operations, written = len(service.contract.operations), len(service.written)
    how = ", all with handlers" if written == operations else ", all generated"
    if 0 < written < operations:
        how = f", {written} with handlers, {operations - written} generated"
    by_severity = [(severity.label, sum(one.severity is severity for one in found)) for severity in Severity]
    counts = ", ".join(f"{count} {word}{'s' * (count > 1 and word != 'info')}" for word, count in by_severity if count)
    place = service.contract.document.place
    click.echo(
        f"{place}: {operations} operation{'s' * (operations != 1)}{how * bool(operations)}; {counts or 'no problems'}."
    )
    for note in service.contract.document.notes:
        click.echo(f"  note: {note}")
