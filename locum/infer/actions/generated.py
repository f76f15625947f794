"""Answers: what an operation says of which nothing but its contract is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum.answers import Answer
from locum.generate.files.making import file_of, has_files_of
from locum.generate.generator import Unsatisfiable
from locum.generate.vocabulary.hints import tokens
from locum.infer.actions.response_headers import UNSENDABLE, ResponseHeaders
from locum.openapi.compile.headers import lines_of
from locum.openapi.wire.coercion import kinds_of
from locum.state.chance import chance

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from random import Random

    from locum.generate.generator import Generator
    from locum.infer.request import Request
    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.headers import HeaderValue
    from locum.openapi.compile.operations import DeclaredResponse, Operation
    from locum.openapi.compile.streams import Stream
    from locum.state.worlds import World

__all__ = ["GenerateResponse", "GeneratedAnswer", "is_file"]

_ITEMS = 3
"""How many items a generated stream has."""


def is_file(media: MediaType) -> bool:
    """Whether bodies of a media type are files (pictures, documents, sounds), and not what a schema says more of."""
    if media.json or not has_files_of(media.essence):
        return False
    if media.schema is None:
        return True
    raw = media.schema.resolve(media.schema.raw)
    limited = isinstance(raw, dict) and not _LIMITS.isdisjoint(raw)
    return not limited and kinds_of(media.schema, media.schema.raw) in _OF_FILES


_LIMITS = frozenset(
    {"enum", "const", "pattern", "maxLength", "x-faker", "x-locum-value", "example", "examples", "default"}
)
_OF_FILES = (frozenset({"string"}), frozenset({"string", "null"}))


@dataclass(frozen=True, slots=True)
class GeneratedAnswer(Answer):
    """An answer made from nothing but the contract, so that one in another media type does as well."""

    passed_over: bool = False
    """Whether an example is declared, and breaks its own schema."""


class GenerateResponse:
    """Plays an operation from its declared success: the example, or a value made from the schema.

    The same request always has the same answer, in worlds of one seed. `dynamic` passes over the
    declared examples.
    """

    def __init__(self, operation: Operation, generator: Generator, *, dynamic: bool = False) -> None:
        self._operation = operation
        self._generator = generator
        self._dynamic = dynamic

    def __call__(self, request: Request) -> Answer:
        """Answer a request."""
        operation, world = self._operation, request.world
        random = chance(world.seed, operation.method, request.target, sorted(request.arguments.items(), key=str))
        declared = operation.declares(operation.success)
        if declared is None:
            return GeneratedAnswer()
        body = self.body(declared, random, world.began)
        media = declared.media_types[declared.by_usage[0]] if declared.by_usage else None
        passed_over = media is not None and not self._dynamic and bool(media.examples) and not media.fitting
        return GeneratedAnswer(
            body, self.headers(declared, random, world.began, world.clock.now), passed_over=passed_over
        )

    def without_body(self, request: Request) -> GeneratedAnswer:
        """Return the headers of the declared success, for where no body was found that fits."""
        declared, world = self._operation.declares(self._operation.success), request.world
        random = chance(world.seed, self._operation.method, request.target)
        return GeneratedAnswer(None, {} if declared is None else self.headers(declared, random, world.began))

    def body(self, declared: DeclaredResponse, random: Random, now: datetime) -> Any:
        """Make a body of a declared response, of JSON if it may be: its example if that fits, else one from the schema.

        Raises Unsatisfiable.
        """
        return self.value(declared.media_types[declared.by_usage[0]], random, now) if declared.by_usage else None

    def value(self, media: MediaType, random: Random, now: datetime, *, dynamic: bool | None = None) -> Any:
        """Make a value of a media type. Raises Unsatisfiable."""
        dynamic = self._dynamic if dynamic is None else dynamic
        if media.fitting and not dynamic:
            return media.served
        if media.stream is not None:
            return media.stream.ended(self._items(media.stream, random, now, dynamic=dynamic))
        if is_file(media):
            return file_of(media.essence, self._title)
        if media.schema is None:
            return {} if media.json else ""
        return self._generator.value(media.schema, random, now, examples=not dynamic)

    def value_or_closest(
        self, media: MediaType, random: Random, now: datetime, *, dynamic: bool | None = None
    ) -> tuple[Any, bool]:
        """Return a value of a media type, and whether it is only the closest one, because nothing fits the schema.

        That is the first example as it is declared, if there is one.
        """
        try:
            return self.value(media, random, now, dynamic=dynamic), False
        except Unsatisfiable:
            dynamic = self._dynamic if dynamic is None else dynamic
            if media.examples and not dynamic:
                return next(iter(media.examples.values())), True
            assert media.schema is not None  # noqa: S101 (without one anything fits)
            return self._generator.closest(media.schema, random, now, examples=not dynamic), True

    def closest_headers(
        self, declared: DeclaredResponse, sent: Mapping[str, HeaderValue], world: World
    ) -> dict[str, str]:
        """Return the closest texts for required headers that were not made, as nothing fits their schemas."""
        names = {name.lower() for name in sent}
        found = {}
        for header in declared.headers.values():
            if not header.required or header.name.lower() in names or header.schema is None:
                continue
            if self._generator.is_hopeless(header.schema):
                value = self._generator.closest(header.schema, chance(world.seed, header.name), world.began)
                found[header.name] = UNSENDABLE.sub("", ", ".join(lines_of(header.write(value))))
        return found

    @property
    def _title(self) -> str:
        """What a generated file shows: the operation's name in words."""
        operation: Operation | None = self._operation
        return "File" if operation is None else " ".join(tokens(operation.operation_id)).capitalize()

    def _items(self, stream: Stream, random: Random, now: datetime, *, dynamic: bool) -> list[Any]:
        """Make the items of a stream. Raises Unsatisfiable."""
        if stream.of_item is None:
            whole = stream.schema
            made = [] if whole is None else self._generator.value(whole, random, now, examples=not dynamic)
            return made if isinstance(made, list) else []
        schema = stream.of_item
        return [self._generator.value(schema, random, now, examples=not dynamic) for _ in range(_ITEMS)]

    def headers(
        self,
        declared: DeclaredResponse,
        random: Random,
        now: datetime,
        clock: datetime | None = None,
        *,
        dynamic: bool | None = None,
    ) -> dict[str, HeaderValue]:
        """Make the declared headers of a response; `clock` is the world's time, `now` if it is not given."""
        if not declared.headers:
            return {}
        dynamic = self._dynamic if dynamic is None else dynamic
        return ResponseHeaders(self._generator, random, now, clock or now, dynamic=dynamic).of(declared)
