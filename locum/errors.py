"""Refusals: why a request is not answered with success, said without HTTP.

    Refusal
    ├── Malformed             400, 422, 404   a parameter is wrong, or the body does not parse
    ├── Invalid               422, 400        the body breaks its schema
    ├── Unauthenticated       401, 403        + WWW-Authenticate (RFC 6750, section 3)
    ├── Forbidden             403, 404, 401   the caller may not do this
    ├── NotFound              404, 410
    ├── NotAllowed            405             + Allow (RFC 9110, section 10.2.1)
    ├── NotAcceptable         406
    ├── UnsupportedMediaType  415, 400, 422
    ├── TooLarge              413, 400, 422
    ├── Limited               400, 403, 409   a documented quota is used up
    ├── Conflict              409, 400, 422   the request clashes with the state
    ├── Precondition          412, 409, 428   the record is not in the state that the caller names
    ├── TooMany               429             this server's own limits
    ├── OutOfRoom             507, 503, 429   this server keeps no more bytes
    └── Faulty                500             our own defect, said as such

Each class carries candidate statuses, best first; the first one that the operation declares is
sent, in the API's own error shape.
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
    "UnsupportedMediaType",
    "Violation",
]


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that one place of the request breaks; never holds the offending value.

    `location` is path, query, header, cookie or body; `path` leads from there to the value
    (`("permissions", 0)`, or the parameter's name); `keyword` is the JSON Schema keyword that
    failed and `expected` what the schema says there (3 for `minLength: 3`, the property's name
    for `required`).
    """

    location: str
    path: tuple[str | int, ...]
    keyword: str
    expected: object
    sentence: str
    """What is wrong, in words; `{expected}` in it stands for `expected`."""

    @property
    def message(self) -> str:
        """The sentence with its words filled in; made only for who reads it."""
        return self.sentence.replace("{expected}", _words(self.expected))

    @property
    def field(self) -> str:
        """The place in dotted form: `permissions.0`; the location itself where there is no path."""
        return ".".join(map(str, self.path)) or self.location


def _words(expected: object) -> str:
    if isinstance(expected, list | tuple):
        return ", ".join(map(_words, expected))
    if isinstance(expected, bool):
        return "true" if expected else "false"
    return "null" if expected is None else str(expected)


class ApiError(Exception):
    """A request that is not answered with success; raised by handlers and by the engine.

    `code` is a short stable word for programs, `violations` the broken rules one by one, and
    `headers` what the answer must carry beside the body.
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
    """Who is asking is not known; carries the challenge of RFC 6750, section 3."""

    statuses: ClassVar[tuple[int, ...]] = (401, 403)
    code = "unauthenticated"


class Forbidden(ApiError):
    """The caller is known and may not do this."""

    statuses: ClassVar[tuple[int, ...]] = (403, 404, 401)
    code = "forbidden"


class NotFound(ApiError):
    """The thing named does not exist, or not for this caller."""

    statuses: ClassVar[tuple[int, ...]] = (404, 410)
    code = "not_found"


class NotAllowed(ApiError):
    """The path exists, the method does not."""

    statuses: ClassVar[tuple[int, ...]] = (405,)
    code = "method_not_allowed"


class NotAcceptable(ApiError):
    """No declared media type of the answer suits the Accept header."""

    statuses: ClassVar[tuple[int, ...]] = (406,)
    code = "not_acceptable"


class UnsupportedMediaType(ApiError):
    """The body's media type is not one that the operation takes."""

    statuses: ClassVar[tuple[int, ...]] = (415, 400, 422)
    code = "unsupported_media_type"


class TooLarge(ApiError):
    """The body is larger than this server reads."""

    statuses: ClassVar[tuple[int, ...]] = (413, 400, 422)
    code = "too_large"


class Limited(ApiError):
    """A documented quota is used up."""

    statuses: ClassVar[tuple[int, ...]] = (400, 403, 409)
    code = "limit_reached"


class Conflict(ApiError):
    """The request fits its schema and clashes with the state or with a rule."""

    statuses: ClassVar[tuple[int, ...]] = (409, 400, 422)
    code = "conflict"


class Precondition(ApiError):
    """A condition of the request does not hold (RFC 9110, section 13)."""

    statuses: ClassVar[tuple[int, ...]] = (412, 409, 428)
    code = "precondition_failed"


class TooMany(ApiError):
    """A limit of this server itself, not of the API that it plays."""

    statuses: ClassVar[tuple[int, ...]] = (429,)
    code = "too_many"


class OutOfRoom(ApiError):
    """The server keeps as many bytes as it may (RFC 4918, section 11.5)."""

    statuses = (507, 503, 429)
    code = "out_of_room"


class Faulty(ApiError):
    """The server, not the caller, is at fault."""

    statuses: ClassVar[tuple[int, ...]] = (500,)
    code = "faulty"
