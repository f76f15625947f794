"""Sources: read the documents before and after a change, and pair those that belong together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from locum.openapi.load.documents import BadDocument, Document, documents_in, read
from locum.openapi.load.files import is_url
from locum.openapi.load.overlays import concerns, read_overlay
from locum.review.git import PREFIX, checked_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.review.git import Checkout

__all__ = ["SourceReading", "pair_documents", "read_documents"]


@dataclass(frozen=True, slots=True)
class SourceReading:
    """How documents are read."""

    cache: Path | None = None
    overlays: tuple[Path, ...] = ()
    allow_refs: bool = False


def read_documents(text: str, reading: SourceReading) -> list[Document]:
    """Read the documents of a file, a folder, `git:REV:PATH`, or an address on this machine. Raises BadDocument."""
    if not text.startswith(PREFIX):
        return _read(text if is_url(text) else Path(text), reading)
    with checked_out(text) as checkout:
        try:
            return [_renamed(document, checkout, text) for document in _read(checkout.place, reading)]
        except BadDocument as problem:
            raise BadDocument(checkout.named(str(problem))) from None


def _read(place: Path | str, reading: SourceReading) -> list[Document]:
    overlays = [(path, read_overlay(path, reading.cache)) for path in reading.overlays]
    found = []
    for path in documents_in(place) if isinstance(place, Path) else [place]:
        changes = [overlay for overlay, content in overlays if concerns(content, path)]
        found.append(read(path, reading.cache, overlays=changes, allow_refs=reading.allow_refs))
    return found


def _renamed(document: Document, checkout: Checkout, text: str) -> Document:
    """Return a document whose places are those of the revision, not of the temporary folder."""
    own = text if checkout.place != checkout.root else checkout.named(str(document.path))
    return replace(
        document,
        path=Path(own),
        parts=tuple(replace(part, place=checkout.named(part.place)) for part in document.parts),
        problems=tuple(one._replace(message=checkout.named(one.message)) for one in document.problems),
        lost={reference: checkout.named(reason) for reference, reason in document.lost.items()},
        notes=tuple(map(checkout.named, document.notes)),
    )


def pair_documents(base: Sequence[Document], head: Sequence[Document]) -> list[tuple[Document | None, Document | None]]:
    """Pair documents: one with one, else those of the same title, else those of the same name."""
    if len(base) == len(head) == 1:
        return [(base[0], head[0])]
    rest = list(head)
    pairs: list[tuple[Document | None, Document | None]] = []
    matches: dict[int, Document] = {}
    for is_same in (_are_alike, _have_one_title, _have_one_name):
        for index, one in enumerate(base):
            if index not in matches:
                match = next((other for other in rest if is_same(one, other)), None)
                if match is not None:
                    matches[index] = match
                    rest.remove(match)
    for index, one in enumerate(base):
        pairs.append((one, matches.get(index)))
    return [*pairs, *((None, other) for other in rest)]


def _have_one_title(one: Document, other: Document) -> bool:
    return one.title == other.title


def _have_one_name(one: Document, other: Document) -> bool:
    return one.name == other.name


def _are_alike(one: Document, other: Document) -> bool:
    return _have_one_title(one, other) and _have_one_name(one, other)
