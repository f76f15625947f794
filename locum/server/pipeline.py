"""The pipeline: respond to a request for one operation.

The steps, in order: authenticate; preference (`Prefer`) and injected fault; path, query, headers and cookies
(validation.py); permission; `Accept`; body (validation.py); capacity check; handler or action, whose response is
validated (execution.py); journal. A preference or fault that chooses the response skips the steps from the parameters
on. In `locum mock` a preference replaces only the action: Prism validates the request first.

The pipeline is a plain function of a request and a world. The layer that calls it (routing.py) has the response sent
by asgi.py or direct_protocol.py.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from locum.errors import ApiError, Forbidden
from locum.infer.actions.generated import GenerateResponse
from locum.infer.request import Request
from locum.openapi.wire.styles import percent_decode
from locum.options import Validation
from locum.server.errors import broken, failed, render_error
from locum.server.execution import ActionExecution, HandlerExecution
from locum.server.fault_injection import HEADER, InjectedFault
from locum.server.limits import HEAD_BYTES, head_bytes
from locum.server.negotiation import AcceptCheck
from locum.server.origins import PLACEHOLDER, exposed_by, with_origin
from locum.server.overrides import Overrides
from locum.server.preferences import Preferences, preferences
from locum.server.prism import reject_body
from locum.server.responses import BrokenResponse, problem
from locum.server.sandbox import needs_sandbox, sandboxed
from locum.server.tolerance import Tolerated, is_read_only, tolerate
from locum.server.validation import REJECTIONS, Reader
from locum.server.world_selection import notices
from locum.world.journal import JournalRecord, Step, weight
from locum.world.ledger import estimate, weigh_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.callers import Caller
    from locum.errors import Violation
    from locum.openapi.compile.operations import Operation
    from locum.server.authentication import Guard
    from locum.server.binding import Binding
    from locum.server.execution import Execution
    from locum.server.http import HttpRequest, HttpResponse
    from locum.server.services import Service
    from locum.world.journal import Formatter, Verdict
    from locum.world.worlds import World

__all__ = ["OperationPipeline", "PipelineOptions"]

logger = logging.getLogger("locum")

_LARGE = 64 * 1024
"""Bytes from which the size of a body in memory is measured instead of estimated."""
_UNCOUNTED_HEADERS = 3
"""The bytes of response headers are counted only if there are more headers than this."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "QUERY"})
_STORING = frozenset({"POST", "PUT", "PATCH"})
_FIRST_ERROR = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineOptions:
    """What the pipelines of all operations of a server share."""

    most_bytes: int
    """The maximum size of a request body in bytes."""
    anonymous: Caller
    """The caller of operations that need no credential."""
    validation: Validation = Validation.ENFORCE
    """What happens to a request that breaks its contract."""
    prism: bool = False
    """Whether the server behaves as Prism does (`locum mock`; prism.py)."""
    sandbox: bool = True
    """Whether responses that a browser could show as a page get headers that isolate them (sandbox.py)."""


class _Progress:
    """How far a request has come, and what was found on the way; the journal needs both."""

    __slots__ = ("added_bytes", "body", "caller", "fault", "note", "override", "preference", "step", "tolerated")

    def __init__(self) -> None:
        self.step = Step.AUTHENTICATION
        self.caller: Caller | None = None
        self.body: bytes | None = None
        """The body without its content codings; None until it is read."""
        self.preference: Preferences | None = None
        self.fault: InjectedFault | None = None
        self.override: InjectedFault | str | None = None
        """The fault, or the preference of the world, for the journal."""
        self.tolerated: Tolerated | None = None
        """How an invalid request is served; None for a valid one."""
        self.note = ""
        """The verdict of a success whose media type does not match `Accept`."""
        self.added_bytes = 0
        """An estimate of the memory that the records of the request take."""


class OperationPipeline:
    """Responds to the requests for one operation."""

    __slots__ = (
        "_acceptance",
        "_api_name",
        "_binding",
        "_compares_read_only",
        "_execute",
        "_guard",
        "_logs_debug",
        "_notices",
        "_options",
        "_prism",
        "_query_names",
        "_renderer",
        "_sandbox",
        "_step",
        "_stores_data",
        "_tolerate",
        "exposed",
        "formatter",
        "operation",
        "overrides",
        "reader",
        "service",
        "takes_body",
        "template",
    )

    def __init__(  # noqa: PLR0913 (assembled in one place)
        self,
        operation: Operation,
        binding: Binding,
        service: Service,
        options: PipelineOptions,
        *,
        template: str,
        guard: Guard | None,
        formatter: Formatter,
    ) -> None:
        """Compile the steps of the operation; `formatter` formats its journal entries."""
        behaviour = service.behaviour
        self.operation = operation
        self.service = service
        self.template = template
        self.takes_body = operation.body is not None
        self.exposed = exposed_by(operation)
        """The response headers that pages of other origins may read."""
        self._binding = binding
        self._options = options
        self._prism = options.prism
        self._renderer = service.render_error
        self._api_name = service.name
        self._guard = guard
        self.formatter = formatter
        self._step = Step.ACTION if binding.is_generated else Step.HANDLER
        may_compare = not (options.prism or behaviour.options.rejects_read_only)
        # A PUT or PATCH of a generated operation may contain read-only properties whose values are unchanged.
        self._compares_read_only = may_compare and binding.is_generated and operation.method in {"PUT", "PATCH"}
        self._stores_data = operation.method in _STORING
        self._logs_debug = logger.isEnabledFor(logging.DEBUG)
        self.reader = Reader(operation, template, binding.arguments, options.most_bytes)
        self._query_names = frozenset(parameter.name for parameter in operation.by_location["query"])
        self._acceptance = AcceptCheck(operation, strict=options.prism)
        generate_response = GenerateResponse(operation, behaviour.generator, dynamic=behaviour.options.dynamic)
        self.overrides = Overrides(
            operation,
            generate_response,
            guard,
            service.name,
            worded=not binding.is_generated,
            must_suit=self._acceptance.must_suit,
            prism=options.prism,
        )
        self._execute: Execution
        if binding.is_generated:
            is_changed = partial(behaviour.is_changed, operation) if options.prism else None
            self._execute = ActionExecution(
                operation, binding.respond, generate_response, is_changed=is_changed, dynamic=behaviour.options.dynamic
            )
        else:
            reschedules = service.api.events is not None and operation.method not in _SAFE
            self._execute = HandlerExecution(operation, binding.respond, reschedules=reschedules)
        self._tolerate = partial(tolerate, options.validation, options.prism, operation, template, binding.arguments)
        self._notices = notices(operation)
        self._sandbox = options.sandbox and needs_sandbox(operation)

    def respond(self, request: HttpRequest, world: World) -> HttpResponse:
        """Respond to a request, and record it in the journal. No request makes this raise an exception."""
        world.tick()
        began = perf_counter()
        progress = _Progress()
        try:
            response, verdict = self._run(request, world, progress)
        except BaseException as exception:  # noqa: BLE001 (whatever it is, the client gets a response)
            response, verdict = self._reject(exception, request, world, progress)
        verdict = verdict or progress.note
        tolerated = progress.tolerated
        if tolerated is not None and tolerated.is_marked:
            verdict = tolerated.marked(verdict)
        response = self._complete(response, request, progress)
        self._record(request, response, verdict, world, progress, began)
        return response

    def admit(self, headers: Mapping[bytes, bytes], query: bytes, world: World) -> Caller:
        """Return the caller of a request. Raises Unauthenticated, and Forbidden for missing scopes."""
        return self._options.anonymous if self._guard is None else self._guard.admit(headers, query, world)

    def _run(self, request: HttpRequest, world: World, progress: _Progress) -> tuple[HttpResponse, Verdict]:
        """Run the steps up to the response; return it with its verdict. Raises ApiError, and what a handler raises."""
        headers, query = request.headers, request.scope["query_string"]
        guard = self._guard
        progress.caller = caller = self._options.anonymous if guard is None else guard.admit(headers, query, world)

        if b"prefer" in headers or b"__" in query or HEADER in headers or world.preferences or world.faults.active:
            progress.step = Step.OVERRIDES
            query = self._find_overrides(query, headers, world, progress)
        fault, preference = progress.fault, progress.preference
        if fault is not None and fault.replaces_response:
            progress.step = Step.FAULT
            return self.overrides.fault(fault, request, world)
        chosen = preference if preference is not None and preference.choose else None
        if chosen is not None and not self._prism:
            progress.step = Step.PREFERENCE
            return self.overrides.chosen(chosen, request, world)

        progress.step = Step.PARAMETERS
        arguments = self._read_parameters(request, query, world, progress)

        permission = self._binding.permission
        if permission is not None and not caller.may(permission):
            progress.step = Step.PERMISSION
            message = f"Permission '{permission}' is required."
            raise Forbidden(message, code="permission_denied")

        accept = headers.get(b"accept")
        if accept is not None and not self._prism and accept not in self._acceptance.known:
            progress.step = Step.ACCEPT
            progress.note = self._acceptance.check(accept)

        unchanged: Sequence[Violation] = ()
        if self.takes_body:
            progress.step = Step.BODY
            body, unchanged = self._read_body(request, world, progress)
            if "body" in self._binding.arguments:
                arguments["body"] = body
        elif self._prism:
            progress.step = Step.BODY
            reject_body(headers)
        if self._prism and accept is not None and chosen is None:
            progress.step = Step.ACCEPT
            progress.note = self._acceptance.check(accept)

        if self._stores_data:
            progress.step = Step.CAPACITY
            sent = progress.body
            if sent:
                progress.added_bytes = estimate(sent) if len(sent) < _LARGE else weigh_json(body)
            world.check_capacity(progress.added_bytes)

        if chosen is not None:
            progress.step = Step.PREFERENCE
            return self.overrides.chosen(chosen, request, world)
        progress.step = self._step
        path = tuple(percent_decode(value) if "%" in value else value for value in request.path_values)
        return self._execute(
            Request(arguments, path, world, caller, request.scope, headers, progress.body or b"", unchanged)
        )

    def _find_overrides(self, query: bytes, headers: Mapping[bytes, bytes], world: World, progress: _Progress) -> bytes:
        """Find the preference and the faults that apply to a request; return the query without preferences.

        Raises Malformed for an invalid X-Locum-Fault header.
        """
        if b"prefer" in headers or b"__" in query:
            progress.preference, query = preferences(headers.get(b"prefer", b""), query, self._query_names)
        elif world.preferences:
            preference = progress.override = world.preferences.get(self.operation.operation_id)
            if preference is not None:
                progress.preference, _ = preferences(preference.encode("latin-1"), b"")
        if world.faults.active or HEADER in headers:
            progress.fault = self.overrides.injected_fault(world, headers, progress.caller)
            progress.override = progress.fault or progress.override
        return query

    def _read_parameters(self, request: HttpRequest, query: bytes, world: World, progress: _Progress) -> dict[str, Any]:
        """Return the arguments of the handler or action except the body. Raises one of REJECTIONS."""
        values, headers = request.path_values, request.headers
        try:
            return self.reader.parameters(values, query, headers)
        except REJECTIONS as rejection:
            progress.tolerated = self._tolerate(rejection.violations, world, headers)
            if progress.tolerated is None:
                raise
            return progress.tolerated.parameters(values, query, headers)

    def _read_body(self, request: HttpRequest, world: World, progress: _Progress) -> tuple[Any, Sequence[Violation]]:
        """Return the parsed body, and the violations of read-only properties that are left to the action.

        Raises one of REJECTIONS.
        """
        headers = request.headers
        progress.body = data = self.reader.decoded_body(request)
        try:
            return self.reader.body(headers, data), ()
        except REJECTIONS as rejection:
            if self._compares_read_only and is_read_only(rejection.violations):
                return self.reader.parsed(headers, data), rejection.violations
            tolerated = progress.tolerated or self._tolerate(rejection.violations, world, headers)
            if tolerated is None:
                raise
            progress.tolerated = tolerated
            return tolerated.body(headers, data, rejection), ()

    def _reject(
        self, cause: BaseException, request: HttpRequest, world: World, progress: _Progress
    ) -> tuple[HttpResponse, Verdict]:
        """Return the response and the verdict of a request that ended with an exception.

        The caller must not keep a reference to the exception: its traceback refers to the caller's frame, and the
        cycle would be left to the garbage collector.
        """
        if progress.tolerated is not None:
            error = progress.tolerated.rejection(cause)
        elif isinstance(cause, ApiError):
            error = cause
        else:
            error = failed(progress.step, self.operation)
            logger.error("%s", error.message, exc_info=cause)
        example = None if progress.preference is None else progress.preference.example
        return self.render_error(error, request, world, example), (error.code, error.message, error.violations)

    def render_error(
        self, error: ApiError, request: HttpRequest, world: World, example: str | None = None
    ) -> HttpResponse:
        """Return the response for an error, in the error format of the API; `example` names a declared one."""
        try:
            return render_error(
                error,
                self.operation,
                self._renderer,
                world,
                generated=self._binding.is_generated,
                prism=self._prism,
                example=example,
                accept=request.headers.get(b"accept"),
            )
        except Exception as cause:
            logger.exception("%s: the API's error format (`render_error`) failed.", self.operation.operation_id)
            reason = cause if isinstance(cause, BrokenResponse) else BrokenResponse("the API's error format failed")
            return problem(broken(reason, self.operation))

    def _complete(self, response: HttpResponse, request: HttpRequest, progress: _Progress) -> HttpResponse:
        """Return the response as it is sent: with the headers that do not depend on the operation's result."""
        if progress.tolerated is not None and progress.tolerated.is_marked:
            response = response._replace(headers=[*response.headers, progress.tolerated.header])
        if self._notices:
            names = {name for name, _ in response.headers}
            added = [notice for notice in self._notices if notice[0] not in names]
            response = response._replace(headers=[*response.headers, *added])
        if PLACEHOLDER in response.body:
            response = with_origin(response, self.operation, request.scope, request.headers)
        if progress.fault is not None:
            response = progress.fault.apply(response)
        # A fault may change the media type of any response.
        if self._sandbox or (progress.fault is not None and self._options.sandbox):
            response = response._replace(headers=sandboxed(response.headers))
        if request.scope["method"] == "HEAD":
            response = response._replace(body=b"")
        return response

    def _record(  # noqa: PLR0913, PLR0917 (a request, its response, and what is known of them)
        self,
        request: HttpRequest,
        response: HttpResponse,
        verdict: Verdict,
        world: World,
        progress: _Progress,
        began: float,
    ) -> None:
        """Record the request in the journal, and count the bytes that it added to the world."""
        scope, sent, fault = request.scope, progress.body, progress.fault
        status, head, data, _ = response
        size = (scope.get(HEAD_BYTES) or head_bytes(scope)) + len(data)
        if sent:
            size += len(sent)
        if verdict:
            size += weight(verdict)
        if len(head) > _UNCOUNTED_HEADERS:
            size += sum(len(name) + len(value) for name, value in head)
        if self._stores_data and status < _FIRST_ERROR:
            world.keep(progress.added_bytes + estimate(data))
        method = scope["method"]
        world.journal.record(
            JournalRecord(
                self.formatter,
                world.clock.micros,
                method,
                scope.get("raw_path") or scope["path"].encode("utf-8", "replace"),
                scope["query_string"],
                request.headers,
                sent,
                progress.caller,
                progress.step,
                verdict,
                status,
                head,
                data,
                perf_counter() - began + (0.0 if fault is None else fault.delay),
                progress.override,
            ),
            size,
        )
        if self._logs_debug:
            logger.debug("%s %s -> %s [%s]", method, self.template, status, world.name)
