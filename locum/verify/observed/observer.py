"""Observe exchanges of clients and applications, check them against a contract, and count them."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from locum.openapi.compile.router import ClaimedTwice, Router
from locum.openapi.pointers import BrokenReference, at
from locum.openapi.wire.json_values import read_json
from locum.openapi.wire.styles import Unreadable
from locum.redaction.texts import REDACTED
from locum.verify.checking.responses import check_response
from locum.verify.coverage.coverage import Coverage
from locum.verify.exchanges import MOST_BYTES, Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.verify.checking.responses import BrokenRule

__all__ = ["Observer", "Routes", "asgi", "observing", "wsgi"]


class Routes:
    """Finds operations of a contract below a base path."""

    def __init__(
        self, contract: Contract, base_path: str = "", base_paths: Mapping[tuple[str, str], str] | None = None
    ) -> None:
        """`base_paths` has the base paths of operations with `servers` of their own."""
        self._router: Router[Operation] = Router()
        for (path, method), operation in contract.operations.items():
            base = (base_paths or {}).get((path, method), base_path)
            with suppress(ClaimedTwice):  # the first of two equal paths wins
                self._router.add(method.upper(), base + path, operation, tail=contract.spanning.tail_of(path))

    def operation(self, shown: Shown) -> Operation | None:
        """Return the operation of an exchange; None if the contract declares none. HEAD counts as GET."""
        url = urlsplit(shown.url)
        match = self._router.match(url.path)
        return match.route.target(shown.method, url.query.encode()) if match is not None else None

    def allowed(self, shown: Shown) -> str:
        """Return the methods of its path (`GET, HEAD`); an empty text for an unknown path."""
        match = self._router.match(urlsplit(shown.url).path)
        return match.route.allow if match is not None else ""


def asgi(application: Any, take: Callable[[Shown], None]) -> Any:
    """Wrap an ASGI application so that `take` gets each exchange when its response is complete."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        request_body, response_body = _Kept(), _Kept()
        head: dict[str, Any] = {}

        async def received() -> Any:
            message = await receive()
            request_body.add(message.get("body", b""))
            return message

        async def sent(message: Any) -> None:
            await send(message)
            if message["type"] == "http.response.start":
                head.update(message)
            elif message["type"] == "http.response.body":
                response_body.add(message.get("body", b""))
                if not message.get("more_body"):
                    take(_of_scope(scope, request_body, head, response_body))

        await application(scope, received, sent)

    return wrapped


def wsgi(application: Any, take: Callable[[Shown], None]) -> Any:
    """Wrap a WSGI application (PEP 3333) likewise."""

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        body = environ["wsgi.input"].read(int(length)) if length.isdigit() else b""
        head: list[Any] = []

        def started(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            head[:] = [status, headers]
            return start_response(status, headers, *more)

        response_body = _Kept()
        parts = application({**environ, "wsgi.input": BytesIO(body)}, started)
        return _parts(parts, response_body, lambda: take(_of_environ(environ, body, head, response_body)))

    return wrapped


class _Kept:
    """A body, up to the size that is checked."""

    def __init__(self) -> None:
        self.data = b""
        self.cut = False

    def add(self, part: bytes) -> None:
        self.cut = self.cut or len(self.data) + len(part) > MOST_BYTES
        if not self.cut:
            self.data += part


def _parts(parts: Iterable[bytes], response_body: _Kept, end: Callable[[], None]) -> Iterator[bytes]:
    try:
        for part in parts:
            response_body.add(part)
            yield part
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    end()


def _of_scope(scope: Any, request_body: _Kept, head: dict[str, Any], response_body: _Kept) -> Shown:
    headers = _joined((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    path = (scope.get("raw_path") or quote(scope["path"]).encode()).partition(b"?")[0].decode("latin-1")
    query = scope.get("query_string", b"").decode("latin-1")
    return Shown(
        method=scope["method"],
        url=f"{scope.get('scheme', 'http')}://{headers.get('host', 'localhost')}{path}"
        + (f"?{query}" if query else ""),
        headers=headers,
        body=request_body.data or None,
        status=head["status"],
        response_headers=_joined((name.decode("latin-1"), value.decode("latin-1")) for name, value in head["headers"]),
        response_body=response_body.data,
        cut=response_body.cut,
    )


def _of_environ(environ: dict[str, Any], body: bytes, head: list[Any], response_body: _Kept) -> Shown:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or (name in {"CONTENT_TYPE", "CONTENT_LENGTH"} and value)
    }
    # PEP 3333: the path is decoded, and its bytes are read as Latin-1.
    path = quote((environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1"))
    query = environ.get("QUERY_STRING", "")
    host = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "localhost")
    return Shown(
        method=environ["REQUEST_METHOD"],
        url=f"{environ['wsgi.url_scheme']}://{host}{path}" + (f"?{query}" if query else ""),
        headers=headers,
        body=body or None,
        status=int(head[0].split(" ", 1)[0]),
        response_headers=_joined(head[1]),
        response_body=response_body.data,
        cut=response_body.cut,
    )


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


_MOST_AT_ONCE = 100
"""The pending requests of an application."""


@dataclass(slots=True)
class Observer:
    """Checks exchanges against one contract. It ignores paths that are not below `base_path`."""

    contract: Contract
    base_path: str = ""
    base_paths: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """The base paths of operations with `servers` of their own."""
    broken_rules: list[str] = field(default_factory=list)
    """A message for each response that breaks the contract, and each undeclared request."""
    coverage: Coverage = field(init=False)
    _routes: Routes = field(init=False)
    _wrapped: deque[tuple[object, ...]] = field(init=False)
    """The last exchanges of wrapped applications, which a client may report again."""

    def __post_init__(self) -> None:
        """Create the router."""
        self.coverage = Coverage.of(self.contract)
        self._routes = Routes(self.contract, self.base_path, self.base_paths)
        self._wrapped = deque(maxlen=_MOST_AT_ONCE)

    def asgi(self, application: Any) -> Any:
        """Wrap an ASGI application so that all its exchanges are checked."""
        return asgi(application, self._take_wrapped)

    def wsgi(self, application: Any) -> Any:
        """Wrap a WSGI application so that all its exchanges are checked."""
        return wsgi(application, self._take_wrapped)

    def _take_wrapped(self, shown: Shown) -> None:
        self._wrapped.append(_key(shown))
        self.take(shown)

    def observe(self, shown: Shown) -> None:
        """Check an exchange of a client, unless a wrapped application has already reported it."""
        key = _key(shown)
        if key in self._wrapped:
            self._wrapped.remove(key)
        else:
            self.take(shown)

    def operation_of(self, shown: Shown) -> Operation | None:
        """Find the operation of a request; None if the contract declares none."""
        return self._routes.operation(shown)

    def take(self, shown: Shown) -> None:
        """Check an exchange and count it. Values that a journal redacted are not reported."""
        path = urlsplit(shown.url).path
        operation = self.operation_of(shown)
        if operation is None:
            if self.base_path and not path.startswith(self.base_path + "/"):
                return
            allowed = self._routes.allowed(shown)
            known = f" {allowed} are." if allowed else ""
            self.broken_rules.append(f"{shown.method} {path} is not declared by {self.contract.name}.{known}")
            return
        found = [
            broken_rule for broken_rule in check_response(operation, shown) if not _is_redacted(shown, broken_rule)
        ]
        self.broken_rules += [
            f"{shown.method} {path} ({operation.operation_id}), {broken_rule.code}: {broken_rule.message}"
            for broken_rule in found
        ]
        self.coverage.count(operation, shown, kept=not found and shown.status > 0)


def _key(shown: Shown) -> tuple[object, ...]:
    url = urlsplit(shown.url)
    return shown.method, url.path, url.query, shown.status, shown.response_body


def _is_redacted(shown: Shown, broken_rule: BrokenRule) -> bool:
    """Whether a rule is broken only by the placeholder of a redacted secret."""
    place = broken_rule.response_pointer
    if not place.startswith("/"):
        return shown.response_headers.get(place.lower()) == REDACTED
    try:
        return bool(at(read_json(shown.response_body), place) == REDACTED)
    except (BrokenReference, Unreadable):
        return False


@contextmanager
def observing(take: Callable[[Shown], None]) -> Iterator[None]:
    """Observe all exchanges of httpx (so also of Starlette's test client), httpx2 and requests.

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
    """Import a library; None if it is not installed."""
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
            first = [*response.history, response][0]  # requests also sends redirected requests with this function
            body = request.body.encode() if isinstance(request.body, str) else request.body
            take(_shown(first, request, body if isinstance(body, bytes) else None))
        return response

    return observed


def _take_all(response: Any, take: Callable[[Shown], None]) -> None:
    """Take a response of httpx or httpx2, after the redirects and challenges before it."""
    for one in (*response.history, response):
        try:
            body = one.request.content or None
        except Exception:  # noqa: BLE001 (a streamed body is consumed; httpx and httpx2 each raise their own RequestNotRead)
            body = None
        take(_shown(one, one.request, body))


def _shown(response: Any, request: Any, body: bytes | None) -> Shown:
    return Shown(
        method=str(request.method),
        url=str(request.url),
        headers=_lower(request.headers),
        body=body,
        status=response.status_code,
        response_headers=_lower(response.headers),
        response_body=response.content,
    )


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
