"""Streams: what a contract says of the items of an event stream or of JSON lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum.openapi.wire.coercion import kinds_of
from locum.openapi.wire.streams import EVENTS, is_stream, looks_written, read_stream, write_stream
from locum.openapi.wire.styles import Unreadable
from locum.refusals import Violation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.openapi.compile.schemas import Schema

__all__ = ["Stream", "stream_of"]

_DONE = "[DONE]"
"""The data of the event by which many streams of JSON say that they end."""
_TAIL = 40
"""The characters at the end of an example in which that is looked for."""


@dataclass(slots=True)
class Stream:
    """A media type that is a sequence of items.

    `schema` is that of the whole, an array, or of each item, as most documents mean it; `item` is what OpenAPI 3.2
    calls `itemSchema`, that of an event with its fields.
    """

    essence: str
    schema: Schema | None
    item: Schema | None = None
    ends: bool = False
    """Whether the examples end with `data: [DONE]`, so that generated streams do."""

    @property
    def of_item(self) -> Schema | None:
        """The schema by which items are generated one by one; None where that of the whole does it."""
        if self.item is not None:
            return self.item
        whole = self.schema is not None and kinds_of(self.schema, self.schema.raw) <= {"array", "null"}
        return None if whole else self.schema

    def violations(self, value: Any) -> list[Violation]:
        """Return the rules that a body breaks: the items of a list, one item, or a stream as it is written."""
        if isinstance(value, str) and looks_written(value, self.essence):
            try:
                value = self.read(value.encode("utf-8", "replace"))
            except Unreadable as problem:
                return [Violation("body", (), "stream", None, str(problem))]
        items = value if isinstance(value, list) else [value]
        if self.essence == EVENTS:
            items = [item for item in items if item != _DONE]
        judge = self.of_item
        if judge is None:
            return [] if self.schema is None else self.schema.violations(items, "body")
        return [found for index, item in enumerate(items) for found in judge.violations(item, "body", (index,))]

    def read(self, data: bytes) -> list[Any]:
        """Return the items of a stream, each as the schema describes it. Raises Unreadable."""
        items = read_stream(data, self.essence)
        judge = self.of_item
        if judge is None:
            return self._read_whole([item.readings for item in items if item.text != _DONE])
        found = []
        for item in items:
            fitting = [value for value in item.readings if judge.is_valid(value)]
            if fitting or item.text != _DONE:
                found.append((fitting or item.readings)[0])
        return found

    def _read_whole(self, readings: list[tuple[Any, ...]]) -> list[Any]:
        """Return the reading of all items that the schema of the whole admits."""
        most = max(map(len, readings), default=1)
        wholes = [[of_one[min(index, len(of_one) - 1)] for of_one in readings] for index in range(most)]
        schema = self.schema
        return next((whole for whole in wholes if schema is None or schema.is_valid(whole)), wholes[0])

    def shown(self, example: Any) -> Any:
        """Return an example as it is served: the bytes of one that is written as a stream, else its items."""
        if isinstance(example, str) and looks_written(example, self.essence):
            end = "\n\n" if self.essence == EVENTS else "\n"
            # A browser ignores an event that no empty line ends.
            missing = next(
                end[: len(end) - count] for count in range(len(end), -1, -1) if example.endswith(end[:count])
            )
            return (example + missing).encode("utf-8", "replace")
        return example if isinstance(example, bytes | list) else [example]

    def ended(self, items: list[Any]) -> list[Any]:
        """Return generated items with the last one that the examples show."""
        return [*items, _DONE] if self.ends else items

    def write(self, value: Any) -> bytes:
        """Write the items of a body, or its one item; bytes are written. Raises TypeError or ValueError."""
        if isinstance(value, bytes):
            return value
        if isinstance(value, str) and looks_written(value, self.essence):
            return value.encode()
        return write_stream(value if isinstance(value, list) else [value], self.essence, events=self.item is not None)


def stream_of(essence: str, schema: Schema | None, item: Schema | None, examples: Mapping[str, Any]) -> Stream | None:
    """Return what a media type says of its items; None for one that is no sequence of items."""
    if not is_stream(essence):
        return None
    ends = essence == EVENTS and any(_DONE in str(example)[-_TAIL:] for example in examples.values())
    return Stream(essence, schema, item, ends)
