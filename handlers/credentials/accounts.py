"""Service accounts, and the `saf_` keys that authenticate them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from locum import Caller

if TYPE_CHECKING:
    from locum import Clock, Store

__all__ = ["DEVELOPMENT_KEY", "SERVICE_ACCOUNT", "ServiceAccount", "find_owner"]

SERVICE_ACCOUNT = "service_account"
"""The kind of a caller that authenticates with the key of a service account."""

DEVELOPMENT_KEY = "saf_org_2m3h5n7k_locumdevelopmentkey000000000000000000000001"
"""The key of the first seeded service account: the same in every world, for manual requests."""

_PERMISSIONS = frozenset({"credentials:read", "credentials:write"})


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A service account of an organization; its key is accepted only while its status is `active`."""

    id: str
    organization: str
    name: str
    status: str
    key: str = field(repr=False)


def find_owner(store: Store, _clock: Clock, key: str) -> Caller | None:
    """Return the active service account with this key, or None. Keys do not expire."""
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
