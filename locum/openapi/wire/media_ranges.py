"""Media types by name: their parameters, ranges and structured suffixes (RFC 9110, section 8.3.1; RFC 6838, 4.2.8)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MediaName", "are_compatible", "concrete_of", "find_media_type", "is_json", "key_of", "media_name"]

Found = TypeVar("Found")

_PARAMETER = re.compile(r';\s*([^\s;="]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
_OF_NO_CONSEQUENCE = frozenset({"charset", "boundary"})
"""Parameters that say how the bytes are written, not what they are."""
_STRUCTURES = {
    "application/json": "json",
    "text/json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/yaml": "yaml",
    "application/x-yaml": "yaml",
    "text/yaml": "yaml",
    "application/cbor": "cbor",
}
_CONCRETE = {
    "*": "application/json",
    "application": "application/json",
    "text": "text/plain",
    "image": "image/png",
    "audio": "audio/mpeg",
    "video": "video/mp4",
    "font": "font/woff2",
    "multipart": "multipart/mixed",
    "message": "message/rfc822",
    "model": "model/stl",
}


class MediaName(NamedTuple):
    """A media type or a range of them, in lower case; `parameters` are those that distinguish it."""

    main: str
    sub: str
    parameters: frozenset[tuple[str, str]] = frozenset()

    @property
    def essence(self) -> str:
        """The media type without its parameters."""
        return f"{self.main}/{self.sub}"

    @property
    def is_range(self) -> bool:
        """Whether it stands for several media types: `*/*`, `image/*`, `application/*+json`."""
        return "*" in self.sub or self.main == "*"

    def admits(self, essence: str) -> bool:
        """Whether a range, or a media type, takes a media type."""
        if self.main == "*":
            return True
        main, _, sub = essence.partition("/")
        if main != self.main:
            return False
        head, star, tail = self.sub.partition("*")
        return sub == self.sub if not star else sub.startswith(head) and sub.endswith(tail)

    def conflicts(self, other: MediaName) -> bool:
        """Whether a parameter of both has two values."""
        values = dict(self.parameters)
        return any(values.get(name, value) != value for name, value in other.parameters)


@lru_cache(maxsize=1024)
def media_name(text: str) -> MediaName:
    """Parse a media type as a document or a header has it; what is none has an empty subtype."""
    essence, _, _ = text.partition(";")
    main, _, sub = essence.strip().lower().partition("/")
    found = {name.lower(): _unquoted(value.strip()) for name, value in _PARAMETER.findall(text[len(essence) :])}
    return MediaName(
        main, sub, frozenset((name, value) for name, value in found.items() if name not in _OF_NO_CONSEQUENCE)
    )


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value[:1] == value[-1:] == '"' and len(value) > 1 else value


def key_of(text: str) -> str:
    """Return how a declared media type is known: its essence and the parameters that distinguish it, sorted."""
    name = media_name(text)
    essence = text.partition(";")[0].strip().lower()
    return essence + "".join(f"; {parameter}={value}" for parameter, value in sorted(name.parameters))


def is_json(essence: str) -> bool:
    """Whether a media type is JSON (RFC 6838, section 4.2.8 for the suffix)."""
    return essence in {"application/json", "text/json"} or essence.endswith("+json")


def are_compatible(one: str, other: str) -> bool:
    """Whether one of two media types is a structure and the other is written in it.

    They are `application/json` and `application/vnd.shop.v2+json`; two that have only the suffix in common
    are not.
    """
    first, second = _structure(one), _structure(other)
    return bool(first) and first == second and (one in _STRUCTURES or other in _STRUCTURES)


def _structure(essence: str) -> str:
    main, _, suffix = essence.rpartition("+")
    if main.startswith(("application/", "text/")):
        return suffix
    return _STRUCTURES.get(essence, "")


def concrete_of(text: str, *, binary: bool = False) -> str:
    """Return the media type that is sent where a document has a range: no Content-Type may be one.

    `binary` is whether the value is bytes.
    """
    name = media_name(text)
    if not name.is_range:
        return text
    _, plus, suffix = name.sub.rpartition("+")
    if plus:
        return next(
            (one for one, structure in _STRUCTURES.items() if structure == suffix), name.essence.replace("*", "x")
        )
    if binary and name.main in {"*", "application"}:
        return "application/octet-stream"
    return _CONCRETE.get(name.main, name.essence.replace("*", "x"))


def find_media_type(declared: Mapping[str, Found], content_type: str, *, compatible: bool = True) -> Found | None:
    """Find what is declared for a Content-Type: the nearest name, and of one name the one that shares its parameters.

    Without several of one name the parameters do not matter. `compatible` is whether JSON that a vendor has
    named stands for JSON, and the reverse.
    """
    sent = media_name(content_type)
    if not sent.sub:
        return None
    best: tuple[Any, ...] | None = None
    found = None
    for key, media in declared.items():
        name = media_name(key)
        level = _nearness(name, sent.essence)
        if not level or (level == _COMPATIBLE and not compatible):
            continue
        if name.conflicts(sent):
            if sum(media_name(other)[:2] == name[:2] for other in declared) > 1:
                continue
            rank = (level, False, 0)
        else:
            rank = (level, name.parameters <= sent.parameters, len(name.parameters & sent.parameters))
        if best is None or rank > best:
            best, found = rank, media
    return found


_SAME, _COMPATIBLE = 5, 4


def _nearness(declared: MediaName, essence: str) -> int:
    if not declared.is_range:
        return _SAME if declared.essence == essence else _COMPATIBLE if are_compatible(declared.essence, essence) else 0
    return 0 if not declared.admits(essence) else 1 if declared.main == "*" else 2 if declared.sub == "*" else 3
