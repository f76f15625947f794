"""Bearer tokens: JSON Web Tokens (RFC 7519), signed with the secret (HS256) or with the issuer's key (RS256).

Each algorithm has exactly one key, and each key one algorithm. The header of a token can only choose between the two
pairs.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum.callers import USER, Caller
from locum.errors import Unauthenticated
from locum.oidc.calls import ROOT
from locum.oidc.challenges import challenge
from locum.oidc.keys import SigningKeys, hs256, object_of, sealed, unsealed
from locum.oidc.tokens import ACCESS, claims_of, scopes_of
from locum.options import DEVELOPMENT_SECRET

if TYPE_CHECKING:
    from collections.abc import Collection

    from locum.oidc.keys import Sealed

__all__ = ["Token", "Tokens", "challenge"]

MOST_REMEMBERED = 1000
LONGEST_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Token:
    """A verified token: its caller, its scopes (None if it lists none), and all claims."""

    caller: Caller
    scopes: frozenset[str] | None
    claims: dict[str, Any]

    def is_for(self, audiences: Collection[str]) -> bool:
        """Whether the token is for the APIs of this server (RFC 9068, section 4; claim `aud`).

        The audience of a token from the issuer (`iss`) must be the issuer's server, which is the default for clients,
        or one of `audiences`. A token without an audience, or of another issuer (which only the secret can sign), is
        accepted.
        """
        issuer, named = self.claims.get("iss"), self.claims.get("aud")
        if named is None or not isinstance(issuer, str) or not issuer.endswith(ROOT):
            return True
        here = {issuer.removesuffix(ROOT).rstrip("/"), *audiences}
        wanted = [named] if isinstance(named, str) else named
        return isinstance(wanted, list) and any(isinstance(one, str) and one.rstrip("/") in here for one in wanted)


class Tokens:
    """Signs and verifies tokens. The result of a verification is cached, but the expiry is checked each time."""

    def __init__(self, secret: str = DEVELOPMENT_SECRET, keys: SigningKeys | None = None) -> None:
        self._mac = hs256(secret)
        self.keys = keys or SigningKeys()
        self._verified: dict[str, Token] = {}
        self._worlds: dict[bytes, str | None] = {}

    def sign(self, caller: Caller, issued_at: float) -> str:
        """Return a token for a caller; `issued_at` in seconds since 1970."""
        return self.seal(claims_of(caller, issued_at))

    def seal(self, claims: dict[str, Any]) -> str:
        """Sign claims with the secret."""
        return sealed({"alg": "HS256", "typ": "JWT"}, claims, self._mac)

    def verify(self, token: str, now: float) -> Caller:
        """Return the caller of a token. Raises Unauthenticated."""
        return self.read(token, now).caller

    def claims(self, token: str, now: float) -> dict[str, Any]:
        """Return all claims of a token. Raises Unauthenticated."""
        return self.read(token, now).claims

    def read(self, token: str, now: float) -> Token:
        """Verify a token; `now` in seconds since 1970, by the world's clock. Raises Unauthenticated."""
        found = self._verified.get(token)
        if found is None:
            found = self._decode(token)
            if len(token) <= LONGEST_REMEMBERED:
                if len(self._verified) >= MOST_REMEMBERED:
                    self._verified.clear()
                self._verified[token] = found
        expires_at = found.caller.expires_at
        if expires_at is not None and expires_at <= now:
            message = "The access token has expired."
            raise Unauthenticated(message, code="expired_token", headers=challenge("invalid_token", message))
        return found

    def world_of(self, authorization: bytes) -> str | None:
        """Return the world in the token of an Authorization header (claim `locum_world`), or None.

        The token is not verified here; the operation does that.
        """
        if authorization in self._worlds:
            return self._worlds[authorization]
        scheme, _, token = authorization.partition(b" ")
        world = None
        if scheme.lower() == b"bearer":
            try:
                world = object_of(unsealed(token.strip().decode("ascii")).payload).get("locum_world")
            except ValueError:
                world = None
        found = world if isinstance(world, str) else None
        if len(authorization) <= LONGEST_REMEMBERED:
            if len(self._worlds) >= MOST_REMEMBERED:
                self._worlds.clear()
            self._worlds[authorization] = found
        return found

    def _decode(self, token: str) -> Token:
        try:
            found = unsealed(token)
            algorithm = found.header.get("alg")
        except ValueError:
            raise _malformed() from None
        if algorithm == "HS256":
            self._check_mac(found)
        elif algorithm == "RS256":
            self._check_signature(found)
        else:
            raise _malformed()
        try:
            claims = object_of(found.payload)
        except ValueError:
            raise _malformed() from None
        if algorithm == "RS256" and claims.get("token_use") != ACCESS:
            raise _bad("This token is not an access token.")
        scope = claims.get("scope")
        if not isinstance(scope, str | None):
            raise _wrong_type()
        return Token(_caller(claims), None if scope is None else scopes_of(scope), claims)

    def _check_mac(self, found: Sealed) -> None:
        if not hmac.compare_digest(self._mac(found.signed), found.signature):
            raise _bad("The access token is not signed by this server's secret.")

    def _check_signature(self, found: Sealed) -> None:
        key = self.keys.known()
        if key is None or found.header.get("kid") != key.kid or not key.signed(found.signed, found.signature):
            raise _bad("The access token is not signed by this server's key.")


def _bad(message: str) -> Unauthenticated:
    return Unauthenticated(message, code="invalid_token", headers=challenge("invalid_token", message))


def _malformed() -> Unauthenticated:
    return _bad("The access token is malformed.")


def _wrong_type() -> Unauthenticated:
    return _bad("The access token has claims of the wrong type.")


def _caller(claims: dict[str, Any]) -> Caller:
    for name in ("sub", "org_id"):
        if name not in claims:
            raise _bad(f"The access token has no claim '{name}'.")
    expires_at = claims.get("exp")
    permissions = claims.get("permissions") or ()
    if not isinstance(expires_at, int | float | None) or not isinstance(permissions, list | tuple):
        raise _wrong_type()
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
