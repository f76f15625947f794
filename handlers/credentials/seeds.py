"""The records of a new world: credentials of two organizations and three service accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from handlers.credentials.accounts import DEVELOPMENT_KEY, ServiceAccount
from handlers.credentials.records import Credential, add, mark_deleted
from handlers.people import CALLERS, NORTHWIND, SOUTHBAY
from locum import timestamp

if TYPE_CHECKING:
    from locum import Caller, Clock, NewId, Store

__all__ = ["DOCUMENTED_ID", "seed"]

DOCUMENTED_ID = "123e4567-e89b-12d3-a456-426614174000"
"""The id in the examples of the contract: it exists in every new world."""

_ADA, _BRAM, _CHIARA, _DELE = CALLERS


class _Seed(NamedTuple):
    id: str
    days_ago: int
    owner: Caller | None
    provider: str
    credential_type: str
    name: str
    secret: dict[str, Any]
    deleted: bool = False


def seed(store: Store, clock: Clock, new_id: NewId) -> None:
    """Fill a new world: live, expired and deleted credentials, and service accounts."""
    for number, each in enumerate(_seeds(clock, new_id)):
        created_at = timestamp(clock.now - timedelta(days=each.days_ago))
        credential = Credential(
            id=each.id,
            number=number,
            # The credential without an owner came from an OAuth callback and belongs to Northwind.
            organization=each.owner.organization if each.owner else NORTHWIND,
            owner=each.owner.subject if each.owner else None,
            provider=each.provider,
            name=each.name,
            credential_type=each.credential_type,
            secret=each.secret,
            created_at=created_at,
            updated_at=created_at,
            modified_by=each.owner.email if each.owner else "system",
        )
        add(store, credential)
        if each.deleted:
            mark_deleted(store, credential, at=timestamp(clock.now - timedelta(days=2)), by=_ADA.email)
    for account in (
        ServiceAccount(new_id.uuid(), NORTHWIND, "Northwind flow runner", "active", DEVELOPMENT_KEY),
        ServiceAccount(new_id.uuid(), SOUTHBAY, "Southbay flow runner", "active", new_id("saf_org_7h2v9c4x_", 48)),
        ServiceAccount(new_id.uuid(), NORTHWIND, "Retired flow runner", "inactive", new_id("saf_org_2m3h5n7k_", 48)),
    ):
        store[ServiceAccount][account.id] = account


def _seeds(clock: Clock, new_id: NewId) -> list[_Seed]:
    """Return the seeded credentials, oldest first."""
    uuid = new_id.uuid
    old_sftp, manifests = (_server(f"{name}.example", new_id) for name in ("files.oldcarrier", "sftp.northwind"))
    drive = _tokens(clock, new_id, days=-20) | {"google_email": _ADA.email}
    mailbox = _tokens(clock, new_id, days=1)
    mail = {
        "access_key_id": new_id("AKIA", 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        "secret_access_key": new_id("", 40),
        "region": "eu-west-1",
    }
    orders, ledger = (_database(name, new_id) for name in ("orders", "ledger"))
    contracts, receipts = _tokens(clock, new_id, days=30), _tokens(clock, new_id, days=-1)
    return [
        _Seed(uuid(), 90, _BRAM, "sftp", "user_password", "Old carrier drop box", old_sftp, deleted=True),
        _Seed(uuid(), 60, _ADA, "google", "oauth2", "Invoices in Google Drive", drive),
        _Seed(uuid(), 45, None, "microsoft", "oauth2", "Shared mailbox", mailbox),
        _Seed(uuid(), 30, _BRAM, "aws_ses", "api_key", "Outgoing mail", mail),
        _Seed(uuid(), 21, _CHIARA, "sftp", "user_password", "Carrier manifests", manifests),
        _Seed(DOCUMENTED_ID, 14, _ADA, "postgresql", "user_password", "Orders database", orders),
        _Seed(uuid(), 10, _DELE, "postgresql", "user_password", "Ledger", ledger),
        _Seed(uuid(), 7, _ADA, "sharepoint", "oauth2", "Contracts library", contracts),
        _Seed(uuid(), 3, _DELE, "google", "oauth2", "Receipts", receipts),
    ]


def _server(host: str, new_id: NewId) -> dict[str, Any]:
    return {"host": host, "port": 22, "username": "locum", "password": new_id("", 20)}


def _database(name: str, new_id: NewId) -> dict[str, Any]:
    return {
        "host": f"{name}-db.example",
        "port": "5432",
        "username": "reader",
        "password": new_id("", 20),
        "database": name,
    }


def _tokens(clock: Clock, new_id: NewId, *, days: int) -> dict[str, Any]:
    """Return OAuth tokens that expire after so many days; a negative number is in the past."""
    return {
        "access_token": new_id("oauth_access_", 40),
        "refresh_token": new_id("oauth_refresh_", 40),
        "expiry": timestamp(clock.now + timedelta(days=days)),
        "scopes": ["files.read", "files.write"],
    }
