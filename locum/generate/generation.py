"""Generation: the state of one generated value, with its randomness, time and limits."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from locum.generate.vocabulary.lexicon import Lexicon, lexicon

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from random import Random

    from locum.generate.vocabulary.lexicon import GeoPlace, Person

__all__ = ["DEEP", "ENDLESS", "SELDOM", "Generation", "GenerationOptions", "Make", "Unsatisfiable"]

T = TypeVar("T")

Make: TypeAlias = "Callable[[Generation, int], Any]"
"""Returns a value for a generation, at a depth of objects and arrays."""

SELDOM = 0.1
"""The probability that a nullable value is null."""

ENDLESS = 1_000
"""The height of an infinite value."""

DEEP = 5
"""The depth of objects and arrays below which only required parts are generated."""

_DEEPEST = 32
"""The depth at which a value is given up."""

_MANY = 120
"""The number of objects and arrays in one value after which only required parts are generated."""

_MOST = 1_500
"""The number of objects, arrays and choices, with failed attempts, after which a value is given up."""


class Unsatisfiable(LookupError):
    """No value was found that fits a schema."""


class GenerationOptions(NamedTuple):
    """Options for a value, where its schema leaves it open; see `Generator.value`."""

    examples: bool = True
    """Whether declared examples are used."""
    optional: float = 1.0
    """The probability of an optional property."""
    given: Any = None
    """An object or array whose parts are kept."""
    rest: float = 0.0
    """The probability of an optional property beside given ones."""
    wanted: frozenset[str] = frozenset()
    """Names of properties that are always added to given ones."""
    dropping: bool = True
    """Whether given properties that are not allowed in this direction may be dropped."""
    alike: bool = False
    """Whether values have the form of declared examples if these are not used themselves."""
    fresh: bool = False
    """Whether the value is a record created now, to which nothing has happened yet."""
    turn: int | None = None
    """The position in a series of values; each takes the next words of a list."""
    locale: str = "en"
    """The language of the words: a value of `Locale`."""


class Generation:
    """The generation of one value, with its options.

    `careful` checks each uncertain part by itself; `lean` omits optional parts.
    """

    __slots__ = (
        "_lexicon", "_people", "_place", "_taken", "alike", "careful", "dropping", "examples", "fresh", "given",
        "is_placed", "lean", "now", "optional", "options", "path", "random", "rest", "role", "spent", "suspects",
        "uniform", "wanted",
    )  # fmt: skip

    def __init__(
        self, random: Random, now: datetime, options: GenerationOptions, *, careful: bool = False, lean: bool = False
    ) -> None:
        self.random = random
        self.uniform = random.random
        self.now = now.astimezone(UTC).replace(microsecond=0)
        self.options = options
        self.examples, self.optional, self.given, self.rest, self.wanted, self.dropping = options[:6]
        self.alike, self.fresh = options.alike, options.fresh
        self.careful = careful
        self.lean = lean
        self.spent = [0]
        """The number of objects, arrays and attempts so far, shared with the generations of parts."""
        self.suspects: frozenset[str] | None = None
        """Names of the given members that may not fit; None if unknown."""
        self.path: list[object] = []
        self.role = ""
        """The role of the current person: `sender`; empty if the object describes one person."""
        self.is_placed = False
        """Whether the current object names a place, which determines its currency and telephone number."""
        self._people: dict[str, Person] = {}
        self._place: GeoPlace | None = None
        self._taken: set[str] = set()
        self._lexicon: Lexicon | None = None

    @property
    def words(self) -> Lexicon:
        """The words of the locale."""
        if self._lexicon is None:
            self._lexicon = lexicon(self.options.locale)
        return self._lexicon

    def within(self, given: Any) -> Generation:
        """Return a generation for a part of the value around `given`."""
        options = self.options._replace(given=given, wanted=frozenset())
        run = Generation(self.random, self.now, options, careful=self.careful, lean=self.lean)
        run.spent = self.spent
        return run

    def completes(self, depth: int) -> bool:
        """Return whether the value at this depth has given parts."""
        return depth == 0 and self.given is not None

    def enter(self, depth: int) -> bool:
        """Count an object or array, and return whether to generate only its required parts.

        Raises Unsatisfiable beyond the limits.
        """
        self.spent[0] += 1
        if depth > _DEEPEST or self.spent[0] > _MOST:
            message = "The value is too deep or too large."
            raise Unsatisfiable(message)
        return self.lean or depth >= DEEP or self.spent[0] > _MANY

    def try_again(self) -> None:
        """Count an attempt at a part. Raises Unsatisfiable beyond the limit."""
        self.spent[0] += 1
        if self.spent[0] > _MOST:
            message = "Too many attempts failed."
            raise Unsatisfiable(message)

    def pick(self, values: Sequence[T]) -> T:
        """Return one of the values."""
        return values[int(self.uniform() * len(values))]

    def between(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, inclusive."""
        return low + int(self.uniform() * (high - low + 1))

    def moment(self, low: int, high: int) -> datetime:
        """Return a time from `low` to `high` days from now; the past is negative."""
        return self.now + timedelta(seconds=self.between(low * 86_400, high * 86_400))

    def next_of(self, key: str, values: Sequence[T]) -> T:
        """Return a random word of a list, or the next one in a series of values."""
        turn = self.options.turn
        if turn is None or key in self._taken:
            return values[int(self.uniform() * len(values))]
        self._taken.add(key)
        return values[turn % len(values)]

    @property
    def person(self) -> Person:
        """The person that the current object describes or names (see `role`); its names and addresses agree."""
        person = self._people.get(self.role)
        if person is None:
            words = self.words
            first = self.next_of("first", words.first_names)
            person = self._people[self.role] = words.person(first, self.pick(words.last_names))
        return person

    @property
    def place(self) -> GeoPlace:
        """The place of the current object; its city, country and postcode agree."""
        if self._place is None:
            self._place = self.pick(self.words.places)
        return self._place

    def adopt(self, role: str, person: Person | None, place: GeoPlace | None) -> None:
        """Set the person and place that given members determine."""
        if person is not None:
            self._people[role] = person
        if place is not None:
            self._place = place

    def begin(self, *, placed: bool) -> tuple[dict[str, Person], GeoPlace | None, bool]:
        """Start another object: reset the people and place, and return them for `resume`."""
        before = self._people, self._place, self.is_placed
        self._people, self._place, self.is_placed = {}, None, placed
        return before

    def resume(self, before: tuple[dict[str, Person], GeoPlace | None, bool]) -> None:
        """Return to the object before `begin`."""
        self._people, self._place, self.is_placed = before
