"""Plain requests, which are served without a task: the same bytes and the same rules as on uvicorn's own path."""

from __future__ import annotations

import socket
from threading import Thread

import pytest
import uvicorn

from locum.server.application import create
from locum.server.uvicorn_server import configuration
from tests.wire.serving import document, settings_for

ITEM = {"type": "object", "required": ["name"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
JSON = {"application/json": {"schema": ITEM}}
PATHS = {
    "/items": {
        "get": {
            "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"type": "array"}}}}}
        },
        "post": {
            "requestBody": {"required": True, "content": JSON},
            "responses": {"201": {"description": "", "content": JSON}, "400": {"description": ""}},
        },
    },
    "/items/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "get": {"deprecated": True, "responses": {"200": {"description": "", "content": JSON}}},
        "delete": {"responses": {"204": {"description": ""}}},
    },
    "/text": {
        "get": {"responses": {"200": {"description": "", "content": {"text/plain": {"example": "x" * 100_000}}}}}
    },
    "/page": {"get": {"responses": {"200": {"description": "", "content": {"text/html": {"example": "<p>"}}}}}},
}
HOST = b"Host: localhost\r\n"
CLOSE = b"Connection: close\r\n"
BODY = b'{"name": "Ada"}'


def get(path=b"/items", head=b"", method=b"GET", version=b"1.1"):
    return b"%b %b HTTP/%b\r\n%b%b\r\n" % (method, path, version, HOST, head)


def post(body=BODY, head=b"", path=b"/items"):
    return get(path, b"Content-Type: application/json\r\nContent-Length: %d\r\n%b" % (len(body), head), b"POST") + body


LAST = get(b"/nothing", CLOSE)
"""A request that closes the connection; it is appended unless a case ends with END or HALF."""
END = b""
"""The server closes the connection."""
HALF = None
"""The client closes its half of the connection."""
REQUESTS = {
    "GET": [get()],
    "HEAD": [get(method=b"HEAD")],
    "HEAD of what is not there": [get(b"/none", method=b"HEAD")],
    "POST": [post(), get()],
    "POST in pieces": [post()[:30], post()[30:-4], post()[-4:]],
    "POST byte by byte": [post()[at : at + 1] for at in range(len(post()))],
    "a body that breaks its schema": [post(b'{"name": 1}')],
    "a body that is not JSON": [post(b"{")],
    "an empty body": [post(b"")],
    "no Content-Length": [get(method=b"POST", head=b"Content-Type: application/json\r\n")],
    "a chunked body": [
        get(method=b"POST", head=b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"),
        b"f\r\n" + BODY + b"\r\n0\r\n\r\n",
    ],
    "a large body": [post(b'{"name": "%b"}' % (b"x" * 70_000))],
    "a body beyond the limit": [post(b'{"name": "%b"}' % (b"x" * 210_000))],
    "Expect": [post(head=b"Expect: 100-continue\r\n")],
    "pipelined": [get() + post() + get(method=b"HEAD") + get(b"/none") + post(b"{}")],
    "more pipelined than are served in a row": [get(b"/items?x=1") * 150],
    "a chunked body among plain ones": [
        get() + get(method=b"POST", head=b"Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n" + get()
    ],
    "DELETE": [get(b"/items/1", method=b"DELETE")],
    "OPTIONS": [get(method=b"OPTIONS")],
    "a method that is not declared": [get(method=b"PATCH")],
    "a deprecated operation": [get(b"/items/1")],
    "a large response": [get(b"/text")],
    "a large response, and others": [get(b"/text") * 5 + get()],
    "a page": [get(b"/page")],
    "an encoded path": [get(b"/items/a%2Fb%C3%A9")],
    "a path that is not UTF-8": [get(b"/items/%ff")],
    "a fragment": [get(b"/items#part")],
    "a query": [get(b"/items?limit=%zz&a=b#c")],
    "the absolute form": [get(b"http://localhost/items")],
    "the asterisk form": [get(b"*", method=b"OPTIONS")],
    "the authority form": [get(b"localhost:1", method=b"CONNECT")],
    "a double slash": [get(b"//items")],
    "a world in the path": [get(b"/~ada/items")],
    "a world in a header": [get(head=b"X-Locum-World: ada\r\n")],
    "a world of an impossible name": [get(head=b"X-Locum-World: a/b\r\n")],
    "a page of locum": [get(b"/__locum/health")],
    "another host": [b"GET /items HTTP/1.1\r\nHost: evil.example\r\n\r\n"],
    "no host": [b"GET /items HTTP/1.1\r\n\r\n"],
    "two hosts": [get(head=HOST)],
    "a repeated header": [get(head=b"Accept: text/plain\r\nAccept: application/json\r\n")],
    "an origin": [get(head=b"Origin: http://localhost:3000\r\n")],
    "HTTP/1.0": [get(version=b"1.0"), END],
    "HTTP/1.0 kept alive": [get(version=b"1.0", head=b"Connection: keep-alive\r\n"), END],
    "HTTP/1.0 without a host": [b"GET /items HTTP/1.0\r\n\r\n", END],
    "HTTP/2.0": [get(version=b"2.0"), END],
    "Connection: close": [get(head=CLOSE) + get(), END],
    "an upgrade": [get(head=b"Connection: Upgrade, close\r\nUpgrade: websocket\r\n"), END],
    "an upgrade to HTTP/2": [
        get(head=b"Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"),
        END,
    ],
    "a preference": [get(head=b"Prefer: code=201\r\n")],
    "a fault": [get(head=b"X-Locum-Fault: status=503\r\n")],
    "a fault on the wire": [get(head=b"X-Locum-Fault: truncated\r\n"), END],
    "a reset": [get(head=b"X-Locum-Fault: reset\r\n"), END],
    "a slow body": [get(b"/page", head=b"X-Locum-Fault: slow=1000B/s\r\n")],
    "a type that is not accepted": [get(head=b"Accept: image/png\r\n")],
    "an unknown coding": [post(head=b"Content-Encoding: zip\r\n")],
    "a header beyond the limit": [get(head=b"X: %b\r\n" % (b"x" * 70_000))],
    "a folded header": [get(head=b"X: a\r\n b\r\n")],
    "a header without a colon": [get(head=b"X\r\n")],
    "line feeds alone": [get().replace(b"\r\n", b"\n")],
    "bytes that are no request": [b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"],
    "two lengths": [post(head=b"Content-Length: 3\r\n")],
    "a length that is no number": [get(method=b"POST", head=b"Content-Length: ten\r\n")],
    "a length and chunks": [post(head=b"Transfer-Encoding: chunked\r\n")],
    "the beginning of a request": [get()[:20], HALF],
    "the beginning of a body": [post()[:-5], HALF],
    "empty lines first": [b"\r\n\r\n" + get()],
}


for _path, _item in PATHS.items():
    for _method in _item.keys() & {"get", "post", "delete"}:
        _item[_method]["operationId"] = f"{_method}{_path}"


class _WithoutFastPath:
    """The application without the function that serves plain requests synchronously."""

    def __init__(self, application):
        self.application = application

    async def __call__(self, scope, receive, send):
        await self.application(scope, receive, send)


class _Served:
    """A server in a thread."""

    def __init__(self, settings, *, is_fast):
        self.application = create(settings)
        app = self.application.app if is_fast else _WithoutFastPath(self.application.app)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.server = uvicorn.Server(configuration(app))
        self.thread = Thread(target=self.server.run, kwargs={"sockets": [self.listener]})
        self.address = self.listener.getsockname()
        self.thread.start()

    def stop(self):
        self.server.should_exit = True
        self.thread.join()

    def received(self, pieces):
        """Send pieces one by one, and return all bytes that the server sends until it closes the connection."""
        with socket.create_connection(self.address, timeout=10) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            found = []
            try:
                for piece in pieces if pieces and pieces[-1] in {END, HALF} else [*pieces, LAST]:
                    if piece is HALF:
                        connection.shutdown(socket.SHUT_WR)
                    else:
                        connection.sendall(piece)
                while data := connection.recv(65536):
                    found.append(data)
            except ConnectionError as error:
                found.append(type(error).__name__.encode())
        return b"".join(found)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    servers = [
        _Served(
            settings_for(tmp_path_factory.mktemp("plain"), {"shop": document(PATHS)}, {}, max_body=200_000),
            is_fast=is_fast,
        )
        for is_fast in (True, False)
    ]
    yield servers
    for server in servers:
        server.stop()


@pytest.mark.parametrize("name", REQUESTS)
def test_both_protocols_send_the_same_bytes(both, name):
    for server in both:
        for world in server.application.worlds.all():
            server.application.worlds.drop(world.name)
    short, long = (server.received(REQUESTS[name]) for server in both)
    for server in both:
        server.received([])  # by now, the loop has recorded an incomplete request

    assert short == long
    kept = [
        [entry.plain(timed=False) for entry in server.application.worlds.default.journal.entries] for server in both
    ]
    assert kept[0] == kept[1]
