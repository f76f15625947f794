"""The logs of workflows: full, counted, and the latest entries."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.workflows import logs
from locum import NotFound
from tests.handlers.test_workflows_world import DELE, World, node

TRIGGER = node("n1", "manual_trigger")
BROKEN = node("n2", "webhook", url="https://a.fail.example")


def test_logs_are_sorted_by_time():
    world = World()
    workflow_id = world.make(TRIGGER, node("n2", "delay", seconds=30))
    for _ in range(3):
        world.start(workflow_id)
    world.clock.advance(timedelta(minutes=1))
    moments = [entry["created_at"] for entry in world.list_workflow_logs(workflow_id=workflow_id)]

    assert len(moments) == 6
    assert moments == sorted(moments)


def test_a_log_entry_has_all_its_fields():
    world = World()
    run_id = world.start(world.make(), site="s1")
    entry = world.finished(run_id)["logs"][0]

    assert entry.pop("id").startswith("fl_log_")
    assert entry.pop("created_at").startswith("2026-01-01T09:00:03.")
    assert entry == {
        "node_id": "n1",
        "component_id": "manual_trigger",
        "status": "success",
        "output": {
            "site": "s1",
            "run_id": run_id,
            "trigger_type": "manual",
            "triggered_at": "2026-01-01T09:00:02.000000Z",
        },
    }


def test_entries_appear_when_their_step_has_finished():
    world = World()
    workflow_id = world.make(TRIGGER, node("n2", "delay", duration="1 day"))
    world.start(workflow_id)
    world.clock.advance(timedelta(hours=23))
    early = len(world.list_workflow_logs(workflow_id=workflow_id))
    world.clock.advance(timedelta(hours=2))

    assert (early, len(world.list_workflow_logs(workflow_id=workflow_id))) == (1, 2)


def test_only_the_latest_entries_are_listed(monkeypatch):
    monkeypatch.setattr(logs, "LOGS_LISTED", 3)
    world = World()
    workflow_id = world.make()
    runs = [world.start(workflow_id) for _ in range(4)]
    world.clock.advance(timedelta(hours=1))
    found = world.list_workflow_logs(workflow_id=workflow_id)

    assert len(found) == 3
    assert found[-1] == world.get_workflow_run(run_id=runs[-1])["logs"][-1]


def test_statistics_count_entries_and_runs():
    world = World()
    good, bad = world.make(), world.make(TRIGGER, BROKEN)
    for workflow_id in (good, bad, bad):
        world.start(workflow_id)
    tolerant = world.make(TRIGGER, BROKEN | {"data": BROKEN["data"] | {"continue_on_error": True}})
    world.start(tolerant)
    world.clock.advance(timedelta(hours=1))

    assert world.get_workflow_log_stats(workflow_id=good) == {
        "log_statuses": {"success": 2, "error": 0, "warning": 0},
        "recent_runs": {"completed": 1, "failed": 0},
        "total_runs": 1,
        "success_rate": 100,
    }
    assert world.get_workflow_log_stats(workflow_id=bad)["log_statuses"] == {"success": 2, "error": 2, "warning": 0}
    assert world.get_workflow_log_stats(workflow_id=bad)["recent_runs"] == {"completed": 0, "failed": 2}
    assert world.get_workflow_log_stats(workflow_id=tolerant)["log_statuses"]["warning"] == 1


def test_the_success_rate_is_the_share_of_all_runs():
    world = World()
    workflow_id = world.make(TRIGGER, node("n2", "webhook", url="https://{{ host }}"))
    for host in ("example.com", "example.com", "a.fail.example"):
        world.start(workflow_id, host=host)
    world.clock.advance(timedelta(hours=1))

    assert world.get_workflow_log_stats(workflow_id=workflow_id)["success_rate"] == 66.67


def test_recent_runs_are_those_of_thirty_days():
    world = World()
    workflow_id = world.make()
    world.start(workflow_id)
    world.clock.advance(timedelta(days=31))
    world.start(workflow_id)
    world.clock.advance(timedelta(hours=1))
    stats = world.get_workflow_log_stats(workflow_id=workflow_id)

    assert stats["recent_runs"] == {"completed": 1, "failed": 0}
    assert stats["total_runs"] == 2


def test_a_workflow_that_never_ran_has_empty_statistics():
    world = World()
    stats = world.get_workflow_log_stats(workflow_id=world.make())

    assert (stats["total_runs"], stats["success_rate"]) == (0, 0)


def test_the_latest_entry_of_each_workflow_is_listed_newest_first():
    world = World()
    first, second, _ = world.make(), world.make(TRIGGER, node("n2", "delay", duration="30 minutes")), world.make()
    long_run, short_run = world.start(second), world.start(first)
    world.clock.advance(timedelta(hours=1))
    ends = [world.get_workflow_run(run_id=run_id)["logs"][-1] for run_id in (long_run, short_run)]

    assert world.list_recent_workflow_logs() == ends


def test_the_logs_of_other_organizations_are_not_found():
    world = World()
    workflow_id = world.make()
    world.start(workflow_id)
    world.clock.advance(timedelta(hours=1))

    assert world.list_recent_workflow_logs(caller=DELE) == []
    for call in (world.list_workflow_logs, world.get_workflow_log_stats):
        with pytest.raises(NotFound):
            call(workflow_id=workflow_id, caller=DELE)
