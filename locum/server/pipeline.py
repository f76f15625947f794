"""The pipeline: serve a request to one operation, from its bytes to those of the response.

The steps, in order: authenticate; preference (`Prefer`) and injected fault; path, query, headers and cookies
(validation.py); permission; `Accept`; body (validation.py); capacity check; action or handler; validate the response
(responses.py); journal; send. A preference or fault that chooses the response skips the steps from the parameters to
the action. In `locum mock` a preference replaces only the action: Prism validates the request first.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import CancelledError
from functools import partial
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Any

from locum.errors import ApiError, Forbidden
from locum.generate.generator import Generator, Unsatisfiable
from locum.infer.actions.generated import GeneratedResponse, GenerateResponse
from locum.infer.request import Request
from locum.openapi.compile.operations import DeclaredResponse
from locum.openapi.wire.json_values import write_json
from locum.openapi.wire.parameters import percent_decode
from locum.options import Validation
from locum.responses import Response
from locum.server.errors import broken, failed, render_error
from locum.server.fault_injection import HEADER, InjectedFault
from locum.server.limits import HEAD_BYTES, head_bytes
from locum.server.origins import EXPOSED, PLACEHOLDER, exposed_by, with_origin
from locum.server.overrides import Overrides
from locum.server.preferences import Preferences, preferences
from locum.server.prism import FirstResponses, reject_body, serialized
from locum.server.responses import (
    Acceptance,
    BrokenResponse,
    Rendered,
    best,
    is_bare,
    media_type_for,
    needs_sandbox,
    only_json,
    problem,
    render,
    sandboxed,
)
from locum.server.validation import REJECTIONS, Reader, Tolerated, is_read_only, tolerate
from locum.server.world_selection import notices
from locum.world.identifiers import chance
from locum.world.journal import weight
from locum.world.ledger import estimate, weigh_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.types import Receive, Scope, Send

    from locum.callers import Caller
    from locum.errors import Violation
    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.headers import HeaderValue
    from locum.openapi.compile.operations import Operation
    from locum.server.authentication import Guard
    from locum.server.binding import Binding
    from locum.server.errors import ErrorRenderer
    from locum.world.journal import Formatter, Verdict
    from locum.world.worlds import World

__all__ = ["OperationPipeline"]

logger = logging.getLogger("locum")

_NO_HEADERS: Mapping[str, HeaderValue] = {}
_LARGE = 64 * 1024
"""Bytes from which the size of a body in memory is measured instead of estimated."""
_FEW = 3
"""Up to this many response headers, their bytes are not counted."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "QUERY"})
_NOTHING = DeclaredResponse("", "", {}, {})
"""The response of an operation that declares no response it could send."""


class OperationPipeline:
    """Serves the requests to one operation."""

    __slots__ = (
        "_acceptable",
        "_acceptance",
        "_anonymous",
        "_api_name",
        "_binding",
        "_compares",
        "_empty",
        "_exposed",
        "_formatter",
        "_generate_response",
        "_generated",
        "_guard",
        "_json_only",
        "_logs_debug",
        "_names",
        "_notices",
        "_overrides",
        "_prism",
        "_reader",
        "_renderer",
        "_respond",
        "_sandbox",
        "_schedules",
        "_stores_data",
        "_success",
        "_takes_body",
        "_takes_caller",
        "_takes_page_url",
        "_tolerate",
        "operation",
        "template",
    )

    def __init__(  # noqa: PLR0913, PLR0917 (assembled in one place)
        self,
        operation: Operation,
        binding: Binding,
        renderer: ErrorRenderer,
        api_name: str,
        guard: Guard | None,
        formatter: Formatter,
        *,
        template: str,
        anonymous: Caller,
        most_bytes: int,
        generator: Generator | None = None,
        dynamic: bool = False,
        schedules: bool = False,
        strict_accept: bool = False,
        validation: Validation = Validation.ENFORCE,
        is_changed: Callable[[World], bool] | None = None,
        compares: bool = False,
        sandbox: bool = True,
    ) -> None:
        """Compile the steps of the operation.

        - `formatter` formats the operation's journal entries; `renderer` writes an error in the API's format.
        - `generator` generates values that the action lacks; with `dynamic` it ignores declared examples.
        - `is_changed` returns whether the records of the operation differ from the seed data. It is given for
          `locum mock` only, and turns on Prism's behaviour (prism.py).
        - `compares`: a PUT or PATCH may contain read-only properties whose values are unchanged.
        - `sandbox`: responses that a browser could show as a page get headers that isolate them (responses.py).
        - `schedules`: a write may bring the next scheduled event of the API forward.
        - `strict_accept`: an `Accept` header that matches no media type is 406, even if 406 is not declared.
        """
        self.operation = operation
        self.template = template
        self._binding = binding
        self._generated = binding.generated
        self._takes_body = "body" in binding.arguments
        self._takes_caller = "caller" in binding.arguments
        self._takes_page_url = "page_url" in binding.arguments
        self._renderer = renderer
        self._api_name = api_name
        self._guard = guard
        self._formatter = formatter
        self._anonymous = anonymous
        self._compares = compares and binding.generated and operation.method in {"PUT", "PATCH"}
        self._stores_data = operation.method in {"POST", "PUT", "PATCH"}
        self._schedules = schedules and operation.method not in _SAFE
        self._logs_debug = logger.isEnabledFor(logging.DEBUG)
        self._reader = Reader(operation, template, binding.arguments, most_bytes)
        self._generate_response = GenerateResponse(
            operation, generator or Generator(operation.schemas), dynamic=dynamic
        )
        self._prism = is_changed is not None
        self._acceptance = Acceptance(operation, strict=strict_accept)
        self._respond: Callable[[Request], Response] = binding.handler
        if is_changed is not None:
            self._respond = FirstResponses(
                operation, self._generate_response, binding.handler, is_changed, dynamic=dynamic
            )
        self._overrides = Overrides(
            operation,
            self._generate_response,
            guard,
            anonymous,
            api_name,
            worded=not binding.generated,
            must_suit=self._acceptance.must_suit,
            prism=self._prism,
        )
        self._names = frozenset(parameter.name for parameter in operation.by_location["query"])
        self._notices = notices(operation)
        self._exposed = exposed_by(operation)
        self._sandbox: bool | None = needs_sandbox(operation) if sandbox else None
        """Whether a declared response needs them (a fault may change any response); None if they are off."""
        self._tolerate = partial(tolerate, validation, self._prism, operation, template, binding.arguments)
        self._success = operation.declares(operation.success)
        # A fast path for the most frequent declared response: JSON only, without headers.
        self._json_only = only_json(self._success)
        self._empty = operation.success == 204 and self._success is not None and is_bare(self._success)  # noqa: PLR2004
        self._acceptable = self._acceptance.known

    async def __call__(  # noqa: PLR0913, PLR0915, PLR0917 (ASGI's three, and what the router found; one pass in a row)
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        world: World,
        values: tuple[str, ...],
        headers: Mapping[bytes, bytes],
    ) -> None:
        """Serve one request. `values` are the path parameters in template order, still percent-encoded."""
        clock = world.clock
        clock.tick()
        if clock.micros >= world.due:
            world.run_due_events()
        if b"origin" in headers:
            scope[EXPOSED] = self._exposed
        began = perf_counter()
        # For the journal: the step that the request reached, the caller, the body, and the injected fault or the
        # preference of the world.
        stage, caller, sent = "credentials", None, None
        injected: InjectedFault | None = None
        override: InjectedFault | str | None = None
        verdict: Verdict = ""
        tolerated: Tolerated | None = None
        unchanged: Sequence[Violation] = ()
        note, added_bytes = "", 0
        preference: Preferences | None = None
        try:
            query = scope["query_string"]
            caller = self._anonymous if self._guard is None else self._guard.admit(headers, query, world)
            if b"prefer" in headers or b"__" in query:
                preference, query = preferences(headers.get(b"prefer", b""), query, self._names)
            elif world.preferences:
                override = world.preferences.get(self.operation.operation_id)
                preference = None if override is None else preferences(override.encode("latin-1"), b"")[0]
            if world.faults.active or HEADER in headers:
                override = injected = self._overrides.injected_fault(world, headers, caller)
                if injected is not None and injected.delay:
                    await asyncio.sleep(injected.delay)
            if injected is not None and injected.replaces_response:
                stage = "fault"
                response, verdict = self._overrides.fault(injected, scope, headers, world)
            elif preference is None or not preference.choose or self._prism:
                stage = "parameters"
                try:
                    arguments = self._reader.parameters(values, query, headers)
                except REJECTIONS as rejection:
                    tolerated = self._tolerate(rejection.violations, world, headers)
                    if tolerated is None:
                        raise
                    arguments = tolerated.parameters(values, query, headers)
                permission = self._binding.permission
                if permission is not None and not caller.may(permission):
                    stage = "permission"
                    message = f"Permission '{permission}' is required."
                    raise Forbidden(message, code="permission_denied")  # noqa: TRY301 (rejected below)
                if b"accept" in headers and headers[b"accept"] not in self._acceptable and not self._prism:
                    stage = "accept"
                    note = self._acceptance.judge(headers[b"accept"])
                if self.operation.body is not None:
                    stage = "body"
                    sent = await self._reader.bytes_of_body(headers, receive)
                    try:
                        body = self._reader.body(headers, sent)
                    except REJECTIONS as rejection:
                        if self._compares and is_read_only(rejection.violations):
                            body, unchanged = self._reader.parsed(headers, sent), rejection.violations
                        else:
                            tolerated = tolerated or self._tolerate(rejection.violations, world, headers)
                            if tolerated is None:
                                raise
                            body = tolerated.body(headers, sent, rejection)
                    if self._takes_body:
                        arguments["body"] = body
                elif self._prism:
                    stage = "body"
                    reject_body(headers)
                if self._prism and b"accept" in headers and (preference is None or not preference.choose):
                    stage = "accept"
                    note = self._acceptance.judge(headers[b"accept"])
                if self._stores_data:
                    stage = "capacity"
                    if sent:
                        added_bytes = estimate(sent) if len(sent) < _LARGE else weigh_json(body)
                    world.check_capacity(added_bytes)
                if preference is not None and preference.choose:
                    stage = "preferred"
                    response, verdict = self._overrides.chosen(preference, scope, headers, world)
                elif self._generated:
                    stage = "action"
                    path = tuple(map(percent_decode, values))
                    response, verdict = self._run_action(
                        Request(arguments, path, world, caller, scope, headers, sent or b"", unchanged)
                    )
                else:
                    stage = "handler"
                    response = self._call_handler(arguments, caller, world, scope, headers)
                    if self._schedules:
                        world.reschedule()
            else:
                stage = "preferred"
                response, verdict = self._overrides.chosen(preference, scope, headers, world)
        except (CancelledError, GeneratorExit):
            raise  # of the server itself: the connection was closed, or the server stops
        except BaseException as exception:  # noqa: BLE001 (whatever it is, the client gets a response)
            response, verdict = self._rejected(exception, stage, tolerated, world, headers, preference)
        verdict = verdict or note
        status, head, data = response
        if tolerated is not None and tolerated.is_marked:
            verdict, head = tolerated.marked(verdict), [*head, tolerated.header]
        if self._notices:
            sent_names = {name for name, _ in head}
            head = [*head, *(notice for notice in self._notices if notice[0] not in sent_names)]
        if PLACEHOLDER in data:
            status, head, data = with_origin((status, head, data), self.operation, scope, headers)
        if injected is not None:
            status, head, data = injected.apply((status, head, data))
        if self._sandbox or (injected is not None and self._sandbox is not None):
            head = sandboxed(head)
        method = scope["method"]
        if method == "HEAD":
            data = b""
        size = (scope.get(HEAD_BYTES) or head_bytes(scope)) + len(data)
        if sent:
            size += len(sent)
        if verdict:
            size += weight(verdict)
        if len(head) > _FEW:
            size += sum(len(name) + len(value) for name, value in head)
        if self._stores_data and status < HTTPStatus.BAD_REQUEST:
            world.keep(added_bytes + estimate(data))
        raw = scope.get("raw_path") or scope["path"].encode("utf-8", "replace")
        world.journal.record(
            (
                self._formatter,
                clock.micros,
                method,
                raw,
                scope["query_string"],
                headers,
                sent,
                caller,
                stage,
                verdict,
                status,
                head,
                data,
                perf_counter() - began,
                override,
            ),
            size,
        )
        if injected is not None:
            await injected.deliver((status, head, data), scope, receive, send)
            return
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": data})
        if self._logs_debug:
            logger.debug("%s %s -> %s [%s]", method, self.template, status, world.name)

    def _run_action(self, request: Request) -> tuple[Rendered, str]:
        """Run the action and render its response in the wanted media type; return it with the journal's verdict.

        A body that does not fit is replaced by a generated one, or by the closest value if nothing fits the schema.
        """
        result, unsatisfiable = self._call_action(request)
        status = result.status or self.operation.success
        declared = self.operation.declares(status)
        if declared is None and status == self.operation.success:
            declared = _NOTHING
        media, body, is_generated, fits, unfit = None, result.body, isinstance(result, GeneratedResponse), False, False
        if declared is not None and declared.usual is not None:
            usual = media = declared.usual
            if declared.is_negotiable:
                media = media_type_for(declared, self.operation, request.arguments, request.headers.get(b"accept"))
            has_own = media is not usual and media.schema is None and bool(media.fitting)
            fits = not unsatisfiable and (not is_generated or media is usual) and not has_own and media.fits(body)
            if not fits:
                random = chance(request.world.seed, self.operation.method, request.target, media.name)
                body, unfit = self._generate_response.value_or_closest(media, random, request.world.began)
            if self._prism:
                body = serialized(media, body)
        unchecked = _NO_HEADERS
        if declared is not None and declared.headers:
            unchecked = self._generate_response.closest_headers(declared, result.headers, request.world)
        response = self._rendered(
            status, declared, body, result.headers, media, fits=fits or unfit, unchecked=unchecked
        )
        if unfit or unchecked:
            return response, "contract_unsatisfiable"
        return response, "broken_example" if isinstance(result, GeneratedResponse) and result.passed_over else ""

    def _call_action(self, request: Request) -> tuple[Response, bool]:
        """Return the action's response, and whether it has no body because no value fits the schema."""
        try:
            return self._respond(request), False
        except Unsatisfiable:
            return self._generate_response.without_body(request), True

    def _call_handler(
        self,
        arguments: dict[str, Any],
        caller: Caller,
        world: World,
        scope: Scope,
        headers: Mapping[bytes, bytes],
    ) -> Rendered:
        """Call the handler with the arguments that it names, and render what it returns."""
        binding = self._binding
        for name in binding.from_world:
            arguments[name] = getattr(world, name)
        if self._takes_caller:
            arguments["caller"] = caller
        if self._takes_page_url:
            arguments["page_url"] = self._page_url(scope, headers, world)
        result = binding.handler(**arguments)
        declared: DeclaredResponse | None = self._success
        status, extra = self.operation.success, _NO_HEADERS
        if isinstance(result, Response):
            extra, status = result.headers, result.status or status
            declared = self.operation.declares(status)
            result = result.body
        elif self._json_only is not None and self._json_only[0].is_valid(result):
            data = write_json(result)
            return status, [self._json_only[1], (b"content-length", b"%d" % len(data))], data
        elif result is None and self._empty:
            return status, [], b""
        media = None
        accept = headers.get(b"accept")
        if declared is not None and declared.is_negotiable:
            if declared.streams:
                media = media_type_for(declared, self.operation, arguments, accept)
            elif accept is not None:
                media = best(accept, declared.media_types.values())
        return self._rendered(status, declared, result, extra, media)

    def _rendered(  # noqa: PLR0913 (a response, and what is known of it)
        self,
        status: int,
        declared: DeclaredResponse | None,
        body: Any,
        headers: Mapping[str, HeaderValue],
        media: MediaType | None,
        *,
        fits: bool = False,
        unchecked: Mapping[str, HeaderValue] = _NO_HEADERS,
    ) -> Rendered:
        """Validate a response and write it. Raises Faulty if it breaks the contract."""
        try:
            if declared is None:
                message = f"response {status} is not declared"
                raise BrokenResponse(message)  # noqa: TRY301 (one way out for every violation)
            return render(status, declared, body, headers, media, fits=fits, unchecked=unchecked)
        except BrokenResponse as cause:
            error = broken(cause, self.operation)
            logger.exception("%s", error.message)
            raise error from None

    def _page_url(self, scope: Scope, headers: Mapping[bytes, bytes], world: World) -> Callable[[str, str], str]:
        host = headers.get(b"host", b"127.0.0.1").decode("latin-1")
        root = f"{scope.get('scheme', 'http')}://{host}/__locum/pages/{world.name}/{self._api_name}"
        return lambda page, token: f"{root}/{page}/{token}"

    def _rejected(  # noqa: PLR0913, PLR0917 (an error, and all that was known when it was raised)
        self,
        cause: BaseException,
        stage: str,
        tolerated: Tolerated | None,
        world: World,
        headers: Mapping[bytes, bytes],
        preference: Preferences | None,
    ) -> tuple[Rendered, Verdict]:
        """Return the response and the verdict of a request that ended with an exception.

        The caller must not keep a reference to the exception: its traceback refers to the caller's frame, and the
        cycle would be left to the garbage collector.
        """
        if tolerated is not None:
            error = tolerated.rejection(cause)
        elif isinstance(cause, ApiError):
            error = cause
        else:
            error = failed(stage, self.operation)
            logger.error("%s", error.message, exc_info=cause)
        response = self._rendered_error(error, world, headers, None if preference is None else preference.example)
        return response, (error.code, error.message, error.violations)

    def _rendered_error(
        self, error: ApiError, world: World, headers: Mapping[bytes, bytes], example: str | None = None
    ) -> Rendered:
        accept = headers.get(b"accept")
        try:
            flags = {"generated": self._generated, "prism": self._prism}
            return render_error(error, self.operation, self._renderer, world, accept=accept, example=example, **flags)
        except Exception as cause:
            logger.exception("%s: the API's error format (`word`) failed.", self.operation.operation_id)
            reason = cause if isinstance(cause, BrokenResponse) else BrokenResponse("the API's error format failed")
            return problem(broken(reason, self.operation))
