"""Record types by name: how a snapshot says of which type something is, and finds that type again."""

from __future__ import annotations

import dataclasses
import sys
import types
import typing
from functools import cache
from typing import Any, Protocol, Self, TypeGuard, runtime_checkable

__all__ = ["PRIVATE", "OwnForm", "find_type", "full_name", "is_record_type", "members_of", "name_of", "register"]

PRIVATE = "_locum_handlers"
"""The package below which the handlers of the user are loaded. Names are shown, and kept, without it."""


@runtime_checkable
class OwnForm(Protocol):
    """A record type that says itself what of a record is kept: what it only remembers to save time is not.

    The form is made of what JSON knows, and of whatever else a snapshot can write. `from_form`
    raises KeyError, TypeError or ValueError for what is no form.
    """

    def form(self) -> dict[str, Any]:
        """Return what is kept."""

    @classmethod
    def from_form(cls, form: dict[str, Any]) -> Self:
        """Return the record of which this was kept."""


def is_record_type(kind: Any) -> TypeGuard[type]:
    """Whether a snapshot can hold things of this type: frozen dataclasses, and types that have a form of their own."""
    if not isinstance(kind, type):
        return False
    parameters = getattr(kind, "__dataclass_params__", None)
    return issubclass(kind, OwnForm) or (parameters is not None and parameters.frozen)


def name_of(kind: type) -> str | None:
    """Return the full name of a type, by which it is found again; None where it would not be."""
    name = full_name(kind)
    return name if find_type(name) is kind else None


def full_name(defined: Any) -> str:
    """Return the full name of a type or function: `handlers.api_keys.delete_api_key`."""
    return f"{defined.__module__}.{defined.__qualname__}".removeprefix(f"{PRIVATE}.")


_registered: dict[str, type] = {}
"""Types of locum's own records, by their full names."""


def register(*kinds: type) -> None:
    """Let snapshots hold records of these types, whichever modules are loaded."""
    _registered.update({full_name(kind): kind for kind in kinds})


def find_type(name: str) -> Any:
    """Return the registered type of this full name, else what has it in a loaded module, or None.

    Nothing is imported for it.
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
                # The type's own names only: `getattr` would run a module's or a class's code.
                found = vars(found).get(step) if isinstance(found, type | types.ModuleType) else None
            return found
    return None


@cache
def members_of(kind: type) -> dict[str, tuple[Any, bool]]:
    """Return the members by which a dataclass is made: the type of each, and whether it must be given.

    The type is Any for one that is known to type checkers only.
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
