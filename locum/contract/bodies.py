"""Request bodies: from bytes to the value that a schema judges, by media type."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from locum.contract.forms import read_multipart, read_urlencoded, shaped
from locum.contract.json_values import read_json
from locum.contract.styles import Unreadable
from locum.refusals import Malformed, UnsupportedMediaType, Violation

if TYPE_CHECKING:
    from locum.contract.schemas import Schema

__all__ = ["Body", "MediaType", "essence_of", "is_json", "is_text"]

_MOST_REMEMBERED = 100


@dataclass(slots=True)
class MediaType:
    """One media type that a body or an answer may have. `schema` is None where none is declared."""

    name: str
    schema: Schema | None
    encoding: dict[str, Any]
    example: Any = None
    json: bool = field(init=False)
    header: tuple[bytes, bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.json = is_json(essence_of(self.name))
        self.header = (b"content-type", self.name.encode("latin-1"))


def essence_of(content_type: str) -> str:
    """Return a media type without its parameters, in lower case (RFC 9110, section 8.3.1)."""
    return content_type.partition(";")[0].strip().lower()


def is_json(essence: str) -> bool:
    """Whether a media type is JSON (RFC 6838, section 4.2.8 for the suffix)."""
    return essence in {"application/json", "text/json"} or essence.endswith("+json")


def is_text(essence: str) -> bool:
    """Whether a media type is plain characters; XML is more than that."""
    return essence.startswith("text/") and essence != "text/xml"


@dataclass(slots=True)
class Body:
    """The request body of an operation, compiled."""

    required: bool
    media_types: dict[str, MediaType]
    _selected: dict[bytes, tuple[MediaType, str]] = field(default_factory=dict)

    def select(self, content_type: bytes | None) -> tuple[MediaType, str]:
        """Find the declared media type of a body and its essence.

        Raises UnsupportedMediaType.
        """
        known = self._selected.get(content_type or b"")
        if known is not None:
            return known
        header = (content_type or b"").decode("latin-1")
        essence = essence_of(header)
        media = self.media_types.get(essence)
        if media is None and "/" in essence:
            main = essence.partition("/")[0]
            media = self.media_types.get(main + "/*") or self.media_types.get("*/*")
        if media is None:
            taken = " or ".join(self.media_types)
            said = f"not {essence}" if essence else "and the Content-Type header does not say what this is"
            message = f"This operation takes {taken}, {said}."
            raise UnsupportedMediaType(message)
        if len(self._selected) < _MOST_REMEMBERED:  # every multipart body has a header of its own
            self._selected[content_type or b""] = media, essence
        return media, essence

    def parse(self, media: MediaType, essence: str, content_type: bytes, data: bytes) -> Any:
        """Parse a body that is not empty; what locum cannot read stays bytes. Raises Malformed."""
        try:
            if is_json(essence):
                return read_json(data)
            if essence == "application/x-www-form-urlencoded":
                return shaped(read_urlencoded(data), media.schema, media.encoding)
            if essence == "multipart/form-data":
                return shaped(read_multipart(data, content_type), media.schema, media.encoding)
            return _text(data) if is_text(essence) else data
        except Unreadable as problem:
            raise Malformed(
                f"The request body {problem}.",
                code="malformed_body",
                violations=[Violation("body", (), "json" if is_json(essence) else "form", None, str(problem))],
            ) from None

    def judge(self, media: MediaType, value: Any) -> list[Violation]:
        """Say every rule that a parsed body breaks; bytes are judged by their media type alone."""
        schema = media.schema
        if schema is None or isinstance(value, bytes) or schema.is_valid(value):
            return []
        return schema.violations(value, "body")


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        message = "is not valid UTF-8"
        raise Unreadable(message) from None
