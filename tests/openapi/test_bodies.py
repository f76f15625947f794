"""Bodies: choosing the media type, and reading JSON, text and forms from bytes."""

from __future__ import annotations

import json

import pytest

from locum.errors import Malformed, UnsupportedMediaType
from locum.openapi.compile.bodies import Body, MediaType, essence_of, is_json, is_text
from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import Schemas
from locum.openapi.wire.forms import read_multipart, read_urlencoded, shaped
from locum.openapi.wire.json_values import read_json, write_json
from locum.openapi.wire.styles import Unreadable


def declare_body(*names, schema=None):
    document = {"openapi": "3.0.3", "components": {"schemas": {"A": schema}}}
    compiled = Schemas(document).schema("/components/schemas/A", Direction.REQUEST) if schema is not None else None
    return Body(required=True, media_types={name: MediaType(name, compiled, {}) for name in names})


def parsed(body, content_type, data):
    media, essence = body.select(content_type)
    return body.parse(media, essence, content_type, data)


@pytest.mark.parametrize(
    ("content_type", "essence"),
    [("Application/JSON ; charset=utf-8", "application/json"), ("a/b;c", "a/b"), ("", ""), (" a/b ", "a/b")],
)
def test_the_essence_is_the_type_alone_in_lower_case(content_type, essence):
    assert essence_of(content_type) == essence


@pytest.mark.parametrize("essence", ["application/json", "text/json", "application/problem+json", "a/b+json"])
def test_json_is_recognized_by_its_name_or_suffix(essence):
    assert is_json(essence)


@pytest.mark.parametrize("essence", ["application/x-ndjson", "application/jsonx", "text/plain", "json", "*/*"])
def test_similar_media_types_are_not_json(essence):
    assert not is_json(essence)


@pytest.mark.parametrize(
    ("essence", "text"),
    [("text/plain", True), ("text/csv", True), ("text/xml", False), ("application/xml", False), ("a/b+xml", False)],
)
def test_text_media_types(essence, text):
    assert is_text(essence) is text


@pytest.mark.parametrize(
    ("declared", "sent", "chosen"),
    [
        (["application/json"], b"application/json", "application/json"),
        (["application/json", "*/*"], b"application/json", "application/json"),
        (["application/*", "*/*"], b"application/xml", "application/*"),
        (["application/json", "*/*"], b"text/csv", "*/*"),
        (["text/*", "application/json"], b"Text/CSV; header=present", "text/*"),
    ],
)
def test_the_closest_declared_media_type_is_chosen(declared, sent, chosen):
    assert declare_body(*declared).select(sent)[0].name == chosen


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"application/xml; a=b", "takes application/json or text/\\*, not application/xml"),
        (b"json", "not json"),
        (b"\xff", "not ÿ"),
    ],
)
def test_any_other_media_type_is_rejected_with_the_supported_ones(sent, words):
    with pytest.raises(UnsupportedMediaType, match=words):
        declare_body("application/json", "text/*").select(sent)


@pytest.mark.parametrize(
    ("declared", "sent", "chosen"),
    [
        (["application/json"], b"application/vnd.x.v2+json", "application/json"),
        (["application/vnd.x.v2+json"], b"application/json", "application/vnd.x.v2+json"),
        (["text/xml"], b"application/xml", "text/xml"),
        (["application/vnd.x+json", "application/*"], b"application/vnd.y+json", "application/*"),
        (["application/*+json", "application/*"], b"application/vnd.y+json", "application/*+json"),
        (["application/json; profile=a", "application/json; profile=b"], b'application/json;profile="b"',
         "application/json; profile=b"),
        (["application/json", "application/json;version=2"], b"application/json;version=2; charset=utf-8",
         "application/json;version=2"),
        (["application/json;version=2", "application/json"], b"application/json", "application/json"),
        (["application/json", "application/json;version=2"], b"application/json;version=3", "application/json"),
        (["application/json; version=2"], b"application/json", "application/json; version=2"),
        (["application/json; charset=utf-8"], b"application/json; charset=latin-1", "application/json; charset=utf-8"),
        (["application/json; a=1; b=2", "application/json"], b"application/json;b=2;a=1", "application/json; a=1; b=2"),
    ],
)  # fmt: skip
def test_suffixes_are_compatible_and_parameters_distinguish(declared, sent, chosen):
    assert declare_body(*declared).select(sent)[0].name == chosen


@pytest.mark.parametrize(
    ("declared", "sent"),
    [
        (["application/vnd.x+json"], b"application/vnd.y+json"),
        (["application/json; version=1", "application/json; version=2"], b"application/json; version=3"),
        (["image/svg+xml"], b"application/xml"),
        (["application/merge-patch+json"], b"application/json-patch+json"),
    ],
)
def test_media_types_with_only_a_common_suffix_differ(declared, sent):
    with pytest.raises(UnsupportedMediaType):
        declare_body(*declared).select(sent)


@pytest.mark.parametrize(
    ("declared", "chosen"),
    [
        (["application/xml"], "application/xml"),
        (["text/plain", "application/json"], "application/json"),
        (["text/plain", "application/hal+json"], "application/hal+json"),
        (["*/*"], "*/*"),
    ],
)
@pytest.mark.parametrize("sent", [None, b"", b" ; charset=utf-8"])
def test_without_a_content_type_the_only_media_type_or_json_is_chosen(declared, sent, chosen):
    assert declare_body(*declared).select(sent)[0].name == chosen


def test_without_a_content_type_several_media_types_are_ambiguous():
    with pytest.raises(UnsupportedMediaType, match="and the request has no Content-Type"):
        declare_body("text/plain", "text/csv").select(None)


def test_a_body_without_declared_media_types_has_the_one_sent():
    body = declare_body()
    media, essence = body.select(b"application/json")

    assert body.parse(media, essence, b"application/json", b"[1]") == [1]
    assert body.validate(media, [1]) == []


def test_without_any_media_type_json_is_read_and_anything_else_stays_bytes():
    body = declare_body("*/*")
    media, essence = body.select(None)

    assert body.parse(media, essence, b"", b'{"a": 1}') == {"a": 1}
    assert body.parse(media, essence, b"", b"\xff\xd8") == b"\xff\xd8"


def test_bytes_are_validated_only_by_their_media_type():
    body = declare_body("application/pdf", schema={"type": "object"})

    assert body.validate(body.media_types["application/pdf"], b"%PDF") == []


def test_text_is_validated_by_its_schema():
    body = declare_body("text/plain", schema={"type": "string", "maxLength": 1})
    [violation] = body.validate(body.media_types["text/plain"], "ab")

    assert (violation.location, violation.path, violation.keyword) == ("body", (), "maxLength")


@pytest.mark.parametrize(
    ("content_type", "data", "keyword", "words"),
    [
        (
            b"application/json",
            b'{"a": "s3cret',
            "json",
            r"The request body cannot be read as JSON: [\w ]+: line 1, column \d+\.",
        ),
        (
            b"application/json",
            b'{"a": "\\ud800"}',
            "json",
            r"The request body cannot be read as JSON: no low surrogate.*",
        ),
        (b"application/json", b"\n\n  x", "json", r"line 3, column 3\."),
        (b"application/json", b"[" * 201 + b"]" * 201, "json", "nested more than 200 levels deep"),
        (b"text/plain", b"\xff", "text", "is not valid UTF-8"),
        (b"application/x-www-form-urlencoded", b"a=%FF", "form", "is not a valid form"),
        (b"multipart/form-data", b"", "form", "has no boundary"),
    ],
)
def test_an_unreadable_body_is_malformed_and_not_in_the_message(content_type, data, keyword, words):
    with pytest.raises(Malformed, match=words) as rejected:
        parsed(declare_body("*/*"), content_type, data)

    [violation] = rejected.value.violations
    assert (violation.location, violation.path, violation.keyword) == ("body", (), keyword)
    assert "s3cret" not in str(rejected.value)
    assert rejected.value.code == "malformed_body"


@pytest.mark.parametrize(
    "data",
    [b"1", b"-0.0", b'"\\u00e9"', b'{"a": [null, true]}', b"9223372036854775808", b"18446744073709551616", b"1" * 300],
)
def test_json_is_read_with_integers_of_any_length(data):
    assert read_json(data) == json.loads(data)
    assert type(read_json(data)) is type(json.loads(data))


@pytest.mark.parametrize("data", [b"NaN", b"[1" + b"0" * 20 + b", NaN]", b"1e999", b"1" * 5000, b'"\xff"', b"", b"{,}"])
def test_invalid_json_is_unreadable(data):
    with pytest.raises(Unreadable):
        read_json(data)


@pytest.mark.parametrize("deep", [201, 500, 1000])
def test_a_long_number_nested_deeply_is_unreadable(deep):
    with pytest.raises(Unreadable, match="nest"):
        read_json(b"[" * deep + b"1" * 20 + b"]" * deep)


@pytest.mark.parametrize("value", [None, True, [1, 10**40], {"é": ["€", -(10**40)]}, 1.5, "\x00"])
def test_written_bodies_are_read_back(value):
    assert read_json(write_json(value)) == value


@pytest.mark.parametrize("value", [{1, 2}, object(), "\udcff", [10**40, float("nan")]])
def test_a_value_that_is_not_json_is_not_written(value):
    with pytest.raises((TypeError, ValueError)):
        write_json(value)


def test_a_wide_body_is_not_too_deep():
    assert len(read_json(b"[" + b"[]," * 5000 + b"[]]")) == 5001
    assert read_json(b"[" * 200 + b"]" * 200)


def test_the_fields_of_an_urlencoded_form_keep_their_order_and_repetition():
    assert read_urlencoded(b"a=1&b=%E2%82%AC+&a=2&c") == {"a": ["1", "2"], "b": ["€ "], "c": [""]}


def test_the_parts_of_a_multipart_form_are_text_or_bytes_as_text():
    data = (
        b'--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xe2\x82\xac\r\n'
        b'--X\r\ncontent-disposition: form-data; name="b"; filename=""\r\n\r\n\xe2\r\n--\r\n'
        b'--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n--X--\r\n'
    )

    assert read_multipart(data, b"multipart/form-data; boundary=X") == {"a": ["€", ""], "b": ["\xe2\r\n--"]}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"--X",
        b"--X\r\n",
        b"\0" * 100,
        b'--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--X--\r\n',
    ],
)
def test_an_incomplete_or_undecodable_multipart_form_is_unreadable(data):
    with pytest.raises(Unreadable, match="is not a valid multipart form"):
        read_multipart(data, b"multipart/form-data; boundary=X")


FORM = {
    "allOf": [
        {"properties": {"n": {"type": "integer"}, "ids": {"type": "array", "items": {"type": "integer"}}}},
        {
            "properties": {
                "of": {"type": "object", "nullable": True},
                "many": {"type": "array", "items": {"type": "object"}},
                "deep": {"properties": {"n": {"type": "integer"}}},
            }
        },
    ]
}
ENCODING = {"ids": {"style": "pipeDelimited"}, "deep": {"style": "deepObject"}}


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"n=1&ids=2|3&x=4", {"n": 1, "ids": [2, 3], "x": 4}),
        (b"n=1&n=2", {"n": [1, 2]}),
        (b"of={%22a%22:1}", {"of": {"a": 1}}),
        (b"many={}&many={%22a%22:1}", {"many": [{}, {"a": 1}]}),
        (b"deep[n]=1&n=2&deep[m]=x", {"deep": {"n": 1, "m": "x"}, "n": 2}),
        (b"deep=5", {"deep": 5}),
    ],
)
def test_a_form_is_read_by_its_schema_and_its_encoding(data, value):
    compiled = declare_body("a/b", schema=FORM).media_types["a/b"].schema

    assert shaped(read_urlencoded(data), compiled, ENCODING) == value


@pytest.mark.parametrize("data", [b"ids=1&ids=2", b"of={", b"many=x", b"deep[n=1"])
def test_a_form_of_another_structure_is_unreadable(data):
    with pytest.raises(Unreadable):
        shaped(read_urlencoded(data), declare_body("a/b", schema=FORM).media_types["a/b"].schema, ENCODING)


def test_a_form_without_a_schema_is_text():
    assert shaped({"a": ["1"], "b": ["2", "3"]}, None, {}) == {"a": "1", "b": ["2", "3"]}
