"""The times of schedules, and the runs that they start."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from handlers.people import CALLERS
from handlers.workflows import api
from handlers.workflows.records import Authorization, Run, Workflow
from handlers.workflows.schedules import Schedule, parse_duration
from handlers.workflows.views import get_status
from locum import Invalid
from locum.world.worlds import Worlds
from tests.handlers.test_workflows_world import ACTING, World, node, output

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
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "5", "minutes", "0 minutes", "-1 hour", "5 fortnights", "999999999 weeks", "\u0665 minutes"]
)
def test_any_other_text_is_not_a_duration(text):
    assert parse_duration(text) is None


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
def test_the_next_time_depends_on_the_type(kind, value, expected):
    moment = Schedule(kind, value, START).next_after(START)

    assert moment == (expected and datetime.fromisoformat(expected).replace(tzinfo=UTC))


def test_a_short_month_does_not_change_the_day_of_later_months():
    moments = Schedule("monthly", None, START).between(START, START + timedelta(days=90), 9)

    assert [moment.day for moment in moments] == [28, 31, 30]


def test_an_interval_counts_from_its_anchor():
    moment = Schedule("interval", "1 hour", START).next_after(START + timedelta(minutes=150))

    assert moment == START + timedelta(hours=3)


@pytest.mark.parametrize(("kind", "value"), [("cron", "*/10 * * * *"), ("interval", "10 minutes")])
def test_only_the_latest_of_many_times_are_returned(kind, value):
    moments = Schedule(kind, value, START).between(START, START + timedelta(hours=2), 3)

    assert moments == [START + timedelta(minutes=minutes) for minutes in (100, 110, 120)]


def test_there_is_no_time_after_the_year_9999():
    last = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)

    assert [Schedule(kind, "1 day", last).next_after(last) for kind in ("interval", "daily", "monthly")] == [None] * 3


def test_a_scheduled_workflow_has_the_time_of_its_next_run():
    world = World()
    interval = world.make(SCHEDULED, schedule_type="interval", schedule_value="5 minutes")
    cron = world.make(SCHEDULED, schedule_type="cron", schedule_value="0 4 * * *")

    assert due(world, interval) == "2026-01-01T09:05:01.000000Z"
    assert due(world, cron) == "2026-01-02T04:00:00.000000Z"


def test_a_manual_or_inactive_workflow_has_no_next_run():
    world = World()

    assert due(world, world.make()) is None
    assert due(world, world.make(SCHEDULED, schedule_type="daily", is_active=False)) is None


def test_an_interval_restarts_only_when_the_schedule_changes():
    world = World()
    workflow_id = world.make(SCHEDULED, schedule_type="interval", schedule_value="1 hour")
    world.update_workflow(workflow_id=workflow_id, body={"name": "Other"})
    kept = due(world, workflow_id)
    world.update_workflow(workflow_id=workflow_id, body={"schedule_value": "2 hours"})

    assert kept == "2026-01-01T10:00:01.000000Z"
    assert due(world, workflow_id) == "2026-01-01T11:00:04.000000Z"


def test_deactivating_and_activating_changes_the_next_run():
    world = World()
    workflow_id = world.make(SCHEDULED, schedule_type="daily")
    world.update_workflow(workflow_id=workflow_id, body={"is_active": False})
    off = due(world, workflow_id)
    world.update_workflow(workflow_id=workflow_id, body={"is_active": True})

    assert off is None
    assert due(world, workflow_id) == "2026-01-02T09:00:04.000000Z"


def test_due_runs_appear_when_the_clock_passes_their_time():
    world = World()
    workflow_id = world.make(SCHEDULED, schedule_type="cron", schedule_value="0 * * * *")
    world.clock.advance(timedelta(hours=3))
    runs = world.list_workflow_runs(workflow_id=workflow_id)["data"]

    assert [run["started_at"][11:16] for run in runs] == ["12:00", "11:00", "10:00"]
    assert {run["status"] for run in runs} <= {"completed", "running", "pending"}
    assert due(world, workflow_id) == "2026-01-01T13:00:00.000000Z"


def test_a_due_run_starts_only_once():
    world = World()
    workflow_id = world.make(SCHEDULED, schedule_type="cron", schedule_value="0 * * * *")
    world.clock.advance(timedelta(minutes=61))
    for _ in range(3):
        world.list_workflows()
        world.list_recent_workflow_logs()

    assert world.list_workflow_runs(workflow_id=workflow_id)["meta"]["total"] == 1


def test_a_due_run_does_not_depend_on_the_time_of_the_request():
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


def test_a_jump_of_the_clock_starts_only_the_latest_runs():
    world = World()
    workflow_id = world.make(SCHEDULED, schedule_type="interval", schedule_value="1 minute")
    world.clock.advance(timedelta(days=365))

    assert world.list_workflow_runs(workflow_id=workflow_id)["meta"]["total"] == 25


def test_a_scheduled_run_has_the_trigger_type_scheduled():
    world = World()
    workflow_id = world.make(SCHEDULED, schedule_type="daily")
    world.clock.advance(timedelta(days=1, minutes=1))
    run_id = world.list_workflow_runs(workflow_id=workflow_id)["data"][0]["id"]
    found = output(world.get_workflow_run(run_id=run_id), "n1")

    assert found["trigger_type"] == "scheduled"
    assert found["scheduled_for"] == "2026-01-02T09:00:01Z"


def test_runs_due_before_a_deletion_used_what_was_deleted():
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


class ScheduledWorld(World):
    """A world of a server, which runs due schedules whenever its clock moves."""

    def __init__(self, server_world=None) -> None:
        def authorize(store, clock, _):
            organization = CALLERS[0].organization
            store[Authorization][ACTING] = Authorization(ACTING, organization, CALLERS[0].subject, clock.now)

        self.worlds = Worlds({"workflows": authorize}, events={"workflows": api.events})
        self.server_world = server_world or self.worlds.default

    store = property(lambda self: self.server_world.store)
    clock = property(lambda self: self.server_world.clock)
    new_id = property(lambda self: self.server_world.new_id)

    def schedule(self, kind: str, value: str | None = None, *more, **fields) -> str:
        """Create a scheduled workflow and reschedule the world's events, as a request does."""
        made = self.make(SCHEDULED, *more, schedule_type=kind, schedule_value=value, **fields)
        self.server_world.reschedule()
        return made

    def runs(self, *workflow_ids: str) -> list[Run]:
        """Return the runs in the order of their starts, without a call of a handler."""
        return [run for run in self.store[Run].values() if not workflow_ids or run.workflow_id in workflow_ids]


def days(runs: list[Run]) -> list[str]:
    return [run.started_at.isoformat(timespec="minutes").removesuffix("+00:00") for run in runs]


def test_moving_the_clock_past_a_schedule_starts_runs_and_sets_the_next_one():
    world = ScheduledWorld()
    workflow_id = world.schedule("cron", "30 4 * * *")
    world.server_world.advance(timedelta(days=3))

    assert days(world.runs()) == ["2026-01-02T04:30", "2026-01-03T04:30", "2026-01-04T04:30"]
    assert {run.trigger_type for run in world.runs()} == {"scheduled"}
    assert world.store[Workflow][workflow_id].next_run_at == datetime(2026, 1, 5, 4, 30, tzinfo=UTC)


def test_a_schedule_starts_runs_on_every_utc_day_despite_daylight_saving_time():
    world = ScheduledWorld()
    world.schedule("cron", "30 2 * * *")
    world.server_world.set(datetime(2026, 3, 27, tzinfo=UTC))
    before = len(world.runs())
    world.server_world.set(datetime(2026, 3, 31, tzinfo=UTC))

    assert days(world.runs()[before:]) == [f"2026-03-{day}T02:30" for day in (27, 28, 29, 30)]


def test_a_year_of_a_daily_schedule_has_a_run_for_each_day():
    world = ScheduledWorld()
    workflow_id = world.schedule("daily")
    world.server_world.advance(timedelta(days=365))
    runs = world.runs(workflow_id)

    assert len({run.started_at.date() for run in runs}) == len(runs) == 365
    assert len({run.id for run in runs}) == 365


def test_at_the_same_time_the_workflow_created_first_runs_first():
    world = ScheduledWorld()
    first = world.schedule("cron", "0 12 * * *")
    second = world.schedule("cron", "0 */6 * * *")
    world.update_workflow(workflow_id=first, body={"name": "Touched later"})
    world.server_world.advance(timedelta(hours=10))

    assert [(run.workflow_id, run.started_at.hour) for run in world.runs()] == [(first, 12), (second, 12), (second, 18)]


def test_many_workflows_at_the_same_time_run_in_the_order_of_creation():
    world = ScheduledWorld()
    made = [world.schedule("cron", "0 12 * * *") for _ in range(6)]
    world.server_world.advance(timedelta(hours=5))

    assert [run.workflow_id for run in world.runs()] == made != sorted(made)


def test_runs_missed_in_a_jump_of_the_clock_start_in_the_order_of_their_times():
    world = ScheduledWorld()
    late, early = world.schedule("cron", "0 13 * * *"), world.schedule("cron", "0 12 * * *")
    world.clock.advance(timedelta(hours=5))
    api.events.run_due(world.store, world.clock, world.new_id)

    assert [run.workflow_id for run in world.runs()] == [early, late]


def test_a_workflow_created_later_but_due_earlier_runs_earlier():
    world = ScheduledWorld()
    late = world.schedule("cron", "0 13 * * *")
    early = world.schedule("cron", "0 12 * * *")
    world.server_world.advance(timedelta(hours=5))

    assert [run.workflow_id for run in world.runs()] == [early, late]


def test_an_inactive_workflow_does_not_run_until_it_is_activated():
    world = ScheduledWorld()
    workflow_id = world.schedule("cron", "0 * * * *", is_active=False)
    world.server_world.advance(timedelta(days=1))
    paused = world.runs()
    world.update_workflow(workflow_id=workflow_id, body={"is_active": True})
    world.server_world.reschedule()
    world.server_world.advance(timedelta(hours=1))

    assert paused == []
    assert days(world.runs()) == ["2026-01-02T10:00"]


def test_a_deleted_workflow_does_not_run():
    world = ScheduledWorld()
    workflow_id = world.schedule("cron", "0 * * * *")
    world.delete_workflow(workflow_id=workflow_id)
    world.server_world.advance(timedelta(days=1))

    assert world.runs() == []


def test_a_forked_world_advances_independently_with_the_same_runs():
    world = ScheduledWorld()
    world.schedule("cron", "0 * * * *")
    world.server_world.advance(timedelta(hours=1))
    fork = ScheduledWorld(world.worlds.fork("default", "fork"))
    fork.server_world.advance(timedelta(hours=2))
    alone = days(world.runs()), days(fork.runs())
    world.server_world.advance(timedelta(hours=2))

    assert alone == (["2026-01-01T10:00"], [f"2026-01-01T{hour}:00" for hour in (10, 11, 12)])
    assert world.runs() == fork.runs()


def test_scheduled_runs_progress_with_the_clock():
    world = ScheduledWorld()
    world.schedule("cron", "0 10 * * *", node("n2", "delay", duration="5 minutes"))
    seen = []
    for moment in ("10:00:00", "10:00:02", "10:30:00"):
        world.server_world.set(datetime.fromisoformat(f"2026-01-01T{moment}Z"))
        seen.append(get_status(world.runs()[0], world.clock.now))

    assert seen == ["pending", "running", "completed"]


def test_a_request_that_advances_the_clock_starts_the_due_run():
    world = ScheduledWorld()
    world.schedule("cron", "0 10 * * *")
    world.server_world.set(datetime(2026, 1, 1, 9, 59, 58, tzinfo=UTC))
    found = []
    for _ in range(3):
        world.server_world.tick()
        found.append(len(world.runs()))

    assert found == [0, 1, 1]


def test_small_steps_jumps_and_late_requests_start_the_same_runs():
    ticking, leaping, looking = ScheduledWorld(), ScheduledWorld(), ScheduledWorld()
    for world in (ticking, leaping, looking):
        world.schedule("cron", "*/20 * * * *")
    ticking.clock.walk(timedelta(minutes=7))
    for _ in range(30):
        ticking.server_world.tick()
    leaping.server_world.advance(timedelta(minutes=210))
    looking.clock.advance(timedelta(minutes=210))
    looking.list_workflows()

    assert ticking.runs() == leaping.runs() == looking.runs()
    assert len(leaping.runs()) == 10


def test_too_many_due_runs_are_rejected_and_change_nothing():
    world = ScheduledWorld()
    world.schedule("interval", "1 minute")

    with pytest.raises(Invalid, match="More than 10,000 events are due until then"):
        world.server_world.advance(timedelta(days=3650))
    assert world.runs() == []
    assert world.clock.now == datetime(2026, 1, 1, 9, 0, 1, tzinfo=UTC)


def test_the_seeded_schedules_start_runs():
    world = ScheduledWorld(Worlds({"workflows": api.seed}, events={"workflows": api.events}).default)
    before = len(world.runs())
    world.server_world.advance(timedelta(days=2))

    assert [run.trigger_type for run in world.runs()[before:]].count("scheduled") == 2 + 8
