"""Validation: parse the parameters and the body of a request, and check them against the contract."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace
from itertools import islice
from math import isfinite
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from locum.errors import ApiError, Faulty, Invalid, Malformed, UnsupportedMediaType, Violation
from locum.openapi.compile.parameters import cookies_of, encoded_pairs, query_pairs
from locum.openapi.paths import expressions_of
from locum.openapi.wire.codings import ACCEPTED, Bomb, UnknownCoding, decode, unknown_coding
from locum.openapi.wire.parameters import Unreadable, kinds_of, percent_decode, typed
from locum.options import Validation
from locum.server.asgi import too_large

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.openapi.compile.operations import Operation
    from locum.openapi.compile.parameters import Parameter
    from locum.openapi.schemas.schemas import Schema
    from locum.server.http import HttpRequest
    from locum.world.journal import Verdict
    from locum.world.worlds import World

__all__ = ["HEADER", "REJECTIONS", "Reader", "Tolerated", "is_read_only", "tolerate"]


class Reader:
    """Parses and validates the requests to one operation; returns the arguments that its handler names (`wanted`)."""

    __slots__ = (
        "_body",
        "_cookies",
        "_defaults",
        "_delimited",
        "_headers",
        "_most_bytes",
        "_path",
        "_query",
        "_takes_codings",
        "_wanted",
        "_whole_query",
    )

    def __init__(self, operation: Operation, template: str, wanted: frozenset[str], most_bytes: int) -> None:
        self._wanted = wanted
        self._most_bytes = most_bytes
        by_name = {parameter.name: parameter for parameter in operation.by_location["path"]}
        self._path = [by_name.get(name) for name in expressions_of(template)]
        self._query = operation.by_location["query"]
        self._delimited = any(parameter.delimited for parameter in self._query)
        self._whole_query = operation.by_location.get("querystring", ())
        self._headers = operation.by_location["header"]
        self._cookies = operation.by_location["cookie"]
        self._body = operation.body
        self._takes_codings = any(parameter.name == "content-encoding" for parameter in self._headers)
        # The arguments that a request may leave out.
        self._defaults = {
            parameter.argument: parameter.default for parameter in operation.parameters if parameter.argument in wanted
        }
        if "body" in wanted:
            self._defaults["body"] = None

    def parameters(self, values: tuple[str, ...], query: bytes, headers: Mapping[bytes, bytes]) -> dict[str, Any]:
        """Read all parameters; `values` are the path parameters, still percent-encoded.

        Raises Malformed, for path parameters before all others, and Invalid for a path that is not UTF-8.
        """
        arguments = self._defaults.copy()
        wanted = self._wanted
        violations: list[Violation] = []
        if values:
            for parameter, text in zip(self._path, values, strict=True):
                if parameter is None:
                    continue
                is_encoded = "%" in text
                if is_encoded or not text.isascii():
                    _check_text(percent_decode(text), "path", parameter.name)
                if parameter.plain and not is_encoded and parameter.schema.is_valid(text):
                    value: Any = text
                else:
                    value, found = parameter.read_text(text)
                    violations += found
                if parameter.argument in wanted:
                    arguments[parameter.argument] = value
            if violations:
                raise _malformed(violations)
        if self._query:
            try:
                pairs = query_pairs(query) if query else {}
            except ValueError:
                message = "The query string is not valid percent-encoded UTF-8."
                problems = [Violation("query", (), "encoding", "UTF-8", "must be percent-encoded UTF-8")]
                raise Malformed(message, violations=problems) from None
            encoded = encoded_pairs(query) if self._delimited else None
            for parameter in self._query:
                value, found = parameter.read_pairs(pairs, encoded)
                violations += found
                if parameter.argument in wanted:
                    arguments[parameter.argument] = value
        for parameter in self._whole_query:
            value, found = parameter.read_query(query)
            violations += found
            if parameter.argument in wanted:
                arguments[parameter.argument] = value
        if self._headers or self._cookies:
            violations += self._read_headers(arguments, headers)
        if violations:
            raise _malformed(violations)
        return arguments

    def _read_headers(self, arguments: dict[str, Any], headers: Mapping[bytes, bytes]) -> list[Violation]:
        violations: list[Violation] = []
        cookies = headers.get(b"cookie", b"").decode("latin-1")
        for parameter in (*self._headers, *self._cookies):
            if parameter.location == "cookie":
                value, found = parameter.read_cookies(cookies)
            else:
                raw = headers.get(parameter.name.encode("latin-1"))
                value, found = parameter.read_text(None if raw is None else raw.decode("latin-1").strip())
            violations += found
            if parameter.argument in self._wanted:
                arguments[parameter.argument] = value
        return violations

    def decoded_body(self, request: HttpRequest) -> bytes:
        """Return the body without its content codings.

        Raises the error with which receiving the body ended, UnsupportedMediaType for an unknown coding, Malformed for
        a body that cannot be decompressed, and TooLarge for one that is too large decompressed.
        """
        if request.body_error is not None:
            raise request.body_error
        headers = request.headers
        if b"content-encoding" in headers:
            return self._decoded(request.body, headers[b"content-encoding"])
        return request.body

    def _decoded(self, data: bytes, content_encoding: bytes) -> bytes:
        """Undo the content codings of a body.

        An operation that declares the header Content-Encoding gets bytes in unknown codings as they are: it may be a
        store of files.
        """
        coding = content_encoding.decode("latin-1")
        if not data or (self._takes_codings and unknown_coding(coding) is not None):
            return data
        try:
            return decode(data, coding, self._most_bytes)
        except UnknownCoding as unknown:
            message = f"The content coding {unknown} is not supported; {' and '.join(ACCEPTED)} are."
            # RFC 9110, section 15.5.16
            raise UnsupportedMediaType(
                message, code="unsupported_content_coding", headers={"Accept-Encoding": ", ".join(ACCEPTED)}
            ) from None
        except Bomb:
            raise too_large(self._most_bytes) from None
        except Unreadable as problem:
            raise Malformed(f"The request body {problem}.", code="malformed_body") from None

    def body(self, headers: Mapping[bytes, bytes], data: bytes) -> Any:
        """Parse and validate the body. Raises UnsupportedMediaType, Malformed, Invalid."""
        declared = self._body
        assert declared is not None  # noqa: S101 (the caller checked)
        if not data:
            if declared.required:
                raise Invalid(
                    "A request body is required.",
                    code="body_required",
                    violations=[Violation("body", (), "required", "body", "is required")],
                )
            return None
        content_type = headers.get(b"content-type")
        media, essence = declared.select(content_type)
        value = declared.parse(media, essence, content_type or b"", data)
        violations = declared.judge(media, value)
        if violations:
            raise Invalid("The request body breaks its schema.", violations=violations)
        return value

    def parsed(self, headers: Mapping[bytes, bytes], data: bytes) -> Any:
        """Parse the body without validating it. Raises UnsupportedMediaType, Malformed."""
        declared = self._body
        assert declared is not None  # noqa: S101 (the caller checked)
        content_type = headers.get(b"content-type")
        media, essence = declared.select(content_type)
        return declared.parse(media, essence, content_type or b"", data)


def _malformed(violations: list[Violation]) -> Malformed:
    first = violations[0]
    return Malformed(f"The {first.location} parameter {first.field} {first.message}.", violations=violations)


def _check_text(text: str, location: str, name: str) -> None:
    """Reject a value whose bytes are not UTF-8 (the router marks them as lone surrogates)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        found = Violation(location, (name,), "encoding", "UTF-8", "must be percent-encoded UTF-8")
        message = f"The {location} parameter {name} {found.message}."
        raise Invalid(message, violations=[found]) from None


HEADER = b"x-locum-validate"
"""The request header that sets the validation mode of one request."""

REJECTIONS = (Malformed, Invalid, UnsupportedMediaType)
"""The errors raised for a request that breaks its contract."""

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
