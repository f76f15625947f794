"""Contracts: a document, its schemas and its operations."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from locum.openapi.compile.operations import Operation, compile_operation, operations_of
from locum.openapi.compile.spanning import Spanning
from locum.openapi.grammar import GrammarNode
from locum.openapi.load.files import recall, remember
from locum.openapi.pointers import BrokenReference, at, follow
from locum.openapi.repair.documents import repairs_of
from locum.openapi.repair.repairs import Repair, apply
from locum.openapi.schemas.schemas import Schemas

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from locum.openapi.load.documents import Document

__all__ = ["Contract", "Operations", "compile_contract"]


_EDITION = "2"
"""Raise it when repairs change, so that documents that needed none before are checked again."""
_MANY = 200
"""Up to this number of operations, all are compiled at the start; beyond it, each at its first request."""


class Operations(Mapping[tuple[str, str], Operation]):
    """The operations of a document by path and method (in lower case, as in the document).

    Each is compiled at its first lookup: all 1,223 of GitHub take a tenth of a second.
    """

    def __init__(self, schemas: Schemas, pointers: dict[tuple[str, str], str]) -> None:
        self._schemas = schemas
        self._compiled: dict[tuple[str, str], Operation] = {}
        self.pointers = pointers
        """The pointer of each operation in the document."""

    @property
    def are_many(self) -> bool:
        """Whether there are too many to compile them all at the start."""
        return len(self.pointers) > _MANY

    def __getitem__(self, key: tuple[str, str]) -> Operation:
        found = self._compiled.get(key)
        if found is None:
            found = self._compiled[key] = compile_operation(self._schemas, *key, self.pointers[key])
        return found

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pointers)

    def __len__(self) -> int:
        return len(self.pointers)


@dataclass(frozen=True, slots=True)
class Contract:
    """A compiled document."""

    document: Document
    """The repaired document."""
    schemas: Schemas
    operations: Operations
    as_read: Document
    """The document before its repairs."""
    spanning: Spanning
    """The path parameters whose values contain slashes."""
    repairs: tuple[Repair, ...] = ()
    """The pieces that could not be used as written, and their replacements."""

    @property
    def name(self) -> str:
        """The name of the document's file: `api-keys`."""
        return self.document.name

    @property
    def security_schemes(self) -> dict[str, Any]:
        """The declared security schemes by name, with references resolved."""
        document = self.document.content
        schemes = (document.get("components") or {}).get("securitySchemes") or {}
        return {name: follow(document, scheme) for name, scheme in schemes.items()}


def compile_contract(document: Document, cache: Path | None = None) -> Contract:
    """Compile every operation of a document, defects included.

    A piece that cannot be used as written is replaced by its fallback. `cache` is a folder for the digests of
    documents that need no repair.
    """
    repairs = _repairs(document, cache)
    repaired = _repaired(document, repairs) if repairs else document
    schemas = Schemas(repaired.content)
    pointers = {(path, method): pointer for path, method, pointer in operations_of(repaired.content)}
    operations = Operations(schemas, pointers)
    if not operations.are_many:
        for key in pointers:
            operations[key]
    return Contract(repaired, schemas, operations, document, Spanning(repaired.content), tuple(repairs))


def _repaired(document: Document, repairs: list[Repair]) -> Document:
    content, moves = apply(document.content, repairs)
    # Fragments of other files are bundled into the document, and were repaired there.
    fragments = []
    for pointer, kind, _ in document.fragments:
        home = moves.moved(pointer)
        with contextlib.suppress(BrokenReference):  # it was removed
            value = at(content, home)
            if isinstance(value, dict):
                fragments.append(GrammarNode(home, kind, value))
    return replace(document, content=content, fragments=tuple(fragments))


def _repairs(document: Document, cache: Path | None) -> list[Repair]:
    mark = f"sound-{_EDITION}-{document.digest}"
    if recall(cache, mark) is not None:
        return []
    repairs = repairs_of(document.content, document.fragments, document.lost)
    if not repairs:
        remember(cache, mark, b"")
    return repairs
