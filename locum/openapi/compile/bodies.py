"""Bodies: the declared media types of requests and responses, compiled, streams of items included."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from locum.errors import Malformed, UnsupportedMediaType, Violation
from locum.memo import LONGEST
from locum.openapi.compile.examples import parsed_example
from locum.openapi.pointers import at, split
from locum.openapi.wire.content import read, write
from locum.openapi.wire.json_values import write_json
from locum.openapi.wire.media_types import (
    concrete_of,
    essence_of,
    find_media_type,
    is_json,
    is_text,
    key_of,
    kind_of,
    media_name,
)
from locum.openapi.wire.streams import EVENTS, is_stream, looks_written, read_stream, write_stream
from locum.openapi.wire.styles import Unreadable, kinds_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.openapi.schemas.schemas import Schema, Schemas

__all__ = [
    "Body",
    "MediaType",
    "Stream",
    "essence_of",
    "find_media_type",
    "is_json",
    "is_text",
    "is_written_example",
    "key_of",
    "stream_of",
]


_DONE = "[DONE]"
"""The data of the last event in many streams of JSON."""
_TAIL = 40
"""The number of characters at the end of an example that are searched for `[DONE]`."""


@dataclass(slots=True)
class Stream:
    """A media type that is a sequence of items.

    `schema` describes the whole array, or each item, as in most documents. `item` is the `itemSchema` of
    OpenAPI 3.2, which describes an event with its fields.
    """

    essence: str
    schema: Schema | None
    item: Schema | None = None
    ends: bool = False
    """Whether the examples end with `data: [DONE]`, so that generated streams do."""

    @property
    def of_item(self) -> Schema | None:
        """The schema of one item; None if `schema` describes the whole array."""
        if self.item is not None:
            return self.item
        whole = self.schema is not None and kinds_of(self.schema, self.schema.raw) <= {"array", "null"}
        return None if whole else self.schema

    def violations(self, value: Any) -> list[Violation]:
        """Return the violations of a body: a list of items, one item, or the text of a stream."""
        if isinstance(value, str) and looks_written(value, self.essence):
            try:
                value = self.read(value.encode("utf-8", "replace"))
            except Unreadable as problem:
                return [Violation("body", (), "stream", None, str(problem))]
        items = value if isinstance(value, list) else [value]
        if self.essence == EVENTS:
            items = [item for item in items if item != _DONE]
        item_schema = self.of_item
        if item_schema is None:
            return [] if self.schema is None else self.schema.violations(items, "body")
        return [found for index, item in enumerate(items) for found in item_schema.violations(item, "body", (index,))]

    def read(self, data: bytes) -> list[Any]:
        """Parse a stream into its items, as the schema describes them. Raises Unreadable."""
        items = read_stream(data, self.essence)
        item_schema = self.of_item
        if item_schema is None:
            return self._read_whole([item.readings for item in items if item.text != _DONE])
        found = []
        for item in items:
            fitting = [value for value in item.readings if item_schema.is_valid(value)]
            if fitting or item.text != _DONE:
                found.append((fitting or item.readings)[0])
        return found

    def _read_whole(self, readings: list[tuple[Any, ...]]) -> list[Any]:
        """Return the first reading of all items that is valid for the schema of the whole, else the first."""
        most = max(map(len, readings), default=1)
        wholes = [[of_one[min(index, len(of_one) - 1)] for of_one in readings] for index in range(most)]
        schema = self.schema
        return next((whole for whole in wholes if schema is None or schema.is_valid(whole)), wholes[0])

    def shown(self, example: Any) -> Any:
        """Return an example as it is served: as bytes if it is the text of a stream, else as a list of items."""
        if isinstance(example, str) and looks_written(example, self.essence):
            end = "\n\n" if self.essence == EVENTS else "\n"
            # A browser ignores an event that is not terminated by an empty line.
            missing = next(
                end[: len(end) - count] for count in range(len(end), -1, -1) if example.endswith(end[:count])
            )
            return (example + missing).encode("utf-8", "replace")
        return example if isinstance(example, bytes | list) else [example]

    def ended(self, items: list[Any]) -> list[Any]:
        """Append `[DONE]` to generated items if the examples end with it."""
        return [*items, _DONE] if self.ends else items

    def write(self, value: Any) -> bytes:
        """Serialize a list of items, or one item; bytes are returned as they are. Raises TypeError or ValueError."""
        if isinstance(value, bytes):
            return value
        if isinstance(value, str) and looks_written(value, self.essence):
            return value.encode()
        return write_stream(value if isinstance(value, list) else [value], self.essence, events=self.item is not None)


def stream_of(essence: str, schema: Schema | None, item: Schema | None, examples: Mapping[str, Any]) -> Stream | None:
    """Return the stream of a media type; None if it is not a sequence of items."""
    if not is_stream(essence):
        return None
    ends = essence == EVENTS and any(_DONE in str(example)[-_TAIL:] for example in examples.values())
    return Stream(essence, schema, item, ends)


_MOST_REMEMBERED = 20


@dataclass(slots=True)
class MediaType:
    """A declared media type of a body or a response. `schema` is None if none is declared."""

    name: str
    schema: Schema | None
    encoding: dict[str, Any]
    examples: dict[str, Any] = field(default_factory=dict)
    """The declared examples by name."""
    item: Schema | None = None
    """The schema of each item of a sequence (`itemSchema` of OpenAPI 3.2)."""
    declared: str = ""
    """The name in the document. It differs from `name` if it is a range; a response is sent as `name`."""
    essence: str = field(init=False)
    json: bool = field(init=False)
    header: tuple[bytes, bytes] = field(init=False)
    stream: Stream | None = field(init=False)
    """Set if it is a sequence of items; used for responses only."""
    _fitting: dict[str, Any] | None = field(init=False, default=None)
    _structured: bool | None = field(init=False, default=None)
    _sent_as: dict[str, MediaType] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.declared = self.declared or self.name
        self.essence = essence_of(self.name)
        self.json = is_json(self.essence)
        self.header = (b"content-type", self.name.encode("latin-1", "replace"))
        self.stream = stream_of(self.essence, self.schema, self.item, self.examples)

    @property
    def structured(self) -> bool:
        """Whether its values can only be objects or lists, which plain text and images cannot represent."""
        if self._structured is None:
            schema = self.schema
            self._structured = schema is not None and not kinds_of(schema, schema.raw) - {"object", "array", "null"}
        return self._structured

    def sent_as(self, name: str) -> MediaType:
        """Return this range as a media type within it."""
        if name not in self._sent_as and len(self._sent_as) < _MOST_REMEMBERED and len(name) <= LONGEST:
            self._sent_as[name] = self._as(name)
        return self._sent_as.get(name) or self._as(name)

    def _as(self, name: str) -> MediaType:
        return MediaType(name, self.schema, self.encoding, self.examples, self.item, self.declared)

    @property
    def example(self) -> Any:
        """The first example; None without examples."""
        return next(iter(self.examples.values()), None)

    def fits(self, value: Any) -> bool:
        """Whether a value is valid for the schema; bytes always are."""
        if self.stream is not None:
            return not self.violations(value)
        return self.schema is None or isinstance(value, bytes) or bool(self.schema.is_valid(value))

    def violations(self, value: Any) -> list[Violation]:
        """Return the violations of a value; none for bytes."""
        if isinstance(value, bytes):
            return []
        if self.stream is not None:
            return self.stream.violations(value)
        return [] if self.schema is None else self.schema.violations(value, "body")

    @property
    def fitting(self) -> dict[str, Any]:
        """The examples that are valid for their schema; the text of XML and of forms becomes bytes."""
        if self._fitting is None:
            shown = {name: self._shown(example) for name, example in self.examples.items()}
            self._fitting = {name: example for name, example in shown.items() if self.fits(example)}
            if self.stream is not None:
                self._fitting = {name: self.stream.shown(example) for name, example in self._fitting.items()}
        return self._fitting

    @property
    def served(self) -> Any:
        """The default example: the first valid one; for a stream, the items of all valid ones."""
        examples = list(self.fitting.values())
        if self.stream is None or isinstance(examples[0], bytes):
            return examples[0]
        return [item for example in examples if isinstance(example, list) for item in example]

    def _shown(self, example: Any) -> Any:
        """Return the text of a serialized value (XML, a form) as bytes, if that value is valid."""
        if not isinstance(example, str) or self.json or self.stream is not None:
            return example
        data = write(example, self.essence, self.schema, self.header[1])
        try:
            value = read(data, self.essence, self.header[1], self.schema, self.encoding)
        except Unreadable:
            return example
        if isinstance(value, bytes | str):  # CSV and the like: a schema of lists shows that the text is serialized
            return data if self.structured else example
        return data if self.fits(value) else example

    def write(self, value: Any) -> bytes:
        """Serialize a value. Raises TypeError or ValueError if this media type cannot represent it."""
        if self.stream is not None:
            return self.stream.write(value)
        return write_json(value) if self.json else write(value, self.essence, self.schema, self.header[1])


def is_written_example(schemas: Schemas, pointer: str, schema: Schema, example: Any) -> bool:
    """Whether an example beside the schema at `pointer` is serialized (XML, events) and valid once parsed."""
    *_, content, name, _ = ("", "", *split(pointer))
    if content != "content" or not isinstance(example, str | list):
        return False
    media = at(schemas.document, pointer.removesuffix("/schema"))
    value = parsed_example(example, schema) if is_json(essence_of(name)) else example
    return bool(MediaType(name, schema, media.get("encoding") or {}, {"": value}).fitting)


@dataclass(slots=True)
class Body:
    """The request body of an operation, compiled."""

    required: bool
    media_types: dict[str, MediaType]
    _selected: dict[bytes, tuple[MediaType, str]] = field(default_factory=dict)

    def select(self, content_type: bytes | None) -> tuple[MediaType, str]:
        """Find the declared media type of a body and its essence.

        Without a Content-Type, the only declared media type is assumed, else JSON if it is declared (RFC 9110,
        section 8.3, leaves it to the recipient). Raises UnsupportedMediaType.
        """
        known = self._selected.get(content_type or b"")
        if known is not None:
            return known
        header = (content_type or b"").decode("latin-1")
        essence = essence_of(header)
        if not self.media_types:
            return _ANYTHING, essence  # a body is declared without a media type
        media = find_media_type(self.media_types, header) if essence else self._assumed()
        if media is None:
            accepted = " or ".join(one.name for one in self.media_types.values())
            actual = f"not {essence}" if essence else "and the request has no Content-Type"
            message = f"This operation takes {accepted}, {actual}."
            raise UnsupportedMediaType(message)
        essence = essence or essence_of(concrete_of(media.name))
        text = content_type or b""
        if len(self._selected) < _MOST_REMEMBERED and len(text) <= LONGEST:  # every multipart body has its own
            self._selected[text] = media, essence
        return media, essence

    def _assumed(self) -> MediaType | None:
        medias = list(self.media_types.values())
        if len(medias) == 1:
            return medias[0]
        return self.media_types.get("application/json") or next((media for media in medias if media.json), None)

    def parse(self, media: MediaType, essence: str, content_type: bytes, data: bytes) -> Any:
        """Parse a body that is not empty; bytes of an unknown media type are returned as they are. Raises Malformed."""
        if essence.endswith("/*") and media_name(media.name).is_range:
            essence, content_type = "application/json", b""  # neither side names a media type: try JSON
        try:
            return read(data, essence, content_type, media.schema, media.encoding)
        except Unreadable as problem:
            if not content_type and media_name(media.name).is_range:
                return data  # neither side names a media type
            raise Malformed(
                f"The request body {problem}.",
                code="malformed_body",
                violations=[Violation("body", (), kind_of(essence), None, str(problem))],
            ) from None

    def validate(self, media: MediaType, value: Any) -> list[Violation]:
        """Return the violations of a parsed body; bytes have none.

        A JSON Patch is an array (RFC 6902, section 3) even if its schema declares an object, as in Kubernetes, where
        all kinds of patches share a schema.
        """
        schema = media.schema
        if schema is None or isinstance(value, bytes) or schema.is_valid(value):
            return []
        is_patch = media.essence == "application/json-patch+json" and isinstance(value, list)
        if is_patch and all(isinstance(one, dict) and {"op", "path"} <= one.keys() for one in value):
            admits_arrays = "array" in kinds_of(schema, schema.raw)
            return schema.violations(value, "body") if admits_arrays else []
        return schema.violations(value, "body")


_ANYTHING = MediaType("*/*", None, {})
