"""Streams: server-sent events and JSON lines, written, read and validated; serialized examples."""

from __future__ import annotations

import pytest

from locum.openapi.compile.bodies import MediaType, is_written_example
from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import Schemas
from locum.openapi.wire.streams import is_stream, read_stream, write_stream
from locum.openapi.wire.styles import Unreadable

EVENTS, LINES, SEQUENCE = "text/event-stream", "application/x-ndjson", "application/json-seq"
DELTA = {"type": "object", "required": ["delta"], "properties": {"delta": {"type": "string"}}}


def media(essence, schema=None, item=None, **examples):
    schemas = Schemas({"openapi": "3.1.0", "components": {"schemas": {"A": schema or {}, "B": item or {}}}})
    compiled, of_item = (schemas.schema(f"/components/schemas/{name}", Direction.RESPONSE) for name in "AB")
    return MediaType(essence, None if schema is None else compiled, {}, examples, None if item is None else of_item)


@pytest.mark.parametrize(
    ("essence", "streams"),
    [
        *((name, True) for name in (EVENTS, LINES, "application/jsonl", SEQUENCE, "application/geo+json-seq")),
        *((name, False) for name in ("application/json", "text/plain", "application/problem+json")),
    ],
)
def test_a_stream_is_recognized_by_its_media_type(essence, streams):
    assert is_stream(essence) is streams


@pytest.mark.parametrize(
    ("essence", "items", "written"),
    [
        (EVENTS, [], b""),
        (EVENTS, ["a\nb\r\nc"], b"data: a\ndata: b\ndata: c\n\n"),
        (EVENTS, [{"a": "x\ny"}], b'data: {"a":"x\\ny"}\n\n'),
        (EVENTS, [""], b"data: \n\n"),
        (EVENTS, [None], b"data: null\n\n"),
        (EVENTS, [{"event": "e\nf", "data": [1]}], b"event: e f\ndata: [1]\n\n"),
        (EVENTS, [{"id": 5, "data": "x"}], b'data: {"id":5,"data":"x"}\n\n'),
        (LINES, [{"a": 1}, "x"], b'{"a":1}\n"x"\n'),
        (SEQUENCE, [{"a": 1}], b'\x1e{"a":1}\n'),
    ],
)
def test_items_are_written_one_after_the_other(essence, items, written):
    assert write_stream(items, essence) == written


def test_an_item_that_is_an_event_has_its_fields():
    assert write_stream([{"id": 5, "retry": 10, "data": "x"}], EVENTS, events=True) == b"id: 5\nretry: 10\ndata: x\n\n"


@pytest.mark.parametrize(
    ("essence", "data", "texts"),
    [
        (
            EVENTS,
            b"\xef\xbb\xbfdata: a\n\n: comment\n\ndata:b\rdata: c\r\n\r\nevent: x\nother: y\n\nretry: 5\n\ndata",
            ["a", "b\nc", ""],
        ),
        (EVENTS, b"", []),
        (LINES, b'{"a":1}\r\n\n[2]', ['{"a":1}\r', "[2]"]),
        (SEQUENCE, b'\x1e{"a":1}\n\x1e2\n', ['{"a":1}\n', "2\n"]),
    ],
)
def test_items_are_read_one_after_the_other(essence, data, texts):
    assert [item.text for item in read_stream(data, essence)] == texts


@pytest.mark.parametrize(
    ("essence", "data"), [(EVENTS, b"\xff"), (EVENTS, b"<html>\n\n"), (LINES, b"{"), (SEQUENCE, b"\x1ex")]
)
def test_a_body_that_is_not_a_stream_is_unreadable(essence, data):
    with pytest.raises(Unreadable):
        read_stream(data, essence)


@pytest.mark.parametrize(
    ("value", "places"),
    [
        ({"delta": "a"}, []),
        ([{"delta": "a"}, {"delta": 5}, {}, "[DONE]"], ["1.delta", "2.delta"]),
        ('data: {"delta": "a"}\n\ndata: [DONE]\n\n', []),
        ('data: {"delta": "a"}\n\ndata: {}\n\n', ["1.delta"]),
        ("data: a\n\nno event", ["body"]),
    ],
)
def test_each_item_is_validated_by_the_schema(value, places):
    found = media(EVENTS, DELTA)

    assert [violation.field for violation in found.violations(value)] == places
    assert found.fits(value) is not bool(places)


def test_an_array_describes_all_items_together():
    found = media(EVENTS, {"type": "array", "maxItems": 1, "items": DELTA})

    assert found.fits([{"delta": "a"}, "[DONE]"])
    assert not found.fits([{"delta": "a"}, {"delta": "b"}])
    assert found.stream.read(b'data: {"delta":"a"}\n\ndata: [DONE]\n\n') == [{"delta": "a"}]


def test_an_item_is_read_by_its_schema():
    event = {"type": "object", "required": ["event"], "properties": {"data": {"type": "string"}}}
    data = b'event: add\ndata: {"delta":"a"}\n\n'

    assert media(EVENTS, DELTA).stream.read(data) == [{"delta": "a"}]
    assert media(EVENTS, {"type": "string"}).stream.read(data) == ['{"delta":"a"}']
    assert media(EVENTS, item=event).stream.read(data) == [{"event": "add", "data": '{"delta":"a"}'}]


@pytest.mark.parametrize(
    ("media_type", "schema", "example", "fits"),
    [
        ("application/xml", {"type": "object", "required": ["a"]}, "<b><a>1</a></b>", True),
        ("application/xml", {"type": "object", "required": ["a"]}, "<b/>", False),
        (EVENTS, DELTA, 'data: {"delta": "a"}', True),
        (EVENTS, DELTA, [{"delta": "a"}], True),
        (EVENTS, DELTA, "data: 5", False),
        ("application/json", DELTA, '{"delta": "a"}', True),
        ("application/json", DELTA, '{"delta": 5}', False),
        ("application/json", DELTA, "delta", False),
    ],
)
def test_an_example_can_be_serialized_in_its_media_type(media_type, schema, example, fits):
    pointer = f"/content/{media_type.replace('/', '~1')}/schema"
    schemas = Schemas({"openapi": "3.1.0", "content": {media_type: {"schema": schema}}})
    compiled = schemas.schema(pointer, Direction.RESPONSE)

    assert is_written_example(schemas, pointer, compiled, example) is fits
    assert not is_written_example(schemas, "/components/schemas/A", compiled, example)
