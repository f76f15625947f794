"""Imports: handlers of the user, loaded as packages of a private name.

A folder is the package `_locum_handlers.NAME`, so a folder or module that is named like a real package (`uvloop.py`)
takes no one's place, and nothing is added to `sys.path`. Siblings are imported relatively: `from .people import ADA`.

Only the source counts: bytecode in `__pycache__` may be of another source, and extension modules cannot be reviewed.
"""

from __future__ import annotations

import importlib.util
import logging
import re
import sys
from dataclasses import replace
from functools import wraps
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from locum.apis import Events
from locum.files import read_file
from locum.refusals import Faulty
from locum.state.record_types import PRIVATE, full_name
from locum.trust import is_passed_over

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType

    from locum.apis import Api

__all__ = ["MOST_SOURCE", "contained", "contained_api", "forget_modules", "package_of"]

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


class Escaped(RuntimeError):  # noqa: N818 (named for what it is)
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
