"""The error format of this API: a flat object with type, code, message and a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum import (
    Conflict,
    Faulty,
    Forbidden,
    Invalid,
    Limited,
    Malformed,
    NotAcceptable,
    NotAllowed,
    NotFound,
    Response,
    TooLarge,
    TooMany,
    Unauthenticated,
    UnsupportedMediaType,
)

if TYPE_CHECKING:
    from locum import ApiError, Clock, NewId, Violation

__all__ = ["render_error"]

_DOCS = "https://docs.altostrat.io/errors/"

_KINDS: dict[type[ApiError], tuple[str, str]] = {
    Malformed: ("invalid_request_error", "parameter_invalid"),
    Invalid: ("invalid_request_error", "parameter_invalid"),
    Unauthenticated: ("authentication_error", "authentication_required"),
    Forbidden: ("permission_error", "permission_denied"),
    NotFound: ("not_found_error", "resource_not_found"),
    NotAllowed: ("invalid_request_error", "method_not_allowed"),
    NotAcceptable: ("invalid_request_error", "not_acceptable"),
    UnsupportedMediaType: ("invalid_request_error", "unsupported_media_type"),
    TooLarge: ("invalid_request_error", "request_too_large"),
    Limited: ("invalid_request_error", "limit_reached"),
    Conflict: ("conflict_error", "state_conflict"),
    TooMany: ("rate_limit_error", "rate_limited"),
    Faulty: ("api_error", "internal_error"),
}


def render_error(error: ApiError, status: int, new_id: NewId, clock: Clock) -> Response:  # noqa: ARG001 (called with all four)
    """Render an error as an ErrorResponse."""
    kind, code = next((_KINDS[c] for c in type(error).__mro__ if c in _KINDS), ("api_error", "internal_error"))
    message = error.message
    if isinstance(error, Forbidden) and status == 404:  # noqa: PLR2004 (a status)
        # An operation without a 403 must not reveal that the resource exists.
        kind, code = _KINDS[NotFound]
        message = "The requested resource could not be found."
    elif error.violations:
        code, message = _describe_violations(error.violations)
    elif error.code != type(error).code:
        code = error.code
    body = {"type": kind, "code": code, "message": message, "doc_url": _DOCS + code}
    return Response(body=body, headers=dict(error.headers))


def _describe_violations(violations: tuple[Violation, ...]) -> tuple[str, str]:
    """Return the code and the message of the first violation, with the number of the others."""
    first = violations[0]
    subject = f"The '{first.field}' parameter" if first.path else f"The request {first.location}"
    missing = first.keyword == "required"
    problem = "is required for this request" if missing else first.message.rstrip(".")
    rest = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
    return "parameter_missing" if missing else "parameter_invalid", f"{subject} {problem}{rest}."
