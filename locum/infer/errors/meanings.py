"""Meanings: the names of the members of error bodies, and the best of a list of error codes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from locum.infer.resources.words import words_of
from locum.openapi.pointers import join

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from locum.errors import ApiError, Violation
    from locum.infer.resources.shapes import Shape, Shapes

__all__ = [
    "CODES",
    "FIELDS",
    "FLAGS",
    "LISTS",
    "LOCATIONS",
    "MESSAGES",
    "NESTED",
    "PATHS",
    "POINTERS",
    "STATUSES",
    "SUBJECTS",
    "TIMES",
    "TITLES",
    "best_of",
    "canonical",
    "entries",
    "plain",
    "spellings",
    "synonyms",
]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Names as `plain` gives them: `error_description` is `errordescription`.
MESSAGES = _names(
    "message msg detail details description errordescription errormessage errormsg reason text error errors info "
    "explanation usermessage developermessage statusmessage statustext messagetext longmessage fault faultstring "
    "cause why"
)
TITLES = _names("title summary heading shortmessage statusdescription")
CODES = _names(
    "code errorcode errcode type errortype kind error errorname name key slug reason errorid category exception "
    "faultcode keyword rule constraint"
)
STATUSES = _names("status statuscode httpstatus httpstatuscode httpcode code errorcode responsecode")
FLAGS = {"success": False, "ok": False, "successful": False, "error": True, "iserror": True, "failed": True}
TIMES = _names("timestamp time date datetime at occurredat createdat")
LISTS = _names(
    "errors details validation validations validationerrors violations fielderrors detail invalidparams "
    "invalidparameters issues problems causes fields constraintviolations suberrors errordetails messages "
    "fieldviolations"
)
NESTED = _names("error errors fault exception problem detail details status response")
FIELDS = _names(
    "field name param parameter property attribute target fieldname propertyname element source key subject"
)
SUBJECTS = _names("field param parameter property attribute target fieldname propertyname")
LOCATIONS = _names("location in where locationtype source loc domain")
PATHS = _names("path loc location propertypath jsonpath fieldpath")
POINTERS = _names("pointer jsonpointer instancepath datapath")

_SYNONYMS: dict[int, tuple[str, ...]] = {
    400: ("bad request", "invalid request", "invalid argument", "validation error", "invalid", "malformed"),
    401: ("unauthorized", "unauthenticated", "authentication error", "not authenticated", "invalid token"),
    403: ("forbidden", "permission denied", "access denied", "authorization error", "unauthorized"),
    404: ("not found", "resource missing", "no such", "missing", "unknown"),
    405: ("method not allowed", "not allowed", "unsupported method"),
    406: ("not acceptable",),
    409: ("conflict", "already exists", "duplicate", "aborted", "state conflict"),
    410: ("gone", "not found"),
    413: ("payload too large", "request too large", "too large"),
    415: ("unsupported media type", "unsupported"),
    422: ("unprocessable entity", "validation error", "invalid request", "invalid argument", "invalid", "bad request"),
    429: ("too many requests", "rate limit", "resource exhausted", "throttled"),
    500: ("internal server error", "internal error", "server error", "api error", "unknown error"),
    503: ("service unavailable", "unavailable"),
}
_CANONICAL = {
    401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ALREADY_EXISTS", 410: "NOT_FOUND",
    412: "FAILED_PRECONDITION", 429: "RESOURCE_EXHAUSTED", 499: "CANCELLED", 500: "INTERNAL", 501: "UNIMPLEMENTED",
    503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
}  # fmt: skip
"""The status codes of gRPC, as Google's HTTP mapping has them."""
_ANY = ("error", "fail", "failed", "failure", "other", "unknown")
_NOISE = frozenset(
    {"error", "errors", "request", "exception", "err", "e", "is", "the", "a", "of", "resource", "server"}
)
"""Words without meaning of their own: two names that share only these do not match."""


def plain(name: str) -> str:
    """Return a name in lower case without separators."""
    return re.sub(r"[\W_]+", "", name).lower()


def synonyms(status: int) -> tuple[str, ...]:
    """Return the phrases for a status, the usual one first."""
    return _SYNONYMS.get(status, _SYNONYMS[400 if status < 500 else 500])  # noqa: PLR2004 (the classes of HTTP)


def canonical(status: int) -> str:
    """Return the gRPC status code for an HTTP status."""
    return _CANONICAL.get(status, "INVALID_ARGUMENT" if status < 500 else "UNKNOWN")  # noqa: PLR2004 (as above)


def spellings(phrase: str) -> list[str]:
    """Return a phrase in the spellings of error codes: not_found, NOT_FOUND, not-found, NotFound, notFound."""
    words = words_of(phrase)
    pascal = "".join(word.capitalize() for word in words)
    return ["_".join(words), "_".join(words).upper(), "-".join(words), pascal, pascal[:1].lower() + pascal[1:]]


def best_of(offered: Iterable[object], phrases: Sequence[str]) -> str | None:
    """Return the offered word that best matches one of the phrases, earlier phrases first; None for no match."""
    known = [(word, frozenset(words_of(word))) for word in offered if isinstance(word, str)]
    for phrase in phrases:
        wanted = frozenset(words_of(phrase))
        exact = next((word for word, words in known if words - _NOISE == wanted - _NOISE and words & wanted), None)
        if exact is not None:
            return exact
    for phrase in phrases:
        wanted = frozenset(words_of(phrase)) - _NOISE
        near = max(known, key=lambda pair: len(pair[1] & wanted), default=None)
        if near is not None and near[1] & wanted:
            return near[0]
    return next((word for usual in _ANY for word, words in known if usual in words), None)


_KEYWORDS = {
    "required": ("missing field", "missing", "required", "blank"),
    "additionalProperties": ("unknown field", "unexpected", "not allowed", "unknown"),
    "type": ("invalid type", "type", "format"),
    "enum": ("not in list", "invalid choice", "inclusion"),
}
_SEVERITIES = ("severity", "level")


def entries(error: ApiError, status: int, shape: Shape, shapes: Shapes) -> Iterator[Any]:
    """Yield an entry for each violation: an object filled by its members' names, or a sentence."""
    for violation in error.violations:
        if "object" not in shape.kinds:
            yield f"{violation.field} {violation.message}"
        elif shape.properties:
            yield _entry(violation, status, shape, shapes)
        else:
            yield {"location": violation.location, "field": violation.field, "message": violation.message}


def _entry(violation: Violation, status: int, shape: Shape, shapes: Shapes) -> dict[str, Any]:
    names = {plain(name) for name in shape.properties}
    has_place = bool(names & (FIELDS | PATHS | POINTERS))
    given = {}
    for name, schema in shape.properties.items():
        offered = schema.raw.get("enum") if isinstance(schema.raw, dict) else None
        inner = shapes.of(schema)
        if inner.is_object and inner.properties and plain(name) in {"source", "location", "context"}:
            value: Any = _source(violation, inner)
            if value and schema.is_valid(value):
                given[name] = value
            continue
        for value in _values(plain(name), violation, status, names, offered, has_place=has_place):
            if schema.is_valid(value):
                given[name] = value
                break
    return given


def _source(violation: Violation, shape: Shape) -> dict[str, Any]:
    """Return the location as JSON:API writes it: `{"pointer": "/name"}`, `{"parameter": "limit"}`."""
    place = join("", *violation.path)
    known = {
        "pointer": place if violation.location == "body" or "pointer" in shape.required else None,
        "parameter": violation.field if violation.location in {"query", "path", "cookie"} else None,
        "header": violation.field if violation.location == "header" else None,
        "field": violation.field,
        "path": violation.field,
    }
    return {name: known[plain(name)] for name in shape.properties if known.get(plain(name)) is not None}


def _values(  # noqa: PLR0913 (a violation and a member)
    name: str, violation: Violation, status: int, names: set[str], offered: list[Any] | None, *, has_place: bool
) -> Iterator[Any]:
    """Yield possible values of a member of an entry, best first."""
    keyword = violation.keyword
    phrases = (*_KEYWORDS.get(keyword, ()), keyword, *synonyms(status))
    steps = [violation.location, *violation.path]
    if name in LOCATIONS | PATHS:
        yield from (steps, list(map(str, steps)), list(map(str, violation.path)))
    if offered:
        wanted = ("error",) if name in _SEVERITIES else (violation.location,) if name in LOCATIONS else phrases
        yield best_of(offered, wanted)
    if name in POINTERS:
        yield join("", *violation.path)
    if name in PATHS and name not in {"loc", "location"}:
        yield violation.field
    if name in LOCATIONS and name != "source":
        yield violation.location
    if name in FIELDS:
        yield violation.field
    if name in _SEVERITIES:
        yield from ("Error", "error", "ERROR")
    if name in TITLES and names & MESSAGES:
        yield " ".join(spellings(phrases[0])[0].split("_")).capitalize()
    if name in MESSAGES - {"reason"} | TITLES or (name == "reason" and not names & (MESSAGES - {"reason"})):
        yield violation.message if has_place else f"{violation.field} {violation.message}"
        yield [violation.message]
    if name in STATUSES and name not in CODES:
        yield from (status, str(status))
    if name in CODES:
        yield from (keyword, *spellings(keyword), *spellings(synonyms(status)[0]), status, str(status))
