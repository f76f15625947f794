"""Services: contracts with their handlers, and the inferred behaviour of all other operations."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locum.apis import Api
from locum.files import default_cache
from locum.infer.behaviour import Behaviour, BehaviourOptions
from locum.openapi.compile.contracts import Contract, compile_contract
from locum.openapi.compile.operations import base_paths_of
from locum.openapi.lint.linting import NONE, counts_of
from locum.openapi.load.documents import Document, documents_in, read
from locum.openapi.load.overlays import concerns, read_overlay
from locum.options import ReadOnly, UnknownIds, bundled
from locum.server.handlers import (
    EXIT_FINDINGS,
    StartError,
    contained,
    contained_api,
    handlers_in,
    home_of,
    is_bundled,
    misnamed,
    module_for,
    named_in,
    written_in,
)
from locum.world.record_types import full_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from locum.errors import ApiError
    from locum.infer.request import Request
    from locum.openapi.compile.operations import DeclaredResponse, Operation
    from locum.openapi.lint.diagnostics import Diagnostic
    from locum.openapi.lint.linting import Counts
    from locum.redaction import Redaction
    from locum.responses import Response
    from locum.server.recorded import Recording
    from locum.settings import Settings
    from locum.world.worlds import World

__all__ = ["Service", "Sources", "StartError", "bundled", "load_services", "sources_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where documents and handlers come from, and how they are read."""

    places: tuple[Path | str, ...]
    """Files, folders, and URLs on this machine."""
    handlers: Path | None = None
    """A folder of modules. Default: the bundled handlers for bundled documents, else the modules beside a document."""
    cache: Path | None = None
    base_path: str | None = None
    """The path below which the operations are served. Default: the path of their first server."""
    like_prism: bool = False
    """Whether operations are also served at the root, and an unmatched `Accept` header is rejected with 406."""
    together: bool = False
    """Whether operations with their own servers are also served below the path of the document's server."""
    overlays: tuple[Path, ...] = ()
    allow_refs: bool = False
    strict: bool = False
    """Whether a document with problems is rejected."""
    behaviour: BehaviourOptions = field(default_factory=BehaviourOptions)
    imports: bool = True
    """Whether handlers are imported. If not, only the bundled ones are; for others, the source is searched."""


@dataclass(frozen=True)
class Service:
    """One API: its contract, its `Api`, its handlers, and the inferred behaviour of all other operations."""

    contract: Contract
    api: Api
    base_path: str
    handlers: dict[str, Callable[..., Any]] = field(default_factory=dict)
    """The handlers by operationId."""
    counts: Counts = NONE
    """The number of problems in the document, by severity."""
    base_paths: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """The base paths of operations with their own servers, by path and method."""
    also_at: tuple[str, ...] = ()
    """Additional base paths of every operation."""
    written: Mapping[str, str] = field(default_factory=dict)
    """The names of the handlers by operationId, including handlers that were not imported."""
    _linted: list[list[Diagnostic]] = field(default_factory=list, init=False)
    options: BehaviourOptions = field(default_factory=BehaviourOptions)
    recorded: dict[str, Recording] = field(default_factory=dict)
    """The recorded responses of a fixture, by operationId."""

    @cached_property
    def behaviour(self) -> Behaviour:
        """Infers the actions of all operations without a handler, none before the first request that needs it."""
        return Behaviour(self.contract, self.base_path, self.options)

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for the user on unexpected behaviour and on problems of the document."""
        notes = tuple(f"note: {note}" for note in self.contract.document.notes)
        if self.counts.errors or self.counts.warnings:
            return (f"{self.counts.text}: run locum check {self.contract.document.place}", *notes)
        return notes

    def diagnostics(self) -> list[Diagnostic]:
        """Return the diagnostics of the document, which is linted once."""
        # Imported here: at the start the counts come from the cache, and the diagnostics are seldom needed.
        from locum.openapi.lint.linting import lint  # noqa: PLC0415

        if not self._linted:
            self._linted.append(lint(self.contract))
        return self._linted[0]

    def base_path_of(self, path: str, method: str) -> str:
        """Return the base path of an operation: the path of its own first server, else of the document's."""
        return self.base_paths.get((path, method), self.base_path)

    def places(self) -> Iterator[tuple[str, str, str]]:
        """Yield the path, the method, and the path with its base path, of every operation."""
        for path, method in self.contract.operations:
            yield path, method, self.base_path_of(path, method) + path

    def describe_secrets(self, redaction: Redaction) -> None:
        """Register the values that the API declares as secret, and the prefixes of its credentials, for redaction."""
        templates = [place for _, _, place in self.places()]
        redaction.add(self.contract, templates, tuple(key.prefix for key in self.api.keys))

    @property
    def name(self) -> str:
        """The name of the document's file: `api-keys`."""
        return self.contract.name

    def action_of(self, operation: Operation) -> Callable[[Request], Response]:
        """Return the action of an operation without a handler: what was recorded of it, else the inferred action."""
        action = self.behaviour.action_of(operation)
        recorded = self.recorded.get(operation.operation_id)
        if recorded is None:
            return action
        from locum.redaction import Redaction  # noqa: PLC0415 (most servers have no recording)
        from locum.server.recorded import ReplayedExample  # noqa: PLC0415 (as above)

        redaction = Redaction()
        self.describe_secrets(redaction)
        changes = self.behaviour.inferred(operation).action == "custom"
        return ReplayedExample(operation, action, recorded, redaction, self.behaviour.shapes, changes=changes)

    def render_error(self, error: ApiError, status: int, declared: DeclaredResponse, world: World) -> Response:
        """Render an error in the API's own format (`Api.render_error`), else in the declared error schema."""
        if self.api.render_error is not None:
            return self.api.render_error(error, status, world.new_id, world.clock)
        return self.behaviour.render_error(error, status, declared, world)


def load_services(sources: Sources) -> list[Service]:
    """Load every document, and find its handlers.

    Raises BadDocument for a document that cannot be read, StartError for handlers that cannot be loaded.
    """
    sentences: list[str] = []
    services: list[Service] = []
    for place, document in _documents(sources):
        named = _renamed(document, services)
        contract = compile_contract(named, sources.cache)
        counts = counts_of(contract, sources.cache)
        if counts.blocking and (sources.strict or is_bundled(place)):
            raise StartError(_problems(contract), code=EXIT_FINDINGS)
        has_bundled_handlers = is_bundled(place) and sources.handlers is None
        module = module_for(place, sources.handlers, document.name) if has_bundled_handlers or sources.imports else None
        api = named_in(module, "api", _UNKNOWN)
        if not isinstance(api, Api):
            home = home_of(place, sources.handlers)
            sentences.append(
                f"{home}: the `api` of {document.name} is not an `Api`. Write `api = Api(...)`, or remove it."
            )
            continue
        base_path, base_paths = contract.document.base_path, base_paths_of(contract.document.content)
        if sources.base_path is not None:
            base_path, base_paths = sources.base_path.rstrip("/"), {}
        handlers = handlers_in(module, contract)
        written = {name: full_name(handler) for name, handler in handlers.items()}
        if not (has_bundled_handlers or sources.imports):
            written = written_in(place, sources.handlers, contract)
        sentences += misnamed(contract, handlers, module)
        if not has_bundled_handlers:
            api, handlers = contained_api(api, document.name), {k: contained(v) for k, v in handlers.items()}
        services.append(
            Service(
                contract,
                api,
                base_path,
                handlers,
                counts,
                base_paths,
                also_at=("",) * sources.like_prism + (base_path,) * (sources.together and bool(base_paths)),
                written=written,
                options=sources.behaviour,
            )
        )
    if sentences:
        raise StartError(sentences)
    return services


_UNKNOWN = Api(accepts=None)
"""The `Api` of a document without one: errors have the declared schema, and any credential is valid."""


def _documents(sources: Sources) -> Iterator[tuple[Path | str, Document]]:
    overlays = [(path, read_overlay(path, sources.cache)) for path in sources.overlays]
    for place in sources.places:
        for path in documents_in(place) if isinstance(place, Path) else [place]:
            changes = [overlay for overlay, content in overlays if concerns(content, path)]
            yield (
                place,
                read(path, sources.cache, overlays=changes, allow_refs=sources.allow_refs),
            )


def _problems(contract: Contract) -> list[str]:
    """Return the problems of a document as sentences."""
    from locum.openapi.lint.diagnostics import grouped  # noqa: PLC0415 (needed only for a rejected document)
    from locum.openapi.lint.linting import lint  # noqa: PLC0415 (as above)

    return [group.sentence for group in grouped(lint(contract))]


def _renamed(document: Document, services: list[Service]) -> Document:
    """Give a document a unique name: `shop-openapi` for the second `openapi.yaml`."""
    taken = {service.name for service in services}
    if document.name in taken:
        name = f"{document.path.resolve().parent.name}-{document.name}"
        number = 2
        while name in taken:
            name, number = f"{document.name}-{number}", number + 1
        document = replace(document, name=name)
    return document


def sources_of(settings: Settings) -> Sources:
    """Return the sources of documents and handlers that the settings define."""
    return Sources(
        places=settings.specs,
        handlers=settings.handlers,
        cache=default_cache() if settings.cache else None,
        base_path=settings.base_path,
        overlays=settings.overlay,
        allow_refs=settings.allow_refs,
        strict=settings.strict,
        like_prism=settings.like_prism,
        together=settings.together,
        behaviour=BehaviourOptions(
            dynamic=settings.dynamic,
            rejects_read_only=settings.read_only is ReadOnly.REJECT,
            rewrites_urls=not settings.like_prism,
            unknown_is_missing=settings.unknown_ids is UnknownIds.MISSING,
            locale=settings.locale.value,
        ),
    )
