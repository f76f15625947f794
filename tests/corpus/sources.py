"""The documents of the corpus tests."""

from __future__ import annotations

import os
from pathlib import Path

from locum.openapi.load.documents import documents_in

__all__ = ["CORPUS", "DOCUMENTS", "MISSING", "corpus_file", "corpus_folder"]

_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "corpus"
"""A folder beside the checkout."""


def corpus_folder() -> Path | None:
    """Return the folder of large, real documents: the one that LOCUM_CORPUS names, else ../shared/corpus, else None."""
    named = os.environ.get("LOCUM_CORPUS")
    if named:
        return Path(named)
    return _BESIDE if _BESIDE.is_dir() else None


MISSING = (
    "there is no folder of documents: LOCUM_CORPUS is not set, and beside the checkout there is no ../shared/corpus"
)
"""Why a test that requires the folder is skipped."""


def corpus_file(name: str) -> Path | None:
    """Return a file or folder of the corpus; None if there is no corpus or no such file."""
    folder = corpus_folder()
    return folder / name if folder is not None and (folder / name).exists() else None


DOCUMENTS = documents_in(Path(__file__).parent / "documents")
"""Small documents of our own, each in another style."""

CORPUS = documents_in(folder) if (folder := corpus_folder()) is not None else []
"""The documents of the folder; empty without one."""
