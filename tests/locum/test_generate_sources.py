"""Sources of values: enumerations, examples, `x-faker`, names, and the schema alone."""

from __future__ import annotations

import re
from random import Random

import pytest

from locum.generate.generation import Generation, GenerationOptions
from locum.generate.generators.numbers import number_generator
from locum.generate.planning.keywords import Bound, Merged
from locum.generate.vocabulary.hints import NOTHING, Hint, tokens
from locum.generate.vocabulary.lexicon import SPECIES, lexicon
from locum.generate.vocabulary.ranges import days_of
from locum.openapi.schemas.dialects import Direction
from locum.world.clock import EPOCH
from tests.locum.test_generate_values import make, named

TEXT = {"type": "string"}
FIRST_NAMES, PLACES = lexicon("en").first_names, lexicon("en").places
PETS = lexicon("en").words("animal.name")


def test_an_enumeration_takes_precedence_over_an_example():
    assert make({"enum": ["a"], "example": "b", "x-faker": "internet.email"}) == "a"


def test_an_example_takes_precedence_over_a_faker_and_a_default():
    assert (
        named("email", TEXT | {"example": "an example", "default": "a default", "x-faker": "internet.email"})
        == "an example"
    )


def test_one_of_several_examples_is_served():
    made = {make({"type": "integer", "examples": [1, 2, 3]}, seed) for seed in range(30)}

    assert made == {1, 2, 3}


def test_a_default_is_served_where_there_is_no_example():
    assert make({"type": "integer", "default": 0}) == 0
    assert named("city", TEXT | {"default": "Rome"}) == "Rome"


@pytest.mark.parametrize("keyword", ["default", "example"])
@pytest.mark.parametrize(
    ("kind", "empty"),
    [("string", ""), ("integer", 0), ("boolean", False), ("array", []), ("object", {}), (["string", "null"], None)],
)
def test_an_empty_default_or_example_is_a_value(keyword, kind, empty):
    schema = {"type": kind, "items": {"type": "integer"}, "properties": {"a": {"type": "string"}}, keyword: empty}

    assert named("city", schema) == empty
    assert make({"allOf": [schema]}) == empty


def test_an_empty_default_that_does_not_fit_is_not_used():
    assert make({"type": "string", "default": None}) is not None
    assert make({"type": "array", "minItems": 1, "default": [], "items": {"type": "integer"}})


def test_an_enumeration_starts_with_its_example_and_its_default():
    assert {make({"enum": ["a", "b", "c"], "default": "b"}, seed) for seed in range(9)} == {"b"}
    assert {make({"enum": ["a", "b", "c"], "default": "b", "example": "c"}, seed) for seed in range(9)} == {"c"}


def test_an_example_that_breaks_its_schema_is_not_served():
    assert make({"type": "integer", "example": "three", "minimum": 7, "maximum": 7}) == 7
    assert make({"type": "object", "required": ["a"], "properties": {"a": {"const": 1}}, "example": {"a": 2}}) == {
        "a": 1
    }


def test_an_example_of_a_property_is_served_within_the_object():
    assert make({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "example": 42}}}) == {
        "a": 42
    }


def test_examples_can_be_ignored():
    assert make({"type": "integer", "example": 5, "minimum": 6, "maximum": 6}, examples=False) == 6
    assert make({"type": "integer", "example": 5, "minimum": 1, "maximum": 9_000}, 1, examples=False) != 5


def test_an_example_is_filtered_by_direction():
    properties = {"id": {"type": "integer", "readOnly": True}, "name": TEXT}
    schema = {"type": "object", "properties": properties, "example": {"id": 1, "name": "one"}}

    assert make(schema, direction=Direction.REQUEST) == {"name": "one"}
    assert make(schema, direction=Direction.RESPONSE) == {"id": 1, "name": "one"}


def test_examples_of_an_allof_are_merged():
    parts = [{"properties": {name: {"type": "integer"}}, "example": {name: 7}} for name in ("a", "b")]

    assert make({"allOf": parts}) == {"a": 7, "b": 7}


def test_an_example_of_one_schema_of_an_allof_is_not_complete():
    parts = [
        {"properties": {"a": {"type": "integer"}}, "example": {"a": 7}},
        {"properties": {"b": {}}, "required": ["b"]},
    ]

    assert "b" in make({"allOf": parts})


def test_an_example_of_a_wrapped_schema_is_served():
    assert make({"allOf": [{"type": "integer", "example": 3}]}) == 3


def test_an_example_occurs_once_in_an_array():
    item = {"type": "object", "example": {"a": 1}}

    assert all(make({"type": "array", "items": item}, seed) == [{"a": 1}] for seed in range(9))
    assert make({"type": "array", "items": item, "minItems": 2}) == [{"a": 1}, {"a": 1}]


@pytest.mark.parametrize(
    ("faker", "pattern"),
    [
        ("internet.email", r"\S+@example\.\w+"),
        ("$internet.email", r"\S+@example\.\w+"),
        ("faker.internet.email()", r"\S+@example\.\w+"),
        ("name.firstName", "|".join(FIRST_NAMES)),
        ("person.firstName", "|".join(FIRST_NAMES)),
        ("address.city", "|".join(place.city for place in PLACES)),
        ("location.city", "|".join(place.city for place in PLACES)),
        ("location.zipCode", "|".join(place.postcode for place in PLACES)),
        ("company.name", ".+"),
        ("lorem.sentence", r"[A-Z].+\."),
        ("datatype.uuid", "[0-9a-f]{8}-.*"),
        ("string.uuid", "[0-9a-f]{8}-.*"),
        ("image.url", r"http://locum\.invalid/__locum/files/[\w-]+\.png"),
        ("commerce.price", r"\d+\.\d\d"),
        ("git.commitSha", "[0-9a-f]{40}"),
        ("system.mimeType", r"\w+/\w+"),
        ("date.past", r"2025-.*Z"),
        ({"helpers.arrayElement": [["one", "two"]]}, "one|two"),
        ({"helpers.arrayElement": ["one", "two"]}, "one|two"),
        ({"lorem.slug": {}}, r"\w+(-\w+)+"),
    ],
)
def test_a_faker_determines_the_value(faker, pattern):
    for seed in range(5):
        assert re.fullmatch(pattern, make(TEXT | {"x-faker": faker}, seed))


def test_a_faker_can_generate_numbers_and_booleans():
    assert make({"type": "integer", "x-faker": {"number.int": {"min": 3, "max": 3}}}) == 3
    assert isinstance(make({"type": "integer", "x-faker": "datatype.number"}), int)
    assert isinstance(make({"type": "number", "x-faker": "number.float"}), float)
    assert isinstance(make({"type": "number", "x-faker": "commerce.price"}), float)
    assert isinstance(make({"type": "boolean", "x-faker": "datatype.boolean"}), bool)


@pytest.mark.parametrize("faker", ["nothing.known", 5, {}, {"number.int": {"min": 5, "max": 1}}, "lorem.word"])
def test_an_unsuitable_faker_is_ignored(faker):
    assert make({"type": "integer", "minimum": 200_000, "x-faker": faker}) >= 200_000


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("email", r"[a-z.]+@example\.\w+"),
        ("billingEmail", r"[a-z.]+@example\.\w+"),
        ("first_name", "|".join(FIRST_NAMES)),
        ("first-name", "|".join(FIRST_NAMES)),
        ("passengerName", r"\w+ \w+"),
        ("companyName", ".+"),
        ("city", "|".join(place.city for place in PLACES)),
        ("countryCode", "[A-Z]{2}"),
        ("phone", r"\+1\d{3}55501\d\d"),
        ("url", r"https://www\.example.*"),
        ("avatarUrl", r"http://locum\.invalid/__locum/files/\w+-\w+\.png"),
        ("slug", r"\w+(-\w+)+"),
        ("description", r"[A-Z].+\."),
        ("price", r"\d+\.\d\d"),
        ("created_at", r"2025-\d\d-\d\dT.*Z"),
        ("birthday", r"(19|20)\d\d-\d\d-\d\d"),
        ("time", r"\d\d:\d\d:00Z"),
        ("ip_address", r"(192|198|203)\..*"),
        ("commit_sha", "[0-9a-f]{40}"),
        ("id", "[0-9A-Za-z]{16}"),
        ("unheard-of", r"[a-z]+"),
        ("", r"[a-z]+"),
    ],
)
def test_a_text_matches_the_name_of_its_property(name, pattern):
    for seed in range(5):
        assert re.fullmatch(pattern, named(name, TEXT, seed))


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("age", 18, 80),
        ("unit_price", 1, 400),
        ("latitude", -60, 70),
        ("page", 1, 5),
        ("weightKg", 1, 120),
        ("nothing", 1, 1000),
    ],
)
def test_a_number_is_in_the_range_that_its_name_suggests(name, low, high):
    for seed in range(9):
        assert low <= named(name, {"type": "number"}, seed) <= high


def test_the_name_of_a_pet_is_not_that_of_a_person():
    properties = {"name": TEXT, "age": {"type": "integer"}, "species": TEXT}
    pet = named("pet", {"type": "object", "required": list(properties), "properties": properties})

    assert pet["name"] in PETS
    assert pet["species"] in SPECIES
    assert pet["age"] <= 15


def test_a_declared_range_takes_precedence_over_the_name():
    made = [named("score", {"type": "number", "minimum": 0, "maximum": 1}, seed) for seed in range(20)]

    assert len(set(made)) > 5
    assert 500 <= named("age", {"type": "integer", "minimum": 500}) <= 700
    assert -700 <= named("age", {"type": "integer", "maximum": -500}) <= -500


def test_an_exclusive_bound_is_not_generated():
    run = Generation(Random(0), EPOCH, GenerationOptions())
    between = Merged(low=Bound(1, exclusive=True), high=Bound(3, exclusive=True))
    within = Merged(low=Bound(1, exclusive=False), high=Bound(3, exclusive=False))

    assert {number_generator(between, NOTHING, whole=True)(run) for _ in range(50)} == {2}
    assert {number_generator(within, NOTHING, whole=True)(run) for _ in range(50)} == {1, 2, 3}


def test_counts_have_no_fraction():
    assert named("quantity", {"type": "number"}) % 1 == 0
    assert named("quantity", {"type": "number", "minimum": 0.2, "maximum": 0.8}) % 1 != 0


def test_an_integer_time_is_in_seconds():
    assert 1_700_000_000 < named("created", {"type": "integer"}) < EPOCH.timestamp()


def test_a_value_without_a_type_has_the_type_that_its_name_suggests():
    assert isinstance(named("quantity", {}), int)
    assert "@" in named("email", {})


def test_a_name_depends_on_its_resource():
    def name_of(holder):
        return named(holder, {"type": "object", "required": ["name"], "properties": {"name": TEXT}})["name"]

    assert name_of("user").split()[0] in FIRST_NAMES
    assert name_of("city") in {place.city for place in PLACES}
    assert "." in name_of("attachment")
    assert name_of("thing").split()[0] not in FIRST_NAMES


def test_a_state_is_geographic_or_a_status():
    def state_of(holder):
        return named(holder, {"type": "object", "required": ["state"], "properties": {"state": TEXT}})["state"]

    assert state_of("shipping_address") in {place.region for place in PLACES}
    assert state_of("order") in {"active", "pending", "closed"}


def test_one_object_is_about_one_person_and_one_place():
    names = ["first_name", "last_name", "full_name", "email", "city", "country_code"]
    made = make({"type": "object", "required": names, "properties": dict.fromkeys(names, TEXT)})
    place = next(place for place in PLACES if place.city == made["city"])

    assert made["full_name"] == f"{made['first_name']} {made['last_name']}"
    assert made["email"].startswith(f"{made['first_name']}.{made['last_name']}".lower())
    assert made["country_code"] == place.code


def test_two_objects_are_about_two_persons():
    user = {"type": "object", "required": ["email"], "properties": {"email": TEXT}}
    made = make({"type": "array", "items": user, "minItems": 9})

    assert len({each["email"] for each in made}) > 4


def test_deleted_is_rarely_true():
    made = [named("is_deleted", {"type": "boolean"}, seed) for seed in range(60)]

    assert made.count(True) < 20


@pytest.mark.parametrize("name", ["createdAt", "created-at", "created_at", "CREATED AT"])
def test_a_name_is_split_into_words(name):
    assert tokens(name) == ["created", "at"]


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("emails", "email"),
        ("addresses", "address"),
        ("boxes", "box"),
        ("cities", "city"),
        ("houses", "hous"),
        ("status", "status"),
        ("tag", "tag"),
    ],
)
def test_an_array_item_has_the_singular_name(many, one):
    assert Hint(many).singular().name == one


def test_an_end_is_after_a_start():
    assert days_of("created_at")[1] < days_of("updated_at")[0] + 1
    assert days_of("start_date")[1] < days_of("end_date")[0]
    assert days_of("anything")[1] < 0 < days_of("expires_at")[0]


def test_every_kind_of_text_can_be_generated():
    from locum.generate.vocabulary.fakers import _FAKERS
    from locum.generate.vocabulary.names import _KINDS

    run = Generation(Random(0), EPOCH, GenerationOptions())

    assert all(isinstance(text(run), str) and text(run) for text in _KINDS.values())
    assert all(fake(run) is not None for fake in _FAKERS.values())
