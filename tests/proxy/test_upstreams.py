"""Upstreams that are broken, slow or gone, and what never reaches another server than the given one."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from contextlib import closing
from threading import Event

import pytest

from locum.proxy.addresses import parse_address
from locum.proxy.connection import UpstreamConnection
from locum.proxy.headers import forwarded_head, passed_on
from tests.proxy.conftest import Proxied
from tests.proxy.raw import Raw, response
from tests.proxy.shop import Running, Shop


class Front:
    """A proxy in a world that has an upstream of its own."""

    def __init__(self, proxy, world):
        self._proxy = proxy
        self._world = world

    def __call__(self, method, path, body=None, headers=None):
        return self._proxy(method, path, body, headers, world=self._world)

    def last(self):
        return self._proxy.last(self._world)

    def connect(self):
        return closing(socket.create_connection(("127.0.0.1", int(self._proxy.url.rpartition(":")[2])), 10))

    def exchange(self, head, body=b""):
        """Send a request, and return all bytes until the connection is closed."""
        with self.connect() as client:
            client.sendall(f"{head}\r\nX-Locum-World: {self._world}\r\n\r\n".encode() + body)
            received = b""
            while part := client.recv(65536):
                received += part
        return received

    @property
    def world(self):
        return self._proxy.worlds.existing(self._world)

    @property
    def world_line(self):
        return f"X-Locum-World: {self._world}\r\n".encode()


@pytest.fixture
def behind(proxy, world):
    """Return a function that starts a raw upstream with its answer; the proxy in front of it is shared."""
    running = []

    def start(answer, **settings):
        upstream = Raw(answer)
        running.append(upstream)
        front = proxy(**settings)
        front.worlds.drop(world)
        front.worlds.named(world).proxying.upstream = upstream.url
        return upstream, Front(front, world)

    yield start
    for upstream in running:
        upstream.__exit__()


BROKEN = {
    "no http": b"hello\r\n\r\n",
    "no response": None,
    "cut off": response(b"[1, 2, 3]")[:-4],
    "two lengths": response(b"[]", "200 OK", "Content-Length: 3"),
    "length and chunks": response(b"[]", "200 OK", "Transfer-Encoding: chunked"),
    "folded": response(b"[]", "200 OK", "X-A: 1\r\n X-B: 2"),
    "another protocol": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
    "no status": response(b"[]", "700 OK"),
    "large head": response(b"[]", "200 OK", "X-A: " + "a" * 300_000),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_response_is_a_bad_gateway(behind, name):
    def answer(_, head):
        def send(connection, _):
            connection.sendall(BROKEN[name])
            connection.shutdown(socket.SHUT_WR)

        return None if BROKEN[name] is None else send

    _, front = behind(answer)

    reply = front("GET", "/v1/pets")

    assert (reply.status, list(reply.json), reply.source) == (502, ["error"], "mock")
    assert (front.last().verdict, front.last().branch) == ("upstream_broken", "failed in upstream")


def test_two_responses_to_one_request_are_never_mixed_up(behind):
    upstream, front = behind(lambda number, _: response(b'["%d"]' % number) + response(b'["smuggled"]'))

    assert [front("GET", "/v1/pets").body for _ in range(3)] == [b'["1"]', b'["2"]', b'["3"]']
    assert upstream.connections == 3


def test_an_upstream_that_stops_in_the_middle_of_a_stream_ends_the_response(behind):
    def answer(_, head):
        def send(connection, _):
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
            )
            connection.shutdown(socket.SHUT_WR)

        return send

    _, front = behind(answer)

    received = front.exchange("GET /v1/files/1 HTTP/1.1\r\nHost: localhost")

    assert received.endswith(b"3\r\nabc\r\n")
    assert front.last().violations[-1]["keyword"] == "upstream_broken"


def test_a_silent_upstream_times_out(behind):
    def answer(_, head):
        return lambda connection, _: connection.recv(1)

    _, front = behind(answer, upstream_timeout=0.2)

    reply = front("GET", "/v1/pets")

    assert (reply.status, front.last().verdict) == (504, "upstream_timeout")


def test_an_upstream_may_restart_and_unreachable_ones_are_named_without_credentials():
    first = Running(Shop().application)
    front = Proxied(upstream=f"http://user:geheim@127.0.0.1:{first.port}")
    assert front("GET", "/v1/pets").status == 200

    first.stop()
    gone = front("GET", "/v1/pets")
    assert (gone.status, front.last().verdict) == (502, "upstream_unreachable")
    assert "geheim" not in gone.body.decode() + str(front.last()) + front.control("GET", "/settings").body.decode()

    again = Running(Shop().application, first.port)
    assert front("POST", "/v1/pets", {"name": "Ada"}).status == 201
    again.stop()
    front.running.stop()


def test_a_request_that_can_be_repeated_survives_a_connection_that_was_closed_meanwhile(behind):
    def answer(number, head):
        return None if number == 2 else response(b"[%d]" % number)

    upstream, front = behind(answer)

    assert front("GET", "/v1/pets").body == b"[1]"
    assert front("GET", "/v1/pets").body == b"[3]"
    assert upstream.connections == 2


def test_a_request_that_cannot_be_repeated_is_not(behind):
    upstream, front = behind(lambda number, _: None if number == 2 else response(b"[]"))

    front("GET", "/v1/pets")
    reply = front("POST", "/v1/pets", {"name": "Ada"})

    assert reply.status == 502
    assert len(upstream.requests) == 2


def test_the_user_of_the_url_is_sent_unless_the_client_has_a_credential(behind):
    upstream, front = behind(lambda *_: response())
    front.world.proxying.upstream = upstream.url.replace("//", "//ada:%3A@")

    front("GET", "/v1/pets")
    front("GET", "/v1/pets", headers={"Authorization": "Bearer x"})

    assert b"authorization: Basic YWRhOjo=" in upstream.requests[0]
    assert b"Basic" not in upstream.requests[1]


def test_trailers_and_interim_responses_pass_in_both_directions(behind):
    def answer(_, head):
        def send(connection, rest):
            while not rest.endswith(b"\r\n\r\n"):
                rest += connection.recv(65536)
            upstream.bodies = rest
            connection.sendall(
                b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"2\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n"
            )
            connection.shutdown(socket.SHUT_WR)

        return send

    upstream, front = behind(answer)

    received = front.exchange(
        "POST /v1/echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nTrailer: X-In",
        b"2\r\n{}\r\n0\r\nX-In: 7\r\n\r\n",
    )

    assert upstream.bodies == b"2\r\n{}\r\n0\r\nx-in: 7\r\n\r\n"
    assert b"x-in: 7" not in upstream.requests[0]
    assert b"te: trailers" in upstream.requests[0]
    assert received.startswith(b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert received.endswith(b"2\r\n{}\r\n0\r\nx-sum: 1\r\n\r\n")


@pytest.mark.parametrize("status", [204, 304])
def test_the_length_of_a_response_without_a_body_passes(behind, status):
    _, front = behind(lambda *_: f"HTTP/1.1 {status} X\r\nContent-Length: 40\r\n\r\n".encode())

    for _ in range(2):
        reply = front("GET", "/v1/pets")

        assert (reply.status, reply.body, reply.headers["Content-Length"]) == (status, b"", "40")


@pytest.mark.parametrize("length", ["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", ""])
def test_the_head_of_a_response_has_no_body(behind, length):
    upstream, front = behind(lambda *_: f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{length}\r\n".encode())

    assert [front("HEAD", "/v1/pets").body for _ in range(3)] == [b""] * 3
    assert upstream.connections == (1 if length else 3)


TARGETS = [
    "http://{other}/v1/pets",
    "http://{other}@127.0.0.1/v1/pets",
    "//{other}/v1/pets",
    "/\\{other}/v1/pets",
    "/v1/pets/..;@{other}",
    "/v1/pets?to=http://{other}/",
]


@pytest.mark.parametrize("target", TARGETS)
def test_no_request_reaches_another_server_than_the_upstream(behind, target):
    with Raw(lambda *_: response()) as other:
        redirect = response(b"[]", "302 Found", f"Location: {other.url}/v1/pets")
        upstream, front = behind(lambda *_: redirect, undeclared="forward")
        name = "{}:{}".format(*other.address)
        front.exchange(
            f"GET {target.format(other=name)} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-Host: {name}\r\n"
            f"Forwarded: host={name}\r\nConnection: close"
        )

        assert other.connections == 0
        assert all(f"host: {upstream.url[7:]}".encode() in head for head in upstream.requests)


@pytest.mark.parametrize("path", ["/v1/../admin", "/v1/%2e%2e/admin", "/v1/.%2E/admin", "/..", "/v1/pets/./1"])
def test_no_request_leaves_the_path_of_the_upstream(behind, path):
    upstream, front = behind(lambda *_: response(), undeclared="forward")

    assert front("GET", path).status == 400
    assert upstream.requests == []


def test_a_tunnel_to_another_server_is_refused(behind):
    upstream, front = behind(lambda *_: response(), undeclared="forward")
    with Raw(lambda *_: response()) as other:
        name = "{}:{}".format(*other.address)
        received = front.exchange(f"CONNECT {name} HTTP/1.1\r\nHost: {name}\r\nConnection: close")

        assert b" 200 " not in received.partition(b"\r\n")[0]
        assert (other.connections, upstream.requests) == (0, [])


def test_a_proxy_in_front_of_itself_ends_the_circle(proxy, world):
    front = proxy()
    front.control("PUT", f"/worlds/{world}/upstream", {"url": front.url})
    front.control("PUT", "/worlds/default/upstream", {"url": front.url})

    assert front("GET", "/v1/pets", world=world).status == 508


@pytest.mark.parametrize(
    "url",
    ["", "ftp://a", "http://", "http://a:b", "http://a/?x", "http://a/#", "http://a b", "http://a/..", "//a", "a"],
)
def test_an_invalid_url_is_named_without_its_credentials(url):
    with pytest.raises(ValueError, match="upstream") as raised:
        parse_address(url.replace("//", "//user:geheim@"))

    assert "geheim" not in str(raised.value)


def test_urls_are_read_with_their_parts():
    address = parse_address("https://ada:x@[::1]:8443/base/")

    assert (address.url, address.prefix, address.authority) == ("https://[::1]:8443/base", b"/base", b"[::1]:8443")
    assert "ada" not in repr(address)


def test_a_websocket_connection_is_tunnelled(behind):
    def answer(_, head):
        def talk(connection, rest):
            connection.sendall(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: x\r\n\r\nhello"
            )
            while part := connection.recv(65536):
                connection.sendall(part.upper())

        return talk

    upstream, front = behind(answer)

    with front.connect() as client:
        client.sendall(
            b"GET /v1/socket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + front.world_line
            + b"Sec-WebSocket-Key: abc\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        received = b""
        while not received.endswith(b"hello"):
            received += client.recv(65536)
        data = b"abc" * 100_000
        client.sendall(data)
        echoed = b""
        while len(echoed) < len(data):
            echoed += client.recv(65536)

    assert received.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert b"connection: upgrade" in received.lower()
    assert echoed == data.upper()
    assert b"sec-websocket-key: abc" in upstream.requests[0]
    assert b"connection: upgrade" in upstream.requests[0]
    entry = front.last()
    assert (entry.operation, entry.status, entry.source) == ("socket", 101, "upstream")


def test_a_refused_websocket_connection_is_a_plain_response(behind):
    _, front = behind(lambda *_: response(b'{"error": "no"}', "403 Forbidden"))

    reply = front("GET", "/v1/socket", headers={"UpstreamConnection": "Upgrade", "Upgrade": "websocket"})

    assert (reply.status, reply.json) == (403, {"error": "no"})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1, with its key."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


def test_https_upstreams_are_verified_and_see_the_certificate_of_the_client(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.load_verify_locations(certificate)
    context.verify_mode = ssl.CERT_OPTIONAL
    with Raw(lambda *_: None) as upstream:
        clients = []

        def serve(connection):
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    clients.append(bool(secure.getpeercert()))
                    secure.recv(65536)
                    secure.sendall(response())
            except (OSError, ssl.SSLError):
                pass

        upstream._serve = serve
        url = upstream.url.replace("http", "https")
        statuses = []
        for settings in ({}, {"upstream_ca": certificate}, {"upstream_insecure": True}, {"upstream_ca": certificate, "upstream_cert": certificate}):  # fmt: skip
            front = Proxied(upstream=url, **settings)
            reply = front("GET", "/v1/pets")
            front.running.stop()
            statuses.append(reply.status)
            if reply.status == 502:
                assert "--upstream-ca" in reply.json["error"]

    assert statuses == [502, 200, 200, 200]
    assert clients[-3:] == [False, False, True]


def test_the_parts_of_a_stream_arrive_as_they_are_sent(behind):
    may_go_on = Event()

    def answer(_, head):
        def send(connection, _):
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: 1\n\n"
            )
            may_go_on.wait(20)
            connection.sendall(b"data: 2\n\n")

        return send

    _, front = behind(answer)

    with front.connect() as client:
        client.sendall(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n" + front.world_line + b"\r\n")
        received = b""
        while b"data: 1\n\n" not in received:
            received += client.recv(65536)
        may_go_on.set()
        while not received.endswith(b"\r\n0\r\n\r\n"):
            received += client.recv(65536)

    assert b"data: 2\n\n" in received


def test_the_parts_of_a_request_arrive_as_they_are_sent(behind):
    first_seen = Event()

    def answer(_, head):
        def receive(connection, rest):
            while b"one" not in rest:
                rest += connection.recv(65536)
            first_seen.set()
            while not rest.endswith(b"0\r\n\r\n"):
                rest += connection.recv(65536)
            connection.sendall(response(b'{"size": 6, "digest": "x"}'))

        return receive

    _, front = behind(answer)

    with front.connect() as client:
        head = b"PUT /v1/files/a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n" + front.world_line
        client.sendall(head + b"Content-Type: application/octet-stream\r\n\r\n3\r\none\r\n")
        assert first_seen.wait(20)
        client.sendall(b"3\r\ntwo\r\n0\r\n\r\n")
        received = client.recv(65536)

    assert received.startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("kind", ["response", "request"])
def test_the_upstream_notices_that_a_client_has_gone(behind, kind):
    began, ended = Event(), Event()

    def answer(_, head):
        def hold(connection, _):
            if kind == "response":
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
            began.set()
            with contextlib.suppress(OSError):
                while connection.recv(65536):
                    pass
            ended.set()

        return hold

    _, front = behind(answer)

    with front.connect() as client:
        method, path = ("GET", "events") if kind == "response" else ("PUT", "files/a")
        body = b"" if kind == "response" else b"Transfer-Encoding: chunked\r\n"
        client.sendall(
            f"{method} /v1/{path} HTTP/1.1\r\nHost: localhost\r\n".encode() + body + front.world_line + b"\r\n"
        )
        assert began.wait(20)
        if kind == "response":
            client.recv(65536)

    assert ended.wait(20)


def test_many_clients_at_once_get_their_own_responses(behind):
    def answer(_, head):
        return response(head.partition(b" HTTP")[0].rpartition(b"=")[2].join([b'["', b'"]']))

    _, front = behind(answer)
    requests = [
        b"GET /v1/pets?n=%d HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" % number + front.world_line + b"\r\n"
        for number in range(200)
    ]
    with contextlib.ExitStack() as held:
        clients = [held.enter_context(front.connect()) for _ in requests]
        for client, request in zip(clients, requests, strict=True):
            client.sendall(request)
        received = []
        for client in clients:
            data = b""
            while part := client.recv(65536):
                data += part
            received.append(data.rpartition(b"\r\n")[2])

    assert received == [b'["%d"]' % number for number in range(200)]


def test_line_breaks_in_values_that_the_proxy_adds_are_stripped():
    scope = {"method": "GET", "path": "/a", "query_string": b"", "headers": [], "client": ("1.2.3.4\r\nX-A: 1", 1)}
    scope["root_path"] = "/~a\r\nX-B: 2"
    address = parse_address("http://127.0.0.1")

    head = forwarded_head(scope, {b"host": b"a\r\nX-C: 3"}, address, length=0)
    passed = passed_on(
        [(b"location", b"http://127.0.0.1/x")],
        {b"location": b"http://127.0.0.1/x"},
        lambda: (b"http://127.0.0.1", b"http://a\r\nX-D: 4"),
    )

    assert not [line for line in head.split(b"\r\n") if line.lower().startswith(b"x-") and b"forwarded" not in line]
    assert (b"location", b"http://a X-D: 4/x") in passed


def test_a_connection_with_a_response_to_no_request_is_not_used():
    class Transport:
        closed = False

        def abort(self):
            self.closed = True

        def is_closing(self):
            return self.closed

    connection = UpstreamConnection(asyncio.new_event_loop(), 1)
    connection.connection_made(Transport())
    assert connection.is_open

    connection.data_received(response())

    assert not connection.is_open
    assert connection.transport.closed
    connection._loop.close()
