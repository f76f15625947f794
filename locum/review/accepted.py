"""Accepted findings: the file of those that are known, with a reason and perhaps a date until which it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locum.files import replace_file
from locum.openapi.load.files import BadDocument, read_bytes
from locum.openapi.load.parsing import parse
from locum.openapi.load.writing import as_yaml
from locum.review.promises import date_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

__all__ = ["FILE", "Accepted", "AcceptedEntry", "read_accepted"]

FILE = Path(".locum-accept.yaml")
"""The usual file, in the current folder."""

_HEADER = """\
# Accepted findings of locum check, diff and verify. An entry needs `tool`, `fingerprint` and `reason`.
# `since` is the date on which it was accepted, `until` the one from which it no longer holds; `what` is for readers.
"""
_TOOLS = ("check", "diff", "verify")
_MEMBERS = ("tool", "api", "fingerprint", "what", "reason", "since", "until")


@dataclass(slots=True)
class AcceptedEntry:
    """An accepted finding."""

    tool: str
    fingerprint: str
    reason: str
    api: str = ""
    """The API that it concerns; empty if the fingerprint alone tells."""
    what: str = ""
    since: str = ""
    until: str = ""
    is_used: bool = field(default=False, init=False)

    @property
    def key(self) -> tuple[str, str, str]:
        """What it accepts."""
        return self.tool, self.api, self.fingerprint

    def as_yaml(self) -> dict[str, str]:
        """Return the entry as it is written."""
        return {name: getattr(self, name) for name in _MEMBERS if getattr(self, name)}


@dataclass(slots=True)
class Accepted:
    """The accepted findings of a file."""

    place: Path
    today: date
    entries: list[AcceptedEntry] = field(default_factory=list)

    def entry_for(self, tool: str, fingerprint: str, api: str = "") -> AcceptedEntry | None:
        """Return the entry that accepts a finding; None if it is not accepted, or not any more."""
        for entry in self.entries:
            if entry.tool == tool and entry.fingerprint == fingerprint and entry.api in {"", api}:
                entry.is_used = True
                if not self._is_over(entry):
                    return entry
        return None

    def notes(self, tool: str, apis: Collection[str] = ()) -> list[str]:
        """Return a sentence for each entry of a tool that no finding used, or whose date has passed.

        Entries of an API are left out unless it is one of `apis`.
        """
        found = []
        for entry in self.entries:
            if entry.tool != tool or (entry.api and entry.api not in apis):
                continue
            what = f"{entry.fingerprint} ({entry.what})" if entry.what else entry.fingerprint
            if not entry.is_used:
                found.append(f"{self.place}: {what} is accepted, but was not found. Remove the entry.")
            elif self._is_over(entry):
                found.append(f"{self.place}: {what} was accepted until {entry.until}, which has passed.")
        return found

    def _is_over(self, entry: AcceptedEntry) -> bool:
        until = date_of(entry.until) if entry.until else None
        return until is not None and self.today >= until

    def add(self, entries: Iterable[AcceptedEntry]) -> int:
        """Accept findings from today on, unless they are accepted; return how many are new."""
        known = {entry.key for entry in self.entries if not self._is_over(entry)}
        new = {entry.key: entry for entry in entries if entry.key not in known}
        self.entries = [entry for entry in self.entries if entry.key not in new]
        for entry in new.values():
            entry.since, entry.is_used = self.today.isoformat(), True
            self.entries.append(entry)
        return len(new)

    def drop_unused(self, tool: str, apis: Collection[str] = ()) -> int:
        """Remove the entries of a tool that no finding used, of an API only if it is one of `apis`; return how many."""
        kept = [
            entry
            for entry in self.entries
            if entry.is_used or entry.tool != tool or (entry.api and entry.api not in apis)
        ]
        count = len(self.entries) - len(kept)
        self.entries = kept
        return count

    def write(self) -> None:
        """Write the file. Raises OSError."""
        listed = {"accept": [entry.as_yaml() for entry in self.entries]}
        text = as_yaml(listed)
        replace_file(self.place, _HEADER + text)


def read_accepted(place: Path, today: date, *, required: bool = False) -> Accepted:
    """Read a file of accepted findings; without one, nothing is accepted. Raises BadDocument."""
    if not place.is_file() and not required:
        return Accepted(place, today)
    content = parse(str(place), read_bytes(str(place)))
    listed = content.get("accept") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise BadDocument(f"{place}:1:1: must be an object with a list `accept`.")
    return Accepted(place, today, [_entry(place, index, value) for index, value in enumerate(listed)])


def _entry(place: Path, index: int, value: Any) -> AcceptedEntry:
    where = f"{place}: accept[{index}]"
    if not isinstance(value, dict):
        raise BadDocument(f"{where}: must be an object with {', '.join(_MEMBERS)}.")
    unknown = [name for name in value if name not in _MEMBERS]
    if unknown:
        raise BadDocument(f"{where}: unknown member {unknown[0]!r}. Valid members: {', '.join(_MEMBERS)}.")
    for name in ("tool", "fingerprint", "reason"):
        if not isinstance(value.get(name), str) or not value[name].strip():
            raise BadDocument(f"{where}: {name!r} is missing. An accepted finding needs a {name}, as text.")
    if value["tool"] not in _TOOLS:
        raise BadDocument(f"{where}: {value['tool']!r} is not one of {', '.join(_TOOLS)}.")
    until = value.get("until", "")
    if until and date_of(until) is None:
        raise BadDocument(f"{where}: 'until' must be a date such as 2027-01-31, not {until!r}.")
    return AcceptedEntry(**{name: str(member) for name, member in value.items()})
