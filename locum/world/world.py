"""A world: one isolated universe of state, clock, identifiers and journal."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from locum.errors import Invalid, OutOfRoom, TooMany
from locum.options import MOST_RECORDS, MOST_WORLD_BYTES
from locum.world.clock import END, timestamp
from locum.world.events import pass_time
from locum.world.faults import Faults
from locum.world.journal import MOST_BYTES as MOST_JOURNAL_BYTES
from locum.world.journal import Journal
from locum.world.ledger import Ledger
from locum.world.store import weigh_tables

if TYPE_CHECKING:
    from datetime import datetime

    from locum.world.clock import Clock
    from locum.world.events import Events
    from locum.world.identifiers import NewId
    from locum.world.store import Store

__all__ = ["World"]


_SELDOM = 255
"""Between two counts there are so many requests that may add a record."""

_OFTEN = 15
"""Between two looks at a full server there are so many rejected requests."""

_STEP = 16
"""After its records were measured a world may grow by this part of its bound until they are measured again."""

_PREFERENCE = 512

_WORLD = 8 * 1024
"""Bytes that a world takes with nothing in it."""

_MOST_AT_ONCE = 10_000
"""How many events there may be while the clock is moved once."""

_MOST_PER_REQUEST = 100
"""How many events a request waits for, one by one, where its time has come to many."""


class World:
    """One isolated universe. Two worlds never meet.

    `seed` and `began` are what its seed data is made of: they stay, while the clock goes on. A world
    that is `bare` has none. `events` are what may happen in it by itself. `origin` is how it began,
    which a reset leads back to; None stands for the baseline of all. `used` is when somebody last
    asked for it, in seconds of the machine. `faults` are what goes wrong in it; `preferences` are what
    it prefers where a request prefers nothing, as a `Prefer` header says it, by operationId. `validation` is
    its validation mode, empty for that of the server. From the
    moment `due` on, in microseconds since 1970, something happens by itself.
    """

    __slots__ = (
        "_full_with",
        "_measure_at",
        "_writes",
        "bare",
        "began",
        "clock",
        "due",
        "events",
        "faults",
        "journal",
        "kept",
        "ledger",
        "most_bytes",
        "most_records",
        "name",
        "new_id",
        "origin",
        "preferences",
        "seed",
        "store",
        "used",
        "validation",
    )

    def __init__(  # noqa: PLR0913 (the parts of a world)
        self,
        name: str,
        store: Store,
        clock: Clock,
        new_id: NewId,
        *,
        seed: int = 0,
        bare: bool = False,
        began: datetime | None = None,
        events: tuple[Events, ...] = (),
        most_records: int = MOST_RECORDS,
        most_bytes: int = MOST_WORLD_BYTES,
        ledger: Ledger | None = None,
    ) -> None:
        self.name = name
        self.seed = seed
        self.bare = bare
        self.began = began or clock.now
        self.store = store
        self.clock = clock
        self.new_id = new_id
        self.events = events
        self.origin: World | None = None
        self.used = 0.0
        self.most_bytes = most_bytes
        self.ledger = ledger or Ledger()
        self.kept = 0
        """About how many bytes its records take that are no other world's."""
        self.journal = self._new_journal()
        self.faults = Faults()
        self.preferences: dict[str, str] = {}
        self.validation = ""
        self.most_records = most_records
        self._writes, self._full_with, self._measure_at = 0, -1, most_bytes
        self.reschedule()

    def _new_journal(self) -> Journal:
        return Journal(most_bytes=min(MOST_JOURNAL_BYTES, self.most_bytes // 4), ledger=self.ledger)

    def tick(self) -> None:
        """Let the time of one request pass; what has fallen due until then happens first."""
        clock = self.clock
        clock.tick()
        if clock.micros >= self.due:
            self.run_due_events()

    def run_due_events(self) -> None:
        """Let happen what the time of a request has brought; where that is too much, the rest of it at once."""
        clock = self.clock
        goal = clock.micros = min(clock.micros, END)
        self.due = self._happen(goal, _MOST_PER_REQUEST)
        clock.micros = goal
        if self.due <= goal:
            for event in self.events:
                event.wake(self.store, clock, self.new_id)
            self.due = self._happen(0, 0)

    def check_capacity(self, size: int = 0) -> None:
        """Take note that a record may be added, of about so many bytes. Raises TooMany or OutOfRoom.

        Records are counted and measured once in a while only: a few more than the bound do no harm.
        """
        self._writes += 1
        if self._full_with >= 0 or not self._writes & _SELDOM or self.bytes + size > self._measure_at:
            self._measure(size)
        if self.ledger.is_full and not self._writes & _OFTEN:
            self.ledger.settle()  # records may have been deleted
        if self.ledger.is_full:
            message = (
                "The worlds of this server keep more bytes than it may (max-bytes). Drop or reset some, delete records "
                "or fixtures, or start it with a higher bound."
            )
            raise OutOfRoom(message, code="server_full")

    def keep(self, size: int) -> None:
        """Take note that records were added, which take about so many bytes."""
        self.kept += size
        self.ledger.left -= size
        if self.ledger.left < 0:
            self.ledger.settle()

    def lose(self) -> None:
        """Take note that records were removed, so that there may be room again."""
        self._full_with = min(self._full_with, 0)

    def measure(self) -> None:
        """Measure the records, as what was noted of them may be too much.

        Those of the origin stay as long as the world does, deleted or not.
        """
        origin = self.origin
        self.kept = weigh_tables(self.store, None) if origin is None else self._beyond(origin)

    def _beyond(self, origin: World) -> int:
        return origin.kept + weigh_tables(self.store, origin.store)

    @property
    def bytes(self) -> int:
        """About how many bytes this world takes."""
        return _WORLD + self.kept + self.journal.bytes + self.faults.bytes + _PREFERENCE * len(self.preferences)

    def _measure(self, size: int) -> None:
        """Look whether there is room for so many bytes. Raises TooMany.

        Entries of the journal go first. In a full world nothing is measured until a record is gone.
        """
        count, most = self.store.size, self.most_bytes
        if self.bytes + size > self._measure_at and (count != self._full_with or not self._writes & _OFTEN):
            self.measure()
        too_many = self.bytes + size - most
        if too_many > 0:
            self.journal.shrink(max(self.journal.bytes - too_many, 0))
        now = self.bytes
        self._measure_at = max(most, now + most // _STEP)
        self._full_with = -1
        found, setting = "", "max-records"
        if now + size > most:
            found, setting = f"{most:,} bytes", "max-world-bytes"
        elif count > self.most_records:
            found = f"{self.most_records:,} records"
        if found:
            self._full_with, self._measure_at = count, 0
            message = (
                f"The world {self.name} would have more than {found}, which is the most that this server keeps "
                f"({setting}). Reset it, or delete some."
            )
            raise TooMany(message, code="world_full")

    def reschedule(self) -> None:
        """Note that records were changed: something may be due earlier than was known."""
        self.due = 0 if self.events else END

    def advance(self, by: timedelta) -> None:
        """Move the clock forward, through everything that falls due on the way; see `set`."""
        if by < timedelta(0):
            message = "A world's time is advanced forward. To go back, set its clock to a moment."
            raise Invalid(message, code="clock_backwards")
        goal = self.clock.fork()
        goal.advance(by)
        self._go(goal.micros)

    def set(self, moment: datetime) -> None:
        """Move the clock to a moment, through everything that falls due on the way, in order.

        Each thing happens with the clock at its own moment. To a past moment the clock just moves:
        nothing is undone. Raises Invalid, and changes nothing, where there is no such moment or too
        much falls due until then.
        """
        goal = self.clock.fork()
        goal.set(moment)
        self._go(goal.micros)

    def fork(self, name: str) -> World:
        """Return a world with the same state that goes its own way from here."""
        twin = World(
            name,
            self.store.fork(),
            self.clock.fork(),
            self.new_id.fork(),
            seed=self.seed,
            bare=self.bare,
            began=self.began,
            events=self.events,
            most_records=self.most_records,
            most_bytes=self.most_bytes,
            ledger=self.ledger,
        )
        twin.kept = self.kept
        twin.faults, twin.preferences = self.faults.fork(), self.preferences.copy()
        twin.validation = self.validation
        return twin

    def begin(self, origin: World) -> None:
        """Become what another world is, with nothing asked of it yet, and begin so at each reset."""
        self.origin = origin
        self.store, self.clock, self.new_id = origin.store.fork(), origin.clock.fork(), origin.new_id.fork()
        self.seed, self.bare, self.began = origin.seed, origin.bare, origin.began
        self.faults, self.preferences = origin.faults.fork(), origin.preferences.copy()
        self.validation = origin.validation
        self.journal.shrink(0)
        self.ledger.reopen()
        self.kept, self._full_with, self._measure_at = origin.kept, -1, self.most_bytes
        self.journal = self._new_journal()
        self.reschedule()

    def continues(self, other: World) -> None:
        """Go on where another world is: its time, its choices, its journal, what it was told."""
        self.clock, self.new_id, self.journal = other.clock, other.new_id, other.journal
        self.journal.count_in(self.ledger)
        self.kept = other.kept
        self.faults, self.preferences, self.validation = other.faults, other.preferences, other.validation
        self.reschedule()

    def _go(self, goal: int) -> None:
        """Move to a moment, in microseconds since 1970."""
        if goal < self.clock.micros:
            self.reschedule()
        elif goal >= self.due:
            # On a fork, which takes over where all goes well: nothing is left half done.
            ahead = self.fork("")
            if (due := ahead._happen(goal, _MOST_AT_ONCE)) <= goal:  # noqa: SLF001 (a world of its own making)
                raise _too_much(ahead.clock.now)
            self.store, self.new_id, self.due = ahead.store, ahead.new_id, due
        self.clock.leap(goal)

    def _happen(self, until: int, most: int) -> int:
        """Let at most so many things happen that are due; return when the next one is."""
        due = pass_time(self.events, self.store, self.clock, self.new_id, until, most)
        return END if due is None else due[0]


def _too_much(reached: datetime) -> Invalid:
    message = f"More than {_MOST_AT_ONCE:,} things fall due until then, the last of these at {timestamp(reached)}. "
    return Invalid(message + "The clock was not moved: move it in smaller steps.", code="too_much_due")
