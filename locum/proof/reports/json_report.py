"""JSON for programs; docs/reports.md says what is in it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from locum import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.proof.findings import Finding
    from locum.proof.reports.proofs import Proof

__all__ = ["FORM", "json_report"]

FORM = 1
"""The version of the form."""


def json_report(proofs: Sequence[Proof]) -> str:
    """Return the report."""
    clean = all(proof.run.clean for proof in proofs)
    told = {"form": FORM, "locum": __version__, "clean": clean, "contracts": [_told(proof) for proof in proofs]}
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _told(proof: Proof) -> dict[str, Any]:
    run, coverage = proof.run, proof.coverage
    return {
        "api": run.api,
        "url": run.url,
        "seed": run.seed,
        "seconds": round(run.seconds, 3),
        "requests": run.exchanges,
        "requests_by_phase": run.by_phase,
        "ended": run.reason,
        "tried": list(run.tried),
        "never_tried": list(run.never_tried),
        "statuses": {name: {str(status): n for status, n in found.items()} for name, found in run.statuses.items()},
        "coverage": {
            "percent": round(coverage.percent(), 2),
            "kinds": {kind: {"seen": seen, "cells": there} for kind, (seen, there) in coverage.kinds().items()},
            "wrong": coverage.wrong,
        },
        "findings": [_finding(finding) for finding in run.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    told = asdict(finding)
    shown = told.pop("shown")
    if shown is not None:
        for name in ("body", "answer"):
            shown[name] = None if shown[name] is None else shown[name].decode("utf-8", "replace")
    return {**told, "shown": shown}
