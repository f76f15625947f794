"""`locum replay`: send the requests of a replay to a server, and report whether the finding still shows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from locum.cli.loading import stop
from locum.cli.options import PLACE
from locum.openapi.load.documents import BadDocument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.openapi.compile.contracts import Contract
    from locum.verify.replays.replay import ReplayOutcome

__all__ = ["replay"]

_GONE, _SHOWS, _UNREACHABLE = 0, 1, 3
_CONFLICTS = frozenset({400, 409, 422})
_SECONDS = 10.0


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("documents", nargs=-1, type=PLACE)
@click.option("--url", required=True, help="The URL of the server, with the base path of the operations if it has one.")
@click.option("--token", envvar="LOCUM_TOKEN", default="", help="The credential of the requests.")
@click.option("--other-token", envvar="LOCUM_OTHER_TOKEN", default="", help="The credential of the second user.")
@click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="Add a header to every request.")
@click.option("--quiet", "-q", is_flag=True, help="Print only the result.")
def replay(file: Path, documents: tuple[Path | str, ...], *, url: str, quiet: bool, **given: Any) -> None:
    """Send the requests of FILE, which `locum verify --replays` wrote, and report whether the finding still shows.

    The contract is the document that FILE names, unless DOCUMENTS are given. Exit code 0: it no longer shows. 1: it
    shows. 2: FILE or an option is wrong, or the responses do not tell. 3: the server is unreachable.
    """
    from locum.cli.verify_options import header_of  # noqa: PLC0415 (only this command needs it)
    from locum.verify.reaching import unreachable  # noqa: PLC0415 (as above)

    try:
        content = _content(file)
        contracts = _contracts(documents, file, content)
        why = unreachable(url)
        if why:
            click.echo(why, err=True)
            sys.exit(_UNREACHABLE)
        outcome = _outcome(content, str(file), contracts, url, {**given, "headers": map(header_of, given["headers"])})
    except BadDocument as problem:
        stop([str(problem)])
    except ValueError as problem:
        stop([str(problem)])
    except OSError as problem:
        stop([f"{file}: {problem.strerror or problem}."])
    if not quiet:
        for shown in outcome.exchanges:
            click.echo(f"  {shown.method} {shown.url}  {shown.status}")
    summary = str(content["workflows"][0].get("summary", file.name))
    if outcome.shows is None:
        click.echo(f"The responses do not tell: {outcome.reason.rstrip('.')}. ({summary})")
        sys.exit(2)
    click.echo(f"{'It still shows' if outcome.shows else 'It no longer shows'}: {summary}")
    sys.exit(_SHOWS if outcome.shows else _GONE)


def _content(file: Path) -> dict[str, Any]:
    from locum.openapi.load.files import read_bytes  # noqa: PLC0415 (only this command needs it)
    from locum.openapi.load.parsing import parse  # noqa: PLC0415 (as above)
    from locum.verify.scenarios.arazzo import is_arazzo  # noqa: PLC0415 (as above)

    content = parse(str(file), read_bytes(str(file)))
    workflows = content.get("workflows") if is_arazzo(content) else None
    if not isinstance(workflows, list) or len(workflows) != 1 or not isinstance(workflows[0], dict):
        raise BadDocument(f"{file}: this is no replay, which is an Arazzo document with one workflow.")
    whole: dict[str, Any] = content
    return whole


def _contracts(documents: Sequence[Path | str], file: Path, content: dict[str, Any]) -> list[Contract]:
    """Return the contracts that are named on the command line, else the one that the replay names."""
    from locum.openapi.compile.contracts import compile_contract  # noqa: PLC0415 (only this command needs it)
    from locum.openapi.load.documents import read  # noqa: PLC0415 (as above)

    if documents:
        return [compile_contract(read(document, None)) for document in documents]
    found = []
    sources = content.get("sourceDescriptions")
    for source in sources if isinstance(sources, list) else []:
        url = str(source.get("url", "")) if isinstance(source, dict) else ""
        beside = Path(url) if Path(url).is_absolute() or Path(url).exists() else file.parent / url
        if url:
            found.append(compile_contract(read(beside if "://" not in url else url, None)))
    if not found:
        raise BadDocument(f"{file}: it names no contract. Name the document on the command line.")
    return found


def _outcome(
    content: dict[str, Any], place: str, contracts: Sequence[Contract], url: str, given: dict[str, Any]
) -> ReplayOutcome:
    import httpx  # noqa: PLC0415 (only this command needs it)

    from locum.verify.behaviour.subjects import subjects_of  # noqa: PLC0415 (as above)
    from locum.verify.reaching import base_of  # noqa: PLC0415 (as above)
    from locum.verify.replays.arazzo_file import expectation_in, scenario_of  # noqa: PLC0415 (as above)
    from locum.verify.replays.cleaning import clean_up  # noqa: PLC0415 (as above)
    from locum.verify.replays.making import freshened  # noqa: PLC0415 (as above)
    from locum.verify.replays.replay import ReplayOutcome, play  # noqa: PLC0415 (as above)
    from locum.verify.requests import Requests, http_sender  # noqa: PLC0415 (as above)

    scenario, contract = scenario_of(content, contracts)
    expectation = expectation_in(content, place)
    requests = Requests(contract, base_of(url, contract.document.base_path), given["token"], dict(given["headers"]))
    inputs = {"otherToken": given["other_token"]}
    with httpx.Client(timeout=_SECONDS) as client:
        send = http_sender(client, {}, _SECONDS)
        try:
            outcome = play(scenario, expectation, requests, send, inputs)
            subjects = subjects_of(contract, contract.operations)
            clean_up(subjects, zip(scenario.steps, outcome.exchanges, strict=False), requests, send)
            if outcome.exchanges and outcome.exchanges[-1].status in _CONFLICTS and outcome.shows is None:
                # A value that must be unique may be left from an earlier run.
                scenario, _ = scenario_of(freshened(content, 1), contracts)
                outcome = play(scenario, expectation_in(freshened(content, 1), place), requests, send, inputs)
                clean_up(subjects, zip(scenario.steps, outcome.exchanges, strict=False), requests, send)
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            return ReplayOutcome(None, f"{type(problem).__name__}: {problem}")
    return outcome
