"""Forms: urlencoded and multipart bodies, with fields of the types and structure of the schema."""

from __future__ import annotations

import pytest

from tests.wire.serving import body, document, responses

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
INTEGER = {"type": "integer"}
INTEGERS = {"type": "array", "items": INTEGER}
POINT = {"type": "object", "properties": {"R": INTEGER}, "required": ["R"]}
FIELDS = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "count": {"type": "integer", "minimum": 0},
        "ratio": {"type": "number"},
        "on": {"type": "boolean"},
        "gone": {"type": "string", "format": "date", "nullable": True},
        "ids": INTEGERS,
        "joined": INTEGERS,
        "piped": INTEGERS,
        "point": POINT,
        "points": {"type": "array", "items": POINT},
        "either": {"anyOf": [INTEGER, {"type": "string"}]},
        "deep": {"type": "object", "properties": {"ids": INTEGERS, "point": POINT}},
        "file": {"type": "string", "format": "binary", "maxLength": 600},
        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "words": {"anyOf": [{"enum": ["all"], "type": "string"}, {"type": "array", "items": {"enum": ["a", "b,c"]}}]},
        "listed": {"anyOf": [{"enum": ["all"], "type": "string"}, {"type": "array", "items": {"enum": ["a", "b,c"]}}]},
        "rows": {"type": "array", "items": POINT},
        "pick": {"oneOf": [POINT, {"type": "string", "maxLength": 3}]},
        "note": {"type": "string"},
    },
    "additionalProperties": False,
}
ENCODING = {
    "joined": {"explode": False},
    "piped": {"style": "pipeDelimited"},
    "listed": {"explode": False},
    "rows": {"contentType": "application/json"},
    "pick": {"contentType": "text/plain, application/json"},
    "deep": {"style": "deepObject"},
}
TOGETHER = {
    "allOf": [
        {"$ref": "#/components/schemas/Base"},
        {"type": "object", "required": ["n"], "properties": {"n": INTEGER, "t": {"type": "string"}}},
    ]
}


def operation(schema, media_type):
    request_body = body(schema, media_type, encoding=ENCODING)
    return {"post": {"requestBody": request_body, "responses": responses(400, 415)}}


DOCUMENTS = {
    "forms": document(
        {
            "/urlencoded": operation(FIELDS, URLENCODED),
            "/multipart": operation(FIELDS, MULTIPART),
            "/together": operation(TOGETHER, URLENCODED),
            "/shapeless": {"post": {"requestBody": {"content": {URLENCODED: {}, MULTIPART: {}}}}},
        },
        components={"schemas": {"Base": {"type": "object", "properties": {"id": INTEGER}, "required": ["id"]}}},
    )
}


def urlencoded(server, data, path="/urlencoded"):
    return server("POST", path, data.encode("latin-1"), Content_Type=URLENCODED)


def multipart(server, *parts, path="/multipart", media_type="multipart/form-data; boundary=X"):
    """Post a multipart form. A part consists of the parameters of its disposition and its content."""
    data = b"".join(
        b"--X\r\nContent-Disposition: form-data; " + names.encode() + b"\r\n\r\n" + content + b"\r\n"
        for names, content in parts
    )
    return server("POST", path, data + b"--X--\r\n", Content_Type=media_type)


SHARED = {
    "text": ("a b&=é".encode(), "a b&=é"),
    "count": (b"5", 5),
    "ratio": (b"1.5", 1.5),
    "on": (b"true", True),
    "gone": (b"2026-01-31", "2026-01-31"),
    "either": (b"5", 5),
    "point": (b'{"R": 1}', {"R": 1}),
    "joined": (b"1,2", [1, 2]),
    "piped": (b"1|2", [1, 2]),
    "ids": (b"1", [1]),
}


@pytest.mark.parametrize("name", SHARED)
def test_a_form_field_has_the_type_of_its_schema(server, name):
    sent, value = SHARED[name]
    quoted = "".join(f"%{byte:02X}" for byte in sent)

    assert urlencoded(server, f"{name}={quoted}").value == {name: value}
    assert multipart(server, (f'name="{name}"', sent)).value == {name: value}


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("count", "x"),
        ("count", "-1"),
        ("on", "yes"),
        ("gone", "soon"),
        ("point", "{}"),
        ("ids", "x"),
        ("other", "1"),
        ("ratio", "1e999"),
    ],
)
def test_a_form_field_that_breaks_its_schema_is_rejected(server, name, sent):
    for reply in (urlencoded(server, f"{name}={sent}"), multipart(server, (f'name="{name}"', sent.encode()))):
        assert (reply.status, reply.json["error"]) == (400, "invalid")
        assert reply.json["fields"][0].startswith("body:")


@pytest.mark.parametrize(
    "sent", ["joined=1&joined=2", "point={", "point=x", "text=%FF", "%FF=a", "text=\xff", "deep[=1"]
)
def test_a_form_that_cannot_be_read_is_malformed(server, sent):
    reply = urlencoded(server, sent)

    assert (reply.status, reply.json["error"], reply.json["fields"]) == (400, "malformed_body", ["body:body:form"])


def test_repeated_fields_are_an_array(server):
    assert urlencoded(server, "ids=1&ids=2").value == {"ids": [1, 2]}
    assert multipart(server, ('name="ids"', b"1"), ('name="ids"', b"2")).value == {"ids": [1, 2]}


def test_a_repeated_field_that_is_not_an_array_is_rejected(server):
    assert urlencoded(server, "count=1&count=2").json["fields"] == ["body:count:type"]


def test_fields_in_brackets_are_a_deep_object(server):
    sent = "deep[point][R]=1&deep[ids][]=2&deep[ids][]=3&count=4"

    assert urlencoded(server, sent).value == {"deep": {"point": {"R": 1}, "ids": [2, 3]}, "count": 4}
    assert urlencoded(server, "deep%5Bids%5D%5B0%5D=2").value == {"deep": {"ids": [2]}}


def test_repeated_objects_are_written_as_json(server):
    assert multipart(server, ('name="points"', b'{"R": 1}'), ('name="points"', b'{"R": 2}')).value == {
        "points": [{"R": 1}, {"R": 2}]
    }


def test_fields_are_typed_by_any_schema_of_an_all_of(server):
    assert urlencoded(server, "id=1&n=2&t=3", "/together").value == {"id": 1, "n": 2, "t": "3"}
    assert urlencoded(server, "n=2", "/together").json["fields"] == ["body:id:required"]


def test_a_form_without_a_schema_is_text(server):
    assert urlencoded(server, "a=1&b=2&b=3", "/shapeless").value == {"a": "1", "b": ["2", "3"]}
    assert multipart(server, ('name="a"', b"1"), path="/shapeless").value == {"a": "1"}


def test_an_empty_value_is_an_empty_text(server):
    assert urlencoded(server, "text=").value == urlencoded(server, "text").value == {"text": ""}


def test_a_file_is_one_character_for_each_byte(server):
    content = bytes(range(256))
    reply = multipart(server, ('name="file"; filename="a.bin"', content), ('name="count"', b"5"))

    assert reply.value == {"file": content.decode("latin-1"), "count": 5}


def test_the_length_of_a_file_is_counted_in_bytes(server):
    assert multipart(server, ('name="file"; filename="a"', b"\xe2\x82\xac" * 200)).status == 200
    assert multipart(server, ('name="file"; filename="a"', b"a" * 601)).json["fields"] == ["body:file:maxLength"]


def part(name, content, media_type):
    return f'name="{name}"\r\nContent-Type: {media_type}', content


JSON = "application/json"


@pytest.mark.parametrize(
    ("parts", "value"),
    [
        ([part("rows", b'[{"R": 1}, {"R": 2}]', JSON)], {"rows": [{"R": 1}, {"R": 2}]}),
        ([part("rows", b'{"R": 1}', JSON), part("rows", b'{"R": 2}', JSON)], {"rows": [{"R": 1}, {"R": 2}]}),
        ([part("rows", b'{"R": 1}', JSON)], {"rows": [{"R": 1}]}),
        ([('name="rows"', b'[{"R": 1}]')], {"rows": [{"R": 1}]}),
        ([part("rows", b'[{"R": 1}]', "text/plain")], {"rows": [{"R": 1}]}),
        ([part("points", b'[{"R": 1}]', JSON)], {"points": [{"R": 1}]}),
        ([part("pick", b'{"R": 1}', JSON)], {"pick": {"R": 1}}),
        ([('name="pick"', b'{"R": 1}')], {"pick": {"R": 1}}),
        ([part("pick", b"abc", "text/plain")], {"pick": "abc"}),
        ([part("pick", b'"abc"', JSON)], {"pick": "abc"}),
        ([part("note", b'{"R": 1}', JSON)], {"note": '{"R": 1}'}),
        ([part("count", b"5", JSON)], {"count": 5}),
        ([('name="joined"', b"1,2")], {"joined": [1, 2]}),
        ([('name="joined"', b"1"), ('name="joined"', b"2")], {"joined": [1, 2]}),
        ([('name="piped"', b"1"), ('name="piped"', b"2")], {"piped": [1, 2]}),
        ([part("file", b"\xff\xd8", "image/jpeg")], {"file": "\xff\xd8"}),
        ([('name="words"', b"all")], {"words": "all"}),
        ([('name="words"', b"a")], {"words": ["a"]}),
        ([('name="words"', b"a"), ('name="words"', b"b,c")], {"words": ["a", "b,c"]}),
        ([('name="words"', b"a"), ('name="pick"', b'{"R": 1}')], {"words": ["a"], "pick": {"R": 1}}),
    ],
)
def test_a_part_is_read_by_its_media_type_and_its_schema(server, parts, value):
    assert multipart(server, *parts).value == value


@pytest.mark.parametrize(
    "one",
    [
        part("pick", b'{"R": "long"}', JSON),
        part("pick", b"long", "text/plain"),
        part("rows", b'[{"R": "1"}]', JSON),
        part("rows", b"x", JSON),
        ('name="words"', b"x"),
    ],
)
def test_a_part_that_fits_no_alternative_is_rejected(server, one):
    assert multipart(server, one).status == 400


def test_a_part_of_json_is_a_value_where_nothing_is_declared(server):
    assert multipart(server, part("a", b'{"R": 1}', JSON), path="/shapeless").value == {"a": {"R": 1}}


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ("words=all", {"words": "all"}),
        ("words=a", {"words": ["a"]}),
        ("words=a&words=b%2Cc", {"words": ["a", "b,c"]}),
        ("listed=all", {"listed": "all"}),
        ("listed=a,b%2Cc", {"listed": ["a", "b,c"]}),
        ("joined=1,2&words=a", {"joined": [1, 2], "words": ["a"]}),
        ("joined=1%2C2", {"joined": [1, 2]}),
        ("deep[ids]=1", {"deep": {"ids": [1]}}),
        ("rows=%5B%7B%22R%22:1%7D%5D", {"rows": [{"R": 1}]}),
    ],
)
def test_a_field_with_several_types_is_read_as_the_one_that_fits(server, sent, value):
    assert urlencoded(server, sent).value == value


def test_several_files_of_one_name_are_an_array(server):
    parts = [(f'name="files"; filename="{name}"', name.encode()) for name in "ab"]

    assert multipart(server, *parts).value == {"files": ["a", "b"]}


def test_a_part_that_is_not_a_file_is_utf_8(server):
    assert multipart(server, ('name="text"', "é€".encode())).value == {"text": "é€"}
    assert multipart(server, ('name="text"', b"\xff")).json["error"] == "malformed_body"


def test_a_part_has_its_own_headers(server):
    data = (
        b"--X\r\ncontent-type: application/json\r\nCONTENT-DISPOSITION: form-data; name=point\r\n\r\n"
        b'{"R": 1}\r\n--X--\r\nepilogue'
    )

    assert server("POST", "/multipart", data, Content_Type='Multipart/Form-Data; boundary="X"').value == {
        "point": {"R": 1}
    }


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        (MULTIPART, b"--X\r\n\r\n\r\n--X--\r\n"),
        (MULTIPART + "; boundary=", b"--X\r\n\r\n\r\n--X--\r\n"),
        (MULTIPART + "; boundary=X", b"a=1"),
        (MULTIPART + "; boundary=X", b"--Y\r\n\r\n\r\n--Y--\r\n"),
        (MULTIPART + "; boundary=X", b'--X\r\nContent-Disposition: form-data; name="text"\r\n\r\ncut off'),
        (MULTIPART + "; boundary=X", b"--X\r\nno header\r\n\r\n\r\n--X--\r\n"),
        (MULTIPART + "; boundary=X", b'--X\r\nContent-Disposition: form-data; name="\xff"\r\n\r\na\r\n--X--\r\n'),
        (MULTIPART + "; boundary=" + "X" * 300, b"--X--\r\n"),
    ],
    ids=[
        "no boundary",
        "an empty boundary",
        "no multipart",
        "another boundary",
        "cut off",
        "no header",
        "no name",
        "long boundary",
    ],
)
def test_a_multipart_form_that_cannot_be_read_is_malformed(server, media_type, data):
    reply = server("POST", "/multipart", data, Content_Type=media_type)

    assert (reply.status, reply.json["error"]) == (400, "malformed_body")


def test_a_form_of_thousands_of_fields_is_malformed(server):
    assert urlencoded(server, "&".join("ids=1" for _ in range(1001))).json["error"] == "malformed_body"


@pytest.mark.parametrize("path", ["/urlencoded", "/multipart", "/together"])
def test_a_form_is_not_read_as_json(server, path):
    assert server("POST", path, {"count": 1}).status == 415
