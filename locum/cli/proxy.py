"""`locum proxy`: stand in front of a real server."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from locum.cli.help import OptionsByTopic
from locum.cli.options import options
from locum.cli.record import recording_loader, recording_options
from locum.cli.serve import output_options, run_server
from locum.options import AuthMode, OnViolation
from locum.settings import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.server.application import Application
    from locum.settings import Settings

__all__ = ["proxy"]


@click.command(cls=OptionsByTopic)
@options(*TABLE, auth=AuthMode.ANY)
@click.option("--errors", is_flag=True, help="Same as --on-violation block, as in Prism.")
@click.option(
    "--record",
    "record_to",
    metavar="NAME",
    help="Record the responses of the upstream into the fixture in this folder.",
)
@recording_options
@output_options
def proxy(  # noqa: PLR0913 (the options)
    settings: Settings,
    *,
    errors: bool,
    record_to: str | None,
    redact: tuple[str, ...],
    as_of: str,
    watch: bool,
    quiet: bool,
    verbose: bool,
    log_format: str,
) -> None:
    """Forward requests to a real server, and validate requests and responses.

    Operations that the upstream lacks can be mocked (--mock-when). Every response has the header X-Locum-Source.
    The default of --auth is any: the upstream decides which credentials are valid.
    """
    if not settings.upstream:
        message = "Missing option '--upstream': the URL of the real server, such as http://127.0.0.1:8000."
        raise click.UsageError(message)
    if errors:
        settings = replace(settings, on_violation=OnViolation.BLOCK)
    load = _load_create_proxy if record_to is None else recording_loader(record_to, redact, as_of)
    run_server(settings, watch=watch, quiet=quiet, verbose=verbose, as_json=log_format == "json", load=load)


def _load_create_proxy() -> Callable[[Settings], Application]:
    from locum.proxy.layer import create_proxy  # noqa: PLC0415 (only this command needs it)

    return create_proxy
