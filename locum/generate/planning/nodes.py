"""Nodes: the places of values, each with the schemas that it has to fit, and how one is made there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from locum.generate.generation import ENDLESS, Unsatisfiable
from locum.generate.generators.alternatives import ChoiceGenerator, tried
from locum.generate.generators.constants import constant_of, says_kind
from locum.generate.generators.copies import copier
from locum.generate.generators.enumerations import counted, declared, other_than
from locum.generate.generators.examples import named
from locum.generate.generators.kinds import KindsGenerator
from locum.generate.planning.choices import Choices, kinds_at_a_glance
from locum.generate.planning.merging import component_of, merge
from locum.generate.planning.parts import Part
from locum.generate.vocabulary.hints import NOTHING, Hint
from locum.generate.vocabulary.names import enumerated_text
from locum.openapi.compile.schemas import Schema
from locum.openapi.pointers import at, join, pointer_of, split

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from locum.generate.generation import Generation, Make
    from locum.generate.planning.choices import Choice
    from locum.generate.planning.parts import Merged
    from locum.openapi.compile.dialects import Direction
    from locum.openapi.compile.schemas import Schemas

__all__ = ["Decided", "Node", "Planner", "impossible"]

Decided: TypeAlias = "tuple[tuple[tuple[int, str], int], ...]"


class Planner:
    """Plans how the values of one document are made in one direction; each plan is made once."""

    node_type: type[Node]

    def __init__(self, schemas: Schemas, direction: Direction) -> None:
        self.schemas = schemas
        self.direction = direction
        self.choices = Choices(schemas, direction)
        self._nodes: dict[Any, Node] = {}
        self._judges: dict[tuple[str, bool], Schema] = {}

    def root(self, pointer: str) -> Node:
        """Return the node of a schema of the document."""
        return self.node((Part(at(self.schemas.document, pointer), pointer),), self._hint_at(pointer))

    def _hint_at(self, pointer: str) -> Hint:
        """Return what is known of a value by the place of its schema: the name of a property, or of a parameter."""
        steps = split(pointer)
        if len(steps) > 1 and steps[-2] == "properties":
            owner = component_of(join("", *steps[:-2])) if len(steps) > 3 else None  # noqa: PLR2004 (/components/schemas/NAME)
            return Hint(steps[-1], owner or "")
        if len(steps) > 2 and steps[-1] == "schema" and "parameters" in steps[-3:-1]:  # noqa: PLR2004 (a name or an index before)
            parameter = at(self.schemas.document, join("", *steps[:-1]))
            name = parameter.get("name") if isinstance(parameter, dict) else None
            return Hint(name) if isinstance(name, str) else NOTHING
        return NOTHING

    def node(self, roots: tuple[Part, ...], hint: Hint, decided: Decided = ()) -> Node:
        """Return the node of these schemas; `decided` says which alternatives of their choices are taken."""
        if len(roots) == 1:
            root = self._target(roots[0])
            roots = (root,)
            if component_of(root.pointer) and _is_object(root.schema):
                hint = NOTHING  # one plan for a component, whatever it is the value of
        key = (*[id(root.schema) for root in roots], hint, decided)
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = self.node_type(self, roots, hint, decided)
        return node

    def judge(self, roots: tuple[Part, ...]) -> Callable[[Any], bool]:
        """Return the judge of whether a value fits schemas, as far as they stand in the document.

        For a value without parts it compiles little: what the schemas say of properties leads far.
        """
        pointers = [part.pointer for part in roots if part.pointer and isinstance(part.schema, dict)]
        whole = [self._judge(pointer, flat=False) for pointer in pointers]
        flat = [self._judge(pointer, flat=True) for pointer in pointers]
        return lambda value: all(
            schema.is_valid(value) for schema in (whole if isinstance(value, dict | list) else flat)
        )

    def _judge(self, pointer: str, *, flat: bool) -> Schema:
        judge = self._judges.get((pointer, flat))
        if judge is None:
            judge = self._judges[pointer, flat] = Schema(self.schemas, pointer, self.direction, flat=flat)
        return judge

    def _target(self, part: Part) -> Part:
        """Follow a part that is no more than a reference."""
        seen = set()
        while isinstance(part.schema, dict) and isinstance(part.schema.get("$ref"), str):
            if (len(part.schema) > 1 and not self.schemas.legacy) or part.schema["$ref"] in seen:
                break
            seen.add(part.schema["$ref"])
            pointer = pointer_of(part.schema["$ref"])
            part = Part(at(self.schemas.document, pointer), pointer)
        return part


def _is_object(schema: Any) -> bool:
    return isinstance(schema, dict) and (schema.get("type") == "object" or "properties" in schema)


class Node:
    """One place: `make(run, depth)` makes a value of it. It is planned when the first is made."""

    __slots__ = ("_decided", "_generator", "_height", "_hint", "_judge", "_planner", "_roots", "_values", "make")

    def __init__(self, planner: Planner, roots: tuple[Part, ...], hint: Hint, decided: Decided) -> None:
        self._planner = planner
        self._roots = roots
        self._hint = hint
        self._decided = decided
        self._generator: ChoiceGenerator | KindsGenerator | None = None
        self._values: Sequence[Any] = ()
        self._height: int | None = None
        self._judge: Callable[[Any], bool] | None = None
        self.make: Make = self._plan_and_make

    @property
    def simple(self) -> bool:
        """Whether a value can be made of it that is neither an object nor an array."""
        return self.flattest == 0

    @property
    def flattest(self) -> int:
        """How many objects and arrays the flattest value has inside one another, by a short look."""
        if self._height is None:
            self._height = self.height({})
        return self._height

    def values(self) -> Sequence[Any]:
        """Return all values that there are, if they are few and known; otherwise none."""
        self._planned()
        return self._values

    def fits(self, value: Any) -> bool:
        """Whether a value fits the schemas of this place, as far as they stand in the document."""
        if self._judge is None:
            self._judge = self._planner.judge(self._roots)
        return self._judge(value)

    def kept(self, run: Generation, given: Any) -> Any:
        """Return a given value; in a careful run, what it lacks inside is made."""
        if run.careful and isinstance(given, dict | list) and not self.fits(given):
            return self.make(run.within(given), 0)
        return copier(given)()

    def height(self, known: dict[Node, int]) -> int:
        """Return the height of the flattest value, by what is known of others; of itself it cannot be made.

        What is known is true on the way from one node only, and so not kept.
        """
        found = known.get(self)
        if found is None:
            known[self] = ENDLESS
            self._planned()
            found = self._generator.height(known) if self._generator else 0 if self._values else ENDLESS
            known[self] = found
        return found

    def _plan_and_make(self, run: Generation, depth: int) -> Any:
        self._planned()
        return self.make(run, depth)

    def _planned(self) -> None:
        if self.make == self._plan_and_make:
            try:
                self.make = self._plan()
            except Unsatisfiable:
                self.make = impossible

    def _plan(self) -> Make:
        planner = self._planner
        return self._make_of(merge(self._roots, dict(self._decided), planner.choices), planner.judge(self._roots))

    def _make_of(self, merged: Merged, judge: Callable[[Any], bool]) -> Make:
        """Return how a value is made of what schemas say together. Raises Unsatisfiable."""
        planner = self._planner
        if merged.never or (merged.typed and not merged.types):
            raise Unsatisfiable
        self._values = counted(merged, judge)
        if merged.enum is not None:
            return named(
                merged,
                judge,
                declared(self._values, seldom_null=not self._hint.identifies, text=enumerated_text(self._hint)),
            )
        if says_kind(self._hint):
            constant = constant_of(merged, planner.schemas, judge)
            if constant is not None:
                self._values = [constant]
                return declared(self._values, seldom_null=False)
        if merged.choices:
            choice = merged.choices[0]
            nodes = [
                planner.node(self._roots, self._hint_of(choice, index), (*self._decided, (choice.key, index)))
                for index in range(len(choice.alternatives))
            ]
            names = planner.choices.names_of(choice)
            is_text = planner.choices.is_text_of(choice)
            self._generator = ChoiceGenerator(choice, nodes, judge, names, is_text, never_null=self._hint.identifies)
            make: Make = self._generator.make
        else:
            self._generator = KindsGenerator(merged, planner, self._hint)
            make = self._generator.make
            if merged.uncertain:
                make = tried(make, self._generator.ways, judge)
        if merged.excluded:
            make = other_than(merged.excluded, make, self._values)
        return named(merged, judge, make)

    def _hint_of(self, choice: Choice, index: int) -> Hint:
        """Return the hint of an alternative: a text that may stand in the place of a record is its identifier."""
        name, taken = self._hint.name, choice.alternatives[index]
        if not name or self._hint.identifies or not taken or kinds_at_a_glance(taken[0].schema) != {"string"}:
            return self._hint
        schemas = [alternative[0].schema for alternative in choice.alternatives if alternative]
        records = (one for one in schemas if isinstance(one, dict) and "$ref" in one)
        if any(_is_object(self._planner.schemas.resolve(one)) for one in records):
            return Hint(f"{name}_id", self._hint.holder)
        return self._hint


Planner.node_type = Node


def impossible(_run: Generation, _depth: int) -> Any:
    """Make nothing: it is known that nothing fits."""
    raise Unsatisfiable
