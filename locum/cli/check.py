"""`locum check`: what a start would say, without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from locum.cli.loading import load, stop
from locum.cli.options import DOCUMENTS, options
from locum.openapi.lint.examples import broken_examples
from locum.serving.gate import faults

if TYPE_CHECKING:
    from locum.settings import Settings

__all__ = ["check"]


@click.command()
@options(*DOCUMENTS)
def check(settings: Settings) -> None:
    """Check documents and handlers, as the start does.

    Exit code 0: all is well. 2: what must be mended is said, sentence by sentence. Examples that
    break their own schema are told, and do not stop a start.
    """
    services = load(settings)
    found = faults(services, settings.sources.cache)
    if found:
        stop(found)
    for service in services:
        document, operations = service.contract.document, service.contract.operations
        written = len(service.handlers)
        how = "all played by handlers" if written == len(operations) else "all generated"
        if 0 < written < len(operations):
            how = f"{written} played by handlers, {len(operations) - written} generated"
        count = f"{len(operations)} operation" + "s" * (len(operations) != 1)
        click.echo(f"{document.place}: {count}, {how}.")
        for note in (*document.notes, *service.unserved):
            click.echo(f"  note: {note}")
        for example in broken_examples(service.contract):
            click.echo(f"  note: the example {example.pointer} breaks its own schema: {example.reason}.")
