"""Paging: the requested page of a list in every style, and links to other pages."""

from __future__ import annotations

import pytest

from locum.infer.lists.paging import Paging
from locum.openapi.compile.parameters import compile_parameters
from locum.openapi.schemas.schemas import Schemas

KEYS = [f"k{number}" for number in range(50)]


def paging(*declared, **more):
    """Compile the paging of query parameters: `("page", "integer", {"minimum": 0})`."""
    parameters = [
        {"name": name, "in": "query", "schema": {"type": kind, **(rest[0] if rest else {})}}
        if isinstance(name, str)
        else name
        for name, kind, *rest in declared
    ]
    document = {"openapi": "3.0.3", "paths": {"/a": {"get": {"parameters": parameters}}}}
    return Paging(compile_parameters(Schemas(document), "/paths/~1a", "/paths/~1a/get"), **more)


def seen(window):
    return window.start, window.stop


PAGE, SIZE = ("page", "integer"), ("per_page", "integer", {"default": 10, "maximum": 25})


@pytest.mark.parametrize("name", ["page", "pageNumber", "page[number]", "page_num", "currentPage", "p"])
def test_pages_are_counted_from_one(name):
    pages = paging((name, "integer"), SIZE)
    argument = {"page[number]": "page_number", "pageNumber": "page_number", "currentPage": "current_page"}.get(
        name, name
    )

    assert seen(pages.window(50, {argument: 3})) == (20, 30)


@pytest.mark.parametrize("message", [{"minimum": 0}, {"default": 0}, {"minimum": 0, "default": 0}])
def test_pages_are_counted_from_zero_where_the_contract_does(message):
    pages = paging(("page", "integer", message), SIZE)

    assert seen(pages.window(50, {"page": 2})) == (20, 30)
    assert pages.window(50, {"page": 2}).page == 2


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("per_page", "per_page"), ("pageSize", "page_size"), ("limit", "limit"), ("size", "size"), ("count", "count"),
        ("first", "first"), ("$top", "top"), ("maxResults", "max_results"), ("rows", "rows"), ("page[size]", "page_size"),
        ("page[limit]", "page_limit"), ("take", "take"),
    ],
)  # fmt: skip
def test_page_sizes_have_many_names(name, argument):
    assert seen(paging((name, "integer")).window(50, {argument: 7})) == (0, 7)


def test_the_default_size_is_that_of_the_contract():
    assert seen(paging(SIZE).window(50, {})) == (0, 10)


def test_the_default_size_is_within_the_maximum():
    assert seen(paging(("limit", "integer", {"maximum": 5})).window(50, {})) == (0, 5)
    assert seen(paging(("limit", "integer")).window(50, {})) == (0, 20)
    assert seen(paging(("limit", "integer"), default_size=3).window(50, {})) == (0, 3)


def test_a_page_is_no_larger_than_the_maximum():
    assert seen(paging(SIZE).window(50, {"per_page": 99})) == (0, 25)


def test_a_list_without_paging_is_complete():
    pages = paging(("status", "string"))

    assert seen(pages.window(50, {"status": "open"})) == (0, 50)
    assert pages.names == frozenset()


@pytest.mark.parametrize("name", ["offset", "skip", "$skip", "start", "from", "startAt"])
def test_offsets_have_many_names(name):
    argument = {"$skip": "skip", "startAt": "start_at", "from": "from_"}.get(name, name)

    assert seen(paging((name, "integer"), SIZE).window(50, {argument: 7})) == (7, 17)


def test_scim_counts_records_from_one():
    pages = paging(("startIndex", "integer"), ("count", "integer"))

    assert seen(pages.window(50, {"start_index": 11, "count": 5})) == (10, 15)
    assert pages.window(50, {"start_index": 11, "count": 5}).next == 16


@pytest.mark.parametrize("name", ["from", "start", "size", "count", "first", "top"])
def test_ambiguous_names_page_only_as_integers(name):
    assert not paging((name, "string")).names


@pytest.mark.parametrize("name", ["before", "after"])
def test_a_date_is_not_a_cursor(name):
    assert not paging((name, "string", {"format": "date-time"})).names


def test_a_list_parameter_is_not_a_page():
    assert not paging(("page", "string", {"enum": ["home", "about"]})).names


@pytest.mark.parametrize("name", ["cursor", "page_token", "pageToken", "next_token", "marker", "continuation", "after"])
def test_cursors_lead_to_the_end_of_the_list(name):
    pages = paging((name, "string"), SIZE)
    argument = {"pageToken": "page_token"}.get(name, name)
    found, value = [], None
    while True:
        window = pages.window(35, {argument: value})
        found.append(seen(window))
        value = window.next
        if value is None:
            break

    assert found == [(0, 10), (10, 20), (20, 30), (30, 35)]


def test_the_same_place_has_the_same_cursor():
    pages = paging(("cursor", "string"), SIZE)

    assert pages.window(50, {}).next == pages.window(50, {"cursor": None}).next
    assert isinstance(pages.window(50, {}).next, str)


@pytest.mark.parametrize("cursor", ["nonsense", "b2Zmc2V0Oi0x", "b2Zmc2V0OjIw====", "20", "ä"])
def test_an_unknown_cursor_is_an_empty_page(cursor):
    assert seen(paging(("cursor", "string"), SIZE).window(50, {"cursor": cursor})) == (50, 50)


def test_before_leads_to_the_previous_page():
    pages = paging(("after", "string"), ("before", "string"), ("limit", "integer"))
    third = pages.window(50, {"after": pages.window(50, {"limit": 20}).next, "limit": 10})
    back = pages.window(50, {"before": third.previous, "limit": 10})

    assert third.turns["prev"][0] == "before"
    assert (seen(third), seen(back)) == ((20, 30), (10, 20))


def test_record_ids_can_be_cursors():
    pages = paging(("starting_after", "string"), ("ending_before", "string"), ("limit", "integer", {"default": 10}))
    after = pages.window(KEYS, {"starting_after": "k19"})

    assert seen(after) == (20, 30)
    assert after.turns["next"] == ("starting_after", "k29")
    assert after.turns["prev"] == ("ending_before", "k20")
    assert seen(pages.window(KEYS, {"ending_before": "k20"})) == (10, 20)
    assert seen(pages.window(KEYS, {"ending_before": "k3"})) == (0, 3)


def test_a_numeric_after_is_the_id_of_a_record():
    assert seen(paging(("after", "integer"), SIZE).window([7, 8, 9], {"after": 8})) == (2, 3)


def test_a_page_before_or_after_an_unknown_record_is_empty():
    pages = paging(("starting_after", "string"), ("ending_before", "string"))

    assert pages.window(KEYS, {"starting_after": "k99"}).count == 0
    assert pages.window(KEYS, {"ending_before": "k99"}).count == 0


def test_one_object_parameter_can_contain_the_page():
    deep = {
        "name": "page",
        "in": "query",
        "style": "deepObject",
        "schema": {
            "type": "object",
            "properties": {"number": {"type": "integer", "minimum": 1}, "size": {"type": "integer", "maximum": 5}},
        },
    }
    pages = paging((deep, None))
    window = pages.window(50, {"page": {"number": 2, "size": 3}})

    assert (seen(window), pages.names) == ((3, 6), {"page"})
    assert pages.links(window, "http://x/a", b"page%5Bnumber%5D=2&page%5Bsize%5D=3")["next"] == (
        "http://x/a?page%5Bsize%5D=3&page%5Bnumber%5D=3"
    )


@pytest.mark.parametrize(
    ("declared", "sent"),
    [
        ([PAGE, SIZE], {"page": 99}),
        ([("offset", "integer"), SIZE], {"offset": 99}),
        ([("cursor", "string"), SIZE], {"cursor": "b2Zmc2V0Ojk5"}),
    ],
)
def test_a_page_beyond_the_end_is_empty(declared, sent):
    window = paging(*declared).window(50, sent)

    assert (window.count, window.has_next, window.has_previous, window.total) == (0, False, True, 50)


def test_a_page_beyond_the_end_keeps_its_number():
    assert paging(PAGE, SIZE).window(50, {"page": 99}).page == 99


@pytest.mark.parametrize("declared", [[PAGE], [("offset", "integer")], [("cursor", "string")]])
def test_pages_of_size_zero_are_empty_and_last(declared):
    window = paging(*declared, ("limit", "integer")).window(50, {"limit": 0})

    assert (window.count, window.pages, window.has_next) == (0, 0, False)


@pytest.mark.parametrize("sent", [{"page": -3}, {"page": 0}, {"per_page": -1}])
def test_negative_values_are_the_first_page(sent):
    assert seen(paging(PAGE, ("per_page", "integer", {"default": 10})).window(50, sent)) == (0, 10)


def test_an_empty_list_has_one_empty_page():
    window = paging(PAGE, SIZE).window(0, {})

    assert (seen(window), window.pages, window.has_next, window.has_previous) == ((0, 0), 0, False, False)


def test_a_text_page_number_is_returned_as_text():
    assert paging(("page", "string"), SIZE).window(50, {"page": "2"}).next == "3"


def test_an_invalid_page_number_is_an_empty_page():
    assert paging(("page", "string"), SIZE).window(50, {"page": "two"}).count == 0


def test_links_keep_other_query_parameters():
    pages = paging(PAGE, SIZE)
    query = b"q=a%20b&page=2&per_page=10&tag=x&tag=y"
    links = pages.links(pages.window(50, {"page": 2, "per_page": 10}), "http://x/a", query)

    assert links == {
        "self": "http://x/a?q=a%20b&page=2&per_page=10&tag=x&tag=y",
        "next": "http://x/a?q=a%20b&per_page=10&tag=x&tag=y&page=3",
        "prev": "http://x/a?q=a%20b&per_page=10&tag=x&tag=y&page=1",
        "first": "http://x/a?q=a%20b&per_page=10&tag=x&tag=y&page=1",
        "last": "http://x/a?q=a%20b&per_page=10&tag=x&tag=y&page=5",
    }


def test_the_first_page_has_no_previous_and_the_last_no_next():
    pages = paging(PAGE, SIZE)

    assert "prev" not in pages.links(pages.window(50, {}), "http://x/a", b"")
    assert "next" not in pages.links(pages.window(50, {"page": 5}), "http://x/a", b"page=5")


def test_the_first_page_of_cursors_is_without_one():
    pages = paging(("cursor", "string"), SIZE)
    window = pages.window(50, {"cursor": pages.window(50, {}).next})

    assert pages.links(window, "http://x/a", b"cursor=abc")["first"] == "http://x/a"


def test_cursors_are_used_if_enabled():
    pages = paging(("offset", "integer"), ("usemarker", "boolean"), ("marker", "string"), SIZE)

    assert pages.window(50, {"usemarker": True}).turns["next"][0] == "marker"
    assert pages.window(50, {"usemarker": False}).turns["next"][0] == "offset"
    assert pages.window(50, {}).counted


def test_recognized_parameters_are_explained():
    assert paging(PAGE, SIZE).explain == [
        "page counts pages from 1",
        "per_page is the size of a page (10 by default, at most 25)",
    ]
