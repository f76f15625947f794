"""The rules of definitions: which workflows can be created, updated and deleted."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from handlers.workflows.records import Authorization, History, Hook, Run, Workflow
from locum import Conflict, NotFound
from tests.handlers.test_workflows_world import ADA, DELE, World, chain, definition, edge, node

TRIGGER = node("n1", "manual_trigger")


def errors(world: World, *nodes, **fields) -> list[str]:
    return world.validate_workflow_definition(body=definition(*nodes, **fields))["errors"]


def test_a_complete_definition_is_valid():
    assert World().validate_workflow_definition(body=definition()) == {"valid": True, "errors": []}


def test_a_definition_needs_a_trigger():
    found = errors(World(), node("n1", "webhook", url="https://example.com"))

    assert found == ["A workflow needs exactly one trigger node; this one has none."]


def test_a_definition_has_only_one_trigger():
    found = errors(World(), TRIGGER, node("n2", "webhook_trigger"))

    assert "A workflow needs exactly one trigger node; this one has 2: 'n1', 'n2'." in found


def test_edges_must_join_existing_nodes():
    found = errors(World(), TRIGGER, edges=[edge("n1", "n2"), edge("n0", "n1")])

    assert "Edge 'n1-n2' points to node 'n2', which does not exist." in found
    assert "Edge 'n0-n1' starts at node 'n0', which does not exist." in found


def test_node_ids_are_unique():
    found = errors(World(), TRIGGER, TRIGGER, edges=[])

    assert "The node id 'n1' is used 2 times; ids must be unique." in found


def test_edge_ids_are_unique():
    twice = [edge("n1", "n2"), edge("n1", "n2")]
    found = errors(World(), TRIGGER, node("n2", "terminate"), edges=twice)

    assert found == ["The edge id 'n1-n2' is used 2 times; ids must be unique."]


def test_every_node_can_be_reached_from_the_trigger():
    found = errors(World(), TRIGGER, node("n2", "terminate"), edges=[])

    assert found == ["Node 'n2' cannot be reached from the trigger."]


def test_a_cycle_is_reported_with_its_nodes():
    nodes = [TRIGGER, *(node(name, "terminate") for name in ("a", "b", "c"))]
    found = errors(World(), *nodes, edges=[edge("n1", "a"), edge("a", "b"), edge("b", "c"), edge("c", "a")])

    assert len(found) == 1
    assert re.search(
        r"form a cycle: '(a' to 'b' to 'c' to 'a|b' to 'c' to 'a' to 'b|c' to 'a' to 'b' to 'c)'", found[0]
    )


def test_a_node_that_leads_to_itself_is_a_cycle():
    found = errors(World(), TRIGGER, node("n2", "terminate"), edges=[edge("n1", "n2"), edge("n2", "n2")])

    assert found == ["The nodes form a cycle: 'n2' to 'n2'."]


def test_a_diamond_is_not_a_cycle():
    nodes = [TRIGGER, *(node(name, "terminate") for name in ("a", "b", "c"))]

    assert errors(World(), *nodes, edges=[edge("n1", "a"), edge("n1", "b"), edge("a", "c"), edge("b", "c")]) == []


def test_a_component_must_exist():
    found = errors(World(), TRIGGER, node("n2", "teleport"))

    assert found == ["Node 'n2' uses the component 'teleport', which does not exist."]


@pytest.mark.parametrize(
    ("component", "name"),
    [
        ("webhook", "url"),
        ("altostrat_api", "operation"),
        ("text_transform", "template"),
        ("delay", "duration"),
        ("iterator", "items"),
        ("condition", "condition"),
        ("trigger_workflow", "workflow_id"),
        ("data_mapper", "mapping"),
        ("json_parser", "input"),
        ("date_transform", "input"),
        ("array_filter", "items"),
        ("smtp", "to"),
        ("ssh", "host"),
        ("soap", "url"),
    ],
)
def test_a_component_requires_its_configuration(component, name):
    found = errors(World(), TRIGGER, node("n2", component))

    assert found[0].startswith(f"Node 'n2' ({component}) needs '{name}': ")


@pytest.mark.parametrize(
    ("component", "data"),
    [("webhook", {"url": 7}), ("delay", {"duration": "soon"}), ("delay", {"seconds": -1}), ("iterator", {"items": 3})],
)
def test_a_configuration_must_be_valid(component, data):
    found = errors(World(), TRIGGER, node("n2", component, **data))

    assert len(found) == 1
    assert f"Node 'n2' ({component}) cannot use its '{next(iter(data))}': it must be " in found[0]


def test_all_violations_are_reported_at_once():
    found = errors(World(), node("a", "teleport"), node("b", "webhook"), schedule_type="cron")

    assert len(found) == 4


@pytest.mark.parametrize(
    ("kind", "value"),
    [("interval", None), ("interval", ""), ("interval", "often"), ("interval", "0 minutes"), ("cron", None)]
    + [("cron", value) for value in ("daily", "* * * *", "61 * * * *", "0 0 31 2 *", "H * * * *", "* * * * * *")],
)
def test_an_invalid_schedule_is_reported(kind, value):
    assert len(errors(World(), schedule_type=kind, schedule_value=value)) == 1


@pytest.mark.parametrize(
    ("kind", "value"),
    [("interval", "5 minutes"), ("interval", "1 hour"), ("cron", "0 4 * * *"), ("cron", "@daily"), ("daily", None)],
)
def test_a_valid_schedule_is_accepted(kind, value):
    assert errors(World(), schedule_type=kind, schedule_value=value) == []


def test_a_scheduled_trigger_needs_a_schedule():
    assert len(errors(World(), node("n1", "scheduled_trigger"))) == 1
    assert errors(World(), node("n1", "scheduled_trigger"), schedule_type="daily") == []


def test_an_invalid_definition_is_rejected_with_all_violations_and_not_stored():
    world = World()
    with pytest.raises(Conflict) as error:
        world.make(node("a", "teleport"))

    assert error.value.code == "workflow_invalid"
    assert "needs exactly one trigger" in error.value.message
    assert "'teleport'" in error.value.message
    assert not world.store[Workflow]


def test_an_invalid_update_is_rejected_and_changes_nothing():
    world = World()
    workflow_id = world.make()
    before = world.store[Workflow][workflow_id]
    with pytest.raises(Conflict, match="n9") as error:
        world.update_workflow(workflow_id=workflow_id, body={"name": "New", "edges": [edge("n1", "n9")]})

    assert error.value.code == "workflow_invalid"
    assert world.store[Workflow][workflow_id] == before


def test_an_unknown_authorization_is_rejected():
    world = World()
    for call in (
        lambda: world.make(authorization_id="auth_nobody"),
        lambda: world.make(authorization_id="auth_dele"),
        lambda: world.update_workflow(workflow_id=world.make(), body={"authorization_id": "auth_nobody"}),
    ):
        with pytest.raises(Conflict) as error:
            call()

        assert error.value.code == "authorization_unusable"


def test_a_new_workflow_has_all_its_fields():
    world = World()
    created = world.create_workflow(body=definition(description="What for"))

    assert created.pop("id").startswith("fl_")
    assert created == {
        "name": "Some workflow",
        "description": "What for",
        "schedule_type": "manual",
        "schedule_value": None,
        "next_run_at": None,
        "is_active": True,
        "webhook_url": None,
        "created_at": "2026-01-01T09:00:01.000000Z",
        "updated_at": "2026-01-01T09:00:01.000000Z",
        "nodes": definition()["nodes"],
        "edges": definition()["edges"],
    }


def test_only_a_single_workflow_is_returned_with_its_graph():
    world = World()
    workflow_id = world.make()

    assert world.get_workflow(workflow_id=workflow_id)["nodes"] == definition()["nodes"]
    assert not {"nodes", "edges"} & world.list_workflows()[0].keys()


def test_an_update_changes_only_the_given_fields():
    world = World()
    workflow_id = world.make(description="Stays")
    before = world.get_workflow(workflow_id=workflow_id)
    after = world.update_workflow(workflow_id=workflow_id, body={"name": "New", "is_active": False})

    assert after == {**before, "name": "New", "is_active": False, "updated_at": "2026-01-01T09:00:03.000000Z"}


def test_an_update_may_replace_the_graph_and_clear_what_is_nullable():
    world = World()
    workflow_id = world.make(description="Goes")
    graph = chain(TRIGGER, node("n2", "terminate"))
    after = world.update_workflow(workflow_id=workflow_id, body={**graph, "description": None})

    assert after["nodes"] == graph["nodes"]
    assert after["description"] is None


def test_an_empty_update_is_accepted():
    world = World()
    workflow_id = world.make()

    assert world.update_workflow(workflow_id=workflow_id, body={})["name"] == "Some workflow"


def test_a_webhook_url_is_created_on_save_and_kept():
    world = World()
    workflow_id = world.make(node("n1", "webhook_trigger"))
    address = world.get_workflow(workflow_id=workflow_id)["webhook_url"]
    world.update_workflow(workflow_id=workflow_id, body=chain(TRIGGER))
    without = world.get_workflow(workflow_id=workflow_id)["webhook_url"]
    again = world.update_workflow(workflow_id=workflow_id, body=chain(node("n1", "webhook_trigger")))["webhook_url"]

    assert re.fullmatch(r"https://v1\.api\.altostrat\.io/workflows/webhooks/whsec_[0-9a-z]{32}", address)
    assert without is None
    assert again == address


def test_deleting_a_workflow_deletes_its_runs_and_its_webhook():
    world = World()
    workflow_id = world.make(node("n1", "webhook_trigger"))
    run_id = world.start(workflow_id)
    world.delete_workflow(workflow_id=workflow_id)

    assert not any(world.store[table] for table in (Workflow, Run, History, Hook))
    for call in (
        lambda: world.get_workflow(workflow_id=workflow_id),
        lambda: world.delete_workflow(workflow_id=workflow_id),
        lambda: world.get_workflow_run(run_id=run_id),
        lambda: world.list_workflow_logs(workflow_id=workflow_id),
    ):
        with pytest.raises(NotFound):
            call()


def test_a_workflow_that_another_calls_cannot_be_deleted():
    world = World()
    callee = world.make(node("n1", "workflow_trigger"))
    caller = world.make(TRIGGER, node("n2", "trigger_workflow", workflow_id=callee), name="The caller")
    with pytest.raises(Conflict, match="The caller") as error:
        world.delete_workflow(workflow_id=callee)

    assert error.value.code == "workflow_in_use"
    assert caller in error.value.message
    world.delete_workflow(workflow_id=caller)
    world.delete_workflow(workflow_id=callee)


def test_a_called_workflow_must_exist_in_the_organization():
    world = World()
    theirs = world.make(caller=DELE)
    for workflow_id in ("fl_nothing", theirs):
        found = errors(world, TRIGGER, node("n2", "trigger_workflow", workflow_id=workflow_id))

        assert found == ["Node 'n2' calls a workflow that does not exist."]


def test_workflows_cannot_call_each_other_in_a_circle():
    world = World()
    first = world.make(node("n1", "workflow_trigger"))
    second = world.make(node("n1", "workflow_trigger"), node("n2", "trigger_workflow", workflow_id=first))
    third = world.make(node("n1", "workflow_trigger"), node("n2", "trigger_workflow", workflow_id=second))
    for target in (first, second, third):
        back = chain(node("n1", "workflow_trigger"), node("n2", "trigger_workflow", workflow_id=target))
        with pytest.raises(Conflict, match="circular"):
            world.update_workflow(workflow_id=first, body=back)


def test_too_large_a_definition_is_rejected():
    nodes = [TRIGGER, *(node(f"x{place}", "terminate") for place in range(500))]

    assert errors(World(), *nodes) == ["A workflow can have 500 nodes and 2,000 edges."]


def test_too_deep_a_definition_is_rejected():
    deep: list = []
    for _ in range(900):
        deep = [deep]

    assert errors(World(), node("n1", "manual_trigger", x=deep)) == ["The nodes and edges can nest 64 levels deep."]


def test_a_workflow_of_another_organization_is_not_found():
    world = World()
    workflow_id = world.make()
    for call in (world.get_workflow, world.delete_workflow, world.update_workflow, world.execute_workflow):
        with pytest.raises(NotFound):
            call(workflow_id=workflow_id, body={}, caller=DELE)

    assert world.list_workflows(caller=DELE) == []
    assert len(world.list_workflows(caller=ADA)) == 1


def test_names_in_messages_are_clipped_and_printable():
    found = errors(World(), TRIGGER, node("n2\n" + "x" * 5_000, "teleport\u0000"))

    assert len(found[0]) < 300
    assert found[0].isprintable()


def test_validation_ignores_the_authorization():
    assert errors(World(), authorization_id="auth_nobody") == []


def test_a_call_without_a_cycle_is_accepted():
    world = World()
    leaf = world.make(node("n1", "workflow_trigger"))
    middle = world.make(node("n1", "workflow_trigger"), node("n2", "trigger_workflow", workflow_id=leaf))
    top = world.make(TRIGGER)
    graph = chain(
        TRIGGER, node("n2", "trigger_workflow", workflow_id=middle), node("n3", "trigger_workflow", workflow_id=leaf)
    )

    assert world.update_workflow(workflow_id=top, body=graph)["nodes"] == graph["nodes"]


def test_an_inactive_authorization_is_rejected():
    world = World()
    workflow_id = world.make()
    authorization = world.store[Authorization]["auth_01H..."]
    world.store[Authorization]["auth_01H..."] = replace(authorization, status="revoked")
    with pytest.raises(Conflict):
        world.make()

    assert "no longer active" in world.finished(world.start(workflow_id))["error_message"]
