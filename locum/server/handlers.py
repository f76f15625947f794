"""Handlers: find and import the user's handlers, each folder as a package with a private name.

A folder becomes the package `_locum_handlers.NAME`. So a folder or module that is named like an installed package
(`uvloop.py`) does not shadow it, and nothing is added to `sys.path`. Siblings are imported relatively:
`from .people import ADA`.

Only source files are imported: bytecode in `__pycache__` may be of another source, and extension modules cannot be
reviewed.
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
    "StartError",
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
"""The maximum size of a module in bytes."""

_names: dict[Path, str] = {}
"""The private name of each folder; it stays the same when the folder is imported again."""


class _Source(SourceFileLoader):
    """Compiles a module from its source at each import, without bytecode."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(read_file(path, MOST_SOURCE), path)


class _Finder:
    """Finds modules below a folder of handlers: `name.py`, `name/__init__.py`, and folders of them."""

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
        # Raise, so that no other finder is tried: it would load bytecode and extension modules.
        raise ModuleNotFoundError(f"No module named {name.removeprefix(f'{PRIVATE}.')!r}", name=name)


def _spec_of(name: str, file: Path, folder: Path | None = None) -> ModuleSpec:
    places = None if folder is None else [str(folder)]
    loader = _Source(name, str(file))
    spec = importlib.util.spec_from_file_location(name, file, loader=loader, submodule_search_locations=places)
    assert spec is not None  # noqa: S101 (there is a loader)
    return spec


def package_of(folder: Path) -> str:
    """Import a folder as a package with a private name, and return that name. Raises what its code raises."""
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
    """Return the private name of a folder. It contains the folder's name, by which snapshots name record types."""
    if folder not in _names:
        own = f"{PRIVATE}.{re.sub(r'[^0-9A-Za-z_]', '_', folder.name) or 'handlers'}"
        taken, name, number = set(_names.values()), own, 2
        while name in taken:
            name, number = f"{own}_{number}", number + 1
        _names[folder] = name
    return _names[folder]


def forget_modules() -> None:
    """Remove every module of the user's handlers from `sys.modules`, so that each is imported again."""
    for name in [name for name in sys.modules if name.startswith(f"{PRIVATE}.")]:
        del sys.modules[name]


class Escaped(RuntimeError):
    """A handler raised a BaseException such as SystemExit, which must not end the server."""


def contained(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function of the user so that whatever it raises is an Exception."""

    @wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except Exception:
            raise
        except BaseException as problem:
            raise Escaped(f"{full_name(function)} raised {type(problem).__name__}") from problem

    return call


def contained_api(api: Api, name: str) -> Api:
    """Return a user's `Api` with its functions wrapped, so that they cannot end the server."""
    events = api.events
    return replace(
        api,
        render_error=api.render_error and contained(api.render_error),
        seed=api.seed and _seeding(contained(api.seed), name),
        keys=tuple(replace(key, owner=contained(key.owner)) for key in api.keys),
        pages={page: contained(show) for page, show in api.pages.items()},
        events=events and Events(next_due=contained(events.next_due), run_due=contained(events.run_due)),
    )


def _seeding(seed: Callable[..., None], name: str) -> Callable[..., None]:
    """Wrap a seed function: its exceptions become an error with a message for the client."""

    def fill(*arguments: Any) -> None:
        try:
            seed(*arguments)
        except Exception as problem:
            message = (
                f"The seed function of {name} failed ({type(problem).__name__}: {problem}); the world was not created."
            )
            logger.exception("%s", message)
            raise Faulty(message, code="handler_failed") from problem

    return fill


logger = logging.getLogger("locum")

_warned: set[tuple[Path, str]] = set()
"""The folders whose handlers are not imported, with the reason: each is logged once."""

_ALIKE = 0.75
"""From this similarity of names on, a function counts as a misnamed handler of an operation without one."""


EXIT_FINDINGS, EXIT_UNREADABLE = 1, 2
"""Exit codes of every command: the command found problems; its input cannot be read or used."""


class StartError(Exception):
    """The input cannot be served. Each of `sentences` says where and what to do; `code` is the exit code."""

    def __init__(self, sentences: list[str], code: int = EXIT_UNREADABLE) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences
        self.code = code


def home_of(place: Path | str, handlers: Path | None) -> Path:
    """Return the folder of the handlers for a document or a folder of documents."""
    if handlers is not None:
        if not handlers.is_dir():
            raise StartError([f"{handlers}: folder not found. Name an existing folder with --handlers."])
        return handlers
    path = Path(place)
    folder = path if path.is_dir() else path.parent
    return bundled("handlers") if is_bundled(place) else folder


def is_bundled(place: Path | str) -> bool:
    """Whether a file or folder belongs to the bundled documents."""
    path = Path(place)
    folder = path if path.is_dir() else path.parent
    return folder.resolve() == bundled("specs").resolve()


def known_callers(places: Sequence[Path | str], handlers: Path | None = None) -> tuple[Caller, ...]:
    """Return the users that the handlers define (`CALLERS` in `people.py`), the default user first."""
    for place in places:
        module = module_for(place, handlers, "people")
        callers = named_in(module, "CALLERS", ())
        if callers and isinstance(callers, tuple | list):
            return tuple(caller for caller in callers if isinstance(caller, Caller))
    return ()


def module_for(place: Path | str, handlers: Path | None, stem: str) -> ModuleType | None:
    """Import a module of handlers for a document or a folder of documents, if its code is trusted.

    Trusted are the bundled handlers, a folder that the user named (`handlers`), and a trusted folder. For any other,
    one log line says how to use it. Raises StartError for a module that cannot be imported.
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
    """Return the operations that have handlers, by operationId, with the function's name. Nothing is imported.

    Only the bundled handlers and those that the user named or trusted are considered.
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
    """Return the names that a module's source defines or imports, without stubs.

    Raises StartError for invalid source.
    """
    try:
        tree = ast.parse(read_file(file, MOST_SOURCE))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        raise StartError([f"{file}: cannot be read: {problem}."]) from None
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
    """Return an attribute of a module. Raises StartError if the module's `__getattr__` fails."""
    try:
        return getattr(module, name, default)
    except BaseException as problem:
        text = f"{type(problem).__name__}: {problem}".rstrip(": ")
        raise StartError([f"{getattr(module, '__file__', module)}: reading {name} failed: {text}."]) from problem


def handlers_in(module: ModuleType | None, contract: Contract) -> dict[str, Callable[..., Any]]:
    """Return the handlers of a module by operationId, without stubs."""
    found: dict[str, Callable[..., Any]] = {}
    if module is None:
        return found
    for operation in contract.operations.values():
        handler = named_in(module, operation.handler_name)
        if callable(handler) and not is_stub(handler):
            found[operation.operation_id] = handler
    return found


def misnamed(contract: Contract, implemented: Collection[str], module: ModuleType | None) -> list[str]:
    """Return a sentence for each function that matches no operation, but whose name is close to one without handler."""
    if module is None:
        return []
    free = {
        operation.handler_name: operation
        for operation in contract.operations.values()
        if operation.operation_id not in implemented
    }
    taken = {operation.handler_name for operation in contract.operations.values()} - set(free)
    found = []
    for name, value in vars(module).items():
        near = get_close_matches(name, free, n=1, cutoff=_ALIKE)
        if near and inspect.isfunction(value) and name not in taken and not is_stub(value):
            meant = free[near[0]]
            found.append(
                f"{contract.document.path}: the function {name} matches no operation. Did you mean {near[0]} "
                f"({meant.operation_id})? If it is not a handler, begin its name with an underscore."
            )
    return found


def _file_of(folder: Path, stem: str) -> Path | None:
    """Return the file of a document's handlers, or None."""
    name = stem.replace("-", "_")
    places = (folder / f"{name}.py", folder / name / "__init__.py") if "." not in name else ()
    return next((place for place in places if place.is_file()), None)


def module_of(folder: Path, stem: str) -> ModuleType | None:
    """Import the handlers of a document; return None if it has none. Raises StartError if the import fails."""
    file = _file_of(folder, stem)
    if file is None:
        return None
    try:
        package = _bundled_package() if folder.resolve() == bundled("handlers").resolve() else package_of(folder)
        return importlib.import_module(f"{package}.{stem.replace('-', '_')}")
    except StartError:
        raise
    except BaseException as problem:
        # Includes SystemExit: a module that is imported again must not end the server.
        raise StartError([f"{file}: cannot be imported: {_describe(problem, folder)}"]) from problem


def _describe(problem: BaseException, folder: Path) -> str:
    text = f"{type(problem).__name__}: {problem}".rstrip(". ") + "."
    if isinstance(problem, ModuleNotFoundError) and problem.name:
        first = problem.name.partition(".")[0]
        if first == folder.resolve().name or _file_of(folder, first):
            sibling = problem.name.removeprefix(f"{folder.resolve().name}.")
            text += f" Import a module of the same folder relatively: from .{sibling} import NAME."
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
        raise StartError([f"{folder}: another package named {folder.name!r} is already loaded."])
    return folder.name
