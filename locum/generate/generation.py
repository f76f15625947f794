"""Runs: one making of a value, with its randomness, its clock, and how far it may go."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from locum.generate.vocabulary.lexicon import Lexicon, lexicon

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from random import Random

    from locum.generate.vocabulary.lexicon import Person, Place

__all__ = ["DEEP", "ENDLESS", "SELDOM", "Generation", "Make", "Unsatisfiable", "Wishes"]

T = TypeVar("T")

Make: TypeAlias = "Callable[[Generation, int], Any]"
"""How a value is made: by a run, so many objects and arrays deep."""

SELDOM = 0.1
"""How often a value is null that may be."""

ENDLESS = 1_000
"""The height of what has no end."""

DEEP = 5
"""Objects and arrays inside one another; further in, only what must be there is made."""

_DEEPEST = 32
"""Where even what must be there is given up."""

_MANY = 120
"""Objects and arrays in one value, before only what must be there is made."""

_MOST = 1_500
"""Objects, arrays and choices, those of failed attempts included, before a value is given up."""


class Unsatisfiable(LookupError):
    """No value was found that fits a schema."""


class Wishes(NamedTuple):
    """What a value is to be like, where its schema leaves that open."""

    examples: bool = True
    """Whether declared examples are served."""
    optional: float = 1.0
    """How often a property is there that need not be."""
    given: Any = None
    """An object or an array whose parts are kept."""
    rest: float = 0.0
    """How often an optional property joins those that are given."""
    wanted: frozenset[str] = frozenset()
    """Names of properties that join those that are given in any case."""
    dropping: bool = True
    """Whether given properties that do not travel this way may be left out."""
    alike: bool = False
    """Whether values have the form of declared examples, where these themselves are not served."""
    fresh: bool = False
    """Whether the value is of a record that is made now: nothing has happened to it yet."""
    turn: int | None = None
    """Which of a row of values it is: each takes the next words of a list."""
    locale: str = "en"
    """Whose words are used: a value of `Locale`."""


class Generation:
    """One making of a value.

    `careful` checks each uncertain part on its own; `lean` leaves away what need not be there.
    The wishes say what the value is to be like.
    """

    __slots__ = (
        "_lexicon", "_people", "_place", "_taken", "alike", "careful", "dropping", "examples", "fresh", "given",
        "is_placed", "lean", "now", "optional", "path", "random", "rest", "role", "spent", "suspects", "uniform",
        "wanted", "wishes",
    )  # fmt: skip

    def __init__(
        self, random: Random, now: datetime, wishes: Wishes, *, careful: bool = False, lean: bool = False
    ) -> None:
        self.random = random
        self.uniform = random.random
        self.now = now.astimezone(UTC).replace(microsecond=0)
        self.wishes = wishes
        self.examples, self.optional, self.given, self.rest, self.wanted, self.dropping = wishes[:6]
        self.alike, self.fresh = wishes.alike, wishes.fresh
        self.careful = careful
        self.lean = lean
        self.spent = [0]
        """Objects, arrays and attempts so far, shared with the runs for parts."""
        self.suspects: frozenset[str] | None = None
        """Names of the given members that may not fit, if that is known of them."""
        self.path: list[object] = []
        self.role = ""
        """As what the person at hand is named: `sender`; empty where the object is about one person."""
        self.is_placed = False
        """Whether the object at hand names a place, to which its currency and its telephone belong."""
        self._people: dict[str, Person] = {}
        self._place: Place | None = None
        self._taken: set[str] = set()
        self._lexicon: Lexicon | None = None

    @property
    def words(self) -> Lexicon:
        """The words of the locale."""
        if self._lexicon is None:
            self._lexicon = lexicon(self.wishes.locale)
        return self._lexicon

    def within(self, given: Any) -> Generation:
        """Return a run for a part of the value of which this much is given."""
        wishes = self.wishes._replace(given=given, wanted=frozenset())
        run = Generation(self.random, self.now, wishes, careful=self.careful, lean=self.lean)
        run.spent = self.spent
        return run

    def completes(self, depth: int) -> bool:
        """Whether what is made at this depth has parts that are given."""
        return depth == 0 and self.given is not None

    def enter(self, depth: int) -> bool:
        """Count an object or array, and say whether only what must be there is made of it."""
        self.spent[0] += 1
        if depth > _DEEPEST or self.spent[0] > _MOST:
            message = "No end of it is in sight."
            raise Unsatisfiable(message)
        return self.lean or depth >= DEEP or self.spent[0] > _MANY

    def try_again(self) -> None:
        """Count one more attempt at a part."""
        self.spent[0] += 1
        if self.spent[0] > _MOST:
            message = "Too much of it was tried in vain."
            raise Unsatisfiable(message)

    def pick(self, values: Sequence[T]) -> T:
        """Return one of the values."""
        return values[int(self.uniform() * len(values))]

    def between(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self.uniform() * (high - low + 1))

    def moment(self, low: int, high: int) -> datetime:
        """Return a moment from `low` to `high` days from now; the past is negative."""
        return self.now + timedelta(seconds=self.between(low * 86_400, high * 86_400))

    def next_of(self, key: str, values: Sequence[T]) -> T:
        """Return one of a list of words; of a row of values, each takes the next one."""
        turn = self.wishes.turn
        if turn is None or key in self._taken:
            return values[int(self.uniform() * len(values))]
        self._taken.add(key)
        return values[turn % len(values)]

    @property
    def person(self) -> Person:
        """Whom the object at hand is about, or somebody named in it: names and addresses are of one person."""
        person = self._people.get(self.role)
        if person is None:
            words = self.words
            first = self.next_of("first", words.first_names)
            person = self._people[self.role] = words.person(first, self.pick(words.last_names))
        return person

    @property
    def place(self) -> Place:
        """Where the object at hand is: its city, country and postcode belong together."""
        if self._place is None:
            self._place = self.pick(self.words.places)
        return self._place

    def adopt(self, role: str, person: Person | None, place: Place | None) -> None:
        """Take whom and where from members that are given."""
        if person is not None:
            self._people[role] = person
        if place is not None:
            self._place = place

    def begin(self, *, placed: bool) -> tuple[dict[str, Person], Place | None, bool]:
        """Forget whom and where, for another object; return them for `resume`."""
        before = self._people, self._place, self.is_placed
        self._people, self._place, self.is_placed = {}, None, placed
        return before

    def resume(self, before: tuple[dict[str, Person], Place | None, bool]) -> None:
        """Go on with the object that was begun before."""
        self._people, self._place, self.is_placed = before
