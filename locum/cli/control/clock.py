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
    """Say how the clock stands."""
    _say(world)


@clock.command()
@remote
def freeze(world: World) -> None:
    """Let it stand still."""
    world.clock.freeze()
    _say(world)


@clock.command()
@click.argument("by")
@remote
def advance(world: World, *, by: str) -> None:
    """Move it forward BY a duration: 90s, "1d 2h", or seconds. What falls due on the way happens, in order."""
    world.clock.advance(float(by) if _NUMBER.match(by) else by)
    _say(world)


@clock.command("set")
@click.argument("moment")
@remote
def set_(world: World, *, moment: str) -> None:
    """Set it to a MOMENT: 2026-01-22T09:00:00Z."""
    world.clock.set(moment)
    _say(world)


@clock.command()
@click.option("--step", help="Move by this for each request from now on: 1s.")
@click.option("--rate", type=float, help="Run from now on: seconds of the world for each second of the machine.")
@remote
def resume(world: World, *, step: str | None, rate: float | None) -> None:
    """Let it go on, as before or in another way."""
    world.clock.resume(step=step, rate=rate)
    _say(world)


def _say(world: World) -> None:
    stands = world.clock.describe()
    pace = {"stepping": f", {stands['step']:g} s a request", "running": f", {stands['rate']:g} times as fast"}
    click.echo(f"{stands['now']}  {stands['mode']}{pace.get(stands['mode'], '')}")
