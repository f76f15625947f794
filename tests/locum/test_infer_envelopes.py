"""Envelopes: the place of a list in a response, and the members around it."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import Any

import pytest

from locum.generate.generator import Generator, Unsatisfiable
from locum.infer.lists.envelopes import Envelope, PageFacts
from locum.infer.lists.paging import Paging
from locum.infer.resources.identities import list_place
from locum.infer.resources.shapes import Shapes
from locum.openapi.compile.parameters import compile_parameters
from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import Schemas
from locum.world.clock import EPOCH

TEXT, WHOLE, YES_OR_NO = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
MAYBE = {"type": "string", "nullable": True}
URL = {"type": "string", "format": "uri", "nullable": True}
PET = {"type": "object", "required": ["id"], "properties": {"id": WHOLE, "name": TEXT}}
PETS = {"type": "array", "items": PET}
URL_OF = "http://127.0.0.1:4010/pets"


def closed_object(required=None, **properties):
    """Return a closed object schema; all properties are required unless `required` is given."""
    return {"type": "object", "properties": properties, "required": list(properties if required is None else required)}


def schema_of(schema):
    schemas = Schemas({"openapi": "3.0.3", "components": {"schemas": {"Answer": schema}}})
    return Shapes(schemas), schemas.schema("/components/schemas/Answer", Direction.RESPONSE)


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        (PETS, ()),
        (closed_object(data=PETS), ("data",)),
        (closed_object(total=WHOLE, items=PETS), ("items",)),
        (closed_object(pets=PETS), ("pets",)),
        (closed_object(pets=PETS, errors=PETS), ("pets",)),
        (closed_object(included=PETS, data=PETS), ("data",)),
        (closed_object(_embedded=closed_object(pets=PETS), page=closed_object(size=WHOLE)), ("_embedded", "pets")),
        (closed_object(result=closed_object(items=PETS, total=WHOLE)), ("result", "items")),
        (closed_object(data=closed_object(pets=PETS)), ("data", "pets")),
        ({"allOf": [closed_object(total=WHOLE), closed_object(results=PETS)]}, ("results",)),
        (closed_object(results={"type": "array"}), ("results",)),
        (closed_object(name=TEXT), None),
        (closed_object(cats=PETS, dogs=PETS), None),
        (closed_object(data=closed_object(id=WHOLE, pets=PETS)), None),
        (closed_object(id=WHOLE, name=TEXT, pets=PETS), None),
        (closed_object(id=WHOLE, items=closed_object(data=PETS)), None),
        (closed_object(names={"type": "array", "items": TEXT}), None),
        (closed_object(a=TEXT, b=TEXT, c=TEXT, d=TEXT, e=TEXT, f=TEXT, pets=PETS), None),
        (TEXT, None),
        ({}, None),
    ],
)
def test_the_list_in_an_envelope_is_found(schema, place):
    shapes, compiled = schema_of(schema)

    assert list_place(shapes, compiled) == place


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        (closed_object(data={"type": "array", "items": closed_object(code=TEXT)}, dogs=PETS), ("dogs",)),
        (closed_object(id=WHOLE, dogs=PETS), ("dogs",)),
        (
            closed_object(data={"type": "array", "items": closed_object(code=TEXT)}, more=closed_object(dogs=PETS)),
            ("more", "dogs"),
        ),
    ],
)
def test_a_list_of_the_requested_resource_is_preferred(schema, place):
    shapes, compiled = schema_of(schema)

    assert list_place(shapes, compiled, lambda items: "name" in shapes.of(items).properties) == place


PAGES = (("page", WHOLE), ("per_page", {"type": "integer", "default": 10}))
CURSORS = (("cursor", TEXT), ("limit", {"type": "integer", "default": 10}))
OFFSETS = (("offset", WHOLE), ("limit", {"type": "integer", "default": 10}))
IDS = (("starting_after", TEXT), ("limit", {"type": "integer", "default": 10}))


def fill(schema, declared=PAGES, query=b"", count=25, place=None, **sent) -> Any:
    """Fill one page of records into a schema."""
    parameters = [{"name": name, "in": "query", "schema": raw} for name, raw in declared]
    document = {"openapi": "3.0.3", "paths": {"/pets": {"get": {"parameters": parameters}}}}
    paging = Paging(compile_parameters(Schemas(document), "/paths/~1pets", "/paths/~1pets/get"))
    shapes, compiled = schema_of(schema)
    records = [{"id": number, "name": "x"} for number in range(count)]
    window = paging.window([record["id"] for record in records], sent)
    place = list_place(shapes, compiled) if place is None else place
    assert place is not None
    envelope = Envelope(shapes, Generator(shapes.schemas), compiled, place)
    elements = records[window.start : window.stop]
    body = envelope.fill(
        elements, PageFacts(window, partial(paging.links, window, URL_OF, query)), partial(Random, 1), EPOCH
    )
    assert compiled.is_valid(body)
    found = body
    for step in place:
        found = found[step]
    assert found is elements
    return body


def around(schema, *arguments, **sent):
    """Return the members around the list."""
    body = fill(schema, *arguments, **sent)
    return {name: value for name, value in body.items() if not isinstance(value, list)}


def test_a_bare_list_is_only_the_list():
    assert len(fill(PETS, page=2)) == 10


@pytest.mark.parametrize(
    "name",
    ["total", "total_count", "totalCount", "totalElements", "totalItems", "total_results", "count", "total_pets"],
)
def test_a_total_is_that_of_the_whole_list(name):
    assert around(closed_object(**{name: WHOLE}, pets=PETS), page=3) == {name: 25}


def test_a_count_beside_a_total_is_that_of_the_page():
    assert around(closed_object(total=WHOLE, count=WHOLE, pets=PETS), page=3) == {"total": 25, "count": 5}


def test_spring_pages():
    schema = closed_object(
        content=PETS, totalElements=WHOLE, totalPages=WHOLE, number=WHOLE, size=WHOLE, numberOfElements=WHOLE,
        first=YES_OR_NO, last=YES_OR_NO, empty=YES_OR_NO,
    )  # fmt: skip
    zero = (("page", {"type": "integer", "default": 0}), ("size", {"type": "integer", "default": 10}))

    assert around(schema, zero, page=2) == {
        "totalElements": 25, "totalPages": 3, "number": 2, "size": 10, "numberOfElements": 5,
        "first": False, "last": True, "empty": False,
    }  # fmt: skip


def test_page_and_size_members_have_many_names():
    schema = closed_object(
        data=PETS,
        meta=closed_object(
            currentPage=WHOLE, per_page=WHOLE, last_page=WHOLE, page_count=WHOLE, **{"from": WHOLE}, to=WHOLE
        ),
    )

    assert around(schema, page=2)["meta"] == {
        "currentPage": 2, "per_page": 10, "last_page": 3, "page_count": 3, "from": 11, "to": 20,
    }  # fmt: skip


def test_a_size_beside_a_limit_is_that_of_the_page():
    assert around(closed_object(values=PETS, size=WHOLE, limit=WHOLE, isLastPage=YES_OR_NO, start=WHOLE), OFFSETS, offset=20) == {
        "size": 5, "limit": 10, "isLastPage": True, "start": 20,
    }  # fmt: skip


@pytest.mark.parametrize(("page", "next_page", "previous"), [(1, 2, None), (2, 3, 1), (3, None, 2)])
def test_the_number_of_the_next_page(page, next_page, previous):
    number = {"type": "integer", "nullable": True}
    schema = closed_object(items=PETS, has_more=YES_OR_NO, hasPrevious=YES_OR_NO, next_page=number, prevPage=number)

    assert around(schema, page=page) == {
        "has_more": next_page is not None, "hasPrevious": previous is not None, "next_page": next_page, "prevPage": previous,
    }  # fmt: skip


def test_links_are_whole_urls_and_keep_the_query():
    schema = closed_object(results=PETS, next=URL, previous=URL, first=TEXT, lastPageUrl=TEXT, self=TEXT)

    assert around(schema, PAGES, b"page=2&name=a", page=2) == {
        "next": URL_OF + "?name=a&page=3",
        "previous": URL_OF + "?name=a&page=1",
        "first": URL_OF + "?name=a&page=1",
        "lastPageUrl": URL_OF + "?name=a&page=3",
        "self": URL_OF + "?page=2&name=a",
    }


def test_a_link_without_a_target_is_null_omitted_or_empty():
    assert around(closed_object(results=PETS, next=URL), page=3) == {"next": None}
    assert around(closed_object(["results"], results=PETS, next=TEXT), page=3) == {}
    assert around(closed_object(results=PETS, next=TEXT), page=3) == {"next": ""}


def test_hal_links_are_objects_with_href():
    link = closed_object(href={"type": "string", "format": "uri"})
    schema = closed_object(
        ["_embedded", "_links"], _embedded=closed_object(pets=PETS), _links=closed_object(["self"], self=link, next=link, prev=link),
        page=closed_object(size=WHOLE, totalElements=WHOLE, totalPages=WHOLE, number=WHOLE),
    )  # fmt: skip
    body = around(schema)

    assert body["_links"] == {"self": {"href": URL_OF}, "next": {"href": URL_OF + "?page=2"}}
    assert body["page"] == {"size": 10, "totalElements": 25, "totalPages": 3, "number": 1}
    assert around(schema, page=3)["_links"].keys() == {"self", "prev"}


def test_json_api_links_are_text():
    assert around(closed_object(data=PETS, links=closed_object(self=TEXT, next=URL, prev=URL)), page=2)["links"] == {
        "self": URL_OF, "next": URL_OF + "?page=3", "prev": URL_OF + "?page=1",
    }  # fmt: skip


def test_links_can_be_a_list():
    links = {"type": "array", "items": closed_object(rel=TEXT, href=TEXT)}

    assert fill(closed_object(items=PETS, links=links), page=3)["links"] == [
        {"rel": "self", "href": URL_OF},
        {"rel": "first", "href": URL_OF + "?page=1"},
        {"rel": "prev", "href": URL_OF + "?page=2"},
        {"rel": "last", "href": URL_OF + "?page=3"},
    ]


@pytest.mark.parametrize(
    "name", ["next_cursor", "nextCursor", "next_page_token", "nextPageToken", "cursor", "continuation", "next_marker"]
)
def test_a_cursor_leads_to_the_next_page_and_ends(name):
    schema, pets = closed_object(items=PETS, **{name: MAYBE}), []
    cursor = None
    while True:
        body = fill(schema, CURSORS, cursor=cursor)
        pets += [pet["id"] for pet in body["items"]]
        cursor = body[name]
        if cursor is None:
            break

    assert pets == list(range(25))


def test_a_cursor_that_must_be_text_is_empty_at_the_end():
    assert around(closed_object(items=PETS, next_cursor=TEXT), CURSORS, count=5) == {"next_cursor": ""}
    assert around(closed_object(["items"], items=PETS, next_cursor=TEXT), CURSORS, count=5) == {}


def test_graphql_page_info():
    schema = closed_object(
        nodes=PETS, pageInfo=closed_object(endCursor=MAYBE, hasNextPage=YES_OR_NO, hasPreviousPage=YES_OR_NO)
    )
    info = around(schema, (("after", TEXT), ("first", WHOLE)), first=10)["pageInfo"]

    assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, False)
    assert fill(schema, (("after", TEXT), ("first", WHOLE)), first=10, after=info["endCursor"])["nodes"][0]["id"] == 10


def test_a_cursor_is_not_used_with_offsets():
    declared = (*OFFSETS, ("marker", TEXT))

    assert around(closed_object(entries=PETS, offset=WHOLE, next_marker=MAYBE), declared, offset=10) == {
        "offset": 10, "next_marker": None,
    }  # fmt: skip


def test_the_offset_of_the_next_page():
    number = {"type": "integer", "nullable": True}

    assert around(closed_object(items=PETS, next_offset=number, skip=WHOLE), OFFSETS, offset=5) == {
        "next_offset": 15,
        "skip": 5,
    }
    assert around(closed_object(items=PETS, next_offset=number), OFFSETS, offset=20) == {"next_offset": None}


def test_an_object_describes_the_next_page():
    schema = closed_object(
        ["data"],
        data=PETS,
        next_page={**closed_object(offset=TEXT, path=TEXT, uri=TEXT), "nullable": True},
    )

    assert around(schema, (("offset", TEXT), ("limit", WHOLE)), limit=10)["next_page"] == {
        "offset": "10", "path": "/pets?offset=10", "uri": URL_OF + "?offset=10",
    }  # fmt: skip
    assert around(schema, (("offset", TEXT), ("limit", WHOLE)), limit=50) == {"next_page": None}


def test_stripe_lists():
    schema = closed_object(
        object={"type": "string", "enum": ["list"]}, data=PETS, has_more=YES_OR_NO, url={**TEXT, "pattern": "^/pets"}
    )

    assert around(schema, IDS) == {"object": "list", "has_more": True, "url": "/pets"}


def test_values_that_break_their_schema_are_generated_or_omitted():
    tight = {"type": "integer", "maximum": 5}

    assert around(closed_object(["items"], items=PETS, limit=tight, total=WHOLE)) == {"total": 25}
    assert around(closed_object(items=PETS, limit=tight, total=WHOLE))["limit"] <= 5


def test_unknown_required_members_are_generated():
    schema = closed_object(
        ["items", "request_id", "facets", "took"], items=PETS, request_id={**TEXT, "format": "uuid"},
        facets={"type": "array", "items": TEXT}, took=WHOLE, note=TEXT,
    )  # fmt: skip
    body = fill(schema)

    assert body.keys() == {"items", "request_id", "facets", "took"}
    assert body["facets"] == []
    assert body == fill(schema)


def test_success_members_are_true():
    assert around(closed_object(success=YES_OR_NO, error=YES_OR_NO, data=PETS)) == {"success": True, "error": False}


def test_text_members_have_numbers_as_text():
    assert around(closed_object(items=PETS, total=TEXT)) == {"total": "25"}


def test_members_around_the_inner_object_are_set_too():
    schema = closed_object(status={"type": "string", "enum": ["ok"]}, result=closed_object(items=PETS, total=WHOLE))

    assert fill(schema, page=3)["result"]["total"] == 25
    assert fill(schema, page=3)["status"] == "ok"


def test_rules_between_members_are_kept_by_generation():
    schema = {**closed_object(["items"], items=PETS, total=WHOLE, spare=WHOLE), "minProperties": 3, "maxProperties": 3}
    body = fill(schema)

    assert body.keys() == {"items", "total", "spare"}


def test_an_impossible_list_is_unsatisfiable():
    shapes, compiled = schema_of(closed_object(items={**PETS, "maxItems": 1}))
    envelope = Envelope(shapes, Generator(shapes.schemas), compiled, ("items",))
    paging = Paging(())

    with pytest.raises(Unsatisfiable):
        envelope.fill([{"id": 1}, {"id": 2}], PageFacts(paging.window(2, {})), partial(Random, 1), EPOCH)


def test_an_empty_list_is_described_as_empty():
    assert around(closed_object(items=PETS, total=WHOLE, empty=YES_OR_NO, pages=WHOLE), count=0) == {
        "total": 0, "empty": True, "pages": 0,
    }  # fmt: skip
