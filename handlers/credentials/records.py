"""Credentials as they are remembered, and how they are found and listed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from locum import Forbidden, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from locum import Caller, Store

__all__ = ["PROVIDERS", "Credential", "find", "hide", "keep", "live", "newest_first"]

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
    """One credential; a deleted one stays, with who deleted it and when, and is shown nowhere.

    `owner` is the subject of the user who made it, None for the organization's own; `number`
    counts the credentials of the world and orders those of the same second. Times are text in
    RFC 3339, as they are answered.
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

    At most 50 by the API's own rule, so a list costs the same however much the world remembers.
    """

    ids: tuple[str, ...] = ()


def keep(store: Store, credential: Credential) -> None:
    """Remember a new live credential."""
    place = _place(credential.organization, credential.provider)
    shelf = store[_Shelf].get(place, _Shelf())
    store[_Shelf][place] = replace(shelf, ids=(*shelf.ids, credential.id))
    store[Credential][credential.id] = credential


def hide(store: Store, credential: Credential, *, at: str, by: str) -> None:
    """Mark a live credential as deleted; its record stays for the audit trail."""
    place = _place(credential.organization, credential.provider)
    shelf = store[_Shelf][place]
    store[_Shelf][place] = replace(shelf, ids=tuple(each for each in shelf.ids if each != credential.id))
    store[Credential][credential.id] = replace(credential, deleted_at=at, deleted_by=by)


def find(store: Store, credential_id: str, caller: Caller) -> Credential:
    """Return the live credential of the caller's organization that has this id."""
    # A UUID means the same in either case (RFC 9562, section 4).
    credential = store[Credential].get(credential_id.lower())
    if credential is None or credential.deleted_at is not None:
        message = "Credential not found"
        raise NotFound(message)
    if credential.organization != caller.organization:
        message = "This resource belongs to a different organization"
        raise Forbidden(message)
    return credential


def live(store: Store, organization: str, providers: Iterable[str] = PROVIDERS) -> Iterator[Credential]:
    """Yield the live credentials of an organization for these providers."""
    credentials = store[Credential]
    for provider in providers:
        shelf = store[_Shelf].get(_place(organization, provider))
        if shelf is not None:
            yield from (credentials[each] for each in shelf.ids)


def newest_first(credentials: Iterable[Credential]) -> list[Credential]:
    """Return credentials by their creation, the last one made first."""
    return sorted(credentials, key=lambda credential: (credential.created_at, credential.number), reverse=True)


def _place(organization: str, provider: str) -> str:
    return f"{organization}/{provider}"
