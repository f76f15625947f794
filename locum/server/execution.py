"""Execution: run the handler or the inferred action of an operation, and validate its response.

A handler must respond as declared; a response that breaks its contract is a 500. An action is locum's own: a body of
it that does not fit is replaced by a generated one.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol

from locum.generate.generator import Unsatisfiable
from locum.infer.actions.generated import GeneratedResponse
from locum.openapi.compile.operations import DeclaredResponse
from locum.openapi.wire.json_values import write_json
from locum.responses import Response
from locum.server.errors import broken
from locum.server.http import HttpResponse
from locum.server.negotiation import best, media_type_for
from locum.server.prism import FirstResponses, serialized
from locum.server.responses import BrokenResponse, is_bare, only_json, render
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from locum.infer.actions.generated import GenerateResponse
    from locum.infer.request import Request
    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.headers import HeaderValue
    from locum.openapi.compile.operations import Operation
    from locum.world.worlds import World

__all__ = ["ActionExecution", "Execution", "HandlerExecution", "RecordedResponse"]

logger = logging.getLogger("locum")

_SOURCE = (b"x-locum-source", b"record")
_NO_HEADERS: Mapping[str, HeaderValue] = {}
_NO_RESPONSE = DeclaredResponse("", "", {}, {})
"""The response of an operation that declares no response it could send."""


class RecordedResponse(Response):
    """A response that was recorded of a real server, which the header X-Locum-Source says."""


class Execution(Protocol):
    """Runs what implements an operation."""

    def __call__(self, request: Request) -> tuple[HttpResponse, str]:
        """Return the response, and its verdict for the journal. Raises ApiError, and what a handler raises."""
        ...


class HandlerExecution:
    """Runs a handler."""

    __slots__ = ("_handler", "_is_empty", "_json_only", "_operation", "_reschedules", "_success")

    def __init__(self, operation: Operation, handler: Callable[[Request], Response], *, reschedules: bool) -> None:
        """Compile the execution. With `reschedules`, a write may bring the next scheduled event of the API forward."""
        self._operation = operation
        self._handler = handler
        self._reschedules = reschedules
        self._success = operation.declares(operation.success)
        # Fast paths for the most frequent declared responses: JSON only without headers, and nothing at all.
        self._json_only = only_json(self._success)
        self._is_empty = operation.success == 204 and self._success is not None and is_bare(self._success)  # noqa: PLR2004

    def __call__(self, request: Request) -> tuple[HttpResponse, str]:
        """Call the handler, and write its response."""
        response = self._handler(request)
        if self._reschedules:
            request.world.reschedule()
        body, status = response.body, response.status
        if status is None and not response.headers:
            if self._json_only is not None and self._json_only[0].is_valid(body):
                data = write_json(body)
                head = [self._json_only[1], (b"content-length", b"%d" % len(data))]
                return HttpResponse(self._operation.success, head, data), ""
            if body is None and self._is_empty:
                return HttpResponse(self._operation.success, [], b""), ""
        if status is None:
            status, declared = self._operation.success, self._success
        else:
            declared = self._operation.declares(status)
        media = None
        if declared is not None and declared.is_negotiable:
            accept = request.headers.get(b"accept")
            if declared.streams:
                media = media_type_for(declared, self._operation, request.arguments, accept)
            elif accept is not None:
                media = best(accept, declared.media_types.values())
        return _write(self._operation, status, declared, body, response.headers, media), ""


class ActionExecution:
    """Runs an inferred action."""

    __slots__ = ("_action", "_generate_response", "_operation", "_prism")

    def __init__(
        self,
        operation: Operation,
        action: Callable[[Request], Response],
        generate_response: GenerateResponse,
        *,
        is_changed: Callable[[World], bool] | None = None,
        dynamic: bool = False,
    ) -> None:
        """Compile the execution.

        `is_changed` returns whether the records of the operation differ from the seed data. It is given for
        `locum mock` only, and turns on Prism's behaviour (prism.py); `dynamic` then ignores declared examples.
        """
        self._operation = operation
        self._generate_response = generate_response
        self._prism = is_changed is not None
        self._action = action
        if is_changed is not None:
            self._action = FirstResponses(operation, generate_response, action, is_changed, dynamic=dynamic)

    def __call__(self, request: Request) -> tuple[HttpResponse, str]:
        """Run the action, and write its response in the wanted media type.

        A body that does not fit is replaced by a generated one, or by the closest value if nothing fits the schema.
        """
        operation = self._operation
        result, is_unsatisfiable = self._run(request)
        status = result.status or operation.success
        declared = operation.declares(status)
        if declared is None and status == operation.success:
            declared = _NO_RESPONSE
        media, body, is_checked, is_unfit = None, result.body, False, False
        if declared is not None and declared.usual is not None:
            usual = media = declared.usual
            if declared.is_negotiable:
                media = media_type_for(declared, operation, request.arguments, request.headers.get(b"accept"))
            if not is_unsatisfiable and self._suits(result, media, usual):
                is_checked = media.fits(body)
            if not is_checked:
                random = chance(request.world.seed, operation.method, request.target, media.name)
                body, is_unfit = self._generate_response.value_or_closest(media, random, request.world.began)
            if self._prism:
                body = serialized(media, body)
        unchecked = _NO_HEADERS
        if declared is not None and declared.headers:
            unchecked = self._generate_response.closest_headers(declared, result.headers, request.world)
        response = _write(
            operation, status, declared, body, result.headers, media, fits=is_checked or is_unfit, unchecked=unchecked
        )
        if isinstance(result, RecordedResponse) and (is_checked or media is None):
            response = response._replace(headers=[*response.headers, _SOURCE])
        if is_unfit or unchecked:
            return response, "contract_unsatisfiable"
        return response, "broken_example" if isinstance(result, GeneratedResponse) and result.passed_over else ""

    def _run(self, request: Request) -> tuple[Response, bool]:
        """Return the action's response, and whether it has no body because no value fits the schema."""
        try:
            return self._action(request), False
        except Unsatisfiable:
            return self._generate_response.without_body(request), True

    @staticmethod
    def _suits(result: Response, media: MediaType, usual: MediaType) -> bool:
        """Return whether a body may be sent as a media type, which may differ from the usual one."""
        if media is usual:
            return True
        has_own_example = media.schema is None and bool(media.fitting)
        return not isinstance(result, GeneratedResponse) and not has_own_example


def _write(  # noqa: PLR0913, PLR0917 (a response, and what is known of it)
    operation: Operation,
    status: int,
    declared: DeclaredResponse | None,
    body: Any,
    headers: Mapping[str, HeaderValue],
    media: MediaType | None,
    *,
    fits: bool = False,
    unchecked: Mapping[str, HeaderValue] = _NO_HEADERS,
) -> HttpResponse:
    """Validate a response and write it. Raises Faulty if it breaks the contract."""
    try:
        if declared is None:
            message = f"response {status} is not declared"
            raise BrokenResponse(message)  # noqa: TRY301 (one way out for every violation)
        return render(status, declared, body, headers, media, fits=fits, unchecked=unchecked)
    except BrokenResponse as cause:
        error = broken(cause, operation)
        logger.exception("%s", error.message)
        raise error from None
