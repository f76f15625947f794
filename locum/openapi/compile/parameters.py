"""Parameters: from the bytes of a request to the arguments of a handler."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from locum.openapi.compile.dialects import Direction
from locum.openapi.pointers import home_of, join, resolve
from locum.openapi.wire.coercion import kinds_of, shape_of, typed
from locum.openapi.wire.json_values import read_json
from locum.openapi.wire.styles import DEFAULT_STYLES, Unreadable, from_pairs, from_text
from locum.refusals import Violation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.openapi.compile.schemas import Schema, Schemas

__all__ = ["Parameter", "compile_parameters", "cookies_of", "query_pairs", "snake_case"]

_MOST_PAIRS = 1000
_NONE: tuple[Violation, ...] = ()
_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
"""OpenAPI 3.0.3, 4.7.12.2: header parameters of these names are ignored."""


class UndecodableQuery(ValueError):  # noqa: N818 (named for what it is, as every refusal is)
    """A query that is not percent-encoded UTF-8, or has too many pairs."""


def snake_case(name: str) -> str:
    """Return the Python name of a parameter: `workflowId` and `Workflow-Id` -> `workflow_id`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"\W+", "_", spaced).strip("_").lower()


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
    plain: bool
    """Whether the text is the value: a single string, nothing to convert."""
    default: Any
    schema: Schema
    json: bool
    """Whether the value is written as JSON (`content` instead of `schema`)."""
    may_be_empty: bool = False
    """Whether it may be named without a value, as if it were absent (OpenAPI 3.0.3, 4.7.12.2: allowEmptyValue)."""
    others: frozenset[str] = frozenset()
    """The names of the query's other parameters, where the properties of this one stand among them."""

    def read_text(self, text: str | None) -> tuple[Any, Sequence[Violation]]:
        """Read the parameter from one text (path, header, cookie): its value and what is wrong with it."""
        if text is None:
            return self._absent()
        if self.plain:
            return text, (_NONE if self.schema.is_valid(text) else self.schema.violations(text, *self._place))
        try:
            raw = text if self.json else from_text(text, self.name, self.style, self.shape, explode=self.explode)
            return self._read(raw)
        except Unreadable as problem:
            return None, [self._violation("style", self.style, str(problem))]

    def read_pairs(self, pairs: Mapping[str, list[str]]) -> tuple[Any, Sequence[Violation]]:
        """Read the parameter from the pairs of a query."""
        try:
            if self.others:
                pairs = {name: values for name, values in pairs.items() if name.partition("[")[0] not in self.others}
            if self.json:
                raw = from_pairs(pairs, self.name, "form", "primitive", explode=True)
            else:
                raw = from_pairs(pairs, self.name, self.style, self.shape, explode=self.explode)
            if raw is None or (raw == "" and self.may_be_empty and not self.schema.is_valid("")):
                return self._absent()
            return self._read(raw)
        except Unreadable as problem:
            return None, [self._violation("style", self.style, str(problem))]

    def _read(self, raw: Any) -> tuple[Any, Sequence[Violation]]:
        if self.json:
            if not isinstance(raw, str):
                message = "must be written once"
                raise Unreadable(message)
            value = read_json(raw.encode("utf-8", "surrogatepass"))
        else:
            value = typed(self.schema, self.schema.raw, raw)
            if value != raw and not self.schema.is_valid(value) and self.schema.is_valid(raw):
                value = raw  # `anyOf: [integer up to 5, string]` takes "7" as text
        return value, (_NONE if self.schema.is_valid(value) else self.schema.violations(value, *self._place))

    def _absent(self) -> tuple[Any, Sequence[Violation]]:
        if self.required:
            return None, [self._violation("required", self.name, "is required")]
        # A list or a mapping may be changed by the handler that is given it.
        return deepcopy(self.default) if isinstance(self.default, list | dict) else self.default, []

    @property
    def _place(self) -> tuple[str, tuple[str | int, ...]]:
        return self.location, (self.name,)

    def _violation(self, keyword: str, expected: object, message: str) -> Violation:
        return Violation(self.location, (self.name,), keyword, expected, message)


def compile_parameters(schemas: Schemas, path_pointer: str, operation_pointer: str) -> list[Parameter]:
    """Compile the parameters of an operation; its own ones override those of its path item."""
    found: dict[tuple[str, str], Parameter] = {}
    for pointer in (path_pointer, operation_pointer):
        declared = resolve(schemas.document, pointer)[0].get("parameters") or []
        own: dict[tuple[str, str], Parameter] = {}
        for index, value in enumerate(declared):
            known, home = home_of(schemas.document, value, join(pointer, "parameters", index))
            parameter = schemas.shared.get(("parameter", home))
            if parameter is None:
                parameter = schemas.shared["parameter", home] = _compile(schemas, known, home)
            if parameter.location != "header" or parameter.name.lower() not in _IGNORED_HEADERS:
                own.setdefault((parameter.location, parameter.name), parameter)
        found |= own
    names = {name for location, name in found if location == "query"}
    return [_among(parameter, names) for parameter in found.values()]


def _among(parameter: Parameter, names: set[str]) -> Parameter:
    """Return a parameter that leaves to others what is theirs, where its properties stand among them."""
    spread = parameter.style == "form" and parameter.explode and not parameter.json
    if parameter.location == "query" and parameter.shape == "object" and spread:
        return replace(parameter, others=frozenset(names - {parameter.name}))
    return parameter


def _compile(schemas: Schemas, declared: dict[str, Any], pointer: str) -> Parameter:
    location = declared["in"]
    style = declared.get("style", DEFAULT_STYLES[location])
    content = next(iter(declared.get("content") or {}), None)
    at_schema = join(pointer, "schema") if content is None else join(pointer, "content", content, "schema")
    schema = schemas.schema(at_schema, Direction.REQUEST)
    raw = schema.raw
    kinds = kinds_of(schema, raw)
    return Parameter(
        name=declared["name"].lower() if location == "header" else declared["name"],
        location=location,
        argument=snake_case(declared["name"]),
        required=bool(declared.get("required")),
        style=style,
        explode=bool(declared.get("explode", style == "form")),
        shape=shape_of(kinds),
        plain=kinds == {"string"} and style in {"simple", "form"} and content is None,
        default=raw.get("default") if isinstance(raw, dict) else None,
        schema=schema,
        json=content is not None,
        may_be_empty=location == "query" and declared.get("allowEmptyValue") is True,
    )


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


def cookies_of(header: str) -> dict[str, str]:
    """Parse a Cookie header (RFC 6265, section 4.2.1); the first cookie of a name counts."""
    cookies: dict[str, str] = {}
    for part in header.split(";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            cookies.setdefault(name, value.strip('"'))
    return cookies
