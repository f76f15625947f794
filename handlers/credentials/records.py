"""The record of a credential, and how it is stored, found and listed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from locum import Forbidden, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from locum import Caller, Store

__all__ = ["PROVIDERS", "Credential", "add", "find", "list_live", "mark_deleted", "sort_newest_first"]

PROVIDERS = (
    "microsoft",
    "sharepoint",
    "sftp",
    "aws_ses",
    "google",
    "postgresql",
    "internal_postgresql",
    "file_storage",
    "api_credential",
    "sharepoint_client_secret",
    "azure_blob",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A credential. A deleted one stays in the store for the audit trail, and is in no response.

    `owner` is the subject of the user who created it, None if it belongs to the organization.
    `number` counts the credentials of the world and orders those of the same second. Times are
    RFC 3339 text, as in responses.
    """

    id: str
    number: int
    organization: str
    owner: str | None
    provider: str
    name: str
    credential_type: str
    secret: dict[str, Any] = field(repr=False)
    created_at: str
    updated_at: str
    modified_by: str
    deleted_at: str | None = None
    deleted_by: str | None = None


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The ids of one organization's live credentials for one provider.

    The API allows at most 50, so a list takes the same time however many deleted ones there are.
    """

    ids: tuple[str, ...] = ()


def add(store: Store, credential: Credential) -> None:
    """Store a new credential."""
    key = _shelf_key(credential.organization, credential.provider)
    shelf = store[_Shelf].get(key, _Shelf())
    store[_Shelf][key] = replace(shelf, ids=(*shelf.ids, credential.id))
    store[Credential][credential.id] = credential


def mark_deleted(store: Store, credential: Credential, *, at: str, by: str) -> None:
    """Mark a credential as deleted; its record stays for the audit trail."""
    key = _shelf_key(credential.organization, credential.provider)
    shelf = store[_Shelf][key]
    store[_Shelf][key] = replace(shelf, ids=tuple(live_id for live_id in shelf.ids if live_id != credential.id))
    store[Credential][credential.id] = replace(credential, deleted_at=at, deleted_by=by)


def find(store: Store, credential_id: str, caller: Caller) -> Credential:
    """Return the live credential of the caller's organization with this id."""
    # UUIDs are compared without regard to case (RFC 9562, section 4).
    credential = store[Credential].get(credential_id.lower())
    if credential is None or credential.deleted_at is not None:
        message = "Credential not found"
        raise NotFound(message)
    if credential.organization != caller.organization:
        message = "This resource belongs to a different organization"
        raise Forbidden(message)
    return credential


def list_live(store: Store, organization: str, providers: Iterable[str] = PROVIDERS) -> Iterator[Credential]:
    """Yield the live credentials of an organization for these providers."""
    credentials = store[Credential]
    for provider in providers:
        shelf = store[_Shelf].get(_shelf_key(organization, provider))
        if shelf is not None:
            yield from (credentials[live_id] for live_id in shelf.ids)


def sort_newest_first(credentials: Iterable[Credential]) -> list[Credential]:
    """Sort credentials by their creation, the newest first."""
    return sorted(credentials, key=lambda credential: (credential.created_at, credential.number), reverse=True)


def _shelf_key(organization: str, provider: str) -> str:
    return f"{organization}/{provider}"
