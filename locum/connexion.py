"""Connexion: a resolver for your own Connexion application. Operations without a function are mocked, with state.

from connexion import AsyncApp
from locum.connexion import MockResolver

app = AsyncApp(__name__)
app.add_api("openapi.yaml", resolver=MockResolver("openapi.yaml"))
"""

from __future__ import annotations

import sys
from inspect import Parameter, Signature
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from locum.errors import ApiError
from locum.options import AuthMode, Validation
from locum.server.application import create
from locum.server.connexion_api import (
    ConnexionRequest,
    ConnexionResponse,
    Resolution,
    Resolver,
    ResolverError,
    get_function_from_name,
    receive,
    scope,
)
from locum.server.http import HttpRequest
from locum.server.responses import problem
from locum.server.routing import join_headers
from locum.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from locum.server.http import HttpResponse
    from locum.world.worlds import Worlds

__all__ = ["MockResolver"]

_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class MockResolver(Resolver):  # type: ignore[misc]  # Connexion has no types
    """Resolves an operation to its function; one without a function is answered by locum's stateful mock.

    Requests are validated and authenticated by Connexion, as for your functions. Worlds work as in `locum serve`: the
    header X-Locum-World names one, so that tests do not share records. The mock gets no files of multipart forms.
    """

    def __init__(
        self,
        document: Path | str,
        *,
        function_resolver: Callable[[str], Any] = get_function_from_name,
        **settings: Any,
    ) -> None:
        """Load the document; `settings` are those of `locum serve` (`seed=7`), `function_resolver` is Connexion's.

        Raises BadDocument or StartError, with sentences about what is wrong.
        """
        super().__init__(function_resolver)
        given = {"auth": AuthMode.OFF, "validate_requests": Validation.OFF, "base_path": "", **settings}
        application = create(settings_of({"specs": [document], **given}))
        self._registry = application.app.registry
        self._pick = application.picker
        self._operations = application.services[0].contract.operations
        self._lock = Lock()
        self.worlds: Worlds = application.worlds
        """The worlds of the mock: `worlds.reset("default")` restores the seed data."""
        self.mocked: list[str] = []
        """The operationIds that have no function, or method and path where there is no operationId."""

    def resolve(self, operation: Any) -> Resolution:
        """Return the function of an operation, or the mock.

        Raises ResolverError if the module of the function exists but cannot be imported.
        """
        name = self.resolve_operation_id(operation)
        if name:
            try:
                return Resolution(self.resolve_function_from_operation_id(name), name)
            except ResolverError as error:
                cause = error.__context__
                missing = cause.name if isinstance(cause, ImportError) else None
                if missing and not f"{name}.".startswith(f"{missing}."):
                    raise  # the module exists; what it imports does not
        name = name or f"{operation.method.upper()} {operation.path}"
        self.mocked.append(name)
        declared = self._operations.get((operation.path, operation.method))
        body = None if declared is None else declared.body
        is_form = body is not None and set(body.media_types) <= _FORMS
        return Resolution(self._function(is_form=is_form), name)

    def _function(self, *, is_form: bool) -> Callable[..., Any]:
        """Return the function of an operation that has none.

        Connexion reads a body only for a function that names it, and the mock needs the body as it was sent. A form is
        read in any case, so that it must be written again.
        """

        async def respond(body: Any = None, **_path: Any) -> ConnexionResponse:
            return self._run(urlencode(body or {}, doseq=True).encode() if is_form else await _body())

        names = [Parameter("body", Parameter.KEYWORD_ONLY)] if is_form else []
        respond.__signature__ = Signature(names)  # type: ignore[attr-defined]  # inspect reads it
        return respond

    def _run(self, body: bytes) -> ConnexionResponse:
        """Run the pipeline of the operation that a request matches."""
        headers = join_headers(scope["headers"])
        inner = {**scope, "raw_path": _path_within_api(), "root_path": ""}
        # FlaskApp calls functions in threads, and a world is not made for two requests at once.
        with self._lock:
            try:
                pipeline, values, _ = self._registry.find(inner)
                response = pipeline.respond(HttpRequest(inner, headers, values, body), self._pick(inner, headers))
            except ApiError as error:
                response = problem(error)
        declared = () if pipeline is None else pipeline.operation.responses.values()
        return _as_connexion(response, [name for one in declared for name in one.media_types])


def _path_within_api() -> bytes:
    """Return the path of the request below the base path of its API, exactly as sent."""
    raw = scope.get("raw_path") or scope["path"].encode()
    base = scope["extensions"]["connexion_routing"]["api_base_path"]
    return bytes(raw.removeprefix(scope.get("root_path", "").encode()).removeprefix(base.encode()))


def _is_flask() -> bool:
    """Whether the request is served by Flask."""
    flask = sys.modules.get("flask")
    return flask is not None and bool(flask.has_request_context())


async def _body() -> bytes:
    """Return the body of the request: of Flask's in a FlaskApp, else of Connexion's."""
    if _is_flask():
        data: bytes = sys.modules["flask"].request.get_data()
        return data
    body: bytes = await ConnexionRequest(scope, receive).body()
    return body


def _as_connexion(response: HttpResponse, declared: list[str]) -> ConnexionResponse:
    """Return a response as Connexion has it.

    One without a body gets a declared media type in a FlaskApp: Flask would add its default, which Connexion rejects.
    """
    kept = {name.decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
    kept.pop("content-length", None)
    media_type = kept.pop("content-type", declared[0] if declared and _is_flask() else None)
    return ConnexionResponse(response.status, content_type=media_type, body=response.body, headers=kept)
