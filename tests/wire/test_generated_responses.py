"""Which declared response an operation without a handler returns, and its headers."""

from __future__ import annotations

import pytest

from tests.wire.generated import generated
from tests.wire.serving import document

NAMED = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "maxLength": 20}}}


def response(schema=None, media_type="application/json", headers=None, **media):
    content = {media_type: {"schema": schema or NAMED, **media}}
    return {"description": "an answer", "content": content} | ({"headers": headers} if headers else {})


BARE = {"description": "nothing"}
BODILESS = {"/redirect", "/switching", "/none", "/empty"}
# By path: the declared responses, and the status that is returned.
SUCCESSES = {
    "/lowest": ({"404": response(), "201": response(), "200": response()}, 200),
    "/range": ({"2XX": response(), "404": response()}, 200),
    "/default": ({"default": response()}, 200),
    "/redirect": ({"302": BARE, "default": response()}, 302),
    "/refusal": ({"404": response(), "500": response()}, 404),
    "/refusals": ({"4XX": response()}, 400),
    "/switching": ({"101": BARE}, 200),
    "/none": ({}, 200),
    "/empty": ({"204": BARE}, 204),
    "/unknown": ({"299": response()}, 299),
}
BROKEN = {"name": 5}
SUNSET = {"Sunset": {"schema": {"type": "string", "enum": ["Wed, 01 Jan 2031 00:00:00 GMT"]}}}
PATHS = {path: {"put": {"responses": declared}} for path, (declared, _) in SUCCESSES.items()}
PATHS |= {
    "/broken": {"put": {"responses": {"200": response(example=BROKEN)}}},
    "/second": {"put": {"responses": {"200": response(examples={"a": {"value": BROKEN}, "b": {"value": {"name": "b"}}})}}},
    "/old": {"put": {"deprecated": True, "x-sunset": "2030-01-31", "responses": {"200": response()}}},
    "/older": {"put": {"deprecated": True, "responses": {"200": response(headers=SUNSET)}}},
    "/odd": {"put": {"deprecated": True, "x-sunset": "some day\nsoon", "responses": {"200": response()}}},
    "/hal": {"put": {"responses": {"200": response(media_type="application/hal+json")}}},
    "/shown": {"put": {"responses": {"200": response(example={"name": "shown"})}}},
}  # fmt: skip
for number, item in enumerate(PATHS.values()):
    item["put"]["operationId"] = f"operation {number}"
DOCUMENT = document(PATHS, openapi="3.1.0")
del DOCUMENT["paths"]["/none"]["put"]["responses"]  # they need not be declared since 3.1


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("answers"), DOCUMENT) as server:
        yield server


@pytest.mark.parametrize("path", SUCCESSES)
def test_the_status_is_the_declared_success_or_else_another_declared_one(server, path):
    status = SUCCESSES[path][1]
    reply = server("PUT", path)

    assert reply.status == status
    assert bool(reply.body) is (path not in BODILESS)


def test_an_example_that_breaks_its_schema_is_ignored(server):
    broken, second = server("PUT", "/broken", world="broken"), server("PUT", "/second", world="broken")
    verdicts = [entry.verdict for entry in server.application.worlds.named("broken").journal.entries]

    assert isinstance(broken.json["name"], str)
    assert second.json == {"name": "b"}
    assert verdicts == ["broken_example", ""]


def test_a_deprecated_operation_has_deprecation_headers(server):
    old, older, odd = (server("PUT", path) for path in ("/old", "/older", "/odd"))

    assert (old.headers["Deprecation"], old.headers["Sunset"]) == ("true", "Thu, 31 Jan 2030 00:00:00 GMT")
    assert older.headers.get_all("Sunset") == ["Wed, 01 Jan 2031 00:00:00 GMT"]
    assert odd.headers["Sunset"] == "some day soon"
    assert server("PUT", "/lowest").headers["Deprecation"] is None
    assert server("PUT", "/old", Accept="image/png").headers["Deprecation"] == "true"


@pytest.mark.parametrize("accept", ["application/*+json", "application/hal+json", "application/*", "*/*;q=0.1"])
def test_a_suffix_is_matched_by_its_range(server, accept):
    assert server("PUT", "/hal", Accept=accept).status == 200
    assert find_verdict(server, "/hal", accept) == ""
    assert find_verdict(server, "/hal", "application/*+xml") == "accept_ignored"
    assert find_verdict(server, "/hal", "text/*+json") == "accept_ignored"


def find_verdict(server, path, accept):
    server("PUT", path, world="suffixes", Accept=accept)
    return server.application.worlds.named("suffixes").journal.entries[-1].verdict


def test_the_declared_media_type_is_sent_where_none_is_acceptable(server):
    reply = server("PUT", "/lowest", Accept="text/html")

    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")


def test_the_same_request_has_the_same_response_in_every_world(server):
    assert len({server("PUT", "/lowest", world=name).body for name in "abc"}) == 1
