"""The documented behaviour of `prism mock`, tested with a document without handlers.

Each row is a request and its outcome there: guides "HTTP Mocking", "Request Validation" and
"Errors" of Prism 5. Where locum differs on purpose, the row has the reason.
"""

from __future__ import annotations

import pytest

from tests.wire.generated import generated
from tests.wire.serving import document, parameter

TEXT, INTEGER = {"type": "string"}, {"type": "integer"}
PET = {
    "type": "object",
    "required": ["name"],
    "properties": {"id": {**INTEGER, "readOnly": True}, "name": TEXT, "tag": TEXT},
}
ERROR = {"type": "object", "required": ["message"], "properties": {"message": TEXT}}
JSON, PROBLEM = "application/json", "application/problem+json"


def response(schema=None, media_type=JSON, **media):
    return {"description": "an answer", "content": {media_type: ({"schema": schema} if schema else {}) | media}}


def create_pet(*errors, **members):
    """Declare a POST of a pet."""
    return {
        "post": {
            "requestBody": {"required": True, "content": {JSON: {"schema": PET}}},
            "responses": {"201": response(PET)} | {str(status): response(ERROR) for status in errors},
            **members,
        }
    }


EXAMPLES = {"cat": {"value": {"id": 2, "name": "Fluffy"}}, "dog": {"value": {"id": 1, "name": "Spot"}}}
KINDS = {
    "200": {**response(PET, examples=EXAMPLES), "headers": {"X-Rate": {"schema": {**INTEGER, "enum": [50]}}}},
    "404": response(ERROR, example={"message": "no such pet"}),
}
PATHS = {
    "/pets/{petId}": {
        "get": {"parameters": [parameter("path", INTEGER, "petId"), parameter("query", INTEGER, "limit")], "responses": KINDS}
    },
    "/none": create_pet(),
    "/unprocessable": create_pet(400, 422),
    "/bad": create_pet(400),
    "/otherwise": create_pet("default"),
    "/media": create_pet(415),
    "/typed": {"get": {"responses": {"200": response({**TEXT, "example": "hello"}, "text/plain")}}},
    "/default": {"get": {"responses": {"default": response(PET, example={"name": "any"})}}},
    "/range": {"get": {"responses": {"2XX": response(PET, example={"name": "any"}), "4XX": response(ERROR)}}},
    "/refusals": {"get": {"responses": {"404": response(ERROR, example={"message": "always"})}}},
    "/lowest": {"get": {"responses": {"202": response(PET), "201": response({"enum": ["the lowest"]})}}},
    "/empty": {"delete": {"responses": {"204": {"description": "gone"}}}},
    "/old": {"get": {"deprecated": True, "responses": {"200": response(PET)}}},
    "/bearer": {"get": {"security": [{"bearer": []}], "responses": {"200": response(PET)}}},
    "/key": {"get": {"security": [{"key": []}], "responses": {"200": response(PET), "401": response(ERROR)}}},
    "/headers": {"get": {"parameters": [parameter("header", INTEGER, "X-Page", required=True)], "responses": {"200": response(PET)}}},
    "/dynamic": {"get": {"responses": {"200": response({**TEXT, "minLength": 3, "example": "shown"})}}},
}  # fmt: skip
for number, item in enumerate(PATHS.values()):
    for operation in item.values():
        operation["operationId"] = f"operation{number}"
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
}
DOCUMENT = document(PATHS, components={"securitySchemes": SCHEMES})

MISSING = {
    "validation": [{"location": ["body", "name"], "severity": "Error", "code": "required", "message": "is required"}]
}
INVALID = {"tag": "Stowford"}

# By name: a request (method, target, body, headers) and its outcome (status, headers, members of the body).
TABLE = {
    "the first example": ("GET", "/pets/1", None, {}, 200, {"Content-Type": JSON}, None),
    "declared headers": ("GET", "/pets/1", None, {"Prefer": "code=200"}, 200, {"X-Rate": "50"}, {"name": "Fluffy"}),
    "an example by name": ("GET", "/pets/1", None, {"Prefer": "example=dog"}, 200, {}, {"name": "Spot"}),
    "an example by query": ("GET", "/pets/1?__example=dog", None, {}, 200, {}, {"name": "Spot"}),
    "an example of a code": ("GET", "/pets/1", None, {"Prefer": "code=200, example=dog"}, 200, {}, {"name": "Spot"}),
    "an unknown example": ("GET", "/pets/1", None, {"Prefer": "example=bird"}, 404, {"Content-Type": PROBLEM}, {"status": 404}),
    "a code": ("GET", "/pets/1", None, {"Prefer": "code=404"}, 404, {"Content-Type": JSON}, {"message": "no such pet"}),
    "a code by query": ("GET", "/pets/1?__code=404", None, {}, 404, {}, {"message": "no such pet"}),
    "an unknown code": ("GET", "/pets/1", None, {"Prefer": "code=418"}, 404, {"Content-Type": PROBLEM}, {"status": 404}),
    "a code of a range": ("GET", "/range", None, {"Prefer": "code=418"}, 418, {"Content-Type": JSON}, {}),
    "a code of the default": ("GET", "/default", None, {"Prefer": "code=503"}, 503, {}, {"name": "any"}),
    "only a default": ("GET", "/default", None, {}, 200, {}, {"name": "any"}),
    "only ranges": ("GET", "/range", None, {}, 200, {}, {"name": "any"}),
    "only refusals": ("GET", "/refusals", None, {}, 404, {}, {"message": "always"}),
    "the lowest success": ("GET", "/lowest", None, {}, 201, {}, None),
    "no body": ("DELETE", "/empty", None, {}, 204, {"Content-Type": None}, None),
    "no path": ("GET", "/nowhere", None, {}, 404, {"Content-Type": PROBLEM}, {"status": 404}),
    "no method": ("DELETE", "/old", None, {}, 405, {"Content-Type": PROBLEM}, {"status": 405}),
    "deprecated": ("GET", "/old", None, {}, 200, {"Deprecation": "true"}, {}),
    "invalid, nothing declared": ("POST", "/none", INVALID, {}, 422, {"Content-Type": PROBLEM}, {"status": 422, **MISSING}),
    "invalid, 422 and 400 declared": ("POST", "/unprocessable", INVALID, {}, 422, {"Content-Type": JSON}, {}),
    "invalid, 400 declared": ("POST", "/bad", INVALID, {}, 400, {"Content-Type": JSON}, {}),
    "invalid, default declared": ("POST", "/otherwise", INVALID, {}, 422, {"Content-Type": JSON}, {}),
    "no body where one is required": ("POST", "/none", None, {}, 422, {"Content-Type": PROBLEM}, {"status": 422}),
    "a wrong query": ("GET", "/pets/1?limit=x", None, {}, 422, {"Content-Type": PROBLEM}, {"status": 422}),
    "a missing header": ("GET", "/headers", None, {}, 422, {"Content-Type": PROBLEM}, {"status": 422}),
    "a wrong media type": ("POST", "/none", b"a", {"Content_Type": "text/csv"}, 415, {"Content-Type": PROBLEM}, {"status": 415}),
    "a wrong media type, declared": ("POST", "/media", b"a", {"Content_Type": "text/csv"}, 415, {"Content-Type": JSON}, {}),
    "not acceptable": ("GET", "/typed", None, {"Accept": JSON}, 406, {"Content-Type": PROBLEM}, {"status": 406}),
    "acceptable": ("GET", "/typed", None, {"Accept": "text/*;q=0.5, image/png"}, 200, {"Content-Type": "text/plain"}, None),
    "no credentials": ("GET", "/bearer", None, {}, 401, {"Content-Type": PROBLEM}, {"status": 401}),
    "no credentials, declared": ("GET", "/key", None, {}, 401, {"Content-Type": JSON}, {}),
    "any credentials": ("GET", "/bearer", None, {"Authorization": "Bearer anything"}, 200, {}, {}),
    "any key": ("GET", "/key", None, {"X_Key": "anything"}, 200, {}, {}),
    "dynamic": ("GET", "/dynamic", None, {"Prefer": "dynamic=true"}, 200, {}, None),
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("prism"), DOCUMENT, like_prism=True) as server:
        yield server


@pytest.mark.parametrize("name", TABLE)
def test_the_outcome_is_that_of_prism(server, name):
    method, target, body, sent, status, headers, members = TABLE[name]
    reply = server(method, target, body, **sent)

    assert reply.status == status
    assert {header: reply.headers[header] for header in headers} == headers
    if members is not None:
        assert reply.json.items() >= members.items()


def test_a_401_has_a_challenge(server):
    assert server("GET", "/bearer").headers["WWW-Authenticate"].startswith("Bearer")


def test_a_405_lists_the_declared_methods(server):
    assert server("DELETE", "/old").headers["Allow"] == "GET, HEAD, OPTIONS"


def test_a_dynamic_value_differs_from_the_example(server):
    assert server("GET", "/dynamic").json == "shown"
    assert server("GET", "/dynamic", Prefer="dynamic=true").json != "shown"
