"""Machine-readable forms of a review: JSON, JUnit XML, SARIF 2.1.0, and the workflow commands of GitHub."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from locum import __version__
from locum.review.changes import Level
from locum.review.reports.text import heading_of, operations_of, shown_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.review.changes import Change
    from locum.review.review import Review

__all__ = ["as_github", "as_json", "as_junit", "as_sarif"]

_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SARIF_LEVELS = {Level.BREAKING: "error", Level.DANGEROUS: "warning", Level.COMPATIBLE: "note", Level.DOCS: "none"}
_MOST_ANNOTATIONS = 10
"""GitHub shows ten annotations of each kind for a step, and drops the others."""


def as_json(review: Review) -> str:
    """Return the whole review as a JSON object."""
    value: dict[str, Any] = {
        "base": review.base,
        "head": review.head,
        "counts": review.counts,
        "documents": [
            {
                "title": one.title,
                "version": one.bump._asdict(),
                "base": one.base.document.place if one.base is not None else None,
                "head": one.head.document.place if one.head is not None else None,
            }
            for one in review.documents
        ],
        "changes": [change.as_json() for change in review.changes],
        "notes": review.notes,
    }
    if review.outcome is not None:
        value["run"] = review.outcome.as_json()
    return json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n"


def as_junit(review: Review) -> str:
    """Return a suite for each document, with a case for each change; breaking ones have failed."""
    root = Element("testsuites", name="locum diff")
    for one in review.documents:
        cases = one.changes
        failing = [change for change in cases if change.level is Level.BREAKING and not change.accepted]
        suite = SubElement(
            root, "testsuite", name=_clean(one.title), tests=str(len(cases) or 1), failures=str(len(failing)),
            errors="0", skipped=str(sum(bool(change.accepted) for change in cases)), time="0",
        )  # fmt: skip
        if not cases:
            SubElement(suite, "testcase", classname="locum.diff", name="no changes", time="0")
        for change in cases:
            name = _clean(f"{change.level.label}: {heading_of(change)} ({change.fingerprint})")
            case = SubElement(suite, "testcase", classname=f"locum.diff.{change.kind}", name=name, time="0")
            if change.accepted:
                SubElement(case, "skipped", message=_clean(f"accepted: {change.accepted}"))
            elif change.level is Level.BREAKING:
                failure = SubElement(case, "failure", type=change.kind, message=_clean(heading_of(change)))
                failure.text = _clean("\n".join(_details(change)))
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _details(change: Change) -> Iterator[str]:
    for name, place in (("base", change.base), ("head", change.head)):
        if place is not None:
            yield f"{name}: {place.file}:{place.line}:{place.column} #{place.pointer}"
    if len(change.operations) > 1:
        yield f"concerns {operations_of(change)}"
    if change.witness is not None:
        yield change.witness.sentence
        if change.witness.curl:
            yield change.witness.curl
        elif change.witness.has_value:
            yield shown_value(change.witness)
    if change.note:
        yield change.note
    yield from (f"consumer {consumer}" for consumer in change.consumers)


def _clean(text: str) -> str:
    """Replace characters that XML cannot contain (XML 1.0, section 2.2)."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def as_sarif(review: Review) -> str:
    """Return a SARIF log, for code scanning; a change is shown in the head, or where it was in the base."""
    changes = [change for change in review.changes if change.level > Level.DOCS]
    kinds = sorted({change.kind for change in changes})
    driver = {
        "name": "locum diff",
        "version": __version__,
        "rules": [{"id": kind, "shortDescription": {"text": kind.replace("-", " ")}} for kind in kinds],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(change) for change in changes],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _result(change: Change) -> dict[str, Any]:
    place = change.head or change.base
    details = [
        heading_of(change),
        *(detail for detail in _details(change) if not detail.startswith(("base:", "head:"))),
    ]
    result: dict[str, Any] = {
        "ruleId": change.kind,
        "level": _SARIF_LEVELS[change.level],
        "message": {"text": "\n".join(details)},
        "partialFingerprints": {"locum/v1": change.fingerprint},
    }
    if place is not None:
        result["locations"] = [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(place.file)},
                    "region": {"startLine": place.line, "startColumn": place.column},
                },
                "logicalLocations": [{"fullyQualifiedName": f"#{place.pointer}"}],
            }
        ]
    if change.accepted:
        result["suppressions"] = [{"kind": "external", "justification": change.accepted}]
    return result


def as_github(review: Review) -> str:
    """Return workflow commands: the first breaking and dangerous changes, and a count of all."""
    lines = []
    for level, command in ((Level.BREAKING, "error"), (Level.DANGEROUS, "warning")):
        found = [change for change in review.changes if change.level is level and not change.accepted]
        shown = found if len(found) <= _MOST_ANNOTATIONS else found[: _MOST_ANNOTATIONS - 1]
        for change in shown:
            place = change.head or change.base
            at = f"file={_property(place.file)},line={place.line},col={place.column}," if place is not None else ""
            message = heading_of(change) + (f"\n{change.witness.sentence}" if change.witness is not None else "")
            lines.append(f"::{command} {at}title={_property(f'{level.label}: {change.kind}')}::{_data(message)}")
        if len(shown) < len(found):
            more = f"{len(found) - len(shown)} more {level.label} changes"
            lines.append(f"::{command} title={more}::{more} are in the report of locum diff.")
    lines.append(f"::notice title=locum diff::{_data(review.summary)}")
    return "".join(f"{line}\n" for line in lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
