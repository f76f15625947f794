"""The contract layer: Connexion hands it every operation, and it finds the one of a request."""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.control.layer import is_own
from locum.errors import ApiError, NotAllowed, NotFound
from locum.journal.formatter import NowhereTeller, OperationFormatter, name_of
from locum.journal.near_misses import NearMiss, Offered, near_misses
from locum.openapi.compile.router import ClaimedTwice, Route, Router
from locum.openapi.pointers import at
from locum.openapi.wire.parameters import percent_decode
from locum.options import Validation
from locum.redaction import Redaction
from locum.server.binding import bind, bind_action
from locum.server.connexion_api import (
    AbstractRoutingAPI,
    OpenAPIOperation,
    OpenAPISpecification,
    Resolution,
    Resolver,
    SpecMiddleware,
)
from locum.server.limits import HEAD_BYTES, head_bytes
from locum.server.origins import cross_origin
from locum.server.pipeline import OperationPipeline
from locum.server.responses import Rendered, problem
from locum.server.world_selection import PREFIX, without_prefix

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from starlette.types import Receive, Scope, Send

    from locum.openapi.compile.contracts import Contract
    from locum.server.authentication import Authentication
    from locum.server.limits import Admission
    from locum.server.services import Service
    from locum.world.worlds import World

__all__ = ["ContractLayer", "HandlerResolver", "LoadedSpecification", "send_answer"]


class LoadedSpecification(OpenAPISpecification):  # type: ignore[misc]  # Connexion has no types
    """A document that is already read and judged: Connexion neither renders, copies nor expands it."""

    def __init__(self, contract: Contract, base_path: str) -> None:
        self.contract = contract
        self._raw_spec = self._spec = {"components": {}, **contract.document.content}
        self._base_path = base_path

    def get_path_params(self, path: str) -> list[Any]:  # noqa: ARG002 (Connexion's signature)
        """Nothing: Connexion would append them to the operation's own, in place."""
        return []

    def get_operation(self, path: str, method: str) -> Any:
        """Return an operation object, of a referenced path item too."""
        operation = at(self.contract.document.content, self.contract.operations[path, method].pointer)
        responses = operation.get("responses") or {}
        if any(name.startswith("x-") for name in responses):  # Connexion takes an extension for a response
            responses = {name: value for name, value in responses.items() if not name.startswith("x-")}
            return {**operation, "responses": responses}
        return operation

    @property
    def base_path(self) -> str:
        """Where the operations are mounted."""
        return self._base_path

    @base_path.setter
    def base_path(self, base_path: str) -> None:
        self._base_path = base_path


class HandlerResolver(Resolver):  # type: ignore[misc]  # Connexion has no types
    """Finds what plays an operation."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    def resolve(self, operation: OpenAPIOperation) -> Resolution:
        """Return the handler, or the part that is played without one, under an id that no other document has."""
        service = self._service
        compiled = service.contract.operations[operation.path, operation.method]
        handler = service.handlers.get(compiled.operation_id) or service.behaviour.action_of(compiled)
        return Resolution(handler, f"{service.name}:{compiled.operation_id}")


class _ContractApi(AbstractRoutingAPI[OperationPipeline]):  # type: ignore[misc]  # Connexion has no types
    """One document on the layer."""

    def __init__(
        self, specification: LoadedSpecification, layer: ContractLayer, service: Service, **kwargs: Any
    ) -> None:
        self._layer = layer
        self._service = service
        self._contract = service.contract
        self._schemes = service.contract.security_schemes
        super().__init__(specification, **kwargs)

    def add_paths(self, paths: dict[str, Any] | None = None) -> None:  # noqa: ARG002 (Connexion's signature)
        """Add every operation, those of referenced path items too; of very many each is made when it is first asked."""
        for path, method in self._contract.operations:
            if self._contract.operations.are_many:
                self._claim_later(path, method, self._base(path, method), self._layer.router)
            else:
                self.add_operation(path, method)
        for base in self._service.also_at:
            for path, method in self._contract.operations:
                self._claim_later(path, method, base, self._layer.more)

    def _base(self, path: str, method: str) -> str:
        return self._service.base_path_of(path, method)

    def _claim_later(self, path: str, method: str, base: str, router: Router[OperationPipeline | _Later]) -> None:
        """Register an operation that is made when it is first asked."""
        later = _Later(partial(self._made, path, method, base))
        later.route = self._claim(method, base, path, later, f"{self._service.name}: {method.upper()} {path}", router)

    def _made(self, path: str, method: str, base: str) -> OperationPipeline:
        """Let Connexion make one operation, as `add_operation` does, and compile the exchange around it."""
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
        """Compile the exchange of an operation around what Connexion resolved."""
        return self._pipeline(operation, self._base(operation.path, operation.method) + operation.path)

    def _pipeline(self, operation: OpenAPIOperation, template: str) -> OperationPipeline:
        compiled = self._contract.operations[operation.path, operation.method]
        layer, service, played = self._layer, self._service, operation.function
        written = compiled.operation_id in service.handlers
        guard = layer.authentication.guard(compiled.security, self._schemes, service.api)
        return OperationPipeline(
            compiled,
            bind(played) if written else bind_action(compiled, played),
            service.word,
            service.name,
            guard,
            OperationFormatter(
                compiled,
                service.contract,
                template,
                layer.redaction,
                handler=name_of(played) if written else "",
                behaviour=None if written else service.behaviour,
                guarded=guard is not None,
            ),
            template=template,
            anonymous=layer.authentication.anonymous,
            most_bytes=layer.most_bytes,
            generator=service.behaviour.generator,
            dynamic=service.behaviour.dynamic,
            schedules=service.api.events is not None,
            strict_accept=layer.prism,
            validation=layer.validation,
            is_changed=partial(service.behaviour.is_changed, compiled) if layer.prism and not written else None,
            compares=not (layer.prism or service.behaviour.rejects_read_only),
            sandbox=layer.sandbox,
        )

    @staticmethod
    def _framework_path_and_name(operation: OpenAPIOperation, path: str) -> tuple[str, str]:
        return path, operation.operation_id

    def _add_operation_internal(
        self, method: str, path: str, operation: OperationPipeline, name: str | None = None
    ) -> None:
        self._claim(method, self._base(path, method), path, operation, str(name), self._layer.router)

    def _claim(  # noqa: PLR0913, PLR0917 (an operation, and where it is)
        self,
        method: str,
        base: str,
        path: str,
        operation: OperationPipeline | _Later,
        name: str,
        router: Router[OperationPipeline | _Later],
    ) -> Route[OperationPipeline | _Later] | None:
        """Register an operation; return None where an earlier one of the same document has its method and path.

        Of places besides the declared ones it may be one of any document.
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
    """What is served under a method and a path: its name (`api-keys:deleteApiKey`), its API, and the base path."""

    name: str
    service: str
    base: str


class _Later:
    """Stands for an operation until it is first asked, and is then replaced by it."""

    route: Route[OperationPipeline | _Later] | None

    def __init__(self, make: Callable[[], OperationPipeline]) -> None:
        self._make = make

    async def __call__(self, scope: Scope, *asked: Any) -> None:
        """Make the operation, and let it answer."""
        exchange = self._make()
        if self.route is not None:
            self.route.replace(self, exchange)
        await exchange(scope, *asked)


class ContractLayer(SpecMiddleware):  # type: ignore[misc]  # Connexion has no types
    """The layer that answers every request to an operation: match, world, and then the exchange.

    It is the outermost one: what it does not know goes further in, to locum's own pages.
    """

    def __init__(  # noqa: PLR0913 (assembled in one place)
        self,
        app: Any,
        *,
        picker: Callable[[Scope, Mapping[bytes, bytes]], World],
        copier: Callable[[Scope, Mapping[bytes, bytes]], World] | None = None,
        authentication: Authentication,
        most_bytes: int,
        origins: Sequence[str],
        validation: Validation = Validation.ENFORCE,
        prism: bool = False,
        sandbox: bool = True,
        passes: Callable[[str], bool] = is_own,
        admission: Admission | None = None,
    ) -> None:
        """Assemble it. Paths that it `passes` are not its own; without an `admission` requests were admitted before."""
        self.app = app
        self._passes = passes
        self.router: Router[OperationPipeline | _Later] = Router()
        self.more: Router[OperationPipeline | _Later] = Router()
        """Places besides those that are declared, which go before them."""
        self.claims: dict[tuple[str, str], Claim] = {}
        """What is served under each method and path."""
        self.tildes: set[str] = set()
        """First segments of declared paths that look as if they named a world: `~ada`."""
        self._pick = picker
        self._copy = copier
        self.redaction = Redaction()
        self._teller = NowhereTeller(self.redaction, lambda *asked: [miss.sentence for miss in self._near(*asked)])
        self.authentication = authentication
        self.most_bytes = most_bytes
        self.validation = validation
        self.prism = prism
        self.sandbox = sandbox
        self._admission = admission
        self._known_hosts: AbstractSet[bytes] = set() if admission is None else admission.known_hosts
        self._cross_origin = cross_origin(self._answer, origins)
        self._cross_origin_copy = cross_origin(self._answer_from_copy, origins)

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
        """Answer a request to an operation, and let everything else through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"].startswith(PREFIX) and scope["path"].split("/")[1] not in self.tildes:
            scope = without_prefix(scope)
        pairs = scope["headers"]
        headers = dict(pairs)
        # What nearly every request is like: it names a known host, no browser sent it, and no header is there twice.
        if (
            headers.get(b"host") in self._known_hosts
            and b"sec-fetch-site" not in headers
            and b"origin" not in headers
            and len(headers) == len(pairs)
            and "/__locum" not in scope["path"]
        ):
            await self._answer(scope, receive, send, headers)
        else:
            await self._admitted(scope, receive, send, _joined(pairs))

    async def _admitted(self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]) -> None:
        """Answer a request whose host or sender must be judged first, and let one to locum's own paths through."""
        is_own, changes_nothing = self._passes(scope["path"]), False
        if self._admission is not None:
            try:
                changes_nothing = self._admission.admit(scope, headers, is_own=is_own)
            except ApiError as refusal:
                await send_answer(send, problem(refusal, prism=self.prism))
                return
        if is_own:
            await self.app(scope, receive, send)
        elif changes_nothing:
            await self._cross_origin_copy(scope, receive, send)
        elif b"origin" in headers:
            await self._cross_origin(scope, receive, send)
        else:
            await self._answer(scope, receive, send, headers)

    def _answer_from_copy(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer a request of a foreign page, which changes nothing, from a copy of its world."""
        return self._answer(scope, receive, send, pick=self._copy)

    def _answer(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        headers: dict[bytes, bytes] | None = None,
        pick: Callable[[Scope, Mapping[bytes, bytes]], World] | None = None,
    ) -> Awaitable[None]:
        """Find the operation and the world of a request, and return the answering of it."""
        if headers is None:
            headers = _joined(scope["headers"])
        try:
            world = (pick or self._pick)(scope, headers)
        except ApiError as refusal:
            return send_answer(send, problem(refusal))
        method: str = scope["method"]
        raw: bytes | None = scope.get("raw_path")
        # The path as it was sent, still percent-encoded: `%2F` is no separator.
        sent = scope["path"] if raw is None else raw.decode("utf-8", "surrogateescape")
        match = self.router.match(sent)
        if match is not None:
            route = match.route
            exchange = route.target(method, scope["query_string"]) if route.variants else route.targets.get(method)
            if exchange is None and method == "HEAD":
                exchange = route.target(method, scope["query_string"])
            if exchange is not None:
                return exchange(scope, receive, send, world, match.values, headers)
        also = self.more.match(sent)
        if also is not None:
            exchange = also.route.target(method, scope["query_string"])
            if exchange is not None:
                return exchange(scope, receive, send, world, also.values, headers)
            match = match or also
        world.tick()
        began = perf_counter()
        like = "GET" if method == "HEAD" else method
        if match is None or match.route.asks_for_more(like):
            message = self._nowhere(like, scope["path"]) if match is None else self._other_query(like, match.route)
            template, rendered = "", problem(NotFound(message, code="no_such_path"), prism=self.prism)
        else:
            template, rendered = match.route.template, _without_operation(method, match.route.allow, prism=self.prism)
        path = scope["path"].encode("utf-8", "replace") if raw is None else raw
        asked = self._teller, world.clock.micros, method, path, scope["query_string"], headers, None, None
        took = perf_counter() - began
        size = (scope.get(HEAD_BYTES) or head_bytes(scope)) + len(rendered[2])
        world.journal.record((*asked, template, "no_operation", *rendered, took, None), size)
        return send_answer(send, rendered)

    def _near(self, method: str, path: str) -> list[NearMiss]:
        """Return the operations that a request nearly matched."""
        return near_misses(
            method,
            path,
            (
                Offered(declared, template, claim.name, claim.base)
                for (declared, template), claim in self.claims.items()
            ),
        )

    def _nowhere(self, method: str, path: str) -> str:
        """Say that there is nothing, and where there would be."""
        message = "No operation has this path."
        near = next(iter(self._near(method, path)), None)
        if near is not None:
            return f"{message} Did you mean {near.path if near.method == method else f'{near.method} {near.path}'}?"
        bases = dict.fromkeys(claim.base for claim in self.claims.values())
        return message if "" in bases else f"{message} Those that are here begin with {' or '.join(bases)}."

    @staticmethod
    def _other_query(method: str, route: Route[OperationPipeline | _Later]) -> str:
        """Say which queries the operations of a path are for."""
        templates = [variant.template for variant in route.variants[method]]
        return f"No operation has this path with this query. Did you mean {' or '.join(templates)}?"


def _joined(pairs: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return the headers by name; lines of one name are one list (RFC 9110, section 5.3)."""
    headers: dict[bytes, list[bytes]] = {}
    for name, value in pairs:
        headers.setdefault(name, []).append(value)
    return {name: (b"; " if name == b"cookie" else b", ").join(lines) for name, lines in headers.items()}


def _without_operation(method: str, allow: str, *, prism: bool) -> Rendered:
    if method == "OPTIONS":
        return 204, [(b"allow", allow.encode("latin-1"))], b""
    message = f"{method} is not declared here; {allow} are."
    return problem(NotAllowed(message, headers={"Allow": allow}), prism=prism)


async def send_answer(send: Send, rendered: Rendered) -> None:
    """Send an answer."""
    status, head, data = rendered
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": data})
