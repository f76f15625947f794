"""The operations on tokens and on the people whom they stand for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from locum.errors import Conflict, Faulty, Invalid
from locum.oidc.calls import ROOT
from locum.oidc.tokens import Wish, everybody
from locum.responses import Response
from locum.world.clock import read_duration, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.oidc.issuer import Issuer
    from locum.world.worlds import Worlds

__all__ = ["TokenOperations"]

_USUAL = 3600


class TokenOperations:
    """Lists who can sign in, and makes tokens for them and for anybody else."""

    def __init__(self, worlds: Worlds, issuer: Issuer) -> None:
        self._worlds = worlds
        self._issuer = issuer

    def list_people(self) -> list[dict[str, Any]]:
        """Return who can sign in, the default one first."""
        return [
            {
                "subject": person.subject,
                "organization": person.organization,
                "role": person.role,
                "permissions": sorted(person.permissions),
                "kind": person.kind,
                "name": person.name,
                "email": person.email,
            }
            for person in everybody(self._issuer.desk.known)
        ]

    def create_token(
        self, world: str, page_url: Callable[[str, str], str], body: dict[str, Any] | None = None
    ) -> Response:
        """Make a token for a user, a role, a scope and a lifetime."""
        told = dict(body or {})
        found = self._worlds.named(world)
        lifetime = told.pop("lifetime", _USUAL)
        root = page_url("", "").partition("/__locum/")[0]
        told.setdefault("client", "locum")
        try:
            wish = Wish(
                lifetime=None if lifetime == "never" else read_duration(lifetime),
                issuer=root + ROOT,
                audience=root,
                **told,
            )
            made: dict[str, Any] = {"access_token": self._issuer.mint(wish, found), "token_type": "Bearer"}
        except (Invalid, Faulty) as refusal:
            raise Conflict(refusal.message, code=refusal.code) from None
        if "scope" in told:
            made["scope"] = told["scope"]
        if wish.lifetime is not None:
            made["expires_at"] = timestamp(datetime.fromtimestamp(found.clock.seconds, UTC) + wish.lifetime)
        return Response(made)
