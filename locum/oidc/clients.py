"""Allowed redirects, client authentication, and the shared data of the endpoints."""

from __future__ import annotations

import base64
import binascii
import re
import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus, urlencode

from locum.oidc.calls import Declined
from locum.oidc.tokens import claims_of, everybody, for_access

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from locum.callers import Caller
    from locum.oidc.calls import Call
    from locum.oidc.keys import SigningKeys

__all__ = ["LIFETIME", "Desk", "OidcClient", "Redirects", "client_of", "with_parameters"]


_ORIGIN = re.compile(
    r"https?://(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|(?:[a-z0-9-]+\.)+localhost)(?::\d{1,5})?\Z", re.IGNORECASE
)
_URI = re.compile(r"([a-z][a-z0-9+.-]*://[^/?#\\@\s]+)(?:[/?][!-\"$-\[\]-~]*)?\Z", re.IGNORECASE)
"""An absolute URI without user, fragment, or backslash (which browsers read as a slash). The origin is a group."""


@dataclass(frozen=True, slots=True)
class Redirects:
    """The allowed redirect URIs: any on loopback, those of allowed origins, and the named ones."""

    origins: Sequence[str] = ()
    named: Sequence[str] = ()

    def allows(self, uri: str) -> bool:
        """Whether a browser may be redirected to a URI."""
        found = _URI.match(uri)
        origin = found[1] if found else ""
        return uri in self.named or _ORIGIN.match(origin) is not None or (bool(origin) and origin in self.origins)


def with_parameters(uri: str, parameters: Mapping[str, str | None]) -> str:
    """Add parameters to the query of a URI, except those that are None."""
    query = urlencode({name: value for name, value in parameters.items() if value is not None})
    return f"{uri}{'&' if '?' in uri else '?'}{query}" if query else uri


_BASIC = {"WWW-Authenticate": 'Basic realm="locum", charset="UTF-8"'}


@dataclass(frozen=True, slots=True)
class OidcClient:
    """A client, and whether it has a secret (RFC 6749, section 2.1)."""

    name: str
    confidential: bool


def client_of(call: Call, form: Mapping[str, str], *, secret: bool = False) -> OidcClient:
    """Return the client of a request (RFC 6749, section 2.3). Raises Declined, also without a required `secret`."""
    header = call.headers.get("authorization")
    if header is not None:
        if "client_secret" in form:
            raise Declined("invalid_request", "The client authenticates twice: in the header and in the body.")
        name, password = _basic(header)
        if form.get("client_id", name) != name:
            raise _invalid("The body names another client than the Authorization header.")
        client = OidcClient(name, confidential=bool(password))
    else:
        if "client_assertion" in form:
            raise _invalid("Client assertions are not supported. Send a client_secret.")
        client = OidcClient(form.get("client_id", ""), confidential="client_secret" in form)
    if not client.name:
        raise _invalid("The client_id is missing. Any value is accepted.")
    if secret and not client.confidential:
        raise _invalid("This needs a client with a secret. Send client_id and client_secret. Any values are accepted.")
    return client


def _basic(header: str) -> tuple[str, str]:
    scheme, _, credentials = header.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError  # noqa: TRY301 (one error for all invalid credentials)
        name, _, password = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise _invalid("The Authorization header has no basic credentials of a client.") from None
    return unquote_plus(name), unquote_plus(password)


def _invalid(message: str) -> Declined:
    return Declined("invalid_client", message, 401, _BASIC)


LIFETIME = 3600
"""The lifetime of access tokens and ID tokens, in seconds."""


@dataclass(frozen=True)
class Desk:
    """The users, the signing key, the allowed redirects, and the claims of tokens.

    `read(token, now)` returns the claims of an access token, and raises Unauthenticated; `machine` is the
    machine's clock in seconds since 1970.
    """

    known: tuple[Caller, ...]
    keys: SigningKeys
    redirects: Redirects
    read: Callable[[str, float], dict[str, Any]]
    machine: Callable[[], float] = time.time

    @cached_property
    def people(self) -> tuple[Caller, ...]:
        """The users who can sign in."""
        return everybody(self.known)

    @cached_property
    def permissions(self) -> frozenset[str]:
        """The permissions of all users."""
        return frozenset[str]().union(*(person.permissions for person in self.people))

    def person(self, subject: str) -> Caller | None:
        """Return the user with a subject, or None."""
        return next((person for person in self.people if person.subject == subject), None)

    def access_token(
        self, call: Call, caller: Caller, client: str, scope: str | None, audience: str, *names: object
    ) -> str:
        """Return an access token with times of the world. `names` distinguish it from others with the same claims."""
        now = call.world.clock.seconds
        claims = claims_of(
            replace(caller, expires_at=now + LIFETIME),
            now,
            iss=call.address,
            aud=audience,
            client_id=client,
            scope=scope,
            locum_world=call.world.name,
        )
        return self.keys.seal(for_access(claims, *names))
