"""The desk: what the issuer's endpoints share."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from locum.control.issuer.claims import claims_of, for_access
from locum.control.issuer.minting import everybody

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.callers import Caller
    from locum.control.issuer.calls import Call
    from locum.control.issuer.keys import Keys
    from locum.control.issuer.redirects import Redirects

__all__ = ["LIFETIME", "Desk"]

LIFETIME = 3600
"""How many seconds an access token and an ID token hold."""


@dataclass(frozen=True)
class Desk:
    """Who can sign in, with which key is signed, where browsers may be sent, and what a token of ours says.

    `read(token, now)` returns the claims of an access token, and raises Unauthenticated; `machine` is the
    machine's clock in seconds since 1970.
    """

    known: tuple[Caller, ...]
    keys: Keys
    redirects: Redirects
    read: Callable[[str, float], dict[str, Any]]
    machine: Callable[[], float] = time.time

    @cached_property
    def people(self) -> tuple[Caller, ...]:
        """Who can sign in."""
        return everybody(self.known)

    @cached_property
    def permissions(self) -> frozenset[str]:
        """Every permission that anybody has."""
        return frozenset[str]().union(*(person.permissions for person in self.people))

    def person(self, subject: str) -> Caller | None:
        """Return the person of a subject, if there is one."""
        return next((person for person in self.people if person.subject == subject), None)

    def access_token(
        self, call: Call, caller: Caller, client: str, scope: str | None, audience: str, *names: object
    ) -> str:
        """Return an access token; its times are the world's. `names` tell it from others that say the same."""
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
