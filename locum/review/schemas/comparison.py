"""Comparison: where the schemas of two contracts differ, and in which direction each difference goes."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from locum.review.changes import Effect
from locum.review.schemas.alternatives import compare_alternatives, lifted
from locum.review.schemas.keywords import compare_keywords, shown
from locum.review.schemas.pairs import SAME, Pair, PairStep, SchemaChange, routes_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.openapi.schemas.dialects import Direction
    from locum.openapi.schemas.schemas import Schemas
    from locum.review.schemas.sides import Side
    from locum.review.schemas.views import Node, View

__all__ = ["Comparison"]


class Comparison:
    """Compares the schemas of two contracts in one direction. Each pair of schemas is compared once."""

    def __init__(self, base: Side, head: Side, is_unchanged: Callable[[Any, Any], bool]) -> None:
        """`is_unchanged` tells quickly whether two schema objects, and all that they refer to, are equal."""
        self.base = base
        self.head = head
        self._is_unchanged = is_unchanged
        self._pairs: dict[tuple[Node, Node], Pair] = {}
        self._depth = 0
        self._effects: dict[tuple[Node, Node], frozenset[Effect]] = {}

    @property
    def direction(self) -> Direction:
        """The direction of the values."""
        return self.base.direction

    def schemas(self, *, of_head: bool) -> Schemas:
        """Return the schemas of one contract."""
        return (self.head if of_head else self.base).schemas

    def pair(self, base: Node, head: Node) -> Pair:
        """Return the pair of two nodes, compared with all pairs that can be reached from it."""
        root = self._pair(base, head)
        pending = [root]
        while pending:
            pair = pending.pop()
            if pair.is_compared:
                continue
            pair.is_compared = True
            if not self._are_unchanged(pair):
                self._compare(pair)
            pending += [inner for _, inner in pair.edges if not inner.is_compared]
        return root

    def effects(self, base: Node, head: Node) -> frozenset[Effect]:
        """Return the effects of all differences between two nodes and their parts; none if they mean the same."""
        key = base, head
        if key not in self._effects:
            if self._depth > _DEEPEST:
                return frozenset({Effect.UNKNOWN})
            self._depth += 1
            root = self.pair(base, head)
            self._depth -= 1
            found = {change.effect for pair, _ in routes_from(root) for change in pair.changes}
            self._effects[key] = frozenset(found - {Effect.NONE})
        return self._effects[key]

    def _pair(self, base: Node, head: Node) -> Pair:
        key = base, head
        found = self._pairs.get(key)
        if found is None:
            found = self._pairs[key] = Pair(base, head, self.direction)
        return found

    def _are_unchanged(self, pair: Pair) -> bool:
        if len(pair.base) != len(pair.head):
            return False
        couples = zip(pair.base, pair.head, strict=True)
        return all(self._is_unchanged(self.base.raw(mine), self.head.raw(theirs)) for mine, theirs in couples)

    def _compare(self, pair: Pair) -> None:
        base, head = self.base.view(pair.base), self.head.view(pair.head)
        if self._compare_open(pair, base, head):
            return
        pair.changes += _notes(base, head)
        lift = lifted(self, pair, base, head)
        if lift is not None:
            inner, changes = lift
            pair.edges.append((SAME, inner))
            pair.changes += changes
            return
        pair.changes += compare_keywords(base, head)
        self._compare_properties(pair, base, head)
        self._compare_parts(pair, base, head)
        compare_alternatives(self, pair, base, head)
        pair.changes += self._compare_conditions(base, head)

    def _compare_open(self, pair: Pair, base: View, head: View) -> bool:
        """Handle a side that allows everything or nothing; return whether it was one."""
        if bool(base.never) != bool(head.never):
            if head.never:
                sentence = "no value is allowed any more"
                change = SchemaChange("value-forbidden", Effect.NARROWS, sentence, "", _first(pair.base), head.never)
            else:
                sentence = "a value is allowed now, where none was"
                change = SchemaChange("value-allowed", Effect.WIDENS, sentence, "", base.never or "", _first(pair.head))
            pair.changes.append(change)
            return True
        open_base, open_head = _is_open(base), _is_open(head)
        if open_base == open_head:
            return bool(base.never)
        if open_base:
            sentence = f"the value was not restricted, and must be {_summary(head)} now"
            pair.changes.append(
                SchemaChange("schema-added", Effect.NARROWS, sentence, "", _first(pair.base), _first(pair.head))
            )
        else:
            sentence = f"the value had to be {_summary(base)}, and is not restricted any more"
            pair.changes.append(
                SchemaChange("schema-removed", Effect.WIDENS, sentence, "", _first(pair.base), _first(pair.head))
            )
        return True

    def _compare_properties(self, pair: Pair, base: View, head: View) -> None:
        foreign = "readOnly" if self.direction.foreign == "readOnly" else "writeOnly"
        for name in dict.fromkeys((*base.properties, *head.properties)):
            mine, theirs = base.properties.get(name), head.properties.get(name)
            if mine is not None and theirs is not None:
                before, after = name in base.foreign, name in head.foreign
                if before != after:
                    kind = f"became-{_DASHED[foreign]}" if after else f"no-longer-{_DASHED[foreign]}"
                    word = f"is {foreign} now" if after else f"is no longer {foreign}"
                    pair.changes.append(
                        SchemaChange(
                            kind,
                            Effect.NARROWS if after else Effect.WIDENS,
                            f"{name!r} {word}",
                            name,
                            _first(mine),
                            _first(theirs),
                            name in base.required,
                            name in head.required,
                        )
                    )
                elif not before:
                    pair.edges.append((PairStep("property", name), self._pair(mine, theirs)))
                continue
            if theirs is None:
                assert mine is not None  # noqa: S101 (for the type checker: one of both has it)
                pair.changes.append(_removed(name, mine, base, head))
            else:
                pair.changes.append(_added(name, theirs, base, head))
        for name in dict.fromkeys((*base.required, *head.required)):
            both = (name in base.properties) == (name in head.properties)
            if both and (name in base.required) != (name in head.required):
                if (name in base.foreign) != (name in head.foreign):
                    continue
                pair.changes.append(_requiredness(name, base, head))

    def _compare_parts(self, pair: Pair, base: View, head: View) -> None:
        if bool(base.closed) != bool(head.closed):
            pair.changes.append(_closure(base, head))
        for keyword in ("additionalProperties", "unevaluatedProperties"):
            mine, theirs = base.parts.get(keyword, ()), head.parts.get(keyword, ())
            if not base.closed and not head.closed and (mine or theirs):
                pair.edges.append((PairStep("additional", "extra"), self._pair(mine, theirs)))
        for pattern in dict.fromkeys((*base.by_pattern, *head.by_pattern)):
            inner = self._pair(base.by_pattern.get(pattern, ()), head.by_pattern.get(pattern, ()))
            pair.edges.append((PairStep("pattern", pattern), inner))
        for index in range(max(len(base.prefix), len(head.prefix))):
            rest, other = base.parts.get("items", ()), head.parts.get("items", ())
            mine = base.prefix[index] if index < len(base.prefix) else rest
            theirs = head.prefix[index] if index < len(head.prefix) else other
            pair.edges.append((PairStep("prefix", index), self._pair(mine, theirs)))
        if "items" in base.parts or "items" in head.parts:
            inner = self._pair(base.parts.get("items", ()), head.parts.get("items", ()))
            pair.edges.append((PairStep("item"), inner))
        for keyword in ("contains", "propertyNames", "unevaluatedItems", "contentSchema"):
            change = self._covariant(keyword, base.parts.get(keyword, ()), head.parts.get(keyword, ()))
            pair.changes += [change] if change is not None else []
        for name in dict.fromkeys((*base.dependents, *head.dependents)):
            change = self._covariant("dependentSchemas", base.dependents.get(name, ()), head.dependents.get(name, ()))
            if change is not None:
                change.subject = name
                pair.changes.append(change)

    def _covariant(self, keyword: str, base: Node, head: Node) -> SchemaChange | None:
        """Compare a subschema whose narrowing narrows the whole, as one difference."""
        if not base and not head:
            return None
        if not base or not head:
            effect, word = (Effect.NARROWS, "added") if head else (Effect.WIDENS, "removed")
            return SchemaChange(f"rule-{word}", effect, f"{keyword} was {word}", keyword, _first(base), _first(head))
        effects = self.effects(base, head)
        if not effects:
            return None
        effect = next(iter(effects)) if len(effects) == 1 else Effect.UNKNOWN
        return SchemaChange("rule-changed", effect, f"{keyword} has changed", keyword, _first(base), _first(head))

    def _compare_conditions(self, base: View, head: View) -> Iterator[SchemaChange]:
        exclusions = _aligned(base.exclusions, head.exclusions, lambda one, other: not self.effects(one, other))
        for mine, theirs in exclusions:
            if mine is None or theirs is None:
                effect, word = (Effect.NARROWS, "added") if mine is None else (Effect.WIDENS, "removed")
                sentence = f"an exclusion (not) was {word}"
                yield SchemaChange(f"rule-{word}", effect, sentence, "not", _first(mine or ()), _first(theirs or ()))
            elif effects := self.effects(mine, theirs):
                turned = {Effect.NARROWS: Effect.WIDENS, Effect.WIDENS: Effect.NARROWS}
                only = next(iter(effects)) if len(effects) == 1 else Effect.UNKNOWN
                effect = turned.get(only, Effect.UNKNOWN)
                sentence = "the exclusion (not) has changed"
                yield SchemaChange("rule-changed", effect, sentence, "not", _first(mine), _first(theirs))
        for index in range(max(len(base.conditions), len(head.conditions))):
            before = base.conditions[index] if index < len(base.conditions) else None
            after = head.conditions[index] if index < len(head.conditions) else None
            if before is None or after is None:
                effect, word = (Effect.NARROWS, "added") if before is None else (Effect.WIDENS, "removed")
                known = before or after
                assert known is not None  # noqa: S101 (for the type checker: one of both is there)
                at = _first(known[0] or known[1] or known[2])
                yield SchemaChange(
                    f"rule-{word}",
                    effect,
                    f"a condition (if) was {word}",
                    "if",
                    at if before else "",
                    at if after else "",
                )
                continue
            if self.effects(before[0], after[0]):
                yield SchemaChange(
                    "rule-changed",
                    Effect.UNKNOWN,
                    "the condition (if) has changed",
                    "if",
                    _first(before[0]),
                    _first(after[0]),
                )
            for keyword, mine, theirs in (("then", before[1], after[1]), ("else", before[2], after[2])):
                change = self._covariant(keyword, mine, theirs)
                if change is not None:
                    yield change


_DEEPEST = 30
"""How deep schemas are nested in `not`, `if`, `contains` and the like before they count as different."""
_DASHED = {"readOnly": "read-only", "writeOnly": "write-only"}
_NOTE_KINDS = {"title": "title", "description": "description", "summary": "description"}


def _first(node: Node) -> str:
    return node[0].removesuffix("!") if node else ""


def _aligned(some: list[Any], others: list[Any], are_equal: Callable[[Any, Any], bool]) -> list[tuple[Any, Any]]:
    """Pair equal elements, then the others in order."""
    rest = list(others)
    open_ones = []
    pairs: list[tuple[Any, Any]] = []
    for one in some:
        match = next((other for other in rest if are_equal(one, other)), None)
        if match is None:
            open_ones.append(one)
        else:
            rest.remove(match)
            pairs.append((one, match))
    pairs += zip_longest(open_ones, rest)
    return pairs


def _is_open(view: View) -> bool:
    """Return whether a view allows every value."""
    restricting: tuple[Any, ...] = (
        view.never,
        view.kinds is not None,
        not view.nullable,
        view.choices is not None,
        *view.assertions,
        view.alternatives,
        view.exclusions,
        view.conditions,
    )
    return not any(restricting)


def _summary(view: View) -> str:
    if view.choices is not None:
        return f"one of {shown(view.choices)}"
    if view.kinds:
        return " or ".join(sorted(view.kinds) + (["null"] if view.nullable else []))
    return "what the schema declares"


def _removed(name: str, node: Node, base: View, head: View) -> SchemaChange:
    if name in base.required and name not in head.required:
        sentence = f"the required property {name!r} was removed"
        return SchemaChange(
            "required-property-removed", Effect.WIDENS, sentence, name, _first(node), "", name in base.foreign
        )
    effect = Effect.NONE if name in base.foreign else Effect.UNKNOWN
    sentence = f"the property {name!r} was removed"
    return SchemaChange("property-removed", effect, sentence, name, _first(node), "", None, bool(head.closed))


def _added(name: str, node: Node, base: View, head: View) -> SchemaChange:
    if name in head.required and name not in base.required:
        sentence = f"the required property {name!r} was added"
        return SchemaChange(
            "required-property-added", Effect.NARROWS, sentence, name, "", _first(node), bool(base.closed)
        )
    if name in head.foreign:
        return SchemaChange("property-added", Effect.NONE, f"the property {name!r} was added", name, "", _first(node))
    effect = Effect.WIDENS if base.closed else Effect.NONE
    return SchemaChange(
        "property-added", effect, f"the property {name!r} was added", name, "", _first(node), bool(base.closed)
    )


def _requiredness(name: str, base: View, head: View) -> SchemaChange:
    if name in head.required:
        return SchemaChange(
            "property-became-required",
            Effect.NARROWS,
            f"{name!r} is required now",
            name,
            _first(base.properties.get(name, ())),
            head.required[name],
        )
    return SchemaChange(
        "property-became-optional",
        Effect.WIDENS,
        f"{name!r} is no longer required",
        name,
        base.required[name],
        _first(head.properties.get(name, ())),
    )


def _closure(base: View, head: View) -> SchemaChange:
    if head.closed:
        return SchemaChange(
            "additional-properties-forbidden",
            Effect.NARROWS,
            "further properties are no longer allowed",
            "",
            "",
            head.closed,
        )
    return SchemaChange(
        "additional-properties-allowed", Effect.WIDENS, "further properties are allowed now", "", base.closed or "", ""
    )


def _notes(base: View, head: View) -> Iterator[SchemaChange]:
    """Compare titles, descriptions and examples."""
    for keyword in dict.fromkeys((*base.notes, *head.notes)):
        mine, theirs = base.notes.get(keyword), head.notes.get(keyword)
        if mine is None or theirs is None or mine[0] != theirs[0]:
            kind = f"{_NOTE_KINDS.get(keyword, 'example' if 'example' in keyword else 'documentation')}-changed"
            word = "was added" if mine is None else "was removed" if theirs is None else "has changed"
            yield SchemaChange(
                kind, Effect.NONE, f"{keyword} {word}", keyword, mine[1] if mine else "", theirs[1] if theirs else ""
            )
