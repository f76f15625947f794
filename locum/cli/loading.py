"""Load documents and handlers for a command; print errors and exit."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import click

from locum.openapi.load.documents import BadDocument
from locum.server.handlers import EXIT_UNREADABLE, StartError
from locum.server.services import load_services, sources_of

if TYPE_CHECKING:
    from locum.server.services import Service
    from locum.settings import Settings

__all__ = ["load", "note_lenient", "stop"]


def load(settings: Settings, *, imports: bool = True) -> list[Service]:
    """Load documents and handlers; on an error, print it and exit. If not `imports`, no handler code runs."""
    note_lenient(settings)
    try:
        return load_services(replace(sources_of(settings), imports=imports))
    except BadDocument as problem:
        stop([str(problem)])
    except StartError as unfit:
        stop(unfit.sentences, unfit.code)


def note_lenient(settings: Settings) -> None:
    """Print a note if `--lenient` is given, which has no effect."""
    if settings.lenient:
        click.echo("note: --lenient has no effect: documents with problems are served by default.", err=True)


def stop(sentences: list[str], code: int = EXIT_UNREADABLE) -> NoReturn:
    """Print messages on standard error and exit."""
    for sentence in sentences:
        click.echo(sentence, err=True)
    sys.exit(code)
