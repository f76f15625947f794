"""The operations on tokens and on the people whom they stand for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from locum.answers import Answer
from locum.control.issuer.claims import access_claims
from locum.control.issuer.issuer import ROOT
from locum.control.issuer.keys import ACCESS_TOKEN, BadKey
from locum.refusals import Conflict
from locum.state.clock import timestamp
from locum.state.durations import read_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from locum.callers import Caller
    from locum.control.issuer.keys import SigningKey
    from locum.state.worlds import Worlds

__all__ = ["TokenOperations"]

_LAST = 253_402_300_799
"""The end of the year 9999, in seconds since 1970."""


class TokenOperations:
    """Lists who can sign in, and makes tokens for them and for anybody else."""

    def __init__(self, worlds: Worlds, key: SigningKey, people: Sequence[Caller]) -> None:
        self._worlds = worlds
        self._key = key
        self._people = people

    def list_people(self) -> list[dict[str, Any]]:
        """Return who can sign in, the default one first."""
        return [_described(person) for person in self._people]

    def create_token(
        self, world: str, page_url: Callable[[str, str], str], body: dict[str, Any] | None = None
    ) -> Answer:
        """Make a token for a user, a role, a scope and a lifetime."""
        told = body or {}
        found = self._worlds.named(world)
        caller = self._caller(told)
        lifetime = told.get("lifetime", 3600)
        seconds = None if lifetime == "never" else read_duration(lifetime).total_seconds()
        ends = None if seconds is None else found.clock.seconds + seconds
        if ends is not None and ends > _LAST:
            raise Conflict("No token lives that long; say `never`.", code="lifetime_too_long")
        issuer = page_url("", "").partition("/__locum/")[0] + ROOT
        client, scope = told.get("client", "locum"), told.get("scope")
        claims = access_claims(issuer, caller, found, client=client, scope=scope, lifetime=seconds)
        try:
            token = self._key.sign(claims, ACCESS_TOKEN)
        except BadKey as problem:
            raise Conflict(str(problem), code="no_signing_key") from None
        made = {"access_token": token, "token_type": "Bearer", "caller": _described(caller)}
        if scope is not None:
            made["scope"] = scope
        if ends is not None:
            made["expires_at"] = timestamp(datetime.fromtimestamp(ends, UTC))
        return Answer(made)

    def _caller(self, told: dict[str, Any]) -> Caller:
        name = told.get("user")
        caller = next((person for person in self._people if name in {person.subject, person.email}), None)
        if caller is None:
            caller = self._people[0] if name is None else replace(self._people[0], subject=name, name="", email="")
        if "permissions" in told:
            caller = replace(caller, permissions=frozenset(told["permissions"]))
        others = {name: told[name] for name in ("organization", "role", "kind") if name in told}
        return replace(caller, **others)


def _described(caller: Caller) -> dict[str, Any]:
    return {
        "subject": caller.subject,
        "organization": caller.organization,
        "role": caller.role,
        "permissions": sorted(caller.permissions),
        "kind": caller.kind,
        "name": caller.name,
        "email": caller.email,
    }
