"""Claims: what a token says (RFC 7519)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson

from locum.control.issuer.signatures import encoded

if TYPE_CHECKING:
    from locum.callers import Caller

__all__ = ["ACCESS", "claims_of", "for_access", "id_claims", "person_claims"]

ACCESS, _ID = "access", "id"
"""What a token of the issuer is for (claim `token_use`): an ID token opens nothing."""


def claims_of(caller: Caller, issued_at: float, **more: Any) -> dict[str, Any]:
    """Say whom an access token stands for; what is not known is left out, but an empty `scope` opens nothing."""
    claims: dict[str, Any] = {
        "sub": caller.subject,
        "org_id": caller.organization,
        "role": caller.role,
        "permissions": sorted(caller.permissions),
        "kind": caller.kind,
        "name": caller.name,
        "email": caller.email,
        "iat": int(issued_at),
    }
    if caller.expires_at is not None:
        claims["exp"] = int(caller.expires_at)
    claims |= more
    return {name: value for name, value in claims.items() if value is not None and (value != "" or name == "scope")}


def for_access(claims: dict[str, Any], *names: object) -> dict[str, Any]:
    """Say that a token is an access token, and name it (`jti`): the same claims and `names` have the same name."""
    source = orjson.dumps([claims, *map(str, names)], option=orjson.OPT_SORT_KEYS)
    return {**claims, "token_use": ACCESS, "jti": encoded(hashlib.blake2b(source, digest_size=16).digest())}


def id_claims(caller: Caller, scopes: frozenset[str], access_token: str, **more: Any) -> dict[str, Any]:
    """Say who has signed in (OpenID Connect Core 1.0, section 2)."""
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    claims = {**more, **person_claims(caller, scopes), "at_hash": encoded(half), "token_use": _ID}
    return {name: value for name, value in claims.items() if value is not None and value != ""}


def person_claims(caller: Caller, scopes: frozenset[str]) -> dict[str, Any]:
    """Say of a person what these scopes open (OpenID Connect Core 1.0, section 5.4)."""
    claims: dict[str, Any] = {"sub": caller.subject}
    if "profile" in scopes:
        claims |= {"name": caller.name or caller.subject, "role": caller.role, "org_id": caller.organization}
    if "email" in scopes and caller.email:
        claims |= {"email": caller.email, "email_verified": True}
    return {name: value for name, value in claims.items() if value != ""}
