"""When schedules fire, and the runs that they start."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from handlers.workflows.schedules import Schedule, duration
from tests.handlers.test_workflows_world import World, node, output

START = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
SCHEDULED = node("n1", "scheduled_trigger")


def due(world: World, workflow_id: str) -> str | None:
    return world.get_workflow(workflow_id=workflow_id)["next_run_at"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5 minutes", 300),
        ("1 hour", 3_600),
        ("90s", 90),
        ("2 Days", 172_800),
        (" 1 week ", 604_800),
        ("1.5 hours", 5_400),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text, seconds):
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "5", "minutes", "0 minutes", "-1 hour", "5 fortnights", "999999999 weeks", "\u0665 minutes"]
)
def test_anything_else_is_no_duration(text):
    assert duration(text) is None


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("manual", None, None),
        ("interval", "5 minutes", "2026-01-31T09:05:00"),
        ("cron", "0 4 * * *", "2026-02-01T04:00:00"),
        ("cron", "0 9 * * *", "2026-02-01T09:00:00"),
        ("daily", None, "2026-02-01T09:00:00"),
        ("weekly", None, "2026-02-07T09:00:00"),
        ("monthly", None, "2026-02-28T09:00:00"),
    ],
)
def test_the_next_moment_follows_from_the_kind(kind, value, expected):
    moment = Schedule(kind, value, START).next_after(START)

    assert moment == (expected and datetime.fromisoformat(expected).replace(tzinfo=UTC))


def test_a_month_too_short_does_not_change_the_day_for_good():
    moments = Schedule("monthly", None, START).between(START, START + timedelta(days=90), 9)

    assert [moment.day for moment in moments] == [28, 31, 30]


def test_an_interval_counts_from_its_anchor():
    moment = Schedule("interval", "1 hour", START).next_after(START + timedelta(minutes=150))

    assert moment == START + timedelta(hours=3)


@pytest.mark.parametrize(("kind", "value"), [("cron", "*/10 * * * *"), ("interval", "10 minutes")])
def test_only_the_latest_of_many_moments_are_given(kind, value):
    moments = Schedule(kind, value, START).between(START, START + timedelta(hours=2), 3)

    assert moments == [START + timedelta(minutes=minutes) for minutes in (100, 110, 120)]


def test_the_end_of_time_is_no_moment():
    last = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)

    assert [Schedule(kind, "1 day", last).next_after(last) for kind in ("interval", "daily", "monthly")] == [None] * 3


def test_a_scheduled_workflow_says_when_it_runs_next():
    world = World()
    interval = world.make(SCHEDULED, schedule_type="interval", schedule_value="5 minutes")
    cron = world.make(SCHEDULED, schedule_type="cron", schedule_value="0 4 * * *")

    assert due(world, interval) == "2026-01-01T09:05:01.000000Z"
    assert due(world, cron) == "2026-01-02T04:00:00.000000Z"


def test_a_manual_or_inactive_workflow_has_no_next_run():
    world = World()

    assert due(world, world.make()) is None
    assert due(world, world.make(SCHEDULED, schedule_type="daily", is_active=False)) is None


def test_an_interval_starts_anew_when_the_schedule_changes_and_only_then():
    world = World()
    workflow_id = world.make(SCHEDULED, schedule_type="interval", schedule_value="1 hour")
    world.update_workflow(workflow_id=workflow_id, body={"name": "Other"})
    kept = due(world, workflow_id)
    world.update_workflow(workflow_id=workflow_id, body={"schedule_value": "2 hours"})

    assert kept == "2026-01-01T10:00:01.000000Z"
    assert due(world, workflow_id) == "2026-01-01T11:00:04.000000Z"


def test_switching_off_and_on_moves_the_next_run():
    world = World()
    workflow_id = world.make(SCHEDULED, schedule_type="daily")
    world.update_workflow(workflow_id=workflow_id, body={"is_active": False})
    off = due(world, workflow_id)
    world.update_workflow(workflow_id=workflow_id, body={"is_active": True})

    assert off is None
    assert due(world, workflow_id) == "2026-01-02T09:00:04.000000Z"


def test_due_runs_appear_when_the_clock_has_passed_them():
    world = World()
    workflow_id = world.make(SCHEDULED, schedule_type="cron", schedule_value="0 * * * *")
    world.clock.advance(timedelta(hours=3))
    runs = world.list_workflow_runs(workflow_id=workflow_id)["data"]

    assert [run["started_at"][11:16] for run in runs] == ["12:00", "11:00", "10:00"]
    assert {run["status"] for run in runs} <= {"completed", "running", "pending"}
    assert due(world, workflow_id) == "2026-01-01T13:00:00.000000Z"


def test_a_due_run_starts_once_only():
    world = World()
    workflow_id = world.make(SCHEDULED, schedule_type="cron", schedule_value="0 * * * *")
    world.clock.advance(timedelta(minutes=61))
    for _ in range(3):
        world.list_workflows()
        world.list_recent_workflow_logs()

    assert world.list_workflow_runs(workflow_id=workflow_id)["meta"]["total"] == 1


def test_a_due_run_does_not_depend_on_when_one_looks():
    early, late = World(), World()
    ids = []
    for world in (early, late):
        workflow_id = world.make(SCHEDULED, schedule_type="cron", schedule_value="0 * * * *")
        for _ in range(4):
            world.clock.advance(timedelta(minutes=45))
            if world is early:
                world.list_workflow_runs(workflow_id=workflow_id)
        ids.append([run["id"] for run in world.list_workflow_runs(workflow_id=workflow_id)["data"]])

    assert ids[0] == ids[1]
    assert len(ids[0]) == 3


def test_a_leap_of_the_clock_starts_only_the_latest_runs():
    world = World()
    workflow_id = world.make(SCHEDULED, schedule_type="interval", schedule_value="1 minute")
    world.clock.advance(timedelta(days=365))

    assert world.list_workflow_runs(workflow_id=workflow_id)["meta"]["total"] == 25


def test_a_scheduled_run_says_so():
    world = World()
    workflow_id = world.make(SCHEDULED, schedule_type="daily")
    world.clock.advance(timedelta(days=1, minutes=1))
    run_id = world.list_workflow_runs(workflow_id=workflow_id)["data"][0]["id"]
    found = output(world.get_workflow_run(run_id=run_id), "n1")

    assert found["trigger_type"] == "scheduled"
    assert found["scheduled_for"] == "2026-01-02T09:00:01Z"


def test_what_was_due_before_a_deletion_still_ran_with_what_was_deleted():
    world = World()
    item = world.secret("TOKEN")
    call = node("n2", "webhook", url="https://example.com", body="{{ vault.TOKEN }}")
    workflow_id = world.make(SCHEDULED, call, schedule_type="daily")
    world.clock.advance(timedelta(days=1))
    world.delete_vault_item(vault_id=item)
    world.clock.advance(timedelta(days=1))
    runs = world.list_workflow_runs(workflow_id=workflow_id)["data"]
    world.clock.advance(timedelta(minutes=1))
    statuses = [world.get_workflow_run(run_id=run["id"])["status"] for run in runs]

    assert statuses == ["failed", "completed"]
