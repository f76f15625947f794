"""Services: a contract together with the handlers that play it."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from locum.apis import Api, is_stub
from locum.behaviour.behaviour import Behaviour
from locum.callers import Caller
from locum.contract.contracts import Contract, compile_contract
from locum.contract.documents import documents_in, read
from locum.contract.references import BrokenReference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from locum.answers import Answer
    from locum.contract.documents import Document
    from locum.contract.operations import DeclaredResponse
    from locum.refusals import Refusal
    from locum.state.worlds import World

__all__ = ["Service", "Unfit", "bundled", "known_callers", "load_services"]


class Unfit(Exception):  # noqa: N818 (named for what it is, as every refusal is)
    """What was found cannot be served; `sentences` say where and what to do."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True)
class Service:
    """One API: its contract, what is said of it, the functions that play it, and what plays the rest."""

    contract: Contract
    api: Api
    base_path: str
    handlers: dict[str, Callable[..., Any]] = field(default_factory=dict)
    """By operationId: the operations that somebody wrote a function for."""
    behaviour: Behaviour = field(init=False)
    """Plays every other operation."""

    def __post_init__(self) -> None:
        """Prepare what plays the other operations; nothing is inferred before the first of them is asked."""
        object.__setattr__(self, "behaviour", Behaviour(self.contract))

    @property
    def name(self) -> str:
        """The name of the document's file: `api-keys`."""
        return self.contract.name

    def word(self, refusal: Refusal, status: int, declared: DeclaredResponse, world: World) -> Answer:
        """Say a refusal in the API's own words, or in those of the declared error schema."""
        if self.api.word is not None:
            return self.api.word(refusal, status, world.new_id, world.clock)
        return self.behaviour.word(refusal, status, declared, world)


def bundled(kind: str) -> Path:
    """Return the folder of the bundled `specs` or `handlers`: in the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "bundled" / kind
    return inside if inside.is_dir() else package.parent / kind


def load_services(
    places: Sequence[Path], handlers: Path | None = None, cache: Path | None = None, base_path: str | None = None
) -> list[Service]:
    """Read every document in these files and folders, and find its handlers.

    `handlers` is a folder of modules; without one the bundled documents have the bundled handlers,
    and others those that stand beside them. Raises BadDocument for a document that cannot be read,
    Unfit for handlers that cannot be loaded.
    """
    sentences: list[str] = []
    services: list[Service] = []
    for place in places:
        folder = _handlers_of(place, handlers)
        for path in documents_in(place):
            document = _renamed(read(path, cache), services)
            try:
                contract = compile_contract(document)
            except (BrokenReference, KeyError, TypeError, AttributeError) as problem:
                raise Unfit([f"{path}: {problem}. Run `locum check` for every fault of the document."]) from None
            module = _module(folder, path.stem)
            api = getattr(module, "api", _UNKNOWN)
            if not isinstance(api, Api):
                sentences.append(
                    f"{folder}: the `api` of {path.stem} is no Api. Write `api = Api(...)`, or leave it out."
                )
                continue
            service = Service(contract, api, document.base_path if base_path is None else base_path.rstrip("/"))
            for operation in contract.operations.values():
                handler = getattr(module, operation.handler_name, None)
                if callable(handler) and not is_stub(handler):
                    service.handlers[operation.operation_id] = handler
            sentences += _misnamed(service, module)
            services.append(service)
    if sentences:
        raise Unfit(sentences)
    return services


def known_callers(places: Sequence[Path], handlers: Path | None = None) -> tuple[Caller, ...]:
    """Return the people whom the handlers know (`CALLERS` in `people.py`), the default one first."""
    for place in places:
        module = _module(_handlers_of(place, handlers), "people")
        callers = getattr(module, "CALLERS", ())
        if callers:
            return tuple(caller for caller in callers if isinstance(caller, Caller))
    return ()


_ALIKE = 0.75
"""How alike the names of a function and of an operation without one are, where one is taken for the other."""

_UNKNOWN = Api(accepts=None)
"""What is said of an API by nobody: its errors are as declared, and any credential is good."""


def _handlers_of(place: Path, handlers: Path | None) -> Path:
    """Say where the handlers of the documents in a file or folder are."""
    if handlers is not None:
        if not handlers.is_dir():
            raise Unfit([f"{handlers}: there is no such folder. Name one with --handlers."])
        return handlers
    folder = place if place.is_dir() else place.parent
    return bundled("handlers") if folder.resolve() == bundled("specs").resolve() else folder


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


def _misnamed(service: Service, module: ModuleType | None) -> list[str]:
    """Say which functions were meant as handlers and play nothing: their operations would go on without them."""
    free = {
        operation.handler_name: operation
        for operation in service.contract.operations.values()
        if operation.operation_id not in service.handlers
    }
    played = {operation.handler_name for operation in service.contract.operations.values()} - set(free)
    found = []
    for name, value in vars(module).items() if module else ():
        near = get_close_matches(name, free, n=1, cutoff=_ALIKE)
        if near and inspect.isfunction(value) and name not in played and not is_stub(value):
            meant = free[near[0]]
            found.append(
                f"{service.contract.document.path}: the function {name} plays no operation. "
                f"Did you mean {near[0]} ({meant.operation_id})? Begin its name with an underscore if not."
            )
    return found


def _package(folder: Path) -> str:
    """Import a folder as a package of its own name, wherever it is.

    Raises Unfit where it cannot be imported, or another package has its name.
    """
    name = folder.resolve().name
    known = sys.modules.get(name)
    if known is not None:
        if str(folder.resolve()) in {str(Path(place).resolve()) for place in getattr(known, "__path__", ())}:
            return name
        raise Unfit([f"{folder}: a package named {name!r} is loaded already. Rename the folder."])
    init = folder / "__init__.py"
    if init.is_file():
        spec = importlib.util.spec_from_file_location(name, init, submodule_search_locations=[str(folder.resolve())])
        assert spec is not None and spec.loader is not None  # noqa: S101, PT018 (a file location has a loader)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    else:
        module = ModuleType(name)
        module.__path__ = [str(folder.resolve())]
        sys.modules[name] = module
    return name


def _module(folder: Path, stem: str) -> ModuleType | None:
    """Import the handlers of a document; None where there are none. Raises Unfit for a broken module."""
    name = stem.replace("-", "_")
    if not (folder / f"{name}.py").is_file() and not (folder / name / "__init__.py").is_file():
        return None
    package = _package(folder)
    try:
        return importlib.import_module(f"{package}.{name}")
    except Exception as problem:
        raise Unfit([f"{folder / name}: cannot be imported: {type(problem).__name__}: {problem}."]) from problem
