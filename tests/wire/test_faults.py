"""Injected faults over HTTP: the response, the journal entry, and whether the request has an effect."""

from __future__ import annotations

import http.client
import json
import re
import socket

import pytest

from locum.world.faults import fault_of
from tests.conftest import bearer, make_application
from tests.wire.serving import body, document

NOTE = {"description": "x", "content": {"application/json": {"schema": {"type": "object", "required": ["value"]}}}}
LIMITED = {
    "description": "slow down",
    "headers": {"Retry-After": {"schema": {"type": "integer"}}},
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["error"],
                "properties": {"error": {"type": "string"}},
            }
        }
    },
}
DOCUMENTS = {
    "faults": document(
        {
            "/notes": {
                "get": {"operationId": "notes", "responses": {"200": NOTE, "503": LIMITED, "429": LIMITED}},
                "post": {
                    "operationId": "note",
                    "requestBody": body({"type": "string"}),
                    "responses": {"200": NOTE, "400": LIMITED, "503": LIMITED},
                },
            }
        }
    )
}
HANDLERS = {
    "faults": """
from dataclasses import dataclass
@dataclass(frozen=True)
class Note:
    text: str
def notes(store): return {"value": list(store[Note])}
def note(store, body):
    store[Note][body] = Note(body)
    return {"value": body}
"""
}
WHOLE = b'{"value":[]}'


@pytest.fixture
def add_fault(server, world):
    """Return a function that adds a fault to the world of the test and returns the world."""

    def add(text):
        found = server.application.worlds.named(world)
        found.faults.add(fault_of(text))
        return found

    return add


def entry(server, world):
    return server.application.worlds.named(world).journal.entries[-1]


def test_an_injected_declared_status_has_its_declared_body_and_no_effect(server, world, add_fault):
    add_fault("status=503, times=2")
    responses = [server("POST", "/notes", "a", world=world) for _ in range(2)]

    assert {response.status for response in responses} == {503}
    assert all(response.json["error"] for response in responses)
    assert entry(server, world).verdict == "fault"
    assert entry(server, world).branch == "fault"
    assert entry(server, world).fault == "f1 (times=2, status=503), hit 2"
    assert server("GET", "/notes", world=world).value == []
    assert server("POST", "/notes", "a", world=world).status == 200


def test_an_injected_undeclared_status_is_problem_details_and_marked_in_the_journal(server, world, add_fault):
    add_fault("status=418")
    response = server("GET", "/notes", world=world)

    assert (response.status, response.headers["Content-Type"]) == (418, "application/problem+json")
    assert "f1 (status=418)" in response.json["detail"]
    assert entry(server, world).verdict == "fault_undeclared"
    assert "Response 418, which is not declared: problem details." in entry(server, world).trace


def test_the_fault_header_makes_one_request_fail(server, world):
    response = server("GET", "/notes", world=world, X_Locum_Fault="status=503")

    assert response.status == 503
    assert "Injected fault: X-Locum-Fault (status=503), hit 1." in entry(server, world).trace
    assert server("GET", "/notes", world=world).status == 200


def test_an_invalid_fault_header_is_rejected(server, world):
    rejected = server("GET", "/notes", world=world, X_Locum_Fault="statsu=503")

    assert rejected.status == 400
    assert "Did you mean status?" in rejected.json["detail"]


def test_a_connection_reset_has_no_effect(server, world, add_fault):
    add_fault("operation=note, reset")
    with pytest.raises(ConnectionResetError):
        server("POST", "/notes", "a", world=world)

    assert (entry(server, world).status, entry(server, world).verdict) == (0, "connection_reset")
    assert "No response was sent." in entry(server, world).trace
    assert server("GET", "/notes", world=world).value == []


def test_a_truncated_response_has_an_effect(server, world, add_fault):
    add_fault("operation=note, truncated")
    with pytest.raises(http.client.IncompleteRead) as broken:
        server("POST", "/notes", "abc", world=world)

    assert broken.value.partial == b'{"value'
    assert server("GET", "/notes", world=world).value == ["abc"]
    assert entry(server, world).fault == ""
    entries = server.application.worlds.named(world).journal.entries
    assert entries[0].fault == "f1 (operation=note, truncated), hit 1"


def test_an_empty_response_has_no_body(server, world, add_fault):
    add_fault("empty")
    response = server("GET", "/notes", world=world)

    assert (response.status, response.body, response.headers["Content-Length"]) == (200, b"", "0")


def test_malformed_json_is_sent_completely(server, world, add_fault):
    add_fault("malformed")
    response = server("GET", "/notes", world=world)

    assert (response.status, response.headers["Content-Type"]) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(response.body)


def test_a_wrong_content_type_leaves_the_body(server, world, add_fault):
    add_fault("content-type=text/html")
    response = server("GET", "/notes", world=world)

    assert (response.headers["Content-Type"], response.body) == ("text/html", WHOLE)


def test_a_slow_body_arrives_in_pieces_and_completely(server, world, add_fault):
    add_fault("slow=60B/s")
    request = f"GET /notes HTTP/1.1\r\nHost: localhost\r\nX-Locum-World: {world}\r\n\r\n".encode()
    pieces = []
    with server.connect() as connection:
        connection.sendall(request)
        while not b"".join(pieces).endswith(WHOLE):
            pieces.append(connection.recv(1000))

    assert len(pieces) > 1


def test_a_client_that_disconnects_during_a_slow_body_does_not_block_the_server(server, world, add_fault):
    add_fault("slow=1B/s")
    with server.connect() as connection:
        connection.sendall(f"GET /notes HTTP/1.1\r\nHost: localhost\r\nX-Locum-World: {world}\r\n\r\n".encode())
        assert connection.recv(5)

    assert server("GET", "/notes").status == 200


def test_latency_delays_only_its_request(server, world, add_fault):
    add_fault("latency=10m, times=1")
    with server.connect() as waiting:
        waiting.sendall(f"GET /notes HTTP/1.1\r\nHost: localhost\r\nX-Locum-World: {world}\r\n\r\n".encode())
        waiting.settimeout(0.2)
        responses = [server("GET", "/notes", world=world + "-2").status for _ in range(3)]
        with pytest.raises(socket.timeout):
            waiting.recv(1)

    assert responses == [200] * 3


def test_a_rate_limit_is_a_bucket_for_each_caller_on_the_worlds_clock(server, world, add_fault):
    found = add_fault("limit=2/60s")
    found.clock.freeze()
    responses = [server("GET", "/notes", world=world) for _ in range(3)]
    found.clock.micros += 30_000_000
    later = server("GET", "/notes", world=world)

    assert [response.status for response in (*responses, later)] == [200, 200, 429, 200]
    assert responses[0].headers["RateLimit"] == '"f1";r=1;t=30'
    assert responses[0].headers["RateLimit-Policy"] == '"f1";q=2;w=60'
    assert (responses[2].headers["Retry-After"], responses[2].headers["RateLimit-Remaining"]) == ("30", "0")
    assert responses[2].json["error"]
    entries = found.journal.entries
    assert [one.verdict for one in entries] == ["", "", "rate_limited", ""]


def test_an_undeclared_429_is_problem_details(server, world, add_fault):
    add_fault("limit=1/1d, operation=note")
    responses = [server("POST", "/notes", "a", world=world) for _ in range(2)]

    assert [response.status for response in responses] == [200, 429]
    assert responses[1].headers["Content-Type"] == "application/problem+json"
    assert int(responses[1].headers["Retry-After"]) > 80_000
    assert entry(server, world).verdict == "fault_undeclared"


def test_faults_with_a_probability_are_deterministic(server, world):
    def run(name):
        server.application.worlds.named(name).faults.add(fault_of("probability=0.4, status=503"))
        return [server("GET", "/notes", world=name).status for _ in range(30)]

    assert run(world) == run(world + "-2")
    assert set(run(world + "-3")) == {200, 503}


def test_a_reset_world_has_no_faults_and_a_fork_has_them(server, world, add_fault):
    add_fault("status=503")
    worlds = server.application.worlds
    worlds.fork(world, world + "-2")
    worlds.reset(world)

    assert server("GET", "/notes", world=world).status == 200
    assert server("GET", "/notes", world=world + "-2").status == 503


def test_a_preference_of_a_world_is_in_the_trace_while_faults_wait_for_other_operations(server, world):
    found = server.application.worlds.named(world)
    found.preferences["notes"] = "code=503"
    found.faults.add(fault_of("operation=note, status=500"))
    server("GET", "/notes", world=world)

    assert "Preferred in this world: code=503." in found.journal.entries[0].trace


def test_a_preference_of_a_world_is_overridden_by_a_request(server, world):
    found = server.application.worlds.named(world)
    found.preferences["notes"] = "code=503"
    first = server("GET", "/notes", world=world)
    second = server("GET", "/notes", world=world, Prefer="code=200")

    assert (first.status, second.status) == (503, 200)
    assert "Preferred in this world: code=503." in found.journal.entries[0].trace
    assert not re.search("Preferred in this world", " ".join(found.journal.entries[1].trace))


def test_a_connection_reset_in_process_is_an_error():
    from starlette.testclient import TestClient

    client = TestClient(make_application(), headers=bearer())
    with pytest.raises(ConnectionResetError, match="the request came without one"):
        client.get("/api/keys", headers={"X-Locum-Fault": "reset"})
