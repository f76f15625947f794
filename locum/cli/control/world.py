"""`locum world`: list, create, fork, reset, compare, save, restore and delete worlds."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from locum.cli.control.remote import group, remote, show, table
from locum.cli.loading import stop
from locum.files import read_text, replace_file

if TYPE_CHECKING:
    from locum.client import World

__all__ = ["world"]


@group("world")
def world() -> None:
    """List, create, fork, reset, compare, save, restore and delete worlds of a running server."""


@world.command("list")
@remote
def list_(world: World) -> None:
    """List the worlds."""
    table(
        ("name", "seed", "now", "clock", "requests", "records", "faults"),
        (
            (
                found["name"],
                found["seed"],
                found["clock"]["now"],
                found["clock"]["mode"],
                found["requests"],
                found["records"],
                found["faults"],
            )
            for found in world.connection.ask("GET", "/worlds")
        ),
    )


@world.command("show")
@remote
def show_(world: World) -> None:
    """Show the world as JSON."""
    show(world.describe())


@world.command()
@click.option("--seed", type=click.IntRange(0), help="The seed of ids and seed data.")
@click.option("--fixture", help="The fixture that the world starts from.")
@remote
def create(world: World, *, seed: int | None, fixture: str | None) -> None:
    """Create the world. Without options this is not needed: the first request that names a world creates it."""
    given = {"seed": seed, "fixture": fixture}
    body = {"name": world.name, **{name: value for name, value in given.items() if value is not None}}
    show(world.connection.ask("POST", "/worlds", body))


@world.command()
@click.argument("into")
@remote
def fork(world: World, *, into: str) -> None:
    """Copy the world to a new world INTO."""
    show(world.fork(into).describe())


@world.command()
@remote
def reset(world: World) -> None:
    """Reset the world to its initial state."""
    world.reset()


@world.command()
@remote
def drop(world: World) -> None:
    """Delete the world."""
    world.drop()


@world.command()
@click.option("--since", help="Compare with this world. Default: the initial state.")
@remote
def changes(world: World, *, since: str | None) -> None:
    """List the records that changed. Exit code 1 if any did."""
    found = world.changes(since)
    for change in found:
        place = f"{change['type']} {change['key']}{change['pointer']}"
        click.echo(f"{change['kind']:<8} {place}{_values(change)}")
    if found:
        click.get_current_context().exit(1)


def _values(change: dict[str, Any]) -> str:
    if not change["pointer"]:
        return ""
    values = [json.dumps(change[name], ensure_ascii=False) for name in ("before", "after") if name in change]
    return ": " + " -> ".join(values)


@world.command()
@click.option("--to", "file", type=click.Path(path_type=Path), help="The file to write. Default: standard output.")
@remote
def snapshot(world: World, *, file: Path | None) -> None:
    """Write a snapshot of the world as JSON."""
    content = world.snapshot()
    if file is None:
        show(content)
        return
    try:
        replace_file(file, json.dumps(content, indent=2, ensure_ascii=False) + "\n", private=True)
    except OSError as problem:
        stop([f"{file}: cannot be written: {problem.strerror}."])


@world.command()
@click.argument("source")
@remote
def restore(world: World, *, source: str) -> None:
    """Restore the world from SOURCE: the file of a snapshot, or the name of a fixture."""
    file = Path(source)
    if not os.path.lexists(file) or file.is_dir():
        world.restore(source)
        return
    try:
        world.restore(json.loads(read_text(file)))
    except (OSError, ValueError, RecursionError) as problem:
        stop([f"{file}: cannot be read: {getattr(problem, 'strerror', None) or problem}."])


@world.command()
@click.argument("fixture")
@remote
def save(world: World, *, fixture: str) -> None:
    """Save the world as a FIXTURE: a file with `locum serve --state`, else in memory."""
    world.save(fixture)


@world.command()
@remote
def fixtures(world: World) -> None:
    """List the fixtures."""
    found = world.connection.ask("GET", "/fixtures")
    table(("name", "seed", "now", "records"), ((one["name"], one["seed"], one["now"], one["records"]) for one in found))


@world.command()
@click.argument("record_type", required=False)
@click.argument("key", required=False)
@remote
def records(world: World, *, record_type: str | None, key: str | None) -> None:
    """List the record types, the records of a type, or show one record."""
    if record_type is None:
        table(("type", "records"), world.state.types().items())
    elif key is None:
        show(world.state.all(record_type))
    else:
        show(world.state.get(record_type, key))
