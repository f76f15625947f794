"""Replay HTTP Archives and Arazzo scenarios against the mock and a server, and compare the responses."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import httpx

from locum.cli.coverage import MOCK_URL
from locum.cli.loading import load, stop
from locum.cli.token import Wish, token_of
from locum.cli.verify_options import directions_of
from locum.files import read_text
from locum.openapi.load.documents import BadDocument
from locum.record.changes import changes_since
from locum.record.fixture import Fixture
from locum.redaction import Known
from locum.redaction.known import SHORT
from locum.server.application import create
from locum.server.handlers import StartError, known_callers
from locum.verify.drift import UnreadableScenario, compared, read_scenario
from locum.verify.observed.har_files import is_archive
from locum.verify.reaching import base_of, reason_of
from locum.verify.requests import Requests, asgi_sender, http_sender
from locum.verify.scenarios.expressions import NoValue
from locum.verify.scenarios.replay import replay, walked
from locum.world.fixtures import Fixtures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from locum.settings import Settings
    from locum.verify.drift import Compared
    from locum.verify.exchanges import Shown

    Walk = tuple[str, Iterable[Shown], Iterable[Shown]]

__all__ = ["ServerUnreachable", "comparisons", "print_differences", "since_recording"]

_SECONDS = 60


class ServerUnreachable(Exception):
    """The server cannot be reached. The message gives the reason."""


def comparisons(
    settings: Settings, files: Sequence[Path], url: str, token: str, inputs: dict[str, str]
) -> list[Compared]:
    """Replay the scenarios of files - HTTP Archives and Arazzo documents - against both, and compare.

    Each starts in a new world of the mock, as its first user. On an invalid file or URL, print the error and exit.
    Raises ServerUnreachable.
    """
    found = []
    known = Known(one for one in (token, *inputs.values()) if len(one) >= SHORT)
    try:
        with httpx.Client(base_url=url, timeout=_SECONDS) as client:
            for name, ours, theirs in _walks(settings, files, url, token, inputs, client):
                try:
                    found.append(compared(name, ours, theirs, known))
                except NoValue as nothing:
                    click.echo(f"{name}: skipped, as {nothing}.", err=True)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        stop([f"Invalid server URL '{url}'. Use http://host:port."])
    except httpx.TransportError as problem:
        raise ServerUnreachable(f"{url} cannot be reached: {reason_of(problem)}.") from None
    return found


def since_recording(settings: Settings, name: str, url: str, token: str) -> list[Compared]:
    """Compare a recording with a server. On an invalid fixture or URL, print the error and exit.

    Raises ServerUnreachable.
    """
    services = load(settings, imports=False)
    folder = Fixtures(settings.state).folder(name)
    folder = folder if folder is not None and folder.is_dir() else Path(name)
    if not folder.is_dir():
        stop([f"{folder}: there is no such folder. `locum record` writes one."])
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        fixture = Fixture.read(folder, services)
        with httpx.Client(timeout=_SECONDS) as client:
            send = http_sender(client, headers, _SECONDS)
            return [
                one
                for service in services
                for one in changes_since(fixture, service, send, base_of(url, service.base_path))
            ]
    except StartError as unfit:
        stop(unfit.sentences)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        stop([f"Invalid server URL '{url}'. Use http://host:port."])
    except httpx.HTTPError as problem:
        raise ServerUnreachable(f"{url} cannot be reached: {reason_of(problem)}.") from None


def print_differences(compared: Iterable[Compared]) -> None:
    """Print where the responses differ."""
    for one in compared:
        for found in one.differences:
            place, sentence = found.difference.place, found.difference.sentence
            click.echo(f"{one.name} {found.step}. {found.method} {found.url}  {place}: {sentence}")
        click.echo(f"{one.name}: {one.requests} requests.", err=True)


def _walks(  # noqa: PLR0913, PLR0917 (scenarios, server and credentials)
    settings: Settings, files: Sequence[Path], url: str, token: str, inputs: dict[str, str], client: httpx.Client
) -> Iterator[Walk]:
    try:
        application = create(settings)
    except BadDocument as problem:
        stop([str(problem)])
    except StartError as unfit:
        stop(unfit.sentences)
    own = token_of(settings, Wish(), known_callers(settings.specs, settings.handlers))
    worlds = ({settings.world_header: f"drift-{number}"} for number in count())
    archives = [file for file in files if _is_archive(file)]
    for file in archives:
        try:
            recording = read_scenario(file)
        except UnreadableScenario as problem:
            stop([str(problem)])
        yield (
            file.name,
            replay(recording, asgi_sender(application.app, {**next(worlds), "Authorization": f"Bearer {own}"})),
            replay(recording, http_sender(client, {"Authorization": f"Bearer {token}"} if token else {}, _SECONDS)),
        )
    written = [file for file in files if file not in archives]
    theirs = directions_of(settings, application.services, written, inputs, ours=False)
    ours = directions_of(settings, application.services, written, _but_tokens(inputs, theirs), ours=True, beside=False)
    for service in application.services:
        contract = service.contract
        here = Requests(contract, MOCK_URL + service.base_path, own)
        away = Requests(contract, base_of(url, service.base_path), token)
        for scenario in theirs[service.name].scenarios:
            yield (
                scenario.name,
                walked(scenario, ours[service.name].inputs, here, asgi_sender(application.app, next(worlds))),
                walked(scenario, theirs[service.name].inputs, away, http_sender(client, {}, _SECONDS)),
            )


def _is_archive(file: Path) -> bool:
    try:
        return is_archive(json.loads(read_text(file)))
    except OSError as problem:
        stop([f"{file}: cannot be read: {problem.strerror}."])
    except (ValueError, RecursionError):
        return False


def _but_tokens(inputs: dict[str, str], theirs: dict[str, Any]) -> dict[str, str]:
    """Return the inputs without the tokens of the server's users: the mock has users of its own."""
    tokens = {name for directions in theirs.values() for name in directions.tokens}
    return {name: value for name, value in inputs.items() if name not in tokens}
