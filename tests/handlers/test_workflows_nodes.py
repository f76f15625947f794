"""Nodes in a run: order, branches, loops, errors, and each component."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.workflows.components import COMPONENTS
from tests.handlers.test_workflows_world import World, edge, node, output, visited

TRIGGER = node("n1", "manual_trigger")
CALL = node("n2", "webhook", url="https://example.com/a")
BROKEN = node("n2", "webhook", url="https://api.fail.example/a")


def text_node(node_id: str, template: str = "x", **data):
    return node(node_id, "text_transform", template=template, **data)


def one(component: str, **data):
    """Return the output of a node with this component, or the error message of the run."""
    context = data.pop("context", {})
    run = World().run(node("n2", component, **data), **context)
    return output(run, "n2") if run["status"] == "completed" else run["error_message"]


def test_every_component_has_an_action():
    from handlers.workflows.actions import ACTIONS

    assert ACTIONS.keys() == COMPONENTS.keys()


def test_a_webhook_request_gets_a_response_from_the_simulated_network():
    assert one("webhook", url="https://example.com/a", method="POST", body="{}") == {
        "status": 200,
        "body": {"message": "ok"},
    }


def test_a_slow_host_takes_twenty_seconds():
    run = World().run(node("n2", "webhook", url="https://api.slow.example"))

    assert 21 <= run["duration_in_seconds"] < 22


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://localhost", "http://10.1.2.3/x", "{{ where }}"])
def test_internal_addresses_are_rejected(url):
    message = one("webhook", url=url, context={"where": "http://[::1]/"})

    assert message == "Webhook request refused: private and internal addresses are not allowed"


def test_a_method_must_be_an_http_method():
    assert (
        one("webhook", url="https://example.com", method="SMASH")
        == "Webhook request refused: the method is not an HTTP method."
    )


def test_an_api_call_gets_a_response():
    assert one("altostrat_api", operation="listSites") == {"status": 200, "body": {"message": "ok"}}
    assert one("altostrat_api", url="https://x.fail.example") == "Altostrat API request failed: 503 Service Unavailable"


def test_a_run_continues_after_a_tolerated_failure_with_a_warning():
    run = World().run(
        BROKEN | {"data": BROKEN["data"] | {"continue_on_error": True}}, text_node("n3", "{{ n2.error }}")
    )

    assert run["status"] == "completed"
    assert [entry["status"] for entry in run["logs"]] == ["success", "warning", "success"]
    assert output(run, "n3") == {"text": "Webhook request failed: 503 Service Unavailable"}


def test_a_tolerated_failure_takes_the_error_path_if_there_is_one():
    tolerant = BROKEN | {"data": BROKEN["data"] | {"continue_on_error": True}}
    edges = [edge("n1", "n2"), edge("n2", "good"), edge("n2", "bad", "error")]

    assert visited(World().run(tolerant, text_node("good"), text_node("bad"), edges=edges)) == ["n1", "n2", "bad"]


def test_a_success_does_not_take_the_error_path():
    edges = [edge("n1", "n2"), edge("n2", "good"), edge("n2", "bad", "error")]

    assert visited(World().run(CALL, text_node("good"), text_node("bad"), edges=edges)) == ["n1", "n2", "good"]


@pytest.mark.parametrize(("event", "taken"), [("created", "yes"), ("deleted", "no")])
def test_a_condition_selects_one_branch(event, taken):
    nodes = [
        node("n2", "condition", condition="event == 'created'"),
        text_node("yes"),
        text_node("no"),
        text_node("end"),
    ]
    edges = [
        edge("n1", "n2"),
        edge("n2", "yes", "true"),
        edge("n2", "no", "false"),
        edge("yes", "end"),
        edge("no", "end"),
    ]

    assert visited(World().run(*nodes, edges=edges, event=event)) == ["n1", "n2", taken, "end"]


def test_the_handle_of_an_ordinary_node_does_not_matter():
    edges = [edge("n1", "n2", "true")]

    assert visited(World().run(text_node("n2"), edges=edges)) == ["n1", "n2"]


@pytest.mark.parametrize(
    ("left", "operator", "right", "result"),
    [
        (1, "equals", "1.0", True),
        ("a", "==", "A", False),
        ("{{ n }}", ">", 9, True),
        ("{{ n }}", "<=", "9", False),
        ("b", "greater_than", "a", True),
        ("{{ list }}", "contains", "x", True),
        ("{{ list }}", "contains", "y", False),
        ("abc", "contains", "b", True),
        ("abc", "starts with", "ab", True),
        ("abc", "ends_with", "ab", False),
        (True, "eq", "true", True),
        ("{{ missing }}", "!=", "", False),
    ],
)
def test_two_values_are_compared(left, operator, right, result):
    context = {"n": 10, "list": ["x"]}

    assert one("condition", left=left, operator=operator, right=right, context=context) == {"result": result}


@pytest.mark.parametrize(
    ("condition", "result"),
    [("n > 9", True), ("{{ n }}", True), ("{{ zero }}", False), ("missing", False), (False, False)],
)
def test_an_expression_is_evaluated(condition, result):
    assert one("condition", condition=condition, context={"n": 10, "zero": 0}) == {"result": result}


@pytest.mark.parametrize(("condition", "operator"), [("n ==", None), ("n | | m", None), (None, "resembles")])
def test_a_broken_condition_fails_the_node(condition, operator):
    data = {"condition": condition} if condition else {"left": 1, "operator": operator, "right": 2}

    assert isinstance(one("condition", **data), str)


def test_an_iterator_runs_its_body_for_each_item():
    nodes = [
        node("n2", "iterator", items="{{ sites }}"),
        text_node("n3", "{{ index }}: {{ item }}, {{ n2.item }} of {{ n2.count }}"),
    ]
    run = World().run(*nodes, sites=["a", "b"])

    assert [entry["output"] for entry in run["logs"][2:]] == [{"text": "0: a, a of 2"}, {"text": "1: b, b of 2"}]


def test_nodes_after_a_loop_run_once():
    nodes = [node("n2", "iterator", items=[1, 2, 3]), text_node("body"), text_node("after")]
    edges = [edge("n1", "n2"), edge("n2", "body", "loop"), edge("n2", "after", "done"), edge("body", "after")]

    assert visited(World().run(*nodes, edges=edges)) == ["n1", "n2", "body", "body", "body", "after"]


def test_loops_nest():
    nodes = [
        node("n2", "iterator", items=[1, 2]),
        node("n3", "iterator", items=[3, 4]),
        text_node("n4", "{{ n2.item }}{{ n3.item }}"),
    ]
    run = World().run(*nodes)

    assert [entry["output"]["text"] for entry in run["logs"] if entry["node_id"] == "n4"] == ["13", "14", "23", "24"]


def test_the_nesting_of_loops_is_limited():
    run = World().run(*(node(f"x{place}", "iterator", items=[1]) for place in range(7)))

    assert run["error_message"] == "Iterators can be nested 5 deep."


def test_an_iterator_accepts_a_hundred_items():
    assert one("iterator", items=list(range(100)))["count"] == 100
    assert one("iterator", items=list(range(101))) == "The list has 101 items; 100 are allowed."


@pytest.mark.parametrize("items", ["{{ missing }}", "no list", "{{ context }}"])
def test_an_iterator_needs_a_list(items):
    assert one("iterator", items=items) == "The items are not a list."


def test_a_run_has_at_most_a_thousand_steps():
    run = World().run(node("n2", "iterator", items=list(range(100))), *(text_node(f"x{place}") for place in range(11)))

    assert run["error_message"] == "The run was stopped after 1,000 steps."
    assert len(run["logs"]) == 1_000


@pytest.mark.parametrize(
    ("data", "seconds"),
    [({"seconds": 90}, 90), ({"duration": "2 minutes"}, 120), ({"value": "3", "unit": "hours"}, 10_800)],
)
def test_a_delay_lasts_as_long_as_configured(data, seconds):
    world = World()
    run = world.finished(world.start(world.make(TRIGGER, node("n2", "delay", **data))), timedelta(days=1))

    assert output(run, "n2") == {"waited_seconds": seconds}
    assert seconds + 1 <= run["duration_in_seconds"] < seconds + 2


def test_a_delay_may_come_from_the_context():
    assert one("delay", duration="{{ wait }}", context={"wait": "5 minutes"}) == {"waited_seconds": 300}
    assert one("delay", duration="{{ wait }}", context={"wait": "soon"}).startswith("The delay is not a time")


@pytest.mark.parametrize(
    ("data", "status"), [({}, "completed"), ({"status": "success"}, "completed"), ({"status": "failed"}, "failed")]
)
def test_terminate_ends_the_run(data, status):
    run = World().run(node("n2", "terminate", **data), text_node("n3"))

    assert run["status"] == status
    assert visited(run) == ["n1", "n2"]


def test_terminate_has_a_message():
    assert one("terminate", status="failed", message="No more {{ what }}", context={"what": "sites"}) == "No more sites"
    assert one("terminate", status="maybe") == "The status of a terminate node must be 'completed' or 'failed'."


def test_a_run_waits_at_a_form_forever():
    world = World()
    run = world.finished(
        world.start(world.make(TRIGGER, node("n2", "form", title="Well?"), text_node("n3"))), timedelta(days=300)
    )

    assert run["status"] == "awaiting_ui_interaction"
    assert (run["completed_at"], run["duration_in_seconds"], run["error_message"]) == (None, None, None)
    assert output(run, "n2") == {"status": "awaiting_ui_interaction", "title": "Well?"}


def test_a_mapper_keeps_the_types_of_values():
    mapping = {
        "list": "{{ list }}",
        "first": "{{ list[0] }}",
        "none": "{{ list[9] }}",
        "text": "{{ list[0] }}!",
        "deep": {"n": "{{ map.n }}"},
        "plain": 7,
    }

    assert one("data_mapper", mapping=mapping, context={"list": ["a"], "map": {"n": 1.5}}) == {
        "list": ["a"],
        "first": "a",
        "none": "",
        "text": "a!",
        "deep": {"n": 1.5},
        "plain": 7,
    }
    assert one("data_mapper", mapping=[{"name": "a", "value": "{{ n }}"}], context={"n": 1}) == {"a": 1}
    assert one("data_mapper", mapping=["odd"]).startswith("The mapping must be an object")


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ('{"a": [1]}', {"a": [1]}),
        ("[1]", {"result": [1]}),
        ("{{ map }}", {"n": 1}),
        ("{oops", "The input cannot be parsed as JSON."),
    ],
)
def test_json_is_parsed(source, result):
    assert one("json_parser", input=source, context={"map": {"n": 1}}) == result


@pytest.mark.parametrize(
    ("data", "result"),
    [
        ({"input": "2026-01-31T10:00:00+01:00"}, {"date": "2026-01-31T09:00:00Z"}),
        ({"input": "2026-01-31", "add": "1 day", "format": "%d.%m.%Y"}, {"date": "01.02.2026"}),
        ({"input": "0", "add": "-1 hour"}, {"date": "1969-12-31T23:00:00Z"}),
        ({"input": "now", "format": "%Y-%m-%d"}, {"date": "2026-01-01"}),
        ({"input": "yesterday"}, "The input is not a date: write it as in '2026-01-31T09:00:00Z'."),
        ({"input": "9999-12-31", "add": "10 days"}, "The time to add to the date is not one such as '2 days'."),
    ],
)
def test_dates_are_transformed(data, result):
    assert one("date_transform", **data) == result


def test_a_list_is_filtered():
    items = [{"n": 1}, {"n": 2}, {"n": 3}]

    assert one("array_filter", items="{{ items }}", condition="item.n > 1", context={"items": items}) == {
        "items": items[1:],
        "count": 2,
    }


def test_messages_and_commands_are_simulated():
    assert one("smtp", to="ops@example.com", body="Hello") == {"accepted": ["ops@example.com"]}
    assert one("ssh", host="192.168.88.1", command="/system reboot") == {"exit_code": 0, "stdout": "", "stderr": ""}
    assert one("soap", url="https://example.com/soap")["status"] == 200


def test_an_output_that_nests_too_deeply_fails_the_node():
    deep: dict = {}
    for _ in range(62):
        deep = {"a": deep}

    assert (
        one("data_mapper", mapping={"a": {"b": {"c": "{{ deep }}"}}}, context={"deep": deep})
        == "The output of the node nests too deeply."
    )


def test_outputs_that_double_stop_the_run():
    doubling = [
        node(f"x{n}", "data_mapper", mapping={"a": f"{{{{ x{n - 1} }}}}", "b": f"{{{{ x{n - 1} }}}}"})
        for n in range(1, 40)
    ]
    run = World().run(node("x0", "data_mapper", mapping={"a": "x"}), *doubling)

    assert run["error_message"] == "The output of the node is too large."


def test_a_large_output_is_not_logged():
    run = World().run(
        node("n2", "data_mapper", mapping={"a": "{{ text }}"}), text_node("n3", "{{ n2.a | size }}"), text="x" * 200_000
    )

    assert output(run, "n2") == {"truncated": True}
    assert run["status"] == "failed"
    assert "more than 65,536 characters" in run["error_message"]


def test_nodes_run_in_graph_order():
    nodes = [text_node("d"), text_node("c"), text_node("b"), text_node("a")]
    edges = [edge("n1", "a"), edge("n1", "b"), edge("a", "c"), edge("b", "c"), edge("c", "d")]
    run = World().run(*nodes, edges=edges)

    assert visited(run) == ["n1", "b", "a", "c", "d"]
    assert [entry["created_at"] for entry in run["logs"]] == sorted(entry["created_at"] for entry in run["logs"])


def test_a_run_ends_after_ten_years():
    run = World().run(*(node(f"x{place}", "delay", duration="366 days") for place in range(12)))

    assert run["status"] == "running"
    world = World()
    run_id = world.start(world.make(TRIGGER, *(node(f"x{place}", "delay", duration="366 days") for place in range(12))))

    assert world.finished(run_id, timedelta(days=4_100))["error_message"] == "The run was stopped after ten years."


def test_many_large_outputs_stop_the_run():
    run = World().run(*(text_node(f"x{place}", "x" * 50_000) for place in range(300)))

    assert run["error_message"] == "The run was stopped because its nodes put out too much."


def test_a_run_calls_a_limited_number_of_workflows():
    world = World()
    callee = world.make(node("n1", "workflow_trigger"))
    run = world.run(node("n2", "iterator", items=list(range(30))), node("n3", "trigger_workflow", workflow_id=callee))

    assert run["error_message"] == "A run can start 20 other runs."
    assert len(visited(run)) == 2 + 21
