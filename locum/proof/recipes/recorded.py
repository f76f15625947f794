"""Recorded recipes: the exchanges of an HTTP Archive that are about one contract, to be asked again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from locum.proof.drift.replaying import replay
from locum.proof.observed.routes import Routes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.proof.findings import Shown
    from locum.proof.requests import Requests

__all__ = ["Recorded", "recorded", "replayed"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded sequence: each operation, and the exchange, whose address is its path below the base path."""

    name: str
    exchanges: tuple[tuple[Operation, Shown], ...]


def recorded(name: str, scenario: Sequence[Shown], contract: Contract, base_path: str) -> Recorded:
    """Return what of a scenario is about a contract, whose operations are below a base path."""
    routes = Routes(contract)
    found = []
    for shown in scenario:
        if not shown.url.startswith(base_path + "/"):
            continue
        below = replace(shown, url=shown.url.removeprefix(base_path))
        operation = routes.operation(below)
        if operation is not None:
            found.append((operation, below))
    return Recorded(name, tuple(found))


def replayed(recipe: Recorded, requests: Requests, send: Callable[[Shown], Shown]) -> Iterator[tuple[Operation, Shown]]:
    """Ask everything again, with credentials where they are wanted, and yield it with its answers."""
    asked = iter(recipe.exchanges)

    def sent(shown: Shown) -> Shown:
        operation = next(asked)[0]
        whole = replace(shown, url=requests.base_url + shown.url, headers={**requests.usual, **shown.headers})
        return send(requests.with_credentials(operation, whole))

    answers = replay([shown for _, shown in recipe.exchanges], sent)
    yield from zip((operation for operation, _ in recipe.exchanges), answers, strict=True)
