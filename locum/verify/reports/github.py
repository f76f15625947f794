"""Reports for GitHub: annotations as workflow commands, and a job summary in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from locum.verify.reports.report import Results

__all__ = ["job_summary", "workflow_commands"]

_MOST = 50
"""The maximum number of annotations that GitHub shows for a job."""


def workflow_commands(results: Results) -> str:
    """Return a workflow command for each cause that is not known, at most fifty."""
    lines = []
    for verified in results.contracts:
        for finding in (cause.finding for cause in verified.run.causes if not cause.known):
            where = f"{finding.method} {finding.path}".strip() or finding.api
            properties = (
                f"file={_property(str(verified.contract.document.place))},title={_property(f'{finding.code} {where}')}"
            )
            lines.append(f"::error {properties}::{_data(finding.message)}")
    return "".join(f"{line}\n" for line in lines[:_MOST])


def job_summary(results: Results) -> str:
    """Return the job summary, for the file that GITHUB_STEP_SUMMARY names."""
    lines = [
        "## locum verify",
        "",
        "| contract | causes | operations | requests | responses seen | coverage |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for verified in results.contracts:
        run, (seen, there) = verified.run, verified.coverage.kinds().get("statuses", (0, 0))
        cells = (
            _cell(verified.contract.name),
            sum(not cause.known for cause in run.causes),
            f"{len(run.tried)} of {len(verified.asked)}",
            run.exchanges,
            f"{seen} of {there}",
            f"{verified.coverage.percent():.0f} %",
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    causes = [cause for verified in results.contracts for cause in verified.run.causes if not cause.known]
    if causes:
        lines += ["", "| code | operation | what |", "|---|---|---|"]
    for finding in (cause.finding for cause in causes):
        where = f"`{finding.method} {finding.path}`" if finding.path else finding.api
        lines.append(f"| {finding.code} | {_cell(where)} | {_cell(finding.message)} |")
    differences = [(one.name, found) for one in results.drift for found in one.differences]
    if differences:
        lines += ["", "| scenario | step | request | place | drift |", "|---|---:|---|---|---|"]
    for name, found in differences:
        request, place = f"`{found.method} {found.url}`", f"`{found.difference.place}`"
        words = (_cell(name), str(found.step), _cell(request), _cell(place), _cell(found.difference.sentence))
        lines.append(f"| {' | '.join(words)} |")
    return "\n".join(lines) + "\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
