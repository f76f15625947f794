"""Callers: who is asking, as the credentials of a request say."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["USER", "Caller"]

USER = "user"
"""The kind of a caller who is a person with a signed-in session."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking.

    `kind` is `user`, `service_account` or any word that an API gives to the callers that its keys
    stand for (`api_key`); `expires_at` is in seconds since 1970 by the world's clock, None for
    never.
    """

    subject: str
    organization: str
    role: str = ""
    permissions: frozenset[str] = frozenset()
    kind: str = USER
    name: str = ""
    email: str = ""
    expires_at: float | None = None

    def may(self, permission: str) -> bool:
        """Whether the caller holds this permission: plain membership, no wildcards."""
        return permission in self.permissions
