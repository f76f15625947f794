"""Routing: the layer where Connexion registers operations, and which finds the operation of each request."""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.control.layer import is_own
from locum.errors import ApiError, NotAllowed, NotFound
from locum.journal.formatter import OperationFormatter, UnmatchedFormatter, name_of
from locum.journal.near_misses import NearMiss, Offered, near_misses
from locum.openapi.compile.router import ClaimedTwice, Route, Router
from locum.openapi.pointers import at
from locum.openapi.wire.parameters import percent_decode
from locum.redaction import Redaction
from locum.server.asgi import receive_body, send_response
from locum.server.binding import bind_action, bind_handler
from locum.server.connexion_api import (
    AbstractRoutingAPI,
    OpenAPIOperation,
    OpenAPISpecification,
    Resolution,
    Resolver,
    SpecMiddleware,
)
from locum.server.fault_injection import HEADER as FAULT_HEADER
from locum.server.http import HttpRequest, HttpResponse
from locum.server.limits import HEAD_BYTES, head_bytes
from locum.server.origins import EXPOSED, cross_origin
from locum.server.pipeline import OperationPipeline
from locum.server.responses import problem
from locum.server.world_selection import PREFIX, without_prefix
from locum.world.journal import JournalRecord, Step

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from starlette.types import Receive, Scope, Send

    from locum.openapi.compile.contracts import Contract
    from locum.server.authentication import Authentication
    from locum.server.limits import Admission
    from locum.server.pipeline import PipelineOptions
    from locum.server.services import Service
    from locum.world.worlds import World

__all__ = ["ContractLayer", "HandlerResolver", "LoadedSpecification"]


class LoadedSpecification(OpenAPISpecification):  # type: ignore[misc]  # Connexion has no types
    """A document that is already loaded and checked: Connexion neither renders, copies nor expands it."""

    def __init__(self, contract: Contract, base_path: str) -> None:
        self.contract = contract
        self._raw_spec = self._spec = {"components": {}, **contract.document.content}
        self._base_path = base_path

    def get_path_params(self, path: str) -> list[Any]:  # noqa: ARG002 (Connexion's signature)
        """Return nothing: Connexion would append them in place to the operation's own."""
        return []

    def get_operation(self, path: str, method: str) -> Any:
        """Return an operation object, also one of a referenced path item."""
        operation = at(self.contract.document.content, self.contract.operations[path, method].pointer)
        responses = operation.get("responses") or {}
        if any(name.startswith("x-") for name in responses):  # Connexion would read an extension as a response
            responses = {name: value for name, value in responses.items() if not name.startswith("x-")}
            return {**operation, "responses": responses}
        return operation

    @property
    def base_path(self) -> str:
        """The path below which the operations are mounted."""
        return self._base_path

    @base_path.setter
    def base_path(self, base_path: str) -> None:
        self._base_path = base_path


class HandlerResolver(Resolver):  # type: ignore[misc]  # Connexion has no types
    """Finds the implementation of an operation."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    def resolve(self, operation: OpenAPIOperation) -> Resolution:
        """Return the handler, or the inferred action if there is none, with an id that is unique across documents."""
        service = self._service
        compiled = service.contract.operations[operation.path, operation.method]
        handler = service.handlers.get(compiled.operation_id) or service.behaviour.action_of(compiled)
        return Resolution(handler, f"{service.name}:{compiled.operation_id}")


class _ContractApi(AbstractRoutingAPI[OperationPipeline]):  # type: ignore[misc]  # Connexion has no types
    """Registers the operations of one document with the contract layer."""

    def __init__(
        self, specification: LoadedSpecification, layer: ContractLayer, service: Service, **kwargs: Any
    ) -> None:
        self._layer = layer
        self._service = service
        self._contract = service.contract
        self._schemes = service.contract.security_schemes
        super().__init__(specification, **kwargs)

    def add_paths(self, paths: dict[str, Any] | None = None) -> None:  # noqa: ARG002 (Connexion's signature)
        """Register every operation, those of referenced path items included.

        In a document with very many operations, each is compiled at its first request.
        """
        for path, method in self._contract.operations:
            if self._contract.operations.are_many:
                self._register_later(path, method, self._base(path, method), self._layer.router)
            else:
                self.add_operation(path, method)
        for base in self._service.also_at:
            for path, method in self._contract.operations:
                self._register_later(path, method, base, self._layer.more)

    def _base(self, path: str, method: str) -> str:
        return self._service.base_path_of(path, method)

    def _register_later(self, path: str, method: str, base: str, router: Router[OperationPipeline | _Later]) -> None:
        """Register an operation that is compiled at its first request."""
        later = _Later(partial(self._compile, path, method, base))
        later.route = self._register(
            method, base, path, later, f"{self._service.name}: {method.upper()} {path}", router
        )

    def _compile(self, path: str, method: str, base: str) -> OperationPipeline:
        """Have Connexion build one operation, as `add_operation` does, and compile its pipeline."""
        return self._pipeline(
            self.specification.operation_cls.from_spec(
                self.specification,
                path=path,
                method=method,
                resolver=self.resolver,
                uri_parser_class=self.uri_parser_class,
            ),
            base + path,
        )

    def make_operation(self, operation: OpenAPIOperation) -> OperationPipeline:
        """Compile the pipeline of an operation that Connexion resolved."""
        return self._pipeline(operation, self._base(operation.path, operation.method) + operation.path)

    def _pipeline(self, operation: OpenAPIOperation, template: str) -> OperationPipeline:
        compiled = self._contract.operations[operation.path, operation.method]
        layer, service, function = self._layer, self._service, operation.function
        has_handler = compiled.operation_id in service.handlers
        guard = layer.authentication.guard(compiled.security, self._schemes, service.api)
        return OperationPipeline(
            compiled,
            bind_handler(function, service.name) if has_handler else bind_action(compiled, function),
            service,
            layer.options,
            template=template,
            guard=guard,
            formatter=OperationFormatter(
                compiled,
                service.contract,
                template,
                layer.redaction,
                handler=name_of(function) if has_handler else "",
                behaviour=None if has_handler else service.behaviour,
                guarded=guard is not None,
            ),
        )

    @staticmethod
    def _framework_path_and_name(operation: OpenAPIOperation, path: str) -> tuple[str, str]:
        return path, operation.operation_id

    def _add_operation_internal(
        self, method: str, path: str, operation: OperationPipeline, name: str | None = None
    ) -> None:
        self._register(method, self._base(path, method), path, operation, str(name), self._layer.router)

    def _register(  # noqa: PLR0913, PLR0917 (an operation and its location)
        self,
        method: str,
        base: str,
        path: str,
        operation: OperationPipeline | _Later,
        name: str,
        router: Router[OperationPipeline | _Later],
    ) -> Route[OperationPipeline | _Later] | None:
        """Register an operation; return None if an earlier operation of the same document has its method and path.

        In the router of additional paths (`more`), that may be an operation of any document.
        """
        claims, place, method = self._layer.claims, base + path, method.upper()
        try:
            route = router.add(method, place, operation)
        except ClaimedTwice as claimed:
            if router is self._layer.more:
                return None
            first = claims[method, claimed.first]
            if first.service == self._service.name:
                return None
            message = f"{claimed} is claimed twice, by {first.name} and by {name}. Serve one of them elsewhere."
            raise ClaimedTwice(method, place, claimed.first, message) from None
        if router is self._layer.router:
            claims[method, place] = Claim(name, self._service.name, base)
        first_segment = percent_decode(place.split("/")[1])
        if first_segment.startswith("~"):
            self._layer.tildes.add(first_segment)
        return route


class Claim(NamedTuple):
    """The operation that is served under a method and path: its name (`api-keys:deleteApiKey`), API and base path."""

    name: str
    service: str
    base: str


class _Later:
    """A placeholder for an operation that is compiled at its first request."""

    route: Route[OperationPipeline | _Later] | None

    def __init__(self, make: Callable[[], OperationPipeline]) -> None:
        self._make = make

    def compile(self) -> OperationPipeline:
        """Compile the operation, which replaces this placeholder."""
        pipeline = self._make()
        if self.route is not None:
            self.route.replace(self, pipeline)
        return pipeline


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
        self.router: Router[OperationPipeline | _Later] = Router()
        self.more: Router[OperationPipeline | _Later] = Router()
        """Additional paths of operations; the declared paths precede them."""
        self.claims: dict[tuple[str, str], Claim] = {}
        """The operation that is served under each method and path."""
        self.tildes: set[str] = set()
        """First segments of declared paths that look like the prefix of a world: `~ada`."""
        self._pick = picker
        self._copy = copier
        self.redaction = Redaction()
        self.authentication = authentication
        self.options = options
        self._admission = admission
        self._known_hosts: AbstractSet[bytes] = set() if admission is None else admission.known_hosts
        self._cross_origin = cross_origin(self._serve, origins)
        self._cross_origin_copy = cross_origin(self._serve_from_copy, origins)

    def add_api(self, specification: LoadedSpecification, *, service: Service, **kwargs: Any) -> _ContractApi:
        """Register a document; called by Connexion."""
        service.describe_secrets(self.redaction)
        return _ContractApi(
            specification,
            self,
            service,
            **{name: value for name, value in kwargs.items() if name in {"base_path", "resolver"}},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request to an operation; pass everything else to the layers within."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"].startswith(PREFIX) and scope["path"].split("/")[1] not in self.tildes:
            scope = without_prefix(scope)
        pairs = scope["headers"]
        headers = dict(pairs)
        if len(headers) == len(pairs) and self._is_plain(scope["path"], headers):
            await self._serve(scope, receive, send, headers)
        else:
            await self._admit_and_serve(scope, receive, send, _join_headers(pairs))

    def _is_plain(self, path: str, headers: Mapping[bytes, bytes]) -> bool:
        """Whether a request needs no check: nearly all have a known host and were not sent by a web page."""
        return (
            headers.get(b"host") in self._known_hosts
            and b"sec-fetch-site" not in headers
            and b"origin" not in headers
            and "/__locum" not in path
        )

    def respond_at_once(self, scope: Scope, headers: dict[bytes, bytes], body: bytes) -> HttpResponse | None:
        """Respond to a plain request whose body was received; None if it needs the event loop, and nothing was done.

        `headers` has all headers of the scope, none of which is repeated.
        """
        path: str = scope["path"]
        if not self._is_plain(path, headers) or path.startswith(PREFIX) or FAULT_HEADER in headers:
            return None
        try:
            world = self._pick(scope, headers)
        except ApiError as error:
            return problem(error)
        if world.faults.active:
            return None
        pipeline, values, route = self._find(scope)
        if pipeline is None:
            return self._respond_without_operation(scope, headers, world, route)
        if len(body) > self.options.most_bytes:
            return None
        return pipeline.respond(HttpRequest(scope, headers, values, body), world)

    async def _admit_and_serve(self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]) -> None:
        """Serve a request whose host or origin must be checked first; pass one to locum's own paths on."""
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
            headers = _join_headers(scope["headers"])
        try:
            world = (pick or self._pick)(scope, headers)
        except ApiError as error:
            await send_response(problem(error), scope, receive, send)
            return
        pipeline, values, route = self._find(scope)
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
        await send_response(response, scope, receive, send)

    def _find(
        self, scope: Scope
    ) -> tuple[OperationPipeline | None, tuple[str, ...], Route[OperationPipeline | _Later] | None]:
        """Return the pipeline for a request and the values of its path; without one, the route of the path if any."""
        method: str = scope["method"]
        raw: bytes | None = scope.get("raw_path")
        # The path as it was sent, still percent-encoded: `%2F` does not separate segments.
        sent = scope["path"] if raw is None else raw.decode("utf-8", "surrogateescape")
        first: Route[OperationPipeline | _Later] | None = None
        for router in (self.router, self.more):
            match = router.match(sent)
            if match is None:
                continue
            route = match.route
            target = route.targets.get(method)
            if route.variants or (target is None and method == "HEAD"):
                target = route.target(method, scope["query_string"])
            if target is not None:
                return target.compile() if isinstance(target, _Later) else target, match.values, route
            first = first or route
        return None, (), first

    def _respond_without_operation(
        self,
        scope: Scope,
        headers: dict[bytes, bytes],
        world: World,
        route: Route[OperationPipeline | _Later] | None,
    ) -> HttpResponse:
        """Respond to a request that no operation matches, with 404, 405 or, for OPTIONS, the allowed methods."""
        world.tick()
        began = perf_counter()
        method, path = scope["method"], scope["path"]
        like = "GET" if method == "HEAD" else method
        if route is None or route.asks_for_more(like):
            message = self._no_operation_message(like, path) if route is None else _other_query_message(like, route)
            template, response = "", problem(NotFound(message, code="no_such_path"), prism=self.options.prism)
        else:
            template, response = route.template, _without_method(method, route.allow, prism=self.options.prism)
        record = JournalRecord(
            UnmatchedFormatter(self.redaction, template, self._near_miss_sentences),
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

    def _near_miss_sentences(self, method: str, path: str) -> list[str]:
        return [miss.sentence for miss in self._near_misses(method, path)]

    def _near_misses(self, method: str, path: str) -> list[NearMiss]:
        """Return the near misses of a request: operations that it almost matched."""
        return near_misses(
            method,
            path,
            (
                Offered(declared, template, claim.name, claim.base)
                for (declared, template), claim in self.claims.items()
            ),
        )

    def _no_operation_message(self, method: str, path: str) -> str:
        """Return the message of a 404: the path has no operation, and a hint which paths have one."""
        message = "No operation has this path."
        near = next(iter(self._near_misses(method, path)), None)
        if near is not None:
            return f"{message} Did you mean {near.path if near.method == method else f'{near.method} {near.path}'}?"
        bases = dict.fromkeys(claim.base for claim in self.claims.values())
        return message if "" in bases else f"{message} The paths of this server begin with {' or '.join(bases)}."


def _other_query_message(method: str, route: Route[OperationPipeline | _Later]) -> str:
    """Return the message of a 404 whose query matches no operation of the path."""
    templates = [variant.template for variant in route.variants[method]]
    return f"No operation has this path with this query. Did you mean {' or '.join(templates)}?"


def _join_headers(pairs: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return the headers by name; lines with one name are joined to a list (RFC 9110, section 5.3)."""
    headers: dict[bytes, list[bytes]] = {}
    for name, value in pairs:
        headers.setdefault(name, []).append(value)
    return {name: (b"; " if name == b"cookie" else b", ").join(lines) for name, lines in headers.items()}


def _without_method(method: str, allow: str, *, prism: bool) -> HttpResponse:
    if method == "OPTIONS":
        return HttpResponse(204, [(b"allow", allow.encode("latin-1"))], b"")
    message = f"{method} is not declared for this path. Declared: {allow}."
    return problem(NotAllowed(message, headers={"Allow": allow}), prism=prism)
