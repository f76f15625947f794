"""Synchronous workflows, and tests of single nodes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.workflows.records import Run
from locum import Conflict, NotFound
from tests.handlers.test_workflows_world import ACTING, DELE, World, node, visited

SYNC = node("n1", "sync_request_trigger")


def text_node(template: str, node_id: str = "n9"):
    return node(node_id, "text_transform", template=template)


def execute(*nodes, payload=None, **fields):
    world = World()
    return world.execute_synchronous_workflow(workflow_id=world.make(SYNC, *nodes, **fields), body=payload)


def code(call) -> str:
    with pytest.raises(Conflict) as error:
        call()
    return error.value.code


def test_the_response_is_the_last_text_as_an_object():
    template = '{"id": {{ payload.id | json }}, "status": {{ n2.status }}}'

    assert execute(node("n2", "webhook", url="https://example.com"), text_node(template), payload={"id": 'a"b'}) == {
        "id": 'a"b',
        "status": 200,
    }


@pytest.mark.parametrize("text", ["Hello", "[1, 2]", "7", "{oops", ""])
def test_a_text_that_is_not_an_object_is_returned_as_result(text):
    assert execute(text_node(text + "{{ nothing }}")) == {"result": text}


def test_the_last_of_several_texts_is_returned():
    assert execute(text_node("one", "n2"), text_node("{{ n2.text }} two", "n3")) == {"result": "one two"}


def test_a_synchronous_run_has_finished_when_it_is_returned():
    world = World()
    workflow_id = world.make(SYNC, text_node("x"))
    world.execute_synchronous_workflow(workflow_id=workflow_id, body={"a": 1})
    run = next(iter(world.store[Run].values()))
    world.clock.advance(-timedelta(seconds=1))
    seen = world.get_workflow_run(run_id=run.id)

    assert seen["status"] == "completed"
    assert visited(seen) == ["n1", "n9"]
    assert seen["logs"][0]["output"]["payload"] == {"a": 1}
    assert seen["logs"][0]["output"]["trigger_type"] == "sync"


def test_another_trigger_is_rejected():
    world = World()
    workflow_id = world.make()

    assert code(lambda: world.execute_synchronous_workflow(workflow_id=workflow_id)) == "workflow_not_synchronous"


def test_an_inactive_workflow_is_rejected():
    assert code(lambda: execute(text_node("x"), is_active=False)) == "workflow_inactive"


@pytest.mark.parametrize(
    "long", [node("n2", "delay", seconds=1), node("n2", "iterator", items=[1]), node("n2", "form")]
)
def test_long_nodes_are_rejected(long):
    assert code(lambda: execute(long, text_node("x"))) == "workflow_not_synchronous"


def test_a_failing_run_is_rejected_with_its_reason_and_not_stored():
    world = World()
    workflow_id = world.make(SYNC, node("n2", "webhook", url="https://a.fail.example"), text_node("x"))
    with pytest.raises(Conflict, match="503 Service Unavailable") as error:
        world.execute_synchronous_workflow(workflow_id=workflow_id)

    assert error.value.code == "run_failed"
    assert not world.store[Run]


def test_a_synchronous_run_times_out_after_thirty_seconds():
    slow = [node(f"x{place}", "webhook", url="https://a.slow.example") for place in range(2)]

    assert execute(slow[0], text_node("x")) == {"result": "x"}
    assert code(lambda: execute(*slow, text_node("x"))) == "sync_timeout"


def test_a_run_without_a_text_is_rejected():
    assert code(lambda: execute(node("n2", "terminate"))) == "sync_without_result"


def test_too_large_a_payload_is_rejected():
    assert code(lambda: execute(text_node("x"), payload={"a": "x" * 300_000})) == "payload_too_large"


def test_a_synchronous_workflow_of_another_organization_is_not_found():
    world = World()
    workflow_id = world.make(SYNC, text_node("x"))
    with pytest.raises(NotFound):
        world.execute_synchronous_workflow(workflow_id=workflow_id, caller=DELE)


def run_node(component: str, *, world: World | None = None, context=None, authorization_id=None, **data):
    body = {"node": node("n2", component, **data), "context": context, "authorization_id": authorization_id}
    return (world or World()).test_node(body=body)


def test_a_node_is_tested_with_a_context():
    context = {"n1": {"trigger_type": "manual", "run_id": "fl_run_example"}}

    assert run_node("text_transform", template="{{ n1.run_id }}", context=context) == {
        "status": "success",
        "output": {"text": "fl_run_example"},
    }


def test_testing_a_node_stores_nothing():
    world = World()
    run_node("webhook", world=world, url="https://example.com")

    assert not world.store[Run]


def test_a_node_that_fails_alone_is_a_conflict():
    assert code(lambda: run_node("webhook", url="https://a.fail.example")) == "node_failed"
    assert code(lambda: run_node("text_transform", template="{{ vault.NOTHING }}")) == "node_failed"


def test_a_node_with_an_invalid_configuration_is_a_conflict():
    assert code(lambda: run_node("teleport")) == "node_invalid"
    assert code(lambda: run_node("webhook")) == "node_invalid"


def test_a_node_that_calls_the_api_needs_a_usable_authorization():
    call = {"operation": "listSites"}

    assert run_node("altostrat_api", **call, authorization_id=ACTING)["output"]["status"] == 200
    for authorization_id in (None, "auth_nobody", "auth_dele"):
        assert (
            code(lambda given=authorization_id: run_node("altostrat_api", **call, authorization_id=given))
            == "node_failed"
        )


def test_a_node_that_calls_a_workflow_cannot_be_tested_alone():
    world = World()

    assert code(lambda: run_node("trigger_workflow", world=world, workflow_id=world.make())) == "node_failed"


def test_a_delay_is_tested_without_waiting():
    assert run_node("delay", seconds=60)["output"] == {"waited_seconds": 60.0}


def test_a_node_that_nests_too_deeply_is_a_conflict():
    deep: list = []
    for _ in range(900):
        deep = [deep]

    assert code(lambda: run_node("text_transform", template="x", more=deep)) == "node_invalid"
