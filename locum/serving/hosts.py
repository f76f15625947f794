"""Hosts: the names by which a server may be addressed.

A page of the internet can make its own name lead to this machine (DNS rebinding). The browser then takes the mock for
that page's own server, but it still sends the name in the `Host` header. An IP address cannot be rebound.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

from locum.control.access import is_loopback
from locum.refusals import Forbidden, Malformed

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Hosts", "host_problems"]

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._~-]+)(?::\d{0,5})?", re.IGNORECASE)
"""A name or an address, and a port (RFC 9110, section 7.2)."""
_PATTERN = re.compile(r"\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?", re.IGNORECASE)
_MOST_KNOWN = 1000


class Hosts:
    """Admits the loopback names, every IP address, the name that the server is bound to, and those that are allowed.

    `allowed` has names, `*.example.test` for all names below one, and `*` for every name.
    """

    __slots__ = ("_endings", "_every", "_names", "known")

    def __init__(self, bound: str, allowed: Sequence[str] = ()) -> None:
        names = [name.lower().rstrip(".") for name in allowed]
        self._every = "*" in names
        self._names = {bound.lower().rstrip("."), *names} - {""}
        self._endings = tuple(name.removeprefix("*") for name in names if name.startswith("*."))
        self.known: set[bytes] = set()
        """Host headers that were admitted before, as they were sent."""

    def admit(self, host: bytes | None, http_version: str = "") -> None:
        """Remember a host that is served. Raises Malformed for one that is no host, Forbidden for another name."""
        if host is None:
            if http_version == "1.1":
                message = "The header Host is missing. HTTP/1.1 requires it (RFC 9112, section 3.2)."
                raise Malformed(message, code="host_missing")
            return
        text = host.decode("latin-1")
        found = _HOST.fullmatch(text)
        if found is None:
            message = f"The header Host is {text[:100]!r}, which is not a host name with an optional port."
            raise Malformed(message, code="host_invalid")
        name = found[1].lower().rstrip(".")
        if not self._serves(name):
            message = (
                f"This server does not answer to the name {name[:100]}. Use 127.0.0.1 or localhost, or start locum "
                f"with --allowed-host {name[:100]} to allow the name."
            )
            raise Forbidden(message, code="foreign_host")
        if len(self.known) >= _MOST_KNOWN:
            self.known.clear()
        self.known.add(host)

    def _serves(self, name: str) -> bool:
        return (
            self._every
            or is_loopback(name)
            or name in self._names
            or name.endswith(self._endings)
            or _is_address(name.removeprefix("[").removesuffix("]"))
        )


def host_problems(allowed: Sequence[str]) -> list[str]:
    """Return a sentence for each allowed host that is not a name, a wildcard subdomain or an address."""
    return [
        f"--allowed-host {name}: this is not a host name. Write the name alone, without scheme, port or path: web, "
        "mock.example.test, *.example.test for all names below one, or * for every name."
        for name in allowed
        if not _PATTERN.fullmatch(name) and not _is_address(name.removeprefix("[").removesuffix("]"))
    ]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
