"""Handlers: finding and importing the modules that play a document's operations."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from locum.apis import is_stub
from locum.callers import Caller

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from locum.openapi.compile.contracts import Contract

__all__ = [
    "EXIT_FINDINGS",
    "Unfit",
    "bundled",
    "handlers_in",
    "home_of",
    "is_bundled",
    "known_callers",
    "misnamed",
    "module_of",
]

_ALIKE = 0.75
"""How alike the names of a function and of an operation without one are, where one is taken for the other."""


EXIT_FINDINGS, EXIT_UNREADABLE = 1, 2
"""Exit codes of every command: something was found, or its input cannot be read or used."""


class Unfit(Exception):  # noqa: N818 (named for what it is, as every refusal is)
    """What was found cannot be served; `sentences` say where and what to do, `code` is the exit code."""

    def __init__(self, sentences: list[str], code: int = EXIT_UNREADABLE) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences
        self.code = code


def bundled(kind: str) -> Path:
    """Return the folder of the bundled `specs` or `handlers`: in the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "bundled" / kind
    return inside if inside.is_dir() else package.parent / kind


def home_of(place: Path | str, handlers: Path | None) -> Path:
    """Say where the handlers of the documents in a file or folder are."""
    if handlers is not None:
        if not handlers.is_dir():
            raise Unfit([f"{handlers}: there is no such folder. Name one with --handlers."])
        return handlers
    path = Path(place)
    folder = path if path.is_dir() else path.parent
    return bundled("handlers") if is_bundled(place) else folder


def is_bundled(place: Path | str) -> bool:
    """Whether a file or folder is of the bundled documents."""
    path = Path(place)
    folder = path if path.is_dir() else path.parent
    return folder.resolve() == bundled("specs").resolve()


def known_callers(places: Sequence[Path | str], handlers: Path | None = None) -> tuple[Caller, ...]:
    """Return the people whom the handlers know (`CALLERS` in `people.py`), the default one first."""
    for place in places:
        module = module_of(home_of(place, handlers), "people")
        callers = getattr(module, "CALLERS", ())
        if callers:
            return tuple(caller for caller in callers if isinstance(caller, Caller))
    return ()


def handlers_in(module: ModuleType | None, contract: Contract) -> dict[str, Callable[..., Any]]:
    """Return the handlers of a module by operationId, those that are written."""
    found: dict[str, Callable[..., Any]] = {}
    if module is None:
        return found
    for operation in contract.operations.values():
        handler = getattr(module, operation.handler_name, None)
        if callable(handler) and not is_stub(handler):
            found[operation.operation_id] = handler
    return found


def misnamed(contract: Contract, played: Collection[str], module: ModuleType | None) -> list[str]:
    """Say which functions were meant as handlers and play nothing: their operations would go on without them."""
    if module is None:
        return []
    free = {
        operation.handler_name: operation
        for operation in contract.operations.values()
        if operation.operation_id not in played
    }
    taken = {operation.handler_name for operation in contract.operations.values()} - set(free)
    found = []
    for name, value in vars(module).items():
        near = get_close_matches(name, free, n=1, cutoff=_ALIKE)
        if near and inspect.isfunction(value) and name not in taken and not is_stub(value):
            meant = free[near[0]]
            found.append(
                f"{contract.document.path}: the function {name} plays no operation. "
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


def module_of(folder: Path, stem: str) -> ModuleType | None:
    """Import the handlers of a document; None where there are none. Raises Unfit for a broken module."""
    name = stem.replace("-", "_")
    if not (folder / f"{name}.py").is_file() and not (folder / name / "__init__.py").is_file():
        return None
    package = _package(folder)
    try:
        return importlib.import_module(f"{package}.{name}")
    except Exception as problem:
        raise Unfit([f"{folder / name}: cannot be imported: {type(problem).__name__}: {problem}."]) from problem
