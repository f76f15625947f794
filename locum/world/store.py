"""The store of a world: what handlers remember."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from locum.world.ledger import weigh

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["Store", "weigh_tables"]

R = TypeVar("R")

_ROW = 120
"""Bytes that a table takes for a record beside it and its key."""


class Store:
    """A mapping of record types to mappings: `store[ApiKey]["api_key_..."]`.

    Records are values (frozen dataclasses): a change replaces the record. That is why a fork
    need not copy them. Nor does it copy tables: what two stores have in common is copied by the one
    that first asks for it. Tables are plain dicts and anybody who has one may write into it, so a
    table is asked for anew after a fork.
    """

    __slots__ = ("_passing", "_shared", "_tables")

    def __init__(self) -> None:
        self._tables: dict[Any, dict[Any, Any]] = {}
        self._shared: dict[Any, dict[Any, Any]] = {}
        """Tables that other stores have, too: nobody writes into them."""
        self._passing: set[Any] = set()
        """The keys of what can be made again."""

    def __getitem__(self, record_type: type[R]) -> dict[str, R]:
        """Return the records of one type by identifier, in the order in which they were stored."""
        table = self._tables.get(record_type)
        if table is None:
            table = self._tables[record_type] = dict(self._shared.pop(record_type, ()))
        return table

    def table(self, key: Hashable) -> dict[str, Any] | None:
        """Return the records under a key that is no type, if there are any."""
        table = self._tables.get(key)
        if table is None and key in self._shared:
            table = self._tables[key] = dict(self._shared.pop(key))
        return table

    def keep(self, key: Hashable, table: dict[str, Any], *, lasting: bool = True) -> dict[str, Any]:
        """Put records under a key that is no type: of what no code knows by type.

        What does not last can be made again at any time, just as it is: no snapshot holds it.
        """
        self._shared.pop(key, None)
        self._tables[key] = table
        if not lasting:
            self._passing.add(key)
        return table

    def tables(self) -> list[tuple[Hashable, dict[str, Any]]]:
        """Return all records, by the keys under which they are; to read, not to write."""
        return [*self._shared.items(), *self._tables.items()]

    @property
    def size(self) -> int:
        """How many records there are, of whatever type."""
        return sum(map(len, self._shared.values())) + sum(map(len, self._tables.values()))

    def lasting(self) -> list[tuple[Hashable, dict[str, Any]]]:
        """Return the records that cannot be made again, as `tables` does."""
        return [(key, table) for key, table in self.tables() if key not in self._passing]

    def take(self, other: Store, fits: Callable[[Hashable], bool]) -> None:
        """Take over what another store has under the keys that fit."""
        self._share()
        self._shared |= {key: table for key, table in other.fork().tables() if fits(key)}
        self._passing |= other._passing

    def drop(self, doomed: Callable[[Hashable], bool]) -> None:
        """Forget all tables whose key is doomed."""
        for tables in (self._tables, self._shared):
            for key in [key for key in tables if doomed(key)]:
                del tables[key]

    def fork(self) -> Store:
        """Return a store with the same records that goes its own way from here."""
        self._share()
        twin = Store()
        twin._shared = self._shared.copy()
        twin._passing = self._passing.copy()
        return twin

    def _share(self) -> None:
        self._shared |= self._tables
        self._tables = {}


def weigh_tables(store: Store, other: Store | None) -> int:
    """Return about how many bytes the records of a store take, but for those that another one has as well."""
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
