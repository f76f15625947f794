"""Documents: read an OpenAPI document with its overlays and all files that it refers to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from locum.openapi.grammar import GrammarNode, version_of
from locum.openapi.load.files import BadDocument, is_url, place_of, read_bytes
from locum.openapi.load.overlays import Overlay, read_overlay
from locum.openapi.load.parsing import documents_in, parse
from locum.openapi.load.places import places_of
from locum.openapi.load.references import (
    Bundle,
    DocumentPart,
    ReferenceProblem,
    bundle,
    names_examples,
    read_external_examples,
    refers_out,
)
from locum.openapi.load.swagger import convert, original_pointer, original_text
from locum.openapi.pointers import at
from locum.openapi.repair.repairs import shortly
from locum.openapi.servers import base_path_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.openapi.load.parsing import Repeated

__all__ = ["BadDocument", "Document", "Location", "ReferenceProblem", "documents_in", "read"]

_VERSIONS = ("3.0", "3.1", "3.2")


class Location(NamedTuple):
    """A place in a file: line and column (both from 1), and the pointer in that file."""

    file: str
    line: int
    column: int
    pointer: str


@dataclass(frozen=True, slots=True)
class Document:
    """An OpenAPI document. `name` is the file's name without its suffix.

    `content` is self-contained: OpenAPI 3, in which all references are pointers within it.
    """

    name: str
    path: Path
    source: bytes
    content: dict[str, Any]
    parts: tuple[DocumentPart, ...] = ()
    """The files that it refers to."""
    lost: Mapping[str, str] = field(default_factory=dict)
    """References that must not be read or have no target in another file, with the reason."""
    repeated: tuple[Repeated, ...] = ()
    """The duplicate keys in the document's own file, as far as its parser reports them."""
    problems: tuple[ReferenceProblem, ...] = ()
    """The problems found while reading."""
    fragments: tuple[GrammarNode, ...] = ()
    """The targets of its references in other files."""
    overlays: tuple[Overlay, ...] = ()
    """The overlays that were applied."""
    swagger: dict[str, Any] | None = None
    """The Swagger 2.0 document that `content` was converted from."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """The pointers of converted pieces in the Swagger document, by their new pointers."""
    notes: tuple[str, ...] = ()
    """Notes for the user, in sentences."""

    @property
    def digest(self) -> str:
        """The SHA-256 of all sources, in hexadecimal; for a single file, that of the file."""
        digest = hashlib.sha256(self.source)
        for part in self.parts:
            digest.update(part.pointer.encode() + b"\0" + hashlib.sha256(part.source).digest())
        for overlay in self.overlays:
            digest.update(b"overlay\0" + hashlib.sha256(overlay.source).digest())
        return digest.hexdigest()

    @property
    def title(self) -> str:
        """The title in the document, else its name."""
        info = self.content.get("info")
        return str((info if isinstance(info, dict) else {}).get("title", self.name))

    @property
    def version(self) -> str:
        """The version in the document; empty without one."""
        info = self.content.get("info")
        return str(info.get("version", "")) if isinstance(info, dict) else ""

    @property
    def base_path(self) -> str:
        """The path of the first server with its variables replaced; empty without a server."""
        return base_path_of(self.content.get("servers"))

    @property
    def place(self) -> str:
        """The path or address that it was read from, for messages."""
        return place_of(self.path)

    def places(self, pointers: Sequence[str]) -> dict[str, Location]:
        """Return the locations of pointers; each file is scanned once."""
        found: dict[str, Location] = {}
        for part in (*self.parts, DocumentPart(self.place, self.source)):
            own = [pointer for pointer in pointers if pointer not in found and _is_within(pointer, part.pointer)]
            if own:
                inner = {pointer: self.original(pointer).removeprefix(part.pointer) for pointer in own}
                places = places_of(part.place, part.source, inner.values())
                for pointer in own:
                    line, column = places[inner[pointer]]
                    found[pointer] = Location(part.place, line, column, inner[pointer])
        return found

    def original(self, pointer: str) -> str:
        """Return the pointer in the Swagger 2.0 document from which the piece at a pointer was converted."""
        return pointer if self.swagger is None else original_pointer(pointer, self.origins)

    def original_text(self, text: str) -> str:
        """Return a text with the pointers in it replaced by those of the document before its conversion."""
        return text if self.swagger is None else original_text(text)


def _is_within(pointer: str, whole: str) -> bool:
    return pointer == whole or pointer.startswith(whole + "/")


def read(
    path: Path | str,
    cache: Path | None = None,
    *,
    overlays: Sequence[Path | str] = (),
    allow_refs: bool = False,
) -> Document:
    """Read a document and all files that it refers to; `path` may be an address on this machine.

    Parsed YAML is cached. Overlays are applied in order. With `allow_refs` references may leave the document's
    folder, but not the machine. Swagger 2.0 is converted to OpenAPI 3.0.3.

    Raises BadDocument if it cannot be read, is not YAML or JSON, or is not OpenAPI, and for an invalid overlay.
    """
    place = place_of(path)
    source = read_bytes(place)
    repeated: list[Repeated] = []
    content = parse(place, source, cache, repeated)
    problems = _check_version(place, source, content)
    changes = tuple(read_overlay(overlay, cache) for overlay in overlays)
    for change in changes:
        change.apply(content)
    notes = [note for change in changes for note in change.notes]
    found = Bundle()
    if any(refers_out(text) for text in (source, *(change.source for change in changes))):
        found = bundle(place, content, allow_refs=allow_refs, cache=cache)
    fragments = tuple(GrammarNode(pointer, kind, at(content, pointer)) for pointer, kind in found.fragments.items())
    problems += [
        ReferenceProblem(pointer, "misplaced-reference", reason, "The document's own is used.")
        for pointer, reason in found.misplaced.items()
    ]
    sources = [source, *(part.source for part in found.parts), *(change.source for change in changes)]
    if any(map(names_examples, sources)):
        problems += read_external_examples(place, content, found.parts, fragments, allow_refs=allow_refs)
    swagger = content if "swagger" in content else None
    origins: Mapping[str, str] = {}
    if swagger is not None:
        content, origins, more = convert(swagger, fragments)
        notes += [f"{place}: {note}." for note in more]
        fragments = tuple(fragment for fragment in fragments if fragment.kind == "schema")
    stem = Path(urlsplit(place).path if is_url(place) else place).stem
    return Document(
        stem,
        Path(path),
        source,
        content,
        parts=tuple(found.parts),
        lost=found.lost,
        repeated=tuple(repeated),
        problems=tuple(problems),
        fragments=fragments,
        overlays=changes,
        swagger=swagger,
        origins=origins,
        notes=tuple(notes),
    )


def _check_version(place: str, source: bytes, content: Any) -> list[ReferenceProblem]:
    """Check the version of a document. Raises BadDocument if it is not an OpenAPI document."""
    if not isinstance(content, dict):
        raise BadDocument(f"{place}:1:1: this is not an OpenAPI document, which is an object with the key `openapi`.")
    key = "swagger" if "swagger" in content else "openapi"
    if key not in content:
        wrong = "this is not an OpenAPI document, which has the key `openapi` at its top"
        if "overlay" in content:
            wrong = "this is an overlay; name the document, and this with --overlay"
        raise BadDocument(f"{place}:1:1: {wrong}.")
    version = content[key]
    if key == "swagger":
        if version == "2.0":
            return []
        if version not in (2, "2"):
            line, column = places_of(place, source, ["/swagger"])["/swagger"]
            raise BadDocument(f"{place}:{line}:{column}: #/swagger: must be '2.0' in quotes, not {shortly(version)}.")
        return [
            ReferenceProblem(
                "/swagger", "version", f"must be '2.0' in quotes, not {shortly(version)}.", "It is read as 2.0."
            )
        ]
    if isinstance(version, str) and version.startswith(_VERSIONS):
        return []
    read_as = version_of(content)
    wrong = f"must be 3.0, 3.1 or 3.2, not {shortly(version)}."
    if isinstance(version, float):
        wrong = f"a version is text: write '{version}.0' in quotes."
    return [ReferenceProblem("/openapi", "version", wrong, f"It is read as {read_as}.")]
