"""Rendering: write an error in the error schema that an operation declares.

The names of the schema's members decide what they hold: the message, the status, a code, the violations.
Nothing that the client sent is ever repeated.
"""

from __future__ import annotations

from datetime import UTC
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from locum.generate.generator import Unsatisfiable
from locum.infer.actions.generated import GenerateResponse
from locum.infer.errors.meanings import (
    CODES,
    FLAGS,
    LISTS,
    LOCATIONS,
    MESSAGES,
    NESTED,
    PATHS,
    STATUSES,
    SUBJECTS,
    TIMES,
    TITLES,
    best_of,
    canonical,
    entries,
    plain,
    spellings,
    synonyms,
)
from locum.openapi.pointers import at, join
from locum.responses import Response
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from locum.errors import ApiError
    from locum.generate.generator import Generator
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.operations import DeclaredResponse, Operation
    from locum.openapi.schemas.schemas import Schema
    from locum.world.worlds import World

__all__ = ["render_error"]

_DEEPEST = 3
"""How deep nested objects are filled."""
_MOST_VIOLATIONS = 5
"""How many violations a message lists."""
_NOTHING: Any = object()


def render_error(  # noqa: PLR0913, PLR0917 (an error, its declaration, and what generates the rest)
    error: ApiError,
    status: int,
    declared: DeclaredResponse,
    world: World,
    shapes: Shapes,
    generator: Generator,
    operation: Operation | None = None,
) -> Response:
    """Return an error as a declared response, with its body and declared headers.

    Raises Unsatisfiable if no body fits the schema.
    """
    renderer = _ErrorRenderer(error, status, world, shapes, generator)
    body = None
    if declared.media_types:
        body = renderer.body(next(iter(declared.media_types.values())))
    generated = GenerateResponse(operation, generator)  # type: ignore[arg-type]  # used for headers only
    given = {name.lower() for name in error.headers}
    made = generated.headers(declared, renderer.random, world.began, world.clock.now)
    return Response(body, {name: text for name, text in made.items() if name.lower() not in given})


class _ErrorRenderer:
    """Renders the body of one error."""

    def __init__(self, error: ApiError, status: int, world: World, shapes: Shapes, generator: Generator) -> None:
        self.error = error
        self.status = status
        self.message = error.message
        self.random = chance(world.seed, error.code, status)
        self.now = world.began
        self._clock = world.clock
        self._shapes = shapes
        self._generator = generator
        self._listed = False
        """Whether the body lists the violations one by one."""

    def body(self, media: MediaType) -> Any:
        """Return a body that fits the schema of a media type: an object, else a text, else a generated value."""
        if media.schema is None:
            return self._free(media)
        kinds = self._shapes.of(media.schema).kinds
        if "object" in kinds or "array" in kinds:
            found = self._composed(media, media.schema)
            if self.error.violations and not self._listed and found is not _NOTHING:
                self.message = _full_message(self.error)
                found = self._composed(media, media.schema)
            if found is not _NOTHING:
                return found
            free = self._free(media)
            if media.schema.is_valid(free) and not self._shapes.of(media.schema).properties:
                return free
        if "string" in kinds:
            for text in self._texts(media):
                if media.schema.is_valid(text):
                    return text
        return GenerateResponse(None, self._generator).value(media, self.random, self.now)  # type: ignore[arg-type]

    def _free(self, media: MediaType) -> Any:
        """Return a body where no schema describes one."""
        self.message = _full_message(self.error)
        if not media.json:
            return next(self._texts(media))
        if media.essence.startswith("application/problem"):
            return {"title": self._phrase, "status": self.status, "detail": self.message}
        return {"code": self.error.code, "message": self.message}

    def _texts(self, media: MediaType) -> Iterator[str]:
        message = _full_message(self.error)
        if media.essence.endswith("html"):
            title = f"{self.status} {self._phrase}"
            page = f"<!DOCTYPE html>\n<title>{title}</title>\n<h1>{title}</h1>\n<p>{escape(message)}</p>\n"
            yield page
        yield from (message, self.error.message, self._phrase, self.error.code)

    @property
    def _phrase(self) -> str:
        try:
            return HTTPStatus(self.status).phrase
        except ValueError:
            return "Rejected"

    def _composed(self, media: MediaType, schema: Schema) -> Any:
        """Return the body with the most leaves among the schema and its alternatives."""
        example = next(iter(media.fitting.values()), None)
        best, most = _NOTHING, 0
        for option in (schema, *self._branches(schema)):
            shape = self._shapes.of(option)
            if shape.is_array:
                given = self._list(shape, 0, has_message=False)
                if isinstance(given, list) and given and schema.is_valid(given) and not most:
                    best, most = given, 1
                continue
            given = self._object(shape, 0)
            if _weight(given) <= most:
                continue
            found = self._completed(schema, shape, given, example)
            if found is not _NOTHING:
                best, most = found, _weight(given)
        return best

    def _branches(self, schema: Schema) -> Iterator[Schema]:
        raw = at(self._shapes.schemas.document, schema.pointer)
        for composition in ("oneOf", "anyOf"):
            for index in range(len((raw.get(composition) if isinstance(raw, dict) else None) or ())):
                yield self._shapes.schemas.schema(join(schema.pointer, composition, index), schema.direction)

    def _completed(self, schema: Schema, shape: Shape, given: dict[str, Any], example: Any) -> Any:
        """Complete members to a valid body, with fewer of them if necessary."""
        shown = example if isinstance(example, dict) else {}
        base = {name: shown[name] for name in shape.required if name in shown and name not in given}
        needed = {name: value for name, value in given.items() if name in shape.required or plain(name) in MESSAGES}
        messages = {name: value for name, value in given.items() if plain(name) in MESSAGES | NESTED}
        for attempt in ({**base, **given}, given, {**base, **needed}, needed, messages):
            if not attempt:
                continue
            if schema.is_valid(attempt):
                return attempt
            try:
                return self._generator.value(schema, self.random, self.now, given=attempt, optional=0.0)
            except Unsatisfiable:
                continue
        return _NOTHING

    def _object(self, shape: Shape, depth: int) -> dict[str, Any]:
        """Fill the members of an object whose names are known."""
        given = {}
        names = {plain(name): schema for name, schema in shape.properties.items()}
        for name, schema in shape.properties.items():
            for value in self._values(plain(name), schema, names, depth):
                if value is not _NOTHING and schema.is_valid(value):
                    given[name] = value
                    break
        return given

    def _values(self, name: str, schema: Schema, names: Mapping[str, Schema], depth: int) -> Iterator[Any]:
        """Yield possible values of a member, best first."""
        shape = self._shapes.of(schema)
        has_message = bool(names.keys() & (MESSAGES - {"error", "errors", "reason"}) - {name})
        if shape.is_array and name in LISTS | MESSAGES:
            yield self._list(shape, depth, has_message=has_message)
        if "object" in shape.kinds and name in LISTS and not shape.properties:
            fields: dict[str, list[str]] = {}
            for violation in self.error.violations:
                fields.setdefault(violation.field, []).append(violation.message)
            for value in (fields, {field: messages[0] for field, messages in fields.items()}):
                self._listed = self._listed or bool(fields and schema.is_valid(value))
                yield value
        if shape.is_object and name in NESTED and shape.properties and depth < _DEEPEST:
            given = self._object(shape, depth + 1)
            yield self._completed(schema, shape, given, None) if given else _NOTHING
        if shape.kinds & {"string", "integer", "number", "boolean"}:
            offered = _enum(schema)
            if offered and name in CODES | STATUSES:
                yield best_of(offered, self._phrases(name)) or _NOTHING
            yield from self._scalars(name, shape, names, has_message=has_message)

    def _phrases(self, name: str) -> tuple[str, ...]:
        """Return phrases for the error, best first; a status member gets `fail` or `error` before them."""
        client = self.status < 500  # noqa: PLR2004 (the classes of HTTP)
        fault = ("fail", "error") if client else ("error", "fail")
        general = ("invalid request", "client error") if client else ("server error", "api error")
        usual = (self.error.code, type(self.error).code, *synonyms(self.status), *general)
        return (*usual, *fault) if name not in STATUSES or name in CODES else (*fault, *usual)

    def _scalars(self, name: str, shape: Shape, names: Mapping[str, Schema], *, has_message: bool) -> Iterator[Any]:
        codes = [*spellings(self.error.code), *spellings(synonyms(self.status)[0])]
        if "boolean" in shape.kinds and name in FLAGS:
            yield FLAGS[name]
        if name in TITLES:
            yield self._phrase if has_message else self.message
        if name == "type" and (
            names.keys() >= {"title", "detail"} or str(_keyword(shape.schema, "format")).startswith(("uri", "iri"))
        ):
            yield "about:blank"  # RFC 9457, section 3.1.1
        if name == "error" and has_message and names.keys() & {"path", "timestamp"}:
            yield self._phrase  # Spring's: {timestamp, status, error, message, path}
        if name in MESSAGES and not (has_message and name in CODES):
            longest = _keyword(shape.schema, "maxLength")
            yield from (self.message, self.error.message, self._phrase)
            yield self._phrase[:longest] if isinstance(longest, int) else self.error.code
        if name in STATUSES and name not in CODES:
            sibling = names.get("code")
            if sibling is not None and "string" not in self._shapes.of(sibling).kinds:
                yield canonical(self.status)  # Google's: {code: 404, message, status: "NOT_FOUND"}
            yield from (self.status, str(self.status), "error")
        if name in CODES and (name != "name" or has_message):
            yield from (*codes, self.status, str(self.status), self._phrase)
        if name in TIMES:
            now = self._clock.now.astimezone(UTC)
            yield from (now.strftime("%Y-%m-%dT%H:%M:%SZ"), now.strftime("%Y-%m-%d"), int(now.timestamp()))
        if name in SUBJECTS and self.error.violations:
            yield self.error.violations[0].field

    def _list(self, shape: Shape, depth: int, *, has_message: bool) -> Any:
        """Return a list of the violations; without any, a list of the error, or [] if a message stands beside it."""
        if shape.items is None or depth > _DEEPEST:
            return _NOTHING
        items = shape.items
        inner = self._shapes.of(items)
        if self.error.violations:
            found = list(entries(self.error, self.status, inner, self._shapes))
        elif has_message and shape.schema.is_valid([]):
            return []
        else:
            found = [self._alone(inner, depth) if inner.is_object else self.message]
        listed = []
        for given in found:
            made = given if items.is_valid(given) else _NOTHING
            if made is _NOTHING and isinstance(given, dict):
                made = self._completed(items, inner, given, None)
            if made is not _NOTHING:
                listed.append(made)
        self._listed = self._listed or bool(listed and self.error.violations)
        return listed or _NOTHING

    def _alone(self, shape: Shape, depth: int) -> dict[str, Any]:
        """Return the error as the only entry of a list, with an empty location."""
        places: dict[str, Any] = {
            name: []
            for name, schema in shape.properties.items()
            if plain(name) in PATHS | LOCATIONS and schema.is_valid([])
        }
        return places | self._object(shape, depth + 1)


def _full_message(error: ApiError) -> str:
    """Return the message of an error with the violations that it does not already contain."""
    missing = [f"{found.field} {found.message}" for found in error.violations if found.message not in error.message]
    if not missing:
        return error.message
    rest = f"; and {len(missing) - _MOST_VIOLATIONS} more" if len(missing) > _MOST_VIOLATIONS else ""
    return error.message.rstrip(".") + ": " + "; ".join(missing[:_MOST_VIOLATIONS]) + rest + "."


def _weight(value: Any) -> int:
    """Count the leaves of a value."""
    if isinstance(value, dict):
        return sum(map(_weight, value.values()))
    return sum(map(_weight, value)) if isinstance(value, list) else 1


def _enum(schema: Schema) -> list[Any]:
    raw = schema.raw
    if not isinstance(raw, dict):
        return []
    found = list(raw.get("enum") or ())
    return [*found, raw["const"]] if "const" in raw else found


def _keyword(schema: Schema, keyword: str) -> Any:
    return schema.raw.get(keyword) if isinstance(schema.raw, dict) else None
