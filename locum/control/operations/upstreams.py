"""The operations on the upstream of a world, and on who responds to its operations: those of a proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from locum.control.operations.faults import unknown_operation
from locum.errors import ApiError, Conflict, NotFound
from locum.options import without_credentials
from locum.world.proxying import Proxying

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum.openapi.compile.operations import Operation
    from locum.world.proxying import Decision
    from locum.world.worlds import World, Worlds

__all__ = ["ProxyView", "UpstreamOperations"]


class ProxyView(Protocol):
    """A proxy, as far as the control API shows it."""

    @property
    def url(self) -> str:
        """The URL of the server's upstream, without credentials."""
        ...

    def check_upstream(self, url: str) -> None:
        """Raise Invalid for a URL that cannot be an upstream."""
        ...

    def decide(self, operation: Operation, world: World) -> Decision:
        """Return who responds to the next request for an operation."""
        ...


class UpstreamOperations:
    """Shows, sets and clears the upstream of a world, and who responds to its operations."""

    def __init__(self, worlds: Worlds, operations: Iterable[tuple[str, Operation]], proxy: ProxyView | None) -> None:
        """`operations` are those that are served, each with the name of its API; `proxy` is None for a mock."""
        self._worlds = worlds
        self._operations = list(operations)
        self._view = proxy

    def get_upstream(self, name: str) -> dict[str, Any]:
        """Return the upstream of a world."""
        proxy, own = self._proxy(), self._worlds.existing(name).proxying.upstream
        if own is None:
            return {"url": proxy.url, "own": False}
        return {"url": without_credentials(own) or None, "own": True}

    def set_upstream(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Give a world its own upstream, or none."""
        proxy, url = self._proxy(), body["url"] or ""
        if url:
            try:
                proxy.check_upstream(url)
            except ApiError as error:
                raise Conflict(error.message, code=error.code) from None
        world = self._worlds.named(name)
        world.proxying = Proxying(url, world.proxying.choices)
        return self.get_upstream(name)

    def clear_upstream(self, name: str) -> None:
        """Restore the upstream of the server."""
        self._proxy()
        world = self._worlds.existing(name)
        world.proxying = Proxying(None, world.proxying.choices)

    def list_sources(self, world: str) -> list[dict[str, Any]]:
        """Return who responds to each operation."""
        self._proxy()
        found = self._worlds.existing(world)
        return [self._described(api, operation, found) for api, operation in self._operations]

    def set_source(self, world: str, operation: str, body: dict[str, str]) -> dict[str, Any]:
        """Choose who responds to an operation."""
        api, known = self._known(operation)
        found = self._worlds.named(world)
        found.proxying.choices[operation] = body["source"]
        return self._described(api, known, found)

    def delete_source(self, world: str, operation: str) -> None:
        """Forget who responds to an operation."""
        self._known(operation)
        proxying = self._worlds.existing(world).proxying
        proxying.choices.pop(operation, None)
        proxying.decisions.pop(operation, None)

    def clear_sources(self, world: str) -> None:
        """Forget who responds to every operation."""
        self._proxy()
        found = self._worlds.existing(world)
        found.proxying = Proxying(found.proxying.upstream)

    def _proxy(self) -> ProxyView:
        """Return the proxy. Raises Conflict if the server is none."""
        if self._view is None:
            raise Conflict("This server is no proxy. Start it with locum proxy --upstream URL.", code="no_proxy")
        return self._view

    def _known(self, name: str) -> tuple[str, Operation]:
        """Return an operation with the name of its API. Raises NotFound."""
        self._proxy()
        for api, operation in self._operations:
            if operation.operation_id == name:
                return api, operation
        raise unknown_operation(NotFound, name, [operation.operation_id for _, operation in self._operations])

    def _described(self, api: str, operation: Operation, world: World) -> dict[str, Any]:
        decision = self._proxy().decide(operation, world)
        return {
            "api": api,
            "operation": operation.operation_id,
            "source": decision.source,
            "reason": decision.reason,
            "chosen": operation.operation_id in world.proxying.choices,
        }
