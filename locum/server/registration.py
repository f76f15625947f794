"""Registration: Connexion resolves the operations of a document, and each is compiled to a pipeline."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from locum.journal.formatter import OperationFormatter, name_of
from locum.openapi.compile.router import ClaimedTwice, Route, Router
from locum.openapi.pointers import at
from locum.openapi.wire.styles import percent_decode
from locum.server.binding import bind_action, bind_handler
from locum.server.connexion_api import (
    AbstractRoutingAPI,
    OpenAPIOperation,
    OpenAPISpecification,
    Resolution,
    Resolver,
)
from locum.server.pipeline import OperationPipeline
from locum.server.registry import Claim, Later

if TYPE_CHECKING:
    from locum.openapi.compile.contracts import Contract
    from locum.redaction import Redaction
    from locum.server.authentication import Authentication
    from locum.server.pipeline import PipelineOptions
    from locum.server.registry import Registry
    from locum.server.services import Service

__all__ = ["ContractApi", "HandlerResolver", "LoadedSpecification"]


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
        handler = service.handlers.get(compiled.operation_id) or service.action_of(compiled)
        return Resolution(handler, f"{service.name}:{compiled.operation_id}")


class ContractApi(AbstractRoutingAPI[OperationPipeline]):  # type: ignore[misc]  # Connexion has no types
    """Registers the operations of one document."""

    def __init__(  # noqa: PLR0913 (Connexion's arguments, and what a pipeline needs)
        self,
        specification: LoadedSpecification,
        service: Service,
        registry: Registry,
        *,
        authentication: Authentication,
        options: PipelineOptions,
        redaction: Redaction,
        **kwargs: Any,
    ) -> None:
        """Register the operations of a specification; `kwargs` are the base path and resolver that Connexion passes."""
        self._registry = registry
        self._authentication = authentication
        self._options = options
        self._redaction = redaction
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
                self._register_later(path, method, self._base(path, method), self._registry.router)
            else:
                self.add_operation(path, method)
        for base in self._service.also_at:
            for path, method in self._contract.operations:
                self._register_later(path, method, base, self._registry.more)

    def _base(self, path: str, method: str) -> str:
        return self._service.base_path_of(path, method)

    def _register_later(self, path: str, method: str, base: str, router: Router[OperationPipeline | Later]) -> None:
        """Register an operation that is compiled at its first request."""
        later = Later(partial(self._compile, path, method, base))
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
        service, function = self._service, operation.function
        has_handler = compiled.operation_id in service.handlers
        guard = self._authentication.guard(compiled.security, self._schemes, service.api)
        return OperationPipeline(
            compiled,
            bind_handler(function, service.name) if has_handler else bind_action(compiled, function),
            service,
            self._options,
            template=template,
            guard=guard,
            formatter=OperationFormatter(
                compiled,
                service.contract,
                template,
                self._redaction,
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
        self._register(method, self._base(path, method), path, operation, str(name), self._registry.router)

    def _register(  # noqa: PLR0913, PLR0917 (an operation and its location)
        self,
        method: str,
        base: str,
        path: str,
        operation: OperationPipeline | Later,
        name: str,
        router: Router[OperationPipeline | Later],
    ) -> Route[OperationPipeline | Later] | None:
        """Register an operation; return None if an earlier operation of the same document has its method and path.

        In the router of additional paths (`more`), that may be an operation of any document.
        """
        claims, place, method = self._registry.claims, base + path, method.upper()
        try:
            route = router.add(method, place, operation, tail=self._contract.spanning.tail_of(path))
        except ClaimedTwice as claimed:
            if router is self._registry.more:
                return None
            first = claims[method, claimed.first]
            if first.service == self._service.name:
                return None
            message = f"{claimed} is claimed twice, by {first.name} and by {name}. Serve one of them elsewhere."
            raise ClaimedTwice(method, place, claimed.first, message) from None
        if router is self._registry.router:
            claims[method, place] = Claim(name, self._service.name, base)
        first_segment = percent_decode(place.split("/")[1])
        if first_segment.startswith("~"):
            self._registry.tildes.add(first_segment)
        return route
