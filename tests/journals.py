"""Journal records for tests of the journal."""

from __future__ import annotations

from locum.world.journal import JournalRecord, Step


class Uncalled:
    """A formatter of which only the operation is read."""

    operation_key = ("api", "operation")


EMPTY = JournalRecord(Uncalled(), 0, "GET", b"/", b"", {}, None, None, Step.HANDLER, "", 200, [], b"", 0.0, None)
"""A record that can be stored and counted, but not read."""
