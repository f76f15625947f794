"""The seven operations on stored credentials."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from handlers.credentials.accounts import SERVICE_ACCOUNT
from handlers.credentials.records import PROVIDERS, Credential, add, find, list_live, mark_deleted, sort_newest_first
from locum import USER, Forbidden, Limited, requires, timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum import Caller, Clock, NewId, Store

__all__ = [
    "create_credential",
    "delete_credential",
    "get_credential",
    "get_credential_secrets",
    "list_credentials",
    "list_credentials_by_provider",
    "update_credential",
]

PER_USER = 100
PER_PROVIDER = 50

_OAUTH = frozenset({"oauth2", "google_oauth", "sharepoint_oauth"})
_TOKEN_LIFE = timedelta(hours=1)


@requires("credentials:read")
def list_credentials(store: Store, caller: Caller) -> list[dict[str, Any]]:
    """List the live credentials of the calling user, or of a service account's organization."""
    return _list(store, caller, PROVIDERS)


@requires("credentials:write")
def create_credential(
    store: Store, caller: Caller, clock: Clock, new_id: NewId, body: dict[str, Any]
) -> dict[str, Any]:
    """Create a credential of the calling user, within the two documented limits."""
    if caller.kind != USER:
        message = "A user account is required to create credentials"
        raise Forbidden(message)
    live = list(list_live(store, caller.organization))
    if sum(credential.owner == caller.subject for credential in live) >= PER_USER:
        message = f"The limit of {PER_USER} credentials per user is reached"
        raise Limited(message)
    if sum(credential.provider == body["provider"] for credential in live) >= PER_PROVIDER:
        message = f"The limit of {PER_PROVIDER} credentials per provider in an organization is reached"
        raise Limited(message)
    now = timestamp(clock.now)
    credential = Credential(
        id=new_id.uuid(),
        number=len(store[Credential]),
        organization=caller.organization,
        owner=caller.subject,
        provider=body["provider"],
        name=body["name"],
        credential_type=body["credential_type"],
        secret=body["credentials"],
        created_at=now,
        updated_at=now,
        modified_by=_audit_name(caller),
    )
    add(store, credential)
    return _render(credential)


@requires("credentials:read")
def list_credentials_by_provider(store: Store, caller: Caller, provider: str) -> list[dict[str, Any]]:
    """List the credentials of one provider, as `list_credentials` does; its name is in any letter case."""
    return _list(store, caller, [provider.lower()])


@requires("credentials:read")
def get_credential(store: Store, caller: Caller, credential_id: str) -> dict[str, Any]:
    """Return one credential of the organization, without its secret."""
    return _render(find(store, credential_id, caller))


@requires("credentials:write")
def update_credential(
    store: Store, caller: Caller, clock: Clock, credential_id: str, body: dict[str, Any]
) -> dict[str, Any]:
    """Replace the whole secret; change the name only if one is given."""
    credential = find(store, credential_id, caller)
    name = body.get("name")
    changed = replace(
        credential,
        name=credential.name if name is None else name,
        credential_type=body["credential_type"],
        secret=body["credentials"],
        updated_at=timestamp(clock.now),
        modified_by=_audit_name(caller),
    )
    store[Credential][changed.id] = changed
    return _render(changed)


@requires("credentials:write")
def delete_credential(store: Store, caller: Caller, clock: Clock, credential_id: str) -> None:
    """Delete a credential; its record stays in the store for the audit trail."""
    mark_deleted(store, find(store, credential_id, caller), at=timestamp(clock.now), by=_audit_name(caller))


@requires("credentials:read")
def get_credential_secrets(
    store: Store, caller: Caller, clock: Clock, new_id: NewId, credential_id: str
) -> dict[str, Any]:
    """Return the secret to a service account; renew an expired OAuth token first."""
    if caller.kind != SERVICE_ACCOUNT:
        message = "A service account is required to read secrets"
        raise Forbidden(message)
    credential = find(store, credential_id, caller)
    if _is_renewable(credential, clock.now):
        renewed = {
            "access_token": new_id("oauth_access_", 40),
            "expiry": timestamp(clock.now + _TOKEN_LIFE),
        }
        # A renewal is not a modification: `updated_at` and `modified_by` stay.
        credential = replace(credential, secret=credential.secret | renewed)
        store[Credential][credential.id] = credential
    return dict(credential.secret)


def _list(store: Store, caller: Caller, providers: Iterable[str]) -> list[dict[str, Any]]:
    live = list_live(store, caller.organization, providers)
    if caller.kind == USER:
        live = (credential for credential in live if credential.owner == caller.subject)
    return [_render(credential) for credential in sort_newest_first(live)]


def _render(credential: Credential) -> dict[str, Any]:
    google_email = credential.secret.get("google_email") if credential.provider == "google" else None
    return {
        "id": credential.id,
        "created_at": credential.created_at,
        "updated_at": credential.updated_at,
        "modified_by": credential.modified_by,
        "user_id": None if credential.owner is None else _user_id(credential.owner),
        "provider": credential.provider,
        "name": credential.name,
        # The secret is a free-form object, so this member may have any type.
        "google_email": google_email if isinstance(google_email, str) else None,
    }


@lru_cache(maxsize=1024)
def _user_id(subject: str) -> str:
    """Return a subject as the UUID that the contract requires; any other text maps to a fixed one."""
    try:
        return str(uuid.UUID(subject))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://flows.super.ai/users/{subject}"))


def _audit_name(caller: Caller) -> str:
    """Return the name of a caller in `modified_by` and `deleted_by`; service accounts have no email."""
    return caller.email or caller.subject


def _is_renewable(credential: Credential, now: datetime) -> bool:
    """Whether this is an OAuth credential whose token has expired and can be refreshed."""
    expiry = credential.secret.get("expiry")
    if credential.credential_type not in _OAUTH or not credential.secret.get("refresh_token"):
        return False
    try:
        expires_at = datetime.fromisoformat(expiry) if isinstance(expiry, str) else None
    except ValueError:
        return False
    if expires_at is None:
        return False
    # A time without an offset is read as UTC.
    return (expires_at if expires_at.tzinfo else expires_at.replace(tzinfo=UTC)) <= now
