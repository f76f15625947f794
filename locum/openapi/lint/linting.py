"""Linting: all diagnostics of a document, and their cached counts, which the server prints at its start."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from locum.openapi.lint.contradictions import schema_findings
from locum.openapi.lint.diagnostics import Diagnostic, LintFinding, Severity
from locum.openapi.lint.rules import rule_findings
from locum.openapi.lint.structure import formal_findings
from locum.openapi.lint.values import UNFIT_EXAMPLE, example_findings, style_findings
from locum.openapi.load.files import recall, remember
from locum.openapi.load.parsing import Repeated, is_json
from locum.openapi.load.places import json_marks
from locum.openapi.load.references import PLACE, DocumentPart
from locum.openapi.pointers import at, join
from locum.openapi.repair.repairs import RepairChange

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.load.documents import Document
    from locum.openapi.repair.repairs import Repair

__all__ = ["LARGE", "NONE", "Counts", "counted", "counts_of", "keep_counts", "lint", "quick_counts", "repeated_keys"]


_EDITION = "3"
"""Raise it when linting changes, so that cached counts are recomputed."""
LARGE = 1024 * 1024
"""Bytes. At the start of a server, examples and contradictions of larger documents are not checked.

`locum check` tries to generate values only for documents up to this size: compiling all validators of Stripe's takes
5 s."""


class Counts(NamedTuple):
    """The number of diagnostics of a document; `are_all` is whether all checks were run."""

    errors: int
    warnings: int
    blocking: int
    """The diagnostics that stop a strict start: all but invalid examples, which are not used."""
    are_all: bool = True

    @property
    def text(self) -> str:
        """The counts in words: `23 problems, 2 of them errors`."""
        number = self.errors + self.warnings
        text = f"{number} problem{'s' * (number != 1)}"
        if self.errors == number:
            text = f"{number} error{'s' * (number != 1)}"
        elif self.errors:
            text += f", {self.errors} of them {'errors' if self.errors > 1 else 'an error'}"
        return text if self.are_all else f"at least {text}"


NONE = Counts(0, 0, 0)


def counts_of(contract: Contract, cache: Path | None) -> Counts:
    """Count the diagnostics of a contract's document, or return the cached counts.

    For a large document that was never linted, only the quick checks are run.
    """
    known = recall(cache, _name(contract.as_read))
    if known is not None:
        try:
            errors, warnings, blocking, are_all = map(int, orjson.loads(known))
            return Counts(errors, warnings, blocking, bool(are_all))
        except (ValueError, TypeError):
            pass
    # Imported here: most starts find the counts in the cache.
    from locum.openapi.lint.linting import counted, lint, quick_counts  # noqa: PLC0415

    if len(contract.as_read.source) > LARGE:
        counts = quick_counts(contract)
        keep_counts(cache, contract.as_read, counts)
        return counts
    return counted(lint(contract, cache))


def keep_counts(cache: Path | None, document: Document, counts: Counts) -> None:
    """Cache the counts of a document."""
    remember(cache, _name(document), orjson.dumps(list(counts)))


def _name(document: Document) -> str:
    return f"lint-{_EDITION}-{document.digest}.json"


_COLON, _ESCAPED = re.compile(rb'"\s*:'), re.compile(rb'\\"\s*:')
"""The end of a key, and the same within a string; two plain searches are faster than one with lookbehind."""


def repeated_keys(part: DocumentPart, value: Any) -> Iterator[LintFinding]:
    """Yield the duplicate keys of a file; `value` is its parsed content."""
    for pointer, line, column in (*part.repeated, *_in_json(part, value)):
        message = f"is given twice: again in line {line}, column {column}."
        yield LintFinding(part.pointer + pointer, "repeated-key", Severity.ERROR, message, "The last one counts.")


def _in_json(part: DocumentPart, value: Any) -> Iterator[Repeated]:
    """Yield the duplicate keys of a JSON file; it is only scanned if it has more keys than `value`."""
    source = part.source
    if not is_json(part.place, source):
        return
    if len(_COLON.findall(source)) - len(_ESCAPED.findall(source)) == _keys(value):
        return
    stack: list[_Open] = []
    for mark in json_marks(source):
        top = stack[-1] if stack else None
        if mark.kind in "]}":
            stack.pop()
            continue
        if top is not None and top.names is not None and top.key is None:
            top.key = mark.text
            if mark.text in top.names:
                yield Repeated(join(top.pointer, mark.text), *mark.place)
            top.names.add(mark.text)
            continue
        pointer = "" if top is None else join(top.pointer, top.index if top.key is None else top.key)
        if top is not None:
            top.key, top.index = None, top.index + 1
        if mark.kind in "[{":
            stack.append(_Open(pointer, set() if mark.kind == "{" else None))


@dataclass(slots=True)
class _Open:
    """An open object with the names seen so far, or an open array."""

    pointer: str
    names: set[str] | None
    key: str | None = None
    index: int = 0


def _keys(value: Any) -> int:
    count, pending = 0, [value]
    while pending:
        found = pending.pop()
        if isinstance(found, dict):
            count += len(found)
            pending += found.values()
        elif isinstance(found, list):
            pending += found
    return count


More = Callable[[set[str]], Iterable[LintFinding]]
_PROVEN = frozenset({"contradictory-bounds", "contradictory-choices", "contradictory-types", "required-and-forbidden"})


def lint(contract: Contract, cache: Path | None = None, more: More | None = None) -> list[Diagnostic]:
    """Return all diagnostics of a contract's document: errors first, then by place.

    `more` returns further findings; it is called with the pointers of the proven contradictions.
    """
    document = contract.as_read
    findings = [*_quick(contract), *_slow(contract)]
    if more is not None:
        findings += more({one.pointer for one in findings if one.severity is Severity.ERROR and one.code in _PROVEN})
    diagnostics = _located(document, findings)
    keep_counts(cache, document, counted(diagnostics))
    return diagnostics


def quick_counts(contract: Contract) -> Counts:
    """Count the diagnostics of the quick checks, which leave out examples and contradictions."""
    return counted(_merged(_quick(contract)))._replace(are_all=False)


def counted(found: Iterable[LintFinding | Diagnostic]) -> Counts:
    """Count findings or diagnostics by severity."""
    found = list(found)
    by_severity = Counter(each.severity for each in found)
    blocking = sum(each.severity is not Severity.INFO and each.code != UNFIT_EXAMPLE for each in found)
    return Counts(by_severity[Severity.ERROR], by_severity[Severity.WARNING], blocking)


def _quick(contract: Contract) -> Iterator[LintFinding]:
    document = contract.as_read
    whole = document.content if document.swagger is None else document.swagger
    for part in (DocumentPart(document.place, document.source, "", document.repeated), *document.parts):
        value = at(whole, part.pointer)
        if part.pointer == "" and PLACE in value:  # the other files are checked separately
            value = {key: member for key, member in value.items() if key != PLACE}
        yield from repeated_keys(part, value)
    for problem in document.problems:
        yield LintFinding(problem.pointer, problem.code, Severity.WARNING, problem.message, problem.fallback)
    yield from map(_of_repair, contract.repairs)
    reported = {document.original(repair.place) for repair in contract.repairs}
    replaced = {document.original(repair.pointer) for repair in contract.repairs if repair.change in _REPLACING}
    holders = (document.original(repair.place) for repair in contract.repairs if repair.code in _OF_THEIR_HOLDER)
    reported |= {pointer.rpartition("/")[0] for pointer in holders}
    for repair in contract.repairs:
        if repair.code == "missing-schema":  # keywords of Swagger 2.0 in a parameter would be reported as unknown
            reported |= {join(document.original(repair.place), keyword) for keyword in repair.value}
    # For a parameter with a member of the wrong type, the JSON Schema of OpenAPI reports that no alternative matches.
    confused = {match[0] for pointer in replaced if (match := _PARAMETER.match(pointer))}
    for finding in formal_findings(document):
        if finding.pointer in reported or _is_within(finding.pointer, replaced):
            continue
        if not _is_within(finding.pointer, confused):
            yield finding
    yield from rule_findings(contract.document.content)


_PARAMETER = re.compile(r".*/parameters/[^/]+(?=/)")
_REPLACING = frozenset({RepairChange.SET, RepairChange.REMOVE})
_OF_THEIR_HOLDER = frozenset({"repeated-parameter", "unknown-status", "path-form"})
"""Mistakes that the JSON Schema of OpenAPI reports at the object or list that contains them."""


def _is_within(pointer: str, places: set[str]) -> bool:
    while pointer:
        if pointer in places:
            return True
        pointer = pointer.rpartition("/")[0]
    return "" in places


def _slow(contract: Contract) -> Iterator[LintFinding]:
    document = contract.document
    yield from schema_findings(document.content, document.fragments)
    yield from example_findings(contract)
    yield from style_findings(document.content, document.fragments)


def _of_repair(repair: Repair) -> LintFinding:
    severity = Severity.WARNING if repair.is_harmless else Severity.ERROR
    return LintFinding(repair.place, repair.code, severity, repair.reason, repair.fallback)


def _merged(found: Iterable[LintFinding]) -> list[LintFinding]:
    """Return distinct findings; one of the JSON Schema is left out if a more specific one has the same pointer."""
    distinct = dict.fromkeys(found)
    specific = {finding.pointer for finding in distinct if finding.code != "invalid-openapi"}
    return [finding for finding in distinct if finding.code != "invalid-openapi" or finding.pointer not in specific]


def _located(document: Document, found: Iterable[LintFinding]) -> list[Diagnostic]:
    findings = _merged(found)
    places = document.places([finding.pointer for finding in findings])
    # A piece of Swagger 2.0 is copied to each media type of the converted document, but is one diagnostic.
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
    """Put a message on one line, since it may quote texts of the document with line breaks."""
    return " ".join(message.split()) if "\n" in message or "\r" in message else message
