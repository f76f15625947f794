"""Render SARIF 2.1.0, which code scanning shows at the line of the broken rule in the document."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from locum import __version__
from locum.openapi.load.places import places_of
from locum.verify.codes.codes import CODES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.verify.causes.causes import Cause
    from locum.verify.exchanges import Finding
    from locum.verify.reports.report import Results, VerifiedContract

__all__ = ["sarif"]

_INDEX = re.compile(r"/\d+(?=/|\Z)")
"""The index of an element, which differs from run to run."""


def sarif(results: Results) -> str:
    """Return the report."""
    found = [result for verified in results.contracts for result in _results(verified)]
    used = sorted({result["ruleId"] for result in found})
    driver = {"name": "locum verify", "version": __version__, "rules": [_rule(code) for code in used]}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": found}],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(code: str) -> dict[str, Any]:
    found = CODES[code]
    return {"id": code, "name": found.rule, "shortDescription": {"text": found.rule.replace("_", " ")}}


def _results(verified: VerifiedContract) -> list[dict[str, Any]]:
    document = verified.contract.document
    pointers = {finding.contract_pointer for finding in verified.run.findings}
    try:
        places = places_of(document.path.name, document.source, pointers)
    except (ValueError, KeyError):  # a document of several files
        places = {}
    return [
        _result(finding, cause, str(document.place), places)
        for cause in verified.run.causes
        for finding in cause.findings
    ]


def _result(finding: Finding, cause: Cause, uri: str, places: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    line, column = places.get(finding.contract_pointer, (1, 1))
    where = f"{finding.method} {finding.path}".strip() or finding.api
    place = _INDEX.sub("/*", finding.response_pointer)
    return {
        "ruleId": finding.code,
        "level": "note" if cause.known else "warning" if finding.culprit != "server" else "error",
        "message": {"text": f"{where}: {finding.message}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(uri)},
                    "region": {"startLine": max(line, 1), "startColumn": max(column, 1)},
                },
                "logicalLocations": [{"fullyQualifiedName": f"{finding.api}:{where}", "kind": "function"}],
            }
        ],
        "partialFingerprints": {
            "locum/v1": f"{finding.code}|{where}|{finding.contract_pointer}|{place}",
            "locumCause/v1": cause.fingerprint,
        },
        **({"suppressions": [{"kind": "external", "justification": cause.known}]} if cause.known else {}),
    }
