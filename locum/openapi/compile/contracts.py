"""Contracts: a document, its schemas and its operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum.openapi.compile.operations import Operation, compile_operation, operations_of
from locum.openapi.compile.schemas import Schemas
from locum.openapi.pointers import follow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from locum.openapi.load.documents import Document

__all__ = ["Contract", "Operations", "compile_contract"]


_MANY = 200
"""Operations that are compiled before anything is served; a document of more compiles each when it is first asked."""


class Operations(Mapping[tuple[str, str], Operation]):
    """The operations of a document by path and method, the method in lower case as in the document.

    Each is compiled when it is first looked up: GitHub's 1,223 take a tenth of a second.
    """

    def __init__(self, schemas: Schemas, pointers: dict[tuple[str, str], str]) -> None:
        self._schemas = schemas
        self._compiled: dict[tuple[str, str], Operation] = {}
        self.pointers = pointers
        """Where each stands in the document."""

    @property
    def are_many(self) -> bool:
        """Whether they are so many that none is made before it is asked."""
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
    schemas: Schemas
    operations: Operations

    @property
    def name(self) -> str:
        """The name of the document's file: `api-keys`."""
        return self.document.name

    @property
    def security_schemes(self) -> dict[str, Any]:
        """The declared security schemes by name, references followed."""
        document = self.document.content
        schemes = (document.get("components") or {}).get("securitySchemes") or {}
        return {name: follow(document, scheme) for name, scheme in schemes.items()}


def compile_contract(document: Document, without: Collection[tuple[str, str]] = ()) -> Contract:
    """Compile a document, but for the operations that are named by path and method.

    Raises BrokenReference, unless the document is so large that its operations are compiled later.
    """
    schemas = Schemas(document.content)
    pointers = {
        (path, method): pointer
        for path, method, pointer in operations_of(document.content)
        if (path, method) not in without
    }
    operations = Operations(schemas, pointers)
    if not operations.are_many:
        for key in pointers:
            operations[key]
    return Contract(document, schemas, operations)
