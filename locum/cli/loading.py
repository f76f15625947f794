"""Loading: reading documents and handlers for a command, and stopping with sentences."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

import click

from locum.openapi.load.documents import BadDocument
from locum.serving.handlers import Unfit
from locum.serving.services import load_services

if TYPE_CHECKING:
    from locum.serving.services import Service
    from locum.settings import Settings

__all__ = ["load", "stop"]

_EXIT_FINDINGS = 2


def load(settings: Settings) -> list[Service]:
    """Read the documents and their handlers, or stop with what is wrong."""
    try:
        return load_services(settings.sources)
    except BadDocument as problem:
        stop([str(problem)])
    except Unfit as unfit:
        stop(unfit.sentences)


def stop(sentences: list[str]) -> NoReturn:
    """Say what is wrong on standard error, and end with exit code 2."""
    for sentence in sentences:
        click.echo(sentence, err=True)
    sys.exit(_EXIT_FINDINGS)
