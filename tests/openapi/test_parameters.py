"""Compiled parameters, and parsing of cookies, queries and names."""

from __future__ import annotations

import pytest

from locum.openapi.compile.parameters import compile_parameters, cookies_of, query_pairs, snake_case
from locum.openapi.pointers import BrokenReference
from locum.openapi.schemas.schemas import Schemas


def compiled(own, inherited=(), **components):
    document = {
        "openapi": "3.0.3",
        "paths": {"/a": {"parameters": list(inherited), "get": {"parameters": list(own)}}},
        "components": components,
    }
    return compile_parameters(Schemas(document), "/paths/~1a", "/paths/~1a/get")


def declared(where, name="value", schema=None, **more):
    return {"name": name, "in": where, "schema": {"type": "string"} if schema is None else schema, **more}


@pytest.mark.parametrize(
    ("where", "style", "explode"),
    [("path", "simple", False), ("query", "form", True), ("header", "simple", False), ("cookie", "form", True)],
)
def test_the_defaults_of_style_and_explode_depend_on_the_location(where, style, explode):
    [parameter] = compiled([declared(where)])

    assert (parameter.style, parameter.explode) == (style, explode)


def test_only_form_explodes_by_default():
    [parameter] = compiled([declared("query", style="spaceDelimited")])

    assert parameter.explode is False


@pytest.mark.parametrize(
    ("schema", "shape", "plain"),
    [
        ({"type": "string"}, "primitive", True),
        ({"type": "string", "nullable": True}, "primitive", False),
        ({"type": "integer"}, "primitive", False),
        ({}, "primitive", False),
        ({"type": "array", "nullable": True}, "array", False),
        ({"allOf": [{"type": "object"}, {}]}, "object", False),
        ({"anyOf": [{"type": "object"}, {"type": "array"}]}, "primitive", False),
    ],
)
def test_the_shape_is_read_from_the_schema(schema, shape, plain):
    [parameter] = compiled([declared("query", schema=schema)])

    assert (parameter.shape, parameter.plain) == (shape, plain)


def test_an_operation_parameter_overrides_the_inherited_one():
    inherited = [
        declared("query", "a", required=True),
        declared("header", "X-A", required=True),
        declared("query", "b"),
    ]
    found = compiled([declared("query", "a"), declared("header", "x-a"), declared("cookie", "b")], inherited)

    assert [(parameter.location, parameter.name, parameter.required) for parameter in found] == [
        ("query", "a", False),
        ("header", "x-a", False),
        ("query", "b", False),
        ("cookie", "b", False),
    ]


def test_an_exploded_object_excludes_the_other_query_parameters():
    own = [declared("query", "o", {"type": "object"}), declared("query", "page"), declared("header", "h")]

    assert [parameter.others for parameter in compiled(own)] == [{"page"}, frozenset(), frozenset()]


def test_a_reference_is_resolved_and_a_broken_one_reported():
    [parameter] = compiled([{"$ref": "#/components/parameters/P"}], parameters={"P": declared("query", "p")})

    assert parameter.name == "p"
    with pytest.raises(BrokenReference):
        compiled([{"$ref": "#/components/parameters/Gone"}])


def test_reserved_headers_are_not_parameters():
    names = ("Accept", "content-type", "AUTHORIZATION")

    assert compiled([declared("header", name) for name in names]) == []
    assert len(compiled([declared("query", name) for name in names])) == 3


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("id", "id"),
        ("workflowId", "workflow_id"),
        ("Workflow-Id", "workflow_id"),
        ("X-Request-ID", "x_request_id"),
        ("HTTPServer", "http_server"),
        ("page[size]", "page_size"),
        ("v2Key", "v2_key"),
        ("already_snake", "already_snake"),
        ("deleteApiKey", "delete_api_key"),
        ("get /users/{id}", "get_users_id"),
        ("$filter", "filter"),
    ],
)
def test_names_become_python_identifiers(name, argument):
    assert snake_case(name) == argument


@pytest.mark.parametrize(
    ("header", "cookies"),
    [
        ("a=1; b=2", {"a": "1", "b": "2"}),
        ("a=1;b=2", {"a": "1", "b": "2"}),
        ("a=1; a=2", {"a": "1"}),
        ('a="1"', {"a": "1"}),
        ("a=b=c", {"a": "b=c"}),
        ("a=", {"a": ""}),
        ("a; b=2;;", {"b": "2"}),
        ("", {}),
    ],
)
def test_cookies_are_read_from_their_header(header, cookies):
    assert cookies_of(header) == cookies


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        (b"a=1&b=2&a=3", {"a": ["1", "3"], "b": ["2"]}),
        (b"a=&b", {"a": [""], "b": [""]}),
        (b"a=1;b=2", {"a": ["1;b=2"]}),
        (b"a+b=%2B%20+", {"a b": ["+  "]}),
        (b"%C3%A9=%E2%82%AC", {"é": ["€"]}),
        (b"&&a=1&", {"a": ["1"]}),
        (b"", {}),
    ],
)
def test_a_query_is_read_as_pairs(query, pairs):
    assert query_pairs(query) == pairs


@pytest.mark.parametrize("query", [b"a=%FF", b"%C3=1", b"a=\xc3\xa9", b"&".join([b"a"] * 1001)])
def test_a_query_that_is_not_utf_8_or_too_long_is_a_value_error(query):
    with pytest.raises(ValueError, match=r"codec|fields"):
        query_pairs(query)


def test_a_repeated_json_parameter_is_unreadable():
    [parameter] = compiled([{"name": "value", "in": "query", "content": {"application/json": {"schema": {}}}}])

    value, violations = parameter.read_pairs({"value": ["[1, 12345678901234567890]"]})

    assert (value, list(violations)) == ([1, 12345678901234567890], [])
    for wrong in (["1", "2"], ["{"], ["[" * 300 + "]" * 300], ["NaN"]):
        _, [violation] = parameter.read_pairs({"value": wrong})
        assert (violation.location, violation.path, violation.keyword) == ("query", ("value",), "style")


def test_a_mutable_default_is_copied():
    [parameter] = compiled([declared("query", schema={"type": "array", "default": [1]})])
    first, second = parameter.read_pairs({})[0], parameter.read_pairs({})[0]

    assert first == second == [1]
    assert first is not second


def test_a_value_valid_only_as_text_stays_text():
    either = {"anyOf": [{"type": "integer", "maximum": 5}, {"type": "string"}]}
    [parameter] = compiled([declared("header", schema=either)])

    assert [parameter.read_text(text)[0] for text in ("5", "7")] == [5, "7"]


@pytest.mark.parametrize(
    ("parameter", "text", "value", "keywords"),
    [
        (declared("path", schema={"type": "string", "maxLength": 1}), "a", "a", []),
        (declared("path", schema={"type": "string", "maxLength": 1}), "ab", "ab", ["maxLength"]),
        (declared("path", schema={"type": "integer"}, style="label"), ".5", 5, []),
        (declared("path", schema={"type": "integer"}, style="label"), "5", None, ["style"]),
        (declared("header", required=True), None, None, ["required"]),
        (declared("header"), None, None, []),
        (declared("cookie", schema={"type": "integer", "default": 5}), None, 5, []),
    ],
)
def test_a_text_is_read_and_validated(parameter, text, value, keywords):
    [parameter] = compiled([parameter])
    found, violations = parameter.read_text(text)

    assert (found, [violation.keyword for violation in violations]) == (value, keywords)
    assert all(violation.path == ("value",) for violation in violations)


def test_other_query_parameters_are_not_properties_of_an_exploded_object():
    own = [declared("query", "o", {"type": "object"}), declared("query", "page"), declared("query", "deep")]
    value, _ = compiled(own)[0].read_pairs({"a": ["1"], "page": ["2"], "deep[x]": ["3"], "b": ["4"]})

    assert value == {"a": 1, "b": 4}
