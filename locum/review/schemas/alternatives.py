"""Alternatives: which branches of `oneOf` and `anyOf` belong together in two contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.openapi.pointers import split
from locum.openapi.schemas.discriminators import names_of
from locum.review.changes import Effect
from locum.review.schemas.pairs import SAME, SchemaChange
from locum.review.schemas.views import View, canonical

if TYPE_CHECKING:
    from locum.review.schemas.comparison import Comparison
    from locum.review.schemas.pairs import Pair
    from locum.review.schemas.sides import Side
    from locum.review.schemas.views import Alternatives, Node

__all__ = ["compare_alternatives", "lifted"]

_ALIKE = 0.5
"""The share of common properties from which two alternatives are taken for the same one."""


def compare_alternatives(comparison: Comparison, pair: Pair, base: View, head: View) -> None:
    """Compare the alternatives of two views: pair those that belong together, and report the others."""
    for index in range(max(len(base.alternatives), len(head.alternatives))):
        mine = base.alternatives[index] if index < len(base.alternatives) else None
        theirs = head.alternatives[index] if index < len(head.alternatives) else None
        if mine is None or theirs is None:
            known = mine or theirs
            assert known is not None  # noqa: S101 (for the type checker: one of both is there)
            # Alternatives often take the place of other keywords, such as `required`.
            effect, word = Effect.UNKNOWN, "added" if mine is None else "removed"
            sentence = f"the alternatives ({known.keyword}) were {word}"
            at = (known.pointer, "") if mine is not None else ("", known.pointer)
            pair.changes.append(SchemaChange(f"alternatives-{word}", effect, sentence, known.keyword, *at))
            continue
        couples, gone, new = _matched(comparison, mine, theirs)
        pair.edges += [(SAME, comparison._pair(one, other)) for one, other in couples]  # noqa: SLF001 (of this package)
        pair.changes += [_removed(comparison.base, mine, node, theirs.pointer) for node in gone]
        pair.changes += [_added(comparison.head, theirs, node, mine.pointer) for node in new]
        if mine.keyword != theirs.keyword:
            narrows = theirs.keyword == "oneOf"
            sentence = f"{theirs.keyword} takes the place of {mine.keyword}"
            pair.changes.append(
                SchemaChange(
                    "alternatives-changed",
                    Effect.NARROWS if narrows else Effect.WIDENS,
                    sentence,
                    "",
                    mine.pointer,
                    theirs.pointer,
                )
            )
        pair.changes += _discriminators(mine, theirs)


def lifted(comparison: Comparison, pair: Pair, base: View, head: View) -> tuple[Pair, list[SchemaChange]] | None:
    """Match a plain schema with one alternative of the other side.

    Return the pair of both, and a change for each other alternative; None if the schema is none of them.
    """
    if bool(base.alternatives) == bool(head.alternatives):
        return None
    into = bool(head.alternatives)
    whole, side, other_node = (head, comparison.head, pair.base) if into else (base, comparison.base, pair.head)
    if len(whole.alternatives) != 1 or _has_rules(whole):
        return None
    group = whole.alternatives[0]
    plain_side = comparison.base if into else comparison.head
    plain = base if into else head
    best, found = 0.0, None
    for node in group.nodes:
        if _text(side, node) == _text(plain_side, other_node):
            found = node
            break
        likeness = _likeness(side.view(node), plain)
        if likeness > best:
            best, found = likeness, node
    if found is None:
        return None
    rest = [node for node in group.nodes if node != found]
    if into:
        inner = comparison._pair(pair.base, found)  # noqa: SLF001 (of this package)
        changes = [_added(side, group, node, pair.base[0] if pair.base else "") for node in rest]
    else:
        inner = comparison._pair(found, pair.head)  # noqa: SLF001 (of this package)
        changes = [_removed(side, group, node, pair.head[0] if pair.head else "") for node in rest]
    if group.keyword == "oneOf":
        for change in changes:
            change.effect = Effect.UNKNOWN  # a value of both alternatives fits only the plain schema
    return inner, changes


def _has_rules(view: View) -> bool:
    """Return whether a view says more than its alternatives and perhaps the type of all."""
    return any((view.choices, *view.assertions, view.exclusions, view.conditions))


def _matched(
    comparison: Comparison, mine: Alternatives, theirs: Alternatives
) -> tuple[list[tuple[Node, Node]], list[Node], list[Node]]:
    """Return the alternatives that belong together, those of the base that are left, and those of the head."""
    base, head = list(mine.nodes), list(theirs.nodes)
    couples: list[tuple[Node, Node]] = []
    for key in (_name, _text, _value, _title):
        known: dict[Any, Node] = {}
        for node in head:
            value = key(comparison.head, node, theirs.discriminator)
            if value:
                known.setdefault(value, node)
        for node in list(base):
            value = key(comparison.base, node, mine.discriminator)
            match = known.pop(value, None) if value else None
            if match is not None:
                couples.append((node, match))
                base.remove(node)
                head.remove(match)
    ranked = sorted(
        (
            (-_likeness(comparison.base.view(one), comparison.head.view(other)), index, number)
            for index, one in enumerate(base)
            for number, other in enumerate(head)
        ),
    )
    taken: tuple[set[int], set[int]] = (set(), set())
    for likeness, index, number in ranked:
        if -likeness >= _ALIKE and index not in taken[0] and number not in taken[1]:
            taken[0].add(index)
            taken[1].add(number)
            couples.append((base[index], head[number]))
    return (
        couples,
        [node for index, node in enumerate(base) if index not in taken[0]],
        [node for number, node in enumerate(head) if number not in taken[1]],
    )


def _name(_side: Side, node: Node, _: Any = None) -> str:
    """Return the name of a component."""
    place = split(node[0]) if len(node) == 1 else []
    return place[2] if len(place) == 3 and place[:2] == ["components", "schemas"] else ""  # noqa: PLR2004 (its steps)


def _text(side: Side, node: Node, _: Any = None) -> bytes:
    return b"\0".join(canonical(side.raw(pointer)) for pointer in node)


def _title(side: Side, node: Node, _: Any = None) -> str:
    note = side.view(node).notes.get("title")
    return str(note[0]) if note else ""


def _value(side: Side, node: Node, discriminator: dict[str, Any] | None) -> str:
    """Return the value of the discriminator, or of the property that has a constant value."""
    view = side.view(node)
    if discriminator is not None and len(node) == 1:
        names = names_of(discriminator, {"$ref": "#" + node[0]})
        if names and isinstance(discriminator.get("mapping"), dict):
            return "=".join(names)
    constants = []
    for name, part in view.properties.items():
        choices = side.view(part).choices if name in view.required else None
        if choices is not None and len(choices) == 1:
            constants.append(f"{name}={choices[0]}")
    return ",".join(constants)


def _likeness(one: View, other: View) -> float:
    """Return how alike two alternatives are, from 0 to 1."""
    if one.kinds is not None and other.kinds is not None and not one.kinds & other.kinds:
        return 0.0
    if one.properties or other.properties:
        common = one.properties.keys() & other.properties.keys()
        return len(common) / len(one.properties.keys() | other.properties.keys())
    if one.kinds != other.kinds:
        return 0.0
    if one.alternatives or other.alternatives:
        return 0.0
    return 0.75 if one.formats.keys() == other.formats.keys() else _ALIKE


def _label(side: Side, group: Alternatives, node: Node) -> str:
    """Return what an alternative is called: its component, its title, its discriminator, else its number."""
    name = _name(side, node) or _title(side, node) or _value(side, node, group.discriminator)
    if name:
        return name
    kinds = side.view(node).kinds
    return " or ".join(sorted(kinds)) if kinds else f"number {group.nodes.index(node) + 1}"


def _added(side: Side, group: Alternatives, node: Node, at: str) -> SchemaChange:
    label = _label(side, group, node)
    sentence = f"the alternative {label} was added ({group.keyword})"
    return SchemaChange("alternative-added", Effect.WIDENS, sentence, label, at, node[0] if node else "", None, node)


def _removed(side: Side, group: Alternatives, node: Node, at: str) -> SchemaChange:
    label = _label(side, group, node)
    sentence = f"the alternative {label} was removed ({group.keyword})"
    return SchemaChange("alternative-removed", Effect.NARROWS, sentence, label, node[0] if node else "", at, node)


def _discriminators(mine: Alternatives, theirs: Alternatives) -> list[SchemaChange]:
    before, after = mine.discriminator or {}, theirs.discriminator or {}
    at = mine.pointer.rpartition("/")[0], theirs.pointer.rpartition("/")[0]
    found = []
    if before.get("propertyName") != after.get("propertyName"):
        sentence = f"the discriminator is {after.get('propertyName')} now (was {before.get('propertyName')})"
        found.append(SchemaChange("discriminator-changed", Effect.NONE, sentence, "propertyName", *at))
    known, new = _mapping(before), _mapping(after)
    for value in known:
        if value not in new:
            sentence = f"the discriminator no longer maps {value!r}"
            found.append(SchemaChange("discriminator-value-removed", Effect.NONE, sentence, str(value), *at))
        elif _last(known[value]) != _last(new[value]):
            sentence = f"the discriminator maps {value!r} to {_last(new[value])} now (was {_last(known[value])})"
            found.append(SchemaChange("discriminator-value-changed", Effect.NONE, sentence, str(value), *at))
    for value in new:
        if value not in known:
            sentence = f"the discriminator maps {value!r} now"
            found.append(SchemaChange("discriminator-value-added", Effect.NONE, sentence, str(value), *at))
    return found


def _mapping(discriminator: dict[str, Any]) -> dict[str, Any]:
    found = discriminator.get("mapping")
    return found if isinstance(found, dict) else {}


def _last(reference: Any) -> str:
    return str(reference).rpartition("/")[2]
