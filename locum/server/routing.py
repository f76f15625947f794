"""Routing: the layer that finds the operation and the world of each request, and runs the operation's pipeline."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from locum.control.front_page import FRONT_PATHS
from locum.control.layer import is_own
from locum.errors import ApiError, NotAllowed, NotFound
from locum.journal.formatter import UnmatchedFormatter
from locum.redaction import Redaction
from locum.server.asgi import receive_body, send_response
from locum.server.connexion_api import SpecMiddleware
from locum.server.fault_injection import HEADER as FAULT_HEADER
from locum.server.http import HttpRequest, HttpResponse
from locum.server.limits import HEAD_BYTES, head_bytes
from locum.server.origins import EXPOSED, cross_origin
from locum.server.registration import ContractApi, LoadedSpecification
from locum.server.registry import Later, Registry
from locum.server.responses import problem
from locum.server.world_selection import PREFIX, without_prefix
from locum.world.journal import JournalRecord, Step

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from starlette.types import Receive, Scope, Send

    from locum.openapi.compile.router import Route
    from locum.server.admission import Admission
    from locum.server.authentication import Authentication
    from locum.server.pipeline import OperationPipeline, PipelineOptions
    from locum.server.services import Service
    from locum.world.worlds import World

__all__ = ["ContractLayer", "join_headers"]


class ContractLayer(SpecMiddleware):  # type: ignore[misc]  # Connexion has no types
    """The outermost layer: it finds the operation and the world of a request, and runs the operation's pipeline.

    Requests to locum's own pages are passed to the layers within.
    """

    def __init__(  # noqa: PLR0913 (assembled in one place)
        self,
        app: Any,
        *,
        picker: Callable[[Scope, Mapping[bytes, bytes]], World],
        copier: Callable[[Scope, Mapping[bytes, bytes]], World] | None = None,
        authentication: Authentication,
        options: PipelineOptions,
        origins: Sequence[str],
        passes: Callable[[str], bool] = is_own,
        admission: Admission | None = None,
    ) -> None:
        """Assemble the layer.

        `passes` returns whether a path belongs to the layers within. Without an `admission`, requests were admitted by
        an outer layer.
        """
        self.app = app
        self._passes = passes
        self.registry = Registry()
        self._pick = picker
        self._copy = copier
        self._redaction = Redaction()
        self._authentication = authentication
        self.options = options
        self._admission = admission
        self._known_hosts: AbstractSet[bytes] = set() if admission is None else admission.known_hosts
        self._cross_origin = cross_origin(self._serve, origins)
        self._cross_origin_copy = cross_origin(self._serve_from_copy, origins)

    def add_api(self, specification: LoadedSpecification, *, service: Service, **kwargs: Any) -> ContractApi:
        """Register a document; called by Connexion."""
        service.describe_secrets(self._redaction)
        return ContractApi(
            specification,
            service,
            self.registry,
            authentication=self._authentication,
            options=self.options,
            redaction=self._redaction,
            **{name: value for name, value in kwargs.items() if name in {"base_path", "resolver"}},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request to an operation; pass everything else to the layers within."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"].startswith(PREFIX) and scope["path"].split("/")[1] not in self.registry.tildes:
            scope = without_prefix(scope)
        pairs = scope["headers"]
        headers = dict(pairs)
        if len(headers) == len(pairs) and self._skips_admission(scope["path"], headers):
            await self._serve(scope, receive, send, headers)
        else:
            await self._admit_and_serve(scope, receive, send, join_headers(pairs))

    def _skips_admission(self, path: str, headers: Mapping[bytes, bytes]) -> bool:
        """Whether a request can skip admission: its host is known, and no web page sent it. Nearly all can."""
        return (
            headers.get(b"host") in self._known_hosts
            and b"sec-fetch-site" not in headers
            and b"origin" not in headers
            and "/__locum" not in path
        )

    def respond_at_once(self, scope: Scope, headers: dict[bytes, bytes], body: bytes) -> HttpResponse | None:
        """Respond to a request whose body was received; return None, without side effects, if it needs the event loop.

        `headers` has all headers of the scope, none of which is repeated.
        """
        path: str = scope["path"]
        if not self._skips_admission(path, headers) or path.startswith(PREFIX) or FAULT_HEADER in headers:
            return None
        pipeline, values, route = self.registry.find(scope)
        if route is None and self._is_front_door(scope):
            return None
        try:
            world = self._pick(scope, headers)
        except ApiError as error:
            return problem(error)
        if world.faults.active:
            return None
        if pipeline is None:
            return self._respond_without_operation(scope, headers, world, route)
        if len(body) > self.options.most_bytes:
            return None
        return pipeline.respond(HttpRequest(scope, headers, values, body), world)

    async def _admit_and_serve(self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]) -> None:
        """Serve a request whose host or origin must be checked first; forward one for locum itself to inner layers."""
        is_own, changes_nothing = self._passes(scope["path"]), False
        if self._admission is not None:
            try:
                changes_nothing = self._admission.admit(scope, headers, is_own=is_own)
            except ApiError as error:
                await send_response(problem(error, prism=self.options.prism), scope, receive, send)
                return
        if is_own:
            await self.app(scope, receive, send)
        elif changes_nothing:
            await self._cross_origin_copy(scope, receive, send)
        elif b"origin" in headers:
            await self._cross_origin(scope, receive, send)
        else:
            await self._serve(scope, receive, send, headers)

    def _serve_from_copy(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve a request of a foreign page from a copy of its world, so that it changes nothing."""
        return self._serve(scope, receive, send, pick=self._copy)

    async def _serve(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        headers: dict[bytes, bytes] | None = None,
        pick: Callable[[Scope, Mapping[bytes, bytes]], World] | None = None,
    ) -> None:
        """Respond to a request in its world."""
        if headers is None:
            headers = join_headers(scope["headers"])
        pipeline, values, route = self.registry.find(scope)
        is_front = route is None and self._is_front_door(scope)
        try:
            world = (pick or self._pick)(scope, headers)
        except ApiError as error:
            if not is_front or scope.get("root_path"):  # the front page itself needs no world
                await send_response(problem(error), scope, receive, send)
                return
        if is_front:
            await self.app(scope, receive, send)
            return
        if pipeline is None:
            response = self._respond_without_operation(scope, headers, world, route)
        else:
            request = HttpRequest(scope, headers, values)
            if pipeline.takes_body:
                try:
                    request.body = await receive_body(headers, receive, self.options.most_bytes)
                except ApiError as error:
                    request.body_error = error
            if b"origin" in headers:
                scope[EXPOSED] = pipeline.exposed
            response = pipeline.respond(request, world)
        if pick is not None:
            world.journal.count_new()  # the copy of a world ends here
        await send_response(response, scope, receive, send)

    def _is_front_door(self, scope: Scope) -> bool:
        """Whether a request without an operation is for the front page, which leaves no trace in a world."""
        return scope["path"] in FRONT_PATHS and scope["method"] in {"GET", "HEAD"} and not self.options.prism

    def _respond_without_operation(
        self,
        scope: Scope,
        headers: dict[bytes, bytes],
        world: World,
        route: Route[OperationPipeline | Later] | None,
    ) -> HttpResponse:
        """Respond to a request that no operation matches, with 404, 405 or, for OPTIONS, the allowed methods."""
        world.tick()
        began = perf_counter()
        method, path = scope["method"], scope["path"]
        matched = "GET" if method == "HEAD" else method
        if route is None or route.asks_for_more(matched):
            error = NotFound(self.registry.not_found(matched, path, route), code="no_such_path")
            template, response = "", problem(error, prism=self.options.prism)
        else:
            template, response = (
                route.template,
                _respond_to_undeclared_method(method, route.allow, prism=self.options.prism),
            )
        record = JournalRecord(
            UnmatchedFormatter(self._redaction, template, self.registry.near_miss_sentences),
            world.clock.micros,
            method,
            scope.get("raw_path") or path.encode("utf-8", "replace"),
            scope["query_string"],
            headers,
            None,
            None,
            Step.ROUTING,
            "no_operation",
            response.status,
            response.headers,
            response.body,
            perf_counter() - began,
            None,
        )
        world.journal.record(record, (scope.get(HEAD_BYTES) or head_bytes(scope)) + len(response.body))
        return response


def join_headers(pairs: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return the headers by name; lines with one name are joined to a list (RFC 9110, section 5.3)."""
    single = dict(pairs)
    if len(single) == len(pairs):
        return single
    headers: dict[bytes, list[bytes]] = {}
    for name, value in pairs:
        headers.setdefault(name, []).append(value)
    return {name: (b"; " if name == b"cookie" else b", ").join(lines) for name, lines in headers.items()}


def _respond_to_undeclared_method(method: str, allow: str, *, prism: bool) -> HttpResponse:
    if method == "OPTIONS":
        return HttpResponse(204, [(b"allow", allow.encode("latin-1"))], b"")
    message = f"{method} is not declared for this path. Declared: {allow}."
    return problem(NotAllowed(message, headers={"Allow": allow}), prism=prism)
