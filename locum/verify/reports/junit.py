"""JUnit XML, for GitLab, Jenkins and GitHub: a suite for each contract, a case for each operation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.verify.drift import Compared
    from locum.verify.exchanges import Finding
    from locum.verify.reports.report import Results

__all__ = ["junit"]

_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(results: Results) -> str:
    """Return the report. A case with findings has failed; one that was never tried was skipped."""
    root = Element("testsuites", name="locum verify")
    for verified in results.contracts:
        cases = verified.asked
        failing = [list(verified.of(operation)) for operation in cases]
        about_run = verified.of_none
        skipped = [operation for operation in cases if operation.operation_id in verified.run.never_tried]
        suite = SubElement(
            root,
            "testsuite",
            name=_clean(verified.contract.name),
            tests=str(len(cases) + bool(about_run)),
            failures=str(sum(map(bool, failing))),
            errors=str(int(bool(about_run))),
            skipped=str(len(skipped)),
            time=f"{verified.run.seconds:.3f}",
        )
        for operation, findings in zip(cases, failing, strict=True):
            name = f"{operation.method} {operation.path} ({operation.operation_id})"
            case = SubElement(suite, "testcase", classname=_clean(verified.contract.name), name=_clean(name), time="0")
            # One failure per case, as some consumers read only the first.
            if findings:
                _told(case, "failure", findings)
            elif operation in skipped:
                SubElement(case, "skipped", message="No request was sent.")
        if about_run:
            case = SubElement(suite, "testcase", classname=_clean(verified.contract.name), name="the run", time="0")
            _told(case, "error", about_run)
    if results.drift:
        _drift(root, results.drift)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


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
    lines += [f"response: {finding.answer_pointer}"] if finding.answer_pointer else []
    lines += [f"likely cause: the {finding.culprit}. {finding.because}"] if finding.because else []
    return "\n".join([*lines, finding.curl]).rstrip()


def _clean(text: str) -> str:
    """Replace characters that XML cannot contain (XML 1.0, section 2.2)."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
