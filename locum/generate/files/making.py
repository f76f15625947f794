"""Addresses of this server in generated values, which do not know under which host a client reaches it.

A value holds `http://locum.invalid` (RFC 2606 keeps `.invalid` free) in the place of scheme and host. The server puts
its own in when it writes a response (locum/server/origins.py), so the store is the same on every host and port.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module

__all__ = ["FILES", "ORIGIN", "address_of", "file_named", "file_of", "has_files_of", "media_type_of"]


ORIGIN = "http://locum.invalid"
"""Stands for scheme, host and port of this server, and for the world that a path names, until a response is written."""

FILES = "/__locum/files/"
"""Where the server has files of any name: `/__locum/files/price-list.pdf`."""


def address_of(name: str) -> str:
    """Return the address of a file: its ending says of which kind it is, the rest what it shows."""
    return f"{ORIGIN}{FILES}{name}"


_OFFICE = "application/vnd.openxmlformats-officedocument."
_KINDS = (
    # ending, media type, module and function; the first of a media type is the usual one
    ("png", "image/png", "pictures.png"),
    ("jpg", "image/jpeg", "pictures.jpeg"),
    ("jpeg", "image/jpeg", "pictures.jpeg"),
    ("jpg", "image/jpg", "pictures.jpeg"),
    ("gif", "image/gif", "pictures.gif"),
    ("webp", "image/webp", "pictures.webp"),
    ("svg", "image/svg+xml", "pictures.svg"),
    ("ico", "image/x-icon", "pictures.ico"),
    ("ico", "image/vnd.microsoft.icon", "pictures.ico"),
    ("pdf", "application/pdf", "documents.pdf"),
    ("zip", "application/zip", "documents.zipped"),
    ("zip", "application/x-zip-compressed", "documents.zipped"),
    ("gz", "application/gzip", "documents.gzip"),
    ("gz", "application/x-gzip", "documents.gzip"),
    ("docx", _OFFICE + "wordprocessingml.document", "documents.docx"),
    ("xlsx", _OFFICE + "spreadsheetml.sheet", "documents.xlsx"),
    ("csv", "text/csv", "documents.csv"),
    ("html", "text/html", "documents.html"),
    ("md", "text/markdown", "documents.markdown"),
    ("txt", "text/plain", "documents.plain_text"),
    ("ics", "text/calendar", "documents.calendar"),
    ("xml", "application/xml", "documents.xml"),
    ("wav", "audio/wav", "documents.wav"),
    ("wav", "audio/x-wav", "documents.wav"),
    ("wav", "audio/wave", "documents.wav"),
    ("mp3", "audio/mpeg", "documents.mp3"),
    ("mp3", "audio/mp3", "documents.mp3"),
    ("mp4", "video/mp4", "documents.mp4"),
    ("bin", "application/octet-stream", "documents.plain_text"),
)
_BY_ENDING = {ending: (media_type, make) for ending, media_type, make in reversed(_KINDS)}
_BY_MEDIA_TYPE = {media_type: make for _, media_type, make in _KINDS}
_TEXTS = frozenset({"text/plain", "application/xml", "text/markdown"})
"""Media types whose generated text does as well."""

_LONGEST = 120


def has_files_of(media_type: str) -> bool:
    """Whether bodies of a media type are files: pictures, documents, sounds."""
    return media_type in _BY_MEDIA_TYPE and media_type not in _TEXTS


def file_of(media_type: str, text: str) -> bytes:
    """Return the bytes of a file of a media type that shows a text; of an unknown type the text itself."""
    return _made(_BY_MEDIA_TYPE.get(media_type, "documents.plain_text"), text[:_LONGEST])


def media_type_of(name: str) -> str:
    """Return the media type that the ending of a file's name stands for."""
    known = _BY_ENDING.get(name.rpartition(".")[2].lower())
    return known[0] if known is not None else "application/octet-stream"


def file_named(name: str) -> tuple[str, bytes]:
    """Return the media type and the bytes of the file of a name, which it shows: `price-list.pdf`."""
    stem, _, ending = name[:_LONGEST].rpartition(".")
    media_type, make = _BY_ENDING.get(ending.lower(), ("application/octet-stream", "documents.plain_text"))
    text = (stem or ending).replace("-", " ").replace("_", " ").strip()
    return media_type, _made(make, text[:1].upper() + text[1:])


@lru_cache(maxsize=256)
def _made(make: str, text: str) -> bytes:
    """Make a file by the function of a module beside this one, which is imported when the first is made."""
    module, _, function = make.partition(".")
    data: bytes = getattr(import_module(f"locum.generate.files.{module}"), function)(text)
    return data
