"""Render JSON for programs, described by `report.schema.json` in this folder."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from locum import __version__
from locum.verify.reports.report import hiding

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.verify.causes.causes import Cause
    from locum.verify.drift import Compared
    from locum.verify.exchanges import Finding, Shown
    from locum.verify.reports.report import Results, VerifiedContract
    from locum.verify.run import VerificationResult

__all__ = ["FORM", "json_report"]

FORM = 2
"""The version of the report format."""


def json_report(results: Results) -> str:
    """Return the report."""
    report = {
        "form": FORM,
        "locum": __version__,
        "clean": results.clean,
        "contracts": [_told(verified) for verified in results.contracts],
        "drift": [_drift(one) for one in results.drift],
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _drift(one: Compared) -> dict[str, Any]:
    differences = [
        {
            "step": found.step,
            "method": found.method,
            "url": found.url,
            "place": found.difference.place,
            "sentence": found.difference.sentence,
        }
        for found in one.differences
    ]
    return {"scenario": one.name, "requests": one.requests, "partings": differences}


def _told(verified: VerifiedContract) -> dict[str, Any]:
    run, coverage, hide = verified.run, verified.coverage, hiding(verified.contract, verified.run.base_url)
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
        "left_out": list(run.skipped),
        "statuses": {name: {str(status): n for status, n in found.items()} for name, found in run.statuses.items()},
        "seconds_by_operation": {
            name: {"responses": one.count, "median": one.median, "p95": one.nearly_all, "max": one.most}
            for name, one in run.times.items()
        },
        "coverage": {
            "percent": round(coverage.percent(), 2),
            "kinds": {kind: {"seen": seen, "cells": there} for kind, (seen, there) in coverage.kinds().items()},
            "wrong": coverage.wrong,
        },
        "findings": [_finding(finding, hide) for finding in run.findings],
        "causes": [_cause(cause, run) for cause in run.causes],
    }


def _cause(cause: Cause, run: VerificationResult) -> dict[str, Any]:
    finding, replay = cause.finding, cause.replay
    shown = None
    if replay is not None and run.writing is not None:
        shown = {
            "confirmed": replay.confirmed,
            "commands": run.writing.commands(replay),
            "arazzo": run.writing.content(replay),
        }
    return {
        "fingerprint": cause.fingerprint,
        "code": cause.code,
        "rule": finding.rule,
        "message": finding.message,
        "harm": cause.harm,
        "culprit": finding.culprit,
        "because": finding.because,
        "count": cause.count,
        "places": cause.places,
        "findings": sorted(run.findings.index(one) for one in cause.findings),
        "known": cause.known,
        "since": cause.since,
        "replay": shown,
    }


def _finding(finding: Finding, hide: Callable[[Shown], Shown]) -> dict[str, Any]:
    exchange = hide(finding.shown) if finding.shown is not None else None
    plain = asdict(replace(finding, shown=exchange, steps=()))  # `extra` has them as curl commands
    shown = plain.pop("shown")
    del plain["steps"], plain["number"], plain["by_valid"]
    if shown is not None:
        for name in ("body", "response_body"):
            shown[name] = None if shown[name] is None else shown[name].decode("utf-8", "replace")
    return {**plain, "shown": shown}
