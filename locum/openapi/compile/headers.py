"""Declared response headers: read, write and validate them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from locum.openapi.wire.content import read
from locum.openapi.wire.styles import Unreadable, from_text, typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.schemas.schemas import Schema

__all__ = ["FRAMING", "OF_CONNECTION", "Header", "HeaderValue", "lines_of"]

HeaderValue: TypeAlias = "str | Sequence[str]"
"""The value of a response header; several lines of one name are a list (`Set-Cookie`)."""

OF_CONNECTION = frozenset(
    {"connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""Headers about one connection (RFC 9110, section 7.6.1) and the length of a message: the server writes them."""

FRAMING = OF_CONNECTION | {"content-digest", "content-encoding", "content-md5", "content-range", "digest"}
"""Headers that describe the bytes of a message. They are never generated, which would make the message unreadable,
and never required of a response, even if declared."""

_NEXT_COOKIE = re.compile(r"(?:, *|\n)(?=[!#$%&'*+.^_`|~0-9A-Za-z-]+=)")
"""The separator of two cookies. It does not match the comma of `Expires=Sun, 06 Nov 1994`."""


@dataclass(slots=True)
class Header:
    """A declared response header."""

    name: str
    required: bool
    schema: Schema | None
    shape: str = "primitive"
    explode: bool = False
    examples: tuple[Any, ...] = ()
    media: MediaType | None = None
    """The media type of the value if the header is declared with `content` (OpenAPI 3.0.3, section 4.7.12)."""

    @property
    def repeats(self) -> bool:
        """Whether each value takes its own line: only `Set-Cookie` cannot be a list (RFC 9110, section 5.3)."""
        return self.name.lower() == "set-cookie"

    def read(self, text: str) -> Any:
        """Parse one line (style `simple`, or the media type). Raises Unreadable."""
        if self.media is not None:
            data, media = text.encode("latin-1", "replace"), self.media
            return read(data, media.essence, media.header[1], self.schema, media.encoding) if data else text
        raw = from_text(text, self.name, "simple", self.shape, explode=self.explode)
        return raw if self.schema is None else typed(self.schema, self.schema.raw, raw)

    def write(self, value: Any) -> HeaderValue:
        """Format a value as the header's text (style `simple`, or the media type), or as several lines."""
        if self.media is not None:
            if self.media.json:
                # A header cannot contain characters beyond Latin-1; json.dumps escapes them.
                return json.dumps(value, separators=(",", ":"))
            return self.media.write(value).decode("latin-1")
        if isinstance(value, list | tuple):
            texts = [_plain(item) for item in value]
            return texts if self.repeats else ",".join(texts)
        if isinstance(value, dict):
            link = "=" if self.explode else ","
            return ",".join(f"{name}{link}{_plain(member)}" for name, member in value.items())
        return _plain(value)

    def values(self, value: HeaderValue) -> list[Any]:
        """Return the values to validate: that of the header, or one for each line. Raises Unreadable."""
        if not self.repeats or self.schema is None:
            return [self.read(line) for line in lines_of(value)]
        # Clients and proxies that store one text per name have joined the lines.
        lines = _NEXT_COOKIE.split(value) if isinstance(value, str) else value
        return [list(lines)] if self.shape == "array" else list(lines)

    def admits(self, value: HeaderValue) -> bool:
        """Whether a value can be parsed and is valid."""
        try:
            values = self.values(value)
        except Unreadable:
            return False
        return self.schema is None or all(self.schema.is_valid(one) for one in values)


def lines_of(value: HeaderValue) -> Sequence[str]:
    """Return the lines in which a header value is sent."""
    return (value,) if isinstance(value, str) else value


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, separators=(",", ":"))
    return "" if value is None else str(value)
