"""Worlds by name: create, fork, reset, drop, limits, expiry."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

import pytest

from locum import Conflict, Malformed, NotFound, Store, TooMany
from locum.world.worlds import Worlds
from tests.journals import EMPTY


@dataclass(frozen=True)
class Thing:
    id: str


@dataclass(frozen=True)
class Other:
    id: str


def seed(store, clock, new_id):
    thing = Thing(new_id("thing_", 10))
    store[Thing][thing.id] = thing


def full(count):
    """Return a seed of so many records, half of them in a separate table each, as generated records can be."""

    def fill(store, clock, new_id):
        for number in range(count // 2):
            store[Thing][str(number)] = Thing(str(number))
            store.keep(("shop", "/things", (str(number),)), {"only": Thing(str(number))})

    return fill


class Seconds:
    """Seconds under the control of a test."""

    def __init__(self) -> None:
        self.past = 0.0

    def __call__(self) -> float:
        return self.past


def fastest(act, times=20):
    """Return the shortest time that something takes, in milliseconds."""
    spent = []
    for number in range(times):
        start = time.perf_counter()
        act(number)
        spent.append(time.perf_counter() - start)
    return min(spent) * 1000


def test_a_fork_continues_like_its_world():
    worlds = Worlds({"things": seed})
    one = worlds.named("one")
    one.store[Thing]["x"] = Thing("x")
    one.clock.advance(timedelta(days=1))
    one.new_id("", 9)
    two = worlds.fork("one", "two")
    two.store[Thing]["y"] = Thing("y")
    one.store[Thing]["z"] = Thing("z")

    assert two.clock.now == one.clock.now
    assert two.new_id("", 9) == one.new_id("", 9)
    assert [*two.store[Thing]][1:] == ["x", "y"]
    assert [*one.store[Thing]][1:] == ["x", "z"]


def test_tables_with_unknown_keys_are_forked_too():
    store = Store()
    key = ("shop", "/things", ())
    store.keep(key, {"a": 1})
    fork = store.fork()
    fork.table(key)["b"] = 2
    store.table(key)["c"] = 3

    assert (fork.table(key), store.table(key)) == ({"a": 1, "b": 2}, {"a": 1, "c": 3})


def test_a_fork_of_a_fork_shares_unused_tables():
    store = Store()
    store[Thing]["a"] = Thing("a")
    store[Other]["a"] = Other("a")
    fork = store.fork()
    fork[Thing]["b"] = Thing("b")
    further = fork.fork()
    further[Other].clear()

    assert [*further[Thing]] == [*fork[Thing]] == ["a", "b"]
    assert [*store[Thing]] == [*fork[Other]] == ["a"]
    assert not further[Other]


def test_a_dropped_table_is_in_no_fork():
    store = Store()
    store.keep(("a",), {"1": 1})
    store.keep(("b",), {"1": 1})
    fork = store.fork()
    fork.drop(lambda key: key == ("a",))
    again = fork.fork()

    assert again.table(("a",)) is None
    assert store.table(("a",)) == {"1": 1}
    assert [key for key, _ in again.tables()] == [("b",)]


def test_a_replaced_table_hides_the_shared_one():
    store = Store()
    store.keep(("a",), {"1": 1})
    fork = store.fork()
    fork.keep(("a",), {"2": 2})

    assert fork.tables() == [(("a",), {"2": 2})]
    assert fork.fork().table(("a",)) == {"2": 2}
    assert store.table(("a",)) == {"1": 1}


def test_adopted_tables_are_not_shared_for_writing():
    former, present = Store(), Store()
    former[Thing]["a"] = Thing("a")
    present[Thing]["old"] = Thing("old")
    present.take(former, lambda key: key is Thing)
    present[Thing]["b"] = Thing("b")

    assert [*present[Thing]] == ["a", "b"]
    assert [*former[Thing]] == ["a"]


def test_ten_thousand_records_are_forked_and_reset_in_less_than_five_milliseconds():
    worlds = Worlds({"things": full(10_000)})
    worlds.default.store[Thing]["more"] = Thing("more")

    assert fastest(lambda number: worlds.fork("default", str(number))) < 5
    assert fastest(lambda number: worlds.reset(str(number))) < 5
    assert len(worlds.named("3").store[Thing]) == 5_001


def test_only_an_existing_world_can_be_forked_and_only_to_a_new_name():
    worlds = Worlds({})
    worlds.named("one")

    with pytest.raises(NotFound, match="There is no world '"):
        worlds.fork("nobody", "two")
    with pytest.raises(Conflict, match="A world of this name already exists"):
        worlds.fork("default", "one")
    with pytest.raises(Malformed, match="1 to 64 letters"):
        worlds.fork("default", "a/b")
    assert [world.name for world in worlds.all()] == ["default", "one"]


def test_a_world_is_reset_to_the_baseline_with_its_clock_ids_and_journal():
    worlds = Worlds({"things": seed})
    world, fresh = worlds.named("one"), worlds.named("fresh")
    world.store[Thing].clear()
    world.clock.advance(timedelta(days=1))
    world.clock.freeze()
    world.new_id("", 9)
    world.journal.record(EMPTY, 0)
    worlds.reset("one")

    assert worlds.named("one") is world
    assert world.store[Thing] == fresh.store[Thing]
    assert world.clock.describe() == fresh.clock.describe()
    assert world.new_id("", 9) == fresh.new_id("", 9)
    assert not world.journal.entries


def test_the_default_world_is_reset_too():
    worlds = Worlds({"things": seed})
    worlds.default.store[Thing].clear()
    worlds.reset("default")

    assert len(worlds.default.store[Thing]) == 1


def test_a_forked_world_is_reset_to_where_it_was_forked():
    worlds = Worlds({"things": seed})
    worlds.default.store[Thing]["prepared"] = Thing("prepared")
    worlds.fork("default", "test")
    for _ in range(2):
        worlds.named("test").store[Thing].clear()
        worlds.default.store[Thing].clear()
        worlds.reset("test")

        assert "prepared" in worlds.named("test").store[Thing]


def test_only_an_existing_world_can_be_reset():
    with pytest.raises(NotFound):
        Worlds({}).reset("nobody")


def test_a_world_of_another_seed_has_other_ids_and_records_after_a_reset_too():
    worlds = Worlds({"things": seed}, seed=1)
    other, same = worlds.make("other", seed=2), worlds.make("same", seed=1)
    alone = Worlds({"things": seed}, seed=2).default
    ids = [world.new_id("", 9) for world in (other, same, alone, worlds.default)]
    worlds.reset("other")

    assert ids[0] == ids[2] != ids[1] == ids[3]
    assert other.store[Thing] == alone.store[Thing] != worlds.default.store[Thing]
    assert [world.seed for world in worlds.all()] == [1, 2, 1]


def test_a_world_is_created_once():
    worlds = Worlds({})
    worlds.named("one")

    with pytest.raises(Conflict):
        worlds.make("one")
    with pytest.raises(Conflict):
        worlds.make("default", seed=7)


def test_the_default_world_cannot_be_missing():
    worlds = Worlds({"things": seed})
    worlds.default.store[Thing].clear()
    worlds.drop("default")

    assert len(worlds.default.store[Thing]) == 1
    assert worlds.existing("default") is worlds.default


def test_an_unused_world_expires_but_not_the_default_one():
    seconds = Seconds()
    worlds = Worlds({}, idle=60, monotonic=seconds)
    worlds.named("idle")
    worlds.named("busy")
    seconds.past = 59
    worlds.named("busy")
    seconds.past = 61

    assert [world.name for world in worlds.all()] == ["default", "busy"]


def test_expired_worlds_are_removed_before_the_limit_is_an_error():
    seconds = Seconds()
    worlds = Worlds({}, most=3, idle=60, monotonic=seconds)
    worlds.named("one")
    worlds.named("two")
    with pytest.raises(TooMany, match="There are 3 worlds already"):
        worlds.fork("one", "three")
    seconds.past = 61
    worlds.named("two")
    worlds.fork("two", "three")

    assert [world.name for world in worlds.all()] == ["default", "two", "three"]
