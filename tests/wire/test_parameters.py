"""Parameters of every location and style (OpenAPI 3.0.3, section 4.7.12), read from the bytes of a request."""

from __future__ import annotations

import pytest

from tests.wire.serving import document, parameter

REJECTED = "rejected"
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
    "pattern": (parameter("path", STRICT_TEXT), {"abc": "abc", "ABC": REJECTED, "a%0A": REJECTED}),
    "integer": (
        parameter("path", INTEGER),
        {"5": 5, "-5": -5, "0": 0, "5.0": REJECTED, "x": REJECTED, "007": REJECTED, "+5": REJECTED, "%205": REJECTED},
    ),
    "number": (
        parameter("path", {"type": "number"}),
        {"5": 5, "1.5": 1.5, "-2e3": -2000.0, ".": REJECTED, "-": REJECTED, "NaN": REJECTED, "Infinity": REJECTED},
    ),
    "boolean": (
        parameter("path", {"type": "boolean"}),
        {"true": True, "false": False, "True": REJECTED, "1": REJECTED},
    ),
    "enum": (parameter("path", {"type": "string", "enum": ["a", "1"]}), {"a": "a", "1": "1", "b": REJECTED}),
    "any-of": (parameter("path", ANY_OF), {"5": 5, "777": "777", "true": True, "ab": REJECTED, "7": REJECTED}),
    "all-of": (
        parameter("path", {"allOf": [{"type": "number"}, {"type": "integer", "minimum": 3}]}),
        {"7": 7, "1": REJECTED, "7.5": REJECTED},
    ),
    "typeless": (parameter("path", {}), {"x": "x", "5": 5, "true": True}),
    "json": (
        parameter("path", content={"application/json": {"schema": POINT}}),
        {"%7B%22R%22:1%7D": {"R": 1}, "%7B%7D": REJECTED, "R": REJECTED},
    ),
    "simple-array": (parameter("path", INTEGERS), {"3": [3], "3,4": [3, 4], "3,x": REJECTED}),
    "simple-object": (parameter("path", POINT), {"R,1,G,2": {"R": 1, "G": 2}, "R,1,G": REJECTED, "G,2": REJECTED}),
    "simple-object-exploded": (
        parameter("path", POINT, explode=True),
        {"R=1,G=2": {"R": 1, "G": 2}, "R,1": REJECTED},
    ),
    "label": (parameter("path", INTEGER, style="label"), {".5": 5, "5": REJECTED}),
    "label-array": (parameter("path", INTEGERS, style="label"), {".3,4": [3, 4], "3,4": REJECTED}),
    "label-array-exploded": (parameter("path", INTEGERS, style="label", explode=True), {".3.4": [3, 4]}),
    "label-object": (parameter("path", POINT, style="label"), {".R,1,G,2": {"R": 1, "G": 2}}),
    "label-object-exploded": (
        parameter("path", POINT, style="label", explode=True),
        {".R=1.G=2": {"R": 1, "G": 2}, ".R,1": REJECTED},
    ),
    "matrix": (parameter("path", INTEGER, style="matrix"), {";value=5": 5, "5": REJECTED, ";other=5": REJECTED}),
    "matrix-array": (parameter("path", INTEGERS, style="matrix"), {";value=3,4": [3, 4]}),
    "matrix-array-exploded": (
        parameter("path", INTEGERS, style="matrix", explode=True),
        {";value=3;value=4": [3, 4], ";value=3;other=4": REJECTED},
    ),
    "matrix-object": (parameter("path", POINT, style="matrix"), {";value=R,1,G,2": {"R": 1, "G": 2}}),
    "matrix-object-exploded": (
        parameter("path", POINT, style="matrix", explode=True),
        {";R=1;G=2": {"R": 1, "G": 2}, ";G=2": REJECTED},
    ),
}
QUERY = {
    "text": (parameter("query", {"type": "string"}), {"value=abc": "abc", "value=a+b%20c": "a b c", "value=": ""}),
    "absent": (parameter("query", INTEGER), {"": None, "other=5": None}),
    "required": (parameter("query", INTEGER, required=True), {"value=5": 5, "": REJECTED, "VALUE=5": REJECTED}),
    "default": (parameter("query", {"type": "integer", "default": 20}), {"": 20, "value=5": 5}),
    "integer": (
        parameter("query", {"type": "integer", "maximum": 9}),
        {"value=5": 5, "value=10": REJECTED, "value=": REJECTED, "value=5&value=6": REJECTED},
    ),
    "nullable": (
        parameter("query", {"type": "integer", "nullable": True}),
        {"value=": None, "value=null": None, "value=5": 5, "value=x": REJECTED},
    ),
    "any-of": (parameter("query", ANY_OF), {"value=4": 4, "value=777": "777", "value=": REJECTED}),
    "typeless": (parameter("query", {}), {"value=a": "a", "value=4": 4, "value=a&value=4": ["a", 4]}),
    "all-of": (parameter("query", {"allOf": [INTEGER, {"minimum": 3}]}), {"value=4": 4, "value=2": REJECTED}),
    "one-of": (
        parameter("query", {"oneOf": [{"type": "integer"}, {"type": "array", "items": {"type": "string"}}]}),
        {"value=4": 4, "value=a&value=b": ["a", "b"], "value=a": ["a"]},
    ),
    "uuid": (
        parameter("query", {"type": "string", "format": "uuid"}),
        {"value=123e4567-e89b-12d3-a456-426614174000": "123e4567-e89b-12d3-a456-426614174000", "value=1": REJECTED},
    ),
    "form-array": (parameter("query", TEXTS), {"value=a&value=b": ["a", "b"], "value=a,b": ["a,b"], "value=1": ["1"]}),
    "form-array-joined": (
        parameter("query", INTEGERS, explode=False),
        {"value=3,4": [3, 4], "value=": [], "value=3&value=4": REJECTED},
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
        {"value=R,1,G,2": {"R": 1, "G": 2}, "value=R": REJECTED},
    ),
    "deep-object": (
        parameter("query", POINT, style="deepObject", explode=True),
        {
            "value[R]=1&value[G]=2": {"R": 1, "G": 2},
            "value%5BR%5D=1": {"R": 1},
            "value[G]=2": REJECTED,
            "value=1": REJECTED,
        },
    ),
    "deeper-object": (
        parameter("query", {"type": "object", "properties": {"a": POINT, "ids": INTEGERS}}, style="deepObject"),
        {
            "value[a][R]=1": {"a": {"R": 1}},
            "value[ids][]=1&value[ids][]=2": {"ids": [1, 2]},
            "value[ids][1]=1&value[ids][0]=2": {"ids": [2, 1]},
            "value[a]=1&value[a][R]=1": REJECTED,
            "value[a][R]=1&value[a]=1": REJECTED,
            "value[a=1": REJECTED,
        },
    ),
    "deep-object-or-integer": (
        parameter("query", {"anyOf": [POINT, INTEGER]}, style="deepObject"),
        {"value[R]=1": {"R": 1}, "value=5": 5, "value=x": REJECTED},
    ),
    "json": (
        parameter("query", content={"application/json": {"schema": POINT}}),
        {"value=%7B%22R%22:1%7D": {"R": 1}, "value=%7B%7D": REJECTED, "value=%7B": REJECTED, "": None},
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
    "integer": (parameter("header", INTEGER), {"5": 5, "x": REJECTED}),
    "boolean": (parameter("header", {"type": "boolean"}), {"true": True, "yes": REJECTED}),
    "required": (parameter("header", INTEGER, required=True), {"5": 5, None: REJECTED}),
    "default": (parameter("header", {"type": "integer", "default": 3}), {"5": 5, None: 3}),
    "array": (parameter("header", INTEGERS), {"3,4": [3, 4], "3, 4": [3, 4], "3;4": REJECTED}),
    "object": (parameter("header", POINT), {"R,1,G,2": {"R": 1, "G": 2}}),
    "object-exploded": (parameter("header", POINT, explode=True), {"R=1, G=2": {"R": 1, "G": 2}}),
    "json": (
        parameter("header", content={"application/json": {"schema": POINT}}),
        {'{"R": 1}': {"R": 1}, "R": REJECTED},
    ),
}
COOKIE = {
    "text": (parameter("cookie", {"type": "string"}), {"value=abc": "abc", 'value="abc"': "abc", "value=a=b": "a=b"}),
    "integer": (parameter("cookie", INTEGER), {"value=5": 5, "a=1; value=6; b=2": 6, "value=x": REJECTED, None: None}),
    "required": (parameter("cookie", INTEGER, required=True), {"value=5": 5, "other=5": REJECTED, None: REJECTED}),
    "array": (parameter("cookie", INTEGERS, explode=False), {"value=3,4": [3, 4]}),
    "first-counts": (parameter("cookie", INTEGER), {"value=1; value=2": 1}),
}

TEXT_OR_LIST = {"anyOf": [{"type": "string", "enum": ["all"]}, {"type": "array", "items": {"enum": ["a", "b", "c,d"]}}]}
NUMBER_OR_POINT = {"oneOf": [INTEGER, POINT]}
TAGS = {
    "type": "object",
    "properties": {"tag": INTEGERS, "one": TEXT_OR_LIST, "k": {"type": "string"}},
    "additionalProperties": False,
}
LETTERS = {"type": "array", "items": {"type": "string"}}
KEYS = {"type": "object", "additionalProperties": {"type": "string"}}

PATH |= {
    "word-or-list": (
        parameter("path", TEXT_OR_LIST),
        {"all": "all", "a": ["a"], "a,b": ["a", "b"], "a,c%2Cd": ["a", "c,d"], "x": REJECTED, "all,a": REJECTED},
    ),
    "number-or-point": (parameter("path", NUMBER_OR_POINT), {"5": 5, "R,1": {"R": 1}, "R,x": REJECTED}),
    "label-word-or-list": (
        parameter("path", TEXT_OR_LIST, style="label", explode=True),
        {".all": "all", ".a": ["a"], ".a.b": ["a", "b"]},
    ),
    "matrix-word-or-list": (
        parameter("path", TEXT_OR_LIST, style="matrix", explode=True),
        {";value=all": "all", ";value=a": ["a"], ";value=a;value=b": ["a", "b"]},
    ),
    "encoded-simple": (
        parameter("path", LETTERS),
        {"a,b%2Cc": ["a", "b,c"], "a%2Cb": ["a,b"], "a%20b,c": ["a b", "c"], "%C3%A9,%252C": ["é", "%2C"]},
    ),
    "encoded-whole": (parameter("path", INTEGERS), {"1%2C2": [1, 2], "1,2%2C3": REJECTED}),
    "encoded-object": (parameter("path", KEYS), {"k%2Cl,x%3D": {"k,l": "x="}}),
    "encoded-object-exploded": (parameter("path", KEYS, explode=True), {"k=x%2Cy,l=%3D": {"k": "x,y", "l": "="}}),
    "encoded-label": (parameter("path", LETTERS, style="label", explode=True), {".a.b%2Ec": ["a", "b.c"]}),
    "encoded-matrix": (
        parameter("path", LETTERS, style="matrix", explode=True),
        {";value=a;value=b%3Bc": ["a", "b;c"], "%3Bvalue=a": ["a"]},
    ),
    "encoded-matrix-joined": (parameter("path", LETTERS, style="matrix"), {";value=a,b%2Cc": ["a", "b,c"]}),
}
QUERY |= {
    "word-or-list": (
        parameter("query", TEXT_OR_LIST),
        {"value=all": "all", "value=a": ["a"], "value=a&value=b": ["a", "b"], "value=x": REJECTED, "": None},
    ),
    "word-or-list-joined": (
        parameter("query", TEXT_OR_LIST, explode=False),
        {"value=all": "all", "value=a,b": ["a", "b"], "value=a,c%2Cd": ["a", "c,d"], "value=a%2Cb": ["a", "b"]},
    ),
    "word-or-list-piped": (
        parameter("query", TEXT_OR_LIST, style="pipeDelimited"),
        {"value=all": "all", "value=a|b": ["a", "b"], "value=a%7Cb": ["a", "b"]},
    ),
    "text-or-list-joined": (
        parameter("query", {"anyOf": [{"type": "string"}, LETTERS]}, explode=False),
        {"value=a": "a", "value=a,b": ["a", "b"], "value=a%2Cb": "a,b"},
    ),
    "boolean-or-list": (
        parameter("query", {"anyOf": [{"type": "boolean"}, INTEGERS]}),
        {"value=true": True, "value=1": [1], "value=1&value=2": [1, 2], "value=x": REJECTED},
    ),
    "deep-lists": (
        parameter("query", TAGS, style="deepObject"),
        {
            "value[tag]=1": {"tag": [1]},
            "value[tag]=1&value[tag]=2": {"tag": [1, 2]},
            "value[tag]=x": REJECTED,
            "value[one]=all": {"one": "all"},
            "value[one]=a": {"one": ["a"]},
            "value%5Bone%5D=a&value[one]=b&value[k]=x%2Cy": {"one": ["a", "b"], "k": "x,y"},
        },
    ),
    "exploded-lists": (
        parameter("query", TAGS),
        {"tag=1": {"tag": [1]}, "one=a&k=b": {"one": ["a"], "k": "b"}, "one=x": REJECTED},
    ),
    "encoded-joined": (
        parameter("query", LETTERS, explode=False),
        {"value=a,b%2Cc": ["a", "b,c"], "value=a%2Cb": ["a,b"], "value=a+b,c%20d": ["a b", "c d"]},
    ),
    "encoded-whole": (parameter("query", INTEGERS, explode=False), {"value=1%2C2": [1, 2], "value=1,2%2C3": REJECTED}),
    "encoded-object": (parameter("query", KEYS, explode=False), {"value=k,x%2Cy": {"k": "x,y"}}),
    "encoded-piped": (
        parameter("query", LETTERS, style="pipeDelimited"),
        {"value=a|b%7Cc": ["a", "b|c"], "value=a%7cb%2C": ["a", "b,"]},
    ),
    "encoded-spaces": (
        parameter("query", LETTERS, style="spaceDelimited"),
        {"value=a%20b%2Cc+d": ["a", "b,c", "d"], "value=a%2Bb": ["a+b"]},
    ),
    "encoded-name": (parameter("query", LETTERS, explode=False), {"%76alue=a,b": ["a", "b"]}),
    "content-of-text": (parameter("query", content={"text/plain": {"schema": INTEGER}}), {"value=5": 5}),
}
HEADER |= {
    "word-or-list": (
        parameter("header", TEXT_OR_LIST),
        {"all": "all", "a": ["a"], "a, b": ["a", "b"], "x": REJECTED, "a%2Cb": REJECTED},
    ),
    "number-or-point": (parameter("header", NUMBER_OR_POINT), {"5": 5, "R,1,G,2": {"R": 1, "G": 2}}),
    "percent": (parameter("header", LETTERS), {"a%2Cb,c": ["a%2Cb", "c"]}),
}
COOKIE |= {
    "word-or-list": (
        parameter("cookie", TEXT_OR_LIST),
        {"value=all": "all", "value=a": ["a"], "value=a,b": ["a", "b"], "value=a; value=b": ["a", "b"]},
    ),
    "exploded-array": (
        parameter("cookie", INTEGERS),
        {"value=3": [3], "value=3,4": [3, 4], "value=3; value=4": [3, 4], "value=3&value=4": [3, 4], "a=1": None},
    ),
    "exploded-object": (
        parameter("cookie", POINT),
        {
            "R=1; G=2": {"R": 1, "G": 2},
            "session=x; R=1; G=2": {"R": 1, "G": 2},
            "R=1&G=2": {"R": 1, "G": 2},
            "G=2": REJECTED,
            "session=x": None,
            None: None,
        },
    ),
    "required-exploded-object": (parameter("cookie", POINT, required=True), {"R=1": {"R": 1}, "a=1": REJECTED}),
    "object": (parameter("cookie", POINT, explode=False), {"value=R,1,G,2": {"R": 1, "G": 2}}),
    "percent": (parameter("cookie", LETTERS, explode=False), {"value=a%2Cb,c": ["a%2Cb", "c"]}),
}


def _paths():
    for name, (declared, _) in PATH.items():
        yield f"/path/{name}/{{value}}", {"get": {"parameters": [declared]}}
    for where, table in (("query", QUERY), ("header", HEADER), ("cookie", COOKIE)):
        for name, (declared, _) in table.items():
            yield f"/{where}/{name}", {"get": {"parameters": [declared]}}


DOCUMENTS = {"parameters": document(dict(_paths()))}


def rows(table):
    """Return one case for each value that is sent."""
    return pytest.mark.parametrize(
        ("name", "sent", "expected"),
        [
            pytest.param(name, sent, expected, id=f"{name}-{sent}".replace(" ", "_"))
            for name, (_, values) in table.items()
            for sent, expected in values.items()
        ],
    )


def check(reply, expected):
    if expected == REJECTED:
        assert reply.status == 400, reply.body
        assert reply.json["fields"], reply.json
    else:
        assert reply.value == expected
        assert type(reply.value) is type(expected)


@rows(PATH)
def test_path_parameters_are_read_by_their_style_and_schema(server, name, sent, expected):
    check(server("GET", f"/path/{name}/{sent}"), expected)


@rows(QUERY)
def test_query_parameters_are_read_by_their_style_and_schema(server, name, sent, expected):
    check(server("GET", f"/query/{name}?{sent}"), expected)


@rows(HEADER)
def test_header_parameters_are_read_by_their_schema(server, name, sent, expected):
    check(server("GET", f"/header/{name}", **({} if sent is None else {"Value": sent})), expected)


@rows(COOKIE)
def test_cookie_parameters_are_read_by_their_schema(server, name, sent, expected):
    check(server("GET", f"/cookie/{name}", **({} if sent is None else {"Cookie": sent})), expected)
