"""Whether a document is valid OpenAPI: all that its schema and the rules beyond its schema demand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import orjson

from locum.openapi.grammar import Node, nodes
from locum.openapi.lint.duplicates import duplicates_in
from locum.openapi.lint.faults import Fault, Finding, told
from locum.openapi.lint.metaschemas import metaschema, validator_of
from locum.openapi.lint.structure import findings_of, told_lost
from locum.openapi.lint.wording import MISPLACED, findings_of_error, shortly
from locum.openapi.load.bundles import Part
from locum.openapi.load.cache import recall, remember
from locum.openapi.patterns import PATTERN_OPTIONS
from locum.openapi.pointers import at, join

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from locum.openapi.load.documents import Document

__all__ = ["faults", "faults_of"]

_EDITION = "4"
"""Raise it when the judgement changes: what was judged before is then judged again."""

_MOST_TOLD = 100
"""A document with more faults than these has mostly the same one over and over."""


def faults_of(document: Document, cache: Path | None) -> list[str]:
    """Say in sentences what is wrong, as `faults` finds it.

    `cache` is the folder in which the digests of valid documents are remembered; None for no
    memory. A cache that cannot be read or written is only slower.
    """
    mark = f"valid-{_EDITION}-{document.digest}"
    if recall(cache, mark) is not None:
        return []
    sentences = [fault.sentence for fault in faults(document)]
    if not sentences:
        remember(cache, mark, b"")
    return sentences


def faults(document: Document) -> list[Fault]:
    """Find all that is wrong with a document, and which operations cannot be served for it."""
    version = str(document.content["openapi"])[:3]
    rules = list(findings_of(document))
    # What both find is told once.
    known = {pointer for found in rules for pointer in found.instead_of}
    if document.swagger is not None:
        found = _formal(Node("", "document", document.swagger), "2.0")
        if found:  # what was converted of it would only repeat this
            return told(replace(document, content=document.swagger, swagger=None), found[:_MOST_TOLD])
    roots = (Node("", "document", document.content), *document.fragments)
    formal = [found for root in roots for found in _formal(root, version) if found.pointer not in known]
    defaults = [found for root in roots for found in _unfit_defaults(root, version)]
    whole = document.content if document.swagger is None else document.swagger
    files = (Part(document.place, document.source), *document.parts)
    twice = [found for part in files for found in duplicates_in(part, at(whole, part.pointer))]
    return [*told(document, twice), *told_lost(document), *told(document, [*formal[:_MOST_TOLD], *rules, *defaults])]


def _formal(root: Node, version: str) -> list[Finding]:
    """Find what the JSON Schema of OpenAPI finds."""
    if "$ref" in root.value or root.kind == "operation":
        return []
    validator = validator_of(version, root.kind)
    if validator.is_valid(root.value):
        return []
    errors = validator.iter_errors(root.value)
    found = [finding for error in errors for finding in findings_of_error(error, metaschema(version), root.pointer)]
    wrong = {finding.pointer for finding in found if not finding.reason.endswith(MISPLACED)}
    # From 3.1 on the members of an object that has another fault count as unknown.
    return list(dict.fromkeys(f for f in found if not (f.reason.endswith(MISPLACED) and _follows(f.pointer, wrong))))


def _follows(pointer: str, wrong: set[str]) -> bool:
    whole = pointer.rpartition("/")[0]
    return any(other == whole or other.startswith(whole + "/") for other in wrong)


_OWN_RULES = frozenset(
    {"type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
    | {"minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems"}
)


def _unfit_defaults(root: Node, version: str) -> Iterator[Finding]:
    """Yield defaults that break their own schema, as far as it says so itself: parts are not looked into."""
    judged: dict[bytes, bool] = {}
    for node in nodes(root):
        if node.kind == "schema" and "default" in node.value:
            value = node.value
            rules = {name: rule for name, rule in value.items() if name in _OWN_RULES}
            default = value["default"]
            if "$ref" in value or (default is None and value.get("nullable") is True):
                continue
            try:
                key = orjson.dumps((rules, default))
                if key not in judged:
                    judged[key] = _validator(rules, version).is_valid(default)
            except (TypeError, ValueError, jsonschema_rs.ValidationError):
                continue  # the schema itself is at fault, and told as such
            if not judged[key]:
                reason = f"{shortly(default)} breaks its own schema: {_demands(rules)}."
                yield Finding(join(node.pointer, "default"), reason)


def _validator(rules: dict[str, Any], version: str) -> Any:
    if version == "3.0":
        return jsonschema_rs.Draft4Validator(rules, pattern_options=PATTERN_OPTIONS)
    return jsonschema_rs.Draft202012Validator(rules, pattern_options=PATTERN_OPTIONS)


def _demands(rules: dict[str, Any]) -> str:
    return ", ".join(f"{name} {orjson.dumps(rule).decode()}"[:80] for name, rule in rules.items())
