"""`locum state`: list, export, import and clean up the worlds of a state folder, without a server."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from locum.cli.control.remote import table
from locum.cli.help import OptionsByTopic
from locum.cli.loading import stop
from locum.cli.options import DOCUMENTS, options
from locum.errors import ApiError
from locum.files import Locked, PlaceLock, read_text, replace_file
from locum.openapi.load.documents import BadDocument
from locum.server.handlers import StartError
from locum.state.engine import Batch, StateError
from locum.world.clock import read_duration, timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.settings import Settings
    from locum.state.sqlite import SqliteEngine
    from locum.state.worlds import StoredWorlds

__all__ = ["state"]

_FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
_TO_READ = ("seed", "locale", "empty", "real_clock")
"""The settings besides documents on which the records of a world depend."""


@click.group()
def state() -> None:
    """List, export, import and clean up the worlds of a folder of `locum serve --state DIR`."""


@contextlib.contextmanager
def _opened(folder: Path, *, writes: bool) -> Iterator[SqliteEngine]:
    """Open the file of a folder; to write to it, no server may use it. Exits with a message if that fails."""
    from locum.state.sqlite import FILE, SqliteEngine  # noqa: PLC0415 (SQLite is loaded for this command only)

    if not (folder / FILE).exists():
        stop([f"{folder}: no worlds are stored here. Name the folder of `locum serve --state DIR`."])
    try:
        with contextlib.ExitStack() as held:
            if writes:
                held.enter_context(PlaceLock(folder))
            yield held.enter_context(contextlib.closing(SqliteEngine(folder)))
    except (StateError, Locked) as problem:
        stop([str(problem)])


@state.command("ls")
@_FOLDER
def list_(folder: Path) -> None:
    """List the stored worlds: records, requests, and when each was last used."""
    with _opened(folder, writes=False) as engine:
        rows = engine.worlds()
    table(
        ("name", "records", "requests", "last used"),
        ((row.name, row.records, row.last, timestamp(datetime.fromtimestamp(row.used, UTC))) for row in rows),
    )


@state.command(cls=OptionsByTopic)
@_FOLDER
@click.argument("world")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), help="The file to write. Default: print it.")
@options(*DOCUMENTS, *_TO_READ)
def export(settings: Settings, folder: Path, world: str, to: Path | None) -> None:
    """Write a stored world as a snapshot, which `locum world restore` and `locum state import` read.

    DOCUMENTS are those that the server of the folder serves.
    """
    from locum.world.snapshots import Unwritable, snapshot  # noqa: PLC0415 (needs the server's modules)

    with _loaded(settings, folder) as worlds:
        try:
            content = snapshot(worlds.existing(world))
        except (ApiError, Unwritable) as error:
            stop([f"{folder}: {error}"])
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    if to is None:
        click.echo(text, nl=False)
        return
    try:
        replace_file(to, text.encode(), private=True)
    except OSError as problem:
        stop([f"{to}: cannot be written: {problem.strerror}."])


@state.command("import", cls=OptionsByTopic)
@_FOLDER
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--world", default="default", show_default=True, help="The world to restore the snapshot into.")
@options(*DOCUMENTS, *_TO_READ)
def import_(settings: Settings, folder: Path, file: Path, world: str) -> None:
    """Restore a snapshot into a stored world, which is created if it does not exist.

    DOCUMENTS are those that the server of the folder serves.
    """
    try:
        content: Any = json.loads(read_text(file))
    except (OSError, ValueError) as problem:
        stop([f"{file}: cannot be read as JSON: {getattr(problem, 'strerror', None) or problem}."])
    with _loaded(settings, folder) as worlds:
        try:
            worlds.revive(content)
            worlds.drop(world)
            worlds.restore(world, content)
        except ApiError as error:
            stop([f"{file}: {error}"])
    click.echo(f"{file} is now the world {world} of {folder}.")


@state.command()
@_FOLDER
@click.option("--unused", metavar="DURATION", help="Also delete worlds that were not used for so long: 12h, 7d.")
def gc(folder: Path, *, unused: str | None) -> None:
    """Remove what no world needs, and give the space back."""
    try:
        since = None if unused is None else time.time() - read_duration(unused).total_seconds()
    except ApiError as error:
        stop([f"--unused: {error}"])
    with _opened(folder, writes=True) as engine:
        dropped = [row.name for row in engine.worlds() if since is not None and row.used < since]
        if dropped:
            engine.commit(Batch(dropped=dropped))
        engine.sweep()
    click.echo(f"{len(dropped)} world{'s' * (len(dropped) != 1)} deleted.")


@contextlib.contextmanager
def _loaded(settings: Settings, folder: Path) -> Iterator[StoredWorlds]:
    """Load documents and the worlds of a folder, and store them at the end. Exits with a message if that fails."""
    from locum.server.application import create  # noqa: PLC0415 (only these commands need the server)

    try:
        with PlaceLock(folder):
            worlds: Any = create(replace(settings, state=folder, keeps_worlds=True)).worlds
            with contextlib.closing(worlds):
                yield worlds
    except (StateError, Locked, BadDocument) as problem:
        stop([str(problem)])
    except StartError as unfit:
        stop(unfit.sentences, unfit.code)
