"""`locum fault`: manage the injected faults and preferences of a world."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from locum.cli.control.remote import group, remote, table

if TYPE_CHECKING:
    from locum.client import World

__all__ = ["fault"]


@group("fault")
def fault() -> None:
    """List, add and remove injected faults in a world of a running server."""


@fault.command("list")
@remote
def list_(world: World) -> None:
    """List the faults, and how many requests each was applied to."""
    table(("id", "hits", "fault"), ((one["id"], one["hits"], one["text"]) for one in world.faults.all()))


@fault.command()
@click.argument("text")
@remote
def add(world: World, *, text: str) -> None:
    """Add the fault TEXT: "operation=deleteApiKey, status=503, times=2"."""
    click.echo(world.faults.add(text))


@fault.command()
@click.argument("name")
@remote
def remove(world: World, *, name: str) -> None:
    """Remove the fault with the id NAME."""
    world.faults.remove(name)


@fault.command()
@remote
def clear(world: World) -> None:
    """Remove all faults."""
    world.faults.clear()


@fault.command()
@click.argument("operation")
@click.argument("prefer")
@remote
def prefer(world: World, *, operation: str, prefer: str) -> None:
    """Set the Prefer header of requests to OPERATION: code=404. An empty PREFER removes it."""
    if prefer:
        world.preferences.set(operation, prefer)
    else:
        world.preferences.clear(operation)


@fault.command()
@remote
def preferences(world: World) -> None:
    """List the preferences that are set, by operation."""
    table(("operation", "prefer"), world.preferences.all().items())
