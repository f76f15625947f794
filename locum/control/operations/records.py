"""The operations on the records of a world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.control.operations.journal import root_of
from locum.generate.files.making import with_placeholder

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.control.records import RecordOperationsView
    from locum.world.worlds import Worlds

__all__ = ["RecordOperations"]


class RecordOperations:
    """Lists, shows, replaces and removes records."""

    def __init__(self, worlds: Worlds, records: RecordOperationsView) -> None:
        self._worlds = worlds
        self._records = records

    def list_types(self, world: str, *, generate: bool = True) -> list[dict[str, Any]]:
        """Return the names of the record types, each with its number of records."""
        types = self._records.types(self._worlds.existing(world), generate=generate)
        return [{"name": name, "api": api, "records": count} for name, api, count in types]

    def describe_type(self, world: str, record_type: str) -> dict[str, Any]:
        """Return the schema and the relations of a record type."""
        return self._records.describe(self._worlds.existing(world), record_type)

    def draft_record(self, world: str, record_type: str) -> dict[str, Any]:
        """Return a new record that is not stored yet."""
        draft = self._records.draft(self._worlds.existing(world), record_type)
        return {"type": record_type, **draft}

    def list_records(self, world: str, record_type: str, limit: int, after: str | None = None) -> list[dict[str, Any]]:
        """Return the records of a type."""
        found = self._records.all(self._worlds.existing(world), record_type, after, limit)
        return [{"type": record_type, "key": key, "value": value} for key, value in found]

    def get_record(self, world: str, record_type: str, key: str) -> dict[str, Any]:
        """Return one record."""
        return {
            "type": record_type,
            "key": key,
            "value": self._records.one(self._worlds.existing(world), record_type, key),
        }

    def put_record(
        self, world: str, record_type: str, key: str, body: dict[str, Any], page_url: Callable[[str, str], str]
    ) -> dict[str, Any]:
        """Replace a record, or add one. Addresses of this server are stored as such."""
        sent = with_placeholder(body["value"], root_of(page_url))
        value = self._records.put(self._worlds.named(world), record_type, key, sent)
        return {"type": record_type, "key": key, "value": value}

    def delete_record(self, world: str, record_type: str, key: str) -> None:
        """Remove a record."""
        self._records.remove(self._worlds.existing(world), record_type, key)
