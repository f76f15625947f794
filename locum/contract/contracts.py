"""Contracts: a document, its schemas and its operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum.contract.operations import Operation, compile_operation, operations_of
from locum.contract.references import follow
from locum.contract.schemas import Schemas

if TYPE_CHECKING:
    from collections.abc import Collection

    from locum.contract.documents import Document

__all__ = ["Contract", "compile_contract"]


@dataclass(frozen=True, slots=True)
class Contract:
    """A compiled document."""

    document: Document
    schemas: Schemas
    operations: dict[tuple[str, str], Operation]
    """By path and method, the method in lower case as in the document."""

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
    """Compile every operation of a document, but for those by path and method. Raises BrokenReference."""
    schemas = Schemas(document.content)
    operations = {
        (path, method): compile_operation(schemas, path, method, pointer)
        for path, method, pointer in operations_of(document.content)
        if (path, method) not in without
    }
    return Contract(document, schemas, operations)
