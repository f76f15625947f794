"""Methods: HEAD, OPTIONS, and 405 with the allowed methods."""

from __future__ import annotations

import re

import pytest

from tests.wire.serving import body, document, parameter, responses

ETAG = {"ETag": {"required": True, "schema": {"type": "string"}}}
SECURE = {"bearer": {"type": "http", "scheme": "bearer"}}
GUARDED = {"security": [{"bearer": []}]}
PATHS = {
    "/things": {
        "get": {"operationId": "things", "responses": responses(headers=ETAG)},
        "post": {"operationId": "mirror things", "requestBody": body({})},
        "trace": {},
    },
    "/things/{value}": {
        "parameters": [parameter("path", {"type": "integer"})],
        "get": {},
        "put": {},
        "delete": {"operationId": "remove", "responses": {"204": {"description": "gone"}}},
        "patch": {},
    },
    "/things/first": {"get": {}},
    "/own": {"head": {}, "options": {}},
    "/guarded": {"get": GUARDED},
}
DOCUMENTS = {"methods": document(PATHS, components={"securitySchemes": SECURE})}
HANDLERS = {
    "methods": """
def things(): return Response({"value": [1, 2, 3]}, headers={"ETag": "abc"})
def remove(value): pass
"""
}


def test_head_is_get_without_its_body(server):
    got, headed = server("GET", "/things"), server("HEAD", "/things")

    assert (headed.status, headed.headers.items(), headed.body) == (got.status, got.headers.items(), b"")
    assert int(headed.headers["Content-Length"]) == len(got.body) > 0


@pytest.mark.parametrize("path", ["/things/x", "/guarded", "/nowhere", "/things/x/y"])
def test_head_is_rejected_like_get_without_the_body(server, path):
    got, headed = server("GET", path), server("HEAD", path)

    assert (headed.status, headed.headers.items()) == (got.status, got.headers.items())
    assert headed.body == b""


def test_head_without_get_is_not_allowed(server):
    assert server("HEAD", "/own").status == 200
    assert server("GET", "/own").headers["Allow"] == "HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/things", "GET, HEAD, OPTIONS, POST, TRACE"),
        ("/things/1", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
        ("/things/x", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
        ("/things/first", "GET, HEAD, OPTIONS"),
        ("/guarded", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_and_405_name_every_method_of_the_path(server, path, allow):
    options = server("OPTIONS", path)
    method = next(method for method in ("DELETE", "POST", "QUERY") if method not in allow)
    rejected = server(method, path)

    assert (options.status, options.headers["Allow"], options.body) == (204, allow, b"")
    assert (rejected.status, rejected.headers["Allow"]) == (405, allow)
    assert rejected.headers["Content-Type"] == "application/problem+json"
    assert rejected.json["code"] == "method_not_allowed"


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "QUERY", "CONNECT", "get"])
def test_an_undeclared_method_is_never_a_500(server, method):
    assert server(method, "/things/1").status in {400, 405}


def test_trace_and_options_can_be_declared(server):
    assert server("TRACE", "/things").status == 200
    assert server("OPTIONS", "/own").value is None


def test_a_response_without_content_has_neither_body_nor_content_type(server):
    reply = server("DELETE", "/things/1")

    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["Content-Type"] is None
    assert reply.headers["Content-Length"] is None


def test_several_requests_share_a_connection(server):
    with server.connect() as connection:
        for request, method, status in (
            (b"DELETE /things/1 HTTP/1.1\r\nHost: localhost\r\n\r\n", "DELETE", 204),
            (b"HEAD /things HTTP/1.1\r\nHost: localhost\r\n\r\n", "HEAD", 200),
            (b"POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nwrong", "POST", 400),
            (b"POST /guarded HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nwrong", "POST", 405),
            (b"GET /things HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET", 200),
        ):
            connection.sendall(request)
            assert server.reply(connection, method).status == status


def test_pipelined_requests_are_answered_in_order(server):
    lines = [b"GET /things", b"HEAD /things", b"GET /nowhere", b"DELETE /things/1", b"GET /guarded"]
    requests = [line + b" HTTP/1.1\r\nHost: localhost\r\n" for line in lines]
    with server.connect() as connection:
        connection.sendall(b"\r\n".join(requests) + b"Connection: close\r\n\r\n")
        answers = connection.makefile("rb").read()

    assert re.findall(rb"HTTP/1\.1 (\d+) ", answers) == [b"200", b"200", b"404", b"204", b"401"]


def test_additional_operations_are_served_and_allowed(served):
    copy = {"operationId": "copy", "parameters": [parameter("query", {"type": "integer"})], "responses": responses(400)}
    content = document({"/a": {"get": {}}}, openapi="3.2.0")
    content["paths"]["/a"]["additionalOperations"] = {"COPY": copy}
    server = served({"copies": content}, {"copies": "def copy(value=None): return {'value': value}"})

    assert server("COPY", "/a?value=3").value == 3
    assert server("COPY", "/a?value=x").status == 400
    assert server("MOVE", "/a").headers["Allow"] == "COPY, GET, HEAD, OPTIONS"


@pytest.mark.parametrize("version", [{"openapi": "3.0.3"}, {"swagger": "2.0"}])
def test_a_method_in_capitals_is_served(served, version):
    content = {**version, "paths": {"/a": {"GET": {"responses": {"202": {"description": "later"}}}}}}

    assert served({"capitals": content})("GET", "/a").status == 202
