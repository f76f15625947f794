"""Properties: which an object may have, and the schemas that each of them has to fit."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from locum.generate.generation import Unsatisfiable
from locum.generate.generators.rules import RULE, is_template
from locum.generate.patterns.matches import match_of
from locum.generate.planning.keywords import marked
from locum.generate.planning.parts import Part
from locum.generate.vocabulary.hints import Hint
from locum.generate.vocabulary.names import PERSONAL, kind_of, words_of_kind
from locum.generate.vocabulary.texts import token
from locum.generate.vocabulary.words import KEYS
from locum.openapi.patterns import matcher
from locum.openapi.pointers import split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.generate.generation import Generation
    from locum.generate.planning.nodes import Node, Planner
    from locum.generate.planning.parts import Merged

__all__ = ["Properties"]

_TEXT = Part({"type": "string"})


def _holder(merged: Merged, hint: Hint) -> str:
    """Return the name of what the objects are: their component, their member, their title, or the path they are at."""
    titles = [str(schema.get("title") or "") for schema in merged.described]
    at_path = [resource_of(part.pointer) for part in merged.objects if part.pointer]
    names = [merged.owner or "", hint.name, *(title for title in titles if title.count(" ") < _LONGEST_TITLE), *at_path]
    return next((name for name in names if name and words_of_kind(name)), "")


_LONGEST_TITLE = 4
"""Words, from which on a title is a sentence."""


def resource_of(pointer: str) -> str:
    """Return the singular of the last word of the path that a schema stands below; empty where it stands elsewhere."""
    steps = split(pointer)
    if len(steps) < 2 or steps[0] != "paths":  # noqa: PLR2004 (the word and the path)
        return ""
    words = [step for step in steps[1].split("/") if step and "{" not in step]
    return Hint(words[-1]).singular().name if words else ""


class Properties:
    """The properties of the objects of one place: those named in a schema, and those of any other name."""

    def __init__(self, merged: Merged, planner: Planner, hint: Hint) -> None:
        self._parts = merged.objects
        self._planner = planner
        self._extra_hint = hint.singular()
        self._names = merged.names
        self._name_judges = [planner.judge((part,)) for part in merged.names]
        self._patterns = [pattern for part in self._parts for pattern in part.schema.get("patternProperties") or ()]
        self.foreign = merged.foreign
        declared = dict.fromkeys(name for part in self._parts for name in part.schema.get("properties") or ())
        self.is_map = not declared and any(
            part.schema.get(keyword)
            for part in self._parts
            for keyword in ("additionalProperties", "patternProperties", "unevaluatedProperties")
        )
        holder = self.holder = _holder(merged, hint)
        # Who has an email address, and is nothing that is known, is a person.
        unknown = kind_of(words_of_kind(holder)) is None
        of_person = "person" if unknown and not PERSONAL.keys().isdisjoint(declared) else holder
        self.named: dict[str, tuple[Node, bool]] = {}
        """The properties that a schema names, and whether each must be there."""
        for name in declared | merged.required:
            needed = name in merged.required
            if name in self.foreign:
                continue
            roots = self._roots(name)
            if any(root.schema is False for root in roots) or not self._names_admit(name):
                if not needed:
                    continue
                if not merged.open:
                    raise Unsatisfiable
                roots = tuple(root for root in roots if root.schema is not False)
            self.named[name] = planner.node(roots, Hint(name, of_person if name == "name" else holder)), needed

    def node(self, name: str) -> Node | None:
        """Return what a property of any name is; None where there must be none."""
        entry = self.named.get(name)
        if entry is not None:
            return entry[0]
        if name in self.foreign or not self._names_admit(name):
            return None
        roots = self._roots(name)
        if any(root.schema is False for root in roots):
            return None
        return self._planner.node(roots, self._extra_hint)

    def further(self, run: Generation, wanted: int) -> Iterator[str]:
        """Yield names for properties that no schema names."""
        if self._names:
            node = self._planner.node((*self._names, _TEXT), Hint("key"))
            for _ in range(10 * wanted + 20):
                try:
                    name = node.make(run, 0)
                except Unsatisfiable:
                    break
                if isinstance(name, str):  # an example of a name may be anything
                    yield name
        for _ in range(5 * wanted):
            for pattern in self._patterns:
                match = match_of(pattern)
                if match is not None:
                    yield match.string(run, 0, 40, odd=False)
        start = run.between(0, len(KEYS) - 1)
        yield from KEYS[start:] + KEYS[:start]
        yield from (token(run, 8) for _ in range(2 * wanted))

    @cached_property
    def templates(self) -> dict[str, str]:
        """Return the templates that `x-locum-value` lays down, by the property's name."""
        found: dict[str, str] = {}
        for name in self.named:
            for root in self._roots(name):
                schema = self._planner.schemas.resolve(root.schema)
                if isinstance(schema, dict) and is_template(schema.get(RULE)):
                    found.setdefault(name, schema[RULE])
        return found

    @cached_property
    def server_made(self) -> frozenset[str]:
        """Name the properties that only the server sets: they are readOnly."""
        schemas = self._planner.schemas
        return frozenset(name for part in self._parts for name in marked(part.schema, "readOnly", schemas))

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """Return the defaults that fit, by the property's name."""
        found: dict[str, Any] = {}
        for name, (node, _) in self.named.items():
            for root in self._roots(name):
                schema = self._planner.schemas.resolve(root.schema)
                if isinstance(schema, dict) and "default" in schema and node.fits(schema["default"]):
                    found.setdefault(name, schema["default"])
        return found

    def _names_admit(self, name: str) -> bool:
        return all(judge(name) for judge in self._name_judges)

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
                if matcher(pattern)(name)
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
