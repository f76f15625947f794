"""Minting: a token for whoever is wished for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from locum.callers import Caller
from locum.control.issuer.claims import claims_of
from locum.control.issuer.scopes import is_scope
from locum.refusals import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

__all__ = ["YEAR", "Wish", "everybody", "mint"]

YEAR = timedelta(days=365)
_ANYBODY = Caller(subject="user", organization="organization", role="admin")
"""Who signs in where the handlers know nobody."""
_LAST = 253_402_300_799
"""The end of the year 9999, in seconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Whom a token is to stand for, and what it is to say. What is None is as the person has it.

    - `user` is a subject or an e-mail address. One whom the handlers do not know needs a `role` or `permissions`;
      with a role alone it has the permissions of the first person who has that role.
    - `scope` is a text of scopes; a token without them is judged by its permissions alone.
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
    """Return who can sign in: the people whom the handlers know, or one whom any handler takes."""
    return tuple(known) or (_ANYBODY,)


def mint(wish: Wish, known: Sequence[Caller], now: float, seal: Callable[[dict[str, Any]], str]) -> str:
    """Return the token that is wished for.

    `known` are the people whom the handlers know, the default one first; `now` is the world's time in
    seconds since 1970; `seal` signs. Raises Invalid where the wish cannot be granted.
    """
    if wish.scope and not is_scope(wish.scope):
        message = "The scope is not a list of scopes, parted by spaces: 'openid workflows:read'."
        raise Invalid(message, code="invalid_scope")
    expires_at = None if wish.lifetime is None else now + wish.lifetime.total_seconds()
    if expires_at is not None and not 0 <= expires_at <= _LAST:
        message = "The lifetime leads out of the years 1970 to 9999. A token that never expires has none."
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
        message = "The user has no name: give a subject or an e-mail address."
        raise Invalid(message, code="unknown_user")
    if not known:
        return replace(_ANYBODY, subject=user)
    if wish.role is None and wish.permissions is None:
        people = ", ".join(person.email or person.subject for person in known)
        message = f"There is no user {user!r}. There are: {people}. For anybody else, say the role or the permissions."
        raise Invalid(message, code="unknown_user")
    alike = next((person for person in known if person.role == wish.role), None)
    permissions = alike.permissions if alike else frozenset[str]()
    return Caller(user, known[0].organization, role=wish.role or "", permissions=permissions)
