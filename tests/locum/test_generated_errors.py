"""Generated errors: codes of a list, and the members of an error schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from locum.errors import Conflict, Faulty, Invalid, NotFound, Unauthenticated, Violation
from locum.infer.behaviour import Behaviour
from locum.infer.errors.meanings import best_of, canonical, plain, spellings, synonyms
from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import Document
from locum.world.clock import Clock
from locum.world.seeded import NewId
from locum.world.store import Store
from locum.world.worlds import World

TEXT, INTEGER = {"type": "string"}, {"type": "integer"}
STRIPE = ["api_error", "card_error", "idempotency_error", "invalid_request_error"]


@pytest.mark.parametrize(
    ("offered", "status", "word"),
    [
        (STRIPE, 422, "invalid_request_error"),
        (["BadRequest", "NotFound", "Conflict"], 404, "NotFound"),
        (["BadRequest", "NotFound", "Conflict"], 409, "Conflict"),
        (["VALIDATION_ERROR", "UNAUTHORIZED", "INTERNAL"], 422, "VALIDATION_ERROR"),
        (["VALIDATION_ERROR", "UNAUTHORIZED", "INTERNAL"], 401, "UNAUTHORIZED"),
        (["VALIDATION_ERROR", "UNAUTHORIZED", "INTERNAL"], 500, "INTERNAL"),
        (["missing", "already_exists"], 409, "already_exists"),
        (["alpha", "other"], 404, "other"),
        (["alpha", "beta"], 404, None),
        ([1, None, "not-found"], 404, "not-found"),
        ([], 404, None),
    ],
)
def test_the_best_matching_code_of_a_list_is_chosen(offered, status, word):
    assert best_of(offered, synonyms(status)) == word


def test_codes_have_the_style_of_the_list():
    assert spellings("not found") == ["not_found", "NOT_FOUND", "not-found", "NotFound", "notFound"]
    assert plain("Error_Description") == plain("errorDescription") == "errordescription"
    assert [canonical(status) for status in (400, 404, 500, 502)] == [
        "INVALID_ARGUMENT",
        "NOT_FOUND",
        "INTERNAL",
        "UNKNOWN",
    ]


def render(schema, error, status=None, *, media_type="application/json", **media):
    """Return the body of an error in a schema."""
    status = status or error.statuses[0]
    content = {media_type: {"schema": schema, **media}}
    operation = {"responses": {str(status): {"description": "refused", "content": content}}}
    document = {"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": operation}}}
    contract = compile_contract(Document("things", Path("things.yaml"), b"", document))
    declared = contract.operations["/a", "get"].responses[str(status)]
    world = World("test", Store(), Clock(), NewId(0))
    response = Behaviour(contract).render_error(error, status, declared, world)
    assert next(iter(declared.media_types.values())).fits(response.body)
    return response.body


def obj(**properties):
    return {"type": "object", "required": list(properties), "properties": properties}


def array(items):
    return {"type": "array", "items": items}


GONE = NotFound("There is no such pet.")
CONFLICT = Conflict("The name is taken.", code="name_taken")
INVALID = Invalid(
    "The request body breaks its schema.",
    violations=[
        Violation("body", ("tags", 0), "maxLength", 3, "must have at most {expected} characters"),
        Violation("header", ("x-mode",), "enum", ["a", "b"], "must be one of {expected}"),
    ],
)


@pytest.mark.parametrize(
    ("schema", "error", "body"),
    [
        (obj(error=TEXT), GONE, {"error": "There is no such pet."}),
        (obj(error=TEXT, message=TEXT), CONFLICT, {"error": "name_taken", "message": "The name is taken."}),
        (obj(errorCode={"pattern": "^[A-Z_]+$"}, msg=TEXT), CONFLICT, {"errorCode": "NAME_TAKEN", "msg": "The name is taken."}),
        (obj(code={"pattern": "^[A-Z][a-z]+[A-Z][a-z]+$"}), CONFLICT, {"code": "NameTaken"}),
        (obj(code={"enum": STRIPE}), GONE, {"code": "invalid_request_error"}),
        (obj(code={"enum": STRIPE}), Faulty("It broke."), {"code": "api_error"}),
        (obj(code={"const": 404}, message=TEXT), GONE, {"code": 404, "message": "There is no such pet."}),
        (obj(statusCode=INTEGER, error=TEXT, message=TEXT), GONE, {"statusCode": 404, "error": "not_found", "message": "There is no such pet."}),
        (obj(timestamp={"type": "integer"}, status=INTEGER, error=TEXT, message=TEXT), GONE, {"status": 404, "error": "Not Found", "message": "There is no such pet."}),
        (obj(success={"type": "boolean"}, error={"type": "boolean"}, reason=TEXT), GONE, {"success": False, "error": True, "reason": "There is no such pet."}),
        (obj(title=TEXT, detail=TEXT, type=TEXT, status=INTEGER), GONE, {"title": "Not Found", "detail": "There is no such pet.", "type": "about:blank", "status": 404}),
        (obj(errors=array(TEXT)), GONE, {"errors": ["There is no such pet."]}),
        (obj(message=TEXT, details=array(TEXT)), GONE, {"message": "There is no such pet.", "details": []}),
        (obj(detail=array(obj(loc=array({}), msg=TEXT))), GONE, {"detail": [{"loc": [], "msg": "There is no such pet."}]}),
        (array(obj(message=TEXT)), GONE, [{"message": "There is no such pet."}]),
        (obj(errors=array(obj(path=TEXT, keyword=TEXT, message=TEXT))), INVALID, {"errors": [
            {"path": "tags.0", "keyword": "maxLength", "message": "must have at most 3 characters"},
            {"path": "x-mode", "keyword": "enum", "message": "must be one of a, b"},
        ]}),
        (obj(issues=array(obj(pointer=TEXT, severity={"enum": ["ERROR", "WARNING"]}, location={"enum": ["body", "header"]}))), INVALID, {"issues": [
            {"pointer": "/tags/0", "severity": "ERROR", "location": "body"},
            {"pointer": "/x-mode", "severity": "ERROR", "location": "header"},
        ]}),
        (obj(errors=array(obj(source={"type": "object", "properties": {"pointer": TEXT, "header": TEXT}}))), INVALID, {"errors": [
            {"source": {"pointer": "/tags/0"}},
            {"source": {"header": "x-mode"}},
        ]}),
        (obj(fields={"type": "object", "additionalProperties": TEXT}), INVALID, {"fields": {"tags.0": "must have at most 3 characters", "x-mode": "must be one of a, b"}}),
        ({"anyOf": [obj(id=INTEGER), obj(fault=obj(faultstring=TEXT))]}, GONE, {"fault": {"faultstring": "There is no such pet."}}),
        ({}, GONE, {"code": "not_found", "message": "There is no such pet."}),
    ],
)  # fmt: skip
def test_a_schema_is_filled_by_the_names_of_its_members(schema, error, body):
    found = render(schema, error)

    assert found == body or found.items() >= body.items()


def test_the_time_in_an_error_is_the_worlds():
    assert render(obj(timestamp={**TEXT, "format": "date-time"}), GONE)["timestamp"].endswith("Z")


def test_a_recursive_error_schema_terminates():
    schema = {"$ref": "#/paths/~1a/get/x-error"}
    recursive = {"type": "object", "properties": {"message": TEXT, "error": schema, "errors": array(schema)}}
    status = 404
    content = {"application/json": {"schema": schema}}
    operation = {"responses": {"404": {"description": "gone", "content": content}}, "x-error": recursive}
    document = {"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": operation}}}
    contract = compile_contract(Document("things", Path("things.yaml"), b"", document))
    world = World("test", Store(), Clock(), NewId(0))
    body = Behaviour(contract).render_error(GONE, status, contract.operations["/a", "get"].responses["404"], world).body

    assert body["message"] == "There is no such pet."


def test_unknown_members_of_an_error_come_from_the_example():
    body = render(obj(message=TEXT, help=TEXT), GONE, example={"message": "no", "help": "see there", "hint": "stale"})

    assert body == {"message": "There is no such pet.", "help": "see there"}


def test_the_headers_of_an_error_are_not_repeated():
    error = Unauthenticated("Who are you?", headers={"WWW-Authenticate": "Bearer"})
    challenge = {"www-authenticate": {"schema": TEXT}, "X-Trace": {"schema": TEXT}}
    operation = {"responses": {"401": {"description": "refused", "headers": challenge}}}
    document = {"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": operation}}}
    contract = compile_contract(Document("things", Path("things.yaml"), b"", document))
    declared = contract.operations["/a", "get"].responses["401"]
    response = Behaviour(contract).render_error(error, 401, declared, World("test", Store(), Clock(), NewId(0)))

    assert list(response.headers) == ["X-Trace"]
    assert response.body is None
