"""Causes: findings that one fix removes, ordered by how much they hurt."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from locum.verify.causes.harm import harm_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.verify.exchanges import Finding
    from locum.verify.replays.replay import Replay

__all__ = ["Cause", "causes_of"]

_PER_STATUS = frozenset({"L001", "L010", "L011", "L012", "L013", "L014", "L015"})
"""Codes with one cause for each status and media type: a framework renders them alike everywhere."""
_PER_CODE = frozenset({"L042", "L043", "L044", "L056", "L057", "L060", "L061", "L062", "L063", "L160", "L161", "L162"})
"""Codes of checks that are missing everywhere if they are missing."""
_OF_PARAMETERS = frozenset({"L051", "L052", "L053", "L054"})
_BODIES = range(20, 33)
_WRITES = frozenset({"POST", "PUT", "PATCH"})
_COMPONENT = re.compile(r"#?/(?:components/[^/]+|definitions|parameters|responses)/[^/]+")
_INDEX = re.compile(r"/\d+(?=/|\Z)")
_VALUES = re.compile(r"\"[^\"]*\"|'[^']*'|0x[0-9a-fA-F]+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|\d+")
_PLAIN = frozenset({"", "internal server error", "server error", "error", "bad gateway", "service unavailable"})
_SHORT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What one fix removes: a code, where it shows, and a replay of the smallest showing."""

    finding: Finding
    """The finding with the smallest request."""
    findings: tuple[Finding, ...]
    """All findings, the smallest first."""
    fingerprint: str
    """An identifier that stays the same from run to run: it has no identifiers of records, lines or values."""
    harm: int
    """How much it hurts: 1 is the most."""
    known: str = ""
    """The reason why the cause is accepted, from the file of accepted findings; empty if it is new."""
    since: str = ""
    """The date on which it was accepted."""
    replay: Replay | None = field(default=None, compare=False)

    @property
    def code(self) -> str:
        """The code of its findings."""
        return self.finding.code

    @property
    def summary(self) -> str:
        """Its code, rule and place: `L146 filter_ignored: GET /books`."""
        finding = self.finding
        return f"{finding.code} {finding.rule}: {f'{finding.method} {finding.path}'.strip() or finding.api}"

    @property
    def count(self) -> int:
        """The number of exchanges that showed it."""
        return sum(one.count for one in self.findings)

    @property
    def places(self) -> list[str]:
        """The operations at which it shows: `GET /things`."""
        return list(dict.fromkeys(f"{one.method} {one.path}".strip() for one in self.findings if one.path))


def causes_of(findings: Sequence[Finding]) -> list[Cause]:
    """Group findings by their cause, those first that hurt most."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.api, *_key(finding)), []).append(finding)
    causes = _with_consequences([_cause(key, found) for key, found in groups.items()])
    return sorted(causes, key=lambda one: (one.harm, -len(one.findings), one.code, one.finding.path, one.fingerprint))


def _with_consequences(causes: list[Cause]) -> list[Cause]:
    """Merge broken responses into the cause that an invalid body is accepted, where only such bodies lead to them.

    A server that stores any body shows it, and its lists show it from then on.
    """
    accepting = {place: cause for cause in causes if cause.code == "L050" for place in cause.places}
    merged: dict[str, tuple[Finding, ...]] = {}
    left = []
    for cause in causes:
        writers = [one for one in cause.findings if one.method in _WRITES]
        owner = accepting.get(f"{writers[0].method} {writers[0].path}") if writers else None
        follows = int(cause.code[1:]) in _BODIES and not any(one.by_valid for one in writers)
        if owner is not None and follows:
            merged[owner.fingerprint] = (*merged.get(owner.fingerprint, ()), *cause.findings)
        else:
            left.append(cause)
    return [
        replace(cause, findings=(*cause.findings, *merged[cause.fingerprint])) if cause.fingerprint in merged else cause
        for cause in left
    ]


def _cause(key: tuple[str, ...], findings: list[Finding]) -> Cause:
    ordered = sorted(findings, key=_size)
    fingerprint = hashlib.sha256("\n".join(key[1:]).encode()).hexdigest()[:16]
    return Cause(
        finding=ordered[0], findings=tuple(ordered), fingerprint=fingerprint, harm=harm_of(ordered[0]), replay=None
    )


def _size(finding: Finding) -> tuple[int, int, int, str]:
    shown = finding.shown
    length = len(shown.url) + len(shown.body or b"") if shown is not None else 0
    return len(finding.steps), _needs_state(finding), length, finding.path


def _needs_state(finding: Finding) -> int:
    """Return how much the response of a request depends on what was stored before, which a fresh server lacks."""
    if int(finding.code[1:]) not in _BODIES:
        return 0
    return (finding.method not in _WRITES) * 3 + (finding.method != "POST") + ("{" in finding.path)


def _key(finding: Finding) -> tuple[str, ...]:
    """Return what findings of one cause have in common; the first part is the code."""
    code, status = finding.code, str(finding.shown.status) if finding.shown is not None else ""
    operation = f"{finding.method} {finding.path}"
    if code == "L002":
        return code, *_of_error(finding, operation, status)
    if code in _PER_STATUS:
        return code, status, _media_type(finding), finding.culprit
    if code in _PER_CODE:
        return code, _status_class(code, status)
    if code in _OF_PARAMETERS:
        return code, finding.trigger or _component(finding.contract_pointer) or operation
    if code == "L050":
        return code, _component(finding.contract_pointer) or operation
    if int(code[1:]) in _BODIES:
        place = _INDEX.sub("/*", finding.response_pointer).rpartition("/")[2]
        return code, finding.contract_pointer or operation, "" if "/components/" in finding.contract_pointer else place
    if code in {"L040", "L041"}:
        return code, finding.response_pointer, _component(finding.contract_pointer) or f"{operation} {status}"
    if code >= "L090" and code < "L100":
        return code, operation, finding.contract_pointer, _VALUES.sub("#", finding.message)[:_SHORT]
    return code, operation


def _of_error(finding: Finding, operation: str, status: str) -> tuple[str, ...]:
    """Return the status, the shape of the body and the trigger of a server error.

    A body that says nothing is no evidence that two operations fail for one reason.
    """
    body = finding.shown.response_body.decode("utf-8", "replace") if finding.shown is not None else ""
    shape = " ".join(_VALUES.sub("#", body).split())[:_SHORT]
    tells = shape.strip('{}#:, ."').lower() not in _PLAIN and len(shape.split()) > 3  # noqa: PLR2004 (a sentence)
    return status, shape if tells else operation, finding.trigger if tells else ""


def _media_type(finding: Finding) -> str:
    headers = finding.shown.response_headers if finding.shown is not None else {}
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _status_class(code: str, status: str) -> str:
    return status if code == "L062" else ""


def _component(pointer: str) -> str:
    found = _COMPONENT.search(pointer)
    return found[0] if found else ""
