"""The userinfo and introspection endpoints (OpenID Connect Core 1.0, section 5.3; RFC 7662)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.callers import Caller
from locum.errors import Unauthenticated
from locum.oidc.calls import Declined, as_json
from locum.oidc.challenges import challenge, insufficient
from locum.oidc.clients import client_of
from locum.oidc.token_endpoint import REFRESH, Grant, find
from locum.oidc.tokens import person_claims, scopes_of

if TYPE_CHECKING:
    from locum.oidc.calls import Call, Reply
    from locum.oidc.clients import Desk

__all__ = ["introspect", "userinfo"]


def userinfo(call: Call, desk: Desk) -> Reply:
    """Return the user of an access token. Raises Unauthenticated and Forbidden (RFC 6750, section 3.1)."""
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        message = "Send an access token as a bearer token."
        raise Unauthenticated(message, code="invalid_request", headers=challenge("invalid_request", message))
    claims = desk.read(token.strip(), call.world.clock.seconds)
    scopes = scopes_of(claims.get("scope", "openid profile email"))
    if "openid" not in scopes:
        raise insufficient(["openid"])
    return as_json(person_claims(_holder(claims), scopes))


def introspect(call: Call, desk: Desk) -> Reply:
    """Return whether a token is valid, and its claims."""
    form = call.form()
    client_of(call, form, secret=True)
    if "token" not in form:
        raise Declined("invalid_request", "The parameter token is missing.")
    return as_json(_refresh_token(call, form["token"]) or _access_token(call, desk, form["token"]))


def _refresh_token(call: Call, token: str) -> dict[str, Any] | None:
    found = find(call.world, Grant, token)
    if found is None or not found[2] or found[1].stage != REFRESH or found[1].expires <= call.world.clock.seconds:
        return None
    grant = found[1]
    claims = {"active": True, "sub": grant.subject, "client_id": grant.client, "exp": grant.expires}
    return claims if grant.scope is None else {**claims, "scope": grant.scope}


def _access_token(call: Call, desk: Desk, token: str) -> dict[str, Any]:
    try:
        claims = desk.read(token, call.world.clock.seconds)
    except Unauthenticated:
        return {"active": False}
    return {"active": True, "token_type": "Bearer", "username": claims.get("email", claims["sub"]), **claims}


def _holder(claims: dict[str, Any]) -> Caller:
    role, name, email = (str(claims.get(member, "")) for member in ("role", "name", "email"))
    return Caller(str(claims["sub"]), str(claims["org_id"]), role=role, name=name, email=email)
