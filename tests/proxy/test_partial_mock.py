"""The upstream has some of the operations, and the mock responds to the rest."""

from __future__ import annotations

import json

import pytest

from locum.server.handlers import StartError
from tests.proxy.conftest import JSON, SPEC, Proxied
from tests.proxy.raw import Raw, response

PLAIN = {"Content-Type: text/plain"}


def _responding(status, body, kind="application/json"):
    """Return an upstream that responds the same to every request."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return Raw(lambda *_: head.encode() + body)


FOUND = b'{"error": "There is no such pet."}'
FRAMEWORKS = {
    "starlette": (404, b"Not Found", "text/plain"),
    "fastapi": (404, b'{"detail":"Not Found"}', "application/json"),
    "express": (404, b"<pre>Cannot GET /v1/pets/ada</pre>", "text/html"),
    "flask": (404, b"<p>The requested URL was not found on the server.", "text/html"),
    "go": (404, b"404 page not found\n", "text/plain"),
    "another method": (405, b"", "text/plain"),
}
# when, status, body, media type -> who responds to getPet, and whether that is remembered
TABLE = [
    *[("unimplemented", *shown, "mock", None) for shown in FRAMEWORKS.values()],
    ("unimplemented", 501, b"{}", "application/json", "mock", True),
    ("unimplemented", 404, FOUND, "application/json", "upstream", False),
    ("unimplemented", 410, FOUND, "application/json", "upstream", False),
    ("unimplemented", 500, b"{}", "application/json", "upstream", False),
    ("unimplemented", 405, b"", "text/plain", "mock", True),
    ("unimplemented", 404, b"{}", "application/json", "mock", False),
    ("unimplemented", 404, b"404 page not found\n", "text/plain", "mock", True),
    ("missing", 404, FOUND, "application/json", "mock", False),
    ("missing", 410, FOUND, "application/json", "mock", False),
    ("missing", 501, b"{}", "application/json", "upstream", False),
    ("missing", 404, b"Not Found", "text/plain", "mock", False),
    ("error", 500, b"{}", "application/json", "mock", False),
    ("error", 503, b"{}", "application/json", "mock", False),
    ("error", 501, b"{}", "application/json", "mock", False),
    ("error", 404, FOUND, "application/json", "upstream", False),
    ("never", 501, b"{}", "application/json", "upstream", False),
    ("never", 404, b"Not Found", "text/plain", "upstream", False),
    ("never", 500, b"{}", "application/json", "upstream", False),
]


@pytest.mark.parametrize(("when", "status", "body", "kind", "source", "remembered"), TABLE)
def test_the_decision_table(proxy, world, when, status, body, kind, source, remembered):  # noqa: PLR0913, PLR0917 (a row)
    front = proxy(mock_when=[when])
    front.worlds.drop(world)
    with _responding(status, body, kind) as upstream:
        front.worlds.named(world).proxying.upstream = upstream.url

        first, second = (front("GET", "/v1/pets/ada", world=world) for _ in range(2))

        assert first.source == second.source == source
        if remembered is not None:
            assert len(upstream.requests) == (1 if remembered else 2)
    entry = front.last(world)
    assert entry.source == source
    assert any(sentence.startswith(f"Source: {source}. ") for sentence in entry.trace)


def test_a_missing_record_is_no_missing_operation_once_the_upstream_has_responded(shop, proxy, world):
    front = proxy(mock_when=["unimplemented"])
    front.worlds.drop(world)
    shop.pets["up-1"] = {"id": "up-1", "name": "Ada"}
    assert front("GET", "/v1/pets/up-1", world=world).source == "upstream"
    with _responding(404, b"gone", "text/plain") as upstream:
        front.worlds.existing(world).proxying.upstream = upstream.url

        assert front("GET", "/v1/pets/up-2", world=world).source == "upstream"


def test_an_unreachable_upstream_is_mocked_with_error_only(proxy, world):
    gone = "http://127.0.0.1:9"
    for when, source in (("error", "mock"), ("unimplemented", "mock")):
        front = proxy(mock_when=[when])
        front.worlds.drop(world)
        front.worlds.named(world).proxying.upstream = gone

        reply = front("POST", "/v1/pets", {"name": "Ada"}, world=world)

        assert reply.source == source
        assert reply.status == (201 if when == "error" else 502)
        chunked = front("POST", "/v1/pets", iter([b'{"name"', b': "Ada"}']), JSON, world=world, encode_chunked=True)
        assert (chunked.source, chunked.status) == (source, reply.status)


def test_what_was_decided_is_shown_and_can_be_forgotten(shop, proxy, world):
    front = proxy(mock_when=["unimplemented"])
    front.worlds.drop(world)

    assert front("GET", "/v1/orders", world=world).source == "mock"
    assert front("GET", "/v1/orders", world=world).source == "mock"
    assert [path for _, path, _ in shop.seen] == ["/v1/orders"]
    sources = {one["operation"]: one for one in front.control("GET", f"/sources?world={world}").json}
    assert sources["listOrders"]["source"] == "mock"
    assert "responded with 404" in sources["listOrders"]["reason"]
    assert sources["listPets"]["source"] == "upstream"

    front.control("DELETE", f"/sources/listOrders?world={world}")
    front("GET", "/v1/orders", world=world)
    assert len(shop.seen) == 2
    front.control("DELETE", f"/sources?world={world}")
    front("GET", "/v1/orders", world=world)
    front.control("POST", f"/worlds/{world}/reset")
    front("GET", "/v1/orders", world=world)
    assert len(shop.seen) == 4


def test_sources_are_chosen_by_world_settings_document_and_the_document_of_the_upstream(shop, tmp_path):
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(
        "overlay: 1.0.0\ninfo: {title: x, version: '1'}\nactions:\n"
        "  - {target: \"$.paths['/pets'].get\", update: {x-locum-source: mock}}\n"
        "  - {target: \"$.paths['/secret'].get\", update: {x-locum-source: mock}}\n"
    )
    own = tmp_path / "upstream.json"
    paths = {"/pets": {"get": {}, "post": {}}, "/pets/{pet_id}": {"get": {}}, "/secret": {"get": {}}}
    own.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "servers": [{"url": "/v1"}], "paths": paths}))  # fmt: skip
    front = Proxied(
        upstream=shop.url, overlay=[overlay], source=["secret=upstream", "moved=upstream"], upstream_spec=own
    )

    def sources():
        return {one["operation"]: one["source"] for one in front.control("GET", "/sources").json}

    found = sources()
    assert {name for name, source in found.items() if source == "upstream"} == {
        "createPet",
        "getPet",
        "secret",
        "moved",
    }
    assert front("GET", "/v1/pets").source == "mock"
    front.control("PUT", "/sources/listPets", {"source": "upstream"})
    front.control("PUT", "/sources/createPet", {"source": "mock"})
    assert sources()["listPets"] == "upstream"
    assert front("GET", "/v1/pets").source == "upstream"
    assert front("POST", "/v1/pets", {"name": "Ada"}).source == "mock"
    assert [method for method, _, _ in shop.seen] == ["GET"]
    front.running.stop()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"source": ["listPet=mock"]}, "Did you mean listPets?"),
        ({"source": ["listPets"]}, "write OPERATION=mock"),
        ({"mock_when": ["never", "error"]}, "excludes every other value"),
        ({"upstream": ""}, "--upstream is missing"),
        ({"upstream": "ftp://a"}, "does not begin with http"),
        ({"upstream_key": SPEC}, "--upstream-key needs --upstream-cert"),
        ({"upstream_ca": SPEC}, "cannot be used for TLS"),
    ],
)
def test_wrong_settings_stop_the_start_with_a_sentence(settings, sentence):
    with pytest.raises(StartError) as raised:
        Proxied(**{"upstream": "http://127.0.0.1:9", **settings})

    assert sentence in " ".join(raised.value.sentences)


def test_worlds_have_upstreams_of_their_own_or_none(shop, proxy, world):
    front = proxy()
    front.worlds.drop(world)
    with Raw(lambda *_: response(b'[{"id": "own", "name": "Own"}]')) as other:
        front.control("PUT", f"/worlds/{world}/upstream", {"url": other.url.replace("//", "//ada:geheim@")})
        shown = front.control("GET", f"/worlds/{world}/upstream")
        assert shown.json == {"url": other.url, "own": True}
        assert front("GET", "/v1/pets", world=world).json[0]["id"] == "own"
        assert front("GET", "/v1/pets").json == []

    assert front.control("PUT", f"/worlds/{world}/upstream", {"url": None}).json == {"url": None, "own": True}
    mocked = front("GET", "/v1/pets", world=world)
    assert mocked.source == "mock"
    front.control("POST", f"/worlds/{world}/reset")
    assert front("GET", "/v1/pets", world=world).source == "mock"
    front.control("DELETE", f"/worlds/{world}/upstream")
    assert front("GET", "/v1/pets", world=world).source == "upstream"
    assert front.control("GET", f"/worlds/{world}/upstream").json == {"url": shop.url, "own": False}
    assert len(shop.seen) == 2


def test_mocked_writes_never_reach_the_upstream_and_their_records_are_answered_by_the_mock(shop, proxy, world):
    front = proxy(source=["createPet=mock"])
    front.worlds.drop(world)
    before = front.worlds.tally.sources.copy()
    shop.pets["up-1"] = {"id": "up-1", "name": "Real"}

    made = front("POST", "/v1/pets", {"name": "Mocked"}, world=world).json
    place = f"/v1/pets/{made['id']}"
    read = front("GET", place, world=world)
    assert (read.source, read.json["name"]) == ("mock", "Mocked")
    assert front("GET", "/v1/pets/up-1", world=world).source == "upstream"
    front.worlds.named("mocked").proxying.upstream = ""
    seeded = front("GET", "/v1/pets", world="mocked").json[0]["id"]
    for other in (seeded, "never-made"):
        missing = front("GET", f"/v1/pets/{other}", world=world)
        assert (missing.source, missing.status) == ("upstream", 404)
    assert front("PUT", place, {"name": "Changed"}, world=world).json["name"] == "Changed"
    assert front("DELETE", place, world=world).status == 204
    gone = front("GET", place, world=world)
    assert (gone.source, gone.status) == ("upstream", 404)
    assert list(shop.pets) == ["up-1"]
    assert not [method for method, _, _ in shop.seen if method == "POST"]
    sources = {
        (key[0][1], key[1]): count - before.get(key, 0)
        for key, count in front.worlds.tally.sources.items()
        if key[0][1] in {"createPet", "getPet"}
    }
    assert sources == {("createPet", "mock"): 1, ("getPet", "mock"): 1, ("getPet", "upstream"): 4}


def test_what_the_mock_created_is_listed_with_what_the_upstream_has(shop, proxy, world):
    front = proxy(source=["createPet=mock"], merge_lists=True)
    front.worlds.drop(world)
    shop.pets["up-1"] = {"id": "up-1", "name": "Real", "kind": "dog"}
    assert front("GET", "/v1/pets", world=world).json == [shop.pets["up-1"]]

    made = front("POST", "/v1/pets", {"name": "Mocked", "kind": "cat"}, world=world).json

    merged = front("GET", "/v1/pets", world=world)
    assert merged.json == [shop.pets["up-1"], made]
    assert merged.source == "upstream"
    assert int(merged.headers["Content-Length"]) == len(merged.body)
    assert any("1 record of the mock" in sentence for sentence in front.last(world).trace)
    assert front("GET", "/v1/pets?kind=cat", world=world).json == [made]
    assert front("GET", "/v1/pets?kind=dog", world=world).json == [shop.pets["up-1"]]
    zipped = front("GET", "/v1/pets", headers={"Accept-Encoding": "gzip"}, world=world)
    assert zipped.json == merged.json
    assert {"Content-Encoding", "ETag"}.isdisjoint(zipped.headers)
    apart = proxy(source=["createPet=mock"])
    apart.worlds.drop(world)
    apart("POST", "/v1/pets", {"name": "Mocked"}, world=world)
    assert apart("GET", "/v1/pets", world=world).json == [shop.pets["up-1"]]


def test_a_session_over_a_server_that_has_half_of_the_operations(shop, proxy, world):
    front = proxy(mock_when=["unimplemented"])
    front.worlds.drop(world)

    def step(method, path, body=None):
        return front(method, path, body, world=world)

    pet = step("POST", "/v1/pets", {"name": "Ada", "kind": "cat"}).json
    order = step("POST", "/v1/orders", {"pet": pet["id"]}).json
    assert order["pet"] == pet["id"]
    assert step("GET", f"/v1/orders/{order['id']}").json == order
    assert order in step("GET", "/v1/orders").json["items"]
    assert step("GET", f"/v1/pets/{pet['id']}").json == pet
    assert step("DELETE", f"/v1/pets/{pet['id']}").status == 204
    assert step("GET", f"/v1/pets/{pet['id']}").json == {"error": "There is no such pet."}

    entries = front.control("GET", f"/journal?world={world}").json
    assert [(entry["operation"], entry["source"], entry["status"]) for entry in entries] == [
        ("createPet", "upstream", 201),
        ("createOrder", "mock", 201),
        ("getOrder", "mock", 200),
        ("listOrders", "mock", 200),
        ("getPet", "upstream", 200),
        ("deletePet", "upstream", 204),
        ("getPet", "upstream", 404),
    ]
    assert [entry["verdict"] for entry in entries] == [""] * 7


def test_the_trace_of_a_client_reaches_the_upstream_unchanged(shop, proxy, world):
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    front = proxy()
    front("GET", "/v1/pets", headers={"traceparent": trace, "tracestate": "a=1"}, world=world)

    sent = dict(shop.seen[-1][2])
    assert (sent[b"traceparent"], sent[b"tracestate"]) == (trace.encode(), b"a=1")
    assert front.worlds.named(world).journal.entries[-1].traceparent == trace
