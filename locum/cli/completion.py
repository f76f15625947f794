"""`locum completion`: print the completion script of a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

__all__ = ["completion"]


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes commands and options in a SHELL.

    For bash, add this line to ~/.bashrc: eval "$(locum completion bash)"
    """
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 (click has these three)
    click.echo(kind(context.find_root().command, {}, "locum", "_LOCUM_COMPLETE").source())
