"""States: which members say how far a record has come, and where a new one begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.behaviour.words import words_of

if TYPE_CHECKING:
    from locum.contract.schemas import Schema

__all__ = ["first_value", "is_state"]

_STATES = frozenset({"status", "state", "phase", "stage", "condition", "lifecycle"})


def is_state(name: str) -> bool:
    """Whether a member has the name of a state: `status`, `orderState`."""
    words = words_of(name)
    return bool(words) and words[-1] in _STATES


def first_value(name: str, schema: Schema) -> Any:
    """Return what a member of a new record plainly is: its default, the first of its values, a state's example.

    None where nothing says so.
    """
    raw = schema.raw if isinstance(schema.raw, dict) else {}
    if "default" in raw:
        return raw["default"]
    values = raw.get("enum")
    if isinstance(values, list) and values:
        return values[0] if isinstance(values[0], str) else None
    return raw.get("example") if is_state(name) else None
