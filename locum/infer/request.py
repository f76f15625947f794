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


@dataclass(frozen=True, slots=True)
class Request:
    """A request that the contract has admitted."""

    arguments: dict[str, Any]
    """By the parameters' Python names, and `body`."""
    path: tuple[str, ...]
    """The decoded template expressions of the path, from left to right."""
    world: World
    caller: Caller
    scope: Mapping[str, Any]
    """As ASGI gives it."""
    headers: Mapping[bytes, bytes]
    sent: bytes = b""
    """The body as it was sent, without its content codings."""
    read_only: Sequence[Violation] = ()
    """The members of the body that are read only, where they may be sent as they are."""

    @property
    def body(self) -> Any:
        """The parsed request body; None where there is none."""
        return self.arguments.get("body")

    @property
    def root(self) -> str:
        """Where the caller found the server: `http://127.0.0.1:4010`, with `/~NAME` where his path named a world."""
        host = self.headers.get(b"host", b"127.0.0.1").decode("latin-1")
        return f"{self.scope.get('scheme', 'http')}://{host}{self.scope.get('root_path', '')}"

    @property
    def target(self) -> str:
        """The path that is asked for, still percent-encoded; unlike `url` the same on any server, in any world."""
        raw = self.scope.get("raw_path")
        return raw.decode("latin-1") if raw else str(self.scope["path"])

    @property
    def url(self) -> str:
        """The target URI without its query."""
        return self.root + self.target

    def header(self, name: str) -> str | None:
        """Return a header of the request; None where there is none."""
        value = self.headers.get(name.lower().encode("latin-1"))
        return None if value is None else value.decode("latin-1").strip()
