"""Several parameters of one operation: exploded objects, overrides, ignored parameters."""

from __future__ import annotations

import pytest

from tests.wire.serving import document, parameter

INTEGER = {"type": "integer"}
TEXT = {"type": "string"}
POINT = {
    "type": "object",
    "properties": {"R": INTEGER, "G": INTEGER},
    "required": ["R"],
    "additionalProperties": False,
}

PATHS = {
    "/spread": {
        "get": {
            "parameters": [
                parameter("query", POINT),
                parameter("query", INTEGER, "page"),
                parameter("query", POINT, "area", style="deepObject"),
            ]
        }
    },
    "/overridden/{value}": {
        "parameters": [parameter("path", INTEGER), parameter("query", INTEGER, "page", required=True)],
        "get": {
            "operationId": "overriding",
            "parameters": [parameter("path", TEXT), parameter("query", TEXT, "page")],
        },
        "delete": {"operationId": "inheriting"},
    },
    "/ignored": {
        "get": {
            "operationId": "idle ignored",
            "parameters": [
                parameter("header", INTEGER, name, required=True)
                for name in ("Accept", "Content-Type", "Authorization")
            ],
        }
    },
    "/named": {
        "get": {
            "operationId": "named",
            "parameters": [
                parameter("query", TEXT, "workflowId"),
                parameter("header", TEXT, "X-Request-ID"),
                parameter("query", TEXT, "page-size"),
            ],
        }
    },
    "/many/{a}-{b}/of/{c}.json": {
        "get": {"operationId": "many", "parameters": [parameter("path", INTEGER, name) for name in "cab"]}
    },
    "/shared/{value}": {"get": {"operationId": "echo shared", "parameters": [{"$ref": "#/components/parameters/V"}]}},
    "/wrong": {
        "get": {
            "operationId": "idle wrong",
            "parameters": [parameter("query", INTEGER, "a"), parameter("header", INTEGER, "b", required=True)],
        }
    },
    "/list": {"get": {"parameters": [parameter("header", {"type": "array", "items": TEXT})]}},
    "/growing": {
        "get": {
            "operationId": "growing",
            "parameters": [parameter("query", {"type": "array", "items": TEXT, "default": []})],
        }
    },
}
DOCUMENTS = {"together": document(PATHS, components={"parameters": {"V": parameter("path", INTEGER)}})}
HANDLERS = {
    "together": """
def overriding(value, page): return {"value": [value, page]}
def inheriting(value, page): return {"value": [value, page]}
def named(workflow_id, x_request_id, page_size): return {"value": [workflow_id, x_request_id, page_size]}
def many(a, b, c): return {"value": [a, b, c]}
def growing(value):
    value.append("another")
    return {"value": value}
"""
}


def test_declared_query_parameters_are_not_properties_of_an_exploded_object(server):
    assert server("GET", "/spread?R=1&page=2&area[R]=3&G=4").value == {"R": 1, "G": 4}
    assert server("GET", "/spread?page=2").value is None


def test_an_undeclared_query_parameter_is_a_property_of_an_exploded_object(server):
    assert server("GET", "/spread?R=1&B=2").json["fields"] == ["query:value.B:additionalProperties"]


def test_an_operations_own_parameters_override_those_of_its_path(server):
    assert server("GET", "/overridden/abc").value == ["abc", None]


def test_an_operation_without_parameters_has_those_of_its_path(server):
    assert server("DELETE", "/overridden/5?page=6").value == [5, 6]
    assert server("DELETE", "/overridden/abc?page=6").json["fields"] == ["path:value:type"]
    assert server("DELETE", "/overridden/5").json["fields"] == ["query:page:required"]


def test_header_parameters_named_accept_content_type_or_authorization_are_ignored(server):
    assert server("GET", "/ignored", Accept="*/*", Content_Type="foo", Authorization="x").status == 200


def test_a_parameter_reaches_the_handler_under_its_name_in_snake_case(server):
    assert server("GET", "/named?workflowId=a&page-size=c", x_REQUEST_id="b").value == ["a", "b", "c"]


def test_several_path_parameters_are_passed_by_name(server):
    assert server("GET", "/many/1-2/of/3.json").value == [1, 2, 3]
    assert server("GET", "/many/1-x/of/3.json").json["fields"] == ["path:b:type"]


def test_a_referenced_parameter_is_resolved(server):
    assert server("GET", "/shared/5").value == 5


def test_every_invalid_query_and_header_parameter_is_reported_at_once(server):
    assert server("GET", "/wrong?a=x").json["fields"] == ["query:a:type", "header:b:required"]


def test_two_header_lines_are_combined_into_one_list(server):
    # RFC 9110, section 5.2: the values of field lines are combined in order, separated by commas.
    reply = server.raw(b"GET /list HTTP/1.1\r\nHost: localhost\r\nValue: a\r\nValue: b\r\n\r\n")

    assert reply.value == ["a", "b"]


def test_a_default_is_new_for_every_request(server):
    assert server("GET", "/growing").value == server("GET", "/growing").value == ["another"]


@pytest.mark.parametrize("query", ["value=%FF", "%FF=1", "value=%C3%28"])
def test_a_query_that_is_not_utf_8_is_rejected(server, query):
    assert server("GET", "/spread?" + query).json["fields"] == ["query:query:encoding"]


def test_a_query_has_at_most_a_thousand_parameters(server):
    assert server("GET", "/spread?R=1" + "&page=2" * 999).json["fields"] == ["query:page:type"]
    assert server("GET", "/spread?R=1" + "&page=2" * 1000).json["fields"] == ["query:query:encoding"]


def test_undeclared_query_parameters_are_ignored(server):
    assert server("GET", "/named?other=%FE&x=1&=&&", X_Request_ID="b").status == 400
    assert server("GET", "/ignored?other=%FE&x=1&=&&").status == 200


@pytest.mark.parametrize("style", [{}, {"style": "form"}])
def test_a_querystring_parameter_is_the_whole_query_in_3_2(served, style):
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
    content = {"application/x-www-form-urlencoded": {"schema": schema}}
    whole = {"name": "value", "in": "querystring", "required": True, "content": content, **style}
    server = served({"whole": document({"/a": {"get": {"parameters": [whole]}}}, openapi="3.2.0")})

    assert server("GET", "/a?a=5").value == {"a": 5}
    assert server("GET", "/a?a=x").status == 400
    assert server("GET", "/a").status == 400


@pytest.mark.parametrize("media", [{}, None, {"$ref": "#/info"}, {"example": 5}])
def test_a_parameter_with_content_without_a_schema_accepts_any_value(served, media):
    value = {"name": "value", "in": "query", "content": {"application/json": media}}
    server = served({"open": document({"/a": {"get": {"parameters": [value]}}})})

    assert server("GET", "/a?value=%7B%22a%22:1%7D").value == {"a": 1}
    assert server("GET", "/a?value=x").status == 400
