"""The baseline: a file with the causes that are known and accepted, with a reason and a date for each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import yaml

from locum.files import replace_file
from locum.openapi.load.files import BadDocument, read_bytes
from locum.openapi.load.parsing import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from locum.verify.causes.causes import Cause

__all__ = ["Baseline", "KnownCause", "read_baseline", "write_baseline"]

_FORM = 1
_NO_REASON = "accepted without a reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCause:
    """An accepted cause."""

    fingerprint: str
    code: str
    api: str
    summary: str
    reason: str
    since: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The accepted causes by fingerprint."""

    causes: dict[str, KnownCause]

    def mark(self, causes: Iterable[Cause]) -> list[Cause]:
        """Return causes with the reason and the date of those that are known, which come last."""
        found = []
        for cause in causes:
            known = self.causes.get(cause.fingerprint)
            found.append(replace(cause, known=known.reason, since=known.since) if known is not None else cause)
        return sorted(found, key=lambda one: bool(one.known))

    def gone(self, causes: Sequence[Cause], apis: Iterable[str]) -> list[KnownCause]:
        """Return the accepted causes of some APIs that no longer show."""
        shown, verified = {cause.fingerprint for cause in causes}, set(apis)
        return [one for one in self.causes.values() if one.fingerprint not in shown and one.api in verified]


def read_baseline(file: Path) -> Baseline:
    """Read a baseline; a file that does not exist is an empty one. Raises BadDocument."""
    if not file.exists():
        return Baseline({})
    content = parse(str(file), read_bytes(str(file)))
    listed = content.get("causes") if isinstance(content, dict) else None
    if not isinstance(content, dict) or content.get("form") != _FORM or not isinstance(listed, list):
        raise BadDocument(f"{file}: this is no baseline. Write one with --update-baseline.")
    return Baseline({one.fingerprint: one for one in (_known(file, item) for item in listed)})


def _known(file: Path, item: Any) -> KnownCause:
    if not isinstance(item, dict) or not isinstance(item.get("fingerprint"), str):
        raise BadDocument(f"{file}: each of its causes needs a 'fingerprint'.")
    text = {name: str(item.get(name) or "") for name in ("code", "api", "summary", "reason", "since")}
    return KnownCause(fingerprint=item["fingerprint"], **{**text, "reason": text["reason"] or _NO_REASON})


def write_baseline(file: Path, causes: Iterable[Cause], former: Baseline, today: str) -> int:
    """Write the causes of a run as accepted, with the reasons and dates of those that were; return their number.

    Causes that no longer show are left out.
    """
    found = []
    for cause in sorted(causes, key=lambda one: (one.finding.api, one.code, one.fingerprint)):
        known = former.causes.get(cause.fingerprint)
        found.append({
            "fingerprint": cause.fingerprint,
            "code": cause.code,
            "api": cause.finding.api,
            "summary": cause.finding.message,
            "reason": known.reason if known is not None else _NO_REASON,
            "since": known.since if known is not None else today,
        })  # fmt: skip
    text = yaml.safe_dump({"form": _FORM, "causes": found}, sort_keys=False, allow_unicode=True, width=120)
    replace_file(file, "# Causes that locum verify accepts. Write the reason of each.\n" + text)
    return len(found)
