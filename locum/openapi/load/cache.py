"""What was worked out of a document before, in the user's cache folder; only ever a saving of time."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

__all__ = ["default_cache", "recall", "remember"]


def default_cache() -> Path:
    """Return the user's cache folder for locum (XDG Base Directory Specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "locum"


def recall(cache: Path | None, name: str) -> bytes | None:
    """Return what is remembered under a name, or None."""
    if cache is None:
        return None
    try:
        return (cache / name).read_bytes()
    except OSError:
        return None


def remember(cache: Path | None, name: str, data: bytes) -> None:
    """Remember something, whole or not at all: two processes may do so at once, and a disk be full."""
    if cache is None:
        return
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=cache, delete=False) as half:
            place = Path(half.name)
            try:
                half.write(data)
                half.close()
                place.replace(cache / name)
            finally:
                place.unlink(missing_ok=True)
