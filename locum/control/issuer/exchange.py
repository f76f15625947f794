"""The token endpoint (RFC 6749, section 4.1.3 and 6): codes and refresh tokens become access tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from locum.callers import Caller
from locum.control.issuer.claims import access_claims, identity_claims
from locum.control.issuer.grants import Grant, give, redeem
from locum.control.issuer.keys import ACCESS_TOKEN
from locum.control.issuer.replies import OAuthError
from locum.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from locum.control.issuer.keys import SigningKey
    from locum.state.worlds import World, Worlds

__all__ = ["LIFETIME", "TokenExchange"]

LIFETIME = 3600
_REFRESH_LIFETIME = 30 * 86400


class TokenExchange:
    """Gives out tokens for what was granted."""

    def __init__(self, key: SigningKey, people: Sequence[Caller], worlds: Worlds, machine: Callable[[], float]) -> None:
        self._key = key
        self._people = {person.subject: person for person in people}
        self._worlds = worlds
        self._machine = machine

    def answer(self, asked: Mapping[str, str], client: tuple[str, bool], world: World, issuer: str) -> dict[str, Any]:
        """Return the tokens that are asked for; `client` is its name, and whether it showed a secret."""
        kind = asked.get("grant_type", "")
        if kind == "authorization_code":
            return self._of_code(asked, client, issuer)
        if kind == "refresh_token":
            return self._refreshed(asked, client[0], issuer)
        if kind == "client_credentials":
            return self._of_client(asked, client, world, issuer)
        known = "authorization_code, refresh_token, client_credentials"
        raise OAuthError("unsupported_grant_type", f"The grant_type is one of {known}.")

    def _of_code(self, asked: Mapping[str, str], client: tuple[str, bool], issuer: str) -> dict[str, Any]:
        grant, world = self._redeemed(asked.get("code", ""), "code")
        if grant.client != client[0] or grant.redirect_uri != asked.get("redirect_uri"):
            raise OAuthError("invalid_grant", "The code was given to another client, or for another redirect_uri.")
        if grant.challenge:
            digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
            shown = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if not hmac.compare_digest(shown, grant.challenge):
                raise OAuthError("invalid_grant", "The code_verifier does not fit the code_challenge (RFC 7636).")
        elif not client[1]:
            raise OAuthError("invalid_grant", "A client without a secret sends a code_challenge (RFC 7636).")
        return self._tokens(grant, world, issuer)

    def _refreshed(self, asked: Mapping[str, str], client: str, issuer: str) -> dict[str, Any]:
        grant, world = self._redeemed(asked.get("refresh_token", ""), "refresh")
        if grant.client != client:
            raise OAuthError("invalid_grant", "The refresh token was given to another client.")
        if set(asked.get("scope", "").split()) - set(grant.scope.split()):
            raise OAuthError("invalid_scope", "A refresh token gives no more than was granted.")
        return self._tokens(grant, world, issuer)

    def _of_client(
        self, asked: Mapping[str, str], client: tuple[str, bool], world: World, issuer: str
    ) -> dict[str, Any]:
        if not client[1]:
            raise OAuthError("invalid_client", "A client shows its secret; any will do.", 401)
        first = next(iter(self._people.values()), None)
        machine = Caller(
            subject=client[0],
            organization=first.organization if first else "organization",
            permissions=first.permissions if first else frozenset(),
            kind="service_account",
        )
        scope = asked.get("scope", "")
        claims = access_claims(issuer, machine, world, client=client[0], scope=scope, lifetime=LIFETIME)
        return {"access_token": self._key.sign(claims, ACCESS_TOKEN), **_told(scope)}

    def _redeemed(self, text: str, kind: str) -> tuple[Grant, World]:
        try:
            world = self._worlds.existing(text.partition("~")[0])
        except Refusal:
            world = self._worlds.default
        grant = redeem(world, text, kind)
        if grant is None or grant.subject not in self._people:
            word = "refresh token" if kind == "refresh" else "code"
            raise OAuthError("invalid_grant", f"The {word} is not known, was used before, or has expired.")
        return grant, world

    def _tokens(self, grant: Grant, world: World, issuer: str) -> dict[str, Any]:
        caller, scope = self._people[grant.subject], grant.scope
        claims = access_claims(issuer, caller, world, client=grant.client, scope=scope, lifetime=LIFETIME)
        token = self._key.sign(claims, ACCESS_TOKEN)
        answer = {"access_token": token, **_told(scope)}
        if "offline_access" in scope.split():
            lasting = Grant(
                name=grant.name,
                kind="refresh",
                subject=grant.subject,
                client=grant.client,
                scope=scope,
                expires_at=world.clock.seconds + _REFRESH_LIFETIME,
                authenticated_at=grant.authenticated_at,
            )
            answer["refresh_token"] = give(world, lasting)
        if "openid" in scope.split():
            identity = identity_claims(
                issuer,
                caller,
                client=grant.client,
                scope=scope,
                nonce=grant.nonce,
                authenticated_at=grant.authenticated_at,
                now=self._machine(),
                token=token,
            )
            answer["id_token"] = self._key.sign(identity)
        return answer


def _told(scope: str) -> dict[str, Any]:
    return {"token_type": "Bearer", "expires_in": LIFETIME, "scope": scope}
