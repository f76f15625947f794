"""Callers: who sends a request, according to its credentials."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["USER", "Caller"]

USER = "user"
"""The kind of a caller who is a signed-in user."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of a request.

    `kind` is `user`, `service_account`, or a kind that an API defines for its keys (`api_key`). `expires_at` is in
    seconds since 1970 by the world's clock; None means never.
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
        """Whether the caller has this permission; wildcards are not supported."""
        return permission in self.permissions
