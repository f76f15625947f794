"""Record types by name: write the type of a record into a snapshot, and find it again."""

from __future__ import annotations

import dataclasses
import sys
import types
import typing
from functools import cache
from typing import Any, Protocol, Self, TypeGuard, runtime_checkable

__all__ = ["PRIVATE", "OwnForm", "find_type", "full_name", "is_record_type", "members_of", "name_of", "register"]

PRIVATE = "_locum_handlers"
"""The package in which the user's handlers are loaded. Names are shown and stored without it."""


@runtime_checkable
class OwnForm(Protocol):
    """A record type with its own form in snapshots, which can leave out cached values.

    The form consists of JSON values and others that a snapshot can write. `from_form` raises KeyError, TypeError or
    ValueError for an invalid form.
    """

    def form(self) -> dict[str, Any]:
        """Return the form to store."""

    @classmethod
    def from_form(cls, form: dict[str, Any]) -> Self:
        """Return the record with this form."""


def is_record_type(kind: Any) -> TypeGuard[type]:
    """Whether a snapshot can contain records of this type: frozen dataclasses, and types with their own form."""
    if not isinstance(kind, type):
        return False
    parameters = getattr(kind, "__dataclass_params__", None)
    return issubclass(kind, OwnForm) or (parameters is not None and parameters.frozen)


def name_of(kind: type) -> str | None:
    """Return the full name of a type; None if the type cannot be found by that name."""
    name = full_name(kind)
    return name if find_type(name) is kind else None


def full_name(defined: Any) -> str:
    """Return the full name of a type or function: `handlers.api_keys.delete_api_key`."""
    return f"{defined.__module__}.{defined.__qualname__}".removeprefix(f"{PRIVATE}.")


_registered: dict[str, type] = {}
"""Types of locum's own records, by their full names."""


def register(*kinds: type) -> None:
    """Register types whose records snapshots may contain, whichever modules are loaded."""
    _registered.update({full_name(kind): kind for kind in kinds})


def find_type(name: str) -> Any:
    """Return the registered type with this full name, else the object in a loaded module, or None.

    Nothing is imported.
    """
    if name in _registered:
        return _registered[name]
    found = _found(f"{PRIVATE}.{name}")
    return _found(name) if found is None else found


def _found(name: str) -> Any:
    steps = name.split(".")
    for count in range(len(steps) - 1, 0, -1):
        found: Any = sys.modules.get(".".join(steps[:count]))
        if found is not None:
            for step in steps[count:]:
                # Only vars: `getattr` could run code of a module or a class.
                found = vars(found).get(step) if isinstance(found, type | types.ModuleType) else None
            return found
    return None


@cache
def members_of(kind: type) -> dict[str, tuple[Any, bool]]:
    """Return the constructor members of a dataclass: the type of each, and whether it is required.

    The type is Any if it is only known to type checkers.
    """
    return {
        field.name: (
            _annotation(kind, field),
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(kind)
        if field.init
    }


def _annotation(kind: type, field: dataclasses.Field[Any]) -> Any:
    home = next(base for base in kind.__mro__ if field.name in vars(base).get("__annotations__", {}))
    names = vars(sys.modules[home.__module__])
    holder = types.SimpleNamespace(__annotations__={field.name: field.type})
    try:
        return typing.get_type_hints(holder, names, {home.__name__: home})[field.name]
    except NameError:
        return Any
