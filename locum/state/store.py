"""The store of a world: what handlers remember."""

from __future__ import annotations

from typing import Any, TypeVar

__all__ = ["Store"]

R = TypeVar("R")


class Store:
    """A mapping of record types to mappings: `store[ApiKey]["api_key_..."]`.

    Records are values (frozen dataclasses): a change replaces the record. That is why a fork
    need not copy them.
    """

    __slots__ = ("_tables",)

    def __init__(self) -> None:
        self._tables: dict[type[Any], dict[Any, Any]] = {}

    def __getitem__(self, record_type: type[R]) -> dict[str, R]:
        """Return the records of one type by identifier, in the order in which they were stored."""
        table = self._tables.get(record_type)
        if table is None:
            table = self._tables[record_type] = {}
        return table

    def fork(self) -> Store:
        """Return a store with the same records that goes its own way from here."""
        twin = Store()
        twin._tables = {record_type: dict(table) for record_type, table in self._tables.items()}
        return twin
