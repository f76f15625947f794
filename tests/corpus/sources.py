"""Where the documents are that are asked as wholes."""

from __future__ import annotations

import os
from pathlib import Path

from locum.openapi.load.documents import documents_in

__all__ = ["CORPUS", "DOCUMENTS"]

DOCUMENTS = documents_in(Path(__file__).parent / "documents")
"""Small ones of our own, each in another style."""

_FOLDER = os.environ.get("LOCUM_CORPUS")
CORPUS = documents_in(Path(_FOLDER)) if _FOLDER else []
"""Those of the folder that LOCUM_CORPUS names: none where it is not set."""
