"""`locum journal`: list, verify and export the requests that a world received."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from locum.cli.control.remote import group, remote, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.client import World

__all__ = ["journal"]


@group("journal")
def journal() -> None:
    """List, follow, verify, export and clear the journal of a world of a running server."""


@journal.command("list")
@click.option("--operation", help="Only this operationId; * matches any characters.")
@click.option("--status", help="Only this status (404), class (4XX) or range (400-409).")
@click.option("--path", help="Only this path; * matches any characters.")
@click.option("--text", help="Only entries that contain this text.")
@click.option("--undeclared", is_flag=True, default=None, help="Only requests that no operation matched.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 1000), help="The number of entries.")
@remote
def list_(world: World, **filters: Any) -> None:
    """List the newest entries, oldest first."""
    for entry in world.journal.entries(**filters):
        click.echo(_line(entry))


@journal.command("show")
@click.argument("number", type=click.IntRange(1))
@remote
def show_(world: World, *, number: int) -> None:
    """Show the request with this NUMBER, its response, and how the response was decided."""
    entry = world.ask("GET", f"/journal/{number}")
    click.echo(_line(entry))
    for sentence in [*entry["trace"], *entry["near_misses"]]:
        click.echo(f"  {sentence}")
    show({"request": entry["request"], "response": entry["response"]})
    click.echo(world.ask("GET", f"/journal/{number}/curl"), nl=False)


@journal.command()
@remote
def follow(world: World) -> None:
    """Print new requests until interrupted."""
    after = max((entry["number"] for entry in world.journal.entries(limit=1)), default=0)
    for entry in _events(world, after):
        click.echo(_line(entry))


def _events(world: World, after: int) -> Iterator[dict[str, Any]]:
    for line in world.connection.lines("/journal/stream", world=world.name, after=after):
        name, _, value = line.partition(": ")
        if name == "data" and value != "{}":
            yield json.loads(value)


@journal.command()
@click.argument("expected", nargs=-1)
@click.option("--in-order", is_flag=True, help="Expect the calls in this order.")
@click.option("--nothing-undeclared", is_flag=True, help="Expect that every request matched an operation.")
@click.option("--nothing-rejected", is_flag=True, help="Expect that no request was rejected.")
@click.option("--nothing-else", is_flag=True, help="Expect no other calls.")
@remote
def verify(world: World, *, expected: tuple[str, ...], **rules: bool) -> None:
    """Check that the world received the EXPECTED calls. Exit code 1 if not.

    An expectation is OPERATION [once|twice|never|3 times|at least 2|at most 2] [with NAME=VALUE ...]
    [status STATUS].
    """
    verdict = world.journal.check(*expected, **{name: is_set for name, is_set in rules.items() if is_set})
    for failure in verdict["failures"]:
        click.echo(failure["sentence"])
    if not verdict["ok"]:
        click.get_current_context().exit(1)
    click.echo(f"Expectations met ({verdict['entries']} entries).")


@journal.command()
@click.argument("form", type=click.Choice(["har", "curl", "pytest", "arazzo"]))
@remote
def export(world: World, *, form: str) -> None:
    """Print the journal as an HTTP Archive, curl commands, a pytest module, or an Arazzo document."""
    exported = world.journal.export(form)
    if isinstance(exported, str):
        click.echo(exported, nl=False)
    else:
        show(exported)


@journal.command()
@remote
def clear(world: World) -> None:
    """Remove all entries."""
    world.journal.clear()


def _line(entry: dict[str, Any]) -> str:
    colour = "green" if 0 < entry["status"] < 400 else "yellow" if 400 <= entry["status"] < 500 else "red"  # noqa: PLR2004
    status = click.style(str(entry["status"] or "---"), fg=colour)
    what = entry["operation"] or "no operation"
    why = "" if entry["branch"] in {"handler", ""} else f", {entry['branch']}"
    return f"{entry['number']:>5} {status} {entry['method']:<6} {entry['path']}  ({what}{why})"
