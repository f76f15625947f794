"""Small but expensive requests: long lists, deep values, compression bombs; each has a response in limited time."""

from __future__ import annotations

import gzip
import json

import pytest

from locum.openapi.wire.codings import decode
from locum.openapi.wire.styles import Unreadable
from locum.redaction.bodies import salvaged
from tests.attack.in_process import send_all, serve_paths

MOST_SECONDS = 8
"""Maximum processor time of one request; without limits, these take ten seconds to hours."""

THING = {
    "type": "object",
    "properties": {
        "tags": {"type": "array", "uniqueItems": True},
        "price": {"type": "number", "multipleOf": 0.001},
        "count": {"type": "integer", "multipleOf": 7},
    },
}
QUERY = {
    "filter": {"style": "deepObject", "explode": True, "schema": {"type": "object", "additionalProperties": True}},
    "tags": {"schema": {"type": "array", "items": {"type": "string"}}},
    "sort": {"schema": {"type": "string"}},
    "q": {"schema": {"type": "string"}},
    "limit": {"schema": {"type": "integer"}},
    "price": {"schema": {"type": "number", "multipleOf": 0.01}},
}
KINDS = (
    "application/json",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
)
ITEMS = {"type": "array", "items": THING}
PATHS = {
    "/things": {
        "get": {
            "parameters": [{"name": name, "in": "query", **rest} for name, rest in QUERY.items()]
            + [{"name": "c", "in": "cookie", "schema": {"type": "array", "items": {"type": "string"}}}],
            "responses": {
                "200": {"description": "ok", "content": {"application/json": {"schema": ITEMS}, "text/csv": {}}}
            },
        },
        "post": {
            "requestBody": {"required": True, "content": {kind: {"schema": THING} for kind in KINDS}},
            "responses": {"201": {"description": "made", "content": {"application/json": {"schema": THING}}}},
        },
    },
    "/{a},{b},{c},{d}": {"get": {"responses": {"200": {"description": "ok"}}}},
}
DOCTYPE = b'<!DOCTYPE a [<!ENTITY a "%s">]><Thing><price>%s</price></Thing>' % (b"1" * 50_000, b"&a;" * 50_000)
PART = b'--b\r\nContent-Disposition: form-data; name="tags"\r\n\r\n1\r\n'

GETS = {
    "commas in the path": ("/" + "," * 20_000, {}),
    "a path of many segments": ("/zz" + "/a" * 20_000, {}),
    "ampersands": ("/things?" + "&" * 100_000, {}),
    "pairs": ("/things?" + "&".join(f"k{number}=1" for number in range(20_000)), {}),
    "one name": ("/things?" + "&".join(f"tags={number}" for number in range(20_000)), {}),
    "one list": ("/things?tags=" + ",".join(map(str, range(50_000))), {}),
    "deep object": ("/things?filter" + "[a]" * 10_000 + "=1", {}),
    "open brackets": ("/things?filter" + "[" * 60_000 + "=1", {}),
    "wide object": ("/things?" + "&".join(f"filter[k{number}]=1" for number in range(20_000)), {}),
    "hyphens to sort by": ("/things?sort=" + "-" * 60_000, {}),
    "words to sort by": ("/things?sort=" + "a:" * 30_000, {}),
    "names to sort by": ("/things?sort=" + "price," * 10_000, {}),
    "a long integer": ("/things?limit=" + "9" * 60_000, {}),
    "a long number": ("/things?price=" + "9" * 60_000, {}),
    "a huge exponent": ("/things?price=1e999999999", {}),
    "media ranges": ("/things", {"accept": ",".join(f"a/b{number};q=0.5" for number in range(5000))}),
    "parameters of a range": ("/things", {"accept": "text/csv" + ";a=b" * 15_000}),
    "quotes in Accept": ("/things", {"accept": '"' * 60_000}),
    "spaces in Accept": ("/things", {"accept": "a/b;" + " " * 60_000}),
    "preferences": ("/things", {"prefer": ",".join(f"p{number}=1" for number in range(5000))}),
    "quotes in Prefer": ("/things", {"prefer": '"' * 60_000}),
    "cookies": ("/things", {"cookie": ";".join(f"c={number}" for number in range(5000))}),
    "semicolons in Cookie": ("/things", {"cookie": ";" * 60_000}),
    "etags": ("/things", {"if-none-match": '"a",' * 15_000}),
    "faults": ("/things", {"x-locum-fault": "," * 60_000}),
    "a long origin": ("/things", {"origin": "http://" + "a." * 30_000}),
    "a long world": ("/things", {"x-locum-world": "a" * 60_000}),
    "a bearer token": ("/things", {"authorization": "Bearer " + "a." * 30_000}),
}

POSTS = {
    "deep JSON": (b"[" * 500_000, "application/json"),
    "deep JSON that ends": (b'{"any":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "application/json"),
    "one name again and again": (b"{" + b",".join([b'"a":1'] * 100_000) + b"}", "application/json"),
    "a huge exponent": (b'{"price":1e999999999}', "application/json"),
    "a long integer": (b'{"count":' + b"9" * 100_000 + b"}", "application/json"),
    "a long fraction": (b'{"price":0.' + b"1" * 100_000 + b"}", "application/json"),
    "a huge number": (b'{"price":1e300,"count":' + b"7" * 300 + b"}", "application/json"),
    "unique numbers": (json.dumps({"tags": list(range(100_000))}).encode(), "application/json"),
    "unique objects": (json.dumps({"tags": [{"a": number} for number in range(50_000)]}).encode(), "application/json"),
    "unique lists": (json.dumps({"tags": [[number] for number in range(50_000)]}).encode(), "application/json"),
    "a million objects": (b'{"any":[' + b",".join([b"{}"] * 1_300_000) + b"]}", "application/json"),
    "lists within lists": (b'{"any":[' + b",".join([b"[" * 60 + b"]" * 60] * 30_000) + b"]}", "application/json"),
    "objects within objects": (
        b'{"any":[' + b",".join([b'{"a":' * 60 + b"1" + b"}" * 60] * 10_000) + b"]}",
        "application/json",
    ),
    "entities": (DOCTYPE, "application/xml"),
    "deep XML": (b"<a>" * 100_000 + b"</a>" * 100_000, "application/xml"),
    "many elements": (b"<Thing>" + b"<tags>1</tags>" * 60_000 + b"</Thing>", "application/xml"),
    "many names in a form": (b"&".join(b"k%d=1" % number for number in range(50_000)), KINDS[2]),
    "ampersands in a form": (b"&" * 1_000_000, KINDS[2]),
    "many parts": (PART * 30_000 + b"--b--\r\n", "multipart/form-data; boundary=b"),
    "nearly a boundary": (PART + b"\r\n--" * 200_000, "multipart/form-data; boundary=b"),
    "an odd boundary": (b"-" * 1_000_000, "multipart/form-data; boundary=" + "-" * 70),
    "no boundary": (PART, "multipart/form-data"),
    "many headers of a part": (
        b"--b\r\n" + b"A: b\r\n" * 100_000 + b"\r\n1\r\n--b--",
        "multipart/form-data; boundary=b",
    ),
    "parameters of a type": (b"{}", "application/json;" + 'a="\\"' * 15_000),
    "text like user names": (b"://" + b"a:" * 500_000, "text/plain"),
}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    return serve_paths(tmp_path_factory.mktemp("attacked"), PATHS)


def in_time(replies):
    """Check that each response came in time and none is a server error."""
    assert [reply for reply in replies if reply.status >= 500] == []
    assert max(reply.seconds for reply in replies) < MOST_SECONDS


@pytest.mark.parametrize("name", GETS)
def test_a_query_path_or_header_is_read_in_limited_time(app, name):
    target, headers = GETS[name]

    in_time(send_all(app, [("GET", target, b"", headers), ("GET", "/__locum/journal?limit=2", b"", {})]))


@pytest.mark.parametrize(
    "query",
    ["tags=" + ",".join(map(str, range(100_000, 110_000))), "q=" + "+".join(f"tags:{99_999 - n}" for n in range(5000))],
    ids=["a list", "words"],
)
def test_a_long_search_of_long_records_takes_limited_time(tmp_path, query):
    """The two lengths must not be multiplied."""
    app = serve_paths(tmp_path, PATHS)
    body = json.dumps({"tags": [str(number) for number in range(100_000)]}).encode()
    stored = ("POST", "/things", body, {"content-type": "application/json"})

    replies = send_all(app, [stored, ("GET", f"/things?{query}", b"", {})])

    assert [reply.status for reply in replies] == [201, 200]
    in_time(replies)


@pytest.mark.parametrize("name", POSTS)
def test_a_body_is_read_in_limited_time(app, name):
    body, kind = POSTS[name]
    requests = [("POST", "/things", body, {"content-type": kind}), ("GET", "/__locum/journal?limit=2", b"", {})]

    in_time(send_all(app, requests))


@pytest.mark.parametrize(
    ("data", "codings"),
    [
        (gzip.compress(b" " * 50_000_000), "gzip"),
        (gzip.compress(gzip.compress(b" " * 50_000_000)), "gzip, gzip"),
        (gzip.compress(b"") * 100_000, "gzip"),
        (b"x", "gzip," * 10_000),
    ],
    ids=["bomb", "twice", "members", "codings"],
)
def test_the_size_members_and_codings_of_a_compressed_body_are_limited(app, data, codings):
    headers = {"content-type": "application/json", "content-encoding": codings}

    (reply,) = send_all(app, [("POST", "/things", data, headers)])

    assert reply.status in {400, 413, 415, 422}
    assert reply.seconds < MOST_SECONDS


def test_gzip_of_a_few_members_is_read():
    assert decode(gzip.compress(b"a") + gzip.compress(b"b"), "gzip", 100) == b"ab"
    with pytest.raises(Unreadable, match="members"):
        decode(gzip.compress(b"") * 101, "gzip", 100)


def test_a_truncated_deep_body_has_no_value():
    with pytest.raises(ValueError, match="deep"):
        salvaged(b"[" * 100_000)
