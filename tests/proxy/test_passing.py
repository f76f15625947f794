"""What passes a proxy passes unchanged."""

from __future__ import annotations

import hashlib
import http.client
from random import Random

import pytest

from tests.proxy.conftest import ask
from tests.proxy.transparency import differences, requests_to_the_shop


def test_random_requests_get_the_same_responses_with_and_without_a_proxy(shop, proxy):
    front, requests = proxy(), list(requests_to_the_shop(Random(7), 150))

    def answers(url):
        shop.pets.clear()
        shop.created = 0
        return [ask(url, *request) for request in requests]

    for request, direct, proxied in zip(requests, answers(shop.url), answers(front.url), strict=True):
        assert differences(direct, proxied, request) == []
        assert proxied.source == "upstream"
        assert proxied.headers["Via"] == "1.1 locum"


def test_headers_of_the_connection_stay_behind_and_the_proxy_says_whom_it_forwards_for(shop, proxy):
    sent = {"Connection": "X-Private", "X-Private": "1", "TE": "gzip", "X-Kept": "2", "Via": "1.0 first",
            "Keep-Alive": "5", "X-Forwarded-For": "10.0.0.1", "X-Locum-Validate": "off", "Proxy-Authorization": "x"}  # fmt: skip
    front = proxy()

    seen = dict(front("POST", "/v1/echo", {}, sent).json["headers"])

    assert seen["x-kept"] == "2"
    assert seen["via"] == "1.0 first, 1.1 locum"
    assert seen["x-forwarded-for"] == "10.0.0.1, 127.0.0.1"
    assert seen["x-forwarded-proto"] == "http"
    assert seen["x-forwarded-host"] == front.url.removeprefix("http://")
    assert seen["host"] == shop.url.removeprefix("http://")
    assert not {"x-private", "te", "keep-alive", "proxy-authorization", "x-locum-validate", "x-locum-world"} & set(seen)


def test_a_body_in_chunks_and_one_beyond_the_limit_arrive_and_are_marked(proxy):
    front, data = proxy(validate_limit=10_000), bytes(range(256)) * 1000

    whole = front("PUT", "/v1/files/a", data, {"Content-Type": "application/octet-stream"})
    parts = [data[start : start + 7001] for start in range(0, len(data), 7001)]
    chunked = front(
        "PUT", "/v1/files/a", iter(parts), {"Content-Type": "application/octet-stream"}, encode_chunked=True
    )

    digest = hashlib.sha256(data).hexdigest()
    assert whole.json == chunked.json == {"size": len(data), "digest": digest}
    assert whole.headers["X-Locum-Unvalidated"] == chunked.headers["X-Locum-Unvalidated"] == "request"
    assert front.last().verdict == "unvalidated"
    assert front.last().request.size == len(data)


def test_a_long_response_is_streamed_and_recorded(proxy):
    front = proxy(validate_limit=10_000)

    reply = front("GET", "/v1/files/300")

    assert len(reply.body) == 300 * 16 * 1024
    assert reply.headers["Transfer-Encoding"] == "chunked"
    entry = front.last()
    assert (entry.verdict, entry.response.size, entry.response.cut) == ("unvalidated", len(reply.body), True)


def test_events_arrive_and_their_stream_is_validated(proxy):
    front = proxy()

    reply = front("GET", "/v1/events")

    assert reply.body == b"data: 0\n\ndata: 1\n\ndata: 2\n\n"
    assert front.last().verdict == ""


def test_a_connection_is_kept_open_on_both_sides(shop, proxy):
    front = proxy()
    connection = http.client.HTTPConnection(front.url.removeprefix("http://"), timeout=10)
    for _ in range(5):
        connection.request("GET", "/v1/pets")
        connection.getresponse().read()
    connection.close()

    assert len(shop.seen) == 5
    assert sum(len(upstream._idle) for upstream in _proxy_of(front).upstreams._known.values()) >= 1


def _proxy_of(front):
    return front.running.application._assembly.proxying


def test_redirects_are_passed_on_and_rewritten_on_request_but_never_followed(shop, proxy):
    plain, rewriting = proxy(), proxy(rewrite_redirects=True, upstream=f"{shop.url}/v1", base_path="")
    target = f"/old?to={shop.url}/v1/pets"

    assert plain("GET", f"/v1{target}").headers["Location"] == f"{shop.url}/v1/pets"
    assert rewriting("GET", target).headers["Location"] == f"{rewriting.url}/pets"
    assert rewriting("GET", "/old?to=http://other.test/v1/x").headers["Location"] == "http://other.test/v1/x"
    assert [path.partition("?")[0] for _, path, _ in shop.seen] == ["/v1/old"] * 3


@pytest.mark.parametrize("world", ["ada", "default"])
def test_the_path_prefix_of_a_world_is_not_forwarded(shop, proxy, world):
    front = proxy()

    front("GET", f"/~{world}/v1/pets?kind=cat", world=world)

    method, path, headers = shop.seen[-1]
    assert (method, path) == ("GET", "/v1/pets?kind=cat")
    assert dict(headers)[b"x-forwarded-prefix"] == f"/~{world}".encode()
    assert front.last(world).operation == "listPets"
