"""Kinds: generators for values of several alternatives or types, and retries for uncertain ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.generate.generation import DEEP, ENDLESS, SELDOM, Unsatisfiable
from locum.generate.generators.arrays import ArrayGenerator
from locum.generate.generators.constants import own_name, says_kind
from locum.generate.generators.numbers import number_generator
from locum.generate.generators.objects import ObjectGenerator
from locum.generate.generators.strings import string_generator
from locum.generate.vocabulary.hints import tokens
from locum.generate.vocabulary.lexicon import listed
from locum.generate.vocabulary.names import text_for
from locum.generate.vocabulary.ranges import usual_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from locum.generate.generation import Generation, Make
    from locum.generate.planning.choices import Choice
    from locum.generate.planning.keywords import Merged
    from locum.generate.planning.nodes import Node, Planner
    from locum.generate.vocabulary.hints import Hint

__all__ = ["ChoiceGenerator", "KindsGenerator", "tried"]


_CAREFUL_TRIES = 4

_INSIDE = 3
"""The depth of objects and arrays from which the flattest alternatives are chosen."""


_LOOKED_AT = 60
"""Limit of the places examined for the flattest value, because nested alternatives multiply."""


class ChoiceGenerator:
    """Generates values of one alternative of a choice."""

    def __init__(  # noqa: PLR0913 (a choice and its alternatives)
        self,
        choice: Choice,
        nodes: Sequence[Node],
        validator: Callable[[Any], bool],
        names: Callable[[int], frozenset[str]],
        is_text: Callable[[int], bool],
        *,
        never_null: bool,
    ) -> None:
        """Set up the choice; `nodes` are its alternatives, `names` returns the properties of one."""
        self._names, self._is_text = names, is_text
        self._text: frozenset[int] | None = None
        """The alternatives that are text parts, which are preferred; most parts of messages are text."""
        self._nodes = nodes
        self._likely = choice.likely
        self._null = choice.null
        self._validator = validator
        self._seldom = 0.0 if never_null else SELDOM
        self._flat: list[int] | None = None

    def make(self, run: Generation, depth: int) -> Any:
        """Return a value of one alternative; the others are tried if it fails. Raises Unsatisfiable."""
        for index in self._order(run, depth):
            run.try_again()
            try:
                value = self._nodes[index].make(run, depth)
            except Unsatisfiable:
                continue
            if not run.careful or self._validator(value):
                return value
        raise Unsatisfiable

    def height(self, known: dict[Node, int]) -> int:
        """Return the depth of objects and arrays in the flattest value."""
        if self._null is not None:
            return 0
        found = ENDLESS
        for node in self._nodes[: self._likely]:
            if found <= 1 or len(known) > _LOOKED_AT:
                break  # flat enough: examining further alternatives means planning them
            found = min(found, node.height(known))
        return found

    def _order(self, run: Generation, depth: int) -> Iterator[int]:
        null = self._null
        seldom = run.uniform() < self._seldom and not run.completes(depth)
        seldom = seldom or (depth >= DEEP and null is not None and self._flattest_height() > 0)
        if null is not None and seldom:
            yield null
        likely = self._flattest() if depth >= _INSIDE else range(self._likely)
        if likely:
            start = int(run.uniform() * len(likely))
            order = [*likely[start:], *likely[:start]]
            text = self._text
            if text is None:
                text = self._text = frozenset(index for index in range(self._likely) if self._is_text(index))
            order.sort(key=lambda index: index not in text)
            if run.completes(depth) and isinstance(run.given, dict) and len(order) > 1:
                given = run.given.keys()  # the alternative with most of them comes first
                order.sort(key=lambda index: -len(given & self._names(index)))
            yield from order
        if null is not None and not seldom:
            yield null
        for index in range(len(self._nodes)):
            if index not in likely and index != null:
                yield index

    def _flattest(self) -> list[int]:
        if self._flat is None:
            least = self._flattest_height()
            likely = range(self._likely)
            self._flat = [index for index in likely if self._nodes[index].flattest == least < ENDLESS]
        return self._flat

    def _flattest_height(self) -> int:
        return min((node.flattest for node in self._nodes[: self._likely]), default=ENDLESS)


def tried(make: Make, ways: Sequence[Make], validator: Callable[[Any], bool]) -> Make:
    """Return a generator that validates each value in a careful generation, and retries."""

    def carefully(run: Generation, depth: int) -> Any:
        if not run.careful:
            return make(run, depth)
        for way in (make, *ways):
            for _ in range(_CAREFUL_TRIES):
                run.try_again()
                try:
                    value = way(run, depth)
                except Unsatisfiable:
                    if run.completes(depth):
                        break  # given parts do not change with another attempt
                    continue
                if validator(value):
                    return value
        raise Unsatisfiable

    return carefully


_RARELY_TRUE = frozenset(
    listed(
        "deleted disabled archived blocked banned hidden expired locked suspended cancelled canceled failed draft "
        "dry error revoked refunded private trashed removed livemode disputed voided terminated closed spam muted"
    )
)
_LATER = frozenset(
    listed(
        "paid captured completed complete done finished resolved merged shipped delivered fulfilled accepted approved "
        "published read seen sent opened verified confirmed locked used redeemed starred flagged started submitted "
        "reviewed processed settled signed billed invoiced attempted claimed watched answered"
    )
)
"""Flags that are false in a new record."""
_OUTCOMES = frozenset({"ok", "success", "found", "exists"})
"""Flags that report an outcome, which is a success."""
_LIMITS = {
    "object": ("minProperties", "maxProperties"),
    "array": ("minItems", "maxItems"),
    "string": ("minLength", "maxLength"),
}


class KindsGenerator:
    """Generates values of one of the types that a schema accepts."""

    def __init__(self, merged: Merged, planner: Planner, hint: Hint) -> None:
        kinds = [kind for kind in merged.types if kind != "integer" or "number" not in merged.types]
        self._may_be_null = "null" in kinds
        self._seldom = SELDOM if merged.typed and not hint.identifies else 0.0
        self._parts: list[ObjectGenerator | ArrayGenerator | None] = []
        usual = kinds if merged.typed else _suggested(merged, hint)
        others = [kind for kind in kinds if kind not in usual]
        self._usual = self._generators(usual, merged, planner, hint)
        self._others = self._generators(others, merged, planner, hint)
        if not self._usual and not self._others and not self._may_be_null:
            raise Unsatisfiable
        alone = len(self._usual) == 1 and not self._others and not self._may_be_null
        self.make: Make = self._usual[0] if alone else self._any

    def _generators(self, kinds: list[str], merged: Merged, planner: Planner, hint: Hint) -> list[Make]:
        found = []
        for kind in kinds:
            try:
                make, part = _generator(kind, merged, planner, hint)
            except Unsatisfiable:
                continue
            if make is not None:
                found.append(make)
                self._parts.append(part)
        return found

    def _any(self, run: Generation, depth: int) -> Any:
        if run.completes(depth):
            return self._completed(run)
        if self._may_be_null and self._usual and run.uniform() < self._seldom:
            return None
        if depth >= DEEP and self._may_be_null and self.height({}, even_null=False) > 0:
            return None
        start = int(run.uniform() * len(self._usual))
        for make in (*self._usual[start:], *self._usual[:start], *self._others):
            try:
                return make(run, depth)
            except Unsatisfiable:
                continue
        if self._may_be_null:
            return None
        raise Unsatisfiable

    def _completed(self, run: Generation) -> Any:
        """Return an object or array around given parts."""
        for make, part in zip((*self._usual, *self._others), self._parts, strict=True):
            if part is not None and isinstance(part, ObjectGenerator) is isinstance(run.given, dict):
                return make(run, 0)
        raise Unsatisfiable

    @property
    def ways(self) -> list[Make]:
        """The generators of all types, for retries."""
        return [*self._usual, *self._others, *([_null] if self._may_be_null else [])]

    def height(self, known: dict[Node, int], *, even_null: bool = True) -> int:
        """Return the depth of objects and arrays in the flattest value."""
        if self._may_be_null and even_null:
            return 0
        return min((_height(part, known) for part in self._parts), default=ENDLESS)


def _height(part: ObjectGenerator | ArrayGenerator | None, known: dict[Node, int]) -> int:
    if part is None:
        return 0
    return min(1 + max((node.height(known) for node in part.needs()), default=0), ENDLESS)


def _null(_run: Generation, _depth: int) -> None:
    return None


def _generator(
    kind: str, merged: Merged, planner: Planner, hint: Hint
) -> tuple[Make | None, ObjectGenerator | ArrayGenerator | None]:
    """Return the generator of one type, and the object or array generator behind it, if any."""
    if kind == "object":
        objects = ObjectGenerator(merged, planner, hint)
        return objects.make, objects
    if kind == "array":
        arrays = ArrayGenerator(merged, planner, hint)
        return arrays.make, arrays
    if kind == "string":
        own = None
        if says_kind(hint):
            word = own_name(hint, planner.schemas)
            own = lambda _: word  # noqa: E731 (a `Text`, like the others)
        text = string_generator(merged, hint, own)
        return (lambda run, _: text(run)), None
    if kind in {"number", "integer"}:
        number = number_generator(merged, hint, whole=kind == "integer")
        return (lambda run, _: number(run)), None
    if kind == "boolean":
        words = tokens(hint.name)
        rarely = not _RARELY_TRUE.isdisjoint(words)
        often, later = 0.1 if rarely else 0.6, rarely or not _LATER.isdisjoint(words)
        if len(words) == 1 and words[0] in _OUTCOMES:
            often = 1.0
        return (lambda run, _: run.uniform() < often and not (later and run.fresh)), None
    return None, None  # null is handled separately


def _suggested(merged: Merged, hint: Hint) -> list[str]:
    """Return the likely type of a value without `type`, from its other keywords."""
    if merged.objects or merged.required or merged.names or merged.dependents:
        return ["object"]
    if merged.arrays or merged.contains or merged.unique:
        return ["array"]
    limits = {*merged.least, *merged.most}
    for kind, keywords in _LIMITS.items():
        if limits.intersection(keywords):
            return [kind]
    if merged.low or merged.high or merged.multiples:
        return ["number"]
    if not (merged.patterns or merged.formats) and usual_range(hint) and text_for(hint) is None:
        return ["number"]
    return ["string"]
