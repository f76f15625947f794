"""Words: splitting of names, singulars and plurals, comparison of names."""

from __future__ import annotations

import pytest

from locum.infer.resources.words import plural, same, singular, stem, words_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("petId", ("pet", "id")),
        ("pet_id", ("pet", "id")),
        ("Pet-ID", ("pet", "id")),
        ("petIDs", ("pet", "ids")),
        ("HTTPServer", ("http", "server")),
        ("owner.address.city", ("owner", "address", "city")),
        ("page[size]", ("page", "size")),
        ("$orderby", ("orderby",)),
        ("oauth2Token", ("oauth", "2", "token")),
        ("created_at__gte", ("created", "at", "gte")),
        ("StraßeName", ("straße", "name")),
        ("[]", ()),
    ],
)
def test_a_name_is_split_in_every_style(name, words):
    assert words_of(name) == words


PAIRS = """
    pet pets, company companies, address addresses, status statuses, box boxes, person people, child children,
    index indices, database databases, base bases, case cases, license licenses, response responses, course courses,
    house houses, cause causes, bus buses, virus viruses, size sizes, quiz quizzes, analysis analyses, api apis,
    key keys, day days, movie movies, cache caches, batch batches, photo photos, hero heroes, menu menus, cpu cpus,
    id ids, url urls, archive archives, shelf shelves, branch branches, tax taxes, release releases, alias aliases,
    category categories, sku skus, entry entries, axis axes, criterion criteria, dish dishes, class classes,
    schema schemas, quota quotas, use uses, exercise exercises, purpose purposes, toe toes, lens lenses, epoch epochs
"""


@pytest.mark.parametrize(("one", "many"), [pair.split() for pair in PAIRS.split(",")])
def test_singular_and_plural(one, many):
    assert (singular(many), plural(one)) == (one, many)
    assert (singular(one), plural(many)) == (one, many)


@pytest.mark.parametrize("word", ["data", "media", "series", "news", "metadata", "dns", "sheep", "analytics", "https"])
def test_some_words_have_the_same_singular_and_plural(word):
    assert (singular(word), plural(word)) == (word, word)


@pytest.mark.parametrize("word", ["is", "us", "os", "s"])
def test_two_letters_are_not_a_plural(word):
    assert singular(word) == word


@pytest.mark.parametrize(
    ("a", "b"),
    [("petId", "pet_id"), ("Pets", "pet"), ("user-name", "username"), ("petIDs", "pet_id"), ("Addresses", "address")],
)
def test_names_are_compared_without_style_and_number(a, b):
    assert same(a, b)
    assert stem(a) == stem(b)


@pytest.mark.parametrize(("a", "b"), [("pet", "pat"), ("status", "state"), ("owner_id", "owner"), ("news", "new")])
def test_other_names_differ(a, b):
    assert not same(a, b)
