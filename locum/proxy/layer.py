"""Layer: the contract layer of a proxy. It forwards requests that the contract layer of a mock would serve itself."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from locum.errors import ApiError, Forbidden
from locum.proxy.forwarding import Forwarding
from locum.proxy.journaling import marked
from locum.proxy.protocol import ProxyProtocol
from locum.proxy.proxy import make_proxy
from locum.proxy.undeclared import UndeclaredForwarding
from locum.server.application import Application, create
from locum.server.asgi import send_response
from locum.server.http import HttpRequest
from locum.server.origins import EXPOSED
from locum.server.responses import problem
from locum.server.routing import ContractLayer, join_headers
from locum.world.journal import Source

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import Receive, Scope, Send

    from locum.openapi.compile.router import Route
    from locum.proxy.exchange import Observer
    from locum.proxy.proxy import Proxy
    from locum.server.http import HttpResponse
    from locum.server.pipeline import OperationPipeline
    from locum.server.registry import Later
    from locum.server.services import Service
    from locum.settings import Settings
    from locum.world.worlds import World

__all__ = ["ProxyLayer", "create_proxy"]

_OWN_HEADERS = b"X-Locum-Source, X-Locum-Violations, X-Locum-Unvalidated"


class ProxyLayer(ContractLayer):
    """The contract layer of a proxy."""

    respond_at_once = None  # type: ignore[assignment]  # every request needs the event loop
    protocol = ProxyProtocol

    def __init__(self, app: Any, *, proxy: Proxy, **given: Any) -> None:
        """Assemble the layer; `given` are the arguments of the contract layer."""
        super().__init__(app, **given)
        self._proxy = proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; close the idle connections to upstreams when the server stops."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            if scope["type"] == "lifespan":
                self._proxy.close()

    def _serve_from_copy(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Reject a request of a foreign page: a mock serves it without side effects, an upstream might not."""
        message = "The origin of the page is not in --cors. A proxy forwards nothing of such pages."
        return send_response(problem(Forbidden(message, code="cross_site")), scope, receive, send)

    async def _serve(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        headers: dict[bytes, bytes] | None = None,
        pick: Callable[[Scope, Mapping[bytes, bytes]], World] | None = None,
    ) -> None:
        """Respond to a request in its world."""
        if headers is None:
            headers = join_headers(scope["headers"])
        pipeline, values, _ = self.registry.find(scope)
        if pipeline is None and not self._proxy.options.forwards_undeclared:
            await super()._serve(scope, receive, send, headers, pick)
            return
        try:
            world = (pick or self._pick)(scope, headers)
        except ApiError as error:
            await send_response(problem(error), scope, receive, send)
            return
        request = HttpRequest(scope, headers, values)
        if pipeline is None:
            find = self.registry.near_miss_sentences
            await UndeclaredForwarding(self._proxy, request, world, receive, send, self._redaction, find).run()
            return
        if b"origin" in headers:
            scope[EXPOSED] = pipeline.exposed + b", " + _OWN_HEADERS
        await Forwarding(self._proxy, pipeline, request, world, receive, send).run()

    def _respond_without_operation(
        self,
        scope: Scope,
        headers: dict[bytes, bytes],
        world: World,
        route: Route[OperationPipeline | Later] | None,
    ) -> HttpResponse:
        """Respond to a request that no operation matches, and that is not forwarded."""
        response = super()._respond_without_operation(scope, headers, world, route)
        reason = "No operation matches, so it was not forwarded (--undeclared reject)."
        if response.status == HTTPStatus.NO_CONTENT:
            reason = "The contract says which methods are allowed."
        world.journal.explain_last(Source("mock", reason))
        return marked(response, "mock")


def create_proxy(
    settings: Settings, observe: Observer | None = None, stopped: Callable[[], None] | None = None
) -> Application:
    """Load, check and assemble everything.

    `observe` receives each completed exchange of a declared operation; `stopped` is called when the server stops.

    Raises BadDocument or StartError, with sentences about what is wrong.
    """

    def wrap(services: list[Service]) -> tuple[Any, Proxy]:
        proxy = make_proxy(settings, services, observe, stopped)
        return partial(ProxyLayer, proxy=proxy), proxy

    return create(settings, wrap)
