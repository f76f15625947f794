"""Services: a contract together with the handlers that play it."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from locum.apis import Api
from locum.callers import Caller
from locum.contract.contracts import Contract, compile_contract
from locum.contract.documents import documents_in, read
from locum.contract.references import BrokenReference

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Service", "Unfit", "bundled", "known_callers", "load_services"]


class Unfit(Exception):  # noqa: N818 (named for what it is, as every refusal is)
    """What was found cannot be served; `sentences` say where and what to do."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True)
class Service:
    """One API: its contract, what is said of it, and the function that plays each operation."""

    contract: Contract
    api: Api
    base_path: str
    handlers: dict[str, Callable[..., Any]] = field(default_factory=dict)
    """By operationId."""

    @property
    def name(self) -> str:
        """The name of the document's file: `api-keys`."""
        return self.contract.name


def bundled(kind: str) -> Path:
    """Return the folder of the bundled `specs` or `handlers`: in the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "bundled" / kind
    return inside if inside.is_dir() else package.parent / kind


def load_services(specs: Path, handlers: Path, cache: Path | None = None) -> list[Service]:
    """Read every document of a folder and find its handlers.

    Raises BadDocument for a document that cannot be read, Unfit where handlers are missing.
    """
    sentences: list[str] = []
    services = []
    package = _package(handlers)
    for path in documents_in(specs):
        document = read(path, cache)
        try:
            contract = compile_contract(document)
        except (BrokenReference, KeyError, TypeError, AttributeError) as problem:
            raise Unfit([f"{path}: {problem}. Run `locum check` for every fault of the document."]) from None
        module = _module(package, handlers, document.name)
        api = getattr(module, "api", None)
        if not isinstance(api, Api):
            name = document.name.replace("-", "_")
            sentences.append(f"{path}: no handlers. Write {handlers / name}.py with `api = Api(...)`.")
            continue
        service = Service(contract, api, document.base_path)
        for operation in contract.operations.values():
            handler = getattr(module, operation.handler_name, None)
            if callable(handler):
                service.handlers[operation.operation_id] = handler
            else:
                sentences.append(
                    f"{path}: {operation.pointer} ({operation.operation_id}) has no handler. "
                    f"Write the function {operation.handler_name} in {module.__name__ if module else handlers}."
                )
        services.append(service)
    if sentences:
        raise Unfit(sentences)
    return services


def known_callers(handlers: Path) -> tuple[Caller, ...]:
    """Return the people whom the handlers know (`CALLERS` in `people.py`), the default one first."""
    module = _module(_package(handlers), handlers, "people")
    callers = getattr(module, "CALLERS", ())
    return tuple(caller for caller in callers if isinstance(caller, Caller))


def _package(folder: Path) -> str:
    """Import a folder as a package of its own name, wherever it is.

    Raises Unfit where it cannot be imported, or another package has its name.
    """
    if not folder.is_dir():
        raise Unfit([f"{folder}: there is no such folder. Name one with --handlers."])
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


def _module(package: str, folder: Path, stem: str) -> ModuleType | None:
    """Import the handlers of a document; None where there are none. Raises Unfit for a broken module."""
    name = stem.replace("-", "_")
    if not (folder / f"{name}.py").is_file() and not (folder / name / "__init__.py").is_file():
        return None
    try:
        return importlib.import_module(f"{package}.{name}")
    except Exception as problem:
        raise Unfit([f"{folder / name}: cannot be imported: {type(problem).__name__}: {problem}."]) from problem
