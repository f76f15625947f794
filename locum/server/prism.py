"""Prism: the behaviour of `locum mock` where Prism differs from `locum serve`.

- Until a record of its resource changes, a GET operation responds with its declared example, and every identifier
  exists.
- An invalid request is rejected before `Prefer` chooses a response, and is 422 where only `default` is declared.
- The declared example of an error response is that response.
- A body sent to an operation without one is 415; read-only properties are removed from a body.
- `Accept` is checked last.
- XML has Prism's root element if the schema names none.
- Problem details have Prism's `type` and `title`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum import errors
from locum.openapi.wire.media_types import is_xml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from locum.errors import ApiError
    from locum.infer.actions.generated import GenerateResponse
    from locum.infer.request import Request
    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.operations import Operation
    from locum.responses import Response
    from locum.world.worlds import World

__all__ = ["FirstResponses", "members", "reject_body", "serialized", "shown"]

_TYPES: dict[type[ApiError], tuple[str, str]] = {
    errors.Unauthenticated: ("UNAUTHORIZED", "Invalid security scheme used"),
    errors.NotFound: ("NOT_FOUND", "The server cannot find the requested content"),
    errors.NotAllowed: ("NO_METHOD_MATCHED_ERROR", "Route resolved, but no method matched"),
    errors.NotAcceptable: (
        "NOT_ACCEPTABLE",
        "The server cannot produce a representation for your accept header",
    ),
    errors.UnsupportedMediaType: ("INVALID_CONTENT_TYPE", "Invalid content type"),
    errors.Malformed: ("UNPROCESSABLE_ENTITY", "Invalid request"),
    errors.Invalid: ("UNPROCESSABLE_ENTITY", "Invalid request"),
}
_NO_PATH = ("NO_PATH_MATCHED_ERROR", "Route not resolved, no path matched")


def members(error: ApiError) -> dict[str, Any]:
    """Return Prism's `type` and `title` for an error; an empty dict for errors that Prism does not have."""
    found = _NO_PATH if error.code == "no_such_path" else _TYPES.get(type(error))
    if found is None:
        return {}
    return {"type": f"https://stoplight.io/prism/errors#{found[0]}", "title": found[1]}


class FirstResponses:
    """The responses of an operation until a record of its resource changes.

    GET responds with the declared example, and every identifier exists.
    """

    __slots__ = ("_generate_response", "_handler", "_is_changed", "_operation", "_shows")

    def __init__(
        self,
        operation: Operation,
        generate_response: GenerateResponse,
        handler: Callable[[Request], Response],
        is_changed: Callable[[World], bool],
        *,
        dynamic: bool,
    ) -> None:
        self._operation = operation
        self._generate_response = generate_response
        self._handler = handler
        self._is_changed = is_changed
        # Determined at the first request, as schemas are compiled then.
        self._shows = False if dynamic or operation.method != "GET" else None

    def __call__(self, request: Request) -> Response:
        """Respond to a request. Raises what the handler raises."""
        if self._is_changed(request.world):
            return self._handler(request)
        if self._shows is None:
            declared = self._operation.declares(self._operation.success)
            self._shows = declared is not None and any(map(shown, declared.media_types.values()))
        if self._shows:
            return self._generate_response(request)
        try:
            return self._handler(request)
        except errors.NotFound:
            return self._generate_response(request)


def shown(media: MediaType, name: str | None = None) -> list[Any]:
    """Return the valid examples of a media type: the named one first, those beside the schema, those in it."""
    beside = list(media.fitting.values())
    if name in media.fitting:
        return [media.fitting[name], *beside]
    raw = media.schema.raw if media.schema is not None else None
    if not isinstance(raw, dict):
        return beside
    examples = raw.get("examples")
    inside = [raw[keyword] for keyword in ("example", "x-example") if keyword in raw]
    return beside + [
        value for value in (*inside, *(examples if isinstance(examples, list) else ())) if media.fits(value)
    ]


def reject_body(headers: Mapping[bytes, bytes]) -> None:
    """Reject a request with a body to an operation that declares none. Raises UnsupportedMediaType."""
    if headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers:
        message = "This operation does not accept a request body."
        raise errors.UnsupportedMediaType(message)


def serialized(media: MediaType, body: Any) -> Any:
    """Return a body; XML whose schema names no root is written with Prism's root, `<xml>`."""
    if not is_xml(media.essence) or isinstance(body, str | bytes) or body is None:
        return body
    data = media.write(body)
    start, end = b"<root>", b"</root>"
    _, mark, rest = data.partition(start)
    if not mark or not rest.endswith(end):
        return body
    return b"<xml>" + rest[: -len(end)] + b"</xml>"
