"""The media type of generated responses: ranges, parameters, and documented Accept values."""

from __future__ import annotations

import pytest

from tests.wire.generated import generated
from tests.wire.serving import document

OBJECT = {"schema": {"type": "object"}}
TEXT = {"schema": {"type": "string"}}
ACCEPT = {
    "name": "Accept",
    "in": "header",
    "example": "application/x-a",
    "schema": {"type": "string", "default": "application/x-b", "enum": ["application/x-b", "application/x-c"]},
}


def operation(content, *errors, **members):
    declared = {str(status): {"description": "an error", "content": {"application/json": {}}} for status in errors}
    return {"get": {"responses": {"200": {"description": "done", "content": content}} | declared, **members}}


def shape(value):
    return {"schema": {"type": "object", "required": ["v"], "properties": {"v": {"enum": [value]}}}}


PATHS = {
    "/pictures": operation({"image/*": {"schema": {"type": "string", "format": "binary"}}}),
    "/texts": operation({"text/*": TEXT}),
    "/wild": operation({"*/*": OBJECT}),
    "/words": operation({"*/*": TEXT}),
    "/both": operation({"application/json;version=2": shape(2), "application/json": shape(1)}),
    "/profiles": operation({"application/json; profile=a": shape("a"), "application/json; profile=b": shape("b")}, 406),
    "/shown": operation({"application/json": OBJECT}, 406, parameters=[ACCEPT]),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("ranges"), document(PATHS)) as server:
        yield server


@pytest.mark.parametrize(
    ("path", "accept", "sent"),
    [
        ("/pictures", None, "image/png"),
        ("/pictures", "image/*", "image/png"),
        ("/pictures", "*/*", "image/png"),
        ("/pictures", "image/webp, image/jpeg;q=0.9", "image/webp"),
        ("/pictures", "image/png;q=0.1, image/jpeg;q=0.9", "image/jpeg"),
        ("/pictures", "image/png;q=0, image/*", None),
        ("/pictures", "text/html", None),
        ("/texts", None, "text/plain"),
        ("/texts", "text/html", "text/html"),
        ("/wild", "text/html, application/xml;q=0.9, */*;q=0.8", "application/xml"),
        ("/wild", "text/csv", None),
        ("/words", "text/csv", "text/csv"),
    ],
)
def test_a_declared_range_is_sent_as_a_media_type_within_it(server, path, accept, sent):
    reply = server("GET", path, world="ranges", **({"Accept": accept} if accept else {}))
    entry = server.application.worlds.named("ranges").journal.entries[-1]

    assert reply.status == 200
    assert "*" not in reply.headers["Content-Type"]
    assert entry.verdict == ("" if sent else "accept_ignored")
    if sent:
        assert reply.headers["Content-Type"] == sent


@pytest.mark.parametrize(
    ("path", "accept", "value"),
    [
        ("/both", "application/json", 1),
        ("/both", "application/json;version=2", 2),
        ("/both", "application/json;version=3", 1),
        ("/both", "application/json;version=2;q=0.1, application/json;q=0.9", 1),
        ("/profiles", 'application/json;profile="b"', "b"),
        ("/profiles", "application/json; charset=utf-8; profile=b", "b"),
        ("/profiles", "application/json;profile=a;q=0.2, application/json;profile=b;q=0.3", "b"),
        ("/profiles", "application/json;profile=a;q=0, application/json", "b"),
        ("/profiles", "*/*", "a"),
        ("/profiles", "application/json;profile=c", None),
    ],
)
def test_media_types_that_differ_in_a_parameter_are_chosen_by_it(server, path, accept, value):
    reply = server("GET", path, Accept=accept)

    assert (reply.status, reply.json.get("v")) == ((200, value) if value else (406, None))


@pytest.mark.parametrize("sent", ["application/x-a", "application/x-b", "application/x-c"])
def test_the_documented_accept_values_are_served_even_where_406_is_declared(server, sent):
    assert server("GET", "/shown", Accept=sent).status == 200
    assert server("GET", "/shown", Accept="application/x-d").status == 406
