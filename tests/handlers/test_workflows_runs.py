"""Runs: start, progress with the clock, list, rerun and resume."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.workflows import execution
from handlers.workflows.records import Run
from locum import Conflict, NotFound
from tests.handlers.test_workflows_world import DELE, World, edge, node, output, visited

TRIGGER = node("n1", "manual_trigger")
CALL = node("n2", "webhook", url="https://example.com/a")
BROKEN = node("n3", "webhook", url="https://api.fail.example/a")


def test_a_run_is_pending_then_running_then_completed():
    world = World()
    workflow_id = world.make(TRIGGER, CALL, node("n3", "delay", seconds=10))
    started = world.execute_workflow(workflow_id=workflow_id)
    statuses = [world.get_workflow_run(run_id=started["id"])["status"] for _ in range(13)]

    assert started["status"] == "pending"
    assert statuses[0] == "running"
    assert statuses[-1] == "completed"
    assert statuses == sorted(statuses, key=["running", "completed"].index)


def test_a_started_run_has_all_its_fields():
    world = World()
    started = world.execute_workflow(workflow_id=world.make())

    assert started.pop("id").startswith("fl_run_")
    assert started == {
        "status": "pending",
        "error_message": None,
        "started_at": "2026-01-01T09:00:02.000000Z",
        "completed_at": None,
        "duration_in_seconds": None,
    }


def test_a_completed_run_has_its_duration():
    run = World().run(node("n2", "delay", duration="10 minutes"))

    assert run["status"] == "completed"
    assert run["error_message"] is None
    assert 601 <= run["duration_in_seconds"] < 602
    assert run["completed_at"].startswith("2026-01-01T09:10:03.")


def test_a_running_run_does_not_show_its_end():
    world = World()
    run_id = world.start(world.make(TRIGGER, node("n2", "delay", duration="1 day"), BROKEN))
    run = world.finished(run_id)

    assert (run["status"], run["completed_at"], run["duration_in_seconds"], run["error_message"]) == (
        "running",
        None,
        None,
        None,
    )
    assert visited(run) == ["n1"]


def test_logs_appear_one_by_one():
    world = World()
    run_id = world.start(world.make(TRIGGER, node("n2", "delay", seconds=5), node("n3", "delay", seconds=5)))
    seen = [len(world.get_workflow_run(run_id=run_id)["logs"]) for _ in range(14)]

    assert seen == sorted(seen)
    assert set(seen) == {0, 1, 2, 3}


def test_a_failing_request_fails_the_run():
    run = World().run(BROKEN, node("n4", "terminate"))

    assert run["status"] == "failed"
    assert run["error_message"] == "Webhook request failed: 503 Service Unavailable"
    assert visited(run) == ["n1", "n3"]
    assert run["logs"][-1]["status"] == "error"
    assert run["completed_at"] is not None


def test_an_inactive_workflow_cannot_be_started():
    world = World()
    workflow_id = world.make(is_active=False)
    with pytest.raises(Conflict) as error:
        world.execute_workflow(workflow_id=workflow_id)

    assert error.value.code == "workflow_inactive"


def test_the_context_is_in_the_triggers_output_and_at_the_top():
    run = World().run(
        node("n2", "text_transform", template="{{ n1.site }} {{ site }} {{ n1.trigger_type }} {{ n1.run_id }}"),
        site="s1",
    )

    assert output(run, "n1") == {
        "site": "s1",
        "run_id": run["id"],
        "trigger_type": "manual",
        "triggered_at": run["started_at"],
    }
    assert output(run, "n2") == {"text": f"s1 s1 manual {run['id']}"}


def test_the_same_world_computes_the_same_run():
    runs = [World().run(CALL, BROKEN) for _ in range(2)]

    assert runs[0] == runs[1]


def test_only_a_single_run_is_returned_with_its_log():
    world = World()
    workflow_id = world.make()
    started = world.execute_workflow(workflow_id=workflow_id)
    listed = world.list_workflow_runs(workflow_id=workflow_id)["data"][0]

    assert "logs" not in started
    assert "logs" not in listed
    assert "logs" in world.get_workflow_run(run_id=started["id"])


def test_a_webhook_starts_its_workflow_with_the_payload():
    world = World()
    workflow_id = world.make(
        node("n1", "webhook_trigger"), node("n2", "text_transform", template="{{ webhook_payload.event }}")
    )
    token = world.get_workflow(workflow_id=workflow_id)["webhook_url"].rsplit("/", 1)[1]
    response = world.trigger_workflow_webhook(webhook_token=token, body={"event": "created"})
    run = world.finished(world.list_workflow_runs(workflow_id=workflow_id)["data"][0]["id"])

    assert response is None
    assert output(run, "n2") == {"text": "created"}
    assert output(run, "n1")["trigger_type"] == "webhook"
    assert output(run, "n1")["webhook_payload"] == {"event": "created"}


def test_a_webhook_accepts_a_request_without_a_body():
    world = World()
    workflow_id = world.make(node("n1", "webhook_trigger"))
    token = world.get_workflow(workflow_id=workflow_id)["webhook_url"].rsplit("/", 1)[1]
    world.trigger_workflow_webhook(webhook_token=token)

    assert world.list_workflow_runs(workflow_id=workflow_id)["meta"]["total"] == 1


def test_an_unknown_webhook_is_not_found_and_an_inactive_one_is_a_conflict():
    world = World()
    workflow_id = world.make(node("n1", "webhook_trigger"), is_active=False)
    token = world.get_workflow(workflow_id=workflow_id)["webhook_url"].rsplit("/", 1)[1]
    with pytest.raises(NotFound):
        world.trigger_workflow_webhook(webhook_token="whsec_" + "0" * 32)
    with pytest.raises(Conflict) as error:
        world.trigger_workflow_webhook(webhook_token=token)

    assert error.value.code == "workflow_inactive"


def test_a_webhook_whose_trigger_was_replaced_is_not_found():
    world = World()
    workflow_id = world.make(node("n1", "webhook_trigger"))
    token = world.get_workflow(workflow_id=workflow_id)["webhook_url"].rsplit("/", 1)[1]
    world.update_workflow(workflow_id=workflow_id, body={"nodes": [TRIGGER], "edges": []})
    with pytest.raises(NotFound):
        world.trigger_workflow_webhook(webhook_token=token)


def test_runs_are_listed_newest_first_fifteen_per_page():
    world = World()
    workflow_id = world.make()
    ids = [world.start(workflow_id) for _ in range(32)]
    first, middle, last = (world.list_workflow_runs(workflow_id=workflow_id, page=page) for page in (1, 2, 3))
    path = f"https://v1.api.altostrat.io/workflows/{workflow_id}/executions"

    assert [run["id"] for page in (first, middle, last) for run in page["data"]] == ids[::-1]
    assert middle["links"] == {
        "first": f"{path}?page=1",
        "last": f"{path}?page=3",
        "prev": f"{path}?page=1",
        "next": f"{path}?page=3",
    }
    assert middle["meta"] == {
        "current_page": 2,
        "from": 16,
        "last_page": 3,
        "path": path,
        "per_page": 15,
        "to": 30,
        "total": 32,
    }
    assert (first["links"]["prev"], last["links"]["next"]) == (None, None)
    assert (last["meta"]["from"], last["meta"]["to"]) == (31, 32)


@pytest.mark.parametrize("page", [1, 2, 10**30])
def test_an_empty_page_has_null_in_from_and_to(page):
    world = World()
    found = world.list_workflow_runs(workflow_id=world.make(), page=page)

    assert found["data"] == []
    assert (found["meta"]["from"], found["meta"]["to"], found["meta"]["last_page"]) == (None, None, 1)
    assert found["links"]["next"] is None


def test_a_rerun_has_the_same_start_data_and_keeps_the_old_run():
    world = World()
    workflow_id = world.make(TRIGGER, BROKEN)
    old = world.finished(world.start(workflow_id, site="s1"))
    response = world.rerun_workflow(run_id=old["id"])
    new = world.finished(response["new_run"]["id"])

    assert response["message"] == "Workflow re-run initiated successfully."
    assert response["new_run"]["status"] == "pending"
    assert new["id"] != old["id"]
    assert output(new, "n1")["site"] == "s1"
    assert world.get_workflow_run(run_id=old["id"]) == old


@pytest.mark.parametrize("last", [node("n2", "delay", duration="1 day"), node("n2", "form")])
def test_an_unfinished_run_cannot_be_rerun(last):
    world = World()
    run_id = world.start(world.make(TRIGGER, last))
    world.clock.advance(timedelta(hours=1))
    with pytest.raises(Conflict) as error:
        world.rerun_workflow(run_id=run_id)

    assert error.value.code == "run_not_finished"


def test_a_run_of_an_inactive_workflow_cannot_be_rerun():
    world = World()
    workflow_id = world.make(TRIGGER, BROKEN)
    old = world.finished(world.start(workflow_id))
    world.update_workflow(workflow_id=workflow_id, body={"is_active": False})
    for call in (
        lambda: world.rerun_workflow(run_id=old["id"]),
        lambda: world.resume_workflow_run(run_id=old["id"], node_id="n1"),
    ):
        with pytest.raises(Conflict) as error:
            call()

        assert error.value.code == "workflow_inactive"


def test_a_failed_run_is_resumed_after_a_node_that_succeeded():
    world = World()
    text = node("n2", "text_transform", template="first {{ site }}")
    late = node("n4", "text_transform", template="{{ n2.text }}, {{ n1.site }}, {{ n1.run_id }}")
    workflow_id = world.make(TRIGGER, text, BROKEN)
    old = world.finished(world.start(workflow_id, site="s1"))
    world.update_workflow(
        workflow_id=workflow_id, body={"nodes": [TRIGGER, text, late], "edges": [edge("n1", "n2"), edge("n2", "n4")]}
    )
    response = world.resume_workflow_run(run_id=old["id"], node_id="n2")
    new = world.finished(response["new_run"]["id"])

    assert response["message"] == "Workflow resumed successfully from node 'n2'."
    assert visited(new) == ["n4"]
    assert output(new, "n4") == {"text": f"first s1, s1, {new['id']}"}
    assert new["status"] == "completed"


def test_a_resumed_run_keeps_to_the_branch_that_was_taken():
    world = World()
    nodes = [TRIGGER, node("n2", "condition", condition="go == 'yes'"), CALL | {"id": "no"}, BROKEN | {"id": "yes"}]
    edges = [edge("n1", "n2"), edge("n2", "no", "false"), edge("n2", "yes", "true")]
    old = world.finished(world.start(world.make(*nodes, edges=edges), go="yes"))
    new = world.finished(world.resume_workflow_run(run_id=old["id"], node_id="n2")["new_run"]["id"])

    assert visited(new) == ["yes"]
    assert new["status"] == "failed"


def test_only_a_failed_run_can_be_resumed():
    world = World()
    run = world.finished(world.start(world.make()))
    with pytest.raises(Conflict) as error:
        world.resume_workflow_run(run_id=run["id"], node_id="n1")

    assert error.value.code == "run_not_resumable"


@pytest.mark.parametrize("node_id", ["n3", "n4"])
def test_a_run_is_resumed_only_from_a_node_that_succeeded(node_id):
    world = World()
    run = world.finished(world.start(world.make(TRIGGER, CALL, BROKEN, node("n4", "terminate"))))
    with pytest.raises(Conflict, match=f"Node '{node_id}' did not succeed") as error:
        world.resume_workflow_run(run_id=run["id"], node_id=node_id)

    assert error.value.code == "run_not_resumable"


def test_an_unknown_node_or_run_is_not_found():
    world = World()
    run = world.finished(world.start(world.make(TRIGGER, BROKEN)))
    for given in ({"run_id": run["id"], "node_id": "nowhere"}, {"run_id": "fl_run_nothing", "node_id": "n1"}):
        with pytest.raises(NotFound):
            world.resume_workflow_run(**given)


def test_a_loop_is_resumed_as_a_whole():
    world = World()
    loop = node("n2", "iterator", items=[1, 2])
    run = world.finished(world.start(world.make(TRIGGER, loop, CALL | {"id": "c"}, BROKEN)))
    with pytest.raises(Conflict, match="inside of the iterator 'n2'"):
        world.resume_workflow_run(run_id=run["id"], node_id="c")
    new = world.finished(world.resume_workflow_run(run_id=run["id"], node_id="n2")["new_run"]["id"])

    assert visited(new) == ["n2", "c", "n3"]


def test_the_organizations_do_not_see_each_others_runs():
    world = World()
    workflow_id = world.make(TRIGGER, BROKEN)
    run = world.finished(world.start(workflow_id))
    for call in (world.get_workflow_run, world.rerun_workflow, world.resume_workflow_run):
        with pytest.raises(NotFound):
            call(run_id=run["id"], node_id="n1", caller=DELE)
    with pytest.raises(NotFound):
        world.list_workflow_runs(workflow_id=workflow_id, caller=DELE)


def test_only_the_latest_runs_are_stored_but_all_are_counted(monkeypatch):
    monkeypatch.setattr(execution, "RUNS_KEPT", 5)
    world = World()
    workflow_id = world.make()
    ids = [world.start(workflow_id) for _ in range(9)]
    world.clock.advance(timedelta(hours=1))

    assert [run["id"] for run in world.list_workflow_runs(workflow_id=workflow_id)["data"]] == ids[:3:-1]
    assert len(world.store[Run]) == 5
    assert world.get_workflow_log_stats(workflow_id=workflow_id)["total_runs"] == 9
    assert world.get_workflow_log_stats(workflow_id=workflow_id)["success_rate"] > 60
    with pytest.raises(NotFound):
        world.get_workflow_run(run_id=ids[0])


def test_the_size_of_the_stored_runs_is_limited(monkeypatch):
    monkeypatch.setattr(execution, "WEIGHT_KEPT", 10_000)
    world = World()
    workflow_id = world.make()
    for _ in range(9):
        world.start(workflow_id, text="x" * 2_000)

    assert 1 <= len(world.store[Run]) < 5


@pytest.mark.parametrize("context", [{"text": "x" * 300_000}, {"list": [0] * 100_000}])
def test_too_much_start_data_is_rejected(context):
    world = World()
    workflow_id = world.make()
    with pytest.raises(Conflict) as error:
        world.start(workflow_id, **context)

    assert error.value.code == "payload_too_large"
    assert not world.store[Run]


def test_too_deep_start_data_is_rejected():
    world = World()
    workflow_id = world.make()
    deep: dict = {}
    for _ in range(900):
        deep = {"a": deep}
    with pytest.raises(Conflict) as error:
        world.start(workflow_id, **deep)

    assert error.value.code == "payload_too_deep"


def test_a_called_workflow_starts_at_the_time_of_the_call_with_its_context():
    world = World()
    callee = world.make(node("n1", "workflow_trigger"), node("n2", "text_transform", template="{{ site }}"))
    caller = world.make(
        TRIGGER,
        node("n2", "delay", duration="10 minutes"),
        node("n3", "trigger_workflow", workflow_id=callee, context={"site": "{{ place }}"}),
    )
    run_id = world.start(caller, place="s1")
    early = world.list_workflow_runs(workflow_id=callee)["data"]
    child_id = output(world.finished(run_id), "n3")["run_id"]
    child = world.get_workflow_run(run_id=child_id)

    assert early == []
    assert child["started_at"] > "2026-01-01T09:10:00"
    assert output(child, "n2") == {"text": "s1"}
    assert output(child, "n1")["trigger_type"] == "workflow"


def test_a_run_that_starts_later_is_not_found():
    world = World()
    callee = world.make(node("n1", "workflow_trigger"))
    caller = world.make(
        TRIGGER, node("n2", "delay", duration="10 minutes"), node("n3", "trigger_workflow", workflow_id=callee)
    )
    world.start(caller)
    future = next(run.id for run in world.store[Run].values() if run.workflow_id == callee)
    with pytest.raises(NotFound):
        world.get_workflow_run(run_id=future)


def test_calling_an_inactive_workflow_fails_the_run():
    world = World()
    callee = world.make(node("n1", "workflow_trigger"), is_active=False)
    run = world.run(node("n2", "trigger_workflow", workflow_id=callee))

    assert run["error_message"] == "The workflow to call is inactive."


def test_one_start_starts_a_limited_number_of_runs():
    world = World()
    leaf = world.make(node("n1", "workflow_trigger"))
    loop = [node("n2", "iterator", items=list(range(20))), node("n3", "trigger_workflow", workflow_id=leaf)]
    middle = world.make(node("n1", "workflow_trigger"), *loop)
    loop[1] = node("n3", "trigger_workflow", workflow_id=middle)
    world.start(world.make(TRIGGER, *loop))

    assert len(world.store[Run]) <= 25


def test_a_deleted_authorization_makes_later_runs_fail():
    world = World()
    workflow_id = world.make()
    world.delete_workflow_authorization(auth_id="auth_01H...")
    run = world.finished(world.start(workflow_id))

    assert run["status"] == "failed"
    assert "authorization" in run["error_message"]
    assert [(entry["node_id"], entry["status"]) for entry in run["logs"]] == [("n1", "error")]


def test_a_resumed_run_ignores_deleted_nodes():
    world = World()
    workflow_id = world.make(TRIGGER, CALL | {"id": "gone"}, CALL, BROKEN)
    old = world.finished(world.start(workflow_id))
    world.update_workflow(
        workflow_id=workflow_id, body={"nodes": [TRIGGER, CALL, BROKEN], "edges": [edge("n1", "n2"), edge("n2", "n3")]}
    )
    new = world.finished(world.resume_workflow_run(run_id=old["id"], node_id="n2")["new_run"]["id"])

    assert visited(new) == ["n3"]
