"""Tolerance: serve a request that breaks its contract as far as it can be understood (`--validate-requests`)."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace
from itertools import islice
from math import isfinite
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from locum.errors import ApiError, Faulty, Malformed, UnsupportedMediaType, Violation
from locum.openapi.compile.parameters import cookies_of, query_pairs
from locum.openapi.wire.styles import kinds_of, typed
from locum.options import Validation
from locum.server.validation import REJECTIONS, Reader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.openapi.compile.operations import Operation
    from locum.openapi.compile.parameters import Parameter
    from locum.openapi.schemas.schemas import Schema
    from locum.world.journal import Verdict
    from locum.world.worlds import World

__all__ = ["HEADER", "Tolerated", "is_read_only", "tolerate"]

HEADER = b"x-locum-validate"
"""The request header that sets the validation mode of one request."""

_MOST_ROUNDS = 4
"""How often a body is validated again after invalid values were removed from it."""

_MOST_ERRORS = 1000
"""How many errors of a body are handled in each round."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,400}\Z")
_WORDS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)
_CLOSED = frozenset({"enum", "const"})
_SURPLUS = frozenset({"additionalProperties", "unevaluatedProperties"})
_MISSING = frozenset({"required", "minProperties", "dependentRequired", "minItems", "contains"})
"""Rules about missing values: there is nothing to remove."""


_MODES = {mode.value: mode for mode in Validation}


def tolerate(  # noqa: PLR0913, PLR0917 (an operation, and a request to it)
    usual: Validation,
    prism: bool,  # noqa: FBT001 (given once, in advance)
    operation: Operation,
    template: str,
    wanted: frozenset[str],
    violations: Sequence[Violation],
    world: World,
    headers: Mapping[bytes, bytes],
) -> Tolerated | None:
    """Return how to serve a request that breaks its contract, or None if it is rejected.

    The mode is that of the request header, else of the world, else `usual`. With `prism`, a body that is invalid only
    for its read-only properties is served in every mode, without them. Raises Malformed for an unknown mode.
    """
    text = headers.get(HEADER, world.validation.encode()).decode("latin-1").strip().lower()
    mode = usual if not text else _MODES.get(text)
    if mode is None:
        message = f"Unknown mode in the header X-Locum-Validate. Valid modes: {', '.join(_MODES)}."
        raise Malformed(message, code="validation_unknown") from None
    if mode is Validation.ENFORCE:
        if prism and is_read_only(violations):
            return Tolerated(operation, template, wanted, is_marked=False)
        return None
    return Tolerated(operation, template, wanted, is_marked=mode is Validation.REPORT)


def _is_no_text(violation: Violation) -> bool:
    return violation.location == "path" and violation.keyword == "encoding"


def is_read_only(violations: Sequence[Violation]) -> bool:
    """Whether all violations are read-only properties in the body."""
    return bool(violations) and all(map(_is_read_only, violations))


def _is_read_only(violation: Violation) -> bool:
    return violation.keyword == "not" and violation.sentence == "must not be sent"


class Tolerated:
    """A request that is served although it breaks its contract."""

    def __init__(self, operation: Operation, template: str, wanted: frozenset[str], *, is_marked: bool) -> None:
        """`wanted` are the arguments that the operation takes; with `is_marked` the violations are reported."""
        self.is_marked = is_marked
        self.found: list[Violation] = []
        self._operation = operation
        self._template = template
        self._wanted = wanted

    def parameters(self, values: tuple[str, ...], query: bytes, headers: Mapping[bytes, bytes]) -> dict[str, Any]:
        """Return the arguments: valid ones as usual, invalid ones converted where possible.

        Raises Invalid for a path that is not UTF-8: it cannot identify anything.
        """
        try:
            query_pairs(query)
        except ValueError:
            query = b""
            self._note([Violation("query", (), "encoding", "UTF-8", "must be percent-encoded UTF-8")])
        broken: set[tuple[str, str]] = set()
        arguments: dict[str, Any] | None = None
        while arguments is None:
            try:
                arguments = self._reader(broken).parameters(values, query, headers)
            except REJECTIONS as rejection:
                named = {(found.location, str(found.path[0])) for found in rejection.violations if found.path}
                if named <= broken or any(map(_is_no_text, rejection.violations)):
                    raise  # otherwise each round leaves out more parameters, so that the loop ends
                self._note(rejection.violations)
                broken |= named
        texts = _Texts(self._template, values, query, headers)
        for parameter in self._operation.parameters:
            if (parameter.location, parameter.name) in broken and parameter.argument in self._wanted:
                arguments[parameter.argument] = _convert_parameter(parameter, texts.of(parameter))
        return arguments

    def body(self, headers: Mapping[bytes, bytes], data: bytes, rejection: ApiError) -> Any:
        """Return what can be parsed of a rejected body; None if nothing can."""
        kind = Violation("header", ("content-type",), "mediaType", None, rejection.message)
        self._note(rejection.violations or [kind])
        declared, content_type = self._operation.body, headers.get(b"content-type", b"")
        assert declared is not None  # noqa: S101 (it was read)
        if not data:
            return None
        candidates = [(media, media.essence) for media in declared.media_types.values()]
        try:
            candidates.insert(0, declared.select(content_type))
        except UnsupportedMediaType:
            candidates.sort(key=lambda pair: not pair[0].json)
        for media, essence in candidates:
            try:
                value = declared.parse(media, essence, content_type, data)
            except Malformed:
                continue
            return value if media.schema is None or isinstance(value, bytes) else _remove_invalid(media.schema, value)
        return None

    def rejection(self, cause: BaseException) -> ApiError:
        """Return the error for an exception while serving the request: the request is at fault, not the handler."""
        if isinstance(cause, ApiError) and not isinstance(cause, Faulty):
            return cause
        return Malformed("The request breaks its contract and could not be served.", violations=self.found)

    def marked(self, verdict: Verdict) -> Verdict:
        """Return the journal's verdict: the given error with the violations added, else `request_violations`."""
        if isinstance(verdict, str):
            return (
                "request_violations",
                "The request breaks its contract, but was served.",
                tuple(self.found),
            )
        code, message, violations = verdict
        return code, message, (*violations, *(found for found in self.found if found not in violations))

    @property
    def header(self) -> tuple[bytes, bytes]:
        """The response header with the number of violations."""
        return b"x-locum-violations", b"%d" % len(self.found)

    def _note(self, violations: list[Violation] | tuple[Violation, ...]) -> None:
        self.found += [violation for violation in violations if violation not in self.found]

    def _reader(self, without: set[tuple[str, str]]) -> Reader:
        kept = [found for found in self._operation.parameters if (found.location, found.name) not in without]
        by_location = {
            location: [parameter for parameter in kept if parameter.location == location]
            for location in self._operation.by_location
        }
        operation = replace(self._operation, parameters=kept, by_location=by_location)
        return Reader(operation, self._template, self._wanted, 0)


class _Texts:
    """The unparsed values of a request's parameters."""

    def __init__(self, template: str, values: tuple[str, ...], query: bytes, headers: Mapping[bytes, bytes]) -> None:
        names = [piece.partition("}")[0] for piece in template.split("{")[1:]]
        self._path = dict(zip(names, values, strict=False))
        self._query = query_pairs(query)
        self._headers = headers
        self._cookies = cookies_of(headers.get(b"cookie", b"").decode("latin-1"))

    def of(self, parameter: Parameter) -> list[str]:
        """Return the values of a parameter as text; an empty list if it is absent."""
        name = parameter.name
        if parameter.location == "query":
            return self._query.get(name, [])
        if parameter.location == "path":
            return [unquote(self._path[name], errors="replace")] if name in self._path else []
        if parameter.location == "cookie":
            return [self._cookies[name]] if name in self._cookies else []
        raw = self._headers.get(name.encode("latin-1"))
        return [] if raw is None else [raw.decode("latin-1").strip()]


def _convert_parameter(parameter: Parameter, texts: list[str]) -> Any:
    """Return the values of an invalid parameter in a type that its schema allows, else its default.

    A value that is not in the enum is replaced by the default; a path parameter is kept as text.
    """
    schema, kinds = parameter.schema, kinds_of(parameter.schema, parameter.schema.raw)
    if texts:
        parts = texts if len(texts) > 1 else texts[0].split(",")
        raw: Any = parts if "array" in kinds and "string" not in kinds else texts[0]
        value = typed(schema, schema.raw, raw)
        if not _is_of(kinds, value):
            value = _convert(value, kinds)
        if _is_of(kinds, value) and not any(found.keyword in _CLOSED for found in schema.violations(value, "")):
            return value
        if parameter.location == "path":
            return texts[0]
    return deepcopy(parameter.default)


def _remove_invalid(schema: Schema, value: Any) -> Any:
    """Return a value without the parts that break its schema; numbers and booleans sent as text are converted.

    Return None if the value as a whole has a type that the schema does not allow.
    """
    for _ in range(_MOST_ROUNDS):
        errors = list(islice(schema.errors(value), _MOST_ERRORS))
        held = {"": value}
        # From last to first, so that removing an item of a list does not shift the items that are still to be removed.
        if not [True for error in reversed(errors) if _fix_value(held, ["", *error.instance_path], error.kind)]:
            break
        if not held:
            return None
        value = held[""]
    return value


def _fix_value(held: Any, path: list[str | int], rule: Any) -> bool:
    """Convert or remove the value that breaks a rule; return whether anything changed."""
    *above, last = path
    try:
        for step in above:
            held = held[step]
        value = held[last]
    except (KeyError, IndexError, TypeError):
        return False  # it was removed with an enclosing value
    if rule.name in _MISSING:
        return False
    if rule.name in _SURPLUS:
        surplus = [name for name in rule.unexpected if name in value]
        for name in surplus:
            del value[name]
        return bool(surplus)
    if rule.name == "type":
        wanted = frozenset(rule.types)
        found = _convert(value, wanted | ({"integer"} if "number" in wanted else frozenset()))
        if found is not value and _is_of(wanted, found):
            held[last] = found
            return True
    if not above and rule.name != "type":
        return False  # the body as a whole breaks the rule: there is no part to remove
    del held[last]
    return True


def _convert(value: Any, kinds: frozenset[str]) -> Any:
    """Convert a value to one of the types if it can be read as one: `1` to true, `"5"` to 5, 5 to `"5"`."""
    if isinstance(value, list | dict):
        return value
    text = "" if value is None else str(value).strip()
    if "boolean" in kinds and text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if not isinstance(value, bool):
        number = _number(text, kinds)
        if number is not None:
            return number
    if "string" in kinds and value is not None:
        return str(value).lower() if isinstance(value, bool) else text
    return [value] if "array" in kinds and value is not None else value


def _number(text: str, kinds: frozenset[str]) -> int | float | None:
    """Return a text as a number, as an integer if the types include it; None if it is not a number."""
    if "integer" in kinds and _INTEGER.match(text):
        return int(text)
    try:
        number = float(text)
    except ValueError:
        return None
    if "integer" in kinds and number.is_integer():
        return int(number)
    return number if "number" in kinds and isfinite(number) else None


def _is_of(kinds: frozenset[str], value: Any) -> bool:
    if value is None:
        return "null" in kinds
    name = next((name for kind, name in _KINDS if isinstance(value, kind)), "")
    return name in kinds or (name == "integer" and "number" in kinds)
