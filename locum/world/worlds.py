"""Worlds: all worlds of a server, by name."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from locum.errors import Conflict, Malformed, NotFound, OutOfRoom, TooMany
from locum.options import MOST_BYTES, MOST_RECORDS, MOST_WORLD_BYTES, WORLD_IDLE
from locum.world.clock import Clock
from locum.world.ledger import Ledger
from locum.world.seeded import NewId
from locum.world.snapshots import revive
from locum.world.store import Store
from locum.world.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from locum.world.events import Events
    from locum.world.journal import Journal, JournalRecord
    from locum.world.snapshots import Unfit
    from locum.world.tally import Tally

__all__ = ["DEFAULT", "World", "Worlds"]


DEFAULT = "default"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_STEP = 16
"""Journal entries are removed until this fraction (1/16) of the limit is free."""


class Worlds:
    """All worlds of a server; by default each starts from the same seeded baseline.

    So the same requests get the same responses in every world. There are at most `most` worlds. Those that
    were not used for `idle` seconds of the machine's time are dropped when a world is created or all are listed; the
    default world is never dropped.

    All worlds together take at most `most_bytes`, including the bytes that `others` returns. Beyond that, idle worlds
    are dropped, then the least recently used worlds lose their oldest journal entries. If the records alone exceed the
    limit, requests that may add one are rejected.
    """

    def __init__(  # noqa: PLR0913 (assembled in one place)
        self,
        seeders: Mapping[str, Callable[[Store, Clock, NewId], None]],
        *,
        seed: int = 0,
        bare: bool = False,
        clock: Clock | None = None,
        most: int = 1000,
        most_records: int = MOST_RECORDS,
        most_world_bytes: int = MOST_WORLD_BYTES,
        most_bytes: int = MOST_BYTES,
        others: Callable[[], int] = lambda: 0,
        idle: float = WORLD_IDLE,
        events: Mapping[str, Events] | None = None,
        unfit: Unfit | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seeders = seeders
        self._bare = bare
        self._clock = clock or Clock()
        self._most = most
        self._most_records = most_records
        self._most_world_bytes = most_world_bytes
        self._most_bytes = most_bytes
        self._others = others
        self._ledger = Ledger()
        self._ledger.settle = self._settle
        self._gaps = 0
        """Bytes that the allocator has left between the objects of all worlds."""
        self._idle = idle
        self._events = tuple((events or {}).values())
        self._unfit = unfit
        self._monotonic = monotonic
        self._worlds: dict[str, World] = {}
        self._baseline = self._seeded(seed)
        self._baseline.kept = 0  # all worlds share it
        self._ledger.left = most_bytes
        self.default = self._add(DEFAULT, self._baseline)
        """The world of requests that name none."""

    def named(self, name: str) -> World:
        """Return the world of a name, created at its first use.

        Raises Malformed for an invalid name, TooMany or OutOfRoom if the server is full.
        """
        world = self._worlds.get(name)
        if world is None:
            return self._make(name, self._baseline)
        world.used = self._monotonic()
        return world

    def existing(self, name: str) -> World:
        """Return the world of a name. Raises NotFound."""
        self._require(name)
        return self.named(name)

    def copy(self, name: str) -> World:
        """Return a copy of a world that is not stored; this does not count as a use. Raises NotFound."""
        self._require(name)
        return self._worlds[name].fork(name)

    def make(self, name: str, seed: int | None = None) -> World:
        """Create a world; another seed gives it other identifiers and other seed data.

        Raises Conflict if the name is taken, and whatever `named` raises.
        """
        self._reject_taken(name)
        return self._make(name, self._baseline if seed in {None, self._baseline.seed} else self._seeded(int(seed or 0)))

    def fork(self, name: str, into: str) -> World:
        """Create an independent world with the state of another one.

        Raises NotFound if `name` does not exist, Conflict if `into` does, and whatever `named` raises.
        """
        world = self.existing(name)
        self._reject_taken(into)
        return self._make(into, world.fork(""))

    def reset(self, name: str) -> World:
        """Reset a world to its initial state, with an empty journal. Raises NotFound.

        That is the last snapshot restored into it, else the state at its fork, else the baseline of its seed. So a
        world that was prepared for tests is reset to the prepared state. A dropped world begins as the baseline.
        """
        world = self.existing(name)
        world.begin(world.origin or self._baseline)
        return world

    def restore(self, name: str, data: Any) -> World:
        """Restore a snapshot into a world, which is created if it does not exist; a reset returns to the snapshot.

        Raises Invalid if the snapshot cannot be read, and whatever `named` raises; then nothing is changed.
        """
        origin = self.revive(data)
        world = self.named(name)
        world.begin(origin)
        return world

    def revive(self, data: Any) -> World:
        """Return a new world from a snapshot, which is not stored here. Raises Invalid if it cannot be read."""
        return revive(data, self._baseline, self._unfit)

    def make_from(self, name: str, data: Any) -> World:
        """Create a world from a snapshot. Raises Invalid if it cannot be read, and as `make` does."""
        self._reject_taken(name)
        return self._make(name, self.revive(data))

    def origin(self, name: str) -> World:
        """Return the initial state of a world, read-only. Raises NotFound."""
        return self.existing(name).origin or self._baseline

    def begin_as(self, data: Any) -> None:
        """Drop all worlds, and make a snapshot the initial state of new ones. Raises Invalid if it cannot be read."""
        self._baseline = self.revive(data)
        self._baseline.kept = 0
        self._worlds.clear()
        self.default = self._add(DEFAULT, self._baseline)

    def all(self) -> list[World]:
        """Return all worlds."""
        self._expire()
        return list(self._worlds.values())

    def is_stored(self, name: str) -> bool:  # noqa: ARG002 (nothing is stored here)
        """Return whether a world was stored by an earlier process."""
        return False

    def listed(self) -> list[World]:
        """Return all worlds for a list of them: also those that are not in memory, if they are stored elsewhere."""
        return self.all()

    def continues(self, former: Worlds) -> None:
        """Take over from the worlds of an application that was replaced: the numbers of all requests."""
        self.tally.continues(former.tally)
        self._ledger.observe = former._ledger.observe

    def observe(self, observe: Callable[[Journal, JournalRecord], None]) -> None:
        """Have a function called with each new record of any journal."""
        self._ledger.observe = observe

    @property
    def tally(self) -> Tally:
        """The numbers of all requests since the start."""
        for world in self._worlds.values():
            world.journal.count_new()
        return self._ledger.tally

    def drop(self, name: str) -> None:
        """Drop a world, if it exists; its name gets a new world at the next use."""
        if name in self._worlds:
            self._worlds.pop(name).journal.count_new()
        self._ledger.reopen()
        if DEFAULT not in self._worlds:
            self.default = self._add(DEFAULT, self._baseline)

    def remove(self, name: str) -> None:
        """Drop a world. Raises NotFound."""
        self._require(name)
        self.drop(name)

    def _make(self, name: str, origin: World) -> World:
        if not _NAME.match(name):
            message = "A world's name has 1 to 64 letters, digits, dots, dashes or underscores."
            raise Malformed(message, code="world_name")
        self._expire()
        if self._count() >= self._most:
            message = (
                f"There are {self._most} worlds already, which is the limit of this server (max-worlds). Drop one."
            )
            raise TooMany(message, code="worlds_full")
        if self._ledger.is_full:
            self._settle()
        if self._ledger.is_full:
            message = "The worlds take as many bytes as this server allows (max-bytes). Drop or reset some."
            raise OutOfRoom(message, code="server_full")
        return self._add(name, origin)

    def _count(self) -> int:
        """Return the number of worlds, which is limited."""
        return len(self._worlds)

    def _add(self, name: str, origin: World) -> World:
        world = self._worlds[name] = origin.fork(name)
        world.origin = origin
        world.used = self._monotonic()
        self._ledger.left -= world.bytes
        if self._ledger.left < 0:
            self._settle()
        return world

    def _require(self, name: str) -> None:
        if name not in self._worlds:
            message = f"There is no world {name!r}: it was not used yet, or it was dropped."
            raise NotFound(message, code="no_such_world")

    def _settle(self) -> None:
        """Add up the bytes of all worlds, and free some if the limit is exceeded."""
        worlds, most = self._worlds, self._most_bytes
        if self._total() > most:
            self._expire()
            for world in worlds.values():
                if world.kept > most // _STEP // len(worlds):
                    world.measure()
        free = most // _STEP
        excess = self._total() + self._gaps + free - most
        if excess > free:
            # Requests without a world do not update `used` of the default one, so it comes last.
            for world in sorted(worlds.values(), key=lambda world: (world.name == DEFAULT, world.used)):
                before = world.journal.bytes
                world.journal.shrink(max(before - excess, 0))
                excess -= before - world.journal.bytes
                if excess <= 0:
                    break
        left = most - self._total()
        self._ledger.is_full = left < 0
        self._ledger.left = max(left - self._gaps, free // 4)

    def account_gaps(self, resident: int) -> None:
        """Count the gaps that the allocator leaves between objects, so that resident memory stays within the limit.

        `resident` is the memory that the process has taken since its start, in bytes. Only journals make room for gaps.
        They count at most as a quarter of what the worlds take: operations compiled at their first use are none.
        """
        taken = self._total()
        self._gaps = min(max(resident - taken, 0), taken // 4)
        if taken + self._gaps > self._most_bytes:
            self._settle()

    def _total(self) -> int:
        return self._others() + sum(world.bytes for world in self._worlds.values())

    def _reject_taken(self, name: str) -> None:
        if name in self._worlds:
            message = "A world of this name already exists."
            raise Conflict(message, code="world_exists")

    def _expire(self) -> None:
        """Drop the idle worlds."""
        since = self._monotonic() - self._idle
        for name in [name for name, world in self._worlds.items() if world.used < since and name != DEFAULT]:
            self._worlds.pop(name).journal.count_new()
            self._ledger.reopen()

    def _seeded(self, seed: int) -> World:
        """Create the baseline of a seed."""
        store, clock = Store(), self._clock.fork()
        for name, seeder in self._seeders.items():
            # Each API has its own source of ids, so that adding an API does not change those of the others.
            seeder(store, clock, NewId(f"{seed}:{name}"))
        new_id = NewId(f"{seed}:requests")
        world = World(
            "",
            store,
            clock,
            new_id,
            seed=seed,
            bare=self._bare,
            events=self._events,
            most_records=self._most_records,
            most_bytes=self._most_world_bytes,
            ledger=self._ledger,
        )
        world.measure()
        return world
