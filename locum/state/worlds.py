"""Worlds: isolated universes of state, clock, identifiers and journal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from locum.refusals import Malformed, TooMany
from locum.state.clock import Clock
from locum.state.identifiers import NewId
from locum.state.journal import Journal
from locum.state.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

__all__ = ["DEFAULT", "World", "Worlds"]

DEFAULT = "default"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


class World:
    """One isolated universe. Two worlds never meet.

    `seed` and `began` are what its seed data is made of: they stay, while the clock goes on. A world
    that is `bare` has none.
    """

    __slots__ = ("bare", "began", "clock", "journal", "name", "new_id", "seed", "store")

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
    ) -> None:
        self.name = name
        self.seed = seed
        self.bare = bare
        self.began = began or clock.now
        self.store = store
        self.clock = clock
        self.new_id = new_id
        self.journal = Journal()

    def continues(self, other: World) -> None:
        """Go on where another world is: its time, its choices, its journal."""
        self.clock, self.new_id, self.journal = other.clock, other.new_id, other.journal

    def fork(self, name: str) -> World:
        """Return a world with the same state that goes its own way from here."""
        return World(
            name,
            self.store.fork(),
            self.clock.fork(),
            self.new_id.fork(),
            seed=self.seed,
            bare=self.bare,
            began=self.began,
        )


class Worlds:
    """All worlds of a server; each begins as the same seeded baseline.

    Whatever its name, a world therefore gives the same answers to the same requests.
    """

    def __init__(
        self,
        seeders: Mapping[str, Callable[[Store, Clock, NewId], None]],
        *,
        seed: int = 0,
        bare: bool = False,
        clock: Clock | None = None,
        most: int = 1000,
    ) -> None:
        self._most = most
        self._baseline = World("", Store(), clock or Clock(), NewId(f"{seed}:requests"), seed=seed, bare=bare)
        for name, seeder in seeders.items():
            # Each API draws from its own source: adding one does not change the others' ids.
            seeder(self._baseline.store, self._baseline.clock, NewId(f"{seed}:{name}"))
        self._worlds = {DEFAULT: self._baseline.fork(DEFAULT)}

    @property
    def default(self) -> World:
        """The world of requests that name none."""
        return self._worlds[DEFAULT]

    def named(self, name: str) -> World:
        """Return the world of a name, made on first use.

        Raises Malformed for an impossible name, TooMany where the house is full.
        """
        world = self._worlds.get(name)
        if world is None:
            if not _NAME.match(name):
                message = "A world's name has 1 to 64 letters, digits, dots, dashes or underscores."
                raise Malformed(message, code="world_name")
            if len(self._worlds) >= self._most:
                message = f"There are {self._most} worlds already, which is the most this server keeps."
                raise TooMany(message, code="worlds_full")
            world = self._worlds[name] = self._baseline.fork(name)
        return world

    def all(self) -> list[World]:
        """Return the worlds that there are."""
        return list(self._worlds.values())

    def drop(self, name: str) -> None:
        """Forget a world, if it is known; its name begins anew at the next use."""
        self._worlds.pop(name, None)
        self._worlds.setdefault(DEFAULT, self._baseline.fork(DEFAULT))
