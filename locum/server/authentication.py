"""Authentication: who sends a request, by the security schemes that an operation declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum.callers import Caller
from locum.errors import Forbidden, Unauthenticated
from locum.oidc.challenges import insufficient
from locum.openapi.compile.security import SecurityScheme, compile_scheme
from locum.options import AuthMode
from locum.server.tokens import Tokens, challenge
from locum.world.identifiers import chance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from locum.apis import Api, Key
    from locum.world.worlds import World

__all__ = ["Authentication", "Guard"]

ANYBODY = Caller(subject="anybody", organization="default", role="anybody")
"""Who asks where nobody is asked for."""

_MOST_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Authentication:
    """What every operation's guard shares: the mode, the tokens, all keys, a stand-in caller, and the people known."""

    mode: AuthMode
    tokens: Tokens
    keys: tuple[Key, ...]
    anonymous: Caller = ANYBODY
    known: tuple[Caller, ...] = ()
    audiences: frozenset[str] = frozenset()
    """For whom tokens of the issuer may be meant, beside its own server: without a slash at the end."""

    def guard(self, requirements: list[dict[str, list[str]]], schemes: Mapping[str, Any], api: Api) -> Guard | None:
        """Compile the security requirements of an operation; None where it needs no credential.

        A scheme that a requirement names and `schemes` has not takes any credential.
        """
        if not requirements or {} in requirements or self.mode is AuthMode.OFF:
            return None
        alternatives = [[compile_scheme(schemes.get(name)) for name in requirement] for requirement in requirements]
        needs = [[frozenset(names or ()) for names in requirement.values()] for requirement in requirements]
        return Guard(self, alternatives, needs, api)


class Guard:
    """The compiled security requirements of one operation: any alternative, all of its schemes, all that these need.

    What a scheme needs are scopes, or roles (OpenAPI 3.1, Security Requirement Object). They are held against
    tokens that say which scopes they have; keys, and tokens that do not, are judged by their permissions alone.
    """

    __slots__ = ("_accepts", "_alternatives", "_authentication", "_keys", "_needs", "_remembered", "_trusting")

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
        self._trusting = authentication.mode is AuthMode.ANY or api.accepts is None
        self._keys = authentication.keys
        # The caller of a signed token does not change, so its header is judged once; its expiry
        # is judged each time. Keys are not remembered: they are rotated and deleted.
        self._remembered: dict[bytes | None, Caller] = {}

    def admit(self, headers: Mapping[bytes, bytes], query: bytes, world: World) -> Caller:
        """Return the caller. Raises Unauthenticated, and Forbidden for a token without the scopes that are needed."""
        remembered = self._remembered.get(headers.get(b"authorization"))
        if remembered is not None and (remembered.expires_at is None or remembered.expires_at > world.clock.seconds):
            return remembered
        return self._consider(headers, query, world)

    def challenge(self, world: World, error: str, message: str) -> dict[str, str]:
        """Return the WWW-Authenticate header with a challenge for each scheme (RFC 9110, section 11.6.1)."""
        nonce = chance(world.seed, "nonce", world.journal.last).randbytes(16).hex()
        schemes = dict.fromkeys(scheme for schemes in self._alternatives for scheme in schemes)
        challenges = dict.fromkeys(_challenge(scheme, nonce, error, message) for scheme in schemes)
        return {"WWW-Authenticate": ", ".join(challenges)}

    def _consider(self, headers: Mapping[bytes, bytes], query: bytes, world: World) -> Caller:
        first: Unauthenticated | None = None
        lacking: Forbidden | None = None
        offered = False
        anonymous = self._authentication.anonymous
        for schemes, needs in zip(self._alternatives, self._needs, strict=True):
            caller: Caller | None = None
            try:
                for scheme, needed in zip(schemes, needs, strict=True):
                    credential = scheme.credential(headers, query)
                    if credential is None:
                        break
                    offered = True
                    found = self._judge(scheme, needed, credential, world)
                    # Of several schemes the one that names a caller counts, not one that takes anything.
                    caller = found if caller is None or found is not anonymous else caller
                else:
                    if caller is not None:
                        self._remember(schemes, headers, caller)
                        return caller
            except Unauthenticated as error:
                first = first or error
            except Forbidden as error:
                lacking = lacking or error
        if lacking is not None:
            raise lacking
        if first is not None:
            raise first
        if not offered and b"authorization" in headers:
            message = "The Authorization header is malformed: " + _wanted(self._alternatives) + "."
            headers_sent = self.challenge(world, "invalid_request", message)
            raise Unauthenticated(message, code="malformed_token", headers=headers_sent)
        message = "Authentication is required: " + _wanted(self._alternatives) + "."
        raise Unauthenticated(message, code="missing_token", headers=self.challenge(world, "invalid_request", message))

    def _remember(self, schemes: list[SecurityScheme], headers: Mapping[bytes, bytes], caller: Caller) -> None:
        header = headers.get(b"authorization", b"")
        from_key = any(key.prefix.encode() in header for key in self._keys)
        if len(schemes) == 1 and schemes[0].word and not from_key:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[header] = caller

    def _judge(self, scheme: SecurityScheme, needed: frozenset[str], credential: str, world: World) -> Caller:
        """Return the caller that a credential stands for. Raises Unauthenticated, and Forbidden for missing scopes."""
        authentication = self._authentication
        kind = "apiKey" if scheme.is_key else "http"
        trusting = self._trusting or not scheme.holds_token
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
                if trusting:
                    return authentication.anonymous
                if not scheme.is_bearer:
                    error.headers |= self.challenge(world, "invalid_token", error.message)
                raise
            if not token.is_for(authentication.audiences):
                if trusting:
                    return authentication.anonymous
                message = "The access token is for another audience (claim aud) than the APIs of this server."
                raise Unauthenticated(
                    message, code="invalid_token", headers=self.challenge(world, "invalid_token", message)
                )
            caller = token.caller
            if needed and token.scopes is not None:
                held = token.scopes if scheme.is_scoped else token.scopes | {caller.role}
                if not needed <= held:
                    raise insufficient(needed)
        if caller is None and trusting:
            return authentication.anonymous
        if caller is None or (self._accepts is not None and caller.kind not in self._accepts):
            message = (
                "This key is not known, or no longer valid."
                if caller is None
                else ("This operation is not open to this kind of credential.")
            )
            raise Unauthenticated(
                message, code="invalid_token", headers=self.challenge(world, "invalid_token", message)
            )
        return caller


def _wanted(alternatives: Iterable[Iterable[SecurityScheme]]) -> str:
    """Describe what the alternatives need: `send a bearer token, or the header parameter X-Key`."""
    words = [" and ".join(scheme.description for scheme in schemes) for schemes in alternatives]
    return "send " + ", or ".join(dict.fromkeys(words))


def _challenge(scheme: SecurityScheme, nonce: str, error: str, message: str) -> str:
    """Return the challenge of a scheme; that for bearer tokens names the error (RFC 6750, section 3)."""
    if scheme.is_bearer:
        return challenge(error, message)["WWW-Authenticate"]
    return scheme.challenge(nonce)
