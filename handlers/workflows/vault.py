"""Operations on the vault: named secrets that only workflows can use."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from handlers.workflows.execution import catch_up_all
from handlers.workflows.records import LOWER, VaultItem
from locum import Conflict, NotFound, requires, timestamp

if TYPE_CHECKING:
    from locum import Caller, Clock, NewId, Store

__all__ = ["create_vault_item", "delete_vault_item", "get_vault_item", "list_vault_items", "update_vault_item"]

_GENERATED = "api-key:"


@requires("vault:read")
def list_vault_items(store: Store, caller: Caller) -> list[dict[str, Any]]:
    """List the organization's items without their values."""
    return [_render(item) for item in store[VaultItem].values() if item.organization == caller.organization]


@requires("vault:write")
def create_vault_item(
    store: Store, caller: Caller, clock: Clock, new_id: NewId, body: dict[str, Any]
) -> dict[str, Any]:
    """Store a secret. For a name that begins with `api-key:`, generate one and return it once."""
    _reject_duplicate_name(store, caller, body["name"])
    expires_at = _read_expiry(body.get("expires_at"))
    generated = body["name"].startswith(_GENERATED)
    item = VaultItem(
        id=new_id("vlt_", 26, LOWER),
        organization=caller.organization,
        name=body["name"],
        created_at=clock.now,
        expires_at=expires_at,
        secret=new_id("wfk_", 40, LOWER) if generated else body.get("secret", ""),
    )
    store[VaultItem][item.id] = item
    return {**_render(item), "secret": item.secret} if generated else _render(item)


@requires("vault:read")
def get_vault_item(store: Store, caller: Caller, vault_id: str) -> dict[str, Any]:
    """Return an item's name and dates."""
    return _render(_find(store, caller, vault_id))


@requires("vault:write")
def update_vault_item(
    store: Store, caller: Caller, clock: Clock, vault_id: str, body: dict[str, Any]
) -> dict[str, Any]:
    """Change an item's name and value, and its expiry if one is given."""
    item = _find(store, caller, vault_id)
    _reject_duplicate_name(store, caller, body["name"], except_id=vault_id)
    expires_at = _read_expiry(body["expires_at"]) if "expires_at" in body else item.expires_at
    # Runs that were scheduled before the change use the former item.
    catch_up_all(store, clock, caller.organization)
    item = replace(item, name=body["name"], secret=body["secret"], expires_at=expires_at)
    store[VaultItem][vault_id] = item
    return _render(item)


@requires("vault:write")
def delete_vault_item(store: Store, caller: Caller, clock: Clock, vault_id: str) -> None:
    """Delete an item; workflows that use it fail from now on."""
    _find(store, caller, vault_id)
    catch_up_all(store, clock, caller.organization)
    del store[VaultItem][vault_id]


def _find(store: Store, caller: Caller, vault_id: str) -> VaultItem:
    """Return an item of the caller's organization."""
    item = store[VaultItem].get(vault_id)
    if item is None or item.organization != caller.organization:
        raise NotFound("No such vault item exists.")
    return item


def _reject_duplicate_name(store: Store, caller: Caller, name: str, except_id: str = "") -> None:
    """Raise `Conflict` if another item of the organization has this name."""
    for item in store[VaultItem].values():
        if item.name == name and item.organization == caller.organization and item.id != except_id:
            raise Conflict("A vault item with this name already exists.", code="name_taken")


def _read_expiry(text: str | None) -> datetime | None:
    """Read an expiry; raise `Conflict` for the few RFC 3339 times that datetime cannot hold."""
    if text is None:
        return None
    try:
        # datetime has no leap seconds: use the second before.
        expires_at = datetime.fromisoformat(text.upper().replace(":60", ":59"))
        return expires_at.replace(tzinfo=expires_at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        message = "The 'expires_at' parameter is not a moment that can be kept."
        raise Conflict(message, code="parameter_invalid") from None


def _render(item: VaultItem) -> dict[str, Any]:
    """Return an item as a VaultItem of the contract."""
    expires_at = item.expires_at
    return {
        "id": item.id,
        "name": item.name,
        "created_at": timestamp(item.created_at, "microseconds"),
        "expires_at": None if expires_at is None else timestamp(expires_at, "microseconds"),
    }
