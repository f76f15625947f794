"""The rules of a definition. All violations are reported at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.workflows.components import COMPONENTS, DELAY, WORKFLOW, Requirement, first_value, read_delay
from handlers.workflows.graph import Graph, Node, read_node
from handlers.workflows.limits import DEPTH, EDGES, NODES, clip, deeper_than
from handlers.workflows.schedules import check_schedule
from locum import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Definition", "find_calls", "find_node_problems", "find_problems", "find_trigger", "reject_invalid"]


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition to be checked, and how it finds other workflows.

    `find_calls` returns the ids that another workflow of the organization calls, None if there is
    no such workflow. `own_id` is None for a definition that is not stored yet.
    """

    nodes: Sequence[Any]
    edges: Sequence[Any]
    schedule_type: str
    schedule_value: str | None
    find_calls: Callable[[str], tuple[str, ...] | None]
    own_id: str | None = None


def reject_invalid(definition: Definition) -> None:
    """Raise `Conflict` with all violations if a definition breaks a rule."""
    found = find_problems(definition)
    if found:
        shown = found[:20]
        more = f" And {len(found) - len(shown)} more." if len(found) > len(shown) else ""
        raise Conflict(" ".join(shown) + more, code="workflow_invalid")


def find_problems(definition: Definition) -> list[str]:
    """Return a message for each violation of a definition."""
    if len(definition.nodes) > NODES or len(definition.edges) > EDGES:
        return [f"A workflow can have {NODES:,} nodes and {EDGES:,} edges."]
    if deeper_than([definition.nodes, definition.edges], DEPTH):
        return [f"The nodes and edges can nest {DEPTH} levels deep."]
    graph = Graph(definition.nodes, definition.edges)
    found = [
        *_check_unique("node", [_id(raw) for raw in definition.nodes]),
        *_check_unique("edge", [_id(raw) for raw in definition.edges]),
        *_check_trigger(graph),
    ]
    for node in graph.nodes.values():
        found += find_node_problems(node)
    found += _check_ends(graph)
    found += _check_shape(graph)
    found += _check_calls(graph, definition)
    found += _check_schedule(graph, definition)
    return found


def find_node_problems(node: Node) -> Iterator[str]:
    """Yield a message for each violation of a node: its component and its configuration."""
    component = COMPONENTS.get(node.component)
    if component is None:
        yield f"Node '{clip(node.id)}' uses the component '{clip(node.component)}', which does not exist."
        return
    for requirement in component.requires:
        value = read_delay(node.data) if requirement is DELAY else first_value(node.data, requirement.names)
        label = f"Node '{clip(node.id)}' ({node.component})"
        if value is None:
            yield f"{label} needs '{requirement.names[0]}': {requirement.description}."
        elif not requirement.is_valid(value):
            yield f"{label} cannot use its '{_name_in_use(node, requirement)}': it must be {requirement.description}."


def find_trigger(nodes: Sequence[Any]) -> str:
    """Return the component of the first trigger, or an empty text."""
    components = (read_node(raw).component for raw in nodes)
    return next((name for name in components if name in COMPONENTS and COMPONENTS[name].trigger), "")


def find_calls(nodes: Sequence[Any]) -> tuple[str, ...]:
    """Return the ids of the workflows that nodes call, without duplicates."""
    callees = (_find_callee(read_node(raw)) for raw in nodes)
    return tuple(dict.fromkeys(callee for callee in callees if callee is not None))


def _find_callee(node: Node) -> str | None:
    """Return the id of the workflow that a node calls, or None."""
    callee = first_value(node.data, WORKFLOW.names) if node.component == "trigger_workflow" else None
    return callee if isinstance(callee, str) and callee.strip() else None


def _name_in_use(node: Node, requirement: Requirement) -> str:
    """Return the name under which a required member is given."""
    return next(name for name in requirement.names if node.data.get(name) not in (None, "", [], {}))


def _id(raw: Any) -> str:
    return str(raw.get("id", "")) if isinstance(raw, dict) else ""


def _check_unique(kind: str, ids: list[str]) -> Iterator[str]:
    """Check that ids are unique."""
    for name, count in Counter(ids).items():
        if count > 1:
            yield f"The {kind} id '{clip(name)}' is used {count} times; ids must be unique."


def _check_trigger(graph: Graph) -> Iterator[str]:
    """Check that a workflow has exactly one trigger."""
    triggers = _find_triggers(graph)
    if not triggers:
        yield "A workflow needs exactly one trigger node; this one has none."
    elif len(triggers) > 1:
        names = ", ".join(f"'{clip(name)}'" for name in triggers[:5])
        yield f"A workflow needs exactly one trigger node; this one has {len(triggers)}: {names}."


def _find_triggers(graph: Graph) -> list[str]:
    return [
        node.id for node in graph.nodes.values() if (component := COMPONENTS.get(node.component)) and component.trigger
    ]


def _check_ends(graph: Graph) -> Iterator[str]:
    """Check that each edge joins two nodes that exist."""
    for edge in graph.edges:
        if edge.source not in graph.nodes:
            yield f"Edge '{clip(edge.id)}' starts at node '{clip(edge.source)}', which does not exist."
        if edge.target not in graph.nodes:
            yield f"Edge '{clip(edge.id)}' points to node '{clip(edge.target)}', which does not exist."


def _check_shape(graph: Graph) -> Iterator[str]:
    """Check that every node is reachable from the trigger, and that there is no cycle."""
    cycle = graph.find_cycle()
    if cycle:
        path = "' to '".join(clip(name, 30) for name in [*cycle[:8], cycle[0]])
        yield f"The nodes form a cycle: '{path}'."
    triggers = _find_triggers(graph)
    if len(triggers) == 1:
        reached = graph.reach(triggers)
        for name in graph.nodes:
            if name not in reached:
                yield f"Node '{clip(name)}' cannot be reached from the trigger."


def _check_calls(graph: Graph, definition: Definition) -> Iterator[str]:
    """Check that called workflows exist, and that none calls this one again."""
    for node in graph.nodes.values():
        callee = _find_callee(node)
        if callee is None:
            continue
        if definition.find_calls(callee) is None:
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
            ahead.extend(definition.find_calls(current) or ())
    return False


def _check_schedule(graph: Graph, definition: Definition) -> Iterator[str]:
    """Check that the schedule is valid, and that a scheduled trigger has one."""
    problem = check_schedule(definition.schedule_type, definition.schedule_value)
    if problem:
        yield problem
    scheduled = any(node.component == "scheduled_trigger" for node in graph.nodes.values())
    if scheduled and definition.schedule_type == "manual":
        yield "A scheduled_trigger needs a 'schedule_type' other than 'manual'."
