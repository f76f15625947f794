"""Worlds, clocks, identifiers and stores."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from locum import Clock, Malformed, NewId, Store, TooMany, timestamp
from locum.world.clock import RealClock
from locum.world.worlds import Worlds


@dataclass(frozen=True)
class Thing:
    id: str


def seed(store, clock, new_id):
    thing = Thing(new_id("thing_", 10))
    store[Thing][thing.id] = thing


def test_a_clock_moves_a_second_with_each_tick():
    clock = Clock()
    clock.tick()

    assert timestamp(clock.now) == "2026-01-01T09:00:01Z"


def test_a_clock_can_be_moved():
    clock = Clock()
    clock.advance(timedelta(days=1, microseconds=5))

    assert timestamp(clock.now, "microseconds") == "2026-01-02T09:00:00.000005Z"


def test_a_forked_clock_is_independent():
    clock = Clock()
    fork = clock.fork()
    fork.tick()

    assert fork.seconds - clock.seconds == 1


def test_a_real_clock_follows_the_machine_and_never_goes_back():
    clock = RealClock()
    before = clock.seconds
    clock.advance(timedelta(days=1))
    clock.tick()

    assert clock.seconds >= before + 86_400


def test_a_timestamp_is_utc():
    moment = datetime.fromisoformat("2026-01-01T12:00:00+02:00")

    assert timestamp(moment) == "2026-01-01T10:00:00Z"
    assert timestamp(datetime(2026, 1, 1, tzinfo=UTC), "microseconds").endswith(".000000Z")


def test_the_same_seed_gives_the_same_ids():
    one, other = NewId(7), NewId(7)

    assert [one("a_", 27), one.uuid(), one.ulid(0)] == [other("a_", 27), other.uuid(), other.ulid(0)]


def test_ids_have_the_requested_format():
    new_id = NewId(1)

    assert re.fullmatch("api_key_[0-9A-Za-z]{27}", new_id("api_key_", 27))
    assert re.fullmatch("x[ab]{8}", new_id("x", 8, "ab"))
    assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", new_id.uuid())


def test_a_ulid_begins_with_its_time():
    ulid = NewId(1).ulid(1_469_918_176.385)

    assert re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", ulid)
    assert ulid.startswith("01ARYZ6S41")  # the example of the ULID specification


def test_a_forked_id_generator_continues_equally():
    new_id = NewId(3)
    new_id("", 5)
    fork = new_id.fork()

    assert fork("", 20) == new_id("", 20)


def test_a_fork_of_a_store_is_independent():
    store = Store()
    store[Thing]["a"] = Thing("a")
    fork = store.fork()
    fork[Thing]["b"] = Thing("b")
    del fork[Thing]["a"]

    assert list(store[Thing]) == ["a"]
    assert list(fork[Thing]) == ["b"]


def test_worlds_start_equal_and_are_isolated():
    worlds = Worlds({"things": seed})
    one, other = worlds.named("one"), worlds.named("other")
    same = dict(one.store[Thing]) == dict(other.store[Thing])
    one.store[Thing].clear()
    one.clock.tick()

    assert same
    assert len(other.store[Thing]) == 1
    assert other.clock.seconds < one.clock.seconds
    assert one.new_id("", 9) == other.new_id("", 9)


def test_a_world_is_found_again_by_its_name():
    worlds = Worlds({})

    assert worlds.named("one") is worlds.named("one")
    assert worlds.named("default") is worlds.default


def test_another_seed_creates_other_records():
    one, other = Worlds({"things": seed}, seed=1), Worlds({"things": seed}, seed=2)

    assert list(one.default.store[Thing]) != list(other.default.store[Thing])


def test_a_dropped_world_is_recreated():
    worlds = Worlds({"things": seed})
    worlds.named("one").store[Thing].clear()
    worlds.drop("one")

    assert len(worlds.named("one").store[Thing]) == 1


@pytest.mark.parametrize("name", ["", " ", "a/b", "-a", "x" * 65, "a\n", "ü"])
def test_an_invalid_name_of_a_world_is_rejected(name):
    with pytest.raises(Malformed, match="1 to 64 letters"):
        Worlds({}).named(name)


def test_too_many_worlds_are_an_error():
    worlds = Worlds({}, most=2)
    worlds.named("one")

    with pytest.raises(TooMany, match="There are 2 worlds already"):
        worlds.named("two")
