"""XML over HTTP: a document without handlers whose responses are XML or JSON."""

from __future__ import annotations

import pytest

from tests.wire.generated import generated
from tests.wire.serving import document, parameter

PET = {
    "type": "object",
    "required": ["name", "photoUrls"],
    "xml": {"name": "pet"},
    "properties": {
        "id": {"type": "integer", "format": "int64"},
        "name": {"type": "string", "minLength": 2},
        "photoUrls": {
            "type": "array",
            "xml": {"wrapped": True},
            "items": {"type": "string", "xml": {"name": "photoUrl"}},
        },
    },
}
REFERENCE = {"schema": {"$ref": "#/components/schemas/Pet"}}
BOTH = {"application/xml": REFERENCE, "application/json": REFERENCE}
MANY = {"schema": {"type": "array", "items": REFERENCE["schema"]}}
TEXT = {"type": "string"}


def done(content, status=200):
    return {str(status): {"description": "done", "content": content}}


ERROR_RESPONSES = {
    "422": {"description": "refused", "content": {name: {"schema": {"type": "object", "properties": {"message": TEXT}}} for name in BOTH}}
}  # fmt: skip
EXAMPLE = "<pet><name>Tom</name><photoUrls/></pet>"
PATHS = {
    "/pet": {"post": {"operationId": "add", "requestBody": {"content": BOTH}, "responses": done(BOTH) | ERROR_RESPONSES}},
    "/pet/{petId}": {
        "get": {"operationId": "get", "parameters": [parameter("path", {"type": "integer"}, "petId")], "responses": done(BOTH)},
    },
    "/pets": {"get": {"operationId": "list", "responses": done({"application/xml": MANY, "application/json": MANY, "text/csv": {"schema": TEXT}})}},
    "/shown": {"get": {"operationId": "shown", "responses": done({"text/xml": {**REFERENCE, "example": EXAMPLE}})}},
    "/form": {"get": {"operationId": "form", "responses": done({"application/x-www-form-urlencoded": {"schema": PET, "example": {"name": "a b", "photoUrls": ["c", "d"]}}})}},
    "/image": {"get": {"operationId": "image", "responses": done({"image/png": {"schema": {"type": "string", "format": "binary"}}})}},
    "/nothing": {"get": {"operationId": "nothing", "responses": done({"application/octet-stream": {}})}},
    "/mixed": {"get": {"operationId": "mixed", "responses": done({"application/json": REFERENCE, "text/csv": {"schema": TEXT}, "text/plain": {"schema": PET}})}},
}  # fmt: skip
NAMED = {"type": "object", "xml": {"name": "r"}, "required": ["n"], "properties": {"n": {"type": "string", "enum": ["gr\xfcn \u20ac"]}}}  # fmt: skip
PATHS["/latin"] = {"get": {"operationId": "latin", "responses": done({"application/xml; charset=iso-8859-1": {"schema": NAMED}, "text/plain; charset=iso-8859-1": {"example": "gr\xfcn"}})}}  # fmt: skip
DOCUMENT = document(PATHS, components={"schemas": {"Pet": PET}})


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("xml"), DOCUMENT) as server:
        yield server


POSTED = b"<pet><id>77</id><name>Tom</name><photoUrls><photoUrl>a</photoUrl></photoUrls></pet>"


def test_xml_is_accepted_and_returned_as_xml_or_json(server):
    def post(accept):
        world = "".join(filter(str.isalnum, accept))
        return server("POST", "/pet", POSTED, Content_Type="application/xml", Accept=accept, X_Locum_World=world)

    assert post("application/json").json["photoUrls"] == ["a"]
    assert b"<pet>" in post("application/xml").body
    assert (
        b"<name>Tom</name><photoUrls><photoUrl>a</photoUrl></photoUrls>"
        in post("application/*+xml, text/xml;q=0.1, application/xml").body
    )


@pytest.mark.parametrize(
    "body",
    [b"<pet><name>T</name><photoUrls/></pet>", b"<pet/>", b"<!DOCTYPE pet><pet/>", b"<pet><id>x</id></pet>", b"{}"],
)
def test_an_error_has_the_accepted_media_type(server, body):
    reply = server("POST", "/pet", body, Content_Type="application/xml", Accept="application/xml")

    assert (reply.status, reply.headers["Content-Type"]) == (422, "application/xml")
    assert b"<message>The request body" in reply.body


def test_json_is_preferred_where_both_are_acceptable(server):
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/*"}):
        assert server("GET", "/pet/1", **headers).json["name"]


def test_a_record_has_the_same_values_in_both_media_types(server):
    name = server("GET", "/pet/1").json["name"]

    assert f"<name>{name}</name>".encode() in server("GET", "/pet/1", Accept="application/xml").body
    assert server("GET", "/pets", Accept="application/xml").body.count(b"<pet>") == len(server("GET", "/pets").json)


def test_an_example_that_is_an_xml_document_is_sent_unchanged(server):
    reply = server("GET", "/shown")

    assert (reply.body.decode(), reply.headers["Content-Type"]) == (EXAMPLE, "text/xml")
    assert server("GET", "/shown", Prefer="example=default").body.decode() == EXAMPLE


def test_forms_and_bytes_are_response_types_too(server):
    assert server("GET", "/form").body == b"name=a+b&photoUrls=c&photoUrls=d"
    assert server("GET", "/image").headers["Content-Type"] == "image/png"
    assert server("GET", "/nothing").body == b"Nothing\n"


def test_a_stored_value_without_a_form_in_a_media_type_is_replaced_by_a_valid_one(server):
    reply = server("GET", "/pets", Accept="text/csv")

    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/csv")
    assert not reply.body.startswith(b"[")


@pytest.mark.parametrize(("accept", "kind"), [("text/csv", str), ("text/plain", dict), ("application/json", dict)])
def test_each_media_type_has_a_value_of_its_schema(server, accept, kind):
    reply = server("GET", "/mixed", Accept=accept)

    assert (reply.status, reply.headers["Content-Type"]) == (200, accept)
    assert (reply.body[:1] == b"{") is (kind is dict)


def test_unacceptable_media_types_are_json_and_unsupported_bodies_are_415(server):
    assert server("GET", "/mixed", Accept="image/png").headers["Content-Type"] == "application/json"
    assert server("POST", "/pet", b"x", Content_Type="text/csv").status == 422, "the declared one for 415"


def test_text_and_xml_are_sent_in_the_encoding_that_is_declared(server):
    xml = '<?xml version="1.0" encoding="ISO-8859-1"?>\n<r><n>gr\xfcn &#8364;</n></r>'

    assert server("GET", "/latin", Accept="application/xml").body == xml.encode("latin-1")
    assert server("GET", "/latin", Accept="text/plain").body == "gr\xfcn".encode("latin-1")
