"""Generated responses: bodies and headers from the contract alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from locum.generate.files.making import file_of, has_files_of
from locum.generate.generator import Unsatisfiable
from locum.generate.vocabulary.hints import tokens
from locum.openapi.compile.headers import lines_of
from locum.openapi.wire.codings import http_date
from locum.openapi.wire.styles import kinds_of
from locum.responses import Response
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from random import Random

    from locum.generate.generator import Generator
    from locum.infer.request import Request
    from locum.openapi.compile.bodies import MediaType, Stream
    from locum.openapi.compile.headers import Header, HeaderValue
    from locum.openapi.compile.operations import DeclaredResponse, Operation
    from locum.world.worlds import World

__all__ = ["UNSENDABLE", "GenerateResponse", "GeneratedResponse", "ResponseHeaders", "is_file"]


_ATTEMPTS = 5
UNSENDABLE = re.compile(r"[^\t\x20-\x7e\x80-\xff]|^\s|\s$")
"""Characters that a header's value must not have (RFC 9110, section 5.5)."""

_SAID_BY_SCHEMA = frozenset({"example", "examples", "default", "enum", "const"})
_USUAL = {
    "accept-ranges": "none",
    "access-control-allow-credentials": "true",
    "access-control-allow-headers": "*",
    "access-control-allow-methods": "*",
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "*",
    "access-control-max-age": "600",
    "age": "0",
    "cache-control": "no-cache",
    "content-disposition": "inline",
    "content-language": "en",
    "content-location": "/",
    "link": '</>; rel="self"',
    "location": "/",
    "pragma": "no-cache",
    "retry-after": "30",
    "strict-transport-security": "max-age=0",
    "vary": "Accept",
    "www-authenticate": "Bearer",
}
"""Headers that clients react to, with values that are correct or harmless here."""
_DATES = {"date": timedelta(), "last-modified": timedelta(), "expires": timedelta(hours=1)}


class ResponseHeaders:
    """Generates the declared headers of one response, from examples, from HTTP's rules or from their schemas."""

    def __init__(self, generator: Generator, random: Random, now: datetime, clock: datetime, *, dynamic: bool) -> None:
        """Set up the generator; `now` is the start of the world (for generated values), `clock` its current time."""
        self._generator = generator
        self._random = random
        self._now = now
        self._clock = clock
        self._dynamic = dynamic

    def of(self, declared: DeclaredResponse) -> dict[str, HeaderValue]:
        """Return the headers of a response by name, without those that no value was found for."""
        made: dict[str, HeaderValue] = {}
        for header in declared.headers.values():
            value = next(self._values(header), None)
            if value is None and header.required and header.schema is None:
                value = "{}" if header.media is not None and header.media.json else ""
            if value is None:
                continue
            if header.name in made:  # declared twice, as `Set-Cookie` may be
                value = [*lines_of(made[header.name]), *lines_of(value)]
            made[header.name] = value
        return made

    def _values(self, header: Header) -> Iterator[HeaderValue]:
        """Yield valid values of a header, best first."""
        for value in self._candidates(header):
            written = header.write(value)
            if not any(map(UNSENDABLE.search, lines_of(written))) and header.admits(written):
                yield written

    def _candidates(self, header: Header) -> Iterator[Any]:
        name, raw = header.name.lower(), header.schema.raw if header.schema is not None else None
        if name == "date":  # RFC 9110, section 6.6.1: the time of the message, not that of an example
            yield from self._dates(name)
        if not self._dynamic:
            yield from header.examples
        if isinstance(raw, dict) and raw.keys() & _SAID_BY_SCHEMA:
            yield from self._generated(header, 1)
        if header.media is None:
            yield from self._usual(name, header)
        yield from self._generated(header, _ATTEMPTS)

    def _usual(self, name: str, header: Header) -> Iterator[Any]:
        """Yield a usual value of a header that HTTP defines."""
        if name in _DATES:
            yield from self._dates(name)
        elif name == "etag":
            yield f'"{self._random.getrandbits(64):016x}"'
        elif name == "set-cookie":
            cookie = f"session={self._random.getrandbits(64):016x}; Path=/; HttpOnly"
            yield [cookie] if header.shape == "array" else cookie
        elif name in _USUAL and (header.schema is not None or header.required):
            yield _USUAL[name]

    def _dates(self, name: str) -> Iterator[str]:
        """Yield a time as an HTTP date, and in RFC 3339 form, which some contracts require."""
        moment = (self._now if name == "last-modified" else self._clock) + _DATES[name]
        yield http_date(moment)
        yield moment.isoformat().replace("+00:00", "Z")

    def _generated(self, header: Header, times: int) -> Iterator[Any]:
        if header.schema is None:
            return
        for _ in range(times):
            try:
                yield self._generator.value(header.schema, self._random, self._now, examples=not self._dynamic)
            except Unsatisfiable:
                return


_ITEMS = 3
"""How many items a generated stream has."""


def is_file(media: MediaType) -> bool:
    """Return whether bodies of a media type are files (pictures, documents, sounds) that no schema restricts."""
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


@dataclass(slots=True)
class GeneratedResponse(Response):
    """A response from the contract alone, so that another media type can replace it."""

    passed_over: bool = False
    """Whether a declared example was ignored because it violates its own schema."""


class GenerateResponse:
    """Responds with the declared success: its example, or a value generated from the schema.

    The same request has the same response in all worlds with the same seed. `dynamic` ignores declared examples.
    """

    def __init__(self, operation: Operation, generator: Generator, *, dynamic: bool = False) -> None:
        self._operation = operation
        self._generator = generator
        self._dynamic = dynamic

    def __call__(self, request: Request) -> Response:
        """Return the response to a request."""
        operation, world = self._operation, request.world
        random = chance(world.seed, operation.method, request.target, sorted(request.arguments.items(), key=str))
        declared = operation.declares(operation.success)
        if declared is None:
            return GeneratedResponse()
        body = self.body(declared, random, world.began)
        media = declared.media_types[declared.by_usage[0]] if declared.by_usage else None
        passed_over = media is not None and not self._dynamic and bool(media.examples) and not media.fitting
        return GeneratedResponse(
            body, self.headers(declared, random, world.began, world.clock.now), passed_over=passed_over
        )

    def without_body(self, request: Request) -> GeneratedResponse:
        """Return the declared success without a body, for when no body fits its schema."""
        declared, world = self._operation.declares(self._operation.success), request.world
        random = chance(world.seed, self._operation.method, request.target)
        return GeneratedResponse(None, {} if declared is None else self.headers(declared, random, world.began))

    def body(self, declared: DeclaredResponse, random: Random, now: datetime) -> Any:
        """Return a body of a declared response, JSON if possible: a fitting example, else a generated value.

        Raises Unsatisfiable.
        """
        return self.value(declared.media_types[declared.by_usage[0]], random, now) if declared.by_usage else None

    def value(self, media: MediaType, random: Random, now: datetime, *, dynamic: bool | None = None) -> Any:
        """Return a value of a media type. Raises Unsatisfiable."""
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
        """Return a value of a media type, and whether it is only the closest one because nothing fits the schema.

        The closest value is the first declared example, if there is one.
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
        """Return the closest values of required headers that nothing fits."""
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
        """The text in a generated file: the operation's name in words."""
        operation: Operation | None = self._operation
        return "File" if operation is None else " ".join(tokens(operation.operation_id)).capitalize()

    def _items(self, stream: Stream, random: Random, now: datetime, *, dynamic: bool) -> list[Any]:
        """Return generated items of a stream. Raises Unsatisfiable."""
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
        """Return the declared headers of a response; `clock` is the world's current time (default: `now`)."""
        if not declared.headers:
            return {}
        dynamic = self._dynamic if dynamic is None else dynamic
        return ResponseHeaders(self._generator, random, now, clock or now, dynamic=dynamic).of(declared)
