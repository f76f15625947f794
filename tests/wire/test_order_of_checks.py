"""The order in which a request is checked: the first failing check determines the error."""

from __future__ import annotations

import pytest

from tests.conftest import bearer
from tests.wire.serving import ERROR, body, document, parameter, responses

INTEGER = {"type": "integer"}
ALL = responses(400, 401, 403, 404, 406, 413, 415, 422, status=201)
GUARDED = {
    "operationId": "guarded",
    "security": [{"bearer": []}],
    "parameters": [parameter("path", INTEGER), parameter("query", INTEGER, "page", required=True)],
    "requestBody": body({"type": "object", "required": ["name"]}),
    "responses": ALL,
}
EXAMPLE = {"application/json": {"schema": {"type": "object"}, "example": {"value": "an example"}}}
CHOICES = {
    "200": {"description": "done", "content": EXAMPLE},
    "202": {"description": "broken", "content": {"application/json": {"schema": INTEGER, "example": "none"}}},
    "204": {"description": "nothing"},
    "303": {"description": "without an example", "content": {"application/json": {"schema": {"type": "object"}}}},
    "409": {"description": "refused", "content": {"application/json": {"schema": ERROR}}},
    "5XX": {"description": "failed", "content": {"application/json": {"schema": ERROR}}},
}
PATHS = {
    "/guarded/{value}": {"post": GUARDED},
    "/choices": {
        "post": {
            "operationId": "choices",
            "security": [{"bearer": []}],
            "requestBody": body({"type": "object"}),
            "responses": CHOICES,
        }
    },
    "/open": {"get": {"operationId": "idle open", "responses": responses(401)}},
    "/default": {
        "get": {
            "operationId": "idle default",
            "responses": {"200": {"description": "done", "content": EXAMPLE}, "default": CHOICES["200"]},
        }
    },
}
SCHEMES = {"bearer": {"type": "http", "scheme": "bearer"}}
DOCUMENTS = {"order": document(PATHS, components={"securitySchemes": SCHEMES})}
HANDLERS = {
    "order": """
@requires("things:write")
def guarded(value, page, body):
    if value == 404:
        raise NotFound("There is no such thing.")
    return {"value": value}

@requires("nothing:ever")
def choices(body): return {"value": "the handler's"}
"""
}
SETTINGS = {"max_body": 1000}

ALLOWED = bearer(permissions=frozenset({"things:write"}))
UNPERMITTED = bearer(permissions=frozenset())
JSON = {"Content_Type": "application/json"}
VALID = {"target": "/guarded/5?page=1", "body": b'{"name": "a"}', **JSON, **ALLOWED}
# Violations in the order of the checks; the error of a row takes precedence over those below it.
VIOLATIONS = [
    (401, "missing_token", {"Authorization": None}),
    (400, "malformed", {"target": "/guarded/x?page=x"}),
    (400, "malformed", {"target": "/guarded/5?page=x"}),
    (403, "permission_denied", UNPERMITTED),
    (406, "not_acceptable", {"Accept": "text/html"}),
    (413, "too_large", {"body": b"x" * 1001}),
    (415, "unsupported_media_type", {"Content_Type": "text/csv"}),
    (400, "malformed_body", {"body": b"{"}),
    (422, "invalid", {"body": b"{}"}),
    (404, "not_found", {"target": "/guarded/404?page=1"}),
]


def send(server, request):
    request = {name: value for name, value in request.items() if value is not None}
    return server("POST", request.pop("target"), request.pop("body"), **request)


def test_a_valid_request_is_not_rejected(server):
    assert send(server, VALID).status == 201


@pytest.mark.parametrize(
    "first", range(len(VIOLATIONS)), ids=[f"{code}-{position}" for position, (_, code, _) in enumerate(VIOLATIONS)]
)
def test_the_first_failing_check_determines_the_error(server, first):
    status, code, _ = VIOLATIONS[first]
    request = VALID
    for _, _, change in reversed(VIOLATIONS[first:]):
        request = request | change
    reply = send(server, request)

    assert (reply.status, reply.json["error"]) == (status, code)


@pytest.mark.parametrize("position", range(len(VIOLATIONS)))
def test_each_violation_alone_is_reported(server, position):
    status, code, change = VIOLATIONS[position]
    reply = send(server, VALID | change)

    assert (reply.status, reply.json["error"]) == (status, code)


def test_only_the_path_is_reported_of_several_invalid_parameters(server):
    assert send(server, VALID | {"target": "/guarded/x?page=x"}).json["fields"] == ["path:value:type"]
    assert send(server, VALID | {"target": "/guarded/5?page=x"}).json["fields"] == ["query:page:type"]


def test_a_preference_requires_authentication(server):
    assert server("POST", "/choices", {}, Prefer="code=409").status == 401


@pytest.mark.parametrize(
    "header", ["code=409", "respond-async, code=409", 'code="409"', "code = 409", "wait=1; code=409"]
)
def test_a_preferred_declared_error_is_returned(server, header):
    reply = server("POST", "/choices", b"anything", Prefer=header, **ALLOWED)

    assert (reply.status, reply.json["error"]) == (409, "conflict")
    assert reply.headers["Preference-Applied"] == "code=409"


def test_a_range_declares_each_of_its_statuses(server):
    assert server("POST", "/choices", {}, Prefer="code=503", **ALLOWED).status == 503


def test_a_preferred_success_is_its_example(server):
    reply = server("POST", "/choices", {}, Prefer="code=200", **ALLOWED)

    assert (reply.status, reply.json) == (200, {"value": "an example"})
    assert reply.headers["Preference-Applied"] == "code=200"
    assert server("POST", "/choices", {}, Prefer="code=204", **ALLOWED).status == 204


@pytest.mark.parametrize("code", ["404", "000", "40", "4090", "x", ""])
def test_an_undeclared_preference_is_rejected_with_the_declared_statuses(server, code):
    reply = server("POST", "/choices", {}, Prefer=f"code={code}", **ALLOWED)

    assert (reply.status, reply.json["code"]) == (404, "no_such_response")
    assert "200, 202, 204, 303, 409, 5XX" in reply.json["detail"]
    assert reply.headers["Preference-Applied"] is None


@pytest.mark.parametrize(("code", "kind"), [("202", int), ("303", dict)])
def test_a_preferred_success_without_a_valid_example_is_generated(server, code, kind):
    reply = server("POST", "/choices", {}, Prefer=f"code={code}", **ALLOWED)

    assert (reply.status, type(reply.json)) == (int(code), kind)
    assert reply.headers["Preference-Applied"] == f"code={code}"


@pytest.mark.parametrize("code", ["100", "101", "199", "600", "999"])
def test_an_invalid_status_is_rejected_even_with_a_default(server, code):
    assert server("GET", "/default", Prefer=f"code={code}").status == 404


@pytest.mark.parametrize("code", ["299", "418", "599"])
def test_a_default_declares_every_other_status(server, code):
    assert server("GET", "/default", Prefer=f"code={code}").status == int(code)


def test_an_operation_without_security_accepts_anonymous_callers(server):
    assert server("GET", "/open", Authorization="Bearer nonsense").status == 200
