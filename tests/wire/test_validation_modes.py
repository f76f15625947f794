"""Validation modes: invalid requests are rejected, served and marked, or served."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from locum.cli import main
from locum.options import Validation
from locum.settings import Settings
from tests.wire.generated import generated
from tests.wire.serving import Server, body, document, parameter, settings_for

SHOP = Path(__file__).with_name("shop.yaml")
TEXT, INTEGER, BOOLEAN = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
PET = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "id": {**INTEGER, "readOnly": True},
        "name": {**TEXT, "minLength": 2},
        "age": INTEGER,
        "is_tame": BOOLEAN,
        "owner": {
            "type": "object",
            "unevaluatedProperties": False,
            "properties": {"email": {**TEXT, "format": "email"}, "phones": {"type": "array", "items": TEXT}},
        },
    },
}


def response(schema, **members):
    return {"description": "done", "content": {"application/json": {"schema": schema}}, **members}


PATHS = {
    "/pets": {
        "get": {
            "operationId": "listPets",
            "parameters": [
                parameter("query", BOOLEAN, "is_tame"),
                parameter("query", {**INTEGER, "maximum": 5}, "limit"),
                parameter("query", {"enum": ["name", "age"]}, "sort"),
                parameter("header", TEXT, "X-Client", required=True),
                parameter("cookie", INTEGER, "visits"),
            ],
            "responses": {"200": response({"type": "array", "items": PET})},
        },
        "post": {"operationId": "createPet", "requestBody": body(PET), "responses": {"201": response(PET)}},
    },
    "/pets/{id}": {
        "get": {
            "operationId": "getPet",
            "parameters": [parameter("path", INTEGER, "id")],
            "responses": {"200": response(PET), "404": {"description": "gone"}},
        },
    },
    "/echo/{id}": {
        "post": {
            "operationId": "echo",
            "parameters": [
                parameter("path", INTEGER, "id"),
                parameter("query", {**INTEGER, "default": 7, "maximum": 10}, "limit"),
                parameter("query", BOOLEAN, "flag"),
                parameter("query", {"type": "array", "items": INTEGER}, "ids"),
                parameter("query", {"enum": ["a", "b"]}, "sort"),
                parameter("header", INTEGER, "X-Page", required=True),
                parameter("cookie", INTEGER, "visits", required=True),
            ],
            "requestBody": body(PET),
            "responses": {"200": response({}), "422": response({"type": "object"})},
        },
    },
    "/careless": {
        "post": {
            "operationId": "careless",
            "requestBody": body(PET),
            "responses": {"200": response(TEXT), "400": response({"type": "object"})},
        },
    },
}
DOCUMENT = {"pets": document(PATHS, openapi="3.1.0")}
HANDLERS = {
    "pets": """
api = Api(accepts=None)
seen = []

def echo(id, limit=7, flag=None, ids=None, sort=None, x_page=None, visits=None, body=None):
    return [id, limit, flag, ids, sort, x_page, visits, body]

def careless(body): return body["name"]

def __getattr__(name): raise AttributeError(name)
"""
}
"""Handlers for two operations; the others are generated."""

HEADERS = {"X_Client": "tests"}
REPORT = {"X_Locum_Validate": "report"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(settings_for(tmp_path_factory.mktemp("validating"), DOCUMENT, HANDLERS))
    yield server
    server.stop()


def entry(server, world="default"):
    """Return the latest entry of the journal."""
    return server("GET", f"/__locum/journal?world={world}&limit=1").json[-1]


def test_an_invalid_request_is_rejected_by_default(server):
    assert server("GET", "/pets?is_tame=maybe", **HEADERS).status == 422
    assert server("GET", "/pets?is_tame=maybe", **HEADERS, X_Locum_Validate="enforce").status == 422
    assert server("GET", "/pets?is_tame=true", **HEADERS).headers["X-Locum-Violations"] is None


def test_an_unknown_mode_is_rejected(server):
    reply = server("GET", "/pets?is_tame=maybe", **HEADERS, X_Locum_Validate="lenient")

    assert reply.status == 422
    assert "enforce, report, off" in reply.json["detail"]


@pytest.mark.parametrize(
    ("target", "count"),
    [
        ("/pets?is_tame=maybe", 2),
        ("/pets?is_tame=yes&limit=1000&sort=colour", 4),
        ("/pets?limit=many", 2),
        ("/pets?limit=1&limit=2", 2),
        ("/pets?is_tame=%FF", 2),
    ],
)
def test_in_report_mode_a_request_is_served_and_its_violations_are_counted(server, target, count):
    reply = server("GET", target, **REPORT)

    assert reply.status == 200
    assert int(reply.headers["X-Locum-Violations"]) == count
    assert len(entry(server)["violations"]) == count


def test_in_report_mode_a_request_is_marked_in_the_journal(server):
    server("GET", "/pets?is_tame=maybe", **REPORT, Cookie="visits=many")
    found = entry(server)

    assert found["verdict"] == "request_violations"
    assert found["branch"] == "list /pets"
    places = {(violation["location"], violation["pointer"], violation["keyword"]) for violation in found["violations"]}
    assert places == {
        ("query", "/is_tame", "type"),
        ("header", "/x-client", "required"),
        ("cookie", "/visits", "type"),
    }
    assert any("breaks its contract" in sentence for sentence in found["trace"])


def test_a_boolean_sent_as_a_number_filters_like_a_boolean(server):
    tame = [pet["id"] for pet in server("GET", "/pets?is_tame=true", **HEADERS).json]

    assert tame
    assert [pet["id"] for pet in server("GET", "/pets?is_tame=1", **HEADERS, **REPORT).json] == tame


@pytest.mark.parametrize(
    ("sent", "made"),
    [
        ({"name": "Rex", "colour": "red"}, {"name": "Rex"}),
        ({"name": "Rex", "age": "7", "is_tame": 1}, {"name": "Rex", "age": 7, "is_tame": True}),
        ({"name": 5}, {}),
        ({"name": 55}, {"name": "55"}),
        ({"name": "Rex", "age": {"years": 7}}, {"name": "Rex"}),
        ({"name": "Rex", "owner": {"email": "none", "shoe": 1, "phones": [1, [2], "3"]}}, {"owner": {"phones": ["1", "3"]}}),
        ({"age": 7}, {"age": 7}),
        ([], {}),
        ("text", {}),
        (None, {}),
    ],
)  # fmt: skip
def test_the_valid_part_of_a_body_is_stored(server, sent, made):
    reply = server("POST", "/pets", sent, **REPORT)

    assert reply.status == 201
    assert int(reply.headers["X-Locum-Violations"]) > 0
    assert reply.json.items() >= made.items()
    assert server("GET", f"/pets/{reply.json['id']}").json == reply.json


@pytest.mark.parametrize(
    ("data", "content_type", "name"),
    [
        (b'{"name": "Rex"}', "text/plain", "Rex"),
        (b'{"name": "Rex"}', "application/vnd.pets+xml", "Rex"),
        (b'{"name"', "application/json", None),
        (b"\xff\xfe", "application/octet-stream", None),
    ],
)
def test_a_body_of_another_media_type_is_read_if_possible(server, data, content_type, name):
    reply = server("POST", "/pets", data, **REPORT, Content_Type=content_type)

    assert reply.status == 201
    assert reply.headers["X-Locum-Violations"] == "1"
    assert name in {None, reply.json["name"]}


def test_a_handler_gets_valid_values_and_values_of_the_declared_type(server):
    target = "/echo/x?limit=99&flag=on&ids=1,2&sort=c"
    reply = server("POST", target, {"name": "Rex", "more": 1}, **REPORT, X_Page="first")

    assert reply.json == ["x", 99, True, [1, 2], None, None, None, {"name": "Rex"}]
    assert server("POST", "/echo/1?limit=many", b"", **REPORT).json == [1, 7, None, None, None, None, None, None]


def test_a_request_without_an_argument_that_a_handler_requires_is_rejected(server):
    reply = server("POST", "/careless", {"age": 1}, **REPORT)

    assert reply.status == 400
    assert reply.headers["X-Locum-Violations"] == "1"
    assert entry(server)["violations"][0]["pointer"] == "/name"


def test_an_unknown_record_is_404_and_violations_are_counted(server):
    reply = server("GET", "/pets/none", **REPORT)

    assert reply.status == 404
    assert reply.headers["X-Locum-Violations"] == "1"


def test_off_serves_the_same_response_and_marks_nothing(server):
    reply = server("POST", "/pets", {"name": "Rex", "colour": "red"}, X_Locum_Validate="off")

    assert reply.status == 201
    assert reply.headers["X-Locum-Violations"] is None
    assert entry(server)["verdict"] == ""


def test_the_mode_of_a_world_is_forked_saved_and_reset(server):
    def control(method, path, sent=None):
        return server(method, f"/__locum{path}", sent)

    assert control("GET", "/validation?world=default").json == {"mode": "enforce"}
    assert control("PUT", "/validation?world=own", {"mode": "report"}).json == {"mode": "report"}
    assert server("GET", "/pets?is_tame=maybe", world="own").status == 200
    assert server("GET", "/pets?is_tame=maybe", world="own", X_Locum_Validate="enforce").status == 422
    assert server("GET", "/pets?is_tame=maybe").status == 422
    control("POST", "/worlds/own/fork", {"into": "twin"})
    assert control("GET", "/validation?world=twin").json == {"mode": "report"}
    saved = control("GET", "/worlds/own/snapshot").json
    assert saved["validation"] == "report"
    control("PUT", "/worlds/revived/snapshot", saved)
    assert server("GET", "/pets?is_tame=maybe", world="revived").status == 200
    assert control("DELETE", "/validation?world=twin").status == 204
    assert server("GET", "/pets?is_tame=maybe", world="twin").status == 422
    control("POST", "/worlds/own/reset")
    assert control("GET", "/validation?world=own").json == {"mode": "enforce"}
    assert control("PUT", "/validation?world=own", {"mode": "lax"}).status == 422


def test_the_mock_that_verify_runs_always_enforces():
    verify = main.commands["verify"]

    assert "validate_requests" not in {parameter.name for parameter in verify.params}
    assert Settings().validate_requests is Validation.ENFORCE


@pytest.mark.parametrize(("mode", "count"), [(Validation.REPORT, "2"), (Validation.OFF, None)])
def test_the_setting_is_the_mode_of_all_worlds(tmp_path, mode, count):
    with generated(tmp_path, DOCUMENT["pets"], validate_requests=mode) as server:
        reply = server("GET", "/pets?is_tame=maybe")

        assert reply.status == 200
        assert reply.headers["X-Locum-Violations"] == count
        assert server("GET", "/__locum/validation?world=default").json == {"mode": mode.value}
        assert server("GET", "/pets?is_tame=maybe", X_Locum_Validate="enforce").status == 422


INVALID_VALUES = [b"", b"{", b"null", b"[]", b"[[]]", b"{}", b'"text"', b"5", b'{"name": null, "email": [1], "more": {}}', b"\xff\x00", b"<a/>", b"a=1&b=2"]  # fmt: skip
TYPES = ["application/json", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "nonsense", ""]  # fmt: skip
QUERIES = ["page=-1&per_page=0", "page=x&tier=none&sort=%FF", "page=1e9&per_page=1e400", "q=%00&sort=-&page[a]=1", "page=" + "9" * 300]  # fmt: skip


def test_no_invalid_request_is_a_500_in_report_mode(tmp_path):
    settings = Settings(specs=(SHOP,), handlers=tmp_path, cache=False, validate_requests=Validation.REPORT)
    server = Server(settings)
    served = 0
    try:
        for operation in server.application.services[0].contract.operations.values():
            for number, data in enumerate(INVALID_VALUES):
                path = "/shop" + re.sub(r"\{[^{}]*\}", ("1", "x", "%F0", "%2F;,")[number % 4], operation.path)
                target = f"{path}?{QUERIES[number % len(QUERIES)]}"
                reply = server(operation.method, target, data, Content_Type=TYPES[number % len(TYPES)])

                assert reply.status < 500, (operation.operation_id, data, reply.body)
                served += reply.status < 300
    finally:
        server.stop()

    assert served > 50
