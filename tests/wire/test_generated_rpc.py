"""Operations without records: results per input, streams, paths with slashes and dots, lists in envelopes."""

from __future__ import annotations

import pytest

from locum.options import UnknownIds
from tests.wire.generated import generated
from tests.wire.serving import body, parameter, responses

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
TEXTS = {"type": "array", "items": TEXT}


def thing(*required, **properties):
    return {"type": "object", "required": list(required), "properties": properties}


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def declare_body(schema, **sent):
    return {"requestBody": body({"type": "object", "properties": sent}), "responses": responses(404, schema=schema)}


def reads(schema, *parameters):
    return {"parameters": list(parameters), "responses": responses(404, schema=schema)}


REPOSITORY = parameter("path", TEXT, "repository")
PAGE = {
    **dict.fromkeys(("end", "start", "page", "page_size"), WHOLE),
    **{name: {**TEXT, "nullable": True} for name in ("first_page_uri", "next_page_uri", "previous_page_uri")},
}
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Remote", "version": "1"},
    "paths": {
        "/rank": {
            "post": declare_body(
                thing("results", results={"type": "array", "items": ref("Ranked")}),
                documents=TEXTS, top_n=WHOLE,
            )
        },
        "/talk": {"post": declare_body({"oneOf": [ref("TalkStreamedPart"), ref("Talk")]}, text=TEXT)},
        "/letters": {
            "get": reads({"type": "object", "properties": {"letters": {"type": "array", "items": ref("Letter")}, **PAGE}}),
            "post": declare_body(ref("Letter"), content=TEXT),
        },
        "/guests": {
            "get": reads({"type": "array", "items": ref("Guest")}),
            "post": declare_body(ref("Guest"), name=TEXT, town=TEXT),
        },
        "/guests/{guest}": {"get": reads(ref("Guest"), parameter("path", TEXT, "guest"))},
        "/guests/search": {
            "post": declare_body(
                thing("guests", guests={"type": "array", "items": ref("Guest")}, cursor={**TEXT, "nullable": True}),
                query={"type": "object"}, filters={"type": "array", "items": {"type": "object"}}, town=TEXT,
                letters={"type": "object"}, limit=WHOLE, cursor=TEXT,
            )
        },
        "/letters/{letter}": {"get": reads(ref("Letter"), parameter("path", TEXT, "letter"))},
        "/crews.create": {"post": declare_body(thing("ok", ok={"type": "boolean"}, team=ref("Team")), name=TEXT)},
        "/crews.info": {"get": reads(thing("ok", ok={"type": "boolean"}, team=ref("Team")), parameter("query", TEXT, "team"))},
        "/crews.rename": {"post": declare_body(thing("ok", ok={"type": "boolean"}, team=ref("Team")), team=TEXT, name=TEXT)},
        "/repositories": {
            "get": reads({"type": "array", "items": ref("Repository")}),
            "post": declare_body(ref("Repository"), name=TEXT, default_branch=TEXT),
        },
        "/repositories/{repository}": {"get": reads(ref("Repository"), REPOSITORY)},
        "/repositories/{repository}/branches": {"get": reads({"type": "array", "items": ref("Branch")}, REPOSITORY)},
        "/repositories/{repository}/branches/{branch}": {
            "get": reads(ref("Branch"), REPOSITORY, parameter("path", TEXT, "branch"))
        },
        "/repositories/{repository}/files/{path}": {
            "parameters": [REPOSITORY, parameter("path", TEXT, "path")],
            "get": reads(ref("File")),
            "put": declare_body(ref("File"), content=TEXT),
        },
    },
    "components": {
        "schemas": {
            "Ranked": thing("index", "score", index=WHOLE, score={"type": "number"}),
            "Talk": thing("answer", response_body=TEXT),
            "TalkStreamedPart": thing("piece", piece=TEXT),
            "Letter": thing(
                "id", id=TEXT,
                content={"type": "array", "items": thing("type", "text", type={**TEXT, "enum": ["text"]}, text=TEXT)},
            ),
            "Guest": thing("id", id=TEXT, name=TEXT, town=TEXT),
            "Team": thing("id", "name", id=TEXT, name=TEXT),
            "Repository": thing("name", name=TEXT, default_branch=TEXT),
            "Branch": thing("name", name=TEXT, commit=TEXT),
            "File": thing("path", path=TEXT, content=TEXT),
        }
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("rpc"), DOCUMENT, unknown_ids=UnknownIds.MISSING) as running:
        yield running


@pytest.fixture
def send(server, world):
    def send_request(method, path, sent=None):
        reply = server(method, path, sent, world=world)
        assert reply.status < 300, (method, path, reply.status, reply.body)
        return reply.json

    return send_request


@pytest.mark.parametrize(("sent", "count"), [({}, 5), ({"top_n": 2}, 2), ({"top_n": 9}, 5)])
def test_each_element_of_the_input_has_a_result(send, sent, count):
    results = send("POST", "/rank", {"documents": ["a", "b", "c", "d", "e"], **sent})["results"]
    scores = [one["score"] for one in results]

    assert [one["index"] for one in results] == list(range(count))
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("sent", "names"),
    [
        ({"query": {"filter": {"town": {"exact": "Oslo"}}}}, ["Ann", "Ben"]),
        ({"query": {"town": {"eq": "Oslo"}, "name": {"in": ["Ben", "Cid"]}}}, ["Ben"]),
        ({"filters": [{"property": "name", "operator": "contains", "value": "AN"}]}, ["Ann"]),
        ({"filters": [{"filters": [{"field": "town", "op": "ne", "value": "Oslo"}]}], "town": "Riga"}, ["Cid"]),
        ({"town": "Oslo", "letters": {"name": "Other"}}, ["Ann", "Ben"]),
    ],
)
def test_a_search_returns_the_records_that_match_its_body(send, sent, names):
    people = (("Ann", "Oslo"), ("Ben", "Oslo"), ("Cid", "Riga"))
    known = {send("POST", "/guests", {"name": name, "town": town})["id"] for name, town in people}
    found = send("POST", "/guests/search", {"limit": 100, **sent})["guests"]

    assert [one["name"] for one in found if one["id"] in known] == names


def test_a_search_has_pages(send):
    seen, cursor = [], {}
    for _ in range(20):
        page = send("POST", "/guests/search", {"limit": 3, **cursor})
        seen += [one["id"] for one in page["guests"]]
        if not page.get("cursor"):
            break
        cursor = {"cursor": page["cursor"]}

    assert seen == [one["id"] for one in send("GET", "/guests")]


def test_a_response_that_is_not_streamed_has_the_complete_alternative(send):
    assert "answer" in send("POST", "/talk", {"text": "Hello"})


def test_a_text_becomes_the_only_part_of_a_list_of_parts(send):
    letter = send("POST", "/letters", {"content": "Hello"})

    assert letter["content"] == [{"type": "text", "text": "Hello"}]


def test_a_list_with_paging_members_is_not_a_record(send):
    letter = send("POST", "/letters", {"content": "Hello"})

    assert letter in send("GET", "/letters")["letters"]


def test_the_response_shows_the_identifier_where_paths_have_dots(send):
    team = send("POST", "/crews.create", {"name": "North"})["team"]

    assert send("GET", f"/crews.info?team={team['id']}")["team"] == team
    send("POST", "/crews.rename", {"team": team["id"], "name": "South"})
    assert send("GET", f"/crews.info?team={team['id']}")["team"]["name"] == "South"


def test_a_new_record_has_the_nested_record_that_its_default_references(send):
    send("POST", "/repositories", {"name": "atlas", "default_branch": "trunk"})

    assert [one["name"] for one in send("GET", "/repositories/atlas/branches")] == ["trunk"]
    assert send("GET", "/repositories/atlas/branches/trunk")["name"] == "trunk"


def test_a_path_parameter_named_path_can_have_slashes(send, server, world):
    send("POST", "/repositories", {"name": "atlas"})
    send("PUT", "/repositories/atlas/files/maps/north/sea.txt", {"content": "blue"})

    assert send("GET", "/repositories/atlas/files/maps/north/sea.txt")["path"] == "maps/north/sea.txt"
    assert send("GET", "/repositories/atlas/files/maps%2Fnorth%2Fsea.txt")["content"] == "blue"
    assert server("GET", "/repositories/atlas/branches/a/b", world=world).status == 404
