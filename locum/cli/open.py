"""`locum open`: open the inspector of a running server in the browser."""

from __future__ import annotations

import webbrowser
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import click

from locum.cli.control.remote import remote

if TYPE_CHECKING:
    from locum.client import World

__all__ = ["open_"]

_VIEWS = ("journal", "compose", "records", "worlds", "clock", "faults", "contracts", "verify", "docs")


@click.command("open")
@click.argument("view", type=click.Choice(_VIEWS), default="journal")
@click.option("--print", "only_print", is_flag=True, help="Print the address instead of opening it.")
@remote
def open_(world: World, *, view: str, only_print: bool) -> None:
    """Open the inspector of a running server in the browser, at a VIEW. The default is the journal."""
    world.connection.ask("GET", "/health")
    address = f"{world.connection.url}/__locum/"
    query = {"world": world.name} | ({"token": world.connection.token} if world.connection.token else {})
    shown = address + ("docs/" if view == "docs" else f"#/{view}?{urlencode({'world': world.name})}")
    click.echo(shown)
    # The control token is in the fragment, which no server sees; it is not printed.
    opened = shown if view == "docs" else f"{address}#/{view}?{urlencode(query)}"
    if not only_print and not webbrowser.open(opened):
        click.echo("No browser was found. Open the address above.", err=True)
