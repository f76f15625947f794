"""`locum stats`: print how large a contract is, and how much of it is documented, protected and used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from locum.cli.help import OptionsByTopic
from locum.cli.loading import load
from locum.cli.options import options

if TYPE_CHECKING:
    from locum.settings import Settings

__all__ = ["stats"]


@click.command(cls=OptionsByTopic)
@options("specs", "handlers", "overlay", "allow_refs", "cache", "log_level")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def stats(settings: Settings, *, form: str) -> None:
    """Print the figures of documents: operations, schemas, depth, examples, descriptions, security, unused parts."""
    from locum.review.statistics import statistics_of  # noqa: PLC0415 (only this command needs it)

    found = [statistics_of(service.contract) for service in load(settings, imports=False)]
    if form == "json":
        click.echo(json.dumps([one.as_json() for one in found], indent=2, ensure_ascii=False))
        return
    for index, one in enumerate(found):
        click.echo("\n" * bool(index) + f"{one.title} ({one.place}, OpenAPI {one.version})")
        rows = list(one.rows)
        width = max(len(name) for name, _ in rows)
        for name, value in rows:
            click.echo(f"  {name:<{width}}  {value}")
