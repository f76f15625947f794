"""Positions of pointers in YAML and in JSON."""

from __future__ import annotations

import pytest

from locum.openapi.load.places import places_of

YAML = """\
openapi: 3.0.3
paths:
  /pets/{id}:
    get: {operationId: a, tags: [x, y]}
    "post":
      responses:
        200:
          - &anchor one
          -   two: 2
        '404': *anchor
"""

JSON = """{
  "openapi": "3.0.3",
  "a\\"b": [1, {"c": "}]"}, [], "é", true],
\t"paths": {"/pets/{id}": {"get": null}}
}"""


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("", (1, 1)),
        ("/openapi", (1, 1)),
        ("/paths/~1pets~1{id}", (3, 3)),
        ("/paths/~1pets~1{id}/get/operationId", (4, 11)),
        ("/paths/~1pets~1{id}/get/tags/1", (4, 37)),
        ("/paths/~1pets~1{id}/post", (5, 5)),
        ("/paths/~1pets~1{id}/post/responses/200", (7, 9)),
        ("/paths/~1pets~1{id}/post/responses/200/1/two", (9, 15)),
        ("/paths/~1pets~1{id}/post/responses/404", (10, 9)),
        ("/paths/~1pets~1{id}/gone/further", (3, 3)),
        ("/gone", (1, 1)),
    ],
)
def test_the_position_of_a_yaml_member_is_that_of_its_key(pointer, place):
    assert places_of("a.yaml", YAML.encode(), [pointer]) == {pointer: place}


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("/openapi", (2, 3)),
        ('/a"b', (3, 3)),
        ('/a"b/0', (3, 12)),
        ('/a"b/1/c', (3, 16)),
        ('/a"b/3', (3, 32)),
        ('/a"b/4', (3, 37)),
        ("/paths/~1pets~1{id}/get", (4, 27)),
        ("/paths/~1pets~1{id}/put", (4, 12)),
    ],
)
def test_the_position_of_a_json_member_is_that_of_its_key(pointer, place):
    assert places_of("a.json", JSON.encode(), [pointer]) == {pointer: place}


def test_many_positions_are_found_at_once():
    pointers = ["/openapi", "/paths", "/nowhere/at/all"]

    assert places_of("a.yaml", YAML.encode(), pointers) == {
        "/openapi": (1, 1),
        "/paths": (2, 1),
        "/nowhere/at/all": (1, 1),
    }


def test_an_unparsable_document_has_only_its_start_position():
    assert places_of("a.yaml", b"a: [", ["/a"])["/a"] == (1, 1)
    assert places_of("a.yaml", b"\xff", ["/a"]) == {"/a": (1, 1)}
