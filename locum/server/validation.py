"""Validation: parse the parameters and the body of a request, and check them against the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.errors import Invalid, Malformed, UnsupportedMediaType, Violation
from locum.openapi.compile.parameters import encoded_pairs, query_pairs
from locum.openapi.paths import expressions_of
from locum.openapi.wire.codings import ACCEPTED, Bomb, UnknownCoding, decode, unknown_coding
from locum.openapi.wire.styles import Unreadable, percent_decode
from locum.server.limits import body_too_large

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.openapi.compile.operations import Operation
    from locum.server.http import HttpRequest

__all__ = ["REJECTIONS", "Reader"]

REJECTIONS = (Malformed, Invalid, UnsupportedMediaType)
"""The errors raised for a request that breaks its contract."""


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
            raise body_too_large(self._most_bytes) from None
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
        violations = declared.validate(media, value)
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
