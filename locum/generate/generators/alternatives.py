"""Alternatives: values of one of those that a keyword leaves open, and the trying of uncertain ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.generate.generation import DEEP, ENDLESS, SELDOM, Unsatisfiable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from locum.generate.generation import Generation, Make
    from locum.generate.planning.choices import Choice
    from locum.generate.planning.nodes import Node

__all__ = ["ChoiceGenerator", "tried"]

_CAREFUL_TRIES = 4

_INSIDE = 3
"""Objects and arrays around a choice, from which the flattest alternatives are taken."""


_LOOKED_AT = 60
"""Places that are looked at for the flattest value: alternatives of alternatives multiply."""


class ChoiceGenerator:
    """Makes values of one of the alternatives of a choice."""

    def __init__(  # noqa: PLR0913 (a choice, and what is known of its alternatives)
        self,
        choice: Choice,
        nodes: Sequence[Node],
        judge: Callable[[Any], bool],
        names: Callable[[int], frozenset[str]],
        is_text: Callable[[int], bool],
        *,
        never_null: bool,
    ) -> None:
        """Choose among nodes; `names` are the properties that the schemas of an alternative have."""
        self._names, self._is_text = names, is_text
        self._text: frozenset[int] | None = None
        """The alternatives that are a text among parts of other kinds, which most of them are."""
        self._nodes = nodes
        self._likely = choice.likely
        self._null = choice.null
        self._judge = judge
        self._seldom = 0.0 if never_null else SELDOM
        self._flat: list[int] | None = None

    def make(self, run: Generation, depth: int) -> Any:
        """Make a value of an alternative; of the others, when that has none."""
        for index in self._order(run, depth):
            run.try_again()
            try:
                value = self._nodes[index].make(run, depth)
            except Unsatisfiable:
                continue
            if not run.careful or self._judge(value):
                return value
        raise Unsatisfiable

    def height(self, known: dict[Node, int]) -> int:
        """Return how many objects and arrays the flattest value has inside one another."""
        if self._null is not None:
            return 0
        found = ENDLESS
        for node in self._nodes[: self._likely]:
            if found <= 1 or len(known) > _LOOKED_AT:
                break  # flat enough: each alternative that is looked at has to be planned
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
                given = run.given.keys()  # the alternative that has most of them is meant
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


def tried(make: Make, ways: Sequence[Make], judge: Callable[[Any], bool]) -> Make:
    """Return a generator whose values are judged one by one, in a careful run."""

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
                        break  # what is given stays the same
                    continue
                if judge(value):
                    return value
        raise Unsatisfiable

    return carefully
