"""The report formats of `locum diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.review.reports.machine import as_github, as_json, as_junit, as_sarif
from locum.review.reports.pages import changelog, html, markdown
from locum.review.reports.text import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.review.review import Review

__all__ = ["FORMATS", "changelog", "text"]

FORMATS: dict[str, Callable[[Review], str]] = {
    "text": text,
    "json": as_json,
    "markdown": markdown,
    "html": html,
    "junit": as_junit,
    "sarif": as_sarif,
    "github": as_github,
}
"""The function that renders each format."""
