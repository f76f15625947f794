"""Folders: which of their files are documents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from locum.openapi.load.files import BadDocument, is_url, place_of, read_bytes
from locum.openapi.load.parsing import parse

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["documents_in"]

_SUFFIXES = (".yaml", ".yml", ".json")
_PLAINLY_DOCUMENT = re.compile(
    rb"""\A(?:\xef\xbb\xbf)?\s*\{\s*"(?:openapi|swagger)"\s*:|^(?:openapi|swagger|"openapi"|"swagger")\s*:""",
    re.MULTILINE,
)
_PERHAPS_DOCUMENT = re.compile(rb"""\b(?:openapi|swagger)["']?\s*:""")


def documents_in(folder: Path) -> list[Path]:
    """List the documents of a folder (or the one file or address given), by name.

    The folder's other files, such as overlays and those that its documents refer to, are passed over.

    Raises BadDocument where there is none.
    """
    if folder.is_file() or is_url(place_of(folder)):
        return [folder]
    if not folder.is_dir():
        raise BadDocument(f"{folder}: there is no such file or folder. Name one with --specs.")
    files = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES and path.is_file())
    if not files:
        raise BadDocument(f"{folder}: no OpenAPI document (.yaml, .yml or .json) is in this folder.")
    documents = [path for path in files if _is_document(path)]
    if not documents:
        raise BadDocument(
            f"{folder}: none of its files is an OpenAPI document, which has the key `openapi` at its top."
        )
    return documents


def _is_document(path: Path) -> bool:
    """Say whether the key `openapi` or `swagger` is at a file's top; it is parsed only where its bytes leave doubt."""
    try:
        source = read_bytes(str(path))
        if _PLAINLY_DOCUMENT.search(source):
            return True
        if not _PERHAPS_DOCUMENT.search(source):
            return False
        content = parse(str(path), source)
    except BadDocument:
        return True  # whoever reads it says what is wrong
    return isinstance(content, dict) and not content.keys().isdisjoint(("openapi", "swagger"))
