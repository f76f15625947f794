"""Declared response headers: which are sent, how they are serialized, and CORS exposure."""

from __future__ import annotations

import re

import pytest

from tests.wire.generated import generated
from tests.wire.serving import document

TEXT = {"type": "string"}
DATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
FRAMING = [
    "Connection",
    "Content-Encoding",
    "Content-MD5",
    "Content-Range",
    "Digest",
    "Keep-Alive",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
]
ORIGIN = "http://localhost:5173"


def required(*names, **header):
    return {name: {"required": True, **(header or {"schema": TEXT})} for name in names}


def done(status="200", headers=None, **content):
    response = {"description": "done", "headers": headers or {}}
    if content:
        response["content"] = content
    return {"responses": {status: response}}


def json_of(schema=None, **media):
    return {"application/json": {"schema": schema or {"type": "object"}, **media}}


PATHS = {
    "/framing": {"get": done(headers=required(*FRAMING, "Content-Length", "Content-Type"), **json_of())},
    "/gone": {"delete": done("204", headers=required("Content-Length"))},
    "/partial": {"get": done("206", headers=required("Content-Range"), **json_of(example={"a": 1}))},
    "/dates": {"get": done("204", headers=required("Date", "Last-Modified", "Expires"))},
    "/date-example": {"get": done("204", headers=required("Date", schema=TEXT, example="Sun, 06 Nov 1994 08:49:37 GMT"))},
    "/date-time": {"get": done("204", headers=required("Date", schema={**TEXT, "format": "date-time"}))},
    "/retry": {"get": done("204", headers=required("Retry-After", schema={"type": "integer"}))},
    "/enum": {"get": done("204", headers=required("Cache-Control", schema={"enum": ["max-age=5"]}))},
    "/cookie": {"get": done("204", headers=required("Set-Cookie"))},
    "/cookies": {"get": done("204", headers=required("Set-Cookie", schema={"type": "array", "items": TEXT}, example=["a=1; Path=/", "b=2"]))},
    "/cookies-of-text": {"get": done("204", headers=required("Set-Cookie", schema=TEXT, example=["a=1", "b=2"]))},
    "/cookies-by-trick": {"get": done("204", headers={
        "Set-Cookie": {"schema": TEXT, "example": "a=1"}, "\0Set-Cookie": {"schema": TEXT, "example": "b=2"}})},
    "/unnameable": {"get": done("204", headers=required("not a name"))},
    "/list": {"get": done("204", headers=required("X-List", schema={"type": "array", "items": {"type": "integer"}}, example=[1, 2]))},
    "/object": {"get": done("204", headers=required("X-Object", explode=True, schema={"type": "object"}, example={"a": 1, "b": True}))},
    "/content": {"get": done("204", headers=required("X-Meta", content=json_of({"type": "object", "required": ["a"], "properties": {"a": {"enum": [1]}}})))},
    "/content-example": {"get": done("204", headers=required("X-Meta", content=json_of({"type": "object"}, example={"a": "\u20ac"})))},
    "/content-text": {"get": done("204", headers=required("X-Meta", content={"text/plain": {"schema": TEXT, "example": "a, b"}}))},
    "/origin": {"get": done(headers=required("Access-Control-Allow-Origin"), **json_of())},
    "/exposed": {"get": {"responses": {
        **done("200", headers=required("X-Total-Count", schema={"type": "integer"}), **json_of())["responses"],
        "404": {"description": "no", "headers": required("X-Reason")},
        "503": {"description": "no", "headers": required("X-Wait")},
    }}},
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("headers"), document(PATHS)) as server:
        yield server


def lines(reply, name):
    return reply.headers.get_all(name, [])


def test_framing_headers_are_not_generated(server):
    reply = server("GET", "/framing")

    assert reply.status == 200
    assert {name for name in FRAMING if lines(reply, name)} == set()
    assert lines(reply, "Content-Type") == ["application/json"]
    assert lines(reply, "Content-Length") == [str(len(reply.body))]


def test_a_response_without_content_has_no_length(server):
    reply = server("DELETE", "/gone")

    assert (reply.status, lines(reply, "Content-Length")) == (204, [])


def test_the_range_of_partial_content_is_that_of_the_body(server):
    reply = server("GET", "/partial")

    assert (reply.status, reply.body, reply.headers["Content-Range"]) == (206, b'{"a":1}', "bytes 0-6/7")


def test_dates_are_http_dates_of_the_world(server):
    reply = server("GET", "/dates")

    assert all(DATE.fullmatch(reply.headers[name]) for name in ("Date", "Last-Modified", "Expires"))
    assert reply.headers["Date"].startswith("Thu, 01 Jan 2026 09:00:")


def test_the_time_of_the_world_replaces_the_example_of_a_date(server):
    assert "1994" not in server("GET", "/date-example").headers["Date"]


def test_a_date_in_another_declared_format_is_kept(server):
    assert server("GET", "/date-time").headers["Date"].startswith("2026-01-01T")


def test_no_date_is_sent_where_none_is_declared(server):
    assert server("GET", "/framing").headers["Date"] is None


@pytest.mark.parametrize(
    ("path", "name", "sent"),
    [
        ("/retry", "Retry-After", ["30"]),
        ("/enum", "Cache-Control", ["max-age=5"]),
        ("/cookies", "Set-Cookie", ["a=1; Path=/", "b=2"]),
        ("/cookies-of-text", "Set-Cookie", ["a=1", "b=2"]),
        ("/cookies-by-trick", "Set-Cookie", ["a=1", "b=2"]),
        ("/list", "X-List", ["1,2"]),
        ("/object", "X-Object", ["a=1,b=true"]),
        ("/content", "X-Meta", ['{"a":1}']),
        ("/content-example", "X-Meta", ['{"a":"\\u20ac"}']),
        ("/content-text", "X-Meta", ["a, b"]),
        ("/unnameable", "not a name", []),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_header_is_serialized_by_its_schema(server, method, path, name, sent):
    reply = server(method, path)

    assert (reply.status, lines(reply, name)) == (204, sent)


def test_a_cookie_without_example_has_a_name_and_a_value(server):
    assert re.fullmatch(r"\w+=\w+; Path=/; HttpOnly", server("GET", "/cookie").headers["Set-Cookie"])


def exposed(reply):
    return {name.strip().lower() for name in reply.headers["Access-Control-Expose-Headers"].split(",")}


@pytest.mark.parametrize("headers", [{}, {"Prefer": "code=404"}, {"X_Locum_Fault": "status=503"}])
def test_the_headers_of_all_responses_are_exposed_by_name(server, headers):
    reply = server("GET", "/exposed", Origin=ORIGIN, **headers)

    assert {"x-total-count", "x-reason", "x-wait", "location", "etag", "link"} <= exposed(reply)
    assert reply.headers["Access-Control-Allow-Credentials"] == "true"


def test_a_declared_cors_header_does_not_allow_other_origins(server):
    assert server("GET", "/origin").headers["Access-Control-Allow-Origin"] == "*"
    assert lines(server("GET", "/origin", Origin=ORIGIN), "Access-Control-Allow-Origin") == [ORIGIN]
    assert lines(server("GET", "/origin", Origin="https://evil.example"), "Access-Control-Allow-Origin") == []
