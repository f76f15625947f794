"""Forwarding: a request to a declared operation, from its validation to the journal entry."""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from locum.errors import ApiError, TooLarge, Violation
from locum.openapi.wire.media_types import essence_of, is_json, is_xml
from locum.openapi.wire.streams import is_stream
from locum.proxy.checking import check_body, check_head, decoded, response_violations, violations_of
from locum.proxy.exchange import ForwardedExchange
from locum.proxy.failures import BadGateway
from locum.proxy.headers import wants_websocket
from locum.proxy.journaling import ForwardedOutcome, entry_link, marked, record
from locum.proxy.mixing import has_created, merge_list
from locum.proxy.passing import SMALL, Passing
from locum.server.asgi import receive_body, send_response
from locum.server.fault_injection import HEADER as FAULT_HEADER
from locum.server.http import HttpResponse
from locum.world.faults import Faults
from locum.world.journal import Cut, Source, Step
from locum.world.proxying import Decision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Send

    from locum.callers import Caller
    from locum.proxy.connection import UpstreamConnection
    from locum.proxy.passing import KeptBody, Received
    from locum.proxy.proxy import Proxy
    from locum.server.fault_injection import InjectedFault
    from locum.server.http import HttpRequest
    from locum.server.pipeline import OperationPipeline
    from locum.world.journal import Verdict
    from locum.world.world import World

__all__ = ["Forwarding"]

logger = logging.getLogger("locum")

_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_CLIENT_ERRORS = range(400, 500)
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_OF_BYTES = frozenset(
    {
        b"accept-ranges",
        b"content-digest",
        b"content-encoding",
        b"content-length",
        b"content-md5",
        b"digest",
        b"etag",
        b"last-modified",
        b"repr-digest",
    }
)
"""Headers that describe the bytes of a body, which are not true of a changed one."""
_BLOCKED = "It breaks the contract, and was blocked."


class Forwarding(Passing):
    """Forwards one request to an operation, or has the mock respond to it."""

    def __init__(  # noqa: PLR0913, PLR0917 (a request and its world)
        self,
        proxy: Proxy,
        pipeline: OperationPipeline,
        request: HttpRequest,
        world: World,
        receive: Receive,
        send: Send,
    ) -> None:
        super().__init__(proxy, request, world, receive, send)
        self._pipeline = pipeline
        self._caller: Caller | None = None
        self._fault: InjectedFault | None = None
        self._errors: list[tuple[Step, ApiError]] = []
        self._sent: bytes | None = None
        """The decoded body of the request; None if it is too large, or cannot be decoded."""
        self._unvalidated: list[str] = []
        """`request` and `response`, if their bodies were not validated."""
        self._reason = ""

    async def run(self) -> None:
        """Respond to the request, and record it in the journal."""
        decision = self.proxy.decider.before(self._pipeline.operation, self.world)
        if decision.source == "mock":
            await self._receive_for_mock()
            await self._mock(decision)
            return
        self._reason = decision.reason
        self._caller, self._errors = check_head(self._pipeline, self.request, self.world)
        try:
            if await self._inject_fault():
                return
            upstream = self.proxy.upstream_of(self.world)
            if wants_websocket(self.request):
                await self.upgrade(upstream)
            else:
                await self.forward(upstream)
        except ApiError as error:
            await self._reject(Step.ROUTING, error, "The request could not be forwarded.")

    # The mock

    async def _receive_for_mock(self) -> None:
        """Receive the body of a request that is not forwarded."""
        if self._pipeline.takes_body:
            try:
                self.request.body = await receive_body(
                    self.request.headers, self._receive, self.proxy.options.most_bytes
                )
            except ApiError as error:
                self.request.body_error = error

    async def _mock(self, decision: Decision) -> None:
        """Have the mock respond. If the faults of the request were drawn before, they are applied to its response."""
        world, request, fault, faults = self.world, self.request, self._fault, self.world.faults
        if fault is not None:
            # The pipeline would draw them again, and count them twice.
            world.faults = Faults()
            request.headers = {name: value for name, value in request.headers.items() if name != FAULT_HEADER}
        try:
            response = self._pipeline.respond(request, world)
        finally:
            world.faults = faults
        if fault is not None:
            response = fault.apply(response)
        source, reason = "mock", decision.reason
        if (b"x-locum-source", b"record") in response.headers:
            source, reason = "record", f"{reason} The response was recorded."
        world.journal.explain_last(Source(source, reason), fault)
        if request.scope["method"] not in {"GET", "HEAD"} and response.status < HTTPStatus.BAD_REQUEST:
            world.proxying.has_mocked_writes = True
        await send_response(marked(response, source), request.scope, self._receive, self._send)

    # Faults and rejections

    async def _inject_fault(self) -> bool:
        """Draw the faults of the request; return whether they replaced the response."""
        world, request, pipeline = self.world, self.request, self._pipeline
        if not world.faults.active and FAULT_HEADER not in request.headers:
            return False
        try:
            fault = self._fault = pipeline.overrides.injected_fault(world, request.headers, self._caller)
        except ApiError as error:
            await self._reject(Step.OVERRIDES, error, "The header X-Locum-Fault is invalid.")
            return True
        if fault is None or not fault.replaces_response:
            return False
        verdict: Verdict
        try:
            response, verdict = pipeline.overrides.fault(fault, request, world)
        except ApiError as error:
            response = pipeline.render_error(error, request, world)
            verdict = error.code, error.message, error.violations
        response = fault.apply(response)
        source = Source("fault", "An injected fault replaced the response; the upstream was not asked.")
        self._record(Step.FAULT, verdict, source, response)
        await send_response(marked(response, "fault"), request.scope, self._receive, self._send)
        return True

    async def _reject(self, step: Step, error: ApiError, reason: str) -> None:
        """Respond with an error in the error format of the API."""
        response = self._pipeline.render_error(error, self.request, self.world)
        if self.request.scope["method"] == "HEAD":
            response = response._replace(body=b"")
        if self._fault is not None:
            response = self._fault.apply(response)
        self._record(step, (error.code, error.message, error.violations), Source("mock", reason), response)
        count = entry_link(self.world, len(error.violations)) if error.violations else None
        await send_response(marked(response, "mock", count), self.request.scope, self._receive, self._send)

    async def reject(self, error: TooLarge) -> None:
        """Respond to a request that cannot be validated because of its size."""
        limit = self.proxy.options.limit
        error.message = (
            f"The request body is larger than {limit} bytes, so it cannot be validated (--validate-limit). "
            "--on-violation block refuses such requests."
        )
        await self._reject(Step.BODY, error, "It was blocked.")

    # The request

    def take_body(self, body: bytes | None) -> None:
        """Validate the body of the request."""
        self.request.body = body or b""
        self._sent = None if body is None else decoded(body, self.request.headers, self.proxy.options.limit)
        if self._sent is None:
            self._unvalidated.append("request")
        else:
            self._errors += check_body(self._pipeline, self.request.headers, self._sent)

    async def block(self) -> bool:
        """Reject an invalid request, if such requests are blocked."""
        if not self.proxy.options.blocks or not self._errors:
            return False
        step, error = self._errors[0]
        await self._reject(step, error, _BLOCKED)
        return True

    async def fail(self, error: BadGateway) -> None:
        """Have the mock respond if the settings say so, else respond with the error."""
        if self.is_abandoned:
            verdict = "client_disconnected", "The client closed the connection before its request was complete.", ()
            self._record(Step.UPSTREAM, verdict, Source("upstream", "The client left."), HttpResponse(0, [], b""))
            return
        decision = self.proxy.decider.after_failure(self._pipeline.operation, self.world, error.message)
        if decision is not None and "request" not in self._unvalidated:
            await self._mock(decision)
        else:
            await self._reject(Step.UPSTREAM, error, "The upstream gave no response.")

    # The response

    def reads_whole(self, status: int, names: Mapping[bytes, bytes]) -> bool:
        """Return whether a response is read whole: one that can be validated, mocked instead, or spoilt."""
        options, length = self.proxy.options, names.get(b"content-length")
        essence = essence_of(names.get(b"content-type", b"").decode("latin-1"))
        is_structured = is_json(essence) or is_xml(essence) or essence in _FORMS
        if length is not None:
            return int(length) <= (options.limit if is_structured or self._needs_body(status) else SMALL)
        return (is_structured and not is_stream(essence)) or self._needs_body(status)

    def _needs_body(self, status: int) -> bool:
        return (
            self.proxy.options.blocks
            or self._fault is not None
            or self.proxy.decider.may_mock(status)
            or status in _GONE
        )

    async def exchange(self, connection: UpstreamConnection, received: Received, body: bytes) -> HttpResponse | None:
        """Validate a response that was read whole; the mock may respond instead."""
        operation, request, options = self._pipeline.operation, self.request, self.proxy.options
        status, headers, names = received
        method, plain = request.scope["method"], decoded(body, names, options.limit)
        instead = self.proxy.decider.after(operation, self.world, method, status, names, plain)
        if instead is None and status in _GONE and self._is_created_by_mock():
            instead = Decision("mock", f"The upstream responded with {status}; the mock has created this record.")
        if instead is not None and "request" not in self._unvalidated:
            await self._mock(instead)
            return None
        found = response_violations(operation, method, status, names, plain)
        if plain is None:
            self._unvalidated.append("response")
        if options.blocks and found:
            message = f"The response of the upstream breaks the contract: {found[0].message}"
            error = BadGateway(message, code="response_violations", violations=found)
            await self._reject(Step.UPSTREAM, error, _BLOCKED)
            return None
        self._observe(connection, plain)  # as the upstream sent it
        response = self._merged(HttpResponse(status, headers, body), names, plain)
        if response.body != body:
            body = plain = response.body
        if self._fault is not None:
            response = self._fault.apply(response)
        violations = self._reported(status, found)
        shown = plain if plain is not None and response.body == body else response.body
        self._record_forwarded(violations, response, shown)
        count = entry_link(self.world, len(violations)) if violations else None
        return marked(response, "upstream", count, self._unvalidated)

    def _is_created_by_mock(self) -> bool:
        """Whether the request is about a record that only the mock has."""
        world, pipeline = self.world, self._pipeline
        return (
            world.proxying.has_mocked_writes
            and "request" not in self._unvalidated
            and self.proxy.decider.is_free(pipeline.operation, world)
            and has_created(pipeline, self.request, world)
        )

    def _merged(self, response: HttpResponse, names: Mapping[bytes, bytes], plain: bytes | None) -> HttpResponse:
        """Return a response with the records that the mock created, if it is a list and lists are merged."""
        if not self.proxy.options.merges_lists or not self.world.proxying.has_mocked_writes:
            return response
        if response.status != HTTPStatus.OK or plain is None or self.request.scope["method"] != "GET":
            return response
        merged = merge_list(self._pipeline, self.request, self.world, names, plain)
        if merged is None:
            return response
        data, count = merged
        self._reason = (
            f"{self._reason} {count} record{'s' * (count != 1)} of the mock {'were' if count != 1 else 'was'} added."
        )
        head = [pair for pair in response.headers if pair[0] not in _OF_BYTES]
        return HttpResponse(response.status, [*head, (b"content-length", b"%d" % len(data))], data)

    async def mark(self, received: Received) -> HttpResponse | None:
        """Validate the head of a response that is streamed; refuse it if it must be validated."""
        status, headers, names = received
        options, length = self.proxy.options, names.get(b"content-length")
        if options.blocks:
            message = f"The response of the upstream is larger than {options.limit} bytes (--validate-limit)."
            await self._reject(Step.UPSTREAM, BadGateway(message, code="response_too_large"), _BLOCKED)
            return None
        if length is not None and int(length) > options.limit:
            self._unvalidated.append("response")
        if self._fault is not None:
            await asyncio.sleep(self._fault.delay)  # the other effects of a fault need the whole body
        found = self._reported(status, response_violations(self._pipeline.operation, "HEAD", status, names, None))
        count = entry_link(self.world, len(found), later=True) if found else None
        return marked(HttpResponse(status, headers, b""), "upstream", count, self._unvalidated)

    def end(self, connection: UpstreamConnection, received: Received, body: KeptBody, error: BadGateway | None) -> None:
        """Validate and record a response that was streamed."""
        status, headers, names = received
        plain = None
        if body.is_whole and error is None:
            plain = decoded(body.data, names, self.proxy.options.limit)
        if plain is None and "response" not in self._unvalidated:
            self._unvalidated.append("response")
        found = response_violations(self._pipeline.operation, self.request.scope["method"], status, names, plain)
        if error is not None:
            found = (*found, Violation("response body", (), error.code, None, error.message))
        shown = Cut(b"" if b"content-encoding" in names else body.data, body.size) if plain is None else plain
        self._record_forwarded(self._reported(status, found), HttpResponse(status, headers, b""), shown)
        if error is None:
            self._observe(connection, plain)

    def _reported(self, status: int, found: tuple[Violation, ...]) -> tuple[Violation, ...]:
        """Return the violations of request and response.

        Those of a request that the upstream rejected are left out: its response tells the client about them.
        """
        if status in _CLIENT_ERRORS:
            return found
        return (*violations_of(error for _, error in self._errors), *found)

    def _observe(self, connection: UpstreamConnection, plain: bytes | None) -> None:
        """Pass the exchange to the observer, if there is one."""
        observe, request = self.proxy.options.observe, self.request
        if observe is None:
            return
        exchange = ForwardedExchange(
            self._pipeline.operation,
            request.path_values,
            request.scope["query_string"],
            list(request.scope["headers"]),
            self._sent,
            connection.status,
            connection.headers,
            plain,
        )
        try:
            observe(exchange)
        except Exception:
            logger.exception("The observer of the proxy failed.")

    # The journal

    def _record_forwarded(
        self, violations: tuple[Violation, ...], response: HttpResponse, body: bytes | Cut | None = None
    ) -> None:
        """Record a response of the upstream; `body` replaces that of the response."""
        verdict: Verdict = "unvalidated" if self._unvalidated else ""
        if violations:
            count = len(violations)
            message = f"The contract is broken in {count} place{'s' * (count != 1)}; the response was passed on."
            verdict = "contract_violations", message, violations
        self._record(Step.UPSTREAM, verdict, Source("upstream", self._reason), response, body)

    def _shown_body(self) -> bytes | Cut | None:
        """Return the body of the request as the journal shows it: of an unvalidated one, the beginning and the size."""
        if self._sent is not None:
            return self._sent
        size = self.uploaded.size or len(self.request.body)
        is_readable = b"content-encoding" not in self.request.headers
        return Cut(self.uploaded.data if is_readable else b"", size) if size else None

    def _record(
        self, step: Step, verdict: Verdict, source: Source, response: HttpResponse, body: bytes | Cut | None = None
    ) -> None:
        shown = response.body if body is None else body
        outcome = ForwardedOutcome(step, verdict, source, response.status, response.headers, shown)
        record(
            self.world,
            self._pipeline.formatter,
            self.request,
            outcome,
            began=self.began,
            sent=self._shown_body(),
            caller=self._caller,
            fault=self._fault,
        )
