"""Errors of an API without `render_error`: in the declared error schema, else problem details."""

from __future__ import annotations

import json

import pytest

from tests.wire.generated import generated
from tests.wire.serving import document

TEXT, INTEGER = {"type": "string"}, {"type": "integer"}
SECRET = "s3cret-value"


def obj(*required, **properties):
    return {"type": "object", "required": list(required or properties), "properties": properties}


def array(items, **members):
    return {"type": "array", "items": items, **members}


def create_operation(*statuses, schema=None, media_type="application/json", **media):
    """Declare a POST with a name and an age, and errors with this schema."""
    content = {media_type: {"schema": schema, **media}} if schema is not None else {}
    error = {"description": "refused", "content": content}
    return {
        "post": {
            "operationId": f"post {json.dumps(statuses)} {id(schema)} {media_type} {id(media)}",
            "parameters": [
                {"name": "limit", "in": "query", "schema": INTEGER},
                {"name": "X-Mode", "in": "header", "schema": {"enum": ["a"]}},
            ],
            "requestBody": {"content": {"application/json": {"schema": obj(name=TEXT, age={**INTEGER, "minimum": 0})}}},
            "responses": {"200": {"description": "done"}} | {str(status): error for status in statuses},
        }
    }


REQUIRED, INVALID = "is required", "must be of type integer"
ERROR_LIST = obj(
    "status", status=TEXT, title=TEXT, detail=TEXT, source={"type": "object", "properties": {"pointer": TEXT}}
)
CODES = {"enum": ["api_error", "card_error", "invalid_request_error"]}
ALL_REPORTED = f"The request body breaks its schema: name {REQUIRED}; age {INVALID}."
# By name: an error schema, and its values if the name is missing and the age is a text.
SCHEMAS = {
    "code-and-message": (obj(code=INTEGER, message=TEXT), {"code": 422, "message": ALL_REPORTED}),
    "fastapi": (
        obj(detail=array(obj(loc=array({"anyOf": [TEXT, INTEGER]}), msg=TEXT, type=TEXT))),
        {
            "detail": [
                {"loc": ["body", "name"], "msg": REQUIRED, "type": "required"},
                {"loc": ["body", "age"], "msg": INVALID, "type": "type"},
            ]
        },
    ),
    "json-api": (
        obj(errors=array(ERROR_LIST)),
        {
            "errors": [
                {"status": "422", "title": "Missing field", "detail": REQUIRED, "source": {"pointer": "/name"}},
                {"status": "422", "title": "Invalid type", "detail": INVALID, "source": {"pointer": "/age"}},
            ]
        },
    ),
    "google": (
        obj(error=obj("code", code=INTEGER, message=TEXT, status=TEXT)),
        {"error": {"code": 422, "message": ALL_REPORTED, "status": "INVALID_ARGUMENT"}},
    ),
    "stripe": (
        obj(error=obj("type", type={"type": "string", **CODES}, param=TEXT, message=TEXT, doc_url=TEXT)),
        {"error": {"type": "invalid_request_error", "param": "name", "message": ALL_REPORTED}},
    ),
    "laravel": (
        obj(message=TEXT, errors={"type": "object", "additionalProperties": array(TEXT)}),
        {"message": "The request body breaks its schema.", "errors": {"name": [REQUIRED], "age": [INVALID]}},
    ),
    "problem-details": (
        obj(
            "status",
            type={**TEXT, "format": "uri"}, title=TEXT, status=INTEGER, detail=TEXT,
            **{"invalid-params": array(obj(name=TEXT, reason=TEXT))},
        ),
        {
            "type": "about:blank",
            "title": "Unprocessable Entity",
            "status": 422,
            "detail": "The request body breaks its schema.",
            "invalid-params": [{"name": "name", "reason": REQUIRED}, {"name": "age", "reason": INVALID}],
        },
    ),
    "sentences": (obj(success={"type": "boolean"}, errors=array(TEXT)), {"success": False, "errors": [f"name {REQUIRED}", f"age {INVALID}"]}),
    "one-of": (
        {"oneOf": [obj(id=INTEGER), obj(status={"enum": ["success", "fail", "error"]}, reason=TEXT)]},
        {"status": "fail", "reason": ALL_REPORTED},
    ),
    "all-of": ({"allOf": [obj(message=TEXT), obj(code=TEXT)]}, {"message": ALL_REPORTED, "code": "invalid"}),
    "text": (TEXT, ALL_REPORTED),
    "short": (obj(message={**TEXT, "maxLength": 5}), {"message": "Unpro"}),
}  # fmt: skip
PATHS = {f"/{name}": create_operation(422, 404, schema=schema) for name, (schema, _) in SCHEMAS.items()}
MESSAGE = obj(message=TEXT)
PATHS |= {
    "/both": create_operation(400, 422, schema=MESSAGE),
    "/bad-request": create_operation(400, "default", schema=MESSAGE),
    "/range": create_operation("4XX", schema=MESSAGE),
    "/default": create_operation("default", schema=MESSAGE),
    "/nothing": create_operation(),
    "/empty": create_operation(422),
    "/plain": create_operation(422, schema=TEXT, media_type="text/plain"),
    "/page": create_operation(422, schema=TEXT, media_type="text/html"),
    "/xml": create_operation(422, schema=MESSAGE | {"xml": {"name": "problem"}}, media_type="application/xml"),
    "/shapeless": create_operation(422, schema={}, media_type="application/problem+json"),
    "/example": create_operation(
        422, schema=obj(message=TEXT, help=TEXT), example={"message": "no", "help": "see there"}
    ),
    "/impossible": create_operation(422, schema=obj(message={"not": {}})),
    "/unknown": create_operation(422, schema=obj(weight={**INTEGER, "minimum": 5})),
}
PATHS["/headers"] = create_operation(422, 404)
PATHS["/headers"]["post"]["responses"]["422"] = {
    "description": "refused",
    "headers": {"X-Trace": {"required": True, "schema": {**TEXT, "minLength": 3}}, "Retry-After": {"schema": INTEGER}},
}
PATHS["/secured"] = create_operation(404, schema=MESSAGE)
PATHS["/secured"]["post"]["security"] = [{"bearer": []}]
PATHS["/things/{id}"] = {
    "delete": {
        "operationId": "path",
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": INTEGER}],
        "responses": {"204": {"description": "done"}, "404": {"description": "no such thing"}},
    }
}
SCHEMES = {"bearer": {"type": "http", "scheme": "bearer"}}
DOCUMENT = document(PATHS, components={"securitySchemes": SCHEMES})


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("errors"), DOCUMENT) as server:
        yield server


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_declared_error_schema_is_filled_with_the_violations(server, name):
    reply = server("POST", f"/{name}", {"age": SECRET})

    assert (reply.status, reply.json) == (422, SCHEMAS[name][1])


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("target", ["?limit=s3cret-value", ""])
def test_an_error_never_contains_the_value_sent(server, name, target):
    assert SECRET.encode() not in server("POST", f"/{name}{target}", {"age": SECRET, "name": SECRET}).body


@pytest.mark.parametrize("name", [name for name in SCHEMAS if name != "sentences"])
def test_an_error_without_violations_has_its_message(server, name):
    reply = server("POST", f"/{name}", Prefer="code=404")

    assert reply.status == 404
    assert "This response was requested" in reply.body.decode() or name == "short"


@pytest.mark.parametrize(
    ("path", "status"),
    [("/both", 422), ("/bad-request", 400), ("/range", 422), ("/default", 400), ("/nothing", 422)],
)
def test_the_status_is_422_else_400_as_declared_and_400_with_only_a_default(server, path, status):
    for target, body in ((path, {}), (path + "?limit=x", None), (path, b"{")):
        reply = server("POST", target, body, **({"Content_Type": "application/json"} if body == b"{" else {}))

        assert reply.status == status


def test_an_invalid_path_parameter_is_404_where_no_closer_status_is_declared(server):
    assert server("DELETE", "/things/x").status == 404


def test_an_undeclared_error_is_problem_details(server):
    reply = server("POST", "/nothing?limit=x", {"age": -1}, X_Mode="b")

    assert (reply.status, reply.headers["Content-Type"]) == (422, "application/problem+json")
    assert reply.json["title"] == "Unprocessable Entity"
    assert reply.json["validation"] == [
        {"location": ["query", "limit"], "severity": "Error", "code": "type", "message": INVALID},
        {"location": ["header", "x-mode"], "severity": "Error", "code": "enum", "message": "must be one of a"},
    ]


def test_problem_details_have_the_location_in_the_body(server):
    found = server("POST", "/nothing", {"age": -1}).json["validation"]

    assert [(entry["location"], entry["code"]) for entry in found] == [
        (["body", "name"], "required"),
        (["body", "age"], "minimum"),
    ]


def test_an_error_without_a_declared_body_has_none(server):
    reply = server("POST", "/empty", {})

    assert (reply.status, reply.body, reply.headers["Content-Type"]) == (422, b"", None)


def test_errors_carry_their_declared_headers(server):
    reply = server("POST", "/headers", {})

    assert reply.status == 422
    assert len(reply.headers["X-Trace"]) >= 3
    assert reply.headers["Retry-After"].lstrip("-").isdigit()


@pytest.mark.parametrize(
    ("path", "media_type", "details"),
    [
        ("/plain", "text/plain", "age must be of type integer"),
        ("/page", "text/html", "<p>The request body breaks its schema: name is required"),
        ("/xml", "application/xml", "<problem><message>The request body breaks its schema: name is required"),
        ("/shapeless", "application/problem+json", '"status":422'),
    ],
)
def test_errors_are_rendered_in_other_media_types(server, path, media_type, details):
    reply = server("POST", path, {"age": SECRET})

    assert (reply.status, reply.headers["Content-Type"]) == (422, media_type)
    assert details in reply.body.decode()


def test_unrecognized_members_of_an_error_are_taken_from_the_example_or_generated(server):
    shown, made = server("POST", "/example", {}), server("POST", "/unknown", {})

    assert shown.json["help"] == "see there"
    assert shown.json["message"].startswith("The request body breaks its schema")
    assert (made.status, made.json["weight"] >= 5) == (422, True)


def test_an_unsatisfiable_error_schema_is_replaced_by_problem_details(server):
    reply = server("POST", "/impossible", {})

    assert (reply.status, reply.headers["Content-Type"]) == (422, "application/problem+json")


def test_a_401_has_the_format_of_another_declared_error(server):
    reply = server("POST", "/secured", {})

    assert (reply.status, reply.headers["Content-Type"]) == (401, "application/json")
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_same_error_has_the_same_body(server):
    first, second = (server("POST", "/github", {}, world=name).body for name in ("a", "b"))

    assert first == second
