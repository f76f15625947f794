"""A definition's nodes and edges as a graph: order, cycles, reachable nodes."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Edge", "Graph", "Node", "read_node"]


@dataclass(frozen=True, slots=True)
class Node:
    """A node. Its component is `data.componentId`, else its type."""

    id: str
    component: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge; `handle` is the branch of the source node that it belongs to."""

    id: str
    source: str
    target: str
    handle: str | None


class Graph:
    """The nodes by id, the outgoing edges of each, and a topological order.

    Edges to or from unknown nodes are ignored. Of nodes with the same id, the first one is used.
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
        self.order = self._sort()

    def _sort(self) -> tuple[str, ...]:
        """Return the nodes in topological order, ties as declared, without the nodes of cycles."""
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
        """Return the nodes that are reachable from these, with these."""
        found: set[str] = set()
        ahead = list(starts)
        while ahead:
            node_id = ahead.pop()
            if node_id not in found:
                found.add(node_id)
                ahead.extend(edge.target for edge in self.leaving[node_id])
        return found

    def find_cycle(self) -> Sequence[str]:
        """Return the nodes of one cycle in order; empty if there is none."""
        circling = set(self.nodes) - set(self.order)
        if not circling:
            return ()
        # An unsorted node has an unsorted source, so following the edges back finds a cycle.
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
    """Read a node, of any shape that the contract allows."""
    fields = raw if isinstance(raw, dict) else {}
    data = fields.get("data")
    data = data if isinstance(data, dict) else {}
    component = data.get("componentId")
    if not isinstance(component, str):
        component = fields.get("type")
    return Node(str(fields.get("id", "")), component if isinstance(component, str) else "", data)


def _edge(raw: Any) -> Edge:
    """Read an edge, of any shape that the contract allows."""
    fields = raw if isinstance(raw, dict) else {}
    handle = fields.get("sourceHandle")
    return Edge(
        str(fields.get("id", "")),
        str(fields.get("source", "")),
        str(fields.get("target", "")),
        handle if isinstance(handle, str) else None,
    )
