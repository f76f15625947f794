"""Members with the kind of a record, and names that depend on it."""

from __future__ import annotations

from random import Random

import pytest

from locum.generate.generator import Generator
from locum.generate.vocabulary.lexicon import lexicon
from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import Schemas
from locum.options import Locale
from locum.world.clock import EPOCH

TEXT = {"type": "string"}


def records(name, properties, *, locale="en", more=None, **hints):
    component = {"type": "object", "required": list(properties), "properties": properties, **(more or {})}
    document = {"openapi": "3.1.0", "components": {"schemas": {name: component}}}
    schemas = Schemas(document)
    generator = Generator(schemas, locale)
    schema = schemas.schema(f"/components/schemas/{name}", Direction.RESPONSE)
    return [generator.value(schema, Random(seed), EPOCH, **hints) for seed in range(12)]


@pytest.mark.parametrize("member", ["object", "type", "kind", "resource_type", "objectType"])
@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (TEXT, "tax_rate"),
        (TEXT | {"example": "rate"}, "rate"),
        ({"const": "rate"}, "rate"),
        ({"anyOf": [TEXT, {"enum": ["rate"]}]}, "rate"),
        ({"oneOf": [{"enum": ["rate"]}, {"type": "null"}]}, "rate"),
        ({"allOf": [TEXT, {"example": "rate"}]}, "rate"),
    ],
)
def test_a_kind_is_the_same_in_every_record(member, schema, expected):
    for examples in (True, False):
        made = {one[member] for one in records("TaxRate", {member: schema}, examples=examples)}

        assert made - {None} == {expected}


def test_an_enumeration_of_several_kinds_stays_a_choice():
    assert {one["type"] for one in records("Card", {"type": {"enum": ["credit", "debit"]}})} == {"credit", "debit"}


def test_kinds_have_the_style_of_the_api():
    kind = {"x-kubernetes-group-version-kind": [{"group": "apps", "version": "v1", "kind": "ReplicaSet"}]}

    assert records("io.k8s.api.apps.v1.ReplicaSet", {"apiVersion": TEXT, "kind": TEXT}, more=kind)[0] == {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
    }
    assert records("TaxRate", {"apiVersion": TEXT, "kind": TEXT})[0] == {"apiVersion": "v1", "kind": "TaxRate"}
    assert records("BlogEntry", {"type": TEXT, "attributes": {"type": "object"}})[0]["type"] == "blog-entries"
    assert records("BlogEntry", {"type": TEXT, "title": TEXT, "attributes": {}})[0]["type"] == "blog_entry"
    assert records("PullRequestResponse", {"type": TEXT})[0]["type"] == "pull_request"


@pytest.mark.parametrize(
    ("component", "words"),
    [
        ("Product", "product.name"),
        ("SouvenirResponse", "product.name"),
        ("SimpleRepository", "repository.name"),
        ("Company", "company.name"),
        ("Subscription", "plan.name"),
    ],
)
def test_a_name_depends_on_the_kind_of_record(component, words):
    known = set(lexicon("en").words(words))

    assert {one["name"] for one in records(component, {"name": TEXT})} <= known


def test_a_kind_without_a_list_has_names_from_its_own_name():
    assert all(one["name"].endswith(" tax treatment") for one in records("TaxTreatment", {"name": TEXT}))


def test_a_station_is_in_a_city():
    cities = {place.city for place in lexicon("en").places}

    assert all(any(city in one["name"] for city in cities) for one in records("Station", {"name": TEXT}))


@pytest.mark.parametrize("locale", [locale.value for locale in Locale])
def test_every_locale_has_persons_places_and_texts(locale):
    words = lexicon(locale)
    made = records("Customer", dict.fromkeys(("first_name", "email", "city", "description"), TEXT), locale=locale)

    assert {one["first_name"] for one in made} <= {name.partition(":")[0] for name in words.first_names}
    assert {one["city"] for one in made} <= {place.city for place in words.places}
    assert all(one["email"].isascii() and one["email"][0].isalpha() for one in made)
    assert not any("{" in one["description"] for one in made)


@pytest.mark.parametrize("locale", [locale.value for locale in Locale])
def test_every_template_of_a_lexicon_can_be_filled_in(locale):
    from locum.generate.generation import Generation, GenerationOptions

    words = lexicon(locale)
    run = Generation(Random(1), EPOCH, GenerationOptions(locale=locale))
    for kind in set(words.kinds.values()):
        for part in ("name", "text"):
            for text in words.words(f"{kind}.{part}"):
                assert "{" not in words.filled(run, text, kind)


def test_values_of_a_row_differ():
    names = [records("Plan", {"name": TEXT}, turn=turn)[0]["name"] for turn in range(8)]

    assert len(set(names)) == 8


def test_values_have_the_format_of_examples():
    properties = {
        "account_sid": TEXT | {"example": "AC3f0c9a1b2d4e5f60718293a4b5c6d7e8"},
        "invoice": TEXT | {"example": "INV-2024-0042"},
        "unit_amount": {"type": "integer", "example": 4900},
        "opened": TEXT | {"example": "2020-07-10T15:00:00.000Z"},
    }
    for made in records("Charge", properties, examples=False, alike=True):
        assert len(made["account_sid"]) == 34
        assert made["invoice"].startswith("INV-")
        assert made["invoice"] != "INV-2024-0042"
        assert 2400 <= made["unit_amount"] <= 7400
        assert made["unit_amount"] % 100 == 0
        assert made["opened"].startswith("202")
        assert made["opened"].endswith(".000Z")


def test_the_format_of_a_value_is_read_from_its_description():
    properties = {
        "currency": TEXT | {"description": "Three-letter [ISO currency code](https://x.y), in lowercase."},
        "country": TEXT | {"description": "Two-letter country code (ISO 3166-1 alpha-2)."},
        "value": {"type": "integer", "description": "The amount in cents."},
        "until": {"type": "integer", "description": "Measured in milliseconds since the Unix epoch."},
        "zone_of": TEXT | {"description": "For example, `eu-west`."},
    }
    for made in records("Thing", properties):
        assert made["currency"].islower()
        assert len(made["currency"]) == 3
        assert made["country"].isupper()
        assert len(made["country"]) == 2
        assert made["value"] % 50 == 0
        assert made["until"] > 10**12
        assert made["zone_of"] == "eu-west"
