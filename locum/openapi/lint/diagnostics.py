"""Diagnostics: mistakes in a document, each with a severity, a stable code and a place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from locum.openapi.near_names import meant, nearest
from locum.openapi.pointers import BrokenReference, at, join
from locum.openapi.repair.repairs import shortly

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "EMPTY",
    "MISPLACED",
    "Diagnostic",
    "DiagnosticGroup",
    "LintFinding",
    "Severity",
    "grouped",
    "messages_of_error",
]


class Severity(IntEnum):
    """How much a mistake matters to users of the mock."""

    ERROR = 0
    """A part of an operation cannot be served as written."""
    WARNING = 1
    """Wrong by the specification, but harmless to a mock."""
    INFO = 2

    @property
    def label(self) -> str:
        """The severity in lower case."""
        return self.name.lower()


class LintFinding(NamedTuple):
    """A mistake at a pointer, not yet located in its file."""

    pointer: str
    code: str
    severity: Severity
    message: str
    """What is wrong and how to fix it, in sentences."""
    fallback: str = ""
    """What locum does instead, in a sentence."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A mistake in a document. `line` and `column` count from 1."""

    code: str
    severity: Severity
    file: str
    line: int
    column: int
    pointer: str
    """The JSON Pointer in the file."""
    message: str
    fallback: str = ""

    @property
    def place(self) -> str:
        """File, line and column, as editors read them."""
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def text(self) -> str:
        """The message and the fallback."""
        return f"{self.message} {self.fallback}".rstrip()

    @property
    def sentence(self) -> str:
        """The diagnostic on one line."""
        return f"{self.place}: {self.severity.label}: #{self.pointer or '/'}: {self.text} [{self.code}]"

    def as_json(self) -> dict[str, object]:
        """Return the diagnostic as a JSON object."""
        return {
            "code": self.code,
            "severity": self.severity.label,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "pointer": self.pointer,
            "message": self.message,
            "fallback": self.fallback,
        }


class DiagnosticGroup(NamedTuple):
    """Diagnostics that repeat one mistake: the first one, and the number of others."""

    first: Diagnostic
    more: int

    @property
    def sentence(self) -> str:
        """The first one on one line, and a count of the others."""
        return self.first.sentence + (f" (and {self.more} more like it)" if self.more else "")


_DETAIL = re.compile(
    r" (?:Did you mean|Known:) .*?[?.](?= |$)|'[^']*'|\"[^\"]*\"|`[^`]*`|\{[^}]*\}|(?:[A-Z]+ )?[#/][^\s:]+|\d+"
)
"""The parts of a message that differ between mistakes of one kind: names, values, operations, pointers, counts,
hints."""


def grouped(diagnostics: list[Diagnostic]) -> list[DiagnosticGroup]:
    """Group the diagnostics that differ only in names and values, in order."""
    found: dict[tuple[str, str, str], list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        key = diagnostic.file, diagnostic.code, _DETAIL.sub("", diagnostic.message)
        found.setdefault(key, []).append(diagnostic)
    return [DiagnosticGroup(group[0], len(group) - 1) for group in found.values()]


Message = tuple[str, str]
"""A pointer and a message."""

_CHOICES = ("oneOf", "anyOf")

EMPTY = "is empty"
MISPLACED = "does not belong here."
"""The end of the message for a member that belongs elsewhere; another mistake in the same object may cause it."""


def messages_of_error(error: Any, metaschema: dict[str, Any], whole: str = "") -> Iterator[Message]:
    """Describe one error of jsonschema_rs; `whole` is the pointer of the validated object.

    If no alternative matches, the errors of the one that was probably meant are described.
    """
    kind = error.kind.name
    if kind in _CHOICES and getattr(error.kind, "context", None):
        yield from _of_alternatives(error, metaschema, whole)
        return
    pointer = join(whole, *error.instance_path)
    if kind in {"additionalProperties", "unevaluatedProperties"}:
        yield from _unknown(error, pointer, metaschema)
        return
    if kind == "required" and isinstance(error.instance, dict):
        near = nearest(error.kind.property, error.instance)
        if near and near[0] not in _names_of(metaschema):
            return  # the misspelt name is reported separately
    if kind == "propertyNames":
        yield (pointer, f"{shortly(error.kind.error.instance)} {_broken_name(error.kind.error)}")
        return
    yield (pointer, _reason(error, kind))


def _of_alternatives(error: Any, metaschema: dict[str, Any], whole: str) -> Iterator[Message]:
    branches = [branch for branch in error.kind.context if branch]
    instance = error.instance
    # Only an object with `$ref` was meant to be a reference.
    is_reference = isinstance(instance, dict) and "$ref" in instance
    likely = [branch for branch in branches if _requires_reference(branch) == is_reference] or branches
    options = _options(likely, len(error.instance_path))
    if options is not None:
        inner, values = options
        yield (join(whole, *inner.instance_path), _no_option(inner.instance, values))
        return
    if not likely:  # more than one matches
        yield (join(whole, *error.instance_path), _reason(error, "oneOf"))
        return
    best = max(likely, key=lambda branch: _likeness(branch, len(error.instance_path)))
    for inner in best:
        if len(best) == 1 or not _fits_several(inner):
            yield from messages_of_error(inner, metaschema, whole)


def _fits_several(error: Any) -> bool:
    return error.kind.name == "oneOf" and not any(getattr(error.kind, "context", ()))


def _requires_reference(branch: Sequence[Any]) -> bool:
    return any(error.kind.name == "required" and error.kind.property == "$ref" for error in branch)


def _options(branches: Sequence[Sequence[Any]], depth: int) -> tuple[Any, list[Any]] | None:
    """Return the error and all options if the alternatives differ in a single value, such as `in` or `type`."""
    found: dict[tuple[Any, ...], list[Any]] = {}
    last = None
    for branch in branches:
        choosing = [e for e in branch if e.kind.name in {"enum", "constant"} and len(e.instance_path) <= depth + 1]
        if not choosing:
            return None
        last = choosing[0]
        values = last.kind.options if last.kind.name == "enum" else [last.kind.expected_value]
        found.setdefault(tuple(last.instance_path), []).extend(_values(values))
    if last is None or len(found) != 1 or len(branches) == 1:
        return None
    return last, next(iter(found.values()))


def _values(options: Any) -> list[Any]:
    return list(orjson.loads(options)) if isinstance(options, str) else list(options)


def _likeness(branch: Sequence[Any], depth: int) -> tuple[bool, int, int]:
    """Rank an alternative: its distinguishing value matches, its errors are deep, and they are few."""
    chosen = not any(
        error.kind.name in {"enum", "constant", "type"} and len(error.instance_path) <= depth + 1 for error in branch
    )
    return chosen, max(len(error.instance_path) for error in branch), -len(branch)


def _reason(error: Any, kind: str) -> str:
    instance = error.instance
    if kind == "required":
        return f"{error.kind.property!r} is missing."
    if kind == "type":
        types = " or ".join(_TYPES.get(name, name) for name in error.kind.types)
        return f"must be {types}, not {shortly(instance)}."
    if kind == "enum":
        return _no_option(instance, _values(error.kind.options))
    if kind == "constant":
        return _no_option(instance, [error.kind.expected_value])
    if kind == "format" and error.kind.format == "regex":
        return _NO_PATTERN
    if kind == "pattern":
        return f"{shortly(instance)} does not match {error.kind.pattern}."
    if kind == "minProperties":
        return f"{EMPTY}, and needs at least one member."
    if kind == "minItems":
        return f"{EMPTY}, and needs at least one item."
    if kind == "uniqueItems":
        return "contains the same item twice."
    if kind in {"not", "falseSchema"}:
        return f"{shortly(instance)} is not allowed here."
    if kind == "oneOf":
        return "matches several alternatives that exclude each other; keep one."
    return f"{str(error.message).splitlines()[0][:200]}."


_NO_PATTERN = "is not a regular expression of ECMA 262."
_TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def _broken_name(error: Any) -> str:
    if error.kind.name == "format" and error.kind.format == "regex":
        return _NO_PATTERN
    if error.kind.name == "pattern":
        return f"is not a valid name here: it must match {error.kind.pattern}."
    return "is not a valid name here."


def _unknown(error: Any, pointer: str, metaschema: dict[str, Any]) -> Iterator[Message]:
    known = list(_known(error, metaschema))
    for name in error.kind.unexpected:
        possible = [other for other in known if other not in error.instance]
        if name in _names_of(metaschema) and not nearest(str(name), possible):
            reason = f"{name!r} {MISPLACED}"
        else:
            reason = f"{str(name)!r} is not known here; an extension begins with x-.{meant(str(name), possible)}"
        yield (join(pointer, name), reason)


def _known(error: Any, metaschema: dict[str, Any]) -> Iterator[str]:
    """Yield the names of the allowed members."""
    try:
        schema = at(metaschema, join("", *error.schema_path[:-1]))
    except BrokenReference:
        return
    yield from schema.get("properties", ())
    for pattern in schema.get("patternProperties", ()):
        if match := _NAMES.fullmatch(pattern):
            yield from match[1].split("|")


_NAMES = re.compile(r"\^\(([a-z|]+)\)\$")


@cache
def _names_in(written: bytes) -> frozenset[str]:
    found: set[str] = set()
    pending = [orjson.loads(written)]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            if isinstance(value.get("properties"), dict):
                found.update(value["properties"])
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return frozenset(found)


def _names_of(metaschema: dict[str, Any]) -> frozenset[str]:
    """Return the names of all members that a version of OpenAPI defines anywhere."""
    return _names_in(orjson.dumps(metaschema))


def _no_option(instance: Any, options: list[Any]) -> str:
    hint = meant(instance, map(str, options)) if isinstance(instance, str) else ""
    valid = ", ".join(str(option) for option in options)
    near = hint if hint.startswith(" Did") else ""
    return (
        f"{shortly(instance)} is not one of {valid}.{near}"
        if len(options) > 1
        else f"must be {valid}, not {shortly(instance)}."
    )
