"""Collecting repairs: the changes that most mistakes ask for, in one line each."""

from __future__ import annotations

from typing import Any

import orjson

from locum.openapi.pointers import join
from locum.openapi.repair.repairs import Change, Repair

__all__ = ["Collector", "shortly"]

_LONGEST = 60
_TYPES: dict[type, str] = {dict: "an object", list: "a list", str: "text", bool: "true or false"}


class Collector:
    """The repairs that were found so far."""

    def __init__(self) -> None:
        self.repairs: list[Repair] = []
        self.is_harmless = False
        """Whether what is looked at now serves no operation, as the callbacks of a document do."""

    def keep(self, pointer: str, code: str, reason: str, fallback: str, **more: Any) -> None:
        """Report what stands at a pointer."""
        self._add(Repair(pointer, Change.KEEP, None, code, reason, fallback, **more))

    def set(self, pointer: str, value: Any, code: str, reason: str, fallback: str, **more: Any) -> None:
        """Replace what stands at a pointer."""
        self._add(Repair(pointer, Change.SET, value, code, reason, fallback, **more))

    def remove(self, pointer: str, code: str, reason: str, fallback: str = "It is ignored.", **more: Any) -> None:
        """Take away what stands at a pointer."""
        self._add(Repair(pointer, Change.REMOVE, None, code, reason, fallback, **more))

    def append(self, pointer: str, value: Any, code: str, reason: str, fallback: str, **more: Any) -> None:
        """Add an item to the list at a pointer."""
        self._add(Repair(pointer, Change.APPEND, value, code, reason, fallback, **more))

    def _add(self, repair: Repair) -> None:
        if self.is_harmless and not repair.is_harmless:
            values = {name: getattr(repair, name) for name in Repair.__slots__}
            repair = Repair(**{**values, "is_harmless": True})
        self.repairs.append(repair)

    def field(self, holder: dict[str, Any], pointer: str, name: str, kind: type, **more: Any) -> Any:
        """Return a field of an object, None where it is missing or of another type, and is then taken away."""
        if name not in holder:
            return None
        value = holder[name]
        if type(value) is kind:
            return value
        self.remove(join(pointer, name), "wrong-type", f"must be {_TYPES[kind]}, not {shortly(value)}.", **more)
        return None

    def fields(self, holder: dict[str, Any], pointer: str, kind: type, *names: str) -> None:
        """Take away those fields of an object that are of another type, without which an operation does as well."""
        for name in names:
            if name in holder and type(holder[name]) is not kind:
                self.field(holder, pointer, name, kind, is_harmless=True)


def shortly(value: Any) -> str:
    """Write a value so that it fits a sentence."""
    if isinstance(value, dict):
        return f"an object with {', '.join(map(repr, list(value)[:4]))}" if value else "an empty object"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if value is None:
        return "null"
    try:
        text = repr(value) if isinstance(value, str) else orjson.dumps(value).decode()
    except TypeError:  # an integer beyond 64 bits
        text = str(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
