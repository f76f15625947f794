"""Limits: the size and time of requests, unread responses, and the memory of worlds."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress

import pytest

from locum.errors import Conflict, OutOfRoom
from locum.journal import stream as journal_stream
from locum.journal.stream import Broadcast
from locum.world.journal import Journal
from locum.world.worlds import Worlds
from tests.journals import EMPTY
from tests.wire.generated import generated

NOTE = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}, "text": {"type": "string"}, "any": {}},
}
ONE = {"description": "one", "content": {"application/json": {"schema": NOTE}}}
FULL = {
    "description": "full",
    "content": {
        "application/json": {
            "schema": {"type": "object", "required": ["reason"], "properties": {"reason": {"type": "string"}}}
        }
    },
}
PATHS = {
    "/notes": {
        "get": {
            "operationId": "listNotes",
            "responses": {
                "200": {
                    "description": "all",
                    "content": {"application/json": {"schema": {"type": "array", "items": NOTE}}},
                }
            },
        },
        "post": {
            "operationId": "createNote",
            "requestBody": {"content": {"application/json": {"schema": NOTE}}},
            "responses": {"201": ONE, "429": FULL},
        },
    },
    "/notes/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "get": {"operationId": "getNote", "responses": {"200": ONE}},
        "delete": {"operationId": "deleteNote", "responses": {"204": {"description": "gone"}}},
    },
}
DOCUMENT = {"openapi": "3.0.3", "info": {"title": "Notes", "version": "1"}, "paths": PATHS}

HEAD = b"GET /notes HTTP/1.1\r\nHost: localhost\r\n"
MIB = 1024 * 1024


@pytest.fixture
def served(tmp_path):
    """Return a function that serves the notes with these settings."""
    open_servers = []

    def serve(**settings):
        found = generated(tmp_path, DOCUMENT, empty=True, **settings)
        open_servers.append(found)
        return found.__enter__()

    yield serve
    for found in open_servers:
        found.__exit__(None, None, None)


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("notes"), DOCUMENT, empty=True) as server:
        yield server


def read_all(connection) -> bytes:
    """Read until the server closes the connection."""
    data = bytearray()
    with suppress(ConnectionResetError):
        while piece := connection.recv(MIB):
            data += piece
    return bytes(data)


def small_reader(address) -> socket.socket:
    """Connect a client with a small receive buffer."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(10)
    connection.connect(address)
    return connection


def status_of(data: bytes) -> int:
    return int(data.split(b" ")[1]) if data else 0


# The head of a request


def test_an_endless_header_is_rejected_at_the_limit(notes):
    sent = 0
    with notes.connect() as connection:
        connection.sendall(HEAD + b"X-Endless: ")
        with suppress(OSError):
            while sent < 64 * MIB:
                sent += connection.send(b"a" * 65536)
    assert sent < 16 * MIB


@pytest.mark.parametrize(
    ("head", "status", "code"),
    [
        (HEAD + b"X-Large: " + b"a" * 70_000, 431, "header_too_large"),
        (HEAD + b"X-Large: " + b"a" * 70_000 + b"\r\n\r\n", 431, "header_too_large"),
        (HEAD + b"".join(b"X-%d: a\r\n" % n for n in range(250)) + b"\r\n", 431, "too_many_headers"),
        (HEAD + b"".join(b"X-%d: %b\r\n" % (n, b"a" * 1000) for n in range(100)) + b"\r\n", 431, "header_too_large"),
        (b"GET /notes?a=" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414, "url_too_long"),
        (b"GET /" + b"a" * 100_000, 414, "url_too_long"),
        (b"\x00\x01\r\n\r\n", 400, "malformed_request"),
        (
            b"POST /notes HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Trailer: "
            + b"a" * 90_000,
            431,
            "",
        ),
        (b"POST /notes HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1;e=" + b"a" * 90_000, 431, ""),
    ],
    ids=["open", "one", "many", "together", "query", "path", "no HTTP", "trailer", "chunk extension"],
)
def test_a_head_beyond_the_limit_is_problem_details(notes, head, status, code):
    with notes.connect() as connection:
        connection.sendall(head)
        data = read_all(connection)
    assert status_of(data) == status, data
    assert b"connection: close" in data
    assert b"application/problem+json" in data
    assert code in json.loads(data.partition(b"\r\n\r\n")[2])["code"]


def test_a_head_within_the_limits_is_read(notes):
    headers = b"".join(b"X-%d: %b\r\n" % (n, b"a" * 300) for n in range(150))
    assert notes.raw(HEAD + headers + b"\r\n").status == 200
    assert notes("GET", "/notes?" + "a" * 16_000).status == 200


def test_a_request_that_follows_a_large_body_is_not_rejected(notes):
    """The limit applies to the head, not to the bytes received with it."""
    body = json.dumps({"id": "a", "text": "a" * 200_000}).encode()
    post = b"POST /notes HTTP/1.1\r\nHost: localhost\r\nX-Locum-World: after\r\nContent-Type: application/json\r\n"
    post += b"Content-Length: %d\r\n\r\n" % len(body)
    with notes.connect() as connection:
        for cut in (0, 10, 30):
            connection.sendall(post + body + HEAD[:cut])
            assert notes.reply(connection).status in {201, 409}
            time.sleep(0.01)
            connection.sendall(HEAD[cut:] + b"\r\n")
            assert notes.reply(connection).status == 200


def test_the_number_of_pipelined_requests_is_limited(notes):
    with notes.connect() as connection:
        connection.sendall((HEAD + b"\r\n") * 99 + HEAD + b"Connection: close\r\n\r\n")
        assert read_all(connection).count(b"HTTP/1.1 200") == 100
    with notes.connect() as connection:
        with suppress(OSError):
            connection.sendall((HEAD + b"\r\n") * 20_000)
        assert read_all(connection).count(b"HTTP/1.1 200") < 20_000


# Time


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hasty")
    with generated(folder, DOCUMENT, empty=True, request_timeout=0.3, idle_timeout=0.4, max_connections=8) as server:
        yield server


@pytest.mark.parametrize(
    "sent",
    [
        HEAD,
        HEAD + b"X-Half: a",
        b"POST /notes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
        b"POST /notes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{",
    ],
    ids=["head", "header", "body", "chunks"],
)
def test_an_incomplete_request_is_408_after_the_timeout(hasty, sent):
    with hasty.connect() as connection:
        connection.sendall(sent)
        data = read_all(connection)
    assert status_of(data) == 408, data
    assert json.loads(data.partition(b"\r\n\r\n")[2])["code"] == "request_timeout"


def test_a_slow_request_is_408_after_the_timeout(hasty):
    with hasty.connect() as connection:
        connection.sendall(HEAD + b"X-Slow: ")
        connection.settimeout(0.05)
        data = b""
        for _ in range(60):
            with suppress(TimeoutError, OSError):
                connection.sendall(b"a")
                data = connection.recv(1000)
                break
    assert status_of(data) == 408


@pytest.mark.parametrize("sent", [b"", b"\r\n\r\n", HEAD + b"\r\n"], ids=["nothing", "empty lines", "one request"])
def test_an_idle_connection_is_closed(hasty, sent):
    with hasty.connect() as connection:
        connection.sendall(sent)
        assert status_of(read_all(connection)) in {0, 200, 408}


def test_a_response_can_take_longer_than_a_request(hasty):
    assert hasty.raw(HEAD + b"X-Locum-Fault: latency=700ms\r\n\r\n").status == 200


def test_beyond_the_connection_limit_the_longest_idle_one_is_closed(hasty):
    silent = [hasty.connect() for _ in range(30)]
    assert hasty("GET", "/notes").status == 200
    for connection in silent:
        connection.close()


def test_busy_connections_are_not_closed_for_new_ones(served):
    server = served(max_connections=2)
    with server.connect() as first, server.connect() as second:
        for connection in (first, second):
            connection.sendall(HEAD + b"X-Locum-Fault: latency=600ms\r\n\r\n")
        time.sleep(0.1)
        rejected = server("GET", "/notes")
        assert (rejected.status, rejected.json["code"]) == (503, "connections_full")
        assert server.reply(first).status == server.reply(second).status == 200


# Unread responses


def fill(server, notes: int, size: int) -> None:
    for number in range(notes):
        assert server("POST", "/notes", {"id": f"n{number}", "text": "a" * size}).status == 201


def test_clients_that_do_not_read_are_reset_and_others_are_served(served):
    server = served(max_unread=4 * MIB)
    fill(server, 4, 2 * MIB)
    with ExitStack() as slow:
        for _ in range(6):
            slow.enter_context(small_reader(server.address)).sendall(HEAD + b"\r\n")
        assert len(server("GET", "/notes").body) > 8 * MIB
        time.sleep(0.1)
        assert len(server.connections) <= 2


@pytest.mark.parametrize("ahead", [1, 2])
def test_no_second_response_is_made_for_a_client_that_does_not_read(served, ahead):
    server = served()
    fill(server, 4, 2 * MIB)
    world = server.application.worlds.default
    before = world.journal.last
    with small_reader(server.address) as connection:
        connection.sendall((HEAD + b"\r\n") * ahead)
        time.sleep(0.3)
        connection.sendall((HEAD + b"\r\n") * (2 - ahead) + HEAD + b"Connection: close\r\n\r\n")
        time.sleep(0.3)
        assert world.journal.last - before == 1
        assert len(read_all(connection)) > 3 * 8 * MIB
    assert world.journal.last - before == 3


def test_a_client_that_stops_reading_is_reset(served):
    server = served(idle_timeout=0.3)
    fill(server, 4, 2 * MIB)
    with small_reader(server.address) as connection:
        connection.sendall(HEAD + b"\r\n")
        time.sleep(1.2)
        assert len(read_all(connection)) < 8 * MIB


# The memory of worlds


def test_headers_and_urls_count_in_the_journal(served):
    server = served(max_world_bytes=4 * MIB)
    with server.connect() as connection:
        for _ in range(200):
            connection.sendall(HEAD + b"X-Large: " + b"a" * 60_000 + b"\r\n\r\n")
            server.reply(connection)
    journal = server.application.worlds.default.journal
    assert 5 < len(journal) < 20
    assert journal.last == 200
    assert journal.bytes <= MIB


def test_headers_of_in_process_requests_count(served):
    server = served(max_world_bytes=4 * MIB)

    async def send_request() -> None:
        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message) -> None:
            pass

        headers = [(b"host", b"test"), (b"x-large", b"a" * 950_000)]
        scope = {"type": "http", "method": "GET", "path": "/notes", "query_string": b"", "headers": headers}
        for _ in range(10):
            await server.application.app(dict(scope), receive, send)

    asyncio.run(send_request())
    assert len(server.application.worlds.default.journal) <= 1


@pytest.mark.parametrize("value", ["a" * 100_000, [[]] * 3_000, {"a": 1}], ids=["text", "empty lists", "small"])
def test_records_beyond_the_limit_of_a_world_are_a_declared_429(served, value):
    server = served(max_world_bytes=MIB)
    made = 0
    reply = server("POST", "/notes", {"id": "n0", "any": value})
    while reply.status == 201 and made < 2000:
        made += 1
        reply = server("POST", "/notes", {"id": f"n{made}", "any": value})
    assert reply.status == 429
    assert "max-world-bytes" in reply.json["reason"]
    world = server.application.worlds.default
    world.measure()
    assert 0.4 * MIB < world.bytes < 1.1 * MIB
    for number in range(made):
        server("DELETE", f"/notes/n{number}")
    assert server("POST", "/notes", {"id": "again", "any": value}).status == 201


def test_replacing_a_record_does_not_fill_a_world(served):
    server = served(max_world_bytes=2 * MIB)
    for number in range(200):
        assert server("POST", "/notes", {"id": f"n{number}", "text": "a" * 50_000}).status == 201, number
        assert server("DELETE", f"/notes/n{number}").status == 204


def test_all_worlds_together_have_a_limit(served):
    server = served(max_bytes=4 * MIB)
    statuses = []
    for number in range(100):
        reply = server("POST", "/notes", {"id": "a", "text": "a" * 100_000}, world=f"w{number}")
        statuses.append(reply.status)
        if reply.status != 201:
            break
    assert statuses[-1] in {429, 507}, statuses
    assert 10 < len(statuses) < 45
    rejected = server("POST", "/notes", {"id": "b", "text": "a"}, world="w1")
    assert rejected.status == 429  # the first of 507, 503 and 429 that the operation declares
    assert "max-bytes" in rejected.json["reason"]
    total = sum(world.bytes for world in server.application.worlds.all())
    assert total < 5 * MIB
    for number in range(20):
        server("DELETE", f"/__locum/worlds/w{number}")
    assert server("POST", "/notes", {"id": "a", "text": "a"}, world="w30").status == 201


def test_the_journals_of_the_longest_unused_worlds_are_dropped_first(served):
    server = served(max_bytes=4 * MIB)
    for number in range(30):
        for _ in range(10):
            assert server("GET", "/notes", world=f"w{number}", X_Large="a" * 30_000).status == 200
    worlds = server.application.worlds
    assert sum(world.bytes for world in worlds.all()) <= 4 * MIB
    assert len(worlds.named("w1").journal) == 0
    assert len(worlds.named("w29").journal) == 10


def test_expired_worlds_free_their_memory():
    now = [0.0]
    worlds = Worlds({}, most=300, most_bytes=4 * MIB, idle=60, monotonic=lambda: now[0])
    for generation in range(5):
        now[0] += 100
        for number in range(200):
            world = worlds.named(f"g{generation}-{number}")
            for _ in range(10):
                world.journal.record(EMPTY, 5000)
        assert sum(world.bytes for world in worlds.all()) <= 4 * MIB
    now[0] += 100
    assert len(worlds.all()) == 1
    assert worlds.default.bytes < 100_000


def test_journals_make_room_for_the_gaps_of_the_allocator_up_to_a_quarter():
    worlds = Worlds({}, most=300, most_bytes=4 * MIB)

    def fill():
        for number in range(200):
            for _ in range(10):
                worlds.named(f"w{number}").journal.record(EMPTY, 5000)
        return sum(world.bytes for world in worlds.all())

    assert fill() > 3.5 * MIB
    worlds.account_gaps(40 * MIB)
    assert 2.5 * MIB < sum(world.bytes for world in worlds.all()) < 3.3 * MIB
    assert fill() < 3.3 * MIB
    worlds.named("w0").check_capacity()
    worlds.account_gaps(0)
    assert fill() > 3.5 * MIB


def test_a_snapshot_beyond_the_limit_of_a_world_is_rejected(served):
    server = served()
    fill(server, 4, MIB)
    snapshot = server("GET", "/__locum/worlds/default/snapshot").json
    worlds = Worlds({}, most_world_bytes=MIB)
    with pytest.raises(Conflict, match="max-world-bytes"):
        worlds.restore("w", snapshot)
    assert [world.name for world in worlds.all()] == ["default"]


def test_a_full_server_creates_no_world():
    worlds = Worlds({}, most_bytes=MIB, others=lambda: 2 * MIB)
    worlds.default.keep(MIB)
    with pytest.raises(OutOfRoom, match="max-bytes"):
        worlds.named("w")


# Subscribers


def test_an_entry_is_rendered_once_for_all_subscribers(monkeypatch, notes):
    rendered = []
    event = journal_stream.event
    monkeypatch.setattr(journal_stream, "event", lambda entry: rendered.append(entry.number) or event(entry))
    for _ in range(50):
        notes("GET", "/notes", world="many")
    journal = notes.application.worlds.named("many").journal
    broadcast = Broadcast()

    async def follow() -> bytes:
        return b"".join([piece async for piece in broadcast.subscribe(lambda: journal, 0, 0.0)])

    async def follow_all():
        return await asyncio.gather(*(follow() for _ in range(300)))

    texts = asyncio.run(follow_all())
    assert len(set(texts)) == 1
    assert texts[0].count(b"event: entry") == 50
    assert rendered == list(range(1, 51))
    journal.clear()
    assert b"event: entry" not in asyncio.run(follow())


def test_the_entries_rendered_for_subscribers_are_limited(notes):
    for _ in range(60):
        notes("GET", "/notes", world="wide", X_Large="a" * 20_000)
    journal = notes.application.worlds.named("wide").journal
    broadcast = Broadcast()

    async def follow() -> None:
        async for piece in broadcast.subscribe(lambda: journal, 0, 0.0):
            assert len(piece) < 512 * 1024

    asyncio.run(follow())
    assert sum(len(data) for *_, data in broadcast._rendered[journal].values()) < 512 * 1024
    wide = journal
    for number in range(40):
        notes("GET", "/notes", world=f"wide{number}")
        journal = notes.application.worlds.named(f"wide{number}").journal
        asyncio.run(follow())
    assert len(broadcast._rendered) < 20
    assert wide not in broadcast._rendered


# Stopping


def test_stopping_ends_streams_slow_clients_and_delays_within_a_second(tmp_path):
    document = tmp_path / "notes.json"
    document.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    errors = tmp_path / "errors.txt"
    command = [sys.executable, "-m", "locum", "serve", str(document), "--port", "0", "--empty"]
    with (
        errors.open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as server,
        ExitStack() as stack,
    ):
        stack.callback(server.kill)
        port = port_of(server)
        streams = [stack.enter_context(open_stream(port)) for _ in range(50)]
        for connection in slow_clients(port):
            stack.enter_context(connection)
        stack.enter_context(send_request(port, HEAD + b"X-Locum-Fault: latency=60s\r\n\r\n"))
        stack.enter_context(send_request(port, HEAD + b"X-Half: "))
        time.sleep(0.3)
        began = time.monotonic()
        server.send_signal(signal.SIGTERM)
        server.wait(10)
        took = time.monotonic() - began
        assert read_all(streams[0]).endswith(b"0\r\n\r\n")
    assert errors.read_text() == ""
    assert took < 2, took  # a second on an idle machine


def port_of(server: subprocess.Popen) -> int:
    for line in server.stdout:
        if b"http://127.0.0.1:" in line:
            return int(line.partition(b"http://127.0.0.1:")[2].split()[0])
    message = "The server did not start."
    raise AssertionError(message)


def send_request(port: int, data: bytes) -> socket.socket:
    connection = small_reader(("127.0.0.1", port))
    connection.sendall(data)
    return connection


def open_stream(port: int) -> socket.socket:
    connection = send_request(port, b"GET /__locum/journal/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert b" 200 " in connection.recv(1000)
    return connection


def slow_clients(port: int) -> list[socket.socket]:
    """Request a response that is larger than the buffers of the system, and do not read it."""
    body = json.dumps({"id": "a", "text": "a" * 4_000_000}).encode()
    head = b"POST /notes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    with send_request(port, head % len(body) + body) as connection:
        assert b" 201 " in connection.recv(100)
    return [send_request(port, (HEAD + b"\r\n") * 3) for _ in range(10)]


def test_a_journal_of_zero_bytes_keeps_nothing():
    journal = Journal(0, 0)
    journal.record(EMPTY, 10)
    assert (len(journal), journal.bytes, journal.last) == (0, 0, 1)
