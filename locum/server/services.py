"""Services: a contract together with what plays it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locum.apis import Api
from locum.files import default_cache
from locum.infer.behaviour import Behaviour
from locum.openapi.compile.contracts import Contract, compile_contract
from locum.openapi.compile.operations import base_paths_of
from locum.openapi.lint.linting import NONE, counts_of
from locum.openapi.load.documents import Document, documents_in, read
from locum.openapi.load.overlays import concerns, read_overlay
from locum.options import bundled
from locum.server.handlers import (
    EXIT_FINDINGS,
    Unfit,
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
    from locum.openapi.compile.operations import DeclaredResponse
    from locum.openapi.lint.diagnostics import Diagnostic
    from locum.openapi.lint.linting import Counts
    from locum.redaction import Redaction
    from locum.responses import Response
    from locum.settings import Settings
    from locum.world.worlds import World

__all__ = ["Service", "Sources", "Unfit", "bundled", "load_services", "sources_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where documents and handlers come from, and how they are read."""

    places: tuple[Path | str, ...]
    """Files, folders, and addresses on this machine."""
    handlers: Path | None = None
    """A folder of modules. Without one the bundled documents have the bundled handlers, others those beside them."""
    cache: Path | None = None
    base_path: str | None = None
    """Where the operations are, instead of at the path of their first server."""
    like_prism: bool = False
    """Whether operations are served at the root too, and an Accept header that nothing suits is answered with 406."""
    together: bool = False
    """Whether operations with servers of their own are below the path of the document's server as well."""
    overlays: tuple[Path, ...] = ()
    allow_refs: bool = False
    strict: bool = False
    """Whether a document with problems is refused."""
    imports: bool = True
    """Whether handlers are imported. Without, those that are bundled are, and the text of others is looked at."""


@dataclass(frozen=True, slots=True)
class Service:
    """One API: its contract, what is said of it, the functions that play it, and what plays the rest."""

    contract: Contract
    api: Api
    base_path: str
    handlers: dict[str, Callable[..., Any]] = field(default_factory=dict)
    """By operationId: the operations that somebody wrote a function for."""
    counts: Counts = NONE
    """How many problems the document has."""
    base_paths: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Where the operations are that have servers of their own, by path and method."""
    also_at: tuple[str, ...] = ()
    """Base paths below which every operation is served as well."""
    written: Mapping[str, str] = field(default_factory=dict)
    """The names of the handlers by operationId, also where they were not imported."""
    _linted: list[list[Diagnostic]] = field(default_factory=list, init=False)
    behaviour: Behaviour = field(init=False)
    """Generates the behaviour of every other operation."""

    def __post_init__(self) -> None:
        """Prepare what plays the other operations; nothing is inferred before the first of them is asked."""
        object.__setattr__(self, "behaviour", Behaviour(self.contract, self.base_path))

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what is served otherwise than one would think."""
        notes = tuple(f"note: {note}" for note in self.contract.document.notes)
        if self.counts.errors or self.counts.warnings:
            return (f"{self.counts.text}: run locum check {self.contract.document.place}", *notes)
        return notes

    def diagnostics(self) -> list[Diagnostic]:
        """Return what is wrong with the document, which is linted once."""
        # Imported here: a start finds the counts in the cache, and seldom is more asked for.
        from locum.openapi.lint.linting import lint  # noqa: PLC0415

        if not self._linted:
            self._linted.append(lint(self.contract))
        return self._linted[0]

    def base_path_of(self, path: str, method: str) -> str:
        """Return where an operation is: the path of its own first server, or of that of the document."""
        return self.base_paths.get((path, method), self.base_path)

    def places(self) -> Iterator[tuple[str, str, str]]:
        """Yield the path, the method and the place of every operation: its path with the base path before it."""
        for path, method in self.contract.operations:
            yield path, method, self.base_path_of(path, method) + path

    def describe_secrets(self, redaction: Redaction) -> None:
        """Let redaction know what the API declares as secret, and how its credentials begin."""
        templates = [place for _, _, place in self.places()]
        redaction.add(self.contract, templates, tuple(key.prefix for key in self.api.keys))

    @property
    def name(self) -> str:
        """The name of the document's file: `api-keys`."""
        return self.contract.name

    def word(self, refusal: ApiError, status: int, declared: DeclaredResponse, world: World) -> Response:
        """Say a refusal in the API's own words, or in those of the declared error schema."""
        if self.api.word is not None:
            return self.api.word(refusal, status, world.new_id, world.clock)
        return self.behaviour.word(refusal, status, declared, world)


def load_services(sources: Sources) -> list[Service]:
    """Read every document, and find its handlers.

    Raises BadDocument for a document that cannot be read, Unfit for handlers that cannot be loaded.
    """
    sentences: list[str] = []
    services: list[Service] = []
    for place, document in _documents(sources):
        named = _renamed(document, services)
        contract = compile_contract(named, sources.cache)
        counts = counts_of(contract, sources.cache)
        if counts.blocking and (sources.strict or is_bundled(place)):
            raise Unfit(_problems(contract), code=EXIT_FINDINGS)
        ours = is_bundled(place) and sources.handlers is None
        module = module_for(place, sources.handlers, document.name) if ours or sources.imports else None
        api = named_in(module, "api", _UNKNOWN)
        if not isinstance(api, Api):
            home = home_of(place, sources.handlers)
            sentences.append(
                f"{home}: the `api` of {document.name} is no Api. Write `api = Api(...)`, or leave it out."
            )
            continue
        base_path, base_paths = contract.document.base_path, base_paths_of(contract.document.content)
        if sources.base_path is not None:
            base_path, base_paths = sources.base_path.rstrip("/"), {}
        handlers = handlers_in(module, contract)
        written = {name: full_name(handler) for name, handler in handlers.items()}
        if not (ours or sources.imports):
            written = written_in(place, sources.handlers, contract)
        sentences += misnamed(contract, handlers, module)
        if not ours:
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
            )
        )
    if sentences:
        raise Unfit(sentences)
    return services


_UNKNOWN = Api(accepts=None)
"""What is said of an API by nobody: its errors are as declared, and any credential is good."""


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
    """Return what is wrong with a document, in sentences."""
    from locum.openapi.lint.diagnostics import grouped  # noqa: PLC0415 (most documents are served)
    from locum.openapi.lint.linting import lint  # noqa: PLC0415 (as above)

    return [group.sentence for group in grouped(lint(contract))]


def _renamed(document: Document, services: list[Service]) -> Document:
    """Give a document a name that no other has: `shop-openapi` for the second `openapi.yaml`."""
    taken = {service.name for service in services}
    if document.name in taken:
        name = f"{document.path.resolve().parent.name}-{document.name}"
        number = 2
        while name in taken:
            name, number = f"{document.name}-{number}", number + 1
        document = replace(document, name=name)
    return document


def sources_of(settings: Settings) -> Sources:
    """Return where the settings say that documents and handlers come from."""
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
    )
