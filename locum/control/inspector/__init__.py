"""The inspector: a page at /__locum/ that shows a running mock, and the files of the page."""

from __future__ import annotations

from pathlib import Path

from locum.page_policy import page_policy

__all__ = ["SAFE", "inspector_file"]

_HOME = Path(__file__).parent
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
_FILES = {file.name: file for file in _HOME.iterdir() if file.suffix in _TYPES}

SAFE = {
    "cache-control": "no-cache",
    **page_policy(
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        alone=True,
    ),
}
"""Headers of the page: it loads its own files only."""


def inspector_file(name: str) -> tuple[str, bytes] | None:
    """Return the media type and bytes of a file of the inspector, or None. The empty name is the page itself."""
    file = _FILES.get(name or "index.html")
    return None if file is None else (_TYPES[file.suffix], file.read_bytes())
