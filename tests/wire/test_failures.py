"""Handlers that raise: a 500 in the API's error format, a traceback in the log, and the server continues."""

from __future__ import annotations

import gc

import pytest

from tests.wire.serving import document, responses

PATHS = {
    "/declared": {"get": {"operationId": "declared", "responses": responses(500)}},
    "/undeclared": {"get": {"operationId": "undeclared", "responses": responses()}},
    "/refusing": {"get": {"operationId": "refusing", "responses": responses(409)}},
    "/refusing-otherwise": {"get": {"operationId": "refusing otherwise", "responses": responses(400)}},
    "/refusing-unseen": {"get": {"operationId": "refusing unseen", "responses": responses()}},
    "/nameless": {
        "get": {"operationId": "nameless", "responses": {"200": {"description": "a"}, "404": {"description": "b"}}}
    },
    "/misworded": {"get": {"operationId": "misworded", "responses": responses(429)}},
    "/fine": {"get": {"operationId": "idle fine"}},
}
DOCUMENTS = {"failures": document(PATHS)}
HANDLERS = {
    "failures": """
def declared(): raise ValueError("the secret is 42")
def undeclared(): return 1 / 0
def refusing(): raise Conflict("It clashes.", code="clash", violations=[Violation("body", ("a", 0), "enum", [], "no")])
def refusing_otherwise(): raise Conflict("It clashes.")
def refusing_unseen(): raise NotFound("It is not there.")
def nameless(): raise NotFound("It is not there.")

usual = render_error
def render_error(error, status, new_id, clock):
    if status == 429:
        return Response({"not": "the declared shape"})
    return usual(error, status, new_id, clock)
api = Api(render_error=render_error)

def misworded(): raise TooMany("No more.")
"""
}


@pytest.fixture
def failed(server, caplog):
    """Return a function that requests a path and returns the response and the tracebacks in the log."""

    def send(path):
        caplog.clear()
        reply = server("GET", path)
        return reply, [record for record in caplog.records if record.name == "locum"]

    return send


def test_a_handler_that_raises_is_a_500_in_the_apis_error_format(failed):
    reply, records = failed("/declared")

    assert (reply.status, reply.headers["Content-Type"]) == (500, "application/json")
    assert reply.json["error"] == "handler_failed"
    assert "declared" in reply.json["message"]
    assert [record.exc_info[0] for record in records] == [ValueError]


def test_it_is_problem_details_where_500_is_not_declared(failed):
    reply, records = failed("/undeclared")

    assert (reply.status, reply.headers["Content-Type"]) == (500, "application/problem+json")
    assert reply.json["code"] == "handler_failed"
    assert "undeclared" in records[0].getMessage()
    assert [record.exc_info[0] for record in records] == [ZeroDivisionError]


def test_a_traceback_is_only_in_the_log(failed, caplog):
    reply, _ = failed("/declared")

    assert b"42" not in reply.body
    assert "the secret is 42" in caplog.text


def test_the_next_request_is_served_on_the_same_connection(server):
    with server.connect() as connection:
        for path, status in ((b"/declared", 500), (b"/undeclared", 500), (b"/fine", 200)):
            connection.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert server.reply(connection).status == status


def test_an_error_is_rendered_in_the_apis_format_with_its_violations(failed):
    reply, records = failed("/refusing")

    assert (reply.status, reply.json) == (
        409,
        {"error": "clash", "message": "It clashes.", "fields": ["body:a.0:enum"]},
    )
    assert records == [], "an error is not a failure"


def test_an_error_has_the_first_of_its_statuses_that_is_declared(server):
    assert server("GET", "/refusing-otherwise").status == 400


def test_an_error_without_a_declared_status_is_problem_details(server):
    reply = server("GET", "/refusing-unseen")

    assert (reply.status, reply.headers["Content-Type"]) == (404, "application/problem+json")
    assert reply.json["detail"] == "It is not there."


def test_an_error_of_a_handler_without_a_declared_body_has_none(server):
    reply = server("GET", "/nameless")

    assert (reply.status, reply.body, reply.headers["Content-Length"]) == (404, b"", "0")
    assert reply.headers["Content-Type"] is None


def test_a_rendered_error_that_breaks_its_schema_is_never_sent(failed):
    reply, records = failed("/misworded")

    assert (reply.status, reply.json["code"]) == (500, "contract_broken")
    assert "response 429, body at '/" in reply.json["detail"]
    assert records


@pytest.mark.parametrize("path", ["/refusing", "/undeclared"])
def test_an_error_creates_no_reference_cycles(server, path):
    """The server runs the garbage collector rarely, so reference cycles would stay in memory for long."""
    server("GET", path)
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            server("GET", path)
        left = gc.collect()
    finally:
        gc.enable()

    assert left < 200
