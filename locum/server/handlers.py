"""Imports: handlers of the user, loaded as packages of a private name.

A folder is the package `_locum_handlers.NAME`, so a folder or module that is named like a real package (`uvloop.py`)
takes no one's place, and nothing is added to `sys.path`. Siblings are imported relatively: `from .people import ADA`.

Only the source counts: bytecode in `__pycache__` may be of another source, and extension modules cannot be reviewed.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import logging
import re
import shlex
import sys
from dataclasses import replace
from difflib import get_close_matches
from functools import wraps
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from locum.apis import Api, is_stub
from locum.callers import Caller
from locum.errors import Faulty
from locum.files import read_file
from locum.options import bundled
from locum.trust import is_passed_over, reason_against, trusted_root
from locum.world.events import Events
from locum.world.record_types import PRIVATE, full_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from types import CodeType

    from locum.apis import Api
    from locum.openapi.compile.contracts import Contract

__all__ = [
    "EXIT_FINDINGS",
    "MOST_SOURCE",
    "Unfit",
    "contained",
    "contained_api",
    "forget_modules",
    "handlers_in",
    "home_of",
    "is_bundled",
    "known_callers",
    "misnamed",
    "module_for",
    "module_of",
    "named_in",
    "package_of",
    "written_in",
]


logger = logging.getLogger("locum")

MOST_SOURCE = 4 * 1024 * 1024
"""The most bytes of one module."""

_names: dict[Path, str] = {}
"""The private name of each folder, which it keeps when it is read again."""


class _Source(SourceFileLoader):
    """Compiles a module from its source each time."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(read_file(path, MOST_SOURCE), path)


class _Finder:
    """Finds what is below a folder of handlers: `name.py`, `name/__init__.py`, and folders of them."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        if not name.startswith(f"{PRIVATE}."):
            return None
        last = name.rpartition(".")[2]
        for place in path or ():
            folder, file = Path(place) / last, Path(place) / f"{last}.py"
            if folder.is_dir() and not is_passed_over(folder):
                if (folder / "__init__.py").is_file():
                    return _spec_of(name, folder / "__init__.py", folder)
                if not file.is_file():
                    spec = ModuleSpec(name, None, is_package=True)
                    spec.submodule_search_locations = [str(folder)]
                    return spec
            if file.is_file():
                return _spec_of(name, file)
        # No other finder may look: it would take bytecode and extension modules.
        raise ModuleNotFoundError(f"No module named {name.removeprefix(f'{PRIVATE}.')!r}", name=name)


def _spec_of(name: str, file: Path, folder: Path | None = None) -> ModuleSpec:
    places = None if folder is None else [str(folder)]
    loader = _Source(name, str(file))
    spec = importlib.util.spec_from_file_location(name, file, loader=loader, submodule_search_locations=places)
    assert spec is not None  # noqa: S101 (there is a loader)
    return spec


def package_of(folder: Path) -> str:
    """Import a folder as a package of a private name, and return that name. Raises what its code raises."""
    folder = folder.resolve()
    name = _name_of(folder)
    if name in sys.modules:
        return name
    if PRIVATE not in sys.modules:
        sys.modules[PRIVATE] = ModuleType(PRIVATE)
        sys.modules[PRIVATE].__path__ = []
        sys.meta_path.insert(0, _Finder)
    init = folder / "__init__.py"
    if init.is_file():
        spec = _spec_of(name, init, folder)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            assert spec.loader is not None  # noqa: S101 (as above)
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    else:
        module = sys.modules[name] = ModuleType(name)
        module.__path__ = [str(folder)]
    return name


def _name_of(folder: Path) -> str:
    """Return the private name of a folder: of its own name, as snapshots name the types of records by it."""
    if folder not in _names:
        own = f"{PRIVATE}.{re.sub(r'[^0-9A-Za-z_]', '_', folder.name) or 'handlers'}"
        taken, name, number = set(_names.values()), own, 2
        while name in taken:
            name, number = f"{own}_{number}", number + 1
        _names[folder] = name
    return _names[folder]


def forget_modules() -> None:
    """Forget every module of the user's handlers, so that each is read again."""
    for name in [name for name in sys.modules if name.startswith(f"{PRIVATE}.")]:
        del sys.modules[name]


class Escaped(RuntimeError):
    """A handler module raised what is no Exception, such as SystemExit, which must not end the server."""


def contained(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of the user's handlers of which every failure is an Exception."""

    @wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except Exception:
            raise
        except BaseException as problem:
            raise Escaped(f"{full_name(function)} raised {type(problem).__name__}, which ends no server") from problem

    return call


def contained_api(api: Api, name: str) -> Api:
    """Return what a user's module says of its API, with functions that never end the server."""
    events = api.events
    return replace(
        api,
        word=api.word and contained(api.word),
        seed=api.seed and _seeding(contained(api.seed), name),
        keys=tuple(replace(key, owner=contained(key.owner)) for key in api.keys),
        pages={page: contained(show) for page, show in api.pages.items()},
        events=events and Events(due=contained(events.due), wake=contained(events.wake)),
    )


def _seeding(seed: Callable[..., None], name: str) -> Callable[..., None]:
    """Return a function that fills a world, and whose failure is an error that a client can read."""

    def fill(*arguments: Any) -> None:
        try:
            seed(*arguments)
        except Exception as problem:
            message = f"The seed of {name} failed ({type(problem).__name__}: {problem}); no world can be made."
            logger.exception("%s", message)
            raise Faulty(message, code="handler_failed") from problem

    return fill


logger = logging.getLogger("locum")

_warned: set[tuple[Path, str]] = set()
"""The folders whose handlers are not imported, and why: each is printed once."""

_ALIKE = 0.75
"""How alike the names of a function and of an operation without one are, where one is taken for the other."""


EXIT_FINDINGS, EXIT_UNREADABLE = 1, 2
"""Exit codes of every command: something was found, or its input cannot be read or used."""


class Unfit(Exception):
    """What was found cannot be served; `sentences` say where and what to do, `code` is the exit code."""

    def __init__(self, sentences: list[str], code: int = EXIT_UNREADABLE) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences
        self.code = code


def home_of(place: Path | str, handlers: Path | None) -> Path:
    """Return where the handlers of the documents in a file or folder are."""
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
        module = module_for(place, handlers, "people")
        callers = named_in(module, "CALLERS", ())
        if callers and isinstance(callers, tuple | list):
            return tuple(caller for caller in callers if isinstance(caller, Caller))
    return ()


def module_for(place: Path | str, handlers: Path | None, stem: str) -> ModuleType | None:
    """Import a module of handlers for the documents in a file or folder, if the user wants its code to run.

    That is so for the bundled handlers, for a folder that is named (`handlers`), and for a trusted folder. Of any
    other, one line says how to use it. Raises Unfit for a broken module.
    """
    home = home_of(place, handlers)
    file = _file_of(home, stem)
    if file is None:
        return None
    if handlers is None and not is_bundled(place):
        reason = reason_against(home)
        if reason:
            if (home, reason) not in _warned:
                _warned.add((home, reason))
                named = shlex.quote(str(home))
                logger.warning("%s is not imported: %s, or name it: --handlers %s", file, reason, named)
            return None
    return module_of(home, stem)


def written_in(place: Path | str, handlers: Path | None, contract: Contract) -> dict[str, str]:
    """Return the operations that have handlers, by operationId, each with its function's name. Nothing is imported.

    Only the bundled handlers, and those that the user named or trusted, are looked at.
    """
    home = home_of(place, handlers)
    file = _file_of(home, contract.name)
    if file is None or (handlers is None and not is_bundled(place) and trusted_root(home) is None):
        return {}
    names = _functions_in(file)
    module = f"{home.resolve().name}.{contract.name.replace('-', '_')}"
    return {
        operation.operation_id: f"{module}.{operation.handler_name}"
        for operation in contract.operations.values()
        if operation.handler_name in names
    }


def _functions_in(file: Path) -> set[str]:
    """Return the names that a module's text defines or imports, without stubs. Raises Unfit for a broken module."""
    try:
        tree = ast.parse(read_file(file, MOST_SOURCE))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        raise Unfit([f"{file}: cannot be read: {problem}."]) from None
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if not any(ast.unparse(decorator).rpartition(".")[2] == "stub" for decorator in node.decorator_list):
                names.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            names.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return names


def named_in(module: ModuleType | None, name: str, default: Any = None) -> Any:
    """Return what a module has under a name. Raises Unfit where its own `__getattr__` fails."""
    try:
        return getattr(module, name, default)
    except BaseException as problem:
        text = f"{type(problem).__name__}: {problem}".rstrip(": ")
        raise Unfit([f"{getattr(module, '__file__', module)}: {name} cannot be looked up: {text}."]) from problem


def handlers_in(module: ModuleType | None, contract: Contract) -> dict[str, Callable[..., Any]]:
    """Return the handlers of a module by operationId, those that are written."""
    found: dict[str, Callable[..., Any]] = {}
    if module is None:
        return found
    for operation in contract.operations.values():
        handler = named_in(module, operation.handler_name)
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


def _file_of(folder: Path, stem: str) -> Path | None:
    """Return the file of a document's handlers; None where there is none."""
    name = stem.replace("-", "_")
    places = (folder / f"{name}.py", folder / name / "__init__.py") if "." not in name else ()
    return next((place for place in places if place.is_file()), None)


def module_of(folder: Path, stem: str) -> ModuleType | None:
    """Import the handlers of a document; None where there are none. Raises Unfit for a broken module."""
    file = _file_of(folder, stem)
    if file is None:
        return None
    try:
        package = _bundled_package() if folder.resolve() == bundled("handlers").resolve() else package_of(folder)
        return importlib.import_module(f"{package}.{stem.replace('-', '_')}")
    except Unfit:
        raise
    except BaseException as problem:
        # SystemExit, too: what a module raises never ends a server that reads it again.
        raise Unfit([f"{file}: cannot be imported: {_described(problem, folder)}"]) from problem


def _described(problem: BaseException, folder: Path) -> str:
    text = f"{type(problem).__name__}: {problem}".rstrip(". ") + "."
    if isinstance(problem, ModuleNotFoundError) and problem.name:
        first = problem.name.partition(".")[0]
        if first == folder.resolve().name or _file_of(folder, first):
            sibling = problem.name.removeprefix(f"{folder.resolve().name}.")
            text += f" A module beside it is imported relatively: from .{sibling} import NAME."
    return text


def _bundled_package() -> str:
    """Import the bundled handlers, which import each other by the name `handlers`."""
    folder = bundled("handlers").resolve()
    known = sys.modules.get(folder.name)
    if known is None:
        init = folder / "__init__.py"
        spec = importlib.util.spec_from_file_location(folder.name, init, submodule_search_locations=[str(folder)])
        assert spec is not None and spec.loader is not None  # noqa: S101, PT018 (a file location has a loader)
        module = importlib.util.module_from_spec(spec)
        sys.modules[folder.name] = module
        spec.loader.exec_module(module)
    elif str(folder) not in {str(Path(place).resolve()) for place in getattr(known, "__path__", ())}:
        raise Unfit([f"{folder}: a package named {folder.name!r} is loaded already."])
    return folder.name
