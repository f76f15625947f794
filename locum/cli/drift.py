"""`locum drift`: compare the responses of a server with those of the mock."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from locum.cli.help import OptionsByTopic
from locum.cli.options import DOCUMENTS, PLACE, options
from locum.cli.verify_options import report_of, write_report
from locum.verify.reports import DRIFT_REPORTS
from locum.verify.reports.report import Results

if TYPE_CHECKING:
    from locum.settings import Settings

__all__ = ["drift"]

_UNREACHABLE = 3


@click.command(cls=OptionsByTopic)
@options(*(name for name in DOCUMENTS if name != "specs"), "jwt_secret", "state")
@click.argument("scenarios", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--fixture",
    "name",
    help="A folder that `locum record` wrote: report what has changed on the server since. Only GET requests are sent.",
)
@click.option(
    "--spec", "specs", multiple=True, type=PLACE, help="A document; may be repeated. Default: the bundled ones."
)
@click.option("--url", required=True, help="The URL of the server: the root of its paths.")
@click.option("--token", default="", envvar="LOCUM_TOKEN", help="A bearer token for the server.")
@click.option("--input", "inputs", multiple=True, metavar="NAME=VALUE", help="An input of a scenario; may be repeated.")
@click.option(
    "--report", "reports", multiple=True, metavar="KIND=FILE", help=f"Write a report: {', '.join(DRIFT_REPORTS)}."
)
def drift(  # noqa: PLR0913 (one argument per option)
    settings: Settings,
    *,
    scenarios: tuple[Path, ...],
    name: str | None,
    specs: tuple[Any, ...],
    url: str,
    token: str,
    inputs: tuple[str, ...],
    reports: tuple[str, ...],
) -> None:
    """Replay scenarios against the mock and a real server, and print how the responses differ.

    SCENARIOS are HTTP Archives and Arazzo documents. Each starts in a new world of the mock. With --fixture, a
    recording is compared with the server, too. Exit code 0: no difference. 1: a difference. 2: a document or an option
    is wrong. 3: the server is unreachable.
    """
    from locum.cli.drifting import (  # noqa: PLC0415 (only this command needs it)
        ServerUnreachable,
        comparisons,
        print_differences,
        since_recording,
    )
    from locum.cli.verify_options import inputs_of  # noqa: PLC0415 (as above)

    if not scenarios and not name:
        raise click.UsageError("Missing SCENARIOS or --fixture. Give HTTP Archives, or a folder of `locum record`.")
    wanted = [report_of(text, DRIFT_REPORTS) for text in reports]
    settings = replace(settings, specs=specs) if specs else settings
    try:
        found = since_recording(settings, name, url, token) if name else []
        found += comparisons(settings, scenarios, url, token, inputs_of(inputs)) if scenarios else []
    except ServerUnreachable as problem:
        click.echo(str(problem), err=True)
        sys.exit(_UNREACHABLE)
    print_differences(found)
    for kind, place in wanted:
        write_report(place, DRIFT_REPORTS[kind](Results(drift=found)))
    sys.exit(1 if any(one.differences for one in found) else 0)
