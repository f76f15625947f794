"""The operations on tokens and users."""

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

_DEFAULT_LIFETIME = 3600


class TokenOperations:
    """Lists the users that can sign in, and creates tokens for them and for any other user."""

    def __init__(self, worlds: Worlds, issuer: Issuer) -> None:
        self._worlds = worlds
        self._issuer = issuer

    def list_people(self) -> list[dict[str, Any]]:
        """Return the users that can sign in, the default user first."""
        return [
            {
                "subject": user.subject,
                "organization": user.organization,
                "role": user.role,
                "permissions": sorted(user.permissions),
                "kind": user.kind,
                "name": user.name,
                "email": user.email,
            }
            for user in everybody(self._issuer.desk.known)
        ]

    def create_token(
        self, world: str, page_url: Callable[[str, str], str], body: dict[str, Any] | None = None
    ) -> Response:
        """Create a token for a user, role, scope and lifetime."""
        options = dict(body or {})
        found = self._worlds.named(world)
        lifetime = options.pop("lifetime", _DEFAULT_LIFETIME)
        root = page_url("", "").partition("/__locum/")[0]
        options.setdefault("client", "locum")
        try:
            wanted = Wish(
                lifetime=None if lifetime == "never" else read_duration(lifetime),
                issuer=root + ROOT,
                audience=root,
                **options,
            )
            response: dict[str, Any] = {"access_token": self._issuer.mint(wanted, found), "token_type": "Bearer"}
        except (Invalid, Faulty) as error:
            raise Conflict(error.message, code=error.code) from None
        if "scope" in options:
            response["scope"] = options["scope"]
        if wanted.lifetime is not None:
            response["expires_at"] = timestamp(datetime.fromtimestamp(found.clock.seconds, UTC) + wanted.lifetime)
        return Response(response)
