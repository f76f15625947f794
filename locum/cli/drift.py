"""`locum drift`: where a server has gone another way than the stand-in."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from locum.cli.loading import stop
from locum.cli.options import DOCUMENTS, options
from locum.contract.documents import BadDocument
from locum.serving.handlers import Unfit

if TYPE_CHECKING:
    from locum.settings import Settings

__all__ = ["drift"]

_UNREACHABLE = 3


@click.command()
@options(*(name for name in DOCUMENTS if name != "specs"), "jwt_secret")
@click.argument("scenarios", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--spec", "specs", multiple=True, type=click.Path(path_type=Path), help="A document. Default: ours.")
@click.option("--url", required=True, help="The server, at the root of its paths.")
@click.option("--token", default="", envvar="LOCUM_TOKEN", help="A bearer token for the server.")
def drift(settings: Settings, *, scenarios: tuple[Path, ...], specs: tuple[Path, ...], url: str, token: str) -> None:
    """Ask SCENARIOS - HTTP Archives, as `locum journal export har` writes them - of the stand-in and of a server.

    Each begins in a fresh world. Tells where the answers differ; ends with exit code 1 if any does, and with 3 where
    the server cannot be reached.
    """
    import httpx  # noqa: PLC0415 (only this command needs it)

    from locum.cli.minting import Wish, token_of  # noqa: PLC0415 (as above)
    from locum.proof.drift.differing import differences  # noqa: PLC0415 (as above)
    from locum.proof.drift.replaying import replay  # noqa: PLC0415 (as above)
    from locum.proof.drift.scenarios import Unreadable, read_scenario  # noqa: PLC0415 (as above)
    from locum.proof.sending import asking, sending  # noqa: PLC0415 (as above)
    from locum.serving.application import create  # noqa: PLC0415 (as above)
    from locum.serving.handlers import known_callers  # noqa: PLC0415 (as above)

    if specs:
        settings = replace(settings, specs=specs)
    try:
        application = create(settings)
    except BadDocument as problem:
        stop([str(problem)])
    except Unfit as unfit:
        stop(unfit.sentences)
    own = token_of(settings, Wish(), known_callers(settings.specs, settings.handlers))
    found = 0
    with httpx.Client(base_url=url, timeout=60) as server:
        for number, file in enumerate(scenarios):
            try:
                scenario = read_scenario(file)
            except Unreadable as problem:
                stop([str(problem)])
            world = {"X-Locum-World": f"drift-{number}", "Authorization": f"Bearer {own}"}
            ours = replay(scenario, asking(application.app, world))
            theirs = replay(scenario, sending(server, {"Authorization": f"Bearer {token}"} if token else {}))
            try:
                pairs = list(zip(ours, theirs, strict=True))
            except httpx.TransportError as problem:
                click.echo(f"{url} cannot be reached: {problem}.", err=True)
                sys.exit(_UNREACHABLE)
            for step, (mine, other) in enumerate(pairs, 1):
                for difference in differences(mine, other):
                    found += 1
                    click.echo(
                        f"{file.name} {step}. {mine.method} {mine.url}  {difference.place}: {difference.sentence}"
                    )
            click.echo(f"{file.name}: {len(pairs)} requests.", err=True)
    sys.exit(1 if found else 0)
