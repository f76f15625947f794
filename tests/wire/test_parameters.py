"""Parameters in every place and style of OpenAPI 3.0.3, section 4.7.12, read from the bytes of a request."""

from __future__ import annotations

import pytest

from tests.wire.serving import document, parameter

REFUSED = "a refusal"
INTEGER = {"type": "integer"}
INTEGERS = {"type": "array", "items": INTEGER}
TEXTS = {"type": "array", "items": {"type": "string"}}
POINT = {
    "type": "object",
    "properties": {"R": INTEGER, "G": INTEGER},
    "required": ["R"],
    "additionalProperties": False,
}
STRICT_TEXT = {"type": "string", "pattern": "^[a-z]+$"}
ANY_OF = {"anyOf": [{"type": "integer", "maximum": 5}, {"type": "string", "minLength": 3}, {"type": "boolean"}]}

PATH = {
    "text": (parameter("path", {"type": "string"}), {"abc": "abc", "5": "5", "true": "true", "a,b": "a,b"}),
    "pattern": (parameter("path", STRICT_TEXT), {"abc": "abc", "ABC": REFUSED, "a%0A": REFUSED}),
    "integer": (
        parameter("path", INTEGER),
        {"5": 5, "-5": -5, "0": 0, "5.0": REFUSED, "x": REFUSED, "007": REFUSED, "+5": REFUSED, "%205": REFUSED},
    ),
    "number": (
        parameter("path", {"type": "number"}),
        {"5": 5, "1.5": 1.5, "-2e3": -2000.0, ".": REFUSED, "-": REFUSED, "NaN": REFUSED, "Infinity": REFUSED},
    ),
    "boolean": (
        parameter("path", {"type": "boolean"}),
        {"true": True, "false": False, "True": REFUSED, "1": REFUSED},
    ),
    "enum": (parameter("path", {"type": "string", "enum": ["a", "1"]}), {"a": "a", "1": "1", "b": REFUSED}),
    "any-of": (parameter("path", ANY_OF), {"5": 5, "777": "777", "true": True, "ab": REFUSED, "7": REFUSED}),
    "all-of": (
        parameter("path", {"allOf": [{"type": "number"}, {"type": "integer", "minimum": 3}]}),
        {"7": 7, "1": REFUSED, "7.5": REFUSED},
    ),
    "typeless": (parameter("path", {}), {"x": "x", "5": 5, "true": True}),
    "json": (
        parameter("path", content={"application/json": {"schema": POINT}}),
        {"%7B%22R%22:1%7D": {"R": 1}, "%7B%7D": REFUSED, "R": REFUSED},
    ),
    "simple-array": (parameter("path", INTEGERS), {"3": [3], "3,4": [3, 4], "3,x": REFUSED}),
    "simple-object": (parameter("path", POINT), {"R,1,G,2": {"R": 1, "G": 2}, "R,1,G": REFUSED, "G,2": REFUSED}),
    "simple-object-exploded": (
        parameter("path", POINT, explode=True),
        {"R=1,G=2": {"R": 1, "G": 2}, "R,1": REFUSED},
    ),
    "label": (parameter("path", INTEGER, style="label"), {".5": 5, "5": REFUSED}),
    "label-array": (parameter("path", INTEGERS, style="label"), {".3,4": [3, 4], "3,4": REFUSED}),
    "label-array-exploded": (parameter("path", INTEGERS, style="label", explode=True), {".3.4": [3, 4]}),
    "label-object": (parameter("path", POINT, style="label"), {".R,1,G,2": {"R": 1, "G": 2}}),
    "label-object-exploded": (
        parameter("path", POINT, style="label", explode=True),
        {".R=1.G=2": {"R": 1, "G": 2}, ".R,1": REFUSED},
    ),
    "matrix": (parameter("path", INTEGER, style="matrix"), {";value=5": 5, "5": REFUSED, ";other=5": REFUSED}),
    "matrix-array": (parameter("path", INTEGERS, style="matrix"), {";value=3,4": [3, 4]}),
    "matrix-array-exploded": (
        parameter("path", INTEGERS, style="matrix", explode=True),
        {";value=3;value=4": [3, 4], ";value=3;other=4": REFUSED},
    ),
    "matrix-object": (parameter("path", POINT, style="matrix"), {";value=R,1,G,2": {"R": 1, "G": 2}}),
    "matrix-object-exploded": (
        parameter("path", POINT, style="matrix", explode=True),
        {";R=1;G=2": {"R": 1, "G": 2}, ";G=2": REFUSED},
    ),
}
QUERY = {
    "text": (parameter("query", {"type": "string"}), {"value=abc": "abc", "value=a+b%20c": "a b c", "value=": ""}),
    "absent": (parameter("query", INTEGER), {"": None, "other=5": None}),
    "required": (parameter("query", INTEGER, required=True), {"value=5": 5, "": REFUSED, "VALUE=5": REFUSED}),
    "default": (parameter("query", {"type": "integer", "default": 20}), {"": 20, "value=5": 5}),
    "integer": (
        parameter("query", {"type": "integer", "maximum": 9}),
        {"value=5": 5, "value=10": REFUSED, "value=": REFUSED, "value=5&value=6": REFUSED},
    ),
    "nullable": (
        parameter("query", {"type": "integer", "nullable": True}),
        {"value=": None, "value=null": None, "value=5": 5, "value=x": REFUSED},
    ),
    "any-of": (parameter("query", ANY_OF), {"value=4": 4, "value=777": "777", "value=": REFUSED}),
    "typeless": (parameter("query", {}), {"value=a": "a", "value=4": 4, "value=a&value=4": ["a", 4]}),
    "all-of": (parameter("query", {"allOf": [INTEGER, {"minimum": 3}]}), {"value=4": 4, "value=2": REFUSED}),
    "one-of": (
        parameter("query", {"oneOf": [{"type": "integer"}, {"type": "array", "items": {"type": "string"}}]}),
        {"value=4": 4, "value=a&value=b": ["a", "b"], "value=a": REFUSED},
    ),
    "uuid": (
        parameter("query", {"type": "string", "format": "uuid"}),
        {"value=123e4567-e89b-12d3-a456-426614174000": "123e4567-e89b-12d3-a456-426614174000", "value=1": REFUSED},
    ),
    "form-array": (parameter("query", TEXTS), {"value=a&value=b": ["a", "b"], "value=a,b": ["a,b"], "value=1": ["1"]}),
    "form-array-joined": (
        parameter("query", INTEGERS, explode=False),
        {"value=3,4": [3, 4], "value=": [], "value=3&value=4": REFUSED},
    ),
    "space-delimited": (
        parameter("query", INTEGERS, style="spaceDelimited"),
        {"value=3%204": [3, 4], "value=3+4": [3, 4]},
    ),
    "pipe-delimited": (
        parameter("query", INTEGERS, style="pipeDelimited"),
        {"value=3|4": [3, 4], "value=3%7C4": [3, 4]},
    ),
    "form-object-joined": (
        parameter("query", POINT, explode=False),
        {"value=R,1,G,2": {"R": 1, "G": 2}, "value=R": REFUSED},
    ),
    "deep-object": (
        parameter("query", POINT, style="deepObject", explode=True),
        {
            "value[R]=1&value[G]=2": {"R": 1, "G": 2},
            "value%5BR%5D=1": {"R": 1},
            "value[G]=2": REFUSED,
            "value=1": REFUSED,
        },
    ),
    "deeper-object": (
        parameter("query", {"type": "object", "properties": {"a": POINT, "ids": INTEGERS}}, style="deepObject"),
        {
            "value[a][R]=1": {"a": {"R": 1}},
            "value[ids][]=1&value[ids][]=2": {"ids": [1, 2]},
            "value[ids][1]=1&value[ids][0]=2": {"ids": [2, 1]},
            "value[a]=1&value[a][R]=1": REFUSED,
            "value[a][R]=1&value[a]=1": REFUSED,
            "value[a=1": REFUSED,
        },
    ),
    "deep-object-or-integer": (
        parameter("query", {"anyOf": [POINT, INTEGER]}, style="deepObject"),
        {"value[R]=1": {"R": 1}, "value=5": 5, "value=x": REFUSED},
    ),
    "json": (
        parameter("query", content={"application/json": {"schema": POINT}}),
        {"value=%7B%22R%22:1%7D": {"R": 1}, "value=%7B%7D": REFUSED, "value=%7B": REFUSED, "": None},
    ),
    "all-of-objects": (
        parameter(
            "query",
            {
                "allOf": [
                    POINT | {"additionalProperties": True},
                    {"type": "object", "properties": {"N": {"type": "string"}}},
                ]
            },
            style="deepObject",
        ),
        {"value[R]=1&value[N]=2": {"R": 1, "N": "2"}},
    ),
}
HEADER = {
    "text": (parameter("header", {"type": "string"}), {"abc": "abc", "a, b": "a, b"}),
    "integer": (parameter("header", INTEGER), {"5": 5, "x": REFUSED}),
    "boolean": (parameter("header", {"type": "boolean"}), {"true": True, "yes": REFUSED}),
    "required": (parameter("header", INTEGER, required=True), {"5": 5, None: REFUSED}),
    "default": (parameter("header", {"type": "integer", "default": 3}), {"5": 5, None: 3}),
    "array": (parameter("header", INTEGERS), {"3,4": [3, 4], "3, 4": [3, 4], "3;4": REFUSED}),
    "object": (parameter("header", POINT), {"R,1,G,2": {"R": 1, "G": 2}}),
    "object-exploded": (parameter("header", POINT, explode=True), {"R=1, G=2": {"R": 1, "G": 2}}),
    "json": (
        parameter("header", content={"application/json": {"schema": POINT}}),
        {'{"R": 1}': {"R": 1}, "R": REFUSED},
    ),
}
COOKIE = {
    "text": (parameter("cookie", {"type": "string"}), {"value=abc": "abc", 'value="abc"': "abc", "value=a=b": "a=b"}),
    "integer": (parameter("cookie", INTEGER), {"value=5": 5, "a=1; value=6; b=2": 6, "value=x": REFUSED, None: None}),
    "required": (parameter("cookie", INTEGER, required=True), {"value=5": 5, "other=5": REFUSED, None: REFUSED}),
    "array": (parameter("cookie", INTEGERS, explode=False), {"value=3,4": [3, 4]}),
    "first-counts": (parameter("cookie", INTEGER), {"value=1; value=2": 1}),
}


def _paths():
    for name, (declared, _) in PATH.items():
        yield f"/path/{name}/{{value}}", {"get": {"parameters": [declared]}}
    for where, table in (("query", QUERY), ("header", HEADER), ("cookie", COOKIE)):
        for name, (declared, _) in table.items():
            yield f"/{where}/{name}", {"get": {"parameters": [declared]}}


DOCUMENTS = {"parameters": document(dict(_paths()))}


def rows(table):
    """Make one case of every value that is sent."""
    return pytest.mark.parametrize(
        ("name", "sent", "expected"),
        [
            pytest.param(name, sent, expected, id=f"{name}-{sent}".replace(" ", "_"))
            for name, (_, values) in table.items()
            for sent, expected in values.items()
        ],
    )


def judge(reply, expected):
    if expected == REFUSED:
        assert reply.status == 400, reply.body
        assert reply.json["fields"], reply.json
    else:
        assert reply.value == expected
        assert type(reply.value) is type(expected)


@rows(PATH)
def test_a_path_parameter_is_read_as_its_style_and_schema_say(server, name, sent, expected):
    judge(server("GET", f"/path/{name}/{sent}"), expected)


@rows(QUERY)
def test_a_query_parameter_is_read_as_its_style_and_schema_say(server, name, sent, expected):
    judge(server("GET", f"/query/{name}?{sent}"), expected)


@rows(HEADER)
def test_a_header_parameter_is_read_as_its_schema_says(server, name, sent, expected):
    judge(server("GET", f"/header/{name}", **({} if sent is None else {"Value": sent})), expected)


@rows(COOKIE)
def test_a_cookie_parameter_is_read_as_its_schema_says(server, name, sent, expected):
    judge(server("GET", f"/cookie/{name}", **({} if sent is None else {"Cookie": sent})), expected)
