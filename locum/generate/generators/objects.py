"""Objects: their properties, the schemas of each, and the generator of objects."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from locum.generate.generation import Unsatisfiable
from locum.generate.generators.agreement import agreement_of
from locum.generate.generators.constants import copy_of
from locum.generate.generators.examples import RULE, fill_template, is_template
from locum.generate.generators.given import person_of, place_of
from locum.generate.patterns import match_of
from locum.generate.planning.keywords import SchemaPart, marked
from locum.generate.vocabulary.hints import Hint, tokens
from locum.generate.vocabulary.lexicon import KEYS
from locum.generate.vocabulary.names import PERSONAL, PLACED, kind_of, role_of, words_of_kind
from locum.generate.vocabulary.texts import token
from locum.openapi.patterns import matcher
from locum.openapi.pointers import split

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from locum.generate.generation import Generation
    from locum.generate.planning.keywords import Merged
    from locum.generate.planning.nodes import Node, Planner

__all__ = ["ObjectGenerator", "ObjectProperties"]


_TEXT = SchemaPart({"type": "string"})


def _holder(merged: Merged, hint: Hint) -> str:
    """Return the name for the kind of the objects: their component, property, title, or path."""
    titles = [str(schema.get("title") or "") for schema in merged.described]
    at_path = [resource_of(part.pointer) for part in merged.objects if part.pointer]
    names = [merged.owner or "", hint.name, *(title for title in titles if title.count(" ") < _LONGEST_TITLE), *at_path]
    return next((name for name in names if name and words_of_kind(name)), "")


_LONGEST_TITLE = 4
"""The number of spaces from which a title is a sentence."""


def resource_of(pointer: str) -> str:
    """Return the singular of the last word of the path that a schema is below; "" for schemas elsewhere."""
    steps = split(pointer)
    if len(steps) < 2 or steps[0] != "paths":  # noqa: PLR2004 (the word and the path)
        return ""
    words = [step for step in steps[1].split("/") if step and "{" not in step]
    return Hint(words[-1]).singular().name if words else ""


class ObjectProperties:
    """The properties of the objects at one place: declared ones and those with other names."""

    def __init__(self, merged: Merged, planner: Planner, hint: Hint) -> None:
        self._parts = merged.objects
        self._planner = planner
        self._extra_hint = hint.singular()
        self._names = merged.names
        self._name_validators = [planner.validator((part,)) for part in merged.names]
        self._patterns = [pattern for part in self._parts for pattern in part.schema.get("patternProperties") or ()]
        self.foreign = merged.foreign
        declared = dict.fromkeys(name for part in self._parts for name in part.schema.get("properties") or ())
        self.is_map = not declared and any(
            part.schema.get(keyword)
            for part in self._parts
            for keyword in ("additionalProperties", "patternProperties", "unevaluatedProperties")
        )
        holder = self.holder = _holder(merged, hint)
        # An object of unknown kind with an email address or other personal member is a person.
        unknown = kind_of(words_of_kind(holder)) is None
        of_person = "person" if unknown and not PERSONAL.keys().isdisjoint(declared) else holder
        self.named: dict[str, tuple[Node, bool]] = {}
        """The declared properties, and whether each is required."""
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
        """Return the node of a property with any name; None if it is forbidden."""
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
        """Yield names for properties that no schema declares."""
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
        """The templates in `x-locum-value`, by property."""
        found: dict[str, str] = {}
        for name in self.named:
            for root in self._roots(name):
                schema = self._planner.schemas.resolve(root.schema)
                if isinstance(schema, dict) and is_template(schema.get(RULE)):
                    found.setdefault(name, schema[RULE])
        return found

    @cached_property
    def server_made(self) -> frozenset[str]:
        """The names of the properties that only the server sets (`readOnly`)."""
        schemas = self._planner.schemas
        return frozenset(name for part in self._parts for name in marked(part.schema, "readOnly", schemas))

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The valid defaults, by property."""
        found: dict[str, Any] = {}
        for name, (node, _) in self.named.items():
            for root in self._roots(name):
                schema = self._planner.schemas.resolve(root.schema)
                if isinstance(schema, dict) and "default" in schema and node.fits(schema["default"]):
                    found.setdefault(name, schema["default"])
        return found

    def _names_admit(self, name: str) -> bool:
        return all(validator(name) for validator in self._name_validators)

    def _roots(self, name: str) -> tuple[SchemaPart, ...]:
        """Return the schemas that a property must fit."""
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


def _about(names: Iterable[str]) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    """Return the members that describe a person, with role and part, and those that describe a place, with the part."""
    people, places = {}, {}
    for name in names:
        words = tokens(name)
        for start in range(len(words)):
            word = "_".join(words[start:])
            if word in PERSONAL:
                people[name] = role_of(words), PERSONAL[word]
            elif word in PLACED:
                places[name] = PLACED[word]
            else:
                continue
            break
    return people, places


_ROUNDS = 2
"""The number of recursions after which only required properties are generated."""

_MOST = 10_000
"""Limit of the properties of an object."""


class ObjectGenerator:
    """Generates the objects that schemas accept."""

    def __init__(self, merged: Merged, planner: Planner, hint: Hint) -> None:
        self._properties = ObjectProperties(merged, planner, hint)
        self._least = merged.least.get("minProperties", 0)
        self._most = merged.most.get("maxProperties", _MOST)
        self._dependents = merged.dependents
        self._tied = {name for names in merged.dependents.values() for name in names}
        self._plain = [(name, node, needed) for name, (node, needed) in self._properties.named.items()]
        self._fixed = [name for name, _, needed in self._plain if needed]
        if max(len(self._fixed), self._least) > self._most:
            raise Unsatisfiable
        counted = self._least or "maxProperties" in merged.most
        self._people, self._places = _about(self._properties.named)
        self._settle = agreement_of(self._properties.named)
        self._templates = self._properties.templates
        self._is_free = not (counted or self._dependents)
        """Whether each property can be added without others, and without a limit of their number."""
        self._is_plain = self._is_free and not self._properties.is_map

    def needs(self) -> list[Node]:
        """Return the nodes of the properties in the smallest object."""
        return [node for _, node, needed in self._plain if needed]

    def make(self, run: Generation, depth: int) -> dict[str, Any]:
        """Return an object; at depth 0 of a generation with given members, one around these."""
        path = run.path
        bare = run.enter(depth) or path.count(self) >= _ROUNDS
        before = run.begin(placed=bool(self._places))
        path.append(self)
        try:
            if run.completes(depth):
                return self._completed(run, run.given)
            made = (self._all if self._is_plain else self._limited)(run, depth + 1, bare=bare)
            if self._settle is not None:
                self._settle(run, made, ())
            if self._templates:
                self._fill_in(made, ())
            return made
        finally:
            path.pop()
            run.resume(before)

    def _all(self, run: Generation, depth: int, *, bare: bool) -> dict[str, Any]:
        result = {}
        for name, node, needed in self._plain:
            if needed:
                result[name] = node.make(run, depth)
            elif run.uniform() < run.optional and not (bare and (run.lean or not node.simple)):
                try:
                    result[name] = node.make(run, depth)
                except Unsatisfiable:
                    continue
        return result

    def _limited(self, run: Generation, depth: int, *, bare: bool) -> dict[str, Any]:
        """Return an object with a limited number of properties, dependent properties, or undeclared names."""
        chosen = self._chosen(self._fixed)
        for name, node, needed in self._plain:
            if not needed and run.uniform() < run.optional and not (bare and (run.lean or not node.simple)):
                self._choose(name, chosen)
        more = 0 if bare or not self._properties.is_map else len(chosen) + run.between(1, 3)
        self._fill_up(run, chosen, more)
        return self._made(run, depth, chosen)

    def _completed(self, run: Generation, given: Any) -> dict[str, Any]:
        """Return an object around given members.

        Added are properties that are required, `readOnly`, wanted, or with a default.
        """
        properties = self._properties
        if not isinstance(given, dict) or not (run.dropping or properties.foreign.isdisjoint(given)):
            raise Unsatisfiable
        kept = {name: value for name, value in given.items() if name not in properties.foreign}
        chosen = self._chosen((*kept, *self._fixed))
        if run.careful and not all(
            isinstance(value, dict | list) or chosen[name].fits(value) for name, value in kept.items()
        ):
            raise Unsatisfiable  # early, because most of many alternatives fail here
        defaults = {} if run.lean else properties.defaults
        added = run.wanted.union(properties.server_made, defaults)
        rest, uniform = run.rest, run.uniform
        for name, node, _ in self._plain:
            if name in added or uniform() < rest:
                if self._is_free:
                    chosen[name] = node
                else:
                    self._choose(name, chosen)
        if self._least:
            self._fill_up(run, chosen, 0)
        kept |= {name: copy_of(value) for name, value in defaults.items() if name in chosen and name not in kept}
        self._adopt(run, kept)
        made = self._made(run, 1, chosen, kept)
        if self._settle is not None:
            self._settle(run, made, kept)
        if self._templates:
            self._fill_in(made, kept)
        return made

    def _adopt(self, run: Generation, given: Mapping[str, Any]) -> None:
        """Set the people and the place of the generation from given members."""
        if given.keys() >= self._people.keys() and given.keys() >= self._places.keys():
            return
        people: dict[str, dict[str, str]] = {}
        for name, (role, part) in self._people.items():
            if isinstance(given.get(name), str) and given[name]:
                people.setdefault(role, {})[part] = given[name]
        for role, parts in people.items():
            run.adopt(role, person_of(run, parts), None)
        place = {part: given[name] for name, part in self._places.items() if isinstance(given.get(name), str | float)}
        if place:
            run.adopt("", None, place_of(run, place))

    def _fill_in(self, made: dict[str, Any], kept: Collection[str]) -> None:
        """Fill the members with templates."""
        for name, template in self._templates.items():
            if name in made and name not in kept:
                value = fill_template(template, made)
                if value is not None and self._properties.named[name][0].fits(value):
                    made[name] = value

    def _chosen(self, names: Mapping[str, Any] | list[str] | tuple[str, ...]) -> dict[str, Node]:
        """Choose required properties. Raises Unsatisfiable."""
        chosen: dict[str, Node] = {}
        named = self._properties.named
        for name in names:
            if self._is_free and name in named:
                chosen[name] = named[name][0]
            elif not self._choose(name, chosen):
                raise Unsatisfiable
        return chosen

    def _choose(self, name: str, chosen: dict[str, Node]) -> bool:
        """Add a property and its dependents if they are allowed and fit the limit; return whether they were added."""
        added: dict[str, Node] = {}
        waiting = [name]
        while waiting:
            name = waiting.pop()
            if name in chosen or name in added:
                continue
            node = self._properties.node(name)
            if node is None:
                return False
            added[name] = node
            waiting += self._dependents.get(name, ())
        if len(chosen) + len(added) > self._most:
            return False
        chosen |= added
        return True

    def _fill_up(self, run: Generation, chosen: dict[str, Node], wanted: int) -> None:
        """Choose further properties until the minimum or the wanted number is reached. Raises Unsatisfiable."""
        for name, _, needed in self._plain:
            if not needed and len(chosen) < self._least:
                self._choose(name, chosen)
        wanted = max(self._least, wanted)
        for name in self._properties.further(run, wanted) if len(chosen) < wanted else ():
            self._choose(name, chosen)
            if len(chosen) >= min(wanted, self._most):
                break
        if len(chosen) < self._least:
            raise Unsatisfiable

    def _made(
        self, run: Generation, depth: int, chosen: dict[str, Node], kept: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return an object with the chosen properties, in the schema's order."""
        kept = kept or {}
        result = {}
        order = {name: chosen[name] for name, _, _ in self._plain if name in chosen} | chosen
        for name, node in order.items():
            try:
                if name not in kept:
                    result[name] = node.make(run, depth)
                elif run.careful and (run.suspects is None or name in run.suspects):
                    result[name] = node.kept(run, kept[name])
                else:
                    result[name] = copy_of(kept[name])
            except Unsatisfiable:
                if name in kept or name in self._fixed or name in self._tied:
                    raise
        if len(result) < self._least:
            raise Unsatisfiable
        return result
