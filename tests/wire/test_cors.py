"""CORS: pages of this machine are allowed, other origins only if they are configured."""

from __future__ import annotations

import pytest

from tests.wire.serving import body, document, responses

SCHEMES = {"bearer": {"type": "http", "scheme": "bearer"}}
PATHS = {
    "/things": {"get": {}, "post": {"requestBody": body({"type": "object"})}},
    "/guarded": {"get": {"security": [{"bearer": []}]}},
    "/typed": {"get": {"responses": responses(406)}},
    "/failing": {"get": {"operationId": "failing"}},
}
DOCUMENTS = {"cors": document(PATHS, components={"securitySchemes": SCHEMES})}
HANDLERS = {"cors": "def failing(): raise RuntimeError"}
SETTINGS = {"cors": ("https://app.example",)}

ADMITTED = [
    "http://localhost",
    "http://localhost:3000",
    "https://localhost:8443",
    "http://127.0.0.1:5173",
    "http://127.1.2.3",
    "http://[::1]:3000",
    "http://shop.localhost:3000",
    "https://app.example",
]
FOREIGN = [
    "https://evil.example",
    "http://app.example",
    "https://app.example.evil.example",
    "http://localhost.evil.example",
    "http://evil.example/localhost",
    "http://127.0.0.1.evil.example",
    "http://evillocalhost",
    "null",
]


def preflight(server, origin, method="POST", headers="authorization, content-type, x-locum-world"):
    return server(
        "OPTIONS",
        "/things",
        Origin=origin,
        Access_Control_Request_Method=method,
        Access_Control_Request_Headers=headers,
    )


@pytest.mark.parametrize("origin", ADMITTED)
def test_an_allowed_page_can_send_any_request(server, origin):
    sent = preflight(server, origin)
    answered = server("GET", "/things", Origin=origin)

    assert sent.status == 200
    assert sent.headers["Access-Control-Allow-Origin"] == origin
    assert "x-locum-world" in sent.headers["Access-Control-Allow-Headers"]
    assert (answered.status, answered.headers["Access-Control-Allow-Origin"]) == (200, origin)


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_page_gets_no_cors_headers(server, origin):
    sent = preflight(server, origin)
    answered = server("GET", "/things", Origin=origin)

    assert sent.status == 400
    assert sent.headers["Access-Control-Allow-Origin"] is None
    assert answered.headers["Access-Control-Allow-Origin"] is None


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE", "PATCH", "QUERY"])
def test_every_method_is_allowed_in_a_preflight(server, method):
    assert preflight(server, "http://localhost:3000", method).status == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "headers"),
    [
        ("GET", "/guarded", 401, {}),
        ("GET", "/nowhere", 404, {}),
        ("DELETE", "/things", 405, {}),
        ("GET", "/typed", 406, {"Accept": "image/png"}),
        ("POST", "/things", 400, {}),
        ("GET", "/failing", 500, {}),
        ("GET", "/things", 400, {"X_Locum_World": "no such name"}),
        ("OPTIONS", "/things", 204, {}),
    ],
)
def test_a_page_can_read_every_error(server, method, path, status, headers):
    reply = server(method, path, Origin="http://localhost:3000", **headers)

    assert reply.status == status
    assert reply.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert "Location" in reply.headers["Access-Control-Expose-Headers"]


def test_requests_without_an_origin_get_no_cors_headers(server):
    assert not [name for name in server("GET", "/things").headers if name.lower().startswith("access-control")]


def test_the_control_api_has_the_same_cors_rules(server):
    assert server("GET", "/__locum/docs/", Origin="https://evil.example").headers["Access-Control-Allow-Origin"] is None


def test_every_origin_is_allowed_with_the_setting(served):
    server = served({"cors": document({"/things": {"get": {}}})}, cors=("*",))

    assert server("GET", "/things", Origin="https://any.example").headers["Access-Control-Allow-Origin"] == "*"
    assert server("GET", "/things", Origin="https://any.example").headers["Access-Control-Allow-Credentials"] is None
