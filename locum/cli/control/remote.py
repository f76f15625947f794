"""Shared by the commands that control a running server: options for its URL and world, and output."""

from __future__ import annotations

import functools
import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from locum.cli.loading import stop
from locum.client import Connection, Rejected, Unreachable, World
from locum.client.connection import DEFAULT_URL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["group", "remote", "show", "table"]


def group(name: str) -> Callable[[Any], click.Group]:
    """Create a group of commands, one per verb."""
    return click.group(name, context_settings={"help_option_names": ["-h", "--help"]})


def remote(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of server and world to a command, which is called with `world`; on an error, exit."""

    @click.option("--url", default=DEFAULT_URL, show_default=True, envvar="LOCUM_URL", help="The URL of the server.")
    @click.option("--world", default="default", show_default=True, envvar="LOCUM_WORLD", help="The name of the world.")
    @click.option(
        "--control-token", default="", envvar="LOCUM_CONTROL_TOKEN", help="The control token that the server printed."
    )
    @functools.wraps(command)
    def with_world(url: str, world: str, control_token: str, **given: Any) -> None:
        try:
            with closing(Connection(url, control_token)) as connection:
                command(world=World(connection, world), **given)
        except (Rejected, Unreachable) as problem:
            stop([str(problem)])

    return with_world


def show(value: Any) -> None:
    """Print a value as indented JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def table(titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows under titles, each column as wide as its widest cell."""
    texts = [list(titles), *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        click.echo(click.style(line, bold=row is texts[0]))
