"""Selection: the meaning of the query parameters of a list, and the selected records."""

from __future__ import annotations

import pytest

from locum.infer.lists.selection import ListSelection
from locum.infer.resources.shapes import Shapes
from locum.openapi.compile.parameters import compile_parameters
from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import Schemas

TEXT, NUMBER, YES_OR_NO = {"type": "string"}, {"type": "number"}, {"type": "boolean"}
WHEN = {"type": "string", "format": "date-time"}
PERSON = {"type": "object", "properties": {"id": TEXT, "login": TEXT, "email": TEXT}}
PET = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "name": TEXT,
        "status": {"type": "string", "enum": ["available", "sold"]},
        "mood": TEXT,
        "price": NUMBER,
        "born_on": {"type": "string", "format": "date"},
        "created_at": WHEN,
        "updatedAt": WHEN,
        "archived_at": {**WHEN, "nullable": True},
        "seen": {"type": "integer", "format": "unix-time"},
        "vaccinated": YES_OR_NO,
        "tags": {"type": "array", "items": TEXT},
        "labels": {"type": "array", "items": {"type": "object", "properties": {"name": TEXT}}},
        "owner": PERSON,
        "vet_id": TEXT,
        "breeder": {"oneOf": [TEXT, PERSON]},
        "address": {"type": "object", "properties": {"city": TEXT, "zip": TEXT}},
        "visits_count": {"type": "integer"},
    },
}
PETS = [
    {
        "id": 1, "name": "Rex", "status": "available", "mood": "glad", "price": 10, "born_on": "2020-05-01",
        "created_at": "2024-01-01T10:00:00Z", "updatedAt": "2024-03-01T00:00:00Z", "archived_at": None,
        "seen": 1704067200, "vaccinated": True, "tags": ["big", "old"], "labels": [{"name": "bug"}],
        "owner": {"id": "u1", "login": "ada", "email": "ada@example.org"}, "vet_id": "v1", "breeder": "b1",
        "address": {"city": "Riga", "zip": "1001"}, "visits_count": 3,
    },
    {
        "id": 2, "name": "bella", "status": "sold", "mood": "sad", "price": 20.5, "born_on": "2021-05-01",
        "created_at": "2024-01-02T01:00:00+02:00", "updatedAt": "2024-02-01T00:00:00Z",
        "archived_at": "2024-02-01T00:00:00Z", "seen": 1706745600, "vaccinated": False, "tags": ["small"],
        "labels": [{"name": "ui"}, {"name": "bug"}], "owner": {"id": "u2", "login": "bob"}, "vet_id": "v2",
        "breeder": {"id": "b2", "login": "eve"}, "address": {"city": "Oslo", "zip": "2002"}, "visits_count": 1,
    },
    {
        "id": 3, "name": "Ärger, Max", "status": "available", "mood": "hungry", "price": None, "born_on": "2022-05-01",
        "created_at": "2024-01-03T00:00:00Z", "updatedAt": "2024-01-05T00:00:00Z", "seen": 1709251200,
        "vaccinated": True, "tags": [], "labels": [], "owner": None, "vet_id": "v1", "breeder": None,
        "address": {"city": "Riga", "zip": "1003"}, "visits_count": 2,
    },
]  # fmt: skip


def selection(*declared, element=PET):
    """Compile the selection of query parameters: a name, a schema, and further members."""
    parameters = [
        {"name": name, "in": "query", "schema": schema, **(more[0] if more else {})} for name, schema, *more in declared
    ]
    document = {
        "openapi": "3.0.3",
        "paths": {"/a": {"get": {"parameters": parameters}}},
        "components": {"schemas": {"Pet": element}},
    }
    schemas = Schemas(document)
    shapes = Shapes(schemas)
    shape = shapes.of(schemas.schema("/components/schemas/Pet", Direction.RESPONSE))
    compiled = compile_parameters(schemas, "/paths/~1a", "/paths/~1a/get")
    return ListSelection(compiled, shape, shapes), compiled


def select(name, value, schema=TEXT, records=PETS, element=PET, **more):
    """Return the ids of the records that one parameter selects."""
    compiled, [parameter] = selection((name, schema, more), element=element)
    return [record["id"] for record in compiled.apply(records, {parameter.argument: value})]


@pytest.mark.parametrize(
    ("name", "value", "ids"),
    [
        ("name", "Rex", [1]),
        ("name", "rex", []),
        ("filter[name]", "Rex", [1]),
        ("filter.name", "Rex", [1]),
        ("status", "sold", [2]),
        ("statuses", "sold", [2]),
        ("filterStatus", "sold", [2]),
        ("status", "sold,available", [1, 2, 3]),
        ("name", "Ärger, Max", [3]),
        ("price", 20.5, [2]),
        ("price", "10.0", [1]),
        ("id", 2, [2]),
        ("ids", "1,3", [1, 3]),
        ("tags", "old", [1]),
        ("tag", "old", [1]),
        ("tags", "old,small", [1, 2]),
        ("labels", "ui", [2]),
        ("address.city", "Riga", [1, 3]),
        ("address[city]", "Riga", [1, 3]),
        ("address_city", "Oslo", [2]),
        ("owner", "u1", [1]),
        ("owner", "bob", [2]),
        ("ownerId", "u2", [2]),
        ("owner_id", "u2", [2]),
        ("owner_login", "ada", [1]),
        ("vet", "v1", [1, 3]),
        ("breeder", "b1", [1]),
        ("breeder", "b2", [2]),
        ("breederId", "b2", [2]),
        ("created_at", "2024-01-01T12:00:00+02:00", [1]),
        ("created_at", "2024-01-01", [1, 2]),
        ("creationDate", "2024-01-03", [3]),
    ],
)
def test_a_parameter_that_names_a_property_filters_by_it(name, value, ids):
    assert select(name, value) == ids


@pytest.mark.parametrize(
    ("name", "value", "ids"),
    [
        ("name_contains", "E", [1, 2, 3]),
        ("name__icontains", "BELL", [2]),
        ("name[like]", "max", [3]),
        ("name_starts_with", "re", [1]),
        ("name__startswith", "re", [1]),
        ("name_suffix", "X", [1, 3]),
        ("min_price", 15, [2]),
        ("price_min", 10, [1, 2]),
        ("price_gte", 20.5, [2]),
        ("price[gt]", 10, [2]),
        ("priceFrom", 11, [2]),
        ("maxPrice", 20, [1]),
        ("price__lte", "10", [1]),
        ("price_lt", 10, []),
        ("created_after", "2024-01-01T23:00:00Z", [3]),
        ("createdBefore", "2024-01-01T23:00:00Z", [1]),
        ("created_since", "2024-01-01T23:00:00Z", [2, 3]),
        ("created_at.before", "2024-01-02", [1, 2]),
        ("since", "2024-02-01T00:00:00Z", [1, 2]),
        ("from", "2024-01-02T00:00:00Z", [3]),
        ("to", "2024-01-01", [1, 2]),
        ("endDate", "2024-01-01", [1, 2]),
        ("date_from", "2024-01-03", [3]),
        ("min_timestamp", "2024-01-03", [3]),
        ("seen_after", 1704067200, [2, 3]),
        ("seen_after", "2024-01-15", [2, 3]),
        ("seen_after", 1704067200000, [2, 3]),
        ("date_contains", "1999", [1, 2, 3]),
        ("born_after", "2020-05-01", [2, 3]),
        ("status_ne", "sold", [1, 3]),
        ("exclude_statuses", "sold", [1, 3]),
        ("status__in", "sold,gone", [2]),
        ("created_at_range", "2024-01-01T22:00:00Z,2024-01-02", [2]),
        ("price_range", ",15", [1]),
    ],
)
def test_a_suffix_of_a_property_is_an_operator(name, value, ids):
    assert select(name, value) == ids


def test_arrays_match_any_of_their_items():
    many = {"type": "array", "items": TEXT}

    assert select("status", ["sold", "gone"], many) == [2]
    assert select("tags", ["old", "small"], many) == [1, 2]
    assert select("id", [1, 3], {"type": "array", "items": {"type": "integer"}}) == [1, 3]
    assert select("status", [], many) == [1, 2, 3]


@pytest.mark.parametrize(
    ("name", "value", "ids"),
    [("vaccinated", True, [1, 3]), ("is_vaccinated", False, [2]), ("archived", True, [2]), ("archived", False, [1, 3])],
)
def test_booleans_filter_by_flags_and_times(name, value, ids):
    assert select(name, value, YES_OR_NO) == ids


def test_booleans_can_be_text():
    assert select("vaccinated", "true") == [1, 3]
    assert select("vaccinated", "no") == [2]
    assert select("vaccinated", "maybe") == []


def test_a_boolean_is_not_a_number():
    assert select("visits_count", "true") == []
    assert select("price", True, {"anyOf": [YES_OR_NO, NUMBER]}) == []


def test_an_id_filters_by_a_property_of_another_name():
    element = {
        "type": "object",
        "properties": {"id": TEXT, "customer": TEXT, "dogs_allowed": YES_OR_NO, "country_code": TEXT},
    }
    records = [
        {"id": "a", "customer": "c1", "dogs_allowed": True, "country_code": "LV"},
        {"id": "b", "customer": "c2", "dogs_allowed": False, "country_code": "NO"},
    ]

    assert select("customerId", "c2", TEXT, records, element) == ["b"]
    assert select("dogs", True, YES_OR_NO, records, element) == ["a"]
    assert select("country", "NO", TEXT, records, element) == ["b"]


def test_a_default_of_none_filters_nothing():
    assert select("mood", "none", {"type": "string", "default": "none"}) == [1, 2, 3]
    assert select("mood", "glad", {"type": "string", "default": "none"}) == [1]


def test_a_default_of_false_filters_nothing():
    assert select("vaccinated", False, {**YES_OR_NO, "default": False}) == [1, 2, 3]
    assert select("vaccinated", True, {**YES_OR_NO, "default": False}) == [1, 3]
    assert select("archived", False, {**YES_OR_NO, "default": False}) == [1, 2, 3]
    assert select("archived", True, {**YES_OR_NO, "default": False}) == [2]


def test_an_exclude_flag_excludes_records():
    assert select("exclude_vaccinated", True, YES_OR_NO) == [2]
    assert select("exclude_vaccinated", False, YES_OR_NO) == [1, 2, 3]
    assert select("exclude_tags", True, YES_OR_NO) == [1, 2, 3]


@pytest.mark.parametrize("value", ["all", "any", "*", ""])
def test_a_wildcard_filters_nothing(value):
    assert select("mood", value) == [1, 2, 3]


def test_a_choice_that_the_property_does_not_have_filters_nothing():
    choices = {"type": "string", "enum": ["available", "sold", "everything"]}

    assert select("status", "everything", choices) == [1, 2, 3]
    assert select("status", "sold", choices) == [2]


def test_an_enum_parameter_does_not_exclude_values_outside_its_choices():
    choices = {"type": "string", "enum": ["glad", "sad"]}

    assert select("mood", "glad", choices) == [1, 3]


def test_none_filters_by_missing_values():
    assert select("owner", "none") == [3]
    assert select("tags", "none") == [3]


def test_an_absent_parameter_filters_nothing():
    assert select("status", None) == [1, 2, 3]


def test_an_object_parameter_has_filters_by_name():
    schema = {"type": "object", "properties": {"status": TEXT, "min_price": NUMBER, "nonsense": TEXT}}

    def left(value):
        return select("filter", value, schema, style="deepObject")

    assert left({"status": "available", "nonsense": "x"}) == [1, 3]
    assert left({"status": "available", "min_price": 5}) == [1]


def test_an_object_parameter_has_bounds_or_members():
    anything = {"anyOf": [{"type": "integer"}, {"type": "object"}]}

    assert select("seen", {"gte": 1704067201, "lt": 1709251200}, anything, style="deepObject") == [2]
    assert select("address", {"city": "Riga", "zip": "1003"}, anything, style="deepObject") == [3]
    assert select("seen", 1704067200, anything, style="deepObject") == [1]


def test_two_dates_are_a_range_where_records_have_both():
    element = {
        "type": "object",
        "properties": {
            "start_date": {"type": "string", "format": "date"},
            "end_date": {"type": "string", "format": "date"},
        },
    }
    records = [
        {"start_date": "2024-01-01", "end_date": "2024-01-31"},
        {"start_date": "2024-02-01", "end_date": "2024-02-10"},
    ]
    day = {"type": "string", "format": "date"}
    pair, _ = selection(("start_date", day), ("end_date", day), element=element)
    alone, _ = selection(("start_date", day), element=element)

    assert pair.apply(records, {"start_date": "2024-01-15", "end_date": "2024-03-01"}) == records[1:]
    assert alone.apply(records, {"start_date": "2024-01-15"}) == []


def test_a_numeric_since_is_the_id_of_a_record():
    element = {"type": "object", "properties": {"id": {"type": "integer"}, "login": TEXT}}
    records = [{"id": number, "login": "x"} for number in (1, 2, 3)]

    assert select("since", 2, {"type": "integer"}, records, element) == [3]


def test_members_of_wrapped_records_are_found():
    element = {
        "type": "object",
        "properties": {"id": TEXT, "attributes": {"type": "object", "properties": {"title": TEXT, "created": WHEN}}},
    }
    records = [
        {"id": one, "attributes": {"title": one.upper(), "created": f"2024-01-0{day}"}}
        for one, day in (("a", 1), ("b", 2))
    ]

    assert select("filter[title]", "B", TEXT, records, element) == ["b"]
    assert select("sort", "-created", TEXT, records, element) == ["b", "a"]


@pytest.mark.parametrize("name", ["fields", "select", "include", "expand", "$select", "opt_fields", "page", "limit"])
def test_presentation_parameters_filter_nothing(name):
    element = {"type": "object", "properties": {"id": TEXT, name.strip("$"): TEXT}}
    select, _ = selection((name, TEXT if name not in {"page", "limit"} else {"type": "integer"}), element=element)

    assert select.explain == []


@pytest.mark.parametrize("name", ["q", "query", "search", "term", "keywords", "text", "$search"])
def test_searching_ignores_case(name):
    assert select(name, "BELLA") == [2]
    assert select(name, "rig") == [1, 3]
    assert select(name, "small") == [2]
    assert select(name, " ") == [1, 2, 3]
    assert select(name, "nowhere") == []


def test_searching_for_several_words_requires_all():
    assert select("q", "riga rex") == [1]
    assert select("q", "riga bella") == []


def test_searching_can_name_a_member():
    assert select("q", "status:sold") == [2]
    assert select("q", 'bug name:"Rex" unheard:of') == [1]
    assert select("q", "mood:") == []
    assert select("q", "12:30") == []
    assert select("q", "http://nowhere") == []


@pytest.mark.parametrize("name", ["sort", "sort_by", "sortBy", "order_by", "orderBy", "ordering", "$orderby", "order"])
@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("name", [2, 1, 3]),
        ("-name", [3, 1, 2]),
        ("+name", [2, 1, 3]),
        ("name:desc", [3, 1, 2]),
        ("name desc", [3, 1, 2]),
        ("name,desc", [3, 1, 2]),
        ("name,asc", [2, 1, 3]),
        ("name_desc", [3, 1, 2]),
        ("nameDesc", [3, 1, 2]),
        ("desc(name)", [3, 1, 2]),
        ("status,-id", [3, 1, 2]),
        ("status:desc,id:desc", [2, 3, 1]),
        ("created", [1, 2, 3]),
        ("updated", [3, 2, 1]),
        ("newest", [3, 2, 1]),
        ("oldest", [1, 2, 3]),
        ("visits", [2, 3, 1]),
        ("address.zip", [1, 3, 2]),
        ("owner", [1, 2, 3]),
        ("unheard-of", [1, 2, 3]),
        ("", [1, 2, 3]),
    ],
)
def test_sorting(name, value, ids):
    assert select(name, value) == ids


def test_missing_values_are_sorted_last_in_both_directions():
    assert select("sort", "price") == [1, 2, 3]
    assert select("sort", "-price") == [2, 1, 3]


def test_sorting_is_stable():
    assert select("sort", "status") == [1, 3, 2]
    assert select("sort", "-status") == [2, 1, 3]


def test_values_of_several_types_can_be_sorted():
    element = {"type": "object", "properties": {"id": TEXT, "value": {}}}
    values = ["b", 2, None, True, [1], {"name": "a"}, {}, 1.5, "a"]
    records = [{"id": index, "value": value} for index, value in enumerate(values)]

    assert select("sort", "value", TEXT, records, element) == [3, 7, 1, 5, 8, 0, 4, 2, 6]


def test_a_sort_parameter_can_be_an_array_or_an_object():
    assert select("sort", ["-status", "name"], {"type": "array", "items": TEXT}) == [2, 1, 3]
    assert select("sort", {"name": "desc"}, {"type": "object"}, style="deepObject") == [3, 1, 2]


@pytest.mark.parametrize("way", ["direction", "order", "sort_order", "sortDir", "dir"])
def test_the_direction_can_be_a_separate_parameter(way):
    choices = {"type": "string", "enum": ["asc", "desc"]}
    select, [by, direction] = selection(("sort", TEXT), (way, choices))

    def ids(**sent):
        return [record["id"] for record in select.apply(PETS, sent)]

    assert ids(sort="name", **{direction.argument: "desc"}) == [3, 1, 2]
    assert ids(sort="name", **{direction.argument: "asc"}) == [2, 1, 3]
    assert ids(sort="-name", **{direction.argument: "asc"}) == [3, 1, 2]
    assert ids(**{direction.argument: "desc"}) == [3, 2, 1]
    assert by.argument == "sort"


def test_the_direction_can_be_a_boolean():
    select, _ = selection(("sort_by", TEXT), ("sort_ascending", YES_OR_NO))

    assert [one["id"] for one in select.apply(PETS, {"sort_by": "name", "sort_ascending": False})] == [3, 1, 2]


def test_selection_does_not_change_or_copy_records():
    select, _ = selection(("sort", TEXT), ("status", TEXT))
    records = list(PETS)
    selected = select.apply(records, {"sort": "-id", "status": "available"})

    assert records == PETS
    assert [id(one) for one in selected] == [id(PETS[2]), id(PETS[0])]


def test_recognized_parameters_are_explained():
    select, _ = selection(("status", TEXT), ("min_price", NUMBER), ("q", TEXT), ("sort", TEXT), ("unknown", TEXT))

    assert select.explain == [
        "status filters by the property status",
        "min_price filters by the property price (at least)",
        "q searches",
        "sort sorts",
    ]
