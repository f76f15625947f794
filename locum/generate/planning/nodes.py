"""Nodes: the places of values, each with the schemas that a value must fit and the plan to generate one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from locum.generate.generation import ENDLESS, Generation, GenerationOptions, Unsatisfiable
from locum.generate.generators.constants import constant_of, copy_of, counted, declared, other_than, says_kind
from locum.generate.generators.examples import named
from locum.generate.generators.kinds import ChoiceGenerator, KindsGenerator, tried
from locum.generate.generators.numbers import whole_numbers
from locum.generate.planning.choices import Choices, kinds_at_a_glance
from locum.generate.planning.keywords import TYPES, SchemaPart, component_of, merge
from locum.generate.vocabulary.hints import NOTHING, Hint
from locum.generate.vocabulary.names import enumerated_text
from locum.openapi.pointers import at, join, pointer_of, split
from locum.world.clock import EPOCH
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from locum.generate.generation import Make
    from locum.generate.planning.choices import Choice
    from locum.generate.planning.keywords import Merged
    from locum.openapi.schemas.dialects import Direction
    from locum.openapi.schemas.schemas import Schemas

__all__ = ["Decided", "Node", "Planner", "RelaxedPlanner", "impossible"]


_MOST_STEPS = 100_000
"""The maximum planning work for one document in one direction. The documents of the corpus take at most 12,000."""

Decided: TypeAlias = "tuple[tuple[tuple[int, str], int], ...]"


class Planner:
    """Plans the generation of one document's values in one direction, and caches the plans."""

    node_type: type[Node]

    def __init__(self, schemas: Schemas, direction: Direction) -> None:
        self.schemas = schemas
        self.direction = direction
        self.choices = Choices(schemas, direction)
        self._nodes: dict[Any, Node] = {}
        self._left = _MOST_STEPS

    def spend(self, steps: int) -> None:
        """Account for planning work: one step for each schema that was merged, and for each node. Raises Unsatisfiable.

        Without a limit, 500 alternatives that contain themselves would be planned 500 * 500 * 500 times.
        """
        self._left -= steps
        if self.is_exhausted:
            raise Unsatisfiable

    @property
    def is_exhausted(self) -> bool:
        """Whether no more can be planned."""
        return self._left < 0

    def root(self, pointer: str) -> Node:
        """Return the node of a schema of the document."""
        return self.node((SchemaPart(at(self.schemas.document, pointer), pointer),), self._hint_at(pointer))

    def _hint_at(self, pointer: str) -> Hint:
        """Return the hint from the place of a schema: the name of a property or parameter."""
        steps = split(pointer)
        if len(steps) > 1 and steps[-2] == "properties":
            owner = component_of(join("", *steps[:-2])) if len(steps) > 3 else None  # noqa: PLR2004 (/components/schemas/NAME)
            return Hint(steps[-1], owner or "")
        if len(steps) > 2 and steps[-1] == "schema" and "parameters" in steps[-3:-1]:  # noqa: PLR2004 (a name or an index before)
            parameter = at(self.schemas.document, join("", *steps[:-1]))
            name = parameter.get("name") if isinstance(parameter, dict) else None
            return Hint(name) if isinstance(name, str) else NOTHING
        return NOTHING

    def node(self, roots: tuple[SchemaPart, ...], hint: Hint, decided: Decided = ()) -> Node:
        """Return the node of some schemas; `decided` maps their choices to the alternatives taken."""
        if len(roots) == 1:
            root = self._target(roots[0])
            roots = (root,)
            if component_of(root.pointer) and _is_object(root.schema):
                hint = NOTHING  # all uses of a component share one plan
        key = (*[id(root.schema) for root in roots], hint, decided)
        node = self._nodes.get(key)
        if node is None:
            self.spend(1)
            node = self._nodes[key] = self.node_type(self, roots, hint, decided)
        return node

    def validator(self, roots: tuple[SchemaPart, ...]) -> Callable[[Any], bool]:
        """Return a predicate: whether a value fits the schemas, as far as they are in the document."""
        pointers = [part.pointer for part in roots if part.pointer and isinstance(part.schema, dict)]
        found = [self.schemas.schema(pointer, self.direction) for pointer in pointers]
        if len(found) == 1:
            [alone] = found
            return lambda value: bool(alone.is_valid(value))
        return lambda value: all(schema.is_valid(value) for schema in found)

    def _target(self, part: SchemaPart) -> SchemaPart:
        """Follow a part that is only a reference."""
        seen = set()
        while isinstance(part.schema, dict) and isinstance(part.schema.get("$ref"), str):
            if (len(part.schema) > 1 and not self.schemas.legacy) or part.schema["$ref"] in seen:
                break
            seen.add(part.schema["$ref"])
            pointer = pointer_of(part.schema["$ref"])
            part = SchemaPart(at(self.schemas.document, pointer), pointer)
        return part


def _is_object(schema: Any) -> bool:
    return isinstance(schema, dict) and (schema.get("type") == "object" or "properties" in schema)


class Node:
    """One place: `make(run, depth)` generates a value for it. It is planned at the first use."""

    __slots__ = ("_decided", "_generator", "_height", "_hint", "_planner", "_roots", "_validator", "_values", "make")

    def __init__(self, planner: Planner, roots: tuple[SchemaPart, ...], hint: Hint, decided: Decided) -> None:
        self._planner = planner
        self._roots = roots
        self._hint = hint
        self._decided = decided
        self._generator: ChoiceGenerator | KindsGenerator | None = None
        self._values: Sequence[Any] = ()
        self._height: int | None = None
        self._validator: Callable[[Any], bool] | None = None
        self.make: Make = self._plan_and_make

    @property
    def simple(self) -> bool:
        """Whether a value can be a scalar."""
        return self.flattest == 0

    @property
    def flattest(self) -> int:
        """The estimated depth of objects and arrays in the flattest value."""
        if self._height is None:
            self._height = self.height({})
        return self._height

    def values(self) -> Sequence[Any]:
        """Return all possible values, if they are few and known; otherwise none."""
        self._planned()
        return self._values

    def fits(self, value: Any) -> bool:
        """Return whether a value fits the schemas of this place, as far as they are in the document."""
        if self._validator is None:
            self._validator = self._planner.validator(self._roots)
        return self._validator(value)

    def kept(self, run: Generation, given: Any) -> Any:
        """Return a given value; a careful generation adds the parts that it lacks."""
        if run.careful and isinstance(given, dict | list) and not self.fits(given):
            return self.make(run.within(given), 0)
        return copy_of(given)

    def height(self, known: dict[Node, int]) -> int:
        """Return the depth of the flattest value; ENDLESS if the value would have to contain itself.

        `known` holds the depths on the way from one node. They are only valid there, so they are not cached.
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
        merged = merge(self._roots, dict(self._decided), planner.choices)
        planner.spend(len(merged.described) + len(merged.fragments))
        return self._make_of(merged, planner.validator(self._roots))

    def _make_of(self, merged: Merged, validator: Callable[[Any], bool]) -> Make:
        """Return a generator for merged schemas. Raises Unsatisfiable."""
        planner = self._planner
        if merged.never or (merged.typed and not merged.types):
            raise Unsatisfiable
        self._values = counted(merged, validator)
        if merged.enum is not None:
            return named(
                merged,
                validator,
                declared(self._values, seldom_null=not self._hint.identifies, text=enumerated_text(self._hint)),
            )
        if says_kind(self._hint):
            constant = constant_of(merged, planner.schemas, validator)
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
            self._generator = ChoiceGenerator(
                choice, nodes, validator, names, is_text, never_null=self._hint.identifies
            )
            make: Make = self._generator.make
        else:
            self._generator = KindsGenerator(merged, planner, self._hint)
            make = self._generator.make
            if merged.uncertain:
                make = tried(make, self._generator.ways, validator)
        if merged.excluded:
            make = other_than(merged.excluded, make, self._values)
        return named(merged, validator, make)

    def _hint_of(self, choice: Choice, index: int) -> Hint:
        """Return the hint of an alternative: a string in place of a record is its identifier."""
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
    """Raise Unsatisfiable: nothing fits."""
    raise Unsatisfiable


_PAIRS = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties"))


def _cross(merged: Merged) -> None:
    """Drop upper bounds below the lower ones, and an empty enum."""
    span = whole_numbers(merged) if merged.low and merged.high and "number" not in merged.types else None
    if merged.low and merged.high and (merged.high.value < merged.low.value or (span and span[1] < span[0])):
        merged.high = None
    for low, high in _PAIRS:
        if merged.most.get(high, merged.least.get(low, 0)) < merged.least.get(low, 0):
            del merged.most[high]
    merged.enum = merged.enum or None


def _loosen(merged: Merged) -> None:
    """Drop the rules for single strings, numbers, items and names."""
    merged.patterns, merged.formats, merged.multiples = [], [], []
    merged.excluded, merged.contains, merged.names = set(), [], []
    merged.dependents, merged.unique, merged.repeats = {}, False, False


def _unbound(merged: Merged) -> None:
    """Drop all bounds."""
    merged.low = merged.high = None
    merged.least, merged.most = {}, {}


def _open(merged: Merged) -> None:
    """Allow forbidden properties that are required."""
    merged.open, merged.never = True, False
    merged.types = merged.types or TYPES


def _undemanding(merged: Merged) -> None:
    """Drop alternatives and required properties."""
    merged.choices, merged.required = [], {}


_RELAXATIONS = (_cross, _loosen, _unbound, _open, _undemanding)


class RelaxedPlanner(Planner):
    """Plans the closest values: as `strict` does if possible, else with relaxed rules."""

    def __init__(self, strict: Planner) -> None:
        super().__init__(strict.schemas, strict.direction)
        self.strict = strict


class _RelaxedNode(Node):
    """One place for which a closest value is generated if nothing fits."""

    __slots__ = ()

    def _plan(self) -> Make:
        planner = self._planner
        assert isinstance(planner, RelaxedPlanner)  # noqa: S101 (only it creates such nodes)
        self.make = impossible  # for recursion while it is planned
        strict = planner.strict.node(self._roots, self._hint, self._decided)
        if _works(strict.make):
            self._generator, self._values = strict._generator, strict._values  # noqa: SLF001 (its own class)
            return strict.make
        for count in range(len(_RELAXATIONS) + 1):
            merged = merge(self._roots, dict(self._decided), planner.choices, relaxed=count > 0)
            merged.uncertain = False
            for relax in _RELAXATIONS[:count]:
                relax(merged)
            try:
                make = self._make_of(merged, _anything)
            except Unsatisfiable:
                continue
            if _works(make):
                return make
        raise Unsatisfiable


RelaxedPlanner.node_type = _RelaxedNode


def _anything(_value: Any) -> bool:
    return True


def _works(make: Callable[[Generation, int], Any]) -> bool:
    """Return whether a plan generates a value. This depends only on the schemas, not on what is generated first."""
    for lean in (False, True):
        try:
            make(Generation(chance(0), EPOCH, GenerationOptions(), careful=True, lean=lean), 0)
        except (Unsatisfiable, RecursionError):
            continue
        return True
    return False
