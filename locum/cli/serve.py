"""`locum serve`, and `locum mock`, which is called as Prism's is."""

from __future__ import annotations

import gc
import hashlib
from typing import TYPE_CHECKING, Any

import click

from locum import __version__
from locum.cli.lean_imports import lean_imports
from locum.cli.loading import note_lenient, stop
from locum.cli.options import PLACE, options
from locum.cli.yargs import YargsCommand
from locum.openapi.load.documents import BadDocument
from locum.server.handlers import Unfit
from locum.settings import TABLE, Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["mock", "serve"]

_LEVELS = {
    "trace": "debug",
    "debug": "debug",
    "info": "info",
    "warn": "warning",
    "error": "error",
    "fatal": "error",
    "silent": "error",
}
"""Prism's levels of logging, and what they are here."""

_WITHOUT_EFFECT = {
    "multiprocess": "one process serves all requests",
    "errors": "invalid requests are always rejected, and every response is valid",
    "json_schema_faker_fillproperties": "generated values have the declared properties",
}
"""Options of Prism that are accepted and change nothing, and why."""


@click.command()
@options(*TABLE)
@click.option("--watch", "-w", is_flag=True, help="Serve changed documents and handlers at once, and keep the state.")
def serve(settings: Settings, *, watch: bool) -> None:
    """Serve the APIs of OpenAPI documents, and of folders of them.

    Without any: the three bundled APIs, on http://127.0.0.1:4010.
    """
    _serve(settings, watch=watch)


def _seed(_context: click.Context, _option: click.Parameter, text: Any) -> int:
    """Return the number that a seed stands for: Prism's is a text. A number is itself."""
    text = str(text)
    if text.isascii() and text.isdecimal():
        return int(text)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest())


class _Mock(YargsCommand):
    passing = ("--json-schema-faker-",)


def _switch(
    name: str, explanation: str, *short: str, default: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(*short, f"--{name}/--no-{name}", default=default, help=explanation)


@click.command(cls=_Mock, context_settings={"help_option_names": ["--help"]})
@click.argument("document", type=PLACE)
@click.option("-p", "--port", default=4010, show_default=True, type=click.IntRange(0, 65535), help="The port.")
@click.option("-h", "--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@_switch("dynamic", "Generate values, even where there are examples.", "-d")
@_switch("ignoreExamples", "As --dynamic.")
@click.option("--seed", default="0", show_default=True, callback=_seed, help="Another text gives other values.")
@_switch("cors", "Let pages of every origin in.", default=True)
@click.option("-v", "--verboseLevel", default="info", type=click.Choice(list(_LEVELS)), help="What to log.")
@click.option(
    "--allowed-host",
    multiple=True,
    envvar="LOCUM_ALLOWED_HOST",
    help="A host name to answer to, beside loopback names and IP addresses; may be repeated; * for all.",
)
@_switch("errors", "No effect: an invalid request is always rejected.")
@_switch("multiprocess", "No effect: one process is enough.", "-m")
@_switch("json-schema-faker-fillProperties", "No effect: generated values have the declared properties.")
@click.option("-w", "--watch", is_flag=True, help="Serve the document again when it changes.")
@click.version_option(__version__, prog_name="locum")
@click.pass_context
def mock(context: click.Context, /, document: Path | str, **given: Any) -> None:
    """Serve one document, with the options of `prism mock`.

    Names may be written in any case, with dashes or without, and switches with =true and =false.
    """
    named = {name: context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE for name in given}
    notes = {
        f"--{name}": _WITHOUT_EFFECT[name] for name, is_given in named.items() if is_given and name in _WITHOUT_EFFECT
    }
    notes |= dict.fromkeys(context.meta.get("passed", ()), "values are generated in another way")
    for name, reason in notes.items():
        click.echo(f"Note: {name.replace('_', '-')} has no effect here: {reason}.", err=True)
    settings = Settings(
        specs=(document,),
        port=given["port"],
        host=given["host"],
        seed=given["seed"],
        dynamic=given["dynamic"] or given["ignoreexamples"],
        cors=("*",) if given["cors"] else (),
        allowed_host=given["allowed_host"],
        log_level=_LEVELS[given["verboselevel"]],
        like_prism=True,
    )
    _serve(settings, watch=given["watch"])


def _serve(settings: Settings, *, watch: bool) -> None:
    gc.disable()  # what a start makes stays; the server turns it on again
    with lean_imports():
        from locum.server.uvicorn_server import Busy, run  # noqa: PLC0415 (only serving needs the server)

    note_lenient(settings)
    try:
        run(settings, watch=watch)
    except (BadDocument, Busy) as problem:
        stop([str(problem)])
    except Unfit as unfit:
        stop(unfit.sentences, unfit.code)
