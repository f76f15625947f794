"""Wrapped applications: every response is checked, once."""

from __future__ import annotations

import asyncio
import json
from io import BytesIO
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import Document
from locum.verify.observed import observer as wrapping
from locum.verify.observed.observer import Observer, observing

PET = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
CONTENT = {"content": {"application/json": {"schema": PET}}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "paths": {
        "/pets/{id}": {
            "put": {
                "operationId": "putPet",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "requestBody": {"required": True, **CONTENT},
                "responses": {"200": {"description": "x", **CONTENT}},
            }
        }
    },
}
CONTRACT = compile_contract(Document("pets", Path("pets.json"), b"", DOCUMENT))
BODY = b'{"name": "Rex"}'


@pytest.fixture
def observer():
    return Observer(CONTRACT, "/v1")


async def put(request):
    await request.json()
    response = {} if "wrong" in request.query_params else {"name": "Rex"}
    if "slowly" in request.query_params:
        return StreamingResponse(
            (bytes([byte]) for byte in json.dumps(response).encode()), media_type="application/json"
        )
    return JSONResponse(response)


APP = Starlette(routes=[Route("/v1/pets/{id}", put, methods=["PUT"])])


def send_request(application, target="/v1/pets/a%20b", body=BODY):
    """Send a request to an ASGI application and return its messages."""
    path, _, query = target.partition("?")
    sent = []
    parts = [{"type": "http.request", "body": body[:5], "more_body": True}, {"type": "http.request", "body": body[5:]}]
    scope = {
        "type": "http",
        "method": "PUT",
        "path": path.replace("%20", " "),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"content-type", b"application/json")],
    }

    async def receive():
        return parts.pop(0) if parts else await asyncio.Event().wait()  # the client stays connected

    async def send(message):
        sent.append(message)

    asyncio.run(application(scope, receive, send))
    return sent


@pytest.mark.parametrize("query", ["", "?slowly"])
def test_a_wrapped_asgi_application_responds_as_before_and_is_checked(observer, query):
    assert send_request(observer.asgi(APP), "/v1/pets/a%20b" + query) == send_request(APP, "/v1/pets/a%20b" + query)
    assert observer.broken_rules == []
    assert observer.coverage.kinds() == {"statuses": (1, 1)}


def test_violations_of_the_contract_are_reported(observer):
    send_request(observer.asgi(APP), "/v1/pets/a%20b?wrong&slowly")
    send_request(observer.asgi(APP), "/v1/dogs")

    assert observer.broken_rules == [
        "PUT /v1/pets/a%20b (putPet), L020: /name is required.",
        "PUT /v1/dogs is not declared by pets.",
    ]


def test_an_exchange_observed_twice_counts_once(observer):
    client = TestClient(observer.asgi(APP))
    with observing(observer.observe):
        for _ in range(3):
            assert client.put("/v1/pets/7", json={"name": "Rex"}).status_code == 200
        TestClient(APP).put("/v1/pets/7", json={"name": "Rex"})

    assert observer.coverage.cells["PUT /pets/{id}"]["status 200 application/json"] == 4


def test_too_large_a_response_is_passed_on_unchecked(observer, monkeypatch):
    monkeypatch.setattr(wrapping, "MOST_BYTES", 1)
    sent = send_request(observer.asgi(APP), "/v1/pets/a%20b?wrong&slowly")

    assert b"".join(message.get("body", b"") for message in sent) == b"{}"
    assert (observer.broken_rules, observer.coverage.kinds()["statuses"]) == ([], (1, 1))


def wsgi_application(environ, start_response):
    body = json.loads(environ["wsgi.input"].read())
    start_response("200 OK", [("Content-Type", "application/json")])
    return iter([b"{}" if environ["QUERY_STRING"] else json.dumps(body).encode()])


def call_wsgi(application, query=""):
    started = []
    environ = {
        "REQUEST_METHOD": "PUT",
        "SCRIPT_NAME": "/v1",
        "PATH_INFO": "/pets/a b",
        "QUERY_STRING": query,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(BODY)),
        "SERVER_NAME": "pets.test",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(BODY),
    }
    parts = application(environ, lambda *given: started.append(given))
    return b"".join(parts), started


def test_a_wrapped_wsgi_application_responds_as_before_and_is_checked(observer):
    assert call_wsgi(observer.wsgi(wsgi_application)) == call_wsgi(wsgi_application)
    assert call_wsgi(observer.wsgi(wsgi_application), "wrong") == call_wsgi(wsgi_application, "wrong")
    assert observer.broken_rules == ["PUT /v1/pets/a%20b (putPet), L020: /name is required."]
    assert observer.coverage.kinds()["statuses"] == (1, 1)


def test_other_asgi_events_are_passed_on(observer):
    seen = []

    async def application(scope, receive, send):
        seen.append(scope["type"])

    asyncio.run(observer.asgi(application)({"type": "lifespan"}, None, None))

    assert seen == ["lifespan"]
