"""`locum explain`: explain the code of a finding or of a diagnostic."""

from __future__ import annotations

import click

from locum.cli.loading import stop
from locum.openapi.lint.codes import CODES as DIAGNOSTICS
from locum.verify.codes.codes import CODES, code_of

__all__ = ["explain"]


@click.command()
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """Explain a CODE of `locum verify` (L020 or property_missing) or of `locum check` (wrong-type).

    Without CODE, list all codes.
    """
    if code is None:
        for known in CODES.values():
            click.echo(f"{known.code}  {known.rule:<28} {known.title}")
        for name, known_diagnostic in DIAGNOSTICS.items():
            click.echo(f"{name:<34} {known_diagnostic.title}")
        return
    diagnostic = DIAGNOSTICS.get(code.casefold())
    if diagnostic is not None:
        click.echo(diagnostic.text(code.casefold()), nl=False)
        return
    found = code_of(code)
    if found is None:
        stop([f"Unknown code '{code}'. `locum explain` lists all codes."])
    click.echo(found.text(), nl=False)
