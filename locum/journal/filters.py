"""Filter the entries of a journal."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum.world.journal import Entry, Journal

__all__ = ["Filter", "has_status", "selected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Conditions that an entry must meet. Unset ones match every entry.

    In `operation` and `path`, `*` matches any characters; `path` is compared without the query. `status` is a status
    (`404`), a class (`4XX`) or a range (`400-409`). `text` is searched in the whole entry, case-insensitively. An
    `undeclared` entry matched no operation.
    """

    operation: str | None = None
    api: str | None = None
    method: str | None = None
    path: str | None = None
    status: str | None = None
    verdict: str | None = None
    text: str | None = None
    undeclared: bool | None = None

    def fits(self, entry: Entry) -> bool:
        """Whether an entry matches."""
        return (
            (self.operation is None or fnmatchcase(entry.operation, self.operation))
            and self.api in {None, entry.api}
            and (self.method is None or self.method.upper() == entry.method)
            and (self.path is None or fnmatchcase(entry.path.partition("?")[0], self.path))
            and (self.status is None or has_status(entry.status, self.status))
            and self.verdict in {None, entry.verdict}
            and self.undeclared in {None, not entry.operation}
            and (self.text is None or self.text.lower() in _whole(entry))
        )


def has_status(status: int, wanted: str) -> bool:
    """Whether a status equals the wanted one, or is in the wanted class (4XX) or range (400-409)."""
    first, dash, last = wanted.partition("-")
    if dash:
        return int(first) <= status <= int(last)
    return wanted.upper() in {str(status), f"{status // 100}XX"}


def selected(journal: Journal, wanted: Filter, after: int | None, most: int) -> list[Entry]:
    """Return the matching entries, oldest first: those after a number, else the newest."""
    if after is not None:
        return list(islice(filter(wanted.fits, journal.after(after)), most))
    return _newest(journal, wanted, most)


def _newest(journal: Journal, wanted: Filter, most: int) -> list[Entry]:
    found: list[Entry] = []
    for entry in _backwards(journal):
        if len(found) >= most:
            break
        if wanted.fits(entry):
            found.append(entry)
    return found[::-1]


def _backwards(journal: Journal) -> Iterable[Entry]:
    number = journal.last
    while (entry := journal.entry(number)) is not None:
        yield entry
        number -= 1


def _whole(entry: Entry) -> str:
    return json.dumps(entry.plain(), ensure_ascii=False).lower()
