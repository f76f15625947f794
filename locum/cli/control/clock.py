"""`locum clock`: read, freeze, advance, set and resume the clock of a world."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from locum.cli.control.remote import group, remote

if TYPE_CHECKING:
    from locum.client import World

__all__ = ["clock"]

_NUMBER = re.compile(r"\d+(\.\d+)?\Z")


@group("clock")
def clock() -> None:
    """Read, freeze, advance, set and resume the clock of a world of a running server."""


@clock.command("show")
@remote
def show_(world: World) -> None:
    """Show the time and mode of the clock."""
    _print_clock(world)


@clock.command()
@remote
def freeze(world: World) -> None:
    """Freeze the clock."""
    world.clock.freeze()
    _print_clock(world)


@clock.command()
@click.argument("by")
@remote
def advance(world: World, *, by: str) -> None:
    """Advance the clock BY a duration: 90s, "1d 2h", or seconds. Scheduled events on the way run in order."""
    world.clock.advance(float(by) if _NUMBER.match(by) else by)
    _print_clock(world)


@clock.command("set")
@click.argument("moment")
@remote
def set_(world: World, *, moment: str) -> None:
    """Set the clock to a MOMENT: 2026-01-22T09:00:00Z."""
    world.clock.set(moment)
    _print_clock(world)


@clock.command()
@click.option("--step", help="Advance by this duration with each request: 1s.")
@click.option("--rate", type=float, help="Run continuously: seconds of the world per real second.")
@remote
def resume(world: World, *, step: str | None, rate: float | None) -> None:
    """Resume the clock, as before or with --step or --rate."""
    world.clock.resume(step=step, rate=rate)
    _print_clock(world)


def _print_clock(world: World) -> None:
    state = world.clock.describe()
    pace = {"stepping": f", {state['step']:g} s per request", "running": f", {state['rate']:g} times real time"}
    click.echo(f"{state['now']}  {state['mode']}{pace.get(state['mode'], '')}")
