"""Errors: the reasons why a request fails, raised by handlers and by locum.

    ApiError
    ├── Malformed             400, 422, 404   a parameter is wrong, or the body does not parse
    ├── Invalid               422, 400, 404   the body breaks its schema
    ├── Unauthenticated       401, 403        + WWW-Authenticate (RFC 6750, section 3)
    ├── Forbidden             403, 404, 401   the caller may not do this
    ├── NotFound              404, 410
    ├── NotAllowed            405             + Allow (RFC 9110, section 10.2.1)
    ├── NotAcceptable         406
    ├── UnsupportedMediaType  415, 400, 422
    ├── TooLarge              413, 400, 422
    ├── Limited               400, 403, 409   a documented quota is used up
    ├── Conflict              409, 400, 422   the request clashes with the state
    ├── Precondition          412, 409, 428   the record is not in the required state
    ├── TooMany               429             this server's own limits
    ├── OutOfRoom             507, 503, 429   this server has no capacity left
    └── Faulty                500             a defect of this server

Each class has candidate statuses, best first. The first one that the operation declares is sent, in the error format
of the API. The order shown applies to operations with handlers; server/errors.py has that of all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "ApiError",
    "Conflict",
    "Faulty",
    "Forbidden",
    "Invalid",
    "Limited",
    "Malformed",
    "NotAcceptable",
    "NotAllowed",
    "NotFound",
    "OutOfRoom",
    "Precondition",
    "TooLarge",
    "TooMany",
    "Unauthenticated",
    "Unavailable",
    "UnsupportedMediaType",
    "Violation",
]


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a value of the request breaks. The value itself is never stored.

    `location` is path, query, header, cookie or body. `path` leads from there to the value (`("permissions", 0)`, or
    the parameter's name). `keyword` is the JSON Schema keyword that failed, and `expected` its value (3 for
    `minLength: 3`) or, for `required`, the name of the property.
    """

    location: str
    path: tuple[str | int, ...]
    keyword: str
    expected: object
    sentence: str
    """The message template; `{expected}` is replaced by `expected`."""

    @property
    def message(self) -> str:
        """The message; formatted only when it is read."""
        return self.sentence.replace("{expected}", _text(self.expected))

    @property
    def field(self) -> str:
        """The path in dotted form: `permissions.0`; the location if the path is empty."""
        return ".".join(map(str, self.path)) or self.location


def _text(expected: object) -> str:
    if isinstance(expected, list | tuple):
        return ", ".join(map(_text, expected))
    if isinstance(expected, bool):
        return "true" if expected else "false"
    return "null" if expected is None else str(expected)


class ApiError(Exception):
    """A failed request; raised by handlers and by locum.

    `code` is a short stable identifier for programs, `violations` lists the broken rules, and `headers` are added to
    the response.
    """

    statuses: ClassVar[tuple[int, ...]] = (400,)
    code: str = "refused"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        violations: Sequence[Violation] = (),
        headers: Mapping[str, str | Sequence[str]] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.violations = tuple(violations)
        self.headers: dict[str, str | Sequence[str]] = dict(headers or {})
        if code is not None:
            self.code = code


class Malformed(ApiError):
    """A parameter breaks its schema, or the body cannot be parsed."""

    statuses: ClassVar[tuple[int, ...]] = (400, 422, 404)
    code = "malformed"


class Invalid(ApiError):
    """The body breaks its schema, or a parameter cannot be read at all."""

    statuses: ClassVar[tuple[int, ...]] = (422, 400, 404)
    code = "invalid"


class Unauthenticated(ApiError):
    """The caller is not authenticated; the headers have the challenge (RFC 6750, section 3)."""

    statuses: ClassVar[tuple[int, ...]] = (401, 403)
    code = "unauthenticated"


class Forbidden(ApiError):
    """The caller is authenticated, but not allowed to do this."""

    statuses: ClassVar[tuple[int, ...]] = (403, 404, 401)
    code = "forbidden"


class NotFound(ApiError):
    """The resource does not exist, or is not visible to this caller."""

    statuses: ClassVar[tuple[int, ...]] = (404, 410)
    code = "not_found"


class NotAllowed(ApiError):
    """The path exists, but not with this method."""

    statuses: ClassVar[tuple[int, ...]] = (405,)
    code = "method_not_allowed"


class NotAcceptable(ApiError):
    """No declared media type of the response matches the Accept header."""

    statuses: ClassVar[tuple[int, ...]] = (406,)
    code = "not_acceptable"


class UnsupportedMediaType(ApiError):
    """The operation does not accept the media type of the body."""

    statuses: ClassVar[tuple[int, ...]] = (415, 400, 422)
    code = "unsupported_media_type"


class TooLarge(ApiError):
    """The body exceeds the limit of this server."""

    statuses: ClassVar[tuple[int, ...]] = (413, 400, 422)
    code = "too_large"


class Limited(ApiError):
    """A documented quota is used up."""

    statuses: ClassVar[tuple[int, ...]] = (400, 403, 409)
    code = "limit_reached"


class Conflict(ApiError):
    """The request is valid, but conflicts with the state or with a rule."""

    statuses: ClassVar[tuple[int, ...]] = (409, 400, 422)
    code = "conflict"


class Precondition(ApiError):
    """A condition of the request does not hold (RFC 9110, section 13)."""

    statuses: ClassVar[tuple[int, ...]] = (412, 409, 428)
    code = "precondition_failed"


class TooMany(ApiError):
    """A limit of this server, not of the mocked API, is exceeded."""

    statuses: ClassVar[tuple[int, ...]] = (429,)
    code = "too_many"


class OutOfRoom(ApiError):
    """The server has reached its memory limits (RFC 4918, section 11.5)."""

    statuses = (507, 503, 429)
    code = "out_of_room"


class Unavailable(ApiError):
    """What the response depends on is not available at the moment."""

    statuses = (503, 500)
    code = "unavailable"


class Faulty(ApiError):
    """A defect of the server, not of the request."""

    statuses: ClassVar[tuple[int, ...]] = (500,)
    code = "faulty"
