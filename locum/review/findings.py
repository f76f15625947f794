"""Findings: the changes of the schemas of all operations, each once, with the operations that it concerns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from locum.openapi.pointers import split
from locum.review.changes import Change, Effect, Level, Site, Witness
from locum.review.levels import is_harmful, rule_of
from locum.review.schemas.pairs import path_of, routes_from
from locum.review.schemas.search import search

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from locum.review.parts import ContractPart
    from locum.review.schemas.pairs import Pair, Route, SchemaChange

__all__ = ["schema_changes"]

_MOST_VALUES = (6, 2, 1)
"""How many values are tried as an example of one change, in the first operations that it concerns."""


@dataclass(slots=True)
class _Occurrences:
    """Where a pair with changes occurs: the parts that reach it, each with its shortest route."""

    pair: Pair
    places: list[tuple[ContractPart, Route]] = field(default_factory=list)


def schema_changes(parts: Sequence[ContractPart]) -> Iterator[Change]:
    """Yield the changes of the schemas of all parts."""
    found: dict[tuple[int, bool, bool], _Occurrences] = {}
    for part in parts:
        for pair, route in routes_from(part.root):
            if pair.changes:
                key = id(pair), part.received, part.is_client_side
                found.setdefault(key, _Occurrences(pair)).places.append((part, route))
    for occurrences in found.values():
        occurrences.places.sort(key=lambda place: len(place[1]))
        for change in occurrences.pair.changes:
            yield _finding(change, occurrences)


def _finding(change: SchemaChange, occurrences: _Occurrences) -> Change:
    part, route = occurrences.places[0]
    operations = tuple(dict.fromkeys(place.operation for place, _ in occurrences.places))
    level, witness, note = _levelled(change, occurrences)
    pair = occurrences.pair
    return Change(
        change.kind,
        level,
        _site(part, route, pair),
        change.sentence,
        change.base_pointer or _holder(pair.base),
        change.head_pointer or _holder(pair.head),
        witness=witness,
        note=note,
        operations=operations,
        subject=change.subject,
        places=tuple(Site(one.operation, one.label, path_of(way)) for one, way in occurrences.places),
    )


def _holder(node: tuple[str, ...]) -> str:
    return node[0].removesuffix("!") if node else ""


def _component(node: tuple[str, ...]) -> str:
    """Return the name of the component that a node is."""
    steps = split(node[0]) if len(node) == 1 else []
    return steps[2] if len(steps) == 3 and steps[:2] == ["components", "schemas"] else ""  # noqa: PLR2004 (its steps)


def _site(part: ContractPart, route: Route, pair: Pair) -> Site:
    """Return the site of a change: below the last component on the way to it, if there is one.

    It is the same whichever operations use the component.
    """
    way = [*(outer for outer, _ in route), pair]
    steps = [step for _, step in route]
    for index in range(len(way) - 1, -1, -1):
        # Where the names differ, it is the reference that has changed.
        name = _component(way[index].base)
        if name and name == _component(way[index].head):
            side = "requests" if not part.received else "responses"
            if part.is_client_side:
                side = "webhooks and callbacks"
            rest = path_of(tuple(zip(way[index:], steps[index:], strict=False)))
            return Site("", f"schema {name} in {side}", rest)
    return Site(part.operation, part.label, path_of(route))


def _levelled(change: SchemaChange, occurrences: _Occurrences) -> tuple[Level, Witness | None, str]:
    """Return the level of a change, its example, and a note."""
    received = occurrences.places[0][0].received
    rule = rule_of(change.kind, received=received)
    if rule.most <= Level.COMPATIBLE or not (
        is_harmful(change.effect, received=received) or rule.least > Level.COMPATIBLE
    ):
        return max(rule.least, Level.COMPATIBLE) if rule.most > Level.DOCS else Level.DOCS, None, ""
    witness = None
    if change.effect is not Effect.NONE:
        witness = _witness(change, occurrences, from_head=received)
    if witness is not None:
        return rule.most, witness, rule.note if rule.most < Level.BREAKING else ""
    if rule.least > Level.COMPATIBLE:
        return rule.least, None, rule.note
    if change.effect is Effect.UNKNOWN and _witness(change, occurrences, from_head=not received) is not None:
        return Level.COMPATIBLE, None, ""
    return Level.DANGEROUS, None, _why_none(change, occurrences, from_head=received)


def _why_none(change: SchemaChange, occurrences: _Occurrences, *, from_head: bool) -> str:
    """Return why there is no example: one for the schema itself may be accepted for another reason."""
    part, route = occurrences.places[0]
    makers = part.contracts.makers(occurrences.pair.direction)
    if any(step.kind == "same" for _, step in route) and search(
        change, (), occurrences.pair, makers, lambda _: 1, from_head=from_head, most=1
    ):
        return "No example was found: another alternative accepts the same values."
    return "No example was found."


def _witness(change: SchemaChange, occurrences: _Occurrences, *, from_head: bool) -> Witness | None:
    """Return an example for a change in one of its places; of the harmless direction it says nothing."""
    for (part, route), most in zip(occurrences.places, _MOST_VALUES, strict=False):
        makers = part.contracts.makers(occurrences.pair.direction)

        path = path_of(route)

        def broken(value: object, part: ContractPart = part, path: str = path) -> int:
            return part.broken(value, path, from_head=from_head)

        found = search(change, route, occurrences.pair, makers, broken, from_head=from_head, most=most)
        if found is not None:
            about = path + "/" + change.subject if change.subject and "propert" in change.kind else path
            return part.witness(found.whole, about)
    return None
