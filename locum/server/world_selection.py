"""World selection: find the world of a request by header, cookie, path or token."""

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
"""The name of the cookie, and of the token claim, that contain the name of a world."""

PREFIX = "/~"
"""The prefix of a path that names a world: `/~NAME/...`."""


_MOST_TOKENS = 1000
_LONGEST_TOKEN = 4096
"""The maximum length of a token that is cached, so that the cache stays small."""


class Picker:
    """Finds the world of a request by the first of: header, cookie, path prefix, claim of the token.

    The token is not verified here. A world grants no permission, and the operation verifies the token afterwards.
    """

    __slots__ = ("_claimed", "_header", "_strict", "_without_world", "header", "worlds")

    def __init__(
        self, worlds: Worlds, claimed: Callable[[bytes], str | None], *, header: str, strict: bool = False
    ) -> None:
        """Prepare. `claimed` reads the world's name from the token of an Authorization header."""
        self.worlds = worlds
        self._claimed = claimed
        self.header = header
        self._header = header.lower().encode("latin-1")
        self._strict = strict
        self._without_world: set[bytes | None] = set()
        """Authorization headers that name no world; None stands for a missing header."""

    def __call__(self, scope: Scope, headers: Mapping[bytes, bytes]) -> World:
        """Return the world; it is created at its first use.

        Raises Malformed for an invalid name, or for no name with `strict`, and TooMany if there are too many worlds.
        """
        token = headers.get(b"authorization")
        # A fast path for nearly all requests: no world is named, and the token is known to name none.
        names_no_world = token in self._without_world and self._header not in headers and b"cookie" not in headers
        if names_no_world and not scope.get("root_path"):
            return self.worlds.default
        named = self._required_name(scope, headers)
        if named is not None:
            return self.worlds.named(named)
        if token is None or len(token) <= _LONGEST_TOKEN:
            if len(self._without_world) >= _MOST_TOKENS:
                self._without_world.clear()
            self._without_world.add(token)
        return self.worlds.default

    def copy(self, scope: Scope, headers: Mapping[bytes, bytes]) -> World:
        """Return a copy of the world for a request of a foreign page; changes to it are discarded.

        Raises Malformed for a missing name with `strict`, and Forbidden if the world does not exist.
        """
        named = self._required_name(scope, headers)
        try:
            return self.worlds.copy(DEFAULT if named is None else named)
        except NotFound:
            message = "This world does not exist. A page whose origin is not in --cors cannot create it."
            raise Forbidden(message, code="cross_site") from None

    def _required_name(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str | None:
        """Return the world's name in a request, or None. Raises Malformed if it is missing and `strict` is set."""
        named = self.name(scope, headers)
        if named is None and self._strict:
            message = (
                "The request names no world, and this server requires one (--strict-worlds). Send "
                f"the header {self.header}, send the cookie {COOKIE}, begin the path with {PREFIX}NAME, or put the "
                f"claim {COOKIE} into the token."
            )
            raise Malformed(message, code="world_required")
        return named

    def name(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str | None:
        """Return the world's name in a request, or None."""
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
    """Return the scope of a request whose path names a world, as if the server were mounted at that prefix."""
    path: str = scope["path"]
    name, _, rest = path.removeprefix(PREFIX).partition("/")
    raw: bytes | None = scope.get("raw_path")
    if raw is not None:
        raw = b"/" + raw.removeprefix(b"/").partition(b"/")[2]
    return {**scope, "path": "/" + rest, "raw_path": raw, "root_path": f"{scope.get('root_path', '')}{PREFIX}{name}"}


Headers = list[tuple[bytes, bytes]]


def notices(operation: Operation) -> Headers:
    """Return `Deprecation: true` for a deprecated operation, and its `Sunset` header (`x-sunset`; RFC 8594)."""
    found = [(b"deprecation", b"true")] if operation.deprecated else []
    if operation.sunset is not None:
        found.append((b"sunset", _http_date(operation.sunset).encode("latin-1", "replace")))
    return found


def _http_date(text: str) -> str:
    """Write an RFC 3339 date or time as an HTTP date; return any other text on one line."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return " ".join(text.split())
    return http_date(moment)
