"""A review: all changes between two sets of documents, and what they call for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from locum.openapi.compile.contracts import compile_contract
from locum.review.changes import Change, Level, Site, Witness
from locum.review.documents import compare_contracts
from locum.review.git import PREFIX, is_in_revision
from locum.review.sources import SourceReading, pair_documents, read_documents
from locum.review.versions import Bump, bump_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.load.documents import Document
    from locum.review.runs import RunOutcome

__all__ = ["Review", "Reviewed", "review", "review_since"]


@dataclass(slots=True)
class Reviewed:
    """Two versions of one document; one of them is missing if the document is new or gone."""

    title: str
    base: Contract | None
    head: Contract | None
    changes: list[Change]

    @property
    def bump(self) -> Bump:
        """The bump of the version that the changes call for."""
        base = self.base.document.version if self.base is not None else ""
        head = self.head.document.version if self.head is not None else ""
        return bump_of(self.changes, base, head)


@dataclass(slots=True)
class Review:
    """The changes between two sets of documents."""

    base: str
    head: str
    documents: list[Reviewed]
    notes: list[str] = field(default_factory=list)
    """Sentences about accepted changes that were not found, and the like."""
    outcome: RunOutcome | None = None
    """The results of a command that was run against both."""

    @property
    def changes(self) -> list[Change]:
        """All changes, the most severe first."""
        found = [change for one in self.documents for change in one.changes]
        return sorted(found, key=lambda change: (bool(change.accepted), -change.level))

    def at_least(self, level: Level) -> list[Change]:
        """Return the changes of a level or a higher one that were not accepted."""
        return [change for change in self.changes if change.level >= level and not change.accepted]

    @property
    def counts(self) -> dict[str, int]:
        """The number of changes that were not accepted, by level, the most severe first."""
        found = Counter(change.level for change in self.changes if not change.accepted)
        return {level.label: found[level] for level in sorted(Level, reverse=True)}

    @property
    def summary(self) -> str:
        """The counts in words."""
        counts = [f"{count} {word}" for word, count in self.counts.items() if count]
        accepted = sum(bool(change.accepted) for change in self.changes)
        counts += [f"{accepted} accepted"] if accepted else []
        return ", ".join(counts) or "no changes"


def review(base: str, head: str, reading: SourceReading, today: date) -> Review:
    """Compare the documents of two places. Raises BadDocument if one cannot be read."""
    before, after = read_documents(base, reading), read_documents(head, reading)
    documents = [_reviewed(one, other, reading, today) for one, other in pair_documents(before, after)]
    return Review(base, head, documents)


def review_since(revision: str, files: Sequence[str], reading: SourceReading, today: date) -> Review:
    """Compare files with what they were at a revision of git; a file that is new has no base. Raises BadDocument."""
    documents = []
    for file in files:
        after = read_documents(file, reading)
        before = read_documents(f"{PREFIX}{revision}:{file}", reading) if is_in_revision(revision, file) else []
        documents += [_reviewed(one, other, reading, today) for one, other in pair_documents(before, after)]
    return Review(f"{PREFIX}{revision}", ", ".join(files), documents)


def _reviewed(base: Document | None, head: Document | None, reading: SourceReading, today: date) -> Reviewed:
    contracts = [
        compile_contract(document, reading.cache) if document is not None else None for document in (base, head)
    ]
    mine, theirs = contracts
    title = (base or head or _NO_DOCUMENT).title
    if mine is not None and theirs is not None:
        return Reviewed(title, mine, theirs, compare_contracts(mine, theirs, today))
    return Reviewed(title, mine, theirs, [_whole(title, mine, theirs)])


class _NoDocument:
    title = ""


_NO_DOCUMENT = _NoDocument()


def _whole(title: str, base: Contract | None, head: Contract | None) -> Change:
    """Return the change of a document that is new or gone."""
    site = Site("", "document", title)
    if base is not None:
        witness = Witness("gone", f"All {len(base.operations)} operations of {title} are gone.")
        sentence = f"the document {title} was removed"
        found = Change("document-removed", Level.BREAKING, site, sentence, witness=witness, document=title)
        return found.located(base.document.places([""])[""], None)
    found = Change("document-added", Level.COMPATIBLE, site, f"the document {title} was added", document=title)
    assert head is not None  # noqa: S101 (for the type checker: one of both is there)
    return found.located(None, head.document.places([""])[""])
