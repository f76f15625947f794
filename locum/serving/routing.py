"""The contract layer: Connexion hands it every operation, and it finds the one of a request."""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from locum.control.journal_telling import NowhereTeller, OperationTeller
from locum.control.journal_trace import name_of
from locum.control.layer import is_own
from locum.control.near_misses import NearMiss, Offered, near_misses
from locum.control.redaction import Redaction
from locum.openapi.compile.router import ClaimedTwice, Route, Router
from locum.openapi.pointers import at
from locum.refusals import NotAllowed, NotFound, Refusal
from locum.serving.binding import bind, bind_part
from locum.serving.connexion_edge import (
    AbstractRoutingAPI,
    OpenAPIOperation,
    OpenAPISpecification,
    Resolution,
    Resolver,
    SpecMiddleware,
)
from locum.serving.cors import cross_origin
from locum.serving.exchange import Exchange
from locum.serving.picking import without_prefix
from locum.serving.rendering import Rendered, problem
from locum.serving.validating import Validation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from starlette.types import Receive, Scope, Send

    from locum.openapi.compile.contracts import Contract
    from locum.serving.authentication import Authentication
    from locum.serving.services import Service
    from locum.state.worlds import World

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
        return at(self.contract.document.content, self.contract.operations[path, method].pointer)

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
        handler = service.handlers.get(compiled.operation_id) or service.behaviour.player(compiled)
        return Resolution(handler, f"{service.name}:{compiled.operation_id}")


class _ContractApi(AbstractRoutingAPI[Exchange]):  # type: ignore[misc]  # Connexion has no types
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
                later = _Later(partial(self._made, path, method))
                later.route = self._claim(method, path, later, f"{self._service.name}: {method.upper()} {path}")
            else:
                self.add_operation(path, method)

    def _made(self, path: str, method: str) -> Exchange:
        """Let Connexion make one operation, as `add_operation` does, and compile the exchange around it."""
        return self.make_operation(
            self.specification.operation_cls.from_spec(
                self.specification,
                path=path,
                method=method,
                resolver=self.resolver,
                uri_parser_class=self.uri_parser_class,
            )
        )

    def make_operation(self, operation: OpenAPIOperation) -> Exchange:
        """Compile the exchange of an operation around what Connexion resolved."""
        compiled = self._contract.operations[operation.path, operation.method]
        layer, service, played = self._layer, self._service, operation.function
        written, template = compiled.operation_id in service.handlers, self.base_path + compiled.path
        guard = layer.authentication.guard(compiled.security, self._schemes, service.api)
        return Exchange(
            compiled,
            bind(played) if written else bind_part(compiled, played),
            service.word,
            service.name,
            guard,
            OperationTeller(
                compiled,
                service.contract,
                template,
                layer.redaction,
                handler=name_of(played) if written else "",
                behaviour=None if written else service.behaviour,
                guarded=guard is not None,
            ),
            template=template,
            stand_in=layer.authentication.stand_in,
            most_bytes=layer.most_bytes,
            synthesiser=service.behaviour.synthesiser,
            dynamic=service.behaviour.dynamic,
            stirs=service.api.events is not None,
            validation=layer.validation,
            is_changed=partial(service.behaviour.is_changed, compiled) if layer.prism and not written else None,
        )

    @staticmethod
    def _framework_path_and_name(operation: OpenAPIOperation, path: str) -> tuple[str, str]:
        return path, operation.operation_id

    def _add_operation_internal(self, method: str, path: str, operation: Exchange, name: str | None = None) -> None:
        self._claim(method, path, operation, str(name))

    def _claim(self, method: str, path: str, operation: Exchange | _Later, name: str) -> Route[Exchange | _Later]:
        claims, claim = self._layer.claims, (method.upper(), self.base_path + path)
        try:
            route = self._layer.router.add(*claim, operation)
        except ClaimedTwice as claimed:
            message = f"{claimed} is claimed twice, by {claims[claim]} and by {name}. Serve one of them elsewhere."
            raise ClaimedTwice(message) from None
        claims[claim] = name
        return route


class _Later:
    """Stands for an operation until it is first asked, and is then replaced by it."""

    route: Route[Exchange | _Later]

    def __init__(self, make: Callable[[], Exchange]) -> None:
        self._make = make

    async def __call__(self, scope: Scope, *asked: Any) -> None:
        """Make the operation, and let it answer."""
        targets = self.route.targets
        exchange = self._make()
        targets.update({method: exchange for method, target in targets.items() if target is self})
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
        authentication: Authentication,
        most_bytes: int,
        origins: Sequence[str],
        validation: Validation = Validation.ENFORCE,
        prism: bool = False,
        passes: Callable[[str], bool] = is_own,
    ) -> None:
        """Assemble it. Paths that it `passes` are not its own."""
        self.app = app
        self._passes = passes
        self.router: Router[Exchange | _Later] = Router()
        self._bases: dict[str, None] = {}
        """The base paths of the documents, in their order."""
        self.claims: dict[tuple[str, str], str] = {}
        """Whose a method and path are: `api-keys:deleteApiKey`."""
        self._pick = picker
        self.redaction = Redaction()
        self._teller = NowhereTeller(self.redaction, lambda *asked: [miss.sentence for miss in self._near(*asked)])
        self.authentication = authentication
        self.most_bytes = most_bytes
        self.validation = validation
        self.prism = prism
        self._cross_origin = cross_origin(self._answer, origins)

    def add_api(self, specification: LoadedSpecification, *, service: Service, **kwargs: Any) -> _ContractApi:
        """Register a document; called by Connexion."""
        self._bases[service.base_path] = None
        self.redaction.add(service.contract, service.base_path, tuple(key.prefix for key in service.api.keys))
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
        if scope["path"].startswith("/~"):
            scope = without_prefix(scope)
        if "/__locum" in scope["path"] and self._passes(scope["path"]):
            await self.app(scope, receive, send)
            return
        pairs = scope["headers"]
        headers = dict(pairs)
        if len(headers) < len(pairs):
            headers = _joined(pairs)
        if b"origin" in headers:
            await self._cross_origin(scope, receive, send)
        else:
            await self._answer(scope, receive, send, headers)

    def _answer(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes] | None = None
    ) -> Awaitable[None]:
        """Find the operation and the world of a request, and return the answering of it."""
        if headers is None:
            headers = _joined(scope["headers"])
        try:
            world = self._pick(scope, headers)
        except Refusal as refusal:
            return send_answer(send, problem(refusal))
        method: str = scope["method"]
        raw: bytes | None = scope.get("raw_path")
        # The path as it was sent, still percent-encoded: `%2F` is no separator.
        match = self.router.match(scope["path"] if raw is None else raw.decode("utf-8", "surrogateescape"))
        if match is not None:
            targets = match.route.targets
            exchange = targets.get(method) or (targets.get("GET") if method == "HEAD" else None)
            if exchange is not None:
                return exchange(scope, receive, send, world, match.values, headers)
        world.tick()
        began = perf_counter()
        if match is None:
            like = "GET" if method == "HEAD" else method
            nowhere = NotFound(self._nowhere(like, scope["path"]), code="no_such_path")
            template, rendered = "", problem(nowhere, prism=self.prism)
        else:
            template, rendered = match.route.template, _without_operation(method, match.route.allow, prism=self.prism)
        path = scope["path"].encode("utf-8", "replace") if raw is None else raw
        asked = self._teller, world.clock.micros, method, path, scope["query_string"], headers, None, None
        took = perf_counter() - began
        world.journal.record((*asked, template, "no_operation", *rendered, took, None), len(rendered[2]))
        return send_answer(send, rendered)

    def _near(self, method: str, path: str) -> list[NearMiss]:
        """Say which operations a request nearly matched."""
        bases = sorted(self._bases, key=len, reverse=True)
        return near_misses(
            method,
            path,
            (
                Offered(declared, template, name, next((base for base in bases if template.startswith(base + "/")), ""))
                for (declared, template), name in self.claims.items()
            ),
        )

    def _nowhere(self, method: str, path: str) -> str:
        """Say that there is nothing, and where there would be."""
        message = "No operation has this path."
        near = next(iter(self._near(method, path)), None)
        if near is not None:
            return f"{message} Did you mean {near.path if near.method == method else f'{near.method} {near.path}'}?"
        return message if "" in self._bases else f"{message} Those that are here begin with {' or '.join(self._bases)}."


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
