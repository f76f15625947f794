"""Format, filter, export and verify the journal, and find near misses."""
