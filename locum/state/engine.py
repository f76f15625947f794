"""Engine: what stores worlds, and what is written to it in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Batch", "Engine", "StateError", "StoredWorld", "WorldRow"]


class StateError(Exception):
    """The state cannot be read or written; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class WorldRow:
    """What is known of a stored world without loading it."""

    name: str
    base: str
    """The digest of the snapshot to which the effects are applied."""
    origin: str
    """The digest of the snapshot to which a reset returns; empty for the baseline of the seed."""
    used: float
    """When it was last used, in seconds since 1970 by the machine's clock."""
    records: int = 0
    last: int = 0
    """The number of its latest stored journal entry."""


@dataclass(slots=True)
class Batch:
    """The changes of a moment, which are stored together or not at all."""

    snapshots: dict[str, bytes] = field(default_factory=dict)
    """By digest; one that is stored already is not stored again."""
    begun: list[WorldRow] = field(default_factory=list)
    """Worlds that begin at another snapshot: their former effects are removed."""
    worlds: list[WorldRow] = field(default_factory=list)
    """Worlds that changed."""
    effects: list[tuple[str, bytes]] = field(default_factory=list)
    """Names of worlds, and what was changed in them, in order."""
    entries: list[tuple[str, list[tuple[int, bytes]]]] = field(default_factory=list)
    """Names of worlds, and the latest entries of their journals, which replace all former ones."""
    dropped: list[str] = field(default_factory=list)
    """Names of worlds that were dropped."""

    def __bool__(self) -> bool:
        """Whether there is anything to store."""
        return bool(self.begun or self.worlds or self.effects or self.entries or self.dropped)


@dataclass(frozen=True, slots=True)
class StoredWorld:
    """A world as it is stored."""

    row: WorldRow
    base: bytes
    """A snapshot."""
    origin: bytes | None
    """A snapshot; None for the baseline of the seed."""
    effects: list[bytes]
    entries: list[tuple[int, bytes]]


class Engine(Protocol):
    """Stores worlds. Every method raises StateError."""

    def worlds(self) -> list[WorldRow]:
        """Return all stored worlds, sorted by name."""
        ...

    def load(self, name: str) -> StoredWorld | None:
        """Return a stored world; None if there is none of this name."""
        ...

    def commit(self, batch: Batch) -> None:
        """Store a batch as a whole."""
        ...

    def sweep(self) -> int:
        """Remove the snapshots that no world refers to, and give free space back; return how many were removed."""
        ...

    def close(self) -> None:
        """Release the storage."""
        ...
