"""The control API: control.yaml, served by the same routing and pipeline as the APIs."""

from __future__ import annotations

import asyncio
import re
from functools import cached_property, partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

from locum.apis import Api
from locum.control import layer
from locum.control.access import Access
from locum.control.operations.clock import ClockOperations
from locum.control.operations.faults import FaultOperations, PreferenceOperations
from locum.control.operations.journal import JournalOperations
from locum.control.operations.metrics import MetricsOperations
from locum.control.operations.records import RecordOperations
from locum.control.operations.requests import RequestOperations
from locum.control.operations.server import ServerOperations, ValidationOperations
from locum.control.operations.tokens import TokenOperations
from locum.control.operations.upstreams import UpstreamOperations
from locum.control.operations.worlds import FixtureOperations, WorldOperations
from locum.control.records import RecordOperationsView
from locum.errors import ApiError, NotFound
from locum.journal.stream import Broadcast
from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import read
from locum.openapi.wire.json_values import write_json
from locum.options import AuthMode
from locum.redaction import RecordRedaction, Redaction
from locum.responses import Response
from locum.server.asgi import send_response
from locum.server.authentication import ANONYMOUS, Authentication
from locum.server.connexion_api import API, ConnexionMiddleware
from locum.server.fault_injection import CONNECTION
from locum.server.http import HttpResponse
from locum.server.pipeline import PipelineOptions
from locum.server.preferences import unfit_preference
from locum.server.registration import HandlerResolver, LoadedSpecification
from locum.server.responses import problem, problem_details
from locum.server.routing import ContractLayer
from locum.server.sending import send_prepared
from locum.server.services import Service, sources_of
from locum.server.tokens import Tokens
from locum.world.worlds import DEFAULT, Worlds

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Message, Receive, Scope, Send

    from locum.oidc.issuer import Issuer
    from locum.server.application import Assembly
    from locum.world.clock import Clock
    from locum.world.journal import Journal
    from locum.world.seeded import NewId

__all__ = ["Control"]

_DOCUMENT = Path(layer.__file__).with_name("control.yaml")


class Control:
    """Serves the control API; it is assembled at the first request.

    Its requests run in a world of its own, so that they change neither the clock nor the journal of the world that they
    are about.
    """

    def __init__(self, assembly: Assembly, issuer: Callable[[], Issuer], served: Callable[[], Any]) -> None:
        """Prepare; `issuer` returns the OpenID provider, which issues tokens, `served` the application of the APIs."""
        self._assembly = assembly
        self._served = served
        self._issuer = issuer
        self._picker = assembly.picker
        self._broadcast = Broadcast()
        self._access = Access(assembly.settings.control_token, assembly.settings.control_cors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        headers = dict(scope["headers"])
        is_probe = scope["path"] in _PROBES
        try:
            self._access.admit(scope["method"], headers, needs_token=not is_probe)
        except ApiError as error:
            await send_response(problem(error), scope, receive, send)
            return
        if is_probe:
            await self._probe({**scope, "query_string": b"", "root_path": ""}, receive, send)
            return
        query, name = scope["query_string"], self._picker.name(scope, headers)
        if name is not None and not _NAMED.search(query):
            # Operations read the world from the query. A request may also name it by header, cookie or path prefix.
            query += (b"&" if query else b"") + b"world=" + quote(name).encode()
        scope = {**scope, "query_string": query, "root_path": ""}
        if scope["path"] == _STREAM and scope["method"] == "GET":
            await self._stream(scope, receive, send)
        elif scope["path"] == _REQUESTS and scope["method"] == "POST":
            await self._send_request(scope, receive, send)
        else:
            await self._layers(scope, receive, send)

    async def _probe(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a check of health or readiness, which needs neither a world nor the control token."""
        connection = (scope.get("state") or {}).get(CONNECTION)
        if scope["path"] == _READY and connection is not None and connection.is_stopping:
            error = ApiError("The server is stopping. Send requests to another one.", code="stopping")
            await send_response(problem(error, HTTPStatus.SERVICE_UNAVAILABLE), scope, receive, send)
            return
        await self._layers(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream a journal once the pipeline has accepted the request, as a pipeline cannot return an endless body."""
        response: list[Message] = []

        async def collect(message: Message) -> None:
            response.append(message)

        await self._layers(scope, receive, collect)
        if response[0]["status"] != HTTPStatus.OK:
            for message in response:
                await send(message)
            return
        query_values = parse_qs(scope["query_string"].decode("latin-1"))
        headers = dict(scope["headers"])
        after = int(headers.get(b"last-event-id") or query_values.get("after", ["0"])[0])
        wait = float(query_values["wait"][0]) if "wait" in query_values else None
        world = query_values.get("world", [DEFAULT])[0]
        head = [pair for pair in response[0]["headers"] if pair[0] != b"content-length"]
        await send({**response[0], "headers": [*head, (b"cache-control", b"no-store")]})
        disconnected = asyncio.ensure_future(_disconnect(receive))
        connection = (scope.get("state") or {}).get(CONNECTION)

        def is_over() -> bool:
            return disconnected.done() or (connection is not None and connection.is_stopping)

        try:
            rows = query_values.get("rows", [""])[0] == "true"
            async for piece in self._broadcast.subscribe(lambda: self._journal(world), after, wait, is_over, rows=rows):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        finally:
            disconnected.cancel()
        await send({"type": "http.response.body", "body": b""})

    async def _send_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the request that the operation prepared, as a pipeline cannot wait for another one."""
        response: list[Message] = []

        async def collect(message: Message) -> None:
            response.append(message)

        await self._layers(scope, receive, collect)
        prepared = self.requests.take_prepared()
        if response[0]["status"] != HTTPStatus.OK or prepared is None:
            for message in response:
                await send(message)
            return
        host = dict(scope["headers"]).get(b"host", b"localhost").decode("latin-1")
        shown = await send_prepared(self._served(), prepared, host, scope["scheme"])
        shown["undo"] = self.requests.count_undo(prepared.world)
        head = [pair for pair in response[0]["headers"] if pair[0] != b"content-length"]
        await send_response(HttpResponse(HTTPStatus.OK, head, write_json(shown)), scope, receive, send)

    def _journal(self, world: str) -> Journal | None:
        """Return the journal of a world; None if the world was dropped. Following a journal does not recreate it."""
        try:
            return self._picker.worlds.existing(world).journal
        except NotFound:
            return None

    @cached_property
    def records(self) -> RecordOperationsView:
        """The records of the served APIs."""
        services = self._assembly.services
        generated = {service.name: service.behaviour for service in services}
        redaction = Redaction()
        for service in services:
            service.describe_secrets(redaction)
        browsed = {service.name: service.behaviour for service in services if not service.handlers}
        return RecordOperationsView(browsed, generated, RecordRedaction(redaction))

    @cached_property
    def requests(self) -> RequestOperations:
        """The operations that compose and send requests."""
        assembly = self._assembly
        return RequestOperations(assembly.services, assembly.worlds, self.records, assembly.settings.world_header)

    @cached_property
    def service(self) -> Service:
        """The control API as a service."""
        return _service(self._assembly, self.records, self.requests, self._issuer())

    @cached_property
    def _layers(self) -> Any:
        own = Worlds({}, most=1)
        own.default.journal.bound(0, 0)
        layer = partial(
            ContractLayer,
            picker=lambda *_: own.default,
            authentication=Authentication(AuthMode.OFF, Tokens(), ()),
            options=PipelineOptions(most_bytes=_MOST_BYTES, anonymous=ANONYMOUS),
            origins=self._assembly.settings.control_cors,
            passes=lambda _: False,
        )
        service = self.service
        application = ConnexionMiddleware(_nothing, import_name="locum", middlewares=[layer])
        specification = LoadedSpecification(service.contract, service.base_path)
        resolver = HandlerResolver(service)
        application.apis.append(API(specification, base_path=service.base_path, resolver=resolver, service=service))
        return application._build_middleware_stack()[0]  # noqa: SLF001 (as Application does, which is one)


async def _disconnect(receive: Receive) -> None:
    """Wait until the client disconnects."""
    while (await receive())["type"] != "http.disconnect":
        pass


_STREAM = "/__locum/journal/stream"
_REQUESTS = "/__locum/requests"
_READY = "/__locum/ready"
_PROBES = frozenset({"/__locum/health", _READY})
"""Paths that load balancers and containers ask: they have no token."""
_NAMED = re.compile(rb"(^|&)world=")
_MOST_BYTES = 64 * 1024 * 1024
"""The maximum size of a request body in bytes; a snapshot contains a whole world."""


def _service(assembly: Assembly, records: RecordOperationsView, requests: RequestOperations, issuer: Issuer) -> Service:
    """Load the document of the control API, and find the handler of each operation."""
    settings, services, worlds, fixtures = assembly.settings, assembly.services, assembly.worlds, assembly.fixtures
    document = read(_DOCUMENT, sources_of(settings).cache)
    contract = compile_contract(document)
    operations = [operation for served in services for operation in served.contract.operations.values()]
    groups = (
        ServerOperations(services, worlds, settings.plain()),
        MetricsOperations(worlds),
        WorldOperations(worlds, fixtures, records),
        FixtureOperations(worlds, fixtures, records),
        RecordOperations(worlds, records),
        requests,
        ClockOperations(worlds),
        FaultOperations(worlds, operations),
        JournalOperations(
            worlds,
            {operation.operation_id for operation in operations},
            {served.name: served.contract.document.path.name for served in services},
        ),
        PreferenceOperations(worlds, operations, unfit_preference),
        ValidationOperations(worlds, settings.validate_requests.value),
        TokenOperations(worlds, issuer),
        UpstreamOperations(
            worlds,
            [(served.name, operation) for served in services for operation in served.contract.operations.values()],
            assembly.proxying,
        ),
    )
    methods = [(name, getattr(group, name)) for group in groups for name in vars(type(group)) if name[0] != "_"]
    by_name = dict(methods)
    assert len(by_name) == len(methods)  # noqa: S101 (no two groups handle one operation)
    handlers = {one.operation_id: by_name[one.handler_name] for one in contract.operations.values()}
    return Service(contract, Api(render_error=_render_error, accepts=None), document.base_path, handlers)


def _render_error(error: ApiError, status: int, new_id: NewId, clock: Clock) -> Response:  # noqa: ARG001 (as every API's)
    return Response(problem_details(error, status), headers=error.headers)


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    """End the chain of layers: the contract layer passes nothing on."""
