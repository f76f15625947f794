"""Differences between two snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from locum.world.differences import ADDED, CHANGED, REMOVED, RecordChange, difference
from locum.world.snapshots import snapshot
from locum.world.worlds import Worlds

NAME = f"{__name__}.Thing"


@dataclass(frozen=True)
class Thing:
    value: Any


def compare(old, new):
    """Return the differences between worlds with these records."""
    worlds = Worlds({})
    sides = []
    for name, things in (("old", old), ("new", new)):
        worlds.named(name).store[Thing].update({key: Thing(value) for key, value in things.items()})
        sides.append(snapshot(worlds.named(name)))
    return difference(*sides)


def test_equal_snapshots_have_no_differences():
    assert compare({"a": {"b": [1, None]}}, {"a": {"b": [1, None]}}) == []


def test_time_and_new_ids_are_not_differences():
    worlds = Worlds({})
    before = snapshot(worlds.default)
    worlds.default.tick()
    worlds.default.new_id("", 9)

    assert difference(before, snapshot(worlds.default)) == []


def test_records_are_added_removed_and_changed():
    assert compare({"a": 1, "b": 1}, {"b": 2, "c": 3}) == [
        RecordChange(REMOVED, NAME, "a", "", {"value": 1}, None),
        RecordChange(CHANGED, NAME, "b", "/value", 1, 2),
        RecordChange(ADDED, NAME, "c", "", None, {"value": 3}),
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"x/y": 1}, {"x/y": 2}, [(CHANGED, "/value/x~1y", 1, 2)]),
        ({"x": 1}, {"z": 1}, [(REMOVED, "/value/x", 1, None), (ADDED, "/value/z", None, 1)]),
        ({"x": None}, {}, [(REMOVED, "/value/x", None, None)]),
        ([1, 2], [1, 3], [(CHANGED, "/value/1", 2, 3)]),
        ([1, 2], [1], [(CHANGED, "/value", [1, 2], [1])]),
        ([{"a": [1]}], [{"a": [2]}], [(CHANGED, "/value/0/a/0", 1, 2)]),
        (1, True, [(CHANGED, "/value", 1, True)]),
        (0, None, [(CHANGED, "/value", 0, None)]),
        ({"a": 1}, [1], [(CHANGED, "/value", {"a": 1}, [1])]),
    ],
)
def test_a_change_has_its_location_in_the_record(old, new, expected):
    changes = compare({"k": old}, {"k": new})

    assert [(change.kind, change.path, change.before, change.after) for change in changes] == expected


def test_the_order_of_members_is_not_a_difference():
    assert compare({"k": {"a": 1, "b": 2}}, {"k": {"b": 2, "a": 1}}) == []


def test_tables_under_other_keys_than_collections_are_compared_too():
    worlds = Worlds({})
    worlds.default.store.keep("notes", {"a": 1})
    before = snapshot(worlds.default)
    worlds.default.store.keep("notes", {"a": 2})

    assert difference(before, snapshot(worlds.default)) == [RecordChange(CHANGED, '"notes"', "a", "", 1, 2)]


def test_responses_stored_under_idempotency_keys_are_not_records():
    worlds = Worlds({})
    before = snapshot(worlds.default)
    worlds.default.store.keep(("pets", "answers of", "createPet"), {"key": ("digest", 1)})

    assert difference(before, snapshot(worlds.default)) == []
