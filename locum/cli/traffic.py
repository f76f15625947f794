"""Check and count recorded traffic: HTTP Archives and the journal of a running locum."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from locum.cli.loading import load, stop
from locum.client import Connection, Rejected, Unreachable, World
from locum.verify.observed.har_files import NoArchive, archived
from locum.verify.observed.observer import Observer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from locum.openapi.compile.contracts import Contract
    from locum.settings import Settings
    from locum.verify.coverage.coverage import Coverage
    from locum.verify.exchanges import Shown

__all__ = ["Traffic", "journals_of"]

_MOST_PRINTED = 20


class Traffic:
    """The coverage of recorded requests and responses, by contract."""

    def __init__(self, settings: Settings) -> None:
        self._observers = [
            Observer(service.contract, service.base_path, service.base_paths)
            for service in load(settings, imports=False)
        ]
        self._unmatched: Counter[str] = Counter()

    @property
    def contracts(self) -> dict[str, tuple[Contract, str]]:
        """The contracts by name, each with its base path."""
        return {one.contract.name: (one.contract, one.base_path) for one in self._observers}

    def take(self, archive: Any, where: str) -> None:
        """Count the exchanges of an HTTP Archive; if it is invalid, print the error and exit."""
        try:
            exchanges = archived(archive)
        except NoArchive:
            stop([f"{where}: not an HTTP Archive. `locum journal export har` writes one."])
        for shown in exchanges:
            self._take(shown)

    def _take(self, shown: Shown) -> None:
        path = urlsplit(shown.url).path
        owner = next((observer for observer in self._observers if observer.operation_of(shown)), None)
        if owner is None:
            self._unmatched[f"{shown.method} {path}"] += 1
        else:
            owner.take(shown)

    def coverage(self) -> Iterable[Coverage]:
        """Return the coverage of each contract, which is empty if it has no request."""
        return [one.coverage for one in self._observers]

    def print_problems(self) -> None:
        """Print the responses that break their contract, and the requests that match no operation."""
        broken = Counter(sentence for observer in self._observers for sentence in observer.broken_rules)
        _print_counted("Responses that break their contract:", broken)
        _print_counted("Requests that match no operation:", self._unmatched)


def _print_counted(title: str, counted: Counter[str]) -> None:
    if counted:
        click.echo(title)
    for sentence, times in counted.most_common(_MOST_PRINTED):
        click.echo(f"  {sentence}" + (f" ({times} times)" if times > 1 else ""))
    if len(counted) > _MOST_PRINTED:
        click.echo(f"  and {len(counted) - _MOST_PRINTED} more.")


def journals_of(url: str, control_token: str, worlds: Sequence[str]) -> list[tuple[str, Any]]:
    """Return the journals of a running locum's worlds, by default of all, as HTTP Archives; on an error, exit."""
    try:
        with closing(Connection(url, control_token)) as connection:
            names = list(worlds) or [world["name"] for world in connection.ask("GET", "/worlds")]
            return [(name, World(connection, name).journal.export("har")) for name in names]
    except (Rejected, Unreachable) as problem:
        stop([str(problem)])
