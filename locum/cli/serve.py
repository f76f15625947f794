"""`locum serve`, and `locum mock`, which is called as Prism's is."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path

import click

from locum.cli.loading import stop
from locum.cli.options import options
from locum.openapi.load.documents import BadDocument
from locum.serving.handlers import Unfit
from locum.settings import TABLE, Settings

__all__ = ["mock", "serve"]


@click.command()
@options(*TABLE)
@click.option("--watch", "-w", is_flag=True, help="Serve changed documents and handlers at once, and keep the state.")
def serve(settings: Settings, *, watch: bool) -> None:
    """Serve the APIs of OpenAPI documents, and of folders of them.

    Without any: the three bundled APIs, on http://127.0.0.1:4010.
    """
    _serve(settings, watch=watch)


@click.command(context_settings={"help_option_names": ["--help"]})
@click.argument("document", type=click.Path(path_type=Path))
@click.option("-p", "--port", default=4010, show_default=True, type=click.IntRange(0, 65535), help="The port.")
@click.option("-h", "--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("-d", "--dynamic", is_flag=True, help="Make values up, even where there are examples.")
@click.option("--seed", default=0, show_default=True, help="Another number gives other values.")
@click.option("--cors/--no-cors", default=True, show_default=True, help="Let pages of every origin in.")
@click.option("--errors", is_flag=True, help="Taken for Prism's sake: an invalid request is always refused.")
@click.option("-m", "--multiprocess", is_flag=True, help="Taken for Prism's sake: one process is enough.")
@click.option("-w", "--watch", is_flag=True, help="Serve the document anew when it changes.")
def mock(  # noqa: PLR0913 (one argument per option)
    document: Path,
    *,
    port: int,
    host: str,
    dynamic: bool,
    seed: int,
    cors: bool,
    errors: bool,  # noqa: ARG001 (see its help)
    multiprocess: bool,  # noqa: ARG001 (see its help)
    watch: bool,
) -> None:
    """Serve one document, with the options of `prism mock`."""
    settings = Settings(specs=(document,), port=port, host=host, seed=seed, dynamic=dynamic, like_prism=True)
    _serve(replace(settings, cors=("*",) if cors else ()), watch=watch)


def _serve(settings: Settings, *, watch: bool) -> None:
    gc.disable()  # what a start makes stays; the server turns it on again
    from locum.serving.server import Busy, run  # noqa: PLC0415 (only serving needs the server)

    try:
        run(settings, watch=watch)
    except (BadDocument, Busy) as problem:
        stop([str(problem)])
    except Unfit as unfit:
        stop(unfit.sentences)
