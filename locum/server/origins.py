"""Origins: the host names that requests may use, and what pages of other origins may do.

A website can make its own name resolve to this machine (DNS rebinding). The browser then takes the mock for the
website's server, but it still sends the name in the `Host` header. An IP address cannot be rebound.
"""

from __future__ import annotations

import logging
import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from starlette.middleware.cors import CORSMiddleware

from locum.control.access import LOOPBACK_ORIGIN, Pages, is_loopback, origin_of
from locum.control.layer import PAGES
from locum.errors import Forbidden, Malformed
from locum.generate.files.making import ORIGIN
from locum.oidc.calls import ROOT
from locum.openapi.wire.json_values import read_json
from locum.options import CrossSite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.datastructures import Headers
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from locum.openapi.compile.operations import Operation
    from locum.server.http import HttpResponse

__all__ = [
    "EXPOSED",
    "PLACEHOLDER",
    "ForeignPages",
    "Hosts",
    "cross_origin",
    "exposed_by",
    "host_problems",
    "with_origin",
]


_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._~-]+)(?::\d{0,5})?", re.IGNORECASE)
"""A host name or IP address with an optional port (RFC 9110, section 7.2)."""
_PATTERN = re.compile(r"\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?", re.IGNORECASE)
_MOST_KNOWN = 1000


class Hosts:
    """Admits loopback names, every IP address, the name that the server is bound to, and the allowed names.

    `allowed` contains names, `*.example.test` for all subdomains, and `*` for every name.
    """

    __slots__ = ("_endings", "_every", "_names", "known")

    def __init__(self, bound: str, allowed: Sequence[str] = ()) -> None:
        names = [name.lower().rstrip(".") for name in allowed]
        self._every = "*" in names
        self._names = {bound.lower().rstrip("."), *names} - {""}
        self._endings = tuple(name.removeprefix("*") for name in names if name.startswith("*."))
        self.known: set[bytes] = set()
        """Host headers that were admitted before, exactly as sent."""

    def admit(self, host: bytes | None, http_version: str = "") -> None:
        """Check a Host header, and cache it if admitted. Raises Malformed for an invalid host, Forbidden for others."""
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
                f"The host name {name[:100]} is not allowed. Use 127.0.0.1 or localhost, or start locum "
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
    """Return a sentence for each allowed host that is not a name, a wildcard or an IP address."""
    return [
        f"--allowed-host {name}: not a host name. Write the name alone, without scheme, port or path: web, "
        "mock.example.test, *.example.test for all subdomains, or * for every name."
        for name in allowed
        if not _PATTERN.fullmatch(name) and not _is_address(name.removeprefix("[").removesuffix("]"))
    ]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


PLACEHOLDER = ORIGIN.encode()


def with_origin(
    response: HttpResponse, operation: Operation, scope: Mapping[str, Any], headers: Mapping[bytes, bytes]
) -> HttpResponse:
    """Replace `http://locum.invalid` in a body by the server's origin and the path prefix of the world.

    The body stays unchanged if the result would break its schema, for example a `maxLength`.
    """
    status, head, data = response.status, response.headers, response.body
    host = headers.get(b"host", b"127.0.0.1").decode("latin-1")
    root = f"{scope.get('scheme', 'http')}://{host}{scope.get('root_path', '')}".encode("latin-1")
    located = data.replace(PLACEHOLDER, root)
    if not _fits(located, status, head, operation):
        return response
    length = b"%d" % len(located)
    head = [(name, length if name == b"content-length" else value) for name, value in head]
    return response._replace(headers=head, body=located)


def _fits(data: bytes, status: int, head: list[tuple[bytes, bytes]], operation: Operation) -> bool:
    declared = operation.declares(status)
    for media in declared.media_types.values() if declared is not None else ():
        if media.header in head and media.json and media.schema is not None:
            return bool(media.schema.is_valid(read_json(data)))
    return True


EXPOSED = "locum.exposed"
"""The key in an ASGI scope of the response headers that the operation exposes to other origins."""

_METHODS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "QUERY")
_ALWAYS = ("Location", "ETag", "Link", "X-Request-ID", "Allow")
_LIMITS = ("Retry-After", "RateLimit", "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
"""Headers that an injected rate limit adds."""
_OF_LOCUM = ("Preference-Applied", "Deprecation", "Sunset", "WWW-Authenticate")


def exposed_by(operation: Operation) -> bytes:
    """Return the response headers that scripts of other origins may read: all that any response declares.

    They are listed by name, because `*` does not apply to requests with credentials.
    """
    declared = [header.name for response in operation.responses.values() for header in response.headers.values()]
    names = {name.lower(): name for name in (*declared, *_ALWAYS, *_LIMITS, *_OF_LOCUM)}
    return ", ".join(names.values()).encode("latin-1")


class _CrossOrigin(CORSMiddleware):
    """Starlette's CORS middleware, with the exposed headers of each operation."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=list(origins),
            allow_origin_regex=LOOPBACK_ORIGIN,
            allow_methods=_METHODS,
            allow_headers=["*"],
            allow_credentials="*" not in origins,
            max_age=600,
        )
        self._exposed = b"*" if "*" in origins else ", ".join((*_ALWAYS, *_LIMITS, *_OF_LOCUM)).encode()

    async def simple_response(self, scope: Scope, receive: Receive, send: Send, request_headers: Headers) -> None:
        """Add the CORS headers to a response.

        Declared CORS headers are removed: they would admit pages that this server does not admit.
        """

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                head = [pair for pair in message.get("headers", ()) if not pair[0].startswith(b"access-control-")]
                exposed = self._exposed if self.allow_all_origins else scope.get(EXPOSED, self._exposed)
                message["headers"] = [*head, (b"access-control-expose-headers", exposed)]
            await self.send(message, send, request_headers)

        await self.app(scope, receive, send_with_headers)


def cross_origin(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """Wrap an app with CORS for pages of loopback origins and of `origins`.

    Other websites cannot read the mock on a visitor's machine.
    """
    return _CrossOrigin(app, origins)


logger = logging.getLogger("locum")

_LOGIN = (f"{ROOT}/authorize", f"{ROOT}/end_session")
_READING = frozenset({"GET", "HEAD"})
_MOST_WARNED = 100


class ForeignPages:
    """Detects requests of foreign pages, and rejects those that could change something."""

    def __init__(self, origins: Sequence[str], mode: CrossSite) -> None:
        self._pages = Pages(("*",) if mode is CrossSite.ALL else origins, loopback=True)
        self._mode = mode
        self._warned: set[str] = set()

    def sent(self, headers: Mapping[bytes, bytes]) -> bool:
        """Return whether a foreign page sent a request, and log its origin once."""
        if self._pages.admit(headers):
            return False
        origin = origin_of(headers) or "another site, which sends no origin"
        if origin not in self._warned and len(self._warned) < _MOST_WARNED:
            self._warned.add(origin)
            logger.warning("Requests of pages on %.100s change nothing: the origin is not in --cors.", origin)
        return True

    def admit_own(self, scope: Scope, headers: Mapping[bytes, bytes]) -> None:
        """Raise Forbidden for a request to one of locum's own paths that could change something.

        The control API checks its requests itself, against its own origins.
        """
        path, method = scope["path"].rstrip("/"), scope["method"]
        if path.startswith(PAGES):
            # The form of our own page. Its policy is `no-referrer`, so a browser without Fetch Metadata (plain HTTP
            # in a network) sends `Origin: null`.
            is_own_form = headers.get(b"origin") == b"null" and b"sec-fetch-site" not in headers
            admitted = is_own_form or (method in _READING and self._opens(headers))
        elif path in _LOGIN:
            admitted = self._opens(headers)
        else:
            admitted = not path.startswith(ROOT)
        if not admitted:
            raise _rejected(headers)

    def admit_operation(self, scope: Scope, headers: Mapping[bytes, bytes]) -> None:
        """Raise Forbidden for a request to an operation, unless it only reads and the mode allows that."""
        if self._mode is CrossSite.NONE or scope["method"] not in _READING:
            raise _rejected(headers)

    def _opens(self, headers: Mapping[bytes, bytes]) -> bool:
        """Return whether a request opens a page in a window, and not in a frame or as an image."""
        mode, target = headers.get(b"sec-fetch-mode", b"navigate"), headers.get(b"sec-fetch-dest", b"document")
        return self._mode is CrossSite.PAGES and mode == b"navigate" and target == b"document"


def _rejected(headers: Mapping[bytes, bytes]) -> Forbidden:
    origin = origin_of(headers)[:100]
    named = (
        f"The page's origin, {origin}, is" if origin else "The page is on another site and sends no origin, so it is"
    )
    advice = origin if "://" in origin else "and its origin"
    message = (
        f"{named} not in --cors. Start locum with --cors {advice} to admit the page, or open this address directly."
    )
    return Forbidden(message, code="cross_site")
