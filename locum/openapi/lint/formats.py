"""Formats: diagnostics as JSON, as SARIF 2.1.0, and as workflow commands of GitHub."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from locum.openapi.lint.codes import CODES
from locum.openapi.lint.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.openapi.lint.diagnostics import Diagnostic

__all__ = ["as_github", "as_json", "as_sarif"]

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a JSON object with the counts by severity and all diagnostics."""
    counts = {severity.label: sum(one.severity is severity for one in diagnostics) for severity in Severity}
    value = {"counts": counts, "diagnostics": [diagnostic.as_json() for diagnostic in diagnostics]}
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def as_sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a SARIF log (OASIS Static Analysis Results Interchange Format 2.1.0)."""
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    driver = {
        "name": "locum check",
        "rules": [_rule(code) for code in codes],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(diagnostic) for diagnostic in diagnostics],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(code: str) -> dict[str, Any]:
    known = CODES.get(code)
    if known is None:  # a rule of a rule set
        return {"id": code, "shortDescription": {"text": code.replace("-", " ")}}
    explanation = " ".join(known.explanation.split())
    return {"id": code, "shortDescription": {"text": known.title}, "fullDescription": {"text": explanation}}


def _result(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "ruleId": diagnostic.code,
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": diagnostic.text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(diagnostic.file)},
                    "region": {"startLine": diagnostic.line, "startColumn": diagnostic.column},
                },
                "logicalLocations": [{"fullyQualifiedName": f"#{diagnostic.pointer}"}],
            }
        ],
    }


def as_github(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a workflow command for each diagnostic, which GitHub shows as an annotation."""
    return "".join(
        f"::{_COMMANDS[one.severity]} file={_property(one.file)},line={one.line},col={one.column},"
        f"title={_property(one.code)}::{_data(f'#{one.pointer}: {one.text}')}\n"
        for one in diagnostics
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
