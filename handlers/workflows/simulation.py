"""The course of a run, computed whole before it begins: each node's time, output and status.

Nothing happens here: the same graph, values and dice give the same timeline. A run waits one
second (`pending`), then takes its nodes one after another in graph order.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from handlers.workflows.actions import ACTIONS, Outcome, Situation
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
from handlers.workflows.safe import Safe
from handlers.workflows.templates import NodeFailed, Templates
from handlers.workflows.timelines import PENDING, Call, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from handlers.workflows.graph import Edge, Graph, Node
    from handlers.workflows.timelines import Circumstances
    from locum import NewId

__all__ = ["simulate", "targets", "try_node"]

_NESTING = 5
_CALLS = 20
_LONGEST = 3_652 * 86_400_000
_UNKNOWN = Component()


class _Ended(Exception):
    def __init__(self, outcome: str, message: str | None) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.message = message


def simulate(graph: Graph, circumstances: Circumstances, dice: NewId, inherited: Sequence[Step] = ()) -> Timeline:
    """Compute a run from its trigger, or from where the inherited steps of an earlier run leave off."""
    return _Course(graph, circumstances, dice).run(inherited)


def try_node(graph: Graph, node: Node, circumstances: Circumstances, dice: NewId) -> dict[str, Any]:
    """Return what one node puts out on its own; raise `NodeFailed` when it fails."""
    return _Course(graph, circumstances, dice).act(node).output


def targets(graph: Graph, node_id: str, handle: str | None, *, after_loop: bool = False) -> set[str]:
    """Return the nodes to which a run goes on from one that was left by this handle."""
    component = graph.nodes[node_id].component

    def is_taken(edge: Edge) -> bool:
        if component == "iterator":
            return (edge.handle == "done") is after_loop and edge.handle != "error"
        if component == "condition" and edge.handle in {"true", "false"}:
            return edge.handle == handle
        return edge.handle != "error"

    edges = graph.leaving[node_id]
    rescued = {edge.target for edge in edges if handle == "error" and edge.handle == "error"}
    return rescued or {edge.target for edge in edges if is_taken(edge)}


class _Course:
    """One computation: the values so far, and the time so far in milliseconds."""

    def __init__(self, graph: Graph, circumstances: Circumstances, dice: NewId) -> None:
        self.graph = graph
        self.circumstances = circumstances
        self.dice = dice
        self.elapsed = PENDING
        self.held = 0
        self.timeline = Timeline()
        moment = circumstances.started_at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        output = {
            **circumstances.start,
            "run_id": circumstances.run_id,
            "trigger_type": circumstances.trigger_type,
            "triggered_at": moment,
        }
        templates = Templates(dict(circumstances.start), Safe(circumstances.find_secret, self.now), self.now)
        self.situation = Situation(templates, output, circumstances.refused, self.call)
        self.values = templates.values

    def now(self) -> datetime:
        """Return the moment up to which the course is computed."""
        return self.circumstances.started_at + timedelta(milliseconds=self.elapsed)

    def run(self, inherited: Sequence[Step]) -> Timeline:
        """Go through the graph and say how it ends."""
        timeline = self.timeline
        try:
            if self.circumstances.refused:
                self.refuse(self.circumstances.refused, logged=not inherited)
            if inherited:
                done, reached = self.inherit(inherited)
                self.walk([name for name in self.graph.order if name not in done], reached, None)
            else:
                self.walk(self.graph.order, {self.graph.order[0]}, None)
        except _Ended as end:
            timeline.outcome, timeline.error_message = end.outcome, end.message
        timeline.ends = self.elapsed
        return timeline

    def refuse(self, message: str, *, logged: bool) -> None:
        """Fail at once, in the trigger's name: no node may act without the authorization."""
        if logged:
            self.record(self.graph.nodes[self.graph.order[0]], 0, "error", Outcome({"error": message}), None)
        raise _Ended("failed", message)

    def inherit(self, inherited: Sequence[Step]) -> tuple[set[str], set[str]]:
        """Take over an earlier run's steps: which nodes are done, and which they lead to."""
        done, reached = set(), set()
        for step in inherited:
            if step.node_id not in self.graph.nodes or step.within is not None:
                continue
            self.values[step.node_id] = step.output
            reached |= targets(self.graph, step.node_id, step.handle, after_loop=True)
            done.add(step.node_id)
        last = inherited[-1].node_id
        if self.graph.nodes[last].component == "iterator":
            # The loop itself did not end: walk it again.
            done.discard(last)
            reached.add(last)
        trigger = self.graph.order[0]
        if trigger in done:
            self.values[trigger] = self.situation.trigger_output
        return done, reached

    def walk(self, scope: Iterable[str], reached: set[str], within: str | None, depth: int = 0) -> None:
        """Take the reached nodes of a scope in order, each once."""
        for node_id in scope:
            if node_id not in reached:
                continue
            node = self.graph.nodes[node_id]
            outcome = self.step(node, within)
            if outcome.items is not None:
                self.loop(node, outcome.items, depth)
            reached |= targets(self.graph, node_id, outcome.handle, after_loop=True)

    def loop(self, node: Node, items: list[Any], depth: int) -> None:
        """Walk the body of an iterator for each item: what its edges lead to, save by `done`."""
        if depth >= _NESTING:
            raise _Ended("failed", f"Iterators can be nested {_NESTING} deep.")
        entries = targets(self.graph, node.id, None)
        after = self.graph.reach(targets(self.graph, node.id, None, after_loop=True))
        body = self.graph.reach(entries) - after
        scope = [name for name in self.graph.order if name in body]
        output, before = self.values[node.id], {name: self.values.get(name) for name in ("item", "index")}
        for index, item in enumerate(items):
            self.values.update({node.id: {**output, "item": item, "index": index}, "item": item, "index": index})
            self.walk(scope, set(entries), node.id, depth + 1)
        self.values.update({node.id: output, **before})

    def step(self, node: Node, within: str | None) -> Outcome:
        """Let one node act, and write down how it went."""
        if len(self.timeline.steps) >= STEPS:
            raise _Ended("failed", f"The run was stopped after {STEPS:,} steps.")
        if self.held > HELD_WEIGHT:
            raise _Ended("failed", "The run was stopped because its nodes put out too much.")
        if self.elapsed > _LONGEST:
            raise _Ended("failed", "The run was stopped after ten years.")
        component = COMPONENTS.get(node.component, _UNKNOWN)
        usual = self.dice.random.randint(*component.milliseconds)
        try:
            outcome = self.act(node)
        except NodeFailed as fault:
            outcome = Outcome({"error": fault.message}, "error", fault.milliseconds)
            tolerated = node.data.get("continue_on_error") is True or node.data.get("continueOnError") is True
            self.record(node, outcome.milliseconds or usual, "warning" if tolerated else "error", outcome, within)
            if tolerated:
                return outcome
            raise _Ended("failed", fault.message) from fault
        self.record(node, outcome.milliseconds or usual, "success", outcome, within)
        if outcome.ending:
            raise _Ended(outcome.ending, outcome.message if outcome.ending == "failed" else None)
        return outcome

    def act(self, node: Node) -> Outcome:
        """Run a node's action and refuse an output that could not be kept."""
        outcome = ACTIONS[node.component](node, self.situation)
        weight = weigh(outcome.output, VALUE_WEIGHT)
        self.held += weight
        if weight > VALUE_WEIGHT:
            raise NodeFailed("The output of the node is too large.")
        if deeper_than(outcome.output, DEPTH):
            raise NodeFailed("The output of the node nests too deeply.")
        return outcome

    def record(self, node: Node, took: int, status: str, outcome: Outcome, within: str | None) -> None:
        """Add a step; the time of the run goes on by what the node took."""
        begins, self.elapsed = self.elapsed, self.elapsed + took
        self.values[node.id] = output = outcome.output
        weight = weigh(output, LOG_WEIGHT)
        if weight > LOG_WEIGHT or self.timeline.weight + weight > RUN_WEIGHT:
            output, weight = {"truncated": True}, 0
        self.timeline.weight += weight
        log_id = self.dice("fl_log_", 26, LOWER)
        self.timeline.steps.append(
            Step(log_id, node.id, node.component, begins, self.elapsed, status, output, outcome.handle, within)
        )

    def call(self, workflow_id: str, context: dict[str, Any]) -> dict[str, Any]:
        """Note that another workflow is to be started now."""
        problem = self.circumstances.uncallable(workflow_id)
        if problem:
            raise NodeFailed(problem)
        if len(self.timeline.calls) >= _CALLS:
            raise NodeFailed(f"A run can start {_CALLS} other runs.")
        run_id = self.dice("fl_run_", 26, LOWER)
        self.timeline.calls.append(Call(workflow_id, run_id, self.elapsed, context))
        return {"workflow_id": clip(workflow_id), "run_id": run_id}
