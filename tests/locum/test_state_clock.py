"""A world's clock in its three modes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from locum import Clock, Invalid
from locum.world.clock import END, EPOCH, FROZEN, RUNNING, STEPPING, Reading, RealClock

SECOND = timedelta(seconds=1)
LATER = datetime(2026, 3, 1, tzinfo=UTC)


class Machine:
    """A machine's clock under the control of a test."""

    def __init__(self, start: datetime = datetime(2030, 1, 1, tzinfo=UTC)) -> None:
        self.nanoseconds = int(start.timestamp()) * 1_000_000_000

    def __call__(self) -> int:
        return self.nanoseconds

    def wait(self, seconds: float) -> None:
        self.nanoseconds += int(seconds * 1_000_000_000)


def test_a_new_clock_steps_a_second_for_each_request():
    clock = Clock()

    assert clock.describe() == Reading(STEPPING, EPOCH, SECOND, 1.0)


def test_a_step_can_be_another_or_zero():
    clock = Clock()
    clock.walk(timedelta(minutes=5))
    clock.tick()
    five = clock.now
    clock.walk(timedelta(0))
    clock.tick()

    assert five == clock.now == EPOCH + timedelta(minutes=5)
    assert clock.describe().mode == STEPPING


@pytest.mark.parametrize("step", [timedelta(seconds=-1), timedelta(days=2)])
def test_a_negative_step_or_one_of_more_than_a_day_is_rejected(step):
    with pytest.raises(Invalid, match="must be from 0 to one day"):
        Clock().walk(step)


def test_a_frozen_clock_moves_only_when_set():
    clock = Clock()
    clock.freeze()
    clock.tick()
    still = clock.now
    clock.advance(timedelta(hours=1))
    clock.tick()

    assert still == EPOCH
    assert clock.describe() == Reading(FROZEN, EPOCH + timedelta(hours=1), SECOND, 1.0)


def test_a_clock_resumes_in_the_mode_in_which_it_was_frozen():
    machine = Machine()
    clocks = [Clock(machine=machine), Clock(machine=machine)]
    clocks[1].run(2)
    for clock in clocks:
        clock.freeze()
    machine.wait(60)
    for clock in clocks:
        clock.resume()
    machine.wait(10)
    for clock in clocks:
        clock.tick()

    assert [clock.now - EPOCH for clock in clocks] == [SECOND, 20 * SECOND]
    assert [clock.describe().mode for clock in clocks] == [STEPPING, RUNNING]


def test_a_running_clock_continues_at_its_rate():
    machine = Machine()
    clock = Clock(machine=machine)
    clock.run(60)
    machine.wait(2.5)
    clock.tick()

    assert clock.describe() == Reading(RUNNING, EPOCH + timedelta(seconds=150), SECOND, 60.0, RUNNING)


def test_a_running_clock_stands_still_during_a_request():
    machine = Machine()
    clock = Clock(machine=machine)
    clock.run()
    clock.tick()
    machine.wait(5)

    assert clock.now == EPOCH


def test_describing_a_running_clock_returns_the_current_time():
    machine = Machine()
    clock = Clock(machine=machine)
    clock.run()
    machine.wait(5)

    assert clock.describe().now == EPOCH + timedelta(seconds=5)


def test_a_running_clock_continues_from_a_new_time():
    machine = Machine()
    clock = Clock(machine=machine)
    clock.run(10)
    machine.wait(1)
    clock.advance(timedelta(days=1))
    machine.wait(1)
    clock.tick()
    advanced = clock.now
    clock.set(LATER)
    machine.wait(1)
    clock.tick()

    assert advanced == EPOCH + timedelta(days=1, seconds=20)
    assert clock.now == LATER + timedelta(seconds=10)


def test_a_running_clock_never_goes_back_with_the_machine():
    machine = Machine()
    clock = Clock(machine=machine)
    clock.run()
    machine.wait(5)
    clock.tick()
    machine.wait(-3)
    clock.tick()

    assert clock.now == EPOCH + timedelta(seconds=5)


def test_a_running_clock_stops_at_the_maximum_time():
    machine = Machine()
    clock = Clock(machine=machine)
    clock.run(1_000_000)
    machine.wait(86_400 * 30)
    clock.tick()

    assert clock.micros == END


@pytest.mark.parametrize("rate", [0, -1, 1_000_001, float("nan"), float("inf")])
def test_an_invalid_rate_is_rejected(rate):
    with pytest.raises(Invalid, match="rate of a clock must be above 0"):
        Clock().run(rate)


def test_a_real_clock_starts_with_the_machines_time():
    machine = Machine(LATER)
    clock = RealClock(machine=machine)
    machine.wait(7)
    clock.tick()

    assert clock.now == LATER + timedelta(seconds=7)


def test_a_clock_can_be_set_to_any_time_in_any_zone():
    clock = Clock()
    clock.set(datetime(2001, 2, 3, 5, 0, tzinfo=timezone(timedelta(hours=2))))

    assert clock.now == datetime(2001, 2, 3, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize("moment", [datetime(1969, 12, 31, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)])
def test_an_invalid_time_is_rejected(moment):
    clock = Clock()

    with pytest.raises(Invalid, match="from 1970 to the year 8999"):
        clock.set(moment)

    assert clock.now == EPOCH


def test_a_time_without_an_offset_is_rejected():
    with pytest.raises(Invalid, match="offset from UTC"):
        Clock().set(datetime(2026, 1, 1))  # noqa: DTZ001 (that is what is refused)


@pytest.mark.parametrize("by", [timedelta(days=2_600_000), timedelta.max, timedelta.min])
def test_advancing_beyond_the_maximum_time_is_rejected(by):
    with pytest.raises(Invalid, match="from 1970 to the year 8999"):
        Clock().advance(by)


def test_a_fork_of_a_clock_keeps_its_mode():
    machine = Machine()
    clock = Clock(machine=machine)
    clock.run(3)
    fork = clock.fork()
    clock.freeze()
    machine.wait(1)
    fork.tick()

    assert fork.describe() == Reading(RUNNING, EPOCH + 3 * SECOND, SECOND, 3.0, RUNNING)
    assert clock.now == EPOCH
