"""Claims: what tokens say of whom they stand for."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from locum.state.worlds import DEFAULT

if TYPE_CHECKING:
    from locum.callers import Caller
    from locum.state.worlds import World

__all__ = ["WORLD", "access_claims", "identity_claims", "profile"]

WORLD = "locum_world"
"""The claim that names a world."""


def access_claims(  # noqa: PLR0913 (what an access token says)
    issuer: str, caller: Caller, world: World, *, client: str, scope: str | None, lifetime: float | None
) -> dict[str, Any]:
    """Return the claims of an access token (RFC 9068), of which `scope` may be left open; its times are the world's."""
    now = world.clock.seconds
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": caller.subject,
        "aud": client,
        "client_id": client,
        "iat": int(now),
        "jti": world.new_id("", 20),
        "org_id": caller.organization,
        "role": caller.role,
        "permissions": sorted(caller.permissions),
        "kind": caller.kind,
        "name": caller.name,
        "email": caller.email,
    }
    if lifetime is not None:
        claims["exp"] = int(now + lifetime)
    if scope is not None:
        claims["scope"] = scope
    if world.name != DEFAULT:
        claims[WORLD] = world.name
    return {name: value for name, value in claims.items() if value != ""}


def identity_claims(  # noqa: PLR0913 (what an ID token says)
    issuer: str, caller: Caller, *, client: str, scope: str, nonce: str, authenticated_at: float, now: float, token: str
) -> dict[str, Any]:
    """Return the claims of an ID token (OpenID Connect Core 1.0, section 2); its times are the machine's.

    The client judges them, by a clock that is not the world's.
    """
    half = hashlib.sha256(token.encode()).digest()[:16]
    claims = {
        "iss": issuer,
        "aud": client,
        "iat": int(now),
        "exp": int(now) + 3600,
        "auth_time": int(authenticated_at),
        "nonce": nonce,
        "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
        **profile(caller, scope),
    }
    return {name: value for name, value in claims.items() if value != ""}


def profile(caller: Caller, scope: str) -> dict[str, Any]:
    """Return what a client may know of a person (OpenID Connect Core 1.0, section 5.4)."""
    scopes = scope.split()
    shown: dict[str, Any] = {"sub": caller.subject}
    if "profile" in scopes:
        shown |= {"name": caller.name, "preferred_username": caller.email, "role": caller.role}
        shown |= {"org_id": caller.organization}
    if "email" in scopes and caller.email:
        shown |= {"email": caller.email, "email_verified": True}
    return {name: value for name, value in shown.items() if value != ""}
