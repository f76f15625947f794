"""Serve one contract with stock Connexion and with locum, and send both the same requests.

Every handler is a stub that records its arguments. A request is accepted if a handler was called,
and rejected if none was.
"""

from __future__ import annotations

import contextlib
import inspect
import json
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import unquote

import connexion
import schemathesis
from connexion.decorators.parameter import pythonic
from connexion.resolver import Resolver
from connexion.security import ApiKeySecurityHandler, BearerSecurityHandler
from hypothesis.internal.conjecture import providers
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from handlers.credentials.accounts import DEVELOPMENT_KEY
from locum import Api, Response
from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import read
from locum.options import AuthMode, bundled
from locum.server.application import Application, Assembly
from locum.server.authentication import Authentication
from locum.server.services import Service, Sources, load_services
from locum.server.tokens import Tokens
from locum.settings import Settings
from locum.world.worlds import Worlds
from tests.conftest import token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.operations import Operation

__all__ = ["MOST_BYTES", "Exchange", "Pair", "Request", "Verdict", "generated", "identical", "services", "variations"]

TOKEN = token()
MOST_BYTES = 64 * 1024
SAMPLER = Path(__file__).parent / "sampler.yaml"
UNINTERESTING = {b"x-schemathesis-testcaseid", b"content-length", b"transfer-encoding", b"host", b"user-agent"}
UNINTERESTING |= {b"accept-encoding", b"connection"}


@dataclass(frozen=True)
class Request:
    """A request as bytes; `chunked` sends its body in two parts and without a length."""

    method: str
    path: bytes
    query: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    chunked: bool = False
    made: str = "generated"
    """Its origin: generated, or the name of the variation."""

    def __str__(self) -> str:
        target = self.path + (b"?" + self.query if self.query else b"")
        lines = [f"{self.method} {target.decode('latin-1')}   ({self.made})"]
        lines += [f"{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in self.wire_headers()]
        return "\n    ".join([*lines, repr(self.body[:600])]).replace(TOKEN, "TOKEN")

    def header(self, name: bytes) -> bytes | None:
        """Return the value of a header, the last one of its name."""
        return dict(self.headers).get(name)

    def with_header(self, name: bytes, value: bytes | None) -> Request:
        """Return the request with another value of a header, or without the header."""
        rest = tuple(header for header in self.headers if header[0] != name)
        return replace(self, headers=rest if value is None else (*rest, (name, value)))

    def wire_headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers with those that frame the body."""
        if self.chunked:
            return [*self.headers, (b"transfer-encoding", b"chunked")]
        if self.body or self.method in {"POST", "PUT", "PATCH"}:
            return [*self.headers, (b"content-length", b"%d" % len(self.body))]
        return list(self.headers)

    def json(self) -> Any:
        """Return the body as Python's own JSON reads it, or None."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass
class Verdict:
    """The outcome of a request on one server: the handler, its arguments, and the status."""

    status: int = 0
    operation_id: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    body: bytes = b""

    @property
    def accepted(self) -> bool:
        return bool(self.operation_id)

    def __str__(self) -> str:
        if self.accepted:
            return f"called {self.operation_id}({self.arguments}), answered {self.status}"
        return f"refused with {self.status} {self.body[:300]!r}"


@dataclass
class Exchange:
    """A request and its outcome on both servers."""

    service: Service
    request: Request
    stock: Verdict
    locum: Verdict

    def __str__(self) -> str:
        return f"{self.request}\n  stock: {self.stock}\n  locum: {self.locum}"

    @property
    def agreed(self) -> bool:
        """Whether both rejected it, or both passed the same arguments to the same handler."""
        return self.same_handler and not self.differing

    @property
    def same_handler(self) -> bool:
        return self.stock.operation_id == self.locum.operation_id

    @property
    def only_stock(self) -> bool:
        return self.stock.accepted and not self.locum.accepted

    @property
    def only_locum(self) -> bool:
        return self.locum.accepted and not self.stock.accepted

    @property
    def operation(self) -> Operation:
        """The operation whose handler was called."""
        called = self.locum.operation_id or self.stock.operation_id
        operations = self.service.contract.operations.values()
        return next(operation for operation in operations if operation.operation_id == called)

    @property
    def differing(self) -> set[str]:
        """The names of the arguments that differ."""
        names = self.stock.arguments.keys() | self.locum.arguments.keys()
        return {
            name
            for name in names
            if not identical(self.stock.arguments.get(name, ...), self.locum.arguments.get(name, ...))
        }


def identical(one: object, other: object) -> bool:
    """Whether two values are equal and of the same JSON types: 1, 1.0 and true are three values."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(identical(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(identical, one, other))
    return one == other


def services() -> list[Service]:
    """Return the bundled services, and the sampler of the features that they do not use."""
    sampler = Service(
        compile_contract(read(SAMPLER)),
        Api(render_error=lambda error, *_: Response({"message": error.message})),
        base_path="/sampler",
    )
    return [*load_services(Sources(places=(bundled("specs"),))), sampler]


class Pair:
    """Both servers, with handlers that record their arguments."""

    def __init__(self, served: list[Service]) -> None:
        self._noted = Verdict()
        self._locum = self._serve_on_locum(served)
        self._stock = {service.name: self._serve_on_stock(service) for service in served}

    async def ask(self, service: Service, request: Request) -> Exchange:
        """Send one request to both."""
        stock = await self._send(self._stock[service.name], request)
        return Exchange(service, request, stock, await self._send(self._locum, request))

    def _serve_on_locum(self, served: list[Service]) -> Application:
        for service in served:
            for operation in service.contract.operations.values():
                names = [parameter.argument for parameter in operation.parameters]
                service.handlers[operation.operation_id] = self._stub(operation, names)
        keys = tuple(key for service in served for key in service.api.keys)
        worlds = Worlds({service.name: service.api.seed for service in served if service.api.seed})
        authentication = Authentication(AuthMode.STRICT, Tokens(), keys)
        settings = Settings(max_body=MOST_BYTES)
        return Application(Assembly(settings=settings, services=served, worlds=worlds, authentication=authentication))

    def _serve_on_stock(self, service: Service) -> connexion.AsyncApp:
        """Serve with stock Connexion and validate in both directions; one application per document."""
        operations = {operation.operation_id: operation for operation in service.contract.operations.values()}

        def resolve(operation_id: str) -> Any:
            operation = operations[operation_id]
            # Connexion passes no headers and no cookies; it calls the argument of `id` `id_`.
            names = [pythonic(item.name) for item in operation.parameters if item.location in {"path", "query"}]
            stub = self._stub(operation, [name.removesuffix("_") for name in names])

            async def handler(**arguments: Any) -> Any:
                return stub(**{name.removesuffix("_"): value for name, value in arguments.items()}), operation.success

            handler.__signature__ = _signature([*names, *stub.body])
            return handler

        application = connexion.AsyncApp(
            "oracle",
            pythonic_params=True,
            security_map={"bearer": _Bearer, "apiKey": _ApiKey},
            resolver=Resolver(function_resolver=resolve),
        )
        # A dict, which Connexion does not render with Jinja; and a copy, which it may change.
        document = json.loads(json.dumps(service.contract.document.content))
        application.add_api(document, base_path=service.base_path, validate_responses=True)
        return application

    def _stub(self, operation: Operation, names: list[str]) -> Any:
        """Return a handler that records its arguments and returns the example of the contract."""
        body = ["body"] if operation.body is not None else []
        media = next(iter(operation.declares(operation.success).media_types.values()), None)
        answer = None
        if media is not None:
            answer = media.example if media.example is not None else {}

        def stub(**arguments: Any) -> Any:
            self._noted.operation_id = operation.operation_id
            self._noted.arguments = {name: arguments.get(name) for name in [*names, *body]}
            return answer

        stub.__signature__ = _signature([*names, *body])
        stub.body = body
        return stub

    async def _send(self, application: Any, request: Request) -> Verdict:
        self._noted = verdict = Verdict()
        half = len(request.body) // 2
        parts = [request.body[:half], request.body[half:]] if request.chunked else [request.body]
        messages = [
            {"type": "http.request", "body": part, "more_body": index + 1 < len(parts)}
            for index, part in enumerate(parts)
        ]

        async def receive() -> dict[str, Any]:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            verdict.status = message.get("status", verdict.status)
            verdict.body += message.get("body", b"")

        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": "http",
            "method": request.method,
            "path": unquote(request.path.decode("ascii")),
            "raw_path": request.path,
            "query_string": request.query,
            "root_path": "",
            "headers": [(b"host", b"localhost"), *request.wire_headers()],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 4010),
            "state": {},
        }
        with contextlib.suppress(Exception):  # it has sent a 500 by then, and raises for the log of the server
            await application(scope, receive, send)
        return verdict


def _signature(names: list[str]) -> inspect.Signature:
    return inspect.Signature(
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None) for name in dict.fromkeys(names)
    )


class _Bearer(BearerSecurityHandler):
    def _resolve_func(self, security_scheme):  # noqa: ARG002 (Connexion's signature)
        return lambda text: {"sub": "ada"} if text == TOKEN else None


class _ApiKey(ApiKeySecurityHandler):
    def _resolve_func(self, security_scheme):  # noqa: ARG002 (Connexion's signature)
        return lambda text: {"sub": "ada"} if text == DEVELOPMENT_KEY else None


def generated(service: Service, examples: int) -> list[Request]:
    """Return the requests of the phases of Schemathesis, always the same ones."""
    seen: list[Request] = []

    async def collect(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = [(name.lower(), value) for name, value in scope["headers"]]
        kept = tuple(header for header in headers if header[0] not in UNINTERESTING)
        seen.append(Request(scope["method"], scope["raw_path"], scope["query_string"], kept, body))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    config = SchemathesisConfig.from_dict(_config(service, examples))
    schema = schemathesis.openapi.from_dict(service.contract.document.content, config=config)
    schema.app = collect
    # Hypothesis uses constants of all imported modules, which depend on other tests.
    with mock.patch.object(providers, "_get_local_constants", providers.Constants):
        providers.CONSTANTS_CACHE.cache.clear()
        for event in from_schema(schema).execute():
            assert not isinstance(event, events.NonFatalError | events.FatalError), event
    providers.CONSTANTS_CACHE.cache.clear()
    return list(dict.fromkeys(seen))


def _config(service: Service, examples: int) -> dict[str, Any]:
    schemes = service.contract.security_schemes
    bearer = {name: {"bearer": TOKEN} for name, scheme in schemes.items() if scheme["type"] == "http"}
    return {
        **({"auth": {"openapi": bearer}} if bearer else {}),
        "seed": 20260101,
        "base-url": "http://127.0.0.1:4010" + service.base_path,
        "continue-on-failure": True,
        "cache": {"enabled": False},
        "generation": {"database": "none", "deterministic": True},
        "checks": {"enabled": False},
        "phases": {
            "examples": {"enabled": True},
            "coverage": {"enabled": True},
            "fuzzing": {"enabled": True, "generation": {"max-examples": examples}},
            "stateful": {"enabled": False},
        },
    }


def bases(exchanges: list[Exchange], each: int) -> list[Exchange]:
    """Choose a few exchanges of each operation in which both called its handler."""
    taken: Counter[str] = Counter()
    chosen = []
    for exchange in exchanges:
        if exchange.locum.accepted and exchange.same_handler and taken[exchange.locum.operation_id] < each:
            taken[exchange.locum.operation_id] += 1
            chosen.append(exchange)
    return chosen


def variations(request: Request) -> Iterator[Request]:
    """Yield equivalent and invalid variations of a request: framing, percent-encoding, headers, edge cases of JSON.

    Schemathesis does not generate these.
    """
    for made, other in [*_other_targets(request), *_other_headers(request), *_other_bodies(request)]:
        yield replace(other, made=made)


def _other_targets(request: Request) -> Iterator[tuple[str, Request]]:
    path, query = request.path, request.query
    yield "trailing slash", replace(request, path=path + b"/")
    if path[-3:-2] != b"%":
        yield "last character encoded", replace(request, path=path[:-1] + b"%%%02X" % path[-1])
    yield "encoded slash", replace(request, path=path + b"%2Fmore")
    yield "path not UTF-8", replace(request, path=path + b"%FF")
    yield "line feed in the path", replace(request, path=path + b"%0A")
    for method in ("HEAD", "OPTIONS"):
        yield method, replace(request, method=method, body=b"")
    joined = query + b"&" if query else b""
    yield "unknown query parameter", replace(request, query=joined + b"unknown=1")
    yield "query not UTF-8", replace(request, query=joined + b"unknown=%FF")
    for pair in query.split(b"&") if query else ():
        name = pair.partition(b"=")[0]
        yield f"repeated {name.decode()}", replace(request, query=joined + pair)
        for value in (
            b"",
            b"null",
            b"5",
            b"+5",
            b"%205",
            b"05",
            b"5.0",
            b"1_0",
            b"TRUE",
            b"true",
            b"1",
            b"a,b",
            b"a%7Cb",
        ):
            others = [name + b"=" + value if other == pair else other for other in query.split(b"&")]
            yield f"{name.decode()} as {value.decode()}", replace(request, query=b"&".join(others))


def _other_headers(request: Request) -> Iterator[tuple[str, Request]]:
    yield "unacceptable", request.with_header(b"accept", b"text/csv")
    yield "acceptable at last", request.with_header(b"accept", b"text/csv, application/json;q=0.5")
    yield "preference without a code", request.with_header(b"prefer", b"respond-async")
    for status in (b"200", b"201", b"202", b"204", b"401", b"404"):
        yield f"preferred {status.decode()}", request.with_header(b"prefer", b"code=" + status)
    yield "content type without a slash", request.with_header(b"content-type", b"foo")
    credentials = request.header(b"authorization")
    if credentials:
        key = (b"x-api-key", DEVELOPMENT_KEY.encode())
        yield "bearer in lower case", request.with_header(b"authorization", b"bearer" + credentials[6:])
        yield "two spaces", request.with_header(b"authorization", credentials.replace(b" ", b"  "))
        yield "tab", request.with_header(b"authorization", credentials.replace(b" ", b"\t"))
        yield "another scheme", request.with_header(b"authorization", credentials.replace(b"Bearer", b"Basic"))
        yield "nobody", request.with_header(b"authorization", None)
        yield "by key", request.with_header(b"authorization", None).with_header(*key)
        yield "wrong token, right key", request.with_header(b"authorization", b"Bearer wrong").with_header(*key)
        yield "right token, wrong key", request.with_header(b"x-api-key", b"wrong")


def _other_bodies(request: Request) -> Iterator[tuple[str, Request]]:
    text, content_type = request.body, request.header(b"content-type") or b""
    if not text:
        return
    yield "chunked", replace(request, chunked=True)
    yield "empty body", replace(request, body=b"")
    yield "blank body", replace(request, body=b" ")
    yield "cut body", replace(request, body=text[:-1])
    yield "white space after the body", replace(request, body=text + b" ")
    yield "more after the body", replace(request, body=text + b"x")
    yield "byte order mark", replace(request, body=b"\xef\xbb\xbf" + text)
    yield "too large", replace(request, body=text + b" " * MOST_BYTES)
    yield "no content type", request.with_header(b"content-type", None)
    yield "capital content type", request.with_header(b"content-type", content_type.title())
    yield "charset", request.with_header(b"content-type", content_type + b";charset=utf-8")
    yield "charset after a space", request.with_header(b"content-type", content_type + b"; charset=utf-8")
    yield "unknown charset", request.with_header(b"content-type", content_type + b";charset=none")
    yield "another JSON type", request.with_header(b"content-type", b"application/problem+json")
    yield "text", request.with_header(b"content-type", b"text/plain")
    members = request.json()
    if not isinstance(members, dict):
        return
    for value in (b"NaN", b"1e999", b'"\\ud800"', b"\xff", b"0", b"1.0", b"1" + b"0" * 30, b"[" * 3000 + b"]" * 3000):
        rest = text.lstrip()[1:] if members else b"}"
        extended = b'{"extra": %s%s%s' % (value, b", " if members else b"", rest)
        yield f"extra {value[:9].decode('latin-1')}", replace(request, body=extended)
    for name, value in members.items():
        others = [None, "", "Text\n", {}, [], *([float(value), str(value)] if type(value) is int else [])]
        for other in others:
            yield f"{name} as {other!r}", replace(request, body=json.dumps({**members, name: other}).encode())
        less = {kept: members[kept] for kept in members if kept != name}
        yield f"without {name}", replace(request, body=json.dumps(less).encode())
