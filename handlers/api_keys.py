"""Altostrat API keys: server-to-server credentials. A secret is shown once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from handlers.people import CALLERS, SOUTHBAY
from locum import (
    BASE62,
    Api,
    ApiError,
    Caller,
    Clock,
    Forbidden,
    Invalid,
    Key,
    Malformed,
    NewId,
    NotFound,
    Response,
    Store,
    requires,
    timestamp,
)

SECRET_PREFIX = "alto_sk_"  # noqa: S105 (the prefix of every secret, not a secret)
KEY_PREFIX_LENGTH = 13
"""Length of `key_prefix`, in characters."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of an organization, and the machine-to-machine client behind it."""

    id: str
    organization: str
    name: str
    client_id: str
    created_at: str
    permissions: tuple[str, ...]
    secret: str = field(repr=False)
    last_used_at: str | None = None


@dataclass(frozen=True, slots=True)
class KeySecret:
    """The key that a secret belongs to; the store holds it under the secret."""

    key_id: str


def list_api_keys(store: Store, caller: Caller) -> list[dict[str, Any]]:
    """List the organization's keys, newest first."""
    return [_render_key(key) for key in reversed(store[ApiKey].values()) if key.organization == caller.organization]


@requires("api_keys:write")
def create_api_key(store: Store, caller: Caller, clock: Clock, new_id: NewId, body: dict[str, Any]) -> dict[str, Any]:
    """Create a key with permissions that the caller holds."""
    _check_held(body["permissions"], caller)
    key = _new_key(clock, new_id, caller.organization, body["name"], body["permissions"])
    _store_key(store, key)
    return _render_with_secret(key, "API Key created successfully. This is the only time the secret key will be shown.")


def get_api_key(store: Store, caller: Caller, id: str) -> dict[str, Any]:  # noqa: A002 (the contract's own name)
    """Return one key without its secret."""
    return _render_key(_find(store, caller, id))


@requires("api_keys:write")
def delete_api_key(store: Store, caller: Caller, id: str) -> None:  # noqa: A002 (the contract's own name)
    """Delete a key and its client. Its secret is no longer accepted."""
    key = _find(store, caller, id)
    del store[KeySecret][key.secret]
    del store[ApiKey][key.id]


@requires("api_keys:write")
def rotate_api_key(
    store: Store,
    caller: Caller,
    new_id: NewId,
    id: str,  # noqa: A002 (the contract's own name)
) -> dict[str, Any]:
    """Replace a key's secret; its id, client and permissions stay."""
    former = _find(store, caller, id)
    key = replace(former, secret=new_id(SECRET_PREFIX, 48))
    del store[KeySecret][former.secret]
    _store_key(store, key)
    return _render_with_secret(key, "API Key rotated successfully. This is the only time the secret key will be shown.")


def _find(store: Store, caller: Caller, key_id: str) -> ApiKey:
    key = store[ApiKey].get(key_id)
    if key is None or key.organization != caller.organization:
        message = "The API key was not found."
        raise NotFound(message)
    return key


def _check_held(permissions: list[str], caller: Caller) -> None:
    if not caller.permissions.issuperset(permissions):
        missing = sorted(set(permissions) - caller.permissions)
        raise _MissingPermissions("You can grant only permissions that you hold yourself.", missing)


class _MissingPermissions(Forbidden):
    """The caller tried to grant permissions that they do not hold."""

    def __init__(self, message: str, missing: list[str]) -> None:
        super().__init__(message)
        self.missing = missing


def _new_key(clock: Clock, new_id: NewId, organization: str, name: str, permissions: list[str]) -> ApiKey:
    return ApiKey(
        id=new_id("api_key_", 27),
        organization=organization,
        name=name,
        client_id=new_id("", 20, BASE62),
        created_at=timestamp(clock.now),
        permissions=tuple(permissions),
        secret=new_id(SECRET_PREFIX, 48),
    )


def _store_key(store: Store, key: ApiKey) -> None:
    store[ApiKey][key.id] = key
    store[KeySecret][key.secret] = KeySecret(key.id)


def _render_key(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "object": "api_key",
        "name": key.name,
        "key_prefix": key.secret[:KEY_PREFIX_LENGTH],
        "client_id": key.client_id,
        "created_at": key.created_at,
        "status": "active",
        "permissions": list(key.permissions),
        "last_used_at": key.last_used_at,
    }


def _render_with_secret(key: ApiKey, message: str) -> dict[str, Any]:
    return {"status": "success", "data": {"message": message, "key": _render_key(key), "secret": key.secret}}


def _find_owner(store: Store, clock: Clock, secret: str) -> Caller | None:
    """Return the caller that a secret authenticates, and record that its key was used."""
    found = store[KeySecret].get(secret)
    if found is None:
        return None
    key = replace(store[ApiKey][found.key_id], last_used_at=timestamp(clock.now))
    store[ApiKey][key.id] = key
    return Caller(
        subject=key.client_id,
        organization=key.organization,
        role="api_key",
        permissions=frozenset(key.permissions),
        kind="api_key",
        name=key.name,
    )


_MESSAGES = {
    "enum": "The selected {field} is invalid.",
    "maxItems": "The {field} field must not have more than {expected} items.",
    "maxLength": "The {field} field must not be greater than {expected} characters.",
    "minItems": "The {field} field must have at least {expected} items.",
    "minLength": "The {field} field must be at least {expected} characters.",
    "pattern": "The {field} field format is invalid.",
    "required": "The {field} field is required.",
    "type": "The {field} field must be of type {expected}.",
}


def _render_error(error: ApiError, status: int, new_id: NewId, clock: Clock) -> Response:  # noqa: ARG001 (called with all four)
    """Render an error in Laravel's format: a message, and the messages of each field."""
    errors: dict[str, list[str]] = {}
    for violation in error.violations:
        name, expected = violation.field, violation.expected
        template = _MESSAGES.get(violation.keyword)
        if template is None:
            text = f"The {name} field {violation.message}."
        else:
            kinds = " or ".join(expected) if isinstance(expected, list) else str(expected)
            text = template.replace("{field}", name).replace("{expected}", kinds)
        errors.setdefault(name, []).append(text)
    if isinstance(error, _MissingPermissions):
        errors["permissions"] = [f"You do not hold the permission {name}." for name in error.missing]
    is_invalid = isinstance(error, Invalid | Malformed) and errors
    message = "The given data was invalid." if is_invalid else error.message
    return Response({"message": message, "errors": errors} if errors else {"message": message})


def _seed(store: Store, clock: Clock, new_id: NewId) -> None:
    """Create a few keys for each organization, one of them used."""
    ada, dele = CALLERS[0], CALLERS[3]
    used = replace(
        _new_key(clock, new_id, ada.organization, "Production automation", ["sites:read", "scripts:write"]),
        last_used_at=timestamp(clock.now),
    )
    _store_key(store, used)
    _store_key(
        store, _new_key(clock, new_id, ada.organization, "Nightly reports", ["workflows:read", "workflows:execute"])
    )
    _store_key(store, _new_key(clock, new_id, SOUTHBAY, "Inventory sync", sorted(dele.permissions)[:3]))


api = Api(render_error=_render_error, seed=_seed, keys=(Key("http", SECRET_PREFIX, _find_owner),))
