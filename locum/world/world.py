"""A world: isolated records, clock, identifiers, faults, preferences and journal."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from locum.errors import Invalid, OutOfRoom, TooMany
from locum.options import MOST_RECORDS, MOST_WORLD_BYTES
from locum.world.clock import END, UNIX, timestamp
from locum.world.events import find_next_event, pass_time
from locum.world.faults import Faults
from locum.world.journal import MOST_BYTES as MOST_JOURNAL_BYTES
from locum.world.journal import Journal
from locum.world.ledger import Ledger
from locum.world.proxying import Proxying
from locum.world.store import weigh_tables

if TYPE_CHECKING:
    from datetime import datetime

    from locum.world.clock import Clock
    from locum.world.events import Events
    from locum.world.seeded import NewId
    from locum.world.store import Store

__all__ = ["World"]


_SELDOM = 255
"""Records are counted once in this number of requests that may add one (a bit mask)."""

_OFTEN = 15
"""A full server is checked again once in this number of rejected requests (a bit mask)."""

_STEP = 16
"""A world is measured again when it has grown by one in this number of its limit."""

_PREFERENCE = 512

_WORLD = 8 * 1024
"""Bytes of an empty world."""

_MOST_AT_ONCE = 10_000
"""The maximum number of events in one move of the clock."""

_MOST_PER_REQUEST = 100
"""The maximum number of due events that a request runs one by one."""


class World:
    """The isolated state of one test or user.

    `seed` and `began` determine its seed data; they do not change as the clock advances. A `bare` world has no seed
    data. `events` are the scheduled events of its APIs, and `due` is the time of the next one, in microseconds since
    1970. `origin` is the state to which a reset returns; None for the baseline. `used` is the time of its last use, in
    seconds of the machine's monotonic clock. `faults` are the injected faults. `preferences` are the defaults for
    requests without a preference, in the syntax of `Prefer`, by operationId. `validation` is the validation mode;
    empty for that of the server. `proxying` is its upstream, if the server is a proxy; a reset keeps it.
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
        "proxying",
        "seed",
        "store",
        "used",
        "validation",
    )

    def __init__(  # noqa: PLR0913 (the state of a world)
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
        """An estimate of the bytes of its records, without those that it shares with other worlds."""
        self.journal = self._new_journal()
        self.faults = Faults()
        self.preferences: dict[str, str] = {}
        self.validation = ""
        self.proxying = Proxying()
        self.most_records = most_records
        self._writes, self._full_with, self._measure_at = 0, -1, most_bytes
        self.reschedule()

    def _new_journal(self) -> Journal:
        return Journal(most_bytes=min(MOST_JOURNAL_BYTES, self.most_bytes // 4), ledger=self.ledger)

    def tick(self) -> None:
        """Advance the clock by one request, and run the events that are due."""
        clock = self.clock
        clock.tick()
        if clock.micros >= self.due:
            self.run_due_events()

    def run_due_events(self) -> None:
        """Run the events that are due, one by one up to a limit, and then the rest at once."""
        clock = self.clock
        goal = clock.micros = min(clock.micros, END)
        self.due = self._run_events(goal, _MOST_PER_REQUEST)
        clock.micros = goal
        if self.due <= goal:
            for event in self.events:
                event.run_due(self.store, clock, self.new_id)
            self.due = self._run_events(0, 0)

    def check_capacity(self, size: int = 0) -> None:
        """Check that a record of about `size` bytes can be added. Raises TooMany or OutOfRoom.

        Records are counted and measured only now and then: a few more than the limit do no harm.
        """
        self._writes += 1
        if self._full_with >= 0 or not self._writes & _SELDOM or self.bytes + size > self._measure_at:
            self._measure(size)
        if self.ledger.is_full and not self._writes & _OFTEN:
            self.ledger.settle()  # records may have been deleted
        if self.ledger.is_full:
            message = (
                "The worlds of this server take more bytes than allowed (max-bytes). Drop or reset some, delete "
                "records or fixtures, or start the server with a higher limit."
            )
            raise OutOfRoom(message, code="server_full")

    def keep(self, size: int) -> None:
        """Account for added records of about `size` bytes."""
        self.kept += size
        self.ledger.left -= size
        if self.ledger.left < 0:
            self.ledger.settle()

    def lose(self) -> None:
        """Account for removed records: the next capacity check counts again."""
        self._full_with = min(self._full_with, 0)

    def measure(self) -> None:
        """Measure the records, since the estimate may be too high.

        Records of the origin count even if deleted: the origin keeps them as long as the world exists.
        """
        origin = self.origin
        self.kept = weigh_tables(self.store, None) if origin is None else self._beyond(origin)

    def _beyond(self, origin: World) -> int:
        return origin.kept + weigh_tables(self.store, origin.store)

    @property
    def bytes(self) -> int:
        """An estimate of the bytes that this world takes."""
        named = len(self.preferences) + len(self.proxying.choices)
        return _WORLD + self.kept + self.journal.bytes + self.faults.bytes + _PREFERENCE * named

    def _measure(self, size: int) -> None:
        """Check that `size` more bytes are allowed. Raises TooMany.

        Entries of the journal are removed first. A full world is not measured again until a record is removed.
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
                f"The world {self.name} would have more than {found}, which is the limit of this server "
                f"({setting}). Reset it, or delete some records."
            )
            raise TooMany(message, code="world_full")

    def reschedule(self) -> None:
        """Recompute the next due event after a change of records, which may bring it forward."""
        self.due = 0 if self.events else END

    def next_event(self) -> datetime | None:
        """Return the time of the next scheduled event; None if nothing is scheduled."""
        due = find_next_event(self.events, self.store)
        return None if due is None else UNIX + timedelta(microseconds=due[0])

    def run_next_event(self) -> None:
        """Move the clock to the next scheduled event, and run it."""
        due = find_next_event(self.events, self.store)
        if due is not None:
            self.due = self._run_events(due[0], 1)

    def advance(self, by: timedelta) -> None:
        """Move the clock forward, and run the events that are due until then; see `set`."""
        if by < timedelta(0):
            message = "The clock only advances forward. To go back, set it to a time."
            raise Invalid(message, code="clock_backwards")
        goal = self.clock.fork()
        goal.advance(by)
        self._move_to(goal.micros)

    def set(self, moment: datetime) -> None:
        """Move the clock to a time, and run the events that are due until then, in order.

        Each event runs with the clock at its own time. Moving the clock back undoes nothing. Raises Invalid, and
        changes nothing, if the time is out of range or too many events are due.
        """
        goal = self.clock.fork()
        goal.set(moment)
        self._move_to(goal.micros)

    def fork(self, name: str) -> World:
        """Return an independent world with the same state."""
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
        twin.proxying = self.proxying.copy()
        return twin

    def begin(self, origin: World) -> None:
        """Take over the state of another world, with an empty journal, and return to it at each reset."""
        self.origin = origin
        self.store, self.clock, self.new_id = origin.store.fork(), origin.clock.fork(), origin.new_id.fork()
        self.seed, self.bare, self.began = origin.seed, origin.bare, origin.began
        self.faults, self.preferences = origin.faults.fork(), origin.preferences.copy()
        self.validation = origin.validation
        self.proxying = self.proxying.copy(fresh=True)
        self.journal.shrink(0)
        self.ledger.reopen()
        self.kept, self._full_with, self._measure_at = origin.kept, -1, self.most_bytes
        self.journal = self._new_journal()
        self.reschedule()

    def go_back(self, earlier: World) -> None:
        """Take over the records, clock and identifiers of an earlier fork; keep the journal, faults and preferences."""
        self.store, self.clock, self.new_id = earlier.store.fork(), earlier.clock.fork(), earlier.new_id.fork()
        self.kept, self._full_with, self._measure_at = earlier.kept, -1, self.most_bytes
        self.reschedule()

    def continues(self, other: World) -> None:
        """Take over all of another world but its records: its clock, identifiers, journal, faults and preferences."""
        self.clock, self.new_id, self.journal = other.clock, other.new_id, other.journal
        self.journal.count_in(self.ledger)
        self.kept = other.kept
        self.faults, self.preferences, self.validation = other.faults, other.preferences, other.validation
        self.proxying = other.proxying
        self.reschedule()

    def _move_to(self, goal: int) -> None:
        """Move the clock to a time in microseconds since 1970."""
        if goal < self.clock.micros:
            self.reschedule()
        elif goal >= self.due:
            # On a fork whose state is taken over at the end, so that an error changes nothing.
            ahead = self.fork("")
            if (due := ahead._run_events(goal, _MOST_AT_ONCE)) <= goal:  # noqa: SLF001 (of the same class)
                raise _too_many_events(ahead.clock.now)
            self.store, self.new_id, self.due = ahead.store, ahead.new_id, due
        self.clock.leap(goal)

    def _run_events(self, until: int, most: int) -> int:
        """Run at most `most` events that are due until a time; return the time of the next one."""
        due = pass_time(self.events, self.store, self.clock, self.new_id, until, most)
        return END if due is None else due[0]


def _too_many_events(reached: datetime) -> Invalid:
    message = f"More than {_MOST_AT_ONCE:,} events are due until then, the last of these at {timestamp(reached)}. "
    return Invalid(message + "The clock was not moved: move it in smaller steps.", code="too_much_due")
