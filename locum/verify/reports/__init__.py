"""The report formats of `locum verify` and `locum drift`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.verify.reports.github import job_summary, workflow_commands
from locum.verify.reports.har import har
from locum.verify.reports.html import html
from locum.verify.reports.json_report import json_report
from locum.verify.reports.junit import junit
from locum.verify.reports.sarif import sarif

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.verify.reports.report import Results

__all__ = ["DRIFT_REPORTS", "REPORTS"]

REPORTS: dict[str, Callable[[Results], str]] = {
    "junit": junit,
    "json": json_report,
    "html": html,
    "har": har,
    "sarif": sarif,
    "annotations": workflow_commands,
    "summary": job_summary,
}
"""The function that renders each kind of report."""

DRIFT_REPORTS: dict[str, Callable[[Results], str]] = {
    kind: REPORTS[kind] for kind in ("junit", "json", "html", "summary")
}
"""The kinds that `locum drift` supports."""
