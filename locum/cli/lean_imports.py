"""Defer imports that `locum serve` does not need: a third of the processor time until its first response.

Connexion imports Flask (where it is installed), httpx, requests, jinja2 and Starlette's test client as soon as it is
imported. A server uses none of them. `importlib.util.LazyLoader` cannot defer them: Connexion imports classes from
these modules while it is imported, which loads a lazy module at once.

Only the programs `locum serve` and `locum mock` use this, as their process is their own. Where locum is a library
(the pytest plugin), Connexion is imported as it is: another user of Connexion in that process needs all of it.
"""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["lean_imports"]

_DEFERRED = {
    "httpx": "",
    "jinja2": "",
    "requests": "",
    "starlette.templating": "Jinja2Templates",
    "starlette.testclient": "TestClient",
}
"""The modules that are loaded at first use, and the class that Connexion imports from each."""


class _Deferred(ModuleType):
    """A module that is imported when one of its attributes is first used."""

    def __init__(self, name: str, class_name: str) -> None:
        super().__init__(name)
        if class_name:
            setattr(self, class_name, partial(self._instance, class_name))

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)  # the import system probes these
        return self._load(attribute)

    def _instance(self, class_name: str, *args: Any, **kwargs: Any) -> Any:
        return self._load(class_name)(*args, **kwargs)

    def _load(self, attribute: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), attribute)


@contextmanager
def lean_imports() -> Iterator[None]:
    """Import Connexion without what a server does not use. No effect if Connexion is already imported."""
    if "connexion" in sys.modules:
        yield
        return
    deferred: dict[str, Any] = {
        name: _Deferred(name, class_name) for name, class_name in _DEFERRED.items() if name not in sys.modules
    }
    if "flask" not in sys.modules:
        deferred["flask"] = None  # the import system raises ImportError for it, as if it were not installed
    sys.modules.update(deferred)
    try:
        yield
    finally:
        for name, module in deferred.items():
            if sys.modules.get(name, deferred) is module:
                del sys.modules[name]
