"""Parameters: parse the bytes of a request into the arguments of a handler."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from keyword import iskeyword
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from locum.errors import Violation
from locum.openapi.compile.examples import examples_of
from locum.openapi.pointers import at, home_of, join
from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import INFERRED
from locum.openapi.wire.forms import read_urlencoded, shaped
from locum.openapi.wire.json_values import read_json
from locum.openapi.wire.media_types import essence_of, is_json
from locum.openapi.wire.styles import (
    DEFAULT_STYLES,
    Unreadable,
    boolean_text,
    fitted,
    from_pairs,
    from_text,
    has_delimiter,
    kinds_of,
    percent_decode,
    properties_of,
    query_decode,
    shape_of,
    shapes_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from locum.openapi.schemas.schemas import Schema, Schemas

__all__ = ["Parameter", "compile_parameters", "cookies_of", "encoded_pairs", "query_pairs", "snake_case"]

_MOST_PAIRS = 1000
_NONE: tuple[Violation, ...] = ()
_BY_NAME = frozenset({"form", "cookie"})
"""The styles whose `explode` is true by default."""
_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
"""OpenAPI 3.0.3, 4.7.12.2: header parameters of these names are ignored."""


class UndecodableQuery(ValueError):
    """A query that is not percent-encoded UTF-8, or has too many pairs."""


def snake_case(name: str) -> str:
    """Return the Python name of a parameter or an operation: `workflowId` and `Workflow-Id` -> `workflow_id`.

    A Python keyword gets a trailing underscore (`class_`), a name that begins with a digit a leading one (`_1a`).
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    plain = re.sub(r"\W+", "_", spaced).strip("_").lower()
    if iskeyword(plain):
        return f"{plain}_"
    return f"_{plain}" if plain[:1].isdigit() else plain


@dataclass(slots=True)
class Parameter:
    """One parameter of an operation, compiled."""

    name: str
    location: str
    argument: str
    required: bool
    style: str
    explode: bool
    shape: str
    shapes: tuple[str, ...]
    """The shapes that its value may have: `anyOf` of a string and a list of strings has two."""
    plain: bool
    """Whether the text is the value: a single string that needs no conversion."""
    default: Any
    schema: Schema
    json: bool
    """Whether the value is written as JSON (`content` instead of `schema`)."""
    may_be_empty: bool = False
    """Whether an empty value counts as absent (OpenAPI 3.0.3, 4.7.12.2: allowEmptyValue)."""
    description: str = ""
    examples: tuple[Any, ...] = ()
    """Its own examples and those of its schema."""
    others: frozenset[str] = frozenset()
    """The names of the other parameters in the query, if the properties of this one are sent as pairs of their own."""

    @property
    def delimited(self) -> bool:
        """Whether one text may contain several items, so that it must be split before it is decoded."""
        return not self.json and not self.explode and self.shapes != ("primitive",)

    def read_text(self, text: str | None) -> tuple[Any, Sequence[Violation]]:
        """Parse the text of a path segment, header or cookie; return the value and its violations.

        The text of a path segment is still percent-encoded.
        """
        if text is None:
            return self._absent()
        decode = percent_decode if self.location == "path" else _unchanged
        if self.plain:
            text = decode(text)
            return text, (_NONE if self.schema.is_valid(text) else self.schema.violations(text, *self._place))
        try:
            if self.json:
                return self._validated(read_json(decode(text).encode("utf-8", "surrogatepass")))
            return self._read(self._texts(text, decode))
        except Unreadable as problem:
            return None, [self._violation("style", self.style, str(problem))]

    def read_pairs(
        self, pairs: Mapping[str, list[str]], encoded: Mapping[str, list[str]] | None = None
    ) -> tuple[Any, Sequence[Violation]]:
        """Parse the pairs of a query; `encoded` has the same pairs with their values still encoded."""
        try:
            if self.others:
                pairs = {name: values for name, values in pairs.items() if name.partition("[")[0] not in self.others}
            if self.json or self.shapes == ("primitive",):
                shape, style = ("primitive", "form") if self.json else ("primitive", self.style)
                raw = from_pairs(pairs, self.name, style, shape, explode=self.explode)
                if isinstance(raw, str) and not self.json:
                    raw = boolean_text(self.schema, self.schema.raw, raw)
                readings = [] if raw is None else [raw]
                if self.plain and isinstance(raw, str) and self.schema.is_valid(raw):
                    return raw, _NONE
            else:
                readings = self._pairs(pairs, encoded if self.delimited else None)
            if not readings or (readings[0] == "" and self.may_be_empty and not self.schema.is_valid("")):
                return self._absent()
            if not self.json:
                return self._read(readings)
            if not isinstance(readings[0], str):
                message = "must be sent only once"
                raise Unreadable(message)  # noqa: TRY301 (handled like any other malformed value)
            return self._validated(read_json(readings[0].encode("utf-8", "surrogatepass")))
        except Unreadable as problem:
            return None, [self._violation("style", self.style, str(problem))]

    def read_query(self, query: bytes) -> tuple[Any, Sequence[Violation]]:
        """Parse a whole query (OpenAPI 3.2, `in: querystring`): a form, or JSON."""
        if not query:
            return self._absent()
        try:
            if self.json:
                return self._validated(
                    read_json(query_decode(query.decode("latin-1")).encode("utf-8", "surrogatepass"))
                )
            return self._validated(shaped(read_urlencoded(query), self.schema, {}))
        except Unreadable as problem:
            return None, [self._violation("style", self.style, str(problem))]

    def read_cookies(self, header: str) -> tuple[Any, Sequence[Violation]]:
        """Parse a Cookie header.

        The items or properties of an exploded value are separate cookies (OpenAPI 3.2, style `cookie`), or
        separated by ampersands (3.0, style `form`).
        """
        if self.json or not self.explode or self.shapes == ("primitive",):
            return self.read_text(cookies_of(header).get(self.name))
        pairs: dict[str, list[str]] = {}
        for part in re.split("[;&]", header):
            name, equals, value = part.strip().partition("=")
            if equals and name not in self.others:
                pairs.setdefault(name, []).append(value.strip('"'))
        own = pairs.get(self.name, [])
        if own and "array" in self.shapes and len(own) > 1:
            return self._read([own])
        if own:
            return self.read_text(own[0])
        if "object" in self.shapes:
            known = properties_of(self.schema, self.schema.raw)
            members = {name: values[0] for name, values in pairs.items() if not known or name in known}
            return self._read([members]) if members else self._absent()
        return self._absent()

    def _texts(self, text: str, decode: Callable[[str], str]) -> list[Any]:
        """Return the readings of one text, in each of its shapes."""

        def read(shape: str) -> Any:
            return from_text(text, self.name, self.style, shape, explode=self.explode, decode=decode)

        split = has_delimiter(text, self.style, explode=self.explode)
        if split or self.location != "path" or "%" not in text or self.shapes == ("primitive",):
            return self._several(read, split=split)
        decoded = decode(text)
        whole = has_delimiter(decoded, self.style, explode=self.explode)
        return self._either(
            partial(self._several, read, split=False),
            partial(
                self._several,
                partial(from_text, decoded, self.name, self.style, explode=self.explode),
                split=whole,
            ),
        )

    def _pairs(self, pairs: Mapping[str, list[str]], encoded: Mapping[str, list[str]] | None) -> list[Any]:
        """Return the readings of the pairs of a query, in each shape of the value."""
        read = partial(from_pairs, pairs, self.name, self.style, explode=self.explode)
        split = self._is_split(pairs)
        if encoded is None:
            return self._several(read, split=split)
        sent = partial(from_pairs, encoded, self.name, self.style, explode=self.explode, decode=query_decode)
        as_sent = partial(self._several, sent, split=self._is_split(encoded))
        if self._is_split(encoded) or not split:
            return as_sent()
        return self._either(as_sent, partial(self._several, read, split=split))

    @staticmethod
    def _either(as_sent: Callable[[], list[Any]], decoded: Callable[[], list[Any]]) -> list[Any]:
        """Return the readings of a text as sent, then those of the decoded text.

        Many clients percent-encode a whole list with its delimiters.
        """
        try:
            readings = as_sent()
        except Unreadable:
            return decoded()
        try:
            return readings + decoded()
        except Unreadable:
            return readings

    def _is_split(self, pairs: Mapping[str, list[str]]) -> bool:
        """Whether the value has several items: several pairs, or delimiters in one of them."""
        values = pairs.get(self.name, [])
        joined = not self.explode and any(has_delimiter(text, self.style, explode=False) for text in values)
        return joined or len(values) > 1

    def _several(self, read: Callable[[str], Any], *, split: bool) -> list[Any]:
        """Return the readings in every shape; if the text has several items, that of a single text comes last.

        Raises Unreadable if no shape can be read.
        """
        problem, readings = None, []
        for shape in self.shapes[1:] + self.shapes[:1] if split else self.shapes:
            try:
                readings.append(read(shape))
            except Unreadable as unreadable:
                problem = problem or unreadable
        if problem is not None and not readings:
            raise problem
        return [raw for raw in readings if raw is not None]

    def _read(self, readings: list[Any]) -> tuple[Any, Sequence[Violation]]:
        value, fits = fitted(self.schema, readings)
        return value, (_NONE if fits else self.schema.violations(value, *self._place))

    def _validated(self, value: Any) -> tuple[Any, Sequence[Violation]]:
        return value, (_NONE if self.schema.is_valid(value) else self.schema.violations(value, *self._place))

    def _absent(self) -> tuple[Any, Sequence[Violation]]:
        if self.required:
            return None, [self._violation("required", self.name, "is required")]
        # Copied: a handler may modify its argument.
        return deepcopy(self.default) if isinstance(self.default, list | dict) else self.default, []

    @property
    def _place(self) -> tuple[str, tuple[str | int, ...]]:
        return self.location, (self.name,)

    def _violation(self, keyword: str, expected: object, message: str) -> Violation:
        return Violation(self.location, (self.name,), keyword, expected, message)


def _default(schema: Schema, raw: Any) -> Any:
    """Return the default of a schema, if it is valid."""
    found = raw.get("default") if isinstance(raw, dict) else None
    return found if found is None or schema.is_valid(found) else None


def _unchanged(text: str) -> str:
    return text


def compile_parameters(schemas: Schemas, *pointers: str, in_query: Collection[str] = ()) -> list[Parameter]:
    """Compile the parameters of an operation.

    `pointers` are those of the path item, the path items that it refers to, and the operation; parameters of a later
    one override those of an earlier one. `in_query` has the template expressions in the query of a path key: their
    parameters are declared with `in: path`, and read from the query.
    """
    found: dict[tuple[str, str], Parameter] = {}
    for pointer in pointers:
        declared = at(schemas.document, pointer).get("parameters") or []
        own: dict[tuple[str, str], Parameter] = {}
        for index, value in enumerate(declared):
            known, home = home_of(schemas.document, value, join(pointer, "parameters", index))
            parameter = schemas.shared.get(("parameter", home))
            if parameter is None:
                parameter = schemas.shared["parameter", home] = _compile(schemas, known, home)
            if parameter.location == "path" and parameter.name in in_query:
                parameter = replace(parameter, location="query", style="form", explode=False)
            if parameter.location != "header" or parameter.name.lower() not in _IGNORED_HEADERS:
                own.setdefault((parameter.location, parameter.name), parameter)
        found |= own
    names = {place: frozenset(name for location, name in found if location == place) for place in ("query", "cookie")}
    return [_among(parameter, names.get(parameter.location, frozenset())) for parameter in found.values()]


def _among(parameter: Parameter, names: frozenset[str]) -> Parameter:
    """Return the parameter with the names of the others, if its properties are sent as pairs beside theirs."""
    spread = parameter.style in _BY_NAME and parameter.explode and not parameter.json
    if spread and "object" in parameter.shapes and parameter.location in {"query", "cookie"}:
        return replace(parameter, others=names - {parameter.name})
    return parameter


def _compile(schemas: Schemas, declared: dict[str, Any], pointer: str) -> Parameter:
    location = declared["in"]
    style = declared.get("style", DEFAULT_STYLES[location])
    content = next(iter(declared.get("content") or {}), None)
    holder, place = declared, pointer
    if content is not None:
        holder, place = home_of(schemas.document, declared["content"][content], join(pointer, "content", content))
    keyword = "schema"
    if keyword not in holder:  # `content: {application/json: {}}` allows any value
        keyword = INFERRED
        holder[keyword] = {}
    schema = schemas.schema(join(place, keyword), Direction.REQUEST)
    raw = schema.raw
    kinds = kinds_of(schema, raw)
    as_json = content is not None and (is_json(essence_of(content)) or "*" in content)
    return Parameter(
        name=declared["name"].lower() if location == "header" else declared["name"],
        location=location,
        argument=snake_case(declared["name"]),
        required=bool(declared.get("required")),
        style=style,
        explode=bool(declared.get("explode", style in _BY_NAME)),
        shape=shape_of(kinds),
        shapes=shapes_of(kinds) if content is None else ("primitive",),
        plain=kinds == {"string"} and style in {"simple", *_BY_NAME} and not as_json,
        default=_default(schema, raw),
        schema=schema,
        json=as_json,
        may_be_empty=location == "query" and declared.get("allowEmptyValue") is True,
        description=declared["description"] if isinstance(declared.get("description"), str) else "",
        examples=_examples(schemas, declared, pointer, raw),
    )


def _examples(schemas: Schemas, declared: dict[str, Any], pointer: str, raw: Any) -> tuple[Any, ...]:
    """Return a parameter's own examples, then those of its schema."""
    found = list(examples_of(schemas.document, pointer, declared).values())
    if isinstance(raw, dict):
        found += [raw["example"]] if "example" in raw else []
        found += raw["examples"] if isinstance(raw.get("examples"), list) else []
    return tuple(found)


def query_pairs(query: bytes) -> dict[str, list[str]]:
    """Parse a query string (WHATWG URL, application/x-www-form-urlencoded) strictly as UTF-8.

    Raises UndecodableQuery, a ValueError.
    """
    pairs: dict[str, list[str]] = {}
    try:
        for name, value in parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PAIRS
        ):
            pairs.setdefault(name, []).append(value)
    except ValueError as problem:
        raise UndecodableQuery(str(problem)) from None
    return pairs


def encoded_pairs(query: bytes) -> dict[str, list[str]]:
    """Parse a query string that `query_pairs` accepts: names are decoded, values stay encoded."""
    pairs: dict[str, list[str]] = {}
    for pair in filter(None, query.decode("ascii").split("&")):
        name, _, value = pair.partition("=")
        pairs.setdefault(query_decode(name), []).append(value)
    return pairs


def cookies_of(header: str) -> dict[str, str]:
    """Parse a Cookie header (RFC 6265, section 4.2.1); the first cookie of each name is used."""
    cookies: dict[str, str] = {}
    for part in header.split(";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            cookies.setdefault(name, value.strip('"'))
    return cookies
