"""A definition's nodes and edges as a graph: ends, order, cycles, reach."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Edge", "Graph", "Node", "read_node"]


@dataclass(frozen=True, slots=True)
class Node:
    """One node: its component is `data.componentId`, or its type where that is missing."""

    id: str
    component: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge; `handle` is the branch of the source that it leaves by."""

    id: str
    source: str
    target: str
    handle: str | None


class Graph:
    """The nodes by id, the edges that leave each, and an order in which no node precedes its sources.

    Edges without known ends are left out, of nodes with the same id the first counts.
    """

    __slots__ = ("edges", "leaving", "nodes", "order")

    def __init__(self, nodes: Iterable[Any], edges: Iterable[Any]) -> None:
        self.nodes: dict[str, Node] = {}
        for raw in nodes:
            node = read_node(raw)
            self.nodes.setdefault(node.id, node)
        self.edges = tuple(_edge(raw) for raw in edges)
        self.leaving: dict[str, list[Edge]] = {node_id: [] for node_id in self.nodes}
        for edge in self.edges:
            if edge.source in self.nodes and edge.target in self.nodes:
                self.leaving[edge.source].append(edge)
        self.order = self._ordered()

    def _ordered(self) -> tuple[str, ...]:
        """Sort the nodes by their edges, ties as declared; the nodes of a cycle are missing."""
        rank = {node_id: place for place, node_id in enumerate(self.nodes)}
        waiting = dict.fromkeys(self.nodes, 0)
        for edges in self.leaving.values():
            for edge in edges:
                waiting[edge.target] += 1
        names = list(self.nodes)
        ready = [rank[node_id] for node_id, count in waiting.items() if not count]
        order = []
        while ready:
            node_id = names[heapq.heappop(ready)]
            order.append(node_id)
            for edge in self.leaving[node_id]:
                waiting[edge.target] -= 1
                if not waiting[edge.target]:
                    heapq.heappush(ready, rank[edge.target])
        return tuple(order)

    def reach(self, starts: Iterable[str]) -> set[str]:
        """Return the nodes to which edges lead from these, these included."""
        found: set[str] = set()
        ahead = list(starts)
        while ahead:
            node_id = ahead.pop()
            if node_id not in found:
                found.add(node_id)
                ahead.extend(edge.target for edge in self.leaving[node_id])
        return found

    def cycle(self) -> Sequence[str]:
        """Return the nodes of one cycle in order, none if there is no cycle."""
        circling = set(self.nodes) - set(self.order)
        if not circling:
            return ()
        # A node that could not be sorted has a source that could not either: going back finds a cycle.
        back: dict[str, str] = {}
        for source in circling:
            for edge in self.leaving[source]:
                back[edge.target] = source
        path: dict[str, None] = {}
        node_id = next(name for name in self.nodes if name in circling)
        while node_id not in path:
            path[node_id] = None
            node_id = back[node_id]
        names = list(path)
        return names[names.index(node_id) :][::-1]


def read_node(raw: Any) -> Node:
    """Read a node whatever its free parts hold."""
    fields = raw if isinstance(raw, dict) else {}
    data = fields.get("data")
    data = data if isinstance(data, dict) else {}
    component = data.get("componentId")
    if not isinstance(component, str):
        component = fields.get("type")
    return Node(str(fields.get("id", "")), component if isinstance(component, str) else "", data)


def _edge(raw: Any) -> Edge:
    """Read an edge whatever its free parts hold."""
    fields = raw if isinstance(raw, dict) else {}
    handle = fields.get("sourceHandle")
    return Edge(
        str(fields.get("id", "")),
        str(fields.get("source", "")),
        str(fields.get("target", "")),
        handle if isinstance(handle, str) else None,
    )
