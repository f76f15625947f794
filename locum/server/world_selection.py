"""Picking: which world a request is in, as its header, cookie, path or token says."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from locum.errors import Forbidden, Malformed, NotFound
from locum.openapi.compile.parameters import cookies_of
from locum.openapi.wire.codings import http_date
from locum.world.worlds import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import Scope

    from locum.openapi.compile.operations import Operation
    from locum.world.worlds import World, Worlds

__all__ = ["COOKIE", "PREFIX", "Picker", "notices", "without_prefix"]


COOKIE = "locum_world"
"""The cookie, and the claim of a token, that names a world."""

PREFIX = "/~"
"""How a path begins that names a world: `/~NAME/...`."""


_MOST_TOKENS = 1000
_LONGEST_TOKEN = 4096
"""Longer tokens are not remembered: all together would take too much."""


class Picker:
    """Finds the world of a request; the first of header, cookie, path prefix and claim that is there counts.

    A token is not verified for it: a world is a place, not a permission, and the operation judges the
    token afterwards.
    """

    __slots__ = ("_claimed", "_header", "_silent", "_strict", "header", "worlds")

    def __init__(
        self, worlds: Worlds, claimed: Callable[[bytes], str | None], *, header: str, strict: bool = False
    ) -> None:
        """Assemble it; `claimed` reads the name in the token of an Authorization header."""
        self.worlds = worlds
        self._claimed = claimed
        self.header = header
        self._header = header.lower().encode("latin-1")
        self._strict = strict
        self._silent: set[bytes | None] = set()
        """Authorization headers that are known to name no world; None stands for none."""

    def __call__(self, scope: Scope, headers: Mapping[bytes, bytes]) -> World:
        """Return the world, made on first use.

        Raises Malformed for an impossible name, and where one must be named and is not; TooMany where
        the house is full.
        """
        token = headers.get(b"authorization")
        # What nearly every request is like: it names no world, and its token is known to name none.
        silent = token in self._silent and self._header not in headers and b"cookie" not in headers
        if silent and not scope.get("root_path"):
            return self.worlds.default
        named = self._required_name(scope, headers)
        if named is not None:
            return self.worlds.named(named)
        if token is None or len(token) <= _LONGEST_TOKEN:
            if len(self._silent) >= _MOST_TOKENS:
                self._silent.clear()
            self._silent.add(token)
        return self.worlds.default

    def copy(self, scope: Scope, headers: Mapping[bytes, bytes]) -> World:
        """Return a copy of the world of a foreign page's request, whose changes are lost.

        Raises Malformed where a name is missing, Forbidden where the world would have to be made.
        """
        named = self._required_name(scope, headers)
        try:
            return self.worlds.copy(DEFAULT if named is None else named)
        except NotFound:
            message = "There is no world of this name, and a page that is not one of --cors does not make one."
            raise Forbidden(message, code="cross_site") from None

    def _required_name(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str | None:
        """Return the name that a request gives. Raises Malformed where it must give one and does not."""
        named = self.name(scope, headers)
        if named is None and self._strict:
            message = (
                "This server wants every request to name its world (--strict-worlds), and this one names none. Send "
                f"the header {self.header}, send the cookie {COOKIE}, begin the path with {PREFIX}NAME, or put the "
                f"claim {COOKIE} into the token."
            )
            raise Malformed(message, code="world_required")
        return named

    def name(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str | None:
        """Return the name that a request gives; None where it gives none."""
        named = headers.get(self._header)
        if named is not None:
            return named.decode("latin-1")
        cookies = headers.get(b"cookie")
        if cookies is not None and b"locum_world=" in cookies:
            cookie = cookies_of(cookies.decode("latin-1")).get(COOKIE)
            if cookie is not None:
                return cookie
        root: str | None = scope.get("root_path")
        if root and PREFIX in root:
            return root.rpartition(PREFIX)[2]
        token = headers.get(b"authorization")
        if token is None:
            return None
        return self._claimed(token)


def without_prefix(scope: Scope) -> Scope:
    """Return the scope of a request whose path names its world, as if the server were mounted at that prefix."""
    path: str = scope["path"]
    name, _, rest = path.removeprefix(PREFIX).partition("/")
    raw: bytes | None = scope.get("raw_path")
    if raw is not None:
        raw = b"/" + raw.removeprefix(b"/").partition(b"/")[2]
    return {**scope, "path": "/" + rest, "raw_path": raw, "root_path": f"{scope.get('root_path', '')}{PREFIX}{name}"}


Headers = list[tuple[bytes, bytes]]


def notices(operation: Operation) -> Headers:
    """Return `Deprecation: true` for a deprecated operation, and when it ends (`x-sunset`; RFC 8594)."""
    found = [(b"deprecation", b"true")] if operation.deprecated else []
    if operation.sunset is not None:
        found.append((b"sunset", _http_date(operation.sunset).encode("latin-1", "replace")))
    return found


def _http_date(text: str) -> str:
    """Write a date or a time of RFC 3339 as HTTP does; anything else stays, on one line."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return " ".join(text.split())
    return http_date(moment)
