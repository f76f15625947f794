"""`locum check`: report problems of documents and their handlers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from locum.cli.loading import load
from locum.cli.options import DOCUMENTS, options
from locum.generate.feasibility import rule_findings, unsatisfiable_findings
from locum.openapi.lint.diagnostics import Severity, grouped
from locum.openapi.lint.formats import as_github, as_json, as_sarif
from locum.openapi.lint.linting import LARGE
from locum.server.binding import disagreements_of
from locum.server.handlers import EXIT_FINDINGS
from locum.server.services import sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.lint.diagnostics import Diagnostic, Finding
    from locum.openapi.lint.linting import More
    from locum.server.services import Service
    from locum.settings import Settings

__all__ = ["check"]

_FORMATS = {"json": as_json, "sarif": as_sarif, "github": as_github}
_LIMITS = {"error": Severity.ERROR, "warning": Severity.WARNING, "never": None}


@click.command()
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
def check(settings: Settings, *, fail_on: str, form: str, each: bool) -> None:
    """Check documents and handlers, and print their problems.

    Exit code 0: no diagnostic reaches the severity of --fail-on. 1: one does, or a handler does not fit its
    document. 2: a document cannot be read.
    """
    from locum.openapi.lint.linting import lint  # noqa: PLC0415 (only this command needs all of it)

    services = load(settings, imports=False)
    diagnostics = [lint(service.contract, sources_of(settings).cache, _further(service)) for service in services]
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
    limit = _LIMITS[fail_on]
    found_any = limit is not None and any(one.severity <= limit for found in diagnostics for one in found)
    if found_any or disagreements:
        sys.exit(EXIT_FINDINGS)


def _further(service: Service) -> More:
    """Return the checks that need the generator: rules, and schemas that no value satisfies."""

    def find(proven: set[str]) -> Iterator[Finding]:
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
