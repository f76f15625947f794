"""Which operations a repair changes: those that hold its place, over any number of references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.openapi.grammar import Node, nodes, references_of
from locum.openapi.pointers import BrokenReference, at, pointer_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from locum.openapi.repair.repairs import Repair

__all__ = ["affected"]

Key = tuple[str, str]
"""An operation, by its path and method."""


def affected(
    content: dict[str, Any], operations: Mapping[Key, str], repairs: Iterable[Repair]
) -> dict[Key, list[Repair]]:
    """Return the repairs that change what an operation does, by operation; `operations` are pointers by key.

    `content` is the repaired document. Harmless repairs change nothing.
    """
    grave = [repair for repair in repairs if not repair.is_harmless]
    if not grave:
        return {}
    reach = _Reach(content)
    found: dict[Key, list[Repair]] = {}
    for key, pointer in operations.items():
        held = reach.of(pointer)
        repaired = [repair for repair in grave if _is_within(repair.pointer, held)]
        if repaired:
            found[key] = repaired
    return found


def _is_within(pointer: str, places: set[str]) -> bool:
    while pointer:
        if pointer in places:
            return True
        pointer = pointer.rpartition("/")[0]
    return False


class _Reach:
    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content
        self._targets: dict[str, list[tuple[str, str]]] = {}

    def of(self, pointer: str) -> set[str]:
        """Return the pointers of an operation, of its path item's parameters, and of all that they refer to."""
        item = pointer.rpartition("/")[0].removesuffix("/additionalOperations")
        found: set[str] = set()
        awaited = [(pointer, "operation"), (f"{item}/parameters", "path item")]
        while awaited:
            place, kind = awaited.pop()
            if place not in found:
                found.add(place)
                if place not in self._targets:
                    self._targets[place] = list(self._referred(place, kind))
                awaited += self._targets[place]
        return found

    def _referred(self, pointer: str, kind: str) -> Iterator[tuple[str, str]]:
        """Yield where the references within an object lead, and to which kinds."""
        try:
            value = at(self._content, pointer)
        except BrokenReference:
            return
        root = Node(pointer, kind, {"parameters": value} if isinstance(value, list) else value)
        if not isinstance(root.value, dict):
            return
        for node in nodes(root):
            for reference in references_of(node):
                if reference.text.startswith("#/"):
                    yield pointer_of(reference.text), reference.kind
