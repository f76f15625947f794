"""Bearer tokens: JSON Web Tokens (RFC 7519) signed with HS256."""

from __future__ import annotations

from typing import Any

import jwt

from locum.callers import USER, Caller
from locum.refusals import Unauthenticated

__all__ = ["DEVELOPMENT_SECRET", "Tokens", "challenge"]

DEVELOPMENT_SECRET = "locum-development-secret-not-for-production"  # noqa: S105 (documented, and not a secret)
_MOST_REMEMBERED = 1000


def challenge(error: str, description: str) -> dict[str, str]:
    """Return the WWW-Authenticate header of RFC 6750, section 3."""
    return {"WWW-Authenticate": f'Bearer realm="locum", error="{error}", error_description="{description}"'}


class Tokens:
    """Signs tokens, and verifies them once: a verified token is remembered, its expiry is not."""

    def __init__(self, secret: str = DEVELOPMENT_SECRET) -> None:
        self._secret = secret
        self._verified: dict[str, Caller] = {}

    def sign(self, caller: Caller, issued_at: float) -> str:
        """Return a token that stands for a caller; `issued_at` in seconds since 1970."""
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
        return jwt.encode({name: value for name, value in claims.items() if value != ""}, self._secret, "HS256")

    def verify(self, token: str, now: float) -> Caller:
        """Say whom a token stands for. Raises Unauthenticated."""
        caller = self._verified.get(token)
        if caller is None:
            caller = self._decode(token)
            if len(self._verified) >= _MOST_REMEMBERED:
                self._verified.clear()
            self._verified[token] = caller
        if caller.expires_at is not None and caller.expires_at <= now:
            message = "The access token has expired."
            raise Unauthenticated(message, code="expired_token", headers=challenge("invalid_token", message))
        return caller

    def _decode(self, token: str) -> Caller:
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                # Time is the world's, so expiry is judged by `verify`.
                options={
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                    "verify_aud": False,
                    "require": ["sub", "org_id"],
                },
            )
        except jwt.InvalidSignatureError:
            message = "The access token is not signed by this server's secret."
            raise _bad(message) from None
        except jwt.MissingRequiredClaimError as problem:
            message = f"The access token has no claim '{problem.claim}'."
            raise _bad(message) from None
        except jwt.InvalidTokenError:
            message = "The access token is malformed."
            raise _bad(message) from None
        return _caller(claims)


def _bad(message: str) -> Unauthenticated:
    return Unauthenticated(message, code="invalid_token", headers=challenge("invalid_token", message))


def _caller(claims: dict[str, Any]) -> Caller:
    expires_at = claims.get("exp")
    permissions = claims.get("permissions") or ()
    if not isinstance(expires_at, int | float | None) or not isinstance(permissions, list | tuple):
        message = "The access token has claims of the wrong type."
        raise _bad(message)
    return Caller(
        subject=str(claims["sub"]),
        organization=str(claims["org_id"]),
        role=str(claims.get("role", "")),
        permissions=frozenset(str(permission) for permission in permissions),
        kind=str(claims.get("kind", USER)),
        name=str(claims.get("name", "")),
        email=str(claims.get("email", "")),
        expires_at=expires_at,
    )
