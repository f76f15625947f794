"""Faults: what is wrong with a document, where, and which operations cannot be served for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.openapi.grammar import METHODS, Node, nodes, references_of
from locum.openapi.pointers import BrokenReference, at, join, pointer_of, resolve, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from locum.openapi.load.documents import Document

__all__ = ["Fault", "Finding", "told"]


class Finding(NamedTuple):
    """Something wrong at a pointer, in words; not yet told with its place."""

    pointer: str
    reason: str
    instead_of: tuple[str, ...] = ()
    """Pointers at which the JSON Schema of OpenAPI says the same, in words of its own."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a document.

    `sentence` is complete: `file:line:column: #/pointer: what is wrong, and what would be right.`
    """

    pointer: str
    sentence: str
    operations: tuple[tuple[str, str], ...]
    """The operations that cannot be served for it, each by path and method as the document writes them."""
    stops: bool = False
    """Whether nothing of the document can be served."""


def told(document: Document, findings: Iterable[Finding]) -> list[Fault]:
    """Say where each finding stands, and which operations hold it or refer to what holds it."""
    findings = list(dict.fromkeys(findings))
    if not findings:
        return []
    places = document.places([finding.pointer for finding in findings])
    reach = list(_reach(document.content))
    return [
        Fault(
            pointer,
            f"{places[pointer]}: {reason}",
            tuple(dict.fromkeys(operation for operation, held in reach if _holds(held, pointer))),
            stops=pointer in {"", "/openapi", "/paths"},
        )
        for pointer, reason, _ in findings
    ]


class _Held(NamedTuple):
    """What an operation holds: places with all that is within them, and places by themselves."""

    within: set[str]
    alone: set[str]


def _holds(held: _Held, pointer: str) -> bool:
    steps = split(pointer)
    return pointer in held.alone or any(join("", *steps[:depth]) in held.within for depth in range(1, len(steps) + 1))


def _reach(content: dict[str, Any]) -> Iterator[tuple[tuple[str, str], _Held]]:
    """Yield every operation and what it holds."""
    targets: dict[str, list[tuple[str, str]]] = {}
    family = "swagger " if "swagger" in content else ""
    paths = content.get("paths")
    for path, item in (paths if isinstance(paths, dict) else {}).items():
        home = join("/paths", path)
        try:
            target, place = resolve(content, home) if isinstance(item, dict) else (None, home)
        except BrokenReference:
            target, place = None, home
        if not isinstance(target, dict):
            yield (path, ""), _Held({home}, {home})
            continue
        for method in METHODS:
            if method in target:
                schemes = _schemes(content, target[method])
                roots = [(join(place, method), family + "operation"), (join(place, "parameters"), family), *schemes]
                yield (path, method), _Held(_closure(content, roots, targets), {home, place, join(home, "$ref")})


_SCHEMES = ("/components/securitySchemes", "/securityDefinitions")


def _schemes(content: dict[str, Any], operation: Any) -> list[tuple[str, str]]:
    own = operation.get("security") if isinstance(operation, dict) else None
    required = content.get("security") if own is None else own
    return [
        (join("/components/securitySchemes", name), "security scheme")
        for requirement in (required if isinstance(required, list) else ())
        if isinstance(requirement, dict)
        for name in requirement
    ]


def _closure(
    content: dict[str, Any], roots: list[tuple[str, str]], targets: dict[str, list[tuple[str, str]]]
) -> set[str]:
    """Return the pointers of these objects and of all that they refer to, over any number of references."""
    found: set[str] = set()
    awaited = list(roots)
    while awaited:
        pointer, kind = awaited.pop()
        if pointer not in found:
            found.add(pointer)
            if pointer not in targets:
                targets[pointer] = list(_targets(content, pointer, kind))
            awaited += targets[pointer]
    return found


def _targets(content: dict[str, Any], pointer: str, kind: str) -> Iterator[tuple[str, str]]:
    """Yield where the references within an object lead."""
    try:
        value = at(content, pointer)
    except BrokenReference:
        return
    root = Node(pointer, kind, value)
    if isinstance(value, list):  # the parameters of a path item, which its operations share
        root = Node(pointer.rpartition("/")[0], kind + "path item", {"parameters": value})
    if isinstance(root.value, dict):
        for node in nodes(root):
            for reference in references_of(node):
                if reference.text.startswith("#/"):
                    yield pointer_of(reference.text), reference.kind
