"""Media types: their names, and which declared one a name matches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from locum.memo import memoized

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "FORM",
    "MULTIPART",
    "MediaName",
    "are_compatible",
    "charset_of",
    "concrete_of",
    "essence_of",
    "find_media_type",
    "is_json",
    "is_text",
    "is_xml",
    "key_of",
    "kind_of",
    "media_name",
]

Found = TypeVar("Found")

_PARAMETER = re.compile(r';\s*([^\s;="]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
_IGNORED_PARAMETERS = frozenset({"charset", "boundary"})
"""Parameters that concern the encoding of the bytes; they do not distinguish media types."""
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
    """A media type or range, in lower case; `parameters` are those that distinguish it."""

    main: str
    sub: str
    parameters: frozenset[tuple[str, str]] = frozenset()

    @property
    def essence(self) -> str:
        """The media type without its parameters."""
        return f"{self.main}/{self.sub}"

    @property
    def is_range(self) -> bool:
        """Whether it matches several media types: `*/*`, `image/*`, `application/*+json`."""
        return "*" in self.sub or self.main == "*"

    def admits(self, essence: str) -> bool:
        """Whether this range or media type matches a media type."""
        if self.main == "*":
            return True
        main, _, sub = essence.partition("/")
        if main != self.main:
            return False
        head, star, tail = self.sub.partition("*")
        return sub == self.sub if not star else sub.startswith(head) and sub.endswith(tail)

    def conflicts(self, other: MediaName) -> bool:
        """Whether a parameter that both have differs."""
        values = dict(self.parameters)
        return any(values.get(name, value) != value for name, value in other.parameters)


@memoized(1024)
def media_name(text: str) -> MediaName:
    """Parse a media type from a document or a header; an invalid one has an empty subtype."""
    essence, _, _ = text.partition(";")
    main, _, sub = essence.strip().lower().partition("/")
    found = {name.lower(): _unquoted(value.strip()) for name, value in _PARAMETER.findall(text[len(essence) :])}
    return MediaName(
        main, sub, frozenset((name, value) for name, value in found.items() if name not in _IGNORED_PARAMETERS)
    )


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value[:1] == value[-1:] == '"' and len(value) > 1 else value


def key_of(text: str) -> str:
    """Return the key of a declared media type: its essence and the parameters that distinguish it, sorted."""
    name = media_name(text)
    essence = text.partition(";")[0].strip().lower()
    return essence + "".join(f"; {parameter}={value}" for parameter, value in sorted(name.parameters))


def is_json(essence: str) -> bool:
    """Whether a media type is JSON (RFC 6838, section 4.2.8 for the suffix)."""
    return essence in {"application/json", "text/json"} or essence.endswith("+json")


def are_compatible(one: str, other: str) -> bool:
    """Whether one of two media types is a general format and the other is based on it.

    `application/json` and `application/vnd.shop.v2+json` are compatible; two that share only a suffix are not.
    """
    first, second = _structure(one), _structure(other)
    return bool(first) and first == second and (one in _STRUCTURES or other in _STRUCTURES)


def _structure(essence: str) -> str:
    main, _, suffix = essence.rpartition("+")
    if main.startswith(("application/", "text/")):
        return suffix
    return _STRUCTURES.get(essence, "")


def concrete_of(text: str, *, binary: bool = False) -> str:
    """Return the media type to send for a declared range, since a Content-Type must not be a range.

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
    """Find the declared media type for a Content-Type: the most specific match, then the one that shares parameters.

    Parameters must match only if several declared media types differ by nothing else. `compatible` allows a vendor's
    JSON (`+json`) for JSON, and the reverse.
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


_CHARSET = re.compile(rb';\s*charset\s*=\s*"?([^";\s]+)', re.IGNORECASE)
_CHARSETS = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1"})
"""The supported character encodings; the XML parser supports the same."""
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


def essence_of(content_type: str) -> str:
    """Return a media type without its parameters, in lower case (RFC 9110, section 8.3.1)."""
    return content_type.partition(";")[0].strip().lower()


def charset_of(content_type: bytes) -> str | None:
    """Return the charset of a Content-Type, if it is supported.

    It overrides the declaration of an XML document (RFC 7303, section 3).
    """
    found = _CHARSET.search(content_type)
    name = found[1].decode("latin-1").lower() if found is not None else ""
    return name if name in _CHARSETS else None


def is_xml(essence: str) -> bool:
    """Whether a media type is XML (RFC 7303)."""
    return essence in {"application/xml", "text/xml"} or essence.endswith("+xml")


def is_text(essence: str) -> bool:
    """Whether a media type is plain text; XML is not."""
    return essence.startswith("text/") and essence != "text/xml"


def kind_of(essence: str) -> str:
    """Return the kind of a media type: json, xml, form, or text."""
    if is_json(essence):
        return "json"
    return "xml" if is_xml(essence) else "form" if essence in {FORM, MULTIPART} else "text"
