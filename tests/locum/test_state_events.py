"""Scheduled events of a world."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from locum import Clock, Events, Invalid
from locum.world.clock import EPOCH
from locum.world.worlds import Worlds
from tests.locum.test_state_clock import Machine

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Alarm:
    """An alarm at a time, repeated after each period."""

    name: str
    at: datetime
    period: timedelta | None = None


@dataclass(frozen=True)
class Ring:
    name: str
    now: datetime
    id: str


def next_due(store):
    return min((alarm.at for alarm in store[Alarm].values()), default=None)


def run_due(store, clock, new_id):
    for alarm in [alarm for alarm in store[Alarm].values() if alarm.at <= clock.now]:
        store[Ring][str(len(store[Ring]))] = Ring(alarm.name, clock.now, new_id("ring_", 4))
        if alarm.period is None:
            del store[Alarm][alarm.name]
        else:
            store[Alarm][alarm.name] = replace(alarm, at=alarm.at + alarm.period)


RINGING = {"alarms": Events(next_due, run_due)}


def worlds_with(*alarms, clock=None, events=RINGING):
    """Return worlds with these alarms."""

    def seed(store, *_):
        store[Alarm].update({alarm.name: alarm for alarm in alarms})

    return Worlds({"alarms": seed}, events=events, clock=clock)


def rings(world):
    return [(ring.name, (ring.now - EPOCH) / HOUR) for ring in world.store[Ring].values()]


def test_due_events_run_in_order_each_at_its_time():
    world = worlds_with(Alarm("late", EPOCH + 3 * HOUR), Alarm("each", EPOCH + 2 * HOUR, 2 * HOUR)).default
    world.advance(timedelta(hours=7))

    assert rings(world) == [("each", 2), ("late", 3), ("each", 4), ("each", 6)]
    assert world.clock.now == EPOCH + 7 * HOUR


def test_an_event_due_exactly_now_runs():
    world = worlds_with(Alarm("a", EPOCH + HOUR)).default
    world.set(EPOCH + HOUR)

    assert rings(world) == [("a", 1)]


def test_due_events_run_before_a_request_is_handled():
    world = worlds_with(Alarm("a", EPOCH + timedelta(seconds=2))).default
    found = []
    for _ in range(3):
        world.tick()
        found.append(len(rings(world)))

    assert found == [0, 1, 1]
    assert world.clock.now == EPOCH + timedelta(seconds=3)


def test_many_steps_equal_one_jump():
    alarms = Alarm("a", EPOCH + timedelta(minutes=7), timedelta(minutes=7)), Alarm("b", EPOCH + HOUR, HOUR)
    worlds = worlds_with(*alarms)
    stepping, leaping = worlds.named("stepping"), worlds.named("leaping")
    stepping.clock.walk(timedelta(minutes=5))
    for _ in range(48):
        stepping.tick()
    leaping.advance(4 * HOUR)

    assert stepping.store[Ring] == leaping.store[Ring]
    assert len(rings(leaping)) == 34 + 4


def test_a_new_event_is_found_after_reschedule():
    world = worlds_with().default
    world.tick()
    world.store[Alarm]["new"] = Alarm("new", EPOCH)
    world.tick()
    asleep = rings(world)
    world.reschedule()
    world.tick()

    assert not asleep
    assert rings(world) == [("new", 0)]


def test_next_due_is_not_called_while_nothing_is_due():
    sent = []

    def counted(store):
        sent.append(1)
        return next_due(store)

    world = Worlds({}, events={"alarms": Events(counted, run_due)}).default
    for _ in range(50):
        world.tick()

    assert len(sent) == 1


def test_a_fork_advances_independently_with_equal_events():
    worlds = worlds_with(Alarm("each", EPOCH + HOUR, HOUR))
    worlds.default.advance(2 * HOUR)
    fork = worlds.fork("default", "fork")
    fork.advance(2 * HOUR)
    before = rings(worlds.default)
    worlds.default.advance(2 * HOUR)

    assert before == [("each", 1), ("each", 2)]
    assert worlds.default.store[Ring] == fork.store[Ring]
    assert len(rings(fork)) == 4


def test_at_the_same_time_events_of_the_first_api_run_first():
    order = []

    def event(name):
        def moment(_):
            return None if name in order else EPOCH + HOUR

        def happen(*_):
            order.append(name)

        return Events(moment, happen)

    world = Worlds({}, events={name: event(name) for name in ("b", "a", "c")}).default
    world.advance(HOUR)

    assert order == ["b", "a", "c"]


def test_too_many_events_are_rejected_and_change_nothing():
    world = worlds_with(Alarm("each", EPOCH + HOUR, timedelta(minutes=1))).default

    with pytest.raises(Invalid, match="More than 10,000 events are due until then, the last of these at 2026-01-08"):
        world.advance(timedelta(days=365))

    assert (rings(world), world.clock.now) == ([], EPOCH)
    world.advance(timedelta(days=6))
    assert len(rings(world)) == 6 * 1440 - 59


def test_a_failing_event_leaves_the_world_unchanged():
    def fail(store, clock, new_id):
        run_due(store, clock, new_id)
        if len(store[Ring]) == 3:
            raise RuntimeError

    world = worlds_with(Alarm("each", EPOCH + HOUR, HOUR), events={"alarms": Events(next_due, fail)}).default
    world.advance(HOUR)
    with pytest.raises(RuntimeError):
        world.advance(5 * HOUR)

    assert rings(world) == [("each", 1)]
    assert world.clock.now == EPOCH + HOUR


def test_a_request_runs_a_limited_number_of_events():
    machine = Machine()
    clock = Clock(machine=machine)
    clock.run(1_000_000)
    world = worlds_with(Alarm("each", EPOCH, timedelta(minutes=1)), clock=clock).default
    machine.wait(1)
    world.tick()

    assert len(rings(world)) == 101
    assert world.clock.now == EPOCH + timedelta(seconds=1_000_000)


def test_time_cannot_be_advanced_backwards():
    world = worlds_with().default

    with pytest.raises(Invalid, match="only advances forward"):
        world.advance(timedelta(seconds=-1))


def test_setting_the_clock_back_undoes_and_repeats_no_events():
    world = worlds_with(Alarm("each", EPOCH + HOUR, HOUR)).default
    world.advance(2 * HOUR)
    world.set(EPOCH)
    world.advance(HOUR)
    back = rings(world)
    world.advance(2 * HOUR)

    assert back == [("each", 1), ("each", 2)]
    assert rings(world) == [("each", 1), ("each", 2), ("each", 3)]


def test_a_frozen_clock_stays_frozen_and_a_running_one_runs_on():
    machine = Machine()
    worlds = worlds_with(Alarm("a", EPOCH + HOUR), clock=Clock(machine=machine))
    frozen, running = worlds.named("frozen"), worlds.named("running")
    frozen.clock.freeze()
    running.clock.run()
    for world in (frozen, running):
        world.advance(HOUR)
    machine.wait(1)
    for world in (frozen, running):
        world.tick()

    assert [world.clock.now - EPOCH - HOUR for world in (frozen, running)] == [timedelta(0), timedelta(seconds=1)]
    assert rings(frozen) == rings(running) == [("a", 1)]


def test_an_invalid_time_of_a_world_is_rejected():
    with pytest.raises(Invalid, match="from 1970"):
        worlds_with().default.set(datetime(1900, 1, 1, tzinfo=UTC))


def test_a_reset_reschedules_the_events():
    worlds = worlds_with(Alarm("a", EPOCH + HOUR))
    for _ in range(2):
        worlds.default.advance(HOUR)

        assert rings(worlds.default) == [("a", 1)]
        worlds.reset("default")
