"""What the JSON Schemas of OpenAPI 2.0 to 3.2 find wrong with a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.openapi.grammar import Node, version_of
from locum.openapi.lint.diagnostics import Finding, Severity
from locum.openapi.lint.metaschemas import metaschema, validator_of
from locum.openapi.lint.wording import EMPTY, MISPLACED, messages_of_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from locum.openapi.load.documents import Document

__all__ = ["formal_findings"]

_MOST = 1000
"""Findings of one object tree: a document with more has mostly the same one over and over."""


def formal_findings(document: Document) -> Iterator[Finding]:
    """Yield what breaks the JSON Schema of the document's version; nothing of it keeps an operation from working."""
    if document.swagger is not None:
        yield from _of_object(Node("", "document", document.swagger), "2.0")
        return
    version = version_of(document.content)
    for root in (Node("", "document", document.content), *document.fragments):
        yield from _of_object(root, version)


def _of_object(root: Node, version: str) -> Iterable[Finding]:
    if "$ref" in root.value or root.kind == "operation":
        return []
    validator = validator_of(version, root.kind)
    if validator.is_valid(root.value):
        return []
    found: dict[tuple[str, str], None] = {}
    for error in validator.iter_errors(root.value):
        found |= dict.fromkeys(messages_of_error(error, metaschema(version), root.pointer))
        if len(found) > _MOST:
            break
    # 3.1 says of an object without members that each possible one is missing, too.
    empty = {pointer for pointer, message in found if message.startswith(EMPTY)}
    wrong = {pointer for pointer, message in found if not message.endswith(MISPLACED)}
    mistyped = {pointer for pointer, message in found if message.startswith("must be ")}
    # From 3.1 on the members of an object that has another fault count as unknown.
    return [
        Finding(pointer, "invalid-openapi", Severity.WARNING, message)
        for pointer, message in found
        if not (message.endswith(MISPLACED) and _follows(pointer, wrong))
        and (pointer not in empty or message.startswith(EMPTY))
        and not (pointer in mistyped and " is not one of " in message)
    ]


def _follows(pointer: str, wrong: set[str]) -> bool:
    whole = pointer.rpartition("/")[0]
    return any(other == whole or other.startswith(whole + "/") for other in wrong)
