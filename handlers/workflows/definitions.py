"""The rules of a definition: everything wrong with it at once, in sentences for people."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.workflows.components import COMPONENTS, DELAY, WORKFLOW, Need, delay_of, first_of
from handlers.workflows.graph import Graph, Node, read_node
from handlers.workflows.limits import DEPTH, EDGES, NODES, clip, deeper_than
from handlers.workflows.schedules import schedule_problem
from locum import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Definition", "calls_of", "node_problems", "problems", "refuse_bad", "trigger_of"]


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition as it would be stored, and what it must know of other workflows.

    `calls_of` gives the ids that another workflow of the organization calls, None where there is
    no such workflow; `own_id` is None for a definition that is not stored yet.
    """

    nodes: Sequence[Any]
    edges: Sequence[Any]
    schedule_type: str
    schedule_value: str | None
    calls_of: Callable[[str], tuple[str, ...] | None]
    own_id: str | None = None


def refuse_bad(definition: Definition) -> None:
    """Refuse a definition that breaks a rule, with all that is wrong."""
    found = problems(definition)
    if found:
        shown = found[:20]
        more = f" And {len(found) - len(shown)} more." if len(found) > len(shown) else ""
        raise Conflict(" ".join(shown) + more, code="workflow_invalid")


def problems(definition: Definition) -> list[str]:
    """Say everything that is wrong with a definition; nothing when it can be stored."""
    if len(definition.nodes) > NODES or len(definition.edges) > EDGES:
        return [f"A workflow can have {NODES:,} nodes and {EDGES:,} edges."]
    if deeper_than([definition.nodes, definition.edges], DEPTH):
        return [f"The nodes and edges can nest {DEPTH} levels deep."]
    graph = Graph(definition.nodes, definition.edges)
    found = [
        *_repeated("node", [_id(raw) for raw in definition.nodes]),
        *_repeated("edge", [_id(raw) for raw in definition.edges]),
        *_triggers(graph),
    ]
    for node in graph.nodes.values():
        found += node_problems(node)
    found += _ends(graph)
    found += _shape(graph)
    found += _calls(graph, definition)
    found += _schedule(graph, definition)
    return found


def node_problems(node: Node) -> Iterator[str]:
    """Say what is wrong with one node: its component and its configuration."""
    component = COMPONENTS.get(node.component)
    if component is None:
        yield f"Node '{clip(node.id)}' uses the component '{clip(node.component)}', which does not exist."
        return
    for need in component.needs:
        value = delay_of(node.data) if need is DELAY else first_of(node.data, need.names)
        told = f"Node '{clip(node.id)}' ({node.component})"
        if value is None:
            yield f"{told} needs '{need.names[0]}': {need.what}."
        elif not need.fits(value):
            yield f"{told} cannot use its '{_given(node, need)}': it must be {need.what}."


def trigger_of(nodes: Sequence[Any]) -> str:
    """Return the component of the first trigger, empty if there is none."""
    components = (read_node(raw).component for raw in nodes)
    return next((name for name in components if name in COMPONENTS and COMPONENTS[name].trigger), "")


def calls_of(nodes: Sequence[Any]) -> tuple[str, ...]:
    """Return the ids of the workflows that these nodes call, each once."""
    callees = (_callee(read_node(raw)) for raw in nodes)
    return tuple(dict.fromkeys(callee for callee in callees if callee is not None))


def _callee(node: Node) -> str | None:
    """Return the workflow that a node calls, if it is one that calls."""
    callee = first_of(node.data, WORKFLOW.names) if node.component == "trigger_workflow" else None
    return callee if isinstance(callee, str) and callee.strip() else None


def _given(node: Node, need: Need) -> str:
    """Return the name under which a part is given."""
    return next(name for name in need.names if node.data.get(name) not in (None, "", [], {}))


def _id(raw: Any) -> str:
    return str(raw.get("id", "")) if isinstance(raw, dict) else ""


def _repeated(what: str, ids: list[str]) -> Iterator[str]:
    """Say which ids stand for more than one thing."""
    for name, count in Counter(ids).items():
        if count > 1:
            yield f"The {what} id '{clip(name)}' is used {count} times; ids must be unique."


def _triggers(graph: Graph) -> Iterator[str]:
    """Check that a workflow starts in exactly one place."""
    triggers = _triggers_of(graph)
    if not triggers:
        yield "A workflow needs exactly one trigger node; this one has none."
    elif len(triggers) > 1:
        names = ", ".join(f"'{clip(name)}'" for name in triggers[:5])
        yield f"A workflow needs exactly one trigger node; this one has {len(triggers)}: {names}."


def _triggers_of(graph: Graph) -> list[str]:
    return [node.id for node in graph.nodes.values() if (of := COMPONENTS.get(node.component)) and of.trigger]


def _ends(graph: Graph) -> Iterator[str]:
    """Check that each edge joins two nodes that exist."""
    for edge in graph.edges:
        if edge.source not in graph.nodes:
            yield f"Edge '{clip(edge.id)}' starts at node '{clip(edge.source)}', which does not exist."
        if edge.target not in graph.nodes:
            yield f"Edge '{clip(edge.id)}' points to node '{clip(edge.target)}', which does not exist."


def _shape(graph: Graph) -> Iterator[str]:
    """Check that the trigger leads to every node, and no node back to itself."""
    cycle = graph.cycle()
    if cycle:
        path = "' to '".join(clip(name, 30) for name in [*cycle[:8], cycle[0]])
        yield f"The nodes form a cycle: '{path}'."
    triggers = _triggers_of(graph)
    if len(triggers) == 1:
        reached = graph.reach(triggers)
        for name in graph.nodes:
            if name not in reached:
                yield f"Node '{clip(name)}' cannot be reached from the trigger."


def _calls(graph: Graph, definition: Definition) -> Iterator[str]:
    """Check that the workflows called exist, and that none leads back here."""
    for node in graph.nodes.values():
        callee = _callee(node)
        if callee is None:
            continue
        if definition.calls_of(callee) is None:
            yield f"Node '{clip(node.id)}' calls a workflow that does not exist."
        elif definition.own_id is not None and _leads_to(definition, callee, definition.own_id):
            yield f"Node '{clip(node.id)}' calls a workflow that leads back here; circular calls are not allowed."


def _leads_to(definition: Definition, start: str, goal: str) -> bool:
    """Whether a chain of calls leads from one workflow to another."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        current = ahead.pop()
        if current == goal:
            return True
        if current not in seen:
            seen.add(current)
            ahead.extend(definition.calls_of(current) or ())
    return False


def _schedule(graph: Graph, definition: Definition) -> Iterator[str]:
    """Check that a schedule says when, and that a scheduled trigger has one."""
    problem = schedule_problem(definition.schedule_type, definition.schedule_value)
    if problem:
        yield problem
    scheduled = any(node.component == "scheduled_trigger" for node in graph.nodes.values())
    if scheduled and definition.schedule_type == "manual":
        yield "A scheduled_trigger needs a 'schedule_type' other than 'manual'."
