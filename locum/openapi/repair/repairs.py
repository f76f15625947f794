"""Collecting repairs: the changes that most mistakes ask for, in one line each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from locum.openapi.pointers import BrokenReference, as_fragment, join, pointer_of, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Change", "Collector", "Repair", "Repaired", "apply", "shortly"]


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


class Change(Enum):
    """What a repair does at its pointer."""

    KEEP = "keep"
    """Nothing: the piece is used as it stands, which is not what it says."""
    SET = "set"
    REMOVE = "remove"
    APPEND = "append"
    """Add an item to the list at the pointer, which is created where it is missing."""


@dataclass(frozen=True, slots=True)
class Repair:
    """One change: `reason` says what is wrong at `place`, `fallback` what is used instead."""

    pointer: str
    change: Change
    value: Any
    code: str
    reason: str
    fallback: str
    is_harmless: bool = False
    """Whether the operation behaves as its author meant it, the repair notwithstanding."""
    reported_at: str | None = None
    """Where the mistake stands, if that is not at `pointer`."""

    @property
    def place(self) -> str:
        """The pointer at which the mistake is reported."""
        return self.pointer if self.reported_at is None else self.reported_at


class Moves:
    """Where the items of lists stand after others before them were removed."""

    def __init__(self, removed: Iterable[str] = ()) -> None:
        """Prepare them by the pointers of the items that were removed."""
        self._removed: dict[str, set[int]] = {}
        for pointer in removed:
            whole, _, index = pointer.rpartition("/")
            self._removed.setdefault(whole, set()).add(int(index))

    def moved(self, pointer: str) -> str:
        """Return where what stood at a pointer stands now."""
        whole = pointer
        while whole:
            whole, _, step = whole.rpartition("/")
            removed = self._removed.get(whole)
            if removed and step.isdecimal():
                index = int(step) - sum(number < int(step) for number in removed)
                return join(whole, index) + pointer[len(whole) + 1 + len(step) :]
        return pointer


class Repaired(NamedTuple):
    """A document with its repairs made, and where its pieces stand in it."""

    content: dict[str, Any]
    moves: Moves


def apply(content: dict[str, Any], repairs: Iterable[Repair]) -> Repaired:
    """Make repairs in a copy of a document; `content` is not changed, and shares what stays as it is."""
    return _Copy(content).repaired(list(repairs))


class _Copy:
    """A copy of a document in which only the objects and lists on the way to a change are new."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._root: dict[str, Any] = dict(content)
        self._own: set[int] = {id(self._root)}
        self._kept: list[Any] = []
        """Keeps copies that were taken out again alive, so that no other object gets their id."""

    def repaired(self, repairs: list[Repair]) -> Repaired:
        items: dict[str, None] = {}
        for repair in repairs:
            if repair.change is Change.KEEP:
                continue
            steps = split(repair.pointer)
            holder = self._holder(steps[:-1])
            if repair.change is Change.APPEND:
                holder[steps[-1]] = [*(holder.get(steps[-1]) or ()), repair.value]
            elif repair.change is Change.SET:
                holder[int(steps[-1]) if isinstance(holder, list) else steps[-1]] = repair.value
            elif isinstance(holder, list):
                items[repair.pointer] = None
            else:
                holder.pop(steps[-1], None)
        moves = Moves(items)
        if items:
            self._refer_to_moved(moves)
        # Removing an item of a list moves those behind it, so this comes last, from the end.
        for pointer in sorted(items, key=_index, reverse=True):
            steps = split(pointer)
            del self._holder(steps[:-1])[int(steps[-1])]
        return Repaired(self._root, moves)

    def _refer_to_moved(self, moves: Moves) -> None:
        """Change the references to items of lists from which others are removed."""
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
        """Return the object or list at the end of these steps, copied as far as it is not our own."""
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
    """Yield the pointers of all objects with a `$ref`, and what it says."""
    awaited: list[tuple[str, Any]] = [("", root)]
    while awaited:
        pointer, value = awaited.pop()
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield pointer, value["$ref"]
            awaited += [(join(pointer, key), part) for key, part in value.items() if isinstance(part, dict | list)]
        else:
            awaited += [(join(pointer, at), part) for at, part in enumerate(value) if isinstance(part, dict | list)]
