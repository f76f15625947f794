"""Bearer tokens: JSON Web Tokens (RFC 7519), signed with a secret (HS256) or by the local issuer (RS256)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jwt

from locum.callers import USER, Caller
from locum.control.issuer.claims import WORLD
from locum.refusals import Unauthenticated

if TYPE_CHECKING:
    from locum.control.issuer.keys import SigningKey

__all__ = ["DEVELOPMENT_SECRET", "Tokens", "challenge"]

DEVELOPMENT_SECRET = "locum-development-secret-not-for-production"  # noqa: S105 (documented, and not a secret)
_MOST_REMEMBERED = 1000
_DOTS = 2


def challenge(error: str, description: str) -> dict[str, str]:
    """Return the WWW-Authenticate header of RFC 6750, section 3."""
    return {"WWW-Authenticate": f'Bearer realm="locum", error="{error}", error_description="{description}"'}


class Tokens:
    """Signs tokens, and verifies them once: a verified token is remembered, its expiry is not.

    Each kind of token has one algorithm and one key: what is signed with the secret is never verified
    with the issuer's public key, nor the other way round.
    """

    def __init__(self, secret: str = DEVELOPMENT_SECRET, key: SigningKey | None = None) -> None:
        self._secret = secret
        self._key = key
        self._verified: dict[str, Caller] = {}

    def sign(self, caller: Caller, issued_at: float, world: str = "") -> str:
        """Return a token that stands for a caller, in a world; `issued_at` in seconds since 1970."""
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
        if caller.scopes is not None:
            claims["scope"] = " ".join(sorted(caller.scopes))
        if world:
            claims[WORLD] = world
        kept = {name: value for name, value in claims.items() if value != "" or name == "scope"}
        return jwt.encode(kept, self._secret, "HS256")

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
        issued = self._key is not None and token.count(".") == _DOTS and self._key.knows(token)
        try:
            claims = self._key.read(token) if issued and self._key is not None else self._opened(token)
        except jwt.InvalidSignatureError:
            signer = "issuer" if issued else "secret"
            message = f"The access token is not signed by this server's {signer}."
            raise _bad(message) from None
        except jwt.MissingRequiredClaimError as problem:
            message = f"The access token has no claim '{problem.claim}'."
            raise _bad(message) from None
        except jwt.InvalidTokenError:
            message = "The access token is malformed."
            raise _bad(message) from None
        return _caller(claims)

    def _opened(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that is signed with the secret."""
        options: Any = {
            # Time is the world's, so expiry is judged by `verify`.
            "verify_exp": False,
            "verify_iat": False,
            "verify_nbf": False,
            "verify_aud": False,
            "require": ["sub", "org_id"],
        }
        claims: dict[str, Any] = jwt.decode(token, self._secret, algorithms=["HS256"], options=options)
        return claims


def _bad(message: str) -> Unauthenticated:
    return Unauthenticated(message, code="invalid_token", headers=challenge("invalid_token", message))


def _caller(claims: dict[str, Any]) -> Caller:
    expires_at = claims.get("exp")
    permissions = claims.get("permissions") or ()
    scope = claims.get("scope")
    typed = isinstance(expires_at, int | float | None) and isinstance(scope, str | None)
    if not typed or not isinstance(permissions, list | tuple):
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
        scopes=None if scope is None else frozenset(scope.split()),
    )
