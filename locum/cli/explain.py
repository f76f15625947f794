"""`locum explain`: what a code of a finding means."""

from __future__ import annotations

import click

from locum.cli.loading import stop
from locum.proof.codes.codes import CODES, code_of

__all__ = ["explain"]


@click.command()
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """Explain a CODE of `locum verify` (L020, or property_missing); without one, list them all."""
    if code is None:
        for known in CODES.values():
            click.echo(f"{known.code}  {known.rule:<28} {known.title}")
        return
    found = code_of(code)
    if found is None:
        stop([f"There is no code {code}. `locum explain` lists them all."])
    click.echo(found.text(), nl=False)
