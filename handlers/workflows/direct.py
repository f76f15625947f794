"""Operations that run at once: execute a synchronous workflow, and test one node."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from handlers.workflows.components import COMPONENTS
from handlers.workflows.definitions import find_node_problems
from handlers.workflows.execution import (
    Start,
    check_authorization,
    compute_run,
    make_secret_finder,
    reject_inactive,
    reject_oversized,
    store_run,
)
from handlers.workflows.graph import Graph, Node, read_node
from handlers.workflows.limits import clip, deeper_than
from handlers.workflows.records import LOWER
from handlers.workflows.simulation import run_node
from handlers.workflows.templates import NodeFailed
from handlers.workflows.timelines import PENDING, RunContext
from handlers.workflows.transforms import json_object
from handlers.workflows.workflows import find_workflow
from locum import Conflict, NewId, requires

if TYPE_CHECKING:
    from handlers.workflows.records import Workflow
    from locum import Caller, Clock, Store

__all__ = ["execute_synchronous_workflow", "test_node"]

_TIMEOUT = 30_000
"""Milliseconds after which a synchronous request times out."""


@requires("workflows:execute")
def execute_synchronous_workflow(  # noqa: PLR0913, PLR0917 (injected by name)
    store: Store, caller: Caller, clock: Clock, new_id: NewId, workflow_id: str, body: dict[str, Any] | None
) -> dict[str, Any]:
    """Run a workflow to its end and return the result of its last text_transform."""
    workflow = find_workflow(store, caller, workflow_id)
    _reject_asynchronous(workflow)
    reject_inactive(workflow)
    reject_oversized(body or {})
    run_id = new_id("fl_run_", 26, LOWER)
    run, timeline = compute_run(store, workflow, Start("sync", {"payload": body or {}}), at=clock.now, run_id=run_id)
    if run.outcome == "failed":
        raise Conflict(run.error_message or "The run failed.", code="run_failed")
    if run.ends - PENDING > _TIMEOUT:
        raise Conflict("The workflow did not answer within 30 seconds.", code="sync_timeout")
    texts = [step.output.get("text") for step in run.steps if step.component_id == "text_transform"]
    if not texts or not isinstance(texts[-1], str):
        message = "The run reached no text_transform node, so that there is no result to answer with."
        raise Conflict(message, code="sync_without_result")
    store_run(store, replace(run, settled=True), timeline)
    return json_object(texts[-1])


@requires("workflows:execute")
def test_node(store: Store, caller: Caller, clock: Clock, body: dict[str, Any]) -> dict[str, Any]:
    """Run one node with the given context. Nothing is stored or started."""
    if deeper_than(body["node"]):
        raise Conflict("The node nests too deeply.", code="node_invalid")
    node = read_node(body["node"])
    problems = list(find_node_problems(node))
    if problems:
        raise Conflict(" ".join(problems), code="node_invalid")
    context = body.get("context") or {}
    reject_oversized(context)
    run_context = RunContext(
        run_id="fl_run_example",
        trigger_type="manual",
        start=context,
        started_at=clock.now,
        find_secret=make_secret_finder(store, caller.organization),
        authorization_error=_check_node_authorization(store, caller, node, body.get("authorization_id")),
        check_callee=lambda _: "A node that calls another workflow cannot be tested alone.",
    )
    try:
        output = run_node(Graph([body["node"]], ()), node, run_context, NewId("test-node"))
    except NodeFailed as error:
        raise Conflict(error.message, code="node_failed") from error
    return {"status": "success", "output": output}


def _reject_asynchronous(workflow: Workflow) -> None:
    """Raise `Conflict` if a workflow cannot be run synchronously."""
    if workflow.trigger != "sync_request_trigger":
        message = "This workflow does not start with a sync_request_trigger node."
        raise Conflict(message, code="workflow_not_synchronous")
    for raw in workflow.nodes:
        node = read_node(raw)
        if COMPONENTS[node.component].long:
            message = f"Node '{clip(node.id)}' ({node.component}) takes too long for a synchronous workflow."
            raise Conflict(message, code="workflow_not_synchronous")


def _check_node_authorization(store: Store, caller: Caller, node: Node, authorization_id: str | None) -> str | None:
    """Return the reason why a node cannot use its authorization, or None."""
    if node.component != "altostrat_api":
        return None
    if authorization_id is None:
        return "The node needs an authorization: send its 'authorization_id'."
    if check_authorization(store, caller.organization, authorization_id):
        return "The authorization cannot be used: it is not one of your organization's."
    return None
