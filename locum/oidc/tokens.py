"""Scopes and claims of tokens, and issuing a token without a login."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from locum.callers import Caller
from locum.errors import Invalid
from locum.oidc.keys import encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

__all__ = [
    "ACCESS",
    "YEAR",
    "Wish",
    "claims_of",
    "everybody",
    "for_access",
    "granted",
    "id_claims",
    "is_scope",
    "mint",
    "person_claims",
    "scopes_of",
]


_SCOPE = re.compile(r"[!#-\[\]-~]+(?: +[!#-\[\]-~]+)*\Z")
_MOST = 2000


def is_scope(text: str) -> bool:
    """Whether a text is a list of scopes (RFC 6749, section 3.3)."""
    return len(text) <= _MOST and _SCOPE.match(text) is not None


def scopes_of(text: str | None) -> frozenset[str]:
    """Return the scopes of a text."""
    return frozenset((text or "").split())


def granted(asked: str | None, caller: Caller, permissions: frozenset[str]) -> str | None:
    """Return the requested scopes that a user is granted; None if none were requested.

    A scope that is the name of a permission is granted to users who have it, any other scope to everyone.
    """
    if not asked:
        return None
    kept = (scope for scope in dict.fromkeys(asked.split()) if scope not in permissions or caller.may(scope))
    return " ".join(kept)


ACCESS, _ID = "access", "id"
"""The use of a token (claim `token_use`): an ID token gives no access to APIs."""


def claims_of(caller: Caller, issued_at: float, **more: Any) -> dict[str, Any]:
    """Return the known claims of a user for an access token. An empty `scope` is kept: it grants nothing."""
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
    """Mark claims as an access token, and add `jti`, which is the same for the same claims and `names`."""
    source = orjson.dumps([claims, *map(str, names)], option=orjson.OPT_SORT_KEYS)
    return {**claims, "token_use": ACCESS, "jti": encoded(hashlib.blake2b(source, digest_size=16).digest())}


def id_claims(caller: Caller, scopes: frozenset[str], access_token: str, **more: Any) -> dict[str, Any]:
    """Return the claims of an ID token (OpenID Connect Core 1.0, section 2)."""
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    claims = {**more, **person_claims(caller, scopes), "at_hash": encoded(half), "token_use": _ID}
    return {name: value for name, value in claims.items() if value is not None and value != ""}


def person_claims(caller: Caller, scopes: frozenset[str]) -> dict[str, Any]:
    """Return the claims of a user that these scopes allow (OpenID Connect Core 1.0, section 5.4)."""
    claims: dict[str, Any] = {"sub": caller.subject}
    if "profile" in scopes:
        claims |= {"name": caller.name or caller.subject, "role": caller.role, "org_id": caller.organization}
    if "email" in scopes and caller.email:
        claims |= {"email": caller.email, "email_verified": True}
    return {name: value for name, value in claims.items() if value != ""}


YEAR = timedelta(days=365)
_ANYBODY = Caller(subject="user", organization="organization", role="admin")
"""The user if the handlers define none."""
_LAST = 253_402_300_799
"""The end of the year 9999, in seconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The requested claims of a token. None means the value of the user.

    - `user` is a subject or an e-mail address. One whom the handlers do not know needs a `role` or `permissions`;
      with a role alone it has the permissions of the first person who has that role.
    - `scope` is a text of scopes; a token without them has its permissions only.
    - `lifetime` counts by the world's clock; None is for ever, and a negative one is over already.
    - `world` is the world whose requests the token stands in, where a request names none.
    - `issuer`, `audience` and `client` are the claims `iss`, `aud` and `client_id`.
    """

    user: str | None = None
    organization: str | None = None
    role: str | None = None
    permissions: Collection[str] | None = None
    kind: str | None = None
    scope: str | None = None
    lifetime: timedelta | None = YEAR
    world: str | None = None
    issuer: str | None = None
    audience: str | None = None
    client: str | None = None


def everybody(known: Sequence[Caller]) -> tuple[Caller, ...]:
    """Return the users who can sign in: those of the handlers, or one that any handler accepts."""
    return tuple(known) or (_ANYBODY,)


def mint(wish: Wish, known: Sequence[Caller], now: float, seal: Callable[[dict[str, Any]], str]) -> str:
    """Return a token with the requested claims.

    `known` are the people whom the handlers know, the default one first; `now` is the world's time in
    seconds since 1970; `seal` signs. Raises Invalid where the wish cannot be granted.
    """
    if wish.scope and not is_scope(wish.scope):
        message = "The scope is not a list of scopes, separated by spaces: 'openid workflows:read'."
        raise Invalid(message, code="invalid_scope")
    expires_at = None if wish.lifetime is None else now + wish.lifetime.total_seconds()
    if expires_at is not None and not 0 <= expires_at <= _LAST:
        message = "The lifetime ends outside of the years 1970 to 9999. For a token that never expires, set none."
        raise Invalid(message, code="invalid_lifetime")
    claims = claims_of(
        replace(_wished(wish, known), expires_at=expires_at),
        now,
        scope=wish.scope,
        locum_world=wish.world,
        iss=wish.issuer,
        aud=wish.audience,
        client_id=wish.client,
    )
    return seal(claims)


def _wished(wish: Wish, known: Sequence[Caller]) -> Caller:
    people = everybody(known)
    caller = people[0]
    if wish.user is not None:
        found = [person for person in people if wish.user in {person.subject, person.email}]
        caller = found[0] if found else _stranger(wish, known)
    if wish.organization is not None:
        caller = replace(caller, organization=wish.organization)
    if wish.role is not None:
        caller = replace(caller, role=wish.role)
    if wish.permissions is not None:
        caller = replace(caller, permissions=frozenset(wish.permissions))
    if wish.kind is not None:
        caller = replace(caller, kind=wish.kind)
    return caller


def _stranger(wish: Wish, known: Sequence[Caller]) -> Caller:
    user = str(wish.user)
    if not user.strip():
        message = "The user is empty. Set a subject or an e-mail address."
        raise Invalid(message, code="unknown_user")
    if not known:
        return replace(_ANYBODY, subject=user)
    if wish.role is None and wish.permissions is None:
        people = ", ".join(person.email or person.subject for person in known)
        message = f"Unknown user {user!r}. Known users: {people}. For any other user, set the role or the permissions."
        raise Invalid(message, code="unknown_user")
    alike = next((person for person in known if person.role == wish.role), None)
    permissions = alike.permissions if alike else frozenset[str]()
    return Caller(user, known[0].organization, role=wish.role or "", permissions=permissions)
