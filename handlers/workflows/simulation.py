"""Simulate a run: compute the time, output and status of each node before the run begins.

A simulation has no side effects: the same graph, values and seed give the same timeline. A run is
`pending` for one second, then runs its nodes one after another in graph order.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from handlers.workflows.actions import ACTIONS, ActionContext, Outcome
from handlers.workflows.components import COMPONENTS, Component
from handlers.workflows.limits import (
    DEPTH,
    HELD_WEIGHT,
    LOG_WEIGHT,
    RUN_WEIGHT,
    STEPS,
    VALUE_WEIGHT,
    clip,
    deeper_than,
    weigh,
)
from handlers.workflows.records import LOWER, Step
from handlers.workflows.templates import NodeFailed, Templates
from handlers.workflows.timelines import PENDING, Call, Timeline
from handlers.workflows.vault_view import VaultView

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from handlers.workflows.graph import Edge, Graph, Node
    from handlers.workflows.timelines import RunContext
    from locum import NewId

__all__ = ["find_targets", "run_node", "simulate"]

_NESTING = 5
_CALLS = 20
_LONGEST = 3_652 * 86_400_000
_UNKNOWN = Component()


class _RunEnded(Exception):
    def __init__(self, outcome: str, message: str | None) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.message = message


def simulate(graph: Graph, run_context: RunContext, new_id: NewId, inherited: Sequence[Step] = ()) -> Timeline:
    """Compute a run from its trigger, or continue after the inherited steps of an earlier run."""
    return _Simulation(graph, run_context, new_id).run(inherited)


def run_node(graph: Graph, node: Node, run_context: RunContext, new_id: NewId) -> dict[str, Any]:
    """Return the output of one node on its own; raise `NodeFailed` if it fails."""
    return _Simulation(graph, run_context, new_id).run_action(node).output


def find_targets(graph: Graph, node_id: str, handle: str | None, *, after_loop: bool = False) -> set[str]:
    """Return the nodes where a run continues after a node that ended with this handle."""
    component = graph.nodes[node_id].component

    def is_taken(edge: Edge) -> bool:
        if component == "iterator":
            return (edge.handle == "done") is after_loop and edge.handle != "error"
        if component == "condition" and edge.handle in {"true", "false"}:
            return edge.handle == handle
        return edge.handle != "error"

    edges = graph.leaving[node_id]
    error_targets = {edge.target for edge in edges if handle == "error" and edge.handle == "error"}
    return error_targets or {edge.target for edge in edges if is_taken(edge)}


class _Simulation:
    """The state of one simulation: the values, and the elapsed time in milliseconds."""

    def __init__(self, graph: Graph, run_context: RunContext, new_id: NewId) -> None:
        self.graph = graph
        self.run_context = run_context
        self.new_id = new_id
        self.elapsed = PENDING
        self.output_weight = 0
        self.timeline = Timeline()
        moment = run_context.started_at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        output = {
            **run_context.start,
            "run_id": run_context.run_id,
            "trigger_type": run_context.trigger_type,
            "triggered_at": moment,
        }
        templates = Templates(dict(run_context.start), VaultView(run_context.find_secret, self.now), self.now)
        self.context = ActionContext(templates, output, run_context.authorization_error, self.start_workflow)
        self.values = templates.values

    def now(self) -> datetime:
        """Return the simulated time."""
        return self.run_context.started_at + timedelta(milliseconds=self.elapsed)

    def run(self, inherited: Sequence[Step]) -> Timeline:
        """Walk the graph and return the timeline."""
        timeline = self.timeline
        try:
            if self.run_context.authorization_error:
                self.fail_unauthorized(self.run_context.authorization_error, logged=not inherited)
            if inherited:
                done, reached = self.inherit(inherited)
                self.walk([name for name in self.graph.order if name not in done], reached, None)
            else:
                self.walk(self.graph.order, {self.graph.order[0]}, None)
        except _RunEnded as end:
            timeline.outcome, timeline.error_message = end.outcome, end.message
        timeline.ends = self.elapsed
        return timeline

    def fail_unauthorized(self, message: str, *, logged: bool) -> None:
        """Fail at the trigger: no node may run without the authorization."""
        if logged:
            self.record(self.graph.nodes[self.graph.order[0]], 0, "error", Outcome({"error": message}), None)
        raise _RunEnded("failed", message)

    def inherit(self, inherited: Sequence[Step]) -> tuple[set[str], set[str]]:
        """Take over the steps of an earlier run; return the finished nodes and those reached next."""
        done, reached = set(), set()
        for step in inherited:
            if step.node_id not in self.graph.nodes or step.within is not None:
                continue
            self.values[step.node_id] = step.output
            reached |= find_targets(self.graph, step.node_id, step.handle, after_loop=True)
            done.add(step.node_id)
        last = inherited[-1].node_id
        if self.graph.nodes[last].component == "iterator":
            # The loop was not finished: run it again.
            done.discard(last)
            reached.add(last)
        trigger = self.graph.order[0]
        if trigger in done:
            self.values[trigger] = self.context.trigger_output
        return done, reached

    def walk(self, scope: Iterable[str], reached: set[str], within: str | None, depth: int = 0) -> None:
        """Run the reached nodes of a scope in order, each once."""
        for node_id in scope:
            if node_id not in reached:
                continue
            node = self.graph.nodes[node_id]
            outcome = self.step(node, within)
            if outcome.items is not None:
                self.loop(node, outcome.items, depth)
            reached |= find_targets(self.graph, node_id, outcome.handle, after_loop=True)

    def loop(self, node: Node, items: list[Any], depth: int) -> None:
        """Run the body of an iterator for each item: the nodes that its edges reach, except those after `done`."""
        if depth >= _NESTING:
            raise _RunEnded("failed", f"Iterators can be nested {_NESTING} deep.")
        entries = find_targets(self.graph, node.id, None)
        after = self.graph.reach(find_targets(self.graph, node.id, None, after_loop=True))
        body = self.graph.reach(entries) - after
        scope = [name for name in self.graph.order if name in body]
        output, before = self.values[node.id], {name: self.values.get(name) for name in ("item", "index")}
        for index, item in enumerate(items):
            self.values.update({node.id: {**output, "item": item, "index": index}, "item": item, "index": index})
            self.walk(scope, set(entries), node.id, depth + 1)
        self.values.update({node.id: output, **before})

    def step(self, node: Node, within: str | None) -> Outcome:
        """Run one node and record its step."""
        if len(self.timeline.steps) >= STEPS:
            raise _RunEnded("failed", f"The run was stopped after {STEPS:,} steps.")
        if self.output_weight > HELD_WEIGHT:
            raise _RunEnded("failed", "The run was stopped because its nodes put out too much.")
        if self.elapsed > _LONGEST:
            raise _RunEnded("failed", "The run was stopped after ten years.")
        component = COMPONENTS.get(node.component, _UNKNOWN)
        usual = self.new_id.random.randint(*component.milliseconds)
        try:
            outcome = self.run_action(node)
        except NodeFailed as error:
            outcome = Outcome({"error": error.message}, "error", error.milliseconds)
            tolerated = node.data.get("continue_on_error") is True or node.data.get("continueOnError") is True
            self.record(node, outcome.milliseconds or usual, "warning" if tolerated else "error", outcome, within)
            if tolerated:
                return outcome
            raise _RunEnded("failed", error.message) from error
        self.record(node, outcome.milliseconds or usual, "success", outcome, within)
        if outcome.ending:
            raise _RunEnded(outcome.ending, outcome.message if outcome.ending == "failed" else None)
        return outcome

    def run_action(self, node: Node) -> Outcome:
        """Run a node's action; fail if its output exceeds a limit."""
        outcome = ACTIONS[node.component](node, self.context)
        weight = weigh(outcome.output, VALUE_WEIGHT)
        self.output_weight += weight
        if weight > VALUE_WEIGHT:
            raise NodeFailed("The output of the node is too large.")
        if deeper_than(outcome.output, DEPTH):
            raise NodeFailed("The output of the node nests too deeply.")
        return outcome

    def record(self, node: Node, took: int, status: str, outcome: Outcome, within: str | None) -> None:
        """Add a step and advance the elapsed time."""
        begins, self.elapsed = self.elapsed, self.elapsed + took
        self.values[node.id] = output = outcome.output
        weight = weigh(output, LOG_WEIGHT)
        if weight > LOG_WEIGHT or self.timeline.weight + weight > RUN_WEIGHT:
            output, weight = {"truncated": True}, 0
        self.timeline.weight += weight
        log_id = self.new_id("fl_log_", 26, LOWER)
        self.timeline.steps.append(
            Step(log_id, node.id, node.component, begins, self.elapsed, status, output, outcome.handle, within)
        )

    def start_workflow(self, workflow_id: str, context: dict[str, Any]) -> dict[str, Any]:
        """Record that another workflow is to be started now."""
        problem = self.run_context.check_callee(workflow_id)
        if problem:
            raise NodeFailed(problem)
        if len(self.timeline.calls) >= _CALLS:
            raise NodeFailed(f"A run can start {_CALLS} other runs.")
        run_id = self.new_id("fl_run_", 26, LOWER)
        self.timeline.calls.append(Call(workflow_id, run_id, self.elapsed, context))
        return {"workflow_id": clip(workflow_id), "run_id": run_id}
