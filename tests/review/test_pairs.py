"""Each pair of contracts has the expected level in both directions, and an example for what breaks."""

from __future__ import annotations

from datetime import date

import pytest

from locum.review.documents import compare_contracts
from tests.review.pairs import (
    DOCUMENTS,
    LEVELS,
    OPERATIONS,
    SCHEMAS,
    contract,
    operation_document,
    parsed,
    schema_document,
)

TODAY = date(2026, 11, 30)


def worst(changes):
    found = max((change.level for change in changes), default=None)
    return found.label if found is not None else None


def changes_of(before, after, folder):
    return compare_contracts(contract(before, folder, "before"), contract(after, folder, "after"), TODAY)


def is_received(change):
    return "responses" in change.site.part or change.site.part.startswith("2")


@pytest.mark.parametrize("pair", SCHEMAS, ids=lambda pair: pair.name.replace(" ", "_"))
def test_a_change_of_a_schema_has_its_levels(pair, tmp_path):
    before, after = (schema_document(parsed(text), pair) for text in (pair.before, pair.after))

    found = ""
    for one, other in ((before, after), (after, before)):
        changes = changes_of(one, other, tmp_path)
        sent = [change for change in changes if not is_received(change)]
        received = [change for change in changes if is_received(change)]
        found += "".join(letter(worst(some)) for some in (sent, received))
        assert all(change.witness is not None for change in changes if change.level.label == "breaking")

    assert pair.levels == found


def letter(word):
    return next(letter for letter, level in LEVELS.items() if level == word)


@pytest.mark.parametrize("pair", OPERATIONS, ids=lambda pair: pair.name.replace(" ", "_"))
def test_a_change_of_an_operation_has_its_levels(pair, tmp_path):
    before, after = (operation_document(parsed(text), pair) for text in (pair.before, pair.after))

    forth, back = changes_of(before, after, tmp_path), changes_of(after, before, tmp_path)

    assert pair.levels == letter(worst(forth)) + letter(worst(back))
    assert all(change.witness is not None for change in [*forth, *back] if change.level.label == "breaking")


@pytest.mark.parametrize("pair", DOCUMENTS, ids=lambda pair: pair.name.replace(" ", "_"))
def test_a_change_of_a_document_has_its_levels(pair, tmp_path):
    before, after = parsed(pair.before), parsed(pair.after)

    forth, back = changes_of(before, after, tmp_path), changes_of(after, before, tmp_path)

    assert pair.levels == letter(worst(forth)) + letter(worst(back))


def test_there_are_many_pairs():
    assert len(SCHEMAS) + len(OPERATIONS) + len(DOCUMENTS) >= 150


def test_an_alternative_that_accepts_the_same_is_why_there_is_no_example(tmp_path):
    pair = next(pair for pair in SCHEMAS if pair.name == "another type")
    first = "{type: object, required: [a], properties: {a: {type: string}}}"
    before = schema_document(parsed(f"{{anyOf: [{first}, {{type: object}}]}}"), pair)
    after = schema_document(parsed(f"{{anyOf: [{first.replace('required: [a], ', '')}, {{type: object}}]}}"), pair)

    received = [change for change in changes_of(before, after, tmp_path) if is_received(change)]

    assert [change.level.label for change in received] == ["dangerous"]
    assert received[0].note == "No example was found: another alternative accepts the same values."


def test_each_of_two_limits_that_are_set_together_has_an_example_of_its_own(tmp_path):
    pair = next(pair for pair in SCHEMAS if pair.name == "maxLength is set")
    before = schema_document({"type": "string"}, pair)
    after = schema_document({"type": "string", "minLength": 1, "maxLength": 20}, pair)

    changes = [change for change in changes_of(before, after, tmp_path) if change.level.label == "breaking"]

    shown = {change.sentence.split()[0]: change.witness.sentence for change in changes}
    assert "at least 1" in shown["minLength"]
    assert "at most 20" in shown["maxLength"]
