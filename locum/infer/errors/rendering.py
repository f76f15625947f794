"""Wording: a refusal said in the error schema that an operation declares.

What a member is called says what belongs there: the message, the status, a code, the broken rules
one by one. Nothing that the client sent is ever repeated.
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
from locum.world.identifiers import chance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from locum.errors import ApiError
    from locum.generate.generator import Generator
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.operations import DeclaredResponse, Operation
    from locum.openapi.schemas.schemas import Schema
    from locum.world.worlds import World

__all__ = ["word"]

_DEEPEST = 3
"""How many objects within each other are filled."""
_MOST_TOLD = 5
_NOTHING: Any = object()


def word(  # noqa: PLR0913, PLR0917 (a refusal, where it is declared, and what fills the gaps)
    refusal: ApiError,
    status: int,
    declared: DeclaredResponse,
    world: World,
    shapes: Shapes,
    generator: Generator,
    operation: Operation | None = None,
) -> Response:
    """Say a refusal as a declared response wants it: its body, and the headers that it declares.

    Raises Unsatisfiable where nothing is found that fits.
    """
    speaker = _Speaker(refusal, status, world, shapes, generator)
    body = None
    if declared.media_types:
        body = speaker.body(next(iter(declared.media_types.values())))
    answering = GenerateResponse(operation, generator)  # type: ignore[arg-type]  # asked for headers only
    said = {name.lower() for name in refusal.headers}
    made = answering.headers(declared, speaker.random, world.began, world.clock.now)
    return Response(body, {name: text for name, text in made.items() if name.lower() not in said})


class _Speaker:
    """Says one refusal."""

    def __init__(self, refusal: ApiError, status: int, world: World, shapes: Shapes, generator: Generator) -> None:
        self.refusal = refusal
        self.status = status
        self.message = refusal.message
        self.random = chance(world.seed, refusal.code, status)
        self.now = world.began
        self._clock = world.clock
        self._shapes = shapes
        self._generator = generator
        self._listed = False
        """Whether the broken rules stand one by one in the body."""

    def body(self, media: MediaType) -> Any:
        """Fill the schema of a media type, as far as is possible step by step."""
        if media.schema is None:
            return self._free(media)
        kinds = self._shapes.of(media.schema).kinds
        if "object" in kinds or "array" in kinds:
            found = self._composed(media, media.schema)
            if self.refusal.violations and not self._listed and found is not _NOTHING:
                self.message = _told(self.refusal)
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
        """Say it where no schema says how."""
        self.message = _told(self.refusal)
        if not media.json:
            return next(self._texts(media))
        if media.essence.startswith("application/problem"):
            return {"title": self._phrase, "status": self.status, "detail": self.message}
        return {"code": self.refusal.code, "message": self.message}

    def _texts(self, media: MediaType) -> Iterator[str]:
        message = _told(self.refusal)
        if media.essence.endswith("html"):
            title = f"{self.status} {self._phrase}"
            page = f"<!DOCTYPE html>\n<title>{title}</title>\n<h1>{title}</h1>\n<p>{escape(message)}</p>\n"
            yield page
        yield from (message, self.refusal.message, self._phrase, self.refusal.code)

    @property
    def _phrase(self) -> str:
        try:
            return HTTPStatus(self.status).phrase
        except ValueError:
            return "Refused"

    def _composed(self, media: MediaType, schema: Schema) -> Any:
        """Return the body that says the most, of those that the alternatives of a schema allow."""
        example = next(iter(media.fitting.values()), None)
        best, most = _NOTHING, 0
        for option in (schema, *self._branches(schema)):
            shape = self._shapes.of(option)
            if shape.is_array:
                given = self._list(shape, 0, told=False)
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
        """Complete what is given to a valid body, with fewer members if need be."""
        shown = example if isinstance(example, dict) else {}
        base = {name: shown[name] for name in shape.required if name in shown and name not in given}
        needed = {name: value for name, value in given.items() if name in shape.required or plain(name) in MESSAGES}
        told = {name: value for name, value in given.items() if plain(name) in MESSAGES | NESTED}
        for attempt in ({**base, **given}, given, {**base, **needed}, needed, told):
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
        """Fill the members of an object whose names say what belongs there."""
        given = {}
        names = {plain(name): schema for name, schema in shape.properties.items()}
        for name, schema in shape.properties.items():
            for value in self._values(plain(name), schema, names, depth):
                if value is not _NOTHING and schema.is_valid(value):
                    given[name] = value
                    break
        return given

    def _values(self, name: str, schema: Schema, names: Mapping[str, Schema], depth: int) -> Iterator[Any]:
        """Yield what may stand in a member, the best first."""
        shape = self._shapes.of(schema)
        told = names.keys() & (MESSAGES - {"error", "errors", "reason"}) - {name}
        if shape.is_array and name in LISTS | MESSAGES:
            yield self._list(shape, depth, told=bool(told))
        if "object" in shape.kinds and name in LISTS and not shape.properties:
            fields: dict[str, list[str]] = {}
            for violation in self.refusal.violations:
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
            yield from self._scalars(name, shape, names, told=bool(told))

    def _phrases(self, name: str) -> tuple[str, ...]:
        """Say the refusal in phrases: for a status, whose fault it is."""
        client = self.status < 500  # noqa: PLR2004 (the classes of HTTP)
        fault = ("fail", "error") if client else ("error", "fail")
        general = ("invalid request", "client error") if client else ("server error", "api error")
        usual = (self.refusal.code, type(self.refusal).code, *synonyms(self.status), *general)
        return (*usual, *fault) if name not in STATUSES or name in CODES else (*fault, *usual)

    def _scalars(self, name: str, shape: Shape, names: Mapping[str, Schema], *, told: bool) -> Iterator[Any]:
        codes = [*spellings(self.refusal.code), *spellings(synonyms(self.status)[0])]
        if "boolean" in shape.kinds and name in FLAGS:
            yield FLAGS[name]
        if name in TITLES:
            yield self._phrase if told else self.message
        if name == "type" and (
            names.keys() >= {"title", "detail"} or str(_keyword(shape.schema, "format")).startswith(("uri", "iri"))
        ):
            yield "about:blank"  # RFC 9457, section 3.1.1
        if name == "error" and told and names.keys() & {"path", "timestamp"}:
            yield self._phrase  # Spring's: {timestamp, status, error, message, path}
        if name in MESSAGES and not (told and name in CODES):
            longest = _keyword(shape.schema, "maxLength")
            yield from (self.message, self.refusal.message, self._phrase)
            yield self._phrase[:longest] if isinstance(longest, int) else self.refusal.code
        if name in STATUSES and name not in CODES:
            sibling = names.get("code")
            if sibling is not None and "string" not in self._shapes.of(sibling).kinds:
                yield canonical(self.status)  # Google's: {code: 404, message, status: "NOT_FOUND"}
            yield from (self.status, str(self.status), "error")
        if name in CODES and (name != "name" or told):
            yield from (*codes, self.status, str(self.status), self._phrase)
        if name in TIMES:
            now = self._clock.now.astimezone(UTC)
            yield from (now.strftime("%Y-%m-%dT%H:%M:%SZ"), now.strftime("%Y-%m-%d"), int(now.timestamp()))
        if name in SUBJECTS and self.refusal.violations:
            yield self.refusal.violations[0].field

    def _list(self, shape: Shape, depth: int, *, told: bool) -> Any:
        """Tell the broken rules one by one; where there are none, the refusal, unless it is `told` beside."""
        if shape.items is None or depth > _DEEPEST:
            return _NOTHING
        items = shape.items
        inner = self._shapes.of(items)
        if self.refusal.violations:
            found = list(entries(self.refusal, self.status, inner, self._shapes))
        elif told and shape.schema.is_valid([]):
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
        self._listed = self._listed or bool(listed and self.refusal.violations)
        return listed or _NOTHING

    def _alone(self, shape: Shape, depth: int) -> dict[str, Any]:
        """Tell the refusal as the only entry of a list; the place that it names is no place."""
        places: dict[str, Any] = {
            name: []
            for name, schema in shape.properties.items()
            if plain(name) in PATHS | LOCATIONS and schema.is_valid([])
        }
        return places | self._object(shape, depth + 1)


def _told(refusal: ApiError) -> str:
    """Return the message with the broken rules that it does not tell itself."""
    told = [f"{found.field} {found.message}" for found in refusal.violations if found.message not in refusal.message]
    if not told:
        return refusal.message
    rest = f"; and {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else ""
    return refusal.message.rstrip(".") + ": " + "; ".join(told[:_MOST_TOLD]) + rest + "."


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
