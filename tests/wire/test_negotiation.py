"""Content negotiation among the declared media types."""

from __future__ import annotations

import pytest

from tests.wire.serving import document

OBJECT = {"schema": {"type": "object"}}
TEXT = {"schema": {"type": "string"}}


def operation(content, *errors):
    declared = {str(status): {"description": "refused", "content": {"application/json": {}}} for status in errors}
    return {"get": {"responses": {"200": {"description": "done", "content": content}} | declared}}


PATHS = {
    "/json": operation({"application/json": OBJECT}),
    "/declared": operation({"application/json": OBJECT}, 406),
    "/hal": operation({"application/hal+json; profile=a": OBJECT}),
    "/both": operation({"application/json": {}, "text/plain": {}}),
    "/csv": operation({"text/csv": TEXT}),
    "/image": operation({"image/png": {"schema": {"type": "string", "format": "binary"}}}),
    "/wild": operation({"*/*": OBJECT}),
    "/silent": {"get": {"operationId": "silent", "responses": {"204": {"description": "done"}}}},
}
for name, function in {"/both": "both", "/csv": "csv", "/image": "image"}.items():
    PATHS[name]["get"]["operationId"] = function
DOCUMENTS = {"negotiation": document(PATHS)}
HANDLERS = {
    "negotiation": """
def silent(): pass
def both(): return "a"
def csv(): return "a,é"
def image(): return b"\\x89PNG"
"""
}


@pytest.mark.parametrize(
    "accept",
    [
        "application/json",
        "Application/JSON",
        "application/*",
        "*/*",
        "text/html, */*;q=0.1",
        "text/html,application/json;q=0.5",
        "application/json;charset=utf-8",
        "",
        "application/json; q=1.0; ext=a",
        "application/*;q=0, application/json",
    ],
)
def test_an_accept_header_that_allows_json_gets_json(server, accept):
    reply = server("GET", "/json", Accept=accept)

    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "application/xml, image/*",
        "application/json;q=0",
        "*/*;q=0",
        "application/json;q=x",
        "application/json;q=nan",
        "application",
        "application/jsonx",
        "*/*, application/json;q=0",
    ],
)
def test_an_accept_header_that_allows_no_declared_media_type_is_406(server, accept):
    ignored, declared = server("GET", "/json", Accept=accept), server("GET", "/declared", Accept=accept)

    assert (ignored.status, ignored.headers["Content-Type"]) == (200, "application/json")
    assert (declared.status, declared.json["error"]) == (406, "not_acceptable")


def test_the_journal_notes_an_accept_header_that_cannot_be_satisfied(server):
    for accept in ("text/html", "application/*", "text/html"):
        server("GET", "/json", Accept=accept, world="noted")
    entries = server.application.worlds.named("noted").journal.entries

    assert [entry.verdict for entry in entries] == ["accept_ignored", "", "accept_ignored"]
    assert "No declared media type matches the Accept header" in entries[0].trace[-2]
    assert entries[0].branch == "handler"


def test_a_header_that_was_rejected_is_rejected_again(server):
    for accept, status in [("text/html", 406), ("application/*", 200)] * 3:
        assert server("GET", "/declared", Accept=accept).status == status


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/json", "application/vnd.shop.v3+json"),
        ("/json", "application/vnd.shop+json;version=3, */*;q=0"),
        ("/hal", "application/json"),
    ],
)
def test_a_structured_suffix_is_compatible_both_ways(server, path, accept):
    reply = server("GET", path, Accept=accept, world="suffix")

    assert reply.status == 200
    assert server.application.worlds.named("suffix").journal.entries[-1].verdict == ""


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/plain", "text/plain"),
        ("text/*", "text/plain"),
        ("text/plain;q=0.9, application/json;q=0.8", "text/plain"),
        ("text/plain;q=0.8, application/json;q=0.9", "application/json"),
        ("*/*, application/json;q=0.1", "text/plain"),
        ("text/plain;q=0.5, */*;q=0.6", "application/json"),
    ],
)
def test_the_media_type_with_the_highest_quality_is_sent(server, accept, media_type):
    reply = server("GET", "/both", **({"Accept": accept} if accept else {}))

    assert reply.headers["Content-Type"] == media_type
    assert reply.body == (b'"a"' if media_type == "application/json" else b"a")


def test_a_media_type_is_sent_as_it_is_declared(server):
    assert server("GET", "/hal").headers["Content-Type"] == "application/hal+json; profile=a"
    assert server("GET", "/hal", Accept="application/hal+json").status == 200


def test_text_and_bytes_are_sent_unchanged(server):
    assert server("GET", "/csv").body == "a,é".encode()
    assert server("GET", "/image").body == b"\x89PNG"


def test_any_media_type_is_sent_as_json(server):
    for accept in ("*/*", "application/json"):
        reply = server("GET", "/wild", Accept=accept)

        assert (reply.headers["Content-Type"], reply.value) == ("application/json", None)


def test_an_accept_header_that_cannot_be_satisfied_is_406_as_in_prism(served):
    server = served(DOCUMENTS, HANDLERS, like_prism=True)

    assert server("GET", "/json", Accept="text/html").status == 406
    assert server("GET", "/json", Accept="text/html", Prefer="code=200").status == 406


def test_a_response_without_a_body_is_always_acceptable(server):
    assert server("GET", "/silent", Accept="image/png").status == 204


@pytest.mark.parametrize(
    ("content", "accept", "body"),
    [
        ({"*/*": {"example": "hi"}, "application/json": {"example": {"a": 1}}}, None, b'{"a":1}'),
        ({"*/*": {"example": "hi"}, "application/json": {"example": {"a": 1}}}, "text/plain", b"hi"),
        ({"text/plain": {"example": "hi"}, "application/json": {"example": [{"a": 1}]}}, "text/plain", b"hi"),
        ({"text/plain": {"example": "hi"}, "application/json": {"example": [{"a": 1}]}}, None, b'[{"a":1}]'),
        ({"application/hal+json": {"example": "hi"}, "application/json": {"example": [{}]}}, None, b'"hi"'),
        (
            {
                "application/json": {"example": "hi"},
                "application/xml": {"schema": {"type": "array", "items": {"type": "object"}}},
            },
            None,
            b'"hi"',
        ),
    ],
)
def test_the_most_specific_media_type_is_selected_with_its_own_example(served, content, accept, body):
    item = {"get": {"responses": {"200": {"description": "done", "content": content}}}}
    server = served({"specific": {"openapi": "3.0.3", "paths": {"/a": item}}})

    assert server("GET", "/a", **({} if accept is None else {"Accept": accept})).body == body
