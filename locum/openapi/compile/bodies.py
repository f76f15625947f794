"""Request bodies: from bytes to the value that a schema judges, by media type."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from locum.openapi.compile.examples import parsed_example
from locum.openapi.compile.streams import Stream, stream_of
from locum.openapi.pointers import at, split
from locum.openapi.wire.coercion import kinds_of
from locum.openapi.wire.json_values import write_json
from locum.openapi.wire.media_ranges import concrete_of, find_media_type, key_of, media_name
from locum.openapi.wire.media_types import essence_of, is_json, is_text, kind_of, read, write
from locum.openapi.wire.styles import Unreadable
from locum.refusals import Malformed, UnsupportedMediaType, Violation

if TYPE_CHECKING:
    from locum.openapi.compile.schemas import Schema, Schemas

__all__ = [
    "Body",
    "MediaType",
    "essence_of",
    "find_media_type",
    "is_json",
    "is_text",
    "is_written_example",
    "key_of",
]

_MOST_REMEMBERED = 100


@dataclass(slots=True)
class MediaType:
    """One media type that a body or a response may have. `schema` is None where none is declared."""

    name: str
    schema: Schema | None
    encoding: dict[str, Any]
    examples: dict[str, Any] = field(default_factory=dict)
    """As declared, by name."""
    item: Schema | None = None
    """That of each item of a sequence (`itemSchema` of OpenAPI 3.2)."""
    declared: str = ""
    """As the document has it, where that is a range of which a response is sent as `name`."""
    essence: str = field(init=False)
    json: bool = field(init=False)
    header: tuple[bytes, bytes] = field(init=False)
    stream: Stream | None = field(init=False)
    """What is said of its items, where it is a sequence of items; only responses are read and written so."""
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
        """Whether its values are objects and lists, which plain text and images cannot hold."""
        if self._structured is None:
            schema = self.schema
            self._structured = schema is not None and not kinds_of(schema, schema.raw) - {"object", "array", "null"}
        return self._structured

    def sent_as(self, name: str) -> MediaType:
        """Return this range as a media type within it."""
        if name not in self._sent_as and len(self._sent_as) < _MOST_REMEMBERED:
            self._sent_as[name] = self._as(name)
        return self._sent_as.get(name) or self._as(name)

    def _as(self, name: str) -> MediaType:
        return MediaType(name, self.schema, self.encoding, self.examples, self.item, self.declared)

    @property
    def example(self) -> Any:
        """The first example; None where there is none."""
        return next(iter(self.examples.values()), None)

    def fits(self, value: Any) -> bool:
        """Whether a value fits the schema; bytes are what they are."""
        if self.stream is not None:
            return not self.violations(value)
        return self.schema is None or isinstance(value, bytes) or bool(self.schema.is_valid(value))

    def violations(self, value: Any) -> list[Violation]:
        """Return the rules of the schema that a value breaks; none for bytes."""
        if isinstance(value, bytes):
            return []
        if self.stream is not None:
            return self.stream.violations(value)
        return [] if self.schema is None else self.schema.violations(value, "body")

    @property
    def fitting(self) -> dict[str, Any]:
        """The examples that keep their own schema; XML and forms that are given as text become bytes."""
        if self._fitting is None:
            shown = {name: self._shown(example) for name, example in self.examples.items()}
            self._fitting = {name: example for name, example in shown.items() if self.fits(example)}
            if self.stream is not None:
                self._fitting = {name: self.stream.shown(example) for name, example in self._fitting.items()}
        return self._fitting

    @property
    def served(self) -> Any:
        """The example that is served where none is named: the first that fits, or the items of all in a stream."""
        examples = list(self.fitting.values())
        if self.stream is None or isinstance(examples[0], bytes):
            return examples[0]
        return [item for example in examples if isinstance(example, list) for item in example]

    def _shown(self, example: Any) -> Any:
        """Return a text that stands for more than a text as its bytes, if what it stands for fits."""
        if not isinstance(example, str) or self.json or self.stream is not None:
            return example
        data = write(example, self.essence, self.schema, self.header[1])
        try:
            value = read(data, self.essence, self.header[1], self.schema, self.encoding)
        except Unreadable:
            return example
        if isinstance(value, bytes | str):  # CSV and the like, of which a schema of lists says what it stands for
            return data if self.structured else example
        return data if self.fits(value) else example

    def write(self, value: Any) -> bytes:
        """Write a value in this media type. Raises TypeError or ValueError for what it cannot hold."""
        if self.stream is not None:
            return self.stream.write(value)
        return write_json(value) if self.json else write(value, self.essence, self.schema, self.header[1])


def is_written_example(schemas: Schemas, pointer: str, schema: Schema, example: Any) -> bool:
    """Whether an example beside the schema at a pointer is a text in its media type (XML, events), and fits so."""
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

        A body that is sent without a Content-Type is of the only declared one, or of JSON if that is declared
        (RFC 9110, section 8.3, leaves it to the recipient). Raises UnsupportedMediaType.
        """
        known = self._selected.get(content_type or b"")
        if known is not None:
            return known
        header = (content_type or b"").decode("latin-1")
        essence = essence_of(header)
        if not self.media_types:
            return _ANYTHING, essence  # a body is declared, and nothing of what it is
        media = find_media_type(self.media_types, header) if essence else self._assumed()
        if media is None:
            taken = " or ".join(one.name for one in self.media_types.values())
            said = f"not {essence}" if essence else "and the request has no Content-Type"
            message = f"This operation takes {taken}, {said}."
            raise UnsupportedMediaType(message)
        essence = essence or essence_of(concrete_of(media.name))
        if len(self._selected) < _MOST_REMEMBERED:  # every multipart body has a header of its own
            self._selected[content_type or b""] = media, essence
        return media, essence

    def _assumed(self) -> MediaType | None:
        medias = list(self.media_types.values())
        if len(medias) == 1:
            return medias[0]
        return self.media_types.get("application/json") or next((media for media in medias if media.json), None)

    def parse(self, media: MediaType, essence: str, content_type: bytes, data: bytes) -> Any:
        """Parse a body that is not empty; what locum cannot read stays bytes. Raises Malformed."""
        if essence.endswith("/*") and media_name(media.name).is_range:
            essence, content_type = "application/json", b""  # neither side says what it is: JSON, if it is that
        try:
            return read(data, essence, content_type, media.schema, media.encoding)
        except Unreadable as problem:
            if not content_type and media_name(media.name).is_range:
                return data  # neither side says what it is
            raise Malformed(
                f"The request body {problem}.",
                code="malformed_body",
                violations=[Violation("body", (), kind_of(essence), None, str(problem))],
            ) from None

    def judge(self, media: MediaType, value: Any) -> list[Violation]:
        """Say every rule that a parsed body breaks; bytes are judged by their media type alone.

        A JSON Patch is an array (RFC 6902, section 3), also where its schema is that of all patches: an object, as
        Kubernetes has it.
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
