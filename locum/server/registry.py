"""Registry: the operations of all documents of a server, by path and method."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from locum.journal.near_misses import NearMiss, Offered, near_misses
from locum.openapi.compile.router import Route, Router

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Scope

    from locum.server.pipeline import OperationPipeline

__all__ = ["Claim", "Later", "Registry"]


class Claim(NamedTuple):
    """The operation that is served under a method and path: its name (`api-keys:deleteApiKey`), API and base path."""

    name: str
    service: str
    base: str


class Later:
    """A placeholder for an operation that is compiled at its first request."""

    route: Route[OperationPipeline | Later] | None

    def __init__(self, make: Callable[[], OperationPipeline]) -> None:
        self._make = make

    def compile(self) -> OperationPipeline:
        """Compile the operation, which replaces this placeholder."""
        pipeline = self._make()
        if self.route is not None:
            self.route.replace(self, pipeline)
        return pipeline


class Registry:
    """The operations of all documents of a server, by path and method."""

    def __init__(self) -> None:
        self.router: Router[OperationPipeline | Later] = Router()
        self.more: Router[OperationPipeline | Later] = Router()
        """Additional paths of operations; the declared paths precede them."""
        self.claims: dict[tuple[str, str], Claim] = {}
        """The operation that is served under each method and path."""
        self.tildes: set[str] = set()
        """First segments of declared paths that look like the prefix of a world: `~ada`."""

    def find(
        self, scope: Scope
    ) -> tuple[OperationPipeline | None, tuple[str, ...], Route[OperationPipeline | Later] | None]:
        """Return the pipeline for a request and the values of its path; without one, the route of the path if any."""
        method: str = scope["method"]
        raw: bytes | None = scope.get("raw_path")
        # The path as it was sent, still percent-encoded: `%2F` does not separate segments.
        sent = scope["path"] if raw is None else raw.decode("utf-8", "surrogateescape")
        first: Route[OperationPipeline | Later] | None = None
        for router in (self.router, self.more):
            match = router.match(sent)
            if match is None:
                continue
            route = match.route
            target = route.targets.get(method)
            if route.variants or (target is None and method == "HEAD"):
                target = route.target(method, scope["query_string"])
            if target is not None:
                return target.compile() if isinstance(target, Later) else target, match.values, route
            first = first or route
        return None, (), first

    def near_misses(self, method: str, path: str) -> list[NearMiss]:
        """Return the near misses of a request: operations that it almost matched."""
        return near_misses(
            method,
            path,
            (
                Offered(declared, template, claim.name, claim.base)
                for (declared, template), claim in self.claims.items()
            ),
        )

    def near_miss_sentences(self, method: str, path: str) -> list[str]:
        """Return the near misses of a request as sentences, the nearest first."""
        return [miss.sentence for miss in self.near_misses(method, path)]

    def not_found(self, method: str, path: str, route: Route[OperationPipeline | Later] | None) -> str:
        """Return the message of a 404: the path, or its query, has no operation; with a hint what is declared."""
        if route is not None:
            templates = [variant.template for variant in route.variants[method]]
            return f"No operation has this path with this query. Did you mean {' or '.join(templates)}?"
        message = "No operation has this path."
        near = next(iter(self.near_misses(method, path)), None)
        if near is not None:
            return f"{message} Did you mean {near.path if near.method == method else f'{near.method} {near.path}'}?"
        bases = dict.fromkeys(claim.base for claim in self.claims.values())
        return message if "" in bases else f"{message} The paths of this server begin with {' or '.join(bases)}."
