"""The entry point: all endpoints below /__locum/oidc/ by path.

Browsers call most of them by `fetch`, so they follow the CORS protocol; to the two pages browsers are sent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from locum.errors import ApiError
from locum.oidc.authorization import authorize, metadata, revoke, sign_out
from locum.oidc.calls import ROOT, Call, Declined, Reply, as_json, read_call
from locum.oidc.telling import introspect, userinfo
from locum.oidc.token_endpoint import redeem
from locum.oidc.tokens import Wish, for_access, mint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send

    from locum.oidc.clients import Desk
    from locum.world.world import World

__all__ = ["ROOT", "Issuer"]

_BOTH, _GET, _POST = ("GET", "POST"), ("GET",), ("POST",)


class Issuer:
    """The OpenID provider. `cross_origin` adds CORS to an application."""

    def __init__(self, desk: Desk, cross_origin: Callable[[ASGIApp], ASGIApp]) -> None:
        self.desk = desk
        self._shared = cross_origin(self._handle)

    def mint(self, wish: Wish, world: World) -> str:
        """Return an RS256 token for any user. Raises Invalid for invalid claims."""
        wish = replace(wish, world=wish.world or world.name)
        seal = self.desk.keys.seal
        return mint(wish, self.desk.known, world.clock.seconds, lambda claims: seal(for_access(claims)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send, world: World, path: str) -> None:
        """Handle a request in a world. `path` is relative to /__locum/oidc/."""
        name = path.removeprefix(ROOT).strip("/")
        handle = self._handle if name in _PAGES else self._shared
        await handle({**scope, "locum": (world, name)}, receive, send)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        world, name = scope["locum"]
        reply = await self._reply(scope, receive, world, name)
        data = b"" if scope["method"] == "HEAD" else reply.body
        head = {"content-type": reply.media_type, "content-length": str(len(reply.body)), **reply.headers}
        pairs = [(name.lower().encode(), text.encode("latin-1", "replace")) for name, text in head.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": pairs})
        await send({"type": "http.response.body", "body": data})

    async def _reply(self, scope: Scope, receive: Receive, world: World, name: str) -> Reply:
        found = _ENDPOINTS.get(name)
        if found is None:
            return _refused("not_found", f"Unknown endpoint. See {ROOT}/.well-known/openid-configuration.", 404)
        methods, endpoint = found
        if scope["method"].replace("HEAD", "GET") not in methods:
            allow = ", ".join(methods)
            return _refused("invalid_request", f"Allowed methods: {allow}.", 405, {"allow": allow})
        try:
            call = await read_call(scope, receive, world)
            if endpoint not in {_metadata, _keys}:
                world.tick()
            return endpoint(call, self.desk)
        except Declined as declined:
            return _refused(declined.code, declined.message, declined.status, declined.headers)
        except ApiError as refusal:
            code = refusal.code if refusal.code != "expired_token" else "invalid_token"
            return _refused(code, refusal.message, refusal.statuses[0], refusal.headers)


def _metadata(call: Call, desk: Desk) -> Reply:
    return as_json(metadata(call.address, desk))


def _keys(call: Call, desk: Desk) -> Reply:  # noqa: ARG001 (all endpoints have the same signature)
    return as_json({"keys": [desk.keys.own().jwk]})


def _refused(code: str, message: str, status: int, headers: Mapping[str, str | Sequence[str]] | None = None) -> Reply:
    """Return an error response (RFC 6749, section 5.2)."""
    lines = {name: text if isinstance(text, str) else ", ".join(text) for name, text in (headers or {}).items()}
    return as_json({"error": code, "error_description": message}, status, lines)


_ENDPOINTS: dict[str, tuple[tuple[str, ...], Callable[[Call, Desk], Reply]]] = {
    ".well-known/openid-configuration": (_GET, _metadata),
    ".well-known/oauth-authorization-server": (_GET, _metadata),
    "jwks": (_GET, _keys),
    "authorize": (_BOTH, authorize),
    "token": (_POST, redeem),
    "userinfo": (_BOTH, userinfo),
    "introspect": (_POST, introspect),
    "revoke": (_POST, revoke),
    "end_session": (_BOTH, sign_out),
}
_PAGES = ("authorize", "end_session")
