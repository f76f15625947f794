"""Parse bodies of requests and responses, which may be cut."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.openapi.compile.bodies import essence_of, is_json, is_text
from locum.openapi.wire.forms import read_multipart, read_urlencoded
from locum.openapi.wire.json_values import read_json
from locum.openapi.wire.styles import Unreadable
from locum.world.journal import Cut

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Content", "content_of", "salvaged"]

_CLOSERS = {"{": "}", "[": "]"}
_DEEPEST = 200
"""The maximum depth of JSON to search, the same as for request bodies."""


class Content(NamedTuple):
    """A parsed body: its value, or else its text."""

    form: str
    value: Any
    size: int
    cut: bool


def content_of(data: bytes | Cut | None, content_type: str) -> Content:
    """Parse a body as `json`, `form`, `text`, `binary` or `none`. Of a cut body, keep the complete part."""
    kept, size = (data.data, data.size) if isinstance(data, Cut) else (data or b"", len(data or b""))
    cut = isinstance(data, Cut)
    if not kept:
        return Content("none", None, 0, cut=False)
    essence = essence_of(content_type)
    try:
        if is_json(essence) or not essence:
            return Content("json", salvaged(kept) if cut else read_json(kept), size, cut)
        if essence == "application/x-www-form-urlencoded":
            fields = read_urlencoded(kept[: kept.rfind(b"&")] if cut else kept)
            return Content("form", _plain(fields), size, cut)
        if essence == "multipart/form-data" and not cut:
            return Content("form", _plain(read_multipart(kept, content_type.encode("latin-1"))), size, cut)
    except (Unreadable, ValueError):
        pass
    text = _text(kept, cut=cut)
    if text is None or not (is_text(essence) or is_json(essence) or "xml" in essence or text.isprintable()):
        return Content("binary", None, size, cut)
    return Content("text", text, size, cut)


def _plain(fields: dict[str, list[str]]) -> dict[str, Any]:
    """Return the fields of a form. A binary file is replaced by its size."""
    shown = {name: [_readable(value) for value in values] for name, values in fields.items()}
    return {name: values[0] if len(values) == 1 else values for name, values in shown.items()}


def _readable(value: str) -> str:
    legible = all(letter.isprintable() or letter in "\t\r\n" for letter in value)
    return value if legible else f"[{len(value)} bytes]"


def _text(data: bytes, *, cut: bool) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError as problem:
        # The last character of a cut text may be incomplete.
        return (
            data[: problem.start].decode() if cut and len(data) - problem.start < len("\U00010000".encode()) else None
        )


def salvaged(data: bytes) -> Any:
    """Return the JSON value of a cut text, without the incomplete member or item.

    Raises ValueError where there is no such value.
    """
    text = data.decode("utf-8", "ignore")
    end, open_ones = 0, ""
    for end, open_ones in _whole(text):  # noqa: B007 (the last one is used)
        pass
    return json.loads(text[:end] + "".join(_CLOSERS[one] for one in reversed(open_ones)))


def _whole(text: str) -> Iterator[tuple[int, str]]:
    """Yield the positions where a JSON text could end, with the brackets that are open there."""
    opened = ""
    quoted = escaped = False
    for place, letter in enumerate(text):
        if quoted:
            quoted, escaped = escaped or letter != '"', letter == "\\" and not escaped
        elif letter == '"':
            quoted = True
        elif letter in "{[":
            opened += letter
            if len(opened) > _DEEPEST:
                message = f"is nested more than {_DEEPEST} levels deep"
                raise ValueError(message)
            yield place + 1, opened
        elif letter in "]}":
            opened = opened[:-1]
            yield place + 1, opened
        elif letter == ",":
            yield place, opened
