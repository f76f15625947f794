"""Diagnostics: one mistake in a document each, with a severity, a stable code and a place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

__all__ = ["Diagnostic", "Finding", "Group", "Severity", "grouped"]


class Severity(IntEnum):
    """How much a mistake matters to somebody who uses the mock."""

    ERROR = 0
    """Something of an operation cannot be honoured as written."""
    WARNING = 1
    """Wrong by the specification, and harmless here."""
    INFO = 2

    @property
    def word(self) -> str:
        """The severity in lower case."""
        return self.name.lower()


class Finding(NamedTuple):
    """A mistake at a pointer, not yet located in its file."""

    pointer: str
    code: str
    severity: Severity
    message: str
    """What is wrong, and what would be right, in sentences."""
    fallback: str = ""
    """What locum does instead."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A mistake in a document. `line` and `column` count from 1."""

    code: str
    severity: Severity
    file: str
    line: int
    column: int
    pointer: str
    """Where it stands in its file, as a JSON Pointer."""
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
        return f"{self.place}: {self.severity.word}: #{self.pointer or '/'}: {self.text} [{self.code}]"

    def as_json(self) -> dict[str, object]:
        """Return the diagnostic as a JSON object."""
        return {
            "code": self.code,
            "severity": self.severity.word,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "pointer": self.pointer,
            "message": self.message,
            "fallback": self.fallback,
        }


class Group(NamedTuple):
    """Diagnostics that repeat one mistake: the first of them, and how many more there are."""

    first: Diagnostic
    more: int

    @property
    def sentence(self) -> str:
        """The first one on one line, and a count of the others."""
        return self.first.sentence + (f" (and {self.more} more like it)" if self.more else "")


_DETAIL = re.compile(
    r" (?:Did you mean|Known:) .*?[?.](?= |$)|'[^']*'|\"[^\"]*\"|`[^`]*`|\{[^}]*\}|(?:[A-Z]+ )?[#/][^\s:]+|\d+"
)
"""What differs between two mistakes of one kind: names, values, operations, pointers, counts, and the hints."""


def grouped(diagnostics: list[Diagnostic]) -> list[Group]:
    """Group the diagnostics that differ only in the names and values they mention, in their order."""
    found: dict[tuple[str, str, str], list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        key = diagnostic.file, diagnostic.code, _DETAIL.sub("", diagnostic.message)
        found.setdefault(key, []).append(diagnostic)
    return [Group(alike[0], len(alike) - 1) for alike in found.values()]
