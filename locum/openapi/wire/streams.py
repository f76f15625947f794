"""Streams: bodies that are a sequence of items (OpenAPI 3.2.0, section 4.14.4, "Sequential Media Types").

Server-sent events follow the HTML Living Standard, section 9.2.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.openapi.wire.json_values import read_json, write_json
from locum.openapi.wire.styles import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["EVENTS", "StreamItem", "is_stream", "looks_written", "read_stream", "write_stream"]

EVENTS = "text/event-stream"
_LINES = frozenset(
    {"application/jsonl", "application/x-jsonl", "application/jsonlines", "application/x-jsonlines"}
    | {"application/ndjson", "application/x-ndjson", "application/json-lines", "text/x-ndjson"}
)
_FIELDS = frozenset({"data", "event", "id", "retry"})
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_WRITTEN = re.compile(r"\ufeff?(?:(?:data|event|id|retry):|:)")
_NAME = re.compile(r"[\w-]+")
_SEPARATOR = b"\x1e"
"""The byte before each text of a JSON text sequence (RFC 7464)."""


def is_stream(essence: str) -> bool:
    """Whether a media type is a sequence of items."""
    return essence == EVENTS or essence in _LINES or _is_sequence(essence)


def _is_sequence(essence: str) -> bool:
    return essence == "application/json-seq" or essence.endswith("+json-seq")


def write_stream(items: Sequence[Any], essence: str, *, events: bool = False) -> bytes:
    """Serialize items in order. With `events`, an item is an event with its fields, not only its data."""
    if essence == EVENTS:
        return "".join(_event(item, whole=events) for item in items).encode("utf-8", "replace")
    before = _SEPARATOR if _is_sequence(essence) else b""
    return b"".join(before + write_json(item) + b"\n" for item in items)


def _event(item: Any, *, whole: bool) -> str:
    """Write one event: a line for each of its fields, and for each line of its data."""
    if not _is_event(item, whole=whole):
        item = {"data": item}
    lines = [
        f"{name}: {_LINE_ENDS.sub(' ', str(item[name]))}" for name in ("event", "id", "retry") if _is_set(item, name)
    ]
    if _is_set(item, "data"):
        data = item["data"]
        text = data if isinstance(data, str) else write_json(data).decode()
        lines += [f"data: {line}" for line in _LINE_ENDS.split(text)]
    return "\n".join(lines) + "\n\n"


def _is_event(item: Any, *, whole: bool) -> bool:
    """Whether an item has the fields of an event; an object that merely has an `id` is data."""
    if not isinstance(item, dict) or item.keys() - _FIELDS:
        return False
    return bool(item.keys() & {"data", "event"}) if whole else {"data", "event"} <= item.keys()


def _is_set(item: dict[str, Any], name: str) -> bool:
    return name in item and (item[name] is not None or name == "data")


def looks_written(text: str, essence: str) -> bool:
    """Whether a text is a serialized stream, not one of its items."""
    if essence == EVENTS:
        return _WRITTEN.match(text) is not None
    try:
        return bool(read_stream(text.encode("utf-8", "replace"), essence))
    except Unreadable:
        return False


class StreamItem(NamedTuple):
    """A parsed item of a stream."""

    readings: tuple[Any, ...]
    """The values that a schema may describe, the most likely first: JSON data, the event around it, the plain text."""
    text: str
    """The text of the item; for an event, its data."""


def read_stream(data: bytes, essence: str) -> list[StreamItem]:
    """Parse the items of a stream. Raises Unreadable."""
    if essence == EVENTS:
        return list(_read_events(data))
    lines = data.split(_SEPARATOR if _is_sequence(essence) else b"\n")
    return [StreamItem((read_json(line),), line.decode("utf-8", "replace")) for line in lines if line.strip()]


def _read_events(data: bytes) -> Iterator[StreamItem]:
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        message = "is not valid UTF-8"
        raise Unreadable(message) from None
    fields: dict[str, Any] = {}
    for line in (*_LINE_ENDS.split(text), ""):  # a last event without an empty line after it counts too
        name, colon, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if "data" in fields:  # an event without data is ignored
                yield _item(fields)
            fields = {}
        elif name == "data":
            fields["data"] = f"{fields['data']}\n{value}" if "data" in fields else value
        elif name == "retry" and value.isascii() and value.isdigit():
            fields["retry"] = int(value)
        elif name in {"event", "id"}:
            fields[name] = value
        elif line and not name and colon:
            continue  # a comment
        elif line and not _NAME.fullmatch(name):  # other fields are ignored
            message = f"has a line that is not a field of an event: {name[:20]!r}"
            raise Unreadable(message)


def _item(fields: dict[str, Any]) -> StreamItem:
    text = fields.get("data", "")
    try:
        value = read_json(text.encode())
    except Unreadable:
        return StreamItem((fields, text), text)
    return StreamItem((value, {**fields, "data": value}, fields, text), text)
