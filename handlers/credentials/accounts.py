"""Service accounts and the `saf_` keys with which they sign in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from locum import Caller

if TYPE_CHECKING:
    from locum import Clock, Store

__all__ = ["DEVELOPMENT_KEY", "SERVICE_ACCOUNT", "ServiceAccount", "owner"]

SERVICE_ACCOUNT = "service_account"
"""The kind of a caller who is a program with a key of its organization."""

DEVELOPMENT_KEY = "saf_org_2m3h5n7k_locumdevelopmentkey000000000000000000000001"
"""The key of the first seeded service account; the same in every world, for use by hand."""

_PERMISSIONS = frozenset({"credentials:read", "credentials:write"})


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A program of an organization; its key authenticates only while its status is `active`."""

    id: str
    organization: str
    name: str
    status: str
    key: str = field(repr=False)


def owner(store: Store, _clock: Clock, key: str) -> Caller | None:
    """Return the active service account for which a key stands, if any; keys do not expire."""
    for account in store[ServiceAccount].values():
        if account.key == key and account.status == "active":
            return Caller(
                subject=account.id,
                organization=account.organization,
                role="integration",
                permissions=_PERMISSIONS,
                kind=SERVICE_ACCOUNT,
                name=account.name,
            )
    return None
