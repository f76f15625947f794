"""JSON and text bodies: how they are read, and which are rejected."""

from __future__ import annotations

import gzip
import zlib

import pytest

from tests.wire.serving import body, document, parameter, responses

OBJECT = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
JSON = "application/json"


def operation(request_body, *errors):
    return {"post": {"requestBody": request_body, "responses": responses(*(errors or (400, 413, 415)))}}


PATHS = {
    "/any": operation(body({})),
    "/object": operation(body(OBJECT)),
    "/integer": operation(body({"type": "integer"})),
    "/number": operation(body({"type": "number"})),
    "/optional": operation(body(OBJECT, required=False)),
    "/plain": operation(body({"type": "string", "maxLength": 5}, "text/plain")),
    "/plain-boolean": operation(body({"type": "boolean"}, "text/plain")),
    "/plain-count": operation(body({"type": "integer", "minimum": 0, "nullable": True}, "text/plain")),
    "/plain-either": operation(body({"oneOf": [{"type": "integer"}, {"enum": ["7"]}]}, "text/plain")),
    "/plain-list": operation(body({"type": "array", "items": {"type": "integer"}}, "text/plain")),
    "/plain-anything": operation(body({}, "text/plain")),
    "/boolean": operation(body({"type": "boolean"}, "text/plain")),
    "/count": operation(body({"type": "integer", "minimum": 3}, "text/plain")),
    "/countable": operation(body({"type": ["integer", "string"]}, "text/plain")),
    "/bytes": {"post": {"operationId": "bytes", "requestBody": body({}, "application/octet-stream")}},
    "/stream": {"post": {"operationId": "stream", "requestBody": body(OBJECT, "application/x-ndjson")}},
    "/xml": {"post": {"operationId": "xml", "requestBody": body(OBJECT, "application/xml")}},
    "/merge": operation(body(OBJECT, "application/merge-patch+json")),
    "/images": {"post": {"operationId": "images", "requestBody": body({}, "image/*")}},
    "/either": operation({"content": {JSON: {"schema": OBJECT}, "text/plain": {"schema": {"type": "string"}}}}),
    "/anything": operation({"content": {"*/*": {"schema": {"type": "object"}}}}),
    "/shapeless": operation({"content": {JSON: {}}}),
    "/unsaid": operation(body(OBJECT), 422),
    "/none": {"post": {}, "get": {"parameters": [parameter("query", {"type": "string"})]}},
    "/shared": operation({"$ref": "#/components/requestBodies/Shared"}),
}
DOCUMENTS = {"bodies": document(PATHS, components={"requestBodies": {"Shared": body(OBJECT)}})}
HANDLERS = {
    "bodies": """
def bytes(body): return {"value": list(body)}
def stream(body): return {"value": body.decode()}
def xml(body): return {"value": body}
def images(body): return {"value": len(body)}
"""
}
SETTINGS = {"max_body": 5000}


def post(server, path, data, media_type=JSON, **more):
    return server("POST", path, data, **({"Content_Type": media_type} if media_type else {}), **more)


@pytest.mark.parametrize(
    "media_type",
    [
        JSON,
        "application/json; charset=utf-8",
        "application/json ;charset=UTF-8",
        "Application/JSON",
        "APPLICATION/JSON;x=y",
        "application/json; charset=klingon",
    ],
)
def test_media_types_are_matched_in_any_case_and_with_parameters(server, media_type):
    assert post(server, "/object", b'{"name": "a"}', media_type).value == {"name": "a"}


def test_a_body_with_a_json_suffix_is_read_as_json(server):
    assert post(server, "/merge", b'{"name": "a"}', "application/merge-patch+json").value == {"name": "a"}
    assert post(server, "/merge", b'{"name": 1}', "application/merge-patch+json").status == 400


@pytest.mark.parametrize("path", ["/object", "/merge", "/plain", "/images", "/either"])
@pytest.mark.parametrize("media_type", ["application/xml", "foo", "/", "application/", "application/jsonx"])
def test_another_media_type_is_unsupported(server, path, media_type):
    reply = post(server, path, b'{"name": "a"}', media_type)

    if path == "/images":  # which declares neither 415 nor any other shape than that of 400
        assert reply.status == 400
    else:
        assert (reply.status, reply.json["error"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("media_type", ["", ";", None])
def test_a_body_without_a_content_type_has_the_declared_media_type(server, media_type):
    for path in ("/object", "/merge", "/either"):
        assert post(server, path, b'{"name": "a"}', media_type).value == {"name": "a"}
    assert post(server, "/plain", b"a", media_type).value == "a"
    assert post(server, "/images", b"\xff\xd8", media_type).value == 2
    assert post(server, "/object", b"{}", media_type).json["fields"] == ["body:name:required"]


def test_vendor_media_types_are_json_in_requests_and_responses(server):
    assert post(server, "/object", b'{"name": "a"}', "application/vnd.shop.v1+json").value == {"name": "a"}
    assert post(server, "/merge", b'{"name": "a"}').value == {"name": "a"}


PACKED = {
    "gzip": gzip.compress(b'{"name": "a"}'),
    "x-gzip": gzip.compress(b'{"name"') + gzip.compress(b': "a"}'),
    "GZIP, identity": gzip.compress(b'{"name": "a"}'),
    "deflate": zlib.compress(b'{"name": "a"}'),
    "Deflate": zlib.compress(b'{"name": "a"}')[2:-4],
    "identity": b'{"name": "a"}',
    "gzip, deflate": zlib.compress(gzip.compress(b'{"name": "a"}')),
}


@pytest.mark.parametrize("coding", PACKED)
def test_a_body_is_decoded_by_its_content_encoding(server, coding):
    assert post(server, "/object", PACKED[coding], Content_Encoding=coding).value == {"name": "a"}
    parts = [PACKED[coding][:5], PACKED[coding][5:]]
    assert post(server, "/object", None, Content_Encoding=coding, chunks=parts).value == {"name": "a"}


@pytest.mark.parametrize("coding", ["br", "gzip, zstd", "compress"])
def test_an_unsupported_content_encoding_is_415_with_the_supported_ones(server, coding):
    reply = post(server, "/object", b"...", Content_Encoding=coding)

    assert (reply.status, reply.json["error"]) == (415, "unsupported_content_coding")
    assert reply.headers["Accept-Encoding"] == "gzip, deflate"


@pytest.mark.parametrize("data", [b"no gzip", gzip.compress(b'{"name": "a"}')[:-9], b"\x1f\x8b"], ids=range(3))
def test_a_body_that_cannot_be_decoded_is_malformed(server, data):
    reply = post(server, "/object", data, Content_Encoding="gzip")

    assert (reply.status, reply.json["error"]) == (400, "malformed_body")


@pytest.mark.parametrize("levels", [1, 2])
def test_a_body_that_decodes_beyond_the_limit_is_too_large(server, levels):
    data = b'"' + b"a" * 10_000_000 + b'"'
    for _ in range(levels):
        data = gzip.compress(data)
    while len(data) > 5000:
        data = gzip.compress(data)
        levels += 1
    reply = post(server, "/any", data, Content_Encoding=", ".join(["gzip"] * levels))

    assert (reply.status, reply.json["error"]) == (413, "too_large")


def test_the_journal_shows_the_decoded_body(server):
    post(server, "/object", PACKED["gzip"], Content_Encoding="gzip", world="packed")
    entry = server.application.worlds.named("packed").journal.entries[-1]

    assert entry.request.body == {"name": "a"}


def test_an_unsupported_media_type_has_another_declared_status_where_415_is_not_declared(server):
    assert post(server, "/unsaid", b"{}", "text/csv").status == 422


@pytest.mark.parametrize(
    "data", [b"{", b"{'name': 1}", b"[1,]", b"nul", b" ", b"\xef\xbb\xbf{}", b'{"a": 01}', b"{}{}"]
)
def test_invalid_json_is_rejected(server, data):
    reply = post(server, "/any", data)

    assert (reply.status, reply.json["fields"]) == (400, ["body:body:json"])


@pytest.mark.parametrize(
    "data", [b'"\xff"', b'"\xed\xa0\x80"', b'"\\ud800"', "é".encode("latin-1"), '"é"'.encode("utf-16")]
)
def test_json_that_is_not_utf_8_is_rejected(server, data):
    assert post(server, "/any", data).json["fields"] == ["body:body:json"]


@pytest.mark.parametrize(
    "data", [b"NaN", b"[Infinity]", b'{"a": -Infinity}', b"1e999", b"-1e999", b"1" * 400, b"1" * 4500]
)
def test_nan_and_infinity_are_rejected(server, data):
    assert post(server, "/any", data).status == 400


@pytest.mark.parametrize("digits", [18, 19, 20, 40, 300])
def test_an_integer_of_any_length_stays_an_integer(server, digits):
    number = int("9" * digits)

    assert post(server, "/integer", str(number).encode()).value == number
    assert post(server, "/any", b'{"a": [%d]}' % -number).value == {"a": [-number]}


@pytest.mark.parametrize("deep", [100, 200])
def test_deeply_nested_json_is_read_and_written(server, deep):
    assert post(server, "/any", b"[" * deep + b"]" * deep).status == 200


@pytest.mark.parametrize("deep", [201, 300, 900, 1023, 1025, 2400])
@pytest.mark.parametrize("path", ["/any", "/object"])
def test_json_that_is_nested_too_deeply_is_rejected(server, path, deep):
    assert post(server, path, b"[" * deep + b"]" * deep).json["error"] == "malformed_body"


def test_the_nesting_limit_is_the_same_for_objects_and_arrays(server):
    assert post(server, "/any", b'{"a":' * 200 + b"1" + b"}" * 200).status == 200
    assert post(server, "/any", b'{"a":' * 201 + b"1" + b"}" * 201).status == 400


def test_an_error_message_never_contains_the_value_sent(server):
    for data in (b'{"name": "s3cret"', b'{"name": ["s3cret"]}', b'{"s3cret"}'):
        assert b"s3cret" not in post(server, "/object", data).body


def test_every_violation_of_a_body_is_reported_with_its_location(server):
    assert post(server, "/object", b"{}").json["fields"] == ["body:name:required"]
    assert post(server, "/object", b'{"name": 1}').json["fields"] == ["body:name:type"]
    assert post(server, "/object", b"[]").json["fields"] == ["body:body:type"]


def test_the_number_of_reported_violations_is_limited(served):
    words = {"type": "array", "items": {"type": "string"}}
    server = served({"vast": document({"/words": {"post": {"requestBody": body(words)}}})})

    assert len(server("POST", "/words", [1] * 50_000).json["fields"]) == 1
    assert len(server("POST", "/words", [1] * 100).json["fields"]) == 100


def test_an_optional_body_may_be_absent(server):
    assert post(server, "/optional", None, None).value is None
    assert post(server, "/optional", b"", None).value is None
    assert post(server, "/optional", None).value is None
    assert post(server, "/optional", b"", chunks=[]).value is None


def test_an_optional_body_is_validated_if_present(server):
    assert post(server, "/optional", b"{}").json["fields"] == ["body:name:required"]


def test_a_required_body_must_not_be_empty(server):
    reply = post(server, "/object", b"")

    assert (reply.status, reply.json["error"], reply.json["fields"]) == (400, "body_required", ["body:body:required"])


def test_a_chunked_body_is_accepted(server):
    assert post(server, "/object", None, chunks=[b'{"na', b'me": ', b'"a"}']).value == {"name": "a"}
    assert post(server, "/object", None, chunks=[b"{}"]).json["fields"] == ["body:name:required"]


def test_a_body_of_exactly_the_limit_is_accepted(server):
    assert post(server, "/any", b'"' + b"a" * 4998 + b'"').status == 200


@pytest.mark.parametrize(
    "how",
    [
        {"data": b'"' + b"a" * 4999 + b'"'},
        {"data": None, "chunks": [b'"' + b"a" * 4999 + b'"']},
        {"data": None, "chunks": [b'"', *[b"a" * 500] * 20, b'"']},
        {"data": None, "chunks": [b'"', *[b"a" * 50_000] * 20, b'"']},
    ],
    ids=["by its length", "in one chunk", "in small chunks", "in large chunks"],
)
def test_a_body_beyond_the_limit_is_too_large(server, how):
    reply = post(server, "/any", **how)

    assert (reply.status, reply.json["error"]) == (413, "too_large")


def test_expect_100_continue_is_answered_unless_the_body_is_too_large(server):
    for length, first in ((2, b"HTTP/1.1 100 Continue\r\n\r\n"), (5001, b"HTTP/1.1 413 ")):
        head = f"POST /any HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n"
        with server.connect() as connection:
            connection.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n")
            assert connection.recv(len(first)) == first
            if length == 2:
                connection.sendall(b"12")
                assert server.reply(connection).value == 12


def test_a_text_body_is_utf_8(server):
    assert post(server, "/plain", "é€".encode(), "text/plain").value == "é€"
    assert post(server, "/plain", b"123456", "text/plain").json["fields"] == ["body:body:maxLength"]
    assert post(server, "/plain", b"\xff", "text/plain").status == 400
    assert post(server, "/plain", b"\xff", "text/plain; charset=klingon").status == 400


def test_a_text_body_is_converted_to_a_number_or_a_boolean(server):
    assert post(server, "/boolean", b"true", "text/plain").value is True
    assert post(server, "/boolean", b"yes", "text/plain").json["fields"] == ["body:body:type"]
    assert post(server, "/count", b"5", "text/plain; charset=utf-8").value == 5
    assert post(server, "/count", b"2", "text/plain").json["fields"] == ["body:body:minimum"]
    assert post(server, "/countable", b"5", "text/plain").value == "5"


@pytest.mark.parametrize("charset", ["iso-8859-1", "ISO-8859-1", '"utf-16"'])
def test_text_and_xml_are_decoded_by_the_charset_of_the_media_type(server, charset):
    name = charset.strip('"')

    assert post(server, "/plain", "gr\xfcn".encode(name), f"text/plain; charset={charset}").value == "gr\xfcn"
    data = "<a><name>gr\xfcn</name></a>".encode(name)
    assert post(server, "/xml", data, f"application/xml;charset={charset}").value == {"name": "gr\xfcn"}


def test_text_that_cannot_be_decoded_is_malformed(server):
    assert post(server, "/plain", b"\xff", "text/plain; charset=us-ascii").status == 400


def test_a_body_of_another_media_type_reaches_the_handler_as_bytes(server):
    assert post(server, "/bytes", b"\0\xff", "application/octet-stream").value == [0, 255]
    assert post(server, "/stream", b"{}\n{}\n", "application/x-ndjson").value == "{}\n{}\n"
    assert post(server, "/images", b"123", "image/png").value == 3


def test_xml_reaches_the_handler_as_the_validated_value(server):
    assert post(server, "/xml", b"<a><name>b</name></a>", "application/xml").value == {"name": "b"}
    assert post(server, "/xml", b"<a>", "application/xml").status == 400


def test_a_body_is_read_by_its_content_type(server):
    assert post(server, "/either", b'{"name": "a"}').value == {"name": "a"}
    assert post(server, "/either", b'{"name": "a"}', "text/plain").value == '{"name": "a"}'
    assert post(server, "/anything", b'{"name": "a"}').value == {"name": "a"}
    assert post(server, "/anything", b"[]").status == 400
    assert post(server, "/anything", b"a=1", "application/x-www-form-urlencoded").value == {"a": 1}


def test_a_body_without_a_schema_can_have_any_value(server):
    assert post(server, "/shapeless", b"[1]").value == [1]
    assert post(server, "/shapeless", b"[").status == 400


def test_a_referenced_request_body_is_resolved(server):
    assert post(server, "/shared", b"{}").json["fields"] == ["body:name:required"]


def test_an_undeclared_body_is_ignored(server):
    assert post(server, "/none", b"{", "foo").status == 200
    assert server("GET", "/none?value=a", b"\xff", Content_Type="foo").value == "a"


@pytest.mark.parametrize("length", ["x", "-1", "1.5", "99999999999999999999999"])
def test_an_invalid_content_length_is_never_a_500(server, length):
    assert post(server, "/any", b"1", Content_Length=length).status == 400


def test_an_incomplete_body_never_reaches_a_handler(served):
    server = served(
        {
            "notes": document(
                {
                    "/notes": {
                        "post": {"operationId": "note", "requestBody": body({"type": "string"}, "text/plain")},
                        "get": {"operationId": "notes"},
                    }
                }
            )
        },
        {
            "notes": "class Note(str): pass\ndef note(store, body):\n    store[Note][body] = Note(body)\n    return {}\ndef notes(store): return {'value': list(store[Note])}"
        },
    )
    head = b"POST /notes HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
    for rest in (b"Content-Length: 100\r\n\r\nhalf", b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"):
        with server.connect() as connection:
            connection.sendall(head + rest)

    assert server("GET", "/notes").value == []


@pytest.mark.parametrize(
    ("path", "sent", "value"),
    [
        ("/plain-boolean", b"true", True),
        ("/plain-boolean", b"false\n", False),
        ("/plain-count", b"1500", 1500),
        ("/plain-count", b"null", None),
        ("/plain-either", b"8", 8),
        ("/plain-list", b"[1, 2]", [1, 2]),
        ("/plain-anything", b"true", "true"),
        ("/plain", b"1500", "1500"),
    ],
)
def test_a_text_body_has_the_type_of_its_schema(server, path, sent, value):
    assert post(server, path, sent, "text/plain").json == {"value": value}


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/plain-boolean", b"yes"),
        ("/plain-boolean", b"True"),
        ("/plain-count", b"-1"),
        ("/plain-count", b"1.5"),
        ("/plain-list", b"1, 2"),
        ("/plain-list", b'["a"]'),
    ],
)
def test_a_text_body_of_another_type_is_rejected(server, path, sent):
    assert post(server, path, sent, "text/plain").status == 400
