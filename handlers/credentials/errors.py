"""The error formats of this API: FastAPI's list for 422, an error with a request id for other statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.credentials.records import PROVIDERS
from locum import Response

if TYPE_CHECKING:
    from locum import ApiError, Clock, NewId, Violation

__all__ = ["render_error"]

_UNAUTHORIZED = 401
_UNPROCESSABLE = 422

_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    500: "internal_error",
}

_TOKENS = dict.fromkeys(("invalid_token", "expired_token", "malformed_token"), "Invalid authentication token")
"""The message of the contract for a rejected token, by the engine's error code."""

_PATHS = {"credential_id": "Invalid credential ID", "provider": "Unknown provider"}
"""The message of the contract for a rejected path, by the parameter."""

# The engine's keyword (mostly JSON Schema's) -> Pydantic's type and message.
_RULES = {
    "json": ("json_invalid", "JSON decode error"),
    "required": ("missing", "Field required"),
    "additionalProperties": ("extra_forbidden", "Extra inputs are not permitted"),
    "pattern": ("string_pattern_mismatch", "String should match pattern '{}'"),
    "minLength": ("string_too_short", "String should have at least {} characters"),
    "maxLength": ("string_too_long", "String should have at most {} characters"),
    "minItems": ("too_short", "List should have at least {} items after validation"),
    "maxItems": ("too_long", "List should have at most {} items after validation"),
    "minimum": ("greater_than_equal", "Input should be greater than or equal to {}"),
    "maximum": ("less_than_equal", "Input should be less than or equal to {}"),
    "exclusiveMinimum": ("greater_than", "Input should be greater than {}"),
    "exclusiveMaximum": ("less_than", "Input should be less than {}"),
    "multipleOf": ("multiple_of", "Input should be a multiple of {}"),
}

_TYPES = {
    "string": ("string_type", "Input should be a valid string"),
    "integer": ("int_type", "Input should be a valid integer"),
    "number": ("float_type", "Input should be a valid number"),
    "boolean": ("bool_type", "Input should be a valid boolean"),
    "array": ("list_type", "Input should be a valid list"),
    "object": ("dict_type", "Input should be a valid dictionary"),
}

# Parameters are sent as text, so a wrong type is a value that could not be parsed.
_PARSINGS = {
    "integer": ("int_parsing", "Input should be a valid integer, unable to parse string as an integer"),
    "number": ("float_parsing", "Input should be a valid number, unable to parse string as a number"),
    "boolean": ("bool_parsing", "Input should be a valid boolean, unable to interpret input"),
}

_FORMATS = {
    "uuid": ("uuid_parsing", "Input should be a valid UUID"),
    "date-time": ("datetime_parsing", "Input should be a valid datetime"),
    "date": ("date_parsing", "Input should be a valid date"),
    "uri": ("url_parsing", "Input should be a valid URL"),
}


def render_error(error: ApiError, status: int, new_id: NewId, clock: Clock) -> Response:
    """Render an error in the format that the contract declares for a status."""
    details: list[Any] = [_detail(violation) for violation in error.violations]
    if status == _UNPROCESSABLE:
        return Response(body={"detail": details or [_body_detail(error)]})
    request_id = new_id.ulid(clock.seconds)
    message = _message(error, status)
    body = {
        "message": message,
        "code": _CODES.get(status, error.code),
        # The contract's message replaces the engine's above; the engine's is more precise, so it is here.
        "details": details or (None if message == error.message else [error.message]),
    }
    return Response(body={"error": body, "request_id": request_id}, headers={"X-Request-ID": request_id})


def _message(error: ApiError, status: int) -> str:
    """Return the message that the contract has for an error, else the error's own."""
    if status == _UNAUTHORIZED:
        return _TOKENS.get(error.code, "Authentication required")
    if error.code == "permission_denied":
        return "You do not have permission to access this resource"
    for violation in error.violations:
        if violation.location == "path" and violation.field in _PATHS:
            return _PATHS[violation.field]
    return error.message


def _body_detail(error: ApiError) -> dict[str, Any]:
    """Return the detail of an error without violations, such as an unsupported media type."""
    return {"loc": ["body"], "msg": error.message, "type": error.code}


def _detail(violation: Violation) -> dict[str, Any]:
    kind, message = _type_and_message(violation)
    return {"loc": [violation.location, *violation.path], "msg": message, "type": kind}


def _type_and_message(violation: Violation) -> tuple[str, str]:
    """Return Pydantic's type and message for a violation; neither contains the value."""
    keyword, expected = violation.keyword, violation.expected
    if (violation.location, violation.path) == ("path", ("provider",)):
        # The contract declares a pattern so that the names match in any letter case.
        return "enum", _one_of(PROVIDERS)
    if keyword == "enum" and isinstance(expected, list | tuple):
        return "enum", _one_of(expected)
    if keyword == "type":
        name = _first_type(expected)
        parsing = _PARSINGS.get(name) if violation.location != "body" else None
        return parsing or _TYPES.get(name, ("value_error", violation.message))
    if keyword == "format":
        return _FORMATS.get(str(expected), ("value_error", violation.message))
    kind, message = _RULES.get(keyword, ("value_error", violation.message))
    if expected == 1:
        message = message.replace("characters", "character").replace("items", "item")
    return kind, message.replace("{}", str(expected))


def _first_type(expected: object) -> str:
    """Return the expected type; a nullable one is a list that ends in `null`."""
    names = expected if isinstance(expected, list | tuple) else (expected,)
    return next((str(name) for name in names if name != "null"), "null")


def _one_of(values: list[Any] | tuple[Any, ...]) -> str:
    names = [repr(value) for value in values]
    *rest, last = names
    return f"Input should be {', '.join(rest)} or {last}" if rest else f"Input should be {last}"
