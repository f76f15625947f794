"""`locum serve`, and `locum mock` with the options of Prism."""

from __future__ import annotations

import gc
import hashlib
import sys
from typing import TYPE_CHECKING, Any

import click

from locum import __version__
from locum.cli.colours import wants_colour
from locum.cli.help import OptionsByTopic
from locum.cli.lean_imports import lean_imports
from locum.cli.loading import note_lenient, stop
from locum.cli.options import PLACE, options
from locum.cli.yargs import YargsCommand
from locum.openapi.load.documents import BadDocument
from locum.server.handlers import StartError
from locum.settings import SERVING, Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from locum.server.application import Application

__all__ = ["mock", "output_options", "run_server", "serve"]

_LEVELS = {
    "trace": "debug",
    "debug": "debug",
    "info": "info",
    "warn": "warning",
    "error": "error",
    "fatal": "error",
    "silent": "error",
}
"""Prism's log levels, and locum's."""

_WITHOUT_EFFECT = {
    "multiprocess": "one process serves all requests",
    "errors": "invalid requests are always rejected, and every response is valid",
    "json_schema_faker_fillproperties": "generated values have the declared properties",
}
"""Options of Prism that are accepted without effect, and why."""


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options about what a server prints, and --watch."""
    for option in reversed(_OF_OUTPUT):
        command = option(command)
    return command


_OF_OUTPUT = (
    click.option(
        "--watch", "-w", is_flag=True, help="Reload documents and handlers when they change, and keep the state."
    ),
    click.option("--quiet", "-q", is_flag=True, help="Print the address, but no line per request."),
    click.option("--verbose", "-v", is_flag=True, help="Print the decisions about each request that fails."),
    click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="The format of the start message and the line per request.",
    ),
)


@click.command(cls=OptionsByTopic)
@options(*SERVING)
@output_options
def serve(settings: Settings, *, watch: bool, quiet: bool, verbose: bool, log_format: str) -> None:
    """Serve the APIs of OpenAPI documents or folders.

    Without DOCUMENTS, serve the three bundled APIs. The default address is http://127.0.0.1:4010. Each request is
    printed in one line.
    """
    run_server(settings, watch=watch, quiet=quiet, verbose=verbose, as_json=log_format == "json")


def _seed(_context: click.Context, _option: click.Parameter, text: Any) -> int:
    """Return a seed as a number. Prism's seed is a string; digits are used as they are, other text is hashed."""
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
@click.option(
    "-p", "--port", default=4010, show_default=True, type=click.IntRange(0, 65535), help="The port to listen on."
)
@click.option("-h", "--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@_switch("dynamic", "Generate values, even where there are examples.", "-d")
@_switch("ignoreExamples", "Same as --dynamic.")
@click.option("--seed", default="0", show_default=True, callback=_seed, help="The seed of generated values.")
@_switch("cors", "Allow pages of every origin (CORS).", default=True)
@click.option("-v", "--verboseLevel", default="info", type=click.Choice(list(_LEVELS)), help="The log level.")
@click.option(
    "--allowed-host",
    multiple=True,
    envvar="LOCUM_ALLOWED_HOST",
    help="A host name to accept besides loopback names and IP addresses; may be repeated; * for all.",
)
@_switch("errors", "No effect: an invalid request is always rejected.")
@_switch("multiprocess", "No effect: one process is enough.", "-m")
@_switch("json-schema-faker-fillProperties", "No effect: generated values have the declared properties.")
@click.option("-w", "--watch", is_flag=True, help="Reload the document when it changes.")
@click.version_option(__version__, prog_name="locum")
@click.pass_context
def mock(context: click.Context, /, document: Path | str, **given: Any) -> None:
    """Serve one document, with the options of `prism mock`.

    Option names are case-insensitive and may omit dashes. Switches accept =true and =false.
    """
    named = {name: context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE for name in given}
    notes = {
        f"--{name}": _WITHOUT_EFFECT[name] for name, is_given in named.items() if is_given and name in _WITHOUT_EFFECT
    }
    notes |= dict.fromkeys(context.meta.get("passed", ()), "values are not generated by json-schema-faker")
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
    run_server(settings, watch=given["watch"], quiet=given["verboselevel"] == "silent")


def run_server(  # noqa: PLR0913 (the options of a server)
    settings: Settings,
    *,
    watch: bool,
    quiet: bool = False,
    verbose: bool = False,
    as_json: bool = False,
    load: Callable[[], Callable[[Settings], Application]] | None = None,
) -> None:
    """Serve until interrupted; `load` imports and returns what creates the application, if it is no plain mock."""
    if quiet and verbose:
        message = "--quiet and --verbose exclude each other."
        raise click.UsageError(message)
    gc.disable()  # objects of the start live on; the server enables it again
    with lean_imports():
        from locum.server.application import create  # noqa: PLC0415 (as above)
        from locum.server.request_log import Output  # noqa: PLC0415 (only serving needs the server)
        from locum.server.uvicorn_server import Busy, run  # noqa: PLC0415 (as above)

        make = create if load is None else load()
    note_lenient(settings)
    output = Output(quiet=quiet, verbose=verbose, as_json=as_json, colour=wants_colour(sys.stdout))
    try:
        run(settings, watch=watch, output=output, make=make)
    except (BadDocument, Busy) as problem:
        stop([str(problem)])
    except StartError as unfit:
        stop(unfit.sentences, unfit.code)
