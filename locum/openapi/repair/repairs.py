"""Repairs: collect the changes that make a document usable, and apply them to a copy of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from locum.openapi.pointers import BrokenReference, as_fragment, join, pointer_of, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Collector", "Repair", "RepairChange", "Repaired", "apply", "shortly"]


_LONGEST = 60
_TYPES: dict[type, str] = {dict: "an object", list: "a list", str: "text", bool: "true or false"}


class Collector:
    """Collects repairs, with a method for each kind of change."""

    def __init__(self) -> None:
        self.repairs: list[Repair] = []
        self.is_harmless = False
        """Whether the current object is used by no operation, such as a callback; its repairs are harmless."""

    def keep(self, pointer: str, code: str, reason: str, fallback: str, **more: Any) -> None:
        """Report the value at a pointer without changing it."""
        self._add(Repair(pointer, RepairChange.KEEP, None, code, reason, fallback, **more))

    def set(self, pointer: str, value: Any, code: str, reason: str, fallback: str, **more: Any) -> None:
        """Replace the value at a pointer."""
        self._add(Repair(pointer, RepairChange.SET, value, code, reason, fallback, **more))

    def remove(self, pointer: str, code: str, reason: str, fallback: str = "It is ignored.", **more: Any) -> None:
        """Remove the value at a pointer."""
        self._add(Repair(pointer, RepairChange.REMOVE, None, code, reason, fallback, **more))

    def append(self, pointer: str, value: Any, code: str, reason: str, fallback: str, **more: Any) -> None:
        """Add an item to the list at a pointer."""
        self._add(Repair(pointer, RepairChange.APPEND, value, code, reason, fallback, **more))

    def _add(self, repair: Repair) -> None:
        if self.is_harmless and not repair.is_harmless:
            values = {name: getattr(repair, name) for name in Repair.__slots__}
            repair = Repair(**{**values, "is_harmless": True})
        self.repairs.append(repair)

    def field(self, holder: dict[str, Any], pointer: str, name: str, kind: type, **more: Any) -> Any:
        """Return a field of an object; None if it is missing or of another type, and is then removed."""
        if name not in holder:
            return None
        value = holder[name]
        if type(value) is kind:
            return value
        self.remove(join(pointer, name), "wrong-type", f"must be {_TYPES[kind]}, not {shortly(value)}.", **more)
        return None

    def fields(self, holder: dict[str, Any], pointer: str, kind: type, *names: str) -> None:
        """Remove the fields of an object that have another type, as harmless repairs."""
        for name in names:
            if name in holder and type(holder[name]) is not kind:
                self.field(holder, pointer, name, kind, is_harmless=True)


def shortly(value: Any) -> str:
    """Format a value briefly for a sentence."""
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


class RepairChange(Enum):
    """The effect of a repair at its pointer."""

    KEEP = "keep"
    """No change: the piece is used, though not as its author meant it."""
    SET = "set"
    REMOVE = "remove"
    APPEND = "append"
    """Add an item to the list at the pointer, which is created if it is missing."""


@dataclass(frozen=True, slots=True)
class Repair:
    """One change: `reason` is what is wrong at `place`, `fallback` what is used instead."""

    pointer: str
    change: RepairChange
    value: Any
    code: str
    reason: str
    fallback: str
    is_harmless: bool = False
    """Whether operations still behave as their author meant."""
    reported_at: str | None = None
    """The pointer of the mistake, if that is not `pointer`."""

    @property
    def place(self) -> str:
        """The pointer at which the mistake is reported."""
        return self.pointer if self.reported_at is None else self.reported_at


class Moves:
    """Maps pointers to list items after earlier items were removed."""

    def __init__(self, removed: Iterable[str] = ()) -> None:
        """Take the pointers of the removed items."""
        self._removed: dict[str, set[int]] = {}
        for pointer in removed:
            whole, _, index = pointer.rpartition("/")
            self._removed.setdefault(whole, set()).add(int(index))

    def moved(self, pointer: str) -> str:
        """Return the new pointer of the value at an old pointer."""
        whole = pointer
        while whole:
            whole, _, step = whole.rpartition("/")
            removed = self._removed.get(whole)
            if removed and step.isdecimal():
                index = int(step) - sum(number < int(step) for number in removed)
                return join(whole, index) + pointer[len(whole) + 1 + len(step) :]
        return pointer


class Repaired(NamedTuple):
    """A repaired document, with the new pointers of its pieces."""

    content: dict[str, Any]
    moves: Moves


def apply(content: dict[str, Any], repairs: Iterable[Repair]) -> Repaired:
    """Apply repairs to a copy of a document, which shares unchanged pieces with `content`."""
    return _Copy(content).repaired(list(repairs))


class _Copy:
    """A copy of a document in which only the objects and lists above a change are new."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._root: dict[str, Any] = dict(content)
        self._own: set[int] = {id(self._root)}
        self._kept: list[Any] = []
        """Keeps removed copies alive, so that no other object gets their id."""

    def repaired(self, repairs: list[Repair]) -> Repaired:
        items: dict[str, None] = {}
        for repair in repairs:
            if repair.change is RepairChange.KEEP:
                continue
            steps = split(repair.pointer)
            holder = self._holder(steps[:-1])
            if repair.change is RepairChange.APPEND:
                holder[steps[-1]] = [*(holder.get(steps[-1]) or ()), repair.value]
            elif repair.change is RepairChange.SET:
                holder[int(steps[-1]) if isinstance(holder, list) else steps[-1]] = repair.value
            elif isinstance(holder, list):
                items[repair.pointer] = None
            else:
                holder.pop(steps[-1], None)
        moves = Moves(items)
        if items:
            self._refer_to_moved(moves)
        # Removing an item of a list moves later items, so this is done last, from the end.
        for pointer in sorted(items, key=_index, reverse=True):
            steps = split(pointer)
            del self._holder(steps[:-1])[int(steps[-1])]
        return Repaired(self._root, moves)

    def _refer_to_moved(self, moves: Moves) -> None:
        """Update the references to items of lists from which earlier items are removed."""
        changed = []
        for pointer, reference in _references(self._root):
            try:
                target = pointer_of(reference)
            except BrokenReference:
                continue
            moved = moves.moved(target)
            if moved != target:
                changed.append((pointer, "#" + as_fragment(moved)))
        for pointer, reference in changed:
            self._holder(split(pointer))["$ref"] = reference

    def _holder(self, steps: list[str]) -> Any:
        """Return the object or list at the end of these steps; everything on the way that is shared is copied."""
        value: Any = self._root
        for step in steps:
            key: Any = int(step) if isinstance(value, list) else step
            inner = value[key]
            if id(inner) not in self._own:
                inner = inner.copy()
                self._own.add(id(inner))
                self._kept.append(inner)
                value[key] = inner
            value = inner
        return value


def _index(pointer: str) -> int:
    return int(pointer.rpartition("/")[2])


def _references(root: Any) -> Iterator[tuple[str, str]]:
    """Yield the pointers of all objects with a `$ref`, and its text."""
    pending: list[tuple[str, Any]] = [("", root)]
    while pending:
        pointer, value = pending.pop()
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield pointer, value["$ref"]
            pending += [(join(pointer, key), part) for key, part in value.items() if isinstance(part, dict | list)]
        else:
            pending += [(join(pointer, at), part) for at, part in enumerate(value) if isinstance(part, dict | list)]
