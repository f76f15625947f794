"""Paths in requests: encoded, long or malformed, they never cause a 500."""

from __future__ import annotations

import pytest

from tests.wire.serving import document, parameter, responses

TEXT = {"type": "string"}
STATUSES = (400, 422, 404)
PATHS = {
    "/text/{value}": {"get": {"parameters": [parameter("path", TEXT)]}},
    "/users/{value}": {"get": {"parameters": [parameter("path", TEXT)]}},
    "/users/me": {"get": {"operationId": "me"}},
    "/users/{value}/pets": {"get": {"parameters": [parameter("path", TEXT)]}},
    "/straße/{value}": {"get": {"parameters": [parameter("path", TEXT)]}},
    "/file/{value}.json": {"get": {"parameters": [parameter("path", TEXT)]}},
    "/a b": {"get": {}},
    "/": {"get": {"operationId": "root"}},
    "/ui": {"get": {}},
    "/openapi.json": {"get": {}},
    "/swagger.json": {"get": {}},
    "/__locumotives": {"get": {}},
} | {
    f"/integer-{status}/{{value}}": {
        "get": {
            "operationId": f"echo {status}",
            "parameters": [parameter("path", {"type": "integer"})],
            "responses": responses(status),
        }
    }
    for status in STATUSES
}
PATHS |= {
    f"/text-{status}/{{value}}": {
        "get": {
            "operationId": f"echo text {status}",
            "parameters": [parameter("path", TEXT)],
            "responses": responses(status),
        }
    }
    for status in STATUSES
}
DOCUMENTS = {"paths": document(PATHS)}
HANDLERS = {"paths": 'def me(): return {"value": "yourself"}\ndef root(): return {"value": "root"}'}

DECODED = {
    "a%2Fb": "a/b",
    "a%2fb": "a/b",
    "%2F": "/",
    "a%20b": "a b",
    "a+b": "a+b",
    "%25": "%",
    "%252F": "%2F",
    "50%": "50%",
    "%zz": "%zz",
    "%00": "\0",
    "a%0Ab": "a\nb",
    "a%0D%0Ab": "a\r\nb",
    "%C3%A9": "é",
    "%E2%82%AC": "€",
    "%F0%9F%98%80": "😀",
    "%2e%2e": "..",
    ".": ".",
    "..": "..",
    "{value}": "{value}",
    "%7Bvalue%7D": "{value}",
    "a;b=c": "a;b=c",
    "x" * 5000: "x" * 5000,
}


@pytest.mark.parametrize(("sent", "value"), DECODED.items(), ids=[sent[:20] for sent in DECODED])
def test_a_segment_is_decoded_once_and_stays_one_segment(server, sent, value):
    assert server("GET", "/text/" + sent).value == value


def test_the_query_is_no_part_of_a_path(server):
    assert server("GET", "/text/a?b/c").value == "a"
    assert server("GET", "/text/a?").value == "a"


def test_a_path_in_absolute_form_is_served(server):
    assert server("GET", "http://test/text/a").value == "a"


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("sent", ["%FF", "a%C3", "%ED%A0%80", "%C0%AF"])
def test_a_path_that_is_not_utf_8_is_rejected_with_a_declared_status(server, status, sent):
    reply = server("GET", f"/text-{status}/{sent}")

    assert (reply.status, reply.json["fields"]) == (status, ["path:value:encoding"])


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("sent", ["x", "%FF", "1" * 5000, "-", "%00", "%E0%A5%A7", "%C2%B2"])
def test_an_invalid_integer_in_the_path_is_rejected_with_a_declared_status(server, status, sent):
    assert server("GET", f"/integer-{status}/{sent}").status == status


def test_an_integer_of_hundreds_of_digits_is_an_integer(server):
    assert server("GET", "/integer-400/" + "1" * 300).value == int("1" * 300)


def test_a_concrete_path_takes_precedence_over_a_templated_one_declared_before_it(server):
    assert server("GET", "/users/me").value == "yourself"
    assert server("GET", "/users/%6De").value == "yourself"
    assert server("GET", "/users/you").value == "you"


def test_a_templated_path_matches_beyond_a_concrete_prefix(server):
    assert server("GET", "/users/me/pets").value == "me"


def test_a_path_expression_can_be_part_of_a_segment(server):
    assert server("GET", "/file/report.json").value == "report"
    assert server("GET", "/file/a%2Fb.json").value == "a/b"
    assert server("GET", "/file/report.xml").status == 404
    assert server("GET", "/file/.json").status == 404


def test_a_unicode_path_matches_its_percent_encoding(server):
    assert server("GET", "/stra%C3%9Fe/5").value == "5"
    assert server("GET", "/a%20b").status == 200


@pytest.mark.parametrize("path", ["/users/", "/text//", "/text/", "//users/me", "/users/me/", "/nowhere", "/USERS/me"])
def test_an_unknown_path_is_404_without_a_redirect(server, path):
    reply = server("GET", path)

    assert reply.status == 404
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.headers["Location"] is None
    assert reply.json["code"] == "no_such_path"


def test_the_root_path_can_be_an_operation(server):
    assert server("GET", "/").value == "root"


@pytest.mark.parametrize("path", ["/ui", "/openapi.json", "/swagger.json", "/__locumotives"])
def test_paths_such_as_ui_and_openapi_json_belong_to_the_api(server, path):
    assert server("GET", path).status == 200


@pytest.mark.parametrize("path", ["/__locum", "/__locum/docs"])
def test_the_pages_of_locum_are_below_their_own_prefix(server, path):
    assert server("GET", path).headers["Location"] == path + "/"
