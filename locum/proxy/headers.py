"""Headers: what a proxy removes, adds and rewrites in the heads of requests and responses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from locum.errors import ApiError, Malformed
from locum.server.fault_injection import CONNECTION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import Scope

    from locum.proxy.addresses import Address
    from locum.server.http import HttpRequest

__all__ = ["LoopDetected", "forwarded_head", "passed_on", "target_of", "wants_websocket"]

_PSEUDONYM = b"1.1 locum"
_MOST_HOPS = 8
"""The number of locum's own entries in Via above which requests go round in circles."""
_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""Headers of one connection (RFC 9110, section 7.6.1)."""
_ANEW = frozenset({b"content-length", b"host", b"via", b"x-forwarded-for", b"http2-settings"})
"""Further headers of a request that are not copied: they are written anew."""
_OWN = b"x-locum-"
"""The prefix of headers that are about locum itself."""
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]+")
"""Bytes that a header must not contain (RFC 9110, section 5.5): line breaks among them."""
_DOTS = re.compile(rb"(?:^|/)(?:\.|%2[eE]){1,2}(?=/|$)")
_LOCATIONS = frozenset({b"location", b"content-location"})

Headers = list[tuple[bytes, bytes]]


class LoopDetected(ApiError):
    """A request that has passed this proxy before (RFC 5842, section 7.2)."""

    statuses = (508,)
    code = "proxy_loop"


def target_of(scope: Scope, address: Address) -> bytes:
    """Return the request target: the path of the upstream, then that of the request, exactly as sent.

    Raises Malformed for dot segments, with which a request could leave the upstream's path.
    """
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    if (b"." in raw or b"%2" in raw) and _DOTS.search(raw):
        message = "The path has a dot segment (`.` or `..`). Send the path that it stands for."
        raise Malformed(message, code="dot_segments")
    target = address.prefix + (raw or b"/")
    return target + b"?" + query if query else target


def wants_websocket(request: HttpRequest) -> bool:
    """Whether a request asks for a WebSocket connection (RFC 6455, section 4.1), on one that can become it."""
    wanted = request.headers.get(b"upgrade")
    return wanted is not None and wanted.strip().lower() == b"websocket" and CONNECTION in request.scope["state"]


def forwarded_head(
    scope: Scope, headers: Mapping[bytes, bytes], address: Address, *, length: int | None, upgrades: bool = False
) -> bytes:
    """Return the head of a request as it is sent to an upstream.

    `headers` are those of the scope by name. `length` is that of the body; None for one that is sent in chunks. With
    `upgrades`, the request changes the protocol of its connection. Raises Malformed, and LoopDetected for a request
    that was forwarded too often.
    """
    dropped = _connection_headers(headers)
    replaced = {b"host": address.authority}
    if length is None:
        replaced[b"transfer-encoding"] = b"chunked"
    elif length or b"content-length" in headers:
        replaced[b"content-length"] = b"%d" % length
    pairs: Headers = []
    for name, value in scope["headers"]:
        if name in replaced:
            pairs.append((name, replaced.pop(name)))
        elif name not in dropped and name not in _ANEW and not name.startswith(_OWN):
            pairs.append((name, value))
    pairs += replaced.items()
    if b"trailers" in headers.get(b"te", b"").lower():
        pairs += [(b"te", b"trailers"), (b"connection", b"te")]
    if upgrades:
        pairs += [(b"upgrade", b"websocket"), (b"connection", b"upgrade")]
    if address.authorization is not None and b"authorization" not in headers:
        pairs.append((b"authorization", address.authorization))
    # Those of the client were checked by the parser, which rejects line breaks.
    pairs += _without_control(_forwarding(scope, headers))
    lines = [b"%b: %b\r\n" % pair for pair in pairs]
    method = scope["method"].encode("ascii")
    return b"%b %b HTTP/1.1\r\n%b\r\n" % (method, target_of(scope, address), b"".join(lines))


def _connection_headers(headers: Mapping[bytes, bytes]) -> frozenset[bytes]:
    """Return the names of the headers that are for this connection only."""
    listed = headers.get(b"connection")
    if listed is None:
        return _HOP_BY_HOP
    return _HOP_BY_HOP.union(name.strip().lower() for name in listed.split(b","))


def _forwarding(scope: Scope, headers: Mapping[bytes, bytes]) -> Headers:
    """Return Via and the X-Forwarded headers (RFC 9110, section 7.6.3)."""
    client = scope.get("client")
    before, via = headers.get(b"x-forwarded-for"), headers.get(b"via")
    if via is not None and via.count(_PSEUDONYM) >= _MOST_HOPS:
        message = "The request was forwarded in a circle: is the upstream this server itself? Check --upstream."
        raise LoopDetected(message)
    chain = ([] if before is None else [before]) + ([] if client is None else [client[0].encode("latin-1")])
    added: Headers = [(b"via", _PSEUDONYM if via is None else b"%b, %b" % (via, _PSEUDONYM))]
    if chain:
        added.append((b"x-forwarded-for", b", ".join(chain)))
    if b"x-forwarded-host" not in headers and b"host" in headers:
        added.append((b"x-forwarded-host", headers[b"host"]))
    if b"x-forwarded-proto" not in headers:
        added.append((b"x-forwarded-proto", scope.get("scheme", "http").encode("ascii")))
    if scope.get("root_path"):
        added.append((b"x-forwarded-prefix", scope["root_path"].encode("utf-8", "replace")))
    return added


def _without_control(pairs: Headers) -> Headers:
    """Return headers without control characters; nearly always there are none."""
    if _CONTROL.search(b"".join([value for _, value in pairs])) is None:
        return pairs
    return [(name, _CONTROL.sub(b" ", value)) for name, value in pairs]


def passed_on(
    headers: Headers, names: Mapping[bytes, bytes], rewrite: Callable[[], tuple[bytes, bytes] | None] = lambda: None
) -> Headers:
    """Return the headers of an upstream's response as they are passed on; `names` has the same ones by name.

    `rewrite` returns the URL of the upstream and that of this server: in redirects, the first becomes the second.
    """
    dropped = _connection_headers(names)
    urls = rewrite() if _LOCATIONS & names.keys() else None
    kept: Headers = []
    via = _PSEUDONYM
    for name, value in headers:
        if name in dropped:
            continue
        if name == b"via":
            via = b"%b, %b" % (value, via)
            continue
        if urls is not None and name in _LOCATIONS:
            kept.append((name, _CONTROL.sub(b" ", _relocated(value, *urls))))
        else:
            kept.append((name, value))
    kept.append((b"via", via))
    return kept


def _relocated(location: bytes, upstream: bytes, own: bytes) -> bytes:
    """Return a location with this server instead of the upstream, if it is below the upstream's URL."""
    rest = location[len(upstream) :]
    if location[: len(upstream)].lower() != upstream.lower() or (rest and rest[:1] not in {b"/", b"?", b"#"}):
        return location
    return own + rest
