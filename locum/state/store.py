"""The store of a world: what handlers remember."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["Store"]

R = TypeVar("R")


class Store:
    """A mapping of record types to mappings: `store[ApiKey]["api_key_..."]`.

    Records are values (frozen dataclasses): a change replaces the record. That is why a fork
    need not copy them.
    """

    __slots__ = ("_tables",)

    def __init__(self) -> None:
        self._tables: dict[Any, dict[Any, Any]] = {}

    def __getitem__(self, record_type: type[R]) -> dict[str, R]:
        """Return the records of one type by identifier, in the order in which they were stored."""
        table = self._tables.get(record_type)
        if table is None:
            table = self._tables[record_type] = {}
        return table

    def table(self, key: Hashable) -> dict[str, Any] | None:
        """Return the records under a key that is no type, if there are any."""
        return self._tables.get(key)

    def keep(self, key: Hashable, table: dict[str, Any]) -> dict[str, Any]:
        """Put records under a key that is no type: of what no code knows by type."""
        self._tables[key] = table
        return table

    def tables(self) -> list[tuple[Hashable, dict[str, Any]]]:
        """Return all records, by the keys under which they are."""
        return list(self._tables.items())

    def take(self, other: Store, fits: Callable[[Hashable], bool]) -> None:
        """Take over what another store has under the keys that fit."""
        self._tables |= {key: table for key, table in other.tables() if fits(key)}

    def drop(self, doomed: Callable[[Hashable], bool]) -> None:
        """Forget all tables whose key is doomed."""
        for key in [key for key in self._tables if doomed(key)]:
            del self._tables[key]

    def fork(self) -> Store:
        """Return a store with the same records that goes its own way from here."""
        twin = Store()
        twin._tables = {record_type: dict(table) for record_type, table in self._tables.items()}
        return twin
