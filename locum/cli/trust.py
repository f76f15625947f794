"""`locum trust`: manage the folders whose code and settings are used."""

from __future__ import annotations

from pathlib import Path

import click

from locum.cli.loading import stop
from locum.trust import Untrusted, changes_of, forget_folder, trust_folder, trusted_folders

__all__ = ["trust"]

_MOST_NAMED = 20


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option("--list", "lists", is_flag=True, help="List the trusted folders.")
@click.option("--remove", is_flag=True, help="Stop trusting FOLDER.")
def trust(folder: Path, *, lists: bool, remove: bool) -> None:
    """Allow locum to import the handlers in FOLDER and to use every setting of its pyproject.toml.

    The default is the current folder. Trust covers every Python file below it, except in hidden folders, virtual
    environments and node_modules. If a file is added, changed or removed later, trust the folder again.
    """
    root = folder if folder.is_dir() else folder.parent
    try:
        if lists:
            _list()
        elif remove:
            if not forget_folder(root):
                stop([f"{root} is not trusted. To list trusted folders: locum trust --list"], code=1)
            click.echo(f"{root.resolve()} is no longer trusted.")
        elif not folder.exists():
            stop([f"{folder}: folder not found."])
        else:
            _trust(root)
    except Untrusted as problem:
        stop([str(problem)])
    except OSError as problem:
        stop([f"{root}: cannot save the trust: {problem.strerror}."])


def _trust(root: Path) -> None:
    names = trust_folder(root)
    count = f"{len(names)} file{'s' * (len(names) != 1)} of code and settings"
    click.echo(f"{root.resolve()}: trusted, with {count}.")
    for name in names[:_MOST_NAMED]:
        click.echo(f"  {name}")
    if len(names) > _MOST_NAMED:
        click.echo(f"  and {len(names) - _MOST_NAMED} more")


def _list() -> None:
    folders = trusted_folders()
    if not folders:
        click.echo("No folder is trusted.")
    for root in folders:
        changed = changes_of(root) if root.is_dir() else ["the folder does not exist"]
        click.echo(f"{root}: " + (f"changed since: {', '.join(changed[:3])}" if changed else "unchanged"))
