"""What was worked out of a document before, in the user's cache folder; only ever a saving of time.

An entry is data behind the digest of its name and of the data. One that was cut, changed or renamed, a link, and what
another user owns or may write is passed over and written anew. Entries are JSON: reading one runs nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from locum.files import is_private, private_folder, read_private, replace_file, user_folder

__all__ = ["default_cache", "recall", "remember"]

_SIZE = 32
_MOST_BYTES = 512 * 1024 * 1024
"""The largest entry: a document as JSON may be larger than its YAML."""


def default_cache() -> Path:
    """Return the user's cache folder for locum (XDG Base Directory Specification)."""
    return user_folder("XDG_CACHE_HOME", Path.home() / ".cache") / "locum"


def recall(cache: Path | None, name: str) -> bytes | None:
    """Return what is remembered under a name, or None."""
    if cache is None or not is_private(cache):
        return None
    try:
        entry = read_private(cache / name, _MOST_BYTES)
    except OSError:
        return None
    data = entry[_SIZE:]
    return data if entry[:_SIZE] == _digest(name, data) else None


def remember(cache: Path | None, name: str, data: bytes) -> None:
    """Remember something, whole or not at all: two processes may do so at once, and a disk be full."""
    if cache is None:
        return
    with contextlib.suppress(OSError):
        private_folder(cache)
        place = cache / name
        if place.is_symlink() or (place.exists() and not place.is_file()):
            place.unlink()
        replace_file(place, _digest(name, data) + data, private=True)


def _digest(name: str, data: bytes) -> bytes:
    digest = hashlib.sha256(name.encode() + b"\0")
    digest.update(data)
    return digest.digest()
