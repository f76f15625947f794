"""A validated request, as an action receives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.callers import Caller
    from locum.errors import Violation
    from locum.world.worlds import World

__all__ = ["Request"]


@dataclass(slots=True)  # not frozen: that would cost a microsecond per request
class Request:
    """A request that has passed validation."""

    arguments: dict[str, Any]
    """The parsed parameters by their Python names, and `body`."""
    path: tuple[str, ...]
    """The decoded values of the path's template expressions, from left to right."""
    world: World
    caller: Caller
    scope: Mapping[str, Any]
    """The ASGI connection scope."""
    headers: Mapping[bytes, bytes]
    sent: bytes = b""
    """The raw body, after content decoding."""
    read_only: Sequence[Violation] = ()
    """The `readOnly` members of the body. An action accepts them if their values are unchanged."""

    @property
    def body(self) -> Any:
        """The parsed request body, or None."""
        return self.arguments.get("body")

    @property
    def root(self) -> str:
        """The server's base URL as the client used it: `http://127.0.0.1:4010`, plus `/~NAME` if the path has one."""
        host = self.headers.get(b"host", b"127.0.0.1").decode("latin-1")
        return f"{self.scope.get('scheme', 'http')}://{host}{self.scope.get('root_path', '')}"

    @property
    def target(self) -> str:
        """The percent-encoded request path. Unlike `url`, it is the same on every server and in every world."""
        raw = self.scope.get("raw_path")
        return raw.decode("latin-1") if raw else str(self.scope["path"])

    @property
    def url(self) -> str:
        """The target URI without its query."""
        return self.root + self.target

    def header(self, name: str) -> str | None:
        """Return a header of the request, or None."""
        value = self.headers.get(name.lower().encode("latin-1"))
        return None if value is None else value.decode("latin-1").strip()
