"""The store of a world: the records of handlers and of generated behaviour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from locum.world.ledger import weigh

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["Store", "weigh_tables"]

R = TypeVar("R")

_ROW = 120
"""Bytes of a table per record, without the record and its key."""


class Store:
    """A mapping of record types to mappings: `store[ApiKey]["api_key_..."]`.

    Records are immutable (frozen dataclasses), and a change replaces the record, so a fork does not copy them. A
    shared table is copied by the store that first accesses it. Tables are plain dicts that callers may modify, so get
    a table again after a fork.
    """

    __slots__ = ("_shared", "_tables", "_transient")

    def __init__(self) -> None:
        self._tables: dict[Any, dict[Any, Any]] = {}
        self._shared: dict[Any, dict[Any, Any]] = {}
        """Tables that other stores share; they are never modified."""
        self._transient: set[Any] = set()
        """The keys of tables that can be generated again."""

    def __getitem__(self, record_type: type[R]) -> dict[str, R]:
        """Return the records of one type by identifier, in the order in which they were stored."""
        table = self._tables.get(record_type)
        if table is None:
            table = self._tables[record_type] = dict(self._shared.pop(record_type, ()))
        return table

    def table(self, key: Hashable) -> dict[str, Any] | None:
        """Return the records under a key that is not a type; None if there is no such table."""
        table = self._tables.get(key)
        if table is None and key in self._shared:
            table = self._tables[key] = dict(self._shared.pop(key))
        return table

    def keep(self, key: Hashable, table: dict[str, Any], *, lasting: bool = True) -> dict[str, Any]:
        """Store a table under a key that is not a type.

        With `lasting=False` it can be generated again at any time, with the same content, so that no snapshot
        contains it.
        """
        self._shared.pop(key, None)
        self._tables[key] = table
        if not lasting:
            self._transient.add(key)
        return table

    def tables(self) -> list[tuple[Hashable, dict[str, Any]]]:
        """Return all tables with their keys, read-only."""
        return [*self._shared.items(), *self._tables.items()]

    @property
    def is_touched(self) -> bool:
        """Whether a table was accessed since the last fork, and so may have changed."""
        return bool(self._tables)

    @property
    def size(self) -> int:
        """The number of records of all types."""
        return sum(map(len, self._shared.values())) + sum(map(len, self._tables.values()))

    def lasting(self) -> list[tuple[Hashable, dict[str, Any]]]:
        """Return the tables that cannot be generated again, as `tables` does."""
        return [(key, table) for key, table in self.tables() if key not in self._transient]

    def take(self, other: Store, fits: Callable[[Hashable], bool]) -> None:
        """Take over the tables of another store whose keys satisfy `fits`."""
        self._share()
        self._shared |= {key: table for key, table in other.fork().tables() if fits(key)}
        self._transient |= other._transient

    def drop(self, matches: Callable[[Hashable], bool]) -> None:
        """Remove all tables whose key satisfies `matches`."""
        for tables in (self._tables, self._shared):
            for key in [key for key in tables if matches(key)]:
                del tables[key]

    def fork(self) -> Store:
        """Return an independent store with the same records."""
        self._share()
        twin = Store()
        twin._shared = self._shared.copy()
        twin._transient = self._transient.copy()
        return twin

    def _share(self) -> None:
        self._shared |= self._tables
        self._tables = {}


def weigh_tables(store: Store, other: Store | None) -> int:
    """Estimate the bytes of the records of a store, without those that `other` has as well."""
    before = {} if other is None else dict(other.tables())
    total = 0
    for key, table in store.tables():
        known = before.get(key)
        if table is known:
            continue
        total += _ROW + weigh(key)
        for name, record in table.items():
            if known is None or known.get(name) is not record:
                total += _ROW + len(name) + weigh(record) if isinstance(name, str) else _ROW + weigh((name, record))
    return total
