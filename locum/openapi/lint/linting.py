"""The way in: all that is wrong with a document, located and sorted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from locum.openapi.lint.contradictions import schema_findings
from locum.openapi.lint.counts import Counts, keep_counts
from locum.openapi.lint.diagnostics import Diagnostic, Finding, Severity
from locum.openapi.lint.duplicates import repeated_keys
from locum.openapi.lint.examples import UNFIT_EXAMPLE, example_findings
from locum.openapi.lint.formal import formal_findings
from locum.openapi.lint.rules import rule_findings
from locum.openapi.lint.styles import style_findings
from locum.openapi.load.bundles import PLACE, Part
from locum.openapi.pointers import at, join
from locum.openapi.repair.repairs import Change

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.load.documents import Document
    from locum.openapi.repair.repairs import Repair

__all__ = ["counted", "lint", "quick_counts"]

More = Callable[[set[str]], Iterable[Finding]]
_PROVEN = frozenset({"contradictory-bounds", "contradictory-choices", "contradictory-types", "required-and-forbidden"})


def lint(contract: Contract, cache: Path | None = None, more: More | None = None) -> list[Diagnostic]:
    """Return all diagnostics of a contract's document: errors first, then by place.

    `more` gives further findings; it is called with the pointers of the proven contradictions.
    """
    document = contract.as_read
    findings = [*_quick(contract), *_slow(contract)]
    if more is not None:
        findings += more({one.pointer for one in findings if one.severity is Severity.ERROR and one.code in _PROVEN})
    diagnostics = _located(document, findings)
    keep_counts(cache, document, counted(diagnostics))
    return diagnostics


def quick_counts(contract: Contract) -> Counts:
    """Return how many diagnostics are found quickly, without examples and contradictions."""
    return counted(_merged(_quick(contract)))._replace(are_all=False)


def counted(found: Iterable[Finding | Diagnostic]) -> Counts:
    """Count findings or diagnostics by severity."""
    found = list(found)
    by_severity = Counter(each.severity for each in found)
    blocking = sum(each.severity is not Severity.INFO and each.code != UNFIT_EXAMPLE for each in found)
    return Counts(by_severity[Severity.ERROR], by_severity[Severity.WARNING], blocking)


def _quick(contract: Contract) -> Iterator[Finding]:
    document = contract.as_read
    whole = document.content if document.swagger is None else document.swagger
    for part in (Part(document.place, document.source, "", document.repeated), *document.parts):
        value = at(whole, part.pointer)
        if part.pointer == "" and PLACE in value:  # the other files are looked at for themselves
            value = {key: member for key, member in value.items() if key != PLACE}
        yield from repeated_keys(part, value)
    for problem in document.problems:
        yield Finding(problem.pointer, problem.code, Severity.WARNING, problem.message, problem.fallback)
    yield from map(_of_repair, contract.repairs)
    reported = {document.original(repair.place) for repair in contract.repairs}
    replaced = {document.original(repair.pointer) for repair in contract.repairs if repair.change in _REPLACING}
    holders = (document.original(repair.place) for repair in contract.repairs if repair.code in _OF_THEIR_HOLDER)
    reported |= {pointer.rpartition("/")[0] for pointer in holders}
    for repair in contract.repairs:
        if repair.code == "missing-schema":  # what a parameter says as in Swagger 2.0 is not known in it
            reported |= {join(document.original(repair.place), keyword) for keyword in repair.value}
    # Of a parameter with a piece of the wrong type, the schema of OpenAPI says that no form of it fits.
    confused = {match[0] for pointer in replaced if (match := _PARAMETER.match(pointer))}
    for finding in formal_findings(document):
        if finding.pointer in reported or _is_within(finding.pointer, replaced):
            continue
        if not _is_within(finding.pointer, confused):
            yield finding
    yield from rule_findings(contract.document.content)


_PARAMETER = re.compile(r".*/parameters/[^/]+(?=/)")
_REPLACING = frozenset({Change.SET, Change.REMOVE})
_OF_THEIR_HOLDER = frozenset({"repeated-parameter", "unknown-status", "path-form"})
"""Mistakes that the schema of OpenAPI finds in the object or list that holds them."""


def _is_within(pointer: str, places: set[str]) -> bool:
    while pointer:
        if pointer in places:
            return True
        pointer = pointer.rpartition("/")[0]
    return "" in places


def _slow(contract: Contract) -> Iterator[Finding]:
    document = contract.document
    yield from schema_findings(document.content, document.fragments)
    yield from example_findings(contract)
    yield from style_findings(document.content, document.fragments)


def _of_repair(repair: Repair) -> Finding:
    severity = Severity.WARNING if repair.is_harmless else Severity.ERROR
    return Finding(repair.place, repair.code, severity, repair.reason, repair.fallback)


def _merged(found: Iterable[Finding]) -> list[Finding]:
    """Return findings once each; what the schema of OpenAPI says of a place gives way to what says more."""
    distinct = dict.fromkeys(found)
    told = {finding.pointer for finding in distinct if finding.code != "invalid-openapi"}
    return [finding for finding in distinct if finding.code != "invalid-openapi" or finding.pointer not in told]


def _located(document: Document, found: Iterable[Finding]) -> list[Diagnostic]:
    findings = _merged(found)
    places = document.places([finding.pointer for finding in findings])
    # What Swagger 2.0 says once is in each media type of the converted document: it is one diagnostic.
    diagnostics = dict.fromkeys(
        Diagnostic(
            finding.code,
            finding.severity,
            *places[finding.pointer],
            document.original_text(_line(finding.message)),
            finding.fallback,
        )
        for finding in findings
    )
    order = {part.place: number for number, part in enumerate(document.parts, 1)}
    return sorted(
        diagnostics, key=lambda each: (each.severity, order.get(each.file, 0), each.line, each.column, each.code)
    )


def _line(message: str) -> str:
    """Keep a message on one line, whatever texts of the document it quotes."""
    return " ".join(message.split()) if "\n" in message or "\r" in message else message
