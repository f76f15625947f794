"""Journal records for tests of the journal."""

from __future__ import annotations

from locum.world.journal import JournalRecord, Step

EMPTY = JournalRecord(None, 0, "GET", b"/", b"", {}, None, None, Step.HANDLER, "", 200, [], b"", 0.0, None)
"""A record without a formatter: it can be stored and counted, but not read."""
