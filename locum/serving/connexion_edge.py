"""The parts of Connexion that locum stands on; no other module imports Connexion.

Connexion imports httpx, requests, jinja2 and starlette's test client (which warns) wherever it is
imported: a third of the start of a server that uses none of them. Here they are imported when
somebody first uses them.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

__all__ = [
    "API",
    "AbstractRoutingAPI",
    "ConnexionMiddleware",
    "ExceptionMiddleware",
    "LifespanMiddleware",
    "OpenAPIOperation",
    "OpenAPISpecification",
    "Resolution",
    "Resolver",
    "ServerErrorMiddleware",
    "SpecMiddleware",
]

_TEST_CLIENT = "starlette.testclient"
_TEMPLATES = "starlette.templating"


class _AtFirstUse(ModuleType):
    """Stands where a module would be, and imports it when an attribute is asked for."""

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)  # the import system's own questions
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), attribute)


def _test_client(*arguments: Any, **more: Any) -> Any:
    """Make a test client, as `AsyncApp.test_client` does."""
    from starlette.testclient import TestClient  # noqa: PLC0415 (that is the point)

    return TestClient(*arguments, **more)


def _templates(*arguments: Any, **more: Any) -> Any:
    """Make templates, as Connexion's own Swagger UI does."""
    from starlette.templating import Jinja2Templates  # noqa: PLC0415 (that is the point)

    return Jinja2Templates(*arguments, **more)


_names = ("httpx", "jinja2", "requests", _TEMPLATES, _TEST_CLIENT)
_stand_ins = {name: _AtFirstUse(name) for name in _names if name not in sys.modules}
if _TEST_CLIENT in _stand_ins:
    # Connexion takes the class itself while it is imported.
    _stand_ins[_TEST_CLIENT].TestClient = _test_client  # type: ignore[attr-defined]  # made by hand
if _TEMPLATES in _stand_ins:
    _stand_ins[_TEMPLATES].Jinja2Templates = _templates  # type: ignore[attr-defined]  # as above
sys.modules.update(_stand_ins)
# Where Flask is installed, Connexion imports it, though nothing here plays on it.
_without_flask = "flask" not in sys.modules
if _without_flask:
    sys.modules["flask"] = None  # type: ignore[assignment]  # so the import system says that it is missing

from connexion.middleware.abstract import AbstractRoutingAPI, SpecMiddleware  # noqa: E402 (after the above)
from connexion.middleware.exceptions import ExceptionMiddleware  # noqa: E402
from connexion.middleware.lifespan import LifespanMiddleware  # noqa: E402
from connexion.middleware.main import API, ConnexionMiddleware  # noqa: E402
from connexion.middleware.server_error import ServerErrorMiddleware  # noqa: E402
from connexion.operations import OpenAPIOperation  # noqa: E402
from connexion.resolver import Resolution, Resolver  # noqa: E402
from connexion.spec import OpenAPISpecification  # noqa: E402

for _name in _stand_ins:
    sys.modules.pop(_name, None)
if _without_flask:
    del sys.modules["flask"]
