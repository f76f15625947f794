"""Synchronous workflows, and single nodes tried alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.workflows.records import Run
from locum import Conflict, NotFound
from tests.handlers.test_workflows_world import ACTING, DELE, World, node, visited

SYNC = node("n1", "sync_request_trigger")


def say(template: str, node_id: str = "n9"):
    return node(node_id, "text_transform", template=template)


def answer(*nodes, payload=None, **fields):
    world = World()
    return world.execute_synchronous_workflow(workflow_id=world.make(SYNC, *nodes, **fields), body=payload)


def code(call) -> str:
    with pytest.raises(Conflict) as refusal:
        call()
    return refusal.value.code


def test_the_answer_is_the_last_text_as_an_object():
    template = '{"id": {{ payload.id | json }}, "status": {{ n2.status }}}'

    assert answer(node("n2", "webhook", url="https://example.com"), say(template), payload={"id": 'a"b'}) == {
        "id": 'a"b',
        "status": 200,
    }


@pytest.mark.parametrize("text", ["Hello", "[1, 2]", "7", "{oops", ""])
def test_a_text_that_is_no_object_comes_as_result(text):
    assert answer(say(text + "{{ nothing }}")) == {"result": text}


def test_the_last_of_several_texts_counts():
    assert answer(say("one", "n2"), say("{{ n2.text }} two", "n3")) == {"result": "one two"}


def test_a_synchronous_run_is_over_when_it_is_answered():
    world = World()
    workflow_id = world.make(SYNC, say("x"))
    world.execute_synchronous_workflow(workflow_id=workflow_id, body={"a": 1})
    run = next(iter(world.store[Run].values()))
    world.clock.advance(-timedelta(seconds=1))
    seen = world.get_workflow_run(run_id=run.id)

    assert seen["status"] == "completed"
    assert visited(seen) == ["n1", "n9"]
    assert seen["logs"][0]["output"]["payload"] == {"a": 1}
    assert seen["logs"][0]["output"]["trigger_type"] == "sync"


def test_another_trigger_is_refused():
    world = World()
    workflow_id = world.make()

    assert code(lambda: world.execute_synchronous_workflow(workflow_id=workflow_id)) == "workflow_not_synchronous"


def test_an_inactive_workflow_is_refused():
    assert code(lambda: answer(say("x"), is_active=False)) == "workflow_inactive"


@pytest.mark.parametrize(
    "long", [node("n2", "delay", seconds=1), node("n2", "iterator", items=[1]), node("n2", "form")]
)
def test_long_nodes_are_refused(long):
    assert code(lambda: answer(long, say("x"))) == "workflow_not_synchronous"


def test_a_failing_run_is_refused_with_its_reason_and_not_kept():
    world = World()
    workflow_id = world.make(SYNC, node("n2", "webhook", url="https://a.fail.example"), say("x"))
    with pytest.raises(Conflict, match="503 Service Unavailable") as refusal:
        world.execute_synchronous_workflow(workflow_id=workflow_id)

    assert refusal.value.code == "run_failed"
    assert not world.store[Run]


def test_thirty_seconds_are_the_most():
    slow = [node(f"x{place}", "webhook", url="https://a.slow.example") for place in range(2)]

    assert answer(slow[0], say("x")) == {"result": "x"}
    assert code(lambda: answer(*slow, say("x"))) == "sync_timeout"


def test_without_a_text_there_is_no_answer():
    assert code(lambda: answer(node("n2", "terminate"))) == "sync_without_result"


def test_too_large_a_payload_is_refused():
    assert code(lambda: answer(say("x"), payload={"a": "x" * 300_000})) == "payload_too_large"


def test_a_synchronous_workflow_of_others_is_not_found():
    world = World()
    workflow_id = world.make(SYNC, say("x"))
    with pytest.raises(NotFound):
        world.execute_synchronous_workflow(workflow_id=workflow_id, caller=DELE)


def tried(component: str, *, world: World | None = None, context=None, authorization_id=None, **data):
    body = {"node": node("n2", component, **data), "context": context, "authorization_id": authorization_id}
    return (world or World()).test_node(body=body)


def test_a_node_is_tried_against_a_context():
    context = {"n1": {"trigger_type": "manual", "run_id": "fl_run_example"}}

    assert tried("text_transform", template="{{ n1.run_id }}", context=context) == {
        "status": "success",
        "output": {"text": "fl_run_example"},
    }


def test_trying_a_node_stores_nothing():
    world = World()
    tried("webhook", world=world, url="https://example.com")

    assert not world.store[Run]


def test_a_node_that_fails_alone_is_a_conflict():
    assert code(lambda: tried("webhook", url="https://a.fail.example")) == "node_failed"
    assert code(lambda: tried("text_transform", template="{{ vault.NOTHING }}")) == "node_failed"


def test_a_node_that_is_configured_badly_is_a_conflict():
    assert code(lambda: tried("teleport")) == "node_invalid"
    assert code(lambda: tried("webhook")) == "node_invalid"


def test_a_node_that_acts_needs_a_usable_authorization():
    call = {"operation": "listSites"}

    assert tried("altostrat_api", **call, authorization_id=ACTING)["output"]["status"] == 200
    for authorization_id in (None, "auth_nobody", "auth_dele"):
        assert (
            code(lambda given=authorization_id: tried("altostrat_api", **call, authorization_id=given)) == "node_failed"
        )


def test_a_calling_node_cannot_be_tried_alone():
    world = World()

    assert code(lambda: tried("trigger_workflow", world=world, workflow_id=world.make())) == "node_failed"


def test_a_delay_is_tried_at_once():
    assert tried("delay", seconds=60)["output"] == {"waited_seconds": 60.0}


def test_a_node_that_nests_too_deeply_is_a_conflict():
    deep: list = []
    for _ in range(900):
        deep = [deep]

    assert code(lambda: tried("text_transform", template="x", more=deep)) == "node_invalid"
