"""Observing: what an application's own tests send and get is judged by a contract, and counted."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from locum.control.redaction.texts import REDACTED
from locum.openapi.pointers import BrokenReference, at
from locum.openapi.wire.json_values import read_json
from locum.openapi.wire.styles import Unreadable
from locum.proof.coverage.coverage import Coverage
from locum.proof.findings import Shown
from locum.proof.judging.answers import judge_answer
from locum.proof.observed.routes import Routes
from locum.proof.observed.wrapping import asgi, wsgi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.proof.judging.breaches import Breach

__all__ = ["Observer", "observing"]


_MOST_AT_ONCE = 100
"""Requests that are under way between one application and its clients."""


@dataclass(slots=True)
class Observer:
    """Judges exchanges by one contract. Paths that are not below `base_path` are not its concern."""

    contract: Contract
    base_path: str = ""
    base_paths: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Where the operations are that have servers of their own."""
    breaches: list[str] = field(default_factory=list)
    """A sentence for each answer that breaks the contract, and each request to nothing that it declares."""
    coverage: Coverage = field(init=False)
    _routes: Routes = field(init=False)
    _wrapped: deque[tuple[object, ...]] = field(init=False)
    """What wrapped applications answered last, which a client may tell of, too."""

    def __post_init__(self) -> None:
        """Prepare to find operations."""
        self.coverage = Coverage.of(self.contract)
        self._routes = Routes(self.contract, self.base_path, self.base_paths)
        self._wrapped = deque(maxlen=_MOST_AT_ONCE)

    def asgi(self, application: Any) -> Any:
        """Return an ASGI application that has everything judged that it answers, to whatever client."""
        return asgi(application, self._take_wrapped)

    def wsgi(self, application: Any) -> Any:
        """Return a WSGI application that has everything judged that it answers, to whatever client."""
        return wsgi(application, self._take_wrapped)

    def _take_wrapped(self, shown: Shown) -> None:
        self._wrapped.append(_key(shown))
        self.take(shown)

    def observe(self, shown: Shown) -> None:
        """Take what a client saw, unless the application that it asked has told of it already."""
        key = _key(shown)
        if key in self._wrapped:
            self._wrapped.remove(key)
        else:
            self.take(shown)

    def operation_of(self, shown: Shown) -> Operation | None:
        """Find the operation that a request is to; None where the contract declares none."""
        return self._routes.operation(shown)

    def take(self, shown: Shown) -> None:
        """Judge an exchange, and count it. Secrets that a journal has redacted break no rule."""
        path = urlsplit(shown.url).path
        operation = self.operation_of(shown)
        if operation is None:
            if self.base_path and not path.startswith(self.base_path + "/"):
                return
            allowed = self._routes.allowed(shown)
            known = f" {allowed} are." if allowed else ""
            self.breaches.append(f"{shown.method} {path} is not declared by {self.contract.name}.{known}")
            return
        found = [breach for breach in judge_answer(operation, shown) if not _is_redacted(shown, breach)]
        self.breaches += [
            f"{shown.method} {path} ({operation.operation_id}), {breach.code}: {breach.message}" for breach in found
        ]
        self.coverage.count(operation, shown, kept=not found and shown.status > 0)


def _key(shown: Shown) -> tuple[object, ...]:
    url = urlsplit(shown.url)
    return shown.method, url.path, url.query, shown.status, shown.answer


def _is_redacted(shown: Shown, breach: Breach) -> bool:
    """Whether what breaks a rule is only what the journal wrote in the place of a secret."""
    place = breach.answer_pointer
    if not place.startswith("/"):
        return shown.answer_headers.get(place.lower()) == REDACTED
    try:
        return bool(at(read_json(shown.answer), place) == REDACTED)
    except (BrokenReference, Unreadable):
        return False


@contextmanager
def observing(take: Callable[[Shown], None]) -> Iterator[None]:
    """Take whatever httpx, httpx2 and requests send and receive meanwhile; Starlette's test client is one of these.

    Only what is installed is observed. httpx2 is httpx's successor, with the same classes; a project that calls
    `httpx2.alias_httpx()` has one module under both names, which is observed once.
    """
    undo: list[tuple[Any, Any]] = []
    try:
        for name in ("httpx", "httpx2"):
            client_library = _installed(name)
            if client_library is not None:
                for client, observed in (
                    (client_library.Client, _observed),
                    (client_library.AsyncClient, _observed_async),
                ):
                    if client not in [owner for owner, _ in undo]:
                        undo.append((client, client.send))
                        client.send = observed(client.send, take)
        requests = _installed("requests")
        if requests is not None:
            undo.append((requests.Session, requests.Session.send))
            requests.Session.send = _observed_session(requests.Session.send, take)
        yield
    finally:
        for owner, send in undo:
            owner.send = send


def _installed(name: str) -> Any:
    """Import a library if it is installed; None where it is not."""
    return import_module(name) if find_spec(name) else None


def _observed(send: Callable[..., Any], take: Callable[[Shown], None]) -> Callable[..., Any]:
    def observed(self: Any, request: Any, **given: Any) -> Any:
        response = send(self, request, **given)
        if not given.get("stream"):
            _take_all(response, take)
        return response

    return observed


def _observed_async(send: Callable[..., Any], take: Callable[[Shown], None]) -> Callable[..., Any]:
    async def observed(self: Any, request: Any, **given: Any) -> Any:
        response = await send(self, request, **given)
        if not given.get("stream"):
            _take_all(response, take)
        return response

    return observed


def _observed_session(send: Callable[..., Any], take: Callable[[Shown], None]) -> Callable[..., Any]:
    def observed(self: Any, request: Any, **given: Any) -> Any:
        response = send(self, request, **given)
        if not given.get("stream"):
            first = [*response.history, response][0]  # requests sends a redirected request by this function, too
            body = request.body.encode() if isinstance(request.body, str) else request.body
            take(_shown(first, request, body if isinstance(body, bytes) else None))
        return response

    return observed


def _take_all(response: Any, take: Callable[[Shown], None]) -> None:
    """Take a response of httpx or httpx2, after the redirects and challenges that led to it."""
    for one in (*response.history, response):
        try:
            body = one.request.content or None
        except Exception:  # noqa: BLE001 (a streamed body is gone; httpx and httpx2 raise each its own RequestNotRead)
            body = None
        take(_shown(one, one.request, body))


def _shown(response: Any, request: Any, body: bytes | None) -> Shown:
    return Shown(
        method=str(request.method),
        url=str(request.url),
        headers=_lower(request.headers),
        body=body,
        status=response.status_code,
        answer_headers=_lower(response.headers),
        answer=response.content,
    )


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
