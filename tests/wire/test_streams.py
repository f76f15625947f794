"""Event streams and JSON lines: framing and negotiation."""

from __future__ import annotations

import json

import pytest

from tests.wire.generated import generated
from tests.wire.serving import body, document

DELTA = {"type": "object", "required": ["delta"], "properties": {"delta": {"type": "string"}}}
WHOLE = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
EVENTS = "text/event-stream"
WRITTEN = 'event: add\ndata: {"delta":\ndata: "a"}\n\ndata: [DONE]\n'


def stream(media_type=EVENTS, **media):
    return {"get": {"responses": {"200": {"description": "done", "content": {media_type: media}}}}}


def both(**properties):
    content = {EVENTS: {"schema": DELTA}, "application/json": {"schema": WHOLE}}
    return {
        "post": {
            "requestBody": body({"type": "object", "properties": properties}),
            "responses": {"200": {"description": "done", "content": content}},
        }
    }


EVENT = {
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "string"}, "event": {"type": "string"}, "id": {"type": "string"}},
}
PATHS = {
    "/one": stream(schema=DELTA),
    "/list": stream(schema={"type": "array", "minItems": 2, "items": {"type": "string", "enum": ["a"]}}),
    "/example": stream(schema=DELTA, example={"delta": "a\nb"}),
    "/examples": stream(schema=DELTA, examples={"a": {"value": {"delta": "a"}}, "b": {"value": {"delta": "b"}}}),
    "/listed": stream(example=[{"delta": "a"}, "[DONE]"]),
    "/text": stream(schema={"type": "string"}, example="two\nlines"),
    "/written": stream(schema=DELTA, example=WRITTEN),
    "/written-without-schema": stream(example=WRITTEN),
    "/broken": stream(schema=DELTA, example='data: {"delta": 5}\n\ndata: [DONE]\n\n'),
    "/fields": stream(itemSchema=EVENT, example=[{"event": "add", "id": "7", "data": "x\ny"}]),
    "/generated-fields": stream(itemSchema=EVENT),
    "/data-with-an-id": stream(schema={"type": "object"}, example={"id": 1, "data": "x"}),
    "/lines": stream("application/x-ndjson", schema=DELTA, examples={"a": {"value": {"delta": "a"}}}),
    "/lines-of-a-list": stream("application/jsonl", schema={"type": "array", "items": DELTA}, example=[{"delta": "a"}, {"delta": "b"}]),
    "/lines-written": stream("application/jsonl", schema=DELTA, example='{"delta": "a"}\n{"delta": "b"}'),
    "/sequence": stream("application/json-seq", schema=DELTA, example=[{"delta": "a"}]),
    "/chat": both(stream={"type": "boolean"}),
    "/chat-by-default": both(stream={"type": "boolean", "default": True}),
    "/either": both(),
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("streams"), document(PATHS, openapi="3.2.0")) as server:
        yield server


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/example", 'data: {"delta":"a\\nb"}\n\n'),
        ("/examples", 'data: {"delta":"a"}\n\ndata: {"delta":"b"}\n\n'),
        ("/listed", 'data: {"delta":"a"}\n\ndata: [DONE]\n\n'),
        ("/text", "data: two\ndata: lines\n\n"),
        ("/written", WRITTEN + "\n"),
        ("/written-without-schema", WRITTEN + "\n"),
        ("/fields", "event: add\nid: 7\ndata: x\ndata: y\n\n"),
        ("/data-with-an-id", 'data: {"id":1,"data":"x"}\n\n'),
        ("/lines", '{"delta":"a"}\n'),
        ("/lines-of-a-list", '{"delta":"a"}\n{"delta":"b"}\n'),
        ("/lines-written", '{"delta": "a"}\n{"delta": "b"}\n'),
        ("/sequence", '\x1e{"delta":"a"}\n'),
    ],
)
def test_examples_are_the_items_of_a_stream(server, path, sent):
    reply = server("GET", path)
    head = server("HEAD", path)

    assert (reply.status, reply.body.decode()) == (200, sent)
    assert (head.body, head.headers.items()) == (b"", reply.headers.items())


def events(reply):
    assert (reply.status, reply.headers["Content-Type"]) == (200, EVENTS)
    return [event.split("\n") for event in reply.body.decode().removesuffix("\n\n").split("\n\n")]


def data(reply):
    return [json.loads(line.removeprefix("data: ")) for [line] in events(reply)]


def test_items_are_generated_one_by_one(server):
    made = data(server("GET", "/one"))

    assert len(made) > 1
    assert all(item.keys() == {"delta"} for item in made)


def test_the_elements_of_a_generated_array_are_sent_as_events(server):
    assert {line for [line] in events(server("GET", "/list"))} == {"data: a"}


def test_the_schema_of_items_shows_the_fields_of_events(server):
    names = [[line.partition(":")[0] for line in event] for event in events(server("GET", "/generated-fields"))]

    assert {tuple(each) for each in names} == {("event", "id", "data")}


def test_a_generated_stream_ends_as_the_examples_do(server):
    *made, last = events(server("GET", "/broken"))

    assert last == ["data: [DONE]"]
    assert all(isinstance(json.loads(line.removeprefix("data: "))["delta"], str) for [line] in made)


def test_an_example_is_chosen_by_its_name(server):
    assert data(server("GET", "/examples", Prefer="example=b")) == [{"delta": "b"}]


@pytest.mark.parametrize(
    ("path", "sent", "accept", "media_type"),
    [
        ("/chat", {"stream": True}, None, EVENTS),
        ("/chat", {"stream": True}, "application/json", EVENTS),
        ("/chat", {"stream": False}, None, "application/json"),
        ("/chat", {"stream": False}, f"{EVENTS}, */*", "application/json"),
        ("/chat", {}, None, "application/json"),
        ("/chat", {}, EVENTS, EVENTS),
        ("/chat", {}, f"{EVENTS}, application/json;q=0.1", "application/json"),
        ("/chat-by-default", {}, None, EVENTS),
        ("/chat-by-default", {"stream": False}, None, "application/json"),
        ("/either", {}, None, "application/json"),
        ("/either", {}, f"{EVENTS}, application/json;q=0.1", EVENTS),
    ],
)
def test_the_request_selects_a_stream_or_the_complete_response(server, path, sent, accept, media_type):
    headers = {} if accept is None else {"Accept": accept}
    reply = server("POST", path, sent, **headers)

    assert (reply.status, reply.headers["Content-Type"]) == (200, media_type)
    assert reply.body.startswith(b'data: {"delta"' if media_type == EVENTS else b'{"text"')
