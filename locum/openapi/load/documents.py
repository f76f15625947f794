"""Documents: finding and reading OpenAPI files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from locum.openapi.grammar import Node
from locum.openapi.load.bundles import Break, Bundle, Part, bundle, refers_out
from locum.openapi.load.files import BadDocument, is_url, place_of, read_bytes
from locum.openapi.load.folders import documents_in
from locum.openapi.load.overlays import Overlay, read_overlay
from locum.openapi.load.parsing import parse
from locum.openapi.load.places import places_of
from locum.openapi.load.swagger import convert
from locum.openapi.load.swagger_schemas import original_pointer
from locum.openapi.pointers import at
from locum.openapi.servers import base_path_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BadDocument", "Document", "documents_in", "read"]

_VERSIONS = ("3.0", "3.1", "3.2")


@dataclass(frozen=True, slots=True)
class Document:
    """An OpenAPI document as it was read. `name` is the file's name without its ending.

    `content` stands on its own: OpenAPI 3, all of whose references are pointers within it.
    """

    name: str
    path: Path
    source: bytes
    content: dict[str, Any]
    parts: tuple[Part, ...] = ()
    """The files that it refers to."""
    breaks: tuple[Break, ...] = ()
    """References that lead nowhere, where it was read leniently."""
    fragments: tuple[Node, ...] = ()
    """What its references lead to in other files."""
    overlays: tuple[Overlay, ...] = ()
    """What changed it."""
    swagger: dict[str, Any] | None = None
    """The Swagger 2.0 document that `content` was converted from."""
    notes: tuple[str, ...] = ()
    """What whoever serves it should know, in sentences."""

    @property
    def digest(self) -> str:
        """The SHA-256 of all that was read, in hexadecimal: of the source where it is alone."""
        digest = hashlib.sha256(self.source)
        for part in self.parts:
            digest.update(part.pointer.encode() + b"\0" + hashlib.sha256(part.source).digest())
        for overlay in self.overlays:
            digest.update(b"overlay\0" + hashlib.sha256(overlay.source).digest())
        return digest.hexdigest()

    @property
    def title(self) -> str:
        """The title that the document gives itself."""
        info = self.content.get("info")
        return str((info if isinstance(info, dict) else {}).get("title", self.name))

    @property
    def base_path(self) -> str:
        """The path of the first server, its variables filled in; empty for none."""
        return base_path_of(self.content.get("servers"))

    @property
    def place(self) -> str:
        """Where it was read from, as messages name it: a path, or an address."""
        return place_of(self.path)

    def places(self, pointers: Sequence[str]) -> dict[str, str]:
        """Say where pointers stand (`specs/pets.yaml:12:3: #/info`), with one look into each file."""
        found: dict[str, str] = {}
        for part in (*self.parts, Part(self.place, self.source)):
            own = [pointer for pointer in pointers if pointer not in found and _is_within(pointer, part.pointer)]
            if own:
                inner = {pointer: self._original(pointer).removeprefix(part.pointer) for pointer in own}
                places = places_of(part.place, part.source, inner.values())
                for pointer in own:
                    line, column = places[inner[pointer]]
                    found[pointer] = f"{part.place}:{line}:{column}: #{inner[pointer] or '/'}"
        return found

    def _original(self, pointer: str) -> str:
        return pointer if self.swagger is None else original_pointer(pointer)


def _is_within(pointer: str, whole: str) -> bool:
    return pointer == whole or pointer.startswith(whole + "/")


def read(
    path: Path | str,
    cache: Path | None = None,
    *,
    overlays: Sequence[Path | str] = (),
    allow_refs: bool = False,
    lenient: bool = False,
) -> Document:
    """Read one document and all that it refers to; `path` may be an address on this machine.

    YAML that was parsed before is found again in the cache. Overlays are applied in their order.
    With `allow_refs` references may leave the document's folder, though not the machine. A `lenient`
    reading keeps references that lead nowhere among the document's `breaks`. Swagger 2.0 is
    converted to OpenAPI 3.0.3.

    Raises BadDocument where it is not readable, not YAML or JSON, or not OpenAPI, where an overlay
    is none, and where a reference leads nowhere.
    """
    place = place_of(path)
    source = read_bytes(place)
    content = parse(place, source, cache)
    _check_version(place, source, content)
    changes = tuple(read_overlay(overlay, cache) for overlay in overlays)
    for change in changes:
        change.apply(content)
    notes = [note for change in changes for note in change.notes]
    found = Bundle()
    if any(refers_out(text) for text in (source, *(change.source for change in changes))):
        found = bundle(place, content, allow_refs=allow_refs, cache=cache)
    fragments = tuple(Node(pointer, kind, at(content, pointer)) for pointer, kind in found.fragments.items())
    swagger = content if "swagger" in content else None
    if swagger is not None:
        content, more = convert(swagger, fragments)
        notes += [f"{place}: {note}." for note in more]
        fragments = tuple(fragment for fragment in fragments if fragment.kind == "schema")
    stem = Path(urlsplit(place).path if is_url(place) else place).stem
    document = Document(
        stem,
        Path(path),
        source,
        content,
        parts=tuple(found.parts),
        breaks=tuple(found.breaks),
        fragments=fragments,
        overlays=changes,
        swagger=swagger,
        notes=tuple(notes),
    )
    if found.breaks and not lenient:
        places = document.places([broken.pointer for broken in found.breaks])
        raise BadDocument("\n".join(f"{places[each.pointer]}: {each.reason}" for each in found.breaks))
    return document


def _check_version(place: str, source: bytes, content: Any) -> None:
    if not isinstance(content, dict):
        raise BadDocument(f"{place}:1:1: this is no OpenAPI document, which is an object with the key `openapi`.")
    key = "swagger" if "swagger" in content else "openapi"
    version = content.get(key)
    if (key == "swagger" and version == "2.0") or (isinstance(version, str) and version.startswith(_VERSIONS)):
        return
    line, column = places_of(place, source, [f"/{key}"])[f"/{key}"]
    if key not in content:
        wrong = "this is no OpenAPI document, which has the key `openapi` at its top"
        if "overlay" in content:
            wrong = "this is an overlay; name the document, and this with --overlay"
    elif key == "swagger":
        wrong = f"#/swagger: must say '2.0' in quotes, not {version!r}"
    elif isinstance(version, float):
        wrong = f"#/openapi: a version is text: write '{version}.0' in quotes"
    else:
        wrong = f"#/openapi: must say 3.0, 3.1 or 3.2, not {version!r}"
    raise BadDocument(f"{place}:{line}:{column}: {wrong}.")
