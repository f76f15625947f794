"""Traffic: recorded exchanges, from archives and from the journal of a running locum, judged and counted."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from locum.cli.loading import load, stop
from locum.client import Connection, Refused, Unreachable, World
from locum.verify.observed.har_files import NoArchive, archived
from locum.verify.observed.observer import Observer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from locum.openapi.compile.contracts import Contract
    from locum.settings import Settings
    from locum.verify.coverage.coverage import Coverage
    from locum.verify.exchanges import Shown

__all__ = ["Traffic", "journals_of"]

_MOST_TOLD = 20


class Traffic:
    """Counts recorded exchanges by the contracts that they are about."""

    def __init__(self, settings: Settings) -> None:
        self._observers = [
            Observer(service.contract, service.base_path, service.base_paths)
            for service in load(settings, imports=False)
        ]
        self._strange: Counter[str] = Counter()

    @property
    def contracts(self) -> dict[str, tuple[Contract, str]]:
        """The contracts by name, each with its base path."""
        return {one.contract.name: (one.contract, one.base_path) for one in self._observers}

    def take(self, archive: Any, where: str) -> None:
        """Count the exchanges of an archive, or stop with what is wrong with it."""
        try:
            exchanges = archived(archive)
        except NoArchive:
            stop([f"{where}: is no HTTP Archive. `locum journal export har` writes one."])
        for shown in exchanges:
            self._take(shown)

    def _take(self, shown: Shown) -> None:
        path = urlsplit(shown.url).path
        owner = next((observer for observer in self._observers if observer.operation_of(shown)), None)
        if owner is None:
            self._strange[f"{shown.method} {path}"] += 1
        else:
            owner.take(shown)

    def coverage(self) -> Iterable[Coverage]:
        """Return what was counted, of each contract; nothing, of one that was never asked."""
        return [one.coverage for one in self._observers]

    def tell(self) -> None:
        """Say which answers broke their contract, and what is declared by none."""
        broken = Counter(sentence for observer in self._observers for sentence in observer.breaches)
        _told("Answers that break their contract:", broken)
        _told("Requests to what no contract declares:", self._strange)


def _told(title: str, counted: Counter[str]) -> None:
    if counted:
        click.echo(title)
    for sentence, times in counted.most_common(_MOST_TOLD):
        click.echo(f"  {sentence}" + (f" ({times} times)" if times > 1 else ""))
    if len(counted) > _MOST_TOLD:
        click.echo(f"  and {len(counted) - _MOST_TOLD} more.")


def journals_of(url: str, control_token: str, worlds: Sequence[str]) -> list[tuple[str, Any]]:
    """Return the journals of a running locum's worlds, by default of all, as archives; or stop with what is wrong."""
    try:
        with closing(Connection(url, control_token)) as connection:
            names = list(worlds) or [world["name"] for world in connection.ask("GET", "/worlds")]
            return [(name, World(connection, name).journal.export("har")) for name in names]
    except (Refused, Unreachable) as problem:
        stop([str(problem)])
