"""Near misses: operations similar to a request."""

from __future__ import annotations

import pytest

from locum.journal.near_misses import Offered, near_misses

OFFERED = [
    Offered("GET", "/api/keys", "keys:list", "/api"),
    Offered("POST", "/api/keys", "keys:create", "/api"),
    Offered("GET", "/api/keys/{id}", "keys:read", "/api"),
    Offered("DELETE", "/api/keys/{id}", "keys:delete", "/api"),
    Offered("POST", "/api/keys/{id}/rotate", "keys:rotate", "/api"),
    Offered("GET", "/flows", "flows:list"),
    Offered("GET", "/flows/{id}/runs", "flows:runs"),
    Offered("GET", "/flows/{id}/pauses", "flows:pauses"),
    Offered("GET", "/files/{name}.json", "files:read"),
    Offered("GET", "/trees/", "trees:list"),
]


def nearest(method, path):
    return next(((miss.method, miss.path, miss.sentence) for miss in near_misses(method, path, OFFERED)), None)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("PUT", "/api/keys/7", ("DELETE", "/api/keys/7", "PUT /api/keys/{id} is not declared; DELETE and GET are.")),
        ("PUT", "/flows", ("GET", "/flows", "PUT /flows is not declared; GET is.")),
        ("GET", "/api/kesy", ("GET", "/api/keys", "GET /api/keys (keys:list): the segment is 'keys', not 'kesy'.")),
        (
            "POST",
            "/api/keys/7/rotat",
            ("POST", "/api/keys/7/rotate", "POST /api/keys/{id}/rotate (keys:rotate): the segment is 'rotate', not 'rotat'."),
        ),
        ("GET", "/api/keys/", ("GET", "/api/keys", "GET /api/keys (keys:list): it has no slash at its end.")),
        ("GET", "/trees", ("GET", "/trees/", "GET /trees/ (trees:list): it has a slash at its end.")),
        ("GET", "/keys/7", ("GET", "/api/keys/7", "GET /api/keys/{id} (keys:read): it is served below /api.")),
        ("GET", "/API/Keys", ("GET", "/api/keys", "GET /api/keys (keys:list): it is written 'api', not 'API'; it is written 'keys', not 'Keys'.")),
        ("GET", "/v1/flows", ("GET", "/flows", "GET /flows (flows:list): it is served at the root, not below /v1.")),
        ("GET", "/v1/keys/7", ("GET", "/api/keys/7", "GET /api/keys/{id} (keys:read): it is served below /api, not below /v1.")),
        ("GET", "/flows/7/runs/x", ("GET", "/flows/7/runs", "GET /flows/{id}/runs (flows:runs): it has no segment 'x'.")),
        ("GET", "/flows/runs", ("GET", "/flows/{id}/runs", "GET /flows/{id}/runs (flows:runs): it has one segment more, {id}.")),
        ("GET", "/fils/a.json", ("GET", "/files/a.json", "GET /files/{name}.json (files:read): the segment is 'files', not 'fils'.")),
        (
            "PATCH",
            "/api/key",
            ("GET", "/api/keys", "the segment is 'keys', not 'key'; PATCH /api/keys is not declared; GET and POST are."),
        ),
    ],
)  # fmt: skip
def test_the_nearest_operation_is_reported_with_the_difference(method, path, expected):
    assert nearest(method, path) == expected


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/api/nothing", "/a/b/c/d/e/f", "/x/7/y", "", "/%FF", "//", "/api/gears/7"]
)
def test_an_unrelated_operation_is_not_a_near_miss(path):
    assert nearest("GET", path) is None


def test_at_most_three_near_misses_are_reported_nearest_first():
    found = near_misses("PUT", "/api/keys/7", OFFERED)

    assert [miss.template for miss in found] == ["/api/keys/{id}", "/api/keys", "/api/keys/{id}/rotate"]
    assert found == near_misses("PUT", "/api/keys/7", reversed(OFFERED))


def test_equal_operations_of_two_documents_are_reported_with_their_document():
    offered = [Offered("GET", "/one/things", "one:list", "/one"), Offered("GET", "/two/things", "two:list", "/two")]

    assert [miss.name for miss in near_misses("GET", "/things", offered)] == ["one:list", "two:list"]


def test_a_query_in_a_path_key_is_a_separate_reason():
    offered = [Offered("GET", "/images?action=crop", "images:crop")]

    [miss] = near_misses("GET", "/images", offered)
    assert (miss.path, miss.sentence) == (
        "/images?action=crop",
        "GET /images?action=crop (images:crop): it is for requests with the query action=crop.",
    )
    assert near_misses("GET", "/imagse", offered)[0].path == "/images?action=crop"


def test_a_segment_of_hundreds_of_delimiters_is_compared_quickly():
    expressions = ",".join(f"{{x{number}}}" for number in range(300))

    assert near_misses("GET", "/a/" + "x," * 320, [Offered("GET", f"/a/{expressions}!", "a")]) == []
