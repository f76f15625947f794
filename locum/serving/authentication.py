"""Authentication: who is asking, by the security schemes that an operation declares."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from locum.callers import Caller
from locum.control.issuer.challenges import insufficient
from locum.openapi.compile.parameters import cookies_of, query_pairs
from locum.refusals import Forbidden, Unauthenticated
from locum.serving.tokens import Tokens, challenge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from locum.apis import Api, Key
    from locum.state.worlds import World

__all__ = ["AuthMode", "Authentication", "Guard"]

ANYBODY = Caller(subject="anybody", organization="default", role="anybody")
"""Who asks where nobody is asked for."""


_MOST_REMEMBERED = 1000
_SCOPED = frozenset({"oauth2", "openIdConnect"})
"""The types of schemes whose requirements name scopes; those of others name roles."""


class AuthMode(Enum):
    """How strictly credentials are judged."""

    STRICT = "strict"
    ANY = "any"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Authentication:
    """What every operation's guard shares: the mode, the tokens, all keys, a stand-in caller, and the people known."""

    mode: AuthMode
    tokens: Tokens
    keys: tuple[Key, ...]
    stand_in: Caller = ANYBODY
    known: tuple[Caller, ...] = ()

    def guard(self, requirements: list[dict[str, list[str]]], schemes: Mapping[str, Any], api: Api) -> Guard | None:
        """Compile the security requirements of an operation; None where it asks for nobody."""
        if not requirements or {} in requirements or self.mode is AuthMode.OFF:
            return None
        alternatives = [[schemes[name] for name in requirement] for requirement in requirements]
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
        alternatives: list[list[dict[str, Any]]],
        needs: list[list[frozenset[str]]],
        api: Api,
    ) -> None:
        self._authentication = authentication
        self._alternatives = alternatives
        self._needs = needs
        self._accepts = api.accepts
        self._trusting = authentication.mode is AuthMode.ANY or api.accepts is None
        self._keys = authentication.keys
        # Whom a signed token stands for does not change, so its header is judged once; its expiry
        # is judged each time. Keys are not remembered: they are rotated and deleted.
        self._remembered: dict[bytes | None, Caller] = {}

    def admit(self, headers: Mapping[bytes, bytes], query: bytes, world: World) -> Caller:
        """Say who is asking. Raises Unauthenticated, and Forbidden for a token without the scopes that are needed."""
        remembered = self._remembered.get(headers.get(b"authorization"))
        if remembered is not None and (remembered.expires_at is None or remembered.expires_at > world.clock.seconds):
            return remembered
        return self._consider(headers, query, world)

    def _consider(self, headers: Mapping[bytes, bytes], query: bytes, world: World) -> Caller:
        first: Unauthenticated | None = None
        lacking: Forbidden | None = None
        offered = False
        for schemes, needs in zip(self._alternatives, self._needs, strict=True):
            caller: Caller | None = None
            try:
                for scheme, needed in zip(schemes, needs, strict=True):
                    credential = _credential(scheme, headers, query)
                    if credential is None:
                        break
                    offered = True
                    caller = self._judge(scheme, needed, credential, world)
                else:
                    if caller is not None:
                        self._remember(schemes, headers, caller)
                        return caller
            except Unauthenticated as refusal:
                first = first or refusal
            except Forbidden as refusal:
                lacking = lacking or refusal
        if lacking is not None:
            raise lacking
        if first is not None:
            raise first
        if not offered and b"authorization" in headers:
            message = "The Authorization header is malformed: " + _asked(self._alternatives) + "."
            raise Unauthenticated(message, code="malformed_token", headers=_challenge(self._alternatives, message))
        message = "Authentication is required: " + _asked(self._alternatives) + "."
        raise Unauthenticated(message, code="missing_token", headers=_challenge(self._alternatives, message))

    def _remember(self, schemes: list[dict[str, Any]], headers: Mapping[bytes, bytes], caller: Caller) -> None:
        header = headers.get(b"authorization", b"")
        from_key = any(key.prefix.encode() in header for key in self._keys)
        if len(schemes) == 1 and schemes[0]["type"] != "apiKey" and not from_key:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[header] = caller

    def _judge(self, scheme: dict[str, Any], needed: frozenset[str], credential: str, world: World) -> Caller:
        authentication = self._authentication
        kind = "apiKey" if scheme["type"] == "apiKey" else "http"
        caller = None
        known = False
        for key in self._keys:
            if key.scheme == kind and credential.startswith(key.prefix):
                known = True
                caller = key.owner(world.store, world.clock, credential)
        if caller is None and not known:
            try:
                token = authentication.tokens.read(credential, world.clock.seconds)
            except Unauthenticated:
                if self._trusting:
                    return authentication.stand_in
                raise
            caller = token.caller
            if needed and token.scopes is not None:
                held = token.scopes if scheme["type"] in _SCOPED else token.scopes | {caller.role}
                if not needed <= held:
                    raise insufficient(needed)
        if caller is None and self._trusting:
            return authentication.stand_in
        if caller is None or (self._accepts is not None and caller.kind not in self._accepts):
            message = (
                "This key is not known, or no longer valid."
                if caller is None
                else ("This operation is not open to this kind of credential.")
            )
            raise Unauthenticated(message, code="invalid_token", headers=challenge("invalid_token", message))
        return caller


def _credential(scheme: dict[str, Any], headers: Mapping[bytes, bytes], query: bytes) -> str | None:
    """Find the credential of a scheme (OpenAPI 3.0.3, 4.7.27) in a request; None where it is absent."""
    if scheme["type"] == "apiKey":
        return _api_key(scheme["in"], scheme["name"], headers, query)
    if scheme["type"] == "mutualTLS":
        return "certificate"  # it was shown before the request, if anywhere
    text = headers.get(b"authorization", b"").decode("latin-1")
    word, _, credential = text.partition(" ")
    credential = credential.strip()
    if _is_basic(scheme):
        return _password(credential) if word.lower() == "basic" else None
    return credential if word.lower() == "bearer" and credential else None


def _api_key(location: str, name: str, headers: Mapping[bytes, bytes], query: bytes) -> str | None:
    if location == "header":
        value = headers.get(name.lower().encode("latin-1"))
        return value.decode("latin-1") if value else None
    if location == "cookie":
        return cookies_of(headers.get(b"cookie", b"").decode("latin-1")).get(name)
    try:
        return query_pairs(query).get(name, [None])[0]
    except ValueError:
        return None


def _password(credential: str) -> str | None:
    """Return the password of basic credentials (RFC 7617), or the user name where there is none: that is the token."""
    try:
        user, _, password = base64.b64decode(credential, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return password or user or None


def _asked(alternatives: Iterable[Iterable[dict[str, Any]]]) -> str:
    """Say in words what the alternatives ask for."""
    words = [" and ".join(map(_named, schemes)) for schemes in alternatives]
    return "send " + ", or ".join(dict.fromkeys(words))


def _named(scheme: dict[str, Any]) -> str:
    if scheme["type"] == "apiKey":
        return f"the {scheme['in']} parameter {scheme['name']}"
    return "a user name and password" if _is_basic(scheme) else "a bearer token"


def _is_basic(scheme: dict[str, Any]) -> bool:
    return bool(scheme["type"] == "http" and scheme["scheme"].lower() == "basic")


def _challenge(alternatives: Iterable[Iterable[dict[str, Any]]], message: str) -> dict[str, str]:
    """Return a challenge for each scheme that is asked for (RFC 9110, section 11.6.1)."""
    said: dict[str, None] = {}
    for scheme in (scheme for schemes in alternatives for scheme in schemes):
        if scheme["type"] == "apiKey":
            said[f'ApiKey realm="locum", in="{scheme["in"]}", name="{scheme["name"]}"'] = None
        elif _is_basic(scheme):
            said['Basic realm="locum", charset="UTF-8"'] = None
        else:
            said[challenge("invalid_request", message)["WWW-Authenticate"]] = None
    return {"WWW-Authenticate": ", ".join(said)}
