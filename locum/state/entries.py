"""Entries: journal entries as they are stored, without secrets, and as they are shown after a restart."""

from __future__ import annotations

from dataclasses import dataclass

from locum.journal.rows import row_of
from locum.openapi.wire.json_values import load_json, write_json
from locum.world.forms import form_of, read_form, write_form
from locum.world.journal import Entry, JournalRecord, Row, Step

__all__ = ["read_entry", "write_entry"]

_ENTRY = form_of(Entry)


@dataclass(frozen=True, slots=True)
class StoredFormatter:
    """Shows an entry as it was stored."""

    entry: Entry

    @property
    def operation_key(self) -> tuple[str, str]:
        """The document's name and the operationId."""
        return self.entry.api, self.entry.operation

    def format(self, number: int, record: JournalRecord) -> Entry:  # noqa: ARG002 (the entry is complete)
        """Return the entry."""
        return self.entry

    def row(self, number: int, record: JournalRecord) -> Row:  # noqa: ARG002 (as above)
        """Return the row of the entry."""
        return row_of(self.entry)


def write_entry(entry: Entry) -> bytes:
    """Write an entry as JSON."""
    return write_json(write_form(_ENTRY, entry, "/entry"))


def read_entry(data: bytes) -> tuple[JournalRecord, int]:
    """Return the record of a stored entry, and the bytes that it takes. Raises Invalid."""
    entry: Entry = read_form(_ENTRY, load_json(data), "/entry")
    path, _, query = entry.path.partition("?")
    headers = {
        name.encode("latin-1", "replace"): text.encode("latin-1", "replace")
        for name, text in entry.request.headers.items()
    }
    record = JournalRecord(
        StoredFormatter(entry),
        int(entry.at * 1_000_000),
        entry.method,
        path.encode(),
        query.encode(),
        headers,
        None,
        None,
        Step.STORED,
        entry.verdict,
        entry.status,
        [],
        b"",
        entry.microseconds / 1_000_000,
        entry.fault or None,
    )
    return record, len(data)
