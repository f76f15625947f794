"""Responses that a client selects with `Prefer` or in the query, with and without handlers."""

from __future__ import annotations

import pytest

from tests.conftest import bearer
from tests.wire.generated import generated
from tests.wire.serving import ERROR, Server, document, parameter, responses, settings_for

TEXT, INTEGER = {"type": "string"}, {"type": "integer"}
PET = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": TEXT, "age": {**INTEGER, "minimum": 0, "maximum": 1_000_000}},
}
PETS = {
    "application/json": {
        "schema": PET,
        "examples": {
            "cat": {"value": {"name": "Tom"}},
            "dog": {"$ref": "#/components/examples/dog"},
            "broken": {"value": {"age": 1}},
        },
    },
    "text/plain": {"schema": TEXT, "example": "a pet"},
}
HEADERS = {
    "X-Required": {"required": True, "schema": {**INTEGER, "minimum": 3}},
    "X-Example": {"schema": INTEGER, "example": 42},
    "X-List": {"schema": {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 2, "maxItems": 2}},
    "X-Flag": {"schema": {"type": "boolean"}},
}
OPTIONAL = HEADERS | {"X-Required": {"schema": HEADERS["X-Required"]["schema"]}}
ERROR_RESPONSE = {"description": "refused", "headers": OPTIONAL, "content": {"application/json": {"schema": ERROR}}}
EXAMPLE_RESPONSE = {
    "description": "gone",
    "content": {"application/json": {"schema": ERROR, "example": {"error": "shown", "message": "m", "fields": []}}},
}
DECLARED = {
    "200": {"description": "done", "headers": HEADERS, "content": PETS},
    "201": {"description": "made", "content": {"application/json": {"schema": PET, "example": {"age": -1}}}},
    "204": {"description": "nothing"},
    "302": {"description": "away", "headers": {"Location": {"required": True, "schema": {**TEXT, "format": "uri"}}}},
    "404": ERROR_RESPONSE,
    "410": EXAMPLE_RESPONSE,
    "5XX": {"description": "failed", "content": {"application/json": {"schema": ERROR}}},
    "default": {"description": "else", "content": {"application/json": {"schema": ERROR}}},
}
PATHS = {
    "/pets/{value}": {
        "get": {
            "operationId": "pet",
            "parameters": [parameter("path", INTEGER), parameter("query", TEXT, "q")],
            "responses": DECLARED,
        },
    },
    "/guarded": {"get": {"operationId": "guarded", "security": [{"bearer": []}], "responses": responses(401)}},
    "/own": {
        "get": {
            "operationId": "own",
            "parameters": [parameter("query", TEXT, "__code")],
            "responses": {"200": {"description": "done", "content": {"application/json": {}}}},
        },
    },
}  # fmt: skip
MEMBERS = {
    "examples": {"dog": {"value": {"name": "Rex"}}},
    "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
}
DOCUMENT = document(PATHS, components=MEMBERS)
HANDLERS = """
def pet(value, q=None): return Response({"name": "the handler's"}, {"X-Required": "3"})
def guarded(): return {}
def own(code=None): return [code]
"""


@pytest.fixture(scope="module", params=["handlers", "generated"])
def send(request, tmp_path_factory):
    """Serve the document with its handlers and without any."""
    folder = tmp_path_factory.mktemp("prefer")
    if request.param == "generated":
        with generated(folder, DOCUMENT) as server:
            yield server
        return
    server = Server(settings_for(folder, {"prefer": DOCUMENT}, {"prefer": HANDLERS}))
    yield server
    server.stop()


def pet(send, prefer, query="", **headers):
    return send("GET", "/pets/1" + query, **({"Prefer": prefer} if prefer else {}), **headers)


@pytest.mark.parametrize(
    ("prefer", "name"),
    [
        ("code=200", "Tom"),
        ("example=dog", "Rex"),
        ("code=200, example=dog", "Rex"),
        ('code=200; example="dog"', "Rex"),
        ('respond-async, EXAMPLE = "d\\og" ;wait=5', "Rex"),
        ('foo="a, example=cat", example=dog, example=cat', "Rex"),
    ],
)
def test_an_example_is_chosen_by_its_name(send, prefer, name):
    reply = pet(send, prefer)

    assert (reply.status, reply.json["name"]) == (200, name)


def test_preference_applied_names_the_preference(send):
    assert pet(send, "code=200, example=dog, seed=1").headers["Preference-Applied"] == "code=200, example=dog"
    assert pet(send, 'dynamic=true, seed="a b"').headers["Preference-Applied"] == 'dynamic=true, seed="a b"'
    assert pet(send, "respond-async").headers["Preference-Applied"] is None


@pytest.mark.parametrize(
    "query",
    ["?__code=404", "?q=1&__code=404", "?__code=404&__code=200"],
)
def test_a_preference_can_be_sent_in_the_query(send, query):
    reply = pet(send, None, query)

    assert (reply.status, reply.headers["Preference-Applied"]) == (404, "code=404")


def test_the_header_takes_precedence_over_the_query(send):
    assert pet(send, "code=410", "?__code=404").status == 410
    assert pet(send, "code=200", "?__example=dog").json["name"] == "Rex"


def test_a_parameter_of_the_operation_is_not_a_preference(send):
    assert send("GET", "/own?__code=404").status == 200


@pytest.mark.parametrize("status", [200, 201, 204, 302, 404, 410, 500, 503, 418, 299])
def test_any_declared_status_can_be_preferred(send, status):
    reply = pet(send, f"code={status}")

    assert (reply.status, reply.headers["Preference-Applied"]) == (status, f"code={status}")


@pytest.mark.parametrize(("code", "status"), [("5XX", 500), ("5xx", 500), ("default", 400)])
def test_a_range_and_the_default_can_be_preferred(send, code, status):
    assert pet(send, f"code={code}").status == status


@pytest.mark.parametrize("status", [200, 404])
def test_headers_are_generated_from_their_examples_and_schemas(send, status):
    headers = pet(send, f"code={status}").headers

    assert int(headers["X-Required"]) >= 3
    assert headers["X-Example"] == "42"
    assert set(headers["X-List"].split(",")) <= {"a", "b"}
    assert headers["X-Flag"] in {"true", "false"}


def test_a_redirect_has_its_location(send):
    assert ":" in pet(send, "code=302").headers["Location"]


@pytest.mark.parametrize("code", ["4XX", "999", "abc", "2000"])
def test_an_undeclared_code_is_rejected_with_the_declared_ones(send, code):
    reply = pet(send, f"code={code}")

    assert (reply.status, reply.headers["Content-Type"]) == (404, "application/problem+json")
    assert reply.json["detail"].endswith("Declared: 200, 201, 204, 302, 404, 410, 5XX, default.")


@pytest.mark.parametrize("prefer", ["example=bird", "code=200, example=bird"])
def test_an_undeclared_example_is_rejected_with_the_declared_ones(send, prefer):
    reply = pet(send, prefer)

    assert (reply.status, reply.headers["Content-Type"]) == (404, "application/problem+json")
    assert "cat, dog, broken" in reply.json["detail"]
    assert pet(send, "code=204, example=cat").status == 404


def test_an_example_that_breaks_its_schema_is_not_served(send):
    named, only = pet(send, "example=broken"), pet(send, "code=201")

    assert named.json["name"]
    assert named.headers["Preference-Applied"] is None
    assert only.json.get("age", 0) >= 0
    assert "name" in only.json


def test_dynamic_ignores_examples_and_depends_on_the_seed(send):
    def generate(prefer):
        return pet(send, prefer).body

    assert b"Tom" not in generate("dynamic=true")
    assert generate("dynamic=true") == generate("dynamic=true")
    assert generate("code=200, dynamic=true, seed=1") == generate("dynamic=true, seed=1") == generate("seed=1")
    assert len({generate(f"dynamic=true, seed={seed}") for seed in range(5)}) == 5
    assert b"Tom" in generate("code=200, dynamic=false, seed=1")


def test_accept_chooses_among_the_media_types(send):
    reply = pet(send, "code=200", Accept="text/*")

    assert (reply.body, reply.headers["Content-Type"]) == (b"a pet", "text/plain")
    assert pet(send, "example=dog", Accept="text/plain;q=0.5, application/json;q=0.4").json["name"] == "Rex"
    assert pet(send, "code=200", Accept="image/png").headers["Content-Type"] == "application/json"
    assert pet(send, "code=404", Accept="image/png").status == 404


def test_an_unauthenticated_caller_cannot_use_preferences(send):
    assert send("GET", "/guarded", Prefer="code=200").status == 401
    assert send("GET", "/guarded?__code=200", **bearer()).status == 200


def test_the_journal_records_a_preferred_response(send):
    journal = send.application.worlds.named("chosen").journal
    for prefer in ("code=200", "code=201", "code=299x"):
        pet(send, prefer, X_Locum_World="chosen")

    assert [entry.verdict for entry in journal.entries] == ["preferred", "broken_example", "no_such_response"]


def test_a_handler_is_not_called_for_a_preferred_response(send):
    assert "handler" not in pet(send, "code=200").body.decode()


def test_a_preferred_error_is_rendered_by_the_api_or_else_its_example(send):
    written = bool(list(send.settings.handlers.iterdir()))

    assert pet(send, "code=404").json["error"] == "not_found"
    assert pet(send, "code=410").json["error"] == ("refused" if written else "shown")
