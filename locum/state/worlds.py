"""Stored worlds: the worlds of a server, whose state is written to an engine and outlives the process.

A world is loaded when it is asked for. It leaves memory when it was not used for a while, and is deleted only by
`drop`, or to make room for a new one.
"""

from __future__ import annotations

import hashlib
import logging
import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from locum.errors import ApiError, Conflict, Invalid, Unavailable
from locum.openapi.wire.json_values import load_json, write_json
from locum.state.effects import apply_effects, effects_since, remember
from locum.state.engine import Batch, StateError, WorldRow
from locum.state.entries import read_entry, write_entry
from locum.world.clock import END, RUNNING
from locum.world.snapshots import Unwritable, snapshot
from locum.world.worlds import DEFAULT, Worlds

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.state.effects import Remembered
    from locum.state.engine import Engine, StoredWorld
    from locum.world.world import World

__all__ = ["StoredWorlds"]

logger = logging.getLogger("locum")

_TAIL = 25
"""Journal entries that are stored of a world. An entry is written without its secrets, which takes about a millisecond:
longer than the request. So journals are stored when their world is quiet."""
_QUIET = 1.0
"""Seconds without a request after which the journal of a world is stored."""
_ENTRIES, _LAST_ENTRIES = 25, 500
"""Journal entries that are written at once, at most: regularly, and when the server stops."""
_COMPACTED = 256 * 1024
"""Bytes of effects above which a world is written as a whole, if they are more than its snapshot, too."""


class StoredWorlds(Worlds):
    """All worlds of a server, in memory and in an engine."""

    def __init__(self, *given: Any, engine: Engine, machine: Callable[[], float] = time.time, **options: Any) -> None:
        """Begin with a new default world; `load_default` replaces it by the stored one. Raises StateError.

        `machine` returns the machine's time in seconds since 1970.
        """
        self._engine = engine
        self._machine = machine
        self._rows = {row.name: row for row in engine.worlds()}
        self._is_default_new = DEFAULT not in self._rows
        """Whether the default world in memory is to be stored: not while there is a stored one that was not loaded."""
        self._remembered: dict[str, Remembered] = {}
        self._sizes: dict[str, tuple[int, int]] = {}
        """Bytes of the effects and of the base of each loaded world."""
        self._pending: dict[str, float] = {}
        """The worlds whose journals are to be stored, and when they changed, by the monotonic clock."""
        self._dropped: list[str] = []
        self._since = 0.0
        """When worlds were stored last, by the monotonic clock."""
        self._known: dict[str, World] = {}
        """The origins of loaded worlds by digest, except the baseline."""
        self._written_baseline: tuple[World, str, bytes] | None = None
        self._reported: set[str] = set()
        self._unwritable: dict[str, tuple[int, int]] = {}
        """The latest journal entry and the time of worlds that could not be written, as they were then."""
        super().__init__(*given, **options)

    def is_stored(self, name: str) -> bool:
        """Return whether a world was stored by an earlier process, or is stored by now."""
        return name in self._rows

    def load_default(self) -> None:
        """Load the default world if it is stored. Raises Conflict if it does not fit what is served."""
        if not self._is_default_new:
            self._worlds.pop(DEFAULT, None)
            self.default = self._load(DEFAULT)
            self._is_default_new = True

    def named(self, name: str) -> World:
        """Return the world of a name: from memory, loaded, or created. Raises as `Worlds.named` does, and Conflict."""
        if name == DEFAULT:
            self.load_default()
        if name not in self._worlds and name in self._rows:
            return self._load(name)
        return super().named(name)

    def listed(self) -> list[World]:
        """Return all worlds, and load those that are not in memory. One that cannot be loaded is only logged."""
        for name in list(self._rows):
            try:
                self._require(name)
            except ApiError as error:
                self._report(name, error.message)
        return list(self._worlds.values())

    def drop(self, name: str) -> None:
        """Drop a world, from the engine, too."""
        self._is_default_new = self._is_default_new or name == DEFAULT
        if name in self._rows:
            del self._rows[name]
            self._dropped.append(name)
        self._forget(name)
        super().drop(name)

    def remove(self, name: str) -> None:
        """Drop a world without loading it, as it may not fit any more. Raises NotFound."""
        if name not in self._rows:
            self._require(name)
        self.drop(name)

    def begin_as(self, data: Any) -> None:
        """Make a snapshot the initial state of new worlds. Raises Invalid if it cannot be read."""
        self._remembered.clear()
        super().begin_as(data)

    def continues(self, former: Worlds) -> None:
        """Take over from the worlds of an application that was replaced."""
        super().continues(former)
        if isinstance(former, StoredWorlds):
            try:
                former.close()
            except StateError as problem:  # its worlds go on here, and are stored the next time
                logger.error("The latest changes could not be stored yet: %s", problem)  # noqa: TRY400 (complete)
            self._rows = {row.name: row for row in self._engine.worlds()}
            self._is_default_new = True

    def close(self) -> None:
        """Store everything, and release the engine. Raises StateError."""
        try:
            self.store(is_last=True)
        finally:
            self._engine.close()
            self._idle = math.inf  # nothing can leave memory any more

    # Storing

    def store(self, *, is_last: bool = False) -> str:
        """Store what has changed since the last time; return why a changed world cannot be written, else an empty text.

        Raises StateError; then it is stored the next time.
        """
        now = self._monotonic()
        batch, remembered, unwritable = Batch(dropped=self._dropped.copy()), {}, ""
        for world in list(self._worlds.values()):
            if world is self.default and not self._is_default_new:
                continue
            before = self._remembered.get(world.name)
            if before is None or is_last or before.may_differ(world, self._since):
                try:
                    remembered[world.name] = self._gather(world, before, batch)
                except (Unwritable, TypeError, ValueError) as problem:
                    self._report(world.name, str(problem))
                    at = world.journal.last, world.clock.micros
                    if self._unwritable.get(world.name) != at:
                        self._unwritable[world.name], unwritable = at, str(problem)
                    continue
                if before is None or before.has_other_entries(world):
                    self._pending[world.name] = now
        written = self._gather_journals(batch, now, is_last=is_last)
        if batch:
            self._engine.commit(batch)
        self._remembered |= remembered
        self._rows |= {row.name: row for row in batch.worlds}
        self._dropped.clear()
        self._since = now
        for name in written:
            del self._pending[name]
        return unwritable

    def _gather(self, world: World, before: Remembered | None, batch: Batch) -> Remembered:
        """Add the changes of a world to a batch; return what it is compared with next time. Raises Unwritable."""
        name, origin, row = world.name, world.origin or self._baseline, self._rows.get(world.name)
        base, of_origin, (size, base_size) = "", "", self._sizes.get(name, (0, 0))
        former, is_begun = before, False
        if before is None or row is None or before.origin is not origin:
            base, before, size, is_begun = self._digest(origin, batch), remember(world, origin, origin), 0, True
            of_origin, base_size = "" if origin is self._baseline else base, len(batch.snapshots[base])
        else:
            base, of_origin = row.base, row.origin
        effects, state = effects_since(world, before)
        if effects is not None and size + len(effects) > max(_COMPACTED, base_size):
            data = write_json(snapshot(world))
            base, effects, is_begun, size, base_size = _digest_of(data), None, True, 0, len(data)
            batch.snapshots[base] = data
        last = 0 if row is None else row.last
        if former is not None and former.has_lost_entries(world):
            last = world.journal.last - len(world.journal)
            batch.entries.append((name, []))
        row = WorldRow(name, base, of_origin, self._machine(), world.store.size, last)
        if is_begun:
            batch.begun.append(row)
        if is_begun or effects is not None or before.has_other_entries(world):
            batch.worlds.append(row)
        if effects is not None:
            batch.effects.append((name, effects))
            size += len(effects)
        self._sizes[name] = size, base_size
        return state

    def _gather_journals(self, batch: Batch, now: float, *, is_last: bool) -> list[str]:
        """Add the latest journal entries of quiet worlds to a batch, as many as can be written in a moment.

        Return the names of these worlds. After a crash, a journal goes on after its latest stored entry.
        """
        rows = self._rows | {row.name: row for row in batch.worlds}
        left, written = _LAST_ENTRIES if is_last else _ENTRIES, []
        for name, changed in self._pending.items():
            if left <= 0:
                break
            if is_last or now - changed >= _QUIET:
                journal = self._worlds[name].journal
                written.append(name)
                try:
                    entries = [
                        (entry.number, write_entry(entry)) for entry in journal.after(max(journal.last - _TAIL, 0))
                    ]
                except (Unwritable, TypeError, ValueError) as problem:
                    self._report(name, str(problem))
                    continue
                batch.entries.append((name, entries))
                batch.worlds.append(replace(rows[name], last=journal.last))
                left -= len(entries)
        return written

    def _digest(self, world: World, batch: Batch) -> str:
        """Return the digest of a base or an origin, whose snapshot is added to the batch. Raises Unwritable."""
        if world is not self._baseline:
            data = write_json(snapshot(world))
            digest = _digest_of(data)
            self._known[digest] = world
        else:
            digest, data = self._of_baseline
        batch.snapshots[digest] = data
        return digest

    @property
    def _of_baseline(self) -> tuple[str, bytes]:
        """The digest of the baseline, and its snapshot. Raises Unwritable."""
        if self._written_baseline is None or self._written_baseline[0] is not self._baseline:
            data = write_json(snapshot(self._baseline))
            self._written_baseline = self._baseline, _digest_of(data), data
        return self._written_baseline[1:]

    def _report(self, name: str, problem: str) -> None:
        """Log once that a world cannot be stored or loaded."""
        if name not in self._reported:
            self._reported.add(name)
            logger.error("The world %s cannot be stored or loaded: %s", name, problem)

    # Loading

    def _load(self, name: str) -> World:
        """Load a stored world. Raises Conflict if it does not fit what is served, and Unavailable."""
        try:
            stored = self._engine.load(name)
        except StateError as problem:
            raise Unavailable(f"The world {name} cannot be loaded: {problem}", code="state_unavailable") from None
        if stored is None:
            del self._rows[name]
            return super().named(name)
        try:
            world = self._revived(stored)
        except Invalid as error:
            message = (
                f"The world {name} was stored by another version of these documents or handlers: {error.message} Serve "
                "the former version, save the world with `locum state export`, or drop it."
            )
            raise Conflict(message, code="world_unfit") from None
        self._worlds[name] = world
        world.used = self._monotonic()
        self._ledger.left -= world.bytes
        if self._ledger.left < 0:
            self._settle()
        self._remembered[name] = remember(world, world.origin)
        self._sizes[name] = sum(map(len, stored.effects)), len(stored.base)
        return world

    def _revived(self, stored: StoredWorld) -> World:
        row = stored.row
        base = self._world_of(row.base, stored.base)
        world = base.fork(row.name)
        world.origin = self._world_of(row.origin, stored.origin) if stored.origin is not None else self._baseline
        for data in stored.effects:
            apply_effects(world, data)
        if self._unfit is not None:
            for key, table in world.store.lasting():
                problem = self._unfit(key, table)
                if problem is not None:
                    raise Invalid(f"{key}: {problem[1]}.", code="snapshot_unfit")
        reading = world.clock.describe()
        if reading.mode == RUNNING:  # it goes on while no server runs
            passed = max(self._machine() - row.used, 0) * reading.rate
            world.clock.leap(min(world.clock.micros + int(passed * 1_000_000), END))
        world.journal.resume(row.last, [read_entry(data) for _, data in stored.entries])
        world.measure()
        world.reschedule()
        return world

    def _world_of(self, digest: str, data: bytes) -> World:
        """Return the world with the state of a snapshot. Raises Invalid."""
        if self._of_baseline[0] == digest:
            return self._baseline
        if digest not in self._known:
            self._known[digest] = self.revive(load_json(data))
        return self._known[digest]

    # Memory

    def _require(self, name: str) -> None:
        if name == DEFAULT:
            self.load_default()
        elif name in self._rows and name not in self._worlds:
            self._load(name)
        super()._require(name)

    def _reject_taken(self, name: str) -> None:
        if name in self._rows:
            message = "A world of this name already exists."
            raise Conflict(message, code="world_exists")
        super()._reject_taken(name)

    def _make(self, name: str, origin: World) -> World:
        if self._count() >= self._most:
            self._make_room()
        return super()._make(name, origin)

    def _count(self) -> int:
        return len(self._rows.keys() | self._worlds.keys())

    def _make_room(self) -> None:
        """Delete the stored world that was idle for the longest time, if one was idle for long enough."""
        idle = [row for row in self._rows.values() if row.name not in self._worlds and row.name != DEFAULT]
        oldest = min(idle, key=lambda row: row.used, default=None)
        if oldest is not None and oldest.used < self._machine() - self._idle:
            self.drop(oldest.name)

    def _expire(self) -> None:
        """Let the idle worlds leave memory; they stay stored."""
        since = self._monotonic() - self._idle
        idle = [name for name, world in self._worlds.items() if world.used < since and name != DEFAULT]
        try:
            if idle:
                self.store()
        except StateError:
            return  # they stay in memory until they can be stored
        for name in idle:
            self._forget(name)
        super()._expire()

    def _forget(self, name: str) -> None:
        for known in (self._remembered, self._sizes, self._pending):
            known.pop(name, None)
        origins = {id(world.origin) for world in self._worlds.values()}
        self._known = {digest: world for digest, world in self._known.items() if id(world) in origins}


def _digest_of(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
