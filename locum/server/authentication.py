"""Authentication: identify the caller of a request by the security schemes that an operation declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum.callers import Caller
from locum.errors import Forbidden, Unauthenticated
from locum.oidc.challenges import insufficient
from locum.openapi.compile.security import SecurityScheme, compile_scheme
from locum.options import AuthMode
from locum.server.tokens import LONGEST_REMEMBERED, MOST_REMEMBERED, Tokens, challenge
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from locum.apis import Api, Key
    from locum.world.worlds import World

__all__ = ["Authentication", "Guard"]

ANONYMOUS = Caller(subject="anybody", organization="default", role="anybody")
"""The caller of operations that need no credential."""


@dataclass(frozen=True, slots=True)
class Authentication:
    """What the guards of all operations share: mode, tokens, keys, the anonymous caller, and the known users."""

    mode: AuthMode
    tokens: Tokens
    keys: tuple[Key, ...]
    anonymous: Caller = ANONYMOUS
    known: tuple[Caller, ...] = ()
    audiences: frozenset[str] = frozenset()
    """Accepted audiences (claim `aud`) of the issuer's tokens, beside this server; without a trailing slash."""

    def guard(self, requirements: list[dict[str, list[str]]], schemes: Mapping[str, Any], api: Api) -> Guard | None:
        """Compile the security requirements of an operation; return None if it needs no credential.

        A required scheme that is missing in `schemes` accepts any credential.
        """
        if not requirements or {} in requirements or self.mode is AuthMode.OFF:
            return None
        alternatives = [[compile_scheme(schemes.get(name)) for name in requirement] for requirement in requirements]
        needs = [[frozenset(names or ()) for names in requirement.values()] for requirement in requirements]
        return Guard(self, alternatives, needs, api)


class Guard:
    """The compiled security requirements of one operation.

    One alternative must be met, with all of its schemes and all scopes or roles that these require (OpenAPI 3.1,
    Security Requirement Object). Scopes are checked only for tokens that list their scopes; for keys and other tokens,
    the permissions alone decide.
    """

    __slots__ = ("_accepts", "_accepts_any", "_alternatives", "_authentication", "_cache", "_keys", "_needs")

    def __init__(
        self,
        authentication: Authentication,
        alternatives: list[list[SecurityScheme]],
        needs: list[list[frozenset[str]]],
        api: Api,
    ) -> None:
        self._authentication = authentication
        self._alternatives = alternatives
        self._needs = needs
        self._accepts = api.accepts
        self._accepts_any = authentication.mode is AuthMode.ANY or api.accepts is None
        self._keys = authentication.keys
        # The caller of a signed token does not change, so its header is verified once and its expiry each time.
        # Keys are not cached: they are rotated and deleted.
        self._cache: dict[bytes | None, Caller] = {}

    def admit(self, headers: Mapping[bytes, bytes], query: bytes, world: World) -> Caller:
        """Return the caller. Raises Unauthenticated, and Forbidden for a token that lacks required scopes."""
        cached = self._cache.get(headers.get(b"authorization"))
        if cached is not None and (cached.expires_at is None or cached.expires_at > world.clock.seconds):
            return cached
        return self._identify(headers, query, world)

    def challenge(self, world: World, error: str, message: str) -> dict[str, str]:
        """Return the WWW-Authenticate header with a challenge for each scheme (RFC 9110, section 11.6.1)."""
        nonce = chance(world.seed, "nonce", world.journal.last).randbytes(16).hex()
        schemes = dict.fromkeys(scheme for schemes in self._alternatives for scheme in schemes)
        challenges = dict.fromkeys(_challenge(scheme, nonce, error, message) for scheme in schemes)
        return {"WWW-Authenticate": ", ".join(challenges)}

    def _identify(self, headers: Mapping[bytes, bytes], query: bytes, world: World) -> Caller:
        unauthenticated: Unauthenticated | None = None
        forbidden: Forbidden | None = None
        has_credential = False
        anonymous = self._authentication.anonymous
        for schemes, needs in zip(self._alternatives, self._needs, strict=True):
            caller: Caller | None = None
            try:
                for scheme, required in zip(schemes, needs, strict=True):
                    credential = scheme.credential(headers, query)
                    if credential is None:
                        break
                    has_credential = True
                    found = self._verify(scheme, required, credential, world)
                    # Of several schemes, one that identifies a caller precedes one that accepts any credential.
                    caller = found if caller is None or found is not anonymous else caller
                else:
                    if caller is not None:
                        self._keep(schemes, headers, caller)
                        return caller
            except Unauthenticated as error:
                unauthenticated = unauthenticated or error
            except Forbidden as error:
                forbidden = forbidden or error
        if forbidden is not None:
            raise forbidden
        if unauthenticated is not None:
            raise unauthenticated
        if not has_credential and b"authorization" in headers:
            message = "The Authorization header is malformed: " + _required(self._alternatives) + "."
            headers_sent = self.challenge(world, "invalid_request", message)
            raise Unauthenticated(message, code="malformed_token", headers=headers_sent)
        message = "Authentication is required: " + _required(self._alternatives) + "."
        raise Unauthenticated(message, code="missing_token", headers=self.challenge(world, "invalid_request", message))

    def _keep(self, schemes: list[SecurityScheme], headers: Mapping[bytes, bytes], caller: Caller) -> None:
        header = headers.get(b"authorization", b"")
        from_key = any(key.prefix.encode() in header for key in self._keys)
        if len(schemes) == 1 and schemes[0].auth_scheme and not from_key and len(header) <= LONGEST_REMEMBERED:
            if len(self._cache) >= MOST_REMEMBERED:
                self._cache.clear()
            self._cache[header] = caller

    def _verify(self, scheme: SecurityScheme, required: frozenset[str], credential: str, world: World) -> Caller:
        """Return the caller of a credential. Raises Unauthenticated, and Forbidden for missing scopes."""
        authentication = self._authentication
        kind = "apiKey" if scheme.is_key else "http"
        accepts_any = self._accepts_any or not scheme.holds_token
        caller = None
        known = False
        for key in self._keys:
            if key.scheme == kind and credential.startswith(key.prefix):
                known = True
                caller = key.owner(world.store, world.clock, credential)
        if caller is None and not known:
            try:
                token = authentication.tokens.read(credential, world.clock.seconds)
            except Unauthenticated as error:
                if accepts_any:
                    return authentication.anonymous
                if not scheme.is_bearer:
                    error.headers |= self.challenge(world, "invalid_token", error.message)
                raise
            if not token.is_for(authentication.audiences):
                if accepts_any:
                    return authentication.anonymous
                message = "The audience (claim aud) of the access token is not an API of this server."
                raise Unauthenticated(
                    message, code="invalid_token", headers=self.challenge(world, "invalid_token", message)
                )
            caller = token.caller
            if required and token.scopes is not None:
                held = token.scopes if scheme.is_scoped else token.scopes | {caller.role}
                if not required <= held:
                    raise insufficient(required)
        if caller is None and accepts_any:
            return authentication.anonymous
        if caller is None or (self._accepts is not None and caller.kind not in self._accepts):
            message = (
                "This key is unknown or no longer valid."
                if caller is None
                else ("This operation does not accept this kind of credential.")
            )
            raise Unauthenticated(
                message, code="invalid_token", headers=self.challenge(world, "invalid_token", message)
            )
        return caller


def _required(alternatives: Iterable[Iterable[SecurityScheme]]) -> str:
    """Return what the alternatives require, as text: `send a bearer token, or the header parameter X-Key`."""
    words = [" and ".join(scheme.description for scheme in schemes) for schemes in alternatives]
    return "send " + ", or ".join(dict.fromkeys(words))


def _challenge(scheme: SecurityScheme, nonce: str, error: str, message: str) -> str:
    """Return the challenge of a scheme; for bearer tokens, it contains the error (RFC 6750, section 3)."""
    if scheme.is_bearer:
        return challenge(error, message)["WWW-Authenticate"]
    return scheme.challenge(nonce)
