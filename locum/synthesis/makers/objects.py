"""Objects: properties that must be there, most of those that may, and more where the limits ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.synthesis.makers.strings import matches
from locum.synthesis.patterns.matches import match_of
from locum.synthesis.planning.parts import Part
from locum.synthesis.runs import Unsatisfiable
from locum.synthesis.vocabulary.hints import Hint
from locum.synthesis.vocabulary.texts import token
from locum.synthesis.vocabulary.words import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.synthesis.planning.nodes import Node, Planner
    from locum.synthesis.planning.parts import Merged
    from locum.synthesis.runs import Run

__all__ = ["ObjectMaker"]

_OFTEN = 0.9
"""How often a property is there that need not be."""

_ROUNDS = 2
"""How often an object is within itself, before only what must be there is made of it."""

_MOST = 10_000
"""Properties that are made at most."""

_TEXT = Part({"type": "string"})


class ObjectMaker:
    """Makes the objects that schemas admit."""

    def __init__(self, merged: Merged, planner: Planner, hint: Hint) -> None:
        self._parts = merged.objects
        holder = merged.owner or hint.name
        self._planner = planner
        self._foreign = merged.foreign
        self._extra_hint = hint.singular()
        self._names = merged.names
        self._name_judges = [planner.judge((part,)) for part in merged.names]
        self._least = merged.least.get("minProperties", 0)
        self._most = merged.most.get("maxProperties", _MOST)
        self._dependents = merged.dependents
        self._tied = {name for names in merged.dependents.values() for name in names}
        self._patterns = [pattern for part in self._parts for pattern in part.schema.get("patternProperties") or ()]
        self.entries: dict[str, tuple[Node, bool]] = {}
        declared = dict.fromkeys(name for part in self._parts for name in part.schema.get("properties") or ())
        for name in declared | merged.required:
            needed = name in merged.required
            if name in self._foreign:
                continue
            roots = self._roots(name)
            if any(root.schema is False for root in roots) or not self._names_admit(name):
                if needed:
                    raise Unsatisfiable
                continue
            self.entries[name] = planner.node(roots, Hint(name, holder)), needed
        self._fixed = [name for name, (_, needed) in self.entries.items() if needed]
        if max(len(self._fixed), self._least) > self._most:
            raise Unsatisfiable
        self._map = not declared and any(
            part.schema.get(keyword)
            for part in self._parts
            for keyword in ("additionalProperties", "patternProperties", "unevaluatedProperties")
        )
        self._plain = [(name, node, needed) for name, (node, needed) in self.entries.items()]
        self._is_plain = not (self._least or "maxProperties" in merged.most or self._dependents or self._map)

    def needs(self) -> list[Node]:
        """Return what the smallest of these objects holds."""
        return [self.entries[name][0] for name in self._fixed]

    def make(self, run: Run, depth: int) -> dict[str, Any]:
        """Make one object."""
        path = run.path
        bare = run.enter(depth) or path.count(self) >= _ROUNDS
        before = run.begin()
        path.append(self)
        try:
            if not self._is_plain:
                return self._limited(run, depth + 1, bare=bare)
            result = {}
            for name, node, needed in self._plain:
                if needed:
                    result[name] = node.make(run, depth + 1)
                elif run.uniform() < _OFTEN and not (bare and (run.lean or not node.simple)):
                    try:
                        result[name] = node.make(run, depth + 1)
                    except Unsatisfiable:
                        continue
            return result
        finally:
            path.pop()
            run.resume(before)

    def _limited(self, run: Run, depth: int, *, bare: bool) -> dict[str, Any]:
        """Make an object whose properties are counted, depend on each other, or are named as it goes."""
        chosen: dict[str, Node] = {}
        for name in self._fixed:
            if not self._choose(name, chosen):
                raise Unsatisfiable
        spare = [name for name, (_, needed) in self.entries.items() if not needed]
        for name in spare:
            node = self.entries[name][0]
            if run.uniform() < _OFTEN and not (bare and (run.lean or not node.simple)):
                self._choose(name, chosen)
        for name in spare:
            if len(chosen) < self._least:
                self._choose(name, chosen)
        wanted = self._least if bare or not self._map else max(self._least, len(chosen) + run.between(1, 3))
        for name in self._further(run, wanted) if len(chosen) < wanted else ():
            self._choose(name, chosen)
            if len(chosen) >= min(wanted, self._most):
                break
        if len(chosen) < self._least:
            raise Unsatisfiable
        result = {}
        order = {name: chosen[name] for name in self.entries if name in chosen} | chosen
        for name, node in order.items():
            try:
                result[name] = node.make(run, depth)
            except Unsatisfiable:
                if name in self._fixed or name in self._tied:
                    raise
        if len(result) < self._least:
            raise Unsatisfiable
        return result

    def _choose(self, name: str, chosen: dict[str, Node]) -> bool:
        """Add a property, and all that depend on its being there, if there is room."""
        added: dict[str, Node] = {}
        waiting = [name]
        while waiting:
            name = waiting.pop()
            if name in chosen or name in added:
                continue
            node = self._node(name)
            if node is None:
                return False
            added[name] = node
            waiting += self._dependents.get(name, ())
        if len(chosen) + len(added) > self._most:
            return False
        chosen |= added
        return True

    def _node(self, name: str) -> Node | None:
        """Return what a property of any name is; None where there must be none."""
        entry = self.entries.get(name)
        if entry is not None:
            return entry[0]
        if name in self._foreign or not self._names_admit(name):
            return None
        roots = self._roots(name)
        if any(root.schema is False for root in roots):
            return None
        return self._planner.node(roots, self._extra_hint)

    def _names_admit(self, name: str) -> bool:
        return all(judge(name) for judge in self._name_judges)

    def _further(self, run: Run, wanted: int) -> Iterator[str]:
        """Yield names for properties that no schema names."""
        if self._names:
            node = self._planner.node((*self._names, _TEXT), Hint("key"))
            for _ in range(10 * wanted + 20):
                try:
                    yield node.make(run, 0)
                except Unsatisfiable:
                    break
        for _ in range(5 * wanted):
            for pattern in self._patterns:
                match = match_of(pattern)
                if match is not None:
                    yield match.string(run, 0, 40, odd=False)
        start = run.between(0, len(KEYS) - 1)
        yield from KEYS[start:] + KEYS[:start]
        yield from (token(run, 8) for _ in range(2 * wanted))

    def _roots(self, name: str) -> tuple[Part, ...]:
        """Return the schemas that a property has to fit."""
        found = []
        evaluated = False
        for part in self._parts:
            schema = part.schema
            own = [part.inner("properties", name)] if name in (schema.get("properties") or ()) else []
            own += [
                part.inner("patternProperties", pattern)
                for pattern in schema.get("patternProperties") or ()
                if matches(pattern)(name)
            ]
            if not own and "additionalProperties" in schema:
                own = [part.inner("additionalProperties")]
            evaluated = evaluated or bool(own)
            found += own
        if not evaluated:
            found = [
                part.inner("unevaluatedProperties") for part in self._parts if "unevaluatedProperties" in part.schema
            ]
        return tuple(found)
