"""JUnit XML, for GitLab, Jenkins and GitHub: a suite for each contract, a case for each operation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from locum.verify.codes.codes import GROUPS, group_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.verify.drift import Compared
    from locum.verify.exchanges import Finding
    from locum.verify.reports.report import Results, VerifiedContract

__all__ = ["junit"]

_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(results: Results) -> str:
    """Return the report: a case for each operation and group of checks.

    A case with findings has failed. One without requests, and one whose causes are all known, was skipped.
    """
    root = Element("testsuites", name="locum verify")
    for verified in results.contracts:
        _suite(root, verified)
    if results.drift:
        _drift(root, results.drift)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, verified: VerifiedContract) -> None:
    name, run = _clean(verified.contract.name), verified.run
    suite = SubElement(root, "testsuite", name=name)
    accepted = {id(finding): cause for cause in run.causes if cause.known for finding in cause.findings}
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for operation in verified.asked:
        findings = list(verified.of(operation))
        for group in GROUPS:
            found = [one for one in findings if group_of(one.code) == group]
            seconds = run.seconds_by_group.get((operation.operation_id, group))
            if seconds is None and not found and group != GROUPS[0]:
                continue
            title = _clean(f"{operation.method} {operation.path} ({operation.operation_id})")
            case = SubElement(suite, "testcase", classname=f"{name}.{group}", name=title, time=f"{seconds or 0:.3f}")
            counts["tests"] += 1
            new = [one for one in found if id(one) not in accepted]
            # One failure per case, as some consumers read only the first.
            if new:
                _told(case, "failure", new)
                counts["failures"] += 1
            elif found or operation.operation_id in run.never_tried:
                reasons = dict.fromkeys(f"{one.code}: {accepted[id(one)].known}" for one in found)
                SubElement(case, "skipped", message=_clean("; ".join(reasons) or "No request was sent."))
                counts["skipped"] += 1
    about_run = [one for one in verified.of_none if id(one) not in accepted]
    if about_run:
        case = SubElement(suite, "testcase", classname=name, name="the run", time="0")
        _told(case, "error", about_run)
        counts["tests"] += 1
        counts["errors"] += 1
    for key, value in counts.items():
        suite.set(key, str(value))
    suite.set("time", f"{run.seconds:.3f}")


def _drift(root: Element, compared: Sequence[Compared]) -> None:
    different = [one for one in compared if one.differences]
    numbers = {"tests": len(compared), "failures": len(different), "errors": 0, "skipped": 0}
    suite = SubElement(
        root, "testsuite", {"name": "drift", "time": "0"} | {name: str(n) for name, n in numbers.items()}
    )
    for one in compared:
        case = SubElement(suite, "testcase", classname="drift", name=_clean(one.name), time="0")
        lines = [
            f"{found.step}. {found.method} {found.url}  {found.difference.place}: {found.difference.sentence}"
            for found in one.differences
        ]
        if lines:
            more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
            SubElement(case, "failure", message=_clean(lines[0] + more), type="drift").text = _clean("\n".join(lines))


def _told(case: Element, kind: str, findings: Sequence[Finding]) -> None:
    first = findings[0]
    message = f"{first.code} {first.rule}: {first.message}"
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    element = SubElement(case, kind, message=_clean(message + more), type=first.code)
    element.text = _clean("\n\n".join(map(_whole, findings)))


def _whole(finding: Finding) -> str:
    lines = [f"{finding.code} {finding.rule}: {finding.message}"]
    lines += [f"contract: {finding.contract_pointer}"] if finding.contract_pointer else []
    lines += [f"response: {finding.response_pointer}"] if finding.response_pointer else []
    lines += [f"likely cause: the {finding.culprit}. {finding.because}"] if finding.because else []
    return "\n".join([*lines, finding.curl]).rstrip()


def _clean(text: str) -> str:
    """Replace characters that XML cannot contain (XML 1.0, section 2.2)."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
