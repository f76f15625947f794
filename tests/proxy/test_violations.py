"""A proxy reports what breaks the contract, or blocks it."""

from __future__ import annotations

import json

import pytest

from tests.proxy.conftest import JSON, Proxied
from tests.proxy.raw import Raw, response


def _rules(entry):
    return [(found["location"], found["keyword"]) for found in entry.violations]


@pytest.fixture(scope="module")
def wrong():
    """An upstream whose responses break the contract in many places."""
    pets = b"[" + b",".join(b'{"id": %d, "name": ""}' % number for number in range(100)) + b"]"
    with Raw(lambda *_: response(pets, "200 OK", "Connection: close")) as upstream:
        front = Proxied(upstream=upstream.url)
        yield front
        front.running.stop()


def test_a_broken_response_is_passed_on_with_a_bounded_count_and_a_link(wrong):
    reply = wrong("GET", "/v1/pets")

    assert reply.status == 200
    assert len(reply.json) == 100
    count, _, link = reply.headers["X-Locum-Violations"].partition(";")
    assert 1 < int(count) <= 50
    assert len(reply.headers["X-Locum-Violations"]) < 200
    entry = wrong.control("GET", link.removeprefix('entry="/__locum').rstrip('"')).json
    assert entry["verdict"] == "contract_violations"
    assert entry["source"] == "upstream"
    assert {found["location"] for found in entry["violations"]} == {"response body"}
    assert len(entry["violations"]) == int(count)


def test_violations_of_a_request_that_the_upstream_accepted_are_reported(shop, proxy):
    front = proxy()

    reply = front("POST", "/v1/pets", {"name": "Ada", "kind": "cow"})

    assert reply.status == 201
    assert [location for location, _ in _rules(front.last())] == ["body", "response body"]
    assert reply.headers["X-Locum-Violations"].startswith("2;")


def test_violations_of_a_request_that_the_upstream_rejected_are_not(shop, proxy):
    front = proxy()

    reply = front("POST", "/v1/pets", {"name": ""})

    assert reply.status == 422
    assert "X-Locum-Violations" not in reply.headers
    assert front.last().verdict == ""


def test_an_undeclared_status_of_the_upstream_is_reported(shop, proxy):
    front = proxy()

    reply = front("GET", "/v1/orders")

    assert reply.status == 404
    assert _rules(front.last()) == [("response status", "L001")]


@pytest.mark.parametrize(
    ("request_", "status", "branch"),
    [
        (("POST", "/v1/pets", {"name": ""}), 422, "rejected at body"),
        (("GET", "/v1/pets?kind=cow", None), 400, "rejected at query"),
        (("GET", "/v1/pets/UPPER", None), 404, "rejected at path"),
        (("GET", "/v1/secret", None), 401, "rejected at authentication"),
    ],
)
def test_an_invalid_request_is_blocked_in_the_error_format_of_the_contract(shop, proxy, request_, status, branch):
    front = proxy(on_violation="block")

    reply = front(*request_)

    assert reply.status == status
    assert list(reply.json) == ["error"]
    assert reply.source == "mock"
    assert front.last().branch == branch
    assert shop.seen == []


def test_a_broken_response_is_blocked_in_the_error_format_of_the_contract(shop, proxy):
    front = proxy(on_violation="block")
    shop.pets["up-9"] = {"id": "up-9", "name": ""}

    reply = front("GET", "/v1/pets/up-9")

    assert reply.status == 502
    assert list(reply.json) == ["error"]
    assert reply.headers["X-Locum-Violations"].startswith("1;")
    assert front.last().verdict == "response_violations"
    assert front("GET", "/v1/pets/up-8").status == 404


def test_bodies_that_are_too_large_to_be_validated_are_blocked(shop, proxy):
    front = proxy(on_violation="block", validate_limit=10_000)
    binary = {"Content-Type": "application/octet-stream"}

    sent = front("PUT", "/v1/files/a", b"x" * 10_001, binary)
    chunked = front("PUT", "/v1/files/a", iter([b"x" * 6000] * 2), binary, encode_chunked=True)
    received = front("GET", "/v1/files/1")

    assert [sent.status, chunked.status, received.status] == [413, 413, 502]
    assert front.last().verdict == "response_too_large"
    assert front("PUT", "/v1/files/a", iter([b"x" * 10]), binary, encode_chunked=True).json["size"] == 10


def test_a_compressed_request_is_validated_and_one_in_an_unknown_coding_is_marked(shop, proxy):
    import gzip

    front = proxy()
    zipped = gzip.compress(b'{"name": 1}')

    front("POST", "/v1/echo", zipped, {**JSON, "Content-Encoding": "gzip"})
    assert front.last().request.body == {"name": 1}
    reply = front("POST", "/v1/echo", b"???", {**JSON, "Content-Encoding": "br"})

    assert reply.json["body"] == "???"
    assert reply.headers["X-Locum-Unvalidated"] == "request"


def test_undeclared_requests_are_rejected_or_forwarded(shop, proxy):
    rejecting, forwarding = proxy(), proxy(undeclared="forward")

    rejected = rejecting("GET", "/v1/hidden")
    forwarded = forwarding("GET", "/v1/hidden")

    assert (rejected.status, rejected.source) == (404, "mock")
    assert (forwarded.body, forwarded.source) == (b"undeclared", "upstream")
    assert [path for _, path, _ in shop.seen] == ["/v1/hidden"]
    entry = forwarding.last()
    assert (entry.branch, entry.source) == ("unmatched", "upstream")


def test_faults_and_limits_apply_to_proxied_requests(shop, proxy):
    front = proxy()

    replaced = front("GET", "/v1/pets", headers={"X-Locum-Fault": "status=503"})
    spoilt = front("GET", "/v1/pets", headers={"X-Locum-Fault": "malformed"})
    assert (replaced.status, replaced.source) == (503, "fault")
    assert len(shop.seen) == 1
    assert (spoilt.source, spoilt.body) == ("upstream", b"[<")
    assert "malformed" in front.last().fault

    front.control("POST", "/faults?world=limited", {"text": "limit=1/60s"})
    assert [front("GET", "/v1/pets", world="limited").status for _ in range(2)] == [200, 429]


def test_a_page_of_another_site_reaches_no_upstream(shop, proxy):
    front = proxy()

    reply = front("GET", "/v1/pets", headers={"Origin": "https://evil.test"})
    own = front("GET", "/v1/pets", headers={"Origin": "http://localhost:3000"})

    assert reply.status == 403
    assert own.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert "X-Locum-Source" in own.headers["Access-Control-Expose-Headers"]
    assert len(shop.seen) == 1


def test_each_completed_exchange_is_observed(shop):
    seen = []
    front = Proxied(seen.append, upstream=shop.url)

    front("POST", "/v1/pets?x=%2F", {"name": "Ada"})
    front("GET", "/v1/pets", headers={"Accept-Encoding": "gzip"})
    front("GET", "/v1/pets/up-1", headers={"X-Locum-Fault": "status=500"})
    front.running.stop()

    created, listed = seen
    assert (created.operation.operation_id, created.status, created.query_string) == ("createPet", 201, b"x=%2F")
    assert created.request_body == b'{"name": "Ada"}'
    assert (b"set-cookie", b"seen=yes") in created.response_headers
    assert listed.response_body.startswith(b'[{"id": "up-1"')
    assert (b"content-encoding", b"gzip") in listed.response_headers


def test_an_observer_receives_a_list_without_the_records_of_the_mock(shop):
    seen = []
    front = Proxied(seen.append, upstream=shop.url, source=["createPet=mock"], merge_lists=True)
    try:
        shop.pets["up-1"] = {"id": "up-1", "name": "Real", "kind": "dog"}
        front("POST", "/v1/pets", {"name": "Mocked", "kind": "cat"})
        assert len(front("GET", "/v1/pets").json) == 2
    finally:
        front.running.stop()

    assert [json.loads(one.response_body) for one in seen] == [[shop.pets["up-1"]]]
